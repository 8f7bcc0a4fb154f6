/* PayoutRow: the cells of one line of a payout file, and what they say. Inside jobs/reconcile
 * only. */
#pragma once

#include "jobs/reconcile/payout.h"

typedef enum PayoutColumn {
        PAYOUT_COLUMN_ID,
        PAYOUT_COLUMN_CREATED_AT,
        PAYOUT_COLUMN_AMOUNT,
        PAYOUT_COLUMN_FEE,
        PAYOUT_COLUMN_NET,
        PAYOUT_COLUMN_CURRENCY,
        PAYOUT_COLUMN_TYPE,
        PAYOUT_COLUMN_RESOURCE,
        PAYOUT_COLUMN_COUNT, /* none of them */
} PayoutColumn;

#define PAYOUT_ROW_PROBLEMS_MAX (PAYOUT_COLUMN_COUNT + 1)

typedef struct PayoutRow {
        Text cells[PAYOUT_COLUMN_COUNT]; /* trimmed; empty: absent */
        uint32_t columns[PAYOUT_COLUMN_COUNT];
        Text names[PAYOUT_COLUMN_COUNT];
        PayoutLine line;
        Problem problems[PAYOUT_ROW_PROBLEMS_MAX];
} PayoutRow;

PayoutColumn payout_column_of_name(Text name);    /* our own name */
PayoutColumn payout_column_of_alias(Text header); /* as others call it */

void payout_row_begin(PayoutRow *row, uint32_t line);
void payout_row_problem(PayoutRow *row, Problem problem);
/* From the cells to the line. */
void payout_row_read(PayoutRow *row, const OrderRules *rules);
const PayoutLine *payout_row_end(PayoutRow *row);
