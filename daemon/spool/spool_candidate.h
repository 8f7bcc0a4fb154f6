/* Candidate: a file seen in an incoming folder, and what our looks at it have told so far. Private
 * to the spool. The set is keyed by profile and name; each look sees all that are there, and what
 * it did not see is forgotten. */
#pragma once

#include "daemon/spool/spool.h"

typedef struct Candidate {
        const Profile *profile;
        char *name;
        char identity[SPOOL_IDENTITY_SIZE];
        int64_t arrived;    /* wall clock: its ctime */
        int64_t first_seen; /* boot clock */
        int64_t unchanged_since;
        int64_t wait_until; /* not ready before: it was open for writing, or refused by the taker */
        bool renamed;       /* seen renamed into place, and the same since */
        bool at_start;      /* there when the daemon started, and the same since */
        bool is_csv;
        bool is_regular;
        bool gone; /* taken and unlinked; a new file of that name begins anew */
        bool taken;
        bool is_control;     /* NAME.ctl: read with its CSV, never offered by itself */
        bool awaits_control; /* its totals are required, and have not come yet */
        bool stuck;          /* it waits for a person: it cannot be read, or has other links */
        bool reported;
        uint64_t seen; /* the number of the last look that saw it */
        struct Candidate *next;
} Candidate;

typedef struct Candidates Candidates;

typedef struct SpoolLimits {
        int64_t settle;
        uint64_t max_file_size;
} SpoolLimits;

int candidates_new(Candidates **ret_set);
Candidates *candidates_free(Candidates *set);
void candidates_begin(Candidates *set); /* of a look */
/* The candidate of that name, made if it is new; NULL: no memory. */
Candidate *candidates_see(Candidates *set, const Profile *profile, const char *name,
                          const struct stat *st, int64_t now, bool at_start);
void candidates_keep(Candidates *set, const Profile *profile); /* this folder could not be seen */
void candidates_drop_unseen(Candidates *set);
/* The one that is ready first, of those that may be offered; NULL: none. */
Candidate *candidates_first(Candidates *set, int64_t settle, int64_t *ret_ready_at);
/* Says of .ctl files that lie there without their file for ten minutes that they do. */
void candidates_report_orphans(Candidates *set, int64_t now);
/* How many are to be offered or taken, not counting those that wait for a person. */
unsigned candidates_pending(const Candidates *set);
/* How many there are of whatever kind, and when the first of them came (wall clock; 0: none). */
unsigned candidates_there(const Candidates *set, int64_t *ret_oldest);
/* Says of those that wait for a person that they do, unless it was said: how many they are. */
unsigned candidates_report_stuck(Candidates *set);
void candidates_done(Candidates *set, const Profile *profile, const char *name, bool gone);

/* The file is not taken, but waits for its totals. */
void candidates_await_control(Candidates *set, const Profile *profile, const char *name);

/* Dot files, *.part *.filepart *.tmp *~. */
bool candidate_is_ignored(const char *name);
int64_t candidate_ready_at(const Candidate *candidate, int64_t settle);
/* Opens what is ready and looks whether it is complete; false: it has to wait. */
bool candidate_open(Candidate *candidate, int folder, const SpoolLimits *limits, int64_t now,
                    SpoolFile *ret_file);
/* Logs once for as long as the file stays the same. */
void candidate_report(Candidate *candidate, const char *what);

#include "jobs/base/cleanup.h"
DEFINE_CLEANUP(Candidates, candidates_free)
