/* Retention: removes personal data: of batches that are closed (closer.h) and have been quiet for
 * `retention`, and of an order that a person wants forgotten.
 *
 *   closed, quiet for so long --> marked --> files removed --> rows emptied, slice by slice
 *          --> the store's log emptied --> done
 *   an order: rows emptied and marked at once --> the original and the ACK of its batch removed,
 *          results written again --> the store's log emptied --> done
 *
 * A file that cannot be removed, and results that cannot be written, are said and passed over: their
 * batch keeps a mark, and is tried again at every look (once an hour) until they are gone; all others
 * are done meanwhile.
 *
 * Killed anywhere, it goes on from the mark. What is removed: rows as they came, bodies of
 * requests, reasons and notes that quote cells, the original in archive/ or rejected/, and every
 * file in results/ but summary.json and APPROVAL.txt. What stays: references, amounts, statuses,
 * codes, sessions, payments and counters, so that totals tie out and `checkoutctl verify` holds; it
 * compares what there still is. What people have copied elsewhere is theirs to remove.
 */
#pragma once

#include "daemon/settings/settings.h"
#include "daemon/spool/spool.h"
#include "sql/ledger_retention.h"

typedef struct Retention Retention;

typedef struct RetentionOptions {
        const Settings *settings;
        Ledger *ledger;
        const Spool *spool;
        /* the results of the batch are to be written again */
        void (*rewrite)(void *userdata, int64_t batch);
        /* 1: nothing of its results is being written, or to be; 0: it is; negative errno: the last
         * try failed */
        int (*is_written)(void *userdata, int64_t batch);
        void *userdata;
} RetentionOptions;

int retention_new(const RetentionOptions *options, Retention **ret_retention);
Retention *retention_free(Retention *retention);

/* `checkoutctl forget`, inside the turn's transaction: `order PROFILE 0x1f RUN 0x1f ORDER`. Appends
 * the answer. */
int retention_forget_order(Retention *retention, const char *argument, Buffer *answer);

int retention_write(Retention *retention); /* inside the turn's transaction */
void retention_committed(Retention *retention);
void retention_rolled_back(Retention *retention);
void retention_work(Retention *retention, int64_t deadline); /* outside; a piece of it */

/* When it wants its next turn (boot clock). */
int64_t retention_next(const Retention *retention);
/* Is there something to be removed now? (for --once) */
bool retention_busy(const Retention *retention);

#include "jobs/base/cleanup.h"
DEFINE_CLEANUP(Retention, retention_free)
