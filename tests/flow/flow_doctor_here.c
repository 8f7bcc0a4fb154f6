/* checkoutctl doctor: folders and their groups, disk, store, settings, user ids; what is wrong with
 * them is found, with what to do. */
#include <grp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/flow/harness_doctor.h"

#define GROUP "games" /* Debian's base-passwd has it */

static void needs_root(void) {
        if (geteuid() != 0)
                skip();
}

/* --- folders, disk ---------------------------------------------------------------------------- */

static void modes_of_folders(void **state) {
        static const struct {
                const char *folder;
                mode_t wrong, right;
                const char *state, *text;
        } modes[] = {
                { "archive", 0755, 0700, "warn", "open for others" },
                { "results", 0755, 0750, "warn", "everybody" },
                { "results", 0770, 0750, "warn", "change what comes back" },
                { "incoming", 0777, 0770, "warn", "everybody" },
                { "incoming/approve", 01777, 01770, "warn", "everybody" },
                { "incoming", 0570, 0770, "warn", "not be written" },
        };
        Flow *flow = *state;
        Seen seen;

        flow_set(flow, "profile pagos", "approval", "yes");
        flow_start(flow);
        for (size_t i = 0; i < ELEMENTS(modes); i++) {
                const char *folder = flow_path(flow, "spool/%s", modes[i].folder);

                assert_int_equal(chmod(folder, modes[i].wrong), 0);
                seen = flow_doctor(flow);
                flow_assert_found(flow, &seen, "folders", modes[i].state, modes[i].text);
                flow_assert_nothing_but(flow, &seen, "folders");
                assert_int_equal(chmod(folder, modes[i].right), 0);
        }
        assert_int_equal(flow_doctor(flow).output.exit_code, 0);

        flow_daemon_stop(flow); /* it would make the folder anew */
        assert_int_equal(rename(flow_path(flow, "spool/rejected"), flow_path(flow, "elsewhere")),
                         0);
        seen = flow_doctor(flow);
        flow_assert_found(flow, &seen, "folders", "fail", "rejected: No such file");
        flow_good(flow);
}

static void mounts_and_space(void **state) {
        Flow *flow = *state;
        const char *archive, *spool;
        Seen seen;

        needs_root();
        flow_start(flow);
        archive = flow_path(flow, "spool/archive");
        spool = flow_spool(flow);
        /* the same file system, and yet no rename goes there */
        seen = flow_doctor_with(flow, "--mount",
                                flow_text(flow, "mount --bind %s %s", archive, archive));
        flow_assert_found(flow, &seen, "mount", "fail", "1 of the folders");
        flow_assert_nothing_but(flow, &seen, "mount");

        seen = flow_doctor_with(flow, "--mount",
                                flow_text(flow, "mount -t tmpfs -o size=600m t %s", spool));
        flow_assert_found(flow, &seen, "space", "warn", "MiB are free");
        seen = flow_doctor_with(flow, "--mount",
                                flow_text(flow, "mount -t tmpfs -o size=50m t %s", spool));
        flow_assert_found(flow, &seen, "space", "fail", "MiB are free");
        seen = flow_doctor_with(
                flow, "--mount",
                flow_text(flow, "mount -t tmpfs -o size=2g,nr_inodes=9 t %s", spool));
        flow_assert_found(flow, &seen, "space", "fail", "inodes");

        /* no log can be made beside the store, and that is not to be told as a store that is not
         * there */
        flow_daemon_stop(flow);
        archive = flow_path(flow, ".");
        seen = flow_doctor_with(flow, "--mount",
                                flow_text(flow, "mount --bind %s %s && mount -o remount,ro,bind %s",
                                          archive, archive, archive));
        flow_assert_found(flow, &seen, "store", "fail", "cannot be used: Read-only file system");
        flow_good(flow);
}

/* --- store, settings, approval ---------------------------------------------------------------- */

static void a_damaged_store(void **state) {
        Flow *flow = *state;
        const char *store = flow_path(flow, "checkoutd.db");
        size_t size;
        char *bytes;
        Seen seen;

        flow_start(flow);
        assert_int_equal(chmod(store, 0640), 0);
        seen = flow_doctor(flow);
        flow_assert_found(flow, &seen, "store", "warn", "others may read");
        flow_assert_nothing_but(flow, &seen, "store");
        assert_int_equal(chmod(store, 0600), 0);

        flow_drop_orders(flow, "a", "A", 200);
        flow_settled(flow, "B000001");
        flow_daemon_stop(flow);
        bytes = flow_read(flow, store, &size);
        assert_in_range(size, 20000, 10000000);
        memset(bytes + size - 8000, 0x55, 8000);
        flow_write(flow, store, bytes, size);
        seen = flow_doctor(flow);
        flow_assert_found(flow, &seen, "store", "fail", "damaged");
        flow_good(flow);
}

static void sending_is_held(void **state) {
        Flow *flow = *state;
        Seen seen;

        flow_start(flow);
        assert_int_equal(flow_ctl(flow, "hold", "--all", NULL).exit_code, 0);
        seen = flow_doctor(flow);
        flow_assert_found(flow, &seen, "sending", "warn", "operator");
        flow_assert_nothing_but(flow, &seen, "sending");
        flow_good(flow);
}

