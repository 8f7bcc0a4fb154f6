/* What does not add up when links are followed: sessions that nobody knows or that are gone, a
 * provider that lies or breaks off, kills in the middle. Nothing of it moves a row that should not
 * be moved, and it is said. */
#include <string.h>
#include <unistd.h>

#include "tests/flow/harness_client.h"
#include "tests/flow/harness_orders.h"

#define KEY "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void start(Flow *flow, bool v2) {
        flow_clock_fake(flow);
        flow_set(flow, "orders", "canary", "0");
        if (v2)
                flow_set_v2(flow);
        flow_sandbox_start(flow, "--journal", flow_journal(flow), NULL);
        flow_daemon_start(flow);
}

static void start_with_links(Flow *flow, bool v2, unsigned n) {
        start(flow, v2);
        flow_drop_orders(flow, "a", "A", n);
        flow_settled(flow, "B000001");
}

static FlowOutput sync_order(Flow *flow, const char *order) {
        return flow_ctl(flow, "sync", "--order", order, NULL);
}

static void sync_all(Flow *flow) {
        FlowOutput output = flow_ctl(flow, "sync", NULL);

        if (output.exit_code != 0)
                flow_fail(flow, "sync: %d %s%s", output.exit_code, output.out, output.err);
}

/* How many findings of this kind stand with this order. */
static size_t count_findings(Flow *flow, const char *order, const char *kind) {
        const json_t *findings = json_object_get(flow_order(flow, order), "findings");
        const json_t *finding;
        size_t i, n = 0;

        json_array_foreach(findings, i, finding) n +=
                strcmp(flow_string(finding, "kind"), kind) == 0 &&
                json_is_null(json_object_get(finding, "over_at"));
        return n;
}

static size_t count_all_findings(Flow *flow, const char *order) {
        return json_array_size(json_object_get(flow_order(flow, order), "findings"));
}

/* --- sessions --------------------------------------------------------------------------------- */

static void make_session(Flow *flow, const char *order, const char *key) {
        const Client client = { .pid = 0 };
        Sent sent = { .path = CLIENT_V2, .key = NULL, .api_key = "sk_test_flow" };
        AUTO_REPLY reply = { .status = 0 };
        Client at = client;

        (void) snprintf(at.url, sizeof(at.url), "%s", flow_sandbox_url(flow));
        sent.version = "2026-02-01";
        sent.content_type = "application/json";
        sent.body = flow_text(flow,
                              "{\"amount\":700,\"currency\":\"CLP\","
                              "\"metadata\":{\"order\":\"%s\",\"checkoutd\":\"%s\"}}",
                              order, key);
        reply = client_ask(&at, &sent);
        assert_true(reply.status == 200 || reply.status == 201);
}

/* Sessions with our mark that no row knows: of no order of ours, and a second one of an order that
 * has its own. What other systems make is nobody's. */
static void orphans(void **state) {
        Flow *flow = *state;

        flow_expect_errors(flow);
        start_with_links(flow, true, 2);
        make_session(flow, "Z-1", KEY);
        make_session(flow, "Z-2", "not-of-ours");
        make_session(flow, "A-000001",
                     flow_string(flow_order(flow, "A-000001"), "idempotency_key"));
        sync_all(flow);
        /* the stranger is too young to be judged; the second of a row is not */
        assert_int_equal(flow_count_log(flow, "no row knows"), 1);
        assert_int_equal(count_findings(flow, "A-000001", "orphan"), 1);
        flow_time_passes(flow, 3600);
        sync_all(flow);
        assert_int_equal(flow_count_log(flow, "no row knows"), 2);
        sync_all(flow); /* said once */
        assert_int_equal(flow_count_log(flow, "no row knows"), 2);
        flow_assert_status(flow, "A-000001", "open");
        assert_int_equal(count_all_findings(flow, "A-000002"), 0);
        flow_good(flow);
}

/* Given up while nobody knew, and made after all: it is the row's, followed, and may be paid. */
static void given_up_and_made(void **state) {
        Flow *flow = *state;

        flow_set(flow, "provider", "absence_wait", "1h");
        flow_clock_fake(flow);
        flow_set(flow, "orders", "canary", "0");
        flow_set(flow, "provider", "api_version", "v2");
        flow_sandbox_start(flow, "--journal", flow_journal(flow), NULL);
        flow_fault(flow, "error-500-made", "A-000002", 1);
        flow_daemon_start(flow);
        flow_drop_orders(flow, "a", "A", 3);
        flow_wait_code(flow, "A-000002", "E-UNKNOWN");
        assert_int_equal(flow_ctl(flow, "cancel", "--order", "A-000002", NULL).exit_code, 0);
        flow_assert_status(flow, "A-000002", "cancelled");
        sync_all(flow);
        flow_assert_status(flow, "A-000002", "cancelled");
        assert_int_equal(count_findings(flow, "A-000002", "given-up"), 1);
        flow_payer(flow, "A-000002", "pay");
        sync_all(flow);
        flow_assert_status(flow, "A-000002", "paid");
        assert_int_equal(count_findings(flow, "A-000002", "paid-late"), 1);
        flow_verified_good(flow);
}

