#include <assert.h>
#include <errno.h>

#include "jobs/base/cleanup.h"
#include "jobs/order/order_csv.h"
#include "jobs/order/order_field.h"
#include "jobs/order/order_file.h"
#include "jobs/order/order_header.h"
#include "jobs/order/order_lines.h"

#define SHOWN_MAX 1000 /* characters of a row that cannot be read as cells */

struct OrderMirror {
        char delimiter, line_end;
        char ending[3]; /* of a line, for a last row that has none */
        bool quotes;    /* every cell of the header is quoted */
        bool guard;
        bool child;       /* its cells are guarded already */
        size_t n_columns; /* of the file */
        size_t n_kept;
        bool *dropped; /* n_columns of them; NULL: none */
};

/* --- making one ------------------------------------------------------------------------------ */

OrderMirror *order_mirror_free(OrderMirror *mirror) {
        if (!mirror)
                return NULL;
        free(mirror->dropped);
        free(mirror);
        return NULL;
}

/* Which columns are ours, from an earlier results file: new ones take their place. */
static int find_ours(OrderMirror *mirror, const OrderCsv *csv) {
        bool *dropped = calloc(mirror->n_columns + 1, sizeof(*dropped));

        if (!dropped)
                return -ENOMEM;
        mirror->dropped = dropped;
        mirror->n_kept = 0;
        for (size_t i = 0; i < mirror->n_columns; i++) {
                OrderMeaning meaning = order_field_of_header(order_csv_cells(csv)[i]);

                dropped[i] = meaning.spec && meaning.spec->field == FIELD_CHECKOUT;
                mirror->child |= dropped[i] && !meaning.alias;
                mirror->n_kept += !dropped[i];
        }
        return 0;
}

/* --- the cells of a row, with their own bytes ------------------------------------------------ */

/* Takes the next cell, quotes and all, off the row and leaves `rest` behind its delimiter (data
 * NULL: it was the last one). False: a quote is where none may be. */
static bool take_cell(Text *rest, char delimiter, Text *ret_cell) {
        const char *at = rest->data, *end = rest->data + rest->size;

        if (at < end && *at == '"') {
                for (at++;; at += 2) {
                        at = at < end ? memchr(at, '"', (size_t) (end - at)) : NULL;
                        if (!at)
                                return false;
                        if (at + 1 == end || at[1] != '"')
                                break;
                }
                at++;
                if (at < end && *at != delimiter)
                        return false;
        } else {
                const char *stop = at < end ? memchr(at, delimiter, (size_t) (end - at)) : NULL;

                stop = stop ? stop : end;
                if (stop > at && memchr(at, '"', (size_t) (stop - at)))
                        return false;
                at = stop;
        }
        *ret_cell = (Text){ rest->data, (size_t) (at - rest->data) };
        *rest = at < end ? (Text){ at + 1, (size_t) (end - at - 1) } : TEXT_NONE;
        return true;
}

/* Counts the cells up to the last that is not empty; false when the quotes are broken. */
static bool count_filled(Text row, char delimiter, size_t *ret_n) {
        size_t filled = 0;

        for (size_t n = 1; row.data; n++) {
                Text cell;

                if (!take_cell(&row, delimiter, &cell))
                        return false;
                if (cell.size > 0)
                        filled = n;
        }
        *ret_n = filled;
        return true;
}

static void find_habits(OrderMirror *mirror, Text header) {
        Text rest = order_lines_content(header), cell;
        Text end = { header.data + rest.size, header.size - rest.size };

        text_copy_out(end.size > 0 ? end : TEXT("\n"), mirror->ending, sizeof(mirror->ending));
        while (rest.data) {
                if (!take_cell(&rest, mirror->delimiter, &cell))
                        return;
                if (cell.size == 0)
                        continue;
                mirror->quotes = cell.data[0] == '"';
                if (!mirror->quotes)
                        return;
        }
}

int order_mirror_new(Text header, char delimiter, bool guard, OrderMirror **ret_mirror) {
        CLEANUP(order_mirror_free_p) OrderMirror *mirror = calloc(1, sizeof(*mirror));
        CLEANUP(order_csv_free_p) OrderCsv *csv = NULL;
        size_t before = order_header_separator(header, NULL);
        int r = mirror ? order_csv_new(delimiter, &csv) : -ENOMEM;

        header = (Text){ header.data + before, header.size - before };
        if (r == 0)
                r = order_csv_begin(csv, header.size);
        if (r == 0)
                r = order_csv_split(csv, header);
        if (r < 0)
                return r;
        mirror->delimiter = delimiter;
        mirror->line_end = order_lines_line_end(header);
        mirror->guard = guard;
        mirror->n_columns = order_csv_n_filled(csv);
        if (mirror->n_columns > ORDER_COLUMNS_MAX)
                return -EINVAL;
        find_habits(mirror, header);
        r = find_ours(mirror, csv);
        if (r < 0)
                return r;
        *ret_mirror = TAKE(mirror);
        return 0;
}

int order_mirror_append_cell(const OrderMirror *mirror, Buffer *buffer, Text cell) {
        bool quoted = mirror->quotes && cell.size > 0;

        return order_append_cell(buffer, cell, quoted ? '\0' : mirror->delimiter, mirror->guard);
}

/* --- writing --------------------------------------------------------------------------------- */

static int append_delimiters(Buffer *buffer, char delimiter, size_t n) {
        int r = 0;

        for (size_t i = 0; i < n && r == 0; i++)
                r = buffer_append_char(buffer, delimiter);
        return r;
}

