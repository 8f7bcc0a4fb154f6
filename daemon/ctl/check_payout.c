/* checkoutctl check of a payout file: read as intake will, line by line. Which of its payments are
 * ours only the ledger knows; that it can be counted, and what it comes to, is seen here. */
#include <errno.h>
#include <inttypes.h>
#include <unistd.h>

#include "daemon/ctl/check.h"
#include "daemon/ctl/wrap.h"
#include "jobs/order/order_file.h"

typedef struct PayoutWords {
        const char *what, *lines, *one_line;
        const char *kinds[PAYOUT_KIND_COUNT];
        const char *gross, *fees, *other, *net;
        const char *count, *sum;
        const char *is_good, *is_bad;
} PayoutWords;

static const PayoutWords words[LANGUAGE_COUNT] = {
        [LANGUAGE_ES] = {
                .what = "liquidación del proveedor", .lines = "líneas", .one_line = "línea",
                .kinds = { [PAYOUT_PAYMENT] = "pagos", [PAYOUT_REFUND] = "devoluciones",
                           [PAYOUT_REFUND_RETURNED] = "devoluciones fallidas" },
                .gross = "bruto", .fees = "- comisiones", .other = "- otros descuentos",
                .net = "= neto",
                .count = "LÍNEAS", .sum = "SUMA",
                .is_good = "Es una liquidación y se puede contar entera. Déjela en incoming/payouts/; "
                           "ahí se ve qué pagos son de sus filas.\n",
                .is_bad = "Es una liquidación, y hay líneas que no se pueden leer: no se contaría nada "
                          "del archivo.\n",
        },
        [LANGUAGE_EN] = {
                .what = "payout file of the provider", .lines = "lines", .one_line = "line",
                .kinds = { [PAYOUT_PAYMENT] = "payments", [PAYOUT_REFUND] = "refunds",
                           [PAYOUT_REFUND_RETURNED] = "failed refunds" },
                .gross = "gross", .fees = "- fees", .other = "- other deductions", .net = "= net",
                .count = "LINES", .sum = "SUM",
                .is_good = "It is a payout file, and can be counted whole. Drop it in "
                           "incoming/payouts/; which payments are of your rows is seen there.\n",
                .is_bad = "It is a payout file, and some lines cannot be read: nothing of it would be "
                          "counted.\n",
        },
};

static const PayoutWords *words_of(const CheckFile *file) {
        return &words[file->profile->rules.language];
}

/* --- reading -------------------------------------------------------------------------------- */

static int open_payout(CheckFile *file) {
        file->payout = calloc(1, sizeof(*file->payout));
        if (!file->payout)
                return -ENOMEM;
        return payout_file_open(&file->payouts->rules, &file->facts, ctl_read_file, &file->fd,
                                &file->payout->file);
}

void check_payout_done(CheckFile *file) {
        if (file->payout)
                (void) payout_file_free(file->payout->file);
        free(file->payout);
        file->payout = NULL;
}

/* An order file by its first row? Whatever else is wrong with it: it has what orders need, or says
 * who is to pay, which no payout file does. */
static int has_orders(CheckFile *file) {
        CLEANUP(order_file_free_p) OrderFile *orders = NULL;
        const Problem *problems;
        size_t n;
        int r = order_file_open(&file->profile->rules, &file->facts, ctl_wall_clock(),
                                ctl_read_file, &file->fd, &orders);

        if (r < 0)
                return r;
        if (order_file_has_payer(orders))
                return 1;
        problems = order_file_problems(orders, &n);
        for (size_t i = 0; i < n; i++)
                if (problems[i].code == PROBLEM_FILE_COLUMN_MISSING ||
                    problems[i].code == PROBLEM_FILE_HEADER)
                        return 0;
        return 1;
}

/* By its first row, whatever there is below it. */
static bool has_payout_header(const CheckFile *file) {
        size_t n;
        const Problem *problems = payout_file_problems(file->payout->file, &n);

        for (size_t i = 0; i < n; i++)
                if (problems[i].code != PROBLEM_FILE_NO_ROWS)
                        return false;
        return payout_file_has_fees(file->payout->file);
}

int check_payout_is(CheckFile *file) {
        bool is_one = file->profile == file->payouts;
        int r = open_payout(file);

        if (r == 0 && !is_one && has_payout_header(file)) {
                r = has_orders(file);
                is_one = r == 0;
        }
        if (r < 0 || !is_one)
                check_payout_done(file);
        return r < 0 ? r : is_one;
}

static int take_line(CheckFile *file, const PayoutLine *line) {
        CheckPayout *payout = file->payout;
        int r = 0;

        payout->lines++;
        payout->bad_lines += line->n_problems > 0;
        for (size_t i = 0; i < line->n_problems && r >= 0; i++)
                r = check_print_problem(file, &line->problems[i]);
        if (r < 0 || line->n_problems > 0)
                return r;
        payout->sums[line->currency][line->kind].count++;
        payout->sums[line->currency][line->kind].sum =
                money_add(payout->sums[line->currency][line->kind].sum, line->amount);
        payout->fee[line->currency] = money_add(payout->fee[line->currency], line->fee);
        payout->net[line->currency] = money_add(payout->net[line->currency], line->net);
        return 0;
}

