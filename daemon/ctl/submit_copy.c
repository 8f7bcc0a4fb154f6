/* A file goes into incoming/ whole: copied beside under a hidden name, synced, renamed into place,
 * never over another one; its control totals before it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <strings.h>
#include <sys/stat.h>

#include "daemon/ctl/interrupt.h"
#include "daemon/ctl/person.h"
#include "daemon/ctl/progress.h"
#include "daemon/ctl/submit.h"

#define PROGRESS_ABOVE (8 * 1000 * 1000)
#define OTHER_NAMES    1000 /* NAME-2.csv, NAME-3.csv, ... */

/* a copy on its way into the folder */
typedef struct Copy {
        int source;
        struct stat stat;
        int folder;
        struct stat folder_stat;
        char part[NAME_MAX + 1];
        int target;
        char control[NAME_MAX + 1]; /* of the totals, hidden; "": none, or renamed */
} Copy;

#define COPY_NONE ((Copy){ .source = -1, .folder = -1, .target = -1 })

static void copy_done(Copy *copy) {
        if (copy->folder >= 0 && *copy->part)
                (void) unlinkat(copy->folder, copy->part, 0);
        if (copy->folder >= 0 && *copy->control)
                (void) unlinkat(copy->folder, copy->control, 0);
        close_fd_p(&copy->target);
        close_fd_p(&copy->folder);
        close_fd_p(&copy->source);
}

