/* Names: made, renamed, linked, removed. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/flow/shim.h"

static void record_names(ShimKind kind, int folder, const char *name, int to_folder,
                         const char *to) {
        char path[PATH_MAX], to_path[PATH_MAX];

        if (!shim_records() || !shim_is_recorded(shim_path_at(folder, name, path)))
                return;
        shim_record((ShimRecord){ .kind = kind }, path,
                    to ? shim_path_at(to_folder, to, to_path) : NULL, NULL);
}

static bool is_there(int folder, const char *name) {
        struct stat facts;

        return syscall(SYS_newfstatat, folder, name, &facts, AT_SYMLINK_NOFOLLOW) == 0;
}

static void record_made(ShimKind kind, int folder, const char *name) {
        char path[PATH_MAX];
        struct stat facts;

        if (shim_records() && shim_is_recorded(shim_path_at(folder, name, path)) &&
            syscall(SYS_newfstatat, folder, name, &facts, AT_SYMLINK_NOFOLLOW) == 0)
                shim_record((ShimRecord){ .kind = kind, .inode = facts.st_ino }, path, NULL, NULL);
}

static int open_step(int folder, const char *name, int flags, mode_t mode) {
        bool nameless = (flags & O_TMPFILE) == O_TMPFILE;
        bool makes = !nameless && (flags & O_CREAT) && !is_there(folder, name);
        int fd, saved = errno;
        struct stat facts;

        if ((makes || (flags & O_TRUNC)) &&
            shim_step_at(makes ? "create" : "truncate", folder, name, ENOSPC) == FAIL)
                return -1;
        errno = saved;
        fd = (int) syscall(SYS_openat, folder, name, flags, mode);
        if (fd < 0)
                return fd;
        if (makes)
                record_made(SHIM_CREATE, folder, name);
        else if ((flags & O_TRUNC) && shim_is_durable(fd, &facts) && shim_is_recorded_fd(fd))
                shim_record((ShimRecord){ .kind = SHIM_TRUNCATE, .inode = facts.st_ino }, NULL,
                            NULL, NULL);
        return fd;
}

#define MODE_AFTER(flags, mode)                                                                    \
        do {                                                                                       \
                va_list rest;                                                                      \
                va_start(rest, flags);                                                             \
                if (((flags) &O_CREAT) || ((flags) &O_TMPFILE) == O_TMPFILE)                       \
                        (mode) = va_arg(rest, mode_t);                                             \
                va_end(rest);                                                                      \
        } while (0)

int open(const char *name, int flags, ...) {
        mode_t mode = 0;

        MODE_AFTER(flags, mode);
        return open_step(AT_FDCWD, name, flags, mode);
}

int open64(const char *name, int flags, ...) {
        mode_t mode = 0;

        MODE_AFTER(flags, mode);
        return open_step(AT_FDCWD, name, flags, mode);
}

int openat(int folder, const char *name, int flags, ...) {
        mode_t mode = 0;

        MODE_AFTER(flags, mode);
        return open_step(folder, name, flags, mode);
}

int openat64(int folder, const char *name, int flags, ...) {
        mode_t mode = 0;

        MODE_AFTER(flags, mode);
        return open_step(folder, name, flags, mode);
}

int mkdirat(int folder, const char *name, mode_t mode) {
        int r;

        if (!is_there(folder, name) && shim_step_at("mkdir", folder, name, ENOSPC) == FAIL)
                return -1;
        r = (int) syscall(SYS_mkdirat, folder, name, mode);
        if (r == 0)
                record_made(SHIM_MKDIR, folder, name);
        return r;
}

int mkdir(const char *name, mode_t mode) {
        return mkdirat(AT_FDCWD, name, mode);
}

int renameat2(int folder, const char *name, int to_folder, const char *to, unsigned flags) {
        int r;

        if (shim_step_at("rename", to_folder, to, ENOSPC) == FAIL)
                return -1;
        r = (int) syscall(SYS_renameat2, folder, name, to_folder, to, flags);
        if (r == 0)
                record_names(SHIM_RENAME, folder, name, to_folder, to);
        return r;
}

int renameat(int folder, const char *name, int to_folder, const char *to) {
        return renameat2(folder, name, to_folder, to, 0);
}

int rename(const char *name, const char *to) {
        return renameat2(AT_FDCWD, name, AT_FDCWD, to, 0);
}

int linkat(int folder, const char *name, int to_folder, const char *to, int flags) {
        int r;

        if (shim_step_at("link", to_folder, to, ENOSPC) == FAIL)
                return -1;
        r = (int) syscall(SYS_linkat, folder, name, to_folder, to, flags);
        if (r == 0)
                record_names(SHIM_LINK, folder, name, to_folder, to);
        return r;
}

int link(const char *name, const char *to) {
        return linkat(AT_FDCWD, name, AT_FDCWD, to, 0);
}

/* Of what is not there it is no step. */
int unlinkat(int folder, const char *name, int flags) {
        int r;

        if (is_there(folder, name))
                (void) shim_step_at("unlink", folder, name, 0);
        r = (int) syscall(SYS_unlinkat, folder, name, flags);
        if (r == 0)
                record_names(SHIM_UNLINK, folder, name, AT_FDCWD, NULL);
        return r;
}

int unlink(const char *name) {
        return unlinkat(AT_FDCWD, name, 0);
}
