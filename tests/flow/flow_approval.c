/* Approval by a second person: a batch waits until a person other than its maker lets it go, by
 * checkoutctl or by an empty file; who, when and what stays known. Persons are user ids: only root
 * can run these. */
#include <string.h>

#include "tests/flow/harness_approval.h"

/* --- the two ways ----------------------------------------------------------------------------- */

static void by_file(void **state) {
        Flow *flow = *state;
        const FlowTable *results;
        const json_t *summary, *reported;
        const char *name, *ack, *answer;

        flow_need_root();
        flow_start_approving(flow);
        name = flow_wait_approval(flow, "a", "A", 5);
        assert_int_equal(strncmp(name, "B000001-", 8), 0);
        assert_int_equal(strlen(name), strlen("B000001-3fd45dd10a99"));
        ack = flow_ack(flow, "a");
        flow_assert_contains(ack, "5 orders, CLP 5.015");
        flow_assert_contains(ack, "incoming/approve");
        flow_assert_contains(ack, "Dropped by 4101");

        /* meanwhile the rows are held, also in the results; nothing is sent, also after a
         * restart */
        results = flow_results(flow, "a");
        assert_int_equal(flow_count_status(results, "held"), 5);
        assert_string_equal(flow_cell(results, 1, "checkout_code"), "approval");
        assert_string_equal(flow_cell(results, 1, "checkout_reason"),
                            "It waits until another person approves the batch.");
        flow_daemon_stop(flow);
        flow_daemon_start(flow);
        flow_assert_waits(flow, "B000001");
        flow_assert_contains(flow_ctl(flow, "status", "B000001", NULL).out, name);

        answer = flow_approve_by_file(flow, SECOND_PERSON, name, "a.B000001.APPROVAL.txt");
        flow_assert_contains(answer, "APPROVED: a.csv");
        flow_assert_contains(answer, "approved by 4102");
        flow_assert_contains(answer, "CLP 5.015");
        flow_settled(flow, "B000001");
        flow_assert_exactly_once(flow, "A", 5);
        flow_assert_approved(flow, "B000001", SECOND_PERSON, "file");
        summary = flow_json(
                flow,
                flow_read(flow, flow_path(flow, "spool/results/a.B000001.summary.json"), NULL));
        assert_int_equal(flow_integer(summary, "maker_uid"), MAKER);
        assert_int_equal(flow_integer(json_object_get(summary, "approval"), "uid"), SECOND_PERSON);
        assert_int_equal(
                flow_integer(json_object_get(flow_order(flow, "A-000001"), "approval"), "uid"),
                SECOND_PERSON);
        flow_assert_contains(flow_ctl(flow, "show", "A-000001", NULL).out, "4102");
        reported = json_array_get(
                flow_json(flow,
                          flow_ctl(flow, "report", "--batch", "1", "--format", "json", NULL).out),
                0);
        assert_string_equal(flow_string(reported, "approved_by"), "4102");
        assert_true(*flow_string(reported, "approved") != '\0');
        assert_int_equal(strlen(flow_string(reported, "approved_sha256")), 64);

        /* the same again is no second approval; it is answered all the same */
        answer = flow_approve_by_file(flow, SECOND_PERSON, name, "a.B000001.APPROVAL.txt");
        flow_assert_contains(answer, "before");
        answer = flow_approve_by_file(flow, THIRD, name, "a.B000001.APPROVAL.txt");
        flow_assert_contains(answer, "was approved by 4102");
        flow_assert_approved(flow, "B000001", SECOND_PERSON, "file");
        flow_verified_good(flow);
}

static void by_command(void **state) {
        Flow *flow = *state;
        FlowOutput output;
        char *name;

        flow_need_root();
        flow_start_approving(flow);
        name = flow_wait_approval(flow, "a", "A", 3);
        output = flow_approve(flow, 0, "B000001");
        flow_assert_not_approved(&output, "account of the system");
        output = flow_approve(flow, NOBODY, "B000001");
        flow_assert_not_approved(&output, "account of the system");
        output = flow_approve(flow, MAKER, "B000001");
        flow_assert_not_approved(&output, "dropped by 4101");
        output = flow_approve(flow, SECOND_PERSON, "B000001-000000000000");
        flow_assert_not_approved(&output, "digest");
        flow_assert_contains(output.err, name); /* what would be right */
        output = flow_approve(flow, SECOND_PERSON, "B000002");
        flow_assert_not_approved(&output, "no batch");
        assert_int_equal(flow_approve(flow, SECOND_PERSON, "lunes").exit_code, 64);
        assert_int_equal(flow_ctl(flow, "approve", NULL).exit_code, 64);
        flow_assert_waits(flow, "B000001");

        output = flow_approve(flow, SECOND_PERSON, name);
        assert_int_equal(output.exit_code, 0);
        flow_assert_contains(output.out, "approved by 4102: 3 orders, CLP 3.006");
        flow_settled(flow, "B000001");
        flow_assert_exactly_once(flow, "A", 3);
        flow_assert_approved(flow, "B000001", SECOND_PERSON, "command");
        flow_assert_contains(
                flow_read(flow, flow_wait_path(flow, "spool/results/a.B000001.APPROVAL.txt"), NULL),
                "approved by 4102");

        assert_int_equal(flow_approve(flow, SECOND_PERSON, "1").exit_code, 0);
        output = flow_approve(flow, THIRD, "1");
        flow_assert_not_approved(&output, "was approved by 4102");
        flow_verified_good(flow);
}

/* --- what waits ------------------------------------------------------------------------------- */

