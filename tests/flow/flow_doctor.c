/* checkoutctl doctor: what is well is said to be well; the daemon, and what it sees of the
 * provider. Folders, store and settings are in flow_doctor_here.c. */
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include "sql/ledger.h"
#include "tests/flow/harness_doctor.h"

/* --- all is well ------------------------------------------------------------------------------ */

static void all_is_well(void **state) {
        static const char *const about[] = { "settings", "service", "key",      "provider",
                                             "tls",      "clock",   "approval", "folders",
                                             "mount",    "space",   "store",    "sending" };
        Flow *flow = *state;
        FlowOutput output;
        Seen seen;

        flow_start(flow);
        seen = flow_doctor(flow);
        assert_int_equal(seen.output.exit_code, 0);
        for (size_t i = 0; i < ELEMENTS(about); i++)
                flow_assert_found(flow, &seen, about[i], "ok", "");
        flow_assert_found(flow, &seen, "key", "ok", "a test key, accepted");

        output = flow_ctl(flow, "doctor", NULL);
        assert_int_equal(output.exit_code, 0);
        assert_string_equal(output.err, "");
        for (size_t i = 0; i < ELEMENTS(about); i++)
                flow_assert_contains(output.out, flow_text(flow, "\n%s", about[i]));
        assert_int_equal(flow_sessions(flow), 0); /* it has made nothing */
        flow_good(flow);
}

/* v2 has a list of sessions, v1 has none: another request is asked with. */
static void all_is_well_with_v2(void **state) {
        Flow *flow = *state;
        Seen seen;

        flow_set_v2(flow);
        flow_start(flow);
        seen = flow_doctor(flow);
        assert_int_equal(seen.output.exit_code, 0);
        flow_good(flow);
}

static void wrong_usage(void **state) {
        Flow *flow = *state;

        assert_int_equal(flow_ctl(flow, "doctor", "B000001", NULL).exit_code, 64);
        assert_int_equal(flow_ctl(flow, "doctor", "--tmpfiles", "--json", NULL).exit_code, 64);
        flow_good(flow);
}

/* --- the daemon ------------------------------------------------------------------------------- */

static int count_command(void *userdata, const Command *command) {
        (void) command;
        ++*(int *) userdata;
        return 0;
}

static int waiting(Flow *flow) {
        CLEANUP(ledger_free_p) Ledger *ledger = NULL;
        int n = 0;

        assert_int_equal(ledger_open(flow_path(flow, "checkoutd.db"), LEDGER_READ, &ledger), 0);
        assert_int_equal(ledger_commands_waiting(ledger, count_command, &n), 0);
        return n;
}

/* Told at once, and nothing stays recorded for a daemon that comes later. */
static void no_daemon(void **state) {
        Flow *flow = *state;
        Seen seen;

        flow_write_settings(flow);
        seen = flow_doctor(flow);
        flow_assert_found(flow, &seen, "service", "fail", "no checkoutd");
        flow_assert_found(flow, &seen, "folders", "fail", "spool");
        flow_assert_found(flow, &seen, "store", "fail", "there is no");

        flow_sandbox_start(flow, NULL);
        assert_int_equal(flow_once(flow, NULL).exit_code, 0);
        seen = flow_doctor(flow);
        flow_assert_found(flow, &seen, "service", "fail", "no checkoutd");
        flow_assert_found(flow, &seen, "key", "fail", "not looked at");
        flow_assert_found(flow, &seen, "store", "ok", "whole");
        assert_int_equal(waiting(flow), 0);
        flow_good(flow);
}

static void a_daemon_that_hangs(void **state) {
        Flow *flow = *state;
        Seen seen;

        flow_start(flow);
        flow_signal(flow, SIGSTOP);
        seen = flow_doctor(flow);
        flow_signal(flow, SIGCONT);
        flow_assert_found(flow, &seen, "service", "ok", "runs");
        flow_assert_found(flow, &seen, "key", "fail", "did not answer within 10 s");
        flow_good(flow);
}

