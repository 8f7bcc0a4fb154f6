/* Ending links when the provider is away, or does not say what it did; and what a file's `cancel` and
 * `reissue` come to for orders of every kind. In the end no order has two live links, each row has a
 * clear answer, and the sums tie out. */
#include <string.h>
#include <time.h>

#include "tests/flow/harness_orders.h"

#define HOUR 3600
#define DAY  (24 * HOUR)

static void start(Flow *flow, unsigned n) {
        flow_clock_fake(flow);
        flow_set_v2(flow);
        flow_set(flow, "provider", "timeout", "3s");
        flow_set(flow, "orders", "language", "en");
        flow_sandbox_start(flow, "--journal", flow_journal(flow), NULL);
        flow_daemon_start(flow);
        if (n == 0)
                return;
        flow_drop_orders(flow, "a", "A", n);
        flow_settled(flow, "B000001");
}

static void payer(Flow *flow, const char *order, const char *action) {
        flow_control(flow, "payer",
                     flow_text(flow, "{\"order\":\"%s\",\"do\":\"%s\"}", order, action));
}

static size_t sessions_in(Flow *flow, const char *order, const char *status) {
        const json_t *sessions = json_object_get(flow_get(flow, "/_sandbox/ledger"), "sessions");
        size_t n = 0;

        for (size_t i = 0; i < json_array_size(sessions); i++) {
                const json_t *session = json_array_get(sessions, i);

                n += strcmp(flow_string(session, "order"), order) == 0 &&
                     strcmp(flow_string(session, "status"), status) == 0;
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

/* `2026-11-25T10:00:00Z`, so many seconds from now, by the true clock. */
static const char *instant(Flow *flow, int64_t seconds) {
        time_t at = time(NULL) + (time_t) seconds;
        struct tm civil;
        char text[32];

        assert_non_null(gmtime_r(&at, &civil));
        assert_true(strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &civil) > 0);
        return flow_text(flow, "%s", text);
}

/* --- the provider is away --------------------------------------------------------------------- */

/* Not reached, an error of its front, an error of its own that is replayed, and no answer in time. */
static const char *const troubles[] = { "reset-before@expire", "html-502@expire",
                                        "error-503@expire", "silence-before@expire",
                                        "silence-after@expire" };

static void away_while_links_are_ended(void **state) {
        Flow *flow = *state;

        start(flow, ELEMENTS(troubles));
        for (unsigned i = 0; i < ELEMENTS(troubles); i++) {
                const char *order = flow_text(flow, "A-%06u", i + 1);

                flow_fault(flow, troubles[i], "/expire", 2);
                assert_int_equal(flow_ctl(flow, "cancel", "--order", order, NULL).exit_code, 0);
                flow_assert_status(flow, order, "cancelled");
                assert_int_equal(sessions_in(flow, order, "expired"), 1);
                flow_clear_faults(flow);
        }
        assert_int_equal(flow_sessions(flow), ELEMENTS(troubles));
        flow_settled(flow, "B000001");
        flow_verified_good(flow);
}

/* Away for all that is asked of it, reads too: the row keeps its status till it is back. */
static void away_altogether(void **state) {
        Flow *flow = *state;
        FlowOutput output;

        start(flow, 2);
        flow_fault(flow, "html-502@expire", "/expire", 100000);
        flow_fault(flow, "html-502@read", "/v2/", 100000);
        assert_int_equal(
                flow_ctl(flow, "cancel", "--order", "A-000001", "--no-wait", NULL).exit_code, 0);
        assert_int_equal(
                flow_ctl(flow, "reissue", "--order", "A-000002", "--no-wait", NULL).exit_code, 0);
        flow_wait_requests(flow, "POST", "/expire", 2);
        flow_assert_status(flow, "A-000001", "open");
        flow_assert_status(flow, "A-000002", "open");
        output = flow_ctl(flow, "cancel", "--order", "A-000001", NULL);
        assert_int_equal(output.exit_code, 1);
        flow_assert_contains(output.err, "being ended already");
        flow_daemon_kill(flow); /* and it is not known what was asked last */
        flow_clear_faults(flow);
        flow_daemon_start(flow);
        flow_wait_status(flow, "A-000001", "cancelled");
        flow_wait_sessions(flow, 3);
        flow_wait_status(flow, "A-000002", "open");
        flow_assert_generation(flow, "A-000002", 2);
        assert_int_equal(sessions_in(flow, "A-000002", "created"), 1);
        assert_int_equal(sessions_in(flow, "A-000002", "expired"), 1);
        assert_int_equal(sessions_in(flow, "A-000001", "created"), 0);
        flow_settled(flow, "B000001");
        flow_verified_good(flow);
}

static void away_while_links_are_made_anew(void **state) {
        Flow *flow = *state;
        unsigned n = ELEMENTS(troubles);

        start(flow, n);
        for (unsigned i = 0; i < n; i++) {
                const char *order = flow_text(flow, "A-%06u", i + 1);

                flow_fault(flow, troubles[i], "/expire", 2);
                assert_int_equal(flow_ctl(flow, "reissue", "--order", order, NULL).exit_code, 0);
                flow_wait_sessions(flow, n + i + 1);
                flow_wait_status(flow, order, "open");
                assert_int_equal(sessions_in(flow, order, "created"), 1);
                assert_int_equal(sessions_in(flow, order, "expired"), 1);
                flow_clear_faults(flow);
        }
        flow_settled(flow, "B000001");
        flow_verified_good(flow);
}

/* --- by file, orders of every kind ------------------------------------------------------------ */

/* Of each kind two orders: C- is cancelled, R- is reissued. */
static const struct {
        const char *kind;
        const char *first, *then;            /* what the payers do */
        bool waits, is_held;                 /* not sent yet; and held by an operator */
        const char *cancelled, *cancel_code; /* the answer to `cancel` */
        const char *reissued, *reissue_code; /* to `reissue` */
        const char *after_cancel;            /* the order itself */
} kinds[] = {
        { "OPEN", NULL, NULL, false, false, "cancelled", "", "open", "", "cancelled" },
        { "EXPIRED", "start", "abandon", false, false, "refused", "E-LINK-OVER", "open", "",
          "expired" },
        { "FAILED", "fail", NULL, false, false, "refused", "E-LINK-OVER", "open", "", "failed" },
        { "BEGUN", "start", NULL, false, false, "refused", "E-LINK-BEGUN", "conflict",
          "E-LINK-BEGUN", "in_progress" },
        { "PENDING", "pend", NULL, false, false, "refused", "E-LINK-BEGUN", "conflict",
          "E-LINK-BEGUN", "in_progress" },
        { "PAID", "pay", NULL, false, false, "refused", "E-LINK-PAID", "conflict", "E-LINK-PAID",
          "paid" },
        { "REFUNDED", "pay", "refund", false, false, "refused", "E-LINK-PAID", "conflict",
          "E-LINK-PAID", "refunded" },
        { "QUEUED", NULL, NULL, true, false, "cancelled", "", "open", "", "cancelled" },
        { "HELD", NULL, NULL, true, true, "cancelled", "", "open", "", "cancelled" },
};

static void append_kind(Flow *flow, char **text, size_t i, const char *amount, const char *rest) {
        for (const char *letter = "CR"; *letter; letter++)
                *text = flow_text(flow, "%s%c-%s,%s%s\n", *text, *letter, kinds[i].kind, amount,
                                  rest);
}

static void play(Flow *flow, bool then) {
        for (size_t i = 0; i < ELEMENTS(kinds); i++) {
                const char *action = then ? kinds[i].then : kinds[i].first;

                for (const char *letter = "CR"; action && *letter; letter++)
                        payer(flow, flow_text(flow, "%c-%s", *letter, kinds[i].kind), action);
        }
        assert_int_equal(flow_ctl(flow, "sync", NULL).exit_code, 0);
}

static void drop_kinds(Flow *flow) {
        char *text = flow_text(flow, "order_id,amount,currency,send_at\n");
        const char *later = flow_text(flow, ",CLP,%s", instant(flow, 20 * DAY));

        for (size_t i = 0; i < ELEMENTS(kinds); i++)
                append_kind(flow, &text, i, "1000", kinds[i].waits ? later : ",CLP,");
        flow_drop(flow, "a.csv", text);
        (void) flow_results(flow, "a");
        for (size_t i = 0; i < ELEMENTS(kinds); i++)
                for (const char *letter = "CR"; kinds[i].is_held && *letter; letter++)
                        assert_int_equal(flow_ctl(flow, "hold", "--order",
                                                  flow_text(flow, "%c-%s", *letter, kinds[i].kind),
                                                  NULL)
                                                 .exit_code,
                                         0);
        assert_int_equal(flow_ctl(flow, "sync", NULL).exit_code, 0);
        play(flow, false);
        play(flow, true);
}

static void instructions_for_orders_of_every_kind(void **state) {
        Flow *flow = *state;
        const FlowTable *results;
        char *text = flow_text(flow, "order_id,amount,currency,action\n");

        start(flow, 0);
        drop_kinds(flow);
        for (size_t i = 0; i < ELEMENTS(kinds); i++)
                text = flow_text(flow, "%sC-%s,,,cancel\nR-%s,77,CLP,reissue\n", text,
                                 kinds[i].kind, kinds[i].kind);
        flow_drop(flow, "do.csv", text);
        flow_settled(flow, "B000002");
        results = flow_results(flow, "do");
        for (size_t i = 0; i < ELEMENTS(kinds); i++) {
                const char *c = flow_text(flow, "C-%s", kinds[i].kind);
                const char *r = flow_text(flow, "R-%s", kinds[i].kind);
                bool anew = strcmp(kinds[i].reissued, "open") == 0;

                assert_answer(results, c, kinds[i].cancelled, kinds[i].cancel_code);
                assert_answer(results, r, kinds[i].reissued, kinds[i].reissue_code);
                flow_assert_status(flow, c, kinds[i].after_cancel);
                if (anew)
                        assert_int_equal(sessions_in(flow, r, "created"), 1);
        }
        flow_verified_good(flow);
}

/* An order is known by its number in its profile and its run. */
static void orders_of_another_folder_or_run(void **state) {
        Flow *flow = *state;
        const char *text = "order_id,amount,currency,action\nA-000001,,,cancel\n"
                           "A-000002,5,CLP,reissue\n";

        flow_set(flow, "profile tienda", "canary", "0");
        flow_set(flow, "orders", "run", "first");
        start(flow, 2);
        flow_drop(flow, "tienda/other.csv", text);
        flow_settled(flow, "B000002");
        flow_set(flow, "orders", "run", "second");
        flow_reload(flow);
        flow_drop(flow, "later.csv", text);
        flow_settled(flow, "B000003");
        assert_answer(flow_results(flow, "tienda/other"), "A-000001", "rejected", "E-LINK-UNKNOWN");
        assert_answer(flow_results(flow, "tienda/other"), "A-000002", "rejected", "E-LINK-UNKNOWN");
        assert_answer(flow_results(flow, "later"), "A-000001", "rejected", "E-LINK-UNKNOWN");
        assert_answer(flow_results(flow, "later"), "A-000002", "rejected", "E-LINK-UNKNOWN");
        assert_int_equal(flow_batch_count(flow, "B000001", "open"), 2);
        assert_int_equal(flow_sessions(flow), 2);
        flow_verified_good(flow);
}

/* Nobody knows whether they have a link: no second one is made, and who gives one up is told. */
static void orders_that_are_unknown(void **state) {
        Flow *flow = *state;
        const FlowTable *results;

        flow_expect_errors(flow);
        start(flow, 0);
        for (unsigned i = 1; i <= 2; i++) {
                const char *order = flow_text(flow, "A-%06u", i);

                flow_fault(flow, "reset-after", order, 1);
                flow_fault(flow, "html-502", order, 1000);
        }
        flow_fault(flow, "html-502@read", "/v2/checkout_sessions", 1000);
        flow_drop_orders(flow, "a", "A", 2);
        flow_wait_status(flow, "A-000001", "unknown");
        flow_wait_status(flow, "A-000002", "unknown");
        flow_drop(flow, "do.csv",
                  "order_id,amount,currency,action\nA-000001,,,cancel\nA-000002,5,CLP,reissue\n");
        flow_settled(flow, "B000002");
        results = flow_results(flow, "do");
        assert_answer(results, "A-000001", "cancelled", "E-GIVEN-UP");
        assert_answer(results, "A-000002", "conflict", "E-LINK-OPEN-QUESTION");
        flow_clear_faults(flow);
        flow_wait_count(flow, "B000001", "open", 1);
        assert_int_equal(flow_sessions(flow), 2);
        flow_verified_good(flow);
}

/* Its link was to live until a certain hour, which is too near when the earlier one is over at last: the
 * order has no link then, says so, and can be mended and dropped again. */
static void a_reissue_that_comes_too_late(void **state) {
        Flow *flow = *state;
        const FlowTable *rejects;

        start(flow, 1);
        flow_fault(flow, "html-502@expire", "/expire", 100000);
        flow_drop(flow, "again.csv",
                  flow_text(flow,
                            "order_id,amount,currency,expires_at,action\n"
                            "A-000001,500,CLP,%s,reissue\n",
                            instant(flow, 2 * HOUR)));
        (void) flow_ack(flow, "again");
        flow_wait_requests(flow, "POST", "/expire", 1);
        flow_daemon_stop(flow);
        flow_time_passes(flow, 2 * HOUR - 300);
        flow_clear_faults(flow);
        /* after two hours it would be tried again in ten minutes only */
        flow_sql(flow, "UPDATE ending SET first_asked_at = NULL, "
                       "due_at = CASE WHEN state = 1 THEN 1 END");
        flow_daemon_start(flow);
        flow_settled(flow, "B000002");
        assert_int_equal(flow_batch_count(flow, "B000001", "cancelled"), 1);
        assert_int_equal(flow_batch_count(flow, "B000002", "rejected"), 1);
        rejects = flow_table(flow, flow_wait_path(flow, "spool/results/again.B000002.rejects.csv"),
                             ',');
        assert_answer(rejects, "A-000001", "rejected", "E-EXPIRES-PAST");
        assert_int_equal(sessions_in(flow, "A-000001", "created"), 0);
        flow_drop(flow, "mended.csv", "order_id,amount,currency\nA-000001,500,CLP\n");
        flow_settled(flow, "B000003");
        assert_int_equal(sessions_in(flow, "A-000001", "created"), 1);
        flow_verified_good(flow);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                FLOW(away_while_links_are_ended),      FLOW(away_altogether),
                FLOW(away_while_links_are_made_anew),  FLOW(instructions_for_orders_of_every_kind),
                FLOW(orders_of_another_folder_or_run), FLOW(orders_that_are_unknown),
                FLOW(a_reissue_that_comes_too_late),
        };

        return FLOW_RUN(tests);
}
