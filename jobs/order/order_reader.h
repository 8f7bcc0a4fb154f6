/* OrderReader inside jobs/order: what order_file.h declares, and how OrderFile uses it. */
#pragma once

#include "jobs/order/order_file.h"
#include "jobs/order/order_header.h"

/* Takes the header. */
int order_reader_of_header(const OrderRules *rules, OrderHeader *header, OrderReader **ret);
const OrderHeader *order_reader_header(const OrderReader *reader);

/* Is this row, of several lines, rather one with a forgotten quote? Asked right after it was read
 * with order_reader_read(). */
bool order_reader_found_broken_quote(const OrderReader *reader);

/* How many rows the order that was read last really has, when not all of them were kept. */
void order_reader_set_rows(OrderReader *reader, uint32_t rows);

/* What groups the rows of one order: its reference, and that the row carries a line item. */
typedef struct RowGroup {
        Text order_id;
        bool has_item;
} RowGroup;
int order_reader_group(OrderReader *reader, Text row, RowGroup *ret_group);
