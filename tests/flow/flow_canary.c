/* Canary: the first due rows of a batch go alone. One success lets the rest go; refused alike, they
 * keep a thousand others from being refused for the same reason. */
#include <string.h>
#include <time.h>

#include "jobs/base/civil.h"
#include "tests/flow/harness_orders.h"

#define POST "/v1/checkout_sessions"

/* Nothing is known of the first three: nobody else goes. Other batches do. */
static void go_alone(void **state) {
        Flow *flow = *state;

        flow_set(flow, "provider", "timeout", "1h");
        flow_set(flow, "service", "stop_timeout", "0s");
        flow_sandbox_start(flow, NULL);
        flow_fault(flow, "silence-before", "A-00", 3);
        flow_daemon_start(flow);
        flow_drop_orders(flow, "a", "A", 50);
        flow_wait_count(flow, "B000001", "sending", 3);
        flow_pass(flow);
        flow_drop_orders(flow, "b", "B", 50);
        flow_settled(flow, "B000003");
        assert_int_equal(flow_batch_count(flow, "B000001", "sending"), 3);
        assert_int_equal(flow_batch_count(flow, "B000001", "queued"), 47);
        assert_int_equal(flow_sessions(flow), 51);

        /* what became of them is found out at the next start */
        flow_daemon_stop(flow);
        flow_daemon_start(flow);
        flow_settled(flow, "B000001");
        flow_assert_exactly_once(flow, "A", 50);
        flow_assert_exactly_once(flow, "B", 50);
        flow_good(flow);
}

/* The third is good: so may be the rest. */
static void one_success_is_enough(void **state) {
        Flow *flow = *state;

        flow_sandbox_start(flow, NULL);
        flow_fault(flow, "refuse", "A-000001", 1);
        flow_fault(flow, "refuse", "A-000002", 1);
        flow_daemon_start(flow);
        flow_drop_orders(flow, "a", "A", 50);
        flow_settled(flow, "B000001");
        assert_int_equal(flow_batch_count(flow, "B000001", "refused"), 2);
        assert_int_equal(flow_batch_count(flow, "B000001", "open"), 48);
        assert_int_equal(flow_sessions(flow), 48);
        flow_good(flow);
}

/* Refused for different reasons: it is not the batch. */
static void not_alike(void **state) {
        Flow *flow = *state;

        flow_sandbox_start(flow, NULL);
        flow_fault(flow, "refuse", "A-000001", 1);
        flow_fault(flow, "refuse-422", "A-000002", 1);
        flow_fault(flow, "refuse", "A-000003", 1);
        flow_daemon_start(flow);
        flow_drop_orders(flow, "a", "A", 50);
        flow_settled(flow, "B000001");
        assert_int_equal(flow_batch_count(flow, "B000001", "refused"), 3);
        assert_int_equal(flow_batch_count(flow, "B000001", "open"), 47);
        flow_good(flow);
}

static void assert_held(Flow *flow, int64_t refused, int64_t held) {
        flow_wait_held(flow, "B000001", "canary");
        assert_int_equal(flow_batch_count(flow, "B000001", "refused"), refused);
        assert_int_equal(flow_batch_count(flow, "B000001", "held"), held);
        assert_int_equal(flow_sessions(flow), 0);
}

/* All alike: held, said so, also after a restart; the results say it too. */
static void refused_alike(void **state) {
        Flow *flow = *state;
        const FlowTable *results;

        flow_expect_errors(flow);
        flow_sandbox_start(flow, "--journal", flow_journal(flow), NULL);
        flow_fault(flow, "refuse", "A-00", 3);
        flow_daemon_start(flow);
        flow_drop_orders(flow, "a", "A", 100);
        assert_held(flow, 3, 97);
        flow_assert_contains(flow_daemon_log(flow), "release --batch B000001");
        assert_int_equal(flow_requests(flow, "POST", POST), 3);
        results = flow_results(flow, "a");
        assert_int_equal(flow_count_status(results, "refused"), 3);
        assert_int_equal(flow_count_status(results, "held"), 97);

        flow_daemon_stop(flow);
        flow_daemon_start(flow);
        flow_drop_orders(flow, "b", "B", 10); /* another batch is another matter */
        flow_settled(flow, "B000002");
        flow_wait_held(flow, "B000001", "canary");
        assert_int_equal(flow_sessions(flow), 10);

        assert_int_equal(flow_ctl(flow, "release", "--batch", "B000001", NULL).exit_code, 0);
        flow_settled(flow, "B000001");
        assert_int_equal(flow_batch_count(flow, "B000001", "refused"), 3);
        assert_int_equal(flow_batch_count(flow, "B000001", "open"), 97);
        assert_int_equal(flow_ctl(flow, "requeue", "--batch", "B000001", NULL).exit_code, 0);
        flow_settled(flow, "B000001");
        flow_assert_exactly_once(flow, "A", 100);
        flow_verified_good(flow);
}

/* Two were refused before a restart, and the third after it: that is three. */
static void counted_across_a_restart(void **state) {
        Flow *flow = *state;

        flow_expect_errors(flow);
        flow_set(flow, "provider", "timeout", "1h");
        flow_sandbox_start(flow, NULL);
        flow_fault(flow, "silence-before", "A-000003", 1);
        flow_fault(flow, "refuse", "", 1000);
        flow_daemon_start(flow);
        flow_drop_orders(flow, "a", "A", 100);
        flow_wait_count(flow, "B000001", "refused", 2);
        flow_daemon_kill(flow);
        flow_daemon_start(flow);
        flow_wait_held(flow, "B000001", "canary");
        assert_true(flow_batch_count(flow, "B000001", "refused") <= 6);
        assert_true(flow_batch_count(flow, "B000001", "held") >= 94);
        flow_good(flow);
}

