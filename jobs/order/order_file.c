#include "jobs/order/order_file.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "jobs/base/cleanup.h"
#include "jobs/order/order_lines.h"
#include "jobs/order/order_reader.h"
#include "jobs/order/order_trailer.h"

#define ITEMS_MAX   1000
#define HEADER_ROWS 20 /* in which a header is looked for that is not where it should be */

struct OrderFile {
        const OrderRules *rules;
        int64_t now;
        Dialect dialect;
        OrderLines *lines;
        OrderReader *reader; /* NULL: not even a header */
        Buffer group;        /* the rows of an order of several */
        Buffer order_id;     /* theirs */
        Problem *problems;
        size_t n_problems;
        bool closed; /* no orders in it */
        OrderTrailer trailer;
        Problem unread[TRAILER_UNREAD_MAX]; /* of the trailer, once its rows were reached */
        size_t n_unread;
        char header_line[16]; /* where the header really is */
};

OrderFile *order_file_free(OrderFile *file) {
        if (!file)
                return NULL;
        (void) order_lines_free(file->lines);
        (void) order_reader_free(file->reader);
        buffer_done(&file->group);
        buffer_done(&file->order_id);
        free(file->problems);
        free(file);
        return NULL;
}

static int refuse(OrderFile *file, const Problem *problems, size_t n) {
        Problem *grown = realloc(file->problems, (file->n_problems + n) * sizeof(*grown));

        if (!grown)
                return -ENOMEM;
        memcpy(grown + file->n_problems, problems, n * sizeof(*grown));
        file->problems = grown;
        file->n_problems += n;
        file->closed = true;
        return 0;
}

static int refuse_by(OrderFile *file, ProblemCode code, Text detail) {
        return refuse(file, &(Problem){ .code = code, .detail = detail }, 1);
}

/* --- opening --------------------------------------------------------------------------------- */

/* The first row, and with it the `sep=;` line before it. 1, 0: there is none, negative errno. */
static int next_header_row(OrderFile *file, Buffer *text, RowText *row) {
        int r = order_lines_next(file->lines, row);

        if (r > 0 && order_header_separator(row->text, NULL) == row->text.size) {
                r = buffer_append(text, row->text.data, row->text.size);
                if (r >= 0)
                        r = order_lines_next(file->lines, row);
        }
        if (r <= 0)
                return r;
        r = buffer_append(text, row->text.data, row->text.size);
        return r < 0 ? r : 1;
}

/* Titles of a report above the header, or a hidden row: is one of the next rows what was missed? */
static int find_header_below(OrderFile *file, OrderHeader *header) {
        bool missed =
                header->n_problems > 0 && (header->problems[0].code == PROBLEM_FILE_NO_HEADER ||
                                           header->problems[0].code == PROBLEM_FILE_COLUMN_MISSING);
        RowText row;

        for (unsigned i = 0; missed && i < HEADER_ROWS; i++) {
                CLEANUP(order_header_free_p) OrderHeader *other = NULL;
                int r = order_lines_next(file->lines, &row);

                if (r <= 0 || row.cut)
                        return r < 0 ? r : 0;
                r = order_header_new(file->rules, row.text, '\0', &other);
                if (r < 0)
                        return r;
                if (other->n_problems > 0)
                        continue;
                (void) snprintf(file->header_line, sizeof(file->header_line), "%u", row.line);
                header->problems[0] = (Problem){ .code = PROBLEM_FILE_HEADER_BELOW,
                                                 .line = header->problems[0].line,
                                                 .detail = text_of(file->header_line) };
                header->n_problems = 1;
                file->dialect.delimiter = other->delimiter;
                return 0;
        }
        return 0;
}

static int take_header(OrderFile *file, OrderHeader *header, const RowText *row) {
        int r;

        file->dialect.delimiter = header->delimiter;
        order_lines_set_delimiter(file->lines, header->delimiter);
        for (size_t i = 0; i < header->n_problems; i++)
                header->problems[i].line = row->line;
        r = find_header_below(file, header);
        if (r >= 0 && header->n_problems > 0)
                r = refuse(file, header->problems, header->n_problems);
        return r;
}

static int read_header(OrderFile *file) {
        CLEANUP(order_header_free_p) OrderHeader *header = NULL;
        AUTO_BUFFER text = BUFFER_EMPTY;
        RowText row;
        int r = next_header_row(file, &text, &row);

        if (r < 0)
                return r;
        if (r == 0)
                return refuse_by(file, text.size > 0 ? PROBLEM_FILE_NO_HEADER : PROBLEM_FILE_EMPTY,
                                 TEXT_NONE);
        r = order_header_new(file->rules, (Text){ text.data, text.size }, '\0', &header);
        if (r == 0 && row.cut && header->n_problems == 0)
                r = refuse_by(file, PROBLEM_FILE_HEADER, TEXT("> 1 MiB"));
        if (r == 0)
                r = take_header(file, header, &row);
        return r < 0 ? r : order_reader_of_header(file->rules, TAKE(header), &file->reader);
}

