#include "daemon/results/reporter.h"

#include <errno.h>
#include <string.h>

#include "daemon/base/log.h"
#include "daemon/base/notify.h"
#include "daemon/base/turn.h"
#include "daemon/results/reporter_private.h"
#include "jobs/base/civil.h"
#include "jobs/report/answer.h"
#include "sql/ledger_retention.h"
#include "sql/ledger_session.h"

#define EVERY (15 * MINUTE) /* while a batch is not at rest */

/* --- what is watched ------------------------------------------------------------------------ */

static Watched *watched_free(Watched *watched) {
        if (!watched)
                return NULL;
        (void) report_files_free(watched->files);
        free(watched);
        return NULL;
}

Reporter *reporter_free(Reporter *reporter) {
        if (!reporter)
                return NULL;
        while (reporter->all) {
                Watched *watched = reporter->all;

                reporter->all = watched->next;
                (void) watched_free(watched);
        }
        free(reporter);
        return NULL;
}

int reporter_new(const ReporterOptions *options, Reporter **ret_reporter) {
        Reporter *reporter = calloc(1, sizeof(*reporter));

        if (!reporter)
                return -ENOMEM;
        reporter->options = *options;
        *ret_reporter = reporter;
        return 0;
}

static Watched *find(const Reporter *reporter, int64_t batch) {
        for (Watched *watched = reporter->all; watched; watched = watched->next)
                if (watched->batch == batch)
                        return watched;
        return NULL;
}

/* A settled batch is reported again at its time, counted from its last report. */
static void take_state(const Reporter *reporter, Watched *watched, const Batch *batch) {
        int64_t now = turn_now();
        int64_t wait = (int64_t) (100 * reporter->per_row * (double) watched->rows);
        int64_t since = turn_wall() - batch->results_at;

        watched->again = batch->results_at != 0 &&
                         (batch->state == BATCH_SETTLED || batch->state == BATCH_CLOSED);
        if (!watched->again)
                return;
        if (wait < EVERY)
                wait = EVERY;
        if (wait > DAY)
                wait = DAY;
        if (since < 0 || since > wait) /* a clock that was set must not keep it for ever */
                since = since < 0 ? 0 : wait;
        watched->next_report = reporter->options.at_once ? now : now + wait - since;
}

static int watch(Reporter *reporter, int64_t id, Watched **ret_watched) {
        const Batch *batch;
        Watched *watched;
        int r = ledger_batch_get(reporter->options.ledger, id, &batch);

        if (r <= 0)
                return r < 0 ? r : -ENOENT;
        watched = calloc(1, sizeof(*watched));
        if (!watched)
                return -ENOMEM;
        watched->batch = id;
        watched->profile = settings_profile(reporter->options.settings, batch->profile);
        watched->archived = batch->archived;
        watched->rows = batch->end_id - row_first(id);
        watched->next_report = turn_now() + EVERY;
        take_state(reporter, watched, batch);
        watched->next = reporter->all;
        reporter->all = watched;
        *ret_watched = watched;
        return 0;
}

int reporter_is_through(const Reporter *reporter, int64_t batch) {
        const Watched *watched = find(reporter, batch);

        if (!watched || (!watched->changed && !watched->files && !watched->written))
                return 1;
        return turn_now() < watched->not_before ? watched->complained : 0;
}

int reporter_changed(Reporter *reporter, int64_t batch) {
        Watched *watched = find(reporter, batch);
        Forgotten forgotten = { .what = FORGOTTEN_NOTHING };
        int r = watched ? 0 : ledger_forgotten(reporter->options.ledger, batch, &forgotten);

        if (r < 0 || forgotten.what == FORGOTTEN_BATCH)
                return r; /* what its files held is not to come back */
        if (!watched)
                r = watch(reporter, batch, &watched);
        if (r < 0)
                return r;
        if (watched->again) { /* perhaps it runs again */
                const Batch *stored;

                r = ledger_batch_get(reporter->options.ledger, batch, &stored);
                if (r < 0)
                        return r;
                if (r > 0)
                        take_state(reporter, watched, stored);
                if (!watched->again)
                        watched->reported = false;
        }
        watched->closing = false;
        watched->changed = true;
        watched->look = true;
        watched->at_rest = false;
        return 0;
}

int reporter_close(Reporter *reporter, int64_t batch) {
        Watched *watched;
        int r = reporter_changed(reporter, batch);

        if (r < 0)
                return r;
        watched = find(reporter, batch);
        if (watched) /* else it is forgotten: there are no files to close it with, and it stays */
                watched->closing = watched->again;
        return 0;
}

int reporter_rewrite(Reporter *reporter, int64_t batch) {
        const Batch *stored;
        Watched *watched;
        int r = reporter_changed(reporter, batch);

        watched = find(reporter, batch);
        if (r < 0 || !watched) /* it is forgotten as a whole */
                return r;
        r = ledger_batch_get(reporter->options.ledger, batch, &stored);
        if (r > 0)
                watched->closing = stored->state == BATCH_CLOSED;
        watched->next_report = turn_now();
        return r < 0 ? r : 0;
}

