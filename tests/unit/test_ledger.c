/* The ledger as a store: opening, transactions, values, commands, its own check, query plans. */
#include "tests/unit/ledger_fixture.h"

#include <sqlite3.h>
#include <sys/wait.h>

#include "sql/queries.h"

static sqlite3 *open_raw(const Fixture *f) {
        sqlite3 *handle = NULL;

        assert_int_equal(sqlite3_open(f->path, &handle), SQLITE_OK);
        return handle;
}

static void execute(const Fixture *f, const char *sql) {
        sqlite3 *handle = open_raw(f);

        assert_int_equal(sqlite3_exec(handle, sql, NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_close(handle), SQLITE_OK);
}

/* --- opening -------------------------------------------------------------------------------- */

static void what_cannot_be_opened_says_why(void **state) {
        Fixture *f = *state;
        Ledger *ledger = NULL;

        assert_int_equal(ledger_open("/tmp/no-such-folder/x.db", LEDGER_WRITE, &ledger), -ENOENT);
        assert_int_equal(ledger_open("/tmp/no-such-folder/x.db", LEDGER_READ, &ledger), -ENOENT);
        f->ledger = ledger_free(f->ledger);
        execute(f, "PRAGMA user_version = 1000");
        assert_int_equal(ledger_open(f->path, LEDGER_WRITE, &ledger), -EILSEQ);
        assert_int_equal(ledger_open(f->path, LEDGER_READ, &ledger), -EILSEQ);
        execute(f, "PRAGMA application_id = 1");
        assert_int_equal(ledger_open(f->path, LEDGER_WRITE, &ledger), -EUCLEAN);
        assert_int_equal(truncate(f->path, 0), 0);
        assert_int_equal(ledger_open(f->path, LEDGER_COMMAND, &ledger), -ESTALE);
        assert_null(ledger);
        fixture_open(f); /* an empty file is filled */
        assert_int_equal(ledger_batch_highest(f->ledger), 0);
}

static void everything_is_there_after_reopening(void **state) {
        Fixture *f = *state;
        CLEANUP(ledger_free_p) Ledger *reader = NULL;
        int64_t batch;

        begin(f);
        batch = add_batch(f, "a.csv");
        add_row(f, batch, 2, "A-1", 1000, STATUS_QUEUED);
        loaded(f, batch, 2);
        commit(f);
        for (int i = 0; i < 2; i++) {
                f->ledger = ledger_free(f->ledger);
                fixture_open(f);
                assert_rows(f, batch, "1:2 A-1 queued; ");
                assert_totals(f, batch, "CLP queued 1 1000; ");
        }
        assert_int_equal(ledger_open(f->path, LEDGER_READ, &reader), 0);
        f->ledger = ledger_free(f->ledger);
        assert_int_equal(ledger_batch_highest(reader), 1);
}

static void what_is_rolled_back_was_never_there(void **state) {
        Fixture *f = *state;
        int64_t batch, row;

        begin(f);
        batch = add_batch(f, "a.csv");
        row = add_row(f, batch, 2, "A-1", 1000, STATUS_QUEUED);
        commit(f);
        begin(f);
        add_row(f, batch, 3, "A-2", 500, STATUS_QUEUED);
        move(f, row, STATUS_QUEUED, STATUS_SENDING);
        assert_totals(f, batch, "CLP queued 1 500; CLP sending 1 1000; ");
        ledger_rollback(f->ledger);
        assert_totals(f, batch, "CLP queued 1 1000; ");
        assert_rows(f, batch, "1:2 A-1 queued; ");
        begin(f); /* and nothing is left of it */
        commit(f);
        assert_totals(f, batch, "CLP queued 1 1000; ");
}

static void a_reader_can_ask_several_things_of_one_state(void **state) {
        Fixture *f = *state;
        CLEANUP(ledger_free_p) Ledger *reader = NULL;

        begin(f);
        add_batch(f, "a.csv");
        commit(f);
        assert_int_equal(ledger_open(f->path, LEDGER_READ, &reader), 0);
        assert_int_equal(ledger_begin(reader), 0);
        assert_int_equal(ledger_batch_highest(reader), 1);
        begin(f);
        add_batch(f, "b.csv");
        commit(f);
        assert_int_equal(ledger_batch_highest(reader), 1);
        assert_int_equal(ledger_commit(reader), 0);
        assert_int_equal(ledger_batch_highest(reader), 2);
}

/* --- values --------------------------------------------------------------------------------- */

static void values_are_kept_by_name(void **state) {
        Fixture *f = *state;
        AUTO_FREE char *text = NULL;
        Hold hold = HOLD_CANARY;

        assert_int_equal(ledger_get_value(f->ledger, "rate", &text), 0);
        assert_null(text);
        OK(ledger_daemon_hold(f->ledger, &hold));
        assert_int_equal(hold, HOLD_NONE);
        begin(f);
        OK(ledger_set_value(f->ledger, "rate", "12.5"));
        OK(ledger_set_value(f->ledger, "rate", ""));
        OK(ledger_set_daemon_hold(f->ledger, HOLD_ACCOUNT));
        commit(f);
        f->ledger = ledger_free(f->ledger);
        fixture_open(f);
        assert_int_equal(ledger_get_value(f->ledger, "rate", &text), 1);
        assert_string_equal(text, "");
        OK(ledger_daemon_hold(f->ledger, &hold));
        assert_int_equal(hold, HOLD_ACCOUNT);
        begin(f);
        OK(ledger_set_daemon_hold(f->ledger, HOLD_NONE));
        commit(f);
        OK(ledger_daemon_hold(f->ledger, &hold));
        assert_int_equal(hold, HOLD_NONE);
}

/* --- commands ------------------------------------------------------------------------------- */

static int answer(void *userdata, const Command *command) {
        Ledger *ledger = userdata;
        char text[64];

        (void) snprintf(text, sizeof(text), "%s %s by %d: done", command->verb, command->argument,
                        (int) command->uid);
        return ledger_command_answer(ledger, command->id, 7, text);
}

static int see_command(void *userdata, const Command *command) {
        see(userdata, "%d %s %s; ", (int) command->id, command->verb, command->argument);
        return 0;
}

static int64_t ask(Ledger *ledger, const char *verb, const char *argument) {
        const Command command = { .at = 5, .uid = 1000, .verb = verb, .argument = argument };
        int64_t id = 0;

        assert_int_equal(ledger_command_add(ledger, &command, &id), 0);
        return id;
}

static void commands_are_answered_once(void **state) {
        Fixture *f = *state;
        CLEANUP(ledger_free_p) Ledger *asking = NULL;
        AUTO_FREE char *text = NULL;
        Seen seen = { .size = 0 };
        int64_t first;

        assert_int_equal(ledger_open(f->path, LEDGER_COMMAND, &asking), 0);
        (void) ledger_changed_outside(f->ledger);
        assert_int_equal(ledger_changed_outside(f->ledger), 0);
        first = ask(asking, "hold", "B000001");
        ask(asking, "release", "B000002");
        assert_int_equal(ledger_changed_outside(f->ledger), 1);
        assert_int_equal(ledger_changed_outside(f->ledger), 0);
        OK(ledger_commands_waiting(f->ledger, see_command, &seen));
        assert_string_equal(seen.text, "1 hold B000001; 2 release B000002; ");
        assert_int_equal(ledger_command_get_answer(asking, first, &text), 0);
        begin(f);
        assert_int_equal(ledger_commands_waiting(f->ledger, answer, f->ledger), 0);
        assert_int_equal(ledger_command_answer(f->ledger, first, 8, "again"), -EPROTO);
        commit(f);
        assert_int_equal(ledger_changed_outside(f->ledger), 0); /* its own changes do not count */
        assert_int_equal(ledger_command_get_answer(asking, first, &text), 1);
        assert_string_equal(text, "hold B000001 by 1000: done");
        seen.size = 0;
        OK(ledger_commands_waiting(f->ledger, see_command, &seen));
        assert_int_equal(seen.size, 0);
}

/* Another process, because locks between two connections of one process are not the same. It must
 * be there before the ledger is open here. */
static int operator_process(const char *path, int from_daemon, int to_daemon) {
        CLEANUP(ledger_free_p) Ledger *ledger = NULL;
        const Command command = { .at = 5, .uid = 1, .verb = "hold", .argument = "B000001" };
        AUTO_FREE char *text = NULL;
        int64_t id = 0;
        char byte;

        if (read(from_daemon, &byte, 1) != 1 || ledger_open(path, LEDGER_COMMAND, &ledger) < 0)
                return 1;
        if (write(to_daemon, "o", 1) != 1) /* open; the daemon holds the lock now */
                return 2;
        if (ledger_command_add(ledger, &command, &id) < 0)
                return 3;
        if (write(to_daemon, "a", 1) != 1 || read(from_daemon, &byte, 1) != 1)
                return 4;
        return ledger_command_get_answer(ledger, id, &text) == 1 ? 0 : 5;
}

static void an_operator_gets_in_between_the_daemons_turns(void **state) {
        Fixture *f = *state;
        int to_operator[2], to_daemon[2], status;
        int64_t batch;
        char byte;
        pid_t child;

        f->ledger = ledger_free(f->ledger);
        assert_int_equal(pipe(to_operator) + pipe(to_daemon), 0);
        child = fork();
        if (child == 0)
                _exit(operator_process(f->path, to_operator[0], to_daemon[1]));
        assert_true(child > 0);
        fixture_open(f);
        assert_int_equal(write(to_operator[1], "g", 1), 1);
        assert_int_equal(read(to_daemon[0], &byte, 1), 1);
        begin(f);
        batch = add_batch(f, "a.csv");
        for (uint32_t i = 0; i < 5000; i++)
                add_row(f, batch, i + 2, "A", i, STATUS_QUEUED);
        commit(f);
        assert_int_equal(read(to_daemon[0], &byte, 1), 1);
        begin(f);
        assert_int_equal(ledger_commands_waiting(f->ledger, answer, f->ledger), 0);
        commit(f);
        assert_int_equal(write(to_operator[1], "g", 1), 1);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
        for (int i = 0; i < 2; i++)
                assert_int_equal(close(to_operator[i]) + close(to_daemon[i]), 0);
}

/* --- checks --------------------------------------------------------------------------------- */

static void a_whole_store_has_no_complaints(void **state) {
        Fixture *f = *state;
        AUTO_FREE char *text = NULL;
        int64_t batch, holder = 0;

        begin(f);
        batch = add_batch(f, "a.csv");
        for (uint32_t i = 0; i < 300; i++) {
                char order_id[16];
                int64_t row;

                (void) snprintf(order_id, sizeof(order_id), "A-%u", i);
                row = add_row(f, batch, i + 2, order_id, i, STATUS_QUEUED);
                OK(ledger_reference_take(f->ledger, 1, text_of(order_id), row, &holder));
        }
        commit(f);
        assert_int_equal(ledger_check(f->ledger, &text), 0);
        assert_null(text);
}

static void the_check_finds_what_is_wrong(void **state) {
        static const struct {
                const char *damage;
                const char *complaint;
        } cases[] = {
                { "DELETE FROM cells WHERE id = 1 << 32 | 3", "row 4294967299 has no cells" },
                { "UPDATE reference SET holder = 5",
                  "row 5 holds a reference that is not its own" },
                { "INSERT INTO session VALUES(1, 1, 'cs_1', '', 0, 1, 1, 0, 1, 0, 0), "
                  "(2, 1, 'cs_1', '', 0, 1, 1, 0, 1, 0, 0)",
                  "rows 1 and 2 have the same session" },
                { "UPDATE request SET status = 11 WHERE id = 1 << 32 | 3",
                  "row 4294967299 is paid, and no payment of its amount is known" },
                { "INSERT INTO payment(id, request, generation, status, amount, currency, created_at, "
                  "paid_at, seen_at, refunded) VALUES('pi_1', 7, 1, 5, 1, 1, 1, 1, 1, 0)",
                  "payment pi_1 belongs to no session" },
                { "INSERT INTO session VALUES(7, 1, 'cs_1', '', 0, 1, 1, 0, 1, 0, 0); "
                  "INSERT INTO payment(id, request, generation, status, amount, currency, created_at, "
                  "paid_at, seen_at, refunded) VALUES('pi_1', 7, 1, 5, 1, 1, 1, 1, 1, 0); "
                  "INSERT INTO refund VALUES('re_1', 'pi_1', 3, 1, 1, 1, 1)",
                  "payment pi_1 has another sum of refunds" },
                { "INSERT INTO finding(kind, request, subject, at, currency, detail) "
                  "VALUES(1, 1 << 32 | 3, 'pi_1', 1, 1, ''); UPDATE finding_total SET n = 2",
                  "the findings of batch 1 are counted wrong" },
                { "INSERT INTO finding(kind, request, subject, at, currency, detail) "
                  "VALUES(1, 1 << 32 | 3, 'pi_1', 1, 1, ''); DELETE FROM finding_total",
                  "the findings of batch 1 are counted wrong" },
                { "PRAGMA foreign_keys = OFF; INSERT INTO remark VALUES(77, '', '')",
                  "row 77 of remark has no request" },
                { "PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE name = "
                  "'request_due'",
                  NULL },
        };
        Fixture *f = *state;
        int64_t batch, holder = 0;

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                AUTO_FREE char *text = NULL;

                begin(f);
                batch = add_batch(f, "a.csv");
                assert_int_equal(batch, 1);
                add_row(f, batch, 2, "A-1", 1, STATUS_QUEUED);
                add_row(f, batch, 3, "A-2", 1, STATUS_QUEUED);
                OK(ledger_reference_take(f->ledger, 1, TEXT("A-1"), row_id(batch, 2), &holder));
                commit(f);
                execute(f, cases[i].damage);
                f->ledger = ledger_free(f->ledger);
                fixture_open(f);
                assert_int_equal(ledger_check(f->ledger, &text), 1);
                if (cases[i].complaint)
                        assert_string_equal(text, cases[i].complaint);
                f->ledger = ledger_free(f->ledger);
                assert_int_equal(unlink(f->path), 0);
                fixture_open(f);
        }
}