static int expect_rows(OrderFile *file) {
        RowText row;
        int r = order_lines_next(file->lines, &row);

        if (r < 0)
                return r;
        if (r == 0 || order_lines_row_offset(file->lines) >= file->trailer.offset)
                return refuse_by(file, PROBLEM_FILE_NO_ROWS, TEXT_NONE);
        order_lines_again(file->lines);
        return 0;
}

int order_file_open(const OrderRules *rules, const FileFacts *facts, int64_t now,
                    OrderFileRead read, void *userdata, OrderFile **ret_file) {
        CLEANUP(order_file_free_p) OrderFile *file = calloc(1, sizeof(*file));
        int r;

        if (!file)
                return -ENOMEM;
        file->rules = rules;
        file->now = now;
        file->dialect = facts->dialect;
        file->trailer.offset = UINT64_MAX;
        r = order_lines_new(&facts->dialect, read, userdata, &file->lines);
        if (r == 0 && facts->refused != PROBLEM_NONE)
                r = refuse_by(file, facts->refused, TEXT_NONE);
        else if (r == 0)
                r = read_header(file);
        if (r == 0 && !file->closed)
                r = order_trailer_find(file->lines, facts->size, order_reader_header(file->reader),
                                       rules, &file->trailer);
        if (r == 0 && !file->closed)
                r = expect_rows(file);
        if (r < 0)
                return r;
        *ret_file = TAKE(file);
        return 0;
}

/* --- orders ---------------------------------------------------------------------------------- */

/* One row, or its first line when its quotes are broken. */
static int read_one(OrderFile *file, RowText *row, const Order **ret_order) {
        int r = order_reader_read(file->reader, row->text, row->line, file->now, ret_order);

        if (r >= 0 && row->lines > 1 && order_reader_found_broken_quote(file->reader)) {
                order_lines_shrink(file->lines, row);
                r = order_reader_read(file->reader, row->text, row->line, file->now, ret_order);
        }
        return r;
}

/* Of one row of totals: on which line it is, is known only now. */
static void place_unread(OrderFile *file, uint64_t offset, uint32_t line) {
        const OrderHeader *header = order_reader_header(file->reader);

        for (size_t i = 0; i < file->trailer.n_unread; i++) {
                const TrailerUnread *unread = &file->trailer.unread[i];

                if (unread->offset != offset)
                        continue;
                file->unread[file->n_unread++] = (Problem){
                        .code = PROBLEM_FILE_TOTALS_ROW,
                        .line = line,
                        .column = (uint32_t) unread->column,
                        .column_name = unread->column > 0 ? header->columns[unread->column - 1].name
                                                          : TEXT_NONE,
                        .value = text_of(unread->value),
                };
        }
}

/* The rows of totals are reached: what cannot be read of them gets its place, and they stay
 * ahead. */
static int end_rows(OrderFile *file, RowText row) {
        uint64_t offset = order_lines_row_offset(file->lines);
        uint32_t line = row.line;
        int r = 1;

        if (file->trailer.n_unread == 0) {
                order_lines_again(file->lines);
                return 0;
        }
        file->n_unread = 0;
        while (r > 0) {
                place_unread(file, order_lines_row_offset(file->lines), row.line);
                r = order_lines_next(file->lines, &row);
        }
        order_lines_seek(file->lines, offset, line);
        return r;
}

/* The next row, but for those of totals at the end. */
static int next_row(OrderFile *file, RowText *row) {
        int r = order_lines_next(file->lines, row);

        if (r <= 0 || order_lines_row_offset(file->lines) < file->trailer.offset)
                return r;
        return end_rows(file, *row);
}

/* Begins a group with the row, if it carries a line item. 1, 0: it is an order by itself; errno. */
static int begin_group(OrderFile *file, const RowText *row) {
        RowGroup group = { TEXT_NONE, false };
        int r = row->cut ? 0 : order_reader_group(file->reader, row->text, &group);

        if (r < 0 || !group.has_item || group.order_id.size == 0)
                return r;
        buffer_clear(&file->group);
        buffer_clear(&file->order_id);
        if (buffer_append(&file->group, row->text.data, row->text.size) < 0 ||
            buffer_append(&file->order_id, group.order_id.data, group.order_id.size) < 0)
                return -ENOMEM;
        return 1;
}

/* Adds a row to the group. Blank lines before it are kept, for the line numbers. */
static int add_to_group(OrderFile *file, const RowText *row, uint32_t line) {
        for (; line < row->line; line++)
                if (buffer_append_char(&file->group, order_reader_header(file->reader)->line_end) <
                    0)
                        return -ENOMEM;
        return buffer_append(&file->group, row->text.data, row->text.size);
}

