/* What the daemon holds open is touched by others: somebody reads the store for long, and its log
 * must not grow until writing it back stops the daemon; its copy of a file is cut or removed. */
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "jobs/base/buffer.h"
#include "tests/flow/harness_orders.h"

#define MIB ((off_t) 1 << 20)

/* Rows of half a kilobyte. */
static char *wide_orders(Flow *flow, unsigned n) {
        AUTO_BUFFER text = BUFFER_EMPTY;

        assert_int_equal(buffer_append_string(&text, "order_id,amount,currency,note\n"), 0);
        for (unsigned i = 1; i <= n; i++)
                assert_int_equal(buffer_printf(&text, "L-%06u,1000,CLP,%0480u\n", i, i), 0);
        return flow_text(flow, "%s", text.data);
}

static sqlite3 *begin_reading(Flow *flow) {
        sqlite3 *reader = NULL;

        assert_int_equal(sqlite3_open_v2(flow_path(flow, "checkoutd.db"), &reader,
                                         SQLITE_OPEN_READONLY, NULL),
                         SQLITE_OK);
        assert_int_equal(
                sqlite3_exec(reader, "BEGIN; SELECT COUNT(*) FROM batch;", NULL, NULL, NULL),
                SQLITE_OK);
        return reader;
}

static off_t log_size(Flow *flow) {
        struct stat st;

        return stat(flow_path(flow, "checkoutd.db-wal"), &st) < 0 ? 0 : st.st_size;
}

static bool log_is_long(Flow *flow, const void *userdata) {
        (void) userdata;
        return log_size(flow) > 8 * MIB;
}

static void large_file_waits_for_a_reader(void **state) {
        Flow *flow = *state;
        sqlite3 *reader;

        flow_start(flow);
        reader = begin_reading(flow);
        flow_drop(flow, "large.csv", wide_orders(flow, 40000));
        flow_wait(flow, log_is_long, NULL, "a long log of the store");
        flow_drop_orders(flow, "small", "S", 20);
        assert_int_equal(flow_count_status(flow_results(flow, "small"), "open"), 20);
        assert_true(log_size(flow) < 16 * MIB);
        assert_int_equal(flow_count_paths(flow, "spool/results/large.*"), 0);
        assert_int_equal(sqlite3_close(reader), SQLITE_OK);
        (void) flow_ack(flow, "large");
        flow_good(flow);
}

/* A large file of which a part is loaded, and which waits for the reader. */
static sqlite3 *load_a_part(Flow *flow) {
        sqlite3 *reader;

        flow_start(flow);
        reader = begin_reading(flow);
        flow_drop(flow, "large.csv", wide_orders(flow, 40000));
        flow_wait(flow, log_is_long, NULL, "a long log of the store");
        return reader;
}

/* It is refused, nothing of it was sent, and dropped again it is taken as if it were new. */
static void assert_lost_and_taken_again(Flow *flow) {
        const char *nack = flow_nack(flow, "large");

        flow_assert_contains(nack, "E-FILE-LOST");
        flow_wait_log(flow, "was refused");
        flow_assert_status(flow, "L-000001", "cancelled");
        assert_int_equal(flow_sessions(flow), 0);
        assert_int_equal(flow_ctl(flow, "verify", NULL).exit_code, 0);
        flow_drop(flow, "again.csv", wide_orders(flow, 40));
        assert_int_equal(flow_count_status(flow_results(flow, "again"), "open"), 40);
        flow_assert_exactly_once(flow, "L", 40);
}

static void copy_is_cut_while_it_is_loaded(void **state) {
        Flow *flow = *state;
        sqlite3 *reader = load_a_part(flow);
        const char *copy = flow_wait_path(flow, "spool/work/*.csv");

        assert_int_equal(truncate(copy, 10 * MIB + 7), 0);
        assert_int_equal(sqlite3_close(reader), SQLITE_OK);
        assert_lost_and_taken_again(flow);
        (void) flow_wait_path(flow, "spool/rejected/damaged.B000001.large.csv");
        flow_verified_good(flow);
}

static void copy_is_removed_while_nobody_looks(void **state) {
        Flow *flow = *state;
        sqlite3 *reader = load_a_part(flow);
        const char *copy = flow_wait_path(flow, "spool/work/*.csv");

        flow_daemon_kill(flow);
        assert_int_equal(sqlite3_close(reader), SQLITE_OK);
        assert_int_equal(unlink(copy), 0);
        flow_daemon_start(flow);
        assert_lost_and_taken_again(flow);
        flow_verified_good(flow);
}

