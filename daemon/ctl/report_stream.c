/* Every row of the chosen batches once, in pages by id. */
#include <errno.h>
#include <stdlib.h>

#include "daemon/ctl/interrupt.h"
#include "daemon/ctl/report.h"
#include "sql/ledger_report.h"

#define PAGE 4096 /* lines: a statement of some ten milliseconds */

typedef struct Streaming {
        ReportJob *job;
        ReportSource *source;
        ReportReading reading;
        CivilDate today; /* in the zone of the batch */
        int64_t from, to;
        Text *own;
        ReportPayment *payments;
        size_t payments_capacity;
        Buffer texts;
        int64_t done;
} Streaming;

static void streaming_done(Streaming *s) {
        report_reading_done(&s->reading);
        free(s->own);
        free(s->payments);
        buffer_done(&s->texts);
}

/* --- choosing rows -------------------------------------------------------------------------- */

static bool is_between(const Streaming *s, int64_t instant) {
        return instant != 0 && instant >= s->from && instant <= s->to;
}

static bool is_due_between(const ReportWish *wish, CivilDate due) {
        return due.year != 0 &&
               (wish->from.year == 0 || civil_date_compare(due, wish->from) >= 0) &&
               (wish->to.year == 0 || civil_date_compare(due, wish->to) <= 0);
}

/* A row without a link has come into being with its file. */
static bool is_in_days(const Streaming *s, const ReportRow *row) {
        if (!report_has_days(s->job->wish))
                return true;
        switch (s->job->wish->by) {
        case BY_PAID:
                for (size_t i = 0; i < row->n_payments; i++)
                        if (row->payments[i].counts)
                                return true;
                return false;
        case BY_CREATED:
                return is_between(s, row->created_at != 0 ? row->created_at : row->received_at);
        case BY_EXPIRES:
                return is_between(s, row->expires_at);
        case BY_DUE:
                return is_due_between(s->job->wish, row->due);
        case BY_COUNT:
                break;
        }
        return false;
}

static bool is_listed(const ReportJob *job, Status status) {
        return job->wish->statuses == 0 || (job->wish->statuses >> status & 1) != 0;
}

/* --- one row -------------------------------------------------------------------------------- */

static int fill_payments(Streaming *s, const ReportedRow *from, ReportRow *row) {
        const ReportWish *wish = s->job->wish;
        bool by_paid = wish->by == BY_PAID && report_has_days(wish);

        if (from->n_payments > s->payments_capacity) {
                ReportPayment *grown = reallocarray(s->payments, from->n_payments, sizeof(*grown));

                if (!grown)
                        return -ENOMEM;
                s->payments = grown;
                s->payments_capacity = from->n_payments;
        }
        for (size_t i = 0; i < from->n_payments; i++) {
                const ReportedPayment *p = &from->payments[i];

                s->payments[i] = (ReportPayment){
                        .id = p->id,
                        .type = p->type,
                        .bank_reference = p->bank_reference,
                        .amount = p->amount,
                        .currency = p->currency,
                        .paid_at = p->paid_at,
                        .refunded = p->refunded,
                        .payout = p->payout,
                        .settled = p->settled,
                        .fee = p->fee,
                        .net = p->net,
                        .settled_currency = p->settled_currency,
                        .counts = p->paid_at != 0 && (!by_paid || is_between(s, p->paid_at)),
                };
        }
        row->payments = s->payments;
        row->n_payments = from->n_payments;
        return 0;
}

/* As the results show it: a queued row of a batch that is held is held. */
static void fill_status(const Streaming *s, const ReportedRow *from, ReportRow *row) {
        Hold hold = from->status == STATUS_HELD     ? from->hold
                    : from->status == STATUS_QUEUED ? s->source->hold
                                                    : HOLD_NONE;

        row->status = hold != HOLD_NONE ? STATUS_HELD : from->status;
        row->code = from->code.size > 0 ? from->code : text_of(hold_name(hold));
        row->reason = from->reason;
}

