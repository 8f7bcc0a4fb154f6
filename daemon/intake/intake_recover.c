/* After a restart: the batches that an earlier run left unfinished go on where the ledger says. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/base/log.h"
#include "daemon/base/notify.h"
#include "daemon/intake/intake_batch.h"

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
                if (r < 0 && intake_lose(batch, r)) {
                        batch->step = batch->next;
                        return 0;
                }
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
        CLEANUP(intake_batch_free_p) IntakeBatch *batch = NULL;
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
        batch = intake_batch_new(intake, profile);
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
        intake_batch_add(intake, TAKE(batch));
        return 0;
}

int intake_recover(Intake *intake) {
        unsigned states = 1U << BATCH_RECEIVED | 1U << BATCH_LOADING | 1U << BATCH_REFUSED |
                          1U << BATCH_CLOSED;

        return ledger_batches(intake->options.ledger, states, recover, intake);
}
