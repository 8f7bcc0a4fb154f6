/* Stopping, starting twice, and starting with something else than before: nothing is lost, nothing
 * is sent that the settings and the key of today do not stand for. */
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/flow/harness_orders.h"

/* --- SIGTERM ---------------------------------------------------------------------------------- */

#define ROWS 300 /* of which six are made in 400 ms: we need not look at once */

/* What is on the wire is answered and recorded; not one more is sent. */
static void in_flight_finish(void **state) {
        Flow *flow = *state;
        size_t made;

        flow_set(flow, "provider", "max_in_flight", "6");
        flow_set(flow, "orders", "canary", "0");
        flow_sandbox_start(flow, "--latency", "400", NULL);
        flow_daemon_start(flow);
        flow_drop_orders(flow, "a", "A", ROWS);
        flow_wait_sessions(flow, 8);
        flow_daemon_stop(flow);
        made = flow_sessions(flow);
        assert_true(made >= 8 && made < ROWS);
        assert_int_equal(flow_batch_count(flow, "B000001", "open"), made);
        assert_int_equal(flow_batch_count(flow, "B000001", "queued"), ROWS - made);
        flow_assert_contains(flow_daemon_log(flow), "stopping");

        flow_set(flow, "provider", "max_in_flight", "64");
        flow_daemon_start(flow);
        flow_settled(flow, "B000001");
        flow_assert_exactly_once(flow, "A", ROWS);
        flow_verified_good(flow);
}

/* What is not answered in [service] stop_timeout is found out at the next start. */
static void in_flight_cannot_finish(void **state) {
        Flow *flow = *state;

        flow_set(flow, "provider", "timeout", "1h");
        flow_set(flow, "service", "stop_timeout", "1s");
        flow_set(flow, "orders", "canary", "0");
        flow_sandbox_start(flow, NULL);
        flow_fault(flow, "silence-after", "A-000004", 1);
        flow_fault(flow, "silence-before", "A-000005", 1);
        flow_daemon_start(flow);
        flow_drop_orders(flow, "a", "A", 30);
        flow_wait_count(flow, "B000001", "open", 28);
        flow_daemon_stop(flow);
        flow_daemon_start(flow);
        flow_settled(flow, "B000001");
        assert_int_equal(flow_count_status(flow_results(flow, "a"), "open"), 30);
        flow_assert_exactly_once(flow, "A", 30);
        flow_good(flow);
}

/* Nothing would end it but the second signal. */
static void second_signal(Flow *flow, int first) {
        flow_set(flow, "provider", "timeout", "1h");
        flow_set(flow, "service", "stop_timeout", "1h");
        flow_set(flow, "orders", "canary", "0");
        flow_sandbox_start(flow, NULL);
        flow_fault(flow, "silence-after", "A-000009", 1);
        flow_daemon_start(flow);
        flow_drop_orders(flow, "a", "A", 30);
        flow_wait_count(flow, "B000001", "open", 29);
        flow_signal(flow, first);
        flow_wait_log(flow, "stopping");
        assert_true(flow_daemon_alive(flow));
        flow_daemon_stop(flow); /* SIGTERM; must give 0 */
        flow_set(flow, "service", "stop_timeout", "20s");
        flow_daemon_start(flow);
        flow_settled(flow, "B000001");
        flow_assert_exactly_once(flow, "A", 30);
        flow_good(flow);
}

static void twice_ends_at_once(void **state) {
        second_signal(*state, SIGTERM);
}

static void interrupt_is_the_same(void **state) {
        second_signal(*state, SIGINT);
}

/* While files come in and results are written. */
static void stopped_at_any_time(void **state) {
        Flow *flow = *state;

        flow_sandbox_start(flow, "--latency", "1-10", NULL);
        for (unsigned i = 0; i < 10; i++) {
                flow_daemon_start(flow);
                flow_drop(flow, flow_text(flow, "%c.csv", 'a' + (int) i),
                          flow_orders(flow, flow_text(flow, "%c", 'A' + (int) i), 600));
                if (i % 3 == 1)
                        (void) flow_ack(flow, flow_text(flow, "%c", 'a' + (int) i));
                if (i % 3 == 2)
                        flow_wait_sessions(flow, i * 50);
                flow_daemon_stop(flow);
        }
        flow_daemon_start(flow);
        for (unsigned i = 0; i < 10; i++) {
                (void) flow_ack(flow, flow_text(flow, "%c", 'a' + (int) i));
                flow_settled(flow, flow_text(flow, "B%06u", i + 1));
        }
        for (unsigned i = 0; i < 10; i++)
                flow_assert_exactly_once(flow, flow_text(flow, "%c", 'A' + (int) i), 600);
        assert_int_equal(flow_sessions(flow), 6000);
        assert_int_equal(flow_count_paths(flow, "spool/work/*"), 0);
        flow_verified_good(flow);
}

