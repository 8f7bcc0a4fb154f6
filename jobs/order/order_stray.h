/* OrderStray: rows of a file that are no orders, because a spreadsheet put them there: the names of
 * the columns once more, or the totals. Inside jobs/order only. */
#pragma once

#include "jobs/order/order_header.h"
#include "jobs/order/order_totals.h"

/* Is it what stands beside a total in the column of the order number: `TOTAL`, `Total general:`,
 * `Suma 120`, `TOTAL #REF!`? */
bool order_stray_is_label(Text cell);
/* Is it such, or would it be one if the rest of the row says so: `Total noviembre 2026`? */
bool order_stray_may_be_label(Text cell);

/* Of a row that is no good order, or whose order number may be a label: PROBLEM_ROW_HEADER, PROBLEM_ROW_TOTAL, or PROBLEM_NONE. */
ProblemCode order_stray_judge(const OrderHeader *header, const Text *cells, size_t n);

#define STRAY_CELLS_MAX 3 /* count, sum, currency */

/* what of a row of totals cannot be read */
typedef struct StrayUnread {
        size_t n;
        struct {
                size_t column; /* 1 = first; 0: the row as a whole */
                Text value;    /* borrowed from the cells */
        } cell[STRAY_CELLS_MAX];
} StrayUnread;

/* Is it a row that declares totals (order_totals.h)? What can be read of them is added to `totals`,
 * what cannot is in `*ret_unread`: also that there is neither a count nor a sum, or that the row
 * has more cells than columns. */
bool order_stray_declares(const OrderHeader *header, const OrderRules *rules, const Text *cells,
                          size_t n, OrderTotals *totals, StrayUnread *ret_unread);
