/* What is about the account, the key or the clock, and not about a row: all sending is held, said
 * once, nothing is refused; when it is mended, one probe lets all rows go, each of them once. */
#include <signal.h>
#include <string.h>

#include "tests/flow/harness_orders.h"

#define REFUSES "the provider refuses this installation"
#define POST    "/v1/checkout_sessions"

typedef struct Trouble {
        const char *control, *broken, *mended; /* POST /_sandbox/CONTROL */
        const char *status;                    /* of HTTP, as the log says it */
} Trouble;

static const Trouble wrong_key = { "account", "{\"api_key\":\"sk_test_other\"}",
                                   "{\"api_key\":\"sk_test_flow\"}", "HTTP 401" };
static const Trouble unpaid = { "faults", "{\"set\":{\"account-402\":1}}", "{\"clear\":true}",
                                "HTTP 402" };
static const Trouble closed = { "faults", "{\"set\":{\"account-403\":1}}", "{\"clear\":true}",
                                "HTTP 403" };

static void assert_all_held(Flow *flow, const char *id, int64_t n) {
        flow_wait_held(flow, id, "account");
        flow_wait_count(flow, id, "held", n); /* the canaries learn it one after the other */
        assert_int_equal(flow_batch_count(flow, id, "refused"), 0);
        assert_int_equal(flow_sessions(flow), 0);
}

static void start_in_trouble(Flow *flow, const Trouble *trouble, unsigned n) {
        flow_expect_errors(flow);
        flow_sandbox_start(flow, "--journal", flow_journal(flow), NULL);
        flow_control(flow, trouble->control, trouble->broken);
        flow_daemon_start(flow);
        flow_drop_orders(flow, "a", "A", n);
        flow_wait_log(flow, REFUSES);
        assert_all_held(flow, "B000001", n);
        flow_assert_contains(flow_daemon_log(flow), trouble->status);
        assert_string_equal(flow_string(flow_order(flow, "A-000001"), "status"), "held");
        assert_string_equal(flow_string(flow_order(flow, "A-000001"), "hold"), "account");
}

/* A restart asks once, and says nothing that was not said before. */
static void restart_in_trouble(Flow *flow, unsigned n) {
        size_t requests, said = flow_count_log(flow, REFUSES);

        assert_int_equal(said, 1);
        flow_daemon_stop(flow);
        requests = flow_requests(flow, "POST", POST);
        flow_daemon_start(flow);
        flow_drop_orders(flow, "b", "B", 10);
        assert_all_held(flow, "B000002", 10);
        flow_drop_orders(flow, "c", "C", 10);
        assert_all_held(flow, "B000003", 10);
        assert_all_held(flow, "B000001", n);
        assert_true(flow_requests(flow, "POST", POST) <= requests + 1);
        assert_int_equal(flow_count_log(flow, REFUSES), said);
}

static void all_go(Flow *flow, unsigned n) {
        flow_settled(flow, "B000001");
        flow_settled(flow, "B000002");
        flow_settled(flow, "B000003");
        assert_int_equal(flow_count_status(flow_results(flow, "a"), "open"), n);
        flow_assert_exactly_once(flow, "A", n);
        flow_assert_exactly_once(flow, "B", 10);
        flow_assert_exactly_once(flow, "C", 10);
        assert_int_equal(flow_count_log(flow, "sending goes on"), 1);
        flow_verified_good(flow);
}

static void held_until_mended(Flow *flow, const Trouble *trouble, bool reload) {
        start_in_trouble(flow, trouble, 60);
        restart_in_trouble(flow, 60);
        if (!reload)
                flow_daemon_stop(flow);
        flow_control(flow, trouble->control, trouble->mended);
        if (reload)
                flow_reload(flow);
        else
                flow_daemon_start(flow);
        flow_settled(flow, "B000001");
        /* a failed authentication is not stored: the same key is as good as before */
        if (trouble == &wrong_key)
                assert_int_equal(flow_integer(flow_order(flow, "A-000001"), "generation"), 1);
        all_go(flow, 60);
}

static void wrong_key_until_restart(void **state) {
        held_until_mended(*state, &wrong_key, false);
}

static void wrong_key_until_reload(void **state) {
        held_until_mended(*state, &wrong_key, true);
}

static void unpaid_until_restart(void **state) {
        held_until_mended(*state, &unpaid, false);
}

static void unpaid_until_reload(void **state) {
        held_until_mended(*state, &unpaid, true);
}

static void closed_until_restart(void **state) {
        held_until_mended(*state, &closed, false);
}

/* Thirty-two at once learn it together: it is one report. */
static void no_canary(void **state) {
        Flow *flow = *state;

        flow_set(flow, "orders", "canary", "0");
        held_until_mended(flow, &closed, true);
}

