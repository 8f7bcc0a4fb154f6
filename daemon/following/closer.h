/* Closer: which settled batches are at their end, so that nothing is expected to change any more
 * (BATCH_CLOSED; what retention may build on). A batch is closed when
 *
 *   - every row is final: none is held, queued, on the wire, unknown, open or in progress
 *   - nothing of it has changed for 11 days
 *   - none of its sessions is to be looked at again (session.next_look; jobs/reconcile/look.h: 11
 *     days after their end, or when a pending payment is given up)
 *
 * Looks once an hour, in slices, at the settled batches only. The closing itself is the reporter's:
 * the files are written a last time with that state, then the ledger is told. A refund, or a fact
 * that comes all the same, opens the batch again (settled): see synchroniser.h.
 */
#pragma once

#include <stdint.h>

#include "sql/ledger.h"

typedef struct Closer Closer;

typedef int (*CloserClose)(void *userdata, int64_t batch);

int closer_new(Ledger *ledger, CloserClose close, void *userdata, Closer **ret_closer);
Closer *closer_free(Closer *closer);
/* A piece of the looking; outside of a transaction. 0, or negative errno of the
 * ledger: the same one again is given when it has worked in between. */
int closer_work(Closer *closer, int64_t deadline);
/* When it wants to be called next (boot clock). */
int64_t closer_next(const Closer *closer);
uint64_t closer_work_done(const Closer *closer); /* changes with every batch looked at */

#include "jobs/base/cleanup.h"
DEFINE_CLEANUP(Closer, closer_free)
