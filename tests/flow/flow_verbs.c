/* checkoutctl hold, release, requeue, cancel: what the daemon makes of them. What is held is not
 * sent, what is released is sent once; the requests themselves are in flow_requests.c. */
#include <string.h>

#include "tests/flow/harness_orders.h"

#define PLAIN "order_id,amount,currency\n"

/* --- looking ---------------------------------------------------------------------------------- */

static const json_t *batch_of(Flow *flow, const char *id) {
        FlowOutput output = flow_ctl(flow, "status", "--json", id, NULL);

        assert_int_equal(output.exit_code, 0);
        return json_array_get(json_object_get(flow_json(flow, output.out), "batches"), 0);
}

static int64_t count_of(const json_t *batch, const char *status) {
        const json_t *total;
        int64_t count = 0;
        size_t i;

        json_array_foreach((json_t *) (uintptr_t) json_object_get(batch, "totals"), i,
                           total) if (strcmp(flow_string(total, "status"), status) == 0) count +=
                flow_integer(total, "count");
        return count;
}

/* Drops n orders PREFIX-000001 on as NAME.csv, and waits until they are a batch. */
static void drop(Flow *flow, const char *name, const char *prefix, unsigned n) {
        flow_drop(flow, flow_text(flow, "%s.csv", name), flow_orders(flow, prefix, n));
        (void) flow_ack(flow, name);
}

/* Waits until the batch is settled: `status --follow` of one batch ends then. */
static void settled(Flow *flow, const char *id) {
        assert_int_equal(flow_ctl(flow, "status", "--follow", id, NULL).exit_code, 0);
}

static const json_t *order_of(Flow *flow, const char *order) {
        FlowOutput output = flow_ctl(flow, "show", "--json", order, NULL);

        assert_int_equal(output.exit_code, 0);
        return json_array_get(json_object_get(flow_json(flow, output.out), "orders"), 0);
}

static void assert_status(Flow *flow, const char *order, const char *status) {
        const json_t *found = order_of(flow, order);

        if (strcmp(flow_string(found, "status"), status) != 0)
                flow_fail(flow, "%s is %s, not %s", order, flow_string(found, "status"), status);
}

typedef struct Held {
        const char *batch, *hold;
} Held;

static bool is_held(Flow *flow, const void *userdata) {
        const Held *held = userdata;
        const json_t *batch = batch_of(flow, held->batch);

        return strcmp(flow_string(batch, "state"), "held") == 0 &&
               strcmp(flow_string(batch, "hold"), held->hold) == 0;
}

/* All sending is held, and a batch of n orders PREFIX-000001 on has come in. */
static void start_held(Flow *flow, const char *name, const char *prefix, unsigned n) {
        flow_set(flow, "orders", "canary", "0");
        flow_start(flow);
        assert_int_equal(flow_ctl(flow, "hold", "--all", NULL).exit_code, 0);
        drop(flow, name, prefix, n);
}

static void release_all(Flow *flow) {
        FlowOutput output = flow_ctl(flow, "release", "--all", NULL);

        if (output.exit_code != 0)
                flow_fail(flow, "release --all: %d, %s", output.exit_code, output.err);
}

/* --- everything ------------------------------------------------------------------------------- */

static void all_is_held_and_released(void **state) {
        Flow *flow = *state;
        const json_t *batch;

        start_held(flow, "a", "A", 5);
        batch = batch_of(flow, "B000001");
        assert_string_equal(flow_string(batch, "state"), "held");
        assert_string_equal(flow_string(batch, "hold"), "operator");
        assert_int_equal(count_of(batch, "held"), 5);

        /* also after a restart */
        flow_daemon_stop(flow);
        flow_daemon_start(flow);
        drop(flow, "b", "B", 5);
        assert_int_equal(count_of(batch_of(flow, "B000002"), "held"), 5);
        assert_int_equal(flow_sessions(flow), 0);

        release_all(flow);
        settled(flow, "B000001");
        settled(flow, "B000002");
        assert_int_equal(flow_count_status(flow_results(flow, "a"), "open"), 5);
        flow_assert_exactly_once(flow, "A", 5);
        flow_assert_exactly_once(flow, "B", 5);
        flow_good(flow);
}

/* --- a batch ---------------------------------------------------------------------------------- */

static void one_batch_is_held(void **state) {
        Flow *flow = *state;
        FlowOutput output;

        start_held(flow, "a", "A", 4);
        output = flow_ctl(flow, "hold", "--batch", "1", NULL);
        assert_int_equal(output.exit_code, 0);
        flow_assert_contains(output.out, "B000001");
        release_all(flow);

        /* the others go on */
        drop(flow, "b", "B", 4);
        settled(flow, "B000002");
        flow_assert_exactly_once(flow, "B", 4);
        assert_int_equal(flow_sessions(flow), 4);
        assert_string_equal(flow_string(batch_of(flow, "B000001"), "state"), "held");

        assert_int_equal(flow_ctl(flow, "release", "--batch", "B000001", NULL).exit_code, 0);
        settled(flow, "B000001");
        flow_assert_exactly_once(flow, "A", 4);

        output = flow_ctl(flow, "hold", "--batch", "B000001", NULL);
        assert_int_equal(output.exit_code, 1); /* it is settled */
        flow_assert_contains(output.err, "B000001");
        assert_string_equal(output.out, "");
        assert_int_equal(flow_ctl(flow, "hold", "--batch", "B000099", NULL).exit_code, 1);
        flow_good(flow);
}

