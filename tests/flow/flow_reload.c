/* SIGHUP: settings and key are read anew, nothing is lost or doubled, and what is wrong or would
 * change the meaning of keys is refused, said so, and changes nothing. */
#include <signal.h>
#include <string.h>

#include "tests/flow/harness_orders.h"

#define STAYS "not reloaded"

/* --- what is taken over ----------------------------------------------------------------------- */

/* Rate, timeout and key change while hundreds of rows are on their way; the provider takes only the
 * new key from a moment on that nobody knows exactly. */
static void during_a_run(void **state) {
        static const char *const rates[] = { "200/s", "400/s", "unlimited" };
        Flow *flow = *state;

        flow_expect_errors(flow); /* the old key, a moment too long */
        flow_set(flow, "provider", "rate", "100/s");
        flow_set(flow, "provider", "max_in_flight", "8");
        flow_sandbox_start(flow, "--latency", "5-40", NULL);
        flow_daemon_start(flow);
        flow_drop_orders(flow, "a", "A", 900);
        for (size_t i = 0; i < ELEMENTS(rates); i++) {
                const char *key = flow_text(flow, "sk_test_%zu", i);

                flow_wait_sessions(flow, 10 + i * 60);
                flow_set(flow, "provider", "rate", rates[i]);
                flow_set(flow, "provider", "timeout", flow_text(flow, "%zus", 20 + i));
                flow_set(flow, "provider", "max_in_flight", flow_text(flow, "%zu", 4 + 10 * i));
                flow_set_api_key(flow, key);
                flow_control(flow, "account", flow_text(flow, "{\"api_key\":\"%s\"}", key));
                flow_reload(flow);
                assert_int_equal(flow_count_log(flow, "the settings are read anew"), i + 1);
        }
        flow_settled(flow, "B000001");
        assert_int_equal(flow_count_status(flow_results(flow, "a"), "open"), 900);
        flow_assert_exactly_once(flow, "A", 900);
        assert_int_equal(flow_ctl(flow, "verify", NULL).exit_code, 0);
        assert_null(strstr(flow_daemon_log(flow), "sk_test_"));
        flow_good(flow);
}

/* Files that are half read, rows that wait for a retry, sessions that are not answered for. */
static void in_the_middle_of_everything(void **state) {
        Flow *flow = *state;

        flow_sandbox_start(flow, "--latency", "1-20", "--fault", "reset-after=0.05", "--fault",
                           "rate-429=0.05", NULL);
        flow_daemon_start(flow);
        for (unsigned i = 0; i < 8; i++) {
                flow_drop(flow, flow_text(flow, "%c.csv", 'a' + (int) i),
                          flow_orders(flow, flow_text(flow, "%c", 'A' + (int) i), 1000));
                flow_reload(flow);
        }
        for (unsigned i = 0; i < 8; i++) {
                const char *stem = flow_text(flow, "%c", 'a' + (int) i);

                (void) flow_ack(flow, stem);
                flow_settled(flow, flow_text(flow, "B%06u", i + 1));
                assert_int_equal(flow_count_status(flow_results(flow, stem), "open"), 1000);
                flow_assert_exactly_once(flow, flow_text(flow, "%c", 'A' + (int) i), 1000);
        }
        assert_int_equal(flow_sessions(flow), 8000);
        flow_verified_good(flow);
}

/* A new profile has its folder, and its files are taken. */
static void a_new_profile(void **state) {
        Flow *flow = *state;

        flow_start(flow);
        flow_set(flow, "profile tienda", "currency", "CLP");
        flow_reload(flow);
        assert_true(flow_exists(flow_path(flow, "spool/incoming/tienda")));
        flow_drop(flow, "tienda/t.csv", "order_id,amount\nT-000001,10\n");
        (void) flow_wait_path(flow, "spool/results/tienda/t.B*.results.csv");
        flow_assert_exactly_once(flow, "T", 1);
        flow_good(flow);
}

/* Changed again while the first change still waits for requests on the wire: the last one
 * counts. */
