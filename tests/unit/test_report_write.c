/* Reports as CSV, HTML and a workbook: what is in them, and that nothing in the data gets out of
 * its cell. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "jobs/base/cleanup.h"
#include "jobs/report/html_texts.h"
#include "jobs/report/report_csv.h"
#include "jobs/report/report_html.h"
#include "jobs/report/report_word.h"
#include "jobs/report/report_xlsx.h"

#define NOON INT64_C(1795100400000000) /* 2026-11-19 12:00 in Santiago */

/* for what is initialised at file scope */
#define CELL(literal)                                                                              \
        { "" literal, sizeof(literal) - 1 }

static const Text own[] = { CELL("nombre"), CELL("=nota") };
static const Text cells[] = { CELL("Añañuca; \"Sur\""), CELL("=HYPERLINK(\"http://x\")") };
static const Text hostile[] = { CELL("<script>alert(1)</script>"),
                                CELL("\x1b[31m\xff\xe2\x80\xae") };

static ReportRow paid_row(const ReportPayment *payment) {
        return (ReportRow){ .batch = 17,
                            .file = TEXT("facturas.csv"),
                            .line = 12,
                            .reference = TEXT("F-1"),
                            .own = cells,
                            .amount = 1234567,
                            .currency = CURRENCY_MXN,
                            .status = STATUS_MISMATCH,
                            .session = TEXT("cs_1"),
                            .url = TEXT("https://checkout.example/p?a=1&b=2"),
                            .received_at = NOON,
                            .approved_at = NOON - HOUR,
                            .approved_by = TEXT("maria (1002)"),
                            .approved_digest = TEXT("3fd45dd10a99"),
                            .created_at = NOON,
                            .expires_at = NOON + DAY,
                            .due = { 2026, 12, 5 },
                            .payments = payment,
                            .n_payments = 1 };
}

static const ReportPayment payment = { .id = CELL("pi_1"),
                                       .type = CELL("card"),
                                       .bank_reference = CELL("0077"),
                                       .amount = 1234500,
                                       .currency = CURRENCY_MXN,
                                       .paid_at = NOON + HOUR,
                                       .payout = 31,
                                       .settled = 1234500,
                                       .fee = 12000,
                                       .net = 1222500,
                                       .settled_currency = CURRENCY_MXN,
                                       .counts = true };

static void complete(ReportRow *row, Buffer *texts) {
        const CivilDate today = { 2026, 11, 19 };

        assert_int_equal(report_row_complete(row, today, texts), 0);
}

static int use_zone(void **state) {
        (void) state;
        return civil_zone_use("America/Santiago") ? 0 : -1;
}

/* --- CSV ------------------------------------------------------------------------------------ */

static void csv_is_in_the_dialect_and_guarded(void **state) {
        const ReportCsv csv = { .delimiter = ';', .guard = true, .decimal_mark = ',' };
        AUTO_BUFFER text = BUFFER_EMPTY, texts = BUFFER_EMPTY;
        ReportRow row = paid_row(&payment);

        (void) state;
        complete(&row, &texts);
        assert_int_equal(report_csv_append_head(&csv, &text, own, ELEMENTS(own)), 0);
        assert_int_equal(report_csv_append_row(&csv, &text, &row, ELEMENTS(own)), 0);
        assert_string_equal(
                text.data,
                "batch;file;line;reference;nombre;'=nota;amount;currency;status;code;reason;"
                "session;url;created;created_local;expires;expires_local;due;paid_time;"
                "paid_time_local;paid_amount;paid_currency;refunded;difference;payment_id;type;"
                "bank_reference;days_open;bucket;payout;fee;net;"
                "approved;approved_by;approved_sha256\r\n"
                "B000017;facturas.csv;12;F-1;\"Añañuca; \"\"Sur\"\"\";"
                "\"'=HYPERLINK(\"\"http://x\"\")\";12345,67;MXN;mismatch;;;cs_1;"
                "https://checkout.example/p?a=1&b=2;2026-11-19T15:00:00Z;2026-11-19 12:00:00;"
                "2026-11-20T15:00:00Z;2026-11-20 12:00:00;2026-12-05;2026-11-19T16:00:00Z;"
                "2026-11-19 13:00:00;12345,00;MXN;0,00;-0,67;pi_1;card;0077;;;"
                "B000031;120,00;12225,00;"
                "2026-11-19T14:00:00Z;maria (1002);3fd45dd10a99\r\n");
}