/* In the middle of a batch: what was made stays, the rest waits. */
static void revoked_in_the_middle(void **state) {
        Flow *flow = *state;
        int64_t open;

        flow_expect_errors(flow);
        flow_set(flow, "provider", "max_in_flight", "4");
        flow_sandbox_start(flow, "--latency", "20", NULL);
        flow_daemon_start(flow);
        flow_drop_orders(flow, "a", "A", 400);
        flow_wait_sessions(flow, 50);
        flow_control(flow, wrong_key.control, wrong_key.broken);
        flow_wait_log(flow, REFUSES);
        flow_wait_held(flow, "B000001", "account");
        flow_wait_quiet(flow, "B000001");
        assert_int_equal(flow_batch_count(flow, "B000001", "open"), flow_sessions(flow));
        open = flow_batch_count(flow, "B000001", "open");
        assert_int_equal(flow_batch_count(flow, "B000001", "held"), 400 - open);
        assert_int_equal(flow_count_log(flow, REFUSES), 1);

        flow_control(flow, wrong_key.control, wrong_key.mended);
        flow_reload(flow);
        flow_settled(flow, "B000001");
        assert_int_equal(flow_count_status(flow_results(flow, "a"), "open"), 400);
        flow_assert_exactly_once(flow, "A", 400);
        flow_good(flow);
}

/* What a person holds meanwhile, the provider's yes does not let go. */
static void released_only_what_it_held(void **state) {
        Flow *flow = *state;

        start_in_trouble(flow, &unpaid, 20);
        assert_int_equal(flow_ctl(flow, "hold", "--order", "A-000015", NULL).exit_code, 0);
        flow_drop_orders(flow, "b", "B", 10);
        assert_int_equal(flow_ctl(flow, "hold", "--batch", "B000002", NULL).exit_code, 0);
        flow_control(flow, unpaid.control, unpaid.mended);
        flow_reload(flow);
        flow_wait_count(flow, "B000001", "open", 19);
        flow_pass(flow);
        assert_int_equal(flow_batch_count(flow, "B000002", "held"), 10);
        flow_assert_status(flow, "A-000015", "held");
        assert_int_equal(flow_ctl(flow, "release", "--order", "A-000015", NULL).exit_code, 0);
        assert_int_equal(flow_ctl(flow, "release", "--batch", "B000002", NULL).exit_code, 0);
        flow_settled(flow, "B000001");
        flow_settled(flow, "B000002");
        flow_assert_exactly_once(flow, "A", 20);
        flow_assert_exactly_once(flow, "B", 10);
        flow_good(flow);
}

/* More than five minutes between our clock and the provider's. */
static void clock_is_off(Flow *flow, const char *skew, const char *said) {
        size_t requests;

        flow_expect_errors(flow);
        flow_sandbox_start(flow, "--journal", flow_journal(flow), NULL);
        flow_control(flow, "clock", flow_text(flow, "{\"date_skew\":%s}", skew));
        flow_daemon_start(flow);
        flow_drop_orders(flow, "a", "A", 100);
        flow_wait_log(flow, "our clock and the provider's are");
        flow_wait_held(flow, "B000001", "account");
        flow_assert_contains(flow_daemon_log(flow), said);
        flow_wait_quiet(flow, "B000001"); /* those that were out when it was noticed */
        requests = flow_requests(flow, "POST", POST);
        assert_true(requests <= 32);
        assert_int_equal(flow_batch_count(flow, "B000001", "open"), requests);
        assert_int_equal(flow_batch_count(flow, "B000001", "held"), 100 - (int64_t) requests);
        flow_drop_orders(flow, "b", "B", 10);
        flow_wait_held(flow, "B000002", "account");
        assert_int_equal(flow_requests(flow, "POST", POST), requests);
        assert_int_equal(flow_count_log(flow, "our clock and the provider's are"), 1);
        assert_int_equal(flow_count_log(flow, REFUSES), 0);

        /* still off after a restart: one probe, which makes a session, and is still held */
        flow_daemon_stop(flow);
        flow_daemon_start(flow);
        flow_wait_count(flow, "B000001", "open", (int64_t) requests);
        flow_drop_orders(flow, "c", "C", 10);
        flow_wait_held(flow, "B000003", "account");
        assert_true(flow_requests(flow, "POST", POST) <= requests + 1);

        flow_daemon_stop(flow);
        flow_control(flow, "clock", "{\"date_skew\":0}");
        flow_daemon_start(flow);
        all_go(flow, 100);
}

static void our_clock_is_late(void **state) {
        clock_is_off(*state, "660", "10 minutes apart");
}

static void our_clock_is_early(void **state) {
        clock_is_off(*state, "-900", "15 minutes apart");
}

/* Four minutes are no reason. */
static void clock_is_good_enough(void **state) {
        Flow *flow = *state;

        flow_sandbox_start(flow, NULL);
        flow_control(flow, "clock", "{\"date_skew\":240}");
        flow_daemon_start(flow);
        flow_drop_orders(flow, "a", "A", 40);
        flow_settled(flow, "B000001");
        flow_assert_exactly_once(flow, "A", 40);
        flow_good(flow);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                FLOW(wrong_key_until_restart), FLOW(wrong_key_until_reload),
                FLOW(unpaid_until_restart),    FLOW(unpaid_until_reload),
                FLOW(closed_until_restart),    FLOW(no_canary),
                FLOW(revoked_in_the_middle),   FLOW(released_only_what_it_held),
                FLOW(our_clock_is_late),       FLOW(our_clock_is_early),
                FLOW(clock_is_good_enough),
        };

        return FLOW_RUN(tests);
}
