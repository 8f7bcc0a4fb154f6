/* The end of a file's way in: what its batch holds is answered, then its rows may be sent. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/base/file_writer.h"
#include "daemon/base/turn.h"
#include "daemon/intake/intake_batch.h"
#include "daemon/rules/approval.h"
#include "jobs/base/civil.h"

static int add_read(void *userdata, const Total *total) {
        AnswerTotals *totals = userdata;

        totals[total->currency].read.count += total->count;
        totals[total->currency].read.sum += total->sum;
        return 0;
}

/* The part of the ACK that asks for an approval, if it has to wait for one. */
static int append_approval(IntakeBatch *batch, const AnswerTotals *totals, Buffer *text) {
        Ledger *ledger = batch->intake->options.ledger;
        AUTO_BUFFER maker = BUFFER_EMPTY;
        int64_t reissues;
        ApprovalFacts facts = { .language = batch->rules->language,
                                .batch = batch->id,
                                .sha256 = batch->sha256,
                                .totals = totals };
        int r = ledger_instruction_open(ledger, batch->id);

        if (r < 0)
                return r;
        batch->awaits = approval_is_needed(batch->profile, totals, r > 0);
        if (!batch->awaits)
                return 0;
        r = ledger_count_instructions(ledger, batch->id, &facts.cancels, &reissues);
        if (r >= 0)
                r = approval_append_person(&maker, batch->maker_uid);
        facts.maker = (Text){ maker.data, maker.size };
        return r < 0 ? r : approval_append_request(text, &facts);
}

static int append_result_names(Buffer *names, const char *stem, const char *id) {
        return buffer_printf(names, "%s.%s.results.csv\n%s.%s.rejects.csv\n%s.%s.summary.json\n",
                             stem, id, stem, id, stem, id);
}

/* What is to be known besides, and when the scheduled rows are sent. */
static int append_notes(const IntakeBatch *batch, Text notes, Buffer *text) {
        int64_t first = 0, last = 0, cancels = 0, reissues = 0, held = 0;
        int r = ledger_batch_schedule(batch->intake->options.ledger, batch->id, turn_wall(), &first,
                                      &last);

        if (r >= 0 && first != 0)
                r = answer_note_schedule(text, batch->rules->language, first, last);
        if (r >= 0)
                r = ledger_count_instructions(batch->intake->options.ledger, batch->id, &cancels,
                                              &reissues);
        if (r >= 0)
                r = answer_note_instructions(text, batch->rules->language, cancels, reissues);
        if (r >= 0)
                r = ledger_batch_held(batch->intake->options.ledger, batch->id, &held);
        if (r >= 0)
                r = answer_note_given_up(text, batch->rules->language, held);
        return r < 0 ? r : buffer_append(text, notes.data, notes.size);
}

static int append_ack(IntakeBatch *batch, const char *stem, const char *id, Buffer *text) {
        const char *note = batch->notes.data ? batch->notes.data : "";
        const char *mark = strchr(note, '\f');
        AUTO_BUFFER names = BUFFER_EMPTY, approval = BUFFER_EMPTY, notes = BUFFER_EMPTY;
        Answer answer = {
                .language = batch->rules->language,
                .batch = batch->id,
                .file = text_of(batch->safe_name),
                .profile = text_of(batch->profile->name),
                .run = text_of(batch->run),
                .timezone = text_of(batch->rules->timezone),
                .live = batch->intake->options.live,
                .received_at = batch->received_at,
                .sha256 = batch->sha256,
                .encoding = encoding_name(batch->facts.dialect.encoding),
                .delimiter = batch->facts.dialect.delimiter,
                .lines = batch->lines,
                .notes = mark ? (Text){ note, (size_t) (mark - note) } : text_of(note),
                .problems = mark ? text_of(mark + 1) : TEXT_NONE,
        };
        Ledger *ledger = batch->intake->options.ledger;
        int r = ledger_read_totals(ledger, batch->id, add_read, answer.totals);

        (void) civil_zone_use(batch->rules->timezone);
        if (r >= 0)
                r = ledger_totals(ledger, batch->id, approval_add_total, answer.totals);
        if (r >= 0)
                r = append_approval(batch, answer.totals, &approval);
        if (r >= 0)
                r = append_notes(batch, answer.notes, &notes);
        if (r >= 0)
                r = append_result_names(&names, stem, id);
        if (r < 0)
                return r;
        answer.notes = (Text){ notes.data, notes.size };
        answer.approval = (Text){ approval.data, approval.size };
        answer.results = (Text){ names.data, names.size };
        return answer_append_ack(text, &answer);
}

int intake_answer_accepted(IntakeBatch *batch) {
        AUTO_BUFFER stem = BUFFER_EMPTY, name = BUFFER_EMPTY, text = BUFFER_EMPTY;
        char id[ANSWER_BATCH_SIZE];
        int r = answer_append_stem(&stem, text_of(batch->safe_name));

        (void) answer_batch(batch->id, id);
        batch->next = INTAKE_ACCEPT;
        if (r >= 0)
                r = append_ack(batch, stem.data, id, &text);
        if (r >= 0)
                r = buffer_printf(&name, "%s.%s.ACK.txt", stem.data, id);
        if (r < 0)
                return r;
        r = file_write(spool_results(batch->intake->spool, batch->profile), name.data, 0640,
                       text.data, text.size);
        return r < 0 ? r : 1;
}

int intake_accept(IntakeBatch *batch) {
        Ledger *ledger = batch->intake->options.ledger;
        int r = batch->awaits ? ledger_batch_await_approval(ledger, batch->id)
                              : ledger_batch_set_state(ledger, batch->id, BATCH_RUNNING);
        char what[96];

        if (r < 0)
                return r;
        batch->next = INTAKE_DONE;
        (void) snprintf(what, sizeof(what), "was accepted, %llu lines%s",
                        (unsigned long long) batch->lines,
                        batch->awaits ? "; it waits for an approval" : "");
        intake_say(batch, MESSAGE_BATCH_ACCEPTED, what);
        return 1;
}
