#include "daemon/reporter.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "daemon/file_writer.h"
#include "daemon/log.h"
#include "daemon/notify.h"
#include "daemon/report_files.h"
#include "daemon/turn.h"
#include "jobs/base/civil.h"
#include "jobs/report/answer.h"
#include "sql/ledger_retention.h"
#include "sql/ledger_session.h"

#define EVERY      (15 * MINUTE) /* while a batch is not at rest */
#define LOOK_EVERY (SECOND / 10)
#define AGAIN      (5 * SECOND) /* after an error */

/* A batch that is reported on until it is settled. */
typedef struct Watched {
        struct Watched *next;
        int64_t batch;
        const Profile *profile;
        bool changed;     /* since the last report */
        bool again;       /* it was settled before: its statuses have changed */
        bool closing;     /* unless something changes meanwhile */
        BatchState shown; /* the state in the files */
        int64_t rows;
        int64_t began;   /* boot clock: the report that is being written */
        bool at_rest;    /* as far as is known */
        bool look;       /* is it at rest? */
        int64_t look_at; /* boot clock: not before */
        bool written;    /* the files are in place; the ledger is to be told */
        bool told;       /* in this transaction */
        bool settled;
        bool archived;
        int64_t written_at;  /* UTC */
        int64_t next_report; /* boot clock; while it is not at rest, or rests with rows that wait */
        bool reported;
        int64_t not_before; /* boot clock; after an error */
        int complained;
        ReportFiles *files;
} Watched;

struct Reporter {
        ReporterOptions options;
        Watched *all;
        bool finishing;
        uint64_t work;
        double per_row; /* microseconds: what the last report took */
};

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
        watched->rows = batch->end_id - (id << 32);
        watched->next_report = turn_now() + EVERY;
        take_state(reporter, watched, batch);
        watched->next = reporter->all;
        reporter->all = watched;
        *ret_watched = watched;
        return 0;
}

