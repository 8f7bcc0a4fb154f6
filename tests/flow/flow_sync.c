/* What became of the links: every kind of payer, both generations of the API, with days that pass.
 * `finished` is not paid, nothing is adjusted, and what does not add up is said. */
#include <string.h>

#include "tests/flow/harness_client.h"
#include "tests/flow/harness_orders.h"

#define HOURS(n) ((n) *3600)
#define DAYS(n)  ((n) *86400)

static void start(Flow *flow, bool v2) {
        flow_clock_fake(flow);
        flow_set(flow, "orders", "canary", "0");
        if (v2)
                flow_set_v2(flow);
        flow_sandbox_start(flow, "--journal", flow_journal(flow), NULL);
        flow_daemon_start(flow);
}

static void sync_all(Flow *flow) {
        FlowOutput output = flow_ctl(flow, "sync", NULL);

        if (output.exit_code != 0)
                flow_fail(flow, "sync: %d %s%s", output.exit_code, output.out, output.err);
}

/* One order for each of these. */
static const struct {
        const char *order, *first, *then;
        const char *status, *after; /* after the first, and after what followed */
} lives[] = {
        { "A-000001", "start", "pay", "in_progress", "paid" },
        { "A-000002", "pay", "pay", "paid", "mismatch" },
        { "A-000003", "pay-wrong", NULL, "mismatch", "mismatch" },
        { "A-000004", "fail", NULL, "failed", "failed" },
        { "A-000005", "reject", NULL, "failed", "failed" },
        { "A-000006", "pend", "resolve", "in_progress", "paid" },
        { "A-000007", "pend", "resolve-fail", "in_progress", "failed" },
        { "A-000008", "start", "abandon", "in_progress", "expired" },
        { "A-000009", "pay", "refund", "paid", "refunded" },
        { "A-000010", NULL, NULL, "open", "open" },
};

static void payers_of_every_kind(Flow *flow, bool v2) {
        start(flow, v2);
        flow_drop_orders(flow, "a", "A", ELEMENTS(lives));
        flow_settled(flow, "B000001");
        sync_all(flow);
        for (size_t i = 0; i < ELEMENTS(lives); i++) {
                flow_assert_status(flow, lives[i].order, "open");
                if (lives[i].first)
                        flow_payer(flow, lives[i].order, lives[i].first);
        }
        sync_all(flow);
        for (size_t i = 0; i < ELEMENTS(lives); i++) {
                flow_assert_status(flow, lives[i].order, lives[i].status);
                if (lives[i].then)
                        flow_payer(flow, lives[i].order, lives[i].then);
        }
        sync_all(flow);
        for (size_t i = 0; i < ELEMENTS(lives); i++)
                flow_assert_status(flow, lives[i].order, lives[i].after);
        flow_verified_good(flow);
}

static void payers_v1(void **state) {
        payers_of_every_kind(*state, false);
}

static void payers_v2(void **state) {
        payers_of_every_kind(*state, true);
}

/* --- what is recorded ------------------------------------------------------------------------- */

static const json_t *payment_of(Flow *flow, const char *order) {
        const json_t *payment = json_object_get(flow_order(flow, order), "payment");

        if (!json_is_object(payment))
                flow_fail(flow, "%s has no payment", order);
        return payment;
}

/* The kinds of findings that stand, in their order: "paid-late paid-twice ". */
static const char *findings_of(Flow *flow, const char *order) {
        const json_t *findings = json_object_get(flow_order(flow, order), "findings");
        const json_t *finding;
        char *text = flow_text(flow, "%s", "");
        size_t i;

        json_array_foreach(findings, i, finding) {
                if (json_is_null(json_object_get(finding, "over_at")))
                        text = flow_text(flow, "%s%s ", text, flow_string(finding, "kind"));
        }
        return text;
}

static void assert_findings(Flow *flow, const char *order, const char *expected) {
        assert_string_equal(findings_of(flow, order), expected);
}

