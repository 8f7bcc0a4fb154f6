/* Log: what really arrives at the other end of stderr. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/log.h"

static char heard[8192];

/* Runs `say` with stderr at `write_end`; what came out at `read_end` is in heard[]. */
static void listen_to(void (*say)(void), int read_end, int write_end, int level) {
        int stderr_kept = dup(STDERR_FILENO);
        ssize_t n;

        assert_true(stderr_kept >= 0 && dup2(write_end, STDERR_FILENO) >= 0);
        log_open(level);
        say();
        assert_true(dup2(stderr_kept, STDERR_FILENO) >= 0);
        (void) close(stderr_kept);
        (void) fcntl(read_end, F_SETFL, O_NONBLOCK);
        n = read(read_end, heard, sizeof(heard) - 1);
        heard[n > 0 ? n : 0] = '\0';
        (void) close(read_end);
        (void) close(write_end);
}

static void listen_at_pipe(void (*say)(void), int level) {
        int ends[2];

        assert_int_equal(pipe(ends), 0);
        listen_to(say, ends[0], ends[1], level);
}

static void say_levels(void) {
        log_error("disk %d is full", 3);
        log_write(LOG_NOTICE, (LogPlace){ .batch = 17, .line = 4, .code = "E-X" }, "taken");
        log_info("quiet");
}

static void test_pipe_has_levels(void **state) {
        (void) state;
        (void) unsetenv("JOURNAL_STREAM");
        listen_at_pipe(say_levels, LOG_NOTICE);
        assert_string_equal(heard, "<3>disk 3 is full\n<5>taken\n");
}

static void test_other_journal_stream_is_not_ours(void **state) {
        (void) state;
        (void) setenv("JOURNAL_STREAM", "1:1", 1);
        listen_at_pipe(say_levels, LOG_ERR);
        (void) unsetenv("JOURNAL_STREAM");
        assert_string_equal(heard, "<3>disk 3 is full\n");
}

static void say_forgery(void) {
        log_notice("file %s", "a\n<3>all is lost\x1b[2J\r\xff.csv");
        log_notice("%s", "");
}

static void test_data_forges_no_line(void **state) {
        (void) state;
        listen_at_pipe(say_forgery, LOG_DEBUG);
        assert_int_equal(strncmp(heard, "<5>file a", 9), 0);
        assert_ptr_equal(strchr(heard, '\n'), heard + strlen(heard) - 1);
        assert_null(strpbrk(heard, "\x1b\r"));
        assert_non_null(strstr(heard, "all is lost"));
}

static void say_much(void) {
        char text[6000];

        memset(text, 'a', sizeof(text));
        text[sizeof(text) - 1] = '\0';
        log_notice("%s", text);
}

static void test_a_line_is_bounded(void **state) {
        (void) state;
        listen_at_pipe(say_much, LOG_DEBUG);
        assert_true(strlen(heard) > 1000 && strlen(heard) < 2100);
        assert_int_equal(heard[strlen(heard) - 1], '\n');
}

static void test_terminal_has_no_levels(void **state) {
        int master = posix_openpt(O_RDWR | O_NOCTTY);
        int slave;

        (void) state;
        if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
                skip();
        slave = open(ptsname(master), O_RDWR | O_NOCTTY);
        assert_true(slave >= 0);
        listen_to(say_levels, master, slave, LOG_ERR);
        assert_string_equal(heard, "disk 3 is full\r\n");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_pipe_has_levels),
                cmocka_unit_test(test_other_journal_stream_is_not_ours),
                cmocka_unit_test(test_data_forges_no_line),
                cmocka_unit_test(test_a_line_is_bounded),
                cmocka_unit_test(test_terminal_has_no_levels),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
