/* What the key cannot tell: the provider stores its first answer, errors too, and replays it; keys
 * grow old. No row gets a second session, and none is left behind but those that nobody can know. */
#include <string.h>

#include "tests/flow/harness_client.h"
#include "tests/flow/harness_orders.h"

#define HOURS(n) #n " * 3600 * 1000000"

static void set_v2(Flow *flow) {
        flow_set(flow, "provider", "api_version", "v2");
        flow_set(flow, "provider", "absence_wait", "1s");
        flow_set(flow, "provider", "absence_recheck", "1s");
        flow_set(flow, "orders", "canary", "0");
}

static const char *key_of(Flow *flow, const char *order) {
        return flow_string(flow_order(flow, order), "idempotency_key");
}

static void assert_generation(Flow *flow, const char *order, int64_t generation) {
        assert_int_equal(flow_integer(flow_order(flow, order), "generation"), generation);
}

static void good_and_verified(Flow *flow) {
        assert_int_equal(flow_ctl(flow, "verify", NULL).exit_code, 0);
        flow_good(flow);
}

/* --- v2: the list tells ----------------------------------------------------------------------- */

/* Nothing was made: proven by two walks, then sent under a new key. */
static void absence_is_proven(void **state) {
        Flow *flow = *state;

        set_v2(flow);
        flow_sandbox_start(flow, NULL);
        flow_fault(flow, "error-500", "A-000002", 1);
        flow_daemon_start(flow);
        flow_drop_orders(flow, "a", "A", 4);
        flow_settled(flow, "B000001");
        flow_assert_status(flow, "A-000002", "open");
        assert_generation(flow, "A-000002", 2);
        assert_generation(flow, "A-000001", 1);
        assert_true(flow_attempts(flow, "A-000002") >= 4); /* three replays, then the new key */
        assert_string_equal(key_of(flow, "A-000002"), flow_session_of(flow, "A-000002").key);
        assert_int_equal(flow_count_status(flow_results(flow, "a"), "open"), 4);
        flow_assert_exactly_once(flow, "A", 4);
        good_and_verified(flow);
}

/* Until it is proven, the row is unknown, and says so. */
static void unknown_until_it_is_proven(void **state) {
        Flow *flow = *state;

        set_v2(flow);
        flow_set(flow, "provider", "absence_wait", "1h");
        flow_sandbox_start(flow, NULL);
        flow_fault(flow, "error-503", "A-000002", 1);
        flow_daemon_start(flow);
        flow_drop_orders(flow, "a", "A", 4);
        flow_wait_code(flow, "A-000002", "E-UNKNOWN");
        flow_assert_status(flow, "A-000002", "unknown");
        assert_generation(flow, "A-000002", 1);
        assert_int_equal(flow_attempts(flow, "A-000002"), 3);
        assert_int_equal(flow_batch_count(flow, "B000001", "unknown"), 1);
        flow_pass(flow);
        assert_int_equal(flow_attempts(flow, "A-000002"), 3);

        /* a restart begins the waiting anew, with what the settings say then */
        flow_daemon_stop(flow);
        flow_set(flow, "provider", "absence_wait", "1s");
        flow_daemon_start(flow);
        flow_settled(flow, "B000001");
        assert_generation(flow, "A-000002", 2);
        flow_assert_exactly_once(flow, "A", 4);
        good_and_verified(flow);
}

/* A session was made: it is found and adopted. */
static void made_is_adopted(void **state) {
        Flow *flow = *state;
        FlowSession session;
        const FlowTable *results;

        set_v2(flow);
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
        assert_generation(flow, "A-000003", 1);
        flow_assert_exactly_once(flow, "A", 4);
        good_and_verified(flow);
}

/* A script's run ends when it is proven, not before. */
static void once_waits_for_the_proof(void **state) {
        Flow *flow = *state;

        set_v2(flow);
        flow_sandbox_start(flow, NULL);
        flow_fault(flow, "error-500", "A-000002", 1);
        flow_fault(flow, "error-500-made", "A-000003", 1);
        flow_copy_in(flow, "a.csv", flow_orders(flow, "A", 4));
        assert_int_equal(flow_once(flow, "--timeout", "2min", NULL).exit_code, 0);
        assert_int_equal(flow_count_status(flow_results(flow, "a"), "open"), 4);
        assert_generation(flow, "A-000002", 2);
        assert_generation(flow, "A-000003", 1);
        flow_assert_exactly_once(flow, "A", 4);
        good_and_verified(flow);
}

