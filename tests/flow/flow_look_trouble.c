/* When what is asked about links is not answered, or our clock is set meanwhile: it is tried again
 * by itself, nobody waits for an hour that another clock has made, and who asked is told what was
 * not read. */
#include <string.h>

#include "tests/flow/harness_orders.h"

#define HOUR 3600

static void start(Flow *flow, unsigned n) {
        flow_clock_fake(flow);
        flow_set_v2(flow);
        flow_sandbox_start(flow, "--journal", flow_journal(flow), NULL);
        flow_daemon_start(flow);
        flow_drop_orders(flow, "a", "A", n);
        flow_settled(flow, "B000001");
}

static FlowOutput sync_all(Flow *flow, int exit_code) {
        FlowOutput output = flow_ctl(flow, "sync", NULL);

        if (output.exit_code != exit_code)
                flow_fail(flow, "sync: %d %s%s", output.exit_code, output.out, output.err);
        return output;
}

/* --- what was not read ------------------------------------------------------------------------ */

/* That the links are up to date is not all that was asked for. It is read by itself when it can
 * be. */
static void refunds_that_cannot_be_read(void **state) {
        Flow *flow = *state;
        FlowOutput output;

        start(flow, 2);
        flow_payer(flow, "A-000001", "pay");
        (void) sync_all(flow, 0);
        flow_assert_status(flow, "A-000001", "paid");
        flow_payer(flow, "A-000001", "refund");
        flow_fault(flow, "html-502@read", "/refunds", 4);
        output = sync_all(flow, 1);
        flow_assert_contains(output.err, "not everything could be read");
        flow_assert_contains(output.err, "refunds");
        flow_wait_log(flow, "the provider does not show what was refunded");
        flow_wait_status(flow, "A-000001", "refunded");
        assert_int_equal(flow_count_log(flow, "the provider does not show what was refunded"), 1);
        flow_wait_log(flow, "the provider shows again what was refunded");
        (void) sync_all(flow, 0);
        flow_verified_good(flow);
}

/* Refunds that may not be read stand in no other question's way. */
static void refunds_that_may_not_be_read(void **state) {
        Flow *flow = *state;

        start(flow, 2);
        flow_payer(flow, "A-000001", "pay");
        (void) sync_all(flow, 0);
        flow_fault(flow, "account-403@read", "/refunds", 1000);
        (void) sync_all(flow, 1);
        flow_payer(flow, "A-000002", "pay");
        flow_assert_contains(sync_all(flow, 1).err, "2 links are up to date");
        flow_assert_status(flow, "A-000002", "paid");
        assert_int_equal(flow_count_log(flow, "refuses to be asked about links"), 0);
        flow_verified_good(flow);
}

static void a_list_that_cannot_be_read(void **state) {
        Flow *flow = *state;
        FlowOutput output;

        start(flow, 2);
        flow_fault(flow, "html-502@read", "/v2/checkout_sessions", 3);
        output = sync_all(flow, 1);
        flow_assert_contains(output.err, "list of sessions");
        flow_assert_contains(output.err, "2 links are up to date");
        flow_verified_good(flow);
}

/* --- many at once ------------------------------------------------------------------------------ */

/* One thing to be told, not as many as there are rows; the findings keep every one. */
static void lost_sessions_are_told_once(void **state) {
        Flow *flow = *state;

        flow_set(flow, "orders", "canary", "0");
        flow_sandbox_start(flow, "--journal", flow_journal(flow), NULL);
        flow_daemon_start(flow);
        flow_drop_orders(flow, "a", "A", 30);
        flow_settled(flow, "B000001");
        flow_fault(flow, "gone@read", "/v1/checkout_sessions/", 30);
        (void) sync_all(flow, 0);
        flow_wait_log(flow, " more rows: ");
        assert_in_range(flow_count_log(flow, "see `checkoutctl show`"), 3, 29);
        for (unsigned i = 1; i <= 30; i++)
                assert_int_equal(
                        json_array_size(json_object_get(
                                flow_order(flow, flow_text(flow, "A-%06u", i)), "findings")),
                        1);
        flow_verified_good(flow);
}

/* --- our clock is set ------------------------------------------------------------------------- */

/* The link is ended, and our clock set back before anybody has looked: a look that comes after the
 * provider's answer tells, whatever the clocks say. */
static void set_back_between_answer_and_look(void **state) {
        Flow *flow = *state;

        start(flow, 1);
        flow_clock_shift(flow, HOUR);
        flow_fault(flow, "html-502@read", "/v2/checkout_sessions", 1000);
        assert_int_equal(
                flow_ctl(flow, "reissue", "--order", "A-000001", "--no-wait", NULL).exit_code, 0);
        flow_wait_requests(flow, "POST", "/expire", 1);
        flow_wait_requests(flow, "GET", "/v2/checkout_sessions/", 1);
        flow_clock_shift(flow, 0);
        flow_clear_faults(flow);
        assert_int_equal(flow_ctl(flow, "sync", "--order", "A-000001", NULL).exit_code, 0);
        flow_wait_sessions(flow, 2);
        flow_wait_status(flow, "A-000001", "open");
        flow_assert_generation(flow, "A-000001", 2);
        flow_verified_good(flow);
}

/* The look failed, and is to come again in some minutes, which our clock then puts an hour away. */
static void set_back_before_the_next_look(void **state) {
        Flow *flow = *state;

        start(flow, 2);
        flow_clock_shift(flow, HOUR);
        flow_fault(flow, "html-502@read", "/v2/checkout_sessions", 1000);
        flow_payer(flow, "A-000001", "pay");
        assert_int_equal(flow_ctl(flow, "sync", "--batch", "B000001", NULL).exit_code, 1);
        flow_clock_shift(flow, 0);
        flow_clear_faults(flow);
        /* only so that there is something to do: it would be noticed within a minute */
        assert_int_equal(flow_ctl(flow, "sync", "--order", "A-000002", NULL).exit_code, 0);
        flow_wait_status(flow, "A-000001", "paid");
        flow_verified_good(flow);
}

/* The provider was away, and is to be asked again in some seconds. */
static void set_back_before_it_is_asked_again(void **state) {
        Flow *flow = *state;

        start(flow, 1);
        flow_clock_shift(flow, HOUR);
        flow_fault(flow, "html-502@expire", "/expire", 1000);
        assert_int_equal(
                flow_ctl(flow, "cancel", "--order", "A-000001", "--no-wait", NULL).exit_code, 0);
        flow_wait_requests(flow, "POST", "/expire", 2);
        flow_clock_shift(flow, 0);
        flow_clear_faults(flow);
        flow_wait_status(flow, "A-000001", "cancelled");
        flow_verified_good(flow);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                FLOW(refunds_that_cannot_be_read),       FLOW(refunds_that_may_not_be_read),
                FLOW(a_list_that_cannot_be_read),        FLOW(lost_sessions_are_told_once),
                FLOW(set_back_between_answer_and_look),  FLOW(set_back_before_the_next_look),
                FLOW(set_back_before_it_is_asked_again),
        };

        return FLOW_RUN(tests);
}