static int open_source(const Submission *submission, Copy *copy) {
        copy->source = open(submission->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (copy->source < 0 || fstat(copy->source, &copy->stat) < 0) {
                ctl_complain("%s: %s", submission->path, strerror(errno));
                return EX_IOERR;
        }
        if (!S_ISREG(copy->stat.st_mode)) {
                ctl_complain("%s: not a regular file", submission->path);
                return EX_IOERR;
        }
        if ((uint64_t) copy->stat.st_size > submission->settings->spool.max_file_size) {
                ctl_complain("%s: larger than max_file_size allows; split it", submission->path);
                return EXIT_SOME;
        }
        return EXIT_GOOD;
}

static int open_folder(const Submission *submission, Copy *copy) {
        AUTO_BUFFER path = BUFFER_EMPTY;
        int r = buffer_printf(&path, "%s/incoming%s%s", submission->settings->spool.directory,
                              *submission->profile->name ? "/" : "", submission->profile->name);

        if (r < 0)
                return ctl_failed(submission->path, r);
        copy->folder = open(path.data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (copy->folder >= 0 && fstat(copy->folder, &copy->folder_stat) == 0)
                return EXIT_GOOD;
        r = errno;
        if (r == EACCES) {
                ctl_complain("you have no right to drop files in %s", path.data);
                return EX_NOPERM;
        }
        ctl_complain("%s: %s%s", path.data, strerror(r),
                     r == ENOENT ? "; has checkoutd been started?" : "");
        return EX_IOERR;
}

/* Readable for the daemon and for as few others as can be: for the folder's group, where the file
 * can have that. Who runs `sudo checkoutctl submit` stays the owner, as the daemon's records need
 * it. */
static int set_owner(const Copy *copy, int fd) {
        uid_t person = geteuid() == 0 ? person_of_sudo() : PERSON_NONE;
        struct stat st;
        bool alone;

        if (person != PERSON_NONE && fchown(fd, person, (gid_t) -1) < 0)
                return -errno;
        (void) !fchown(fd, (uid_t) -1, copy->folder_stat.st_gid);
        if (fstat(fd, &st) < 0)
                return -errno;
        alone = st.st_gid == copy->folder_stat.st_gid || st.st_uid == copy->folder_stat.st_uid;
        return fchmod(fd, alone ? 0640 : 0644) < 0 ? -errno : 0;
}

/* A new file under a hidden name, in `ret_name`: its descriptor, or negative errno. */
static int open_hidden(const Submission *submission, const Copy *copy, const char *ending,
                       char ret_name[static NAME_MAX + 1]) {
        char tail[32];
        int n = snprintf(tail, sizeof(tail), ".%d%s", (int) getpid(), ending);
        int room = NAME_MAX - 1 - n;
        int fd, r;

        (void) snprintf(ret_name, NAME_MAX + 1, ".%.*s%s", room, submission->name, tail);
        fd = openat(copy->folder, ret_name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                    0600);
        if (fd < 0) {
                *ret_name = '\0';
                return -errno;
        }
        r = set_owner(copy, fd);
        if (r < 0)
                (void) close(fd);
        return r < 0 ? r : fd;
}

static int open_part(const Submission *submission, Copy *copy) {
        int fd = open_hidden(submission, copy, ".part", copy->part);

        if (fd < 0)
                return fd;
        copy->target = fd;
        return 0;
}

static int write_control(const Submission *submission, Copy *copy) {
        AUTO_CLOSE int fd = -1;

        if (submission->totals->size == 0)
                return 0;
        fd = open_hidden(submission, copy, ".ctl.part", copy->control);
        return fd < 0 ? fd : submit_control_write(submission, fd);
}

static int copy_bytes(Copy *copy, Digest *digest, Progress *progress) {
        static char block[256 * 1024];
        uint64_t offset = 0;
        int64_t n;
        int r = 0;

        while ((n = ctl_read_file((void *) (uintptr_t) &copy->source, offset, block,
                                  sizeof(block))) > 0) {
                if (interrupt_came())
                        return -EINTR;
                r = interrupt_write(copy->target, block, (size_t) n);
                if (r >= 0)
                        r = digest_add(digest, block, (size_t) n);
                if (r < 0)
                        return r;
                offset += (uint64_t) n;
                progress_draw(progress, (int64_t) offset, copy->stat.st_size);
        }
        if (n < 0)
                return (int) n;
        return fsync(copy->target) < 0 ? -errno : 0;
}

/* The file must not have changed while it was copied. */
static bool source_is_same(const Copy *copy) {
        struct stat now;

        return fstat(copy->source, &now) == 0 && now.st_size == copy->stat.st_size &&
               now.st_mtim.tv_sec == copy->stat.st_mtim.tv_sec &&
               now.st_mtim.tv_nsec == copy->stat.st_mtim.tv_nsec;
}

/* `name.csv`, then `name-2.csv`, ... */
static void other_name(Submission *submission, unsigned i) {
        size_t stem = strlen(submission->name) - strlen(".csv");
        char number[16] = "";
        int n = i > 1 ? snprintf(number, sizeof(number), "-%u", i) : 0;
        int room = NAME_MAX - n - (int) strlen(".csv");

        (void) snprintf(submission->final_name, sizeof(submission->final_name), "%.*s%s%s",
                        (int) stem < room ? (int) stem : room, submission->name, number,
                        submission->name + stem);
}

static int rename_new(int folder, const char *from, const char *to) {
        if (renameat2(folder, from, folder, to, RENAME_NOREPLACE) == 0)
                return 0;
        if (errno != EINVAL && errno != ENOSYS)
                return -errno;
        /* a file system that cannot: a second name, then without the first */
        if (linkat(folder, from, folder, to, 0) < 0 || unlinkat(folder, from, 0) < 0)
                return -errno;
        return 0;
}

/* The totals first, and on the disk: a file that has some is never seen without them. */
static int put_under_name(const Submission *submission, const Copy *copy) {
        char control[NAME_MAX + 1];
        int n = snprintf(control, sizeof(control), "%s.ctl", submission->final_name);
        int r;

        if (!*copy->control)
                return rename_new(copy->folder, copy->part, submission->final_name);
        if (n < 0 || n > NAME_MAX)
                return -ENAMETOOLONG;
        r = rename_new(copy->folder, copy->control, control);
        if (r >= 0 && fsync(copy->folder) < 0)
                r = -errno;
        if (r < 0)
                return r;
        r = rename_new(copy->folder, copy->part, submission->final_name);
        if (r < 0 && renameat(copy->folder, control, copy->folder, copy->control) < 0)
                return -errno;
        return r;
}

static int put_in_place(Submission *submission, Copy *copy) {
        int r = -EEXIST;

        for (unsigned i = 1; i <= OTHER_NAMES && r == -EEXIST; i++) {
                other_name(submission, i);
                (void) submit_note_answers(submission); /* --wait says what is wrong there */
                r = put_under_name(submission, copy);
        }
        if (r < 0)
                return r;
        *copy->part = *copy->control = '\0';
        return fsync(copy->folder) < 0 ? -errno : 0;
}

static int copy_in(Submission *submission, Copy *copy) {
        CLEANUP(digest_free_p) Digest *digest = NULL;
        uint8_t sha256[DIGEST_SIZE];
        Progress progress = PROGRESS_NONE;
        int r = digest_new(&digest);

        if (r >= 0)
                r = open_part(submission, copy);
        if (r < 0)
                return r;
        if (copy->stat.st_size > PROGRESS_ABOVE)
                progress_begin(&progress,
                               submission->profile->rules.language == LANGUAGE_ES ? "copiando"
                                                                                  : "copying",
                               PROGRESS_BYTES, 0);
        r = copy_bytes(copy, digest, &progress);
        progress_end(&progress);
        if (r >= 0 && !source_is_same(copy))
                r = -EAGAIN;
        if (r >= 0)
                r = digest_end(digest, sha256);
        if (r < 0)
                return r;
        digest_hex(sha256, DIGEST_SIZE, submission->sha256);
        r = write_control(submission, copy);
        return r < 0 ? r : put_in_place(submission, copy);
}

int submit_file(Submission *submission) {
        __attribute__((cleanup(copy_done))) Copy copy = COPY_NONE;
        size_t size = strlen(submission->name);
        int r;

        if (size < 5 || strcasecmp(submission->name + size - 4, ".csv") != 0 ||
            *submission->name == '.') {
                ctl_complain("%s: the name must end in .csv, and not begin with a dot",
                             submission->path);
                return EXIT_SOME;
        }
        r = open_source(submission, &copy);
        if (r == EXIT_GOOD)
                r = open_folder(submission, &copy);
        if (r != EXIT_GOOD)
                return r;
        r = copy_in(submission, &copy);
        if (r >= 0)
                return EXIT_GOOD;
        if (r == -EAGAIN)
                ctl_complain("%s: it changed while it was copied; nothing was dropped",
                             submission->path);
        else if (r == -EINTR)
                ctl_complain("%s: interrupted; nothing was dropped", submission->path);
        else
                ctl_complain("%s: cannot be put into %s/incoming: %s", submission->path,
                             submission->settings->spool.directory, strerror(-r));
        return r == -EACCES || r == -EPERM ? EX_NOPERM : EX_IOERR;
}
