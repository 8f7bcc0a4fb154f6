#include "jobs/order/order_stray.h"

#include "jobs/base/cleanup.h"
#include "jobs/order/order_amount.h"

#define LABEL_MAX 256 /* bytes: no order number is longer */

static bool is_digit(char c) {
        return c >= '0' && c <= '9';
}

static Text skip(Text text, size_t size) {
        return (Text){ text.data + size, text.size - size };
}

/* --- the word beside a total ----------------------------------------------------------------- */

/* The longest come first. */
static const char *const labels[] = {
        "TOTAL GENERAL", "GRAN TOTAL", "GRAND TOTAL", "SUMA TOTAL", "SUB-TOTAL", "SUB TOTAL",
        "TOTALES",       "TOTALS",     "TOTAL",       "SUBTOTAL",   "SUMA",
};

typedef enum LabelKind {
        LABEL_NONE,
        LABEL_PLAIN, /* the word, and perhaps more words */
        LABEL_COUNT, /* a number behind it */
        LABEL_WORDS, /* digits further behind, that count nothing: a month, a year */
        LABEL_ERROR, /* what a spreadsheet shows for a formula that failed */
        LABEL_MIXED, /* digits where the number stands, that are none */
} LabelKind;

/* `120`, `1.200`. */
static bool take_count(Text *text, int64_t *ret_count) {
        int64_t count = 0;
        size_t digits = 0, group = 0;

        for (; text->size > 0; *text = skip(*text, 1)) {
                char c = text->data[0];

                if (is_digit(c)) {
                        count = 10 * count + (c - '0');
                        group++;
                        if (++digits > 12)
                                return false;
                } else if ((c == '.' || c == ',') && group > 0 && group <= 3 &&
                           (group == 3 || group == digits)) {
                        group = 0;
                } else {
                        break;
                }
        }
        *ret_count = count;
        return digits > 0 && (group == digits || group == 3 || group == 0);
}

static bool has_digit(Text text) {
        for (size_t i = 0; i < text.size; i++)
                if (is_digit(text.data[i]))
                        return true;
        return false;
}

/* `30/11/2026`, `11-2026`, `2026-11-30`. */
static bool is_date(Text text) {
        size_t n = 0;

        while (n < text.size && is_digit(text.data[n]))
                n++;
        return n > 0 && n <= 4 && n + 1 < text.size && strchr("/-", text.data[n]) &&
               is_digit(text.data[n + 1]);
}

static LabelKind read_rest(Text rest, int64_t *ret_count) {
        if (rest.size > 0 && rest.data[0] == '#')
                return LABEL_ERROR;
        if (rest.size == 0 || !is_digit(rest.data[0]))
                return has_digit(rest) ? LABEL_WORDS : LABEL_PLAIN;
        if (is_date(rest))
                return LABEL_WORDS;
        /* What may follow are words: "120 facturas". */
        return take_count(&rest, ret_count) && !has_digit(rest) ? LABEL_COUNT : LABEL_MIXED;
}

/* The size of a blank that begins there; 0: there is none. Word processors put other ones. */
static size_t blank_size(Text text) {
        static const char *const blanks[] = { " ", "\xc2\xa0", "\xe2\x80\xaf" };

        for (size_t i = 0; i < ELEMENTS(blanks); i++)
                if (text.size >= strlen(blanks[i]) &&
                    memcmp(text.data, blanks[i], strlen(blanks[i])) == 0)
                        return strlen(blanks[i]);
        return 0;
}

/* With one blank for each run of them. */
static Text one_blank(Text cell, char label[static LABEL_MAX]) {
        size_t n = 0;

        while (cell.size > 0) {
                size_t size = blank_size(cell);

                if (size == 0)
                        label[n++] = cell.data[0];
                else if (n == 0 || label[n - 1] != ' ')
                        label[n++] = ' ';
                cell = skip(cell, size > 0 ? size : 1);
        }
        return (Text){ label, n };
}

static bool is_letter_or_digit(char c) {
        return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (c & 0x80) != 0;
}

/* `TOTAL.`, `TOTAL(20)`, `TOTAL-`; but `TOTAL-17` and `TOTALES` are other words. */
static bool ends_word(Text rest) {
        if (rest.size == 0)
                return true;
        if (rest.size > 1 && strchr("-_", rest.data[0]))
                return !is_letter_or_digit(rest.data[1]);
        return !is_letter_or_digit(rest.data[0]) ||
               (rest.size > 2 && memcmp(rest.data, "\xe2\x80", 2) == 0); /* a long dash, dots */
}

static LabelKind read_label(Text cell, int64_t *ret_count) {
        char label[LABEL_MAX];

        /* Nearly every order number ends here. */
        if (cell.size < 4 || cell.size > LABEL_MAX || !strchr("TtSsGg*", cell.data[0]))
                return LABEL_NONE;
        cell = one_blank(cell, label);
        while (cell.size > 0 && strchr("* ", cell.data[0]))
                cell = skip(cell, 1);
        for (size_t i = 0; i < ELEMENTS(labels); i++) {
                size_t size = strlen(labels[i]);
                Text rest;

                if (cell.size < size ||
                    !text_equal_ignoring_case((Text){ cell.data, size }, text_of(labels[i])))
                        continue;
                rest = skip(cell, size);
                if (!ends_word(rest))
                        return LABEL_NONE;
                while (rest.size > 0 && strchr(" :=*.-", rest.data[0]))
                        rest = skip(rest, 1);
                return read_rest(rest, ret_count);
        }
        return LABEL_NONE;
}

