#include "daemon/ctl/report_output.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/ctl/interrupt.h"
#include "jobs/base/buffer.h"

#define FALLBACK_FOLDER "/var/tmp" /* large, and on a disk */
#define MODE            0640       /* personal data: as the results */
#define BLOCK           ((size_t) 64 * 1024)

struct ReportOutput {
        char *target; /* NULL: stdout */
        char *folder;
        char *hidden; /* a name that it has meanwhile; NULL: none */
        int fd;
        char path[64]; /* opens it, name or not */
        size_t buffered;
        char buffer[BLOCK];
};

ReportOutput *report_output_free(ReportOutput *output) {
        if (!output)
                return NULL;
        close_fd_p(&output->fd);
        if (output->hidden)
                (void) unlink(output->hidden);
        free(output->hidden);
        free(output->folder);
        free(output->target);
        free(output);
        return NULL;
}

/* A file of that folder without a name; else one with a hidden name, told in `ret_hidden`. */
static int open_nameless(const char *folder, char **ret_hidden) {
        AUTO_FREE char *hidden = NULL;
        int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, MODE);

        *ret_hidden = NULL;
        if (fd >= 0)
                return fd;
        if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)
                return -errno;
        if (asprintf(&hidden, "%s/.checkoutctl-report.XXXXXX", folder) < 0)
                return -ENOMEM;
        fd = mkostemp(hidden, O_CLOEXEC);
        if (fd < 0)
                return -errno;
        *ret_hidden = TAKE(hidden);
        return fd;
}

/* The regular file that the path means, or will: a symbolic link is followed, never replaced. */
static int find_target(const char *path, char **ret_target) {
        struct stat facts;

        if (stat(path, &facts) == 0) {
                if (S_ISDIR(facts.st_mode))
                        return -EISDIR;
                if (!S_ISREG(facts.st_mode))
                        return -ENOTSUP;
                *ret_target = realpath(path, NULL);
        } else if (errno == ENOENT) {
                *ret_target = strdup(path);
        } else {
                return -errno;
        }
        return *ret_target ? 0 : -errno;
}

static int find_folder(ReportOutput *output, const char *path) {
        AUTO_FREE char *copy = NULL;
        const char *folder = getenv("TMPDIR");
        int r;

        if (!path) {
                output->folder = strdup(folder && *folder == '/' ? folder : FALLBACK_FOLDER);
                return output->folder ? 0 : -ENOMEM;
        }
        r = find_target(path, &output->target);
        if (r < 0)
                return r;
        copy = strdup(output->target);
        output->folder = copy ? strdup(dirname(copy)) : NULL;
        return output->folder ? 0 : -ENOMEM;
}

int report_output_new(const char *path, ReportOutput **ret_output) {
        CLEANUP(report_output_free_p) ReportOutput *output = malloc(sizeof(*output));
        int r;

        if (!output)
                return -ENOMEM;
        output->target = output->folder = output->hidden = NULL;
        output->fd = -1;
        output->buffered = 0;
        r = find_folder(output, path);
        if (r < 0)
                return r;
        output->fd = open_nameless(output->folder, &output->hidden);
        if (output->fd < 0)
                return output->fd;
        if (fchmod(output->fd, MODE) < 0) /* whatever the umask says */
                return -errno;
        (void) snprintf(output->path, sizeof(output->path), "/proc/self/fd/%d", output->fd);
        *ret_output = TAKE(output);
        return 0;
}

const char *report_output_path(const ReportOutput *output) {
        return output->path;
}

int report_output_fd(const ReportOutput *output) {
        return output->fd;
}

const char *report_output_folder(const ReportOutput *output) {
        return output->folder;
}

int report_output_spool(const ReportOutput *output) {
        AUTO_FREE char *hidden = NULL;
        int fd = open_nameless(output->folder, &hidden);

        if (hidden)
                (void) unlink(hidden);
        return fd;
}

/* --- writing -------------------------------------------------------------------------------- */

static int flush(ReportOutput *output) {
        int r = interrupt_write(output->fd, output->buffer, output->buffered);

        output->buffered = 0;
        return r;
}

int report_output_add(ReportOutput *output, const void *bytes, size_t size) {
        int r = 0;

        if (output->buffered + size > BLOCK)
                r = flush(output);
        if (r < 0 || size > BLOCK)
                return r < 0 ? r : interrupt_write(output->fd, bytes, size);
        memcpy(output->buffer + output->buffered, bytes, size);
        output->buffered += size;
        return 0;
}

/* Copies what stands in a file from its beginning. */
static int copy_out(int from, int to) {
        char block[BLOCK];
        off_t at = 0;

        for (;;) {
                ssize_t n = pread(from, block, sizeof(block), at);
                int r;

                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return n < 0 ? -errno : 0;
                r = interrupt_write(to, block, (size_t) n);
                if (r < 0)
                        return r;
                at += n;
        }
}

int report_output_add_file(ReportOutput *output, int fd) {
        int r = flush(output);

        return r < 0 ? r : copy_out(fd, output->fd);
}

/* --- into place ----------------------------------------------------------------------------- */

static int give_hidden_name(ReportOutput *output) {
        AUTO_FREE char *hidden = NULL;

        if (output->hidden)
                return 0;
        if (asprintf(&hidden, "%s/.checkoutctl-report.%ld", output->folder, (long) getpid()) < 0)
                return -ENOMEM;
        (void) unlink(hidden); /* of an earlier process with this number */
        if (linkat(AT_FDCWD, output->path, AT_FDCWD, hidden, AT_SYMLINK_FOLLOW) < 0)
                return -errno;
        output->hidden = TAKE(hidden);
        return 0;
}

static int sync_folder(const char *folder) {
        AUTO_CLOSE int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

int report_output_commit(ReportOutput *output) {
        int r = flush(output);

        if (r < 0)
                return r;
        if (!output->target)
                return copy_out(output->fd, STDOUT_FILENO);
        if (fsync(output->fd) < 0)
                return -errno;
        r = give_hidden_name(output);
        if (r < 0)
                return r;
        if (rename(output->hidden, output->target) < 0)
                return -errno;
        free(TAKE(output->hidden));
        return sync_folder(output->folder);
}
