/* systemd's watchdog is fed by progress: waiting, for whatever and however long, is no trouble;
 * work that is due and is not done is. */
#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

#include "tests/flow/harness.h"
#include "tests/flow/harness_orders.h"
#include "tests/flow/proof_shim.h"

#define ALIVE    "WATCHDOG=1"
#define INTERVAL "2000000" /* of the watchdog; it is fed every quarter of a second */
#define A_WHILE  12 /* feedings: longer than the interval, and than what is called being stuck */
#define STUCK    "nothing goes on"

static void start_watched(Flow *flow) {
        flow_environment(flow, "WATCHDOG_USEC", INTERVAL);
        flow_keep_notified(flow);
        flow_daemon_start(flow);
        flow_wait_notified(flow, ALIVE, 2);
}

static bool holds(Flow *flow, const void *text) {
        return strstr(flow_notified(flow), text);
}

static void wait_told(Flow *flow, const char *text) {
        flow_wait(flow, holds, text, text);
}

/* Still fed, and nothing is said. */
static void assert_well(Flow *flow) {
        flow_wait_notified(flow, ALIVE, A_WHILE);
        assert_null(strstr(flow_daemon_log(flow), STUCK));
}

static void provider_down_is_waiting(void **state) {
        Flow *flow = *state;

        flow_sandbox_start(flow, NULL);
        start_watched(flow);
        flow_sandbox_stop(flow);
        flow_drop(flow, "a.csv", flow_orders(flow, "A", 40));
        flow_wait_log(flow, "the provider does not answer");
        assert_well(flow);
        wait_told(flow, "STATUS=the provider does not answer");
        flow_good(flow);
}

static void silence_is_waiting(void **state) {
        Flow *flow = *state;

        flow_sandbox_start(flow, "--fault", "silence-before=1", NULL);
        start_watched(flow);
        flow_drop(flow, "a.csv", flow_orders(flow, "A", 5));
        wait_told(flow, "STATUS=sending, 3 in flight; 2 rows wait; 1 batch running");
        assert_well(flow);
        flow_daemon_kill(flow);
        flow_good(flow);
}

static void a_hold_is_waiting(void **state) {
        Flow *flow = *state;

        flow_sandbox_start(flow, NULL);
        start_watched(flow);
        assert_int_equal(flow_ctl(flow, "hold", "--all", NULL).exit_code, 0);
        flow_drop(flow, "a.csv", flow_orders(flow, "A", 5));
        (void) flow_ack(flow, "a");
        wait_told(flow, "STATUS=held (operator); 5 held; 1 batch running");
        assert_well(flow);
        assert_int_equal(flow_ctl(flow, "release", "--all", NULL).exit_code, 0);
        flow_settled(flow, "B000001");
        assert_int_equal(flow_sessions(flow), 5);
        flow_good(flow);
}

/* The one request that asks whether the account is good again gets no answer. */
static void a_silent_probe_is_waiting(void **state) {
        Flow *flow = *state;

        flow_expect_errors(flow);
        flow_sandbox_start(flow, "--fault", "auth-401=1", NULL);
        flow_daemon_start(flow);
        flow_drop(flow, "a.csv", flow_orders(flow, "A", 20));
        flow_wait_log(flow, "the provider refuses this installation");
        flow_wait_held(flow, "B000001", "account");
        flow_daemon_stop(flow);
        flow_control(flow, "faults", "{\"clear\":true,\"set\":{\"silence-before\":1}}");
        start_watched(flow); /* a restart asks at once */
        wait_told(flow, "STATUS=held (account), 1 in flight");
        assert_well(flow);
        flow_daemon_kill(flow);
        flow_good(flow);
}

/* Every attempt made nothing, and says when to come again. */
static void backoff_is_waiting(void **state) {
        Flow *flow = *state;

        flow_sandbox_start(flow, "--fault", "rate-429=1", NULL);
        start_watched(flow);
        flow_drop(flow, "a.csv", flow_orders(flow, "A", 3));
        (void) flow_ack(flow, "a");
        flow_wait_attempts(flow, "A-000001", 1);
        assert_well(flow);
        flow_good(flow);
}

