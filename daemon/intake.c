#include "daemon/intake.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/intake_batch.h"
#include "daemon/log.h"
#include "daemon/notify.h"
#include "daemon/turn.h"
#include "jobs/base/civil.h"

#define BATCHES_MAX 8 /* about 2 MB of memory each */

static const struct {
        bool writes;
        int (*run)(IntakeBatch *batch);
} steps[INTAKE_STEP_COUNT] = {
        [INTAKE_COPY] = { false, intake_copy },
        [INTAKE_RECORD] = { true, intake_record },
        [INTAKE_REMOVE] = { false, intake_remove },
        [INTAKE_GONE] = { true, intake_gone },
        [INTAKE_SCAN] = { false, intake_scan },
        [INTAKE_CHECK] = { false, intake_check },
        [INTAKE_REFUSE] = { true, intake_refuse },
        [INTAKE_ANSWER_REFUSED] = { false, intake_answer_refused },
        [INTAKE_FILED] = { true, intake_filed },
        [INTAKE_LOAD_BEGIN] = { true, intake_load_begin },
        [INTAKE_PARSE] = { false, intake_parse },
        [INTAKE_LOAD] = { true, intake_load },
        [INTAKE_SORT] = { false, intake_sort },
        [INTAKE_MERGE] = { true, intake_merge },
        [INTAKE_ANSWER_ACCEPTED] = { false, intake_answer_accepted },
        [INTAKE_ACCEPT] = { true, intake_accept },
        [INTAKE_PAYOUT_CHECK] = { false, intake_payout_check },
        [INTAKE_PAYOUT_BEGIN] = { true, intake_payout_begin },
        [INTAKE_PAYOUT_REPLACE] = { true, intake_payout_replace },
        [INTAKE_PAYOUT_PARSE] = { false, intake_payout_parse },
        [INTAKE_PAYOUT_LOAD] = { true, intake_payout_load },
        [INTAKE_PAYOUT_WATCH] = { true, intake_payout_watch },
        [INTAKE_PAYOUT_LIST] = { false, intake_payout_list },
        [INTAKE_PAYOUT_ANSWER] = { false, intake_payout_answer },
        [INTAKE_PAYOUT_ACCEPT] = { true, intake_payout_accept },
        [INTAKE_PAYOUT_FILE] = { false, intake_payout_file },
        [INTAKE_PAYOUT_FILED] = { true, intake_payout_filed },
        [INTAKE_DONE] = { false, NULL },
};

/* --- batches on their way ------------------------------------------------------------------- */

