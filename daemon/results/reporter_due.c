/* Summaries of batches whose rows stay as they are: something was paid out for them, or a finding
 * came or went. The ledger remembers which (ledger_summary_due()), so that a kill forgets none; one
 * is written a turn, and only some seconds after the first change: a payout file is many lines. */
#include <string.h>

#include "daemon/base/log.h"
#include "daemon/base/turn.h"
#include "daemon/results/reporter_private.h"
#include "jobs/base/civil.h"
#include "jobs/report/answer.h"
#include "sql/ledger_finding.h"
#include "sql/ledger_retention.h"

#define AFTER (2 * SECOND)
#define AGAIN (5 * SECOND) /* after an error */

static int summarise(const Reporter *reporter, int64_t id) {
        const ReporterOptions *options = &reporter->options;
        Forgotten forgotten = { .what = FORGOTTEN_NOTHING };
        const Profile *profile;
        const Batch *batch;
        int r = ledger_forgotten(options->ledger, id, &forgotten);

        if (r < 0 || forgotten.what == FORGOTTEN_BATCH)
                return r < 0 ? r : 0; /* its files are not to come back */
        r = ledger_batch_get(options->ledger, id, &batch);
        if (r <= 0)
                return r;
        profile = settings_profile_or_default(options->settings, batch->profile);
        return report_files_summarise(options->ledger, id, spool_results(options->spool, profile));
}

/* The first failure of a round is told, unless it is that of the round before: a folder that is gone
 * for a day is one thing to be told, however many batches and other troubles there are. */
static bool is_news(Due *due, int error) {
        bool news = due->failed == 0 && error != due->complained;

        if (due->failed == 0)
                due->failed = error;
        return news;
}

/* All that were due have been tried, as far as they could be read. */
static void end_round(Due *due) {
        due->at = due->failed < 0 ? turn_now() + AGAIN : 0;
        due->complained = due->failed;
        due->failed = 0;
        due->after = 0;
}

/* Those behind it are tried all the same: perhaps it is the folder of one profile. */
static void pass_over(Due *due, int64_t batch, int error) {
        char id[ANSWER_BATCH_SIZE];

        due->at = turn_now();
        due->after = batch;
        if (is_news(due, error))
                log_message(MESSAGE_RESULTS_TROUBLE, (LogPlace){ .batch = batch },
                            "cannot write the summary of batch %s into results/: %s; trying again "
                            "every 5 seconds",
                            answer_batch(batch, id), strerror(-error));
}

/* Which batch is next cannot be read, so nothing behind it can be tried. */
static void give_up_round(Due *due, int error) {
        if (is_news(due, error))
                log_say(MESSAGE_STORE_TROUBLE,
                        "cannot read which summaries are to be written: %s; trying again every 5 "
                        "seconds",
                        strerror(-error));
        end_round(due);
}

void reporter_due_work(Reporter *reporter) {
        bool at_once = reporter->options.at_once || reporter->finishing;
        Due *due = &reporter->due;
        int64_t batch = 0, times = 0;
        int r;

        if (due->batch != 0 || turn_now() < due->at)
                return;
        r = ledger_summary_due(reporter->options.ledger, due->after, &batch, &times);
        if (r < 0) {
                give_up_round(due, r);
                return;
        }
        if (r == 0) {
                end_round(due);
                return;
        }
        if (due->at == 0 && !at_once) {
                due->at = turn_now() + AFTER;
                return;
        }
        r = summarise(reporter, batch);
        if (r < 0) {
                pass_over(due, batch, r);
                return;
        }
        due->at = turn_now();
        due->batch = batch;
        due->times = times;
        reporter->work++;
}

int reporter_due_write(Reporter *reporter) {
        Due *due = &reporter->due;

        if (due->batch == 0)
                return 0;
        due->told = true;
        return ledger_summary_written(reporter->options.ledger, due->batch, due->times);
}

void reporter_due_committed(Reporter *reporter) {
        if (reporter->due.told)
                reporter->due.batch = 0;
        reporter->due.told = false;
}

int64_t reporter_due_next(const Reporter *reporter) {
        if (reporter->due.batch != 0)
                return 0;
        return reporter->due.at != 0 ? reporter->due.at : INT64_MAX;
}

bool reporter_due_is_busy(const Reporter *reporter) {
        return reporter->due.at != 0;
}