static void settings_that_are_wrong(void **state) {
        Flow *flow = *state;
        Seen seen;

        flow_start(flow);
        assert_int_equal(chmod(flow_settings(flow), 0666), 0);
        seen = flow_doctor(flow);
        flow_assert_found(flow, &seen, "settings", "warn", "may change");
        flow_assert_nothing_but(flow, &seen, "settings");

        flow_set(flow, "orders", "canary", "many");
        flow_set(flow, "spool", "setle", "1s");
        flow_write_settings(flow);
        seen = flow_doctor(flow);
        assert_int_equal(seen.output.exit_code, 78);
        assert_int_equal(json_array_size(seen.checks), 2); /* all mistakes */
        assert_non_null(flow_finding(&seen, "settings", "fail"));
        flow_good(flow);
}

static bool a_daemon_answers(Flow *flow, const void *ret) {
        Seen *seen = (Seen *) (uintptr_t) ret;

        *seen = flow_doctor(flow);
        return !flow_finding(seen, "service", "fail");
}

static void users_that_are_not_real(void **state) {
        Flow *flow = *state;
        Seen seen;

        needs_root();
        flow_sandbox_start(flow, NULL);
        assert_int_equal(flow_once(flow, NULL).exit_code, 0);
        seen = flow_doctor_with(flow, "--map-root-user", "true");
        flow_assert_found(flow, &seen, "approval", "warn", "not real");

        flow_set(flow, "orders", "approval", "yes");
        flow_write_settings(flow);
        seen = flow_doctor_with(flow, "--map-root-user", "true");
        flow_assert_found(flow, &seen, "approval", "fail", "not real");
        flow_set(flow, "orders", "approval", "no");
        flow_write_settings(flow);

        /* it is the daemon's namespace that counts, when there is one */
        flow_background(flow, "/usr/bin/unshare", "--map-root-user",
                        TEST_BINARY_DIR "/daemon/checkoutd", "--config", flow_settings(flow), NULL);
        flow_wait(flow, a_daemon_answers, &seen, "a daemon in a namespace of its own");
        flow_assert_found(flow, &seen, "approval", "warn", "not real");
        flow_background_stop(flow);
        flow_good(flow);
}

/* --- folders of a group ----------------------------------------------------------------------- */

static void make_group_folder(const char *path, mode_t mode) {
        (void) mkdir(path, 0700);
        assert_int_equal(chown(path, geteuid(), getgrnam(GROUP)->gr_gid), 0);
        assert_int_equal(chmod(path, mode), 0);
}

static void make_as_told(Flow *flow) {
        const char *line = flow_text(flow,
                                     TEST_BINARY_DIR "/daemon/checkoutctl --config %s doctor "
                                                     "--tmpfiles | systemd-tmpfiles --create -",
                                     flow_settings(flow));
        FlowOutput output = flow_program(flow, "/bin/sh", "-c", line, NULL);

        if (output.exit_code != 0)
                flow_fail(flow, "%s%s", output.out, output.err);
}

/* Nothing is taken before the folders are right, and everything after, without a restart. */
static void folders_of_a_group(void **state) {
        Flow *flow = *state;
        const char *incoming, *results;
        FlowOutput output;
        Seen seen;

        needs_root();
        flow_set(flow, "profile norte", "group", GROUP);
        flow_expect_errors(flow);
        flow_start(flow);
        incoming = flow_path(flow, "spool/incoming/norte");
        results = flow_path(flow, "spool/results/norte");
        assert_false(flow_exists(incoming));
        flow_wait_log(flow, "profile \"norte\" is held");
        seen = flow_doctor(flow);
        flow_assert_found(flow, &seen, "folders", "fail", "norte: No such file");

        output = flow_ctl(flow, "doctor", "--tmpfiles", NULL);
        assert_int_equal(output.exit_code, 0);
        flow_assert_contains(output.out, flow_text(flow, "\nd %s 3770 ", incoming));
        flow_assert_contains(output.out, flow_text(flow, "\nd %s 2750 ", results));
        flow_assert_contains(output.out,
                             flow_text(flow, "\na+ %s/incoming - - - - group:" GROUP ":--x\n",
                                       flow_spool(flow)));

        /* a folder that all may read is not a folder of the group */
        make_group_folder(incoming, 03770);
        make_group_folder(results, 02755);
        flow_drop(flow, "norte/a.csv", flow_orders(flow, "A", 2));
        flow_pass(flow);
        assert_true(flow_exists(flow_path(flow, "spool/incoming/norte/a.csv")));
        seen = flow_doctor(flow);
        flow_assert_found(flow, &seen, "folders", "fail", "open for everybody");

        /* made by those lines they are right, and what is dropped can be read by the service */
        make_as_told(flow);
        (void) flow_wait_path(flow, "spool/results/norte/a.B*.results.csv");
        flow_assert_exactly_once(flow, "A", 2);
        flow_wait_log(flow, "profile \"norte\" goes on");
        assert_int_equal(flow_doctor(flow).output.exit_code, 0);
        flow_good(flow);
}

static void no_group(void **state) {
        Flow *flow = *state;
        FlowOutput output;

        flow_write_settings(flow);
        output = flow_ctl(flow, "doctor", "--tmpfiles", NULL);
        assert_int_equal(output.exit_code, 0);
        flow_assert_contains(output.out, "# there are none");
        flow_good(flow);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                FLOW(modes_of_folders),        FLOW(mounts_and_space),
                FLOW(a_damaged_store),         FLOW(sending_is_held),
                FLOW(settings_that_are_wrong), FLOW(users_that_are_not_real),
                FLOW(folders_of_a_group),      FLOW(no_group),
        };

        return FLOW_RUN(tests);
}
