/* Metrics, as a collector finds them: right while it works, after a restart, and when the file
 * cannot be written. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/flow/harness.h"
#include "tests/flow/harness_orders.h"

#define ROWS(status, n) "checkoutd_rows{installation=\"default\",status=\"" status "\"} " #n "\n"
#define OF(name, n)     "checkoutd_" name "{installation=\"default\"} " #n
#define CREATED(n)      "checkoutd_attempts_total{installation=\"default\",verdict=\"created\"} " #n "\n"

typedef struct Wanted {
        const char *path, *line;
} Wanted;

static bool holds(Flow *flow, const void *userdata) {
        const Wanted *wanted = userdata;

        return flow_exists(wanted->path) &&
               strstr(flow_read(flow, wanted->path, NULL), wanted->line);
}

static void wait_for(Flow *flow, const char *path, const char *line) {
        flow_wait(flow, holds, &(Wanted){ path, line }, line);
}

static double number_of(Flow *flow, const char *path, const char *name) {
        const char *at = strstr(flow_read(flow, path, NULL),
                                flow_text(flow, "\n%s{installation=\"default\"} ", name));

        assert_non_null(at);
        return strtod(strchr(at, '}') + 1, NULL);
}

static const char *prepare(Flow *flow) {
        const char *path = flow_path(flow, "metrics/checkoutd.prom");

        assert_int_equal(mkdir(flow_path(flow, "metrics"), 0755), 0);
        flow_set(flow, "service", "metrics_file", path);
        return path;
}

/* Rows and the last success are those of the store; counters begin anew, as Prometheus expects. */
static void a_restart_keeps_what_is_of_the_store(void **state) {
        Flow *flow = *state;
        const char *path = prepare(flow);
        double success;

        flow_start(flow);
        wait_for(flow, path, OF("up", 1.000000));
        flow_drop(flow, "a.csv", flow_orders(flow, "A", 7));
        (void) flow_results(flow, "a");
        flow_daemon_stop(flow); /* the last figures are written at the end */
        wait_for(flow, path, OF("up", 0.000000));
        wait_for(flow, path, ROWS("open", 7));
        wait_for(flow, path, CREATED(7));
        wait_for(flow, path,
                 "checkoutd_attempt_duration_seconds_count{installation=\"default\"} 7\n");
        success = number_of(flow, path, "checkoutd_last_success_timestamp_seconds");
        assert_true(success > 0);
        assert_int_equal(flow_count_paths(flow, "metrics/*"), 1); /* nothing is left beside it */

        flow_daemon_start(flow);
        wait_for(flow, path, OF("up", 1.000000));
        wait_for(flow, path, ROWS("open", 7));
        wait_for(flow, path, CREATED(0));
        assert_true(number_of(flow, path, "checkoutd_last_success_timestamp_seconds") >=
                    success - 60);
        assert_true(number_of(flow, path, "checkoutd_store_size_bytes") > 0);
        flow_good(flow);
}

/* At once, not at the next quarter of a minute. */
static void holds_and_the_breaker_are_seen(void **state) {
        Flow *flow = *state;
        const char *path = prepare(flow);

        flow_start(flow);
        wait_for(flow, path, OF("breaker_open", 0.000000));
        assert_int_equal(flow_ctl(flow, "hold", "--all", NULL).exit_code, 0);
        flow_drop(flow, "a.csv", flow_orders(flow, "A", 40));
        (void) flow_ack(flow, "a");
        wait_for(flow, path, "checkoutd_hold{installation=\"default\",reason=\"operator\"} 1\n");
        wait_for(flow, path, ROWS("held", 40));
        flow_sandbox_stop(flow);
        assert_int_equal(flow_ctl(flow, "release", "--all", NULL).exit_code, 0);
        wait_for(flow, path, OF("breaker_open", 1.000000));
        wait_for(flow, path, "checkoutd_hold{installation=\"default\",reason=\"operator\"} 0\n");
        assert_true(number_of(flow, path, "checkoutd_oldest_due_age_seconds") > 0);
        flow_good(flow);
}

/* A file that lies in incoming/ and is not taken grows older in the metrics. */
static void what_waits_for_a_person_is_seen(void **state) {
        Flow *flow = *state;
        const char *path = prepare(flow);

        flow_start(flow);
        assert_int_equal(mkfifo(flow_path(flow, "spool/incoming/a.csv"), 0644), 0);
        wait_for(flow, path, OF("incoming_files", 1.000000));
        assert_true(number_of(flow, path, "checkoutd_incoming_oldest_file_age_seconds") > 0);
        assert_int_equal(unlink(flow_path(flow, "spool/incoming/a.csv")), 0);
        wait_for(flow, path, OF("incoming_files", 0.000000));
        flow_good(flow);
}

static void a_folder_that_is_missing_stops_nothing(void **state) {
        Flow *flow = *state;
        const char *path = prepare(flow);

        flow_expect_errors(flow);
        assert_int_equal(rmdir(flow_path(flow, "metrics")), 0);
        flow_start(flow);
        flow_wait_log(flow, "cannot write the metrics");
        flow_drop(flow, "a.csv", flow_orders(flow, "A", 5));
        assert_int_equal(flow_count_status(flow_results(flow, "a"), "open"), 5);
        assert_int_equal(mkdir(flow_path(flow, "metrics"), 0755), 0);
        wait_for(flow, path, ROWS("open", 5));
        flow_wait_log(flow, "the metrics are written again");
        assert_int_equal(flow_count_log(flow, "cannot write the metrics"), 1);
        flow_good(flow);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                FLOW(a_restart_keeps_what_is_of_the_store),
                FLOW(holds_and_the_breaker_are_seen),
                FLOW(what_waits_for_a_person_is_seen),
                FLOW(a_folder_that_is_missing_stops_nothing),
        };

        return FLOW_RUN(tests);
}