/* Many at once, with and without a session, also under the new keys: all end. */
static void many_are_settled(void **state) {
        Flow *flow = *state;

        set_v2(flow);
        flow_sandbox_start(flow, "--fault", "error-500=0.1", "--fault", "error-500-made=0.1",
                           "--fault", "error-503=0.05", NULL);
        flow_daemon_start(flow);
        flow_drop_orders(flow, "a", "A", 400);
        flow_settled(flow, "B000001");
        assert_int_equal(flow_count_status(flow_results(flow, "a"), "open"), 400);
        flow_assert_exactly_once(flow, "A", 400);
        good_and_verified(flow);
}

/* The first page of the list can be read, the second cannot: what is not on the first is not
 * absent. What is on it, is found all the same. */
static void half_a_list_proves_nothing(void **state) {
        Flow *flow = *state;

        set_v2(flow);
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
        assert_generation(flow, "A-000001", 1);
        assert_generation(flow, "A-000003", 1);
        assert_int_equal(flow_sessions(flow), 699);

        flow_daemon_stop(flow);
        flow_clear_faults(flow);
        flow_daemon_start(flow);
        flow_settled(flow, "B000001");
        assert_generation(flow, "A-000001", 2);
        assert_generation(flow, "A-000003", 1);
        assert_int_equal(flow_count_status(flow_results(flow, "a"), "open"), 700);
        flow_assert_exactly_once(flow, "A", 700);
        good_and_verified(flow);
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

        set_v2(flow);
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
        good_and_verified(flow);
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
        good_and_verified(flow);
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

        /* a new row with its reference is its next generation */
        flow_drop(flow, "again.csv", "order_id,amount,currency\nA-000002,1002,CLP\n");
        assert_int_equal(flow_count_status(flow_results(flow, "again"), "open"), 1);
        flow_assert_exactly_once(flow, "A", 4);
        good_and_verified(flow);
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
        assert_generation(flow, "A-000002", 2);
        assert_generation(flow, "A-000003", 2);
        assert_int_equal(flow_count_status(flow_results(flow, "a"), "open"), 4);
        flow_assert_exactly_once(flow, "A", 4);
        good_and_verified(flow);
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
        good_and_verified(flow);
}

/* --- a stored 429 ----------------------------------------------------------------------------- */

/* It made nothing, and comes again while others succeed: it is stored, and a new key is right. */
static void stored_429(Flow *flow) {
        flow_set(flow, "orders", "canary", "0");
        flow_sandbox_start(flow, NULL);
        flow_fault(flow, "rate-429-stored", "A-000001", 1);
        flow_fault(flow, "rate-429-stored", "A-000002", 1);
        flow_daemon_start(flow);
        flow_drop_orders(flow, "a", "A", 10);
        flow_settled(flow, "B000001");
        assert_generation(flow, "A-000001", 2);
        assert_generation(flow, "A-000002", 2);
        assert_int_equal(flow_count_status(flow_results(flow, "a"), "open"), 10);
        flow_assert_exactly_once(flow, "A", 10);
        good_and_verified(flow);
}

static void stored_429_v1(void **state) {
        stored_429(*state);
}

static void stored_429_v2(void **state) {
        flow_set(*state, "provider", "api_version", "v2");
        stored_429(*state);
}

/* One that was not stored is gone with the next attempt: the same key. */
static void passing_429(void **state) {
        Flow *flow = *state;

        flow_set(flow, "orders", "canary", "0");
        flow_sandbox_start(flow, NULL);
        flow_fault(flow, "rate-429", "A-000001", 2);
        flow_daemon_start(flow);
        flow_drop_orders(flow, "a", "A", 10);
        flow_settled(flow, "B000001");
        assert_generation(flow, "A-000001", 1);
        flow_assert_exactly_once(flow, "A", 10);
        good_and_verified(flow);
}

/* --- old keys --------------------------------------------------------------------------------- */

/* Nothing has left for the rows of this batch: queued, with frozen keys. */
static void start_queued(Flow *flow) {
        flow_set(flow, "orders", "canary", "0");
        flow_sandbox_start(flow, NULL);
        flow_sandbox_stop(flow);
        flow_daemon_start(flow);
        flow_drop_orders(flow, "a", "A", 5);
        for (unsigned i = 1; i <= 5; i++)
                flow_wait_attempts(flow, flow_text(flow, "A-%06u", i), 1);
        flow_daemon_stop(flow);
        assert_int_equal(flow_batch_count(flow, "B000001", "queued"), 5);
}

#define AGE(line, changes)                                                                         \
        "UPDATE frozen SET " changes " WHERE request & 0xffffffff = "                              \
        "(SELECT MIN(request & 0xffffffff) FROM frozen) + " #line "; "