static void what_the_provider_says_is_kept(void **state) {
        Flow *flow = *state;
        const json_t *payment, *session;

        start(flow, true);
        flow_drop_orders(flow, "a", "A", 3);
        flow_settled(flow, "B000001");
        flow_payer(flow, "A-000001", "pay");
        flow_control(flow, "payer", "{\"order\":\"A-000002\",\"do\":\"pay\",\"amount\":1500}");
        flow_payer(flow, "A-000003", "fail");
        sync_all(flow);

        payment = payment_of(flow, "A-000001");
        assert_string_equal(flow_string(payment, "status"), "succeeded");
        assert_string_equal(flow_string(payment, "type"), "bank_transfer");
        assert_int_equal(flow_integer(payment, "amount"), 1001);
        assert_string_equal(flow_string(payment, "currency"), "CLP");
        assert_true(*flow_string(payment, "bank_reference") != '\0');
        assert_true(*flow_string(payment, "paid_at") != '\0');
        assert_int_equal(flow_integer(payment, "refunded"), 0);
        assert_findings(flow, "A-000001", "");
        session = json_array_get(json_object_get(flow_order(flow, "A-000001"), "sessions"), 0);
        assert_string_equal(flow_string(session, "status"), "finished");
        assert_string_equal(flow_string(session, "id"), flow_session_of(flow, "A-000001").id);

        assert_findings(flow, "A-000002", "paid-other-amount ");
        assert_int_equal(flow_integer(payment_of(flow, "A-000002"), "amount"), 1500);
        assert_string_equal(flow_string(payment_of(flow, "A-000003"), "error_reason"),
                            "insufficient_funds");

        /* a part given back stays paid; all of it does not */
        flow_control(flow, "payer", "{\"order\":\"A-000001\",\"do\":\"refund\",\"amount\":400}");
        flow_payer(flow, "A-000002", "refund");
        sync_all(flow);
        flow_assert_status(flow, "A-000001", "paid");
        assert_int_equal(flow_integer(payment_of(flow, "A-000001"), "refunded"), 400);
        flow_assert_status(flow, "A-000002", "refunded");
        assert_findings(flow, "A-000002", "");
        flow_assert_contains(flow_ctl(flow, "show", "A-000001", NULL).out, "CLP 400");
        flow_verified_good(flow);
}

/* The second payment of one link; one of the two given back makes it right again. */
static void paid_twice(void **state) {
        Flow *flow = *state;

        start(flow, false);
        flow_drop_orders(flow, "a", "A", 1);
        flow_settled(flow, "B000001");
        flow_payer(flow, "A-000001", "pay");
        sync_all(flow);
        flow_payer(flow, "A-000001", "pay");
        sync_all(flow);
        flow_assert_status(flow, "A-000001", "mismatch");
        assert_findings(flow, "A-000001", "paid-twice ");
        flow_assert_contains(flow_ctl(flow, "show", "A-000001", NULL).out, "más de una vez");
        flow_payer(flow, "A-000001", "refund");
        sync_all(flow);
        flow_assert_status(flow, "A-000001", "paid");
        assert_findings(flow, "A-000001", "");
        flow_verified_good(flow);
}

/* --- one reference, more than one payment ----------------------------------------------------- */

static const char *session_id(Flow *flow, const char *order, size_t row) {
        const json_t *orders = json_object_get(
                flow_json(flow, flow_ctl(flow, "show", order, "--json", NULL).out), "orders");

        return flow_string(json_array_get(orders, row), "session_id");
}

static void pay_session(Flow *flow, const char *id) {
        flow_control(flow, "payer", flow_text(flow, "{\"id\":\"%s\",\"do\":\"pay\"}", id));
}

static const char *status_of(Flow *flow, const char *order, size_t row) {
        const json_t *orders = json_object_get(
                flow_json(flow, flow_ctl(flow, "show", order, "--json", NULL).out), "orders");

        return flow_string(json_array_get(orders, row), "status");
}

/* The link ran out, the order was dropped again, and both are paid: the one that came second is the
 * one that does not add up. */
static void both_generations_are_paid(void **state) {
        Flow *flow = *state;
        const json_t *orders, *findings;

        start(flow, true);
        flow_drop_orders(flow, "a", "A", 1);
        flow_settled(flow, "B000001");
        flow_time_passes(flow, HOURS(25));
        sync_all(flow);
        flow_assert_status(flow, "A-000001", "expired");
        flow_drop(flow, "again.csv", "order_id,amount,currency\nA-000001,1001,CLP\n");
        assert_int_equal(flow_count_status(flow_results(flow, "again"), "open"), 1);
        pay_session(flow, session_id(flow, "A-000001", 0)); /* newest first */
        sync_all(flow);
        flow_time_passes(flow, 60);
        pay_session(flow, session_id(flow, "A-000001", 1));
        sync_all(flow);
        assert_string_equal(status_of(flow, "A-000001", 0), "paid");
        assert_string_equal(status_of(flow, "A-000001", 1), "mismatch");
        orders = json_object_get(
                flow_json(flow, flow_ctl(flow, "show", "A-000001", "--json", NULL).out), "orders");
        findings = json_object_get(json_array_get(orders, 1), "findings");
        assert_int_equal(json_array_size(findings), 2); /* paid late, and twice */
        assert_int_equal(json_array_size(json_object_get(json_array_get(orders, 0), "findings")),
                         0);
        flow_verified_good(flow);
}

