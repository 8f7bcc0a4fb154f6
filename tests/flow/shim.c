/* Shim: preloaded into the real daemon by the proofs. It stands before the functions of the C
 * library that make something durable or send something, in the daemon and in every library that it
 * uses (SQLite, libcurl), so the program under test needs no hooks. It
 *
 *   counts   every such step on a regular file or folder, and every send to the provider,
 *   kills    the process instead of the n-th, or in the middle of it,
 *   records  every one below a folder, with its bytes, so that a power cut can be rebuilt,
 *   tells    other facts (inode, times) of files that were rebuilt.
 *
 * Calls go straight to the kernel, so that it does not matter who else stands before a function
 * (AddressSanitizer does). What is done through stdio or mmap is not seen: the daemon has none of it
 * but SQLite's -shm, which does not outlive the power anyway.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/flow/proof_shim.h"

int sd_notify(int unset_environment, const char *state); /* libsystemd's */

#define FACTS_MAX 64
#define PATH_SIZE ((size_t) PATH_MAX)

static struct {
        bool counting;
        bool torn;
        uint64_t kill_at; /* 0: never */
        ShimPage *page;
        ShimPage own; /* when none was given */
        int log;      /* -1: none */
        char root[PATH_MAX];
        size_t root_size;
        ShimFacts facts[FACTS_MAX];
        size_t n_facts;
} shim = { .log = -1 };

/* --- set up ----------------------------------------------------------------------------------- */

static int open_given(const char *variable, int flags) {
        const char *path = getenv(variable);

        return path ? (int) syscall(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC, 0) : -1;
}

static bool says(const char *variable, const char *word) {
        const char *value = getenv(variable);

        return value && strcmp(value, word) == 0;
}

static void read_facts(void) {
        int fd = open_given(SHIM_FACTS, O_RDONLY);
        ssize_t n = fd < 0 ? 0 : syscall(SYS_read, fd, shim.facts, sizeof(shim.facts));

        shim.n_facts = n > 0 ? (size_t) n / sizeof(ShimFacts) : 0;
        if (fd >= 0)
                (void) close(fd);
}

