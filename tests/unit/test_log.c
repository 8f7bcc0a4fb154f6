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

#include "daemon/base/log.h"

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
        log_say(MESSAGE_STORE_UNWRITABLE, "disk %d is full", 3);
        log_message(MESSAGE_BATCH_TAKEN, (LogPlace){ .batch = 17, .line = 4, .code = "E-X" },
                    "taken");
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
        log_say(MESSAGE_FILE_STUCK, "file %s", "a\n<3>all is lost\x1b[2J\r\xff.csv");
        log_info("%s", "");
}

static void test_data_forges_no_line(void **state) {
        (void) state;
        listen_at_pipe(say_forgery, LOG_DEBUG);
        assert_int_equal(strncmp(heard, "<4>file a", 9), 0);
        assert_ptr_equal(strchr(heard, '\n'), heard + strlen(heard) - 1);
        assert_null(strpbrk(heard, "\x1b\r"));
        assert_non_null(strstr(heard, "all is lost"));
}

static void say_much(void) {
        char text[6000];

        memset(text, 'a', sizeof(text));
        text[sizeof(text) - 1] = '\0';
        log_info("%s", text);
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

/* --- what is left out ----------------------------------------------------------------------- */

static void say_keys(void) {
        log_info("no file %s, nor %s; sk_test_ or sk_live_", "sk_live_a-B_9", "/x/sk_test_zzz.key");
        log_write(LOG_INFO, (LogPlace){ .order = "F-1", .provider = "no, sk_live_abc\n<3>x" },
                  "a row");
}

static void test_no_key_is_said(void **state) {
        (void) state;
        listen_at_pipe(say_keys, LOG_DEBUG);
        assert_string_equal(heard,
                            "<6>no file sk_live_, nor /x/sk_test_.key; sk_test_ or sk_live_\n"
                            "<6>a row\n");
}

static void test_references_only_where_wanted(void **state) {
        (void) state;
        log_allow_references(true);
        listen_at_pipe(say_keys, LOG_DEBUG);
        log_allow_references(false);
        assert_non_null(strstr(heard, "<6>a row; order F-1; the provider: no, sk_live_"));
        assert_null(strstr(heard, "abc"));
        assert_null(strstr(heard, "\n<3>"));
}

static void assert_name(const char *name, const char *logged) {
        AUTO_BUFFER line = BUFFER_EMPTY;

        assert_int_equal(log_append_name(&line, text_of(name), 100), 0);
        assert_int_equal(buffer_append_char(&line, '\0'), 0);
        assert_string_equal(line.data, logged);
}

static void test_names_tell_nobody(void **state) {
        (void) state;
        assert_name("facturas.csv", "facturas.csv");
        assert_name("facturas-2026-11-25.csv", "facturas-2026-11-25.csv");
        assert_name("F-10231 a F-10240.csv", "F-10231 a F-10240.csv");
        assert_name("20261125_120000.csv", "20261125_120000.csv");
        assert_name("pagos@comercial-andina.cl", "(...)");
        assert_name("de juan.perez+x@example.cl hoy.csv", "de (...) hoy.csv");
        assert_name("<pagos@example.cl>.csv", "<(...)>.csv");
        assert_name("76.086.428-5.csv", "(...).csv");
        assert_name("deuda_76086428-5.csv", "deuda_(...).csv");
        assert_name("deuda760864285.csv", "deuda(...).csv");
        assert_name("rfc GODE561231GR8.csv", "rfc (...).csv");
        assert_name("a\nb.csv", "a\\nb.csv");
        assert_name("", "");
        log_allow_references(true);
        assert_name("76.086.428-5.csv", "76.086.428-5.csv");
        log_allow_references(false);
}

/* --- transactions --------------------------------------------------------------------------- */

static void say_in_transactions(void) {
        log_begin();
        log_say(MESSAGE_RELEASED, "this did not happen");
        log_rollback();
        log_say(MESSAGE_STORE_UNWRITABLE, "full");
        log_begin();
        log_say(MESSAGE_RELEASED, "this did");
        log_info("and this");
        log_commit();
}

static void test_what_is_rolled_back_is_not_said(void **state) {
        (void) state;
        listen_at_pipe(say_in_transactions, LOG_DEBUG);
        assert_string_equal(heard, "<3>full\n<5>this did\n<6>and this\n");
}

static void say_uncommitted(void) {
        log_begin();
        log_info("not yet");
}

static void test_nothing_is_said_before_the_commit(void **state) {
        (void) state;
        listen_at_pipe(say_uncommitted, LOG_DEBUG);
        assert_string_equal(heard, "");
        log_rollback();
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_pipe_has_levels),
                cmocka_unit_test(test_other_journal_stream_is_not_ours),
                cmocka_unit_test(test_data_forges_no_line),
                cmocka_unit_test(test_a_line_is_bounded),
                cmocka_unit_test(test_terminal_has_no_levels),
                cmocka_unit_test(test_no_key_is_said),
                cmocka_unit_test(test_references_only_where_wanted),
                cmocka_unit_test(test_names_tell_nobody),
                cmocka_unit_test(test_what_is_rolled_back_is_not_said),
                cmocka_unit_test(test_nothing_is_said_before_the_commit),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
