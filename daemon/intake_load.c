/* Rows into the ledger: load, sort and merge references, answer, accept. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/file_writer.h"
#include "daemon/intake_batch.h"
#include "daemon/log.h"
#include "daemon/turn.h"
#include "jobs/base/civil.h"

#define WRITE_AT_MOST    (SECOND * 8 / 1000)
#define PARSED_TEXTS_MAX ((size_t) 2 * 1024 * 1024)
#define PAGE             4096U /* references read from the ledger at a time */

/* Notes, a mark, problems: the ACK needs both after a restart. */
static int join_notes(const IntakeBatch *batch, Buffer *note) {
        int r = buffer_append(note, batch->notes.data, batch->notes.size);

        if (r >= 0)
                r = buffer_append_string(note, "\f");
        return r < 0 ? r : buffer_append(note, batch->problems.data, batch->problems.size);
}

/* May be rolled back and done again: what the check has found is kept until begin_load(). */
int intake_load_begin(IntakeBatch *batch) {
        Ledger *ledger = batch->intake->options.ledger;
        Dialect dialect = order_file_dialect(batch->file);
        AUTO_BUFFER note = BUFFER_EMPTY;
        Batch checked = {
                .id = batch->id,
                .header = order_file_header(batch->file),
                .delimiter = dialect.delimiter,
                .encoding = dialect.encoding,
                .bom = dialect.bom,
                .n_columns = order_file_n_columns(batch->file),
                .file_lines = batch->lines,
        };
        int r = join_notes(batch, &note);

        if (r < 0)
                return r;
        checked.note = note.data;
        batch->facts.dialect = dialect;
        r = ledger_batch_checked(ledger, &checked);
        if (r >= 0)
                r = ledger_batch_set_state(ledger, batch->id, BATCH_LOADING);
        batch->next = INTAKE_PARSE;
        return r < 0 ? r : 1;
}

/* --- rows ----------------------------------------------------------------------------------- */

int intake_load_again(IntakeBatch *batch) {
        int r = intake_open_orders(batch);

        buffer_clear(&batch->last_reference);
        batch->sorted_to = 0;
        /* What was taken in this run of references may be rolled back; all are looked at again. */
        batch->ascending = batch->loaded_offset == 0;
        if (r >= 0 && batch->loaded_offset > 0)
                r = order_file_seek(batch->file, batch->loaded_offset, batch->loaded_line);
        return r;
}

static int row_reason(const IntakeBatch *batch, const Order *order, Buffer *code, Buffer *reason) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < order->n_problems; i++) {
                const char *name = problem_name(order->problems[i].code);

                if (!code->data || !strstr(code->data, name)) {
                        if (code->size > 0)
                                r = buffer_append_char(code, ' ');
                        if (r >= 0)
                                r = buffer_append_string(code, name);
                }
                if (r >= 0 && reason->size > 0)
                        r = buffer_append_char(reason, ' ');
                if (r >= 0)
                        r = problem_append_reason(reason, &order->problems[i],
                                                  batch->rules->language);
        }
        return r;
}

/* The line of the answer to a row whose reference another row holds. */
static int refuse_reference(IntakeBatch *batch, int64_t row, Text order_id, int64_t holder,
                            ReferenceAnswer answer) {
        AUTO_BUFFER detail = BUFFER_EMPTY, reason = BUFFER_EMPTY;
        char id[ANSWER_BATCH_SIZE];
        bool same = answer == REFERENCE_DUPLICATE;
        Problem problem = { .code = same ? PROBLEM_DUPLICATE : PROBLEM_CONFLICT,
                            .value = order_id };
        RowChange change = { .code = text_of(problem_name(problem.code)) };
        static const char *const line[LANGUAGE_COUNT] = { "línea", "line" };
        int r = buffer_printf(&detail, "%s, %s %u", answer_batch(holder >> 32, id),
                              line[batch->rules->language], (unsigned) (holder & UINT32_MAX));

        if (r < 0)
                return r;
        problem.detail = (Text){ detail.data, detail.size };
        r = problem_append_reason(&reason, &problem, batch->rules->language);
        if (r < 0)
                return r;
        change.reason = (Text){ reason.data, reason.size };
        if (!same)
                batch->intake->had_rejects = true;
        return ledger_row_move(batch->intake->options.ledger, row, STATUS_QUEUED,
                               same ? STATUS_DUPLICATE : STATUS_CONFLICT, &change);
}

