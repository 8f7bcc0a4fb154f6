#include "daemon/ctl/table.h"

#include <assert.h>
#include <errno.h>
#include <libsmartcols.h>
#include <wchar.h>

#include "daemon/ctl/terminal.h"

#define CELL_MAX   1000 /* characters */
#define WRAP_LEAST 20   /* cells of a wrapped column: below that, libsmartcols cuts as it likes */
#define CUT_LEAST  8    /* cells that a cut column keeps at least */

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

/* --- wrapping at words (libsmartcols itself breaks anywhere) ------------------------------------ */

/* Cells on a terminal: East Asian characters take two, combining ones none. */
static size_t cells_of(Text text) {
        mbstate_t state = { 0 };
        size_t cells = 0;

        while (text.size > 0) {
                wchar_t c;
                size_t n = mbrtowc(&c, text.data, text.size, &state);
                int width;

                if (n == 0 || n > text.size)
                        return cells + text.size;
                width = wcwidth(c);
                cells += width > 0 ? (size_t) width : 0;
                text.data += n;
                text.size -= n;
        }
        return cells;
}

/* The width that the columns before the last one take, with the blanks between them; those that
 * may be cut at most `cut_most`. */
static size_t width_before_last(const Table *table, size_t cut_most) {
        size_t sum = 0;

        for (size_t i = 0; i + 1 < table->n_columns; i++) {
                struct libscols_column *column = scols_table_get_column(table->scols, i);
                size_t widest =
                        cells_of(text_of(scols_cell_get_data(scols_column_get_header(column))));

                for (size_t n = 0; n < table_n_rows(table); n++) {
                        struct libscols_line *row = scols_table_get_line(table->scols, n);
                        size_t width =
                                cells_of(text_of(scols_cell_get_data(scols_line_get_cell(row, i))));

                        if (width > widest)
                                widest = width;
                }
                if (scols_column_get_flags(column) & SCOLS_FL_TRUNC && widest > cut_most)
                        widest = cut_most;
                sum += widest + 1;
        }
        return sum;
}

static int append_wrapped(Buffer *out, Text text, size_t width) {
        size_t used = 0;
        int r = 0;

        while (text.size > 0 && r >= 0) {
                const char *blank = memchr(text.data, ' ', text.size);
                Text word = { text.data, blank ? (size_t) (blank - text.data) : text.size };
                size_t cells = cells_of(word);

                if (used > 0) {
                        bool fits = used + 1 + cells <= width;

                        r = buffer_append_char(out, fits ? ' ' : '\n');
                        used = fits ? used + 1 : 0;
                }
                if (r >= 0)
                        r = buffer_append(out, word.data, word.size);
                used += cells;
                text.data += word.size + (blank ? 1 : 0);
                text.size -= word.size + (blank ? 1 : 0);
        }
        return r;
}

static int wrap_cell(struct libscols_cell *cell, size_t width) {
        AUTO_BUFFER wrapped = BUFFER_EMPTY;
        const char *text = scols_cell_get_data(cell);
        int r;

        if (!text)
                return 0;
        r = append_wrapped(&wrapped, text_of(text), width);
        return r < 0 ? r : scols_cell_set_data(cell, wrapped.data ? wrapped.data : "");
}

/* Only the last column is wrapped; when there is little room, the cut ones give way to it. */
static int wrap_last(Table *table, int fd) {
        size_t last = table->n_columns - 1;
        struct libscols_column *column = scols_table_get_column(table->scols, last);
        size_t before = width_before_last(table, SIZE_MAX), width = terminal_width(fd);
        size_t room = WRAP_LEAST;
        int r = 0;

        if (!(scols_column_get_flags(column) & SCOLS_FL_WRAP) ||
            width_before_last(table, CUT_LEAST) + room >= width)
                return 0;
        if (before + room < width)
                room = width - before - 1;
        for (size_t n = 0; n < table_n_rows(table) && r >= 0; n++)
                r = wrap_cell(scols_line_get_cell(scols_table_get_line(table->scols, n), last),
                              room);
        if (r < 0)
                return r;
        r = scols_column_set_safechars(column, "\n");
        if (r < 0)
                return r;
        return scols_column_set_wrapfunc(column, scols_wrapnl_chunksize, scols_wrapnl_nextchunk,
                                         NULL);
}

int table_append(Table *table, int fd, Buffer *out) {
        bool terminal = terminal_is(fd);
        AUTO_FREE char *text = NULL;
        int r;

        if (table->error < 0)
                return table->error;
        if (table_n_rows(table) == 0)
                return 0;
        scols_table_enable_colors(table->scols, terminal_has_colours(fd));
        scols_table_set_termforce(table->scols,
                                  terminal ? SCOLS_TERMFORCE_ALWAYS : SCOLS_TERMFORCE_NEVER);
        if (terminal) {
                scols_table_set_termwidth(table->scols, terminal_width(fd));
                r = wrap_last(table, fd);
                if (r < 0)
                        return r;
        }
        r = scols_print_table_to_string(table->scols, &text);
        if (r >= 0)
                r = buffer_append_string(out, text);
        return r < 0 ? r : buffer_append_char(out, '\n');
}
