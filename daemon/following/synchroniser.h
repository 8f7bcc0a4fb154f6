/* Synchroniser: keeps true what became of the links. Asks the provider about sessions, payments and
 * refunds, records what it says, moves the rows and notes what does not add up. The rules are in
 * jobs/reconcile/: when to look (look.h), what follows (outcome_rule.h).
 *
 *   which        every session has its next look in the ledger; the longest waiting comes first. So
 *                being killed loses nothing: what was not recorded is due as before
 *   how          v1 has no list: a request each. v2: when many are due, a walk through the list,
 *                newest first, is cheaper (300 a request); it ends at the oldest due one that is
 *                worth it. What a walk did not show is asked for singly, and so is all when the
 *                list cannot be read
 *   orphans      v2: once a day the list is walked down to the walk before, for sessions with our
 *                metadata.checkoutd that no row knows
 *   refunds      read every hour once there are payments, those of the last 10 days anew
 *   how fast     from the one bucket of the dispatcher; while rows wait to be sent, at most a fifth
 *                of it. At most a quarter of max_in_flight, and 8, at once
 *   when not     while the account is held, the store is held, or the provider is down. While
 *                sending is held for another reason, looking goes on
 *   whom         only what has exactly our key, amount, currency and mode is believed; all else is
 *                a finding and leaves the row as it is
 *
 * With --once it does only what `checkoutctl sync` asked for: nobody waits for payers.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "daemon/base/turn.h"
#include "daemon/provider/http_loop.h"
#include "daemon/rules/command_target.h"
#include "daemon/sending/dispatcher.h"
#include "daemon/settings/settings.h"
#include "jobs/session/rate.h"
#include "sql/ledger.h"

#define SYNCHRONISER_SLOTS 8 /* requests at once, and a page of the list besides */

typedef struct Synchroniser Synchroniser;

/* Rows of this batch have changed, committed. */
typedef void (*SynchroniserChanged)(void *userdata, int64_t batch);

typedef struct SynchroniserOptions {
        const Settings *settings;
        Ledger *ledger;
        HttpLoop *http; /* with room for SYNCHRONISER_SLOTS + 1; freed before the synchroniser */
        Rate *rate;
        Turn *turn;
        const Dispatcher *dispatcher;
        bool live;
        bool only_asked; /* --once */
        SynchroniserChanged changed;
        void *userdata;
} SynchroniserOptions;

int synchroniser_new(const SynchroniserOptions *options, Synchroniser **ret_synchroniser);
Synchroniser *synchroniser_free(Synchroniser *synchroniser);

/* Inside the turn's transaction, before the dispatcher: it takes from the same bucket. */
int synchroniser_write(Synchroniser *synchroniser);
void synchroniser_committed(Synchroniser *synchroniser); /* sends what was claimed */
void synchroniser_rolled_back(Synchroniser *synchroniser);
/* When the next turn is wanted (boot clock): 0 at once, INT64_MAX: when something happens. */
int64_t synchroniser_next(const Synchroniser *synchroniser);
/* Changes with all that it does. */
uint64_t synchroniser_work_done(const Synchroniser *synchroniser);
/* What was asked for and is not answered yet. */
unsigned synchroniser_busy(const Synchroniser *synchroniser);
/* Looks were made due in the ledger (ledger_set_next_look), committed: somebody waits for them. */
void synchroniser_touch(Synchroniser *synchroniser);
/* No more requests; what is in flight is forgotten. */
void synchroniser_stop(Synchroniser *synchroniser);

typedef enum SyncTaken {
        SYNC_TAKEN,        /* it is answered in the ledger when it is done */
        SYNC_TAKEN_BEFORE, /* the same command was */
        SYNC_ANSWERED_NOW, /* by `answer` */
} SyncTaken;
/* What `checkoutctl sync` asks for by that command: all, a batch or an order. Inside a transaction.
 * A SyncTaken, or negative errno. */
int synchroniser_ask(Synchroniser *synchroniser, int64_t command, const CommandTarget *target,
                     Buffer *answer);

#include "jobs/base/cleanup.h"
DEFINE_CLEANUP(Synchroniser, synchroniser_free)
