#include "jobs/order/order_cell.h"

#include <assert.h>

#include "jobs/base/cleanup.h"
#include "jobs/order/order_amount.h"
#include "jobs/order/order_damage.h"
#include "jobs/order/order_stray.h"

#define QUANTITY_MAX       INT64_C(1000000)
#define AMOUNT_COUNTED_MAX INT64_C(100000000000) /* smallest unit */

static void set(OrderRow *row, const OrderFieldSpec *spec, Text text) {
        row->order.text[spec->field] = text;
}

static void *landing(OrderRow *row, const OrderFieldSpec *spec) {
        assert(spec->lands > 0);
        return (char *) &row->order + spec->lands;
}

static bool is_longer(Text text, size_t max) {
        return text.size > max && text_characters(text) > max;
}

static bool is_digit(char c) {
        return c >= '0' && c <= '9';
}

/* --- what is wrong --------------------------------------------------------------------------- */

bool order_cell_is_damaged(OrderRow *row, Text cell) {
        DamageText out;
        Text left;

        if (cell.size > 0 && is_digit(cell.data[0]) && order_damage_is_scientific(cell, out, &left))
                order_row_problem(row, PROBLEM_CELL_SCIENTIFIC, order_row_copy(row, left));
        else if (order_damage_has_curly_quote(cell))
                order_row_problem(row, PROBLEM_CELL_CURLY_QUOTES, TEXT_NONE);
        else
                return false;
        return true;
}

void order_cell_wrong(OrderRow *row, ProblemCode code, Text cell, Text detail) {
        if (!order_cell_is_damaged(row, cell))
                order_row_problem(row, code, detail);
}

/* --- texts ----------------------------------------------------------------------------------- */

/* A number of many digits, or one with a hyphen, that the spreadsheet took for something else. */
static void id_as_it_was(OrderRow *row, Text cell) {
        DamageText out;
        Text left;

        if (order_damage_is_scientific(cell, out, &left))
                order_row_problem(row, PROBLEM_CELL_SCIENTIFIC, order_row_copy(row, left));
        else if (order_damage_is_month(cell))
                order_row_problem(row, PROBLEM_ORDER_DATE, TEXT_NONE);
        else if (order_damage_begins_curly(cell))
                order_row_problem(row, PROBLEM_CELL_CURLY_QUOTES, TEXT_NONE);
        else if (order_stray_is_label(cell))
                order_row_problem(row, PROBLEM_ROW_TOTAL, TEXT_NONE);
}

void order_cell_id(OrderRow *row, const OrderFieldSpec *spec, Text cell) {
        set(row, spec, cell);
        if (is_longer(cell, spec->max))
                order_row_problem(row, PROBLEM_ORDER_LENGTH,
                                  order_row_format(row, "%zu", spec->max));
        else
                id_as_it_was(row, cell);
}

void order_cell_text(OrderRow *row, const OrderFieldSpec *spec, Text cell) {
        set(row, spec, cell);
        if (is_longer(cell, spec->max))
                order_row_problem(row, PROBLEM_CELL_LENGTH,
                                  order_row_format(row, "%zu", spec->max));
}

void order_cell_entry(OrderRow *row, const OrderFieldSpec *spec, Text cell) {
        order_row_add_entry(row, spec, row->header->columns[row->column].key, cell);
        if (is_digit(cell.data[0]) && memchr(cell.data, 'E', cell.size) &&
            order_cell_is_damaged(row, cell))
                return;
        if (is_longer(cell, spec->max))
                order_row_problem(row, PROBLEM_CELL_LENGTH,
                                  order_row_format(row, "%zu", spec->max));
}

void order_cell_flow(OrderRow *row, const OrderFieldSpec *spec, Text cell) {
        set(row, spec, cell);
        if (!text_equal(cell, TEXT("payment")))
                order_row_problem(row, PROBLEM_FLOW, TEXT_NONE);
}

void order_cell_action(OrderRow *row, const OrderFieldSpec *spec, Text cell) {
        static const char *const actions[] = {
                [ORDER_CREATE] = "create",
                [ORDER_CANCEL] = "cancel",
                [ORDER_REISSUE] = "reissue",
        };

        for (OrderAction action = ORDER_CREATE; action <= ORDER_REISSUE; action++)
                if (text_equal_ignoring_case(cell, text_of(actions[action]))) {
                        set(row, spec, text_of(actions[action]));
                        row->order.action = action;
                        return;
                }
        set(row, spec, cell);
        order_row_problem(row, PROBLEM_ACTION, TEXT_NONE);
}

static void category_problem(OrderRow *row, Text cell) {
        bool zeros =
                cell.size >= 3 && cell.size < 6; /* those of the provider begin with one or two */

        for (size_t i = 0; i < cell.size && zeros; i++)
                zeros = is_digit(cell.data[i]);
        if (zeros)
                order_row_problem(row, PROBLEM_CATEGORY_ZEROS,
                                  order_row_format(row, "%.*s%.*s", 6 - (int) cell.size, "000",
                                                   TEXT_ARG(cell)));
        else
                order_cell_wrong(row, PROBLEM_CATEGORY, cell, TEXT_NONE);
}

