/* Writing, syncing, sending. */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/flow/shim.h"

static void record_data(int fd, const struct stat *facts, int64_t offset, const void *data,
                        ssize_t size) {
        if (size > 0 && shim_is_recorded_fd(fd))
                shim_record((ShimRecord){ .kind = SHIM_WRITE,
                                          .inode = facts->st_ino,
                                          .offset = offset,
                                          .size = (uint64_t) size },
                            NULL, NULL, data);
}

/* --- writing ---------------------------------------------------------------------------------- */

static ssize_t send_step(int fd, const void *bytes, size_t size, int flags) {
        Fate fate = shim_step_of_fd("send", fd, size > 1, 0);
        ssize_t n = syscall(SYS_sendto, fd, bytes, fate == HALF ? size / 2 : size, flags, NULL, 0);
        struct stat facts;

        if (fate == HALF)
                shim_die();
        if (n > 0 && shim_records() && shim_facts_of(fd, &facts))
                shim_record((ShimRecord){ .kind = SHIM_SEND,
                                          .inode = facts.st_ino,
                                          .size = (uint64_t) n },
                            NULL, NULL, bytes);
        return n;
}

static int64_t write_offset(int fd, const struct stat *facts) {
        bool append = ((int) syscall(SYS_fcntl, fd, F_GETFL) & O_APPEND) != 0;

        return append ? facts->st_size : (int64_t) syscall(SYS_lseek, fd, 0, SEEK_CUR);
}

ssize_t write(int fd, const void *bytes, size_t size) {
        struct stat facts;
        int64_t offset;
        ssize_t n;
        Fate fate;

        if (!shim_is_durable(fd, &facts))
                return shim_is_provider(fd) ? send_step(fd, bytes, size, 0)
                                            : (ssize_t) syscall(SYS_write, fd, bytes, size);
        fate = shim_step_of_fd("write", fd, size > 1, ENOSPC);
        if (fate == FAIL)
                return -1;
        offset = write_offset(fd, &facts);
        n = syscall(SYS_write, fd, bytes, fate == HALF ? size / 2 : size);
        if (fate == HALF)
                shim_die();
        record_data(fd, &facts, offset, bytes, n);
        return n;
}

/* As if it had been made one piece at a time: a caller has to go on after a short write anyway. */
ssize_t writev(int fd, const struct iovec *parts, int n) {
        struct stat facts;

        if (!shim_is_durable(fd, &facts) && !shim_is_provider(fd))
                return syscall(SYS_writev, fd, parts, n);
        for (int i = 0; i < n; i++)
                if (parts[i].iov_len > 0)
                        return write(fd, parts[i].iov_base, parts[i].iov_len);
        return 0;
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t offset) {
        struct stat facts;
        ssize_t n;
        Fate fate;

        if (!shim_is_durable(fd, &facts))
                return syscall(SYS_pwrite64, fd, bytes, size, offset);
        fate = shim_step_of_fd("pwrite", fd, size > 1, ENOSPC);
        if (fate == FAIL)
                return -1;
        n = syscall(SYS_pwrite64, fd, bytes, fate == HALF ? size / 2 : size, offset);
        if (fate == HALF)
                shim_die();
        record_data(fd, &facts, offset, bytes, n);
        return n;
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t offset) {
        return pwrite(fd, bytes, size, offset);
}

static int truncate_step(int fd, off_t size) {
        struct stat facts;
        int r;

        if (!shim_is_durable(fd, &facts))
                return (int) syscall(SYS_ftruncate, fd, size);
        (void) shim_step_of_fd("ftruncate", fd, false, 0);
        r = (int) syscall(SYS_ftruncate, fd, size);
        if (r == 0 && shim_is_recorded_fd(fd))
                shim_record((ShimRecord){ .kind = SHIM_TRUNCATE,
                                          .inode = facts.st_ino,
                                          .offset = size },
                            NULL, NULL, NULL);
        return r;
}

int ftruncate(int fd, off_t size) {
        return truncate_step(fd, size);
}

int ftruncate64(int fd, off64_t size) {
        return truncate_step(fd, size);
}

/* --- syncing ---------------------------------------------------------------------------------- */

static int sync_step(const char *what, long number, int fd) {
        struct stat facts;
        int r;

        if (!shim_is_durable(fd, &facts))
                return (int) syscall(number, fd);
        if (shim_step_of_fd(what, fd, false, EIO) == FAIL)
                return -1;
        r = (int) syscall(number, fd);
        if (r == 0 && shim_records()) {
                char path[PATH_MAX];

                (void) shim_path_of_fd(fd, path);
                if (shim_is_recorded(path) || shim_is_recorded_folder(path))
                        shim_record((ShimRecord){ .kind = SHIM_SYNC, .inode = facts.st_ino }, path,
                                    NULL, NULL);
        }
        return r;
}

int fsync(int fd) {
        return sync_step("fsync", SYS_fsync, fd);
}

int fdatasync(int fd) {
        return sync_step("fdatasync", SYS_fdatasync, fd);
}

/* --- sending ---------------------------------------------------------------------------------- */

ssize_t send(int fd, const void *bytes, size_t size, int flags) {
        return shim_is_provider(fd)
                       ? send_step(fd, bytes, size, flags)
                       : (ssize_t) syscall(SYS_sendto, fd, bytes, size, flags, NULL, 0);
}

ssize_t sendto(int fd, const void *bytes, size_t size, int flags, __CONST_SOCKADDR_ARG address,
               socklen_t address_size) {
        if (!address.__sockaddr__ && shim_is_provider(fd))
                return send_step(fd, bytes, size, flags);
        return syscall(SYS_sendto, fd, bytes, size, flags, address.__sockaddr__, address_size);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
        if (shim_is_provider(fd))
                for (size_t i = 0; i < message->msg_iovlen; i++)
                        if (message->msg_iov[i].iov_len > 0)
                                return send_step(fd, message->msg_iov[i].iov_base,
                                                 message->msg_iov[i].iov_len, flags);
        return syscall(SYS_sendmsg, fd, message, flags);
}
