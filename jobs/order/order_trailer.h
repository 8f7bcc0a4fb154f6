/* OrderTrailer: the end of a file, looked at before its rows are read, so that the row with the
 * totals is known for what it is without reading ahead, and alike in every pass and after every
 * restart. Inside jobs/order only. */
#pragma once

#include "jobs/order/order_header.h"
#include "jobs/order/order_lines.h"
#include "jobs/order/order_stray.h"
#include "jobs/order/order_totals.h"

#define TRAILER_ROWS_MAX   CURRENCY_COUNT /* a row of totals for each currency */
#define TRAILER_UNREAD_MAX (TRAILER_ROWS_MAX * STRAY_CELLS_MAX)
#define TRAILER_VALUE_SIZE 256

/* a cell of them that cannot be read */
typedef struct TrailerUnread {
        uint64_t offset; /* of its row */
        size_t column;   /* 1 = first; 0: the row as a whole */
        char value[TRAILER_VALUE_SIZE];
} TrailerUnread;

typedef struct OrderTrailer {
        uint64_t offset; /* of the first row that declares totals; UINT64_MAX: there is none */
        OrderTotals totals;
        TrailerUnread unread[TRAILER_UNREAD_MAX]; /* the last row's first */
        size_t n_unread;
} OrderTrailer;

/* Reads the end of a file of `size` bytes. `lines` stands behind the header, and does again when
 * this is done. 0 or negative errno. */
int order_trailer_find(OrderLines *lines, uint64_t size, const OrderHeader *header,
                       const OrderRules *rules, OrderTrailer *ret_trailer);
