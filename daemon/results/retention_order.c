#include "daemon/results/retention_order.h"

#include <errno.h>

#include "daemon/base/turn.h"
#include "daemon/rules/command_target.h"
#include "daemon/settings/settings.h"
#include "jobs/order/order_forget.h"
#include "jobs/report/answer.h"

typedef struct Wanted {
        Ledger *ledger;
        CommandTarget target;
        unsigned n;     /* rows found, or forgotten */
        int64_t batch;  /* of the first row that may still change; 0: none */
        Status status;  /* of it */
        bool is_coming; /* its file is still being taken in */
} Wanted;

/* 1: the row is meant, and its batch lent. */
static int is_meant(const Wanted *wanted, const Row *row, const Batch **ret_batch) {
        int r = ledger_batch_get(wanted->ledger, row->batch, ret_batch);

        return r <= 0 ? r : command_target_is_in(&wanted->target, *ret_batch);
}

/* Nothing is sent for it any more, and no payer is on the way. */
static bool is_over(Status status) {
        return status_is_settled(status) && status != STATUS_OPEN && status != STATUS_IN_PROGRESS;
}

static int look(void *userdata, const Row *row) {
        Wanted *wanted = userdata;
        const Batch *batch;
        int r = is_meant(wanted, row, &batch);

        if (r <= 0)
                return r;
        wanted->n++;
        if (wanted->batch != 0 || (is_over(row->status) && batch->archived))
                return 0;
        wanted->batch = row->batch;
        wanted->status = row->status;
        wanted->is_coming = is_over(row->status);
        return 0;
}

static int append_empty_row(const Batch *batch, const Row *row, Buffer *raw) {
        CLEANUP(settings_rules_free_p) OrderRules *rules = NULL;
        int r = settings_rules_of(batch->rules, &rules);

        return r < 0 ? r
                     : order_forget_append(raw, rules, batch->header, batch->delimiter,
                                           row->order_id, row->lines);
}

static int forget(void *userdata, const Row *row) {
        Wanted *wanted = userdata;
        AUTO_BUFFER raw = BUFFER_EMPTY;
        const Batch *batch;
        int64_t id = row->batch;
        int r = is_meant(wanted, row, &batch);

        if (r <= 0)
                return r;
        wanted->n++;
        r = append_empty_row(batch, row, &raw);
        if (r >= 0)
                r = ledger_forget_row(wanted->ledger, row->id, (Text){ raw.data, raw.size });
        if (r >= 0)
                r = ledger_forget_note(wanted->ledger, id);
        return r < 0 ? r : ledger_forget_begin(wanted->ledger, id, FORGOTTEN_ORDERS, turn_wall());
}

static int refuse(const Wanted *wanted, Buffer *answer) {
        char id[ANSWER_BATCH_SIZE];

        if (wanted->n == 0)
                return buffer_append_string(answer, "no: there is no such order");
        (void) answer_batch(wanted->batch, id);
        if (wanted->is_coming)
                return buffer_printf(answer, "no: batch %s, which has it, is still being worked on",
                                     id);
        return buffer_printf(
                answer,
                "no: it is %s in batch %s; only what is over can be forgotten: cancel it first",
                status_name(wanted->status), id);
}

int retention_order_forget(Ledger *ledger, const char *argument, Buffer *answer) {
        Wanted wanted = { .ledger = ledger, .target = command_target_read(argument) };
        int r;

        if (wanted.target.kind != TARGET_ORDER)
                return buffer_append_string(answer, "no: it does not say which order");
        r = ledger_rows_of_order(ledger, wanted.target.order, look, &wanted);
        if (r < 0)
                return r;
        if (wanted.n == 0 || wanted.batch != 0)
                return refuse(&wanted, answer);
        wanted.n = 0;
        r = ledger_rows_of_order(ledger, wanted.target.order, forget, &wanted);
        return r < 0 ? r
                     : buffer_printf(answer,
                                     "done: the data of %u %s was removed; the originals of their "
                                     "batches go, too, and results are written again",
                                     wanted.n, wanted.n == 1 ? "row" : "rows");
}