/* So few rows that the canaries are all of them: there is nothing left to hold. */
static void nothing_left_to_hold(void **state) {
        static const unsigned rows[] = { 1, 2, 3 };
        Flow *flow = *state;

        flow_expect_errors(flow);
        flow_sandbox_start(flow, NULL);
        flow_fault(flow, "refuse", "", 1000);
        flow_daemon_start(flow);
        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                const char *stem = flow_text(flow, "%c", "abc"[i]);

                flow_drop_orders(flow, stem, flow_text(flow, "%c", "ABC"[i]), rows[i]);
                flow_settled(flow, flow_text(flow, "B%06zu", i + 1));
                assert_int_equal(flow_count_status(flow_results(flow, stem), "refused"), rows[i]);
        }
        assert_int_equal(flow_count_log(flow, "refused alike"), 0);

        /* nor anything to release before they are sent again */
        flow_clear_faults(flow);
        assert_int_equal(flow_ctl(flow, "requeue", "--batch", "B000003", NULL).exit_code, 0);
        flow_settled(flow, "B000003");
        flow_assert_exactly_once(flow, "C", 3);
        flow_good(flow);
}

/* Rows that were rejected at intake are no due rows: two are left, which is fewer than three. */
static void rejected_ones_do_not_count(void **state) {
        Flow *flow = *state;

        flow_expect_errors(flow);
        flow_sandbox_start(flow, NULL);
        flow_fault(flow, "refuse", "", 1000);
        flow_daemon_start(flow);
        flow_drop(flow, "a.csv",
                  "order_id,amount,currency\nR-1,0,CLP\nR-2,0,CLP\nR-3,0,CLP\nR-4,0,CLP\n"
                  "A-1,10,CLP\nA-2,11,CLP\nR-5,0,CLP\n");
        (void) flow_ack(flow, "a");
        flow_settled(flow, "B000001");
        assert_int_equal(flow_count_status(flow_results(flow, "a"), "refused"), 2);
        flow_good(flow);
}

static void none(void **state) {
        Flow *flow = *state;

        flow_set(flow, "orders", "canary", "0");
        flow_sandbox_start(flow, NULL);
        flow_fault(flow, "refuse", "", 1000);
        flow_daemon_start(flow);
        flow_drop_orders(flow, "a", "A", 40);
        flow_settled(flow, "B000001");
        assert_int_equal(flow_count_status(flow_results(flow, "a"), "refused"), 40);
        flow_good(flow);
}

/* n orders to be sent some seconds from now. */
static const char *later_orders(Flow *flow, unsigned n, int seconds) {
        char *text = NULL;
        char when[CIVIL_TIME_SIZE];
        size_t size;
        FILE *out = open_memstream(&text, &size);
        const char *whole;

        assert_non_null(out);
        (void) civil_time_format((time(NULL) + seconds) * SECOND, when);
        (void) fputs("order_id,amount,currency,send_at\n", out);
        for (unsigned i = 1; i <= n; i++)
                (void) fprintf(out, "A-%06u,%u,CLP,%s\n", i, 1000 + i, when);
        assert_int_equal(fclose(out), 0);
        whole = flow_text(flow, "%s", text);
        free(text);
        return whole;
}

/* Rows whose time comes all at once send canaries first, too. */
static void scheduled_rows_too(void **state) {
        Flow *flow = *state;

        flow_expect_errors(flow);
        flow_sandbox_start(flow, "--journal", flow_journal(flow), NULL);
        flow_fault(flow, "refuse", "A-00", 3);
        flow_daemon_start(flow);
        flow_drop(flow, "a.csv", later_orders(flow, 100, 4));
        (void) flow_ack(flow, "a");
        assert_held(flow, 3, 97);
        assert_int_equal(flow_requests(flow, "POST", POST), 3);
        assert_int_equal(flow_ctl(flow, "release", "--batch", "B000001", NULL).exit_code, 0);
        flow_settled(flow, "B000001");
        assert_int_equal(flow_batch_count(flow, "B000001", "open"), 97);
        assert_int_equal(flow_sessions(flow), 97);
        flow_good(flow);
}

static void scheduled_rows_go(void **state) {
        Flow *flow = *state;

        flow_sandbox_start(flow, NULL);
        flow_daemon_start(flow);
        flow_drop(flow, "a.csv", later_orders(flow, 100, 3));
        (void) flow_ack(flow, "a");
        flow_settled(flow, "B000001");
        flow_assert_exactly_once(flow, "A", 100);
        flow_good(flow);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                FLOW(go_alone),
                FLOW(one_success_is_enough),
                FLOW(not_alike),
                FLOW(refused_alike),
                FLOW(counted_across_a_restart),
                FLOW(nothing_left_to_hold),
                FLOW(rejected_ones_do_not_count),
                FLOW(none),
                FLOW(scheduled_rows_too),
                FLOW(scheduled_rows_go),
        };

        return FLOW_RUN(tests);
}