/* --- two daemons ------------------------------------------------------------------------------ */

/* A second one with these settings says who was first, and touches nothing. */
static void second_daemon(Flow *flow, const char *what) {
        FlowOutput output;

        flow_write_settings(flow);
        output = flow_program(flow, "checkoutd", "--config", flow_settings(flow), NULL);
        assert_int_equal(output.exit_code, 74);
        flow_assert_contains(output.err, flow_text(flow, "(pid %d)", (int) flow_daemon_pid(flow)));
        flow_assert_contains(output.err, what);
        output = flow_program(flow, "checkoutd", "--config", flow_settings(flow), "--once", NULL);
        assert_int_equal(output.exit_code, 74);
}

static void second_is_refused(void **state) {
        Flow *flow = *state;
        const char *database = flow_path(flow, "checkoutd.db"), *spool = flow_spool(flow);

        flow_start(flow);
        flow_drop_orders(flow, "a", "A", 5);
        second_daemon(flow, database);

        flow_set(flow, "store", "database", flow_path(flow, "other.db"));
        second_daemon(flow, spool);

        assert_int_equal(mkdir(flow_path(flow, "other"), 0755), 0);
        flow_set(flow, "store", "database", database);
        flow_set(flow, "spool", "directory", flow_path(flow, "other"));
        second_daemon(flow, database);

        /* the first has not noticed; after a reload it still is the only one */
        flow_set(flow, "spool", "directory", spool);
        flow_reload(flow);
        second_daemon(flow, database);
        flow_drop_orders(flow, "b", "B", 5);
        flow_settled(flow, "B000002");
        flow_assert_exactly_once(flow, "A", 5);
        flow_assert_exactly_once(flow, "B", 5);
        flow_daemon_stop(flow);
        assert_int_equal(flow_once(flow, NULL).exit_code, 0);
        flow_good(flow);
}

/* --- another mode ----------------------------------------------------------------------------- */

#define LATER                                                                                      \
        "order_id,amount,currency,send_at\n"                                                       \
        "S-000001,100,CLP,2999-01-01\nS-000002,100,CLP,2999-01-01\n"

static void switch_mode(Flow *flow, const char *key) {
        flow_daemon_stop(flow);
        flow_set_api_key(flow, key);
        flow_control(flow, "account", flow_text(flow, "{\"api_key\":\"%s\"}", key));
        flow_daemon_start(flow);
}

/* Rows of test mode under a live key: not one is sent, not even when their time comes. */
static void another_mode(void **state) {
        Flow *flow = *state;

        flow_start(flow);
        flow_drop(flow, "s.csv", LATER);
        (void) flow_ack(flow, "s");
        assert_int_equal(flow_ctl(flow, "hold", "--all", NULL).exit_code, 0);
        flow_drop_orders(flow, "a", "A", 20);
        switch_mode(flow, "sk_live_flow");
        flow_wait_log(flow, "batch B000001 waits: it was made in test mode");
        flow_wait_log(flow, "batch B000002 waits: it was made in test mode");
        assert_int_equal(flow_ctl(flow, "release", "--all", NULL).exit_code, 0);
        flow_daemon_stop(flow);
        flow_sql(flow, "UPDATE request SET due_at = 1, send_at = 1 WHERE order_id LIKE 'S-%'");
        flow_daemon_start(flow);
        flow_drop_orders(flow, "live", "A", 10); /* the same references are others */
        flow_settled(flow, "B000003");
        assert_int_equal(flow_count_status(flow_results(flow, "live"), "open"), 10);
        assert_int_equal(flow_sessions(flow), 10);
        assert_int_equal(flow_batch_count(flow, "B000001", "queued"), 2);
        assert_int_equal(flow_batch_count(flow, "B000002", "queued"), 20);

        /* what is not wanted any more can be withdrawn */
        assert_int_equal(flow_ctl(flow, "cancel", "--batch", "B000001", NULL).exit_code, 0);
        flow_settled(flow, "B000001");

        switch_mode(flow, "sk_test_flow");
        flow_settled(flow, "B000002");
        assert_int_equal(flow_count_status(flow_results(flow, "a"), "open"), 20);
        assert_int_equal(flow_sessions(flow), 30);
        flow_verified_good(flow);
}

