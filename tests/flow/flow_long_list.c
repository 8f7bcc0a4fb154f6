/* A list of sessions that cannot be read to its end, as long as it takes to give a walk up. */
#include "tests/flow/harness_orders.h"

/* The first page of the list can be read, the second cannot: what is not on the first is not
 * absent. What is on it, is found all the same. */
static void half_a_list_proves_nothing(void **state) {
        Flow *flow = *state;

        flow_set_v2(flow);
        flow_set(flow, "provider", "absence_wait", "4s"); /* all three are known of by then */
        flow_sandbox_start(flow, "--slow", "10", NULL);
        flow_fault(flow, "error-500", "A-000001", 1);
        flow_fault(flow, "error-500-made", "A-000003", 1); /* among the oldest: on a later page */
        flow_fault(flow, "error-500-made", "A-000699", 1); /* among the newest: on the first */
        flow_fault(flow, "slow@read", "", 1);              /* one page, and no other */
        flow_fault(flow, "html-502@read", "", 100000);
        flow_daemon_start(flow);
        flow_drop_orders(flow, "a", "A", 700);
        flow_wait_log(flow, "could not be read to its end");
        flow_wait_status(flow, "A-000699", "open");
        flow_assert_status(flow, "A-000001", "unknown");
        flow_assert_status(flow, "A-000003", "unknown");
        flow_assert_generation(flow, "A-000001", 1);
        flow_assert_generation(flow, "A-000003", 1);
        assert_int_equal(flow_sessions(flow), 699);

        flow_daemon_stop(flow);
        flow_clear_faults(flow);
        flow_daemon_start(flow);
        flow_settled(flow, "B000001");
        flow_assert_generation(flow, "A-000001", 2);
        flow_assert_generation(flow, "A-000003", 1);
        assert_int_equal(flow_count_status(flow_results(flow, "a"), "open"), 700);
        flow_assert_exactly_once(flow, "A", 700);
        flow_verified_good(flow);
}

int main(void) {
        static const struct CMUnitTest tests[] = { FLOW(half_a_list_proves_nothing) };

        return FLOW_RUN(tests);
}
