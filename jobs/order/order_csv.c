#include "jobs/order/order_csv.h"

#include <assert.h>
#include <csv.h>
#include <errno.h>

#include "jobs/order/order_lines.h"

#define GROW_BY                                                                                    \
        ((size_t) 16 * 1024) /* of a cell; libcsv's own 128 bytes are 8,000 copies of a large one */

struct OrderCsv {
        struct csv_parser parser;
        char delimiter;
        Text cell[ORDER_COLUMNS_MAX];
        size_t n, n_filled;
        bool broken;
        char *bytes; /* what libcsv unquoted: never more than the rows have */
        size_t used, capacity;
};

/* libcsv is only given what is between two line ends, and no blank is dropped. */
static int never(unsigned char c) {
        (void) c;
        return 0;
}

int order_csv_new(char delimiter, OrderCsv **ret_csv) {
        CLEANUP(order_csv_free_p) OrderCsv *csv = calloc(1, sizeof(*csv));

        if (!csv || csv_init(&csv->parser, CSV_STRICT | CSV_STRICT_FINI) != 0)
                return -ENOMEM;
        csv->delimiter = delimiter;
        csv_set_blk_size(&csv->parser, GROW_BY);
        csv_set_delim(&csv->parser, (unsigned char) delimiter);
        csv_set_space_func(&csv->parser, never);
        csv_set_term_func(&csv->parser, never);
        *ret_csv = TAKE(csv);
        return 0;
}

OrderCsv *order_csv_free(OrderCsv *csv) {
        if (!csv)
                return NULL;
        csv_free(&csv->parser);
        free(csv->bytes);
        free(csv);
        return NULL;
}

int order_csv_begin(OrderCsv *csv, size_t size) {
        csv->used = 0;
        csv->n = csv->n_filled = 0;
        csv->broken = false;
        if (size > csv->capacity) {
                size_t capacity = size < 4096 ? 4096 : size;
                char *bytes = realloc(csv->bytes, capacity);

                if (!bytes)
                        return -ENOMEM;
                csv->bytes = bytes;
                csv->capacity = capacity;
        }
        return 0;
}

static inline void add_cell(OrderCsv *csv, Text cell) {
        if (csv->n < ORDER_COLUMNS_MAX)
                csv->cell[csv->n] = cell;
        csv->n++;
        if (cell.size > 0)
                csv->n_filled = csv->n;
}

static void on_cell(void *bytes, size_t size, void *userdata) {
        OrderCsv *csv = userdata;

        assert(size <= csv->capacity - csv->used);
        memcpy(csv->bytes + csv->used, bytes, size);
        add_cell(csv, (Text){ csv->bytes + csv->used, size });
        csv->used += size;
}

static void on_row(int end, void *userdata) {
        (void) end;
        (void) userdata;
}

static void split_plain(OrderCsv *csv, Text row) {
        const char *at = row.data, *end = row.data + row.size;

        for (const char *stop; at < end && (stop = memchr(at, csv->delimiter, (size_t) (end - at)));
             at = stop + 1)
                add_cell(csv, (Text){ at, (size_t) (stop - at) });
        add_cell(csv, (Text){ at, (size_t) (end - at) });
}

static int split_quoted(OrderCsv *csv, Text row) {
        size_t n = csv_parse(&csv->parser, row.data, row.size, on_cell, on_row, csv);
        int error = csv_error(&csv->parser);

        if (n == row.size && csv_fini(&csv->parser, on_cell, on_row, csv) == 0)
                return 0;
        if (n != row.size && error != CSV_EPARSE)
                return -ENOMEM;
        csv->broken = true;
        /* Only without strictness does it forget the open quote. */
        (void) csv_set_opts(&csv->parser, 0);
        (void) csv_fini(&csv->parser, NULL, NULL, NULL);
        (void) csv_set_opts(&csv->parser, CSV_STRICT | CSV_STRICT_FINI);
        return 0;
}

int order_csv_split(OrderCsv *csv, Text row) {
        csv->n = csv->n_filled = 0;
        csv->broken = false;
        row = order_lines_content(row);
        if (row.size == 0 || !memchr(row.data, '"', row.size)) {
                split_plain(csv, row);
                return 0;
        }
        return split_quoted(csv, row);
}

const Text *order_csv_cells(const OrderCsv *csv) {
        return csv->cell;
}

size_t order_csv_n(const OrderCsv *csv) {
        return csv->n;
}

size_t order_csv_n_filled(const OrderCsv *csv) {
        return csv->n_filled;
}

bool order_csv_is_broken(const OrderCsv *csv) {
        return csv->broken;
}