static void csv_for_machines_is_as_it_came(void **state) {
        const ReportCsv csv = { .delimiter = ',' };
        AUTO_BUFFER text = BUFFER_EMPTY, texts = BUFFER_EMPTY;
        ReportRow row = paid_row(&payment);

        (void) state;
        complete(&row, &texts);
        assert_int_equal(report_csv_append_row(&csv, &text, &row, ELEMENTS(own)), 0);
        assert_non_null(strstr(text.data, ",\"=HYPERLINK(\"\"http://x\"\")\",1234567,MXN,"));
        assert_non_null(strstr(text.data, ",1234500,MXN,0,-67,pi_1,"));
}

/* --- HTML ----------------------------------------------------------------------------------- */

static void html_escapes_every_text(void **state) {
        AUTO_BUFFER text = BUFFER_EMPTY, texts = BUFFER_EMPTY;
        ReportRow row = paid_row(&payment);

        (void) state;
        row.own = hostile;
        row.reference = TEXT("\"><img src=x>");
        row.url = TEXT("javascript:alert(1)");
        row.reason = TEXT("a & b");
        complete(&row, &texts);
        assert_int_equal(report_html_append_row(&text, &row, own, ELEMENTS(own), LANGUAGE_ES), 0);
        assert_null(strstr(text.data, "<script"));
        assert_null(strstr(text.data, "<img"));
        assert_null(strstr(text.data, "href")); /* only what is a page on the web */
        assert_null(strchr(text.data, '\x1b'));
        assert_null(strstr(text.data, "\xe2\x80\xae"));
        assert_non_null(strstr(text.data, "&lt;script&gt;alert(1)&lt;/script&gt;"));
        assert_non_null(strstr(text.data, "&quot;&gt;&lt;img src=x&gt;"));
        assert_non_null(strstr(text.data, "a &amp; b"));
        assert_true(text_is_utf8((Text){ text.data, text.size }, NULL));
}

static void html_shows_both_clocks_and_links_the_web(void **state) {
        AUTO_BUFFER text = BUFFER_EMPTY, texts = BUFFER_EMPTY;
        ReportRow row = paid_row(&payment);

        (void) state;
        complete(&row, &texts);
        assert_int_equal(report_html_append_row(&text, &row, own, ELEMENTS(own), LANGUAGE_EN), 0);
        assert_non_null(strstr(text.data,
                               "<time datetime=\"2026-11-19T16:00:00Z\">2026-11-19 13:00</time>"));
        assert_non_null(strstr(text.data, "href=\"https://checkout.example/p?a=1&amp;b=2\""));
        assert_non_null(strstr(text.data, "12,345.67"));
        assert_non_null(strstr(text.data, "difference -0.67"));
}

/* Where payments are of few days, their bars are no wider than where they are of many. */
static void html_bars_of_one_day_are_narrow(void **state) {
        AUTO_BUFFER text = BUFFER_EMPTY, texts = BUFFER_EMPTY;
        Report report = { .language = LANGUAGE_EN, .zone = "America/Santiago", .made_at = NOON };
        ReportRow row = paid_row(&payment);

        (void) state;
        complete(&row, &texts);
        assert_int_equal(report_totals_add(&report.totals, &row, true), 0);
        assert_int_equal(report_html_append_top(&text, &report, 1), 0);
        report_totals_done(&report.totals);
        assert_non_null(strstr(text.data, "viewBox=\"0 0 140 100\""));
        assert_non_null(strstr(text.data, "<rect x=1 y=0 width=8 height=100>"));
        assert_non_null(strstr(text.data, "<div class=axis><span>2026-11-19</span></div>"));
}