static IntakeBatch *batch_free(IntakeBatch *batch) {
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
        buffer_done(&batch->answer);
        buffer_done(&batch->last_reference);
        buffer_done(&batch->parsed_texts);
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
DEFINE_CLEANUP(IntakeBatch, batch_free)

static IntakeBatch *batch_new(Intake *intake, const Profile *profile) {
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
                (void) batch_free(batch);
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
                (void) batch_free(batch);
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
        CLEANUP(batch_free_p) IntakeBatch *batch = NULL;

        assert(intake->spool);
        if (intake->n_batches >= BATCHES_MAX)
                return -EAGAIN;
        if (is_recorded(intake, file))
                return 0;
        batch = batch_new(intake, file->profile);
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
        enqueue(intake, TAKE(batch));
        intake->n_batches++;
        return 1;
}

static int copy_facts(IntakeBatch *batch, const Batch *stored) {
        batch->id = stored->id;
        batch->scope = stored->scope;
        batch->parent = stored->parent;
        batch->maker_uid = stored->maker_uid;
        batch->received_at = stored->received_at;
        batch->lines = stored->file_lines;
        batch->loaded_offset = stored->loaded_offset;
        batch->loaded_line = stored->loaded_line;
        batch->end_id = stored->end_id;
        batch->ascending = stored->loaded_offset == 0;
        batch->facts =
                (FileFacts){ .size = stored->size,
                             .ends_with_line_end = true,
                             .dialect = { stored->encoding, stored->bom, stored->delimiter } };
        memcpy(batch->sha256, stored->sha256, sizeof(batch->sha256));
        order_totals_parse(&batch->declared, text_of(stored->declared));
        intake_control_parse(batch, stored->control);
        batch->safe_name = strdup(stored->file);
        batch->run = strdup(stored->run);
        if (!batch->safe_name || !batch->run ||
            asprintf(&batch->copy_name, "%s.csv", stored->source) < 0)
                return -ENOMEM;
        return intake_is_payout(batch) ? settings_payout_rules_of(stored->rules, &batch->rules)
                                       : settings_rules_of(stored->rules, &batch->rules);
}

/* Recorded, but is the dropped file still where it was? */
static int recover_received(IntakeBatch *batch, const Batch *stored) {
        int r;

        batch->refused = problem_of_name(text_of(stored->note));
        batch->source.waited = strcmp(stored->note, INTAKE_WAITED) == 0;
        if (stored->source_gone) {
                batch->step = batch->refused != PROBLEM_NONE ? INTAKE_REFUSE : INTAKE_SCAN;
                return 0;
        }
        r = spool_find(batch->intake->spool, batch->profile, stored->source, &batch->source.stat,
                       &batch->name);
        if (r < 0)
                return r;
        /* Gone, but killed before its .ctl was too. */
        r = r > 0 ? r : intake_control_remove(batch);
        if (r < 0)
                return r;
        batch->step = r > 0 ? INTAKE_REMOVE : INTAKE_GONE;
        batch->source.profile = batch->profile;
        batch->source.name = batch->name;
        text_copy_out(text_of(stored->source), batch->source.identity,
                      sizeof(batch->source.identity));
        return 0;
}

static int recover_step(IntakeBatch *batch, const Batch *stored) {
        int r;

        switch (stored->state) {
        case BATCH_RECEIVED:
                return recover_received(batch, stored);
        case BATCH_LOADING:
                if (intake_is_payout(batch))
                        return intake_payout_recover(batch);
                batch->step = INTAKE_PARSE;
                r = buffer_append_string(&batch->notes, stored->note);
                if (r >= 0)
                        r = intake_open_copy(batch);
                return r < 0 ? r : intake_load_again(batch);
        case BATCH_REFUSED:
                batch->step = INTAKE_ANSWER_REFUSED;
                return buffer_append_string(&batch->answer, stored->note);
        case BATCH_CLOSED: /* of a payout file */
                batch->step = INTAKE_PAYOUT_FILE;
                return 0;
        case BATCH_AWAITING_APPROVAL:
        case BATCH_RUNNING:
        case BATCH_SETTLED:
        case BATCH_STATE_COUNT:
                break;
        }
        return -EPROTO; /* these were not asked for */
}

static int recover(void *userdata, const Batch *stored) {
        Intake *intake = userdata;
        const Profile *profile = settings_folder(intake->options.settings, stored->profile);
        CLEANUP(batch_free_p) IntakeBatch *batch = NULL;
        char id[ANSWER_BATCH_SIZE];
        int r;

        notify_working("taking up the files that were being taken in");
        if ((stored->state == BATCH_REFUSED || stored->state == BATCH_CLOSED) && stored->archived)
                return 0;
        if (stored->state == BATCH_CLOSED && strcmp(stored->profile, SETTINGS_PAYOUTS) != 0)
                return 0;
        (void) answer_batch(stored->id, id);
        if (!profile || stored->live != intake->options.live) {
                log_message(profile ? MESSAGE_BATCH_OTHER_MODE : MESSAGE_BATCH_NO_PROFILE,
                            (LogPlace){ .batch = stored->id },
                            "batch %s is unfinished, but %s; it waits", id,
                            !profile ? "its profile is not in the settings any more"
                                     : "the key is of the other mode");
                return 0;
        }
        batch = batch_new(intake, profile);
        if (!batch)
                return -ENOMEM;
        r = copy_facts(batch, stored);
        if (r >= 0)
                r = recover_step(batch, stored);
        if (r < 0) {
                log_message(MESSAGE_BATCH_TROUBLE, (LogPlace){ .batch = stored->id },
                            "batch %s cannot be taken up again: %s; it waits for the next start",
                            id, strerror(-r));
                return 0;
        }
        enqueue(intake, TAKE(batch));
        intake->n_batches++;
        return 0;
}

int intake_recover(Intake *intake) {
        unsigned states = 1U << BATCH_RECEIVED | 1U << BATCH_LOADING | 1U << BATCH_REFUSED |
                          1U << BATCH_CLOSED;

        return ledger_batches(intake->options.ledger, states, recover, intake);
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
                int r = steps[batch->step].run(batch);

                batch->intake->work += r >= 0;
                if (r < 0 && writing)
                        return r; /* the whole turn is rolled back */
                if (r < 0)
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
