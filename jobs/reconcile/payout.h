/* Payout: the provider's own settlement file, one line for each payment or refund that it paid out
 * (semicolons, `id;created_at;amount;fee;…`; docs.fintoc.com reporting-and-reconciliation). Read as
 * a stream; memory does not grow with the file.
 *
 * Columns are found by name, as in payout_columns[] or by the settings' `column.N = our column,
 * their header`; those that we do not know are left alone. Refunds are negative, refunds that
 * failed and came back are positive. Amounts are integers in the smallest unit, or (`cents`)
 * hundredths of every currency: the provider's page says "in cents" also of pesos. Which of the two
 * is never guessed from the amounts.
 *
 * A line that cannot be read whole makes the file one that is not counted at all: half a payout
 * would not add up with the bank.
 */
#pragma once

#include "jobs/order/dialect.h"
#include "jobs/order/order_file.h"
#include "jobs/order/order_rules.h"

/* stored on disk: never renumber */
typedef enum PayoutKind {
        PAYOUT_PAYMENT = 1,
        PAYOUT_REFUND = 2,          /* negative */
        PAYOUT_REFUND_RETURNED = 3, /* a refund that failed: positive */
        PAYOUT_KIND_COUNT,
} PayoutKind;

/* What a line is, beside what we know; stored on disk: never renumber */
typedef enum PayoutOutcome {
        PAYOUT_SETTLED = 1,   /* a payment of ours, its amount and currency */
        PAYOUT_DIFFERENT = 2, /* a payment or refund of ours, with another amount or currency */
        PAYOUT_REFUNDED = 3,  /* a refund of a payment of ours */
        PAYOUT_RETURNED = 4,  /* ... that failed and came back */
        PAYOUT_NOT_OURS = 5,  /* nothing that we know */
        PAYOUT_TWICE = 6,     /* in an earlier line or payout file already: not counted again */
        PAYOUT_OUTCOME_COUNT,
} PayoutOutcome;

const char *payout_outcome_name(PayoutOutcome outcome); /* "settled"; stable */

typedef struct PayoutLine {
        uint32_t line; /* physical, 1 = header */
        PayoutKind kind;
        Text id;
        Text resource; /* of a refund: its payment, where the file says so; else empty */
        int64_t created_at;
        int64_t amount, fee, net; /* smallest unit; net is amount - fee where the file has none */
        Currency currency;        /* CURRENCY_XXX: the file does not say, nor do the settings */
        const Problem *problems;
        size_t n_problems;
} PayoutLine; /* borrowed until the next one */

/* `rules`: language, timezone, currency (where no column says it), columns, cents. */
typedef struct PayoutFile PayoutFile;

/* 0 or negative errno of the callback or -ENOMEM. A file that is no payout file is opened too:
 * payout_file_problems() says why. `rules` must outlive it. */
int payout_file_open(const OrderRules *rules, const FileFacts *facts, OrderFileRead read,
                     void *userdata, PayoutFile **ret_file);
PayoutFile *payout_file_free(PayoutFile *file);
const Problem *payout_file_problems(const PayoutFile *file, size_t *ret_n);
/* 1 and the line, 0 at the end, negative errno. */
int payout_file_next(PayoutFile *file, const PayoutLine **ret_line);

/* Goes on where an earlier reading of the same bytes had got to. */
void payout_file_seek(PayoutFile *file, uint64_t offset, uint32_t line);
uint64_t payout_file_offset(const PayoutFile *file);
uint32_t payout_file_line(const PayoutFile *file);
Dialect payout_file_dialect(const PayoutFile *file);
Text payout_file_header(const PayoutFile *file); /* with its line end */
/* Has it a column of fees? An order file hardly has one; a net amount, before tax, it may have. */
bool payout_file_has_fees(const PayoutFile *file);

/* The name of one of our columns, for the settings; NULL behind the last. */
const char *payout_column_name(size_t i);

#include "jobs/base/cleanup.h"
DEFINE_CLEANUP(PayoutFile, payout_file_free)
