/* A file of 20 rows behind one of 100,000. */
#include "tests/flow/harness.h"

static void twenty_behind_a_hundred_thousand(void **state) {
        Flow *flow = *state;

        flow_set_deadline(flow, 600);
        flow_set(flow, "provider", "rate", "1000/s");
        flow_start(flow);
        flow_drop(flow, "large.csv", flow_orders(flow, "L", 100000));
        (void) flow_ack(flow, "large");
        flow_drop(flow, "small.csv", flow_orders(flow, "S", 20));
        assert_int_equal(flow_count_status(flow_results(flow, "small"), "open"), 20);
        assert_true(flow_sessions(flow) < 20000);
        assert_int_equal(flow_count_status(flow_results(flow, "large"), "open"), 100000);
        assert_int_equal(flow_sessions(flow), 100020);
        flow_good(flow);
}

int main(void) {
        static const struct CMUnitTest tests[] = { FLOW(twenty_behind_a_hundred_thousand) };

        return FLOW_RUN(tests);
}
