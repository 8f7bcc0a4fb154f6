/* ControlFile: which file beside an order file is its control totals, and that what stands there is
 * never taken for nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/spool/control_file.h"
#include "jobs/base/cleanup.h"

static void it_is_known_by_its_name(void **state) {
        static const struct {
                const char *control, *name;
                bool belongs;
        } cases[] = {
                { "a.csv.ctl", "a.csv", true },   { "a.ctl", "a.csv", true },
                { "a.CTL", "a.CSV", true },       { "a.CSV.CTL", "a.CSV", true },
                { "a.xlsx.ctl", "a.xlsx", true }, { "b.ctl", "a.csv", false },
                { "a.csv", "a.csv", false },      { ".ctl", "a.csv", false },
                { "a.csv.ct", "a.csv", false },   { "a.csvx.ctl", "a.csv", false },
                { "A.ctl", "a.csv", false },      { "", "a.csv", false },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++)
                if (control_file_belongs(cases[i].control, cases[i].name) != cases[i].belongs)
                        fail_msg("%s %s", cases[i].control, cases[i].name);
}

static void a_name_that_would_be_too_long_is_none(void **state) {
        char name[NAME_MAX + 1], control[NAME_MAX + 1];

        (void) state;
        memset(name, 'x', NAME_MAX);
        memcpy(name + NAME_MAX - 4, ".csv", 5);
        control_file_name(name, 0, control);
        assert_string_equal(control, "");
        control_file_name(name, 1, control);
        assert_int_equal(strlen(control), NAME_MAX);
        control_file_name("a.xlsx", 1, control); /* has no second one */
        assert_string_equal(control, "");
}

/* --- what stands there ----------------------------------------------------------------------- */

typedef struct Folder {
        char path[64];
        int fd;
} Folder;

static int make_folder(void **state) {
        static Folder folder;

        (void) snprintf(folder.path, sizeof(folder.path), "/tmp/test_control_file.XXXXXX");
        if (!mkdtemp(folder.path) || chmod(folder.path, 0755) < 0)
                return -1;
        folder.fd = open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        *state = &folder;
        return folder.fd < 0 ? -1 : 0;
}

static int remove_folder(void **state) {
        Folder *folder = *state;

        (void) unlinkat(folder->fd, "x.ctl", 0);
        (void) unlinkat(folder->fd, "x.ctl", AT_REMOVEDIR);
        (void) close(folder->fd);
        return rmdir(folder->path);
}

static void put(const Folder *folder, const char *text) {
        AUTO_CLOSE int fd =
                openat(folder->fd, "x.ctl", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

        assert_true(fd >= 0);
        assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void nothing_is_nothing(void **state) {
        const Folder *folder = *state;
        OrderTotals totals = { .n = 0 };
        struct stat st;
        int fd;

        assert_int_equal(control_file_look(folder->fd, "x.ctl", &st, &totals), 0);
        assert_int_equal(control_file_open(folder->fd, "x.ctl", &totals, &fd), -ENOENT);
        assert_false(order_totals_are_given(&totals));
}

static void what_is_no_file_is_said(void **state) {
        const Folder *folder = *state;

        for (int kind = 0; kind < 4; kind++) {
                OrderTotals totals = { .n = 0 };
                struct stat st;
                int fd, r;

                r = kind == 0   ? symlinkat("/etc/hostname", folder->fd, "x.ctl")
                    : kind == 1 ? symlinkat("nowhere", folder->fd, "x.ctl")
                    : kind == 2 ? mkfifoat(folder->fd, "x.ctl", 0644)
                                : mkdirat(folder->fd, "x.ctl", 0755);
                assert_int_equal(r, 0);
                assert_int_equal(control_file_look(folder->fd, "x.ctl", &st, &totals), 0);
                assert_string_equal(totals.unread[TOTALS_UNREAD_FILE], "x.ctl");
                /* not even when it took the place of a file since it was looked at */
                if (kind < 2)
                        assert_int_equal(control_file_open(folder->fd, "x.ctl", &totals, &fd),
                                         -ELOOP);
                assert_int_equal(unlinkat(folder->fd, "x.ctl", kind == 3 ? AT_REMOVEDIR : 0), 0);
        }
}

static void its_text_is_read_whole_or_not_at_all(void **state) {
        const Folder *folder = *state;
        OrderTotals totals = { .n = 0 };
        AUTO_CLOSE int fd = -1;
        struct stat st;

        put(folder, "count = 2\n");
        assert_int_equal(control_file_look(folder->fd, "x.ctl", &st, &totals), 1);
        assert_int_equal(control_file_open(folder->fd, "x.ctl", &totals, &fd), 1);
        assert_int_equal(control_file_read(fd, st.st_size + 1, &totals), -EAGAIN);
        assert_false(order_totals_are_given(&totals));
        assert_int_equal(control_file_read(fd, st.st_size, &totals), 0);
        assert_int_equal(totals.n, 1);
        assert_int_equal(unlinkat(folder->fd, "x.ctl", 0), 0);
}

static void what_is_too_long_is_no_total(void **state) {
        static char text[10000];
        const Folder *folder = *state;
        OrderTotals totals = { .n = 0 };
        AUTO_CLOSE int fd = -1;

        memset(text, '#', sizeof(text) - 1);
        memcpy(text, "count = 2\n", 10);
        put(folder, text);
        assert_int_equal(control_file_open(folder->fd, "x.ctl", &totals, &fd), 1);
        assert_int_equal(control_file_read(fd, sizeof(text) - 1, &totals), 0);
        assert_int_equal(totals.n, 0);
        assert_true(totals.unread[TOTALS_UNREAD_CONTROL][0] != '\0');
        assert_int_equal(unlinkat(folder->fd, "x.ctl", 0), 0);
}

static void what_may_not_be_read_is_said(void **state) {
        const Folder *folder = *state;
        OrderTotals totals = { .n = 0 };
        uid_t me = geteuid();
        int fd, r;

        put(folder, "count = 2\n");
        assert_int_equal(fchmodat(folder->fd, "x.ctl", 0, 0), 0);
        if (me == 0) /* root may read everything */
                assert_int_equal(seteuid(65534), 0);
        r = control_file_open(folder->fd, "x.ctl", &totals, &fd);
        assert_int_equal(seteuid(me), 0);
        assert_int_equal(r, 0);
        assert_string_equal(totals.unread[TOTALS_UNREAD_FILE], "x.ctl");
        assert_int_equal(unlinkat(folder->fd, "x.ctl", 0), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(it_is_known_by_its_name),
                cmocka_unit_test(a_name_that_would_be_too_long_is_none),
                cmocka_unit_test_setup_teardown(nothing_is_nothing, make_folder, remove_folder),
                cmocka_unit_test_setup_teardown(what_is_no_file_is_said, make_folder,
                                                remove_folder),
                cmocka_unit_test_setup_teardown(its_text_is_read_whole_or_not_at_all, make_folder,
                                                remove_folder),
                cmocka_unit_test_setup_teardown(what_is_too_long_is_no_total, make_folder,
                                                remove_folder),
                cmocka_unit_test_setup_teardown(what_may_not_be_read_is_said, make_folder,
                                                remove_folder),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