static const Report empty_report = { .language = LANGUAGE_EN,
                                     .zone = "America/Santiago",
                                     .made_at = NOON };

/* Whatever is in the report, its style and script are ours, and the policy lets in no other. */
static void html_is_whole_without_rows(void **state) {
        AUTO_BUFFER text = BUFFER_EMPTY;
        const char *policy;

        (void) state;
        assert_int_equal(report_html_append_top(&text, &empty_report, 0), 0);
        assert_int_equal(report_html_append_bottom(&text, &empty_report), 0);
        policy = strstr(text.data, "Content-Security-Policy");
        assert_non_null(policy);
        assert_non_null(strstr(policy, "default-src 'none'; style-src 'sha256-"));
        assert_null(strstr(text.data, "unsafe"));
        assert_null(strstr(text.data, " style="));
        assert_null(strstr(text.data, " onclick"));
        assert_null(strstr(text.data, "http:"));
        assert_null(strstr(text.data, "src="));
        assert_non_null(strstr(text.data, report_word(WORD_NO_ROWS, LANGUAGE_EN)));
        assert_non_null(strstr(text.data, report_word(WORD_NO_FINDINGS, LANGUAGE_EN)));
        assert_non_null(strstr(text.data, report_word(WORD_NO_PAYMENTS, LANGUAGE_EN)));
        assert_null(strstr(report_html_css, "url("));
        assert_null(strstr(report_html_css, "@import"));
}

/* --- workbook ------------------------------------------------------------------------------- */

typedef struct Book {
        char folder[64], path[96];
        ReportXlsx *xlsx;
        int fd;
        off_t size; /* read no further; 0: all */
} Book;

static int64_t read_book(void *userdata, uint64_t offset, void *bytes, size_t size) {
        const Book *book = userdata;

        if (book->size > 0 && (off_t) (offset + size) > book->size)
                size = (off_t) offset < book->size ? (size_t) (book->size - (off_t) offset) : 0;
        return pread(book->fd, bytes, size, (off_t) offset);
}

static void open_book(Book *book) {
        *book = (Book){ .fd = -1 };
        (void) snprintf(book->folder, sizeof(book->folder), "/tmp/checkoutd-test.XXXXXX");
        assert_non_null(mkdtemp(book->folder));
        (void) snprintf(book->path, sizeof(book->path), "%s/a.xlsx", book->folder);
        assert_int_equal(report_xlsx_new(&(ReportXlsxOptions){ .path = book->path,
                                                               .folder = book->folder,
                                                               .own = own,
                                                               .n_own = ELEMENTS(own),
                                                               .language = LANGUAGE_ES,
                                                               .rows_most = 1000 },
                                         &book->xlsx),
                         0);
}

static void close_book(Book *book) {
        assert_int_equal(report_xlsx_close(book->xlsx, &empty_report), 0);
        book->fd = open(book->path, O_RDWR | O_CLOEXEC);
        assert_true(book->fd >= 0);
}

static void make_book(Book *book, unsigned rows) {
        AUTO_BUFFER texts = BUFFER_EMPTY;

        open_book(book);
        for (unsigned i = 0; i < rows; i++) {
                ReportRow row = paid_row(&payment);

                row.line = i + 2;
                row.own = i % 2 ? hostile : cells;
                complete(&row, &texts);
                assert_int_equal(report_xlsx_add_row(book->xlsx, &row), 0);
        }
        close_book(book);
}

static void end_book(Book *book) {
        (void) report_xlsx_free(book->xlsx);
        (void) close(book->fd);
        (void) unlink(book->path);
        assert_int_equal(rmdir(book->folder), 0); /* no temporary file was left */
}

