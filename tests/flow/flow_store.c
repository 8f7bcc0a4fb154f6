/* The store is used by others, too: somebody reads it for long, and its log must not grow until
 * writing it back stops the daemon. */
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>

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

int main(void) {
        static const struct CMUnitTest tests[] = {
                FLOW(large_file_waits_for_a_reader),
        };

        return FLOW_RUN(tests);
}
