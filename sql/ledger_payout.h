/* LedgerPayout: the provider's payout files, line by line, beside the payments that we know.
 *
 * Every line has one outcome, and the totals by outcome are kept with it; so do those of the rows
 * that were settled, by their batch. A line that stood in an earlier line or file is `twice` and
 * counted nowhere else. What is learned later (a payment that a look at its session brings, a
 * refund) matches its lines anew by itself. See ledger.h for errors, instants and transactions.
 */
#pragma once

#include "jobs/reconcile/payout.h"
#include "sql/ledger.h"

typedef struct PayoutFacts {
        int64_t batch;
        const char *file;
        int64_t received_at;
        BatchState state;
        int64_t replaced_by; /* 0: it counts */
        int64_t newest_at;   /* of its lines; 0: they have no times */
} PayoutFacts;               /* borrowed until the callback returns */

typedef struct PayoutTotal {
        Currency currency;
        PayoutOutcome outcome;
        int64_t count;            /* lines */
        int64_t amount, fee, net; /* as the file says */
        int64_t known;            /* what we know that was paid or given back */
        int64_t rows, row_amount; /* our rows that they settle */
} PayoutTotal;

typedef struct PayoutRecord {
        int64_t batch;
        uint32_t line;
        Text id;
        Text payment;
        PayoutKind kind;
        PayoutOutcome outcome;
        int64_t amount, fee, net;
        Currency currency;
        int64_t created_at;
        int64_t row;   /* 0: none of ours */
        int64_t known; /* what we know that was paid or given back */
        Text order_id;
} PayoutRecord; /* borrowed until the callback returns */

/* What came back of the rows of one batch. */
typedef struct SettledTotal {
        Currency currency;
        int64_t rows, row_amount; /* settled, and what they asked for */
        int64_t amount, fee, net; /* paid out for them, refunds taken off */
} SettledTotal;

typedef struct UnsettledPayment {
        Text id;
        int64_t row;
        Text order_id;
        int64_t amount;
        Currency currency;
        int64_t paid_at;
} UnsettledPayment; /* borrowed until the callback returns */

/* All stop on non-zero and give it. */
typedef int (*LedgerPayoutFunction)(void *userdata, const PayoutFacts *payout);
typedef int (*LedgerPayoutTotalFunction)(void *userdata, const PayoutTotal *total);
typedef int (*LedgerPayoutLineFunction)(void *userdata, const PayoutRecord *line);
typedef int (*LedgerSettledFunction)(void *userdata, const SettledTotal *total);
typedef int (*LedgerUnsettledFunction)(void *userdata, const UnsettledPayment *payment);

/* --- taking in ------------------------------------------------------------------------------ */

/* The batch is a payout file; `replaces` (0: none) is one that it corrects: it counts no more, and
 * its lines are to be withdrawn. */
int ledger_payout_begin(Ledger *ledger, int64_t batch, int64_t replaces, int64_t newest_at);
/* Which one it replaces: 1 found, 0 none. */
int ledger_payout_replaced(Ledger *ledger, int64_t batch, int64_t *ret_replaced);
/* Withdraws lines of a payout that is replaced: how many, at most `max`; 0: none is left. */
int ledger_payout_withdraw(Ledger *ledger, int64_t batch, unsigned max);
/* Adds a line without problems, and matches it. */
int ledger_payout_add(Ledger *ledger, int64_t batch, const PayoutLine *line);

/* Another payout file of the same bytes that counts: 1 found, 0 not. */
int ledger_payout_of_bytes(Ledger *ledger, const uint8_t sha256[static 32], bool live,
                           int64_t batch, int64_t *ret_id);
/* The newest payout file of that name that has this line and counts: 1 found, 0 not. */
int ledger_payout_of_line(Ledger *ledger, const PayoutLine *line, const char *file,
                          int64_t *ret_id);
/* What we know that was paid by this line's payment: 1 found, 0 nothing (or it is a refund). */
int ledger_payout_known(Ledger *ledger, const PayoutLine *line, int64_t *ret_amount);

/* --- reading -------------------------------------------------------------------------------- */

/* Above the batch `after`, at most `max`, also those that are replaced. */
int ledger_payouts(Ledger *ledger, int64_t after, unsigned max, LedgerPayoutFunction function,
                   void *userdata);
int ledger_payout_totals(Ledger *ledger, int64_t batch, LedgerPayoutTotalFunction function,
                         void *userdata);
/* Lines of a payout above `after`, at most `max`. Gives how many were lent, or a negative
 * answer. */
int ledger_payout_lines(Ledger *ledger, int64_t batch, uint32_t after, unsigned max,
                        LedgerPayoutLineFunction function, void *userdata);
/* The lines of one payment, in the order of the files. */
int ledger_payout_lines_of(Ledger *ledger, Text payment, LedgerPayoutLineFunction function,
                           void *userdata);
/* What was settled of a batch's rows. */
int ledger_settled_totals(Ledger *ledger, int64_t batch, LedgerSettledFunction function,
                          void *userdata);
/* Payments that were made before `before` and are in no payout, by time, above the place of
 * `after_paid_at` and `after_id`. Gives how many were lent, or a negative answer. */
int ledger_unsettled_payments(Ledger *ledger, int64_t before, int64_t after_paid_at, Text after_id,
                              unsigned max, LedgerUnsettledFunction function, void *userdata);
