/* checkoutd --once: works off what is there, writes the results, and says by its exit code what a
 * script has to know. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/flow/harness_orders.h"

#define PLAIN "order_id,amount,currency\n"

static void everything_created(void **state) {
        Flow *flow = *state;
        const FlowTable *results;

        flow_sandbox_start(flow, NULL);
        flow_copy_in(flow, "a.csv", flow_orders(flow, "A", 25));
        flow_copy_in(flow, "b.csv", flow_orders(flow, "B", 5));
        assert_int_equal(flow_once(flow, NULL).exit_code, 0);
        results = flow_results(flow, "a");
        assert_int_equal(flow_count_status(results, "open"), 25);
        assert_int_equal(flow_count_status(flow_results(flow, "b"), "open"), 5);
        assert_int_equal(flow_sessions(flow), 30);
        assert_int_equal(flow_count_paths(flow, "spool/archive/*"), 2);

        /* nothing there; then what is already known */
        assert_int_equal(flow_once(flow, NULL).exit_code, 0);
        flow_copy_in(flow, "again.csv", flow_orders(flow, "B", 5));
        assert_int_equal(flow_once(flow, NULL).exit_code, 0);
        (void) flow_wait_path(flow, "spool/results/again.B*.DUP.txt");
        flow_copy_in(flow, "more.csv", flow_orders(flow, "B", 6));
        assert_int_equal(flow_once(flow, NULL).exit_code, 0);
        assert_int_equal(flow_count_status(flow_results(flow, "more"), "duplicate"), 5);
        assert_int_equal(flow_sessions(flow), 31);
        flow_good(flow);
}

static void some_rejected(void **state) {
        Flow *flow = *state;

        flow_sandbox_start(flow, NULL);
        flow_copy_in(flow, "a.csv", PLAIN "A-1,100,CLP\nA-2,0,CLP\n");
        assert_int_equal(flow_once(flow, NULL).exit_code, 1);
        assert_int_equal(flow_count_status(flow_results(flow, "a"), "open"), 1);
        flow_good(flow);
}

static void a_file_refused(void **state) {
        Flow *flow = *state;

        flow_sandbox_start(flow, NULL);
        flow_copy_in(flow, "a.csv", "nothing that we know\n1\n");
        assert_int_equal(flow_once(flow, NULL).exit_code, 1);
        (void) flow_nack(flow, "a");
        flow_good(flow);
}

static void in_conflict(void **state) {
        Flow *flow = *state;

        flow_sandbox_start(flow, NULL);
        flow_copy_in(flow, "a.csv", PLAIN "A-1,100,CLP\n");
        assert_int_equal(flow_once(flow, NULL).exit_code, 0);
        flow_copy_in(flow, "b.csv", PLAIN "A-1,200,CLP\n");
        assert_int_equal(flow_once(flow, NULL).exit_code, 1);
        flow_good(flow);
}

/* Nobody answers: the rows are not settled when the time is over, and that wins over rejected
 * rows. The next run settles them, under the same keys. */
static void not_settled_in_time(void **state) {
        Flow *flow = *state;

        flow_sandbox_start(flow, NULL);
        flow_sandbox_stop(flow);
        flow_copy_in(flow, "a.csv", PLAIN "A-000001,100,CLP\nA-2,0,CLP\n");
        assert_int_equal(flow_once(flow, "--timeout", "8s", NULL).exit_code, 2);
        assert_int_equal(flow_count_paths(flow, "spool/results/*.ACK.txt"), 1);

        flow_sandbox_start(flow, NULL);
        assert_int_equal(flow_once(flow, NULL).exit_code, 0);
        assert_int_equal(flow_count_status(flow_results(flow, "a"), "open"), 1);
        flow_assert_exactly_once(flow, "A", 1);
        flow_good(flow);
}

/* A link is to be ended when a person releases the batch: nobody waits for that, and it is said. */
static void an_instruction_that_is_held(void **state) {
        Flow *flow = *state;

        flow_sandbox_start(flow, NULL);
        flow_copy_in(flow, "stop.csv", "order_id,action\nA-1,cancel\n");
        assert_int_equal(flow_once(flow, NULL).exit_code, 0);
        flow_sql(flow, "UPDATE batch SET state = 4, hold = 2, results_at = 0 WHERE id = 1");
        flow_sql(flow, "UPDATE instruction SET state = 1, status = 5, code = NULL, reason = NULL");
        assert_int_equal(flow_once(flow, "--timeout", "20s", NULL).exit_code, 2);
        assert_null(strstr(flow_daemon_log(flow), "could be settled in time"));
        flow_sql(flow, "UPDATE batch SET hold = 0 WHERE id = 1");
        assert_int_equal(flow_once(flow, NULL).exit_code, 0);
        assert_int_equal(flow_count_status(flow_results(flow, "stop"), "rejected"), 1);
        flow_good(flow);
}

static void wrong_usage_and_settings(void **state) {
        Flow *flow = *state;
        FlowOutput output;

        assert_int_equal(flow_once(flow, "--timeout", "soon", NULL).exit_code, 64);
        assert_int_equal(flow_program(flow, "checkoutd", "--what", NULL).exit_code, 64);
        assert_int_equal(flow_program(flow, "checkoutd", "file.csv", NULL).exit_code, 64);
        assert_int_equal(flow_program(flow, "checkoutd", "--help", NULL).exit_code, 0);
        assert_int_equal(flow_program(flow, "checkoutd", "--version", NULL).exit_code, 0);
        output = flow_program(flow, "checkoutd", "--config", "/nowhere.conf", NULL);
        assert_true(output.exit_code == 74 || output.exit_code == 78);

        flow_set(flow, "provider", "api_verson", "v1");
        output = flow_once(flow, NULL);
        assert_int_equal(output.exit_code, 78);
        flow_assert_contains(flow_daemon_log(flow), "api_verson");
        flow_assert_contains(flow_daemon_log(flow), "api_version");
        flow_expect_errors(flow);
        flow_good(flow);
}

/* Without a key nothing can be sent, and an unknown one is not even tried. */
static void without_a_key(void **state) {
        Flow *flow = *state;

        flow_set(flow, "provider", "key_file", flow_path(flow, "no-such-key"));
        assert_int_equal(flow_once(flow, NULL).exit_code, 78);
        flow_write(flow, flow_path(flow, "no-such-key"), "pk_test_public\n", 15);
        assert_int_equal(flow_once(flow, NULL).exit_code, 78);
        assert_null(strstr(flow_daemon_log(flow), "pk_test_public"));
        flow_expect_errors(flow);
        flow_good(flow);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                FLOW(everything_created),  FLOW(some_rejected),
                FLOW(a_file_refused),      FLOW(in_conflict),
                FLOW(not_settled_in_time), FLOW(wrong_usage_and_settings),
                FLOW(without_a_key),       FLOW(an_instruction_that_is_held),
        };

        return FLOW_RUN(tests);
}