/* One cell that shows the row as text: its quotes say nothing about where cells begin. */
static int append_broken(Buffer *buffer, Text row, const OrderMirror *mirror) {
        AUTO_BUFFER shown = BUFFER_EMPTY;
        int r = text_append_visible(&shown, row, SHOWN_MAX);

        if (r == 0)
                r = order_append_cell(buffer, (Text){ shown.data, shown.size }, mirror->delimiter,
                                      mirror->guard);
        return r < 0 ? r : append_delimiters(buffer, mirror->delimiter, mirror->n_kept - 1);
}

/* The bytes of a cell, guarded within its quotes. */
static int append_bytes(Buffer *buffer, Text cell, const OrderMirror *mirror) {
        bool quoted = cell.size > 0 && cell.data[0] == '"';
        Text value = quoted ? (Text){ cell.data + 1, cell.size - 1 } : cell;
        bool guarded = mirror->child && value.size > 0 && value.data[0] == '\'';
        int r;

        if (!mirror->guard || guarded || !text_needs_guard(value))
                return buffer_append(buffer, cell.data, cell.size);
        r = buffer_append_string(buffer, quoted ? "\"'" : "'");
        return r < 0 ? r : buffer_append(buffer, value.data, value.size);
}

/* The cells under their headers; those of a row that is too short are empty. */
static int append_cells(Buffer *buffer, Text row, const OrderMirror *mirror) {
        size_t kept = 0;
        Text cell;
        int r = 0;

        for (size_t i = 0; i < mirror->n_columns && row.data && r == 0; i++) {
                (void) take_cell(&row, mirror->delimiter, &cell);
                if (mirror->dropped && mirror->dropped[i])
                        continue;
                if (kept++ > 0)
                        r = buffer_append_char(buffer, mirror->delimiter);
                if (r == 0)
                        r = append_bytes(buffer, cell, mirror);
        }
        if (r == 0 && kept == 0)
                kept = 1; /* an empty cell is one */
        return r < 0 ? r : append_delimiters(buffer, mirror->delimiter, mirror->n_kept - kept);
}

/* Of a row that is too long, what has no column of its own is text of the last one. */
static int append_long(Buffer *buffer, Text row, const OrderMirror *mirror) {
        Text cell;
        int r = 0;

        for (size_t i = 0; i + 1 < mirror->n_kept && r == 0; i++) {
                (void) take_cell(&row, mirror->delimiter, &cell);
                r = append_bytes(buffer, cell, mirror);
                if (r == 0)
                        r = buffer_append_char(buffer, mirror->delimiter);
        }
        return r < 0 ? r : order_append_cell(buffer, row, mirror->delimiter, mirror->guard);
}

/* `ours` with its {line}s filled in. */
static int append_ours(Buffer *buffer, Text ours, uint32_t line) {
        static const char mark[] = "{line}";
        const size_t size = sizeof(mark) - 1;
        int r = 0;

        while (ours.size > 0 && r == 0) {
                const char *at = memmem(ours.data, ours.size, mark, size);
                size_t plain = at ? (size_t) (at - ours.data) : ours.size;

                r = buffer_append(buffer, ours.data, plain);
                if (r == 0 && at)
                        r = buffer_append_integer(buffer, line);
                plain += at ? size : 0;
                ours = (Text){ ours.data + plain, ours.size - plain };
        }
        return r;
}

static int append_row(Buffer *buffer, Text row, uint32_t line, const OrderMirror *mirror,
                      Text ours) {
        Text content = order_lines_content(row);
        Text end = { content.data + content.size, row.size - content.size };
        size_t filled;
        int r;

        if (row.size > ORDER_ROW_MAX || !count_filled(content, mirror->delimiter, &filled))
                r = append_broken(buffer, content, mirror);
        else if (filled > mirror->n_columns)
                r = append_long(buffer, content, mirror);
        else
                r = append_cells(buffer, content, mirror);
        if (r == 0)
                r = buffer_append_char(buffer, mirror->delimiter);
        if (r == 0)
                r = append_ours(buffer, ours, line);
        if (r == 0)
                r = end.size > 0 ? buffer_append(buffer, end.data, end.size)
                                 : buffer_append_string(buffer, mirror->ending);
        return r;
}

int order_mirror_append(const OrderMirror *mirror, Buffer *buffer, Text raw, uint32_t first_line,
                        Text ours) {
        size_t before = buffer->size;
        uint32_t line = first_line, lines = 1;
        int r = 0;

        assert(mirror->n_columns > 0 && mirror->n_kept > 0);
        for (size_t size; raw.size > 0 && r == 0; line += lines) {
                Text row = raw;

                size = raw.size > ORDER_ROW_MAX
                               ? raw.size
                               : order_lines_extent(raw, mirror->line_end, true, &lines);
                row.size = size;
                if (!order_lines_is_blank(row, mirror->delimiter))
                        r = append_row(buffer, row, line, mirror, ours);
                raw = (Text){ raw.data + size, raw.size - size };
        }
        if (r < 0 && buffer->data) {
                buffer->size = before;
                buffer->data[before] = '\0';
        }
        return r;
}

int order_mirror_append_header(const OrderMirror *mirror, Buffer *buffer, Text header, Text ours) {
        size_t before = order_header_separator(header, NULL), kept = buffer->size;
        int r = buffer_append(buffer, header.data, before);

        if (r == 0)
                r = order_mirror_append(mirror, buffer,
                                        (Text){ header.data + before, header.size - before }, 1,
                                        ours);
        if (r < 0 && buffer->data) {
                buffer->size = kept;
                buffer->data[kept] = '\0';
        }
        return r;
}
