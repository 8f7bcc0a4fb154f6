/* Trouble around the daemon: full disks, folders that may not be written to. It lives, says so,
 * loses nothing, and goes on when the trouble is over. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/flow/harness.h"

static void results_cannot_be_written(void **state) {
        Flow *flow = *state;
        const char *results = flow_path(flow, "spool/results");

        flow_expect_errors(flow);
        flow_start(flow);
        assert_int_equal(chmod(results, 0500), 0);
        flow_drop(flow, "a.csv", flow_orders(flow, "A", 10));
        flow_wait_log(flow, strerror(EACCES));
        assert_true(flow_daemon_alive(flow));
        assert_int_equal(chmod(results, 0755), 0);
        assert_int_equal(flow_count_status(flow_results(flow, "a"), "open"), 10);
        (void) flow_ack(flow, "a");
        flow_assert_exactly_once(flow, "A", 10);
        flow_good(flow);
}

/* A small file system of its own at this place; false where the kernel does not allow it. */
static bool mount_small(const char *path, const char *size) {
        static bool apart;
        char options[64];

        if (!apart && unshare(CLONE_NEWNS) < 0)
                return false;
        apart = true;
        (void) mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
        (void) snprintf(options, sizeof(options), "size=%s", size);
        return mount("tmpfs", path, "tmpfs", 0, options) == 0;
}

static void fill(Flow *flow, const char *path) {
        static const char zeros[4096];
        AUTO_CLOSE int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

        if (fd < 0)
                flow_fail(flow, "%s: %s", path, strerror(errno));
        while (write(fd, zeros, sizeof(zeros)) > 0)
                ;
        assert_int_equal(errno, ENOSPC);
}

static void remount(Flow *flow, const char *path, unsigned long how) {
        if (mount("none", path, NULL, MS_REMOUNT | how, NULL) < 0)
                flow_fail(flow, "remount: %s", strerror(errno));
}

static void spool_is_full(void **state) {
        Flow *flow = *state;
        const char *filler;

        if (!mount_small(flow_spool(flow), "4m")) {
                flow_good(flow);
                skip();
        }
        assert_int_equal(mkdir(flow_path(flow, "spool/incoming"), 0755), 0);
        flow_expect_errors(flow);
        flow_start(flow);
        flow_drop(flow, "first.csv", flow_orders(flow, "F", 3));
        (void) flow_results(flow, "first");
        (void) flow_wait_path(flow, "spool/archive/*first*");
        /* many rows, so that its copy needs blocks that are not there */
        flow_write(flow, flow_path(flow, "spool/.a"), flow_orders(flow, "A", 2000),
                   strlen(flow_orders(flow, "A", 2000)));
        filler = flow_path(flow, "spool/.filler");
        fill(flow, filler);
        assert_int_equal(
                rename(flow_path(flow, "spool/.a"), flow_path(flow, "spool/incoming/a.csv")), 0);
        flow_wait_log(flow, strerror(ENOSPC));
        assert_true(flow_daemon_alive(flow));
        assert_true(flow_exists(flow_path(flow, "spool/incoming/a.csv")));
        assert_int_equal(unlink(filler), 0);
        assert_int_equal(flow_count_status(flow_results(flow, "a"), "open"), 2000);
        flow_assert_exactly_once(flow, "A", 2000);
        flow_daemon_stop(flow);
        assert_int_equal(umount2(flow_spool(flow), MNT_DETACH), 0);
        flow_good(flow);
}