void order_cell_category(OrderRow *row, const OrderFieldSpec *spec, Text cell) {
        bool digits = cell.size == 6;

        set(row, spec, cell);
        for (size_t i = 0; i < cell.size && digits; i++)
                digits = is_digit(cell.data[i]);
        if (!digits)
                category_problem(row, cell);
}

/* --- money ----------------------------------------------------------------------------------- */

void order_cell_currency(OrderRow *row, const OrderFieldSpec *spec, Text cell) {
        Currency *currency = landing(row, spec);

        set(row, spec, cell);
        if (!currency_parse(cell, currency)) {
                *currency = CURRENCY_XXX;
                order_cell_wrong(row, PROBLEM_CURRENCY, cell, TEXT_NONE);
        }
}

/* `1289 / 1.289; aquí se escribe 1,234.56`, by the settings. */
static Text with_example(OrderRow *row, Text readings) {
        static const char *const here[LANGUAGE_COUNT] = { "aquí se escribe", "here it is" };
        const OrderRules *rules = row->rules;
        unsigned decimals = currency_decimals(row->order.currency);
        char thousands[] = { rules->thousands_mark, '\0' };
        char decimal[] = { decimals > 0 ? rules->decimal_mark : '\0', '\0' };

        return order_row_format(row, "%.*s; %s 1%s234%s%s", TEXT_ARG(readings),
                                here[rules->language], thousands, decimal, *decimal ? "56" : "");
}

/* Reports what is wrong with an amount, with what helps to understand it. */
static void amount_problem(OrderRow *row, ProblemCode code, Text cell) {
        Currency currency = row->order.currency;
        char readings[AMOUNT_READINGS_SIZE];

        if (code != PROBLEM_AMOUNT_RANGE && order_cell_is_damaged(row, cell))
                return;
        if (code == PROBLEM_AMOUNT_NOTATION)
                order_row_problem(row, code,
                                  order_row_copy(row, order_amount_readings(cell, readings)));
        else if (code == PROBLEM_AMOUNT_MARKS)
                order_row_problem(row, code,
                                  with_example(row, order_amount_readings(cell, readings)));
        else if (code == PROBLEM_AMOUNT_DECIMALS)
                order_row_problem(row, code, text_of(currency_name(currency)));
        else if (code == PROBLEM_AMOUNT_RANGE)
                order_row_problem(row, code,
                                  order_row_money(row, row->rules->max_amount[currency], currency));
        else
                order_row_problem(row, code, TEXT_NONE);
}

static bool read_amount(OrderRow *row, Text cell, int64_t *ret_amount) {
        Currency currency = row->order.currency;
        int64_t amount = 0;
        ProblemCode code = order_amount_read(cell, currency, row->rules, &amount);

        /* Without a currency there is no range, and nothing that could be added up; but zero is
         * wrong in every currency. */
        if (code == PROBLEM_NONE && currency == CURRENCY_XXX) {
                if (amount <= 0)
                        order_row_problem(row, PROBLEM_AMOUNT_RANGE, TEXT_NONE);
                return false;
        }
        if (code == PROBLEM_NONE && (amount <= 0 || amount > row->rules->max_amount[currency]))
                code = PROBLEM_AMOUNT_RANGE;
        if (code == PROBLEM_NONE)
                *ret_amount = amount;
        else
                amount_problem(row, code, cell);
        return code == PROBLEM_NONE;
}

/* An amount out of range can be read all the same, and counts in what was read; up to a limit that
 * keeps every sum of a file an integer. */
void order_cell_amount(OrderRow *row, const OrderFieldSpec *spec, Text cell) {
        int64_t *amount = landing(row, spec), beyond = 0;

        set(row, spec, cell);
        if (!read_amount(row, cell, amount) && row->order.currency != CURRENCY_XXX &&
            order_amount_read(cell, row->order.currency, row->rules, &beyond) == PROBLEM_NONE &&
            beyond > 0 && beyond <= AMOUNT_COUNTED_MAX)
                *amount = beyond;
}

void order_cell_unit_amount(OrderRow *row, const OrderFieldSpec *spec, Text cell) {
        set(row, spec, cell);
        (void) read_amount(row, cell, &row->item.unit_amount);
}

void order_cell_quantity(OrderRow *row, const OrderFieldSpec *spec, Text cell) {
        int64_t quantity = 0;

        set(row, spec, cell);
        for (size_t i = 0; i < cell.size && quantity >= 0; i++)
                quantity = is_digit(cell.data[i]) && quantity <= QUANTITY_MAX
                                   ? quantity * 10 + (cell.data[i] - '0')
                                   : -1;
        if (quantity < 1 || quantity > QUANTITY_MAX)
                order_cell_wrong(row, PROBLEM_ITEMS_QUANTITY, cell, TEXT_NONE);
        else
                row->item.quantity = quantity;
}

/* --- addresses ------------------------------------------------------------------------------- */

static bool is_letter_or_digit(char c) {
        return (c >= 'a' && c <= 'z') || is_digit(c) || (c >= 'A' && c <= 'Z');
}

