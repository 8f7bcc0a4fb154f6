/* The answer to a payout file of the provider: what of it is ours, what differs, and three totals
 * side by side: our rows, their payments, and what the provider paid out for them.
 *
 * By currency, in count and in sum, the lines tie out: the file = settled + different + refunds +
 * refunds that came back + not ours + counted before; and gross = fees + other deductions + net.
 */
#pragma once

#include "jobs/reconcile/payout.h"
#include "jobs/report/answer.h"

typedef struct AnswerPayoutSum {
        int64_t count;
        int64_t amount, fee, net; /* as the file says */
        int64_t known;            /* what we know that was paid or given back */
        int64_t rows, row_amount; /* of ours */
} AnswerPayoutSum;

typedef struct AnswerPayout {
        AnswerPayoutSum sums[CURRENCY_COUNT][PAYOUT_OUTCOME_COUNT];
        AnswerSum unsettled[CURRENCY_COUNT]; /* paid, older than `unsettled_before`, in no payout */
        int64_t unsettled_before;
        int64_t replaces; /* 0, or the payout file that this one corrects */
        Text lines;       /* one for each that a person should look at */
        uint64_t more;    /* such lines that are not listed */
} AnswerPayout;

/* `answer`: the head; totals, results and problems are not read. The zone is in use. */
int answer_append_payout(Buffer *text, const Answer *answer, const AnswerPayout *payout);

/* A line of AnswerPayout.lines. */
typedef struct AnswerPayoutLine {
        uint32_t line;
        Text id;
        PayoutOutcome outcome;
        int64_t amount, known;
        Currency currency;
        Text order_id; /* empty: none */
} AnswerPayoutLine;
int answer_append_payout_line(Buffer *lines, Language language, const AnswerPayoutLine *line);
