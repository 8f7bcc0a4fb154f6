/* A payout file of the provider: the steps that it has instead of an order file's. It is copied,
 * recorded, removed and, if it is no good, refused like any other; then
 *
 *   check     the pure pass: is every line readable, do its amounts agree in kind with what we
 *             know, does it correct an earlier file (same name, and a line of it)?
 *   replace   the lines of the file that it corrects are withdrawn
 *   load      lines, each matched with the payment that it is of
 *   watch     payments that are long paid and in no payout become findings
 *   list      what a person should look at
 *   answer, accept, file
 *
 * One payout file after the other, in the order of their batches: what is `twice` does not depend
 * on which was read faster.
 */
#include <errno.h>
#include <string.h>

#include "daemon/base/turn.h"
#include "daemon/intake/intake_payout.h"
#include "jobs/base/civil.h"

#define WITHDRAW        32U
#define HUNDRED         100
#define WAIT_FOR_BEFORE (SECOND / 20)

IntakePayout *intake_payout_free(IntakePayout *payout) {
        if (!payout)
                return NULL;
        (void) payout_file_free(payout->file);
        (void) problem_list_free(payout->problems);
        buffer_done(&payout->watched.id);
        buffer_done(&payout->watching.id);
        buffer_done(&payout->listing);
        buffer_done(&payout->texts);
        free(payout);
        return NULL;
}

bool intake_is_payout(const IntakeBatch *batch) {
        return strcmp(batch->profile->name, SETTINGS_PAYOUTS) == 0;
}

static int begin(IntakeBatch *batch) {
        if (!batch->payout)
                batch->payout = calloc(1, sizeof(*batch->payout));
        return batch->payout ? 0 : -ENOMEM;
}

/* Opens the copy at the place that the ledger has. */
static int open_file(IntakeBatch *batch) {
        IntakePayout *payout = batch->payout;
        int r = intake_open_copy(batch);

        payout->file = payout_file_free(payout->file);
        if (r >= 0)
                r = payout_file_open(batch->rules, &batch->facts, intake_read_copy, batch,
                                     &payout->file);
        if (r >= 0 && batch->loaded_offset > 0)
                payout_file_seek(payout->file, batch->loaded_offset, batch->loaded_line);
        return r;
}

/* --- check ---------------------------------------------------------------------------------- */

static bool is_behind_another(const IntakeBatch *batch) {
        for (const IntakeBatch *other = batch->intake->batches; other; other = other->next_batch)
                if (other->id > 0 && other->id < batch->id && other->profile == batch->profile)
                        return true;
        return false;
}

static int append_problems(IntakeBatch *batch, const Problem *problems, size_t n) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < n; i++) {
                r = problem_append_line(&batch->problems, &problems[i], batch->rules->language);
                if (r >= 0)
                        r = buffer_append_char(&batch->problems, '\n');
        }
        return r;
}

/* Does the file count in hundredths of what we count in, or the other way round? */
static int compare_known(IntakeBatch *batch, const PayoutLine *line) {
        IntakePayout *payout = batch->payout;
        int64_t known = 0;
        int r = ledger_payout_known(batch->intake->options.ledger, line, &known);

        if (r <= 0 || known == 0)
                return r < 0 ? r : 0;
        payout->known++;
        payout->hundredfold += line->amount == known * HUNDRED;
        payout->hundredth += line->amount * HUNDRED == known;
        return 0;
}

static int check_line(IntakeBatch *batch, const PayoutLine *line) {
        IntakePayout *payout = batch->payout;
        int r = 0;

        payout->lines++;
        for (size_t i = 0; r >= 0 && i < line->n_problems; i++)
                r = problem_list_add(payout->problems, &line->problems[i]);
        if (r < 0 || line->n_problems > 0)
                return r;
        if (line->created_at > payout->newest_at)
                payout->newest_at = line->created_at;
        if (payout->replaces == 0)
                r = ledger_payout_of_line(batch->intake->options.ledger, line, batch->safe_name,
                                          &payout->replaces);
        return r < 0 ? r : compare_known(batch, line);
}

