#include "daemon/base/lock.h"

#include <errno.h>
#include <fcntl.h>

#include "jobs/base/cleanup.h"

int lock_take(int directory, const char *path, pid_t *ret_pid) {
        struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
        AUTO_CLOSE int fd =
                openat(directory, path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

        if (fd < 0)
                return -errno;
        if (fcntl(fd, F_SETLK, &lock) == 0)
                return take_fd(&fd);
        if (errno != EAGAIN && errno != EACCES)
                return -errno;
        *ret_pid = fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK ? lock.l_pid : 0;
        return -EAGAIN;
}

int lock_look(const char *path, pid_t *ret_pid) {
        struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
        AUTO_CLOSE int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

        if (fd < 0)
                return errno == ENOENT ? 0 : -errno;
        if (fcntl(fd, F_GETLK, &lock) < 0)
                return -errno;
        *ret_pid = lock.l_type == F_UNLCK ? 0 : lock.l_pid;
        return lock.l_type != F_UNLCK;
}