/* The store is full: nothing is sent that could not be recorded before. */
static void store_is_full(void **state) {
        Flow *flow = *state;
        const char *folder = flow_path(flow, "store"), *filler;
        bool mounted;

        assert_int_equal(mkdir(folder, 0755), 0);
        mounted = mount_small(folder, "8m");
        if (!mounted) {
                flow_good(flow);
                skip();
        }
        flow_set(flow, "store", "database", flow_path(flow, "store/checkoutd.db"));
        flow_expect_errors(flow);
        flow_start(flow);
        filler = flow_path(flow, "store/filler");
        fill(flow, filler);
        flow_drop(flow, "a.csv", flow_orders(flow, "A", 3000));
        flow_wait_log(flow, strerror(ENOSPC));
        assert_true(flow_daemon_alive(flow));
        assert_int_equal(unlink(filler), 0);
        assert_int_equal(flow_count_status(flow_results(flow, "a"), "open"), 3000);
        flow_assert_exactly_once(flow, "A", 3000);
        assert_int_equal(flow_ctl(flow, "verify", NULL).exit_code, 0);
        flow_daemon_stop(flow);
        assert_int_equal(umount2(folder, MNT_DETACH), 0);
        flow_good(flow);
}

/* A file system that is read-only, as after an error of the disk: the daemon does not begin, takes
 * nothing, and says why. */
static void store_is_read_only(void **state) {
        Flow *flow = *state;
        const char *folder = flow_path(flow, "store");

        assert_int_equal(mkdir(folder, 0755), 0);
        if (!mount_small(folder, "8m")) {
                flow_good(flow);
                skip();
        }
        flow_set(flow, "store", "database", flow_path(flow, "store/checkoutd.db"));
        flow_expect_errors(flow);
        flow_start(flow);
        flow_drop(flow, "first.csv", flow_orders(flow, "F", 3));
        assert_int_equal(flow_count_status(flow_results(flow, "first"), "open"), 3);
        flow_daemon_stop(flow);
        remount(flow, folder, MS_RDONLY);
        flow_drop(flow, "a.csv", flow_orders(flow, "A", 50));
        assert_int_equal(flow_once(flow, "--timeout", "5s", NULL).exit_code, 74);
        flow_assert_contains(flow_daemon_log(flow), strerror(EROFS));
        assert_true(flow_exists(flow_path(flow, "spool/incoming/a.csv")));
        remount(flow, folder, 0);
        assert_int_equal(flow_once(flow, "--timeout", "60s", NULL).exit_code, 0);
        flow_assert_exactly_once(flow, "A", 50);
        assert_int_equal(umount2(folder, MNT_DETACH), 0);
        flow_good(flow);
}

/* Somebody else has the store locked, for longer than anybody waits: nothing is sent that could not
 * be recorded, it is said once, and all goes on when the lock is gone. */
static void store_is_locked(void **state) {
        Flow *flow = *state;
        sqlite3 *other = NULL;

        flow_expect_errors(flow);
        flow_start(flow);
        flow_drop(flow, "first.csv", flow_orders(flow, "F", 3));
        assert_int_equal(flow_count_status(flow_results(flow, "first"), "open"), 3);
        assert_int_equal(sqlite3_open(flow_path(flow, "checkoutd.db"), &other), SQLITE_OK);
        (void) sqlite3_busy_timeout(other, 10000);
        assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
        flow_drop(flow, "a.csv", flow_orders(flow, "A", 50));
        flow_wait_log(flow, "another program keeps the store locked");
        assert_int_equal(flow_sessions(flow), 3);
        assert_int_equal(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_close(other), SQLITE_OK);
        assert_int_equal(flow_count_status(flow_results(flow, "a"), "open"), 50);
        flow_assert_exactly_once(flow, "A", 50);
        flow_good(flow);
}

/* The second daemon of the same spool must not run. */
static void second_daemon(void **state) {
        Flow *flow = *state;

        flow_expect_errors(flow);
        flow_start(flow);
        assert_int_not_equal(flow_once(flow, "--timeout", "2s", NULL).exit_code, 0);
        flow_drop(flow, "a.csv", flow_orders(flow, "A", 10));
        assert_int_equal(flow_count_status(flow_results(flow, "a"), "open"), 10);
        flow_good(flow);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                FLOW(results_cannot_be_written), FLOW(spool_is_full),   FLOW(store_is_full),
                FLOW(store_is_read_only),        FLOW(store_is_locked), FLOW(second_daemon),
        };

        return FLOW_RUN(tests);
}
