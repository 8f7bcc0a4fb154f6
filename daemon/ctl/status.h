/* What status.c (looking, JSON) and status_text.c (for people) share. */
#pragma once

#include "daemon/ctl/batches.h"
#include "daemon/ctl/ctl.h"

#define STATUS_SHOWN 30 /* batches and payout files, for people and without --all: the newest */

typedef struct StatusRun {
        Ctl *ctl;
        const Settings *settings;
        Ledger *ledger;
        int64_t batch; /* 0: all */
        bool all;
        bool follow;
} StatusRun;

/* The batches that were read, or the one that was asked for; payout files; and what is held. 0 or
 * negative errno. */
int status_text(const StatusRun *run, const BatchList *list, Buffer *out);
