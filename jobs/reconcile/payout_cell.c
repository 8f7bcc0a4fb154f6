#include "jobs/reconcile/payout_cell.h"

#include "jobs/base/civil.h"

#define ID_MAX     128
#define DIGITS_MAX 12 /* a million such amounts still fit into a sum */
#define CENTS      100

#define TIME_EXAMPLE TEXT("2026-12-31, 2026-12-31T15:00:00Z") /* as the provider writes it */

/* `aliases`: separated by blanks; compared as headers are (case, accents, blanks and `_` away) */
static const struct {
        const char *name;
        const char *aliases;
} payout_columns[PAYOUT_COLUMN_COUNT] = {
        [PAYOUT_COLUMN_ID] = { "id", "payment_intent_id payment_id id_pago id_de_pago" },
        [PAYOUT_COLUMN_CREATED_AT] = { "created_at", "transaction_date date fecha" },
        [PAYOUT_COLUMN_AMOUNT] = { "amount", "gross gross_amount monto monto_bruto bruto" },
        [PAYOUT_COLUMN_FEE] = { "fee", "fees comision comisiones" },
        [PAYOUT_COLUMN_NET] = { "net", "net_amount neto monto_neto" },
        [PAYOUT_COLUMN_CURRENCY] = { "currency", "moneda" },
        [PAYOUT_COLUMN_TYPE] = { "resource_type", "type tipo" },
        [PAYOUT_COLUMN_RESOURCE] = { "resource_id", "payment_intent payment" },
};

const char *payout_column_name(size_t i) {
        return i < PAYOUT_COLUMN_COUNT ? payout_columns[i].name : NULL;
}

PayoutColumn payout_column_of_name(Text name) {
        for (PayoutColumn c = 0; c < PAYOUT_COLUMN_COUNT; c++)
                if (text_is(name, payout_columns[c].name))
                        return c;
        return PAYOUT_COLUMN_COUNT;
}

static bool is_among(const char *aliases, Text folded) {
        while (*aliases) {
                char word[64];
                size_t n = strcspn(aliases, " ");

                if (text_equal(folded, text_fold_header((Text){ aliases, n }, word, sizeof(word))))
                        return true;
                aliases += n;
                aliases += *aliases == ' ';
        }
        return false;
}

PayoutColumn payout_column_of_alias(Text header) {
        char folded[256];
        Text name = text_fold_header(text_trim(header), folded, sizeof(folded));

        for (PayoutColumn c = 0; name.size > 0 && c < PAYOUT_COLUMN_COUNT; c++)
                if (is_among(payout_columns[c].aliases, name))
                        return c;
        return PAYOUT_COLUMN_COUNT;
}

/* --- cells ----------------------------------------------------------------------------------- */

void payout_row_begin(PayoutRow *row, uint32_t line) {
        row->line = (PayoutLine){ .line = line, .kind = PAYOUT_PAYMENT };
}

void payout_row_problem(PayoutRow *row, Problem problem) {
        if (row->line.n_problems < PAYOUT_ROW_PROBLEMS_MAX)
                row->problems[row->line.n_problems++] = problem;
}

const PayoutLine *payout_row_end(PayoutRow *row) {
        row->line.problems = row->problems;
        return &row->line;
}

static void cell_problem(PayoutRow *row, PayoutColumn column, ProblemCode code, Text detail) {
        payout_row_problem(row, (Problem){ .code = code,
                                           .line = row->line.line,
                                           .column = row->columns[column],
                                           .column_name = row->names[column],
                                           .value = row->cells[column],
                                           .detail = detail });
}

/* Digits with a sign before them, and nothing else: `1.234` may be two things. */
static bool read_integer(Text text, int64_t *ret_number) {
        bool negative = text.size > 0 && text.data[0] == '-';
        int64_t number = 0;
        size_t i = negative || (text.size > 0 && text.data[0] == '+');

        if (text.size - i == 0 || text.size - i > DIGITS_MAX)
                return false;
        for (; i < text.size; i++) {
                if (text.data[i] < '0' || text.data[i] > '9')
                        return false;
                number = 10 * number + (text.data[i] - '0');
        }
        *ret_number = negative ? -number : number;
        return true;
}

