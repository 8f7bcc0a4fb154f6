/* LedgerEnding: sessions that are to be ended at the provider, by a person's command or by an order
 * file. What is asked for, under which key, and what came of it stands here before it matters.
 *
 *   ask --(committed)--> on the wire --> look --> done | not done
 *    ^                        |           |
 *    +------ no answer -------+           |      only a look at the session that was begun after
 *                                                the
 *    +------ still as it was -------------+      answer was on disk tells; the answer proves
 *                                                nothing
 *
 * See ledger.h for errors, instants and transactions.
 */
#pragma once

#include "jobs/reconcile/payment_status.h"
#include "sql/ledger.h"

/* stored on disk: never renumber */
typedef enum EndingPurpose {
        ENDING_CANCEL = 1,
        ENDING_REISSUE = 2, /* then the next generation is sent */
} EndingPurpose;

/* stored on disk: never renumber */
typedef enum EndingState {
        ENDING_ASK = 1,     /* the provider is to be asked, from due_at on */
        ENDING_ON_WIRE = 2, /* the request may have left */
        ENDING_LOOK = 3,    /* a look that is begun from now on tells */
        ENDING_DONE = 4,
        ENDING_NOT_DONE = 5,
        ENDING_STATE_COUNT,
} EndingState;

/* why not; stored on disk: never renumber */
typedef enum EndingReason {
        ENDING_NO_REASON = 0,
        ENDING_BEGUN = 1,   /* the payer has begun, or a payment has not ended */
        ENDING_PAID = 2,    /* ... or was made */
        ENDING_GONE = 3,    /* the provider does not know the session */
        ENDING_REFUSED = 4, /* asked often, and the session lives on */
        ENDING_TAKEN = 5,   /* reissue: another row has the reference, or a link */
        ENDING_REASON_COUNT,
} EndingReason;

typedef struct Ending {
        int64_t row;
        uint32_t generation;
        EndingPurpose purpose;
        EndingState state;
        EndingReason reason;
        uint32_t attempt; /* from 1; a new one has a new key */
        Text key;         /* of this attempt; empty: not frozen yet */
        int64_t due_at;   /* ENDING_ASK */
        int64_t first_asked_at, answered_at;
        int64_t command;   /* 0: none */
        int64_t successor; /* 0: the row itself is sent again */
        /* read only: the session and the row as they are */
        Text session;
        SessionStatus session_status;
        bool gone;
        Status status;
        uint32_t row_generation;
        Text order_id;
        int api;
} Ending; /* borrowed until the callback returns */

/* Stops on non-zero and gives it. The function may change the ending that it was lent. */
typedef int (*LedgerEndingFunction)(void *userdata, const Ending *ending);

/* Begins one (row, generation, purpose, state, due_at, answered_at, command, successor), also anew
 * after one that is over. 1: begun; 0: one of this session is under way already. */
int ledger_ending_begin(Ledger *ledger, const Ending *ending);
/* Stores all but what is read only and the successor. */
int ledger_ending_set(Ledger *ledger, const Ending *ending);
int ledger_ending_get(Ledger *ledger, int64_t row, uint32_t generation,
                      LedgerEndingFunction function, void *userdata); /* 1 found, 0 not */
/* After a restart: what was on the wire is asked again, under its key; what waits for a look is
 * looked at once. */
int ledger_endings_recover(Ledger *ledger, int64_t now);
/* To be asked now, of sessions of this mode, at most `max`. */
int ledger_endings_due(Ledger *ledger, bool live, int64_t now, unsigned max,
                       LedgerEndingFunction function, void *userdata);
/* A look at this session is recorded, and was begun in that transaction (ledger_transaction()) of
 * this run. 1: an ending waits for one that is begun later; 0: none does. */
int ledger_ending_looked(Ledger *ledger, int64_t row, uint32_t generation, int64_t begun);
/* Those that wait no more for their look, at most `max`, by row. Gives how many, or a negative
 * answer. */
int ledger_endings_looked(Ledger *ledger, unsigned max, LedgerEndingFunction function,
                          void *userdata);
/* The earliest due time of one to be asked; 0: none. */
int ledger_next_ending(Ledger *ledger, bool live, int64_t *ret_due_at);
/* Is any on the wire, or waits for a look? 1, 0. */
int ledger_ending_open(Ledger *ledger, bool live);

/* How a command's endings stand. */
typedef struct EndingCounts {
        int64_t open, done, not_done[ENDING_REASON_COUNT];
} EndingCounts;
int ledger_count_endings(Ledger *ledger, int64_t command, EndingCounts *ret_counts);

/* A person asked for the session's end (0: not any more): seen expired, its row is cancelled. */
int ledger_session_set_end_asked(Ledger *ledger, int64_t row, uint32_t generation, int64_t at);
