/* checkoutctl cancel and reissue, of orders that have links: what is ended, what cannot be any
 * more, and what counts as ended. Whatever fails in between, no order has two live links. */
#include <signal.h>
#include <string.h>

#include "tests/flow/harness_orders.h"

static void start(Flow *flow, unsigned n) {
        flow_set_v2(flow);
        flow_start(flow);
        flow_drop_orders(flow, "a", "A", n);
        flow_settled(flow, "B000001");
}

static FlowOutput ctl_order(Flow *flow, const char *verb, const char *order, int exit_code) {
        FlowOutput output = flow_ctl(flow, verb, "--order", order, NULL);

        if (output.exit_code != exit_code)
                flow_fail(flow, "%s %s: %d, %s%s", verb, order, output.exit_code, output.out,
                          output.err);
        return output;
}

/* Of all sessions with this reference: how many the provider has in this status. */
static size_t sessions_in(Flow *flow, const char *order, const char *status) {
        const json_t *sessions = json_object_get(flow_get(flow, "/_sandbox/ledger"), "sessions");
        size_t n = 0;

        for (size_t i = 0; i < json_array_size(sessions); i++) {
                const json_t *session = json_array_get(sessions, i);

                n += strcmp(flow_string(session, "order"), order) == 0 &&
                     strcmp(flow_string(session, "status"), status) == 0;
        }
        return n;
}

static void assert_ended(Flow *flow, const char *order) {
        flow_assert_status(flow, order, "cancelled");
        assert_int_equal(sessions_in(flow, order, "created"), 0);
        assert_int_equal(sessions_in(flow, order, "expired"), 1);
}

static void a_live_link_is_ended(void **state) {
        Flow *flow = *state;

        start(flow, 3);
        flow_assert_contains(ctl_order(flow, "cancel", "A-000002", 0).out, "1 ended");
        assert_ended(flow, "A-000002");
        flow_assert_status(flow, "A-000001", "open");
        flow_assert_contains(ctl_order(flow, "cancel", "A-000002", 1).err, "it is over already");
        flow_verified_good(flow);
}

/* What the payer has begun, or paid, is said, and stays as it is. */
static void what_can_no_longer_be_ended_is_said(void **state) {
        Flow *flow = *state;
        FlowOutput output;

        start(flow, 5);
        flow_payer(flow, "A-000001", "start");
        flow_payer(flow, "A-000002", "pend");
        flow_payer(flow, "A-000003", "pay");
        output = flow_ctl(flow, "cancel", "--batch", "B000001", NULL);
        assert_int_equal(output.exit_code, 1);
        flow_assert_contains(output.out, "2 ended");
        flow_assert_contains(output.out, "2 not ended: the payer has begun");
        flow_assert_contains(output.out, "1 not ended: paid");
        flow_assert_status(flow, "A-000001", "in_progress");
        flow_assert_status(flow, "A-000002", "in_progress");
        flow_assert_status(flow, "A-000003", "paid");
        assert_ended(flow, "A-000004");
        assert_ended(flow, "A-000005");
        flow_assert_contains(ctl_order(flow, "cancel", "A-000003", 1).err, "it was paid");
        flow_verified_good(flow);
}

/* The provider stores an error under the key: the look tells, and a new key asks again. */
static void a_stored_error_proves_nothing(void **state) {
        Flow *flow = *state;

        start(flow, 3);
        flow_fault(flow, "error-500@expire", "/expire", 1);
        (void) ctl_order(flow, "cancel", "A-000001", 0);
        assert_ended(flow, "A-000001");
        flow_fault(flow, "error-500-made@expire", "/expire", 1); /* it ended all the same */
        (void) ctl_order(flow, "cancel", "A-000002", 0);
        assert_ended(flow, "A-000002");
        flow_fault(flow, "reset-after@expire", "/expire", 1);
        (void) ctl_order(flow, "cancel", "A-000003", 0);
        assert_ended(flow, "A-000003");
        flow_verified_good(flow);
}

