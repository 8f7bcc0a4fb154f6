/* What is taken back before it was approved, or carried out: it comes to its end, says so, and
 * nothing of it is sent after all, on whatever way. */
#include <string.h>

#include "tests/flow/harness_approval.h"

static void assert_answer(const FlowTable *results, const char *order, const char *status,
                          const char *code) {
        size_t row = flow_find(results, "order_id", order);

        assert_true(row > 0);
        assert_string_equal(flow_cell(results, row, "checkout_status"), status);
        assert_string_equal(flow_cell(results, row, "checkout_code"), code);
}

static void assert_no(Flow *flow, const char *verb, const char *option, const char *what,
                      const char *why) {
        FlowOutput output = flow_ctl(flow, verb, option, what, NULL);

        assert_int_equal(output.exit_code, 1);
        flow_assert_contains(output.err, why);
}

/* The results are written anew when the batch comes to its end. */
static const FlowTable *settled_results(Flow *flow, const char *stem, const char *id) {
        flow_settled(flow, id);
        return flow_results(flow, stem);
}

static void a_withdrawn_batch_comes_to_its_end(void **state) {
        Flow *flow = *state;
        const char *name;
        FlowOutput output;

        flow_need_root();
        flow_start_approving(flow);
        name = flow_wait_approval(flow, "a", "A", 3);
        flow_assert_contains(flow_ctl(flow, "cancel", "--batch", "B000001", NULL).out, "3 rows");
        assert_int_equal(flow_count_status(settled_results(flow, "a", "B000001"), "cancelled"), 3);

        output = flow_approve(flow, SECOND_PERSON, "1");
        flow_assert_not_approved(&output, "was withdrawn before anybody approved it");
        flow_assert_contains(flow_approve_by_file(flow, SECOND_PERSON, name,
                                                  flow_text(flow, "approve.%s.NACK.txt", name)),
                             "was withdrawn before anybody approved it");
        assert_no(flow, "release", "--batch", "B000001", "withdrawn before it was approved");
        assert_no(flow, "reissue", "--order", "A-000001", "withdrawn before it was approved");
        assert_no(flow, "requeue", "--batch", "B000001", "withdrawn before it was approved");
        assert_no(flow, "cancel", "--order", "A-000001", "it is over already");
        flow_daemon_stop(flow);
        flow_daemon_start(flow);
        assert_no(flow, "reissue", "--order", "A-000001", "withdrawn before it was approved");
        assert_string_equal(flow_string(flow_batch(flow, "B000001"), "state"), "settled");
        assert_int_equal(flow_sessions(flow), 0);

        /* the same orders again are another batch, which waits like any other */
        flow_drop_as(flow, MAKER, 0644, "again.csv",
                     "order_id,amount,currency\nA-000001,1001,CLP\n");
        (void) flow_asked_approval(flow, "again");
        assert_int_equal(flow_approve(flow, SECOND_PERSON, "2").exit_code, 0);
        flow_settled(flow, "B000002");
        assert_int_equal(flow_sessions(flow), 1);
        flow_verified_good(flow);
}

/* By command, and by a file of instructions: with the last of its orders the batch is at its
 * end. */
static void one_by_one(void **state) {
        Flow *flow = *state;

        flow_need_root();
        flow_set(flow, "orders", "approval_above", "100 CLP");
        flow_start_approving(flow);
        flow_set(flow, "orders", "approval", "no");
        flow_reload(flow);
        (void) flow_wait_approval(flow, "a", "A", 2);
        assert_int_equal(flow_ctl(flow, "cancel", "--order", "A-000001", NULL).exit_code, 0);
        assert_string_equal(flow_string(flow_batch(flow, "B000001"), "state"), "awaiting_approval");
        flow_drop_as(flow, MAKER, 0644, "stop.csv", "order_id,action\nA-000002,cancel\n");
        assert_answer(settled_results(flow, "stop", "B000002"), "A-000002", "cancelled", "");
        assert_int_equal(flow_count_status(settled_results(flow, "a", "B000001"), "cancelled"), 2);
        assert_no(flow, "reissue", "--order", "A-000002", "withdrawn before it was approved");
        assert_int_equal(flow_sessions(flow), 0);
        flow_verified_good(flow);
}

