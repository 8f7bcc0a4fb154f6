/* OrderShape: has a row, split into its cells, the shape of its file, or is it broken? Inside
 * jobs/order only. */
#pragma once

#include "jobs/order/order_csv.h"
#include "jobs/order/order_header.h"

typedef enum OrderShape {
        ORDER_SHAPE_GOOD,
        ORDER_SHAPE_QUOTE, /* a quote where none may be, or one that was forgotten */
        ORDER_SHAPE_SHORT,
        ORDER_SHAPE_LONG,
} OrderShape;

/* Splits the row (order_csv.h) and judges its shape. 0 or -ENOMEM. */
int order_shape_split(OrderCsv *csv, const OrderHeader *header, Text row, OrderShape *ret_shape);

/* What is wrong with the row that was split last, of that shape. */
ProblemCode order_shape_problem(OrderShape shape, const OrderCsv *csv);
