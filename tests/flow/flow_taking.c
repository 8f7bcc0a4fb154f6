/* Taking files: complete ones, however they came, and nothing else; each trap of how people and
 * servers put files into a folder. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/flow/harness_orders.h"

static const char one_row[] = "order_id,amount,currency\nA-1,1500,CLP\n";
static const char cut_row[] = "order_id,amount,currency\nA-1,1500,CLP";

static const char *incoming(Flow *flow, const char *name) {
        return flow_path(flow, "spool/incoming/%s", name);
}

/* A file that has to settle, begun after all that is there now, comes back: whatever is still there
 * then was looked at often and passed over. */
static void settle_and_pass(Flow *flow) {
        flow_copy_in(flow, "settled.csv", "order_id,amount,currency\nSETTLED,1,CLP\n");
        (void) flow_results(flow, "settled");
        flow_pass(flow);
}

static void append_to(Flow *flow, const char *path, const char *text) {
        AUTO_CLOSE int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);

        if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t) strlen(text))
                flow_fail(flow, "%s: %s", path, strerror(errno));
}

/* A rename says that the file is whole, also when its last line has no end. */
static void renamed_is_whole(void **state) {
        Flow *flow = *state;

        flow_set(flow, "spool", "settle", "1h");
        flow_start(flow);
        flow_drop(flow, "a.csv", cut_row);
        assert_int_equal(flow_count_status(flow_results(flow, "a"), "open"), 1);
        flow_good(flow);
}

/* OpenSSH's SFTP server renames by link and unlink: only IN_CREATE is seen. */
static void linked_and_unlinked(void **state) {
        Flow *flow = *state;

        flow_start(flow);
        flow_copy_in(flow, "a.csv.filepart", one_row);
        assert_int_equal(link(incoming(flow, "a.csv.filepart"), incoming(flow, "a.csv")), 0);
        assert_int_equal(unlink(incoming(flow, "a.csv.filepart")), 0);
        assert_int_equal(flow_count_status(flow_results(flow, "a"), "open"), 1);
        flow_good(flow);
}

static void upper_case_ending(void **state) {
        Flow *flow = *state;

        flow_start(flow);
        flow_drop(flow, "A.CSV", one_row);
        (void) flow_wait_path(flow, "spool/results/A.B*.results.csv");
        flow_good(flow);
}

/* Somebody has it open for writing: also a pause longer than `settle` proves nothing. */
static void open_for_writing(void **state) {
        Flow *flow = *state;
        const char *path;
        int fd;

        flow_start(flow);
        path = incoming(flow, "slow.csv");
        fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
        assert_true(fd >= 0);
        assert_true(write(fd, one_row, strlen(one_row)) > 0);
        settle_and_pass(flow);
        assert_true(flow_exists(path));
        assert_true(write(fd, "A-2,1600,CLP\n", 13) == 13);
        assert_int_equal(close(fd), 0);
        assert_int_equal(flow_results(flow, "slow")->n_rows, 2);
        flow_good(flow);
}

#define PIECES 16
#define PAUSE  250 /* milliseconds */

