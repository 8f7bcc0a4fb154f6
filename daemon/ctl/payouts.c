#include "daemon/ctl/payouts.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "daemon/ctl/table.h"
#include "jobs/base/civil.h"
#include "jobs/report/answer.h"
#include "sql/ledger_payment.h"
#include "sql/ledger_payout.h"

#define PAGE 256U

/* --- for machines --------------------------------------------------------------------------- */

typedef struct JsonRun {
        Ledger *ledger;
        Json *json;
        int64_t last; /* batch */
} JsonRun;

static void sum_members(Json *json, int64_t amount, int64_t fee, int64_t net) {
        json_integer(json, "amount", amount);
        json_integer(json, "fee", fee);
        json_integer(json, "net", net);
}

static int total_json(void *userdata, const PayoutTotal *total) {
        Json *json = userdata;

        json_object(json, NULL);
        json_string(json, "currency", currency_name(total->currency));
        json_string(json, "outcome", payout_outcome_name(total->outcome));
        json_integer(json, "count", total->count);
        sum_members(json, total->amount, total->fee, total->net);
        json_integer(json, "payments", total->known);
        json_integer(json, "rows", total->rows);
        json_integer(json, "rows_amount", total->row_amount);
        json_end_object(json);
        return json->error;
}

static int payout_json(void *userdata, const PayoutFacts *payout) {
        JsonRun *run = userdata;
        Json *json = run->json;
        int r;

        run->last = payout->batch;
        json_object(json, NULL);
        json_batch(json, "payout", payout->batch);
        json_string(json, "file", payout->file);
        json_string(json, "state", batch_state_name(payout->state, HOLD_NONE));
        json_instant(json, "received_at", payout->received_at);
        if (payout->replaced_by != 0)
                json_batch(json, "replaced_by", payout->replaced_by);
        else
                json_null(json, "replaced_by");
        json_array(json, "totals");
        r = ledger_payout_totals(run->ledger, payout->batch, total_json, json);
        json_end_array(json);
        json_end_object(json);
        return r < 0 ? r : json->error;
}

int payouts_json(Ledger *ledger, Json *json) {
        JsonRun run = { ledger, json, 0 };
        int64_t before = -1;
        int r = 0;

        json_array(json, "payouts");
        while (r >= 0 && run.last != before) {
                before = run.last;
                r = ledger_payouts(ledger, before, PAGE, payout_json, &run);
        }
        json_end_array(json);
        return r < 0 ? r : json->error;
}

static int settled_json(void *userdata, const SettledTotal *total) {
        Json *json = userdata;

        json_object(json, NULL);
        json_string(json, "currency", currency_name(total->currency));
        json_integer(json, "rows", total->rows);
        json_integer(json, "rows_amount", total->row_amount);
        sum_members(json, total->amount, total->fee, total->net);
        json_end_object(json);
        return json->error;
}

int payouts_settled_json(Ledger *ledger, int64_t batch, Json *json) {
        int r;

        json_array(json, "settled");
        r = ledger_settled_totals(ledger, batch, settled_json, json);
        json_end_array(json);
        return r < 0 ? r : json->error;
}

static int line_json(void *userdata, const PayoutRecord *line) {
        Json *json = ((JsonRun *) userdata)->json;

        json_object(json, NULL);
        json_batch(json, "payout", line->batch);
        json_integer(json, "line", line->line);
        json_text(json, "id", line->id);
        json_text(json, "payment", line->payment);
        json_string(json, "outcome", payout_outcome_name(line->outcome));
        sum_members(json, line->amount, line->fee, line->net);
        json_string(json, "currency", currency_name(line->currency));
        json_integer(json, "difference", line->row != 0 ? line->amount - line->known : 0);
        json_instant(json, "created_at", line->created_at);
        json_end_object(json);
        return json->error;
}

static int payment_json(void *userdata, const PaymentRecord *payment) {
        JsonRun *run = userdata;

        return ledger_payout_lines_of(run->ledger, payment->id, line_json, run);
}

int payouts_row_json(Ledger *ledger, int64_t row, Json *json) {
        JsonRun run = { ledger, json, 0 };
        int r;

        json_array(json, "settlement");
        r = ledger_payments(ledger, row, payment_json, &run);
        json_end_array(json);
        return r < 0 ? r : json->error;
}