/* Under a key that the provider may have forgotten: by either clock, or where none can be
 * believed. The fourth is young, the fifth was sent in an earlier life of the machine. */
static void old_and_queued(void **state) {
        static const int64_t generations[] = { 2, 2, 2, 1, 1 };
        Flow *flow = *state;

        start_queued(flow);
        flow_sql(flow, AGE(0, "first_sent_at = first_sent_at - " HOURS(21)));
        flow_sql(flow, AGE(1, "boot_at = boot_at - " HOURS(21)));
        flow_sql(flow, AGE(2, "boot = 'another', first_sent_at = first_sent_at + " HOURS(21)));
        flow_sql(flow, AGE(3, "first_sent_at = first_sent_at - " HOURS(19)));
        flow_sql(flow, AGE(4, "boot = 'another', boot_at = boot_at + " HOURS(100)));
        flow_sandbox_start(flow, NULL);
        flow_daemon_start(flow);
        flow_settled(flow, "B000001");
        for (unsigned i = 1; i <= 5; i++)
                assert_generation(flow, flow_text(flow, "A-%06u", i), generations[i - 1]);
        assert_int_equal(flow_count_status(flow_results(flow, "a"), "open"), 5);
        flow_assert_exactly_once(flow, "A", 5);
        good_and_verified(flow);
}

/* One that is unknown, under a key that is old when the daemon comes back. */
static void start_old_and_unknown(Flow *flow, const char *fault) {
        flow_set(flow, "orders", "canary", "0");
        flow_sandbox_start(flow, NULL);
        flow_fault(flow, fault, "A-000002", 1000);
        flow_daemon_start(flow);
        flow_drop_orders(flow, "a", "A", 4);
        flow_wait_status(flow, "A-000002", "unknown");
        flow_wait_count(flow, "B000001", "open", 3);
        flow_daemon_stop(flow);
        flow_assert_status(flow, "A-000002", "unknown");
        flow_sql(flow, "UPDATE frozen SET first_sent_at = first_sent_at - " HOURS(21));
        flow_clear_faults(flow);
        flow_control(flow, "keys", "{\"forget\":true}");
}

static void old_and_unknown_v1(void **state) {
        Flow *flow = *state;
        size_t attempts;

        start_old_and_unknown(flow, "reset-after");
        attempts = flow_attempts(flow, "A-000002");
        flow_daemon_start(flow);
        flow_wait_code(flow, "A-000002", "E-UNKNOWN");
        flow_pass(flow);
        assert_int_equal(flow_ctl(flow, "requeue", "--order", "A-000002", NULL).exit_code, 0);
        flow_wait_code(flow, "A-000002", "E-UNKNOWN");
        flow_pass(flow);
        flow_assert_status(flow, "A-000002", "unknown");
        assert_int_equal(flow_attempts(flow, "A-000002"), attempts);
        assert_generation(flow, "A-000002", 1);
        flow_assert_exactly_once(flow, "A", 4); /* the key is forgotten: sending would double it */
        good_and_verified(flow);
}

static void old_and_unknown_v2(Flow *flow, const char *fault, int64_t generation) {
        set_v2(flow);
        start_old_and_unknown(flow, fault);
        flow_daemon_start(flow);
        flow_settled(flow, "B000001");
        assert_generation(flow, "A-000002", generation);
        assert_int_equal(flow_count_status(flow_results(flow, "a"), "open"), 4);
        flow_assert_exactly_once(flow, "A", 4);
        good_and_verified(flow);
}

static void old_and_made_v2(void **state) {
        old_and_unknown_v2(*state, "reset-after", 1);
}

static void old_and_not_made_v2(void **state) {
        old_and_unknown_v2(*state, "reset-before", 2);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                FLOW(absence_is_proven),
                FLOW(unknown_until_it_is_proven),
                FLOW(made_is_adopted),
                FLOW(once_waits_for_the_proof),
                FLOW(many_are_settled),
                FLOW(half_a_list_proves_nothing),
                FLOW(another_amount_in_the_list),
                FLOW(never_resent_blindly),
                FLOW(given_up),
                FLOW(new_key_by_itself),
                FLOW(stored_errors_are_no_outage),
                FLOW(stored_429_v1),
                FLOW(stored_429_v2),
                FLOW(passing_429),
                FLOW(old_and_queued),
                FLOW(old_and_unknown_v1),
                FLOW(old_and_made_v2),
                FLOW(old_and_not_made_v2),
        };

        return FLOW_RUN(tests);
}
