/* Retention: how personal data leaves the store.
 *
 * What goes: the rows as they came, the bodies of requests, the reasons and notes that quote cells.
 * What stays: references, amounts, statuses, codes, sessions, payments, keys, counters; so totals
 * and payments are told as before. Bytes are overwritten where they lie before they are freed,
 * freed space is zeroed (secure_delete), and ledger_erase_log() empties the write-ahead log, which
 * holds pages as they were. */
#pragma once

#include "sql/ledger.h"

/* stored on disk: never renumber */
typedef enum ForgottenWhat {
        FORGOTTEN_NOTHING = 0,
        FORGOTTEN_ORDERS = 1, /* some; and the original, which held them */
        FORGOTTEN_BATCH = 2,
} ForgottenWhat;

typedef struct Forgotten {
        ForgottenWhat what;
        int64_t at;
        bool pending; /* files may still be there */
        bool remains; /* and some could not be removed */
} Forgotten;

int ledger_forgotten(Ledger *ledger, int64_t batch, Forgotten *ret_forgotten);

/* 1: the first batch above `after` that is pending, 0: none. Those of which files could not be
 * removed, so that nothing but these is open, are apart. */
int ledger_next_pending(Ledger *ledger, int64_t after, int64_t *ret_batch);
int ledger_next_remaining(Ledger *ledger, int64_t after, int64_t *ret_batch);
/* A batch, and since when it has not changed. */
typedef struct QuietBatch {
        int64_t since, id;
} QuietBatch;

/* 1: of the closed and refused batches that did not change since `before`, the one that has been so
 * for the longest time; of those behind `after` (all zero: of all). 0: none. */
int ledger_next_to_forget(Ledger *ledger, int64_t before, const QuietBatch *after,
                          QuietBatch *ret_batch);
/* Marks it, pending. What was marked stays so, or becomes more. */
int ledger_forget_begin(Ledger *ledger, int64_t batch, ForgottenWhat what, int64_t at);
int ledger_forget_done(Ledger *ledger, int64_t batch);
int ledger_forget_remains(Ledger *ledger, int64_t batch); /* done, but for files that stay */
/* The data of up to `max` rows above `after`. Gives 1 and the last of them, 0: there are no
 * more. */
int ledger_forget_rows(Ledger *ledger, int64_t batch, int64_t after, unsigned max,
                       int64_t *ret_last);
/* One row: `raw` stands for it from now on. */
int ledger_forget_row(Ledger *ledger, int64_t row, Text raw);
int ledger_forget_note(Ledger *ledger, int64_t batch);
/* Outside of a transaction. -EBUSY: somebody reads; try again. */
int ledger_erase_log(Ledger *ledger);