bool reporter_is_through(const Reporter *reporter, int64_t batch) {
        const Watched *watched = find(reporter, batch);

        return !watched || (!watched->changed && !watched->files && !watched->written);
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
        if (watched->again && !watched->changed) { /* perhaps it runs again */
                const Batch *stored;

                r = ledger_batch_get(reporter->options.ledger, batch, &stored);
                if (r < 0)
                        return r;
                if (r > 0)
                        take_state(reporter, watched, stored);
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

                watched->changed = false;
                watched->reported = true;
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

/* --- at rest? ------------------------------------------------------------------------------- */

typedef struct Count {
        int64_t queued, sending, held, unknown;
} Count;

static int count(void *userdata, const Total *total) {
        Count *counted = userdata;

        counted->queued += total->status == STATUS_QUEUED ? total->count : 0;
        counted->sending += total->status == STATUS_SENDING ? total->count : 0;
        counted->unknown += total->status == STATUS_UNKNOWN ? total->count : 0;
        counted->held += total->status == STATUS_HELD ? total->count : 0;
        return 0;
}

/* Nothing will happen by itself, but for rows whose send_at is still to come: rows that are held
 * each for itself, and unknown ones that are not tried again, wait for a person. */
static int look(Reporter *reporter, Watched *watched) {
        Ledger *ledger = reporter->options.ledger;
        Count counted = { 0 };
        int64_t later = 0, waiting = 0, unsettled = 0;
        int r = ledger_totals(ledger, watched->batch, count, &counted);

        if (r >= 0 && counted.queued > 0)
                r = ledger_batch_later(ledger, watched->batch, turn_wall(), &later);
        if (r >= 0 && counted.unknown > 0)
                r = ledger_batch_waiting(ledger, watched->batch, &waiting);
        if (r >= 0)
                r = ledger_batch_unsettled(ledger, watched->batch, &unsettled);
        if (r < 0)
                return r;
        watched->at_rest = counted.sending == 0 && counted.queued == later && waiting == 0;
        watched->settled = unsettled == 0;
        watched->look = false;
        watched->look_at = turn_now() + LOOK_EVERY; /* counting what is scheduled takes time */
        return 0;
}

static bool wants_report(const Reporter *reporter, const Watched *watched, int64_t now) {
        if (!watched->changed || watched->files || watched->written)
                return false;
        if (reporter->finishing || watched->closing || now >= watched->next_report)
                return true;
        if (watched->again && reporter->options.at_once)
                return true;
        return !watched->again && watched->at_rest && (watched->settled || !watched->reported);
}

/* --- writing -------------------------------------------------------------------------------- */

static int archive(Reporter *reporter, Watched *watched) {
        const Spool *spool = reporter->options.spool;
        AUTO_FREE char *from = NULL, *to = NULL;
        char id[ANSWER_BATCH_SIZE];
        const Batch *batch;
        int r = ledger_batch_get(reporter->options.ledger, watched->batch, &batch);

        if (r <= 0)
                return r < 0 ? r : -ENOENT;
        if (asprintf(&from, "%s.csv", batch->source) < 0 ||
            asprintf(&to, "%s.%s", answer_batch(batch->id, id), batch->file) < 0)
                return -ENOMEM;
        r = file_move(spool_work(spool), from, spool_archive(spool), to);
        if (r != -ENOENT)
                return r;
        if (faccessat(spool_archive(spool), to, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
                log_message(MESSAGE_ORIGINAL_MISSING, (LogPlace){ .batch = watched->batch },
                            "the original of batch %s is neither in work/ nor in archive/", id);
        return 0; /* moved already, before a kill */
}

static int begin(Reporter *reporter, Watched *watched) {
        int directory = spool_results(reporter->options.spool,
                                      watched->profile ? watched->profile
                                                       : &reporter->options.settings->profiles[0]);

        watched->changed = false; /* what changes from here on is reported next time */
        watched->written_at = turn_wall();
        watched->began = turn_now();
        return report_files_new(reporter->options.ledger, watched->batch, watched->profile,
                                directory, &watched->files);
}

#define GENERATIONS_MAX 16 /* of corrections of corrections */

/* The summaries of what this batch corrects tell of it too. */
static int summarise_parents(const Reporter *reporter, const Watched *watched) {
        Ledger *ledger = reporter->options.ledger;
        int directory = spool_results(reporter->options.spool,
                                      watched->profile ? watched->profile
                                                       : &reporter->options.settings->profiles[0]);
        int64_t id = watched->batch;
        int r = 0;

        for (unsigned i = 0; r >= 0 && i < GENERATIONS_MAX; i++) {
                const Batch *batch;

                r = ledger_batch_get(ledger, id, &batch);
                if (r <= 0 || batch->parent == 0)
                        break;
                id = batch->parent;
                r = report_files_summarise(ledger, id, directory);
        }
        return r < 0 ? r : 0;
}

/* The state of the batch once this report is out. */
static int end_state(const Reporter *reporter, Watched *watched) {
        const Batch *batch;
        int r = ledger_batch_get(reporter->options.ledger, watched->batch, &batch);

        if (r <= 0)
                return r < 0 ? r : -ENOENT;
        watched->shown = batch->state;
        if (watched->settled && !watched->changed)
                watched->shown = watched->closing ? BATCH_CLOSED : BATCH_SETTLED;
        return 0;
}

static int finish(Reporter *reporter, Watched *watched) {
        int r;

        r = end_state(reporter, watched);
        if (r >= 0)
                r = report_files_commit(watched->files, watched->written_at, watched->shown);
        if (r > 0) /* the next one in the next slice */
                return r;
        if (r >= 0 && !watched->archived)
                r = archive(reporter, watched);
        if (r >= 0)
                r = summarise_parents(reporter, watched);
        if (r < 0)
                return r;
        watched->files = report_files_free(watched->files);
        watched->written = true;
        if (watched->rows > 0)
                reporter->per_row = (double) (turn_now() - watched->began) / (double) watched->rows;
        return 0;
}

static int slice(Reporter *reporter, Watched *watched, int64_t deadline) {
        bool looks = watched->look && turn_now() >= watched->look_at;
        int r = looks ? look(reporter, watched) : 0;

        reporter->work += looks && r >= 0;
        if (r >= 0 && wants_report(reporter, watched, turn_now()))
                r = begin(reporter, watched);
        while (r >= 0 && watched->files && turn_now() < deadline) {
                r = report_files_slice(watched->files);
                reporter->work += r >= 0;
                if (r == 0)
                        r = finish(reporter, watched);
        }
        return r;
}

static void complain(Watched *watched, int error) {
        char id[ANSWER_BATCH_SIZE];

        watched->files = report_files_free(watched->files);
        watched->changed = true; /* so that it is begun again */
        watched->not_before = turn_now() + AGAIN;
        if (error == watched->complained)
                return;
        watched->complained = error;
        log_message(
                MESSAGE_RESULTS_TROUBLE, (LogPlace){ .batch = watched->batch },
                "cannot write the results of batch %s into results/: %s; trying again every 5 seconds",
                answer_batch(watched->batch, id), strerror(-error));
}

void reporter_work(Reporter *reporter, int64_t deadline) {
        for (Watched *watched = reporter->all; watched; watched = watched->next) {
                int r;

                if (turn_now() < watched->not_before)
                        continue;
                r = slice(reporter, watched, deadline);
                if (r < 0)
                        complain(watched, r);
                if (turn_now() >= deadline)
                        break;
        }
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
        return 0;
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
        for (Watched *watched = reporter->all; watched; watched = watched->next)
                watched->told = false;
}

static int64_t wants_turn(const Reporter *reporter, const Watched *watched) {
        if (watched->written)
                return 0;
        if (watched->files || wants_report(reporter, watched, 0))
                return watched->not_before;
        if (watched->look)
                return watched->not_before > watched->look_at ? watched->not_before
                                                              : watched->look_at;
        return watched->changed ? watched->next_report : INT64_MAX;
}

int64_t reporter_next(const Reporter *reporter) {
        int64_t next = INT64_MAX;

        for (const Watched *watched = reporter->all; watched; watched = watched->next) {
                int64_t at = wants_turn(reporter, watched);

                if (at < next)
                        next = at;
        }
        return next;
}

static bool is_busy(const Reporter *reporter, const Watched *watched) {
        if (watched->written || watched->files || wants_report(reporter, watched, 0))
                return true;
        /* At the end nothing more comes to rest. */
        return !reporter->finishing && (watched->look || !watched->at_rest);
}

uint64_t reporter_work_done(const Reporter *reporter) {
        return reporter->work;
}

unsigned reporter_busy(const Reporter *reporter) {
        unsigned n = 0;

        for (const Watched *watched = reporter->all; watched; watched = watched->next)
                n += is_busy(reporter, watched);
        return n;
}
