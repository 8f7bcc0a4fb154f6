/* What the key cannot tell: the provider stores its first answer, errors too, and replays it; keys
 * grow old. No row gets a second session, and none is left behind but those that nobody can
 * know. */
#include <string.h>

#include "tests/flow/harness_client.h"
#include "tests/flow/harness_orders.h"

static const char *key_of(Flow *flow, const char *order) {
        return flow_string(flow_order(flow, order), "idempotency_key");
}

/* --- v2: the list tells ----------------------------------------------------------------------- */

/* Nothing was made: proven by two walks, then sent under a new key. */
static void absence_is_proven(void **state) {
        Flow *flow = *state;

        flow_set_v2(flow);
        flow_sandbox_start(flow, NULL);
        flow_fault(flow, "error-500", "A-000002", 1);
        flow_daemon_start(flow);
        flow_drop_orders(flow, "a", "A", 4);
        flow_settled(flow, "B000001");
        flow_assert_status(flow, "A-000002", "open");
        flow_assert_generation(flow, "A-000002", 2);
        flow_assert_generation(flow, "A-000001", 1);
        assert_true(flow_attempts(flow, "A-000002") >= 4); /* three replays, then the new key */
        assert_string_equal(key_of(flow, "A-000002"), flow_session_of(flow, "A-000002").key);
        assert_int_equal(flow_count_status(flow_results(flow, "a"), "open"), 4);
        flow_assert_exactly_once(flow, "A", 4);
        flow_verified_good(flow);
}

/* Of many rows at once, too: they are recorded some in each turn. */
static void absence_of_many_is_proven(void **state) {
        Flow *flow = *state;

        flow_set_v2(flow);
        flow_sandbox_start(flow, NULL);
        flow_fault(flow, "error-500", "A-", 150);
        flow_daemon_start(flow);
        flow_drop_orders(flow, "a", "A", 150);
        flow_settled(flow, "B000001");
        assert_int_equal(flow_batch_count(flow, "B000001", "open"), 150);
        flow_assert_generation(flow, "A-000001", 2);
        flow_assert_generation(flow, "A-000150", 2);
        flow_assert_exactly_once(flow, "A", 150);
        flow_verified_good(flow);
}

/* Until it is proven, the row is unknown, and says so. */
static void unknown_until_it_is_proven(void **state) {
        Flow *flow = *state;

        flow_set_v2(flow);
        flow_set(flow, "provider", "absence_wait", "1h");
        flow_sandbox_start(flow, NULL);
        flow_fault(flow, "error-503", "A-000002", 1);
        flow_daemon_start(flow);
        flow_drop_orders(flow, "a", "A", 4);
        flow_wait_code(flow, "A-000002", "E-UNKNOWN");
        flow_assert_status(flow, "A-000002", "unknown");
        flow_assert_generation(flow, "A-000002", 1);
        assert_int_equal(flow_attempts(flow, "A-000002"), 3);
        assert_int_equal(flow_batch_count(flow, "B000001", "unknown"), 1);
        flow_pass(flow);
        assert_int_equal(flow_attempts(flow, "A-000002"), 3);

        /* a restart begins the waiting anew, with what the settings say then */
        flow_daemon_stop(flow);
        flow_set(flow, "provider", "absence_wait", "1s");
        flow_daemon_start(flow);
        flow_settled(flow, "B000001");
        flow_assert_generation(flow, "A-000002", 2);
        flow_assert_exactly_once(flow, "A", 4);
        flow_verified_good(flow);
}

/* A session was made: it is found and adopted. */
static void made_is_adopted(void **state) {
        Flow *flow = *state;
        FlowSession session;
        const FlowTable *results;

        flow_set_v2(flow);
        flow_sandbox_start(flow, NULL);
        flow_fault(flow, "error-500-made", "A-000003", 1);
        flow_daemon_start(flow);
        flow_drop_orders(flow, "a", "A", 4);
        flow_settled(flow, "B000001");
        session = flow_session_of(flow, "A-000003");
        results = flow_results(flow, "a");
        assert_string_equal(flow_cell(results, 3, "checkout_status"), "open");
        assert_string_equal(flow_cell(results, 3, "checkout_session_id"), session.id);
        assert_string_equal(flow_cell(results, 3, "checkout_url"), session.url);
        assert_string_equal(flow_cell(results, 3, "checkout_code"), "");
        assert_string_equal(flow_cell(results, 3, "checkout_reason"), "");
        assert_true(*flow_cell(results, 3, "checkout_expires_at") != '\0');
        flow_assert_generation(flow, "A-000003", 1);
        flow_assert_exactly_once(flow, "A", 4);
        flow_verified_good(flow);
}

