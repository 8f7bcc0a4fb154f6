#include "daemon/spool/spool_candidate.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <string.h>
#include <strings.h>

#include "daemon/base/log.h"
#include "daemon/rules/approval.h"
#include "daemon/spool/control_file.h"
#include "jobs/base/civil.h"
#include "jobs/order/dialect.h"

#define REPORT_AFTER (60 * SECOND)
#define NO_CSV_AFTER (60 * SECOND)
#define PERHAPS_CUT  (10 * MINUTE)
#define LOOK_AGAIN   SECOND
#define AWAIT_TOTALS (10 * MINUTE)
#define ORPHAN_AFTER (10 * MINUTE)

struct Candidates {
        void *tree; /* tsearch(3), by profile and name */
        Candidate *all;
        uint64_t look;
};

/* --- the set -------------------------------------------------------------------------------- */

static int compare(const void *a, const void *b) {
        const Candidate *x = a, *y = b;

        if (x->profile != y->profile)
                return x->profile < y->profile ? -1 : 1;
        return strcmp(x->name, y->name);
}

int candidates_new(Candidates **ret_set) {
        Candidates *set = calloc(1, sizeof(*set));

        if (!set)
                return -ENOMEM;
        *ret_set = set;
        return 0;
}

static void candidate_free(Candidates *set, Candidate *candidate) {
        (void) tdelete(candidate, &set->tree, compare);
        free(candidate->name);
        free(candidate);
}

Candidates *candidates_free(Candidates *set) {
        if (!set)
                return NULL;
        while (set->all) {
                Candidate *candidate = set->all;

                set->all = candidate->next;
                candidate_free(set, candidate);
        }
        free(set);
        return NULL;
}

void candidates_begin(Candidates *set) {
        set->look++;
}

static bool has_ending(const char *name, const char *ending) {
        size_t n = strlen(name), m = strlen(ending);

        return n > m && strcasecmp(name + n - m, ending) == 0;
}

static Candidate *add(Candidates *set, const Profile *profile, const char *name, int64_t now,
                      bool at_start) {
        Candidate *candidate = calloc(1, sizeof(*candidate));

        if (!candidate)
                return NULL;
        candidate->profile = profile;
        candidate->name = strdup(name);
        candidate->first_seen = candidate->unchanged_since = now;
        candidate->at_start = at_start;
        candidate->is_csv = has_ending(name, ".csv");
        candidate->is_control = has_ending(name, ".ctl");
        if (!candidate->name || !tsearch(candidate, &set->tree, compare)) {
                free(candidate->name);
                free(candidate);
                return NULL;
        }
        candidate->next = set->all;
        set->all = candidate;
        return candidate;
}

static Candidate *find(Candidates *set, const Profile *profile, const char *name) {
        AUTO_FREE char *copy = strdup(name);
        Candidate key = { .profile = profile, .name = copy };
        void *node = copy ? tfind(&key, &set->tree, compare) : NULL;

        return node ? *(Candidate **) node : NULL;
}

/* Who waited for it looks at it now. */
static void control_came(Candidates *set, const Candidate *control) {
        for (Candidate *candidate = set->all; candidate; candidate = candidate->next)
                if (candidate->awaits_control && candidate->profile == control->profile &&
                    control_file_belongs(control->name, candidate->name))
                        candidate->awaits_control = false;
}

Candidate *candidates_see(Candidates *set, const Profile *profile, const char *name,
                          const struct stat *st, int64_t now, bool at_start) {
        Candidate *candidate = find(set, profile, name);
        char identity[SPOOL_IDENTITY_SIZE];
        bool is_new = !candidate;

        if (is_new)
                candidate = add(set, profile, name, now, at_start);
        if (!candidate)
                return NULL;
        candidate->seen = set->look;
        spool_identify(st, identity);
        candidate->arrived = (int64_t) st->st_ctim.tv_sec * SECOND + st->st_ctim.tv_nsec / 1000;
        if (strcmp(identity, candidate->identity) != 0) {
                memcpy(candidate->identity, identity, sizeof(identity));
                candidate->unchanged_since = now;
                candidate->renamed = false;
                if (!S_ISDIR(st->st_mode)) /* a folder changes with what is put into it */
                        candidate->reported = false;
                candidate->at_start = is_new && at_start;
                candidate->is_regular = S_ISREG(st->st_mode);
                candidate->gone = false;
                candidate->awaits_control = false;
                if (candidate->is_control)
                        control_came(set, candidate);
        }
        return candidate;
}

