/* The column `action` of order files: cancel and reissue, for people without a terminal. What was
 * done, and what could not be, stands in the results of the same file; the sums are those of
 * orders. */
#include <string.h>
#include <unistd.h>

#include "jobs/base/buffer.h"
#include "tests/flow/harness_orders.h"

static void start(Flow *flow, unsigned n) {
        flow_set_v2(flow);
        flow_set(flow, "orders", "language", "en");
        flow_start(flow);
        flow_drop_orders(flow, "a", "A", n);
        flow_settled(flow, "B000001");
}

static size_t live_sessions(Flow *flow, const char *order) {
        const json_t *sessions = json_object_get(flow_get(flow, "/_sandbox/ledger"), "sessions");
        size_t n = 0;

        for (size_t i = 0; i < json_array_size(sessions); i++) {
                const json_t *session = json_array_get(sessions, i);

                n += strcmp(flow_string(session, "order"), order) == 0 &&
                     strcmp(flow_string(session, "status"), "created") == 0;
        }
        return n;
}

static void assert_answer(const FlowTable *results, const char *order, const char *status,
                          const char *code) {
        size_t row = flow_find(results, "order_id", order);

        assert_true(row > 0);
        assert_string_equal(flow_cell(results, row, "checkout_status"), status);
        assert_string_equal(flow_cell(results, row, "checkout_code"), code);
}

static void links_are_ended_by_a_file(void **state) {
        Flow *flow = *state;
        const FlowTable *results;
        char *ack;

        start(flow, 4);
        flow_payer(flow, "A-000002", "pay");
        flow_payer(flow, "A-000003", "start");
        flow_drop(flow, "stop.csv",
                  "order_id,action\nA-000001,cancel\nA-000002,cancel\nA-000003,CANCEL\n"
                  "A-999999,cancel\n");
        ack = flow_ack(flow, "stop");
        flow_assert_contains(ack, "Instructions to end the link of another row: 4.");
        results = flow_results(flow, "stop");
        assert_int_equal(results->n_rows, 4);
        assert_answer(results, "A-000001", "cancelled", "");
        assert_answer(results, "A-000002", "refused", "E-LINK-PAID");
        assert_answer(results, "A-000003", "refused", "E-LINK-BEGUN");
        assert_answer(results, "A-999999", "rejected", "E-LINK-UNKNOWN");
        flow_assert_status(flow, "A-000001", "cancelled");
        flow_assert_status(flow, "A-000002", "paid");
        assert_int_equal(live_sessions(flow, "A-000001"), 0);
        assert_int_equal(live_sessions(flow, "A-000004"), 1);
        /* the sums are those of orders: there is none */
        assert_int_equal(flow_integer(flow_batch(flow, "B000002"), "rows"), 0);
        flow_verified_good(flow);
}

static void a_link_that_is_over_is_told_in_words(void **state) {
        Flow *flow = *state;
        const FlowTable *results;

        flow_set_v2(flow);
        flow_set(flow, "orders", "language", "es");
        flow_start(flow);
        flow_drop_orders(flow, "a", "A", 1);
        flow_settled(flow, "B000001");
        flow_drop(flow, "stop.csv", "order_id,action\nA-000001,cancel\n");
        assert_answer(flow_results(flow, "stop"), "A-000001", "cancelled", "");
        flow_drop(flow, "again.csv", "folio,action\nA-000001,cancel\n");
        results = flow_results(flow, "again");
        assert_string_equal(flow_cell(results, 1, "checkout_code"), "E-LINK-OVER");
        flow_assert_contains(flow_cell(results, 1, "checkout_reason"), "vigente: anulada");
        flow_verified_good(flow);
}

static void orders_and_instructions_stand_in_one_file(void **state) {
        Flow *flow = *state;
        const FlowTable *results;
        const json_t *orders;

        start(flow, 3);
        flow_drop(flow, "mixed.csv",
                  "order_id,amount,currency,action\n"
                  "B-000001,500,CLP,\n"
                  "A-000001,,,cancel\n"
                  "A-000002,2222,CLP,reissue\n"
                  "Z-1,10,CLP,reissue\n"
                  ",10,CLP,cancel\n");
        results = flow_results(flow, "mixed");
        assert_int_equal(results->n_rows, 5);
        assert_answer(results, "B-000001", "open", "");
        assert_answer(results, "A-000001", "cancelled", "");
        assert_answer(results, "A-000002", "open", "");
        assert_answer(results, "Z-1", "rejected", "E-LINK-UNKNOWN");
        assert_string_equal(flow_cell(results, 5, "checkout_code"), "E-ORDER-MISSING");
        /* what is sent is the order of this file, and the one before it is over */
        orders = json_object_get(
                flow_json(flow, flow_ctl(flow, "show", "--json", "A-000002", NULL).out), "orders");
        assert_int_equal(json_array_size(orders), 2);
        assert_string_equal(flow_string(json_array_get(orders, 0), "status"), "open");
        assert_int_equal(flow_integer(json_array_get(orders, 0), "amount"), 2222);
        assert_int_equal(flow_integer(json_array_get(orders, 0), "generation"), 2);
        assert_string_equal(flow_string(json_array_get(orders, 1), "status"), "cancelled");
        assert_int_equal(live_sessions(flow, "A-000002"), 1);
        assert_int_equal(flow_integer(flow_batch(flow, "B000002"), "rows"), 3);
        flow_verified_good(flow);
}

