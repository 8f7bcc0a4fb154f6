#include "daemon/base/file_writer.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define SYNC_EVERY  ((size_t) 4 * 1024 * 1024)
#define BUFFER_SIZE ((size_t) 64 * 1024)

struct FileWriter {
        int directory;
        int fd;
        int old; /* what the name stands for until now; -1: nothing */
        size_t unsynced;
        size_t buffered;
        char *name;
        char *hidden; /* NULL once renamed */
        char buffer[BUFFER_SIZE];
};

FileWriter *file_writer_free(FileWriter *writer) {
        if (!writer)
                return NULL;
        if (writer->fd >= 0)
                (void) close(writer->fd);
        close_fd_p(&writer->old);
        if (writer->hidden)
                (void) unlinkat(writer->directory, writer->hidden, 0);
        free(writer->hidden);
        free(writer->name);
        free(writer);
        return NULL;
}

int file_writer_new(int directory, const char *name, mode_t mode, FileWriter **ret_writer) {
        CLEANUP(file_writer_free_p) FileWriter *writer = malloc(sizeof(*writer));
        AUTO_FREE char *hidden = NULL;

        assert(name[0] != '\0' && !strchr(name, '/'));
        if (!writer)
                return -ENOMEM;
        writer->directory = directory;
        writer->fd = writer->old = -1;
        writer->unsynced = writer->buffered = 0;
        writer->hidden = NULL;
        writer->name = strdup(name);
        if (!writer->name || asprintf(&hidden, ".%s.part", name) < 0)
                return -ENOMEM;
        if (unlinkat(directory, hidden, 0) < 0 && errno != ENOENT)
                return -errno;
        writer->fd = openat(directory, hidden, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                            mode);
        if (writer->fd < 0)
                return -errno;
        writer->hidden = TAKE(hidden);
        writer->old = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (fchmod(writer->fd, mode) < 0) /* whatever the umask says */
                return -errno;
        *ret_writer = TAKE(writer);
        return 0;
}

int file_write_all(int fd, const void *bytes, size_t size) {
        const char *at = bytes;

        while (size > 0) {
                ssize_t n = write(fd, at, size);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                at += n;
                size -= (size_t) n;
        }
        return 0;
}

static int flush(FileWriter *writer) {
        int r = file_write_all(writer->fd, writer->buffer, writer->buffered);

        if (r < 0)
                return r;
        writer->unsynced += writer->buffered;
        writer->buffered = 0;
        if (writer->unsynced < SYNC_EVERY)
                return 0;
        if (fdatasync(writer->fd) < 0)
                return -errno;
        writer->unsynced = 0;
        /* Of the old file, whose last name goes when this one takes its place: giving back all of
         * it then would stop the loop, a gigabyte for 0.1 s. */
        if (writer->old >= 0)
                (void) posix_fadvise(writer->old, 0, 0, POSIX_FADV_DONTNEED);
        return 0;
}

int file_writer_add(FileWriter *writer, const void *bytes, size_t size) {
        const char *from = bytes;

        assert(writer->fd >= 0);
        while (size > 0) {
                size_t n = BUFFER_SIZE - writer->buffered;
                int r;

                if (n > size)
                        n = size;
                memcpy(writer->buffer + writer->buffered, from, n);
                writer->buffered += n;
                from += n;
                size -= n;
                if (writer->buffered == BUFFER_SIZE) {
                        r = flush(writer);
                        if (r < 0)
                                return r;
                }
        }
        return 0;
}

/* Under its own name from now on. */
static int put_in_place(FileWriter *writer) {
        if (close(take_fd(&writer->fd)) < 0)
                return -errno;
        if (renameat(writer->directory, writer->hidden, writer->directory, writer->name) < 0)
                return -errno;
        free(TAKE(writer->hidden));
        return 0;
}

int file_writer_commit(FileWriter *writer) {
        int r = flush(writer);

        if (r < 0)
                return r;
        if (fsync(writer->fd) < 0)
                return -errno;
        r = put_in_place(writer);
        if (r < 0)
                return r;
        return fsync(writer->directory) < 0 ? -errno : 0;
}

static int write_whole(int directory, const char *name, mode_t mode, const void *bytes, size_t size,
                       FileWriter **ret_writer) {
        int r = file_writer_new(directory, name, mode, ret_writer);

        return r < 0 ? r : file_writer_add(*ret_writer, bytes, size);
}

int file_write(int directory, const char *name, mode_t mode, const void *bytes, size_t size) {
        CLEANUP(file_writer_free_p) FileWriter *writer = NULL;
        int r = write_whole(directory, name, mode, bytes, size, &writer);

        return r < 0 ? r : file_writer_commit(writer);
}

int file_write_unsynced(int directory, const char *name, mode_t mode, const void *bytes,
                        size_t size) {
        CLEANUP(file_writer_free_p) FileWriter *writer = NULL;
        int r = write_whole(directory, name, mode, bytes, size, &writer);

        if (r >= 0)
                r = file_write_all(writer->fd, writer->buffer, writer->buffered);
        return r < 0 ? r : put_in_place(writer);
}

int file_move(int from_directory, const char *from, int to_directory, const char *to) {
        int r = renameat2(from_directory, from, to_directory, to, RENAME_NOREPLACE);

        if (r < 0 && errno == EINVAL) /* this file system does not know how */
                r = renameat(from_directory, from, to_directory, to);
        if (r < 0)
                return -errno;
        /* The new place first: a file in both folders after a power cut is mended, one in none is
         * lost. */
        if (fsync(to_directory) < 0 || fsync(from_directory) < 0)
                return -errno;
        return 0;
}
