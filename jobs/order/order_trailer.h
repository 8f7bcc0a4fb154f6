/* OrderTrailer: the end of a file, looked at before its rows are read, so that the row with the
 * totals is known for what it is without reading ahead, and alike in every pass and after every
 * restart. Inside jobs/order only. */
#pragma once

#include "jobs/order/order_header.h"
#include "jobs/order/order_lines.h"
#include "jobs/order/order_totals.h"

typedef struct OrderTrailer {
        uint64_t offset; /* of the first row that declares totals; UINT64_MAX: there is none */
        OrderTotals totals;
} OrderTrailer;

/* Reads the end of a file of `size` bytes. `lines` stands behind the header, and does again when
 * this is done. 0 or negative errno. */
int order_trailer_find(OrderLines *lines, uint64_t size, const OrderHeader *header,
                       const OrderRules *rules, OrderTrailer *ret_trailer);