/* A script's run ends when it is proven, not before. */
static void once_waits_for_the_proof(void **state) {
        Flow *flow = *state;

        flow_set_v2(flow);
        flow_sandbox_start(flow, NULL);
        flow_fault(flow, "error-500", "A-000002", 1);
        flow_fault(flow, "error-500-made", "A-000003", 1);
        flow_copy_in(flow, "a.csv", flow_orders(flow, "A", 4));
        assert_int_equal(flow_once(flow, "--timeout", "2min", NULL).exit_code, 0);
        assert_int_equal(flow_count_status(flow_results(flow, "a"), "open"), 4);
        flow_assert_generation(flow, "A-000002", 2);
        flow_assert_generation(flow, "A-000003", 1);
        flow_assert_exactly_once(flow, "A", 4);
        flow_verified_good(flow);
}

/* Many at once, with and without a session, also under the new keys: all end. */
static void many_are_settled(void **state) {
        Flow *flow = *state;

        flow_set_v2(flow);
        flow_sandbox_start(flow, "--fault", "error-500=0.1", "--fault", "error-500-made=0.1",
                           "--fault", "error-503=0.05", NULL);
        flow_daemon_start(flow);
        flow_drop_orders(flow, "a", "A", 400);
        flow_settled(flow, "B000001");
        assert_int_equal(flow_count_status(flow_results(flow, "a"), "open"), 400);
        flow_assert_exactly_once(flow, "A", 400);
        flow_verified_good(flow);
}

/* Somebody else, with our key: our row's link is never that session's. */
static void make_foreign_session(Flow *flow, const char *key, unsigned amount) {
        Client client = { 0 };
        AUTO_REPLY reply = { 0 };
        const Sent sent = {
                .path = CLIENT_V2,
                .key = "somebody-else",
                .api_key = "sk_test_flow",
                .body = flow_text(flow,
                                  "{\"amount\":%u,\"currency\":\"CLP\",\"flow\":\"payment\","
                                  "\"metadata\":{\"checkoutd\":\"%s\",\"order\":\"F-1\"}}",
                                  amount, key),
        };

        (void) snprintf(client.url, sizeof(client.url), "%s", flow_sandbox_url(flow));
        reply = client_ask(&client, &sent);
        if (reply.status != 200 && reply.status != 201)
                flow_fail(flow, "a session was not made: %ld %s", reply.status, reply.body.data);
}

static void another_amount_in_the_list(void **state) {
        Flow *flow = *state;
        const json_t *order;
        size_t requests;

        flow_set_v2(flow);
        flow_set(flow, "provider", "absence_wait", "1h");
        flow_expect_errors(flow);
        flow_sandbox_start(flow, "--journal", flow_journal(flow), NULL);
        flow_fault(flow, "error-500", "A-000002", 1);
        flow_daemon_start(flow);
        flow_drop_orders(flow, "a", "A", 4);
        flow_wait_code(flow, "A-000002", "E-UNKNOWN");
        make_foreign_session(flow, key_of(flow, "A-000002"), 5000);

        flow_daemon_stop(flow);
        flow_set(flow, "provider", "absence_wait", "1s");
        flow_daemon_start(flow);
        flow_wait_status(flow, "A-000002", "held");
        order = flow_order(flow, "A-000002");
        assert_string_equal(flow_string(order, "hold"), "reply-mismatch");
        flow_wait_log(flow, "not the one asked for");

        /* sending has stopped, also after a restart */
        requests = flow_requests(flow, "POST", CLIENT_V2);
        flow_drop_orders(flow, "b", "B", 3);
        flow_wait_held(flow, "B000002", "reply-mismatch");
        flow_daemon_stop(flow);
        flow_daemon_start(flow);
        flow_drop_orders(flow, "c", "C", 3);
        flow_wait_held(flow, "B000003", "reply-mismatch");
        assert_int_equal(flow_requests(flow, "POST", CLIENT_V2), requests);

        /* until a person has looked: the others go on, the row waits for a decision */
        assert_int_equal(flow_ctl(flow, "release", "--all", NULL).exit_code, 0);
        flow_settled(flow, "B000002");
        flow_settled(flow, "B000003");
        flow_assert_exactly_once(flow, "B", 3);
        flow_assert_exactly_once(flow, "C", 3);
        flow_assert_status(flow, "A-000002", "held");
        assert_int_equal(
                flow_ctl(flow, "requeue", "--new-key", "--order", "A-000002", NULL).exit_code, 0);
        flow_settled(flow, "B000001");
        flow_assert_exactly_once(flow, "A", 4);
        flow_verified_good(flow);
}

/* --- v1: a person tells ----------------------------------------------------------------------- */

static void start_unknown(Flow *flow, const char *fault) {
        flow_set(flow, "orders", "canary", "0");
        flow_sandbox_start(flow, NULL);
        flow_fault(flow, fault, "A-000002", 1);
        flow_daemon_start(flow);
        flow_drop_orders(flow, "a", "A", 4);
        flow_wait_code(flow, "A-000002", "E-UNKNOWN");
        flow_assert_status(flow, "A-000002", "unknown");
}

