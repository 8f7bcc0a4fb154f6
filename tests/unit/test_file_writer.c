/* Files are there whole or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "daemon/base/file_writer.h"

static char directory_name[64];
static int directory = -1;

static int setup(void **state) {
        (void) state;
        (void) snprintf(directory_name, sizeof(directory_name), "/tmp/file_writer.XXXXXX");
        if (!mkdtemp(directory_name))
                return -1;
        directory = open(directory_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return directory < 0 ? -1 : 0;
}

static int teardown(void **state) {
        (void) state;
        (void) unlinkat(directory, "a", 0);
        (void) unlinkat(directory, "b", 0);
        (void) close(directory);
        return rmdir(directory_name); /* nothing hidden is left */
}

static void assert_content(const char *name, const char *expected) {
        AUTO_CLOSE int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
        char content[64] = "";

        assert_true(fd >= 0);
        assert_true(read(fd, content, sizeof(content) - 1) >= 0);
        assert_string_equal(content, expected);
}

static void a_file_appears_whole(void **state) {
        CLEANUP(file_writer_free_p) FileWriter *writer = NULL;
        struct stat st;

        (void) state;
        assert_int_equal(file_writer_new(directory, "a", 0640, &writer), 0);
        assert_int_equal(file_writer_add(writer, "hello ", 6), 0);
        assert_int_equal(file_writer_add(writer, "world", 5), 0);
        assert_int_equal(fstatat(directory, "a", &st, 0), -1);
        assert_int_equal(file_writer_commit(writer), 0);
        assert_content("a", "hello world");
        assert_int_equal(fstatat(directory, "a", &st, 0), 0);
        assert_int_equal(st.st_mode & 07777, 0640);
}

static void giving_up_leaves_the_old_one(void **state) {
        CLEANUP(file_writer_free_p) FileWriter *writer = NULL;

        (void) state;
        assert_int_equal(file_write(directory, "a", 0600, "old", 3), 0);
        assert_int_equal(file_writer_new(directory, "a", 0600, &writer), 0);
        assert_int_equal(file_writer_add(writer, "new", 3), 0);
        writer = file_writer_free(writer);
        assert_content("a", "old");
}

static void unsynced_is_as_whole(void **state) {
        AUTO_CLOSE int fd = openat(directory, ".a.part", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        AUTO_FREE char *long_one = calloc(1, 200000);
        struct stat st;

        (void) state;
        assert_true(fd >= 0 && long_one);
        assert_int_equal(file_write_unsynced(directory, "a", 0644, "old", 3), 0);
        assert_content("a", "old");
        assert_int_equal(file_write_unsynced(directory, "a", 0644, long_one, 200000), 0);
        assert_int_equal(fstatat(directory, "a", &st, 0), 0);
        assert_int_equal(st.st_size, 200000);
        assert_int_equal(st.st_mode & 07777, 0644);
        assert_int_equal(fstatat(directory, ".a.part", &st, 0), -1);
        assert_int_equal(file_write_unsynced(-1, "a", 0644, "x", 1), -EBADF);
}

static void left_overs_of_a_kill_are_replaced(void **state) {
        AUTO_CLOSE int fd = openat(directory, ".a.part", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

        (void) state;
        assert_true(fd >= 0);
        assert_int_equal(write(fd, "half", 4), 4);
        assert_int_equal(file_write(directory, "a", 0600, "whole", 5), 0);
        assert_content("a", "whole");
}

static void a_full_disk_is_told_and_leaves_nothing(void **state) {
        const struct rlimit small = { 100000, RLIM_INFINITY };
        const struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
        CLEANUP(file_writer_free_p) FileWriter *writer = NULL;
        static char block[70000];
        int r = 0;

        (void) state;
        (void) signal(SIGXFSZ, SIG_IGN);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
        assert_int_equal(file_writer_new(directory, "b", 0600, &writer), 0);
        for (unsigned i = 0; i < 4 && r == 0; i++)
                r = file_writer_add(writer, block, sizeof(block));
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &all), 0);
        assert_int_equal(r, -EFBIG);
}

static void moving_goes_between_folders(void **state) {
        struct stat st;

        (void) state;
        assert_int_equal(file_write(directory, "a", 0600, "x", 1), 0);
        assert_int_equal(file_move(directory, "a", directory, "b"), 0);
        assert_int_equal(fstatat(directory, "a", &st, 0), -1);
        assert_content("b", "x");
        assert_int_equal(file_move(directory, "a", directory, "b"), -ENOENT);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(a_file_appears_whole, setup, teardown),
                cmocka_unit_test_setup_teardown(giving_up_leaves_the_old_one, setup, teardown),
                cmocka_unit_test_setup_teardown(unsynced_is_as_whole, setup, teardown),
                cmocka_unit_test_setup_teardown(left_overs_of_a_kill_are_replaced, setup, teardown),
                cmocka_unit_test_setup_teardown(a_full_disk_is_told_and_leaves_nothing, setup,
                                                teardown),
                cmocka_unit_test_setup_teardown(moving_goes_between_folders, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
