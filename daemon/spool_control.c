#include "daemon/spool_control.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "jobs/base/civil.h"
#include "jobs/base/cleanup.h"

#define ENDING      ".ctl"
#define CSV         ".csv"
#define SIZE_MAX_OF 4096 /* bytes of a control file */

#define REPORT_AFTER MINUTE

/* `invoices.csv` without its ending. */
static size_t stem_of(const char *name) {
        size_t n = strlen(name), m = strlen(CSV);

        return n > m && strcasecmp(name + n - m, CSV) == 0 ? n - m : n;
}

bool spool_control_belongs(const char *control, const char *name) {
        size_t n = strlen(control), m = strlen(ENDING);
        size_t stem = stem_of(name);

        if (n <= m || strcasecmp(control + n - m, ENDING) != 0)
                return false;
        n -= m;
        return (n == strlen(name) || n == stem) && strncmp(control, name, n) == 0;
}

/* Empty: the name would be too long. */
static void control_name(const char *name, size_t size, char ret[static NAME_MAX + 1]) {
        int n = snprintf(ret, NAME_MAX + 1, "%.*s" ENDING, (int) size, name);

        if (n < 0 || n > NAME_MAX)
                ret[0] = '\0';
}

/* 0, or negative errno; what is no text of totals is said in `declared`. */
static int read_text(int folder, const SpoolControl *control, OrderTotals *declared) {
        AUTO_CLOSE int fd = openat(folder, control->name,
                                   O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        char text[SIZE_MAX_OF + 1], identity[SPOOL_IDENTITY_SIZE];
        struct stat st;
        ssize_t n;

        if (fd < 0 || fstat(fd, &st) < 0)
                return -errno;
        spool_identify(&st, identity);
        if (!S_ISREG(st.st_mode) || strcmp(identity, control->identity) != 0)
                return -EAGAIN;
        n = pread(fd, text, sizeof(text), 0);
        if (n < 0 || (n != st.st_size && n != SIZE_MAX_OF + 1))
                return n < 0 ? -errno : -EAGAIN;
        order_totals_of_control(declared, n > SIZE_MAX_OF ? TEXT_NONE : (Text){ text, (size_t) n });
        return 0;
}

static bool read_one(Candidates *set, Candidate *candidate, int folder, int64_t settle, int64_t now,
                     SpoolControl *control, OrderTotals *declared) {
        Candidate *found;
        struct stat st;
        int64_t ready_at;

        if (control->name[0] == '\0' ||
            fstatat(folder, control->name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode)) {
                control->name[0] = '\0';
                return true;
        }
        found = candidates_see(set, candidate->profile, control->name, &st, now, false);
        ready_at = found ? candidate_ready_at(found, settle) : now + settle;
        text_copy_out(text_of(found ? found->identity : ""), control->identity,
                      sizeof(control->identity));
        if (ready_at <= now && read_text(folder, control, declared) == 0)
                return true;
        candidate->wait_until = ready_at > now ? ready_at : now + settle;
        if (now - candidate->first_seen >= REPORT_AFTER)
                candidate_report(candidate,
                                 "waits for its .ctl, which cannot be read or keeps changing");
        return false;
}

bool spool_control_read(Candidates *set, Candidate *candidate, int folder, int64_t settle,
                        int64_t now, SpoolFile *file) {
        control_name(candidate->name, strlen(candidate->name), file->control[0].name);
        control_name(candidate->name, stem_of(candidate->name), file->control[1].name);
        if (strcmp(file->control[0].name, file->control[1].name) == 0)
                file->control[1].name[0] = '\0';
        for (size_t i = 0; i < SPOOL_CONTROLS; i++)
                if (!read_one(set, candidate, folder, settle, now, &file->control[i],
                              &file->declared))
                        return false;
        file->awaited = candidate->awaits_control;
        return true;
}
