/* checkoutctl show: everything that is known about one order, in all its batches. */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/ctl/approval_lines.h"
#include "daemon/ctl/ctl.h"
#include "daemon/ctl/json.h"
#include "daemon/ctl/payouts.h"
#include "daemon/ctl/show.h"
#include "daemon/ctl/table.h"
#include "daemon/ctl/terminal.h"
#include "daemon/ctl/wrap.h"
#include "jobs/base/civil.h"
#include "jobs/report/answer.h"

typedef struct ShowRun {
        const Settings *settings;
        Ledger *ledger;
        Json json; /* for machines */
        bool is_json;
        Buffer *out;
        Hold daemon_hold;
        size_t n;
} ShowRun;

/* What the status is called outside: a queued row of a held batch waits like a held one. */
typedef struct Shown {
        Status status;
        Hold hold;
        Language language; /* of its profile */
        Approval approval; /* of its batch; .at 0: none */
} Shown;

static int shown_of(const ShowRun *run, const Row *row, Shown *ret_shown) {
        const Profile *profile = &run->settings->profiles[0];
        const Batch *batch;
        Hold hold = HOLD_NONE;
        int r = ledger_batch_get(run->ledger, row->batch, &batch);

        if (r < 0)
                return r;
        if (r > 0) {
                hold = batch->hold != HOLD_NONE ? batch->hold : run->daemon_hold;
                profile = settings_profile_or_default(run->settings, batch->profile);
        }
        *ret_shown = (Shown){ .status = row->status,
                              .hold = row->hold,
                              .language = profile->rules.language };
        if (row->status == STATUS_QUEUED && hold != HOLD_NONE) {
                ret_shown->status = STATUS_HELD;
                ret_shown->hold = hold;
        }
        r = ledger_approval_get(run->ledger, row->batch, &ret_shown->approval);
        return r < 0 ? r : 0;
}

/* --- for machines --------------------------------------------------------------------------- */

static int attempt_json(void *userdata, const AttemptRecord *attempt) {
        Json *json = userdata;

        json_object(json, NULL);
        json_instant(json, "at", attempt->at);
        json_integer(json, "http_status", attempt->http_status);
        json_string(json, "verdict", verdict_name(attempt->verdict));
        json_integer(json, "duration_ms", attempt->duration / 1000);
        json_integer(json, "generation", attempt->generation);
        json_end_object(json);
        return json->error;
}

static int row_json(ShowRun *run, const Row *row, const Shown *shown, const char *key) {
        Json *json = &run->json;
        int r;

        json_object(json, NULL);
        json_text(json, "order_id", row->order_id);
        json_batch(json, "batch", row->batch);
        json_integer(json, "line", row->line);
        json_string(json, "status", status_name(shown->status));
        json_text_or_null(json, "hold", text_of(hold_name(shown->hold)));
        json_integer(json, "amount", row->amount);
        json_string(json, "currency", currency_name(row->currency));
        json_text_or_null(json, "session_id", row->session);
        json_text_or_null(json, "url", row->url);
        json_instant(json, "expires_at", row->expires_at);
        json_string(json, "idempotency_key", key);
        json_integer(json, "generation", row->generation);
        json_text_or_null(json, "code", row->code);
        json_text_or_null(json, "reason", row->reason);
        json_instant(json, "due_at", row->due_at);
        approval_lines_json(json, "approval", &shown->approval);
        r = show_payment_json(run->ledger, row, json);
        if (r >= 0)
                r = payouts_row_json(run->ledger, row->id, json);
        json_array(json, "attempts");
        if (r >= 0)
                r = ledger_attempts(run->ledger, row->id, attempt_json, json);
        json_end_array(json);
        json_end_object(json);
        return r < 0 ? r : json->error;
}

/* --- for people ----------------------------------------------------------------------------- */

#define LABEL 15 /* cells of the labels, with the blanks around them */

/* the people who read files read Spanish or English; names of statuses are the same everywhere */
typedef struct Words {
        const char *line, *status, *approved, *amount, *session, *link, *expires, *next_try, *code,
                *reason;
        const char *key, *generation;
        const char *attempt, *verdict;
} Words;

