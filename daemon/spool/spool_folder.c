#include "daemon/spool/spool_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/log.h"
#include "daemon/spool/spool.h"
#include "jobs/base/cleanup.h"
#include "jobs/base/text.h"

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

bool spool_folder_is_in_place(const char *root, const char *kind, const char *profile, int fd) {
        AUTO_FREE char *path = NULL;
        struct stat open, there;

        if (fd < 0 || fstat(fd, &open) < 0 || asprintf(&path, "%s/%s/%s", root, kind, profile) < 0)
                return true; /* nothing is known */
        return stat(path, &there) == 0 && there.st_dev == open.st_dev &&
               there.st_ino == open.st_ino;
}

bool spool_folders_may_be_opened(const char *root) {
        static const char *const kinds[] = { "work", "archive", "rejected", "incoming", "results" };
        bool may_make = access(root, W_OK | X_OK) == 0;

        for (size_t i = 0; i < ELEMENTS(kinds); i++) {
                AUTO_FREE char *path = NULL;
                struct stat st;

                if (asprintf(&path, "%s/%s", root, kinds[i]) < 0)
                        return false;
                if (stat(path, &st) < 0 ? errno != ENOENT || !may_make
                                        : access(path, R_OK | W_OK | X_OK) < 0)
                        return false;
        }
        return true;
}
