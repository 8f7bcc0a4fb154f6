/* Which file it is that was dropped: found again after a restart, and told from one that took its
 * name. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/spool/spool.h"

bool spool_is_same(const Spool *spool, const SpoolFile *file) {
        char identity[SPOOL_IDENTITY_SIZE];
        struct stat st;

        if (fstatat(spool_incoming(spool, file->profile), file->name, &st, AT_SYMLINK_NOFOLLOW) <
                    0 ||
            !S_ISREG(st.st_mode) || st.st_nlink != 1)
                return false;
        spool_identify(&st, identity);
        return strcmp(identity, file->identity) == 0;
}

int spool_find(const Spool *spool, const Profile *profile, const char *identity,
               struct stat *ret_stat, char **ret_name) {
        int folder = spool_incoming(spool, profile);
        int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *directory = fd < 0 ? NULL : fdopendir(fd);
        char there[SPOOL_IDENTITY_SIZE];
        struct dirent *entry;
        struct stat st;
        int r = directory || folder < 0 ? 0 : -errno;

        while (r == 0 && directory && (entry = readdir(directory))) {
                if (fstatat(folder, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                        continue;
                spool_identify(&st, there);
                if (!S_ISREG(st.st_mode) || strcmp(there, identity) != 0)
                        continue;
                *ret_stat = st;
                *ret_name = strdup(entry->d_name);
                r = *ret_name ? 1 : -ENOMEM;
        }
        if (directory)
                (void) closedir(directory);
        else if (fd >= 0)
                (void) close(fd);
        return r;
}

void spool_identify(const struct stat *st, char ret[static SPOOL_IDENTITY_SIZE]) {
        (void) snprintf(ret, SPOOL_IDENTITY_SIZE, "%llx-%llu-%lld-%lld.%09ld-%lld.%09ld",
                        (unsigned long long) st->st_dev, (unsigned long long) st->st_ino,
                        (long long) st->st_size, (long long) st->st_mtim.tv_sec,
                        st->st_mtim.tv_nsec, (long long) st->st_ctim.tv_sec, st->st_ctim.tv_nsec);
}
