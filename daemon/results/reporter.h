/* Reporter: what comes back to the person who dropped a file: results, rejects and summary.
 *
 * Written when a batch comes to rest (no row is queued and due, on the wire, or being tried again),
 * and while it does not, every 15 minutes if something changed. Again when the statuses of a
 * settled batch change: at most every 15 minutes, and so seldom that writing takes at most 1 % of
 * the time; and a last time when it is closed. Each file is written beside its
 * place, synced and renamed: rejects first, then results, then the summary, so that who sees the
 * summary sees them all. Then the original goes from work/ to archive/, and the ledger is told.
 * What changes no status (something was paid out for its rows, a finding came or went) only makes
 * the summary new, within seconds; its totals are then younger than the results.
 * In slices: a million rows do not stop the loop, and no read transaction stays open between them.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "daemon/settings/settings.h"
#include "daemon/spool/spool.h"
#include "sql/ledger.h"

typedef struct Reporter Reporter;

/* The batch is settled, and its results are out: no more sending. */
typedef void (*ReporterSettled)(void *userdata, int64_t batch);

typedef struct ReporterOptions {
        const Settings *settings;
        Ledger *ledger;
        const Spool *spool;
        ReporterSettled settled;
        void *userdata;
        bool at_once; /* --once: what changes in a settled batch is not waited for */
} ReporterOptions;

int reporter_new(const ReporterOptions *options, Reporter **ret_reporter);
Reporter *reporter_free(Reporter *reporter);

/* Rows of this batch changed (committed), or it was just accepted. */
int reporter_changed(Reporter *reporter, int64_t batch);
/* Nothing of a settled batch will change any more: it is reported a last time, and closed. */
int reporter_close(Reporter *reporter, int64_t batch);
/* What its results hold is to go: they are written again at once, and its state stays. */
int reporter_rewrite(Reporter *reporter, int64_t batch);
/* 1: nothing of its results is being written, or to be; 0: it is; negative errno: so it is, and the
 * last try failed, seconds ago. */
int reporter_is_through(const Reporter *reporter, int64_t batch);
/* After a restart: all running batches, and settled ones whose results are older than their
 * rows. */
int reporter_recover(Reporter *reporter);
/* Reports are wanted of all that changed, at rest or not: the daemon ends (--once). */
void reporter_finish(Reporter *reporter);

int reporter_write(Reporter *reporter); /* inside a transaction */
void reporter_committed(Reporter *reporter);
void reporter_rolled_back(Reporter *reporter);
void reporter_work(Reporter *reporter, int64_t deadline); /* outside of one */

/* When the next turn is wanted (boot clock): 0 at once, INT64_MAX: when something changes. */
int64_t reporter_next(const Reporter *reporter);
uint64_t reporter_work_done(const Reporter *reporter); /* changes with every slice of work */
/* Batches that are not at rest, or whose report is not out. */
unsigned reporter_busy(const Reporter *reporter);

#include "jobs/base/cleanup.h"
DEFINE_CLEANUP(Reporter, reporter_free)
