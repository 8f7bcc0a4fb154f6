/* The files of a batch that is reported on: is it at rest, and if so, slice by slice into place. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "daemon/base/file_writer.h"
#include "daemon/base/log.h"
#include "daemon/base/turn.h"
#include "daemon/results/reporter_private.h"
#include "jobs/base/civil.h"
#include "jobs/report/answer.h"
#include "sql/ledger_instruction.h"

#define LOOK_EVERY (SECOND / 10)
#define AGAIN      (5 * SECOND) /* after an error */

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

/* 1: what it asks for waits for a person. */
static int is_held(Ledger *ledger, int64_t id) {
        const Batch *batch;
        int r = ledger_batch_get(ledger, id, &batch);

        return r <= 0 ? r : batch->hold != HOLD_NONE || batch->state == BATCH_AWAITING_APPROVAL;
}

/* Nothing will happen by itself, but for rows whose send_at is still to come: rows that are held
 * each for itself, and unknown ones that are not tried again, wait for a person. */
static int look(Reporter *reporter, Watched *watched) {
        Ledger *ledger = reporter->options.ledger;
        Count counted = { 0 };
        int64_t later = 0, waiting = 0, unsettled = 0;
        int instructions, held;
        int r = ledger_totals(ledger, watched->batch, count, &counted);

        if (r >= 0 && counted.queued > 0)
                r = ledger_batch_later(ledger, watched->batch, turn_wall(), &later);
        if (r >= 0 && counted.unknown > 0)
                r = ledger_batch_waiting(ledger, watched->batch, &waiting);
        if (r >= 0)
                r = ledger_batch_unsettled(ledger, watched->batch, &unsettled);
        if (r < 0)
                return r;
        instructions = ledger_instruction_open(ledger, watched->batch);
        held = instructions > 0 ? is_held(ledger, watched->batch) : 0;
        if (instructions < 0 || held < 0)
                return instructions < 0 ? instructions : held;
        watched->at_rest = counted.sending == 0 && counted.queued == later && waiting == 0 &&
                           (instructions == 0 || held > 0);
        watched->settled = unsettled == 0 && instructions == 0;
        watched->look = false;
        watched->look_at = turn_now() + LOOK_EVERY; /* counting what is scheduled takes time */
        return 0;
}

bool reporter_wants(const Reporter *reporter, const Watched *watched, int64_t now) {
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
        if (r >= 0 && reporter_wants(reporter, watched, turn_now()))
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
        reporter_due_work(reporter);
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
