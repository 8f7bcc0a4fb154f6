#include "jobs/order/order_stray.h"

#include "jobs/base/cleanup.h"
#include "jobs/order/order_amount.h"

#define LABEL_MAX 40 /* bytes */

static bool is_digit(char c) {
        return c >= '0' && c <= '9';
}

static Text skip(Text text, size_t size) {
        return (Text){ text.data + size, text.size - size };
}

/* --- the word beside a total ----------------------------------------------------------------- */

/* The longest come first: what follows them must be a number or nothing. */
static const char *const labels[] = {
        "TOTAL GENERAL", "GRAN TOTAL", "GRAND TOTAL", "SUMA TOTAL", "TOTALES",
        "TOTALS",        "TOTAL",      "SUBTOTAL",    "SUMA",
};

/* `120`, `1.200`; what may follow are words: "120 facturas". */
static bool read_count(Text text, int64_t *ret_count) {
        int64_t count = 0;
        size_t digits = 0;

        for (; text.size > 0 &&
               (is_digit(text.data[0]) || text.data[0] == '.' || text.data[0] == ',');
             text = skip(text, 1)) {
                if (!is_digit(text.data[0]))
                        continue;
                if (++digits > 12)
                        return false;
                count = 10 * count + (text.data[0] - '0');
        }
        for (size_t i = 0; i < text.size; i++)
                if (is_digit(text.data[i]))
                        return false;
        if (digits > 0)
                *ret_count = count;
        return true;
}

bool order_stray_is_label(Text cell, int64_t *ret_count) {
        int64_t count = -1;

        /* Nearly every order number ends here. */
        if (cell.size < 4 || cell.size > LABEL_MAX || !strchr("TtSsGg*", cell.data[0]))
                return false;
        while (cell.size > 0 && (cell.data[0] == '*' || cell.data[0] == ' '))
                cell = skip(cell, 1);
        for (size_t i = 0; i < ELEMENTS(labels); i++) {
                size_t size = strlen(labels[i]);
                Text rest;

                if (cell.size < size ||
                    !text_equal_ignoring_case((Text){ cell.data, size }, text_of(labels[i])))
                        continue;
                rest = skip(cell, size);
                if (rest.size > 0 && !strchr(" :=*", rest.data[0]))
                        return false;
                while (rest.size > 0 && strchr(" :=*", rest.data[0]))
                        rest = skip(rest, 1);
                if (!read_count(rest, &count))
                        return false;
                if (ret_count)
                        *ret_count = count;
                return true;
        }
        return false;
}

/* --- the cells of a row ---------------------------------------------------------------------- */

/* The cell of that field, trimmed; empty: none. */
static Text cell_of(const OrderHeader *header, const Text *cells, size_t n, OrderField field) {
        for (size_t i = 0; i < header->n_sequence; i++) {
                size_t column = header->sequence[i];

                if (column < n && header->columns[column].spec->field == field)
                        return text_trim(cells[column]);
        }
        return TEXT_NONE;
}

/* Where the sum stands. */
static Text amount_of(const OrderHeader *header, const Text *cells, size_t n) {
        Text amount = cell_of(header, cells, n, FIELD_AMOUNT);

        return amount.size > 0 ? amount : cell_of(header, cells, n, FIELD_ITEM_UNIT_AMOUNT);
}

/* The word is in the column of the order number, or in another one and that one is empty. */
static bool find_label(const OrderHeader *header, const Text *cells, size_t n, int64_t *ret_count) {
        Text id = cell_of(header, cells, n, FIELD_ORDER_ID);

        if (id.size > 0)
                return order_stray_is_label(id, ret_count);
        for (size_t i = 0; i < n && i < header->n_columns; i++)
                if (order_stray_is_label(text_trim(cells[i]), ret_count))
                        return true;
        return false;
}

/* Half of the cells, and two at least, say what their columns are called, here or in the API. */
static bool repeats_header(const OrderHeader *header, const Text *cells, size_t n) {
        size_t filled = 0, same = 0;

        for (size_t i = 0; i < n && i < header->n_columns; i++) {
                Text cell = text_trim(cells[i]);
                const OrderColumnUse *column = &header->columns[i];

                if (cell.size == 0)
                        continue;
                filled++;
                same += text_equal_ignoring_case(cell, column->name) ||
                        (column->spec && order_field_of_header(cell).spec == column->spec);
        }
        return same >= 2 && same * 2 >= filled;
}

ProblemCode order_stray_judge(const OrderHeader *header, const Text *cells, size_t n) {
        if (repeats_header(header, cells, n))
                return PROBLEM_ROW_HEADER;
        return find_label(header, cells, n, NULL) ? PROBLEM_ROW_TOTAL : PROBLEM_NONE;
}

/* --- totals ---------------------------------------------------------------------------------- */

/* As each currency would read it, for the row may not say which one it is. */
static bool read_sum(Text cell, const OrderRules *rules, DeclaredTotal *total) {
        bool readable = false;

        for (Currency c = 0; c < CURRENCY_COUNT; c++) {
                total->number[c] = -1;
                if (c == CURRENCY_XXX || (total->currency != CURRENCY_XXX && total->currency != c))
                        continue;
                if (order_amount_read(cell, c, rules, &total->number[c]) == PROBLEM_NONE)
                        readable = true;
                else
                        total->number[c] = -1;
        }
        return readable;
}

bool order_stray_declares(const OrderHeader *header, const OrderRules *rules, const Text *cells,
                          size_t n, OrderTotals *totals) {
        DeclaredTotal sum = { .source = TOTALS_OF_ROW, .is_sum = true };
        Text currency = cell_of(header, cells, n, FIELD_CURRENCY);
        Text amount = amount_of(header, cells, n);
        int64_t count = -1;

        /* What came back in a corrected file is a row, whatever it says. */
        if (header->line_column > 0 && header->line_column <= n &&
            text_trim(cells[header->line_column - 1]).size > 0)
                return false;
        if (!find_label(header, cells, n, &count) || (count < 0 && amount.size == 0))
                return false;
        if (currency.size > 0 && !currency_parse(currency, &sum.currency))
                return false;
        if (amount.size > 0 && !read_sum(amount, rules, &sum))
                return false;
        if (count >= 0)
                order_totals_add_count(totals, TOTALS_OF_ROW, sum.currency, count);
        if (amount.size > 0)
                order_totals_add(totals, &sum);
        return true;
}
