#include "jobs/order/order_shape.h"

#include "jobs/order/order_damage.h"
#include "jobs/order/order_lines.h"

static size_t count_cells(const char *begin, const char *end, char delimiter) {
        size_t n = 1;

        for (const char *at = begin; at < end; at++)
                n += *at == delimiter;
        return n;
}

/* Is this line, taken alone, what a row of this file looks like: a number where the amount is? */
static bool looks_like_row(const OrderHeader *header, const char *at, const char *end) {
        const char *cell = at;

        for (size_t column = 0; cell <= end && column < header->n_columns; column++) {
                const char *stop = memchr(cell, header->delimiter, (size_t) (end - cell));
                const OrderFieldSpec *spec = header->columns[column].spec;

                stop = stop ? stop : end;
                if (spec && spec->field == FIELD_AMOUNT)
                        return stop > cell && stop[-1] >= '0' && stop[-1] <= '9' && *cell != ' ';
                cell = stop + 1;
        }
        return true; /* no amount: there is nothing to tell it by */
}

/* A forgotten quote may happen to be closed by another one further down: then the row seems to go
 * on over lines of which the first has all the columns, and the last has too and looks like a row.
 * It could be one cell with such a text in it; but then rows would be lost without a word. */
static bool has_swallowed_rows(const OrderCsv *csv, const OrderHeader *header, Text text) {
        char delimiter = header->delimiter;
        size_t columns = header->n_columns;
        Text content = order_lines_content(text);
        char line_end = header->line_end;
        const char *end = content.data + content.size, *first, *last;

        if (content.size == 0)
                return false;
        first = memchr(content.data, line_end, content.size);
        last = memrchr(content.data, line_end, content.size);
        return first && count_cells(content.data, first, delimiter) == columns &&
               (order_csv_n(csv) != columns || (count_cells(last + 1, end, delimiter) == columns &&
                                                looks_like_row(header, last + 1, end)));
}

int order_shape_split(OrderCsv *csv, const OrderHeader *header, Text row, OrderShape *ret_shape) {
        int r = order_csv_split(csv, row);

        if (r < 0)
                return r;
        if (order_csv_is_broken(csv) || has_swallowed_rows(csv, header, row))
                *ret_shape = ORDER_SHAPE_QUOTE;
        else if (order_csv_n(csv) < header->n_columns)
                *ret_shape = ORDER_SHAPE_SHORT;
        else if (order_csv_n_filled(csv) > header->n_columns) /* empty ones too many do no harm */
                *ret_shape = ORDER_SHAPE_LONG;
        else
                *ret_shape = ORDER_SHAPE_GOOD;
        return 0;
}

/* A text in curly quotes falls apart at the delimiters that are in it. */
static ProblemCode problem_of_long(const OrderCsv *csv) {
        size_t n = order_csv_n(csv);

        for (size_t i = 0; i < n && i < ORDER_COLUMNS_MAX; i++)
                if (order_damage_begins_curly(text_trim(order_csv_cells(csv)[i])))
                        return PROBLEM_ROW_CURLY_QUOTES;
        return PROBLEM_ROW_LONG;
}

ProblemCode order_shape_problem(OrderShape shape, const OrderCsv *csv) {
        switch (shape) {
        case ORDER_SHAPE_GOOD:
                break;
        case ORDER_SHAPE_QUOTE:
                return PROBLEM_ROW_QUOTE;
        case ORDER_SHAPE_SHORT:
                return PROBLEM_ROW_SHORT;
        case ORDER_SHAPE_LONG:
                return problem_of_long(csv);
        }
        return PROBLEM_NONE;
}
