/* Every message of the table is explained in both catalogs, and the catalogs explain nothing
 * else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/base/log.h"
#include "jobs/base/cleanup.h"

#define ID_SIZE   32
#define WIDTH_MAX 79

static const char *const catalogs[] = { "checkoutd.catalog", "checkoutd.es.catalog" };

typedef struct Entry {
        char id[ID_SIZE + 1];
        bool subject, defined_by, documentation;
        size_t text; /* lines behind the empty one */
        LogField names;
        bool in_text;
} Entry;

typedef struct Catalog {
        const char *name;
        Entry entries[MESSAGE_COUNT + 1];
        size_t n;
} Catalog;

/* Width as people see it: UTF-8 characters. */
static size_t width_of(const char *line) {
        size_t width = 0;

        for (; *line && *line != '\n'; line++)
                width += ((unsigned char) *line & 0xc0) != 0x80;
        return width;
}

/* The journal's fields that @NAME@ may stand for. */
static LogField names_in(const char *line) {
        static const struct {
                const char *name;
                LogField field;
        } fields[] = { { "@BATCH@", WITH_BATCH },
                       { "@LINE@", WITH_LINE },
                       { "@STATUS@", WITH_STATUS },
                       { "@CODE@", WITH_CODE } };
        unsigned names = 0, marks = 0, known = 0;

        for (const char *at = line; *at; at++)
                marks += *at == '@';
        for (size_t i = 0; i < ELEMENTS(fields); i++)
                for (const char *at = line; (at = strstr(at, fields[i].name)); at++) {
                        names |= fields[i].field;
                        known += 2;
                }
        if (marks != known)
                fail_msg("a name between @ that is no field: %s", line);
        return (LogField) names;
}

static void read_line(Catalog *catalog, const char *line) {
        Entry *entry = catalog->n > 0 ? &catalog->entries[catalog->n - 1] : NULL;

        if (width_of(line) > WIDTH_MAX)
                fail_msg("%s: too wide: %s", catalog->name, line);
        if (strncmp(line, "-- ", 3) == 0) {
                assert_true(catalog->n < ELEMENTS(catalog->entries));
                entry = &catalog->entries[catalog->n++];
                (void) snprintf(entry->id, sizeof(entry->id), "%.*s", ID_SIZE, line + 3);
                return;
        }
        if (!entry) {
                assert_true(*line == '#' || *line == '\n');
                return;
        }
        entry->names |= names_in(line);
        entry->subject |= strncmp(line, "Subject: ", 9) == 0;
        entry->defined_by |= strcmp(line, "Defined-By: checkoutd\n") == 0;
        entry->documentation |= strcmp(line, "Documentation: man:checkoutd(8)\n") == 0;
        if (entry->in_text)
                entry->text += *line != '\n';
        entry->in_text |= *line == '\n';
}

static void read_catalog(const char *name, Catalog *ret_catalog) {
        char path[4096], line[1024];
        FILE *file;

        *ret_catalog = (Catalog){ .name = name };
        (void) snprintf(path, sizeof(path), "%s/systemd/catalog/%s", TEST_SOURCE_DIR, name);
        file = fopen(path, "re");
        assert_non_null(file);
        while (fgets(line, sizeof(line), file))
                read_line(ret_catalog, line);
        (void) fclose(file);
}

static void test_ids_are_ids(void **state) {
        (void) state;
        for (LogMessage i = 0; i < MESSAGE_COUNT; i++) {
                assert_int_equal(strlen(log_message_id(i)), ID_SIZE);
                assert_int_equal(strspn(log_message_id(i), "0123456789abcdef"), ID_SIZE);
                for (LogMessage j = 0; j < i; j++)
                        assert_string_not_equal(log_message_id(i), log_message_id(j));
                assert_true(log_message_level(i) >= LOG_ERR && log_message_level(i) <= LOG_INFO);
        }
}

