/* Durability: whatever moment the daemon is killed at, after a restart every order has exactly one
 * session, every file its answer, and nothing is left behind. */
#include <string.h>
#include <unistd.h>

#include "tests/flow/harness.h"

typedef struct Moment {
        const char *name;
        const char *seen; /* pattern below the spool that says that the moment has come */
} Moment;

static const Moment moments[] = {
        { "copying", "work/*" },
        { "acknowledged", "results/%s.B*.ACK.txt" },
        { "finished", "results/%s.B*.results.csv" },
        { "archived", "archive/*%s*" },
};

/* Killed at each step of a file's way: files of a thousand rows, one after the other. */
static void killed_at_every_step_of_a_file(void **state) {
        Flow *flow = *state;

        flow_sandbox_start(flow, NULL);
        for (size_t i = 0; i < ELEMENTS(moments); i++) {
                const char *name = moments[i].name;
                const char *pattern =
                        strstr(moments[i].seen, "%s")
                                ? flow_text(flow, "spool/%.*s%s%s",
                                            (int) (strstr(moments[i].seen, "%s") - moments[i].seen),
                                            moments[i].seen, name,
                                            strstr(moments[i].seen, "%s") + 2)
                                : flow_text(flow, "spool/%s", moments[i].seen);

                flow_daemon_start(flow);
                flow_drop(flow, flow_text(flow, "%s.csv", name), flow_orders(flow, name, 1000));
                (void) flow_wait_path(flow, "%s", pattern);
                flow_daemon_kill(flow);
                flow_daemon_start(flow);
                assert_int_equal(flow_count_status(flow_results(flow, name), "open"), 1000);
                (void) flow_wait_path(flow, "spool/archive/*%s*", name);
                flow_daemon_stop(flow);
        }
        assert_int_equal(flow_sessions(flow), 1000 * ELEMENTS(moments));
        for (size_t i = 0; i < ELEMENTS(moments); i++)
                flow_assert_exactly_once(flow, moments[i].name, 1000);
        assert_int_equal(flow_count_paths(flow, "spool/results/*.DUP.txt"), 0);
        assert_int_equal(flow_count_paths(flow, "spool/work/*"), 0);
        assert_int_equal(flow_count_paths(flow, "spool/incoming/*.*"), 0);
        assert_int_equal(flow_count_paths(flow, "spool/results/*.results.csv"), ELEMENTS(moments));
        assert_int_equal(flow_ctl(flow, "verify", NULL).exit_code, 0);
        flow_good(flow);
}

static bool has_sessions(Flow *flow, const void *userdata) {
        const size_t *at_least = userdata;

        return flow_sessions(flow) >= *at_least;
}

/* Killed again and again while requests are on the wire: some were processed, and the answer never
 * read. */
static void killed_while_sending(void **state) {
        Flow *flow = *state;

        flow_sandbox_start(flow, "--latency", "5-30", NULL);
        flow_daemon_start(flow);
        flow_drop(flow, "many.csv", flow_orders(flow, "M", 2000));
        for (size_t done = 50; done <= 1850; done += 200) {
                flow_wait(flow, has_sessions, &done, "more sessions");
                flow_daemon_kill(flow);
                flow_daemon_start(flow);
        }
        assert_int_equal(flow_count_status(flow_results(flow, "many"), "open"), 2000);
        flow_assert_exactly_once(flow, "M", 2000);
        assert_int_equal(flow_ctl(flow, "verify", NULL).exit_code, 0);
        flow_good(flow);
}

/* SIGTERM in the middle: what is on the wire is finished, the rest goes on after the restart. */
static void stopped_while_sending(void **state) {
        static const size_t some = 20;
        Flow *flow = *state;

        flow_set(flow, "provider", "rate", "50/s"); /* the thousand would need twenty seconds */
        flow_sandbox_start(flow, "--latency", "20", NULL);
        flow_daemon_start(flow);
        flow_drop(flow, "many.csv", flow_orders(flow, "M", 1000));
        flow_wait(flow, has_sessions, &some, "some sessions");
        flow_daemon_stop(flow);
        assert_true(flow_sessions(flow) < 1000);
        flow_set(flow, "provider", "rate", "unlimited");
        flow_daemon_start(flow);
        assert_int_equal(flow_count_status(flow_results(flow, "many"), "open"), 1000);
        flow_assert_exactly_once(flow, "M", 1000);
        flow_good(flow);
}

static bool all_open(Flow *flow, const void *userdata) {
        const char *stem = userdata;

        return flow_count_status(flow_results(flow, stem), "open") == 50;
}

/* The store is lost, the provider is not: nothing is sent until a person has said so; then the same
 * keys bring the same sessions back. */
static void store_lost(void **state) {
        static const char *const parts[] = { "", "-wal", "-shm" };
        Flow *flow = *state;
        const FlowTable *before, *after;

        flow_start(flow);
        flow_drop(flow, "a.csv", flow_orders(flow, "A", 50));
        before = flow_results(flow, "a");
        flow_daemon_stop(flow);
        for (size_t i = 0; i < ELEMENTS(parts); i++)
                (void) unlink(flow_path(flow, "checkoutd.db%s", parts[i]));
        assert_int_equal(rename(flow_path(flow, "spool/results"), flow_path(flow, "old")), 0);
        flow_expect_errors(flow);
        flow_daemon_start(flow);
        flow_drop(flow, "a.csv", flow_orders(flow, "A", 50));
        after = flow_results(flow, "a");
        assert_int_equal(flow_count_status(after, "held"), 50);
        assert_int_equal(flow_sessions(flow), 50);
        /* numbers that were on paper are not given again */
        (void) flow_wait_path(flow, "spool/results/a.B000002.ACK.txt");
        assert_int_equal(flow_ctl(flow, "release", "--all", NULL).exit_code, 1);
        assert_int_equal(flow_ctl(flow, "release", "--store", NULL).exit_code, 0);
        flow_wait(flow, all_open, "a", "the rows to be open");
        after = flow_results(flow, "a");
        for (size_t row = 1; row <= 50; row++)
                assert_string_equal(flow_cell(before, row, "checkout_url"),
                                    flow_cell(after, row, "checkout_url"));
        flow_assert_exactly_once(flow, "A", 50);
        flow_good(flow);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                FLOW(killed_at_every_step_of_a_file),
                FLOW(killed_while_sending),
                FLOW(stopped_while_sending),
                FLOW(store_lost),
        };

        return FLOW_RUN(tests);
}
