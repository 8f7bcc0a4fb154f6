/* What a report is about: which batches, in which columns, on which days. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/ctl/approval_lines.h"
#include "daemon/ctl/report.h"
#include "sql/ledger_report.h"

#define WITH_ROWS                                                                                  \
        (1U << BATCH_AWAITING_APPROVAL | 1U << BATCH_RUNNING | 1U << BATCH_SETTLED |               \
         1U << BATCH_CLOSED)

void report_sources_done(ReportJob *job) {
        for (size_t i = 0; i < job->n_sources; i++)
                free(job->sources[i].file);
        free(job->sources);
        for (size_t i = 0; i < job->n_own; i++) {
                free(job->own[i].name);
                free(job->own[i].folded);
        }
        free(job->own);
        free(job->own_names);
        for (size_t i = 0; i < job->n_zones; i++)
                free(job->zones[i]);
        free(job->zones);
}

/* --- batches -------------------------------------------------------------------------------- */

static ReportSource *source_of(const ReportJob *job, int64_t id) {
        size_t low = 0, high = job->n_sources;

        while (low < high) { /* by id, as they came */
                size_t middle = low + (high - low) / 2;

                if (job->sources[middle].id == id)
                        return &job->sources[middle];
                if (job->sources[middle].id < id)
                        low = middle + 1;
                else
                        high = middle;
        }
        return NULL;
}

typedef struct Choosing {
        ReportJob *job;
        Hold daemon_hold;
        bool live;         /* of the batches kept so far */
        size_t n_left_out; /* of the other mode */
        size_t capacity;
} Choosing;

static bool is_wanted(const ReportJob *job, const Batch *batch) {
        const ReportWish *wish = job->wish;

        if (wish->batch > 0 && batch->id != wish->batch && !source_of(job, batch->parent))
                return false;
        if (strcmp(batch->profile, SETTINGS_PAYOUTS) ==
            0) /* the provider's file, no rows of ours */
                return false;
        return (!wish->profile || strcmp(wish->profile, batch->profile) == 0) &&
               (!wish->run || strcmp(wish->run, batch->run) == 0);
}

/* Test and live money are never in one report: where both are meant, it is about the live one. */
static bool is_of_mode(Choosing *choosing, const Batch *batch) {
        ReportJob *job = choosing->job;

        if (job->n_sources == 0 || batch->live == choosing->live) {
                choosing->live = batch->live;
                return true;
        }
        if (!batch->live) {
                choosing->n_left_out++;
                return false;
        }
        choosing->n_left_out += job->n_sources;
        for (size_t i = 0; i < job->n_sources; i++)
                free(job->sources[i].file);
        job->n_sources = 0;
        choosing->live = true;
        return true;
}

static int add_read(void *userdata, const Total *total) {
        ReportSource *source = userdata;

        report_tally_add(&source->read[total->currency], total->count, total->sum);
        return 0;
}

/* Who let it go, when, and what it was. */
static int add_approval(Ledger *ledger, ReportSource *source) {
        AUTO_BUFFER person = BUFFER_EMPTY;
        Approval approval;
        int r = ledger_approval_get(ledger, source->id, &approval);

        if (r > 0)
                r = approval_lines_person(&person, approval.uid);
        if (r < 0 || person.size == 0)
                return r;
        source->approved_at = approval.at;
        text_copy_out((Text){ person.data, person.size }, source->approved_by,
                      sizeof(source->approved_by));
        digest_hex(approval.sha256, DIGEST_SIZE, source->approved_digest);
        return 0;
}

static int add_source(void *userdata, const Batch *batch) {
        Choosing *choosing = userdata;
        ReportJob *job = choosing->job;
        ReportSource *source;
        int r;

        if (!is_wanted(job, batch) || !is_of_mode(choosing, batch))
                return 0;
        if (job->n_sources == choosing->capacity) {
                size_t capacity = choosing->capacity > 0 ? 2 * choosing->capacity : 16;
                ReportSource *grown = reallocarray(job->sources, capacity, sizeof(*grown));

                if (!grown)
                        return -ENOMEM;
                job->sources = grown;
                choosing->capacity = capacity;
        }
        source = &job->sources[job->n_sources];
        *source = (ReportSource){ .id = batch->id,
                                  .scope = batch->scope,
                                  .parent = batch->parent,
                                  .end_id = batch->end_id,
                                  .received_at = batch->received_at,
                                  .file = strdup(batch->file),
                                  .hold = batch->hold };
        if (!source->file)
                return -ENOMEM;
        job->n_sources++;
        if (batch->state == BATCH_AWAITING_APPROVAL)
                source->hold = HOLD_APPROVAL;
        if (source->hold == HOLD_NONE)
                source->hold = choosing->daemon_hold;
        r = add_approval(job->ledger, source);
        return r < 0 ? r : ledger_read_totals(job->ledger, source->id, add_read, source);
}

static int choose_batches(ReportJob *job, Choosing *choosing) {
        int r = ledger_daemon_hold(job->ledger, &choosing->daemon_hold);

        return r < 0 ? r : ledger_batches(job->ledger, WITH_ROWS, add_source, choosing);
}

/* --- days ----------------------------------------------------------------------------------- */

