/* Kills: a scenario is run again and again, killed at one step after the other, started again and
 * looked at. Or a step fails, as on a full disk, and nothing is killed.
 *
 * Every step: point 1 is killed at the first step, point 2 at the second, and so on until runs come
 * to their end before it. Fewer points than the shortest of these runs has steps fail the test. */
#pragma once

#include "tests/flow/proof_log.h"

typedef struct KillWork KillWork;

typedef struct KillScenario {
        const char *name;
        const char *from;     /* "ready" or "start" */
        const char *settings; /* as of ProofPlace; NULL: none */
        const char *faults;   /* told to the sandbox before */
        bool daemon;          /* as a service, not --once; killed once its results are written */
        bool torn;            /* in the middle of writes and sends */
        bool again;           /* and once more while it recovers, at a step that differs by point */
        bool dropped;         /* the files are in the start already */
        unsigned fails;       /* no kill, but a full or broken disk for so many steps */
        unsigned tick;        /* as of ProofShim */
        unsigned slices;      /* commits of rows and references until the file is answered */
        unsigned workers;     /* 0: two */
        /* At each point, before the run that is killed: what a person or a payer does. NULL:
         * nothing */
        bool (*decide)(ProofPlace *place);
        /* What must be so in the end; NULL: proof_check() of the files. */
        bool (*check)(ProofPlace *place, const KillWork *work, ProofCounts *ret_counts);
} KillScenario;

/* Where every point of a scenario begins. */
typedef struct KillStart {
        char base[256];
        ProofPlace place; /* its spool and store */
        ProofLog log;     /* of what was sent before, if anything was */
} KillStart;

/* Sandboxes give the same sessions the same ids, if they are made in the same order. */
bool proof_kill_sandbox(ProofPlace *place);
/* An empty spool, and a store. */
void proof_kill_start(KillStart *start);
/* The file was taken in, and what of it is due was sent: `n_sent` orders, one after the other, so
 * that the sandbox of each point makes the same sessions of it. */
void proof_kill_start_sent(KillStart *start, const ProofFile *file, unsigned n_sent);
/* The same by a clock that is so many seconds behind: what is due by the right one is not, then. */
void proof_kill_start_slow(KillStart *start, const ProofFile *file, unsigned n_sent, unsigned slow);
void proof_kill_start_done(KillStart *start);

struct KillWork {
        const KillScenario *scenario;
        const KillStart *start;
        const char *base;
        const ProofFile *files;
        size_t n_files;
        int status; /* of checkoutd --once in the end: 1 when there are bad rows */
};

/* Tries every step, and tells. `start` NULL: without a store. Fails the test. */
void proof_kill_run(const KillScenario *scenario, const KillStart *start, const ProofFile *files,
                    size_t n_files);
/* The same with orders E-000001 to E-000008 and a store. */
void proof_kill_eight(const KillScenario *scenario);