static int take_reference(IntakeBatch *batch, int64_t row, Text order_id) {
        int64_t holder;
        int r = ledger_reference_take(batch->intake->options.ledger, batch->scope, order_id, row,
                                      &holder);

        if (r == REFERENCE_DUPLICATE || r == REFERENCE_CONFLICT)
                return refuse_reference(batch, row, order_id, holder, r);
        return r < 0 ? r : 0;
}

/* Files are mostly in the order of their references: then they are taken as they come. From the
 * first that is not, the rest is sorted. */
static int keep_ascending(IntakeBatch *batch, int64_t row, Text order_id) {
        const Buffer *last = &batch->last_reference;
        size_t n = last->size < order_id.size ? last->size : order_id.size;
        int c = n > 0 ? memcmp(last->data, order_id.data, n) : 0;

        if (c > 0 || (c == 0 && last->size > order_id.size)) {
                batch->ascending = false;
                batch->sorted_to = row - 1;
                return 0;
        }
        buffer_clear(&batch->last_reference);
        if (buffer_append(&batch->last_reference, order_id.data, order_id.size) < 0)
                return -ENOMEM;
        return take_reference(batch, row, order_id);
}

/* --- parse, while the store is free --------------------------------------------------------- */

static int keep_texts(IntakeBatch *batch, ParsedRow *parsed, const Order *order) {
        AUTO_BUFFER code = BUFFER_EMPTY, reason = BUFFER_EMPTY;
        Buffer *texts = &batch->parsed_texts;
        int r = order->n_problems > 0 ? row_reason(batch, order, &code, &reason) : 0;

        parsed->offset = texts->size;
        parsed->order_id = order->text[FIELD_ORDER_ID].size;
        parsed->raw = order->raw.size;
        parsed->code = code.size;
        parsed->reason = reason.size;
        if (r >= 0)
                r = buffer_append(texts, order->text[FIELD_ORDER_ID].data, parsed->order_id);
        if (r >= 0)
                r = buffer_append(texts, order->raw.data, parsed->raw);
        if (r >= 0)
                r = buffer_append(texts, code.data, code.size);
        return r < 0 ? r : buffer_append(texts, reason.data, reason.size);
}

static int parse_row(IntakeBatch *batch, const Order *order) {
        ParsedRow *parsed = &batch->parsed[batch->n_parsed];
        int r;

        parsed->row = (NewRow){
                .id = batch->id << 32 | order->line,
                .lines = order->rows,
                .amount = order->amount,
                .currency = order->currency,
                .status = order->n_problems > 0 ? STATUS_REJECTED : STATUS_QUEUED,
                .send_at = order->send_at,
        };
        r = order_content_with(batch->digest, order, parsed->content);
        if (r >= 0)
                r = keep_texts(batch, parsed, order);
        batch->n_parsed += r >= 0;
        return r;
}

/* From what was checked to what is loaded: once, after the ledger knows. */
static int begin_load(IntakeBatch *batch) {
        AUTO_BUFFER note = BUFFER_EMPTY;
        int r = join_notes(batch, &note);

        if (r < 0)
                return r;
        buffer_done(&batch->notes);
        batch->notes = (Buffer){ note.data, note.size, note.capacity };
        note = BUFFER_EMPTY;
        batch->check = batch_check_free(batch->check);
        batch->file = order_file_free(batch->file);
        batch->loaded_offset = 0;
        batch->ascending = true;
        return 0;
}

