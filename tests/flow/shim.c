/* Shim: preloaded into the real daemon by the proofs. It stands before the functions of the C
 * library that make something durable or send something, in the daemon and in every library that it
 * uses (SQLite, libcurl), so the program under test needs no hooks. It
 *
 *   counts   every such step on a regular file or folder, and every send to the provider,
 *   kills    the process instead of the n-th, or in the middle of it,
 *   fails    some, from the n-th on, as on a full disk (ENOSPC), or a broken one (EIO of a sync),
 *   records  every one below a folder, with its bytes, so that a power cut can be rebuilt,
 *   tells    other facts (inode, times) of files that were rebuilt,
 *   shifts   the wall clock, while the daemon runs,
 *   ticks    the boot clock by how often it is looked at, and not by how long work takes.
 *
 * Calls go straight to the kernel, so that it does not matter who else stands before a function
 * (AddressSanitizer does). What is done through stdio or mmap is not seen: the daemon has none of
 * it but SQLite's -shm, which does not outlive the power anyway.
 */
#include <dlfcn.h>
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

#include "tests/flow/shim.h"

int sd_notify(int unset_environment, const char *state); /* libsystemd's */

static struct {
        bool counting;
        bool torn;
        bool fails;
        uint64_t kill_at; /* 0: never */
        uint64_t to_fail; /* 0: it is killed */
        ShimPage *page;
        ShimPage own; /* when none was given */
        int log;      /* -1: none */
        char root[PATH_MAX];
        size_t root_size;
} shim = { .log = -1 };

/* --- set up ----------------------------------------------------------------------------------- */

int shim_open_given(const char *variable, int flags) {
        const char *path = getenv(variable);

        return path ? (int) syscall(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC, 0) : -1;
}

static bool says(const char *variable, const char *word) {
        const char *value = getenv(variable);

        return value && strcmp(value, word) == 0;
}

__attribute__((constructor)) static void begin(void) {
        int fd = shim_open_given(SHIM_PAGE, O_RDWR);
        void *page = MAP_FAILED;
        const char *kill_at = getenv(SHIM_KILL), *root = getenv(SHIM_ROOT);
        const char *fail = getenv(SHIM_FAIL);

        if (fd >= 0)
                page = mmap(NULL, sizeof(ShimPage), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (fd >= 0)
                (void) close(fd);
        shim.page = page == MAP_FAILED ? &shim.own : page;
        shim.kill_at = kill_at ? strtoull(kill_at, NULL, 10) : 0;
        shim.to_fail = fail ? strtoull(fail, NULL, 10) : 0;
        shim.fails = shim.to_fail > 0;
        shim.torn = says(SHIM_TORN, "1");
        shim.counting = says(SHIM_FROM, "start");
        if (root)
                shim.root_size = (size_t) snprintf(shim.root, sizeof(shim.root), "%s/", root);
        shim.log = root ? shim_open_given(SHIM_LOG, O_WRONLY | O_APPEND) : -1;
}

/* --- what a descriptor is --------------------------------------------------------------------- */

bool shim_facts_of(int fd, struct stat *ret) {
        return syscall(SYS_newfstatat, fd, "", ret, AT_EMPTY_PATH) == 0;
}

bool shim_is_durable(int fd, struct stat *ret) {
        return fd > STDERR_FILENO && shim_facts_of(fd, ret) &&
               (S_ISREG(ret->st_mode) || S_ISDIR(ret->st_mode));
}

bool shim_is_provider(int fd) {
        struct sockaddr_storage address;
        socklen_t size = sizeof(address);

        return getpeername(fd, (struct sockaddr *) &address, &size) == 0 &&
               (address.ss_family == AF_INET || address.ss_family == AF_INET6);
}

const char *shim_path_of_fd(int fd, char path[PATH_SIZE]) {
        char link[64];
        ssize_t n;

        (void) snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
        n = syscall(SYS_readlinkat, AT_FDCWD, link, path, PATH_SIZE - 1);
        path[n > 0 ? n : 0] = '\0';
        return path;
}

const char *shim_path_at(int folder, const char *name, char path[PATH_SIZE]) {
        size_t n;

        if (name[0] == '/') {
                (void) snprintf(path, PATH_SIZE, "%s", name);
                return path;
        }
        if (folder == AT_FDCWD)
                (void) (getcwd(path, PATH_SIZE) ? 0 : (path[0] = '\0'));
        else
                (void) shim_path_of_fd(folder, path);
        n = strlen(path);
        (void) snprintf(path + n, PATH_SIZE - n, "/%s", name);
        return path;
}

/* --- counting and killing --------------------------------------------------------------------- */

void shim_die(void) {
        (void) syscall(SYS_kill, getpid(), SIGKILL);
        for (;;)
                (void) pause();
}

static Fate step(const char *what, const char *path, bool divisible, int error) {
        uint64_t n;

        if (!shim.counting)
                return WHOLE;
        n = ++shim.page->steps;
        if (shim.fails ? shim.to_fail == 0 || error == 0 || n < shim.kill_at : n != shim.kill_at)
                return WHOLE;
        if (shim.page->last[0] == '\0')
                (void) snprintf(shim.page->last, sizeof(shim.page->last), "%.16s %.220s", what,
                                path);
        if (shim.fails) {
                shim.to_fail--;
                errno = error;
                return FAIL;
        }
        if (!shim.torn || !divisible)
                shim_die();
        return HALF;
}

void shim_note_boot(int64_t nanoseconds) {
        if (shim.page)
                shim.page->boot = nanoseconds;
}

Fate shim_step_of_fd(const char *what, int fd, bool divisible, int error) {
        char path[PATH_MAX];

        return shim.counting ? step(what, shim_path_of_fd(fd, path), divisible, error) : WHOLE;
}

Fate shim_step_at(const char *what, int folder, const char *name, int error) {
        char path[PATH_MAX];

        return shim.counting ? step(what, shim_path_at(folder, name, path), false, error) : WHOLE;
}

/* --- recording -------------------------------------------------------------------------------- */

static void add_part(struct iovec *parts, int *n, const void *bytes, size_t size) {
        if (size > 0)
                parts[(*n)++] = (struct iovec){ (void *) (uintptr_t) bytes, size };
}

/* In one writev, so that a record is whole or not there. */
void shim_record(ShimRecord head, const char *path, const char *to, const void *data) {
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

bool shim_records(void) {
        return shim.log >= 0;
}

bool shim_is_recorded(const char *path) {
        return shim.log >= 0 && strncmp(path, shim.root, shim.root_size) == 0;
}

bool shim_is_recorded_fd(int fd) {
        char path[PATH_MAX];

        return shim.log >= 0 && shim_is_recorded(shim_path_of_fd(fd, path));
}

bool shim_is_recorded_folder(const char *path) {
        return shim.log >= 0 && strlen(path) == shim.root_size - 1 &&
               strncmp(path, shim.root, shim.root_size - 1) == 0;
}

/* --- the beginning of it -----------------------------------------------------------------------*/

/* The daemon says that it is ready: the counting may wait for it. */
int sd_notify(int unset_environment, const char *state) {
        union {
                void *object; /* ISO C converts no object pointer to a function pointer */
                int (*function)(int, const char *);
        } real = { .object = dlsym(RTLD_NEXT, "sd_notify") };

        if (strstr(state, "READY=1") && !shim.counting && getenv(SHIM_FROM))
                shim.counting = true;
        if (strstr(state, "READY=1"))
                shim_record((ShimRecord){ .kind = SHIM_READY }, NULL, NULL, NULL);
        return real.object ? real.function(unset_environment, state) : 0;
}
