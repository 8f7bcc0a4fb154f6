/* A store that an earlier version left, in the middle of its work: the daemon of today converts it,
 * knows what was sent, keeps what waits, and goes on. */
#include <string.h>
#include <sys/stat.h>

#include "sql/queries.h"
#include "tests/flow/harness_doctor.h"

#define OLD   TEST_SOURCE_DIR "/tests/samples/store-1"
#define HELD  12 /* WAIT-000001 on, in B000002 */
#define KEPT  3  /* OLD-1 on, in B000001 */
#define ALOFT 5  /* FLY-000001 on, in B000003 */

/* As it lay there: git keeps neither empty folders nor who may read a file. */
static void lay_out(Flow *flow) {
        const char *line =
                flow_text(flow, "umask 077; cp -r " OLD "/spool . && cd spool && "
                                "mkdir -p incoming rejected && chmod 0770 incoming && "
                                "chmod -R u=rwX,g=rX,o= results && chmod -R go= work archive && "
                                "sqlite3 ../checkoutd.db <" OLD "/checkoutd.sql");
        FlowOutput output =
                flow_program(flow, "/bin/sh", "-c",
                             flow_text(flow, "cd %s && %s", flow_path(flow, "."), line), NULL);

        if (output.exit_code != 0)
                flow_fail(flow, "%s%s", output.out, output.err);
}

static void told_before_it_is_converted(void **state) {
        Flow *flow = *state;
        FlowOutput output;
        Seen seen;

        lay_out(flow);
        flow_write_settings(flow);
        output = flow_ctl(flow, "status", NULL);
        assert_int_equal(output.exit_code, 74);
        flow_assert_contains(output.err, "older version");
        seen = flow_doctor(flow);
        flow_assert_found(flow, &seen, "store", "fail", "older version");
        flow_good(flow);
}

static void converted_and_gone_on_with(void **state) {
        Flow *flow = *state;

        lay_out(flow);
        flow_start(flow);
        assert_string_equal(flow_string(flow_batch(flow, "B000001"), "state"), "settled");
        assert_int_equal(flow_batch_count(flow, "B000001", "open"), KEPT);
        assert_int_equal(flow_batch_count(flow, "B000001", "rejected"), 1);
        assert_int_equal(flow_batch_count(flow, "B000002", "held"), HELD);
        flow_assert_status(flow, "OLD-2", "open");

        /* what waited */
        assert_int_equal(flow_ctl(flow, "release", "--batch", "B000002", NULL).exit_code, 0);
        flow_settled(flow, "B000002");
        flow_assert_exactly_once(flow, "WAIT", HELD);

        /* What was on the wire is sent again under its key while that is young, and later left to a
         * person; this store grows older every day. */
        (void) flow_ctl(flow, "requeue", "--batch", "B000003", "--new-key", NULL);
        flow_wait_count(flow, "B000003", "open", ALOFT);
        flow_assert_exactly_once(flow, "FLY", ALOFT);

        /* what was taken stays taken, and numbers go on */
        flow_drop(flow, "again.csv",
                  "order_id,amount,currency,customer_email\nOLD-1,1001,CLP,ana@example.cl\n"
                  "NEW-000001,1001,CLP,ana@example.cl\n");
        (void) flow_wait_path(flow, "spool/results/again.B000004.results.csv");
        assert_int_equal(flow_batch_count(flow, "B000004", "duplicate"), 1);
        flow_assert_exactly_once(flow, "NEW", 1);
        flow_verified_good(flow);
}

/* After a downgrade: told, and nothing is touched. */
static void newer_is_left_alone(void **state) {
        Flow *flow = *state;
        FlowOutput output;
        Seen seen;

        flow_expect_errors(flow);
        flow_start(flow);
        flow_drop_orders(flow, "a", "A", 3);
        (void) flow_results(flow, "a");
        flow_daemon_stop(flow);
        flow_sql(flow, "CREATE TABLE of_tomorrow(a); PRAGMA user_version = 99;"
                       "INSERT INTO of_tomorrow VALUES(1)");
        output = flow_once(flow, NULL);
        assert_int_equal(output.exit_code, 78);
        flow_assert_contains(flow_daemon_log(flow), "was made by a newer version of checkoutd");
        output = flow_ctl(flow, "status", NULL);
        assert_int_equal(output.exit_code, 74);
        flow_assert_contains(output.err, "was made by a newer version of checkoutd");
        seen = flow_doctor(flow);
        flow_assert_found(flow, &seen, "store", "fail", "newer version");

        /* the newer one finds it as it was */
        flow_sql(flow, flow_text(flow, "DELETE FROM of_tomorrow; PRAGMA user_version = %d",
                                 MIGRATION_COUNT));
        flow_daemon_start(flow);
        flow_verified_good(flow);
        flow_good(flow);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                FLOW(told_before_it_is_converted),
                FLOW(converted_and_gone_on_with),
                FLOW(newer_is_left_alone),
        };

        return FLOW_RUN(tests);
}