/* --- plans ---------------------------------------------------------------------------------- */

/* Small or read whole on purpose. */
static bool may_be_scanned(const char *query, const char *detail) {
        static const struct {
                const char *query;
                const char *detail;
                const char *reason;
        } allowed[] = {
                { "add_batch_sequence", "SCAN sqlite_sequence", "one row a table" },
                { "set_batch_sequence", "SCAN sqlite_sequence", "one row a table" },
                { "check_cells", "SCAN request", "reads everything" },
                { "check_references", "SCAN reference", "reads everything" },
                { "check_sessions", "SCAN session", "reads everything" },
                { "check_paid", "SCAN request", "reads everything" },
                { "check_payments", "SCAN payment", "reads everything" },
                { "check_refunds", "SCAN payment", "reads everything" },
                { "check_payouts", "SCAN payout", "reads everything" },
                { "check_payouts", "SCAN (subquery", "reads everything" },
                { "check_settled", "SCAN settled_total", "reads everything" },
                { "check_settled", "SCAN payout_line", "reads everything" },
                { "check_settled", "SCAN (subquery", "reads everything" },
                { "check_overall", "SCAN overall", "one row a status" },
                { "check_overall", "SCAN total", "reads everything" },
                { "check_findings", "SCAN finding", "reads everything" },
                { "check_findings", "SCAN (subquery", "reads everything" },
                { "check_uncounted", "SCAN uncounted_total", "reads everything" },
                { "check_uncounted", "SCAN mend", "reads everything" },
                { "check_uncounted", "SCAN member", "reads everything" },
                { "check_uncounted", "SCAN placed", "reads everything" },
                { "check_uncounted", "SCAN (subquery", "reads everything" },
                { "check_mend_counted", "SCAN mend_counted", "reads everything" },
                { "check_mend_counted", "SCAN mend", "reads everything" },
                { "check_mend_counted", "SCAN member", "reads everything" },
                { "check_mend_counted", "SCAN placed", "reads everything" },
                { "check_mend_counted", "SCAN (subquery", "reads everything" },
                { "find_mend_to_count", "SCAN member", "the rows of one order" },
                { "has_mends", "SCAN mend_counted", "its first row" },
                { "list_overall", "SCAN overall", "one row a status" },
                { "find_open_ending", "SCAN ending USING INDEX", "only those under way" },
                { "get_next_ending", "SCAN ending USING INDEX", "only those under way" },
                { "recover_endings", "SCAN ending USING INDEX", "only those under way" },
                { "list_looked_endings", "SCAN page", "as many as were asked for" },
                { "check_integrity", "SCAN pragma_integrity_check", "reads everything" },
                { "check_foreign_keys", "SCAN pragma_foreign_key_check", "reads everything" },
                { "add_requests", "SCAN new_row", "a list in memory" },
                { "add_cells", "SCAN new_row", "a list in memory" },
                { "add_references", "SCAN new_reference", "a list in memory" },
                { "list_requests_of_order", "SCAN scope", "one row a profile and run" },
                { "list_requests_of_order", "SCAN (subquery", "the rows of one order" },
                { "find_earlier_link", "SCAN carrier", "the rows of one order" },
                { "list_sessions_of_order", "SCAN scope", "one row a profile and run" },
                { "list_sessions_of_order", "SCAN named", "the rows of one order" },
                { "list_keys_of_order", "SCAN scope", "one row a profile and run" },
                { "list_keys_of_order", "SCAN named", "the rows of one order" },
                { "list_payments_of_order", "SCAN scope", "one row a profile and run" },
                { "list_payments_of_order", "SCAN named", "the rows of one order" },
                { "count_sessions_since", "SCAN (subquery", "at most `max`, from an index" },
                { "count_standing_findings", "SCAN (subquery", "at most `max`, from an index" },
        };

        for (size_t i = 0; i < ELEMENTS(allowed); i++)
                if (strcmp(query, allowed[i].query) == 0 &&
                    strncmp(detail, allowed[i].detail, strlen(allowed[i].detail)) == 0)
                        return true;
        return strncmp(detail, "SCAN CONSTANT ROW", 17) == 0;
}

