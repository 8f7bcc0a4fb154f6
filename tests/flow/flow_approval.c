/* Approval by a second person: a batch waits until a person other than its maker lets it go, by
 * checkoutctl or by an empty file; who, when and what stays known; nobody approves by accident, by
 * force or for somebody else. Persons are user ids: only root can run these. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/flow/harness_orders.h"

#define MAKER         4101
#define SECOND_PERSON 4102
#define THIRD         4103
#define NOBODY        65534

static void need_root(void) {
        if (geteuid() != 0)
                skip();
}

/* --- persons ---------------------------------------------------------------------------------- */

static void put_as(Flow *flow, const char *path, unsigned uid, unsigned mode, const char *text) {
        const char *beside = flow_path(flow, "spool/put");

        flow_write(flow, beside, text, strlen(text));
        assert_int_equal(chown(beside, uid, (gid_t) -1), 0);
        assert_int_equal(chmod(beside, mode), 0);
        assert_int_equal(rename(beside, path), 0);
}

static void drop_as(Flow *flow, unsigned uid, unsigned mode, const char *name, const char *text) {
        put_as(flow, flow_path(flow, "spool/incoming/%s", name), uid, mode, text);
}

static char *approving(Flow *flow, const char *name) {
        return flow_path(flow, "spool/incoming/approve/%s", name);
}

/* Puts the file, and gives the answer; the file is gone then. */
static char *approve_as(Flow *flow, unsigned uid, const char *name, const char *answer) {
        char *path = flow_path(flow, "spool/results/%s", answer);

        (void) unlink(path);
        put_as(flow, approving(flow, name), uid, 0644, "");
        (void) flow_wait_path(flow, "spool/results/%s", answer);
        flow_wait_gone(flow, approving(flow, name));
        return flow_read(flow, path, NULL);
}

static void start(Flow *flow) {
        flow_set(flow, "orders", "approval", "yes");
        flow_set(flow, "orders", "language", "en");
        flow_start(flow);
}

/* Drops orders as the maker and gives what approves them, `B000001-3fd45dd10a99`. */
static char *wait_for_approval(Flow *flow, const char *stem, const char *prefix, unsigned n) {
        char *ack, *begin;

        drop_as(flow, MAKER, 0640, flow_text(flow, "%s.csv", stem), flow_orders(flow, prefix, n));
        ack = flow_ack(flow, stem);
        begin = strstr(ack, "checkoutctl approve ");
        if (!begin)
                flow_fail(flow, "the ACK does not ask for an approval: %s", ack);
        begin += strlen("checkoutctl approve ");
        return flow_text(flow, "%.*s", (int) strcspn(begin, "\n"), begin);
}

static FlowOutput approve(Flow *flow, unsigned uid, const char *what) {
        flow_environment(flow, "SUDO_UID", flow_text(flow, "%u", uid));
        return flow_ctl(flow, "approve", what, NULL);
}

static void refused(const FlowOutput *output, const char *why) {
        assert_int_equal(output->exit_code, 1);
        assert_string_equal(output->out, "");
        flow_assert_contains(output->err, why);
}

static void still_waits(Flow *flow, const char *id) {
        assert_string_equal(flow_string(flow_batch(flow, id), "state"), "awaiting_approval");
        assert_true(json_is_null(json_object_get(flow_batch(flow, id), "approval")));
        assert_int_equal(flow_sessions(flow), 0);
}

static void approved_by(Flow *flow, const char *id, int64_t uid, const char *way) {
        const json_t *approval = json_object_get(flow_batch(flow, id), "approval");

        assert_true(json_is_object(approval));
        assert_int_equal(flow_integer(approval, "uid"), uid);
        assert_string_equal(flow_string(approval, "by"), way);
        assert_int_equal(strlen(flow_string(approval, "sha256")), 64);
        assert_true(*flow_string(approval, "at") != '\0');
}

/* --- the two ways ----------------------------------------------------------------------------- */

