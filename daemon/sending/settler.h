/* Settler: finds out what became of rows whose outcome their key cannot tell any more: the provider
 * replays a stored error, or the key is too old to be trusted.
 *
 *   v2: walks the provider's list of sessions, newest first, with one walk for all such rows. A
 *       session with a row's metadata.checkoutd is adopted. Absence is proven by two complete
 *       walks, the first `absence_wait` after we noticed the row, the second `absence_recheck`
 *       later, both reaching sessions older than the row's first attempt minus 10 minutes. Only
 *       then is the row sent under a new key. A walk that is cut short proves nothing.
 *   v1: has no list. By [provider] on_unsettled the row stays unknown until a person decides, or is
 *       sent under a new key.
 *
 * What it knows is in memory: a restart begins the waiting anew, which is never wrong.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "daemon/base/turn.h"
#include "daemon/provider/http_loop.h"
#include "daemon/settings/settings.h"
#include "jobs/session/rate.h"
#include "sql/ledger.h"

typedef struct Settler Settler;

typedef void (*SettlerChanged)(void *userdata, int64_t batch); /* committed */
/* The provider has a session with our key that is not what was asked for: sending must stop. */
typedef void (*SettlerMismatch)(void *userdata);

typedef struct SettlerOptions {
        sd_event *event;
        const Settings *settings;
        Ledger *ledger;
        HttpLoop *http; /* freed before the settler */
        Rate *rate;
        Turn *turn;
        bool live;
        SettlerChanged changed;
        SettlerMismatch mismatch;
        void *userdata;
} SettlerOptions;

int settler_new(const SettlerOptions *options, Settler **ret_settler);
Settler *settler_free(Settler *settler);

int settler_write(Settler *settler); /* inside a transaction */
void settler_committed(Settler *settler);
void settler_rolled_back(Settler *settler);
/* Rows have changed: are any of them to be found out about? (It looks every second by itself.) */
void settler_look(Settler *settler);
/* Rows that it is going to settle, sooner or later. */
unsigned settler_busy(const Settler *settler);
/* No more walks. */
void settler_stop(Settler *settler);

#include "jobs/base/cleanup.h"
DEFINE_CLEANUP(Settler, settler_free)