/* Somebody moves the store away: nothing is sent that nobody could find recorded; it comes back. */
static void store_is_moved_away(void **state) {
        static const char *const endings[] = { "", "-wal", "-shm" };
        Flow *flow = *state;

        flow_expect_errors(flow);
        flow_start(flow);
        flow_drop_orders(flow, "a", "A", 10);
        (void) flow_results(flow, "a");
        for (size_t i = 0; i < ELEMENTS(endings); i++)
                assert_int_equal(rename(flow_path(flow, "checkoutd.db%s", endings[i]),
                                        flow_path(flow, "away.db%s", endings[i])),
                                 0);
        flow_drop(flow, "b.csv", flow_orders(flow, "B", 10));
        flow_wait_log(flow, "was removed or replaced while it is in use");
        assert_true(flow_daemon_alive(flow));
        assert_int_equal(flow_sessions(flow), 10);
        assert_true(flow_exists(flow_path(flow, "spool/incoming/b.csv")));
        for (size_t i = 0; i < ELEMENTS(endings); i++)
                assert_int_equal(rename(flow_path(flow, "away.db%s", endings[i]),
                                        flow_path(flow, "checkoutd.db%s", endings[i])),
                                 0);
        assert_int_equal(flow_count_status(flow_results(flow, "b"), "open"), 10);
        assert_int_equal(flow_count_log(flow, "while it is in use"), 1);
        flow_assert_contains(flow_daemon_log(flow), "in its place again");
        flow_assert_exactly_once(flow, "A", 10);
        flow_assert_exactly_once(flow, "B", 10);
        flow_verified_good(flow);
}

/* Deleted: a new one is made at the next start only, and held until somebody has looked. */
static void store_is_deleted(void **state) {
        Flow *flow = *state;

        flow_expect_errors(flow);
        flow_start(flow);
        flow_drop_orders(flow, "a", "A", 10);
        (void) flow_results(flow, "a");
        assert_int_equal(unlink(flow_path(flow, "checkoutd.db")), 0);
        assert_int_equal(unlink(flow_path(flow, "checkoutd.db-wal")), 0);
        flow_drop(flow, "b.csv", flow_orders(flow, "B", 10));
        flow_wait_log(flow, "was removed or replaced while it is in use");
        assert_false(flow_exists(flow_path(flow, "checkoutd.db")));
        flow_daemon_stop(flow);
        assert_int_equal(flow_sessions(flow), 10);
        flow_daemon_start(flow);
        (void) flow_ack(flow, "b");
        flow_wait_held(flow, "B000002", "store");
        assert_int_equal(flow_sessions(flow), 10);
        flow_good(flow);
}

/* What is missing inside of the store is not the store: the operator must not look for a file. */
static void entry_is_missing(void **state) {
        Flow *flow = *state;

        flow_expect_errors(flow);
        flow_start(flow);
        assert_int_equal(flow_ctl(flow, "hold", "--all", NULL).exit_code, 0);
        flow_drop(flow, "a.csv", flow_orders(flow, "A", 5));
        (void) flow_ack(flow, "a");
        /* else it is the reporter that misses it, in another way */
        flow_wait_log(flow, "B000001: results are written, some rows still wait");
        flow_sql(flow, "PRAGMA foreign_keys = OFF; DELETE FROM batch WHERE id = 1");
        /* the answer to this is in the same transaction, which does not come about */
        (void) flow_ctl(flow, "release", "--all", "--no-wait", NULL);
        flow_wait_log(flow, "an entry that must be in the store is missing");
        assert_null(strstr(flow_daemon_log(flow), "while it is in use"));
        assert_int_equal(flow_sessions(flow), 0);
        assert_int_equal(flow_ctl(flow, "verify", NULL).exit_code, 1);
        flow_daemon_kill(flow);
        flow_good(flow);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                FLOW(large_file_waits_for_a_reader),
                FLOW(copy_is_cut_while_it_is_loaded),
                FLOW(copy_is_removed_while_nobody_looks),
                FLOW(store_is_moved_away),
                FLOW(store_is_deleted),
                FLOW(entry_is_missing),
        };

        return FLOW_RUN(tests);
}