static void by_file(void **state) {
        Flow *flow = *state;
        const FlowTable *results;
        const json_t *summary, *reported;
        const char *name, *ack, *answer;

        need_root();
        start(flow);
        name = wait_for_approval(flow, "a", "A", 5);
        assert_int_equal(strncmp(name, "B000001-", 8), 0);
        assert_int_equal(strlen(name), strlen("B000001-3fd45dd10a99"));
        ack = flow_ack(flow, "a");
        flow_assert_contains(ack, "5 orders, CLP 5.015");
        flow_assert_contains(ack, "incoming/approve");
        flow_assert_contains(ack, "Dropped by 4101");

        /* meanwhile the rows are held, also in the results; nothing is sent, also after a restart */
        results = flow_results(flow, "a");
        assert_int_equal(flow_count_status(results, "held"), 5);
        assert_string_equal(flow_cell(results, 1, "checkout_code"), "approval");
        flow_daemon_stop(flow);
        flow_daemon_start(flow);
        still_waits(flow, "B000001");
        flow_assert_contains(flow_ctl(flow, "status", "B000001", NULL).out, name);

        answer = approve_as(flow, SECOND_PERSON, name, "a.B000001.APPROVAL.txt");
        flow_assert_contains(answer, "APPROVED: a.csv");
        flow_assert_contains(answer, "approved by 4102");
        flow_assert_contains(answer, "CLP 5.015");
        flow_settled(flow, "B000001");
        flow_assert_exactly_once(flow, "A", 5);
        approved_by(flow, "B000001", SECOND_PERSON, "file");
        summary = flow_json(
                flow,
                flow_read(flow, flow_path(flow, "spool/results/a.B000001.summary.json"), NULL));
        assert_int_equal(flow_integer(summary, "maker_uid"), MAKER);
        assert_int_equal(flow_integer(json_object_get(summary, "approval"), "uid"), SECOND_PERSON);
        assert_int_equal(
                flow_integer(json_object_get(flow_order(flow, "A-000001"), "approval"), "uid"),
                SECOND_PERSON);
        flow_assert_contains(flow_ctl(flow, "show", "A-000001", NULL).out, "4102");
        reported = json_array_get(
                flow_json(flow,
                          flow_ctl(flow, "report", "--batch", "1", "--format", "json", NULL).out),
                0);
        assert_string_equal(flow_string(reported, "approved_by"), "4102");
        assert_true(*flow_string(reported, "approved") != '\0');
        assert_int_equal(strlen(flow_string(reported, "approved_sha256")), 64);

        /* the same again is no second approval; it is answered all the same */
        answer = approve_as(flow, SECOND_PERSON, name, "a.B000001.APPROVAL.txt");
        flow_assert_contains(answer, "before");
        answer = approve_as(flow, THIRD, name, "a.B000001.APPROVAL.txt");
        flow_assert_contains(answer, "was approved by 4102");
        approved_by(flow, "B000001", SECOND_PERSON, "file");
        flow_verified_good(flow);
}

static void by_command(void **state) {
        Flow *flow = *state;
        FlowOutput output;
        char *name;

        need_root();
        start(flow);
        name = wait_for_approval(flow, "a", "A", 3);
        output = approve(flow, 0, "B000001");
        refused(&output, "account of the system");
        output = approve(flow, NOBODY, "B000001");
        refused(&output, "account of the system");
        output = approve(flow, MAKER, "B000001");
        refused(&output, "dropped by 4101");
        output = approve(flow, SECOND_PERSON, "B000001-000000000000");
        refused(&output, "digest");
        flow_assert_contains(output.err, name); /* what would be right */
        output = approve(flow, SECOND_PERSON, "B000002");
        refused(&output, "no batch");
        assert_int_equal(approve(flow, SECOND_PERSON, "lunes").exit_code, 64);
        assert_int_equal(flow_ctl(flow, "approve", NULL).exit_code, 64);
        still_waits(flow, "B000001");

        output = approve(flow, SECOND_PERSON, name);
        assert_int_equal(output.exit_code, 0);
        flow_assert_contains(output.out, "approved by 4102: 3 orders, CLP 3.006");
        flow_settled(flow, "B000001");
        flow_assert_exactly_once(flow, "A", 3);
        approved_by(flow, "B000001", SECOND_PERSON, "command");
        flow_assert_contains(
                flow_read(flow, flow_wait_path(flow, "spool/results/a.B000001.APPROVAL.txt"), NULL),
                "approved by 4102");

        assert_int_equal(approve(flow, SECOND_PERSON, "1").exit_code, 0);
        output = approve(flow, THIRD, "1");
        refused(&output, "was approved by 4102");
        flow_verified_good(flow);
}

/* sudo says one person, the login another: nobody approves as somebody else. */
static void login_must_agree(void **state) {
        Flow *flow = *state;
        const char *ask;
        FlowOutput output;

        need_root();
        start(flow);
        (void) wait_for_approval(flow, "a", "A", 1);
        ask = flow_text(flow,
                        "echo %u >/proc/self/loginuid && SUDO_UID=$1 exec %s --config %s approve 1",
                        SECOND_PERSON, TEST_BINARY_DIR "/daemon/checkoutctl", flow_settings(flow));
        output = flow_program(flow, "/bin/sh", "-c", "echo 1 >/proc/self/loginuid", NULL);
        if (output.exit_code == 0) { /* else the kernel has no such thing here */
                output = flow_program(flow, "/bin/sh", "-c", ask, "sh", "4103", NULL);
                assert_int_equal(output.exit_code, 77);
                flow_assert_contains(output.err, "4102");
                flow_assert_contains(output.err, "4103");
                still_waits(flow, "B000001");
                assert_int_equal(
                        flow_program(flow, "/bin/sh", "-c", ask, "sh", "4102", NULL).exit_code, 0);
                flow_settled(flow, "B000001");
        }
        flow_good(flow);
}

