/* What does not approve: nobody approves by accident, by force or for somebody else, and no file is
 * taken whose maker cannot be told. Persons are user ids: only root can run these. */
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/flow/harness_approval.h"

/* --- whose it is ------------------------------------------------------------------------------ */

/* sudo says one person, the login another: nobody approves as somebody else. */
static void login_must_agree(void **state) {
        Flow *flow = *state;
        const char *ask;
        FlowOutput output;

        flow_need_root();
        flow_start_approving(flow);
        (void) flow_wait_approval(flow, "a", "A", 1);
        ask = flow_text(flow,
                        "echo %u >/proc/self/loginuid && SUDO_UID=$1 exec %s --config %s approve 1",
                        SECOND_PERSON, TEST_BINARY_DIR "/daemon/checkoutctl", flow_settings(flow));
        output = flow_program(flow, "/bin/sh", "-c", "echo 1 >/proc/self/loginuid", NULL);
        if (output.exit_code == 0) { /* else the kernel has no such thing here */
                output = flow_program(flow, "/bin/sh", "-c", ask, "sh", "4103", NULL);
                assert_int_equal(output.exit_code, 77);
                flow_assert_contains(output.err, "4102");
                flow_assert_contains(output.err, "4103");
                flow_assert_waits(flow, "B000001");
                assert_int_equal(
                        flow_program(flow, "/bin/sh", "-c", ask, "sh", "4102", NULL).exit_code, 0);
                flow_settled(flow, "B000001");
        }
        flow_good(flow);
}

/* Whose a file is must be known, and nobody else may have written it. */
static void files_of_nobody_are_refused(void **state) {
        Flow *flow = *state;

        flow_need_root();
        flow_start_approving(flow);
        flow_drop_as(flow, 0, 0644, "root.csv", flow_orders(flow, "R", 1));
        flow_drop_as(flow, NOBODY, 0644, "nobody.csv", flow_orders(flow, "N", 1));
        flow_drop_as(flow, MAKER, 0664, "group.csv", flow_orders(flow, "G", 1));
        flow_drop_as(flow, MAKER, 0646, "others.csv", flow_orders(flow, "O", 1));
        flow_assert_contains(flow_nack(flow, "root"), "account of the system");
        flow_assert_contains(flow_nack(flow, "nobody"), "account of the system");
        flow_assert_contains(flow_nack(flow, "group"), "may write");
        flow_assert_contains(flow_nack(flow, "others"), "may write");
        assert_int_equal(flow_sessions(flow), 0);

        /* root gives the file that it submits to the person who called sudo */
        flow_environment(flow, "SUDO_UID", "4101");
        flow_write(flow, flow_path(flow, "mine.csv"), "order_id,amount,currency\nS-1,900,CLP\n",
                   37);
        assert_int_equal(flow_ctl(flow, "submit", flow_path(flow, "mine.csv"), NULL).exit_code, 0);
        flow_assert_contains(flow_ack(flow, "mine"), "Dropped by 4101");
        flow_good(flow);
}

/* --- what does not approve -------------------------------------------------------------------- */

static void release_never_approves(void **state) {
        Flow *flow = *state;
        FlowOutput output;

        flow_need_root();
        flow_start_approving(flow);
        (void) flow_wait_approval(flow, "a", "A", 3);
        assert_int_equal(flow_ctl(flow, "hold", "--all", NULL).exit_code, 0);
        assert_int_equal(flow_ctl(flow, "release", "--all", NULL).exit_code, 0);
        output = flow_ctl(flow, "release", "--batch", "B000001", NULL);
        flow_assert_not_approved(&output, "waits for an approval");
        assert_int_equal(flow_ctl(flow, "release", "--order", "A-000001", NULL).exit_code, 1);
        assert_int_equal(flow_ctl(flow, "requeue", "--batch", "B000001", NULL).exit_code, 1);
        flow_assert_waits(flow, "B000001");

        /* neither do other settings */
        flow_set(flow, "orders", "approval", "no");
        flow_reload(flow);
        flow_assert_waits(flow, "B000001");

        /* an order and then all are withdrawn: what is withdrawn is not approved any more */
        assert_int_equal(flow_ctl(flow, "cancel", "--order", "A-000002", NULL).exit_code, 0);
        flow_assert_waits(flow, "B000001");
        assert_int_equal(flow_batch_count(flow, "B000001", "held"), 2);
        assert_int_equal(flow_ctl(flow, "cancel", "--batch", "B000001", NULL).exit_code, 0);
        flow_settled(flow, "B000001");
        assert_int_equal(flow_batch_count(flow, "B000001", "cancelled"), 3);
        output = flow_approve(flow, SECOND_PERSON, "B000001");
        flow_assert_not_approved(&output, "was withdrawn before anybody approved it");
        assert_int_equal(flow_sessions(flow), 0);
        flow_verified_good(flow);
}

static bool is_long_ago(Flow *flow, const void *seconds) {
        (void) flow;
        return time(NULL) > *(const time_t *) seconds + 2;
}

