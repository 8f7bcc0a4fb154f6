/* OrderRow: the order under construction, what its cells are read into and where the parsers report
 * what is wrong. Everything in it is used again for the next row: a row costs no allocation unless
 * it has JSON cells or problems. Inside jobs/order only. */
#pragma once

#include "jobs/order/order_header.h"

typedef struct OrderChunk OrderChunk;

struct OrderRow {
        const OrderRules *rules;
        const OrderHeader *header;
        int64_t now;
        CivilDate today; /* in the profile's zone; year 0: not asked for yet */

        Order order;
        OrderItem item; /* of the row that is being read */
        bool has_item;
        bool items_in_rows;
        bool silent; /* a broken row: its cells are read for the tie-out, not judged */
        int error;   /* -ENOMEM, once it happened */

        uint32_t line;                   /* where the parsers are */
        size_t column;                   /* index */
        Text cell;                       /* as it came */
        uint16_t column_of[FIELD_COUNT]; /* 1 + the column that filled a field; 0: none */

        Problem *problems;
        size_t problems_capacity;
        OrderEntry *entries;
        size_t entries_capacity;
        size_t *entry_columns; /* parallel to entries */
        OrderItem *items;
        size_t items_capacity;
        OrderChunk *chunks; /* normalised values and details */
        size_t chunk_used;
        struct {
                CivilDate date;
                int64_t end;
        } date_ends[64]; /* the rows of a file share few dates, and a zone is slow to ask */
};

void order_row_done(OrderRow *row);
/* Everything of the last order is forgotten. */
void order_row_begin(OrderRow *row, Text raw, uint32_t line, int64_t now);
/* Gives the collected arrays to the order, problems sorted by place. */
void order_row_end(OrderRow *row);

/* Memory that lives as long as the order; NULL and row->error when there is none. */
char *order_row_memory(OrderRow *row, size_t size);
Text order_row_copy(OrderRow *row, Text text);
Text order_row_format(OrderRow *row, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* As people write it: "CLP 6.999.999". */
Text order_row_money(OrderRow *row, int64_t amount, Currency currency);

/* Something is wrong with the cell that is being read. */
void order_row_problem(OrderRow *row, ProblemCode code, Text detail);
/* ... with the column that filled this field, or that should have. */
void order_row_field_problem(OrderRow *row, OrderField field, ProblemCode code, Text detail);
/* ... with the row as a whole. */
void order_row_whole_problem(OrderRow *row, ProblemCode code, Text value, Text detail);

/* Forgets all but those of these columns and of the row as a whole. */
void order_row_keep_problems_of(OrderRow *row, OrderField a, OrderField b);
/* The row is no order at all: that is its one problem. */
void order_row_only_problem(OrderRow *row, ProblemCode code);

void order_row_add_entry(OrderRow *row, const OrderFieldSpec *spec, Text key, Text value);
void order_row_add_item(OrderRow *row, const OrderItem *item);
void order_row_add_json(OrderRow *row, OrderField field, struct json_t *json); /* takes it */

/* In the profile's zone. */
CivilDate order_row_today(OrderRow *row);
int64_t order_row_date_end(OrderRow *row, CivilDate date); /* its last second */
int64_t order_row_date_start(OrderRow *row, CivilDate date);