static void gone_and_back(Flow *flow, bool v2) {
        start_with_links(flow, v2, 3);
        flow_control(flow, "faults", "{\"set\":{\"gone@read\":1}}");
        assert_int_equal(sync_order(flow, "A-000002").exit_code, 0);
        flow_assert_status(flow, "A-000002", "open");
        assert_int_equal(count_findings(flow, "A-000002", "session-gone"), 1);
        flow_assert_contains(flow_ctl(flow, "show", "A-000002", NULL).out, "ya no conoce");
        flow_clear_faults(flow);
        flow_payer(flow, "A-000002", "pay");
        assert_int_equal(sync_order(flow, "A-000002").exit_code, 0);
        flow_assert_status(flow, "A-000002", "paid");
        assert_int_equal(count_findings(flow, "A-000002", "session-gone"), 0);
        flow_verified_good(flow);
}

static void gone_and_back_v1(void **state) {
        gone_and_back(*state, false);
}

static void gone_and_back_v2(void **state) {
        gone_and_back(*state, true);
}

static void expiry_that_moved(void **state) {
        Flow *flow = *state;

        start_with_links(flow, true, 2);
        flow_control(flow, "payer",
                     "{\"order\":\"A-000001\",\"do\":\"move-expiry\",\"amount\":7200}");
        sync_all(flow);
        assert_int_equal(count_findings(flow, "A-000001", "expiry-moved"), 1);
        assert_string_equal(flow_string(flow_order(flow, "A-000001"), "expires_at"),
                            flow_string(flow_session_of(flow, "A-000001").object, "expires_at"));
        flow_assert_status(flow, "A-000001", "open");
        flow_time_passes(flow, 3 * 3600);
        sync_all(flow);
        flow_assert_status(flow, "A-000001", "expired");
        flow_assert_status(flow, "A-000002", "open");
        assert_int_equal(count_all_findings(flow, "A-000002"), 0);
        flow_verified_good(flow);
}

/* An expiry that was not known until the first look is in the results, too. */
static void expiry_that_was_not_said(void **state) {
        Flow *flow = *state;
        const FlowTable *results;
        const char *path;

        start_with_links(flow, true, 2);
        (void) flow_results(flow, "a");
        flow_daemon_stop(flow);
        flow_sql(flow,
                 "UPDATE session SET expires_at = NULL; UPDATE request SET expires_at = NULL");
        path = flow_path(flow, "spool/results/a.B000001.results.csv");
        assert_int_equal(unlink(path), 0);
        assert_int_equal(flow_ctl(flow, "sync", "--order", "A-000001", "--no-wait", NULL).exit_code,
                         0);
        assert_int_equal(flow_once(flow, "--timeout", "60s", NULL).exit_code, 0);
        results = flow_table(flow, path, ',');
        assert_string_not_equal(flow_cell(results, 1, "checkout_expires_at"), "");
        assert_string_equal(flow_cell(results, 2, "checkout_expires_at"), "");
        flow_good(flow);
}

/* --- lies ------------------------------------------------------------------------------------- */

/* Paid, says the provider, of a session that is not the one asked for: it is not believed. */
static void lies_are_not_believed(void **state) {
        static const char *const lies[] = { "wrong-amount", "wrong-currency", "wrong-mode",
                                            "wrong-key", "other-session" };
        Flow *flow = *state;

        start_with_links(flow, false, 2);
        flow_payer(flow, "A-000001", "pay");
        flow_payer(flow, "A-000002", "pay");
        for (size_t i = 0; i < ELEMENTS(lies); i++) {
                FlowOutput output;

                flow_clear_faults(flow);
                flow_control(flow, "faults", flow_text(flow, "{\"set\":{\"%s@read\":1}}", lies[i]));
                output = sync_order(flow, "A-000001");
                assert_int_equal(output.exit_code, 1);
                flow_assert_contains(output.err, "could not be looked at");
                flow_assert_status(flow, "A-000001", "open");
                assert_int_equal(count_findings(flow, "A-000001", "session-differs"), 1);
        }
        flow_clear_faults(flow);
        assert_int_equal(sync_order(flow, "A-000001").exit_code, 0);
        flow_assert_status(flow, "A-000001", "paid");
        assert_int_equal(count_findings(flow, "A-000001", "session-differs"), 0);
        flow_verified_good(flow);
}

