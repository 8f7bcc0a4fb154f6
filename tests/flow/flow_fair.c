/* Fair turns: a small file dropped behind a large one is finished while the large one is far from
 * it; and what is asked of the whole daemon holds for all of them together. */
#include <string.h>

#include "tests/flow/harness.h"

/* How many sessions whose order begins so were made before the last one of the other kind: this
 * does not depend on when we look. */
static size_t made_before_the_last(Flow *flow, char kind, char last) {
        const json_t *made = json_object_get(flow_get(flow, "/_sandbox/ledger"), "sessions");
        size_t n = 0, before = 0;

        for (size_t i = 0; i < json_array_size(made); i++) {
                const char *order = flow_string(json_array_get(made, i), "order");

                n += order[0] == kind;
                if (order[0] == last)
                        before = n;
        }
        return before;
}

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
        assert_true(made_before_the_last(flow, 'L', 'S') < 3000);
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
        assert_true(made_before_the_last(flow, 'L', 'S') < 3000);
        flow_good(flow);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                FLOW(small_behind_large),
                FLOW(small_behind_large_intake),
        };

        return FLOW_RUN(tests);
}
