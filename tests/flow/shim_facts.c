/* Other facts of files that were rebuilt. */
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/flow/shim.h"

#define FACTS_MAX 64

static ShimFacts all[FACTS_MAX];
static size_t n_all;

__attribute__((constructor)) static void read_facts(void) {
        int fd = shim_open_given(SHIM_FACTS, O_RDONLY);
        ssize_t n = fd < 0 ? 0 : syscall(SYS_read, fd, all, sizeof(all));

        n_all = n > 0 ? (size_t) n / sizeof(ShimFacts) : 0;
        if (fd >= 0)
                (void) close(fd);
}

static int tell(int folder, const char *name, struct stat *facts, int flags) {
        int r = (int) syscall(SYS_newfstatat, folder, name, facts, flags);

        for (size_t i = 0; r == 0 && i < n_all; i++)
                if (all[i].inode == facts->st_ino && S_ISREG(facts->st_mode)) {
                        facts->st_dev = all[i].told_device;
                        facts->st_ino = all[i].told_inode;
                        facts->st_mtim = all[i].told_mtime;
                        facts->st_ctim = all[i].told_ctime;
                        break;
                }
        return r;
}

int fstat(int fd, struct stat *facts) {
        return tell(fd, "", facts, AT_EMPTY_PATH);
}

int fstatat(int folder, const char *restrict name, struct stat *restrict facts, int flags) {
        return tell(folder, name, facts, flags);
}

int stat(const char *restrict name, struct stat *restrict facts) {
        return tell(AT_FDCWD, name, facts, 0);
}

int lstat(const char *restrict name, struct stat *restrict facts) {
        return tell(AT_FDCWD, name, facts, AT_SYMLINK_NOFOLLOW);
}
