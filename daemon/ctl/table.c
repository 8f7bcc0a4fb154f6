#include "daemon/ctl/table.h"

#include <assert.h>
#include <errno.h>
#include <libsmartcols.h>

#include "daemon/ctl/terminal.h"
#include "daemon/ctl/wrap.h"

#define CELL_MAX   1000 /* characters */
#define WRAP_LEAST 28   /* cells of a wrapped column: less is no reading */
#define CUT_LEAST  8    /* cells that a cut column keeps at least */
#define FURTHER_IN 2    /* blanks */

struct Table {
        struct libscols_table *scols;
        struct libscols_line *line;
        size_t n_columns;
        int error;
};

static int flags_of(TableFit fit) {
        switch (fit) {
        case TABLE_LEFT:
                return 0;
        case TABLE_RIGHT:
                return SCOLS_FL_RIGHT;
        case TABLE_CUT:
                return SCOLS_FL_TRUNC;
        case TABLE_WRAP:
                return SCOLS_FL_WRAP;
        }
        return 0;
}

static int add_columns(Table *table, const TableColumn *columns, size_t n) {
        table->scols = scols_new_table();
        if (!table->scols)
                return -ENOMEM;
        table->n_columns = n;
        for (size_t i = 0; i < n; i++)
                if (!scols_table_new_column(table->scols, columns[i].head, 0,
                                            flags_of(columns[i].fit)))
                        return -ENOMEM;
        return 0;
}

int table_new(const TableColumn *columns, size_t n, Table **ret_table) {
        CLEANUP(table_free_p) Table *table = calloc(1, sizeof(*table));
        int r;

        if (!table)
                return -ENOMEM;
        r = add_columns(table, columns, n);
        if (r < 0)
                return r;
        *ret_table = TAKE(table);
        return 0;
}

Table *table_free(Table *table) {
        if (!table)
                return NULL;
        scols_unref_table(table->scols);
        free(table);
        return NULL;
}

static void keep_error(Table *table, int r) {
        if (table->error == 0 && r < 0)
                table->error = r;
}

void table_row(Table *table) {
        table->line = scols_table_new_line(table->scols, NULL);
        if (!table->line)
                keep_error(table, -ENOMEM);
}

void table_text(Table *table, size_t column, Text text) {
        AUTO_BUFFER visible = BUFFER_EMPTY;
        int r;

        assert(column < table->n_columns);
        if (table->error < 0 || !table->line)
                return;
        r = text_append_visible(&visible, text, CELL_MAX);
        if (r >= 0)
                r = scols_line_set_data(table->line, column, visible.data ? visible.data : "");
        keep_error(table, r);
}

void table_string(Table *table, size_t column, const char *string) {
        table_text(table, column, text_of(string));
}

void table_integer(Table *table, size_t column, int64_t number) {
        AUTO_BUFFER digits = BUFFER_EMPTY;

        keep_error(table, buffer_append_integer(&digits, number));
        table_text(table, column, (Text){ digits.data, digits.size });
}

void table_colour(Table *table, size_t column, const char *colour) {
        struct libscols_cell *cell;

        assert(column < table->n_columns);
        if (table->error < 0 || !table->line)
                return;
        cell = scols_line_get_cell(table->line, column);
        if (cell)
                keep_error(table, scols_cell_set_color(cell, colour));
}

size_t table_n_rows(const Table *table) {
        return scols_table_get_nlines(table->scols);
}

/* --- fitting a terminal ----------------------------------------------------------------------- */

static Text cell_text(const Table *table, size_t row, size_t column) {
        struct libscols_line *line = scols_table_get_line(table->scols, row);

        return text_of(scols_cell_get_data(scols_line_get_cell(line, column)));
}

static Text head_text(const Table *table, size_t column) {
        struct libscols_column *of = scols_table_get_column(table->scols, column);

        return text_of(scols_cell_get_data(scols_column_get_header(of)));
}

static bool has_flag(const Table *table, size_t column, int flag) {
        return scols_column_get_flags(scols_table_get_column(table->scols, column)) & flag;
}

/* One that may be cut takes at most `cut_most`, one that may be wrapped `wrap_most`; but each its
 * head, where that may not be cut. */
static size_t column_width(const Table *table, size_t column, size_t cut_most, size_t wrap_most) {
        size_t head = wrap_cells(head_text(table, column)), widest = 0;

        for (size_t row = 0; row < table_n_rows(table); row++) {
                size_t width = wrap_cells(cell_text(table, row, column));

                if (width > widest)
                        widest = width;
        }
        if (has_flag(table, column, SCOLS_FL_WRAP) && widest > wrap_most)
                widest = wrap_most;
        if (widest < head)
                widest = head;
        return has_flag(table, column, SCOLS_FL_TRUNC) && widest > cut_most ? cut_most : widest;
}

