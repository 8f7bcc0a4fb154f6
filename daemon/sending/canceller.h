/* Canceller: ends sessions at the provider, for `checkoutctl cancel` and `reissue` and for the
 * instructions of order files; and sends a row anew once its session is known to be over.
 *
 *   begun (ledger_ending.h) --claim, key frozen, commit--> POST …/expire --answer, commit-->
 *   a look by the synchroniser --commit--> over: row cancelled, or queued as its next generation
 *
 * Only a look that came after the answer tells, and what it tells of the row is the synchroniser's:
 * `cancelled` needs a session that is seen expired and no payment that has not ended. A session
 * that is as it was is asked again, under a new key when the last answer was a whole one (the
 * provider stores and replays it). Takes from the same bucket as all sending, at most
 * CANCELLER_SLOTS at once. Everything is in the ledger: being killed at any point asks the same
 * request again, or looks again.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "daemon/base/turn.h"
#include "daemon/provider/http_loop.h"
#include "daemon/sending/dispatcher.h"
#include "daemon/settings/settings.h"
#include "jobs/session/rate.h"
#include "sql/ledger.h"

#define CANCELLER_SLOTS 8

typedef struct Canceller Canceller;

/* Rows of the batch have changed, committed; it may have to be sent again. */
typedef void (*CancellerChanged)(void *userdata, int64_t batch);

/* Sessions are to be looked at now, committed. */
typedef void (*CancellerLook)(void *userdata);

typedef struct CancellerOptions {
        const Settings *settings;
        Ledger *ledger;
        HttpLoop *http; /* with room for CANCELLER_SLOTS; freed before the canceller */
        Rate *rate;
        Turn *turn;
        const Dispatcher *dispatcher;
        bool live;
        CancellerChanged changed;
        CancellerLook look;
        void *userdata;
} CancellerOptions;

int canceller_new(const CancellerOptions *options, Canceller **ret_canceller);
Canceller *canceller_free(Canceller *canceller);
/* What an earlier run left on the wire is asked again. Inside a transaction. */
int canceller_recover(Canceller *canceller);
/* Something was begun: it is looked for in the next turn. */
void canceller_look(Canceller *canceller);

int canceller_write(Canceller *canceller); /* inside the turn's transaction */
void canceller_committed(Canceller *canceller);
void canceller_rolled_back(Canceller *canceller);
/* When the next turn is wanted (boot clock): 0 at once, INT64_MAX: when something happens. */
int64_t canceller_next(const Canceller *canceller);
/* Is anything begun and not over, or to be begun? Not what waits for the release, or the approval,
 * of its batch. */
unsigned canceller_busy(const Canceller *canceller);
void canceller_stop(Canceller *canceller); /* no more requests */

#include "jobs/base/cleanup.h"
DEFINE_CLEANUP(Canceller, canceller_free)
