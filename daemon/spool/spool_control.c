#include "daemon/spool/spool_control.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "daemon/spool/control_file.h"
#include "jobs/base/civil.h"
#include "jobs/base/cleanup.h"

#define REPORT_AFTER MINUTE

_Static_assert(SPOOL_CONTROLS == CONTROL_FILE_NAMES, "one place for each name");

/* 0, or negative errno; what is no text of totals is said in `declared`. */
static int read_text(int folder, const SpoolControl *control, OrderTotals *declared) {
        char identity[SPOOL_IDENTITY_SIZE];
        AUTO_CLOSE int fd = -1;
        struct stat st;
        int r = control_file_open(folder, control->name, declared, &fd);

        if (r <= 0)
                return r;
        if (fstat(fd, &st) < 0)
                return -errno;
        spool_identify(&st, identity);
        if (!S_ISREG(st.st_mode) || strcmp(identity, control->identity) != 0)
                return -EAGAIN;
        return control_file_read(fd, st.st_size, declared);
}

/* False: not yet. */
static bool wait(Candidate *candidate, int64_t until, int64_t now) {
        candidate->wait_until = until;
        if (now - candidate->first_seen >= REPORT_AFTER)
                candidate_report(candidate,
                                 "waits for its .ctl, which cannot be read or keeps changing");
        return false;
}

static bool read_one(Candidates *set, Candidate *candidate, int folder, int64_t settle, int64_t now,
                     SpoolControl *control, OrderTotals *declared) {
        Candidate *found;
        struct stat st;
        int64_t ready_at;
        int r = 0;

        if (control->name[0] != '\0')
                r = control_file_look(folder, control->name, &st, declared);
        if (r < 0)
                return wait(candidate, now + settle, now);
        if (r == 0) {
                control->name[0] = '\0'; /* there is nothing to be removed */
                return true;
        }
        found = candidates_see(set, candidate->profile, control->name, &st, now, false);
        ready_at = found ? candidate_ready_at(found, settle) : now + settle;
        text_copy_out(text_of(found ? found->identity : ""), control->identity,
                      sizeof(control->identity));
        if (ready_at <= now && read_text(folder, control, declared) == 0)
                return true;
        return wait(candidate, ready_at > now ? ready_at : now + settle, now);
}

bool spool_control_read(Candidates *set, Candidate *candidate, int folder, int64_t settle,
                        int64_t now, SpoolFile *file) {
        for (size_t i = 0; i < SPOOL_CONTROLS; i++) {
                control_file_name(candidate->name, i, file->control[i].name);
                if (!read_one(set, candidate, folder, settle, now, &file->control[i],
                              &file->declared))
                        return false;
        }
        file->awaited = candidate->awaits_control;
        return true;
}