static const Words words[LANGUAGE_COUNT] = {
        [LANGUAGE_ES] = {
                .line = "línea", .status = "estado", .approved = "aprobado", .amount = "monto", .session = "sesión",
                .link = "enlace", .expires = "vence", .next_try = "reintento",
                .code = "código", .reason = "motivo", .key = "clave", .generation = "generación",
                .attempt = "INTENTO", .verdict = "VEREDICTO",
        },
        [LANGUAGE_EN] = {
                .line = "line", .status = "status", .approved = "approved", .amount = "amount", .session = "session",
                .link = "link", .expires = "expires", .next_try = "next try",
                .code = "code", .reason = "reason", .key = "key", .generation = "generation",
                .attempt = "ATTEMPT", .verdict = "VERDICT",
        },
};

int show_line(Buffer *out, const char *label, Text value) {
        size_t width = terminal_is(STDOUT_FILENO) ? terminal_width(STDOUT_FILENO) : SIZE_MAX;
        size_t cells = wrap_cells(text_of(label));
        AUTO_BUFFER visible = BUFFER_EMPTY;
        int r;

        assert(cells + 3 <= LABEL);
        if (value.size == 0)
                return 0;
        r = text_append_visible(&visible, value, SIZE_MAX);
        if (r >= 0)
                r = buffer_printf(out, "  %s%*s", label, (int) (LABEL - 2 - cells), "");
        if (r >= 0)
                r = wrap_append(out, (Text){ visible.data, visible.size }, width, LABEL, LABEL);
        return r < 0 ? r : buffer_append_char(out, '\n');
}

static int instant_line(Buffer *out, const char *label, int64_t instant) {
        char text[CIVIL_TIME_SIZE];

        return instant == 0 ? 0 : show_line(out, label, text_of(civil_local_format(instant, text)));
}

static int attempt_row(void *userdata, const AttemptRecord *attempt) {
        Table *table = userdata;
        char at[CIVIL_TIME_SIZE];

        table_row(table);
        table_string(table, 0, civil_local_format(attempt->at, at));
        if (attempt->http_status > 0)
                table_integer(table, 1, attempt->http_status);
        else
                table_string(table, 1, "-");
        table_string(table, 2, verdict_name(attempt->verdict));
        table_integer(table, 3, attempt->duration / 1000);
        return 0;
}

static int attempts_text(const ShowRun *run, const Words *w, const Row *row) {
        const TableColumn columns[] = { { w->attempt, TABLE_LEFT },
                                        { "HTTP", TABLE_RIGHT },
                                        { w->verdict, TABLE_LEFT },
                                        { "MS", TABLE_RIGHT } };
        CLEANUP(table_free_p) Table *table = NULL;
        int r = table_new(columns, ELEMENTS(columns), &table);

        if (r >= 0)
                r = ledger_attempts(run->ledger, row->id, attempt_row, table);
        if (r >= 0 && table_n_rows(table) > 0)
                r = buffer_append_char(run->out, '\n');
        return r < 0 ? r : table_append(table, STDOUT_FILENO, run->out);
}

static int row_head(const ShowRun *run, const Words *w, const Row *row) {
        char batch[ANSWER_BATCH_SIZE];
        int r = run->n > 0 ? buffer_append_char(run->out, '\n') : 0;

        if (r >= 0)
                r = text_append_visible(run->out, row->order_id, SIZE_MAX);
        return r < 0 ? r
                     : buffer_printf(run->out, "  (%s, %s %" PRIu32 ")\n",
                                     answer_batch(row->batch, batch), w->line, row->line);
}

static int approval_line(Buffer *out, const char *label, const Approval *approval) {
        AUTO_BUFFER who = BUFFER_EMPTY;
        int r = approval->at == 0 ? 0 : approval_lines_who(&who, approval);

        return r < 0 ? r : show_line(out, label, (Text){ who.data, who.size });
}

