/* Rows into the ledger: load, sort and merge references. */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "daemon/base/log.h"
#include "daemon/base/turn.h"
#include "daemon/intake/intake_batch.h"
#include "jobs/base/civil.h"

#define BACKLOG_MAX        (INT64_C(8) << 20) /* written back in some 50 ms */
#define FEW_LINES          1000               /* they do not make it much longer */
#define BEHIND_SAID        (30 * SECOND)
#define WRITE_AT_MOST      (SECOND * 8 / 1000)
#define REFERENCES_AT_ONCE 64    /* a page of the store is read for each, if they are far apart */
#define PAGE               4096U /* references read from the ledger at a time */

/* --- the store's log ------------------------------------------------------------------------ */

bool intake_must_wait(const IntakeBatch *batch) {
        if (batch->step != INTAKE_LOAD && batch->step != INTAKE_MERGE)
                return false;
        return batch->lines > FEW_LINES &&
               ledger_backlog(batch->intake->options.ledger) > BACKLOG_MAX;
}

void intake_catch_up(Intake *intake) {
        Ledger *ledger = intake->options.ledger;
        int64_t now = turn_now();

        if (ledger_backlog(ledger) > BACKLOG_MAX)
                ledger_catch_up(ledger);
        if (ledger_backlog(ledger) <= BACKLOG_MAX) {
                intake->behind_since = 0;
                intake->behind_said = false;
                return;
        }
        if (intake->behind_since == 0)
                intake->behind_since = now;
        if (intake->n_batches == 0 || intake->behind_said ||
            now - intake->behind_since < BEHIND_SAID)
                return;
        intake->behind_said = true;
        log_say(MESSAGE_STORE_READ,
                "another program reads the store without a pause; large files wait until it ends");
}

/* --- references ----------------------------------------------------------------------------- */

/* What becomes of a row whose reference is not simply its own. */
static const struct {
        ProblemCode code;
        Status status;
        Hold hold;
} taken[] = {
        [REFERENCE_DUPLICATE] = { PROBLEM_DUPLICATE, STATUS_DUPLICATE, HOLD_NONE },
        [REFERENCE_CONFLICT] = { PROBLEM_CONFLICT, STATUS_CONFLICT, HOLD_NONE },
        [REFERENCE_GIVEN_UP] = { PROBLEM_GIVEN_UP_BEFORE, STATUS_HELD, HOLD_OPERATOR },
};

/* It says which other row there is. */
static int answer_reference(IntakeBatch *batch, int64_t row, Text order_id, int64_t other,
                            ReferenceAnswer answer) {
        AUTO_BUFFER detail = BUFFER_EMPTY, reason = BUFFER_EMPTY;
        char id[ANSWER_BATCH_SIZE];
        Problem problem = { .code = taken[answer].code, .value = order_id };
        RowChange change = { .hold = taken[answer].hold,
                             .code = text_of(problem_name(problem.code)) };
        static const char *const line[LANGUAGE_COUNT] = { "línea", "line" };
        int r = buffer_printf(&detail, "%s, %s %u", answer_batch(row_batch(other), id),
                              line[batch->rules->language], row_line(other));

        if (r < 0)
                return r;
        problem.detail = (Text){ detail.data, detail.size };
        r = problem_append_reason(&reason, &problem, batch->rules->language);
        if (r < 0)
                return r;
        change.reason = (Text){ reason.data, reason.size };
        if (answer == REFERENCE_CONFLICT)
                batch->intake->had_rejects = true;
        return ledger_row_move(batch->intake->options.ledger, row, STATUS_QUEUED,
                               taken[answer].status, &change);
}

static int take_reference(IntakeBatch *batch, int64_t row, Text order_id) {
        int64_t other;
        int r = ledger_reference_take(batch->intake->options.ledger, batch->scope, order_id, row,
                                      &other);

        if (r < 0 || r == REFERENCE_TAKEN || r == REFERENCE_NEXT)
                return r < 0 ? r : 0;
        return answer_reference(batch, row, order_id, other, (ReferenceAnswer) r);
}

/* Nearly always all are free. */
static int take_references(IntakeBatch *batch, const NewReference *references, size_t n) {
        int r = ledger_references_take(batch->intake->options.ledger, batch->scope, references, n);

        if (r != 0)
                return r < 0 ? r : 0;
        for (size_t i = 0; r >= 0 && i < n; i++)
                r = take_reference(batch, references[i].row, references[i].order_id);
        return r;
}

/* --- rows ----------------------------------------------------------------------------------- */

/* The buffer of their texts grows no more: now they are known. */
static void find_texts(IntakeBatch *batch) {
        const char *text = batch->parsed_texts.data;

        for (unsigned i = 0; i < batch->n_parsed; i++) {
                NewRow *row = &batch->parsed[i];
                Text *const texts[] = { &row->order_id, &row->raw, &row->code, &row->reason };

                for (size_t k = 0; k < ELEMENTS(texts); k++) {
                        texts[k]->data = text;
                        text += texts[k]->size;
                }
        }
}

static int load_instructions(IntakeBatch *batch) {
        const char *text = batch->instruction_texts.data;
        int r = 0;

        for (size_t i = 0; r >= 0 && i < batch->n_instructions; i++) {
                NewInstruction *new = &batch->instructions[i];
                Text *const texts[] = { &new->order_id, &new->raw, &new->code, &new->reason };

                for (size_t k = 0; k < ELEMENTS(texts); k++) {
                        texts[k]->data = text;
                        text += texts[k]->size;
                }
                batch->intake->had_rejects = batch->intake->had_rejects || new->bad;
                r = ledger_instruction_add(batch->intake->options.ledger, new);
                if (new->id >= batch->end_id)
                        batch->end_id = new->id + 1;
        }
        return r;
}

