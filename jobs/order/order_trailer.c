#include "jobs/order/order_trailer.h"

#include <errno.h>

#include "jobs/base/cleanup.h"
#include "jobs/order/order_csv.h"

#define SPAN      ((uint64_t) 32 * 1024) /* bytes looked at first; more if they are blank */
#define SPAN_GROW 8
#define SPAN_MAX                                                                                   \
        ((uint64_t) 16 * 1024 * 1024)   /* so many blank rows at the end are no file of people */
#define KEPT    (TRAILER_ROWS_MAX + 1U) /* and one of data */
#define ROW_MAX ((size_t) 8 * 1024)     /* rows of totals are short */

/* the last rows that were seen, in turn */
typedef struct Tail {
        Buffer row[KEPT];
        uint64_t offset[KEPT];
        size_t n;
} Tail;

static void tail_done(Tail *tail) {
        for (size_t i = 0; i < KEPT; i++)
                buffer_done(&tail->row[i]);
}

static int keep(Tail *tail, const OrderLines *lines, const RowText *row) {
        Buffer *slot = &tail->row[tail->n % KEPT];

        tail->offset[tail->n++ % KEPT] = order_lines_row_offset(lines);
        buffer_clear(slot);
        /* What is too long to be a total is kept as an empty row, which is none either. */
        return row->cut || row->text.size > ROW_MAX
                       ? 0
                       : buffer_append(slot, row->text.data, row->text.size);
}

/* Reads from there to the end; the first row may be the rest of one, unless `whole`. */
static int read_tail(OrderLines *lines, uint64_t from, uint32_t line, bool whole, Tail *tail) {
        bool skip = !whole;
        RowText row;
        int r;

        tail->n = 0;
        order_lines_seek(lines, from, line);
        while ((r = order_lines_next(lines, &row)) > 0) {
                if (!skip)
                        r = keep(tail, lines, &row);
                if (r < 0)
                        return r;
                skip = false;
        }
        return r;
}

static void add_unread(OrderTrailer *trailer, uint64_t offset, size_t column, Text value) {
        TrailerUnread *unread = &trailer->unread[trailer->n_unread++];

        unread->offset = offset;
        unread->column = column;
        text_copy_out(value, unread->value, sizeof(unread->value));
        order_totals_add_unread(&trailer->totals, TOTALS_UNREAD_ROW, value);
}

/* Takes the row into the trailer. 1: it is one of totals, 0: it is not, negative errno. Of one
 * whose cells cannot be told apart nothing is believed. */
static int look_at(OrderCsv *csv, const Buffer *row, uint64_t offset, const OrderHeader *header,
                   const OrderRules *rules, OrderTrailer *trailer) {
        Text text = { row->data, row->size };
        OrderTotals totals = { .n = 0 };
        StrayUnread unread;
        bool whole;
        size_t n;
        int r = order_csv_begin(csv, row->size);

        if (r == 0)
                r = order_csv_split(csv, text);
        if (r < 0 || row->size == 0)
                return r;
        whole = !order_csv_is_broken(csv) && order_csv_n_filled(csv) <= header->n_columns;
        n = order_csv_n(csv) < header->n_columns ? order_csv_n(csv) : header->n_columns;
        if (!order_stray_declares(header, rules, order_csv_cells(csv), n, &totals, &unread))
                return 0;
        if (!whole) {
                add_unread(trailer, offset, 0, text_trim(order_lines_content(text)));
                return 1;
        }
        order_totals_add_all(&trailer->totals, &totals);
        for (size_t i = 0; i < unread.n; i++)
                add_unread(trailer, offset, unread.cell[i].column, unread.cell[i].value);
        return 1;
}

/* From the last row upwards, as long as they are of totals. */
static int judge(const Tail *tail, const OrderHeader *header, const OrderRules *rules,
                 OrderTrailer *trailer) {
        CLEANUP(order_csv_free_p) OrderCsv *csv = NULL;
        int r = order_csv_new(header->delimiter, &csv);

        for (size_t i = 1; i <= tail->n && i < KEPT && r >= 0; i++) {
                size_t slot = (tail->n - i) % KEPT;

                r = look_at(csv, &tail->row[slot], tail->offset[slot], header, rules, trailer);
                if (r <= 0)
                        break;
                trailer->offset = tail->offset[slot];
        }
        return r < 0 ? r : 0;
}

int order_trailer_find(OrderLines *lines, uint64_t size, const OrderHeader *header,
                       const OrderRules *rules, OrderTrailer *ret_trailer) {
        __attribute__((cleanup(tail_done))) Tail tail = { .n = 0 };
        uint64_t begin = order_lines_offset(lines);
        uint32_t line = order_lines_line(lines);
        bool whole = false;
        int r = 0;

        *ret_trailer = (OrderTrailer){ .offset = UINT64_MAX };
        for (uint64_t span = SPAN; !whole && tail.n == 0 && span <= SPAN_MAX && r >= 0;
             span *= SPAN_GROW) {
                /* even, so that it is between two units of UTF-16 */
                uint64_t from = size > span ? (size - span) & ~UINT64_C(1) : 0;

                whole = from <= begin;
                r = read_tail(lines, whole ? begin : from, line, whole, &tail);
        }
        if (r >= 0)
                r = judge(&tail, header, rules, ret_trailer);
        order_lines_seek(lines, begin, line);
        return r;
}