/* Those that look for the next of many, again and again: the index has them in their order. */
static bool may_not_sort(const char *query) {
        static const char *const queries[] = { "find_batch_to_forget", "find_pending_forgotten",
                                               "get_resting_batch" };

        for (size_t i = 0; i < ELEMENTS(queries); i++)
                if (strcmp(query, queries[i]) == 0)
                        return true;
        return false;
}

static void no_statement_reads_a_table_from_end_to_end(void **state) {
        Fixture *f = *state;
        sqlite3 *handle = open_raw(f);

        /* in the place of the lists, which are the ledger's own */
        assert_int_equal(sqlite3_exec(handle,
                                      "CREATE TEMP TABLE new_row(id, lines, order_id, amount,"
                                      " currency, status, send_at, due_at, content,"
                                      " raw);"
                                      "CREATE TEMP TABLE new_reference(order_id, id);",
                                      NULL, NULL, NULL),
                         SQLITE_OK);
        for (size_t i = 0; i < QUERY_COUNT; i++) {
                sqlite3_stmt *plan = NULL;
                char *sql;

                if (strncmp(sql_queries[i].text, "PRAGMA", 6) == 0)
                        continue;
                sql = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", sql_queries[i].text);
                assert_int_equal(sqlite3_prepare_v2(handle, sql, -1, &plan, NULL), SQLITE_OK);
                while (sqlite3_step(plan) == SQLITE_ROW) {
                        const char *detail = (const char *) sqlite3_column_text(plan, 3);

                        if (strncmp(detail, "SCAN", 4) == 0 &&
                            !may_be_scanned(sql_queries[i].name, detail))
                                fail_msg("%s: %s", sql_queries[i].name, detail);
                        if (strstr(detail, "AUTOMATIC") ||
                            (strstr(detail, "TEMP B-TREE") && may_not_sort(sql_queries[i].name)))
                                fail_msg("%s: %s", sql_queries[i].name, detail);
                }
                (void) sqlite3_finalize(plan);
                sqlite3_free(sql);
        }
        assert_int_equal(sqlite3_close(handle), SQLITE_OK);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                LEDGER_TEST(what_cannot_be_opened_says_why),
                LEDGER_TEST(everything_is_there_after_reopening),
                LEDGER_TEST(what_is_rolled_back_was_never_there),
                LEDGER_TEST(a_reader_can_ask_several_things_of_one_state),
                LEDGER_TEST(values_are_kept_by_name),
                LEDGER_TEST(commands_are_answered_once),
                LEDGER_TEST(an_operator_gets_in_between_the_daemons_turns),
                LEDGER_TEST(a_whole_store_has_no_complaints),
                LEDGER_TEST(the_check_finds_what_is_wrong),
                LEDGER_TEST(no_statement_reads_a_table_from_end_to_end),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
