/* checkoutctl show: everything that is known about one order, in all its batches. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/ctl/ctl.h"
#include "daemon/ctl/json.h"
#include "daemon/ctl/table.h"
#include "jobs/base/civil.h"
#include "jobs/report/answer.h"

typedef struct ShowRun {
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
} Shown;

static int shown_of(const ShowRun *run, const Row *row, Shown *ret_shown) {
        Shown shown = { row->status, row->hold };
        const Batch *batch;
        Hold hold;
        int r;

        *ret_shown = shown;
        if (row->status != STATUS_QUEUED)
                return 0;
        r = ledger_batch_get(run->ledger, row->batch, &batch);
        if (r <= 0)
                return r;
        hold = batch->hold != HOLD_NONE ? batch->hold : run->daemon_hold;
        if (hold != HOLD_NONE)
                *ret_shown = (Shown){ STATUS_HELD, hold };
        return 0;
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

static int row_json(ShowRun *run, const Row *row, Shown shown, const char *key) {
        Json *json = &run->json;
        int r;

        json_object(json, NULL);
        json_text(json, "order_id", row->order_id);
        json_batch(json, "batch", row->batch);
        json_integer(json, "line", row->line);
        json_string(json, "status", status_name(shown.status));
        json_text_or_null(json, "hold", text_of(hold_name(shown.hold)));
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
        json_null(json, "payment");
        json_array(json, "attempts");
        r = ledger_attempts(run->ledger, row->id, attempt_json, json);
        json_end_array(json);
        json_end_object(json);
        return r < 0 ? r : json->error;
}

/* --- for people ----------------------------------------------------------------------------- */

static int line(Buffer *out, const char *label, Text value) {
        int r;

        if (value.size == 0)
                return 0;
        r = buffer_printf(out, "  %-12s ", label);
        if (r >= 0)
                r = text_append_visible(out, value, SIZE_MAX);
        return r < 0 ? r : buffer_append_char(out, '\n');
}

static int instant_line(Buffer *out, const char *label, int64_t instant) {
        char text[CIVIL_TIME_SIZE];

        return instant == 0 ? 0 : line(out, label, text_of(civil_local_format(instant, text)));
}

static int attempt_row(void *userdata, const AttemptRecord *attempt) {
        Table *table = userdata;
        char at[CIVIL_TIME_SIZE];

        table_row(table);
        table_string(table, 0, civil_local_format(attempt->at, at));
        table_integer(table, 1, attempt->http_status);
        table_string(table, 2, verdict_name(attempt->verdict));
        table_integer(table, 3, attempt->duration / 1000);
        return 0;
}

static int attempts_text(const ShowRun *run, const Row *row) {
        static const TableColumn columns[] = { { "ATTEMPT", TABLE_LEFT },
                                               { "HTTP", TABLE_RIGHT },
                                               { "VERDICT", TABLE_LEFT },
                                               { "MS", TABLE_RIGHT } };
        CLEANUP(table_free_p) Table *table = NULL;
        int r = table_new(columns, ELEMENTS(columns), &table);

        if (r >= 0)
                r = ledger_attempts(run->ledger, row->id, attempt_row, table);
        return r < 0 ? r : table_append(table, STDOUT_FILENO, run->out);
}

static int row_text(ShowRun *run, const Row *row, Shown shown, const char *key) {
        AUTO_BUFFER money = BUFFER_EMPTY, status = BUFFER_EMPTY;
        char batch[ANSWER_BATCH_SIZE];
        Buffer *out = run->out;
        int r = run->n > 0 ? buffer_append_char(out, '\n') : 0;

        if (r >= 0)
                r = text_append_visible(out, row->order_id, SIZE_MAX);
        if (r >= 0)
                r = buffer_printf(out, "  (%s, line %" PRIu32 ")\n",
                                  answer_batch(row->batch, batch), row->line);
        if (r >= 0)
                r = buffer_printf(&status, "%s%s%s", status_name(shown.status),
                                  shown.hold != HOLD_NONE ? ": " : "", hold_name(shown.hold));
        if (r >= 0)
                r = line(out, "status", (Text){ status.data, status.size });
        if (r >= 0)
                r = money_append(&money, row->amount, row->currency);
        if (r >= 0)
                r = line(out, "amount", (Text){ money.data, money.size });
        if (r >= 0)
                r = line(out, "session", row->session);
        if (r >= 0)
                r = line(out, "link", row->url);
        if (r >= 0)
                r = instant_line(out, "expires", row->expires_at);
        if (r >= 0)
                r = instant_line(out, "next try", row->due_at);
        if (r >= 0)
                r = line(out, "code", row->code);
        if (r >= 0)
                r = line(out, "reason", row->reason);
        if (r >= 0)
                r = line(out, "key", text_of(key));
        if (r >= 0 && row->generation > 1)
                r = buffer_printf(out, "  %-12s %" PRIu32 "\n", "generation", row->generation);
        return r < 0 ? r : attempts_text(run, row);
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
                r = run->is_json ? row_json(run, row, shown, key) : row_text(run, row, shown, key);
        run->n++;
        return r < 0 ? r : 0;
}

static int show(ShowRun *run, const char *order_id) {
        int r = ledger_daemon_hold(run->ledger, &run->daemon_hold);

        if (r >= 0 && run->is_json) {
                json_object(&run->json, NULL);
                json_array(&run->json, "orders");
        }
        if (r >= 0)
                r = ledger_rows_of_order(run->ledger, text_of(order_id), on_row, run);
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
                r = ctl_open_ledger(settings, &ledger);
        if (r != EXIT_GOOD)
                return r;
        (void) civil_zone_use(settings->profiles[0].rules.timezone);
        run.ledger = ledger;
        run.is_json = ctl->json;
        return show(&run, argv[optind]);
}