bool order_stray_is_label(Text cell) {
        int64_t count;
        LabelKind kind = read_label(cell, &count);

        return kind != LABEL_NONE && kind != LABEL_WORDS;
}

bool order_stray_may_be_label(Text cell) {
        int64_t count;

        return read_label(cell, &count) != LABEL_NONE;
}

/* --- the cells of a row ---------------------------------------------------------------------- */

/* The cell of that field, trimmed; empty: none. `ret_column` (may be NULL): 1 = first, 0: none. */
static Text cell_of(const OrderHeader *header, const Text *cells, size_t n, OrderField field,
                    size_t *ret_column) {
        for (size_t i = 0; i < header->n_sequence; i++) {
                size_t column = header->sequence[i];

                if (column >= n || header->columns[column].spec->field != field)
                        continue;
                if (ret_column)
                        *ret_column = column + 1;
                return text_trim(cells[column]);
        }
        return TEXT_NONE;
}

/* Where the sum stands. */
static Text amount_of(const OrderHeader *header, const Text *cells, size_t n, size_t *ret_column) {
        Text amount = cell_of(header, cells, n, FIELD_AMOUNT, ret_column);

        return amount.size > 0 ? amount
                               : cell_of(header, cells, n, FIELD_ITEM_UNIT_AMOUNT, ret_column);
}

typedef struct Label {
        LabelKind kind;
        int64_t count;
        size_t column; /* 1 = first */
} Label;

/* A row that says who is to pay or what is to be done is an order, if perhaps a bad one. */
static bool is_for_somebody(const OrderHeader *header, const Text *cells, size_t n) {
        static const OrderField fields[] = {
                FIELD_CUSTOMER_EMAIL,
                FIELD_CUSTOMER_EMAIL_ADDRESS,
                FIELD_CUSTOMER_TAX_ID_VALUE,
                FIELD_DUE_DATE,
                FIELD_EXPIRES_AT,
                FIELD_ACTION,
        };

        for (size_t i = 0; i < ELEMENTS(fields); i++)
                if (cell_of(header, cells, n, fields[i], NULL).size > 0)
                        return true;
        return false;
}

/* The word is in the column of the order number: `TOTAL PLAY 4512` may be one, where somebody is to
 * pay it. Or it is in another one, and that one is empty, and the row is for nobody: "Total Gas SpA"
 * is a customer. There a number among the words means nothing: "Total facturas 2026" is what
 * somebody is charged for. */
static Label find_label(const OrderHeader *header, const Text *cells, size_t n) {
        Label label = { .kind = LABEL_NONE };
        Text id = cell_of(header, cells, n, FIELD_ORDER_ID, &label.column);

        if (id.size > 0) {
                label.kind = read_label(id, &label.count);
                if (label.kind == LABEL_WORDS && is_for_somebody(header, cells, n))
                        label.kind = LABEL_NONE;
                return label;
        }
        for (size_t i = 0; i < n && i < header->n_columns && !is_for_somebody(header, cells, n);
             i++) {
                label.kind = read_label(text_trim(cells[i]), &label.count);
                label.column = i + 1;
                if (label.kind == LABEL_PLAIN || label.kind == LABEL_COUNT ||
                    label.kind == LABEL_ERROR)
                        return label;
        }
        return (Label){ .kind = LABEL_NONE };
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
        return find_label(header, cells, n).kind != LABEL_NONE ? PROBLEM_ROW_TOTAL : PROBLEM_NONE;
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

static void add_unread(StrayUnread *unread, size_t column, Text value) {
        unread->cell[unread->n].column = column;
        unread->cell[unread->n++].value = value;
}

static void read_totals(const OrderHeader *header, const OrderRules *rules, const Text *cells,
                        size_t n, const Label *label, OrderTotals *totals, StrayUnread *unread) {
        DeclaredTotal sum = { .source = TOTALS_OF_ROW, .is_sum = true };
        size_t sum_column = 0, currency_column = 0;
        Text amount = amount_of(header, cells, n, &sum_column);
        Text currency = cell_of(header, cells, n, FIELD_CURRENCY, &currency_column);
        bool counts = label->kind == LABEL_COUNT;

        if (label->kind == LABEL_ERROR || label->kind == LABEL_MIXED)
                add_unread(unread, label->column, text_trim(cells[label->column - 1]));
        if (currency.size > 0 && !currency_parse(currency, &sum.currency)) {
                add_unread(unread, currency_column, currency);
                return; /* it says how the others are read */
        }
        if (counts)
                order_totals_add_count(totals, TOTALS_OF_ROW, sum.currency, label->count);
        if (amount.size > 0 && read_sum(amount, rules, &sum))
                order_totals_add(totals, &sum);
        else if (amount.size > 0 || (!counts && unread->n == 0))
                add_unread(unread, sum_column, amount);
}

bool order_stray_declares(const OrderHeader *header, const OrderRules *rules, const Text *cells,
                          size_t n, OrderTotals *totals, StrayUnread *ret_unread) {
        Label label = find_label(header, cells, n);

        ret_unread->n = 0;
        /* What came back in a corrected file is a row, whatever it says. */
        if (label.kind == LABEL_NONE || (header->line_column > 0 && header->line_column <= n &&
                                         text_trim(cells[header->line_column - 1]).size > 0))
                return false;
        read_totals(header, rules, cells, n, &label, totals, ret_unread);
        return true;
}