/* --- what waits ------------------------------------------------------------------------------- */

static void only_above(void **state) {
        Flow *flow = *state;

        need_root();
        flow_set(flow, "orders", "approval_above", "3006 CLP");
        flow_set(flow, "orders", "language", "en");
        flow_set(flow, "orders", "amount_format", "minor");
        flow_start(flow);
        drop_as(flow, MAKER, 0644, "low.csv", flow_orders(flow, "L", 3)); /* 3006 */
        assert_null(strstr(flow_ack(flow, "low"), "approve"));
        flow_settled(flow, "B000001");
        (void) wait_for_approval(flow, "high", "H", 4);
        assert_string_equal(flow_string(flow_batch(flow, "B000002"), "state"), "awaiting_approval");
        /* pesos say nothing of other money */
        drop_as(flow, MAKER, 0644, "other.csv", "order_id,amount,currency\nM-1,5,MXN\n");
        flow_assert_contains(flow_ack(flow, "other"), "MXN 0.05");
        flow_assert_contains(flow_ack(flow, "other"), "checkoutctl approve B000003-");
        /* what is not sent needs nobody: these orders are known */
        drop_as(flow, MAKER, 0644, "again.csv", flow_text(flow, "%s\n", flow_orders(flow, "H", 4)));
        assert_null(strstr(flow_ack(flow, "again"), "approve"));
        flow_settled(flow, "B000004");
        assert_int_equal(flow_sessions(flow), 3);
        flow_good(flow);
}

