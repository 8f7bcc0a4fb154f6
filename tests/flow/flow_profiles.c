/* Profiles: each has a folder, settings and results of its own; a folder that is no profile's is
 * told of once and left alone; a profile with a group waits until root has made its folders. */
#include <grp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/flow/harness_orders.h"

static void settings_and_results_of_its_own(void **state) {
        Flow *flow = *state;
        const FlowTable *results;
        const char *ack;

        flow_set(flow, "orders", "canary", "0");
        flow_set(flow, "profile norte", "language", "en");
        flow_set(flow, "profile norte", "currency", "CLP");
        flow_set(flow, "profile norte", "run", "{year}");
        flow_set(flow, "profile norte", "column.1", "order_id, Invoice number");
        flow_start(flow); /* makes the folders that are missing */
        assert_true(flow_exists(flow_path(flow, "spool/incoming/norte")));
        assert_int_equal(flow_mode(flow_path(flow, "spool/results/norte")) & 07, 0);

        /* the same reference in both: they know nothing of each other */
        flow_drop(flow, "a.csv", flow_orders(flow, "A", 2));
        flow_settled(flow, (flow_ack(flow, "a"), "B000001"));
        flow_drop(flow, "norte/a.csv", "Invoice number;amount\nA-000001;1001\nA-000002;1002\n");
        ack = flow_read(flow, flow_wait_path(flow, "spool/results/norte/a.B000002.ACK.txt"), NULL);
        flow_assert_contains(ack, "ACCEPTED: a.csv");
        flow_assert_contains(ack, " norte\n");
        flow_settled(flow, "B000002");
        results = flow_table(
                flow, flow_wait_path(flow, "spool/results/norte/a.B000002.results.csv"), ';');
        assert_int_equal(flow_count_status(results, "open"), 2);
        assert_int_equal(flow_sessions(flow), 4);
        assert_string_equal(flow_string(flow_batch(flow, "B000002"), "profile"), "norte");
        assert_int_equal(strlen(flow_string(flow_batch(flow, "B000002"), "run")), 4);
        assert_int_equal(flow_mode(flow_path(flow, "spool/results/norte/a.B000002.results.csv")),
                         0640);
        assert_int_equal(flow_count_paths(flow, "spool/results/a.B000002.*"), 0);
        flow_verified_good(flow);
}

static void an_unknown_folder_is_told_of_once(void **state) {
        Flow *flow = *state;
        const char *file = flow_path(flow, "spool/incoming/sur/a.csv");

        flow_start(flow);
        assert_int_equal(mkdir(flow_path(flow, "spool/incoming/sur"), 0755), 0);
        flow_wait_log(flow, "left alone");
        flow_write(flow, file, "order_id,amount,currency\nS-1,1,CLP\n", 36); /* it changes */
        flow_pass(flow);
        flow_pass(flow);
        assert_int_equal(flow_count_log(flow, "left alone"), 1);
        assert_true(flow_exists(file));
        assert_int_equal(flow_sessions(flow), 2); /* of the passes */
        flow_good(flow);
}

/* Until then nothing is taken, and afterwards by itself; what comes back is the group's. */
static void a_group_has_folders_made_by_root(void **state) {
        Flow *flow = *state;
        const struct group *group = getgrnam("users");
        struct stat facts;

        if (geteuid() != 0 || !group)
                skip();
        flow_expect_errors(flow);
        flow_set(flow, "orders", "canary", "0");
        flow_set(flow, "profile sur", "group", "users");
        flow_start(flow);
        flow_wait_log(flow, "profile \"sur\" is held");
        assert_int_equal(mkdir(flow_path(flow, "spool/incoming/sur"), 0770), 0);
        flow_drop(flow, "sur/a.csv", flow_orders(flow, "S", 2));
        flow_pass(flow);
        assert_true(flow_exists(flow_path(flow, "spool/incoming/sur/a.csv")));

        assert_int_equal(mkdir(flow_path(flow, "spool/results/sur"), 0750), 0);
        assert_int_equal(chown(flow_path(flow, "spool/incoming/sur"), 0, group->gr_gid), 0);
        assert_int_equal(chown(flow_path(flow, "spool/results/sur"), 0, group->gr_gid), 0);
        assert_int_equal(chmod(flow_path(flow, "spool/results/sur"), 02750), 0);
        assert_int_equal(chmod(flow_path(flow, "spool/incoming/sur"), 03770), 0);
        (void) flow_wait_path(flow, "spool/results/sur/a.B*.results.csv");
        flow_assert_exactly_once(flow, "S", 2);
        assert_int_equal(stat(flow_wait_path(flow, "spool/results/sur/a.B*.ACK.txt"), &facts), 0);
        assert_int_equal(facts.st_gid, group->gr_gid);
        assert_int_equal(facts.st_mode & 07777, 0640);
        flow_good(flow);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                FLOW(settings_and_results_of_its_own),
                FLOW(an_unknown_folder_is_told_of_once),
                FLOW(a_group_has_folders_made_by_root),
        };

        return FLOW_RUN(tests);
}