/* The list is garbage, or leads elsewhere: what it was to tell is asked for one by one. */
static void garbage_lists(void **state) {
        static const char *const faults[] = { "not-json", "html-502", "truncated", "error-500" };
        Flow *flow = *state;

        start_with_links(flow, true, 5);
        flow_payer(flow, "A-000003", "pay");
        flow_fault(flow, "not-json@read", "/v2/checkout_sessions", 3);
        assert_int_equal(flow_ctl(flow, "sync", NULL).exit_code, 1); /* not all of it was read */
        flow_assert_status(flow, "A-000003", "paid");
        flow_wait_log(flow, "links are asked for one by one");
        for (size_t i = 0; i < ELEMENTS(faults); i++) {
                flow_time_passes(flow, 1200);
                flow_reload(flow); /* and the list is tried again */
                flow_fault(flow, flow_text(flow, "%s@read", faults[i]), "/v2/checkout_sessions", 2);
                sync_all(flow); /* a page that comes at the third time is a page */
        }
        flow_assert_status(flow, "A-000003", "paid");
        flow_verified_good(flow);
}

static void links_to_another_host(void **state) {
        Flow *flow = *state;

        flow_set(flow, "provider", "rate", "unlimited");
        start_with_links(flow, true, 700);
        flow_payer(flow, "A-000001", "pay"); /* on the last page */
        flow_control(flow, "faults", "{\"set\":{\"foreign-link@read\":1}}");
        sync_all(flow);
        flow_assert_status(flow, "A-000001", "paid");
        assert_int_equal(flow_requests(flow, "GET\t/v2/checkout_sessions\t", ""), 3);
        flow_verified_good(flow);
}

/* --- how much, how fast ----------------------------------------------------------------------- */

static size_t count_gets(Flow *flow) {
        return flow_requests(flow, "GET", "/v2/") + flow_requests(flow, "GET", "/v1/");
}

static void ten_thousand_in_forty(void **state) {
        Flow *flow = *state;

        flow_set(flow, "provider", "rate", "unlimited");
        flow_set(flow, "provider", "max_in_flight", "64");
        start_with_links(flow, true, 10000);
        assert_int_equal(count_gets(flow), 0);
        sync_all(flow);
        if (count_gets(flow) > 40)
                flow_fail(flow, "%zu requests for 10,000 links", count_gets(flow));
        assert_int_equal(flow_batch_count(flow, "B000001", "open"), 10000);
        /* one of them has changed */
        flow_payer(flow, "A-000001", "pay");
        sync_all(flow);
        flow_assert_status(flow, "A-000001", "paid");
        if (count_gets(flow) > 81)
                flow_fail(flow, "%zu requests for it again", count_gets(flow));
        flow_verified_good(flow);
}

/* A few of many are asked for singly. */
static void few_are_asked_for_singly(void **state) {
        Flow *flow = *state;

        flow_set(flow, "provider", "rate", "unlimited");
        start_with_links(flow, true, 1000);
        assert_int_equal(sync_order(flow, "A-000001").exit_code, 0);
        assert_int_equal(flow_requests(flow, "GET\t/v2/checkout_sessions\t", ""), 0);
        assert_int_equal(count_gets(flow), 1);
        flow_verified_good(flow);
}

/* While rows wait to be sent, at most a fifth of the requests are looks. */
static void a_fifth_while_rows_wait(void **state) {
        Flow *flow = *state;
        char *line, *rest;
        size_t posts = 0, gets = 0, gets_before = 0;

        flow_set(flow, "provider", "rate", "unlimited");
        start_with_links(flow, false, 300);
        flow_set(flow, "provider", "rate", "40/s");
        flow_reload(flow);
        flow_drop_orders(flow, "b", "B", 400);
        flow_wait_count(flow, "B000002", "open", 20);
        assert_int_equal(flow_ctl(flow, "sync", "--no-wait", NULL).exit_code, 0);
        flow_settled(flow, "B000002");
        rest = flow_read(flow, flow_journal(flow), NULL);
        while ((line = strsep(&rest, "\n"))) {
                gets += strstr(line, "\tGET\t/v1/") != NULL;
                if (!strstr(line, "\tPOST\t/v1/"))
                        continue;
                posts++;
                gets_before = gets;
        }
        if (posts != 700 || gets_before > 110)
                flow_fail(flow, "%zu looks beside 400 of %zu orders", gets_before, posts);
        assert_true(gets_before > 0);
        flow_good(flow);
}

/* --- trouble ---------------------------------------------------------------------------------- */

