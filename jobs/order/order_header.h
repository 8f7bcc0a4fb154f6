/* OrderHeader: the first row of a file → what each of its columns means. Inside jobs/order only. */
#pragma once

#include "jobs/order/order_field.h"
#include "jobs/order/order_rules.h"

typedef struct OrderColumnUse {
        Text name;                  /* as the file says it */
        const OrderFieldSpec *spec; /* NULL: kept, not sent */
        Text key;
        bool ignored; /* the settings say so: not even named */
} OrderColumnUse;

typedef struct OrderHeader {
        Buffer text; /* the row, decoded, with its line end; a `sep=;` line before it is part of it */
        char delimiter;
        char line_end;
        OrderColumnUse *columns;
        size_t n_columns;
        uint16_t *sequence; /* the columns that mean something, in the order of the field table */
        size_t n_sequence;
        size_t n_known;
        bool has_items;     /* item.* */
        bool is_child;      /* checkout_line */
        size_t line_column; /* that column, from 1; 0: none */
        Problem *problems;
        size_t n_problems;
        Buffer names;   /* what the names and keys are borrowed from */
        Buffer details; /* and the details of problems */
} OrderHeader;

/* The line `sep=;` with which Excel is told the delimiter: its size with its line end, 0 when the
 * text does not begin with one. `ret_delimiter` may be NULL. */
size_t order_header_separator(Text text, char *ret_delimiter);

/* Reads the header row. A `sep=;` line before it decides about the delimiter; else `delimiter`, and
 * when that is 0 the one by which most columns are recognised. What is wrong with the header is in
 * `problems`. 0 or -ENOMEM. */
int order_header_new(const OrderRules *rules, Text row, char delimiter, OrderHeader **ret_header);
OrderHeader *order_header_free(OrderHeader *header);

#include "jobs/base/cleanup.h"
DEFINE_CLEANUP(OrderHeader, order_header_free)