static void test_both_explain_all(void **state) {
        (void) state;
        for (size_t c = 0; c < ELEMENTS(catalogs); c++) {
                Catalog catalog;

                read_catalog(catalogs[c], &catalog);
                for (LogMessage i = 0; i < MESSAGE_COUNT; i++) {
                        const Entry *entry = &catalog.entries[i];

                        if (strcmp(entry->id, log_message_id(i)) != 0)
                                fail_msg("%s: the entry of message %d of log_messages.h, %s, is "
                                         "missing, or not in its order",
                                         catalogs[c], (int) i, log_message_id(i));
                        if (!entry->subject || !entry->defined_by || !entry->documentation ||
                            entry->text == 0)
                                fail_msg("%s: %s is not complete", catalogs[c], entry->id);
                        if (entry->names & ~log_message_fields(i))
                                fail_msg("%s: %s names a field that not every line has",
                                         catalogs[c], entry->id);
                }
                assert_int_equal(catalog.n, MESSAGE_COUNT);
        }
}

static void test_both_name_the_same(void **state) {
        Catalog english, spanish;

        (void) state;
        read_catalog(catalogs[0], &english);
        read_catalog(catalogs[1], &spanish);
        for (LogMessage i = 0; i < MESSAGE_COUNT; i++)
                if (english.entries[i].names != spanish.entries[i].names)
                        fail_msg("%s: not the same fields in both", log_message_id(i));
}

/* --- systemd takes them --------------------------------------------------------------------- */

static void copy_catalog(const char *root, const char *name) {
        char from[4096], to[4096], line[1024];
        FILE *in, *out;

        (void) snprintf(from, sizeof(from), "%s/systemd/catalog/%s", TEST_SOURCE_DIR, name);
        (void) snprintf(to, sizeof(to), "%s/usr/lib/systemd/catalog/%s", root, name);
        in = fopen(from, "re");
        out = fopen(to, "we");
        assert_true(in && out);
        while (fgets(line, sizeof(line), in))
                assert_true(fputs(line, out) >= 0);
        (void) fclose(in);
        assert_int_equal(fclose(out), 0);
}

static void make_root(const char *root) {
        static const char *const below[] = {
                "usr", "usr/lib", "usr/lib/systemd", "usr/lib/systemd/catalog",
                "var", "var/lib", "var/lib/systemd", "var/lib/systemd/catalog"
        };
        char path[4096];

        for (size_t i = 0; i < ELEMENTS(below); i++) {
                (void) snprintf(path, sizeof(path), "%s/%s", root, below[i]);
                assert_int_equal(mkdir(path, 0700), 0);
        }
        for (size_t i = 0; i < ELEMENTS(catalogs); i++)
                copy_catalog(root, catalogs[i]);
}

static int remove_entry(const char *path, const struct stat *facts, int kind, struct FTW *place) {
        (void) facts;
        (void) kind;
        (void) place;
        return remove(path);
}

/* Runs journalctl; -1: there is none. Its output goes to `out`, if that is wanted. */
static int run_journalctl(const char *root, const char *verb, const char *argument, FILE *out) {
        char option[4096];
        pid_t pid;
        int status;

        (void) snprintf(option, sizeof(option), "--root=%s", root);
        (void) fflush(NULL);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                if (out)
                        (void) dup2(fileno(out), STDOUT_FILENO);
                (void) execlp("journalctl", "journalctl", option, verb, argument, (char *) NULL);
                _exit(127);
        }
        assert_true(waitpid(pid, &status, 0) == pid);
        assert_true(WIFEXITED(status));
        return WEXITSTATUS(status) == 127 ? -1 : WEXITSTATUS(status);
}

static void test_systemd_takes_them(void **state) {
        static const char subject[] = "Subject: Nothing can be written to the store\n";
        char root[] = "/tmp/test_log_messages.XXXXXX", line[1024];
        FILE *out = tmpfile();
        bool found = false;
        int r;

        (void) state;
        assert_true(out && mkdtemp(root));
        make_root(root);
        r = run_journalctl(root, "--update-catalog", NULL, NULL);
        if (r >= 0)
                r = run_journalctl(root, "--dump-catalog", log_message_id(MESSAGE_STORE_UNWRITABLE),
                                   out);
        rewind(out);
        while (fgets(line, sizeof(line), out))
                found |= strcmp(line, subject) == 0;
        (void) fclose(out);
        assert_int_equal(nftw(root, remove_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
        if (r < 0) {
                print_message("skipped: there is no journalctl here\n");
                skip();
        }
        assert_int_equal(r, 0);
        assert_true(found);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_ids_are_ids),
                cmocka_unit_test(test_both_explain_all),
                cmocka_unit_test(test_both_name_the_same),
                cmocka_unit_test(test_systemd_takes_them),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