/* Killed when it was asked: taken up again by the next daemon. */
static void a_kill_loses_no_request(void **state) {
        Flow *flow = *state;

        start(flow, 20);
        assert_int_equal(
                flow_ctl(flow, "cancel", "--batch", "B000001", "--no-wait", NULL).exit_code, 0);
        for (unsigned i = 0; i < 5; i++) {
                flow_wait_count(flow, "B000001", "cancelled", i);
                flow_daemon_kill(flow);
                flow_daemon_start(flow);
        }
        flow_wait_count(flow, "B000001", "cancelled", 20);
        flow_verified_good(flow);
}

/* Asked and answered, but the proof is missing: a later `--once`, which looks at nothing by itself,
 * looks at that. */
static void a_missing_proof_is_taken_up(void **state) {
        Flow *flow = *state;

        start(flow, 2);
        flow_daemon_stop(flow);
        flow_control(flow, "faults", "{\"set\":{\"silence-before@read\":1}}");
        assert_int_equal(
                flow_ctl(flow, "cancel", "--order", "A-000002", "--no-wait", NULL).exit_code, 0);
        (void) flow_once(flow, "--timeout", "2s", NULL);
        flow_assert_status(flow, "A-000002", "open");
        assert_int_equal(sessions_in(flow, "A-000002", "expired"), 1);
        flow_clear_faults(flow);
        assert_int_equal(flow_once(flow, "--timeout", "100s", NULL).exit_code, 0);
        assert_ended(flow, "A-000002");
        flow_verified_good(flow);
}

static void a_reissued_order_has_one_live_link(void **state) {
        Flow *flow = *state;

        start(flow, 3);
        (void) ctl_order(flow, "reissue", "A-000002", 0);
        flow_wait_status(flow, "A-000002", "open");
        flow_assert_generation(flow, "A-000002", 2);
        assert_int_equal(sessions_in(flow, "A-000002", "created"), 1);
        assert_int_equal(sessions_in(flow, "A-000002", "expired"), 1);
        /* one that was cancelled before */
        (void) ctl_order(flow, "cancel", "A-000001", 0);
        (void) ctl_order(flow, "reissue", "A-000001", 0);
        flow_wait_status(flow, "A-000001", "open");
        assert_int_equal(sessions_in(flow, "A-000001", "created"), 1);
        flow_settled(flow, "B000001");
        flow_verified_good(flow);
}

static void nobody_pays_twice_by_a_reissue(void **state) {
        Flow *flow = *state;

        start(flow, 3);
        flow_payer(flow, "A-000001", "pay");
        flow_payer(flow, "A-000002", "start");
        (void) ctl_order(flow, "reissue", "A-000001", 1);
        flow_assert_status(flow, "A-000001", "paid");
        (void) ctl_order(flow, "reissue", "A-000002", 1);
        flow_assert_status(flow, "A-000002", "in_progress");
        flow_assert_contains(ctl_order(flow, "reissue", "A-000002", 1).err, "begun to pay");
        flow_assert_contains(ctl_order(flow, "reissue", "X-1", 1).err, "no such order");
        assert_int_equal(flow_sessions(flow), 3);
        /* a late payment of the link that was ended is found */
        (void) ctl_order(flow, "reissue", "A-000003", 0);
        flow_wait_status(flow, "A-000003", "open");
        assert_int_equal(flow_sessions(flow), 4);
        flow_verified_good(flow);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                FLOW(a_live_link_is_ended),           FLOW(what_can_no_longer_be_ended_is_said),
                FLOW(a_stored_error_proves_nothing),  FLOW(a_kill_loses_no_request),
                FLOW(a_missing_proof_is_taken_up),    FLOW(a_reissued_order_has_one_live_link),
                FLOW(nobody_pays_twice_by_a_reissue),
        };

        return FLOW_RUN(tests);
}