static void a_workbook_is_whole(void **state) {
        Book book;

        (void) state;
        make_book(&book, 300);
        assert_int_equal(report_xlsx_check(book.xlsx, read_book, &book), 0);
        end_book(&book);
        make_book(&book, 0);
        assert_int_equal(report_xlsx_check(book.xlsx, read_book, &book), 0);
        end_book(&book);
}

/* Whatever the disk left out, it is seen: the end, and bytes in the middle. */
static void a_workbook_that_is_not_whole_is_found_out(void **state) {
        struct stat facts;
        Book book;

        (void) state;
        make_book(&book, 300);
        assert_int_equal(fstat(book.fd, &facts), 0);
        for (book.size = 1; book.size < facts.st_size; book.size += 1 + facts.st_size / 50)
                assert_true(report_xlsx_check(book.xlsx, read_book, &book) < 0);
        book.size = facts.st_size - 1;
        assert_true(report_xlsx_check(book.xlsx, read_book, &book) < 0);
        book.size = 0;
        for (off_t at = 0; at < facts.st_size; at += 1 + facts.st_size / 50) {
                uint8_t kept, other;

                assert_int_equal(pread(book.fd, &kept, 1, at), 1);
                other = (uint8_t) ~kept;
                assert_int_equal(pwrite(book.fd, &other, 1, at), 1);
                (void) report_xlsx_check(book.xlsx, read_book, &book); /* it comes to an end */
                assert_int_equal(pwrite(book.fd, &kept, 1, at), 1);
        }
        assert_int_equal(report_xlsx_check(book.xlsx, read_book, &book), 0);
        end_book(&book);
}

/* The longest that a cell may have, also where characters are written by their numbers. */
static void a_long_text_is_cut_in_a_workbook(void **state) {
        static const char *const words[] = { "_x0041_", "ñ", "a" };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(words); i++) {
                AUTO_BUFFER text = BUFFER_EMPTY, texts = BUFFER_EMPTY;
                ReportRow row = paid_row(&payment);
                Book book;
                Text own_cells[ELEMENTS(own)];

                for (unsigned n = 0; n < 40000; n++)
                        assert_int_equal(buffer_append_string(&text, words[i]), 0);
                for (size_t c = 0; c < ELEMENTS(own); c++)
                        own_cells[c] = (Text){ text.data, text.size };
                row.own = own_cells;
                complete(&row, &texts);
                open_book(&book);
                assert_int_equal(report_xlsx_add_row(book.xlsx, &row), 0);
                close_book(&book);
                assert_int_equal(report_xlsx_check(book.xlsx, read_book, &book), 0);
                end_book(&book);
        }
}

static void xml_holds_only_what_xml_may(void **state) {
        AUTO_BUFFER text = BUFFER_EMPTY;

        (void) state;
        assert_int_equal(report_append_xml_safe(&text, TEXT("a\r\nb\tc\x01"
                                                            "d\xff"
                                                            "e\xef\xbf\xbf"
                                                            "f\xef\xbf\xbdñ")),
                         0);
        assert_string_equal(text.data, "a\nb\tc\xef\xbf\xbd"
                                       "d\xef\xbf\xbd"
                                       "e\xef\xbf\xbd"
                                       "f\xef\xbf\xbdñ");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(csv_is_in_the_dialect_and_guarded),
                cmocka_unit_test(csv_for_machines_is_as_it_came),
                cmocka_unit_test(html_escapes_every_text),
                cmocka_unit_test(html_shows_both_clocks_and_links_the_web),
                cmocka_unit_test(html_bars_of_one_day_are_narrow),
                cmocka_unit_test(html_is_whole_without_rows),
                cmocka_unit_test(a_workbook_is_whole),
                cmocka_unit_test(a_workbook_that_is_not_whole_is_found_out),
                cmocka_unit_test(a_long_text_is_cut_in_a_workbook),
                cmocka_unit_test(xml_holds_only_what_xml_may),
        };

        return cmocka_run_group_tests(tests, use_zone, NULL);
}