static int end_check(IntakeBatch *batch) {
        IntakePayout *payout = batch->payout;
        AUTO_BUFFER detail = BUFFER_EMPTY;
        Problem cents = { .code = PROBLEM_PAYOUT_CENTS };
        int r = 0;

        batch->lines = payout->lines;
        batch->facts.dialect = payout_file_dialect(payout->file);
        if (payout->known > 0 &&
            (payout->hundredfold == payout->known || payout->hundredth == payout->known)) {
                r = buffer_append_integer(&detail, payout->known);
                cents.detail = (Text){ detail.data, detail.size };
                if (r >= 0)
                        r = append_problems(batch, &cents, 1);
        }
        if (r >= 0)
                r = problem_list_append(payout->problems, batch->rules->language, &batch->problems);
        batch->next = batch->problems.size > 0 ? INTAKE_REFUSE : INTAKE_PAYOUT_BEGIN;
        return r < 0 ? r : 1;
}

/* 1: the check may go on; 0: the file is refused, or has to wait. */
static int begin_check(IntakeBatch *batch) {
        const Intake *intake = batch->intake;
        const Problem *problems;
        size_t n;
        int r;

        r = ledger_payout_of_bytes(intake->options.ledger, batch->sha256, intake->options.live,
                                   batch->id, &batch->same_as);
        if (r != 0) {
                batch->next = INTAKE_REFUSE;
                return r < 0 ? r : 0;
        }
        batch->payout = intake_payout_free(batch->payout); /* what an error left half done */
        r = begin(batch);
        if (r >= 0)
                r = problem_list_new(&batch->payout->problems);
        if (r >= 0)
                r = open_file(batch);
        if (r < 0)
                return r;
        buffer_clear(&batch->problems);
        problems = payout_file_problems(batch->payout->file, &n);
        r = append_problems(batch, problems, n);
        batch->next = INTAKE_REFUSE;
        return r < 0 ? r : n == 0;
}

int intake_payout_check(IntakeBatch *batch) {
        const PayoutLine *line;
        int r;

        if (is_behind_another(batch)) {
                batch->not_before = turn_now() + WAIT_FOR_BEFORE;
                return 0;
        }
        if (!batch->payout || !batch->payout->file) {
                r = begin_check(batch);
                if (r <= 0)
                        return r < 0 ? r : 1;
        }
        do {
                r = payout_file_next(batch->payout->file, &line);
                if (r == 0)
                        return end_check(batch);
                if (r > 0)
                        r = check_line(batch, line);
        } while (r >= 0 && !intake_enough(batch));
        if (r < 0) /* it is begun again */
                batch->payout->file = payout_file_free(batch->payout->file);
        return r < 0 ? r : 0;
}

/* --- load ----------------------------------------------------------------------------------- */

/* May be rolled back and done again. */
int intake_payout_begin(IntakeBatch *batch) {
        Ledger *ledger = batch->intake->options.ledger;
        IntakePayout *payout = batch->payout;
        const Batch checked = {
                .id = batch->id,
                .header = payout_file_header(payout->file),
                .delimiter = batch->facts.dialect.delimiter,
                .encoding = batch->facts.dialect.encoding,
                .bom = batch->facts.dialect.bom,
                .file_lines = batch->lines,
                .note = "",
        };
        int r = ledger_batch_checked(ledger, &checked);

        if (r >= 0)
                r = ledger_batch_set_state(ledger, batch->id, BATCH_LOADING);
        if (r >= 0)
                r = ledger_payout_begin(ledger, batch->id, payout->replaces, payout->newest_at);
        batch->next = INTAKE_PAYOUT_REPLACE;
        return r < 0 ? r : 1;
}

static int take_newest(void *userdata, const PayoutFacts *facts) {
        IntakeBatch *batch = userdata;

        batch->payout->newest_at = facts->newest_at;
        return 1;
}

