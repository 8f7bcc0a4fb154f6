/* Notify: what arrives at the other end of $NOTIFY_SOCKET. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/base/notify.h"
#include "jobs/base/civil.h"

static struct {
        char folder[32];
        struct sockaddr_un address;
        int fd;
        char heard[4096];
} manager = { .folder = "/tmp/test_notify.XXXXXX" };

static int manager_new(void **state) {
        (void) state;
        manager.address.sun_family = AF_UNIX;
        manager.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        assert_true(manager.fd >= 0 && mkdtemp(manager.folder));
        (void) snprintf(manager.address.sun_path, sizeof(manager.address.sun_path), "%s/notify",
                        manager.folder);
        assert_int_equal(bind(manager.fd, (const struct sockaddr *) &manager.address,
                              sizeof(manager.address)),
                         0);
        assert_int_equal(setenv("NOTIFY_SOCKET", manager.address.sun_path, 1), 0);
        return 0;
}

static int manager_free(void **state) {
        (void) state;
        (void) close(manager.fd);
        (void) unlink(manager.address.sun_path);
        return rmdir(manager.folder);
}

/* All that was told since the last call; one `|` behind each. */
static const char *told(void) {
        size_t size = 0;
        ssize_t n;

        while ((n = recv(manager.fd, manager.heard + size, sizeof(manager.heard) - size - 2,
                         MSG_DONTWAIT)) > 0) {
                size += (size_t) n;
                manager.heard[size++] = '|';
        }
        manager.heard[size] = '\0';
        return manager.heard;
}

static void test_a_status_is_told_once(void **state) {
        (void) state;
        notify_status("idle");
        notify_status("idle");
        notify_status("sending");
        notify_status("idle");
        assert_string_equal(told(), "STATUS=idle|STATUS=sending|STATUS=idle|");
}

/* However often it is called; and the status after it is told, though it was the last one
 * before. */
static void test_work_asks_for_time_once_a_second(void **state) {
        const char *at;

        (void) state;
        notify_status("idle");
        (void) told();
        for (int i = 0; i < 100000; i++)
                notify_working("looking");
        at = strstr(told(), "STATUS=looking\nEXTEND_TIMEOUT_USEC=60000000\nWATCHDOG=1|");
        assert_ptr_equal(at, manager.heard);
        notify_status("idle");
        assert_non_null(strstr(told(), "STATUS=idle|"));
}

static void test_the_states(void **state) {
        (void) state;
        notify_ready();
        notify_alive();
        notify_reloading(77);
        notify_stopping(20 * SECOND);
        assert_string_equal(told(), "READY=1\nWATCHDOG=1|WATCHDOG=1|"
                                    "RELOADING=1\nMONOTONIC_USEC=77\nSTATUS=reading the settings|"
                                    "STOPPING=1\nEXTEND_TIMEOUT_USEC=30000000|");
}

/* Of another process's watchdog, or of none. */
static void test_whose_watchdog(void **state) {
        char pid[32];

        (void) state;
        assert_int_equal(notify_watchdog(), 0);
        assert_int_equal(setenv("WATCHDOG_USEC", "120000000", 1), 0);
        assert_int_equal(notify_watchdog(), 120 * SECOND);
        (void) snprintf(pid, sizeof(pid), "%d", (int) getpid() + 1);
        assert_int_equal(setenv("WATCHDOG_PID", pid, 1), 0);
        assert_int_equal(notify_watchdog(), 0);
        (void) unsetenv("WATCHDOG_PID");
        (void) unsetenv("WATCHDOG_USEC");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_a_status_is_told_once),
                cmocka_unit_test(test_work_asks_for_time_once_a_second),
                cmocka_unit_test(test_the_states),
                cmocka_unit_test(test_whose_watchdog),
        };

        return cmocka_run_group_tests(tests, manager_new, manager_free);
}