static void files_that_do_not_approve(void **state) {
        Flow *flow = *state;
        const char *own = "a.B000001.APPROVAL.txt", *name, *link_of, *early, *answer;
        struct stat made;

        flow_need_root();
        flow_start_approving(flow);
        early = flow_path(flow, "spool/early"); /* made before there was anything to approve */
        flow_write(flow, early, "", 0);
        assert_int_equal(chown(early, SECOND_PERSON, (gid_t) -1), 0);
        assert_int_equal(stat(early, &made), 0);
        flow_wait(flow, is_long_ago, &made.st_mtim.tv_sec, "an older file");
        name = flow_wait_approval(flow, "a", "A", 2);
        assert_int_equal(rename(early, flow_approving(flow, name)), 0);
        flow_wait_gone(flow, flow_approving(flow, name));
        answer = flow_read(flow, flow_wait_path(flow, "spool/results/%s", own), NULL);
        flow_assert_contains(answer, "older than batch B000001");

        flow_assert_contains(flow_approve_by_file(flow, MAKER, name, own), "NOT APPROVED");
        flow_assert_contains(flow_approve_by_file(flow, 0, name, own), "account of the system");
        flow_assert_contains(flow_approve_by_file(flow, NOBODY, name, own),
                             "account of the system");
        flow_assert_contains(flow_approve_by_file(flow, SECOND_PERSON, "B000001-000000000000", own),
                             "digest");
        flow_assert_contains(flow_approve_by_file(flow, SECOND_PERSON, "B000077-000000000000",
                                                  "approve.B000077-000000000000.NACK.txt"),
                             "no batch B000077");
        assert_int_equal(flow_count_paths(flow, "spool/rejected/*"), 0);

        /* a link to somebody's empty file: refused at once, and taken out of reach */
        (void) unlink(flow_path(flow, "spool/results/%s", own));
        link_of = flow_path(flow, "spool/other");
        flow_write(flow, link_of, "", 0);
        assert_int_equal(chown(link_of, SECOND_PERSON, (gid_t) -1), 0);
        assert_int_equal(link(link_of, flow_approving(flow, name)), 0);
        flow_wait_gone(flow, flow_approving(flow, name));
        answer = flow_read(flow, flow_wait_path(flow, "spool/results/%s", own), NULL);
        flow_assert_contains(answer, "link");
        assert_int_equal(flow_count_paths(flow, "spool/rejected/approve-*"), 1);

        /* not empty */
        (void) unlink(flow_path(flow, "spool/results/%s", own));
        flow_put_as(flow, flow_approving(flow, name), SECOND_PERSON, 0644, "yes\n");
        flow_wait_gone(flow, flow_approving(flow, name));
        answer = flow_read(flow, flow_wait_path(flow, "spool/results/%s", own), NULL);
        flow_assert_contains(answer, "not empty");
        assert_int_equal(flow_count_paths(flow, "spool/rejected/approve-*"), 2);

        /* no regular files; they are left alone */
        assert_int_equal(symlink(link_of, flow_approving(flow, name)), 0);
        assert_int_equal(mkdir(flow_approving(flow, "folder"), 0755), 0);
        assert_int_equal(mkfifo(flow_approving(flow, "B000001-111111111111"), 0644), 0);
        flow_wait_log(flow, "no regular file");
        assert_true(flow_exists(flow_approving(flow, name)));
        assert_int_equal(unlink(flow_approving(flow, name)), 0);
        flow_assert_waits(flow, "B000001");
        flow_good(flow);
}

/* In a folder where everybody may rename, nobody can say who put what there. */
static void a_folder_for_all_is_not_used(void **state) {
        Flow *flow = *state;
        const char *name;

        flow_need_root();
        flow_expect_errors(flow);
        flow_start_approving(flow);
        name = flow_wait_approval(flow, "a", "A", 1);
        assert_int_equal(chmod(flow_path(flow, "spool/incoming/approve"), 0777), 0);
        flow_put_as(flow, flow_approving(flow, name), SECOND_PERSON, 0644, "");
        flow_wait_log(flow, "incoming/approve is not used");
        assert_true(flow_exists(flow_approving(flow, name)));
        assert_int_equal(chmod(flow_path(flow, "spool/incoming/approve"), 01777), 0);
        flow_settled(flow, "B000001");
        flow_assert_approved(flow, "B000001", SECOND_PERSON, "file");
        flow_good(flow);
}

/* Where ids are mapped, two persons may look like one. */
static void not_where_ids_are_mapped(void **state) {
        Flow *flow = *state;
        FlowOutput output = flow_program(flow, "/usr/bin/unshare", "-Ur", "/bin/true", NULL);
        const char *daemon = TEST_BINARY_DIR "/daemon/checkoutd";

        if (output.exit_code != 0) {
                flow_good(flow);
                skip();
        }
        flow_sandbox_start(flow, NULL);
        flow_write_settings(flow);
        output = flow_program(flow, "/usr/bin/unshare", "-Ur", daemon, "--config",
                              flow_settings(flow), "--once", NULL);
        assert_int_equal(output.exit_code, 0); /* without approval it does not matter */
        flow_set(flow, "profile norte", "approval_above", "1 CLP");
        flow_write_settings(flow);
        output = flow_program(flow, "/usr/bin/unshare", "-Ur", daemon, "--config",
                              flow_settings(flow), "--once", NULL);
        assert_int_equal(output.exit_code, 78);
        flow_assert_contains(output.err, "user namespace");
        flow_good(flow);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                FLOW(login_must_agree),
                FLOW(files_of_nobody_are_refused),
                FLOW(release_never_approves),
                FLOW(files_that_do_not_approve),
                FLOW(a_folder_for_all_is_not_used),
                FLOW(not_where_ids_are_mapped),
        };

        return FLOW_RUN(tests);
}