/* --- for people ----------------------------------------------------------------------------- */

typedef enum PayoutColumn {
        COLUMN_PAYOUT,
        COLUMN_FILE,
        COLUMN_SETTLED,
        COLUMN_SUM,
        COLUMN_FEES,
        COLUMN_NET,
        COLUMN_REST,
        COLUMN_COUNT,
} PayoutColumn;

typedef struct Words {
        const char *heads[COLUMN_COUNT];
        const char *rest[PAYOUT_OUTCOME_COUNT]; /* what a person should look at */
        const char *replaced, *older;
        const char *settled, *line;
} Words;

static const Words words[LANGUAGE_COUNT] = {
        [LANGUAGE_ES] = {
                .heads = { "LIQUIDACIÓN", "ARCHIVO", "FILAS", "LIQUIDADO", "COMISIÓN", "NETO",
                           "POR REVISAR" },
                .rest = { [PAYOUT_DIFFERENT] = "con diferencia", [PAYOUT_NOT_OURS] = "no nuestras",
                          [PAYOUT_TWICE] = "repetidas" },
                .replaced = "reemplazada por", .older = "liquidaciones anteriores",
                .settled = "liquidado", .line = "línea",
        },
        [LANGUAGE_EN] = {
                .heads = { "PAYOUT", "FILE", "ROWS", "PAID OUT", "FEES", "NET", "TO LOOK AT" },
                .rest = { [PAYOUT_DIFFERENT] = "different", [PAYOUT_NOT_OURS] = "not ours",
                          [PAYOUT_TWICE] = "twice" },
                .replaced = "replaced by", .older = "older payout files",
                .settled = "paid out", .line = "line",
        },
};

/* Of the lines that are ours, by currency; and how many others. */
typedef struct Sums {
        int64_t rows;
        struct {
                int64_t lines, amount, fee, net;
        } by[CURRENCY_COUNT];
        int64_t rest[PAYOUT_OUTCOME_COUNT];
} Sums;

static int add_total(void *userdata, const PayoutTotal *total) {
        Sums *sums = userdata;

        sums->rest[total->outcome] += total->count;
        if (total->outcome == PAYOUT_NOT_OURS || total->outcome == PAYOUT_TWICE)
                return 0;
        sums->rows += total->rows;
        sums->by[total->currency].lines += total->count;
        sums->by[total->currency].amount += total->amount;
        sums->by[total->currency].fee += total->fee;
        sums->by[total->currency].net += total->net;
        return 0;
}

static int append_money(const Sums *sums, PayoutColumn column, Buffer *out) {
        int r = 0;

        for (Currency c = 0; r >= 0 && c < CURRENCY_COUNT; c++) {
                if (sums->by[c].lines == 0)
                        continue;
                if (out->size > 0)
                        r = buffer_append_string(out, " + ");
                if (r >= 0)
                        r = money_append(out,
                                         column == COLUMN_SUM    ? sums->by[c].amount
                                         : column == COLUMN_FEES ? sums->by[c].fee
                                                                 : sums->by[c].net,
                                         c);
        }
        return r;
}

static int append_rest(const Words *w, const PayoutFacts *payout, const Sums *sums, Buffer *out) {
        char batch[ANSWER_BATCH_SIZE];
        int r = 0;

        if (payout->replaced_by != 0)
                return buffer_printf(out, "%s %s", w->replaced,
                                     answer_batch(payout->replaced_by, batch));
        for (int o = PAYOUT_SETTLED; r >= 0 && o < PAYOUT_OUTCOME_COUNT; o++)
                if (w->rest[o] && sums->rest[o] > 0)
                        r = buffer_printf(out, "%s%s %" PRId64, out->size > 0 ? ", " : "",
                                          w->rest[o], sums->rest[o]);
        return r;
}

typedef struct TableRun {
        Ledger *ledger;
        const Words *words;
        Table *table;
        size_t n, skip;
        int64_t last;
} TableRun;

