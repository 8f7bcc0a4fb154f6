/* Clocks that jump, ours and the provider's: no key is used again that the provider may have
 * forgotten, none is given up that is young, and a scheduled row goes when its time has come. */
#include <string.h>

#include "tests/flow/harness_orders.h"

#define HOUR 3600
#define DAY  (24 * HOUR)

/* The provider is away, its answer to the second row is lost; meanwhile our clock is set. */
static void start_unknown(Flow *flow) {
        flow_set_v2(flow);
        flow_clock_fake(flow);
        flow_expect_errors(flow);
        flow_sandbox_start(flow, NULL);
        flow_fault(flow, "reset-after", "A-000002", 1);
        flow_fault(flow, "html-502", "A-000002", 3);
        flow_daemon_start(flow);
        flow_drop_orders(flow, "a", "A", 10);
        flow_wait_status(flow, "A-000002", "unknown");
}

/* Wrong by a day against the provider: nothing is sent, said once; set right again, all goes on
 * under the same keys. */
static void set_wrong(Flow *flow, int64_t seconds) {
        start_unknown(flow);
        flow_wait_count(flow, "B000001", "open", 9);
        flow_clock_shift(flow, seconds);
        flow_drop_orders(flow, "b", "B", 10);
        flow_wait_log(flow, "our clock and the provider's are");
        flow_clock_shift(flow, 0);
        flow_reload(flow); /* the probe comes at once, not in ten minutes */
        flow_settled(flow, "B000001");
        flow_settled(flow, "B000002");
        flow_assert_exactly_once(flow, "A", 10);
        flow_assert_exactly_once(flow, "B", 10);
        flow_verified_good(flow);
}

static void set_forward_by_a_day(void **state) {
        set_wrong(*state, DAY);
}

static void set_back_by_a_day(void **state) {
        set_wrong(*state, -DAY);
}

/* A day really passes, and the provider has forgotten its keys: the row whose outcome is not known
 * is found in the provider's list, and not sent again. */
static void a_day_passes(void **state) {
        Flow *flow = *state;

        start_unknown(flow);
        flow_wait_count(flow, "B000001", "open", 9);
        flow_time_passes(flow, DAY + HOUR);
        flow_control(flow, "keys", "{\"forget\":true}");
        flow_settled(flow, "B000001");
        flow_assert_exactly_once(flow, "A", 10);
        flow_assert_generation(flow, "A-000002", 1);
        flow_verified_good(flow);
}

/* No network and a clock that is a day ahead, as after an empty battery: the retries lie a day
 * ahead too, until the clock is set right. They do not wait for that day. */
static void set_right_later(void **state) {
        Flow *flow = *state;

        flow_clock_fake(flow);
        flow_set(flow, "orders", "canary", "0");
        flow_sandbox_start(flow, NULL);
        flow_sandbox_stop(flow);
        flow_clock_shift(flow, DAY);
        flow_daemon_start(flow);
        flow_drop_orders(flow, "a", "A", 5);
        flow_wait_attempts(flow, "A-000005", 1);
        flow_daemon_stop(flow);
        assert_int_equal(flow_batch_count(flow, "B000001", "queued"), 5);
        flow_clock_shift(flow, 0);
        flow_sandbox_start(flow, NULL);
        flow_daemon_start(flow);
        flow_settled(flow, "B000001");
        flow_assert_exactly_once(flow, "A", 5);
        flow_verified_good(flow);
}

/* A day passes here and there: nothing is to be said about any clock. */
static void both_go_on(void **state) {
        Flow *flow = *state;

        flow_clock_fake(flow);
        flow_start(flow);
        flow_drop_orders(flow, "a", "A", 5);
        flow_settled(flow, "B000001");
        flow_time_passes(flow, DAY + HOUR);
        flow_drop_orders(flow, "b", "B", 5);
        flow_settled(flow, "B000002");
        assert_int_equal(flow_count_log(flow, "our clock and the provider's"), 0);
        flow_assert_exactly_once(flow, "B", 5);
        flow_verified_good(flow);
}

/* Ours stood still: seen by the Date of the next reply. */
static void the_providers_goes_on_alone(void **state) {
        Flow *flow = *state;

        flow_clock_fake(flow);
        flow_expect_errors(flow);
        flow_start(flow);
        flow_drop_orders(flow, "a", "A", 5);
        flow_settled(flow, "B000001");
        flow_control(flow, "clock", "{\"advance\":660}");
        flow_drop_orders(flow, "b", "B", 10);
        flow_wait_log(flow, "10 minutes apart (ours is behind)");
        flow_wait_held(flow, "B000002", "account");
        flow_clock_shift(flow, 660);
        flow_reload(flow);
        flow_settled(flow, "B000002");
        flow_assert_exactly_once(flow, "B", 10);
        flow_verified_good(flow);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                FLOW(set_forward_by_a_day), FLOW(set_back_by_a_day),
                FLOW(a_day_passes),         FLOW(set_right_later),
                FLOW(both_go_on),           FLOW(the_providers_goes_on_alone),
        };

        return FLOW_RUN(tests);
}