/* Instructions are orders of their file: they are withdrawn with it, and the links stay. */
static void instructions_are_withdrawn_with_their_file(void **state) {
        Flow *flow = *state;
        const FlowTable *results;
        FlowOutput output;

        flow_need_root();
        flow_set_v2(flow);
        flow_start_approving(flow);
        (void) flow_wait_approval(flow, "a", "A", 2);
        assert_int_equal(flow_approve(flow, SECOND_PERSON, "1").exit_code, 0);
        flow_settled(flow, "B000001");

        flow_drop_as(flow, MAKER, 0644, "stop.csv",
                     "order_id,amount,currency,action\nA-000001,,,cancel\n"
                     "A-000002,7,CLP,reissue\nB-1,500,CLP,\n");
        (void) flow_asked_approval(flow, "stop");
        output = flow_ctl(flow, "cancel", "--batch", "B000002", NULL);
        assert_int_equal(output.exit_code, 0);
        flow_assert_contains(output.out, "2 rows, 2 instructions withdrawn");
        results = settled_results(flow, "stop", "B000002");
        assert_answer(results, "A-000001", "cancelled", "E-LINK-KEPT");
        assert_answer(results, "A-000002", "cancelled", "E-LINK-KEPT");
        assert_answer(results, "B-1", "cancelled", "");
        output = flow_approve(flow, SECOND_PERSON, "2");
        flow_assert_not_approved(&output, "was withdrawn before anybody approved it");
        assert_no(flow, "reissue", "--order", "B-1", "withdrawn before it was approved");

        /* a file of nothing else */
        flow_drop_as(flow, MAKER, 0644, "only.csv", "order_id,action\nA-000001,cancel\n");
        (void) flow_asked_approval(flow, "only");
        flow_assert_contains(flow_ctl(flow, "cancel", "--batch", "B000003", NULL).out,
                             "0 rows, 1 instructions withdrawn");
        assert_answer(settled_results(flow, "only", "B000003"), "A-000001", "cancelled",
                      "E-LINK-KEPT");
        output = flow_approve(flow, SECOND_PERSON, "3");
        flow_assert_not_approved(&output, "was withdrawn before anybody approved it");
        assert_int_equal(flow_batch_count(flow, "B000001", "open"), 2);
        assert_int_equal(flow_sessions(flow), 2);
        flow_verified_good(flow);
}

/* What the provider may have been asked already is carried out; so is what the same file asks
 * for. */
static void what_is_begun_is_carried_out(void **state) {
        Flow *flow = *state;
        FlowOutput output;

        flow_set_v2(flow);
        flow_set(flow, "orders", "language", "en");
        flow_sandbox_start(flow, "--journal", flow_journal(flow), NULL);
        flow_daemon_start(flow);
        flow_drop_orders(flow, "a", "A", 1);
        flow_settled(flow, "B000001");
        flow_fault(flow, "html-502@expire", "/expire", 1000);
        flow_drop(flow, "stop.csv", "order_id,action\nA-000001,cancel\n");
        (void) flow_ack(flow, "stop");
        flow_wait_requests(flow, "POST", "/expire", 1);
        output = flow_ctl(flow, "cancel", "--batch", "B000002", NULL);
        assert_int_equal(output.exit_code, 1);
        flow_assert_contains(output.err, "0 rows");
        flow_clear_faults(flow);
        assert_answer(settled_results(flow, "stop", "B000002"), "A-000001", "cancelled", "");
        flow_assert_status(flow, "A-000001", "cancelled");
        flow_verified_good(flow);
}

/* Whoever approved the rest has not seen it. */
static void what_is_withdrawn_before_an_approval_is_not_approved(void **state) {
        Flow *flow = *state;

        flow_need_root();
        flow_start_approving(flow);
        (void) flow_wait_approval(flow, "a", "A", 3);
        assert_int_equal(flow_ctl(flow, "cancel", "--order", "A-000003", NULL).exit_code, 0);
        flow_assert_contains(flow_approve(flow, SECOND_PERSON, "1").out, "2 orders, CLP 2.003");
        flow_settled(flow, "B000001");
        assert_no(flow, "reissue", "--order", "A-000003", "may not have seen it");
        assert_no(flow, "requeue", "--order", "A-000003", "only a refused or an unknown row");
        assert_int_equal(
                flow_ctl(flow, "requeue", "--order", "A-000003", "--new-key", NULL).exit_code, 1);
        assert_int_equal(flow_sessions(flow), 2);

        /* in another file it is seen */
        flow_drop_as(flow, MAKER, 0644, "b.csv", "order_id,amount,currency\nA-000003,1003,CLP\n");
        (void) flow_asked_approval(flow, "b");
        assert_int_equal(flow_approve(flow, SECOND_PERSON, "2").exit_code, 0);
        flow_settled(flow, "B000002");
        flow_assert_status(flow, "A-000003", "open");
        assert_int_equal(flow_sessions(flow), 3);
        flow_verified_good(flow);
}

/* The reason is that of the row that has the reference, whatever became of the batches before. */
static void an_older_withdrawn_batch_is_not_the_reason(void **state) {
        Flow *flow = *state;

        flow_need_root();
        flow_start_approving(flow);
        (void) flow_wait_approval(flow, "a", "A", 1);
        assert_int_equal(flow_ctl(flow, "cancel", "--batch", "B000001", NULL).exit_code, 0);
        flow_settled(flow, "B000001");
        flow_drop_as(flow, MAKER, 0644, "b.csv", "order_id,amount,currency\nA-000001,1001,CLP\n");
        (void) flow_asked_approval(flow, "b");
        assert_int_equal(flow_approve(flow, SECOND_PERSON, "2").exit_code, 0);
        flow_settled(flow, "B000002");
        flow_assert_status(flow, "A-000001", "open");
        assert_no(flow, "requeue", "--order", "A-000001", "only a refused or an unknown row");
        flow_verified_good(flow);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                FLOW(a_withdrawn_batch_comes_to_its_end),
                FLOW(one_by_one),
                FLOW(instructions_are_withdrawn_with_their_file),
                FLOW(what_is_begun_is_carried_out),
                FLOW(what_is_withdrawn_before_an_approval_is_not_approved),
                FLOW(an_older_withdrawn_batch_is_not_the_reason),
        };

        return FLOW_RUN(tests);
}
