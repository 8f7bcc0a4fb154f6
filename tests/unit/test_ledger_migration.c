/* Stores that an earlier version made are brought up to date, with everything that is in them. */
#include <sqlite3.h>

#include "jobs/base/cleanup.h"
#include "sql/ledger_finding.h"
#include "sql/queries.h"
#include "tests/unit/ledger_sessions.h"

static void run_raw(sqlite3 *handle, const char *sql) {
        char *error = NULL;

        if (sqlite3_exec(handle, sql, NULL, NULL, &error) != SQLITE_OK)
                fail_msg("%s: %s", sql, error);
}

static void make_version_1(const char *path) {
        sqlite3 *handle = NULL;

        assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
        run_raw(handle, sql_migrations[0].text);
        run_raw(handle,
                "PRAGMA application_id = 0x63686b64; PRAGMA user_version = 1;"
                "INSERT INTO scope VALUES(1, '', '', 0);"
                "INSERT INTO batch VALUES(1, 1, NULL, 'a.csv', 0, 's', 1, zeroblob(32), 9, 5000, 4, "
                "0, 2, 44, 1, 0, 3, 9, 9, 4294967306, 4294967306, 4, 0, 0, 1);"
                "INSERT INTO batch_text VALUES(1, '', x'', '');");
        for (int line = 2; line <= 6; line++) {
                char sql[512];
                /* open, held (mismatch), queued, open without frozen, refused */
                static const int statuses[] = { 9, 4, 5, 9, 8 };
                int status = statuses[line - 2];

                (void) snprintf(
                        sql, sizeof(sql),
                        "INSERT INTO request VALUES(4294967296 + %d, 1, 'A-%d', 1000, 1, %d, "
                        "%d, %d, NULL, NULL, %s, zeroblob(16));"
                        "INSERT INTO cells VALUES(4294967296 + %d, x'41');"
                        "INSERT INTO reference VALUES(1, 'A-%d', %d, 4294967296 + %d);",
                        line, line, status, status == 4 ? 5 : 0, line == 2 ? 2 : 1,
                        status == 9 ? "9000" : "NULL", line, line, line == 2 ? 2 : 1, line);
                run_raw(handle, sql);
        }
        run_raw(handle, "INSERT INTO total VALUES(1, 1, 4, 1, 1000), (1, 1, 5, 1, 1000),"
                        "(1, 1, 8, 1, 1000), (1, 1, 9, 2, 2000)");
        run_raw(handle, "INSERT INTO link VALUES(4294967298, 'cs_2', 'https://pay/2'),"
                        "(4294967299, 'cs_odd', NULL), (4294967301, 'cs_5', 'https://pay/5');"
                        "INSERT INTO frozen VALUES(1, 4294967298, 1, 'k1', x'', 2, 100, 1, ''),"
                        "(2, 4294967298, 2, 'k2', x'', 2, 7000, 1, '')");
        assert_int_equal(sqlite3_close(handle), SQLITE_OK);
}

static void a_store_of_the_first_version_keeps_its_links(void **state) {
        Fixture *f = *state;
        Seen seen = { .size = 0 };
        AUTO_FREE char *text = NULL;

        f->ledger = ledger_free(f->ledger);
        assert_int_equal(unlink(f->path), 0);
        make_version_1(f->path);
        fixture_open(f);
        OK(ledger_rows(f->ledger, 1, 0, 10, see_row_session, &seen));
        assert_string_equal(seen.text, "open [cs_2] [https://pay/2] 9000"
                                       "held [cs_odd] [] 0"
                                       "queued [] [] 0"
                                       "open [cs_5] [https://pay/5] 9000"
                                       "refused [] [] 0");
        /* open ones are looked at as soon as it can be */
        assert_sessions(f, row_id(1, 2),
                        "2 g2 cs_2 [https://pay/2]  made 7000 expires 9000 looked 0 next 7000 v2 "
                        "test; ");
        assert_sessions(f, row_id(1, 3),
                        "3 g1 cs_odd []  made 5000 expires 0 looked 0 next 0 v2 test; ");
        assert_sessions(f, row_id(1, 5),
                        "5 g1 cs_5 [https://pay/5]  made 5000 expires 9000 looked 0 next 5000 v2 "
                        "test; ");
        assert_int_equal(ledger_check(f->ledger, &text), 0);
}

