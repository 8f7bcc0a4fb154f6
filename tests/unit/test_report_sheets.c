/* A workbook of more rows than a sheet takes: further sheets, each with its headings that stay, its
 * filter and its number, and every row once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "jobs/base/buffer.h"
#include "jobs/base/cleanup.h"
#include "jobs/report/report_word.h"
#include "jobs/report/report_xlsx.h"

static const Report nothing = { .language = LANGUAGE_ES, .zone = "America/Santiago" };

typedef struct Book {
        char folder[64], path[96];
} Book;

static void make_book(Book *book, uint32_t rows_most, uint32_t rows) {
        AUTO_BUFFER texts = BUFFER_EMPTY;
        ReportXlsx *xlsx = NULL;

        *book = (Book){ .path = "" };
        (void) snprintf(book->folder, sizeof(book->folder), "/tmp/checkoutd-test.XXXXXX");
        assert_non_null(mkdtemp(book->folder));
        (void) snprintf(book->path, sizeof(book->path), "%s/a.xlsx", book->folder);
        assert_int_equal(report_xlsx_new(&(ReportXlsxOptions){ .path = book->path,
                                                               .folder = book->folder,
                                                               .language = LANGUAGE_ES,
                                                               .rows_most = rows_most },
                                         &xlsx),
                         0);
        for (uint32_t i = 0; i < rows; i++) {
                ReportRow row = { .batch = 1,
                                  .file = TEXT("a.csv"),
                                  .line = i + 2,
                                  .reference = TEXT("F-1"),
                                  .amount = 1000,
                                  .currency = CURRENCY_CLP,
                                  .status = STATUS_REJECTED };

                assert_int_equal(report_row_complete(&row, (CivilDate){ 2026, 11, 19 }, &texts), 0);
                assert_int_equal(report_xlsx_add_row(xlsx, &row), 0);
        }
        assert_int_equal(report_xlsx_close(xlsx, &nothing), 0);
        (void) report_xlsx_free(xlsx);
}

static void end_book(Book *book) {
        (void) unlink(book->path);
        assert_int_equal(rmdir(book->folder), 0);
}

/* --- the parts of the archive ----------------------------------------------------------------- */

/* NUL-ended; empty: there is no such part. */
static char *part(const Book *book, const char *name) {
        AUTO_BUFFER text = BUFFER_EMPTY;
        char block[4096];
        int ends[2], status = 0;
        ssize_t n;
        pid_t pid;

        assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                if (dup2(ends[1], STDOUT_FILENO) >= 0)
                        (void) execlp("unzip", "unzip", "-p", book->path, name, NULL);
                _exit(127);
        }
        (void) close(ends[1]);
        while ((n = read(ends[0], block, sizeof(block))) > 0)
                assert_int_equal(buffer_append(&text, block, (size_t) n), 0);
        (void) close(ends[0]);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        return TAKE(text.data);
}

static unsigned count(const char *text, const char *what) {
        unsigned n = 0;

        for (const char *at = text; (at = strstr(at, what)); at += strlen(what))
                n++;
        return n;
}

static void assert_has(const char *text, const char *what) {
        if (!strstr(text, what))
                fail_msg("no %s in:\n%.3000s", what, text);
}

/* The sheet of that number has these rows: `first` to `last` of the file, below their headings. */
static void assert_rows(const Book *book, unsigned sheet, uint32_t first, uint32_t n) {
        AUTO_FREE char *text = NULL;
        char expected[96];

        (void) snprintf(expected, sizeof(expected), "xl/worksheets/sheet%u.xml", sheet);
        text = part(book, expected);
        assert_non_null(text);
        assert_int_equal(count(text, "<row r="), n + 1);
        assert_has(text, "<pane ySplit=\"1\" topLeftCell=\"A2\" activePane=\"bottomLeft\" "
                         "state=\"frozen\"/>");
        assert_has(text, ">Referencia<");
        (void) snprintf(expected, sizeof(expected), "<autoFilter ref=\"A1:AG%u\"/>", n + 1);
        assert_has(text, expected);
        for (uint32_t i = 0; i < n; i++) { /* the line of the file is the third column */
                (void) snprintf(expected, sizeof(expected), "<c r=\"C%u\"><v>%u</v></c>", i + 2,
                                first + i + 2);
                assert_has(text, expected);
        }
}

static void assert_names(const Book *book, unsigned n_sheets) {
        AUTO_FREE char *text = part(book, "xl/workbook.xml");
        char expected[96];

        assert_non_null(text);
        for (unsigned i = 1; i <= n_sheets; i++) {
                char name[32] = "Filas";

                if (i > 1)
                        (void) snprintf(name, sizeof(name), "Filas %u", i);
                (void) snprintf(expected, sizeof(expected), "<sheet name=\"%s\" sheetId=\"%u\"",
                                name, i + 1);
                assert_has(text, expected);
                (void) snprintf(
                        expected, sizeof(expected),
                        i > 1 ? "_FilterDatabase\" localSheetId=\"%u\" hidden=\"1\">'%s'!$A$1:"
                              : "_FilterDatabase\" localSheetId=\"%u\" hidden=\"1\">%s!$A$1:",
                        i, name);
                assert_has(text, expected);
                /* printed again on each page of it */
                (void) snprintf(expected, sizeof(expected), i > 1 ? ">'%s'!$1:$1<" : ">%s!$1:$1<",
                                name);
                assert_has(text, expected);
        }
        assert_int_equal(count(text, "<sheet name=\"Filas"), n_sheets);
}

static void rows_go_on_in_further_sheets(void **state) {
        Book book;

        (void) state;
        make_book(&book, 3, 7);
        assert_names(&book, 3);
        assert_rows(&book, 2, 0, 3);
        assert_rows(&book, 3, 3, 3);
        assert_rows(&book, 4, 6, 1);
        end_book(&book);
}

/* No sheet is begun for rows that do not come. */
static void a_full_sheet_is_the_last(void **state) {
        Book book;

        (void) state;
        make_book(&book, 3, 6);
        assert_names(&book, 2);
        assert_rows(&book, 2, 0, 3);
        assert_rows(&book, 3, 3, 3);
        end_book(&book);
}

static void headings_stand_above_nothing(void **state) {
        Book book;

        (void) state;
        make_book(&book, 3, 0);
        assert_names(&book, 1);
        assert_rows(&book, 2, 0, 0);
        end_book(&book);
}

static int use_zone(void **state) {
        (void) state;
        return civil_zone_use("America/Santiago") ? 0 : -1;
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(rows_go_on_in_further_sheets),
                cmocka_unit_test(a_full_sheet_is_the_last),
                cmocka_unit_test(headings_stand_above_nothing),
        };

        return cmocka_run_group_tests(tests, use_zone, NULL);
}
