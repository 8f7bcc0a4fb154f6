/* OrderStray: rows of a file that are no orders, because a spreadsheet put them there: the names of
 * the columns once more, or the totals. Inside jobs/order only. */
#pragma once

#include "jobs/order/order_header.h"
#include "jobs/order/order_totals.h"

/* Is it what stands beside a total: `TOTAL`, `Total general:`, `Suma 120`? `ret_count` (may be NULL)
 * gets the number behind the word, -1: there is none. */
bool order_stray_is_label(Text cell, int64_t *ret_count);

/* Of a row that is no good order: PROBLEM_ROW_HEADER, PROBLEM_ROW_TOTAL, or PROBLEM_NONE. */
ProblemCode order_stray_judge(const OrderHeader *header, const Text *cells, size_t n);

/* Is it a row that declares totals (order_totals.h)? Then they are added. */
bool order_stray_declares(const OrderHeader *header, const OrderRules *rules, const Text *cells,
                          size_t n, OrderTotals *totals);
