/* Kills: a scenario is run again and again, killed at one step after the other, started again and
 * looked at. Or a step fails, as on a full disk, and nothing is killed. */
#pragma once

#include "tests/flow/proof_log.h"

typedef struct KillScenario {
        const char *name;
        const char *from;   /* "ready" or "start" */
        const char *faults; /* told to the sandbox before */
        bool new_store;     /* not the prepared one */
        bool daemon;        /* as a service, not --once */
        bool torn;          /* in the middle of writes and sends */
        bool again;         /* and once more while it recovers, at a step that differs by point */
        unsigned fails;     /* no kill, but a full or broken disk for so many steps */
        unsigned workers;
        unsigned every;  /* at least so many steps from one point to the next; 0: each */
        unsigned slices; /* at least so many commits while rows are taken in */
} KillScenario;

typedef struct KillWork {
        const KillScenario *scenario;
        const char *base;
        const char *prepared; /* folder of spool and store to begin with */
        const ProofLog *log;  /* of what was sent before; NULL: nothing */
        const ProofFile *files;
        size_t n_files;
        bool dropped;   /* in what is prepared */
        int status;     /* of checkoutd --once in the end: 1 when there are bad rows */
        unsigned every; /* step is killed at; 1 unless there are too many */
} KillWork;

/* Measures how many steps there are, tries them, and tells. Fails the test. */
void proof_kill_run(KillWork *work);
