/* Replies, judged by their content: what was made is published, what was refused is told, what is
 * not known is asked again under the same key, and what is not ours is never shown to anybody. */
#include <string.h>

#include "tests/flow/harness_orders.h"

#define PLAIN "order_id,amount,currency\n"

/* Two hundred rows through everything that a network and a front can do to them. */
static void meet_everything(Flow *flow) {
        flow_set(flow, "provider", "timeout", "2s");
        flow_sandbox_start(flow, "--fault", "reset-before=0.03", "--fault", "reset-after=0.03",
                           "--fault", "html-502=0.03", "--fault", "html-502-made=0.03", "--fault",
                           "truncated=0.03", "--fault", "rate-429=0.03", "--fault",
                           "silence-after=0.02", "--fault", "not-json=0.03", NULL);
        flow_daemon_start(flow);
        flow_drop(flow, "many.csv", flow_orders(flow, "M", 200));
        assert_int_equal(flow_count_status(flow_results(flow, "many"), "open"), 200);
        flow_assert_exactly_once(flow, "M", 200);
        flow_good(flow);
}

static void tried_until_known_v1(void **state) {
        meet_everything(*state);
}

static void tried_until_known_v2(void **state) {
        flow_set(*state, "provider", "api_version", "v2");
        meet_everything(*state);
}

/* Each fault once, for a row of its own: the same key, so one session. */
static void each_fault_once(void **state) {
        static const char *const faults[] = {
                "reset-before",  "reset-after", "silence-before",
                "silence-after", "truncated",   "html-502",
                "html-502-made", "not-json",    "rate-429-retry-after",
                "rate-429",      "slow",
        };
        Flow *flow = *state;
        char *text = flow_text(flow, PLAIN);

        flow_set(flow, "provider", "timeout", "2s");
        flow_set(flow, "orders", "canary", "0");
        flow_expect_errors(flow);
        flow_sandbox_start(flow, "--slow", "4000", NULL);
        for (size_t i = 0; i < ELEMENTS(faults); i++) {
                text = flow_text(flow, "%sX-%06zu,100,CLP\n", text, i + 1);
                flow_fault(flow, faults[i], flow_text(flow, "X-%06zu", i + 1), 1);
        }
        flow_daemon_start(flow);
        flow_drop(flow, "each.csv", text);
        assert_int_equal(flow_count_status(flow_results(flow, "each"), "open"), ELEMENTS(faults));
        flow_assert_exactly_once(flow, "X", ELEMENTS(faults));
        flow_good(flow);
}

/* The provider's no to one row: told with its code and its text; the others go on. */
static void refused_by_the_provider(void **state) {
        Flow *flow = *state;
        const FlowTable *results;
        const char *rejects;

        flow_sandbox_start(flow, NULL);
        flow_fault(flow, "refuse", "R-000004", 1);
        flow_fault(flow, "refuse-422", "R-000005", 1);
        flow_daemon_start(flow);
        flow_drop(flow, "refused.csv", flow_orders(flow, "R", 10));
        results = flow_results(flow, "refused");
        assert_int_equal(flow_count_status(results, "open"), 8);
        assert_string_equal(flow_cell(results, 4, "checkout_status"), "refused");
        assert_string_equal(flow_cell(results, 4, "checkout_url"), "");
        flow_assert_contains(flow_cell(results, 5, "checkout_code"), "not_supported_currency");
        flow_assert_contains(flow_cell(results, 5, "checkout_reason"),
                             "The currency is not supported");
        rejects =
                flow_read(flow, flow_wait_path(flow, "spool/results/refused.B*.rejects.csv"), NULL);
        flow_assert_contains(rejects, "R-000004");
        assert_null(strstr(rejects, "R-000006"));
        assert_int_equal(flow_sessions(flow), 8);

        /* the same row again is its next generation, under another key */
        flow_drop(flow, "again.csv", PLAIN "R-000004,1004,CLP\n");
        assert_int_equal(flow_count_status(flow_results(flow, "again"), "open"), 1);
        assert_int_equal(flow_sessions(flow), 9);
        flow_good(flow);
}

static void held_and_nothing_sent(Flow *flow, const char *fault) {
        size_t made;
        FlowOutput status;

        flow_set(flow, "provider", "max_in_flight", "4");
        flow_set(flow, "orders", "canary", "0");
        flow_set(flow, "orders", "amount_format", "minor");
        flow_expect_errors(flow);
        flow_sandbox_start(flow, "--fault", flow_text(flow, "%s=1", fault), NULL);
        flow_daemon_start(flow);
        flow_drop(flow, "a.csv", flow_orders(flow, "A", 50));
        flow_wait_log(flow, "not the one asked for");
        made = flow_sessions(flow);
        assert_true(made >= 1 && made <= 4);

        /* it stays so: for another file, and after a restart */
        flow_drop(flow, "b.csv", flow_orders(flow, "B", 5));
        (void) flow_ack(flow, "b");
        flow_daemon_stop(flow);
        made = flow_sessions(flow);
        flow_daemon_start(flow);
        flow_drop(flow, "c.csv", flow_orders(flow, "C", 5));
        (void) flow_ack(flow, "c");
        flow_wait_held(flow, "B000003", "reply-mismatch");
        assert_int_equal(flow_sessions(flow), made);
        assert_true(made <= 4);
        status = flow_ctl(flow, "status", "--json", NULL);
        assert_int_equal(status.exit_code, 0);
        flow_assert_contains(status.out, "\"held\"");
        assert_null(strstr(status.out, "\"open\""));
        flow_good(flow);
}

