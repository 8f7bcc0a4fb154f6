/* checkoutctl report --daily: a report of each day that is over, for each profile where its people
 * look, made once and none forgotten. */
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "jobs/base/civil.h"
#include "tests/flow/harness_orders.h"

#define A_DAY 86400
#define HOME  "America/Santiago"
#define FAR   "Pacific/Kiritimati" /* where it is tomorrow already */

/* A test begins at noon, so that no day ends meanwhile. */
#define NOON (INT64_C(1795878000)) /* 2026-11-28T15:00:00Z: in the far zone the next day */

/* The report of that day in the zone; so many seconds have passed. */
static const char *report_of(Flow *flow, const char *zone, int64_t passed, int days_ago) {
        const char *folder = strcmp(zone, HOME) == 0 ? "" : "far/";
        CivilDate day;

        assert_true(civil_zone_use(zone));
        day = civil_date_at((NOON + passed - (int64_t) days_ago * A_DAY) * SECOND);
        return flow_path(flow, "spool/results/%sreport-%04d-%02d-%02d.html", folder, day.year,
                         day.month, day.day);
}

static int daily(Flow *flow) {
        return flow_ctl(flow, "report", "--daily", "--format", "html", NULL).exit_code;
}

static ino_t inode_of(const char *path) {
        struct stat st;

        assert_int_equal(stat(path, &st), 0);
        return st.st_ino;
}

static void start_far(Flow *flow) {
        struct timespec now;
        int64_t shift;

        assert_int_equal(clock_gettime(CLOCK_REALTIME, &now), 0);
        shift = NOON - now.tv_sec;
        flow_clock_fake(flow);
        flow_clock_shift(flow, shift);
        flow_set(flow, "profile far", "timezone", FAR);
        flow_set(flow, "profile far", "language", "en");
        flow_sandbox_start(flow, NULL);
        flow_control(flow, "clock", flow_text(flow, "{\"date_skew\":%lld}", (long long) shift));
        flow_daemon_start(flow);
        flow_drop_orders(flow, "a", "A", 3);
}

static void of_yesterday_and_once(void **state) {
        Flow *flow = *state;
        const char *home, *far;
        ino_t inode;

        start_far(flow);
        assert_int_equal(daily(flow), 0);
        home = report_of(flow, HOME, 0, 1);
        far = report_of(flow, FAR, 0, 1);
        assert_int_equal(flow_mode(home), 0640);
        assert_int_equal(flow_mode(far), 0640);
        flow_assert_contains(flow_read(flow, home, NULL), "<html lang=es>");
        flow_assert_contains(flow_read(flow, far, NULL), "<html lang=en>");
        assert_int_equal(flow_count_paths(flow, "spool/results/report-*"), 1);
        assert_int_equal(flow_count_paths(flow, "spool/results/far/report-*"), 1);

        inode = inode_of(home);
        assert_int_equal(daily(flow), 0);
        assert_int_equal(inode_of(home), inode);
        assert_int_equal(flow_count_paths(flow, "spool/results/report-*"), 1);

        /* a workbook, if nothing is said: another report, with its own days */
        assert_int_equal(flow_ctl(flow, "report", "--daily", NULL).exit_code, 0);
        assert_int_equal(flow_count_paths(flow, "spool/results/report-*.xlsx"), 1);
        assert_int_equal(flow_count_paths(flow, "spool/results/far/report-*.xlsx"), 1);
        flow_good(flow);
}

/* The machine was off for three days; later somebody puts all reports away. */
static void missed_days_are_made_up_for(void **state) {
        Flow *flow = *state;
        const char *future;

        start_far(flow);
        assert_int_equal(daily(flow), 0);
        /* a clock that was wrong keeps nothing from being made */
        future = report_of(flow, HOME, 0, -400);
        flow_write(flow, future, "x", 1);
        flow_time_passes(flow, 3 * A_DAY);
        assert_int_equal(daily(flow), 0);
        for (int i = 1; i <= 4; i++) {
                assert_true(flow_exists(report_of(flow, HOME, 3 * A_DAY, i)));
                assert_true(flow_exists(report_of(flow, FAR, 3 * A_DAY, i)));
        }
        assert_int_equal(flow_count_paths(flow, "spool/results/far/report-*"), 4);

        for (int i = 1; i <= 4; i++)
                assert_int_equal(unlink(report_of(flow, FAR, 3 * A_DAY, i)), 0);
        assert_int_equal(daily(flow), 0);
        assert_int_equal(flow_count_paths(flow, "spool/results/far/report-*"), 1);
        assert_true(flow_exists(report_of(flow, FAR, 3 * A_DAY, 1)));

        /* not the whole past */
        flow_time_passes(flow, 97 * A_DAY);
        assert_int_equal(daily(flow), 0);
        assert_int_equal(flow_count_paths(flow, "spool/results/far/report-*"), 1 + 31);
        flow_good(flow);
}

/* One profile that cannot have its report keeps no other from its own. */
static void one_folder_is_missing(void **state) {
        Flow *flow = *state;
        FlowOutput output;

        start_far(flow);
        flow_daemon_stop(flow);
        assert_int_equal(rename(flow_path(flow, "spool/results/far"), flow_path(flow, "away")), 0);
        output = flow_ctl(flow, "report", "--daily", "--format", "html", NULL);
        assert_int_equal(output.exit_code, 74);
        flow_assert_contains(output.err, "results/far");
        assert_true(flow_exists(report_of(flow, HOME, 0, 1)));
        flow_good(flow);
}

static void wrong_usage(void **state) {
        static const char *const wrong[][2] = { { "--profile", "far" },
                                                { "--from", "2026-11-01" },
                                                { "-o", "x.html" },
                                                { "--batch", "1" },
                                                { "--format", "papyrus" } };
        Flow *flow = *state;

        flow_write_settings(flow);
        for (size_t i = 0; i < ELEMENTS(wrong); i++)
                assert_int_equal(flow_ctl(flow, "report", "--daily", wrong[i][0], wrong[i][1], NULL)
                                         .exit_code,
                                 64);
        flow_good(flow);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                FLOW(of_yesterday_and_once),
                FLOW(missed_days_are_made_up_for),
                FLOW(one_folder_is_missing),
                FLOW(wrong_usage),
        };

        return FLOW_RUN(tests);
}