static int begin_parse(IntakeBatch *batch) {
        int r = batch->check ? begin_load(batch) : 0;

        if (r >= 0 && !batch->file)
                r = intake_load_again(batch);
        if (r >= 0 && !batch->digest)
                r = digest_new(&batch->digest);
        if (r >= 0 && !batch->parsed) {
                batch->parsed = calloc(PARSED_MAX, sizeof(*batch->parsed));
                batch->parse_at_most = PARSED_MAX / 2;
                r = batch->parsed ? 0 : -ENOMEM;
        }
        buffer_clear(&batch->parsed_texts);
        batch->n_parsed = 0;
        return r;
}

int intake_parse(IntakeBatch *batch) {
        const Order *order;
        int r = begin_parse(batch);

        batch->next = INTAKE_LOAD;
        while (r >= 0 && batch->n_parsed < batch->parse_at_most &&
               batch->parsed_texts.size < PARSED_TEXTS_MAX) {
                r = order_file_next(batch->file, &order);
                batch->parsed_all = r == 0;
                if (r == 0)
                        break;
                if (r > 0)
                        r = parse_row(batch, order);
                if (batch->n_parsed % 64 == 0 && intake_enough(batch))
                        break;
        }
        if (r < 0) { /* what could not be read is read again, from where the ledger is */
                batch->file = order_file_free(batch->file);
                return r;
        }
        batch->parsed_offset = order_file_offset(batch->file);
        batch->parsed_line = order_file_line(batch->file);
        return 1;
}

/* --- rows ----------------------------------------------------------------------------------- */

static int load_row(IntakeBatch *batch, const ParsedRow *parsed) {
        const char *texts = batch->parsed_texts.data + parsed->offset;
        NewRow row = parsed->row;
        int r;

        row.content = parsed->content;
        row.order_id = (Text){ texts, parsed->order_id };
        row.raw = (Text){ texts + parsed->order_id, parsed->raw };
        row.code = (Text){ row.raw.data + parsed->raw, parsed->code };
        row.reason = (Text){ row.code.data + parsed->code, parsed->reason };
        if (row.status == STATUS_REJECTED)
                batch->intake->had_rejects = true;
        r = ledger_row_add(batch->intake->options.ledger, &row);
        if (r >= 0 && row.status == STATUS_QUEUED && batch->ascending)
                r = keep_ascending(batch, row.id, row.order_id);
        batch->end_id = row.id + 1;
        return r;
}

/* So many rows that a transaction takes its time and no more, on this machine and with this store. */
static void adapt(IntakeBatch *batch, int64_t took) {
        if (took > WRITE_AT_MOST && batch->parse_at_most > PARSED_MAX / 32)
                batch->parse_at_most -= batch->parse_at_most / 4;
        else if (took < WRITE_AT_MOST * 3 / 4 && batch->n_parsed == batch->parse_at_most &&
                 batch->parse_at_most <= PARSED_MAX - 64)
                batch->parse_at_most += 64;
}

int intake_load(IntakeBatch *batch) {
        int64_t began = turn_now();
        int r = 0;

        for (unsigned i = 0; r >= 0 && i < batch->n_parsed; i++)
                r = load_row(batch, &batch->parsed[i]);
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

/* --- references ----------------------------------------------------------------------------- */

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

int intake_merge(IntakeBatch *batch) {
        Text order_id;
        int64_t row;
        unsigned n = 0;
        int r;

        batch->next = INTAKE_ANSWER_ACCEPTED;
        for (;;) {
                r = reference_sort_next(batch->sort, &order_id, &row);
                if (r < 0) { /* its file: it is sorted again, and taking twice is taking once */
                        intake_complain(batch, r);
                        batch->sort = reference_sort_free(batch->sort);
                        batch->sorted_to = 0;
                        batch->step = INTAKE_SORT;
                        return 0;
                }
                if (r == 0)
                        return 1;
                r = take_reference(batch, row, order_id);
                if (r < 0)
                        return r;
                if (++n % 16 == 0 && intake_enough(batch))
                        return 0;
        }
}

/* --- accept --------------------------------------------------------------------------------- */

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