/* What was asked while no daemon was there is answered by --once too, before it ends. */
static void answered_by_once(void **state) {
        Flow *flow = *state;

        flow_sandbox_start(flow, NULL);
        assert_int_equal(flow_once(flow, NULL).exit_code, 0);
        flow_sql(flow, "INSERT INTO command(at, uid, verb, argument) "
                       "VALUES (1, 0, 'doctor', 'provider')");
        assert_int_equal(waiting(flow), 1);
        assert_int_equal(flow_once(flow, NULL).exit_code, 0);
        assert_int_equal(waiting(flow), 0);
        flow_good(flow);
}

/* --- the provider ----------------------------------------------------------------------------- */

static void a_key_not_accepted(void **state) {
        Flow *flow = *state;
        Seen seen;

        flow_start(flow);
        flow_control(flow, "account", "{\"api_key\":\"sk_test_another\"}");
        seen = flow_doctor(flow);
        flow_assert_found(flow, &seen, "key", "fail", "HTTP 401");
        flow_assert_found(flow, &seen, "provider", "ok", "answers");
        flow_assert_nothing_but(flow, &seen, "key");
        flow_good(flow);
}

static void a_key_for_everybody_or_nobody(void **state) {
        Flow *flow = *state;
        Seen seen;

        flow_start(flow);
        assert_int_equal(chmod(flow_path(flow, "key"), 0644), 0);
        seen = flow_doctor(flow);
        flow_assert_found(flow, &seen, "key", "fail", "everybody");
        flow_assert_nothing_but(flow, &seen, "key");
        assert_int_equal(chmod(flow_path(flow, "key"), 0000), 0);
        seen = flow_doctor(flow);
        flow_assert_found(flow, &seen, "key", "fail", "may not read");
        flow_good(flow);
}

static void a_provider_that_is_down(void **state) {
        Flow *flow = *state;
        Seen seen;

        flow_start(flow);
        flow_sandbox_stop(flow);
        seen = flow_doctor(flow);
        flow_assert_found(flow, &seen, "provider", "fail", "does not answer");
        flow_assert_found(flow, &seen, "key", "warn", "could not be found out");
        flow_assert_found(flow, &seen, "service", "ok", "runs");
        flow_good(flow);
}

/* Longer than anybody waits: the daemon says so before checkoutctl gives up. */
static void a_provider_that_is_slow(void **state) {
        Flow *flow = *state;
        Seen seen;

        flow_sandbox_start(flow, "--latency", "30000", NULL);
        flow_daemon_start(flow);
        seen = flow_doctor(flow);
        flow_assert_found(flow, &seen, "provider", "fail", "no reply within 8 seconds");
        assert_null(strstr(seen.output.out, "did not answer within 10 s"));
        flow_good(flow);
}

static void no_tls(void **state) {
        Flow *flow = *state;
        Seen seen;

        flow_sandbox_start(flow, NULL); /* it speaks plain HTTP */
        flow_set_url(flow, flow_text(flow, "https%s", flow_sandbox_url(flow) + strlen("http")));
        flow_daemon_start(flow);
        seen = flow_doctor(flow);
        flow_assert_found(flow, &seen, "tls", "fail", "not trusted");
        flow_good(flow);
}

static void clocks_apart(void **state) {
        static const struct {
                const char *body, *state, *text;
        } skews[] = {
                { "{\"date_skew\":60}", "warn", "behind" },
                { "{\"date_skew\":-60}", "warn", "ahead" },
                { "{\"date_skew\":3600}", "fail", "sending is held" },
                { "{\"date_skew\":0}", "ok", "agrees" },
        };
        Flow *flow = *state;

        flow_start(flow);
        for (size_t i = 0; i < ELEMENTS(skews); i++) {
                Seen seen;

                flow_control(flow, "clock", skews[i].body);
                seen = flow_doctor(flow);
                flow_assert_found(flow, &seen, "clock", skews[i].state, skews[i].text);
                flow_assert_nothing_but(flow, &seen, "clock");
        }
        flow_good(flow);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                FLOW(all_is_well),
                FLOW(all_is_well_with_v2),
                FLOW(wrong_usage),
                FLOW(no_daemon),
                FLOW(a_daemon_that_hangs),
                FLOW(answered_by_once),
                FLOW(a_key_not_accepted),
                FLOW(a_key_for_everybody_or_nobody),
                FLOW(a_provider_that_is_down),
                FLOW(a_provider_that_is_slow),
                FLOW(no_tls),
                FLOW(clocks_apart),
        };

        return FLOW_RUN(tests);
}
