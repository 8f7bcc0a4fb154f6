#include "daemon/spool/control_file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "jobs/base/cleanup.h"

#define CSV      ".csv"
#define TEXT_MAX 4096 /* bytes of totals */

static const char *const endings[] = { ".ctl", ".CTL" };

/* `invoices.csv` without its ending. */
static size_t stem_of(const char *name) {
        size_t n = strlen(name), m = strlen(CSV);

        return n > m && strcasecmp(name + n - m, CSV) == 0 ? n - m : n;
}

void control_file_name(const char *name, size_t i, char ret[static NAME_MAX + 1]) {
        size_t whole = strlen(name), stem = stem_of(name), size = i % 2 == 0 ? whole : stem;
        int n;

        assert(i < CONTROL_FILE_NAMES);
        n = snprintf(ret, NAME_MAX + 1, "%.*s%s", (int) size, name, endings[i / 2]);
        if (n < 0 || n > NAME_MAX || (i % 2 == 1 && stem == whole))
                ret[0] = '\0';
}

bool control_file_belongs(const char *control, const char *name) {
        char possible[NAME_MAX + 1];

        for (size_t i = 0; i < CONTROL_FILE_NAMES; i++) {
                control_file_name(name, i, possible);
                if (possible[0] != '\0' && strcmp(control, possible) == 0)
                        return true;
        }
        return false;
}

/* `control` may be a path. */
static void cannot_be_read(OrderTotals *declared, const char *control) {
        const char *slash = strrchr(control, '/');

        order_totals_add_unread(declared, TOTALS_UNREAD_FILE, text_of(slash ? slash + 1 : control));
}

int control_file_look(int folder, const char *control, struct stat *ret_stat,
                      OrderTotals *declared) {
        if (fstatat(folder, control, ret_stat, AT_SYMLINK_NOFOLLOW) < 0)
                return errno == ENOENT ? 0 : -errno;
        if (S_ISREG(ret_stat->st_mode))
                return 1;
        cannot_be_read(declared, control);
        return 0;
}

int control_file_open(int folder, const char *control, OrderTotals *declared, int *ret_fd) {
        int fd = openat(folder, control, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

        if (fd < 0) {
                if (errno != EACCES && errno != EPERM)
                        return -errno;
                cannot_be_read(declared, control);
                return 0;
        }
        *ret_fd = fd;
        return 1;
}

int control_file_read(int fd, off_t size, OrderTotals *declared) {
        char text[TEXT_MAX + 1];
        ssize_t n;

        do
                n = pread(fd, text, sizeof(text), 0);
        while (n < 0 && errno == EINTR);
        if (n < 0)
                return -errno;
        if (n != size && n != (ssize_t) sizeof(text))
                return -EAGAIN;
        /* What is too long to be totals is none of them. */
        order_totals_of_control(declared, n > TEXT_MAX ? TEXT_NONE : (Text){ text, (size_t) n });
        return 0;
}