/* Characters of the part before the @ that need no quotes (RFC 5321 "atext"). */
static bool is_local(char c) {
        return is_letter_or_digit(c) || (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c));
}

/* Labels of letters, digits and inner hyphens; at least `min` of them. */
static bool is_host(Text host, size_t min) {
        size_t labels = 0, size = 0;

        if (host.size == 0 || host.size > 253)
                return false;
        for (size_t i = 0; i <= host.size; i++) {
                char c = i < host.size ? host.data[i] : '.';

                if (c == '.') {
                        if (size == 0 || size > 63 || host.data[i - 1] == '-')
                                return false;
                        labels++;
                        size = 0;
                } else if (is_letter_or_digit(c) || (c == '-' && size > 0)) {
                        size++;
                } else {
                        return false;
                }
        }
        return labels >= min;
}

bool order_cell_is_email(Text text) {
        const char *at = memchr(text.data, '@', text.size);
        size_t local;
        bool dot = true; /* no dot at the ends, nor two together */

        if (!at || text.size > 254)
                return false;
        local = (size_t) (at - text.data);
        if (local == 0 || local > 64)
                return false;
        for (size_t i = 0; i < local; i++) {
                if (text.data[i] == '.' ? dot : !is_local(text.data[i]))
                        return false;
                dot = text.data[i] == '.';
        }
        return !dot && is_host((Text){ at + 1, text.size - local - 1 }, 2);
}

void order_cell_email(OrderRow *row, const OrderFieldSpec *spec, Text cell) {
        set(row, spec, cell);
        if (!order_cell_is_email(cell))
                order_cell_wrong(row, PROBLEM_EMAIL, cell, TEXT_NONE);
}

/* What RFC 3986 forbids, as the provider would; two addresses a row make this a hot place. */
static bool may_be_in_url(char c) {
        return c > ' ' && c <= '~' && c != '"' && c != '<' && c != '>' && c != '\\' && c != '^' &&
               c != '`';
}

bool order_cell_is_url(Text text) {
        static const char scheme[] = "https://";
        const size_t begin = sizeof(scheme) - 1;
        size_t end = begin, host;

        if (text.size <= begin ||
            !text_equal_ignoring_case((Text){ text.data, begin }, TEXT("https://")))
                return false;
        for (size_t i = 0; i < text.size; i++)
                if (!may_be_in_url(text.data[i]))
                        return false;
        while (end < text.size && text.data[end] != '/' && text.data[end] != '?' &&
               text.data[end] != '#')
                end++;
        for (host = begin; host < end && text.data[host] != ':';)
                host++;
        if (host < end && end - host > 6) /* a port has five digits at most */
                return false;
        for (size_t i = host + 1; i < end; i++)
                if (!is_digit(text.data[i]))
                        return false;
        return is_host((Text){ text.data + begin, host - begin }, 1);
}

void order_cell_url(OrderRow *row, const OrderFieldSpec *spec, Text cell) {
        set(row, spec, cell);
        if (is_longer(cell, spec->max))
                order_row_problem(row, PROBLEM_CELL_LENGTH,
                                  order_row_format(row, "%zu", spec->max));
        else if (!order_cell_is_url(cell))
                order_cell_wrong(row, PROBLEM_URL, cell, TEXT_NONE);
}

/* --- payment methods ------------------------------------------------------------------------- */

static const char *const payment_methods[] = { "bank_transfer", "card" };

/* Takes the next word off a list; separators of a JSON array count as blanks. */
static Text take_word(Text *list, const char *separators) {
        Text word;
        size_t n = 0;

        while (list->size > 0 && strchr(separators, list->data[0]))
                *list = (Text){ list->data + 1, list->size - 1 };
        while (n < list->size && !strchr(separators, list->data[n]))
                n++;
        word = (Text){ list->data, n };
        *list = (Text){ list->data + n, list->size - n };
        return word;
}

/* Normalised to names with one blank between them, each once. */
void order_cell_methods(OrderRow *row, const OrderFieldSpec *spec, Text cell) {
        bool array = cell.data[0] == '[' && cell.data[cell.size - 1] == ']';
        const char *separators = array ? " \",[]" : " |";
        bool seen[ELEMENTS(payment_methods)] = { false };
        Text found = TEXT_NONE, rest = cell, word;

        while ((word = take_word(&rest, separators)).size > 0) {
                size_t i = 0;

                while (i < ELEMENTS(payment_methods) && !text_is(word, payment_methods[i]))
                        i++;
                if (i == ELEMENTS(payment_methods)) {
                        order_cell_wrong(row, PROBLEM_METHOD, cell, TEXT_NONE);
                        return;
                }
                if (!seen[i])
                        found = found.size > 0 ? order_row_format(row, "%.*s %s", TEXT_ARG(found),
                                                                  payment_methods[i])
                                               : text_of(payment_methods[i]);
                seen[i] = true;
        }
        set(row, spec, found);
        if (found.size == 0)
                order_cell_wrong(row, PROBLEM_METHOD, cell, TEXT_NONE);
}