static void only_above(void **state) {
        Flow *flow = *state;

        flow_need_root();
        flow_set(flow, "orders", "approval_above", "3006 CLP");
        flow_set(flow, "orders", "language", "en");
        flow_set(flow, "orders", "amount_format", "minor");
        flow_start(flow);
        flow_drop_as(flow, MAKER, 0644, "low.csv", flow_orders(flow, "L", 3)); /* 3006 */
        assert_null(strstr(flow_ack(flow, "low"), "approve"));
        flow_settled(flow, "B000001");
        (void) flow_wait_approval(flow, "high", "H", 4);
        assert_string_equal(flow_string(flow_batch(flow, "B000002"), "state"), "awaiting_approval");
        /* pesos say nothing of other money */
        flow_drop_as(flow, MAKER, 0644, "other.csv", "order_id,amount,currency\nM-1,5,MXN\n");
        flow_assert_contains(flow_ack(flow, "other"), "MXN 0.05");
        flow_assert_contains(flow_ack(flow, "other"), "checkoutctl approve B000003-");
        /* what is not sent needs nobody: these orders are known */
        flow_drop_as(flow, MAKER, 0644, "again.csv",
                     flow_text(flow, "%s\n", flow_orders(flow, "H", 4)));
        assert_null(strstr(flow_ack(flow, "again"), "approve"));
        flow_settled(flow, "B000004");
        /* nor does what only ends a link: it has no sum */
        flow_drop_as(flow, MAKER, 0644, "stop.csv", "order_id,action\nL-000001,cancel\n");
        assert_null(strstr(flow_ack(flow, "stop"), "approve"));
        flow_wait_status(flow, "L-000001", "cancelled");
        assert_int_equal(flow_sessions(flow), 3);
        flow_good(flow);
}

/* A file of instructions changes what is collected, too: it waits like any other, and so do the
 * instructions in a file of orders. */
static void whatever_it_would_do_waits(void **state) {
        Flow *flow = *state;
        const FlowTable *results;
        const char *name, *answer;

        flow_need_root();
        flow_set_v2(flow);
        flow_start_approving(flow);
        (void) flow_wait_approval(flow, "a", "A", 3);
        assert_int_equal(flow_approve(flow, SECOND_PERSON, "1").exit_code, 0);
        flow_settled(flow, "B000001");

        flow_drop_as(flow, MAKER, 0644, "stop.csv",
                     "order_id,action\nA-000001,cancel\nA-000002,cancel\n");
        name = flow_asked_approval(flow, "stop");
        flow_assert_contains(flow_ack(flow, "stop"), "To be approved: 2 orders to be cancelled\n");
        assert_string_equal(flow_string(flow_batch(flow, "B000002"), "state"), "awaiting_approval");
        flow_drop_as(flow, MAKER, 0644, "mixed.csv",
                     "order_id,amount,currency,action\nB-1,500,CLP,\nA-000003,,,cancel\n"
                     "A-000002,7,CLP,reissue\n");
        (void) flow_asked_approval(flow, "mixed");
        flow_assert_contains(flow_ack(flow, "mixed"),
                             "To be approved: 2 orders, CLP 507 + 1 order to be cancelled\n");
        /* nothing of it happens before, also after a restart, also by release */
        flow_daemon_stop(flow);
        flow_daemon_start(flow);
        assert_int_equal(flow_ctl(flow, "release", "--batch", "B000002", NULL).exit_code, 1);
        results = flow_results(flow, "stop");
        assert_int_equal(results->n_rows, 2);
        flow_assert_status(flow, "A-000001", "open");
        flow_assert_status(flow, "A-000003", "open");
        assert_int_equal(flow_approve(flow, MAKER, "2").exit_code, 1);

        answer = flow_approve_by_file(flow, SECOND_PERSON, name, "stop.B000002.APPROVAL.txt");
        flow_assert_contains(answer, "approved by 4102: 2 orders to be cancelled.");
        flow_settled(flow, "B000002");
        flow_assert_status(flow, "A-000001", "cancelled");
        flow_assert_status(flow, "A-000002", "cancelled");
        flow_assert_status(flow, "A-000003", "open");
        assert_int_equal(flow_approve(flow, THIRD, "3").exit_code, 0);
        flow_settled(flow, "B000003");
        flow_assert_status(flow, "A-000003", "cancelled");
        flow_verified_good(flow);
}

/* A corrected rejects file is a batch of its own. */
static void a_child_waits_too(void **state) {
        Flow *flow = *state;
        const char *name;

        flow_need_root();
        flow_start_approving(flow);
        flow_drop_as(flow, MAKER, 0644, "a.csv",
                     "order_id,amount,currency\nC-000001,1001,CLP\nC-000002,none,CLP\n");
        flow_assert_contains(flow_ack(flow, "a"), "1 order, CLP 1.001");
        assert_int_equal(flow_approve(flow, SECOND_PERSON, "1").exit_code, 0);
        flow_settled(flow, "B000001");

        /* the second person mends it: that makes him the maker, and the first one may approve */
        flow_drop_as(flow, SECOND_PERSON, 0644, "a.B000001.rejects.csv",
                     "order_id,amount,currency,checkout_line\nC-000002,1002,CLP,3\n");
        name = "a.B000001.rejects";
        flow_assert_contains(flow_ack(flow, name), "Dropped by 4102");
        assert_int_equal(flow_sessions(flow), 1);
        assert_int_equal(flow_approve(flow, SECOND_PERSON, "2").exit_code, 1);
        assert_int_equal(flow_approve(flow, MAKER, "2").exit_code, 0);
        flow_settled(flow, "B000002");
        flow_assert_exactly_once(flow, "C", 2);
        flow_verified_good(flow);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                FLOW(by_file),           FLOW(by_command),
                FLOW(only_above),        FLOW(whatever_it_would_do_waits),
                FLOW(a_child_waits_too),
        };

        return FLOW_RUN(tests);
}
