#include "daemon/intake/intake.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/base/log.h"
#include "daemon/base/loop_times.h"
#include "daemon/base/turn.h"
#include "daemon/intake/intake_batch.h"
#include "jobs/base/civil.h"

#define BATCHES_MAX  8 /* about 2 MB of memory each */
#define BEHIND_AGAIN (SECOND / 50)

static const struct {
        const char *name; /* for LoopTimes */
        bool writes;
        int (*run)(IntakeBatch *batch);
} steps[INTAKE_STEP_COUNT] = {
        [INTAKE_COPY] = { "copy", false, intake_copy },
        [INTAKE_RECORD] = { "record", true, intake_record },
        [INTAKE_REMOVE] = { "remove", false, intake_remove },
        [INTAKE_GONE] = { "gone", true, intake_gone },
        [INTAKE_SCAN] = { "scan", false, intake_scan },
        [INTAKE_CHECK] = { "check", false, intake_check },
        [INTAKE_WITHDRAW] = { "withdraw", true, intake_withdraw },
        [INTAKE_REFUSE] = { "refuse", true, intake_refuse },
        [INTAKE_ANSWER_REFUSED] = { "answer_refused", false, intake_answer_refused },
        [INTAKE_FILED] = { "filed", true, intake_filed },
        [INTAKE_LOAD_BEGIN] = { "load_begin", true, intake_load_begin },
        [INTAKE_PARSE] = { "parse", false, intake_parse },
        [INTAKE_LOAD] = { "load", true, intake_load },
        [INTAKE_SORT] = { "sort", false, intake_sort },
        [INTAKE_MERGE] = { "merge", true, intake_merge },
        [INTAKE_ANSWER_ACCEPTED] = { "answer_accepted", false, intake_answer_accepted },
        [INTAKE_ACCEPT] = { "accept", true, intake_accept },
        [INTAKE_PAYOUT_CHECK] = { "payout_check", false, intake_payout_check },
        [INTAKE_PAYOUT_BEGIN] = { "payout_begin", true, intake_payout_begin },
        [INTAKE_PAYOUT_REPLACE] = { "payout_replace", true, intake_payout_replace },
        [INTAKE_PAYOUT_PARSE] = { "payout_parse", false, intake_payout_parse },
        [INTAKE_PAYOUT_LOAD] = { "payout_load", true, intake_payout_load },
        [INTAKE_PAYOUT_WATCH] = { "payout_watch", true, intake_payout_watch },
        [INTAKE_PAYOUT_LIST] = { "payout_list", false, intake_payout_list },
        [INTAKE_PAYOUT_ANSWER] = { "payout_answer", false, intake_payout_answer },
        [INTAKE_PAYOUT_ACCEPT] = { "payout_accept", true, intake_payout_accept },
        [INTAKE_PAYOUT_FILE] = { "payout_file", false, intake_payout_file },
        [INTAKE_PAYOUT_FILED] = { "payout_filed", true, intake_payout_filed },
        [INTAKE_DONE] = { "done", false, NULL },
};

/* --- batches on their way ------------------------------------------------------------------- */

IntakeBatch *intake_batch_free(IntakeBatch *batch) {
        if (!batch)
                return NULL;
        (void) order_file_free(batch->file);
        (void) intake_payout_free(batch->payout);
        (void) batch_check_free(batch->check);
        (void) reference_sort_free(batch->sort);
        (void) digest_free(batch->digest);
        (void) dialect_scan_free(batch->scan);
        (void) settings_rules_free(batch->rules);
        close_fd_p(&batch->source.fd);
        close_fd_p(&batch->copy);
        buffer_done(&batch->snapshot);
        buffer_done(&batch->notes);
        buffer_done(&batch->problems);
        buffer_done(&batch->judged);
        buffer_done(&batch->answer);
        buffer_done(&batch->last_reference);
        buffer_done(&batch->parsed_texts);
        buffer_done(&batch->instruction_texts);
        free(batch->instructions);
        free(batch->parsed);
        free(batch->contents);
        free(batch->name);
        free(batch->copy_name);
        free(batch->safe_name);
        free(batch->run);
        free(batch->header);
        free(batch);
        return NULL;
}

IntakeBatch *intake_batch_new(Intake *intake, const Profile *profile) {
        IntakeBatch *batch = calloc(1, sizeof(*batch));

        if (!batch)
                return NULL;
        batch->intake = intake;
        batch->profile = profile;
        batch->copy = batch->source.fd = -1;
        batch->ascending = true;
        return batch;
}

static void enqueue(Intake *intake, IntakeBatch *batch) {
        IntakeBatch **end = &intake->batches;

        while (*end)
                end = &(*end)->next_batch;
        batch->next_batch = NULL;
        *end = batch;
}

void intake_batch_add(Intake *intake, IntakeBatch *batch) {
        enqueue(intake, batch);
        intake->n_batches++;
}

static void drop_done(Intake *intake) {
        IntakeBatch **link = &intake->batches;
        bool dropped = false;

        while (*link) {
                IntakeBatch *batch = *link;

                if (batch->step != INTAKE_DONE) {
                        link = &batch->next_batch;
                        continue;
                }
                *link = batch->next_batch;
                (void) intake_batch_free(batch);
                intake->n_batches--;
                dropped = true;
        }
        if (dropped)
                spool_look(intake->spool); /* there is room again */
}

int intake_new(const IntakeOptions *options, Intake **ret_intake) {
        Intake *intake = calloc(1, sizeof(*intake));

        if (!intake)
                return -ENOMEM;
        intake->options = *options;
        *ret_intake = intake;
        return 0;
}

