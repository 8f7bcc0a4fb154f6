/* From a checked file to rows that can be written: read while the store is free. */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "daemon/intake/intake_batch.h"
#include "jobs/base/civil.h"

#define PARSED_TEXTS_MAX ((size_t) 2 * 1024 * 1024)
#define INSTRUCTIONS_MAX 512U /* written in one transaction */

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

/* --- parse, while the store is free --------------------------------------------------------- */

static int keep_texts(IntakeBatch *batch, NewRow *row, const Order *order) {
        AUTO_BUFFER code = BUFFER_EMPTY, reason = BUFFER_EMPTY;
        Buffer *texts = &batch->parsed_texts;
        int r = order->n_problems > 0 ? row_reason(batch, order, &code, &reason) : 0;

        row->order_id.size = order->text[FIELD_ORDER_ID].size;
        row->raw.size = order->raw.size;
        row->code.size = code.size;
        row->reason.size = reason.size;
        if (r >= 0)
                r = buffer_append(texts, order->text[FIELD_ORDER_ID].data, row->order_id.size);
        if (r >= 0)
                r = buffer_append(texts, order->raw.data, row->raw.size);
        if (r >= 0)
                r = buffer_append(texts, code.data, code.size);
        return r < 0 ? r : buffer_append(texts, reason.data, reason.size);
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
        return buffer_append(&batch->last_reference, order_id.data, order_id.size);
}

static bool grow_instructions(IntakeBatch *batch) {
        size_t capacity = 2 * batch->instructions_capacity + 16;
        NewInstruction *longer;

        if (batch->n_instructions < batch->instructions_capacity)
                return true;
        longer = realloc(batch->instructions, capacity * sizeof(*longer));
        if (!longer)
                return false;
        batch->instructions = longer;
        batch->instructions_capacity = capacity;
        return true;
}

/* Its texts stand one after the other in a buffer; where, is known when it grows no more. */
static int parse_instruction(IntakeBatch *batch, const Order *order) {
        AUTO_BUFFER code = BUFFER_EMPTY, reason = BUFFER_EMPTY;
        bool cancel = order->action == ORDER_CANCEL;
        Text raw = cancel ? order->raw : TEXT_NONE;
        Text id = order->text[FIELD_ORDER_ID];
        Buffer *texts = &batch->instruction_texts;
        int r = cancel && order->n_problems > 0 ? row_reason(batch, order, &code, &reason) : 0;

        if (r < 0 || !grow_instructions(batch))
                return r < 0 ? r : -ENOMEM;
        batch->instructions[batch->n_instructions] =
                (NewInstruction){ .id = row_id(batch->id, order->line),
                                  .lines = order->rows,
                                  .action = order->action,
                                  .send_at = order->send_at,
                                  .bad = order->n_problems > 0,
                                  .order_id.size = id.size,
                                  .raw.size = raw.size,
                                  .code.size = code.size,
                                  .reason.size = reason.size };
        r = buffer_append(texts, id.data, id.size);
        if (r >= 0)
                r = buffer_append(texts, raw.data, raw.size);
        if (r >= 0)
                r = buffer_append(texts, code.data, code.size);
        if (r >= 0)
                r = buffer_append(texts, reason.data, reason.size);
        batch->n_instructions += r >= 0;
        return r;
}

static int parse_row(IntakeBatch *batch, const Order *order) {
        NewRow *row = &batch->parsed[batch->n_parsed];
        uint8_t *content = batch->contents[batch->n_parsed];
        bool waits = order->action == ORDER_REISSUE && order->n_problems == 0;
        int r = order->action == ORDER_CANCEL || waits ? parse_instruction(batch, order) : 0;

        if (r < 0 || order->action == ORDER_CANCEL)
                return r;

        *row = (NewRow){
                .id = row_id(batch->id, order->line),
                .lines = order->rows,
                .amount = order->amount,
                .currency = order->currency,
                .status = order->n_problems > 0 ? STATUS_REJECTED : STATUS_QUEUED,
                .send_at = order->send_at,
                .waits = waits,
                .content = content,
                .mends = intake_mended_row(batch, order),
        };
        r = order_content_with(batch->digest, order, content);
        if (r >= 0)
                r = keep_texts(batch, row, order);
        if (r >= 0 && batch->ascending && row->status == STATUS_QUEUED && !waits)
                r = keep_ascending(batch, row->id, order->text[FIELD_ORDER_ID]);
        if (r < 0)
                return r;
        batch->n_parsed++;
        if (batch->ascending)
                batch->n_ascending = batch->n_parsed;
        return 0;
}

/* As the check has judged it. */
static int parse_order(IntakeBatch *batch, const Order *order) {
        Order judged;
        Problem problem;
        int r = order->n_problems == 0 ? intake_judge(batch, order, &problem) : 0;

        if (r <= 0)
                return r < 0 ? r : parse_row(batch, order);
        judged = *order;
        judged.problems = &problem;
        judged.n_problems = 1;
        return parse_row(batch, &judged);
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
                batch->contents = calloc(PARSED_MAX, sizeof(*batch->contents));
                batch->parse_at_most = PARSED_MAX / 2;
                r = batch->parsed && batch->contents ? 0 : -ENOMEM;
        }
        buffer_clear(&batch->parsed_texts);
        buffer_clear(&batch->instruction_texts);
        batch->n_parsed = batch->n_ascending = 0;
        batch->n_instructions = 0;
        return r;
}

int intake_parse(IntakeBatch *batch) {
        const Order *order;
        int r = begin_parse(batch);

        batch->next = INTAKE_LOAD;
        while (r >= 0 && batch->n_parsed < batch->parse_at_most &&
               batch->parsed_texts.size < PARSED_TEXTS_MAX &&
               batch->n_instructions < INSTRUCTIONS_MAX) {
                r = order_file_next(batch->file, &order);
                batch->parsed_all = r == 0;
                if (r == 0)
                        break;
                if (r > 0)
                        r = parse_order(batch, order);
                if (batch->n_parsed % 64 == 0 && intake_enough(batch))
                        break;
        }
        if (r == 0) /* one that ends early is not what was checked; a look costs little */
                r = intake_check_copy(batch);
        if (r < 0) { /* what could not be read is read again, from where the ledger is */
                batch->file = order_file_free(batch->file);
                return r;
        }
        batch->parsed_offset = order_file_offset(batch->file);
        batch->parsed_line = order_file_line(batch->file);
        return 1;
}
