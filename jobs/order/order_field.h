/* The field table: what columns there are, what they may hold and where it lands in an Order.
 * Inside jobs/order only. */
#pragma once

#include <stdbool.h>

#include "jobs/order/order.h"

typedef struct OrderRow OrderRow;
typedef struct OrderFieldSpec OrderFieldSpec;

/* Reads a cell that is not empty into the row's order; what is wrong becomes a problem of the row.
 * Cells are trimmed, but for those of a field whose blanks matter. */
typedef void (*OrderFieldParse)(OrderRow *row, const OrderFieldSpec *spec, Text cell);

struct OrderFieldSpec {
        OrderField field;
        const char *name;
        const char *aliases; /* headers that mean it too, separated by blanks */
        OrderFieldParse parse;
        size_t max;   /* characters; 0: the limit of a cell */
        size_t lands; /* offset in Order of the value that is not a text; 0: order->text[field] */
        bool strict;  /* blanks around it matter */
        bool lines;   /* line ends and tabs may be in it */
};

/* What a header cell means. */
typedef struct OrderMeaning {
        const OrderFieldSpec *spec; /* NULL: unknown */
        Text key;                   /* of a keyed field; borrowed from the header cell */
        bool alias;                 /* it is not the field's own name */
} OrderMeaning;

/* The meaning of a header cell, or of the name of one of our columns. */
OrderMeaning order_field_of_header(Text header);

/* One of the table's rows, from the top; NULL behind the last one. A row is evaluated in this
 * order, so that a currency is known before its amounts. */
const OrderFieldSpec *order_field_spec(size_t i);
