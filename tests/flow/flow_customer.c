/* v2: the payer is a customer of the provider's already (409), and what the settings make of it. */
#include <string.h>

#include "tests/flow/harness_orders.h"

#define KNOWN "111111111"

static const char rows[] = "order_id,amount,currency,nombre,rut,customer.email\n"
                           "A-1,1000,CLP,Ana,11.111.111-1,ana@example.cl\n"
                           "A-2,2000,CLP,Eva,22.222.222-2,eva@example.cl\n";

static void start(Flow *flow, const char *conflict) {
        flow_set_v2(flow);
        flow_set(flow, "provider", "customer_conflict", conflict);
        flow_sandbox_start(flow, "--known-customer", KNOWN, NULL);
        flow_daemon_start(flow);
}

static void refused_by_default(void **state) {
        Flow *flow = *state;
        const FlowTable *results;

        start(flow, "refuse");
        flow_drop(flow, "a.csv", rows);
        results = flow_results(flow, "a");
        assert_string_equal(flow_cell(results, 1, "checkout_status"), "refused");
        assert_string_equal(flow_cell(results, 2, "checkout_status"), "open");
        assert_int_equal(flow_attempts(flow, "A-1"), 1);
        flow_verified_good(flow);
}

/* The stored answer needs another key; the payer's tax id and address are not lost. */
static void sent_again_without(void **state) {
        Flow *flow = *state;
        const FlowTable *results;
        const json_t *session, *metadata;

        start(flow, "without");
        flow_drop(flow, "a.csv", rows);
        results = flow_results(flow, "a");
        assert_int_equal(flow_count_status(results, "open"), 2);
        assert_int_equal(flow_attempts(flow, "A-1"), 2);
        assert_int_equal(flow_attempts(flow, "A-2"), 1);
        flow_assert_generation(flow, "A-1", 2);
        flow_assert_generation(flow, "A-2", 1);
        session = flow_session_of(flow, "A-1").object;
        metadata = json_object_get(session, "metadata");
        assert_string_equal(flow_string(metadata, "rut"), KNOWN);
        assert_string_equal(flow_string(session, "customer_email"), "ana@example.cl");
        session = flow_session_of(flow, "A-2").object;
        assert_null(json_object_get(json_object_get(session, "metadata"), "rut"));
        assert_int_equal(flow_sessions(flow), 2);
        flow_verified_good(flow);
}

/* Every canary meets it: that is no reason to hold the rest, and nobody waits for another
 * canary. */
static void canaries_go_without(void **state) {
        Flow *flow = *state;

        flow_set_v2(flow);
        flow_set(flow, "orders", "canary", "2");
        flow_set(flow, "provider", "customer_conflict", "without");
        flow_sandbox_start(flow, "--known-customer", KNOWN, NULL);
        flow_daemon_start(flow);
        flow_drop(flow, "a.csv",
                  "order_id,amount,currency,rut\n"
                  "A-1,1000,CLP,11.111.111-1\n"
                  "A-2,1000,CLP,11.111.111-1\n"
                  "A-3,1000,CLP,11.111.111-1\n"
                  "A-4,1000,CLP,\n");
        assert_int_equal(flow_count_status(flow_results(flow, "a"), "open"), 4);
        flow_verified_good(flow);
}

/* What is stored under the second key must be outlived, too: still without the payer. */
static void still_without_after_a_throttle(void **state) {
        Flow *flow = *state;

        start(flow, "without");
        flow_fault(flow, "rate-429-stored", "customer_email", 1);
        flow_drop(flow, "a.csv", rows);
        (void) flow_ack(flow, "a");
        flow_wait_attempts(flow, "A-1", 2);
        flow_pass(flow); /* others are served: it is the answer that is stored */
        assert_int_equal(flow_count_status(flow_results(flow, "a"), "open"), 2);
        assert_int_equal(flow_sessions(flow), 3);
        flow_assert_generation(flow, "A-1", 3);
        flow_verified_good(flow);
}

/* Killed in between: what was refused is remembered with the attempt. */
static void killed_between_the_two(void **state) {
        Flow *flow = *state;

        flow_set(flow, "provider", "rate", "1/s");
        start(flow, "without");
        flow_drop(flow, "a.csv", rows);
        (void) flow_ack(flow, "a");
        flow_wait_attempts(flow, "A-1", 1);
        flow_daemon_kill(flow);
        flow_daemon_start(flow);
        assert_int_equal(flow_count_status(flow_results(flow, "a"), "open"), 2);
        assert_int_equal(flow_sessions(flow), 2);
        flow_verified_good(flow);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                FLOW(refused_by_default),     FLOW(sent_again_without),
                FLOW(canaries_go_without),    FLOW(still_without_after_a_throttle),
                FLOW(killed_between_the_two),
        };

        return FLOW_RUN(tests);
}
