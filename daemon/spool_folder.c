#include "daemon/spool_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/log.h"

static int open_folder(int parent, const char *name, mode_t mode) {
        int fd;

        if (mkdirat(parent, name, mode) == 0)
                (void) fsync(parent);
        else if (errno != EEXIST)
                return -errno;
        fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

int spool_folder_open(int root, const char *kind, const char *profile, mode_t mode, int *ret_fd) {
        int fd = open_folder(root, kind, mode);

        if (fd >= 0 && profile[0] != '\0') {
                int parent = fd;

                fd = open_folder(parent, profile, mode);
                (void) close(parent);
        }
        if (fd < 0) {
                log_say(MESSAGE_SPOOL_UNUSABLE, "cannot open the spool folder %s/%s: %s", kind,
                        profile, strerror(-fd));
                return fd;
        }
        *ret_fd = fd;
        return 0;
}