/* All canaries are refused alike: a person looks, and lets the rest go. */
static void canaries_are_released(void **state) {
        static const Held held = { "B000001", "canary" };
        Flow *flow = *state;
        const FlowTable *results;

        flow_expect_errors(flow);
        flow_sandbox_start(flow, NULL);
        flow_fault(flow, "refuse", "", 3);
        flow_daemon_start(flow);
        drop(flow, "a", "A", 10);
        flow_wait(flow, is_held, &held, "the batch held by its canaries");
        assert_int_equal(flow_sessions(flow), 0);
        assert_int_equal(flow_ctl(flow, "release", "--batch", "B000001", NULL).exit_code, 0);
        settled(flow, "B000001");
        results = flow_results(flow, "a");
        assert_int_equal(flow_count_status(results, "refused"), 3);
        assert_int_equal(flow_count_status(results, "open"), 7);
        assert_int_equal(flow_sessions(flow), 7);
        flow_good(flow);
}

/* --- an order --------------------------------------------------------------------------------- */

static void one_order_is_held(void **state) {
        Flow *flow = *state;
        const json_t *order;

        start_held(flow, "a", "A", 3);
        assert_int_equal(flow_ctl(flow, "hold", "--order", "A-000002", NULL).exit_code, 0);
        release_all(flow);
        drop(flow, "b", "B", 3);
        settled(flow, "B000002");
        order = order_of(flow, "A-000002");
        assert_string_equal(flow_string(order, "status"), "held");
        assert_string_equal(flow_string(order, "hold"), "operator");

        /* which order it is */
        assert_int_equal(flow_ctl(flow, "release", "--order", "A-000099", NULL).exit_code, 1);
        assert_int_equal(flow_ctl(flow, "release", "--order", "A-000002", "--run", "2026-01", NULL)
                                 .exit_code,
                         1);
        assert_int_equal(flow_ctl(flow, "release", "--order", "A-000002", "--profile", "otro", NULL)
                                 .exit_code,
                         1);
        assert_status(flow, "A-000002", "held");
        assert_int_equal(
                flow_ctl(flow, "release", "--order", "A-000002", "--run", "", NULL).exit_code, 0);
        settled(flow, "B000001");
        flow_assert_exactly_once(flow, "A", 3);

        /* it is open now */
        assert_int_equal(flow_ctl(flow, "hold", "--order", "A-000002", NULL).exit_code, 1);
        assert_int_equal(flow_ctl(flow, "release", "--order", "A-000002", NULL).exit_code, 1);
        flow_good(flow);
}

/* --- cancel ----------------------------------------------------------------------------------- */

static void what_was_not_sent_is_cancelled(void **state) {
        Flow *flow = *state;
        const FlowTable *results;

        start_held(flow, "a", "A", 4);
        assert_int_equal(flow_ctl(flow, "cancel", "--order", "A-000003", NULL).exit_code, 0);
        release_all(flow);
        settled(flow, "B000001");
        results = flow_results(flow, "a");
        assert_int_equal(flow_count_status(results, "open"), 3);
        assert_string_equal(flow_cell(results, 3, "checkout_status"), "cancelled");
        assert_string_equal(flow_cell(results, 3, "checkout_url"), "");
        assert_int_equal(flow_sessions(flow), 3);
        /* what has a link: flow_cancel.c */
        assert_int_equal(flow_ctl(flow, "cancel", "--order", "A-000003", NULL).exit_code, 1);
        assert_int_equal(flow_ctl(flow, "verify", NULL).exit_code, 0);

        /* its reference may be used again */
        flow_drop(flow, "again.csv", PLAIN "A-000003,5,CLP\n");
        assert_int_equal(flow_count_status(flow_results(flow, "again"), "open"), 1);
        assert_int_equal(flow_sessions(flow), 4);
        flow_good(flow);
}

/* More rows than are done in one turn. */
static void a_whole_batch_is_cancelled(void **state) {
        Flow *flow = *state;

        start_held(flow, "a", "A", 2000);
        assert_int_equal(flow_ctl(flow, "cancel", "--batch", "B000001", NULL).exit_code, 0);
        settled(flow, "B000001");
        assert_int_equal(count_of(batch_of(flow, "B000001"), "cancelled"), 2000);
        assert_int_equal(flow_count_status(flow_results(flow, "a"), "cancelled"), 2000);
        release_all(flow);
        flow_pass(flow);
        assert_int_equal(flow_sessions(flow), 1);
        assert_int_equal(flow_ctl(flow, "verify", NULL).exit_code, 0);
        flow_good(flow);
}

