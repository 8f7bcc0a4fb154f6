/* checkoutctl status: what became of the batches, from the store's counters. */
#include <string.h>
#include <unistd.h>

#include "daemon/ctl/approval_lines.h"
#include "daemon/ctl/interrupt.h"
#include "daemon/ctl/json.h"
#include "daemon/ctl/payouts.h"
#include "daemon/ctl/status.h"
#include "daemon/ctl/terminal.h"
#include "jobs/base/civil.h"
#include "jobs/report/answer.h"

#define LOOK_EVERY 1000 /* milliseconds */

static int child_json(void *userdata, int64_t child) {
        json_batch(userdata, NULL, child);
        return 0;
}

static int batch_json(Ledger *ledger, Json *json, const BatchFacts *batch) {
        int r;

        json_object(json, NULL);
        json_batch(json, "batch", batch->id);
        json_string(json, "file", batch->file);
        json_string(json, "profile", batch->profile);
        json_string(json, "run", batch->run);
        json_string(json, "mode", batch->live ? "live" : "test");
        json_string(json, "state", batch_facts_state(batch));
        json_text_or_null(json, "hold", text_of(hold_name(batch->hold)));
        if (batch->parent > 0)
                json_batch(json, "parent", batch->parent);
        else
                json_null(json, "parent");
        json_array(json, "children");
        r = batch->has_children ? ledger_batch_children(ledger, batch->id, child_json, json) : 0;
        json_end_array(json);
        if (r < 0)
                return r;
        json_integer(json, "maker_uid", batch->maker_uid);
        approval_lines_json(json, "approval", &batch->approval);
        json_instant(json, "received_at", batch->received_at);
        json_instant(json, "results_at", batch->results_at);
        json_integer(json, "rows", batch_facts_orders(batch));
        json_integer(json, "lines", batch->lines);
        json_array(json, "totals");
        for (size_t i = 0; i < batch->n_totals; i++) {
                json_object(json, NULL);
                json_string(json, "currency", currency_name(batch->totals[i].currency));
                json_string(json, "status", status_name(batch->totals[i].status));
                json_integer(json, "count", batch->totals[i].count);
                json_integer(json, "sum", batch->totals[i].sum);
                json_end_object(json);
        }
        json_end_array(json);
        r = payouts_settled_json(ledger, batch->id, json);
        json_end_object(json);
        return r;
}

static int list_json(const StatusRun *run, const BatchList *list, Buffer *out) {
        Json json = JSON_INTO(out);
        int r = ledger_begin(run->ledger); /* a lock for each of thousands of queries takes time */

        json_object(&json, NULL);
        json_array(&json, "batches");
        for (size_t i = 0; r >= 0 && i < list->n; i++)
                r = batch_json(run->ledger, &json, &list->batches[i]);
        json_end_array(&json);
        if (r >= 0 && run->batch == 0)
                r = payouts_json(run->ledger, &json);
        ledger_rollback(run->ledger); /* nothing was written */
        json_text_or_null(&json, "hold", text_of(hold_name(list->daemon_hold)));
        json_end_object(&json);
        if (r < 0)
                return r;
        return json.error < 0 ? json.error : buffer_append_char(out, '\n');
}

/* --- looking -------------------------------------------------------------------------------- */

static bool is_over(const StatusRun *run, const BatchList *list) {
        return run->batch > 0 && list->n > 0 &&
               (list->batches[0].state == BATCH_SETTLED || list->batches[0].state == BATCH_CLOSED ||
                list->batches[0].state == BATCH_REFUSED);
}

/* Appends what is to be seen now. EXIT_GOOD or an exit code. */
static int look(const StatusRun *run, Buffer *out, bool *ret_over) {
        __attribute__((cleanup(batch_list_done))) BatchList list = BATCH_LIST_EMPTY;
        char id[ANSWER_BATCH_SIZE];
        size_t most = run->all || run->ctl->json ? 0 : STATUS_SHOWN;
        int r = batch_list_read(run->ledger, run->batch, most, &list);

        if (r < 0)
                return ctl_ledger_failed(run->ledger, r);
        if (run->batch > 0 && list.n == 0) {
                ctl_complain("there is no batch %s", answer_batch(run->batch, id));
                return EXIT_SOME;
        }
        r = run->ctl->json ? list_json(run, &list, out) : status_text(run, &list, out);
        if (r < 0)
                return ctl_failed("status", r);
        *ret_over = is_over(run, &list);
        return EXIT_GOOD;
}

/* On a terminal the picture stays in place; in a pipe only what has changed is written. */
static int show_again(const Buffer *last, Buffer *now) {
        AUTO_BUFFER screen = BUFFER_EMPTY;
        int r;

        if (last->size == now->size && memcmp(last->data, now->data, now->size) == 0)
                return EXIT_GOOD;
        r = buffer_append_string(&screen, terminal_is(STDOUT_FILENO) ? "\x1b[H\x1b[2J" : "");
        if (r >= 0)
                r = buffer_append(&screen, now->data, now->size);
        return r < 0 ? ctl_failed("status", r) : ctl_print(&screen);
}

static int follow(const StatusRun *run) {
        AUTO_BUFFER last = BUFFER_EMPTY, now = BUFFER_EMPTY;
        bool over = false;
        Buffer swap;
        int r;

        for (;;) {
                buffer_clear(&now);
                r = look(run, &now, &over);
                if (r == EXIT_GOOD)
                        r = show_again(&last, &now);
                if (r != EXIT_GOOD || over)
                        return r;
                swap = last;
                last = now;
                now = swap;
                interrupt_pause(LOOK_EVERY);
        }
}

static int once(const StatusRun *run) {
        AUTO_BUFFER out = BUFFER_EMPTY;
        bool over;
        int r = look(run, &out, &over);

        return r != EXIT_GOOD ? r : ctl_print(&out);
}

int ctl_status(Ctl *ctl, int argc, char **argv) {
        enum { OPTION_FOLLOW = OPTION_OWN, OPTION_ALL };
        static const struct option options[] = {
                CTL_OPTIONS,
                { "follow", no_argument, NULL, OPTION_FOLLOW },
                { "all", no_argument, NULL, OPTION_ALL },
                { NULL, 0, NULL, 0 },
        };
        CLEANUP(settings_free_p) Settings *settings = NULL;
        CLEANUP(ledger_free_p) Ledger *ledger = NULL;
        StatusRun run = { .ctl = ctl };
        int c, r = EXIT_GOOD;

        while ((c = ctl_option(ctl, argc, argv, options, &r)) >= 0) {
                if (c == '?')
                        return r;
                if (c == OPTION_FOLLOW)
                        run.follow = true;
                else
                        run.all = true;
        }
        if (argc - optind > 1)
                return ctl_usage(argv[0], "name one batch, or none for all");
        if (run.follow && ctl->json)
                return ctl_usage(argv[0], "--follow is for people, --json gives one document");
        if (optind < argc && (run.batch = ctl_batch_of(argv[optind])) == 0)
                return ctl_usage(argv[0], "not a batch: %s; write it like B000017", argv[optind]);
        r = ctl_load_settings(ctl, &settings);
        if (r == EXIT_GOOD)
                r = ctl_open_ledger(settings, LEDGER_READ, &ledger);
        if (r != EXIT_GOOD)
                return r;
        (void) civil_zone_use(settings->profiles[0].rules.timezone);
        run.settings = settings;
        run.ledger = ledger;
        return run.follow ? follow(&run) : once(&run);
}