int check_payout_read(CheckFile *file) {
        const PayoutLine *line;
        int r;

        while ((r = payout_file_next(file->payout->file, &line)) > 0) {
                r = take_line(file, line);
                if (r >= 0)
                        r = check_print_flush(file);
                if (r < 0)
                        break;
        }
        return r;
}

const Problem *check_payout_refusals(const CheckFile *file, size_t *ret_n) {
        return payout_file_problems(file->payout->file, ret_n);
}

/* --- showing -------------------------------------------------------------------------------- */

static BatchSum sum_of(const CheckPayout *payout, Currency currency) {
        BatchSum all = { 0, 0 };

        for (int kind = PAYOUT_PAYMENT; kind < PAYOUT_KIND_COUNT; kind++) {
                all.count += payout->sums[currency][kind].count;
                all.sum = money_add(all.sum, payout->sums[currency][kind].sum);
        }
        return all;
}

int check_payout_json(const CheckFile *file) {
        static const char *const names[PAYOUT_KIND_COUNT] = {
                [PAYOUT_PAYMENT] = "payments",
                [PAYOUT_REFUND] = "refunds",
                [PAYOUT_REFUND_RETURNED] = "returned",
        };
        const CheckPayout *payout = file->payout;
        Json *json = file->json;

        json_object(json, "payout");
        json_integer(json, "lines", payout->lines);
        json_integer(json, "bad_lines", payout->bad_lines);
        json_array(json, "totals");
        for (Currency c = 0; c < CURRENCY_COUNT; c++) {
                BatchSum all = sum_of(payout, c);

                if (all.count == 0)
                        continue;
                json_object(json, NULL);
                json_string(json, "currency", currency_name(c));
                for (int kind = PAYOUT_PAYMENT; kind < PAYOUT_KIND_COUNT; kind++) {
                        json_object(json, names[kind]);
                        json_integer(json, "count", payout->sums[c][kind].count);
                        json_integer(json, "sum", payout->sums[c][kind].sum);
                        json_end_object(json);
                }
                json_integer(json, "gross", all.sum);
                json_integer(json, "fee", payout->fee[c]);
                json_integer(json, "net", payout->net[c]);
                json_end_object(json);
        }
        json_end_array(json);
        json_end_object(json);
        return json->error;
}

static void row(Table *table, const char *label, int64_t count, int64_t sum, Currency currency) {
        AUTO_BUFFER money = BUFFER_EMPTY;

        if (money_append(&money, sum, currency) < 0)
                return;
        table_row(table);
        table_string(table, 0, label);
        if (count >= 0)
                table_integer(table, 1, count);
        table_text(table, 2, (Text){ money.data, money.size });
}

static void rows_of(Table *table, const CheckFile *file, Currency c) {
        const PayoutWords *w = words_of(file);
        const CheckPayout *payout = file->payout;
        BatchSum all = sum_of(payout, c);
        int64_t other = all.sum - payout->fee[c] - payout->net[c];

        if (all.count == 0)
                return;
        for (int kind = PAYOUT_PAYMENT; kind < PAYOUT_KIND_COUNT; kind++)
                if (payout->sums[c][kind].count > 0)
                        row(table, w->kinds[kind], payout->sums[c][kind].count,
                            payout->sums[c][kind].sum, c);
        row(table, w->gross, all.count, all.sum, c);
        row(table, w->fees, -1, payout->fee[c], c);
        if (other != 0)
                row(table, w->other, -1, other, c);
        row(table, w->net, -1, payout->net[c], c);
}

static int append_totals(const CheckFile *file) {
        const PayoutWords *w = words_of(file);
        const TableColumn columns[] = { { "", TABLE_LEFT },
                                        { w->count, TABLE_RIGHT },
                                        { w->sum, TABLE_RIGHT } };
        CLEANUP(table_free_p) Table *table = NULL;
        int r = table_new(columns, ELEMENTS(columns), &table);

        if (r < 0)
                return r;
        for (Currency c = 0; c < CURRENCY_COUNT; c++)
                rows_of(table, file, c);
        return table_append(table, STDOUT_FILENO, file->out);
}

/* What it is, what it comes to, and whether it would be counted; below its problems. */
int check_payout_append(const CheckFile *file) {
        const PayoutWords *w = words_of(file);
        const CheckPayout *payout = file->payout;
        AUTO_BUFFER head = BUFFER_EMPTY;
        int r = text_append_visible(&head, text_of(file->path), SIZE_MAX);

        if (r >= 0)
                r = buffer_printf(&head, ": %s, %s, %" PRId64 " %s\n",
                                  encoding_name(payout_file_dialect(payout->file).encoding),
                                  w->what, payout->lines,
                                  payout->lines == 1 ? w->one_line : w->lines);
        if (r >= 0)
                r = wrap_append_lines(file->out, (Text){ head.data, head.size }, STDOUT_FILENO);
        if (r >= 0 && payout->lines > payout->bad_lines)
                r = append_totals(file);
        if (r < 0 || payout->lines == 0)
                return r;
        return wrap_append_lines(file->out, text_of(payout->bad_lines > 0 ? w->is_bad : w->is_good),
                                 STDOUT_FILENO);
}
