/* checkoutctl status for people: a table of the batches, or the sums of one. */
#include "daemon/ctl/status.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "daemon/ctl/approval_lines.h"
#include "daemon/ctl/payouts.h"
#include "daemon/ctl/table.h"
#include "daemon/ctl/terminal.h"
#include "daemon/ctl/wrap.h"
#include "jobs/base/civil.h"
#include "jobs/report/answer.h"

#define WIDE 100 /* narrower terminals have no room for the time */

static const char *colour_of(const BatchFacts *batch) {
        switch (batch->state) {
        case BATCH_REFUSED:
                return "red";
        case BATCH_RUNNING:
        case BATCH_AWAITING_APPROVAL:
                return "yellow";
        case BATCH_SETTLED:
        case BATCH_CLOSED:
                return "green";
        case BATCH_RECEIVED:
        case BATCH_LOADING:
        case BATCH_STATE_COUNT:
                break;
        }
        return NULL;
}

/* `CLP 45.120.300 + MXN 35,000.00`. */
static int append_sums(const BatchFacts *batch, Buffer *out) {
        int r = 0;

        for (size_t i = 0; i < batch->n_read && r >= 0; i++) {
                if (i > 0)
                        r = buffer_append_string(out, " + ");
                if (r >= 0)
                        r = money_append(out, batch->read[i].sum, batch->read[i].currency);
        }
        return r;
}

/* `open 98, rejected 2`. */
static int append_statuses(const BatchFacts *batch, Buffer *out) {
        int r = 0;

        for (int status = 1; status < STATUS_COUNT && r >= 0; status++) {
                int64_t count = batch_facts_count(batch, (Status) status);

                if (count > 0)
                        r = buffer_printf(out, "%s%s %" PRId64, out->size > 0 ? ", " : "",
                                          status_name((Status) status), count);
        }
        return r;
}

typedef enum StatusColumn {
        COLUMN_BATCH,
        COLUMN_FILE,
        COLUMN_PROFILE,
        COLUMN_STATE,
        COLUMN_RECEIVED,
        COLUMN_ORDERS,
        COLUMN_SUM,
        COLUMN_STATUS,
        COLUMN_COUNT,
} StatusColumn;

/* the people who read files read Spanish or English; names of statuses are the same everywhere */
typedef struct Words {
        const char *heads[COLUMN_COUNT];
        const char *of_orders, *read;
        const char *none, *older, *held;
        const char *release, *release_store, *journal;
} Words;

static const Words words[LANGUAGE_COUNT] = {
        [LANGUAGE_ES] = {
                .heads = { "LOTE", "ARCHIVO", "PERFIL", "ESTADO", "RECIBIDO", "ÓRDENES", "SUMA",
                           "DETALLE" },
                .of_orders = "ESTADO", .read = "leídas",
                .none = "todavía no hay lotes\n",
                .older = "lotes anteriores",
                .held = "Todo el envío está retenido",
                .release = "Lo reanuda `checkoutctl release --all`.\n",
                .release_store = "Lo reanuda `checkoutctl release --store`, una vez revisado.\n",
                .journal = "El diario de checkoutd dice por qué.\n",
        },
        [LANGUAGE_EN] = {
                .heads = { "BATCH", "FILE", "PROFILE", "STATE", "RECEIVED", "ORDERS", "SUM",
                           "STATUS" },
                .of_orders = "STATUS", .read = "read",
                .none = "no batches yet\n",
                .older = "older batches",
                .held = "All sending is held",
                .release = "`checkoutctl release --all` lets it go on.\n",
                .release_store = "`checkoutctl release --store` lets it go on, once looked into.\n",
                .journal = "The journal of checkoutd says why.\n",
        },
};

static const Words *words_of(const StatusRun *run) {
        return &words[run->settings->profiles[0].rules.language];
}

static TableFit fit_of(StatusColumn column) {
        switch (column) {
        case COLUMN_BATCH:
        case COLUMN_PROFILE:
        case COLUMN_STATE:
        case COLUMN_RECEIVED:
        case COLUMN_COUNT:
                break;
        case COLUMN_FILE:
                return TABLE_CUT;
        case COLUMN_ORDERS:
        case COLUMN_SUM:
                return TABLE_RIGHT;
        case COLUMN_STATUS:
                return TABLE_WRAP;
        }
        return TABLE_LEFT;
}

static bool is_shown(const BatchList *list, StatusColumn column) {
        if (column == COLUMN_RECEIVED)
                return !terminal_is(STDOUT_FILENO) || terminal_width(STDOUT_FILENO) >= WIDE;
        if (column != COLUMN_PROFILE)
                return true;
        for (size_t i = 0; i < list->n; i++)
                if (*list->batches[i].profile)
                        return true;
        return false;
}

