/* Fair turns: a small file dropped behind a large one is finished while the large one is far from
 * it; and what is asked of the whole daemon holds for all of them together. */
#include <string.h>

#include "tests/flow/harness.h"

/* The large file needs many seconds of the provider's time: 6,000 rows, 8 at a time, 20 ms each. */
static void small_behind_large(void **state) {
        Flow *flow = *state;

        flow_set(flow, "provider", "max_in_flight", "8");
        flow_sandbox_start(flow, "--latency", "20", NULL);
        flow_daemon_start(flow);
        flow_drop(flow, "large.csv", flow_orders(flow, "L", 6000));
        (void) flow_ack(flow, "large");
        flow_drop(flow, "small.csv", flow_orders(flow, "S", 20));
        assert_int_equal(flow_count_status(flow_results(flow, "small"), "open"), 20);
        assert_int_equal(flow_count_paths(flow, "spool/results/large.*.results.csv"), 0);
        assert_true(flow_sessions(flow) < 3000);
        assert_int_equal(flow_count_status(flow_results(flow, "large"), "open"), 6000);
        assert_int_equal(flow_sessions(flow), 6020);
        flow_good(flow);
}

/* The same while the large file is still being read: it is taken in slices. */
static void small_behind_large_intake(void **state) {
        Flow *flow = *state;

        flow_set(flow, "provider", "max_in_flight", "8");
        flow_sandbox_start(flow, "--latency", "20", NULL);
        flow_daemon_start(flow);
        flow_drop(flow, "large.csv", flow_orders(flow, "L", 20000));
        (void) flow_wait_path(flow, "spool/work/*");
        flow_drop(flow, "small.csv", flow_orders(flow, "S", 20));
        assert_int_equal(flow_count_status(flow_results(flow, "small"), "open"), 20);
        assert_int_equal(flow_count_paths(flow, "spool/results/large.*.results.csv"), 0);
        flow_good(flow);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                FLOW(small_behind_large),
                FLOW(small_behind_large_intake),
        };

        return FLOW_RUN(tests);
}
