#include "jobs/order/order_row.h"

#include <assert.h>
#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "jobs/base/cleanup.h"

#define CHUNK ((size_t) 4096)

struct OrderChunk {
        OrderChunk *next; /* older, full */
        size_t size;
        char bytes[];
};

/* --- memory ---------------------------------------------------------------------------------- */

/* Makes room for one more in an array; false and row->error when there is no memory. */
static bool grow(OrderRow *row, void *array_address, size_t n, size_t *capacity, size_t size) {
        void **array = array_address;
        size_t wanted = *capacity ? 2 * *capacity : 16;
        void *grown;

        if (n < *capacity)
                return true;
        grown = realloc(*array, wanted * size);
        if (!grown) {
                row->error = -ENOMEM;
                return false;
        }
        *array = grown;
        *capacity = wanted;
        return true;
}

char *order_row_memory(OrderRow *row, size_t size) {
        char *memory;

        if (!row->chunks || row->chunks->size - row->chunk_used < size) {
                size_t room = size > CHUNK ? size : CHUNK;
                OrderChunk *chunk = malloc(sizeof(*chunk) + room);

                if (!chunk) {
                        row->error = -ENOMEM;
                        return NULL;
                }
                *chunk = (OrderChunk){ .next = row->chunks, .size = room };
                row->chunks = chunk;
                row->chunk_used = 0;
        }
        memory = row->chunks->bytes + row->chunk_used;
        row->chunk_used += size;
        return memory;
}

/* Keeps one chunk of the usual size for the next row. */
static void forget_chunks(OrderRow *row, bool all) {
        while (row->chunks && (all || row->chunks->next || row->chunks->size > CHUNK)) {
                OrderChunk *next = row->chunks->next;

                free(row->chunks);
                row->chunks = next;
        }
        row->chunk_used = 0;
}

Text order_row_copy(OrderRow *row, Text text) {
        char *memory = order_row_memory(row, text.size);

        if (!memory)
                return TEXT_NONE;
        if (text.size > 0)
                memcpy(memory, text.data, text.size);
        return (Text){ memory, text.size };
}

Text order_row_format(OrderRow *row, const char *format, ...) {
        char out[256];
        va_list args;
        int n;

        va_start(args, format);
        n = vsnprintf(out, sizeof(out), format, args);
        va_end(args);
        assert(n >= 0 && (size_t) n < sizeof(out));
        return order_row_copy(row, (Text){ out, (size_t) n });
}

Text order_row_money(OrderRow *row, int64_t amount, Currency currency) {
        AUTO_BUFFER out = BUFFER_EMPTY;

        if (money_append(&out, amount, currency) < 0) {
                row->error = -ENOMEM;
                return TEXT_NONE;
        }
        return order_row_copy(row, (Text){ out.data, out.size });
}

/* --- begin and end --------------------------------------------------------------------------- */

static void forget_json(OrderRow *row) {
        for (size_t field = 0; field < FIELD_COUNT; field++)
                if (row->order.json[field])
                        json_decref(row->order.json[field]);
}

void order_row_done(OrderRow *row) {
        forget_json(row);
        forget_chunks(row, true);
        free(row->problems);
        free(row->entries);
        free(row->entry_columns);
        free(row->items);
}

void order_row_begin(OrderRow *row, Text raw, uint32_t line, int64_t now) {
        forget_json(row);
        forget_chunks(row, false);
        memset(&row->order, 0, sizeof(row->order));
        memset(row->column_of, 0, sizeof(row->column_of));
        row->order.line = line;
        row->order.raw = raw;
        row->order.rows = 1;
        row->order.currency = row->rules->currency;
        row->line = line;
        row->item = (OrderItem){ .name = TEXT_NONE };
        row->has_item = row->items_in_rows = row->silent = false;
        row->error = 0;
        if (now != row->now) {
                row->now = now;
                row->today = (CivilDate){ 0, 0, 0 };
        }
}

static int by_place(const void *a, const void *b) {
        const Problem *x = a, *y = b;

        if (x->line != y->line)
                return x->line < y->line ? -1 : 1;
        if (x->column != y->column)
                return x->column < y->column ? -1 : 1;
        return (x->code > y->code) - (x->code < y->code);
}

void order_row_end(OrderRow *row) {
        if (row->order.n_problems > 1)
                qsort(row->problems, row->order.n_problems, sizeof(*row->problems), by_place);
        row->order.problems = row->problems;
        row->order.entries = row->entries;
        row->order.items = row->items;
}

