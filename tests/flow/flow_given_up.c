/* Orders that were given up (cancelled while nobody knew whether the provider had made their link)
 * and are dropped again: none is sent before a person has looked and decided. */
#include <string.h>
#include <unistd.h>

#include "tests/flow/harness_orders.h"

#define HEAD "order_id,amount,currency\n"

/* Four orders of which A-000002 got a stored error of the provider, and was given up. */
static void start_given_up(Flow *flow, const char *fault) {
        flow_expect_errors(flow);
        flow_set(flow, "orders", "canary", "0");
        flow_set(flow, "orders", "language", "en");
        flow_sandbox_start(flow, NULL);
        flow_fault(flow, fault, "A-000002", 1);
        flow_daemon_start(flow);
        flow_drop_orders(flow, "a", "A", 4);
        flow_wait_code(flow, "A-000002", "E-UNKNOWN");
        assert_int_equal(flow_ctl(flow, "cancel", "--order", "A-000002", NULL).exit_code, 0);
        flow_settled(flow, "B000001");
}

static size_t sessions_of(Flow *flow, const char *order) {
        const json_t *sessions = json_object_get(
                flow_get(flow, flow_text(flow, "/_sandbox/ledger?order=%s", order)), "sessions");

        return json_array_size(sessions);
}

static void assert_held(Flow *flow, const char *stem) {
        const FlowTable *results = flow_results(flow, stem);

        assert_string_equal(flow_cell(results, 1, "checkout_status"), "held");
        assert_string_equal(flow_cell(results, 1, "checkout_code"), "E-GIVEN-UP-BEFORE");
        flow_assert_contains(flow_cell(results, 1, "checkout_reason"), "B000001, line 3");
        assert_string_equal(flow_cell(results, 1, "checkout_url"), "");
}

/* The person looked, and there was no link: one command, which is kept with who asked. */
static void it_is_sent_when_a_person_says_so(void **state) {
        Flow *flow = *state;

        start_given_up(flow, "error-500");
        flow_drop(flow, "again.csv", HEAD "A-000002,1002,CLP\nB-1,5000,CLP\n");
        flow_assert_contains(flow_ack(flow, "again"), "Orders that are not sent yet: 1.");
        assert_held(flow, "again");
        flow_assert_status(flow, "B-1", "open"); /* the others do not wait */
        assert_int_equal(sessions_of(flow, "A-000002"), 0);

        /* no wider permission reaches it, nor a restart */
        flow_assert_contains(flow_ctl(flow, "release", "--order", "A-000002", NULL).err,
                             "the provider's dashboard");
        assert_int_equal(flow_ctl(flow, "release", "--batch", "B000002", NULL).exit_code, 0);
        assert_int_equal(flow_ctl(flow, "release", "--all", NULL).exit_code, 0);
        assert_int_equal(flow_ctl(flow, "requeue", "--batch", "B000002", NULL).exit_code, 1);
        assert_int_equal(flow_ctl(flow, "reissue", "--order", "A-000002", NULL).exit_code, 1);
        flow_daemon_kill(flow);
        flow_daemon_start(flow);
        flow_pass(flow);
        flow_assert_status(flow, "A-000002", "held");
        assert_int_equal(sessions_of(flow, "A-000002"), 0);
        /* nor does a third file: the reference is taken */
        flow_drop(flow, "third.csv", HEAD "A-000002,1002,CLP\n");
        assert_string_equal(flow_cell(flow_results(flow, "third"), 1, "checkout_status"),
                            "duplicate");

        assert_int_equal(
                flow_ctl(flow, "requeue", "--order", "A-000002", "--new-key", NULL).exit_code, 0);
        flow_settled(flow, "B000002");
        assert_int_equal(flow_batch_count(flow, "B000002", "open"), 2);
        flow_assert_exactly_once(flow, "A", 4);
        flow_wait_log(flow, flow_text(flow, "user %u asked for requeue-new-key; done: 1 row",
                                      (unsigned) getuid()));
        flow_verified_good(flow);
}

/* The person looked, and there was one. Whatever comes in later waits again, and names the row that
 * was sent. */