static int row_text(const ShowRun *run, const Row *row, const Shown *shown, const char *key) {
        AUTO_BUFFER money = BUFFER_EMPTY, status = BUFFER_EMPTY, generation = BUFFER_EMPTY;
        const Words *w = &words[shown->language];
        Buffer *out = run->out;
        int r = row_head(run, w, row);

        if (r >= 0)
                r = buffer_printf(&status, "%s%s%s", status_name(shown->status),
                                  shown->hold != HOLD_NONE ? ": " : "", hold_name(shown->hold));
        if (r >= 0)
                r = show_line(out, w->status, (Text){ status.data, status.size });
        if (r >= 0)
                r = approval_line(out, w->approved, &shown->approval);
        if (r >= 0)
                r = money_append(&money, row->amount, row->currency);
        if (r >= 0)
                r = show_line(out, w->amount, (Text){ money.data, money.size });
        if (r >= 0)
                r = show_line(out, w->session, row->session);
        if (r >= 0)
                r = show_line(out, w->link, row->url);
        if (r >= 0)
                r = instant_line(out, w->expires, row->expires_at);
        if (r >= 0)
                r = instant_line(out, w->next_try, row->due_at);
        if (r >= 0)
                r = payouts_row_text(run->ledger, row->id, shown->language, show_line, out);
        if (r >= 0)
                r = show_line(out, w->code, row->code);
        if (r >= 0)
                r = show_line(out, w->reason, row->reason);
        if (r >= 0)
                r = show_line(out, w->key, text_of(key));
        if (r >= 0 && row->generation > 1)
                r = buffer_append_integer(&generation, row->generation);
        if (r >= 0)
                r = show_line(out, w->generation, (Text){ generation.data, generation.size });
        if (r >= 0)
                r = show_payment_text(run->ledger, row, shown->language, out);
        return r < 0 ? r : attempts_text(run, w, row);
}

/* --- the command ---------------------------------------------------------------------------- */

static int on_row(void *userdata, const Row *row) {
        ShowRun *run = userdata;
        const Frozen *frozen;
        AUTO_FREE char *key = NULL;
        Shown shown;
        int r = shown_of(run, row, &shown);

        if (r < 0)
                return r;
        r = ledger_frozen(run->ledger, row->id, row->generation, &frozen);
        if (r > 0 && !(key = strdup(frozen->key)))
                r = -ENOMEM;
        if (r >= 0)
                r = run->is_json ? row_json(run, row, &shown, key)
                                 : row_text(run, row, &shown, key);
        run->n++;
        return r < 0 ? r : 0;
}

/* All of it as it was at one moment. */
static int read_order(ShowRun *run, const char *order_id) {
        int r = ledger_begin(run->ledger);

        if (r < 0)
                return r;
        r = ledger_daemon_hold(run->ledger, &run->daemon_hold);
        if (r >= 0)
                r = ledger_rows_of_order(run->ledger, text_of(order_id), on_row, run);
        if (r >= 0)
                r = ledger_commit(run->ledger);
        if (r < 0)
                ledger_rollback(run->ledger);
        return r;
}

static int show(ShowRun *run, const char *order_id) {
        int r;

        if (run->is_json) {
                json_object(&run->json, NULL);
                json_array(&run->json, "orders");
        }
        r = read_order(run, order_id);
        if (r < 0)
                return ctl_ledger_failed(run->ledger, r);
        if (run->is_json) {
                json_end_array(&run->json);
                json_end_object(&run->json);
                if (run->json.error < 0 || buffer_append_char(run->out, '\n') < 0)
                        return ctl_failed("show", run->json.error);
        }
        r = ctl_print(run->out);
        if (r == EXIT_GOOD && run->n == 0) {
                ctl_complain("there is no order %s", order_id);
                r = EXIT_SOME;
        }
        return r;
}

int ctl_show(Ctl *ctl, int argc, char **argv) {
        static const struct option options[] = { CTL_OPTIONS, { NULL, 0, NULL, 0 } };
        CLEANUP(settings_free_p) Settings *settings = NULL;
        CLEANUP(ledger_free_p) Ledger *ledger = NULL;
        AUTO_BUFFER out = BUFFER_EMPTY;
        ShowRun run = { .out = &out, .json = JSON_INTO(&out) };
        int r = EXIT_GOOD;

        if (ctl_option(ctl, argc, argv, options, &r) == '?')
                return r;
        if (argc - optind != 1)
                return ctl_usage(argv[0], "name one order");
        r = ctl_load_settings(ctl, &settings);
        if (r == EXIT_GOOD)
                r = ctl_open_ledger(settings, LEDGER_READ, &ledger);
        if (r != EXIT_GOOD)
                return r;
        (void) civil_zone_use(settings->profiles[0].rules.timezone);
        run.settings = settings;
        run.ledger = ledger;
        run.is_json = ctl->json;
        return show(&run, argv[optind]);
}