void candidates_await_control(Candidates *set, const Profile *profile, const char *name) {
        Candidate *candidate = find(set, profile, name);

        if (!candidate)
                return;
        candidate->taken = false;
        candidate->awaits_control = true;
        candidate_report(candidate,
                         "brings no control totals, which are required; it waits for its .ctl, ten "
                         "minutes at most");
}

void candidates_keep(Candidates *set, const Profile *profile) {
        for (Candidate *candidate = set->all; candidate; candidate = candidate->next)
                if (candidate->profile == profile)
                        candidate->seen = set->look;
}

void candidates_drop_unseen(Candidates *set) {
        Candidate **link = &set->all;

        while (*link) {
                Candidate *candidate = *link;

                if (candidate->seen == set->look || candidate->taken) {
                        link = &candidate->next;
                        continue;
                }
                *link = candidate->next;
                candidate_free(set, candidate);
        }
}

void candidates_done(Candidates *set, const Profile *profile, const char *name, bool gone) {
        Candidate *candidate = find(set, profile, name);

        if (!candidate)
                return;
        candidate->taken = false;
        if (gone) {
                /* A new file of that name begins anew, whatever its inode number. */
                candidate->identity[0] = '\0';
                candidate->seen = 0;
                candidate->gone = true;
        }
}

Candidate *candidates_first(Candidates *set, int64_t settle, int64_t *ret_ready_at) {
        Candidate *first = NULL;
        int64_t first_at = INT64_MAX;

        for (Candidate *candidate = set->all; candidate; candidate = candidate->next) {
                int64_t at;

                if (!candidate->is_regular || candidate->taken || candidate->gone ||
                    candidate->is_control)
                        continue;
                at = candidate_ready_at(candidate, settle);
                if (at < first_at) {
                        first = candidate;
                        first_at = at;
                }
        }
        *ret_ready_at = first_at;
        return first;
}

void candidates_report_orphans(Candidates *set, int64_t now) {
        for (Candidate *control = set->all; control; control = control->next) {
                const Candidate *candidate = set->all;

                if (!control->is_control || control->reported ||
                    now - control->unchanged_since < ORPHAN_AFTER)
                        continue;
                while (candidate && (candidate->profile != control->profile ||
                                     !control_file_belongs(control->name, candidate->name)))
                        candidate = candidate->next;
                if (!candidate)
                        candidate_report(
                                control,
                                "is the .ctl of a file that is not there; it is left alone");
        }
}

unsigned candidates_pending(const Candidates *set) {
        unsigned n = 0;

        for (const Candidate *candidate = set->all; candidate; candidate = candidate->next)
                n += candidate->is_regular && !candidate->gone && !candidate->stuck &&
                     !candidate->is_control;
        return n;
}

unsigned candidates_there(const Candidates *set, int64_t *ret_oldest) {
        unsigned n = 0;

        *ret_oldest = 0;
        for (const Candidate *candidate = set->all; candidate; candidate = candidate->next) {
                if (candidate->gone)
                        continue;
                n++;
                if (*ret_oldest == 0 || candidate->arrived < *ret_oldest)
                        *ret_oldest = candidate->arrived;
        }
        return n;
}

/* --- one file ------------------------------------------------------------------------------- */

unsigned candidates_report_stuck(Candidates *set) {
        unsigned n = 0;

        for (Candidate *candidate = set->all; candidate; candidate = candidate->next) {
                if (!candidate->stuck || candidate->gone)
                        continue;
                candidate_report(candidate,
                                 "cannot be taken: it cannot be read, or has other hard links");
                n++;
        }
        return n;
}

bool candidate_is_ignored(const char *name) {
        static const char *const endings[] = { ".part", ".filepart", ".tmp", "~" };

        if (name[0] == '.')
                return true;
        for (size_t i = 0; i < ELEMENTS(endings); i++)
                if (has_ending(name, endings[i]))
                        return true;
        return false;
}

int64_t candidate_ready_at(const Candidate *candidate, int64_t settle) {
        int64_t at = candidate->unchanged_since;

        if (candidate->awaits_control)
                at += AWAIT_TOTALS;
        else if (!candidate->is_csv && !candidate->is_control)
                at += NO_CSV_AFTER;
        else if (!candidate->renamed)
                at += settle;
        return at > candidate->wait_until ? at : candidate->wait_until;
}