/* What was on the wire when the key changed is unknown, and waits for its mode too. */
static void another_mode_while_unknown(void **state) {
        Flow *flow = *state;

        flow_set(flow, "provider", "timeout", "1h");
        flow_set(flow, "orders", "canary", "0");
        flow_sandbox_start(flow, "--journal", flow_journal(flow), NULL);
        flow_fault(flow, "silence-after", "A-000003", 1);
        flow_daemon_start(flow);
        flow_drop_orders(flow, "a", "A", 5);
        flow_wait_count(flow, "B000001", "open", 4);
        flow_wait_sessions(flow, 5); /* the silent one is made, too */
        flow_daemon_kill(flow);
        flow_set_api_key(flow, "sk_live_flow");
        flow_control(flow, "account", "{\"api_key\":\"sk_live_flow\"}");
        flow_daemon_start(flow);
        flow_pass(flow);
        flow_assert_status(flow, "A-000003", "unknown");
        assert_int_equal(flow_sessions(flow), 6);
        switch_mode(flow, "sk_test_flow");
        flow_settled(flow, "B000001");
        flow_assert_exactly_once(flow, "A", 5);
        flow_good(flow);
}

/* --- a profile that is gone ------------------------------------------------------------------- */

/* In the settings, or not: what was once set can be set otherwise, but not unset. */
static void set_profile(Flow *flow, bool there) {
        flow_set(flow, "spool", "settle", there ? "1s\n[profile tienda]\ncurrency = CLP" : "1s");
}

static void a_profile_is_gone(Flow *flow, bool reload) {
        flow_expect_errors(flow);
        set_profile(flow, true);
        flow_start(flow);
        assert_int_equal(flow_ctl(flow, "hold", "--all", NULL).exit_code, 0);
        flow_drop(flow, "tienda/t.csv", "order_id,amount\nT-000001,10\nT-000002,20\n");
        flow_wait_log(flow, "t.csv was accepted"); /* the ACK is there before */
        set_profile(flow, false);
        if (reload) {
                flow_reload(flow);
        } else {
                flow_daemon_stop(flow);
                flow_daemon_start(flow);
        }
        flow_wait_log(flow, "batch B000001 waits: its profile \"tienda\" is not in the settings");
        assert_int_equal(flow_ctl(flow, "release", "--all", NULL).exit_code, 0);
        flow_drop_orders(flow, "a", "A", 10);
        flow_settled(flow, "B000002");
        flow_assert_exactly_once(flow, "A", 10);
        assert_int_equal(flow_sessions(flow), 10);
        assert_int_equal(flow_batch_count(flow, "B000001", "queued"), 2);
        assert_int_equal(flow_ctl(flow, "show", "T-000001", NULL).exit_code, 0);

        set_profile(flow, true);
        if (reload) {
                flow_reload(flow);
        } else {
                flow_daemon_stop(flow);
                flow_daemon_start(flow);
        }
        flow_settled(flow, "B000001");
        (void) flow_wait_path(flow, "spool/results/tienda/t.B000001.results.csv");
        flow_assert_exactly_once(flow, "T", 2);
        flow_verified_good(flow);
}

static void profile_is_gone_at_start(void **state) {
        a_profile_is_gone(*state, false);
}

static void profile_is_gone_at_reload(void **state) {
        a_profile_is_gone(*state, true);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                FLOW(in_flight_finish),
                FLOW(in_flight_cannot_finish),
                FLOW(twice_ends_at_once),
                FLOW(interrupt_is_the_same),
                FLOW(stopped_at_any_time),
                FLOW(second_is_refused),
                FLOW(another_mode),
                FLOW(another_mode_while_unknown),
                FLOW(profile_is_gone_at_start),
                FLOW(profile_is_gone_at_reload),
        };

        return FLOW_RUN(tests);
}