/* Killed again and again while it looks; what was not recorded is looked at again. */
static void killed_while_looking(Flow *flow, bool v2) {
        flow_set(flow, "provider", "rate", "unlimited");
        start_with_links(flow, v2, 900);
        for (unsigned i = 1; i <= 900; i += 3)
                flow_payer(flow, flow_text(flow, "A-%06u", i), "pay");
        assert_int_equal(flow_ctl(flow, "sync", "--no-wait", NULL).exit_code, 0);
        for (int i = 1; i <= 5; i++) {
                flow_wait_count(flow, "B000001", "paid", i * 20);
                flow_daemon_kill(flow);
                flow_daemon_start(flow);
        }
        flow_wait_count(flow, "B000001", "paid", 300);
        assert_int_equal(flow_batch_count(flow, "B000001", "open"), 600);
        flow_verified_good(flow);
}

static void killed_while_looking_v1(void **state) {
        killed_while_looking(*state, false);
}

static void killed_while_walking(void **state) {
        killed_while_looking(*state, true);
}

/* The provider is away: the command says so in its time, and it is done when the provider is
 * back. */
static void provider_away(void **state) {
        Flow *flow = *state;
        FlowOutput output;

        start_with_links(flow, false, 2);
        flow_payer(flow, "A-000001", "pay");
        flow_control(flow, "faults", "{\"set\":{\"html-502@read\":1}}");
        output = sync_order(flow, "A-000001");
        assert_int_equal(output.exit_code, 1);
        flow_assert_contains(output.err, "asked for again");
        flow_assert_status(flow, "A-000001", "open");
        flow_clear_faults(flow);
        assert_int_equal(sync_order(flow, "A-000001").exit_code, 0);
        flow_assert_status(flow, "A-000001", "paid");
        flow_verified_good(flow);
}

/* Reading goes on while sending is held by a person, not while the account is refused. */
static void holds(void **state) {
        Flow *flow = *state;

        flow_expect_errors(flow);
        start_with_links(flow, false, 2);
        flow_payer(flow, "A-000001", "pay");
        assert_int_equal(flow_ctl(flow, "hold", "--all", NULL).exit_code, 0);
        assert_int_equal(sync_order(flow, "A-000001").exit_code, 0);
        flow_assert_status(flow, "A-000001", "paid");
        assert_int_equal(flow_ctl(flow, "release", "--all", NULL).exit_code, 0);

        flow_control(flow, "account", "{\"api_key\":\"sk_test_other\"}");
        flow_drop_orders(flow, "b", "B", 1);
        flow_wait_held(flow, "B000002", "account");
        assert_int_equal(sync_order(flow, "A-000002").exit_code, 75);
        flow_control(flow, "account", "{\"api_key\":\"sk_test_flow\"}");
        flow_good(flow);
}

static bool has_asked_for_refunds(Flow *flow, const void *unused) {
        (void) unused;
        return flow_requests(flow, "/v1/refunds", "") == 2;
}

/* A page is recorded piece by piece, and there is one at a time: while one of the refunds is out,
 * the list of sessions is not walked. */
static void refunds_and_sessions_take_turns(void **state) {
        Flow *flow = *state;
        size_t lists;

        flow_set(flow, "provider", "timeout", "1h"); /* it stays out */
        flow_set(flow, "service", "stop_timeout", "0s");
        start_with_links(flow, true, 2);
        flow_payer(flow, "A-000001", "pay");
        sync_all(flow);
        flow_fault(flow, "silence-before@read", "/v1/refunds", 1);
        assert_int_equal(flow_ctl(flow, "sync", "--no-wait", NULL).exit_code, 0);
        flow_wait(flow, has_asked_for_refunds, NULL, "the second reading of the refunds");
        lists = flow_requests(flow, "GET\t/v2/checkout_sessions\t", "");
        assert_true(lists > 0);
        assert_int_equal(flow_ctl(flow, "sync", "--no-wait", NULL).exit_code, 0);
        flow_wait_log_times(flow, "asked for sync", 3);
        flow_pass(flow); /* many turns later */
        assert_int_equal(flow_requests(flow, "GET\t/v2/checkout_sessions\t", ""), lists);
        flow_good(flow);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                FLOW(orphans),
                FLOW(given_up_and_made),
                FLOW(gone_and_back_v1),
                FLOW(gone_and_back_v2),
                FLOW(expiry_that_moved),
                FLOW(expiry_that_was_not_said),
                FLOW(lies_are_not_believed),
                FLOW(garbage_lists),
                FLOW(links_to_another_host),
                FLOW(ten_thousand_in_forty),
                FLOW(few_are_asked_for_singly),
                FLOW(a_fifth_while_rows_wait),
                FLOW(killed_while_looking_v1),
                FLOW(killed_while_walking),
                FLOW(provider_away),
                FLOW(holds),
                FLOW(refunds_and_sessions_take_turns),
        };

        return FLOW_RUN(tests);
}