void report_days(const ReportWish *wish, int64_t *ret_from, int64_t *ret_to) {
        *ret_from = wish->from.year != 0 ? civil_date_start(wish->from) : INT64_MIN;
        *ret_to = wish->to.year != 0 ? civil_date_end(wish->to) + SECOND - 1 : INT64_MAX;
}

bool report_has_days(const ReportWish *wish) {
        return wish->from.year != 0 || wish->to.year != 0;
}

/* --- payments that must be found ------------------------------------------------------------- */

/* what the ledger itself counts in these days, by the batches of one zone */
typedef struct Counting {
        ReportJob *job;
        const char *zone;
        bool *has_paid; /* parallel to the sources */
} Counting;

static int count_paid(void *userdata, int64_t row, int64_t amount, Currency currency) {
        Counting *counting = userdata;
        ReportJob *job = counting->job;
        ReportSource *source = source_of(job, row_batch(row));

        if (!source || source->zone != counting->zone)
                return 0;
        counting->has_paid[source - job->sources] = true;
        report_tally_add(&job->report.totals.money[currency].payments_there, 1, amount);
        return 0;
}

/* Batches without a payment in these days are not read. */
static void drop_unpaid(ReportJob *job, const bool *has_paid) {
        size_t n = 0;

        for (size_t i = 0; i < job->n_sources; i++) {
                if (has_paid[i])
                        job->sources[n++] = job->sources[i];
                else
                        free(job->sources[i].file);
        }
        job->n_sources = n;
}

static int count_payments(ReportJob *job) {
        AUTO_FREE bool *has_paid = calloc(job->n_sources + 1, sizeof(bool));
        Counting counting = { .job = job, .has_paid = has_paid };
        int r = has_paid ? 0 : -ENOMEM;

        for (size_t i = 0; i < job->n_zones && r == 0; i++) {
                int64_t from, to;

                counting.zone = job->zones[i];
                if (!civil_zone_use(counting.zone))
                        return -EINVAL;
                report_days(job->wish, &from, &to);
                r = ledger_report_paid(job->ledger, from, to, count_paid, &counting);
        }
        if (r < 0)
                return r;
        job->report.totals.with_payments = true;
        drop_unpaid(job, has_paid);
        return 0;
}

/* --- zones and columns ---------------------------------------------------------------------- */

static int intern_zone(ReportJob *job, const char *zone, const char **ret_zone) {
        char **grown;

        for (size_t i = 0; i < job->n_zones; i++)
                if (strcmp(job->zones[i], zone) == 0) {
                        *ret_zone = job->zones[i];
                        return 0;
                }
        grown = reallocarray(job->zones, job->n_zones + 1, sizeof(*grown));
        if (!grown)
                return -ENOMEM;
        job->zones = grown;
        grown[job->n_zones] = strdup(zone);
        if (!grown[job->n_zones])
                return -ENOMEM;
        *ret_zone = grown[job->n_zones++];
        return 0;
}

typedef int (*SourceFunction)(ReportJob *job, ReportSource *source, const Batch *batch,
                              ReportReading *reading);

static int each_source(ReportJob *job, SourceFunction function) {
        __attribute__((cleanup(report_reading_done))) ReportReading reading = { .view = NULL };
        int r = 0;

        for (size_t i = 0; i < job->n_sources && r >= 0; i++) {
                const Batch *batch;

                r = ledger_batch_get(job->ledger, job->sources[i].id, &batch);
                if (r > 0)
                        r = function(job, &job->sources[i], batch, &reading);
        }
        return r < 0 ? r : 0;
}

static int learn_zone(ReportJob *job, ReportSource *source, const Batch *batch,
                      ReportReading *reading) {
        int r = report_reading_rules(reading, batch);

        return r < 0 ? r : intern_zone(job, reading->rules->timezone, &source->zone);
}

static int learn_columns(ReportJob *job, ReportSource *source, const Batch *batch,
                         ReportReading *reading) {
        (void) source;
        return report_reading_begin(reading, job, batch, true);
}

static int name_columns(ReportJob *job) {
        job->own_names = calloc(job->n_own + 1, sizeof(*job->own_names));
        if (!job->own_names)
                return -ENOMEM;
        for (size_t i = 0; i < job->n_own; i++)
                job->own_names[i] = text_of(job->own[i].name);
        job->report.own = job->own_names;
        job->report.n_own = job->n_own;
        return 0;
}

/* --- whole ---------------------------------------------------------------------------------- */

static void compare_with_read(ReportJob *job) {
        ReportTotals *totals = &job->report.totals;

        totals->with_read = !report_has_days(job->wish);
        for (size_t i = 0; i < job->n_sources && totals->with_read; i++)
                for (int c = 0; c < CURRENCY_COUNT; c++)
                        report_tally_add(&totals->money[c].read, job->sources[i].read[c].count,
                                         job->sources[i].read[c].sum);
}

int report_choose(ReportJob *job) {
        Choosing choosing = { .job = job };
        int r = choose_batches(job, &choosing);

        if (r == 0)
                r = each_source(job, learn_zone);
        if (r == 0 && job->wish->by == BY_PAID && report_has_days(job->wish))
                r = count_payments(job);
        if (r == 0)
                r = each_source(job, learn_columns);
        if (r == 0)
                r = name_columns(job);
        if (r < 0)
                return r;
        job->report.live = choosing.live;
        job->n_left_out = choosing.n_left_out;
        compare_with_read(job);
        return 0;
}
