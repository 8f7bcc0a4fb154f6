/* Batches as the commands show them: copies out of the store, with their totals. */
#pragma once

#include "sql/ledger_approval.h"

#define BATCHES_ALL (~0U)

typedef struct BatchFacts {
        int64_t id;
        char *file, *profile, *run;
        bool live;
        BatchState state;
        Hold hold; /* its own, else the daemon's while it runs */
        int64_t parent;
        bool has_children; /* files that correct it; of one batch alone: perhaps */
        int64_t maker_uid;
        Approval approval; /* .at 0: none */
        uint8_t sha256[32];
        int64_t received_at, results_at, changed_at;
        int64_t lines;
        Total *read; /* by currency, fixed at intake */
        size_t n_read;
        Total *totals; /* by currency and status, as shown */
        size_t n_totals;
} BatchFacts;

typedef struct BatchList {
        BatchFacts *batches;
        size_t n, capacity;
        size_t n_older; /* left out */
        Hold daemon_hold;
} BatchList;

#define BATCH_LIST_EMPTY ((BatchList){ .batches = NULL })
void batch_list_done(BatchList *list);

/* One batch (0: the newest `most`, 0: all), oldest first, as they were at one moment; not inside
 * ledger_begin(). 0 or negative errno of the ledger. */
int batch_list_read(Ledger *ledger, int64_t batch, size_t most, BatchList *ret_list);

/* Orders read from the file: count over all currencies. */
int64_t batch_facts_orders(const BatchFacts *batch);
/* Of these, those of which nothing more will be sent. */
int64_t batch_facts_settled(const BatchFacts *batch);
/* Count of one status over all currencies. */
int64_t batch_facts_count(const BatchFacts *batch, Status status);
const char *batch_facts_state(const BatchFacts *batch);
