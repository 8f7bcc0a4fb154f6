/* Files that come again each period: once in each, whatever happens to the timer; and the period is
 * that in which they were dropped. */
#include <string.h>
#include <time.h>

#include "jobs/base/civil.h"
#include "tests/flow/harness_orders.h"

#define DAYS_40 (INT64_C(40) * 86400)

#define A_FLOW 240 /* seconds, at most */

static CivilDate today_in(int64_t seconds) {
        struct timespec now;

        assert_true(civil_zone_use("America/Santiago"));
        assert_int_equal(clock_gettime(CLOCK_REALTIME, &now), 0);
        return civil_date_at((now.tv_sec + seconds) * SECOND);
}

static const char *this_month(Flow *flow) {
        CivilDate today = today_in(0);

        return flow_text(flow, "%04d-%02d", today.year, today.month);
}

static bool month_goes_on(Flow *flow, const void *unused) {
        (void) flow;
        (void) unused;
        return today_in(0).month == today_in(A_FLOW).month;
}

static FlowOutput fire(Flow *flow) { /* as checkoutd-recurring@rents.service does */
        return flow_ctl(flow, "submit", "--recurring", "--profile", "rents",
                        flow_path(flow, "rents.csv"), NULL);
}

static void write_list(Flow *flow, unsigned n) {
        const char *text = flow_orders(flow, "R", n);

        flow_write(flow, flow_path(flow, "rents.csv"), text, strlen(text));
}

static void set_rents(Flow *flow, const char *run) {
        flow_set(flow, "profile rents", "run", run);
        flow_set(flow, "profile rents", "currency", "CLP");
        flow_set(flow, "orders", "canary", "0");
}

static void once_in_each_period(void **state) {
        Flow *flow = *state;

        flow_wait(flow, month_goes_on, NULL, "a month that does not end at once");
        set_rents(flow, "{year}-{month}");
        write_list(flow, 3);
        flow_start(flow);
        assert_int_equal(fire(flow).exit_code, 0);
        (void) flow_wait_path(flow, "spool/results/rents/rents.B000001.results.csv");
        flow_assert_exactly_once(flow, "R", 3);
        assert_string_equal(flow_string(flow_batch(flow, "B000001"), "run"), this_month(flow));

        assert_int_equal(fire(flow).exit_code, 0); /* the timer again, or somebody by hand */
        (void) flow_wait_path(flow, "spool/results/rents/rents.B*.DUP.txt");
        write_list(flow, 4); /* one more tenant */
        assert_int_equal(fire(flow).exit_code, 0);
        flow_wait_sessions(flow, 4);
        flow_assert_exactly_once(flow, "R", 4);
        flow_good(flow);
}

/* The next period: the same orders, once more. */
static void again_in_the_next_one(void **state) {
        Flow *flow = *state;

        set_rents(flow, "{year}-{month}");
        write_list(flow, 2);
        flow_start(flow);
        assert_int_equal(fire(flow).exit_code, 0);
        (void) flow_wait_path(flow, "spool/results/rents/rents.B000001.results.csv");
        flow_set(flow, "profile rents", "run", "next-{month}");
        flow_reload(flow);
        assert_int_equal(fire(flow).exit_code, 0);
        (void) flow_wait_path(flow, "spool/results/rents/rents.B000002.results.csv");
        assert_int_equal(flow_sessions(flow), 4);
        assert_int_equal(flow_batch_count(flow, "B000002", "open"), 2);
        flow_good(flow);
}

/* Without a run that changes, the second period would make nothing, silently. */
static void refused_without_a_run(void **state) {
        static const char *const runs[] = { "", "always" };
        Flow *flow = *state;

        write_list(flow, 2);
        for (size_t i = 0; i < ELEMENTS(runs); i++) {
                FlowOutput output;

                set_rents(flow, runs[i]);
                flow_write_settings(flow);
                output = fire(flow);
                assert_int_equal(output.exit_code, 78);
                flow_assert_contains(output.err, "[profile rents] run");
        }
        assert_false(flow_exists(flow_path(flow, "spool/incoming/rents/rents.csv")));
        flow_good(flow);
}

/* The daemon was down over the end of the month: what was dropped before belongs there. */
static void taken_in_another_period(void **state) {
        Flow *flow = *state;

        flow_wait(flow, month_goes_on, NULL, "a month that does not end at once");
        set_rents(flow, "{year}-{month}");
        flow_clock_fake(flow);
        write_list(flow, 2);
        flow_start(flow);
        flow_daemon_stop(flow);
        assert_int_equal(fire(flow).exit_code, 0);
        flow_time_passes(flow, DAYS_40);
        flow_daemon_start(flow);
        (void) flow_wait_path(flow, "spool/results/rents/rents.B000001.results.csv");
        assert_string_equal(flow_string(flow_batch(flow, "B000001"), "run"), this_month(flow));
        flow_good(flow);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                FLOW(once_in_each_period),
                FLOW(again_in_the_next_one),
                FLOW(refused_without_a_run),
                FLOW(taken_in_another_period),
        };

        return FLOW_RUN(tests);
}