static void count_calls(void *userdata) {
        (*(unsigned *) userdata)++;
}

/* Rows of the whole store by status: counted when the store is brought up to date. */
static void an_old_store_is_counted(void **state) {
        Fixture *f = *state;
        int64_t counts[STATUS_COUNT];
        unsigned calls = 0;

        f->ledger = ledger_free(f->ledger);
        assert_int_equal(unlink(f->path), 0);
        make_version_1(f->path);
        OK(ledger_open_telling(f->path, LEDGER_WRITE, count_calls, &calls, &f->ledger));
        OK(ledger_overall(f->ledger, counts));
        for (int status = STATUS_REJECTED; status < STATUS_COUNT; status++)
                assert_int_equal(counts[status], status == STATUS_OPEN      ? 2
                                                 : status == STATUS_HELD    ? 1
                                                 : status == STATUS_QUEUED  ? 1
                                                 : status == STATUS_REFUSED ? 1
                                                                            : 0);
}

/* A migration of many rows is heard of while it runs. */
static void a_long_migration_tells(void **state) {
        Fixture *f = *state;
        sqlite3 *handle = NULL;
        unsigned calls = 0;

        f->ledger = ledger_free(f->ledger);
        assert_int_equal(unlink(f->path), 0);
        make_version_1(f->path);
        assert_int_equal(sqlite3_open(f->path, &handle), SQLITE_OK);
        run_raw(handle,
                "PRAGMA foreign_keys = OFF;"
                "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 50000) "
                "INSERT INTO total SELECT i, 1, 9, 1, 1 FROM n");
        assert_int_equal(sqlite3_close(handle), SQLITE_OK);
        OK(ledger_open_telling(f->path, LEDGER_WRITE, count_calls, &calls, &f->ledger));
        assert_true(calls > 3);
}

/* What was paid out, and what does not add up, was in no summary until then: those of batches that
 * have some are due. */
static void summaries_that_tell_less_are_due(void **state) {
        Fixture *f = *state;
        sqlite3 *handle = NULL;
        int64_t batch = 0, times = 0;
        size_t i = 1;

        f->ledger = ledger_free(f->ledger);
        assert_int_equal(unlink(f->path), 0);
        make_version_1(f->path);
        assert_int_equal(sqlite3_open(f->path, &handle), SQLITE_OK);
        for (; !strstr(sql_migrations[i].name, "summaries_due"); i++) {
                assert_true(i + 1 < MIGRATION_COUNT);
                run_raw(handle, sql_migrations[i].text);
        }
        run_raw(handle,
                "PRAGMA foreign_keys = OFF; PRAGMA user_version = 12;"
                "INSERT INTO settled_total VALUES(1, 1, 1, 10, 10, 1, 9),"
                "(2, 1, 0, 0, 0, 0, 0);"
                "INSERT INTO finding(kind, request, subject, at, currency, detail, over_at) VALUES"
                "(1, 3 << 32 | 2, 's3', 5, 0, '', NULL), (1, 4 << 32 | 2, 's4', 5, 0, '', 6)");
        assert_int_equal(i, 12);
        assert_int_equal(sqlite3_close(handle), SQLITE_OK);
        fixture_open(f);
        assert_int_equal(ledger_summary_due(f->ledger, 0, &batch, &times), 1);
        assert_int_equal(batch, 1);
        assert_int_equal(ledger_summary_due(f->ledger, 1, &batch, &times), 1);
        assert_int_equal(batch, 3);
        assert_int_equal(times, 1);
        assert_int_equal(ledger_summary_due(f->ledger, 3, &batch, &times), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                LEDGER_TEST(a_store_of_the_first_version_keeps_its_links),
                LEDGER_TEST(an_old_store_is_counted),
                LEDGER_TEST(a_long_migration_tells),
                LEDGER_TEST(summaries_that_tell_less_are_due),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
