/* What the files of the payouts share. Private to sql/. */
#pragma once

#include "sql/ledger_payout.h"
#include "sql/ledger_private.h"

/* A line with what it adds to the totals. */
typedef struct MatchedLine {
        PayoutRecord record;
        int64_t row_n, row_amount;
} MatchedLine;

/* Finds out what the line is, beside all that the ledger knows: kind, outcome, payment, currency,
 * row, known, row_n, row_amount. `payment` keeps what record.payment may point to then. */
int payout_match(Ledger *ledger, MatchedLine *line, Buffer *payment);
/* Raises the finding about a line that stands, ends it when it does not any more. */
int payout_tell(Ledger *ledger, const PayoutRecord *record, bool stands);
/* The line of the query's row; texts are the query's. */
int payout_read_line(Query *query, MatchedLine *ret_line);