void candidate_report(Candidate *candidate, const char *what) {
        AUTO_BUFFER name = BUFFER_EMPTY;

        if (candidate->reported)
                return;
        candidate->reported = true;
        if (log_append_name(&name, text_of(candidate->name), 100) < 0)
                return;
        log_say(MESSAGE_FILE_STUCK, "%s%s%.*s in the incoming folder %s", candidate->profile->name,
                candidate->profile->name[0] != '\0' ? "/" : "", (int) name.size, name.data, what);
}

static bool wait(Candidate *candidate, int64_t now, int64_t how_long, const char *why) {
        candidate->wait_until = now + how_long;
        if (now - candidate->first_seen >= REPORT_AFTER)
                candidate_report(candidate, why);
        return false;
}

static bool wait_for_person(Candidate *candidate, int64_t now, const char *why) {
        candidate->stuck = true;
        return wait(candidate, now, LOOK_AGAIN, why);
}

/* A read lease is refused while anybody has the file open for writing. Only the owner or the
 * privileged may ask; for others the kernel does not tell. */
static bool is_being_written(int fd) {
        if (fcntl(fd, F_SETLEASE, F_RDLCK) < 0)
                return errno == EAGAIN;
        (void) fcntl(fd, F_SETLEASE, F_UNLCK);
        return false;
}

static bool ends_with_line_end(int fd, off_t size) {
        unsigned char last[2] = { 0, 0 };
        ssize_t n = size >= 2 ? pread(fd, last, 2, size - 2) : pread(fd, last + 1, 1, 0);

        if (n < 1)
                return true; /* empty: that has a message of its own */
        if (last[1] == '\n' || last[1] == '\r')
                return true;
        return last[1] == '\0' && (last[0] == '\n' || last[0] == '\r'); /* UTF-16, little endian */
}

/* A workbook has no lines that could be cut, and an answer of its own. */
static bool is_text(int fd) {
        char head[DIALECT_HEAD_SIZE];
        ssize_t n = pread(fd, head, sizeof(head), 0);

        return n < 0 || dialect_of_head(head, (size_t) n) == PROBLEM_NONE;
}

static bool may_be_cut(Candidate *candidate, int64_t now, SpoolFile *file, bool *ret_wait) {
        *ret_wait = false;
        if (candidate->renamed || ends_with_line_end(file->fd, file->stat.st_size) ||
            !is_text(file->fd))
                return false;
        if (!candidate->at_start)
                return true;
        /* Perhaps it was renamed while nobody watched. */
        if (now - candidate->unchanged_since < PERHAPS_CUT)
                *ret_wait = true;
        else
                file->waited = true;
        return false;
}

bool candidate_open(Candidate *candidate, int folder, const SpoolLimits *limits, int64_t now,
                    SpoolFile *ret_file) {
        AUTO_CLOSE int fd = -1;
        ProblemCode not_approvable;
        bool must_wait;

        assert(!candidate->taken);
        fd = openat(folder, candidate->name,
                    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (fd < 0 &&
            errno == ENOENT) { /* taken up by what a kill left, or removed, since the scan */
                candidate->gone = true;
                return false;
        }
        if (fd < 0)
                return wait_for_person(candidate, now,
                                       "cannot be read by the service; it waits until it can");
        if (fstat(fd, &ret_file->stat) < 0 || !S_ISREG(ret_file->stat.st_mode))
                return wait(candidate, now, LOOK_AGAIN, "is no regular file");
        spool_identify(&ret_file->stat, ret_file->identity);
        if (strcmp(ret_file->identity, candidate->identity) != 0)
                return wait(candidate, now, LOOK_AGAIN, "keeps changing");
        if (ret_file->stat.st_nlink != 1)
                return wait_for_person(candidate, now,
                                       "has more than one hard link; it waits until it has one");
        if (!candidate->renamed && is_being_written(fd))
                return wait(candidate, now, limits->settle, "is still open for writing");
        candidate->stuck = false;
        ret_file->fd = fd;
        ret_file->refused = PROBLEM_NONE;
        if (!candidate->is_csv)
                ret_file->refused = PROBLEM_FILE_NAME;
        else if ((uint64_t) ret_file->stat.st_size > limits->max_file_size)
                ret_file->refused = PROBLEM_FILE_SIZE;
        else if ((not_approvable = approval_refuse_file(candidate->profile, &ret_file->stat,
                                                        geteuid())) != PROBLEM_NONE)
                ret_file->refused = not_approvable;
        else if (may_be_cut(candidate, now, ret_file, &must_wait))
                ret_file->refused = PROBLEM_FILE_CUT;
        else if (must_wait)
                return wait(candidate, now, LOOK_AGAIN, "does not end with a line end");
        ret_file->fd = take_fd(&fd);
        return true;
}