Intake *intake_free(Intake *intake) {
        if (!intake)
                return NULL;
        while (intake->batches) {
                IntakeBatch *batch = intake->batches;

                intake->batches = batch->next_batch;
                (void) intake_batch_free(batch);
        }
        free(intake);
        return NULL;
}

void intake_set_spool(Intake *intake, Spool *spool) {
        intake->spool = spool;
}

/* --- taking up ------------------------------------------------------------------------------ */

/* Recorded before a kill, and being taken up by intake_recover(). */
static bool is_recorded(const Intake *intake, const SpoolFile *file) {
        int64_t id;

        return ledger_batch_of_source(intake->options.ledger, file->identity, &id) != 0;
}

int intake_take(void *userdata, const SpoolFile *file) {
        Intake *intake = userdata;
        CLEANUP(intake_batch_free_p) IntakeBatch *batch = NULL;

        assert(intake->spool);
        if (intake->n_batches >= BATCHES_MAX)
                return -EAGAIN;
        if (is_recorded(intake, file))
                return 0;
        batch = intake_batch_new(intake, file->profile);
        if (!batch)
                return 0;
        batch->name = strdup(file->name);
        batch->received_at = turn_wall();
        if (!batch->name || asprintf(&batch->copy_name, "%s.csv", file->identity) < 0)
                return 0;
        batch->source = *file;
        batch->source.name = batch->name;
        batch->declared = file->declared;
        order_totals_of_name(&batch->declared, text_of(batch->name));
        batch->refused = file->refused;
        batch->step = INTAKE_COPY;
        batch->offered = true;
        intake_batch_add(intake, TAKE(batch));
        return 1;
}

/* --- the steps ------------------------------------------------------------------------------ */

bool intake_enough(const IntakeBatch *batch) {
        return turn_now() >= batch->deadline;
}

static void go_on(IntakeBatch *batch) {
        batch->step_done = false;
        batch->step = batch->next;
        batch->complained = 0;
}

/* Runs steps of one kind until one of the other kind comes, the time is up, or it has to wait. */
static int run(IntakeBatch *batch, bool writing, int64_t deadline) {
        batch->deadline = deadline;
        while (batch->step != INTAKE_DONE && steps[batch->step].writes == writing &&
               !batch->step_done && turn_now() >= batch->not_before) {
                int r;

                if (writing && intake_must_wait(batch)) {
                        batch->not_before = turn_now() + BEHIND_AGAIN;
                        break;
                }
                r = steps[batch->step].run(batch);
                loop_times_part(steps[batch->step].name);
                batch->intake->work += r >= 0;
                if (r < 0 && writing)
                        return r; /* the whole turn is rolled back */
                if (r < 0 && intake_lose(batch, r))
                        go_on(batch);
                else if (r < 0)
                        intake_complain(batch, r);
                else if (r > 0 && writing)
                        batch->step_done = true;
                else if (r > 0)
                        go_on(batch);
                if (r <= 0 || intake_enough(batch))
                        break;
        }
        return 0;
}

static int run_all(Intake *intake, bool writing, int64_t deadline) {
        for (IntakeBatch *batch = intake->batches; batch; batch = batch->next_batch) {
                int r = run(batch, writing, deadline);

                if (r < 0)
                        return r;
                if (turn_now() >= deadline)
                        break;
        }
        return 0;
}

int intake_write(Intake *intake, int64_t deadline) {
        return run_all(intake, true, deadline);
}

void intake_work(Intake *intake, int64_t deadline) {
        IntakeBatch *first = intake->batches;

        intake_catch_up(intake);
        loop_times_part("catch_up");
        (void) run_all(intake, false, deadline);
        /* The next slice begins with the next batch, so that each gets its share. */
        if (first && first->next_batch) {
                intake->batches = first->next_batch;
                enqueue(intake, first);
        }
        drop_done(intake);
}

void intake_committed(Intake *intake) {
        for (IntakeBatch *batch = intake->batches; batch; batch = batch->next_batch) {
                if (!batch->step_done)
                        continue;
                if (batch->step == INTAKE_LOAD) {
                        batch->loaded_offset = batch->parsed_offset;
                        batch->loaded_line = batch->parsed_line;
                }
                if (batch->changed && batch->step == INTAKE_GONE)
                        intake_discard_copy(batch);
                intake_payout_committed(batch);
                if (batch->step == INTAKE_ACCEPT)
                        intake->options.accepted(intake->options.userdata, batch->id);
                go_on(batch);
        }
}

void intake_rolled_back(Intake *intake) {
        for (IntakeBatch *batch = intake->batches; batch; batch = batch->next_batch) {
                batch->step_done = false;
                batch->withdrawn_to = 0;
                if (batch->step == INTAKE_MERGE) { /* taking twice is taking once */
                        batch->sort = reference_sort_free(batch->sort);
                        batch->sorted_to = 0;
                        batch->step = INTAKE_SORT;
                }
        }
}

int64_t intake_next(const Intake *intake) {
        int64_t next = INT64_MAX;

        for (const IntakeBatch *batch = intake->batches; batch; batch = batch->next_batch)
                if (batch->not_before < next)
                        next = batch->not_before;
        return next;
}

uint64_t intake_work_done(const Intake *intake) {
        return intake->work;
}

unsigned intake_busy(const Intake *intake) {
        return intake->n_batches;
}

bool intake_had_rejects(const Intake *intake) {
        return intake->had_rejects;
}