__attribute__((constructor)) static void begin(void) {
        int fd = open_given(SHIM_PAGE, O_RDWR);
        void *page = MAP_FAILED;
        const char *kill_at = getenv(SHIM_KILL), *root = getenv(SHIM_ROOT);

        if (fd >= 0)
                page = mmap(NULL, sizeof(ShimPage), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (fd >= 0)
                (void) close(fd);
        shim.page = page == MAP_FAILED ? &shim.own : page;
        shim.kill_at = kill_at ? strtoull(kill_at, NULL, 10) : 0;
        shim.torn = says(SHIM_TORN, "1");
        shim.counting = says(SHIM_FROM, "start");
        if (root)
                shim.root_size = (size_t) snprintf(shim.root, sizeof(shim.root), "%s/", root);
        shim.log = root ? open_given(SHIM_LOG, O_WRONLY | O_APPEND) : -1;
        read_facts();
}

/* --- what a descriptor is --------------------------------------------------------------------- */

static bool facts_of(int fd, struct stat *ret) {
        return syscall(SYS_newfstatat, fd, "", ret, AT_EMPTY_PATH) == 0;
}

/* A regular file or folder; not what the log lines go to. */
static bool is_durable(int fd, struct stat *ret) {
        return fd > STDERR_FILENO && facts_of(fd, ret) &&
               (S_ISREG(ret->st_mode) || S_ISDIR(ret->st_mode));
}

static bool is_provider(int fd) {
        struct sockaddr_storage address;
        socklen_t size = sizeof(address);

        return getpeername(fd, (struct sockaddr *) &address, &size) == 0 &&
               (address.ss_family == AF_INET || address.ss_family == AF_INET6);
}

/* Whole and absolute; empty when that cannot be told. */
static const char *path_of_fd(int fd, char path[PATH_SIZE]) {
        char link[64];
        ssize_t n;

        (void) snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
        n = syscall(SYS_readlinkat, AT_FDCWD, link, path, PATH_SIZE - 1);
        path[n > 0 ? n : 0] = '\0';
        return path;
}

static const char *path_at(int folder, const char *name, char path[PATH_SIZE]) {
        size_t n;

        if (name[0] == '/') {
                (void) snprintf(path, PATH_SIZE, "%s", name);
                return path;
        }
        if (folder == AT_FDCWD)
                (void) (getcwd(path, PATH_SIZE) ? 0 : (path[0] = '\0'));
        else
                (void) path_of_fd(folder, path);
        n = strlen(path);
        (void) snprintf(path + n, PATH_SIZE - n, "/%s", name);
        return path;
}

/* --- counting and killing --------------------------------------------------------------------- */

static void die(void) {
        (void) syscall(SYS_kill, getpid(), SIGKILL);
        for (;;)
                (void) pause();
}

/* Counts a step about to be made. True: it is to be made by half, and then die(). */
static bool step(const char *what, const char *path, bool divisible) {
        int saved = errno;

        if (!shim.counting)
                return false;
        if (++shim.page->steps != shim.kill_at)
                return false;
        (void) snprintf(shim.page->last, sizeof(shim.page->last), "%s %s", what, path);
        if (!shim.torn || !divisible)
                die();
        errno = saved;
        return true;
}

static bool step_of_fd(const char *what, int fd, bool divisible) {
        char path[PATH_MAX];

        return shim.counting && step(what, path_of_fd(fd, path), divisible);
}

static void step_at(const char *what, int folder, const char *name) {
        char path[PATH_MAX];

        if (shim.counting)
                (void) step(what, path_at(folder, name, path), false);
}

/* --- recording -------------------------------------------------------------------------------- */

static void add_part(struct iovec *parts, int *n, const void *bytes, size_t size) {
        if (size > 0)
                parts[(*n)++] = (struct iovec){ (void *) (uintptr_t) bytes, size };
}

/* In one writev, so that a record is whole or not there. */
static void record(ShimRecord head, const char *path, const char *to, const void *data) {
        struct iovec parts[4];
        int n = 0, saved = errno;

        if (shim.log < 0)
                return;
        head.path_size = path ? (uint32_t) strlen(path) : 0;
        head.to_size = to ? (uint32_t) strlen(to) : 0;
        add_part(parts, &n, &head, sizeof(head));
        add_part(parts, &n, path, head.path_size);
        add_part(parts, &n, to, head.to_size);
        add_part(parts, &n, data, head.size);
        if (syscall(SYS_writev, shim.log, parts, n) < 0)
                abort(); /* a proof from half a log would prove nothing */
        errno = saved;
}

static bool is_recorded(const char *path) {
        return shim.log >= 0 && strncmp(path, shim.root, shim.root_size) == 0;
}

static bool is_recorded_fd(int fd) {
        char path[PATH_MAX];

        return shim.log >= 0 && is_recorded(path_of_fd(fd, path));
}

static void record_data(int fd, const struct stat *facts, int64_t offset, const void *data,
                        ssize_t size) {
        if (size > 0 && is_recorded_fd(fd))
                record((ShimRecord){ .kind = SHIM_WRITE,
                                     .inode = facts->st_ino,
                                     .offset = offset,
                                     .size = (uint64_t) size },
                       NULL, NULL, data);
}

static void record_names(ShimKind kind, int folder, const char *name, int to_folder,
                         const char *to) {
        char path[PATH_MAX], to_path[PATH_MAX];

        if (shim.log < 0 || !is_recorded(path_at(folder, name, path)))
                return;
        record((ShimRecord){ .kind = kind }, path, to ? path_at(to_folder, to, to_path) : NULL,
               NULL);
}

/* --- writing ---------------------------------------------------------------------------------- */

static ssize_t send_step(int fd, const void *bytes, size_t size, int flags) {
        bool torn = step_of_fd("send", fd, size > 1);
        ssize_t n = syscall(SYS_sendto, fd, bytes, torn ? size / 2 : size, flags, NULL, 0);
        struct stat facts;

        if (torn)
                die();
        if (n > 0 && shim.log >= 0 && facts_of(fd, &facts))
                record((ShimRecord){ .kind = SHIM_SEND,
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
        bool torn;

        if (!is_durable(fd, &facts))
                return is_provider(fd) ? send_step(fd, bytes, size, 0)
                                       : (ssize_t) syscall(SYS_write, fd, bytes, size);
        torn = step_of_fd("write", fd, size > 1);
        offset = write_offset(fd, &facts);
        n = syscall(SYS_write, fd, bytes, torn ? size / 2 : size);
        if (torn)
                die();
        record_data(fd, &facts, offset, bytes, n);
        return n;
}

/* As if it had been made one piece at a time: a caller has to go on after a short write anyway. */
ssize_t writev(int fd, const struct iovec *parts, int n) {
        struct stat facts;

        if (!is_durable(fd, &facts) && !is_provider(fd))
                return syscall(SYS_writev, fd, parts, n);
        for (int i = 0; i < n; i++)
                if (parts[i].iov_len > 0)
                        return write(fd, parts[i].iov_base, parts[i].iov_len);
        return 0;
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t offset) {
        struct stat facts;
        ssize_t n;
        bool torn;

        if (!is_durable(fd, &facts))
                return syscall(SYS_pwrite64, fd, bytes, size, offset);
        torn = step_of_fd("pwrite", fd, size > 1);
        n = syscall(SYS_pwrite64, fd, bytes, torn ? size / 2 : size, offset);
        if (torn)
                die();
        record_data(fd, &facts, offset, bytes, n);
        return n;
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t offset) {
        return pwrite(fd, bytes, size, offset);
}

static int truncate_step(int fd, off_t size) {
        struct stat facts;
        int r;

        if (!is_durable(fd, &facts))
                return (int) syscall(SYS_ftruncate, fd, size);
        (void) step_of_fd("ftruncate", fd, false);
        r = (int) syscall(SYS_ftruncate, fd, size);
        if (r == 0 && is_recorded_fd(fd))
                record((ShimRecord){ .kind = SHIM_TRUNCATE, .inode = facts.st_ino, .offset = size },
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

        if (!is_durable(fd, &facts))
                return (int) syscall(number, fd);
        (void) step_of_fd(what, fd, false);
        r = (int) syscall(number, fd);
        if (r == 0 && shim.log >= 0) {
                char path[PATH_MAX];

                (void) path_of_fd(fd, path);
                /* the folder itself is synced too */
                if (is_recorded(path) || strncmp(path, shim.root, shim.root_size - 1) == 0)
                        record((ShimRecord){ .kind = SHIM_SYNC, .inode = facts.st_ino }, path, NULL,
                               NULL);
        }
        return r;
}

int fsync(int fd) {
        return sync_step("fsync", SYS_fsync, fd);
}

int fdatasync(int fd) {
        return sync_step("fdatasync", SYS_fdatasync, fd);
}

/* --- names ------------------------------------------------------------------------------------ */

static bool is_there(int folder, const char *name) {
        struct stat facts;

        return syscall(SYS_newfstatat, folder, name, &facts, AT_SYMLINK_NOFOLLOW) == 0;
}

static void record_made(ShimKind kind, int folder, const char *name) {
        char path[PATH_MAX];
        struct stat facts;

        if (shim.log >= 0 && is_recorded(path_at(folder, name, path)) &&
            syscall(SYS_newfstatat, folder, name, &facts, AT_SYMLINK_NOFOLLOW) == 0)
                record((ShimRecord){ .kind = kind, .inode = facts.st_ino }, path, NULL, NULL);
}

static int open_step(int folder, const char *name, int flags, mode_t mode) {
        bool nameless = (flags & O_TMPFILE) == O_TMPFILE;
        bool makes = !nameless && (flags & O_CREAT) && !is_there(folder, name);
        int fd, saved = errno;
        struct stat facts;

        if (makes || (flags & O_TRUNC))
                step_at(makes ? "create" : "truncate", folder, name);
        errno = saved;
        fd = (int) syscall(SYS_openat, folder, name, flags, mode);
        if (fd < 0)
                return fd;
        if (makes)
                record_made(SHIM_CREATE, folder, name);
        else if ((flags & O_TRUNC) && is_durable(fd, &facts) && is_recorded_fd(fd))
                record((ShimRecord){ .kind = SHIM_TRUNCATE, .inode = facts.st_ino }, NULL, NULL,
                       NULL);
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

        if (!is_there(folder, name))
                step_at("mkdir", folder, name);
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

        step_at("rename", to_folder, to);
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

        step_at("link", to_folder, to);
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
                step_at("unlink", folder, name);
        r = (int) syscall(SYS_unlinkat, folder, name, flags);
        if (r == 0)
                record_names(SHIM_UNLINK, folder, name, AT_FDCWD, NULL);
        return r;
}

int unlink(const char *name) {
        return unlinkat(AT_FDCWD, name, 0);
}

/* --- sending ---------------------------------------------------------------------------------- */

ssize_t send(int fd, const void *bytes, size_t size, int flags) {
        return is_provider(fd) ? send_step(fd, bytes, size, flags)
                               : (ssize_t) syscall(SYS_sendto, fd, bytes, size, flags, NULL, 0);
}

ssize_t sendto(int fd, const void *bytes, size_t size, int flags, __CONST_SOCKADDR_ARG address,
               socklen_t address_size) {
        if (!address.__sockaddr__ && is_provider(fd))
                return send_step(fd, bytes, size, flags);
        return syscall(SYS_sendto, fd, bytes, size, flags, address.__sockaddr__, address_size);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
        if (is_provider(fd))
                for (size_t i = 0; i < message->msg_iovlen; i++)
                        if (message->msg_iov[i].iov_len > 0)
                                return send_step(fd, message->msg_iov[i].iov_base,
                                                 message->msg_iov[i].iov_len, flags);
        return syscall(SYS_sendmsg, fd, message, flags);
}

/* The daemon says that it is ready; nobody else needs to hear it. */
int sd_notify(int unset_environment, const char *state) {
        (void) unset_environment;
        if (strstr(state, "READY=1") && !shim.counting && getenv(SHIM_FROM))
                shim.counting = true;
        if (strstr(state, "READY=1"))
                record((ShimRecord){ .kind = SHIM_READY }, NULL, NULL, NULL);
        return 0;
}

/* --- facts ------------------------------------------------------------------------------------ */

static int tell(int folder, const char *name, struct stat *facts, int flags) {
        int r = (int) syscall(SYS_newfstatat, folder, name, facts, flags);

        for (size_t i = 0; r == 0 && i < shim.n_facts; i++)
                if (shim.facts[i].inode == facts->st_ino && S_ISREG(facts->st_mode)) {
                        facts->st_dev = shim.facts[i].told_device;
                        facts->st_ino = shim.facts[i].told_inode;
                        facts->st_mtim = shim.facts[i].told_mtime;
                        facts->st_ctim = shim.facts[i].told_ctime;
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