static void twice(void **state) {
        Flow *flow = *state;

        flow_sandbox_start(flow, "--slow", "3000", NULL);
        flow_fault(flow, "slow", "A-000001", 1);
        flow_daemon_start(flow);
        flow_drop_orders(flow, "a", "A", 1);
        flow_wait_sessions(flow, 1); /* made, and not answered yet */
        flow_watch(flow);
        flow_set(flow, "profile uno", "currency", "CLP");
        flow_write_settings(flow);
        flow_signal(flow, SIGHUP);
        flow_wait_notice(flow, "RELOADING=1");
        flow_set(flow, "profile dos", "currency", "CLP");
        flow_write_settings(flow);
        flow_signal(flow, SIGHUP);
        flow_wait_notice(flow, "READY=1");
        flow_watch_end(flow);
        (void) flow_wait_path(flow, "spool/incoming/uno");
        (void) flow_wait_path(flow, "spool/incoming/dos");
        flow_settled(flow, "B000001");
        flow_assert_exactly_once(flow, "A", 1);
        flow_good(flow);
}

/* Stopped while it reloads: stops, with 0. */
static void stopped_meanwhile(void **state) {
        Flow *flow = *state;

        /* the reload waits for an answer that does not come */
        flow_set(flow, "provider", "timeout", "1h");
        flow_set(flow, "service", "stop_timeout", "1h");
        flow_sandbox_start(flow, NULL);
        flow_fault(flow, "silence-after", "A-000001", 1);
        flow_daemon_start(flow);
        flow_drop_orders(flow, "a", "A", 20);
        flow_wait_sessions(flow, 1);
        flow_watch(flow);
        flow_signal(flow, SIGHUP);
        flow_wait_notice(flow, "RELOADING=1");
        flow_watch_end(flow);
        flow_signal(flow, SIGTERM);
        flow_wait_log(flow, "stopping: ");
        flow_control(flow, "down",
                     "{\"seconds\":0.1,\"how\":\"reset\"}"); /* what was out has ended */
        flow_wait_log(flow, "checkoutd has stopped");
        flow_daemon_stop(flow);
        assert_int_equal(flow_count_log(flow, "is ready"), 1);
        flow_daemon_start(flow);
        flow_settled(flow, "B000001");
        flow_assert_exactly_once(flow, "A", 20);
        flow_good(flow);
}

/* --- what is refused -------------------------------------------------------------------------- */

/* A refused reload is over when it is said; then everything is as before. */
static void refused(Flow *flow, const char *said) {
        size_t ready = flow_count_log(flow, "is ready");

        flow_signal(flow, SIGHUP);
        flow_wait_log(flow, said);
        assert_int_equal(flow_count_log(flow, STAYS), 1);
        flow_pass(flow);
        assert_int_equal(flow_count_log(flow, "is ready"), ready);
}

static void wrong_settings(void **state) {
        static const struct {
                const char *line, *said;
        } wrong[] = {
                { "[provider]\ntimeuot = 3s\n", "did you mean `timeout`" },
                { "[provider]\nrate = fast\n", "fast" },
                { "[spol]\nsettle = 1s\n", "did you mean [spool]" },
                { "this is no setting\n", "this is no setting" },
        };
        Flow *flow = *state;
        const char *good;

        flow_expect_errors(flow);
        flow_start(flow);
        good = flow_read(flow, flow_settings(flow), NULL);
        for (size_t i = 0; i < ELEMENTS(wrong); i++) {
                const char *text = flow_text(flow, "%s%s", good, wrong[i].line);
                unsigned line = 0;

                for (const char *at = text; (at = strchr(at, '\n')); at++)
                        line++;
                flow_write(flow, flow_settings(flow), text, strlen(text));
                flow_signal(flow, SIGHUP);
                flow_wait_log(flow, flow_text(flow, "checkoutd.conf:%u", line - (i == 2)));
                flow_wait_log_times(flow, STAYS, i + 1);
                flow_pass(flow);
        }
        assert_int_equal(flow_count_log(flow, "is ready"), 1);

        flow_write(flow, flow_settings(flow), good, strlen(good));
        flow_reload(flow);
        flow_pass(flow);
        flow_good(flow);
}