static void it_is_withdrawn_when_there_was_a_link(void **state) {
        Flow *flow = *state;

        start_given_up(flow, "error-500-made");
        flow_drop(flow, "again.csv", HEAD "A-000002,1002,CLP\n");
        assert_held(flow, "again");
        assert_int_equal(flow_ctl(flow, "cancel", "--order", "A-000002", NULL).exit_code, 0);
        flow_settled(flow, "B000002");
        assert_string_equal(flow_cell(flow_results(flow, "a"), 2, "checkout_code"), "E-GIVEN-UP");

        flow_drop(flow, "other.csv", HEAD "A-000002,777,CLP\n"); /* corrected meanwhile */
        assert_held(flow, "other");
        /* an instruction knows no more: */
        flow_drop(flow, "anew.csv", "order_id,amount,currency,action\nA-000002,777,CLP,reissue\n");
        assert_string_equal(flow_cell(flow_results(flow, "anew"), 1, "checkout_code"),
                            "E-LINK-OPEN-QUESTION");
        flow_drop(flow, "stop.csv", "order_id,action\nA-000002,cancel\n");
        assert_string_equal(flow_cell(flow_results(flow, "stop"), 1, "checkout_code"),
                            "E-GIVEN-UP");
        flow_drop(flow, "last.csv", HEAD "A-000002,778,CLP\n");
        assert_held(flow, "last");
        assert_int_equal(sessions_of(flow, "A-000002"), 1);
        flow_assert_exactly_once(flow, "A", 4);
        flow_verified_good(flow);
}

/* Without another file: the row itself, by its name only. */
static void the_row_itself_is_sent_after_all(void **state) {
        Flow *flow = *state;

        start_given_up(flow, "error-500");
        flow_assert_contains(flow_ctl(flow, "reissue", "--order", "A-000002", NULL).err,
                             "requeue --new-key");
        assert_int_equal(
                flow_ctl(flow, "requeue", "--batch", "B000001", "--new-key", NULL).exit_code, 1);
        assert_int_equal(
                flow_ctl(flow, "requeue", "--order", "A-000002", "--new-key", NULL).exit_code, 0);
        flow_settled(flow, "B000001");
        flow_assert_generation(flow, "A-000002", 2);
        flow_assert_exactly_once(flow, "A", 4);
        flow_verified_good(flow);
}

/* A whole file that was given up, dropped again as it is; and its results, as a correction. */
static void a_whole_file_waits(void **state) {
        Flow *flow = *state;
        const char *text = flow_orders(flow, "A", 3), *path;

        flow_expect_errors(flow);
        flow_set(flow, "orders", "canary", "0");
        flow_set(flow, "orders", "language", "en");
        flow_sandbox_start(flow, NULL);
        flow_fault(flow, "error-500", "", 3);
        flow_daemon_start(flow);
        flow_drop(flow, "a.csv", text);
        (void) flow_ack(flow, "a");
        for (unsigned i = 1; i <= 3; i++)
                flow_wait_code(flow, flow_text(flow, "A-%06u", i), "E-UNKNOWN");
        assert_int_equal(flow_ctl(flow, "cancel", "--batch", "B000001", NULL).exit_code, 0);
        flow_settled(flow, "B000001");
        path = flow_wait_path(flow, "spool/results/a.B000001.results.csv");
        text = flow_read(flow, path, NULL);
        flow_drop(flow, "corrected.csv", text);
        assert_int_equal(flow_count_status(flow_results(flow, "corrected"), "held"), 3);
        assert_int_equal(flow_ctl(flow, "cancel", "--batch", "B000002", NULL).exit_code, 0);
        flow_settled(flow, "B000002");
        flow_drop(flow, "a2.csv", flow_orders(flow, "A", 3)); /* the same bytes */
        assert_int_equal(flow_count_status(flow_results(flow, "a2"), "held"), 3);
        assert_int_equal(flow_sessions(flow), 0);
        assert_int_equal(
                flow_ctl(flow, "requeue", "--batch", "B000003", "--new-key", NULL).exit_code, 0);
        flow_settled(flow, "B000003");
        flow_assert_exactly_once(flow, "A", 3);
        flow_verified_good(flow);
}

