/* Proof: what the proofs of "never twice, never lost" share. A proof tries many points: at each,
 * the real daemon works in a place of its own (spool, store and a sandbox), something happens to
 * it, it is started again and runs to its end, and then everything is looked at: what the provider
 * made, what came back, which files there are.
 *
 * Points are worked through by a few processes at once, which tell the test what they found through
 * a shared Tally. So nothing here may fail a test by itself: a function that gives false has said
 * why in place->wrong.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define PROOF_DEADLINE 120 /* seconds that a program may take */

/* --- files of orders -------------------------------------------------------------------------- */

/* What becomes of an order in the end. */
typedef enum ProofEnd {
        PROOF_OPEN = 0,  /* one session, which is live */
        PROOF_WITHDRAWN, /* cancelled before it was sent: no session */
        PROOF_ENDED,     /* cancelled: its one session is over */
        PROOF_REISSUED,  /* open: its first session is over, the second is live */
        PROOF_REPLACED,  /* the same, by a row of another file: this one is cancelled */
        PROOF_PAID,      /* one session, which was paid */
        PROOF_END_COUNT,
} ProofEnd;

/* Orders STEM-000001 to n, amounts 1001 on; then bad rows, which have no readable amount. */
typedef struct ProofFile {
        const char *stem;
        char *text; /* owned */
        size_t size;
        unsigned n_good, n_bad;
        const char *control; /* text of its .ctl, dropped before it; NULL: none */
        unsigned n_last;     /* of the last good ones becomes this; the others are open */
        ProofEnd last;
} ProofFile;

/* `mixed`: references in no order. */
ProofFile proof_file(const char *stem, unsigned n_good, unsigned n_bad, bool mixed);
/* The last good row is not to be sent before this time (UTC seconds). */
ProofFile proof_file_later(const char *stem, unsigned n_good, int64_t send_at);
void proof_file_done(ProofFile *file);

/* --- a place ---------------------------------------------------------------------------------- */

typedef struct ProofProcess {
        pid_t pid; /* 0: none */
        int pidfd;
} ProofProcess;

typedef struct ProofPlace {
        char folder[512];
        char url[64];         /* of its sandbox */
        const char *settings; /* more of them, whole lines; "" */
        ProofProcess sandbox;
        char wrong[1500];
} ProofPlace;

/* Made in memory where that is possible: the proofs are about what the daemon asks the kernel for,
 * not about a disk. Fails the test. */
void proof_base_make(char base[static 256]);
/* Kept, and said so, when something is left in it. */
void proof_base_remove(const char *base);