static void another_amount(void **state) {
        held_and_nothing_sent(*state, "wrong-amount");
}

static void another_currency(void **state) {
        held_and_nothing_sent(*state, "wrong-currency");
}

static void another_mode(void **state) {
        held_and_nothing_sent(*state, "wrong-mode");
}

static void another_key(void **state) {
        held_and_nothing_sent(*state, "wrong-key");
}

/* Its link is in no results file and in no answer of ours. */
static void mismatch_is_never_published(void **state) {
        Flow *flow = *state;
        FlowSession session;
        FlowOutput show;

        flow_expect_errors(flow);
        flow_sandbox_start(flow, NULL);
        flow_fault(flow, "wrong-amount", "A-000001", 1);
        flow_daemon_start(flow);
        flow_drop(flow, "a.csv", flow_orders(flow, "A", 1));
        flow_wait_status(flow, "A-000001", "held");
        flow_wait_log(flow, "not the one asked for");
        session = flow_session_of(flow, "A-000001");
        show = flow_ctl(flow, "show", "A-000001", "--json", NULL);
        assert_int_equal(show.exit_code, 0);
        flow_assert_contains(show.out, "held");
        assert_null(strstr(show.out, session.url));
        assert_null(strstr(flow_daemon_log(flow), session.url));
        flow_good(flow);
}

/* About the account, not about the row: nothing is refused, all sending is held. */
static void held_for_the_account(Flow *flow, const char *fault) {
        FlowOutput status;

        flow_expect_errors(flow);
        flow_sandbox_start(flow, "--fault", flow_text(flow, "%s=1", fault), NULL);
        flow_daemon_start(flow);
        flow_drop(flow, "a.csv", flow_orders(flow, "A", 20));
        flow_wait_log(flow, "account");
        flow_wait_held(flow, "B000001", "account"); /* the line is there before it is recorded */
        status = flow_ctl(flow, "status", "--json", NULL);
        flow_assert_contains(status.out, "\"held\"");
        assert_null(strstr(status.out, "\"refused\""));
        assert_int_equal(flow_sessions(flow), 0);
        flow_good(flow);
}

static void wrong_api_key(void **state) {
        held_for_the_account(*state, "auth-401");
}

static void account_must_pay(void **state) {
        held_for_the_account(*state, "account-402");
}

static bool has_two_attempts(Flow *flow, const void *userdata) {
        FlowOutput show = flow_ctl(flow, "show", userdata, "--json", NULL);
        const json_t *orders;

        if (show.exit_code != 0)
                return false;
        orders = json_object_get(flow_json(flow, show.out), "orders");
        return json_array_size(json_object_get(json_array_get(orders, 0), "attempts")) >= 2;
}

/* A stored 500 is replayed for ever; it is never escaped by a new key. */
static void stored_server_error(Flow *flow, const char *fault, size_t sessions) {
        FlowOutput show;

        flow_expect_errors(flow);
        flow_sandbox_start(flow, NULL);
        flow_fault(flow, fault, "", 1);
        flow_daemon_start(flow);
        flow_drop(flow, "a.csv", flow_orders(flow, "A", 1));
        (void) flow_ack(flow, "a");
        flow_wait(flow, has_two_attempts, "A-000001", "a second attempt");
        assert_int_equal(flow_sessions(flow), sessions);
        show = flow_ctl(flow, "show", "A-000001", "--json", NULL);
        assert_null(strstr(show.out, "\"open\""));
        assert_null(strstr(show.out, "\"refused\""));
        flow_good(flow);
}

static void stored_500_without_a_session(void **state) {
        stored_server_error(*state, "error-500", 0);
}

static void stored_500_with_a_session(void **state) {
        stored_server_error(*state, "error-500-made", 1);
}

/* Nobody listens, then somebody does. */
static void provider_comes_back(void **state) {
        Flow *flow = *state;

        flow_sandbox_start(flow, NULL);
        flow_sandbox_stop(flow);
        flow_daemon_start(flow);
        flow_drop(flow, "a.csv", flow_orders(flow, "A", 40));
        (void) flow_ack(flow, "a");
        flow_wait_log(flow, "the provider does not answer");
        flow_sandbox_start(flow, NULL);
        assert_int_equal(flow_count_status(flow_results(flow, "a"), "open"), 40);
        flow_assert_exactly_once(flow, "A", 40);
        flow_good(flow);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                FLOW(tried_until_known_v1),
                FLOW(tried_until_known_v2),
                FLOW(each_fault_once),
                FLOW(refused_by_the_provider),
                FLOW(another_amount),
                FLOW(another_currency),
                FLOW(another_mode),
                FLOW(another_key),
                FLOW(mismatch_is_never_published),
                FLOW(wrong_api_key),
                FLOW(account_must_pay),
                FLOW(stored_500_without_a_session),
                FLOW(stored_500_with_a_session),
                FLOW(provider_comes_back),
        };

        return FLOW_RUN(tests);
}
