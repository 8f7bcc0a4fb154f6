/* `checkoutctl verify`: three witnesses about each batch - the original file, the store, the
 * results - and whatever they say differently. Private to verify*.c.
 *
 *   verify.c          the store: counters against rows, sums against what was read, integrity
 *   verify_file.c     the original: its digest, and what a second reading of it counts
 *   verify_results.c  results.csv: row for row the cells as they came, the status, the session
 */
#pragma once

#include "daemon/ctl/ctl.h"
#include "daemon/ctl/json.h"
#include "daemon/ctl/progress.h"
#include "daemon/ctl/table.h"
#include "jobs/base/digest.h"
#include "jobs/order/order_file.h"

#define FINDING_SIZE 160

/* count and sum */
typedef struct Tally {
        int64_t count;
        int64_t sum;
} Tally;

/* A batch as the store has it, copied. */
typedef struct VerifyBatch {
        int64_t id;
        BatchState state;
        Hold hold;
        char *file, *profile, *source, *rules, *header;
        uint8_t sha256[DIGEST_SIZE];
        uint64_t size;
        bool archived;
        int64_t received_at, results_at;
        bool newer; /* a status has changed since the results were written */
        int64_t lines;
        unsigned n_columns;
        char delimiter;
        Encoding encoding;
        bool bom;
        Tally read[CURRENCY_COUNT]; /* fixed at intake */
} VerifyBatch;

/* A payout file of the provider: it has lines and no rows. */
static inline bool verify_is_payout(const VerifyBatch *batch) {
        return strcmp(batch->profile, SETTINGS_PAYOUTS) == 0;
}

typedef struct Verify {
        const Settings *settings;
        Ledger *ledger;
        Hold daemon_hold;
        Json json;
        bool is_json;
        Table *table;
        Buffer *out;
        Progress progress;
        int64_t n_findings;
        int64_t n_batches;
        int64_t n_of_batch; /* findings of the batch looked at */
} Verify;

/* Notes a difference. `batch` 0: of the store as a whole. 0 or negative errno. */
int verify_find(Verify *verify, int64_t batch, const char *what, const char *expected,
                const char *found);
int verify_find_numbers(Verify *verify, int64_t batch, const char *what, int64_t expected,
                        int64_t found);
/* Notes a difference of two tallies, if there is one. */
int verify_compare(Verify *verify, int64_t batch, const char *what, Currency currency,
                   Tally expected, Tally found);

/* 0 or negative errno; what cannot be opened or read is a finding. */
int verify_file(Verify *verify, const VerifyBatch *batch);
int verify_results(Verify *verify, const VerifyBatch *batch);