/* An approval is about a file, and does not know what the provider has. */
static void start_held_for_approval(Flow *flow) {
        if (geteuid() != 0) /* the file is of another person than the one who approves */
                skip();
        start_given_up(flow, "error-500");
        flow_set(flow, "orders", "approval", "yes");
        flow_reload(flow);
        flow_write(flow, flow_path(flow, "spool/put"), HEAD "A-000002,1002,CLP\nB-1,5,CLP\n",
                   strlen(HEAD "A-000002,1002,CLP\nB-1,5,CLP\n"));
        assert_int_equal(chown(flow_path(flow, "spool/put"), 4101, (gid_t) -1), 0);
        assert_int_equal(
                rename(flow_path(flow, "spool/put"), flow_path(flow, "spool/incoming/again.csv")),
                0);
        flow_assert_contains(flow_ack(flow, "again"), "Waits for approval");
}

static void approve_it(Flow *flow) {
        flow_environment(flow, "SUDO_UID", "4102");
        assert_int_equal(flow_ctl(flow, "approve", "B000002", NULL).exit_code, 0);
        flow_wait_status(flow, "B-1", "open");
}

static void an_approval_does_not_decide_it(void **state) {
        Flow *flow = *state;

        start_held_for_approval(flow);
        /* not yet: its batch waits */
        assert_int_equal(
                flow_ctl(flow, "requeue", "--order", "A-000002", "--new-key", NULL).exit_code, 1);
        approve_it(flow);
        assert_held(flow, "again");
        assert_int_equal(sessions_of(flow, "A-000002"), 0);
        flow_verified_good(flow);
}

/* Withdrawn before, it was not approved, and a decision about its link changes nothing about
 * that. */
static void what_was_withdrawn_before_an_approval_is_not_sent(void **state) {
        Flow *flow = *state;

        start_held_for_approval(flow);
        assert_int_equal(flow_ctl(flow, "cancel", "--order", "A-000002", NULL).exit_code, 0);
        approve_it(flow);
        flow_settled(flow, "B000002");
        flow_assert_contains(
                flow_ctl(flow, "requeue", "--order", "A-000002", "--new-key", NULL).err,
                "may not have seen it");
        assert_int_equal(sessions_of(flow, "A-000002"), 0);
        flow_verified_good(flow);
}

/* v2: its list tells. What was proven absent is no open question; and a session that is found later
 * forbids a second one. */
static void the_list_of_v2_tells(void **state) {
        Flow *flow = *state;

        flow_expect_errors(flow);
        flow_set_v2(flow);
        flow_set(flow, "orders", "language", "en");
        flow_sandbox_start(flow, NULL);
        flow_fault(flow, "error-500", "A-000001", 1);
        flow_daemon_start(flow);
        flow_drop_orders(flow, "a", "A", 1); /* absent: it is sent anew by itself */
        flow_settled(flow, "B000001");
        flow_assert_generation(flow, "A-000001", 2);
        assert_int_equal(flow_ctl(flow, "cancel", "--order", "A-000001", NULL).exit_code, 0);
        flow_drop(flow, "again.csv", HEAD "A-000001,1001,CLP\n");
        flow_settled(flow, "B000002");
        flow_assert_status(flow, "A-000001", "open");
        assert_int_equal(sessions_of(flow, "A-000001"), 2);

        flow_daemon_stop(flow);
        flow_set(flow, "provider", "absence_wait", "1h");
        flow_fault(flow, "error-500-made", "C-000001", 1);
        flow_daemon_start(flow);
        flow_drop_orders(flow, "c", "C", 1);
        flow_wait_code(flow, "C-000001", "E-UNKNOWN");
        assert_int_equal(flow_ctl(flow, "cancel", "--order", "C-000001", NULL).exit_code, 0);
        flow_drop(flow, "c2.csv", HEAD "C-000001,1001,CLP\n");
        assert_string_equal(flow_cell(flow_results(flow, "c2"), 1, "checkout_status"), "held");
        assert_string_equal(flow_string(flow_order(flow, "C-000001"), "hold"), "operator");
        assert_int_equal(flow_ctl(flow, "sync", NULL).exit_code, 0);
        flow_assert_contains(
                flow_ctl(flow, "requeue", "--order", "C-000001", "--new-key", NULL).err,
                "has turned up");
        assert_int_equal(sessions_of(flow, "C-000001"), 1);
        flow_verified_good(flow);
}