/* Whose a file is must be known, and nobody else may have written it. */
static void files_of_nobody_are_refused(void **state) {
        Flow *flow = *state;

        need_root();
        start(flow);
        drop_as(flow, 0, 0644, "root.csv", flow_orders(flow, "R", 1));
        drop_as(flow, NOBODY, 0644, "nobody.csv", flow_orders(flow, "N", 1));
        drop_as(flow, MAKER, 0664, "group.csv", flow_orders(flow, "G", 1));
        drop_as(flow, MAKER, 0646, "others.csv", flow_orders(flow, "O", 1));
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

/* A corrected rejects file is a batch of its own. */
static void a_child_waits_too(void **state) {
        Flow *flow = *state;
        const char *name;

        need_root();
        start(flow);
        drop_as(flow, MAKER, 0644, "a.csv",
                "order_id,amount,currency\nC-000001,1001,CLP\nC-000002,none,CLP\n");
        flow_assert_contains(flow_ack(flow, "a"), "1 order, CLP 1.001");
        assert_int_equal(approve(flow, SECOND_PERSON, "1").exit_code, 0);
        flow_settled(flow, "B000001");

        /* the second person mends it: that makes him the maker, and the first one may approve */
        drop_as(flow, SECOND_PERSON, 0644, "a.B000001.rejects.csv",
                "order_id,amount,currency,checkout_line\nC-000002,1002,CLP,3\n");
        name = "a.B000001.rejects";
        flow_assert_contains(flow_ack(flow, name), "Dropped by 4102");
        assert_int_equal(flow_sessions(flow), 1);
        assert_int_equal(approve(flow, SECOND_PERSON, "2").exit_code, 1);
        assert_int_equal(approve(flow, MAKER, "2").exit_code, 0);
        flow_settled(flow, "B000002");
        flow_assert_exactly_once(flow, "C", 2);
        flow_verified_good(flow);
}

/* --- what does not approve -------------------------------------------------------------------- */

static void release_never_approves(void **state) {
        Flow *flow = *state;
        FlowOutput output;

        need_root();
        start(flow);
        (void) wait_for_approval(flow, "a", "A", 3);
        assert_int_equal(flow_ctl(flow, "hold", "--all", NULL).exit_code, 0);
        assert_int_equal(flow_ctl(flow, "release", "--all", NULL).exit_code, 0);
        output = flow_ctl(flow, "release", "--batch", "B000001", NULL);
        refused(&output, "waits for an approval");
        assert_int_equal(flow_ctl(flow, "release", "--order", "A-000001", NULL).exit_code, 1);
        assert_int_equal(flow_ctl(flow, "requeue", "--batch", "B000001", NULL).exit_code, 1);
        still_waits(flow, "B000001");

        /* neither do other settings */
        flow_set(flow, "orders", "approval", "no");
        flow_reload(flow);
        still_waits(flow, "B000001");

        /* an order and then all are withdrawn: what is withdrawn is not approved any more */
        assert_int_equal(flow_ctl(flow, "cancel", "--order", "A-000002", NULL).exit_code, 0);
        still_waits(flow, "B000001");
        assert_int_equal(flow_batch_count(flow, "B000001", "held"), 2);
        assert_int_equal(flow_ctl(flow, "cancel", "--batch", "B000001", NULL).exit_code, 0);
        flow_settled(flow, "B000001");
        assert_int_equal(flow_batch_count(flow, "B000001", "cancelled"), 3);
        output = approve(flow, SECOND_PERSON, "B000001");
        refused(&output, "does not wait");
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

        need_root();
        start(flow);
        early = flow_path(flow, "spool/early"); /* made before there was anything to approve */
        flow_write(flow, early, "", 0);
        assert_int_equal(chown(early, SECOND_PERSON, (gid_t) -1), 0);
        assert_int_equal(stat(early, &made), 0);
        flow_wait(flow, is_long_ago, &made.st_mtim.tv_sec, "an older file");
        name = wait_for_approval(flow, "a", "A", 2);
        assert_int_equal(rename(early, approving(flow, name)), 0);
        flow_wait_gone(flow, approving(flow, name));
        answer = flow_read(flow, flow_wait_path(flow, "spool/results/%s", own), NULL);
        flow_assert_contains(answer, "older than batch B000001");

        flow_assert_contains(approve_as(flow, MAKER, name, own), "NOT APPROVED");
        flow_assert_contains(approve_as(flow, 0, name, own), "account of the system");
        flow_assert_contains(approve_as(flow, NOBODY, name, own), "account of the system");
        flow_assert_contains(approve_as(flow, SECOND_PERSON, "B000001-000000000000", own),
                             "digest");
        flow_assert_contains(approve_as(flow, SECOND_PERSON, "B000077-000000000000",
                                        "approve.B000077-000000000000.NACK.txt"),
                             "no batch B000077");
        assert_int_equal(flow_count_paths(flow, "spool/rejected/*"), 0);

        /* a link to somebody's empty file: refused at once, and taken out of reach */
        (void) unlink(flow_path(flow, "spool/results/%s", own));
        link_of = flow_path(flow, "spool/other");
        flow_write(flow, link_of, "", 0);
        assert_int_equal(chown(link_of, SECOND_PERSON, (gid_t) -1), 0);
        assert_int_equal(link(link_of, approving(flow, name)), 0);
        flow_wait_gone(flow, approving(flow, name));
        answer = flow_read(flow, flow_wait_path(flow, "spool/results/%s", own), NULL);
        flow_assert_contains(answer, "link");
        assert_int_equal(flow_count_paths(flow, "spool/rejected/approve-*"), 1);

        /* not empty */
        (void) unlink(flow_path(flow, "spool/results/%s", own));
        put_as(flow, approving(flow, name), SECOND_PERSON, 0644, "yes\n");
        flow_wait_gone(flow, approving(flow, name));
        answer = flow_read(flow, flow_wait_path(flow, "spool/results/%s", own), NULL);
        flow_assert_contains(answer, "not empty");
        assert_int_equal(flow_count_paths(flow, "spool/rejected/approve-*"), 2);

        /* no regular files; they are left alone */
        assert_int_equal(symlink(link_of, approving(flow, name)), 0);
        assert_int_equal(mkdir(approving(flow, "folder"), 0755), 0);
        assert_int_equal(mkfifo(approving(flow, "B000001-111111111111"), 0644), 0);
        flow_wait_log(flow, "no regular file");
        assert_true(flow_exists(approving(flow, name)));
        assert_int_equal(unlink(approving(flow, name)), 0);
        still_waits(flow, "B000001");
        flow_good(flow);
}

/* In a folder where everybody may rename, nobody can say who put what there. */
static void a_folder_for_all_is_not_used(void **state) {
        Flow *flow = *state;
        const char *name;

        need_root();
        flow_expect_errors(flow);
        start(flow);
        name = wait_for_approval(flow, "a", "A", 1);
        assert_int_equal(chmod(flow_path(flow, "spool/incoming/approve"), 0777), 0);
        put_as(flow, approving(flow, name), SECOND_PERSON, 0644, "");
        flow_wait_log(flow, "incoming/approve is not used");
        assert_true(flow_exists(approving(flow, name)));
        assert_int_equal(chmod(flow_path(flow, "spool/incoming/approve"), 01777), 0);
        flow_settled(flow, "B000001");
        approved_by(flow, "B000001", SECOND_PERSON, "file");
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
                FLOW(by_file),
                FLOW(by_command),
                FLOW(login_must_agree),
                FLOW(only_above),
                FLOW(files_of_nobody_are_refused),
                FLOW(a_child_waits_too),
                FLOW(release_never_approves),
                FLOW(files_that_do_not_approve),
                FLOW(a_folder_for_all_is_not_used),
                FLOW(not_where_ids_are_mapped),
        };

        return FLOW_RUN(tests);
}
