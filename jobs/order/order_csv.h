/* OrderCsv: the text of one row → its cells (RFC 4180, strictly).
 *
 * A row with a double quote in it goes through libcsv, whose blank stripping and line ends are
 * switched off. A row without one is what lies between its delimiters: that needs no parser, and
 * most rows of most files are such (a million rows: 0.9 s with libcsv, 0.1 s without).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "jobs/base/text.h"
#include "jobs/order/order_file.h"

typedef struct OrderCsv OrderCsv;

int order_csv_new(char delimiter, OrderCsv **ret_csv);
OrderCsv *order_csv_free(OrderCsv *csv);

/* Forgets all cells and makes room for rows of `size` bytes in all. 0 or -ENOMEM. */
int order_csv_begin(OrderCsv *csv, size_t size);

/* Splits one row (its line end may be there). 0 or -ENOMEM. The cells live until
 * order_csv_begin(); the list of them until the next row. */
int order_csv_split(OrderCsv *csv, Text row);

const Text *order_csv_cells(const OrderCsv *csv); /* the first ORDER_COLUMNS_MAX of them */
size_t order_csv_n(const OrderCsv *csv);          /* all of them */
size_t order_csv_n_filled(const OrderCsv *csv);   /* up to the last one that is not empty */
/* Is there a quote where none may be, or one that is not closed? The cells are those before it. */
bool order_csv_is_broken(const OrderCsv *csv);

DEFINE_CLEANUP(OrderCsv, order_csv_free)