static void a_slow_rate_is_waiting(void **state) {
        Flow *flow = *state;

        flow_set(flow, "provider", "rate", "0.2/s");
        flow_sandbox_start(flow, NULL);
        start_watched(flow);
        flow_drop(flow, "a.csv", flow_orders(flow, "A", 20));
        (void) flow_ack(flow, "a");
        flow_wait_attempts(flow, "A-000001", 1);
        assert_well(flow);
        flow_good(flow);
}

static void a_locked_store_is_waiting(void **state) {
        Flow *flow = *state;
        sqlite3 *other = NULL;

        flow_expect_errors(flow);
        flow_sandbox_start(flow, NULL);
        start_watched(flow);
        assert_int_equal(sqlite3_open(flow_path(flow, "checkoutd.db"), &other), SQLITE_OK);
        (void) sqlite3_busy_timeout(other, 10000);
        assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
        flow_drop(flow, "a.csv", flow_orders(flow, "A", 5));
        flow_wait_log(flow, "another program keeps the store locked");
        wait_told(flow, "STATUS=waiting: the store is locked");
        assert_well(flow);
        assert_int_equal(sqlite3_close(other), SQLITE_OK);
        assert_int_equal(flow_count_status(flow_results(flow, "a"), "open"), 5);
        flow_assert_contains(flow_daemon_log(flow), "the store is free again");
        flow_good(flow);
}

/* --- stuck ---------------------------------------------------------------------------------- */

static bool is_there(Flow *flow, const void *path) {
        (void) flow;
        return flow_exists(path);
}

/* The loop turns, its look at itself too: but no turn begins that was asked for. */
static void a_turn_that_does_not_begin_is_being_stuck(void **state) {
        Flow *flow = *state;
        const char *deaf = flow_path(flow, "deaf"), *metrics = flow_path(flow, "metrics.prom");
        char *after;

        flow_expect_stuck(flow);
        flow_set(flow, "service", "metrics_file", metrics);
        flow_environment(flow, SHIM_DEAF, deaf);
        flow_clock_fake(flow); /* the shim */
        flow_sandbox_start(flow, NULL);
        start_watched(flow);
        flow_drop(flow, "a.csv", flow_orders(flow, "A", 5));
        assert_int_equal(flow_count_status(flow_results(flow, "a"), "open"), 5);
        assert_null(strstr(flow_daemon_log(flow), STUCK));

        flow_write(flow, deaf, "", 0);
        flow_drop(flow, "b.csv", flow_orders(flow, "B", 5));
        flow_wait_log(flow, STUCK);
        flow_mark_notified(flow, "MARK=stuck");
        /* It goes on looking at itself, and is not alive. */
        assert_int_equal(unlink(metrics), 0);
        flow_wait(flow, is_there, metrics, "metrics of a stuck daemon");
        flow_mark_notified(flow, "MARK=later");
        after = strstr(flow_notified(flow), "MARK=stuck");
        assert_null(strstr(after, ALIVE));
        assert_true(flow_daemon_alive(flow));
        assert_int_equal(flow_count_log(flow, STUCK), 1);

        flow_daemon_kill(flow); /* as systemd does */
        assert_int_equal(unlink(deaf), 0);
        start_watched(flow);
        assert_int_equal(flow_count_status(flow_results(flow, "b"), "open"), 5);
        flow_assert_exactly_once(flow, "B", 5);
        flow_good(flow);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                FLOW(provider_down_is_waiting),  FLOW(silence_is_waiting),
                FLOW(a_hold_is_waiting),         FLOW(a_silent_probe_is_waiting),
                FLOW(backoff_is_waiting),        FLOW(a_slow_rate_is_waiting),
                FLOW(a_locked_store_is_waiting), FLOW(a_turn_that_does_not_begin_is_being_stuck),
        };

        return FLOW_RUN(tests);
}