CivilDate order_row_today(OrderRow *row) {
        if (row->today.year == 0) {
                (void) civil_zone_use(row->rules->timezone);
                row->today = civil_date_at(row->now);
        }
        return row->today;
}

int64_t order_row_date_end(OrderRow *row, CivilDate date) {
        size_t slot = (date.month * 31U + date.day) % ELEMENTS(row->date_ends);

        assert(date.year != 0);
        if (civil_date_compare(row->date_ends[slot].date, date) != 0) {
                (void) civil_zone_use(row->rules->timezone);
                row->date_ends[slot].end = civil_date_end(date);
                row->date_ends[slot].date = date;
        }
        return row->date_ends[slot].end;
}

int64_t order_row_date_start(OrderRow *row, CivilDate date) {
        /* A day has 23 to 25 hours: its end less 36 is within the day before. */
        int64_t day_before = order_row_date_end(row, date) - 36 * HOUR;

        (void) civil_zone_use(row->rules->timezone);
        return order_row_date_end(row, civil_date_at(day_before)) + SECOND;
}

/* --- problems -------------------------------------------------------------------------------- */

static void add_problem(OrderRow *row, Problem problem) {
        if (row->silent || !grow(row, &row->problems, row->order.n_problems,
                                 &row->problems_capacity, sizeof(*row->problems)))
                return;
        problem.line = row->line;
        row->problems[row->order.n_problems++] = problem;
}

void order_row_problem(OrderRow *row, ProblemCode code, Text detail) {
        assert(row->column < row->header->n_columns);
        add_problem(row, (Problem){ .code = code,
                                    .column = (uint32_t) row->column + 1,
                                    .column_name = row->header->columns[row->column].name,
                                    .value = row->cell,
                                    .detail = detail });
}

void order_row_field_problem(OrderRow *row, OrderField field, ProblemCode code, Text detail) {
        uint32_t column = row->column_of[field];

        /* An empty cell filled nothing, but it has its place. */
        for (size_t i = 0; column == 0 && i < row->header->n_sequence; i++)
                if (row->header->columns[row->header->sequence[i]].spec->field == field)
                        column = row->header->sequence[i] + 1U;
        if (column == 0) {
                order_row_whole_problem(row, code, TEXT_NONE, detail);
                return;
        }
        add_problem(row, (Problem){ .code = code,
                                    .column = column,
                                    .column_name = row->header->columns[column - 1].name,
                                    .value = row->order.text[field],
                                    .detail = detail });
}

void order_row_whole_problem(OrderRow *row, ProblemCode code, Text value, Text detail) {
        add_problem(row, (Problem){ .code = code, .value = value, .detail = detail });
}

void order_row_keep_problems_of(OrderRow *row, OrderField a, OrderField b) {
        size_t n = 0;

        for (size_t i = 0; i < row->order.n_problems; i++) {
                uint32_t column = row->problems[i].column;

                if (column == 0 || column == row->column_of[a] || column == row->column_of[b])
                        row->problems[n++] = row->problems[i];
        }
        row->order.n_problems = n;
        row->order.problems = row->problems;
}

void order_row_only_problem(OrderRow *row, ProblemCode code) {
        row->order.n_problems = 0;
        add_problem(row, (Problem){ .code = code });
        row->order.problems = row->problems;
        row->order.amount = 0;
}

/* --- lists ----------------------------------------------------------------------------------- */

void order_row_add_entry(OrderRow *row, const OrderFieldSpec *spec, Text key, Text value) {
        size_t n = row->order.n_entries, capacity = row->entries_capacity;

        if (!grow(row, &row->entry_columns, n, &capacity, sizeof(*row->entry_columns)) ||
            !grow(row, &row->entries, n, &row->entries_capacity, sizeof(*row->entries)))
                return;
        row->entries[n] = (OrderEntry){ spec->field, key, value };
        row->entry_columns[n] = row->column;
        row->order.n_entries++;
}

void order_row_add_item(OrderRow *row, const OrderItem *item) {
        if (!grow(row, &row->items, row->order.n_items, &row->items_capacity, sizeof(*row->items)))
                return;
        row->items[row->order.n_items++] = *item;
}

void order_row_add_json(OrderRow *row, OrderField field, struct json_t *json) {
        assert(!row->order.json[field]);
        row->order.json[field] = json;
}
