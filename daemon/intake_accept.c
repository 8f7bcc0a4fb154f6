/* The end of a file's way in: what its batch holds is answered, then its rows may be sent. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/file_writer.h"
#include "daemon/intake_batch.h"
#include "jobs/base/civil.h"

static int add_read(void *userdata, const Total *total) {
        AnswerTotals *totals = userdata;

        totals[total->currency].read.count += total->count;
        totals[total->currency].read.sum += total->sum;
        return 0;
}

static int add_total(void *userdata, const Total *total) {
        AnswerTotals *all = userdata;
        AnswerTotals *t = &all[total->currency];
        AnswerSum *sum = total->status == STATUS_REJECTED    ? &t->rejected
                         : total->status == STATUS_DUPLICATE ? &t->duplicate
                         : total->status == STATUS_CONFLICT  ? &t->conflict
                                                             : &t->accepted;

        sum->count += total->count;
        sum->sum += total->sum;
        return 0;
}

static int append_result_names(Buffer *names, const char *stem, const char *id) {
        return buffer_printf(names, "%s.%s.results.csv\n%s.%s.rejects.csv\n%s.%s.summary.json\n",
                             stem, id, stem, id, stem, id);
}

static int append_ack(IntakeBatch *batch, const char *stem, const char *id, Buffer *text) {
        const char *note = batch->notes.data ? batch->notes.data : "";
        const char *mark = strchr(note, '\f');
        AUTO_BUFFER names = BUFFER_EMPTY;
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

        if (r >= 0)
                r = ledger_totals(ledger, batch->id, add_total, answer.totals);
        if (r >= 0)
                r = append_result_names(&names, stem, id);
        if (r < 0)
                return r;
        answer.results = (Text){ names.data, names.size };
        (void) civil_zone_use(batch->rules->timezone);
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
        int r = ledger_batch_set_state(batch->intake->options.ledger, batch->id, BATCH_RUNNING);
        char what[64];

        if (r < 0)
                return r;
        batch->next = INTAKE_DONE;
        (void) snprintf(what, sizeof(what), "was accepted, %llu lines",
                        (unsigned long long) batch->lines);
        intake_say(batch, MESSAGE_BATCH_ACCEPTED, what);
        return 1;
}