static int set_cell(Table *table, size_t at, StatusColumn column, const BatchFacts *batch) {
        AUTO_BUFFER text = BUFFER_EMPTY;
        char short_text[CIVIL_TIME_SIZE];
        int r = 0;

        static_assert(ANSWER_BATCH_SIZE <= CIVIL_TIME_SIZE, "short_text holds either");
        switch (column) {
        case COLUMN_BATCH:
                r = buffer_append_string(&text, answer_batch(batch->id, short_text));
                break;
        case COLUMN_FILE:
                r = buffer_append_string(&text, batch->file);
                break;
        case COLUMN_PROFILE:
                r = buffer_append_string(&text, *batch->profile ? batch->profile : "-");
                break;
        case COLUMN_STATE:
                r = buffer_append_string(&text, batch_facts_state(batch));
                break;
        case COLUMN_RECEIVED: /* to the minute */
                r = buffer_printf(&text, "%.16s",
                                  civil_local_format(batch->received_at, short_text));
                break;
        case COLUMN_ORDERS:
                r = buffer_append_integer(&text, batch_facts_orders(batch));
                break;
        case COLUMN_SUM:
                r = append_sums(batch, &text);
                break;
        case COLUMN_STATUS:
                r = append_statuses(batch, &text);
                break;
        case COLUMN_COUNT:
                break;
        }
        table_text(table, at, (Text){ text.data, text.size });
        if (column == COLUMN_STATE && colour_of(batch))
                table_colour(table, at, colour_of(batch));
        return r;
}

static int list_text(const Words *w, const BatchList *list, Buffer *out) {
        StatusColumn shown[COLUMN_COUNT];
        TableColumn columns[COLUMN_COUNT];
        CLEANUP(table_free_p) Table *table = NULL;
        size_t n = 0;
        int r;

        if (list->n == 0)
                return buffer_append_string(out, w->none);
        for (StatusColumn column = COLUMN_BATCH; column < COLUMN_COUNT; column++)
                if (is_shown(list, column)) {
                        columns[n] = (TableColumn){ w->heads[column], fit_of(column) };
                        shown[n++] = column;
                }
        r = table_new(columns, n, &table);
        for (size_t i = 0; i < list->n && r >= 0; i++) {
                table_row(table);
                for (size_t c = 0; c < n && r >= 0; c++)
                        r = set_cell(table, c, shown[c], &list->batches[i]);
        }
        if (r >= 0)
                r = table_append(table, STDOUT_FILENO, out);
        if (r >= 0 && list->n_older > 0)
                r = buffer_printf(out, "… %s: %zu (--all)\n", w->older, list->n_older);
        return r;
}

static int total_row(Table *table, const Total *total, const char *status) {
        AUTO_BUFFER money = BUFFER_EMPTY;
        int r = money_append(&money, total->sum, total->currency);

        if (r < 0)
                return r;
        table_row(table);
        table_string(table, 0, status);
        table_integer(table, 1, total->count);
        table_text(table, 2, (Text){ money.data, money.size });
        return 0;
}

static int totals_text(const Words *w, const BatchFacts *batch, Buffer *out) {
        const TableColumn columns[] = { { w->of_orders, TABLE_LEFT },
                                        { w->heads[COLUMN_ORDERS], TABLE_RIGHT },
                                        { w->heads[COLUMN_SUM], TABLE_RIGHT } };
        CLEANUP(table_free_p) Table *table = NULL;
        int r = table_new(columns, ELEMENTS(columns), &table);

        for (size_t i = 0; i < batch->n_read && r >= 0; i++)
                r = total_row(table, &batch->read[i], w->read);
        for (size_t i = 0; i < batch->n_totals && r >= 0; i++)
                r = total_row(table, &batch->totals[i], status_name(batch->totals[i].status));
        return r < 0 ? r : table_append(table, STDOUT_FILENO, out);
}

static int hold_text(const Words *w, Hold hold, Buffer *out) {
        AUTO_BUFFER text = BUFFER_EMPTY;
        const char *mend = hold == HOLD_OPERATOR ? w->release
                           : hold == HOLD_STORE  ? w->release_store
                                                 : w->journal;
        int r;

        if (hold == HOLD_NONE)
                return 0;
        r = buffer_printf(&text, "\n%s: %s. %s", w->held, hold_name(hold), mend);
        return r < 0 ? r : wrap_append_lines(out, (Text){ text.data, text.size }, STDOUT_FILENO);
}

int status_text(const StatusRun *run, const BatchList *list, Buffer *out) {
        const Words *w = words_of(run);
        int r = list_text(w, list, out);

        if (r >= 0 && run->batch > 0 && list->n > 0) {
                r = buffer_append_char(out, '\n');
                if (r >= 0)
                        r = totals_text(w, &list->batches[0], out);
                if (r >= 0)
                        r = approval_lines_append(out, run->settings->profiles[0].rules.language,
                                                  &list->batches[0]);
        }
        if (r >= 0 && run->batch == 0)
                r = payouts_text(run->ledger, run->settings->profiles[0].rules.language,
                                 run->all ? 0 : STATUS_SHOWN, out);
        return r < 0 ? r : hold_text(w, list->daemon_hold, out);
}