/* The width that the columns before the last one take, with the blanks behind them. */
static size_t width_before_last(const Table *table, size_t cut_most) {
        size_t sum = 0;

        for (size_t i = 0; i + 1 < table->n_columns; i++)
                sum += column_width(table, i, cut_most, SIZE_MAX) + 1;
        return sum;
}

static int wrap_cell(struct libscols_cell *cell, size_t width) {
        AUTO_BUFFER wrapped = BUFFER_EMPTY;
        const char *text = scols_cell_get_data(cell);
        int r;

        if (!text)
                return 0;
        r = wrap_append(&wrapped, text_of(text), width, 0, 0);
        return r < 0 ? r : scols_cell_set_data(cell, wrapped.data ? wrapped.data : "");
}

/* libsmartcols itself breaks anywhere. Only the last column is wrapped; when there is little room,
 * the cut ones give way to it. */
static int wrap_last(Table *table, size_t width) {
        size_t last = table->n_columns - 1, before = width_before_last(table, SIZE_MAX);
        struct libscols_column *column = scols_table_get_column(table->scols, last);
        size_t least = column_width(table, last, CUT_LEAST, WRAP_LEAST);
        size_t room = before + least < width ? width - before - 1 : least;
        int r = 0;

        if (!has_flag(table, last, SCOLS_FL_WRAP))
                return 0;
        for (size_t row = 0; row < table_n_rows(table) && r >= 0; row++)
                r = wrap_cell(scols_line_get_cell(scols_table_get_line(table->scols, row), last),
                              room);
        if (r < 0)
                return r;
        r = scols_column_set_safechars(column, "\n");
        if (r < 0)
                return r;
        return scols_column_set_wrapfunc(column, scols_wrapnl_chunksize, scols_wrapnl_nextchunk,
                                         NULL);
}

/* --- too narrow for columns ------------------------------------------------------------------- */

static bool is_too_narrow(const Table *table, size_t width) {
        return width_before_last(table, CUT_LEAST) +
                       column_width(table, table->n_columns - 1, CUT_LEAST, WRAP_LEAST) >
               width;
}

/* `HEAD value`, or only the text, further in, of a column that would be wrapped. */
static int append_field(const Table *table, size_t row, size_t column, size_t width, Buffer *out) {
        Text head = head_text(table, column), value = cell_text(table, row, column);
        size_t used = 0;
        int r = 0;

        if (value.size == 0)
                return 0;
        if (has_flag(table, column, SCOLS_FL_WRAP) || head.size == 0) {
                used = head.size > 0 ? FURTHER_IN : 0;
                r = buffer_printf(out, "%*s", (int) used, "");
        } else {
                used = wrap_cells(head) + 1;
                r = buffer_printf(out, "%.*s ", TEXT_ARG(head));
        }
        if (r >= 0)
                r = wrap_append(out, value, width, used, FURTHER_IN);
        return r < 0 ? r : buffer_append_char(out, '\n');
}

static int append_records(const Table *table, size_t width, Buffer *out) {
        int r = 0;

        for (size_t row = 0; row < table_n_rows(table) && r >= 0; row++) {
                if (row > 0)
                        r = buffer_append_char(out, '\n');
                for (size_t i = 0; i < table->n_columns && r >= 0; i++)
                        r = append_field(table, row, i, width, out);
        }
        return r;
}

/* --- printing --------------------------------------------------------------------------------- */

static int append_columns(Table *table, int fd, Buffer *out) {
        AUTO_FREE char *text = NULL;
        int r = 0;

        scols_table_enable_colors(table->scols, terminal_has_colours(fd));
        scols_table_set_termforce(table->scols,
                                  terminal_is(fd) ? SCOLS_TERMFORCE_ALWAYS : SCOLS_TERMFORCE_NEVER);
        if (terminal_is(fd)) {
                scols_table_set_termwidth(table->scols, terminal_width(fd));
                r = wrap_last(table, terminal_width(fd));
        }
        if (r >= 0)
                r = scols_print_table_to_string(table->scols, &text);
        if (r >= 0)
                r = buffer_append_string(out, text);
        return r < 0 ? r : buffer_append_char(out, '\n');
}

int table_append(Table *table, int fd, Buffer *out) {
        if (table->error < 0)
                return table->error;
        if (table_n_rows(table) == 0)
                return 0;
        if (terminal_is(fd) && is_too_narrow(table, terminal_width(fd)))
                return append_records(table, terminal_width(fd), out);
        return append_columns(table, fd, out);
}
