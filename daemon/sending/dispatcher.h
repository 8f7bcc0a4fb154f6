/* Dispatcher: which row is sent next, and what its answer means.
 *
 *   ring of running batches --claim--> slot --commit--> POST --reply--> verdict --commit--> free
 *
 * A row is claimed inside the turn's transaction: its body and key are frozen (the first time) and
 * it is `sending`; only after the commit does the request leave. Its slot is free again when the
 * outcome is committed, so never more rows than slots are `sending`. Batches take turns, so that a
 * small one is not kept waiting by a large one; retries get at most half of the slots while first
 * sends wait. What limits sending: the rate, the breaker, a hold of the daemon, the canary rows of
 * a batch, and max_in_flight.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "daemon/provider/http_loop.h"
#include "daemon/settings/settings.h"
#include "jobs/session/rate.h"
#include "sql/ledger.h"

typedef struct Dispatcher Dispatcher;

/* Rows of the batch changed in the turn that was just committed. */
typedef void (*DispatcherChanged)(void *userdata, int64_t batch);

typedef struct DispatcherOptions {
        const Settings *settings;
        Ledger *ledger;
        HttpLoop *http; /* with room for max_in_flight; freed before the dispatcher */
        Rate *rate;     /* shared with whoever else asks the provider */
        bool live;
        DispatcherChanged changed;
        void *userdata;
} DispatcherOptions;

int dispatcher_new(const DispatcherOptions *options, Dispatcher **ret_dispatcher);
Dispatcher *dispatcher_free(Dispatcher *dispatcher);

/* Rows that were `sending` when an earlier run died become `unknown`, due at once; the batches that
 * are running get their place in the ring. Inside a transaction. */
int dispatcher_recover(Dispatcher *dispatcher);
/* A running batch gets its place in the ring; any other none. */
int dispatcher_add(Dispatcher *dispatcher, int64_t batch);
/* Somebody else changed its rows: what is due is to be read again. */
void dispatcher_touch(Dispatcher *dispatcher, int64_t batch);
/* A batch needs no more sending. */
void dispatcher_remove(Dispatcher *dispatcher, int64_t batch);

/* Records outcomes and claims rows, inside the turn's transaction. */
int dispatcher_write(Dispatcher *dispatcher);
void dispatcher_committed(Dispatcher *dispatcher); /* sends what was claimed */
void dispatcher_rolled_back(Dispatcher *dispatcher);

/* Holds or releases (HOLD_NONE) all sending, or that of one batch; the caller records it. */
void dispatcher_hold_all(Dispatcher *dispatcher, Hold hold);
void dispatcher_hold_batch(Dispatcher *dispatcher, int64_t batch, Hold hold);

/* When the next turn is wanted (boot clock): 0 at once, INT64_MAX: when something happens. */
int64_t dispatcher_next(const Dispatcher *dispatcher);
/* No more claims; requests in flight may finish. */
void dispatcher_stop(Dispatcher *dispatcher);
unsigned dispatcher_busy(const Dispatcher *dispatcher); /* slots in use */

/* May the provider be asked about what was made: the account and the store are not held, and the
 * provider is not down? */
bool dispatcher_may_read(const Dispatcher *dispatcher);
/* Do rows wait to be sent, for the rate's or a slot's sake? */
bool dispatcher_has_waiting(const Dispatcher *dispatcher);
bool dispatcher_is_held(const Dispatcher *dispatcher, Hold hold);

#define DISPATCHER_BUCKETS 10        /* of the durations of attempts; one more is above them all */
int64_t dispatcher_bucket(size_t i); /* at most, microseconds */

typedef struct DispatcherFigures {
        unsigned in_flight;
        double rate; /* per second; 0: unlimited */
        bool breaker_open;
        Hold hold;
        bool had_refusals; /* any row refused or rejected in this run */
        unsigned batches, held_batches;
        int64_t oldest_due;   /* wall clock, of rows that are not held; 0: none is due */
        int64_t last_success; /* wall clock; 0: none in this run */
        int64_t reply_by; /* CLOCK_MONOTONIC, INT64_MAX: the first in flight has ended by then */
        uint64_t work;    /* changes with every claim and outcome */
        /* of this run, recorded in the ledger */
        uint64_t attempts[VERDICT_COUNT];
        uint64_t durations[DISPATCHER_BUCKETS + 1];
        int64_t duration_sum; /* microseconds */
} DispatcherFigures;
int64_t dispatcher_last_success(const Dispatcher *dispatcher); /* as in the figures */
void dispatcher_figures(const Dispatcher *dispatcher, DispatcherFigures *ret_figures);

#include "jobs/base/cleanup.h"
DEFINE_CLEANUP(Dispatcher, dispatcher_free)