static int take_ascending(IntakeBatch *batch) {
        NewReference references[REFERENCES_AT_ONCE];
        size_t n = 0;
        int r = 0;

        for (unsigned i = 0; r >= 0 && i < batch->n_ascending; i++) {
                const NewRow *row = &batch->parsed[i];

                if (row->status != STATUS_QUEUED || row->waits)
                        continue;
                references[n++] = (NewReference){ row->order_id, row->id };
                if (n < ELEMENTS(references))
                        continue;
                r = take_references(batch, references, n);
                n = 0;
        }
        return r >= 0 && n > 0 ? take_references(batch, references, n) : r;
}

static int load_rows(IntakeBatch *batch) {
        int r;

        find_texts(batch);
        for (unsigned i = 0; i < batch->n_parsed; i++)
                if (batch->parsed[i].status == STATUS_REJECTED)
                        batch->intake->had_rejects = true;
        r = ledger_rows_add(batch->intake->options.ledger, batch->parsed, batch->n_parsed);
        if (r >= 0)
                r = take_ascending(batch);
        if (r >= 0 && batch->n_parsed > 0)
                batch->end_id = batch->parsed[batch->n_parsed - 1].id + 1;
        return r < 0 ? r : load_instructions(batch);
}

/* So many rows that a transaction takes its time and no more, on this machine and with this
 * store. */
static void adapt(IntakeBatch *batch, int64_t took) {
        if (took > WRITE_AT_MOST && batch->parse_at_most > PARSED_MAX / 32)
                batch->parse_at_most -= batch->parse_at_most / 4;
        else if (took < WRITE_AT_MOST * 3 / 4 && batch->n_parsed == batch->parse_at_most &&
                 batch->parse_at_most <= PARSED_MAX - 64)
                batch->parse_at_most += 64;
}

int intake_load(IntakeBatch *batch) {
        int64_t began = turn_now();
        int r = load_rows(batch);

        if (r >= 0)
                r = ledger_batch_loaded(batch->intake->options.ledger, batch->id,
                                        batch->parsed_offset, batch->parsed_line, batch->end_id);
        if (r < 0)
                return r;
        adapt(batch, turn_now() - began);
        batch->next = !batch->parsed_all ? INTAKE_PARSE
                      : batch->ascending ? INTAKE_ANSWER_ACCEPTED
                                         : INTAKE_SORT;
        return 1;
}

/* --- sort and merge ------------------------------------------------------------------------- */

static int sort_reference(void *userdata, int64_t row, Text order_id) {
        IntakeBatch *batch = userdata;

        batch->sorted_to = row;
        return reference_sort_add(batch->sort, order_id, row);
}

int intake_sort(IntakeBatch *batch) {
        const Intake *intake = batch->intake;
        int r = 0;

        batch->file = order_file_free(batch->file);
        batch->next = INTAKE_MERGE;
        if (!batch->sort)
                r = reference_sort_new(spool_work(intake->spool), batch->lines, &batch->sort);
        while (r >= 0) {
                r = ledger_batch_references(intake->options.ledger, batch->id, batch->sorted_to,
                                            PAGE, sort_reference, batch);
                if (r == 0)
                        break;
                if (intake_enough(batch))
                        return r < 0 ? r : 0;
        }
        if (r >= 0)
                r = reference_sort_begin(batch->sort);
        if (r < 0) {
                batch->sort = reference_sort_free(batch->sort);
                batch->sorted_to = 0;
        }
        return r < 0 ? r : 1;
}

/* The next sorted ones, at most REFERENCES_AT_ONCE, their texts in `texts`. Their number. */
static int next_references(IntakeBatch *batch, NewReference *references, Buffer *texts) {
        size_t n = 0, at = 0;
        Text order_id;
        int64_t row;
        int r = 1;

        while (n < REFERENCES_AT_ONCE) {
                r = reference_sort_next(batch->sort, &order_id, &row);
                if (r <= 0)
                        break;
                r = buffer_append(texts, order_id.data, order_id.size);
                if (r < 0)
                        break;
                references[n++] = (NewReference){ { NULL, order_id.size }, row };
        }
        for (size_t i = 0; i < n; at += references[i++].order_id.size)
                references[i].order_id.data = texts->data + at;
        return r < 0 ? r : (int) n;
}

int intake_merge(IntakeBatch *batch) {
        AUTO_BUFFER texts = BUFFER_EMPTY;
        NewReference references[REFERENCES_AT_ONCE];
        int n, r;

        batch->next = INTAKE_ANSWER_ACCEPTED;
        do {
                buffer_clear(&texts);
                n = next_references(batch, references, &texts);
                if (n < 0) { /* its file: it is sorted again, and taking twice is taking once */
                        intake_complain(batch, n);
                        batch->sort = reference_sort_free(batch->sort);
                        batch->sorted_to = 0;
                        batch->step = INTAKE_SORT;
                        return 0;
                }
                r = n > 0 ? take_references(batch, references, (size_t) n) : 0;
                if (r < 0)
                        return r;
                if (n < REFERENCES_AT_ONCE && reference_sort_shrink(batch->sort) == 0)
                        return 1;
        } while (!intake_enough(batch));
        return 0;
}