static void never_resent_blindly(void **state) {
        Flow *flow = *state;
        const json_t *order;

        start_unknown(flow, "error-500");
        order = flow_order(flow, "A-000002");
        assert_true(*flow_string(order, "reason") != '\0');
        assert_int_equal(flow_integer(order, "generation"), 1);
        flow_pass(flow);
        flow_daemon_stop(flow);
        flow_daemon_start(flow);
        flow_pass(flow);
        assert_int_equal(flow_attempts(flow, "A-000002"), 3);

        /* with the same key: asked once more, and no wiser */
        assert_int_equal(flow_ctl(flow, "requeue", "--order", "A-000002", NULL).exit_code, 0);
        flow_wait_attempts(flow, "A-000002", 4);
        flow_wait_code(flow, "A-000002", "E-UNKNOWN");
        flow_assert_status(flow, "A-000002", "unknown");
        assert_int_equal(flow_batch_count(flow, "B000001", "open"), 3);
        assert_int_equal(flow_batch_count(flow, "B000001", "unknown"), 1);

        /* a script is told, in its time */
        flow_daemon_stop(flow);
        assert_int_equal(flow_once(flow, "--timeout", "3s", NULL).exit_code, 2);

        flow_daemon_start(flow);
        assert_int_equal(
                flow_ctl(flow, "requeue", "--order", "A-000002", "--new-key", NULL).exit_code, 0);
        flow_settled(flow, "B000001");
        order = flow_order(flow, "A-000002");
        assert_string_equal(flow_string(order, "status"), "open");
        assert_int_equal(flow_integer(order, "generation"), 2);
        assert_string_equal(flow_string(order, "idempotency_key"),
                            flow_session_of(flow, "A-000002").key);
        assert_int_equal(flow_count_status(flow_results(flow, "a"), "open"), 4);
        flow_assert_exactly_once(flow, "A", 4);
        flow_verified_good(flow);
}

/* Given up is not proven absent: cancelled, and the row says why. */
static void given_up(void **state) {
        Flow *flow = *state;
        const FlowTable *results;

        start_unknown(flow, "error-500");
        assert_int_equal(flow_ctl(flow, "cancel", "--order", "A-000002", NULL).exit_code, 0);
        flow_settled(flow, "B000001");
        results = flow_results(flow, "a");
        assert_string_equal(flow_cell(results, 2, "checkout_status"), "cancelled");
        assert_string_equal(flow_cell(results, 2, "checkout_code"), "E-GIVEN-UP");
        assert_true(*flow_cell(results, 2, "checkout_reason") != '\0');
        assert_string_equal(flow_cell(results, 2, "checkout_url"), "");
        assert_int_equal(flow_count_status(results, "open"), 3);
        assert_int_equal(flow_sessions(flow), 3);
        flow_verified_good(flow);
}

static void new_key_by_itself(void **state) {
        Flow *flow = *state;

        flow_set(flow, "provider", "on_unsettled", "new_key");
        flow_set(flow, "orders", "canary", "0");
        flow_sandbox_start(flow, NULL);
        flow_fault(flow, "error-500", "A-000002", 1);
        flow_fault(flow, "error-503", "A-000003", 1);
        flow_daemon_start(flow);
        flow_drop_orders(flow, "a", "A", 4);
        flow_settled(flow, "B000001");
        flow_assert_generation(flow, "A-000002", 2);
        flow_assert_generation(flow, "A-000003", 2);
        assert_int_equal(flow_count_status(flow_results(flow, "a"), "open"), 4);
        flow_assert_exactly_once(flow, "A", 4);
        flow_verified_good(flow);
}

/* Stored errors are answers of the provider: they are no reason to think that it is down. */
static void stored_errors_are_no_outage(void **state) {
        Flow *flow = *state;

        flow_set(flow, "provider", "max_in_flight", "1"); /* in the order of the file */
        flow_set(flow, "orders", "canary", "0");
        flow_sandbox_start(flow, NULL);
        flow_fault(flow, "error-500", "", 20);
        flow_daemon_start(flow);
        flow_drop_orders(flow, "a", "A", 60);
        for (unsigned i = 1; i <= 20; i++)
                flow_wait_code(flow, flow_text(flow, "A-%06u", i), "E-UNKNOWN");
        flow_wait_count(flow, "B000001", "open", 40);
        assert_int_equal(flow_batch_count(flow, "B000001", "unknown"), 20);
        assert_int_equal(flow_sessions(flow), 40);
        assert_null(strstr(flow_daemon_log(flow), "does not answer"));
        flow_verified_good(flow);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                FLOW(absence_is_proven),
                FLOW(absence_of_many_is_proven),
                FLOW(unknown_until_it_is_proven),
                FLOW(made_is_adopted),
                FLOW(once_waits_for_the_proof),
                FLOW(many_are_settled),
                FLOW(another_amount_in_the_list),
                FLOW(never_resent_blindly),
                FLOW(given_up),
                FLOW(new_key_by_itself),
                FLOW(stored_errors_are_no_outage),
        };

        return FLOW_RUN(tests);
}