static int fill(Streaming *s, const ReportedRow *from, ReportRow *row) {
        int r = report_reading_row(&s->reading, from->raw, s->own, s->job->n_own);

        if (r < 0)
                return r;
        *row = (ReportRow){
                .batch = s->source->id,
                .file = text_of(s->source->file),
                .line = row_line(from->id),
                .reference = from->order_id,
                .own = s->own,
                .amount = from->amount,
                .currency = from->currency,
                .session = from->session,
                .url = from->url,
                .received_at = s->source->received_at,
                .approved_at = s->source->approved_at,
                .approved_by = text_of(s->source->approved_by),
                .approved_digest = text_of(s->source->approved_digest),
                .created_at = from->created_at,
                .expires_at = from->expires_at,
                .due = order_view_due(s->reading.view),
                .replaced = from->replaced,
        };
        fill_status(s, from, row);
        r = fill_payments(s, from, row);
        return r < 0 ? r : report_row_complete(row, s->today, &s->texts);
}

static int note_finding(ReportJob *job, const ReportedRow *row) {
        ReportFound *found = report_found_of(job, row->id);

        if (!found)
                return 0;
        found->listed = true;
        found->reference =
                strndup(row->order_id.size > 0 ? row->order_id.data : "", row->order_id.size);
        return found->reference ? 0 : -ENOMEM;
}

static int on_row(void *userdata, const ReportedRow *from) {
        Streaming *s = userdata;
        ReportJob *job = s->job;
        ReportRow row;
        bool listed;
        int r = fill(s, from, &row);

        s->done++;
        if (r < 0 || !is_in_days(s, &row))
                return r;
        listed = is_listed(job, row.status);
        r = report_totals_add(&job->report.totals, &row, listed);
        report_tally_add(&s->source->rows[row.currency], 1, row.amount);
        if (row.is_paid)
                report_tally_add(&s->source->paid[row.currency], 1, row.amount);
        if (r == 0)
                r = note_finding(job, from);
        return r == 0 && listed ? job->format->row(job, &row) : r;
}

/* --- all of them ---------------------------------------------------------------------------- */

static int64_t count_rows(const ReportJob *job) {
        int64_t n = 0;

        for (size_t i = 0; i < job->n_sources; i++)
                for (int c = 0; c < CURRENCY_COUNT; c++)
                        n += job->sources[i].read[c].count;
        return n;
}

static int stream_pages(Streaming *s, int64_t total) {
        const ReportWish *wish = s->job->wish;
        ReportPage page = { .scope = s->source->scope,
                            .after = row_first(s->source->id) - 1,
                            .paid_only = wish->by == BY_PAID && report_has_days(wish),
                            .paid_from = s->from,
                            .paid_to = s->to };
        int r = 0;

        while (r == 0 && page.after + 1 < s->source->end_id) {
                page.end = page.after + 1 + PAGE;
                if (page.end > s->source->end_id)
                        page.end = s->source->end_id;
                r = interrupt_came() ? -EINTR
                                     : ledger_report_rows(s->job->ledger, &page, on_row, s);
                page.after = page.end - 1;
                progress_draw(&s->job->progress, s->done, total);
        }
        return r;
}

static int stream_source(Streaming *s, ReportSource *source, int64_t total) {
        const Batch *batch;
        int r = ledger_batch_get(s->job->ledger, source->id, &batch);

        if (r <= 0)
                return r < 0 ? r : -EUCLEAN;
        r = report_reading_begin(&s->reading, s->job, batch, false);
        if (r < 0)
                return r;
        s->source = source;
        s->today = civil_date_at(s->job->report.made_at);
        report_days(s->job->wish, &s->from, &s->to);
        return stream_pages(s, total);
}

int report_stream(ReportJob *job) {
        __attribute__((cleanup(streaming_done))) Streaming s = { .job = job };
        int64_t total = count_rows(job);
        int r = 0;

        s.own = calloc(job->n_own + 1, sizeof(*s.own));
        if (!s.own)
                return -ENOMEM;
        progress_begin(&job->progress, "report", PROGRESS_ROWS, 0);
        for (size_t i = 0; i < job->n_sources && r == 0; i++)
                r = stream_source(&s, &job->sources[i], total);
        progress_end(&job->progress);
        return r;
}