/* Links of a test key are not asked about with a live one: it could not see them. */
static void links_of_the_other_mode_are_left_alone(void **state) {
        Flow *flow = *state;

        start(flow, false);
        flow_drop_orders(flow, "a", "A", 3);
        flow_settled(flow, "B000001");
        flow_daemon_stop(flow);
        flow_set_api_key(flow, "sk_live_flow");
        flow_control(flow, "account", "{\"api_key\":\"sk_live_flow\"}");
        flow_daemon_start(flow);
        sync_all(flow);
        assert_int_equal(flow_ctl(flow, "sync", "--order", "A-000001", NULL).exit_code, 1);
        assert_int_equal(flow_ctl(flow, "sync", "--batch", "B000001", NULL).exit_code, 1);
        assert_int_equal(flow_requests(flow, "GET", "/v1/"), 0);
        flow_assert_status(flow, "A-000001", "open");
        flow_good(flow);
}

/* --- days pass -------------------------------------------------------------------------------- */

/* A clock that jumps is noticed within a minute, and at a start. */
static void days_pass(Flow *flow, int64_t seconds) {
        flow_time_passes(flow, seconds);
        flow_reload(flow);
}

typedef struct Wanted {
        const char *order, *findings;
} Wanted;

static bool has_findings(Flow *flow, const void *userdata) {
        const Wanted *wanted = userdata;

        return strcmp(findings_of(flow, wanted->order), wanted->findings) == 0;
}

static void wait_findings(Flow *flow, const char *order, const char *findings) {
        flow_wait(flow, has_findings, &(Wanted){ order, findings },
                  flow_text(flow, "%s: %s", order, findings));
}

static const char *state_of(Flow *flow) {
        return flow_string(flow_batch(flow, "B000001"), "state");
}

static bool is_closed(Flow *flow, const void *userdata) {
        (void) userdata;
        return strcmp(state_of(flow), "closed") == 0;
}

/* Nobody asks; everything comes by itself, in its time. */
static void late_and_long(Flow *flow, bool v2) {
        const char *summary;

        start(flow, v2);
        flow_drop_orders(flow, "a", "A", 4);
        flow_settled(flow, "B000001");
        flow_payer(flow, "A-000001", "start");
        flow_payer(flow, "A-000002", "pend");
        days_pass(flow, HOURS(25)); /* all have run out */
        flow_wait_status(flow, "A-000003", "expired");
        flow_wait_status(flow, "A-000001", "in_progress");
        flow_wait_status(flow, "A-000002", "in_progress");
        flow_payer(flow, "A-000001", "pay");
        flow_payer(flow, "A-000003", "pay"); /* although it has run out */
        days_pass(flow, HOURS(26));
        flow_wait_status(flow, "A-000001", "paid");
        flow_wait_status(flow, "A-000003", "paid");
        assert_findings(flow, "A-000001", "paid-late ");
        assert_findings(flow, "A-000003", "paid-late ");
        assert_findings(flow, "A-000002", "");
        assert_string_equal(state_of(flow), "settled");

        days_pass(flow, DAYS(9));
        wait_findings(flow, "A-000002", "pending-long ");
        flow_assert_status(flow, "A-000002", "in_progress");
        flow_payer(flow, "A-000002", "resolve");
        days_pass(flow, DAYS(8));
        flow_wait_status(flow, "A-000002", "paid");
        wait_findings(flow, "A-000002", "paid-late ");

        /* long after, nothing is followed any more: the batch is closed, and its results say it
         * all */
        days_pass(flow, DAYS(12));
        flow_wait_status(flow, "A-000004", "expired");
        days_pass(flow, DAYS(12));
        flow_wait(flow, is_closed, NULL, "the batch to be closed");
        summary =
                flow_read(flow, flow_wait_path(flow, "spool/results/a.B000001.summary.json"), NULL);
        flow_assert_contains(summary, "\"closed\"");
        assert_int_equal(flow_count_status(flow_results(flow, "a"), "paid"), 3);
        assert_int_equal(flow_count_status(flow_results(flow, "a"), "expired"), 1);

        /* it is done with as a whole */
        flow_assert_contains(flow_ctl(flow, "requeue", "--batch", "B000001", "--new-key", NULL).err,
                             "is closed");

        /* but for a refund, which opens it again */
        flow_payer(flow, "A-000001", "refund");
        sync_all(flow);
        flow_assert_status(flow, "A-000001", "refunded");
        assert_string_equal(state_of(flow), "settled");
        flow_verified_good(flow);
}