/* --- requeue ---------------------------------------------------------------------------------- */

static void refused_ones_are_sent_again(void **state) {
        Flow *flow = *state;
        const char *refused_key;
        const json_t *order;

        flow_set(flow, "orders", "canary", "0");
        flow_sandbox_start(flow, NULL);
        flow_fault(flow, "refuse", "A-000002", 1);
        flow_fault(flow, "refuse", "A-000004", 1);
        flow_daemon_start(flow);
        drop(flow, "a", "A", 5);
        settled(flow, "B000001");
        assert_int_equal(flow_sessions(flow), 3);
        order = order_of(flow, "A-000002");
        assert_string_equal(flow_string(order, "status"), "refused");
        refused_key = flow_string(order, "idempotency_key");

        assert_int_equal(flow_ctl(flow, "requeue", "--order", "A-000002", NULL).exit_code, 0);
        settled(flow, "B000001");
        order = order_of(flow, "A-000002");
        assert_string_equal(flow_string(order, "status"), "open");
        assert_int_equal(flow_integer(order, "generation"), 2);
        assert_string_not_equal(flow_string(order, "idempotency_key"), refused_key);
        assert_int_equal(flow_sessions(flow), 4);

        assert_int_equal(flow_ctl(flow, "requeue", "--batch", "B000001", NULL).exit_code, 0);
        settled(flow, "B000001");
        flow_assert_exactly_once(flow, "A", 5);
        assert_int_equal(flow_count_status(flow_results(flow, "a"), "open"), 5);

        /* nothing is left to do */
        assert_int_equal(flow_ctl(flow, "requeue", "--batch", "B000001", NULL).exit_code, 1);
        assert_int_equal(
                flow_ctl(flow, "requeue", "--order", "A-000001", "--new-key", NULL).exit_code, 1);
        assert_int_equal(flow_sessions(flow), 5);
        assert_int_equal(flow_ctl(flow, "verify", NULL).exit_code, 0);
        flow_good(flow);
}

/* The provider stored a 500 under the key, and answers with it for ever. Whether there is a session
 * nobody can know in v1: a person decides, one way or the other. */
static void unknown_ones_are_for_a_person(void **state) {
        Flow *flow = *state;
        const json_t *order;

        flow_expect_errors(flow);
        flow_set(flow, "orders", "canary", "0");
        flow_sandbox_start(flow, NULL);
        flow_fault(flow, "error-500", "A-000002", 1);
        flow_fault(flow, "error-500-made", "A-000003", 1);
        flow_daemon_start(flow);
        drop(flow, "a", "A", 4);
        flow_wait_code(flow, "A-000002", "E-UNKNOWN"); /* it is not asked for any more */
        flow_wait_code(flow, "A-000003", "E-UNKNOWN");

        assert_int_equal(
                flow_ctl(flow, "requeue", "--new-key", "--order", "A-000002", NULL).exit_code, 0);
        assert_int_equal(flow_ctl(flow, "cancel", "--order", "A-000003", NULL).exit_code, 0);
        settled(flow, "B000001");
        assert_status(flow, "A-000002", "open");
        order = order_of(flow, "A-000003");
        assert_string_equal(flow_string(order, "status"), "cancelled");
        flow_assert_contains(flow_string(order, "code"), "E-GIVEN-UP");
        assert_true(*flow_string(order, "reason") != '\0');
        flow_assert_exactly_once(flow, "A", 4); /* that of A-000003 is the one not known of */
        assert_int_equal(flow_ctl(flow, "verify", NULL).exit_code, 0);
        flow_good(flow);
}

/* The reason stands in the results: it is in their language, whichever way a row was given up. */
static void a_batch_is_given_up_in_its_language(void **state) {
        Flow *flow = *state;

        flow_expect_errors(flow);
        flow_set(flow, "orders", "canary", "0");
        flow_set(flow, "orders", "language", "en");
        flow_sandbox_start(flow, NULL);
        flow_fault(flow, "error-500-made", "A-000002", 1);
        flow_daemon_start(flow);
        drop(flow, "a", "A", 2);
        flow_wait_code(flow, "A-000002", "E-UNKNOWN");
        assert_int_equal(flow_ctl(flow, "cancel", "--batch", "1", NULL).exit_code, 0);
        flow_assert_contains(flow_string(order_of(flow, "A-000002"), "reason"),
                             "was cancelled although");
        flow_good(flow);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                FLOW(all_is_held_and_released),
                FLOW(one_batch_is_held),
                FLOW(canaries_are_released),
                FLOW(one_order_is_held),
                FLOW(what_was_not_sent_is_cancelled),
                FLOW(a_whole_batch_is_cancelled),
                FLOW(refused_ones_are_sent_again),
                FLOW(unknown_ones_are_for_a_person),
                FLOW(a_batch_is_given_up_in_its_language),
        };

        return FLOW_RUN(tests);
}