/* Takes the rows that follow and belong to it: 0 and their number, or errno. Of an order that is
 * too large all rows are taken, so that the rest is not taken for an order of its own, but only as
 * many are kept as show that it is too large. */
static int gather_group(OrderFile *file, uint32_t *rows) {
        for (*rows = 1;; (*rows)++) {
                uint32_t line = order_lines_line(file->lines);
                RowGroup group = { TEXT_NONE, false };
                RowText row;
                int r = next_row(file, &row);

                if (r <= 0)
                        return r;
                r = row.cut ? 0 : order_reader_group(file->reader, row.text, &group);
                if (r == 0 && (!group.has_item ||
                               !text_equal(group.order_id,
                                           (Text){ file->order_id.data, file->order_id.size }))) {
                        order_lines_again(file->lines);
                        return 0;
                }
                if (r == 0 && *rows <= ITEMS_MAX && file->group.size <= ORDER_ROW_MAX)
                        r = add_to_group(file, &row, line);
                if (r < 0)
                        return r;
        }
}

static int read_group(OrderFile *file, uint32_t line, const Order **ret_order) {
        uint32_t rows;
        int r = gather_group(file, &rows);

        if (r == 0)
                r = order_reader_read(file->reader, (Text){ file->group.data, file->group.size },
                                      line, file->now, ret_order);
        if (r == 0)
                order_reader_set_rows(file->reader, rows);
        return r;
}

int order_file_next(OrderFile *file, const Order **ret_order) {
        RowText row;
        int r;

        if (file->closed)
                return 0;
        r = next_row(file, &row);
        if (r <= 0)
                return r;
        if (order_reader_header(file->reader)->has_items) {
                r = begin_group(file, &row);
                if (r > 0)
                        r = read_group(file, row.line, ret_order);
                else if (r == 0)
                        r = read_one(file, &row, ret_order);
        } else {
                r = read_one(file, &row, ret_order);
        }
        return r < 0 ? r : 1;
}

int order_file_seek(OrderFile *file, uint64_t offset, uint32_t line) {
        if (file->closed)
                return -EINVAL;
        order_lines_seek(file->lines, offset, line);
        return 0;
}

/* --- what it is like ------------------------------------------------------------------------- */

const Problem *order_file_problems(const OrderFile *file, size_t *ret_n) {
        *ret_n = file->n_problems;
        return file->problems;
}

uint64_t order_file_offset(const OrderFile *file) {
        return order_lines_offset(file->lines);
}

uint32_t order_file_line(const OrderFile *file) {
        return order_lines_line(file->lines);
}

const OrderTotals *order_file_totals(const OrderFile *file) {
        return &file->trailer.totals;
}

const Problem *order_file_unread_totals(const OrderFile *file, size_t *ret_n) {
        *ret_n = file->n_unread;
        return file->unread;
}

Dialect order_file_dialect(const OrderFile *file) {
        return file->dialect;
}

Text order_file_header(const OrderFile *file) {
        const OrderHeader *header = file->reader ? order_reader_header(file->reader) : NULL;

        return header ? (Text){ header->text.data, header->text.size } : TEXT_NONE;
}

size_t order_file_separator(Text header) {
        return order_header_separator(header, NULL);
}

unsigned order_file_n_columns(const OrderFile *file) {
        return file->reader ? (unsigned) order_reader_header(file->reader)->n_columns : 0;
}

bool order_file_is_child(const OrderFile *file) {
        return file->reader && order_reader_header(file->reader)->is_child;
}

static bool is_of_payer(OrderField field) {
        return field == FIELD_CUSTOMER_EMAIL || field == FIELD_DUE_DATE ||
               (field >= FIELD_CUSTOMER && field <= FIELD_CUSTOMER_METADATA_KEY);
}

bool order_file_has_payer(const OrderFile *file) {
        const OrderHeader *header = file->reader ? order_reader_header(file->reader) : NULL;

        for (size_t i = 0; header && i < header->n_columns; i++)
                if (header->columns[i].spec && is_of_payer(header->columns[i].spec->field))
                        return true;
        return false;
}

Text order_file_unknown_column(const OrderFile *file, size_t i) {
        const OrderHeader *header = file->reader ? order_reader_header(file->reader) : NULL;

        /* What is no header has no columns. */
        if (file->n_problems > 0 && (file->problems[0].code == PROBLEM_FILE_HEADER_BELOW ||
                                     file->problems[0].code == PROBLEM_FILE_NO_HEADER))
                return TEXT_NONE;
        for (size_t c = 0; header && c < header->n_columns; c++)
                if (!header->columns[c].spec && !header->columns[c].ignored &&
                    header->columns[c].name.size > 0 && i-- == 0)
                        return header->columns[c].name;
        return TEXT_NONE;
}