static void late_and_long_v1(void **state) {
        late_and_long(*state, false);
}

static void late_and_long_v2(void **state) {
        late_and_long(*state, true);
}

/* The results are written again when statuses change: not each time, but within 15 minutes. */
static void results_follow(void **state) {
        Flow *flow = *state;
        const FlowTable *results;

        start(flow, true);
        flow_drop_orders(flow, "a", "A", 2);
        flow_settled(flow, "B000001");
        assert_int_equal(flow_count_status(flow_results(flow, "a"), "open"), 2);
        flow_payer(flow, "A-000001", "pay");
        sync_all(flow);
        flow_assert_status(flow, "A-000001", "paid");
        flow_pass(flow);
        results = flow_results(flow, "a");
        assert_int_equal(flow_count_status(results, "open"), 2);
        /* that they are older is no difference */
        assert_int_equal(flow_ctl(flow, "verify", NULL).exit_code, 0);
        flow_time_passes(flow, 16 * 60);
        flow_reload(flow);
        flow_wait_log_times(flow, "B000001: results are written", 2);
        assert_int_equal(flow_count_status(flow_results(flow, "a"), "paid"), 1);
        flow_verified_good(flow);
}

/* A script asks once, and the results are there when it ends. */
static void once_does_what_was_asked(void **state) {
        Flow *flow = *state;

        start(flow, false);
        flow_drop_orders(flow, "a", "A", 3);
        flow_settled(flow, "B000001");
        flow_daemon_stop(flow);
        flow_payer(flow, "A-000002", "pay");
        assert_int_equal(flow_once(flow, "--timeout", "60s", NULL).exit_code, 0);
        flow_assert_status(flow, "A-000002", "open"); /* nobody asked */
        assert_int_equal(flow_ctl(flow, "sync", "--order", "A-000002", "--no-wait", NULL).exit_code,
                         0);
        assert_int_equal(flow_once(flow, "--timeout", "60s", NULL).exit_code, 0);
        flow_assert_status(flow, "A-000002", "paid");
        assert_int_equal(flow_count_status(flow_results(flow, "a"), "paid"), 1);
        flow_verified_good(flow);
}

static void what_cannot_be_synced_says_why(void **state) {
        static const struct {
                const char *arguments[3];
                int exit_code;
                const char *said;
        } cases[] = {
                { { "--order", "A-9", NULL }, 1, "there is no such order" },
                { { "--order", "X-1", NULL }, 1, "has no link" },
                { { "--batch", "B000009", NULL }, 1, "there is no batch B000009" },
                { { "--batch", "x", NULL }, 64, "not a batch" },
                { { "--all", NULL, NULL }, 64, "name one of" },
                { { "--batch", "B000001", NULL }, 0, "3 links are up to date" },
                { { "--order", "A-000001", NULL }, 0, "1 link is up to date" },
        };
        Flow *flow = *state;

        start(flow, true);
        flow_drop_orders(flow, "a", "A", 3);
        flow_settled(flow, "B000001");
        flow_drop(flow, "x.csv", "order_id,amount,currency\nX-1,0,CLP\nX-2,100,CLP\n");
        flow_settled(flow, "B000002");
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                const char *const *argument = cases[i].arguments;
                FlowOutput output = flow_ctl(flow, "sync", argument[0], argument[1], NULL);

                if (output.exit_code != cases[i].exit_code)
                        flow_fail(flow, "sync %s: %d %s%s", argument[0], output.exit_code,
                                  output.out, output.err);
                flow_assert_contains(output.exit_code == 0 ? output.out : output.err,
                                     cases[i].said);
        }
        flow_verified_good(flow);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                FLOW(payers_v1),
                FLOW(payers_v2),
                FLOW(what_the_provider_says_is_kept),
                FLOW(paid_twice),
                FLOW(both_generations_are_paid),
                FLOW(links_of_the_other_mode_are_left_alone),
                FLOW(late_and_long_v1),
                FLOW(late_and_long_v2),
                FLOW(results_follow),
                FLOW(once_does_what_was_asked),
                FLOW(what_cannot_be_synced_says_why),
        };

        return FLOW_RUN(tests);
}
