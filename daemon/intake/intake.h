/* Intake: from a complete file in incoming/ to an accepted or refused batch, in slices, several
 * files at once, so that a small file is not kept waiting by a large one.
 *
 * What must be durable before what:
 *
 *   copy      work/IDENTITY.csv written and synced, hashed on the way     (source changed: again)
 *   record    batch row with identity, SHA-256 and declared totals committed
 *   remove    source looked at again, its .ctl and it unlinked, folder synced
 *                                                                         (source changed: give up)
 *   check     the pure pass over the copy: every problem, no writes
 *   refuse  / load   rows in slices, each committed with the place reached
 *             merge  references taken in sorted order
 *   answer    NACK, DUP or ACK synced and renamed into results/
 *   accept    batch running: from here on rows are sent, or awaiting approval
 *             refused: copy moved to rejected/
 *
 * Killed between any two, the next start goes on where the ledger says. A source whose batch is
 * recorded is unlinked silently, never answered as a duplicate.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "daemon/settings/settings.h"
#include "daemon/spool/spool.h"
#include "sql/ledger.h"

typedef struct Intake Intake;

/* A batch was accepted and committed: its rows may be sent, unless it waits for an approval. */
typedef void (*IntakeAccepted)(void *userdata, int64_t batch);

typedef struct IntakeOptions {
        const Settings *settings;
        Ledger *ledger;
        bool live; /* the mode of the key */
        IntakeAccepted accepted;
        void *userdata;
        bool once; /* nothing is waited for that is not there */
} IntakeOptions;

int intake_new(const IntakeOptions *options, Intake **ret_intake);
Intake *intake_free(Intake *intake);
/* The spool that it takes from; set once, before anything else is called. */
void intake_set_spool(Intake *intake, Spool *spool);

/* Takes up the batches that an earlier run left unfinished. */
int intake_recover(Intake *intake);
/* Takes an offered file, if there is room (a SpoolTake). */
int intake_take(void *intake, const SpoolFile *file);

/* The part that writes to the ledger: inside a transaction, until `deadline` (boot clock). */
int intake_write(Intake *intake, int64_t deadline);
/* The transaction was committed, or rolled back: what was written is so, or is to be done again. */
void intake_committed(Intake *intake);
void intake_rolled_back(Intake *intake);
/* The part that does not: outside of a transaction. */
void intake_work(Intake *intake, int64_t deadline);

/* When it wants its next turn: 0 at once, INT64_MAX not at all. */
int64_t intake_next(const Intake *intake);
uint64_t intake_work_done(const Intake *intake); /* changes with every slice of work */
unsigned intake_busy(const Intake *intake);      /* files being taken in */
/* Was any file of this run refused, or any of its rows rejected or in conflict? (for --once) */
bool intake_had_rejects(const Intake *intake);

#include "jobs/base/cleanup.h"
DEFINE_CLEANUP(Intake, intake_free)