/* Hundredths of a currency that has none are pesos only if the rest is zero. */
static bool from_cents(int64_t *number, Currency currency) {
        if (currency_decimals(currency) > 0)
                return true;
        if (*number % CENTS != 0)
                return false;
        *number /= CENTS;
        return true;
}

static void read_money(PayoutRow *row, PayoutColumn column, const OrderRules *rules,
                       int64_t *ret_amount) {
        if (!read_integer(row->cells[column], ret_amount) ||
            (rules->cents && !from_cents(ret_amount, row->line.currency)))
                cell_problem(row, column, PROBLEM_PAYOUT_AMOUNT, (Text){ 0 });
}

static void read_id(PayoutRow *row) {
        Text id = row->cells[PAYOUT_COLUMN_ID], resource = row->cells[PAYOUT_COLUMN_RESOURCE];

        row->line.id = id;
        row->line.resource = resource;
        if (id.size == 0 || id.size > ID_MAX || !text_is_utf8(id, NULL) || text_has_control(id))
                cell_problem(row, PAYOUT_COLUMN_ID, PROBLEM_PAYOUT_ID, (Text){ 0 });
        if (resource.size > ID_MAX || !text_is_utf8(resource, NULL) || text_has_control(resource))
                cell_problem(row, PAYOUT_COLUMN_RESOURCE, PROBLEM_PAYOUT_ID, (Text){ 0 });
}

static void read_currency(PayoutRow *row, const OrderRules *rules) {
        Text cell = row->cells[PAYOUT_COLUMN_CURRENCY];

        row->line.currency = rules->currency;
        for (Currency c = CURRENCY_XXX + 1; c < CURRENCY_COUNT; c++)
                if (text_equal_ignoring_case(cell, text_of(currency_name(c)))) {
                        row->line.currency = c;
                        return;
                }
        if (cell.size > 0)
                cell_problem(row, PAYOUT_COLUMN_CURRENCY, PROBLEM_CURRENCY, (Text){ 0 });
        else if (rules->cents && rules->currency == CURRENCY_XXX) /* a hundredth of what? */
                cell_problem(row, PAYOUT_COLUMN_CURRENCY, PROBLEM_CURRENCY_MISSING, (Text){ 0 });
}

static void read_time(PayoutRow *row) {
        Text cell = row->cells[PAYOUT_COLUMN_CREATED_AT];
        CivilDate date;

        if (cell.size == 0 || civil_time_parse(cell, &row->line.created_at))
                return;
        if ((cell.size <= 10 || cell.data[10] == ' ' || cell.data[10] == 'T') &&
            civil_date_parse((Text){ cell.data, cell.size < 10 ? cell.size : 10 }, &date))
                row->line.created_at = civil_date_end(date); /* of the day, as far as we know */
        else
                cell_problem(row, PAYOUT_COLUMN_CREATED_AT, PROBLEM_DATE, TIME_EXAMPLE);
}

/* "refund", "refund_adjustment": by the type where there is one, else by the sign. */
static void find_kind(PayoutRow *row) {
        Text type = row->cells[PAYOUT_COLUMN_TYPE];
        bool refund =
                type.size >= 6 && text_equal_ignoring_case((Text){ type.data, 6 }, TEXT("refund"));

        if (row->line.amount < 0)
                row->line.kind = PAYOUT_REFUND;
        else if (refund)
                row->line.kind = PAYOUT_REFUND_RETURNED;
}

void payout_row_read(PayoutRow *row, const OrderRules *rules) {
        read_id(row);
        read_currency(row, rules);
        read_money(row, PAYOUT_COLUMN_AMOUNT, rules, &row->line.amount);
        if (row->cells[PAYOUT_COLUMN_FEE].size > 0)
                read_money(row, PAYOUT_COLUMN_FEE, rules, &row->line.fee);
        row->line.net = row->line.amount - row->line.fee;
        if (row->cells[PAYOUT_COLUMN_NET].size > 0)
                read_money(row, PAYOUT_COLUMN_NET, rules, &row->line.net);
        read_time(row);
        find_kind(row);
}
