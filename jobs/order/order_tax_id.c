#include "jobs/base/cleanup.h"
#include "jobs/order/order_cell.h"

/* Digits before the check digit. Those of people and companies that pay have 7 or 8; one of less
 * than 6 is a number that has lost some, and every eleventh of them has a check digit that fits. */
#define RUT_LEAST 6
#define RUT_MOST  8

static bool is_digit(char c) {
        return c >= '0' && c <= '9';
}

/* --- Chile ----------------------------------------------------------------------------------- */

/* The digits times 2, 3, … 7, 2, … from the right; what is missing to a multiple of 11, 10 is K. */
static char rut_check_digit(Text digits) {
        unsigned sum = 0, factor = 2;

        for (size_t i = digits.size; i-- > 0; factor = factor == 7 ? 2 : factor + 1)
                sum += (unsigned) (digits.data[i] - '0') * factor;
        return "0K987654321"[sum % 11];
}

bool order_tax_id_is_rut(Text text, char out[static TAX_ID_SIZE], Text *ret_rut) {
        size_t n = 0;
        char check;

        if (text.size < 2)
                return false;
        check = text.data[text.size - 1];
        check = check == 'k' ? 'K' : check;
        text.size -= 1;
        if (text.data[text.size - 1] == '-')
                text.size -= 1;
        for (size_t i = 0; i < text.size; i++) {
                char c = text.data[i];

                if (c == '.' && i > 0 && i + 1 < text.size)
                        continue;
                if (!is_digit(c))
                        return false;
                if (c == '0' && n == 0)
                        continue;
                if (n == RUT_MOST)
                        return false;
                out[n++] = c;
        }
        if (n < RUT_LEAST || rut_check_digit((Text){ out, n }) != check)
                return false;
        out[n++] = check;
        *ret_rut = (Text){ out, n };
        return true;
}

/* --- Mexico ---------------------------------------------------------------------------------- */

/* Upper case, without blanks and hyphens. */
static size_t rfc_fold(Text text, char out[static TAX_ID_SIZE]) {
        size_t n = 0;

        for (size_t i = 0; i < text.size; i++) {
                uint8_t c = (uint8_t) text.data[i];

                if (c == ' ' || c == '-')
                        continue;
                if (n == TAX_ID_SIZE)
                        return 0;
                if (c >= 'a' && c <= 'z')
                        c = (uint8_t) (c - 'a' + 'A');
                else if (c == 0xb1 && n > 0 && (uint8_t) out[n - 1] == 0xc3) /* ñ to Ñ */
                        c = 0x91;
                out[n++] = (char) c;
        }
        return n;
}

static bool is_capital(char c) {
        return c >= 'A' && c <= 'Z';
}

bool order_tax_id_is_rfc(Text text, char out[static TAX_ID_SIZE], Text *ret_rfc) {
        size_t n = rfc_fold(text, out), at = 0, letters = 0;
        unsigned month, day;

        while (at < n && letters < 5) {
                if (is_capital(out[at]) || out[at] == '&')
                        at += 1;
                else if (at + 1 < n && memcmp(out + at, "\xc3\x91", 2) == 0)
                        at += 2;
                else
                        break;
                letters++;
        }
        if (letters < 3 || letters > 4 || n - at != 9)
                return false;
        for (size_t i = at; i < at + 6; i++)
                if (!is_digit(out[i]))
                        return false;
        for (size_t i = at + 6; i < n; i++)
                if (!is_digit(out[i]) && !is_capital(out[i]))
                        return false;
        month = (unsigned) (out[at + 2] - '0') * 10 + (unsigned) (out[at + 3] - '0');
        day = (unsigned) (out[at + 4] - '0') * 10 + (unsigned) (out[at + 5] - '0');
        if (month < 1 || month > 12 || day < 1 || day > 31)
                return false;
        *ret_rfc = (Text){ out, n };
        return true;
}

/* --- cells ----------------------------------------------------------------------------------- */

/* Seven or eight digits are a RUT whose check digit was left out, or is wrong. */
static void rut_problem(OrderRow *row, Text cell) {
        char digits[TAX_ID_SIZE];
        size_t n = 0;

        for (size_t i = 0; i < cell.size && n <= 8; i++) {
                if (is_digit(cell.data[i]))
                        digits[n++] = cell.data[i];
                else if (cell.data[i] != '.')
                        n = TAX_ID_SIZE;
        }
        if (n == 7 || n == 8)
                order_row_problem(row, PROBLEM_RUT_DIGIT,
                                  order_row_format(row, "%.*s-%c", (int) n, digits,
                                                   rut_check_digit((Text){ digits, n })));
        else
                order_cell_wrong(row, PROBLEM_RUT, cell, TEXT_NONE);
}

static void set_rut(OrderRow *row, OrderField field, Text cell) {
        char out[TAX_ID_SIZE];
        Text rut;

        row->order.text[field] = cell;
        if (order_tax_id_is_rut(cell, out, &rut))
                row->order.text[field] = order_row_copy(row, rut);
        else
                rut_problem(row, cell);
}

static void set_rfc(OrderRow *row, OrderField field, Text cell) {
        char out[TAX_ID_SIZE];
        Text rfc;

        row->order.text[field] = cell;
        if (order_tax_id_is_rfc(cell, out, &rfc))
                row->order.text[field] = order_row_copy(row, rfc);
        else
                order_cell_wrong(row, PROBLEM_RFC, cell,
                                 order_row_format(row, "%zu", text_characters(cell)));
}

/* A column that says the type by its name; false when another one said something else. */
static bool claim_type(OrderRow *row, const OrderFieldSpec *spec, const char *type) {
        Text *given = &row->order.text[FIELD_CUSTOMER_TAX_ID_TYPE];

        if (row->order.text[spec->field].size > 0 || (given->size > 0 && !text_is(*given, type))) {
                order_row_problem(row, PROBLEM_FIELD_TWICE,
                                  text_of(order_field_name(FIELD_CUSTOMER_TAX_ID_TYPE)));
                return false;
        }
        *given = text_of(type);
        return true;
}

void order_cell_rut(OrderRow *row, const OrderFieldSpec *spec, Text cell) {
        if (claim_type(row, spec, RUT_TYPE))
                set_rut(row, spec->field, cell);
}

void order_cell_rfc(OrderRow *row, const OrderFieldSpec *spec, Text cell) {
        if (claim_type(row, spec, RFC_TYPE))
                set_rfc(row, spec->field, cell);
}

void order_cell_tax_id(OrderRow *row, const OrderFieldSpec *spec, Text cell) {
        Text type = row->order.text[FIELD_CUSTOMER_TAX_ID_TYPE];

        if (text_is(type, RUT_TYPE))
                set_rut(row, spec->field, cell);
        else if (text_is(type, RFC_TYPE) ||
                 (row->rules->rfc_type && text_is(type, row->rules->rfc_type)))
                set_rfc(row, spec->field, cell);
        else
                order_cell_text(row, spec, cell);
}

/* The merchant's own: the country is not said, but the shapes of the two differ. */
void order_cell_merchant_tax_id(OrderRow *row, const OrderFieldSpec *spec, Text cell) {
        char out[TAX_ID_SIZE];
        Text id;

        row->order.text[spec->field] = cell;
        if (order_tax_id_is_rut(cell, out, &id) || order_tax_id_is_rfc(cell, out, &id))
                row->order.text[spec->field] = order_row_copy(row, id);
        else
                order_cell_wrong(row, PROBLEM_TAX_ID, cell, TEXT_NONE);
}