/* v2, and its list shows later what was given up: whatever row of the order it is, none is sent
 * while that link is not over. */
static void start_found_later(Flow *flow) {
        flow_expect_errors(flow);
        flow_set_v2(flow);
        flow_set(flow, "orders", "canary", "0");
        flow_set(flow, "orders", "language", "en");
        flow_set(flow, "provider", "absence_wait", "1h");
        flow_sandbox_start(flow, NULL);
        flow_fault(flow, "error-500-made", "A-000002", 1);
        flow_daemon_start(flow);
        flow_drop_orders(flow, "a", "A", 3);
        flow_wait_code(flow, "A-000002", "E-UNKNOWN");
        assert_int_equal(flow_ctl(flow, "cancel", "--order", "A-000002", NULL).exit_code, 0);
        flow_settled(flow, "B000001");
}

static void assert_not_sent(Flow *flow) {
        flow_assert_contains(
                flow_ctl(flow, "requeue", "--order", "A-000002", "--new-key", NULL).err,
                "has turned up");
        assert_int_equal(sessions_of(flow, "A-000002"), 1);
}

static void the_row_itself_waits_for_the_link_that_was_found(void **state) {
        Flow *flow = *state;

        start_found_later(flow);
        assert_int_equal(flow_ctl(flow, "sync", NULL).exit_code, 0);
        assert_not_sent(flow);
        flow_assert_contains(flow_ctl(flow, "reissue", "--order", "A-000002", NULL).err,
                             "has turned up");
        /* nor the row of another file, cancelled itself */
        flow_drop(flow, "again.csv", HEAD "A-000002,1002,CLP\n");
        assert_held(flow, "again");
        assert_not_sent(flow);
        assert_int_equal(flow_ctl(flow, "cancel", "--order", "A-000002", NULL).exit_code, 0);
        flow_settled(flow, "B000002");
        assert_not_sent(flow);
        flow_assert_exactly_once(flow, "A", 3);
        flow_verified_good(flow);
}

/* The person saw none, the provider refused the order, and then there is one. */
static void a_refused_row_waits_for_the_link_that_was_found(void **state) {
        Flow *flow = *state;

        start_found_later(flow);
        flow_drop(flow, "again.csv", HEAD "A-000002,1002,CLP\n");
        assert_held(flow, "again");
        flow_fault(flow, "refuse-422", "A-000002", 1);
        assert_int_equal(
                flow_ctl(flow, "requeue", "--order", "A-000002", "--new-key", NULL).exit_code, 0);
        flow_settled(flow, "B000002");
        flow_assert_status(flow, "A-000002", "refused");
        assert_int_equal(flow_ctl(flow, "sync", NULL).exit_code, 0);
        assert_not_sent(flow);
        flow_assert_contains(flow_ctl(flow, "requeue", "--order", "A-000002", NULL).err,
                             "has turned up");
        flow_drop(flow, "third.csv", HEAD "A-000002,1002,CLP\n");
        assert_held(flow, "third");
        assert_not_sent(flow);
        flow_assert_exactly_once(flow, "A", 3);
        flow_verified_good(flow);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                FLOW(it_is_sent_when_a_person_says_so),
                FLOW(it_is_withdrawn_when_there_was_a_link),
                FLOW(the_row_itself_is_sent_after_all),
                FLOW(a_whole_file_waits),
                FLOW(an_approval_does_not_decide_it),
                FLOW(what_was_withdrawn_before_an_approval_is_not_sent),
                FLOW(the_list_of_v2_tells),
                FLOW(the_row_itself_waits_for_the_link_that_was_found),
                FLOW(a_refused_row_waits_for_the_link_that_was_found),
        };

        return FLOW_RUN(tests);
}
