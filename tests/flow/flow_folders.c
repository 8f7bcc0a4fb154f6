/* Folders of the spool are removed, or put there anew, under the running daemon. It says so, opens
 * them again, and loses nothing that it could keep. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/flow/harness_orders.h"

#define SAID "were removed or replaced while they are in use"

static void remove_folder(Flow *flow, const char *name) {
        assert_int_equal(
                flow_program(flow, "/bin/rm", "-rf", flow_path(flow, "spool/%s", name), NULL)
                        .exit_code,
                0);
}

/* Somebody tidied up. The folders are made again, and files are taken as before. */
static void folders_are_removed(void **state) {
        static const char *const names[] = { "incoming", "results", "work" };
        Flow *flow = *state;

        flow_expect_errors(flow);
        flow_start(flow);
        flow_drop_orders(flow, "a", "A", 10);
        (void) flow_results(flow, "a");
        for (unsigned i = 0; i < ELEMENTS(names); i++) {
                const char *name = flow_text(flow, "b%u", i);

                flow_wait_log_times(flow, "results are written", i + 1);
                remove_folder(flow, names[i]);
                flow_wait_log_times(flow, SAID, i + 1);
                flow_wait_log_times(flow, "is ready", i + 2);
                flow_drop(flow, flow_text(flow, "%s.csv", name),
                          flow_orders(flow, flow_text(flow, "B%u", i), 10));
                assert_int_equal(flow_count_status(flow_results(flow, name), "open"), 10);
        }
        assert_int_equal(flow_sessions(flow), 40);
        /* What was removed is missed, and nothing else. */
        assert_int_equal(flow_ctl(flow, "verify", NULL).exit_code, 1);
        assert_int_equal(flow_ctl(flow, "verify", "B000004", NULL).exit_code, 0);
        flow_good(flow);
}

/* Another folder under the name: what is dropped there is found, what was answered stays. */
static void folders_are_exchanged(void **state) {
        Flow *flow = *state;

        flow_expect_errors(flow);
        flow_start(flow);
        flow_drop_orders(flow, "a", "A", 10);
        (void) flow_results(flow, "a");
        assert_int_equal(rename(flow_path(flow, "spool/incoming"), flow_path(flow, "spool/before")),
                         0);
        assert_int_equal(mkdir(flow_path(flow, "spool/incoming"), 0770), 0);
        flow_drop(flow, "b.csv", flow_orders(flow, "B", 10));
        assert_int_equal(flow_count_status(flow_results(flow, "b"), "open"), 10);
        assert_true(flow_count_log(flow, SAID) >= 1);
        flow_assert_exactly_once(flow, "A", 10);
        flow_assert_exactly_once(flow, "B", 10);
        flow_verified_good(flow);
}

/* The whole spool is gone, as with a mount: said once, nothing is made in its place where that is
 * not allowed; when it is back, it goes on. */
static void spool_comes_back(void **state) {
        Flow *flow = *state;

        flow_expect_errors(flow);
        flow_sandbox_start(flow, "--latency", "300", NULL);
        flow_set(flow, "provider", "max_in_flight", "1");
        flow_daemon_start(flow);
        flow_drop_orders(flow, "a", "A", 10);
        (void) flow_ack(flow, "a");
        assert_int_equal(rename(flow_spool(flow), flow_path(flow, "away")), 0);
        flow_wait_log(flow, SAID);
        flow_wait_sessions(flow, 5); /* what is accepted is sent all the same */
        assert_true(flow_daemon_alive(flow));
        assert_int_equal(rename(flow_path(flow, "away"), flow_spool(flow)), 0);
        assert_int_equal(flow_count_status(flow_results(flow, "a"), "open"), 10);
        flow_assert_exactly_once(flow, "A", 10);
        assert_int_equal(flow_count_log(flow, SAID), 1);
        flow_verified_good(flow);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                FLOW(folders_are_removed),
                FLOW(folders_are_exchanged),
                FLOW(spool_comes_back),
        };

        return FLOW_RUN(tests);
}
