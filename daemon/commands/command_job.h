/* CommandJob: a command about all that a batch holds, some of it each turn: its rows, and when it
 * is withdrawn its instructions after them. It is answered at the end. What is done is in the
 * ledger; a run that ends in between begins anew, and finds that done. Private to commands.c. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "daemon/base/batch_set.h"
#include "daemon/rules/command_rows.h"
#include "sql/ledger.h"

typedef struct CommandJob {
        int64_t command; /* 0: none */
        RowVerb verb;
        int64_t batch;
        Language language;
        int64_t after; /* row id, as committed */
        int64_t reached;
        int64_t done, done_now;
        int64_t begun, begun_now;         /* sessions that are to be ended */
        int64_t withdrawn, withdrawn_now; /* instructions */
        bool answered;                    /* in this transaction */
} CommandJob;

/* Inside a transaction. Batches that have changed are noted. */
int command_job_write(CommandJob *job, Ledger *ledger, BatchSet *changed);
/* True: there was something to do, and there may be more. `ret_begun`: sessions are to be ended. */
bool command_job_committed(CommandJob *job, bool *ret_begun);
/* One that was begun in this transaction is none. */
void command_job_rolled_back(CommandJob *job);