static int64_t now_in_milliseconds(void) {
        struct timespec now;

        assert_int_equal(clock_gettime(CLOCK_BOOTTIME, &now), 0);
        return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

/* Writes, closes, opens again; gives the longest pause, in milliseconds. A client that preserves
 * times sets an old mtime after every piece. */
static int64_t write_pieces(Flow *flow, const char *stem, bool preserve_times) {
        static const struct timespec old[2] = { { .tv_sec = 1500000000 },
                                                { .tv_sec = 1500000000 } };
        const char *path = incoming(flow, flow_text(flow, "%s.csv", stem));
        int64_t before = now_in_milliseconds(), longest = 0;

        append_to(flow, path, "order_id,amount,currency\n");
        for (unsigned i = 1; i <= PIECES; i++) {
                int64_t now;

                append_to(flow, path, flow_text(flow, "%s-%06u,1500,CLP\n", stem, i));
                if (preserve_times)
                        assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
                now = now_in_milliseconds();
                longest = now - before > longest ? now - before : longest;
                before = now;
                (void) poll(NULL, 0, PAUSE);
        }
        return longest;
}

/* For longer than `settle` but with shorter pauses; the pace is what is tested here. Where the
 * machine did not let us keep it, the daemon rightly took a part for the whole, and another file is
 * written. */
static void write_in_pieces(Flow *flow, bool preserve_times) {
        const char *stem;
        unsigned tries = 0;

        flow_set(flow, "spool", "settle", "3s");
        flow_start(flow);
        do
                stem = flow_text(flow, "P%u", ++tries);
        while (write_pieces(flow, stem, preserve_times) >= 2500 && tries < 20);
        assert_int_equal(flow_results(flow, stem)->n_rows, PIECES);
        flow_assert_exactly_once(flow, stem, PIECES);
        flow_good(flow);
}

static void reopened_by_a_slow_writer(void **state) {
        write_in_pieces(*state, false);
}

static void copied_with_its_old_mtime(void **state) {
        write_in_pieces(*state, true);
}

static void not_renamed_and_without_line_end(void **state) {
        Flow *flow = *state;

        flow_start(flow);
        flow_copy_in(flow, "cut.csv", cut_row);
        flow_assert_contains(flow_nack(flow, "cut"), "E-FILE-CUT");
        (void) flow_wait_path(flow, "spool/rejected/*cut*");
        flow_wait_gone(flow, incoming(flow, "cut.csv"));
        assert_int_equal(flow_sessions(flow), 0);
        flow_good(flow);
}

/* It may have been renamed while nobody watched: it waits ten minutes. */
static void found_at_start_without_line_end(void **state) {
        Flow *flow = *state;

        flow_copy_in(flow, "cut.csv", cut_row);
        flow_copy_in(flow, "whole.csv", "order_id,amount,currency\nW-1,1,CLP\n");
        flow_start(flow);
        assert_int_equal(flow_count_status(flow_results(flow, "whole"), "open"), 1);
        settle_and_pass(flow);
        assert_true(flow_exists(incoming(flow, "cut.csv")));
        assert_int_equal(flow_count_paths(flow, "spool/results/cut.*"), 0);
        flow_good(flow);
}

/* And then it is taken; what nobody takes is told of after a minute. (Our machine sleeps meanwhile,
 * which is the same to the daemon.) */
static void after_a_minute_and_after_ten(void **state) {
        Flow *flow = *state;
        const char *other = flow_path(flow, "other");

        flow_clock_fake(flow);
        flow_copy_in(flow, "cut.csv", cut_row);
        flow_start(flow);
        flow_drop(flow, "archive.zip", "PK\x03\x04 no workbook");
        flow_drop(flow, "notes", "order_id,amount,currency\nN-1,1,CLP\n");
        flow_write(flow, other, cut_row, strlen(cut_row));
        assert_int_equal(link(other, incoming(flow, "two.csv")), 0);
        flow_copy_in(flow, "secret.csv", cut_row);
        assert_int_equal(chmod(incoming(flow, "secret.csv"), 0), 0);
        settle_and_pass(flow);
        assert_int_equal(flow_count_log(flow, "two.csv"), 0);
        assert_int_equal(flow_count_log(flow, "secret.csv"), 0);

        flow_suspend(flow, 62);
        flow_assert_contains(flow_nack(flow, "archive.zip"), "E-FILE-ARCHIVE");
        flow_assert_contains(flow_nack(flow, "notes"), "E-FILE-NAME");
        flow_wait_log(flow, "two.csv");
        flow_wait_log(flow, "secret.csv");
        flow_pass(flow);
        assert_true(flow_exists(incoming(flow, "cut.csv")));
        assert_int_equal(flow_sessions(flow), 3); /* of what was dropped to see that */

        flow_suspend(flow, 540);
        assert_int_equal(flow_count_status(flow_results(flow, "cut"), "open"), 1);
        flow_assert_contains(flow_ack(flow, "cut"), "10 min");
        flow_good(flow);
}

static void names_that_are_not_for_us(void **state) {
        static const char *const names[] = { ".hidden.csv", "a.csv.part", "a.csv.filepart",
                                             "a.csv.tmp",   "a.csv~",     "a.csv.ctl",
                                             "a.ctl" };
        Flow *flow = *state;

        flow_start(flow);
        for (size_t i = 0; i < ELEMENTS(names); i++)
                flow_drop(flow, names[i], one_row);
        settle_and_pass(flow);
        for (size_t i = 0; i < ELEMENTS(names); i++)
                assert_true(flow_exists(incoming(flow, names[i])));
        assert_int_equal(flow_sessions(flow), 2);
        flow_good(flow);
}

/* Never opened, never followed, never removed; and the daemon does not hang on the FIFO. */
static void what_is_no_regular_file(void **state) {
        Flow *flow = *state;
        const char *target;
        struct stat facts;

        flow_start(flow);
        target = flow_path(flow, "target.csv");
        flow_write(flow, target, one_row, strlen(one_row));
        assert_int_equal(symlink(target, incoming(flow, "link.csv")), 0);
        assert_int_equal(symlink("/nowhere/at/all.csv", incoming(flow, "dangling.csv")), 0);
        assert_int_equal(mkfifo(incoming(flow, "fifo.csv"), 0644), 0);
        assert_int_equal(mkdir(incoming(flow, "folder.csv"), 0755), 0);
        flow_write(flow, incoming(flow, "folder.csv/inside.csv"), one_row, strlen(one_row));
        (void) mknod(incoming(flow, "device.csv"), S_IFCHR | 0644, 0x103); /* only root may */
        settle_and_pass(flow);
        assert_int_equal(lstat(incoming(flow, "link.csv"), &facts), 0);
        assert_true(S_ISLNK(facts.st_mode));
        assert_string_equal(flow_read(flow, target, NULL), one_row);
        assert_true(flow_exists(incoming(flow, "dangling.csv")));
        assert_true(flow_exists(incoming(flow, "fifo.csv")));
        assert_true(flow_exists(incoming(flow, "folder.csv/inside.csv")));
        assert_int_equal(flow_sessions(flow), 2);
        flow_good(flow);
}

static void unreadable_waits_until_it_is_not(void **state) {
        Flow *flow = *state;
        const char *path;

        flow_start(flow);
        path = incoming(flow, "secret.csv");
        flow_write(flow, flow_path(flow, "secret"), one_row, strlen(one_row));
        assert_int_equal(chmod(flow_path(flow, "secret"), 0), 0);
        assert_int_equal(rename(flow_path(flow, "secret"), path), 0);
        settle_and_pass(flow);
        assert_true(flow_exists(path));
        assert_int_equal(chmod(path, 0644), 0);
        assert_int_equal(flow_results(flow, "secret")->n_rows, 1);
        flow_good(flow);
}

static void second_hard_link_waits(void **state) {
        Flow *flow = *state;
        const char *path, *other;

        flow_start(flow);
        path = incoming(flow, "linked.csv");
        other = flow_path(flow, "other-name");
        flow_write(flow, other, one_row, strlen(one_row));
        assert_int_equal(link(other, path), 0);
        settle_and_pass(flow);
        assert_true(flow_exists(path));
        assert_int_equal(unlink(other), 0);
        assert_int_equal(flow_results(flow, "linked")->n_rows, 1);
        flow_good(flow);
}

static void names_that_nobody_expects(void **state) {
        Flow *flow = *state;
        char longest[256];
        const char *log;

        memset(longest, 'n', 251);
        memcpy(longest + 251, ".csv", 5);
        flow_start(flow);
        flow_drop(flow, "two\nlines\x1b[31m.csv", flow_orders(flow, "N", 1));
        flow_drop(flow, longest, flow_orders(flow, "L", 1));
        flow_drop(flow, "latin-\xf1-\xff.csv", flow_orders(flow, "B", 1));
        flow_drop(flow, "con espacios y \xc3\xb1.csv", flow_orders(flow, "S", 1));
        flow_drop(flow, "--config.csv", flow_orders(flow, "D", 1));
        for (unsigned i = 1; i <= 5; i++)
                (void) flow_wait_path(flow, "spool/results/*.B%06u.results.csv", i);
        assert_int_equal(flow_count_paths(flow, "spool/results/*\n*"), 0);
        assert_int_equal(flow_count_paths(flow, "spool/results/*\x1b*"), 0);
        flow_wait_none(flow, "spool/incoming/*.*");
        assert_int_equal(flow_sessions(flow), 5);
        log = flow_daemon_log(flow);
        assert_null(strstr(log, "\x1b"));
        assert_null(strstr(log, "\nlines"));
        flow_good(flow);
}

/* More events than the kernel keeps, while the daemon could not read them. */
static void overflowing_notifications(void **state) {
        Flow *flow = *state;
        const char *a, *b;

        flow_start(flow);
        a = incoming(flow, "noise-a.tmp");
        b = incoming(flow, "noise-b.tmp");
        flow_copy_in(flow, "noise-a.tmp", "x");
        assert_int_equal(kill(flow_daemon_pid(flow), SIGSTOP), 0);
        for (unsigned i = 0; i < 20000; i++)
                assert_int_equal(rename(i % 2 ? b : a, i % 2 ? a : b), 0);
        flow_copy_in(flow, "after.csv", one_row);
        assert_int_equal(kill(flow_daemon_pid(flow), SIGCONT), 0);
        assert_int_equal(flow_results(flow, "after")->n_rows, 1);
        flow_good(flow);
}

static void same_bytes_again(void **state) {
        Flow *flow = *state;
        const char *answer;

        flow_start(flow);
        flow_drop(flow, "a.csv", one_row);
        (void) flow_results(flow, "a");
        flow_drop(flow, "again.csv", one_row);
        answer = flow_read(flow, flow_wait_path(flow, "spool/results/again.B*.DUP.txt"), NULL);
        flow_assert_contains(answer, "B000001");
        flow_wait_gone(flow, incoming(flow, "again.csv"));
        assert_int_equal(flow_count_paths(flow, "spool/results/again.*results.csv"), 0);
        assert_int_equal(flow_sessions(flow), 1);
        flow_good(flow);
}

static void same_references_again(void **state) {
        Flow *flow = *state;
        const FlowTable *results;

        flow_start(flow);
        flow_drop(flow, "a.csv", one_row);
        (void) flow_results(flow, "a");
        flow_drop(flow, "b.csv",
                  "order_id,amount,currency\nA-1,1500,CLP\nA-2,10,CLP\nA-2,10,CLP\n"
                  "A-2,11,CLP\n");
        results = flow_results(flow, "b");
        assert_string_equal(flow_cell(results, 1, "checkout_status"), "duplicate");
        assert_string_equal(flow_cell(results, 2, "checkout_status"), "open");
        assert_int_equal(flow_sessions(flow), 2);

        flow_drop(flow, "c.csv", "order_id,amount,currency\nA-1,1501,CLP\n");
        results = flow_results(flow, "c");
        assert_string_equal(flow_cell(results, 1, "checkout_status"), "conflict");
        flow_assert_contains(flow_cell(results, 1, "checkout_reason"), "B000001");
        assert_int_equal(flow_sessions(flow), 2);
        (void) flow_wait_path(flow, "spool/results/c.B*.rejects.csv");
        flow_good(flow);
}

/* The daemon was down when the file came. */
static void found_at_start(void **state) {
        Flow *flow = *state;

        flow_copy_in(flow, "a.csv", one_row);
        flow_start(flow);
        assert_int_equal(flow_count_status(flow_results(flow, "a"), "open"), 1);
        flow_good(flow);
}

static void many_files_at_once(void **state) {
        Flow *flow = *state;

        flow_start(flow);
        for (unsigned i = 1; i <= 60; i++)
                flow_drop(flow, flow_text(flow, "f%02u.csv", i),
                          flow_orders(flow, flow_text(flow, "F%02u", i), 5));
        for (unsigned i = 1; i <= 60; i++)
                assert_int_equal(
                        flow_count_status(flow_results(flow, flow_text(flow, "f%02u", i)), "open"),
                        5);
        assert_int_equal(flow_sessions(flow), 300);
        flow_good(flow);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                FLOW(renamed_is_whole),
                FLOW(linked_and_unlinked),
                FLOW(upper_case_ending),
                FLOW(open_for_writing),
                FLOW(reopened_by_a_slow_writer),
                FLOW(copied_with_its_old_mtime),
                FLOW(not_renamed_and_without_line_end),
                FLOW(found_at_start_without_line_end),
                FLOW(after_a_minute_and_after_ten),
                FLOW(names_that_are_not_for_us),
                FLOW(what_is_no_regular_file),
                FLOW(unreadable_waits_until_it_is_not),
                FLOW(second_hard_link_waits),
                FLOW(names_that_nobody_expects),
                FLOW(overflowing_notifications),
                FLOW(same_bytes_again),
                FLOW(same_references_again),
                FLOW(found_at_start),
                FLOW(many_files_at_once),
        };

        return FLOW_RUN(tests);
}