static int recover(void *userdata, const Batch *batch) {
        Reporter *reporter = userdata;
        /* What was reported as it is now needs it only when it changes again. */
        bool reported =
                batch->results_at != 0 && batch->changed_at < batch->results_at && batch->archived;
        int64_t unsettled = 1, id = batch->id;
        int r;

        notify_working("looking which results are to be written");
        r = reporter_changed(reporter, id);
        if (r >= 0)
                r = ledger_batch_unsettled(reporter->options.ledger, id, &unsettled);
        if (r >= 0 && reported && unsettled > 0) {
                Watched *watched = find(reporter, id);

                if (watched) {
                        watched->changed = false;
                        watched->reported = true;
                }
        }
        return r;
}

static int recover_stale(void *userdata, const Batch *batch) {
        return reporter_changed(userdata, batch->id);
}

int reporter_recover(Reporter *reporter) {
        unsigned states = 1U << BATCH_AWAITING_APPROVAL | 1U << BATCH_RUNNING;
        int r = ledger_batches(reporter->options.ledger, states, recover, reporter);

        return r < 0 ? r : ledger_batches_stale(reporter->options.ledger, recover_stale, reporter);
}

void reporter_finish(Reporter *reporter) {
        reporter->finishing = true;
}

/* --- the ledger ----------------------------------------------------------------------------- */

int reporter_write(Reporter *reporter) {
        Ledger *ledger = reporter->options.ledger;

        for (Watched *watched = reporter->all; watched; watched = watched->next) {
                int r;

                if (!watched->written)
                        continue;
                r = ledger_batch_results(ledger, watched->batch, watched->written_at);
                if (r >= 0 && !watched->archived)
                        r = ledger_batch_archived(ledger, watched->batch);
                if (r >= 0 && watched->settled && !watched->changed)
                        r = ledger_batch_set_state(ledger, watched->batch, watched->shown);
                if (r < 0)
                        return r;
                watched->told = true;
        }
        return reporter_due_write(reporter);
}

static void end(Reporter *reporter, Watched *watched) {
        char id[ANSWER_BATCH_SIZE];

        log_message(watched->settled ? MESSAGE_BATCH_SETTLED : MESSAGE_BATCH_RESULTS,
                    (LogPlace){ .batch = watched->batch }, "batch %s: results are written%s",
                    answer_batch(watched->batch, id),
                    watched->settled ? "" : ", some rows still wait");
        if (watched->settled && !watched->changed)
                reporter->options.settled(reporter->options.userdata, watched->batch);
}

void reporter_committed(Reporter *reporter) {
        Watched **link = &reporter->all;

        reporter_due_committed(reporter);
        while (*link) {
                Watched *watched = *link;

                if (!watched->told) {
                        link = &watched->next;
                        continue;
                }
                watched->told = watched->written = false;
                watched->archived = true;
                watched->complained = 0;
                watched->next_report = turn_now() + EVERY;
                watched->reported = true;
                end(reporter, watched);
                if (watched->changed || !watched->settled) { /* stays for the next change */
                        link = &watched->next;
                        continue;
                }
                *link = watched->next;
                (void) watched_free(watched);
        }
}

void reporter_rolled_back(Reporter *reporter) {
        reporter->due.told = false;
        for (Watched *watched = reporter->all; watched; watched = watched->next)
                watched->told = false;
}

static int64_t wants_turn(const Reporter *reporter, const Watched *watched) {
        if (watched->written)
                return 0;
        if (watched->files || reporter_wants(reporter, watched, 0))
                return watched->not_before;
        if (watched->look)
                return watched->not_before > watched->look_at ? watched->not_before
                                                              : watched->look_at;
        return watched->changed ? watched->next_report : INT64_MAX;
}

int64_t reporter_next(const Reporter *reporter) {
        int64_t next = reporter_due_next(reporter);

        for (const Watched *watched = reporter->all; watched; watched = watched->next) {
                int64_t at = wants_turn(reporter, watched);

                if (at < next)
                        next = at;
        }
        return next;
}

static bool is_busy(const Reporter *reporter, const Watched *watched) {
        if (watched->written || watched->files || reporter_wants(reporter, watched, 0))
                return true;
        /* At the end nothing more comes to rest. */
        return !reporter->finishing && (watched->look || !watched->at_rest);
}

uint64_t reporter_work_done(const Reporter *reporter) {
        return reporter->work;
}

unsigned reporter_busy(const Reporter *reporter) {
        unsigned n = reporter_due_is_busy(reporter);

        for (const Watched *watched = reporter->all; watched; watched = watched->next)
                n += is_busy(reporter, watched);
        return n;
}