/* A kill between any two steps: in the end there is one live link, and one answer. */
static void a_killed_reissue_makes_one_link(void **state) {
        Flow *flow = *state;
        AUTO_BUFFER text = BUFFER_EMPTY;

        start(flow, 10);
        assert_int_equal(buffer_append_string(&text, "order_id,amount,currency,action\n"), 0);
        for (unsigned i = 1; i <= 10; i++)
                assert_int_equal(buffer_printf(&text, "A-%06u,%u,CLP,reissue\n", i, 5000 + i), 0);
        flow_drop(flow, "again.csv", text.data);
        (void) flow_ack(flow, "again");
        for (unsigned i = 0; i < 6; i++) {
                flow_daemon_kill(flow);
                flow_daemon_start(flow);
                flow_wait_count(flow, "B000001", "cancelled", i);
        }
        flow_settled(flow, "B000002");
        assert_int_equal(flow_batch_count(flow, "B000002", "open"), 10);
        assert_int_equal(flow_batch_count(flow, "B000001", "cancelled"), 10);
        for (unsigned i = 1; i <= 10; i++)
                assert_int_equal(live_sessions(flow, flow_text(flow, "A-%06u", i)), 1);
        assert_int_equal(flow_sessions(flow), 20);
        flow_verified_good(flow);
}

static void a_payment_is_never_paid_again(void **state) {
        Flow *flow = *state;
        const FlowTable *results;

        start(flow, 2);
        flow_payer(flow, "A-000001", "pay");
        flow_payer(flow, "A-000002", "pend");
        flow_drop(flow, "again.csv",
                  "order_id,amount,currency,action\nA-000001,9,CLP,reissue\n"
                  "A-000002,9,CLP,reissue\nC-1,1000,CLP,\n");
        results = flow_results(flow, "again");
        assert_answer(results, "A-000001", "conflict", "E-LINK-PAID");
        assert_answer(results, "A-000002", "conflict", "E-LINK-BEGUN");
        assert_answer(results, "C-1", "open", "");
        assert_int_equal(flow_sessions(flow), 3);
        flow_verified_good(flow);
}

/* The provider made another session than was asked for, or nobody knows: there may be a link. */
static void what_may_have_a_link_gets_no_second_one(void **state) {
        Flow *flow = *state;
        const FlowTable *results;

        flow_expect_errors(flow);
        flow_set_v2(flow);
        flow_set(flow, "orders", "language", "en");
        flow_start(flow);
        flow_daemon_stop(flow);
        flow_fault(flow, "wrong-amount", "A-000001", 1);
        flow_daemon_start(flow);
        flow_drop_orders(flow, "a", "A", 1);
        flow_wait_log(flow, "not the one asked for");
        assert_int_equal(flow_ctl(flow, "release", "--all", NULL).exit_code, 0);
        flow_drop(flow, "again.csv",
                  "order_id,amount,currency,action\nA-000001,1001,CLP,reissue\n");
        assert_answer(flow_results(flow, "again"), "A-000001", "conflict", "E-LINK-OPEN-QUESTION");
        assert_int_equal(flow_sessions(flow), 1);
        /* who cancels it is told, also in that answer, that the link may live */
        flow_drop(flow, "stop.csv", "order_id,action\nA-000001,cancel\n");
        results = flow_results(flow, "stop");
        assert_answer(results, "A-000001", "cancelled", "E-GIVEN-UP");
        assert_string_equal(flow_cell(results, 1, "checkout_session_id"), "");
        flow_drop(flow, "again2.csv",
                  "order_id,amount,currency,action\nA-000001,1001,CLP,reissue\n");
        assert_answer(flow_results(flow, "again2"), "A-000001", "conflict", "E-LINK-OPEN-QUESTION");
        assert_int_equal(flow_sessions(flow), 1);
        flow_verified_good(flow);
}

/* A reissue that is withdrawn while its batch waits ends no link. */
static void a_withdrawn_reissue_does_nothing(void **state) {
        static const char text[] = "order_id,amount,currency,action\n"
                                   "A-000001,900,CLP,reissue\n";
        Flow *flow = *state;
        const char *path = flow_path(flow, "spool/put");

        if (geteuid() != 0) /* the file is of another person than the one who approves */
                skip();
        start(flow, 1);
        flow_set(flow, "orders", "approval", "yes");
        flow_reload(flow);
        flow_write(flow, path, text, strlen(text));
        assert_int_equal(chown(path, 4101, (gid_t) -1), 0);
        assert_int_equal(rename(path, flow_path(flow, "spool/incoming/again.csv")), 0);
        flow_assert_contains(flow_ack(flow, "again"), "Waits for approval");
        assert_int_equal(flow_ctl(flow, "cancel", "--batch", "B000002", NULL).exit_code, 0);
        flow_settled(flow, "B000002");
        assert_int_equal(live_sessions(flow, "A-000001"), 1);
        flow_verified_good(flow);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                FLOW(links_are_ended_by_a_file),
                FLOW(a_link_that_is_over_is_told_in_words),
                FLOW(orders_and_instructions_stand_in_one_file),
                FLOW(a_killed_reissue_makes_one_link),
                FLOW(a_payment_is_never_paid_again),
                FLOW(a_withdrawn_reissue_does_nothing),
                FLOW(what_may_have_a_link_gets_no_second_one),
        };

        return FLOW_RUN(tests);
}
