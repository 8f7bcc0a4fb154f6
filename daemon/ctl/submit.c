/* checkoutctl submit: a file goes into incoming/ whole: copied beside under a hidden name, synced,
 * renamed into place, never over another one. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <strings.h>
#include <sys/stat.h>

#include "daemon/ctl/interrupt.h"
#include "daemon/ctl/json.h"
#include "daemon/ctl/person.h"
#include "daemon/ctl/progress.h"
#include "daemon/ctl/submit.h"
#include "jobs/report/answer.h"

#define PROGRESS_ABOVE (8 * 1000 * 1000)
#define OTHER_NAMES    1000 /* NAME-2.csv, NAME-3.csv, ... */

/* --- copying -------------------------------------------------------------------------------- */

/* a copy on its way into the folder */
typedef struct Copy {
        int source;
        struct stat stat;
        int folder;
        struct stat folder_stat;
        char part[NAME_MAX + 1];
        int target;
} Copy;

#define COPY_NONE ((Copy){ .source = -1, .folder = -1, .target = -1 })

static void copy_done(Copy *copy) {
        if (copy->target >= 0 && *copy->part)
                (void) unlinkat(copy->folder, copy->part, 0);
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
static int set_owner(const Copy *copy) {
        uid_t person = geteuid() == 0 ? person_of_sudo() : PERSON_NONE;
        struct stat st;
        bool alone;

        if (person != PERSON_NONE && fchown(copy->target, person, (gid_t) -1) < 0)
                return -errno;
        (void) !fchown(copy->target, (uid_t) -1, copy->folder_stat.st_gid);
        if (fstat(copy->target, &st) < 0)
                return -errno;
        alone = st.st_gid == copy->folder_stat.st_gid || st.st_uid == copy->folder_stat.st_uid;
        return fchmod(copy->target, alone ? 0640 : 0644) < 0 ? -errno : 0;
}

static int open_part(const Submission *submission, Copy *copy) {
        char tail[32];
        int n = snprintf(tail, sizeof(tail), ".%d.part", (int) getpid());
        int room = NAME_MAX - 1 - n;

        (void) snprintf(copy->part, sizeof(copy->part), ".%.*s%s", room, submission->name, tail);
        copy->target = openat(copy->folder, copy->part,
                              O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (copy->target < 0) {
                *copy->part = '\0';
                return -errno;
        }
        return set_owner(copy);
}

static int write_all(int fd, const char *bytes, size_t size) {
        while (size > 0) {
                ssize_t n = write(fd, bytes, size);

                if (n < 0 && errno == EINTR && !interrupt_came())
                        continue;
                if (n < 0)
                        return -errno;
                bytes += n;
                size -= (size_t) n;
        }
        return 0;
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
                r = write_all(copy->target, block, (size_t) n);
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

static int put_in_place(Submission *submission, Copy *copy) {
        int r = -EEXIST;

        for (unsigned i = 1; i <= OTHER_NAMES && r == -EEXIST; i++) {
                other_name(submission, i);
                (void) submit_note_answers(submission); /* --wait says what is wrong there */
                r = rename_new(copy->folder, copy->part, submission->final_name);
        }
        if (r < 0)
                return r;
        *copy->part = '\0';
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
        return put_in_place(submission, copy);
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

/* --- the command ---------------------------------------------------------------------------- */

static void submission_json(Json *json, const Submission *submission) {
        json_object(json, NULL);
        json_string(json, "file", submission->path);
        json_string(json, "profile", submission->profile->name);
        json_string(json, "submitted_as", *submission->final_name ? submission->final_name : NULL);
        json_string(json, "sha256", *submission->sha256 ? submission->sha256 : NULL);
        if (submission->batch > 0)
                json_batch(json, "batch", submission->batch);
        else
                json_null(json, "batch");
        json_text_or_null(json, "answer", text_of(submission->answer));
        json_boolean(json, "results", submission->has_results);
        json_end_object(json);
}

static int submit_one(Submission *submission, bool quiet) {
        const char *slash = strrchr(submission->path, '/');
        AUTO_BUFFER line = BUFFER_EMPTY;
        int r;

        submission->name = slash ? slash + 1 : submission->path;
        r = submit_file(submission);
        if (r != EXIT_GOOD || quiet)
                return r;
        r = text_append_visible(&line, text_of(submission->path), SIZE_MAX);
        if (r >= 0)
                r = buffer_printf(&line, " -> %s/incoming/%s%s",
                                  submission->settings->spool.directory, submission->profile->name,
                                  *submission->profile->name ? "/" : "");
        if (r >= 0)
                r = text_append_visible(&line, text_of(submission->final_name), SIZE_MAX);
        if (r >= 0)
                r = buffer_append_char(&line, '\n');
        return r < 0 ? ctl_failed("submit", r) : ctl_print(&line);
}

static int worse(int a, int b) {
        return a > b ? a : b;
}

/* All are dropped first; then each is waited for. */
static int submit_all(const Ctl *ctl, Submission *submissions, size_t n, bool wait) {
        AUTO_BUFFER out = BUFFER_EMPTY;
        Json json = JSON_INTO(&out);
        int r = EXIT_GOOD;

        for (size_t i = 0; i < n && !interrupt_came(); i++)
                r = worse(r, submit_one(&submissions[i], ctl->json));
        for (size_t i = 0; i < n && wait; i++)
                if (*submissions[i].final_name && !interrupt_came())
                        r = worse(r, submit_wait(&submissions[i], ctl->json));
        if (wait && interrupt_came()) {
                ctl_complain("no longer waiting; what was dropped goes on, see checkoutctl status");
                r = worse(r, EXIT_BAD);
        }
        if (!ctl->json)
                return r;
        json_object(&json, NULL);
        json_array(&json, "files");
        for (size_t i = 0; i < n; i++)
                submission_json(&json, &submissions[i]);
        json_end_array(&json);
        json_end_object(&json);
        if (json.error < 0 || buffer_append_char(&out, '\n') < 0)
                return ctl_failed("submit", -ENOMEM);
        return worse(r, ctl_print(&out));
}

/* Without one, what was dropped in the first period makes all that follow duplicates. */
static bool has_run(const Profile *profile, const char *file) {
        if (strchr(profile->run, '{'))
                return true;
        ctl_complain("%s: [%s%s] run: must change with every period, like {year}-{month}, or a "
                     "file that recurs is sent only once",
                     file, *profile->name ? "profile " : "orders", profile->name);
        return false;
}

int ctl_submit(Ctl *ctl, int argc, char **argv) {
        enum { OPTION_PROFILE = OPTION_OWN, OPTION_WAIT, OPTION_RECURRING };
        static const struct option options[] = {
                CTL_OPTIONS,
                { "profile", required_argument, NULL, OPTION_PROFILE },
                { "wait", no_argument, NULL, OPTION_WAIT },
                { "recurring", no_argument, NULL, OPTION_RECURRING },
                { NULL, 0, NULL, 0 },
        };
        CLEANUP(settings_free_p) Settings *settings = NULL;
        AUTO_FREE Submission *submissions = NULL;
        const Profile *profile;
        const char *name = "";
        bool wait = false, recurring = false;
        int c, n, r = EXIT_GOOD;

        while ((c = ctl_option(ctl, argc, argv, options, &r)) >= 0) {
                if (c == '?')
                        return r;
                if (c == OPTION_PROFILE)
                        name = optarg;
                else if (c == OPTION_RECURRING)
                        recurring = true;
                else
                        wait = true;
        }
        n = argc - optind;
        if (n < 1)
                return ctl_usage(argv[0], "name at least one file");
        r = ctl_load_settings(ctl, &settings);
        if (r != EXIT_GOOD)
                return r;
        profile = settings_profile(settings, name);
        if (!profile)
                return ctl_usage(argv[0], "there is no [profile %s] in %s", name, settings->file);
        if (recurring && !has_run(profile, settings->file))
                return EX_CONFIG;
        submissions = calloc((size_t) n, sizeof(*submissions));
        if (!submissions)
                return ctl_failed("submit", -ENOMEM);
        for (int i = 0; i < n; i++)
                submissions[i] = (Submission){ .settings = settings,
                                               .profile = profile,
                                               .path = argv[optind + i] };
        interrupt_catch();
        r = submit_all(ctl, submissions, (size_t) n, wait);
        for (int i = 0; i < n; i++)
                buffer_done(&submissions[i].answer_text);
        return r;
}