bool proof_wrong(ProofPlace *place, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Fails the test unless it is good; not within a point. */
void proof_must(const ProofPlace *place, bool good);
bool proof_place_make(ProofPlace *place, const char *base, const char *name);
/* Ends its sandbox; the folder stays when something was wrong. */
void proof_place_remove(ProofPlace *place);
/* Copies spool and store of another place, which must be at rest. */
bool proof_place_copy(ProofPlace *place, const char *from_folder);
/* Only the store. */
bool proof_store_copy(ProofPlace *place, const char *from_folder);
bool proof_drop(ProofPlace *place, const ProofFile *file);

/* Arguments beyond --port and --api-key, ended by NULL; may be NULL. */
bool proof_sandbox_start(ProofPlace *place, const char *const *arguments);
void proof_sandbox_stop(ProofPlace *place);
/* A GET, or a POST when there is a body; the caller frees what it gives. NULL: it went wrong. */
char *proof_ask(ProofPlace *place, const char *path, const char *body);

/* --- the daemon ------------------------------------------------------------------------------- */

typedef struct ProofShim {
        const char *from; /* "start" or "ready"; NULL: nothing is counted */
        uint64_t kill_at; /* 0: never */
        bool torn;
        unsigned fails; /* no kill: so many steps fail from there on */
        bool records;   /* into FOLDER/log */
        bool facts;     /* from FOLDER/facts */
        unsigned tick;  /* microseconds that each look at the boot clock takes; 0: it is as it is */
        unsigned slow;  /* seconds that the wall clock is behind */
} ProofShim;

typedef struct ProofRun {
        const ProofShim *shim; /* NULL: none */
        const char *timeout;   /* of --once; NULL: not --once */
} ProofRun;

bool proof_daemon_start(ProofPlace *place, const ProofRun *run, ProofProcess *ret_process);
/* Ended within this time? Then it is reaped: its exit code, or 128 + signal. */
bool proof_process_ended(ProofProcess *process, int milliseconds, int *ret_status);
void proof_process_kill(ProofProcess *process);
/* Starts it and waits for its end. */
bool proof_daemon_run(ProofPlace *place, const ProofRun *run, int *ret_status);
/* --once, without shim, to its end; 0 or the status that is given may come of it. */
bool proof_daemon_finish(ProofPlace *place, const char *timeout, int status);
/* Steps counted so far, and what the last one was that it was killed instead of. */
uint64_t proof_steps(ProofPlace *place, char ret_last[static 256]);
/* Waits until the boot clock has come to what a ticking one told last: nobody is to see it go
 * back. */
void proof_clock_wait(ProofPlace *place);
/* No report of a sanitizer and no failed assertion in what the programs wrote. */
bool proof_said_nothing_bad(ProofPlace *place);
/* checkoutctl verify: exit code 0. */
bool proof_verify(ProofPlace *place);
/* checkoutctl COMMAND ..., ended by NULL: exit code 0. */
bool proof_ctl(ProofPlace *place, const char *const *arguments);

/* --- looking ---------------------------------------------------------------------------------- */

typedef struct ProofMade {
        char *order, *id;
        bool live; /* it can still be paid */
} ProofMade;

typedef struct ProofCounts {
        unsigned orders, sessions, duplicates, lost;
} ProofCounts;

/* What the provider made, sorted by order. */
typedef struct ProofLedger {
        ProofMade *made;
        size_t n;
} ProofLedger;

bool proof_ledger(ProofPlace *place, ProofLedger *ret_ledger);
void proof_ledger_done(ProofLedger *ledger);
/* The first session of an order, and how many there are. */
const ProofMade *proof_ledger_find(const ProofLedger *ledger, const char *order, unsigned *ret_n);

/* Has the provider a live session with this id for the order? */
bool proof_is_live(ProofPlace *place, const char *order, const char *id);

/* STEM-000017 */
void proof_order_name(const ProofFile *file, unsigned number, char name[static 128]);
typedef struct ProofExpected {
        const char *status;
        unsigned sessions, live;
} ProofExpected;
/* What is to become of that good order. */
const ProofExpected *proof_expected(const ProofFile *file, unsigned number);

typedef struct ProofRow {
        const char *order, *status, *session;
} ProofRow;

typedef struct ProofResults {
        char *text;
        ProofRow *rows;
        size_t n;
} ProofResults;

/* results/STEM.B*.results.csv: there must be one. */
bool proof_results(ProofPlace *place, const char *stem, ProofResults *ret_results);
void proof_results_done(ProofResults *results);

/* Does a file below the folder hold this text (in its first bytes)? */
bool proof_holds(ProofPlace *place, const char *below, const char *text);
/* Paths below the folder that match, now. */
size_t proof_count_paths(const ProofPlace *place, const char *pattern);

/* Sessions of the files' good orders: more than there are to be is a duplicate, and so is a second
 * live one; fewer are lost; a session of anything else is a duplicate too. */
bool proof_count(ProofPlace *place, const ProofFile *files, size_t n, ProofCounts *ret_counts);
bool proof_ledger_tally(ProofPlace *place, const ProofLedger *ledger, const ProofFile *files,
                        size_t n, ProofCounts *ret_counts);
/* That, and everything else that must be so when all is done: rows once each and open, bad ones
 * rejected, answers, originals in archive/, nothing left behind, and `checkoutctl verify`.
 * `replayed`: the sandbox is another than the one that rows got their sessions from, so ids
 * differ. */
bool proof_check(ProofPlace *place, const ProofFile *files, size_t n, bool replayed,
                 ProofCounts *ret_counts);

/* --- many points ------------------------------------------------------------------------------ */

#define PROOF_FAILURES 5 /* as many are told; then the proof ends */

typedef struct ProofTally {
        _Atomic unsigned next, points, killed, restarts, failures;
        _Atomic unsigned orders, sessions, duplicates, lost;
        _Atomic unsigned ends;        /* points beyond the last step of any run */
        _Atomic unsigned least, most; /* steps of a run that came to its end unharmed */
        char told[PROOF_FAILURES][2048];
} ProofTally;

/* One point. False: there are no more. */
typedef bool (*ProofPoint)(ProofTally *tally, unsigned point, const void *userdata);

ProofTally *proof_tally_new(void);
void proof_tally_free(ProofTally *tally);
void proof_tally_add(ProofTally *tally, const ProofCounts *counts);
void proof_tally_fail(ProofTally *tally, unsigned point, const ProofPlace *place, const char *what);
/* Points 1, 2, ... by `workers` processes until there are no more, or too many failures. */
void proof_points(ProofTally *tally, unsigned workers, ProofPoint point, const void *userdata);
/* `scenario NAME: points ...`, then fails the test unless nothing was doubled, lost or wrong. */
void proof_tell(const char *name, const ProofTally *tally);