static int payout_row(void *userdata, const PayoutFacts *payout) {
        TableRun *run = userdata;
        AUTO_BUFFER rest = BUFFER_EMPTY;
        char batch[ANSWER_BATCH_SIZE];
        Sums sums = { 0 };
        int r;

        run->last = payout->batch;
        if (run->n++ < run->skip)
                return 0;
        r = ledger_payout_totals(run->ledger, payout->batch, add_total, &sums);
        if (r >= 0)
                r = append_rest(run->words, payout, &sums, &rest);
        table_row(run->table);
        table_string(run->table, COLUMN_PAYOUT, answer_batch(payout->batch, batch));
        table_string(run->table, COLUMN_FILE, payout->file);
        table_integer(run->table, COLUMN_SETTLED, sums.rows);
        for (PayoutColumn c = COLUMN_SUM; r >= 0 && c < COLUMN_REST; c++) {
                AUTO_BUFFER text = BUFFER_EMPTY;

                r = append_money(&sums, c, &text);
                table_text(run->table, c, (Text){ text.data, text.size });
        }
        table_text(run->table, COLUMN_REST, (Text){ rest.data, rest.size });
        return r < 0 ? r : 0;
}

static int count_payout(void *userdata, const PayoutFacts *payout) {
        TableRun *run = userdata;

        run->last = payout->batch;
        run->n++;
        return 0;
}

static int each_payout(TableRun *run, LedgerPayoutFunction function) {
        int64_t before = -1;
        int r = 0;

        run->n = 0;
        run->last = 0;
        while (r >= 0 && run->last != before) {
                before = run->last;
                r = ledger_payouts(run->ledger, before, PAGE, function, run);
        }
        return r < 0 ? r : 0;
}

int payouts_text(Ledger *ledger, Language language, size_t most, Buffer *out) {
        const Words *w = &words[language];
        const TableColumn columns[COLUMN_COUNT] = {
                { w->heads[COLUMN_PAYOUT], TABLE_LEFT },   { w->heads[COLUMN_FILE], TABLE_CUT },
                { w->heads[COLUMN_SETTLED], TABLE_RIGHT }, { w->heads[COLUMN_SUM], TABLE_RIGHT },
                { w->heads[COLUMN_FEES], TABLE_RIGHT },    { w->heads[COLUMN_NET], TABLE_RIGHT },
                { w->heads[COLUMN_REST], TABLE_WRAP },
        };
        CLEANUP(table_free_p) Table *table = NULL;
        TableRun run = { .ledger = ledger, .words = w };
        int r = each_payout(&run, count_payout);

        if (r < 0 || run.n == 0)
                return r;
        run.skip = most > 0 && run.n > most ? run.n - most : 0;
        r = table_new(columns, COLUMN_COUNT, &table);
        run.table = table;
        if (r >= 0)
                r = each_payout(&run, payout_row);
        if (r >= 0)
                r = buffer_append_char(out, '\n');
        if (r >= 0)
                r = table_append(table, STDOUT_FILENO, out);
        if (r >= 0 && run.skip > 0)
                r = buffer_printf(out, "… %s: %zu (--all)\n", w->older, run.skip);
        return r;
}

typedef struct RowRun {
        Ledger *ledger;
        Language language;
        PayoutsLine line;
        Buffer *out;
} RowRun;

static int settled_line(void *userdata, const PayoutRecord *line) {
        RowRun *run = userdata;
        const Words *w = &words[run->language];
        AUTO_BUFFER text = BUFFER_EMPTY;
        char batch[ANSWER_BATCH_SIZE];
        int r = money_append(&text, line->amount, line->currency);

        if (r >= 0)
                r = buffer_printf(&text, ", %s %s %" PRIu32 "%s%s",
                                  answer_batch(line->batch, batch), w->line, line->line,
                                  w->rest[line->outcome] ? ": " : "",
                                  w->rest[line->outcome] ? w->rest[line->outcome] : "");
        return r < 0 ? r : run->line(run->out, w->settled, (Text){ text.data, text.size });
}

static int row_payment(void *userdata, const PaymentRecord *payment) {
        RowRun *run = userdata;

        return ledger_payout_lines_of(run->ledger, payment->id, settled_line, run);
}

int payouts_row_text(Ledger *ledger, int64_t row, Language language, PayoutsLine line,
                     Buffer *out) {
        RowRun run = { ledger, language, line, out };

        return ledger_payments(ledger, row, row_payment, &run);
}
