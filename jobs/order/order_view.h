/* OrderView: a stored row (Order.raw) as a report shows it: the cells as they came, and the due
 * date. Nothing is judged: what was wrong with the row was said at intake.
 *
 * The columns are those of the file, but for those that a report has of its own (reference, amount,
 * currency, due date), line items, and our own columns of an earlier results file. An order of
 * several rows shows the cells of its first one. */
#pragma once

#include "jobs/order/order_rules.h"

typedef struct OrderView OrderView;

/* `rules` and what they point to must outlive the view; header and delimiter are the file's. 0 or
 * negative errno. */
int order_view_new(const OrderRules *rules, Text header, char delimiter, OrderView **ret_view);
OrderView *order_view_free(OrderView *view);

size_t order_view_n(const OrderView *view);
Text order_view_name(const OrderView *view, size_t column); /* as the file's header says it */

/* Reads a row: 0 or -ENOMEM. What the functions below give is valid until the next one. */
int order_view_read(OrderView *view, Text raw);
Text order_view_cell(const OrderView *view, size_t column); /* empty: also where there is none */
CivilDate order_view_due(const OrderView *view);            /* year 0: none that can be read */

#include "jobs/base/cleanup.h"
DEFINE_CLEANUP(OrderView, order_view_free)