static void no_settings_and_no_key(void **state) {
        Flow *flow = *state;

        flow_expect_errors(flow);
        flow_start(flow);
        assert_int_equal(rename(flow_settings(flow), flow_path(flow, "away")), 0);
        flow_signal(flow, SIGHUP);
        flow_wait_log(flow, STAYS);
        flow_pass(flow);
        assert_int_equal(rename(flow_path(flow, "away"), flow_settings(flow)), 0);

        flow_set_api_key(flow, "pk_test_public");
        flow_signal(flow, SIGHUP);
        flow_wait_log(flow, "sk_test_ or sk_live_");
        flow_wait_log_times(flow, STAYS, 2);
        flow_pass(flow);
        assert_null(strstr(flow_daemon_log(flow), "pk_test_public"));
        assert_int_equal(remove(flow_path(flow, "key")), 0);
        flow_signal(flow, SIGHUP);
        flow_wait_log(flow, "there is no key");
        flow_wait_log_times(flow, STAYS, 3);
        flow_pass(flow);
        assert_int_equal(flow_count_log(flow, "is ready"), 1);

        flow_set_api_key(flow, "sk_test_flow");
        flow_reload(flow);
        flow_pass(flow);
        flow_good(flow);
}

/* Rows that wait have keys that belong to this installation and this mode. */
static void start_with_waiting_rows(Flow *flow) {
        flow_expect_errors(flow);
        flow_start(flow);
        flow_drop_orders(flow, "a", "A", 5);
        flow_settled(flow, "B000001");
        assert_int_equal(flow_ctl(flow, "hold", "--all", NULL).exit_code, 0);
        flow_drop_orders(flow, "b", "B", 5);
        assert_int_equal(flow_ctl(flow, "hold", "--batch", "B000002", NULL).exit_code, 0);
        assert_int_equal(flow_ctl(flow, "release", "--all", NULL).exit_code, 0);
}

static void another_instance(void **state) {
        Flow *flow = *state;

        start_with_waiting_rows(flow);
        flow_set(flow, "provider", "instance", "second");
        flow_write_settings(flow);
        refused(flow, "instance cannot change while rows are not final");

        flow_set(flow, "provider", "instance", "default");
        flow_reload(flow);
        assert_int_equal(flow_ctl(flow, "release", "--batch", "B000002", NULL).exit_code, 0);
        flow_settled(flow, "B000002");
        flow_assert_exactly_once(flow, "B", 5);

        /* nothing waits any more */
        flow_set(flow, "provider", "instance", "second");
        flow_reload(flow);
        flow_pass(flow);
        flow_good(flow);
}

static void another_mode(void **state) {
        Flow *flow = *state;

        start_with_waiting_rows(flow);
        flow_set_api_key(flow, "sk_live_flow");
        refused(flow, "the mode of the key (test or live) cannot change");
        assert_null(strstr(flow_daemon_log(flow), "sk_live_flow"));

        flow_set_api_key(flow, "sk_test_flow");
        assert_int_equal(flow_ctl(flow, "release", "--batch", "B000002", NULL).exit_code, 0);
        flow_settled(flow, "B000002");
        flow_assert_exactly_once(flow, "B", 5);

        flow_set_api_key(flow, "sk_live_flow");
        flow_control(flow, "account", "{\"api_key\":\"sk_live_flow\"}");
        flow_reload(flow);
        flow_assert_contains(flow_daemon_log(flow), "is ready: live mode");
        flow_drop_orders(flow, "c", "B", 5); /* the same references are others in live mode */
        flow_settled(flow, "B000004");
        assert_int_equal(flow_count_status(flow_results(flow, "c"), "open"), 5);
        assert_string_equal(flow_string(flow_batch(flow, "B000004"), "mode"), "live");
        assert_null(strstr(flow_daemon_log(flow), "sk_live_flow"));
        flow_good(flow);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                FLOW(during_a_run),           FLOW(in_the_middle_of_everything),
                FLOW(a_new_profile),          FLOW(twice),
                FLOW(stopped_meanwhile),      FLOW(wrong_settings),
                FLOW(no_settings_and_no_key), FLOW(another_instance),
                FLOW(another_mode),
        };

        return FLOW_RUN(tests);
}