/* Killed after the rows of it began to be loaded. */
int intake_payout_recover(IntakeBatch *batch) {
        Ledger *ledger = batch->intake->options.ledger;
        int r = begin(batch);

        if (r >= 0)
                r = ledger_payout_replaced(ledger, batch->id, &batch->payout->replaces);
        if (r >= 0)
                r = ledger_payouts(ledger, batch->id - 1, 1, take_newest, batch);
        batch->step = INTAKE_PAYOUT_REPLACE;
        return r < 0 ? r : 0;
}

/* What is withdrawn is gone from the ledger: done again, there is only less of it. */
int intake_payout_replace(IntakeBatch *batch) {
        int64_t replaces = batch->payout->replaces;

        batch->next = INTAKE_PAYOUT_PARSE;
        while (replaces != 0) {
                int r = ledger_payout_withdraw(batch->intake->options.ledger, replaces, WITHDRAW);

                if (r <= 0)
                        return r < 0 ? r : 1;
                if (intake_enough(batch))
                        return 0;
        }
        return 1;
}

static int keep_line(IntakePayout *payout, const PayoutLine *line) {
        ParsedLine *parsed = &payout->parsed[payout->n_parsed];
        int r = buffer_append(&payout->texts, line->id.data, line->id.size);

        *parsed = (ParsedLine){ .line = *line, .offset = payout->texts.size - line->id.size };
        if (r >= 0)
                r = buffer_append(&payout->texts, line->resource.data, line->resource.size);
        payout->n_parsed += r >= 0;
        return r;
}

/* Lines are read while the store is free. */
int intake_payout_parse(IntakeBatch *batch) {
        IntakePayout *payout = batch->payout;
        const PayoutLine *line;
        int r = payout->loading ? 0 : open_file(batch);

        batch->next = INTAKE_PAYOUT_LOAD;
        payout->n_parsed = 0;
        buffer_clear(&payout->texts);
        while (r >= 0 && payout->n_parsed < PARSED_LINES) {
                r = payout_file_next(payout->file, &line);
                batch->parsed_all = r == 0;
                if (r == 0)
                        break;
                if (r > 0)
                        r = line->n_problems > 0 ? -ESTALE : keep_line(payout, line);
        }
        payout->loading = r >= 0; /* else from where the ledger is */
        if (r < 0)
                return r;
        batch->parsed_offset = payout_file_offset(payout->file);
        batch->parsed_line = payout_file_line(payout->file);
        return 1;
}

int intake_payout_load(IntakeBatch *batch) {
        Ledger *ledger = batch->intake->options.ledger;
        IntakePayout *payout = batch->payout;
        int r = 0;

        for (unsigned i = 0; r >= 0 && i < payout->n_parsed; i++) {
                const ParsedLine *parsed = &payout->parsed[i];
                PayoutLine line = parsed->line;

                line.id.data = payout->texts.data + parsed->offset;
                line.resource.data = line.id.data + line.id.size;
                r = ledger_payout_add(ledger, batch->id, &line);
        }
        if (r >= 0)
                r = ledger_batch_loaded(ledger, batch->id, batch->parsed_offset, batch->parsed_line,
                                        row_first(batch->id));
        batch->next = batch->parsed_all ? INTAKE_PAYOUT_WATCH : INTAKE_PAYOUT_PARSE;
        return r < 0 ? r : 1;
}

/* --- the turn ------------------------------------------------------------------------------- */

void intake_payout_committed(IntakeBatch *batch) {
        if (batch->step == INTAKE_PAYOUT_LOAD) {
                batch->loaded_offset = batch->parsed_offset;
                batch->loaded_line = batch->parsed_line;
        }
        if (batch->step == INTAKE_PAYOUT_WATCH) {
                Watch before = batch->payout->watched;

                batch->payout->watched = batch->payout->watching;
                batch->payout->watching = before;
        }
}
