/* The pure pass over our copy, and the way of a file that is refused. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "daemon/base/file_writer.h"
#include "daemon/base/log.h"
#include "daemon/base/turn.h"
#include "daemon/intake/intake_batch.h"
#include "jobs/base/civil.h"

#define BLOCK         ((size_t) 256 * 1024)
#define PROBLEMS_SIZE ((size_t) 64 * 1024)

/* --- the copy ------------------------------------------------------------------------------- */

int intake_open_copy(IntakeBatch *batch) {
        if (batch->copy >= 0)
                return 0;
        batch->copy = openat(spool_work(batch->intake->spool), batch->copy_name,
                             O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        if (batch->copy < 0)
                return -errno;
        /* Rows that are gone from it would be lost without a word. */
        return intake_check_copy(batch);
}

int64_t intake_read_copy(void *userdata, uint64_t offset, void *bytes, size_t size) {
        const IntakeBatch *batch = userdata;
        ssize_t n;

        do
                n = pread(batch->copy, bytes, size, (off_t) offset);
        while (n < 0 && errno == EINTR);
        return n < 0 ? -errno : n;
}

/* What is past is measured by the time of receipt, so that every pass finds the same. */
int intake_open_orders(IntakeBatch *batch) {
        batch->check = batch_check_free(batch->check);
        batch->file = order_file_free(batch->file);
        return order_file_open(batch->rules, &batch->facts, batch->received_at, intake_read_copy,
                               batch, &batch->file);
}

/* After a restart: what the copying had found out about the bytes is found out again. */
int intake_scan(IntakeBatch *batch) {
        static char block[BLOCK];
        int r = intake_open_copy(batch);

        batch->next = intake_is_payout(batch) ? INTAKE_PAYOUT_CHECK : INTAKE_CHECK;
        if (r >= 0 && !batch->scan) {
                batch->copied = 0;
                r = dialect_scan_new(batch->rules->encoding, &batch->scan);
        }
        if (r < 0)
                return r;
        do {
                int64_t n = intake_read_copy(batch, batch->copied, block, sizeof(block));

                if (n < 0)
                        return (int) n;
                if (n == 0) {
                        dialect_scan_end(batch->scan, &batch->facts);
                        batch->refused = batch->facts.refused;
                        if (batch->refused != PROBLEM_NONE)
                                batch->next = INTAKE_REFUSE;
                        return 1;
                }
                dialect_scan_add(batch->scan, block, (size_t) n);
                batch->copied += (uint64_t) n;
        } while (!intake_enough(batch));
        return 0;
}

/* --- check ---------------------------------------------------------------------------------- */

static bool enough(void *userdata) {
        return intake_enough(userdata);
}

static int begin_check(IntakeBatch *batch) {
        int r = intake_open_copy(batch);

        if (r >= 0 && !batch->file)
                r = intake_open_orders(batch);
        if (r >= 0)
                r = batch_check_new(batch->profile, batch->file, &batch->check);
        if (r >= 0)
                batch_check_declare(batch->check, &batch->declared, batch->sha256);
        if (r >= 0 && batch->parent != 0) {
                batch_check_set_mended(batch->check);
                batch_check_set_judge(batch->check, intake_judge, batch);
        }
        return r;
}

/* The same bytes are on their way in, before these: first it must be known what becomes of them. */
static bool is_behind_same_bytes(const IntakeBatch *batch) {
        for (const IntakeBatch *other = batch->intake->batches; other; other = other->next_batch)
                if (other->id > 0 && other->id < batch->id && other->profile == batch->profile &&
                    memcmp(other->sha256, batch->sha256, sizeof(batch->sha256)) == 0)
                        return true;
        return false;
}

/* The same bytes, in the same profile, run and mode: nothing is sent for them again. */
static int find_same_bytes(IntakeBatch *batch) {
        const Intake *intake = batch->intake;
        int64_t id;
        int r = ledger_batch_of_bytes(intake->options.ledger, batch->sha256, batch->profile->name,
                                      batch->run, intake->options.live, &id);

        if (r > 0)
                batch->same_as = id;
        return r;
}

static int note_columns(IntakeBatch *batch) {
        Language language = batch->rules->language;
        size_t n_refusals;
        int r = 0;

        (void) batch_check_refusals(batch->check, &n_refusals);
        if (batch->source.waited)
                r = answer_note_waited(&batch->notes, language);
        if (r >= 0)
                r = batch_check_append_notes(batch->check, &batch->notes);
        if (r >= 0 && batch->parent)
                r = answer_note_parent(&batch->notes, language, batch->parent);
        for (size_t i = 0; r >= 0; i++) {
                Text column = order_file_unknown_column(batch->file, i);

                if (column.size == 0)
                        break;
                r = n_refusals > 0 ? answer_note_unread_column(&batch->notes, language, column)
                                   : answer_note_unknown_column(&batch->notes, language, column);
        }
        return r;
}

int intake_check(IntakeBatch *batch) {
        size_t n_refusals;
        int r = 0;

        if (!batch->check) {
                if (is_behind_same_bytes(batch)) {
                        batch->not_before = turn_now() + SECOND / 20;
                        return 0;
                }
                r = find_same_bytes(batch);
                if (r > 0) {
                        batch->next = INTAKE_REFUSE;
                        return 1;
                }
                if (r >= 0)
                        r = begin_check(batch);
                if (r < 0)
                        return r;
        }
        r = batch_check_slice(batch->check, enough, NULL, batch);
        if (r == 0)
                r = intake_check_copy(batch); /* one that ends early is not what was taken in */
        if (r != 0)
                return r < 0 ? r : 0;
        buffer_clear(&batch->notes);
        buffer_clear(&batch->problems);
        r = note_columns(batch);
        if (r >= 0)
                r = batch_check_append_problems(batch->check, &batch->problems);
        if (r < 0)
                return r;
        batch->lines = (uint64_t) batch->check->lines;
        (void) batch_check_refusals(batch->check, &n_refusals);
        batch->next = n_refusals > 0 ? INTAKE_REFUSE : INTAKE_LOAD_BEGIN;
        return 1;
}

/* --- refuse --------------------------------------------------------------------------------- */

static int append_refusal(IntakeBatch *batch) {
        AUTO_BUFFER detail = BUFFER_EMPTY;
        Problem problem = { .code = batch->refused, .value = text_of(batch->safe_name) };
        int r = 0;

        if (batch->refused == PROBLEM_FILE_SIZE) {
                r = buffer_printf(&detail, "%llu MiB",
                                  (unsigned long long) (batch->intake->options.settings->spool
                                                                .max_file_size >>
                                                        20));
                problem.detail = (Text){ detail.data, detail.size };
        }
        if (r >= 0)
                r = problem_append_line(&batch->problems, &problem, batch->rules->language);
        return r < 0 ? r : buffer_append_char(&batch->problems, '\n');
}

/* What the file was called that these bytes came in first. */
static int find_other_file(const IntakeBatch *batch, Buffer *name) {
        const Batch *other;
        int r = batch->same_as
                        ? ledger_batch_get(batch->intake->options.ledger, batch->same_as, &other)
                        : 0;

        return r <= 0 ? r : buffer_append_string(name, other->file);
}

/* The text of the answer is kept in the ledger before the file is: it can be written again. */
static int write_refusal(IntakeBatch *batch, Buffer *text) {
        const Intake *intake = batch->intake;
        AUTO_BUFFER other = BUFFER_EMPTY;
        Answer answer = {
                .language = batch->rules->language,
                .batch = batch->id,
                .file = text_of(batch->safe_name),
                .profile = text_of(batch->profile->name),
                .run = text_of(batch->run),
                .timezone = text_of(batch->rules->timezone),
                .live = intake->options.live,
                .payout = intake_is_payout(batch),
                .received_at = batch->received_at,
                .sha256 = batch->refused == PROBLEM_FILE_SIZE ? NULL : batch->sha256,
                .problems = { batch->problems.data, batch->problems.size },
                .notes = { batch->notes.data, batch->notes.size },
                .other_batch = batch->same_as,
        };
        int r = find_other_file(batch, &other);

        if (r < 0)
                return r;
        answer.other_file = (Text){ other.data, other.size };
        (void) civil_zone_use(batch->rules->timezone);
        if (batch->file && batch->refused == PROBLEM_NONE) {
                Dialect dialect = order_file_dialect(batch->file);

                answer.encoding = encoding_name(dialect.encoding);
                answer.delimiter = dialect.delimiter;
        }
        return batch->same_as ? answer_append_dup(text, &answer)
                              : answer_append_nack(text, &answer);
}

int intake_refuse(IntakeBatch *batch) {
        Ledger *ledger = batch->intake->options.ledger;
        AUTO_BUFFER text = BUFFER_EMPTY;
        Batch checked = { .id = batch->id, .file_lines = batch->lines };
        int r = 0;

        if (batch->refused != PROBLEM_NONE) {
                buffer_clear(&batch->problems);
                r = append_refusal(batch);
        }
        if (r >= 0)
                r = buffer_append_string(&text, batch->same_as ? "DUP\n" : "NACK\n");
        if (r >= 0)
                r = write_refusal(batch, &text);
        if (r < 0)
                return r;
        checked.note = text.data;
        checked.run = batch->run;
        checked.profile = batch->profile->name;
        checked.header = TEXT_NONE;
        checked.delimiter = ',';
        checked.encoding = batch->facts.dialect.encoding;
        r = ledger_batch_checked(ledger, &checked);
        if (r >= 0)
                r = ledger_batch_set_state(ledger, batch->id, BATCH_REFUSED);
        if (r < 0)
                return r;
        buffer_clear(&batch->answer);
        r = buffer_append(&batch->answer, text.data, text.size);
        batch->next = INTAKE_ANSWER_REFUSED;
        return r < 0 ? r : 1;
}

static int file_rejected(IntakeBatch *batch) {
        const Spool *spool = batch->intake->spool;
        AUTO_FREE char *name = NULL;
        char id[ANSWER_BATCH_SIZE];
        int r;

        if (batch->copy >= 0)
                (void) close(take_fd(&batch->copy));
        if (batch->refused == PROBLEM_FILE_LOST)
                return intake_file_remains(batch);
        if (asprintf(&name, "%s.%s", answer_batch(batch->id, id), batch->safe_name) < 0)
                return -ENOMEM;
        r = file_move(spool_work(spool), batch->copy_name, spool_rejected(spool), name);
        return r == -ENOENT ? 0 : r; /* moved already, before a kill */
}

int intake_answer_refused(IntakeBatch *batch) {
        const char *text = batch->answer.data;
        const char *body = text ? strchr(text, '\n') : NULL;
        AUTO_BUFFER name = BUFFER_EMPTY;
        char id[ANSWER_BATCH_SIZE];
        int r = answer_append_stem(&name, text_of(batch->safe_name));

        batch->next = INTAKE_FILED;
        if (r >= 0 && body) {
                r = buffer_printf(&name, ".%s.%.*s.txt", answer_batch(batch->id, id),
                                  (int) (body - text), text);
                if (r >= 0)
                        r = file_write(spool_results(batch->intake->spool, batch->profile),
                                       name.data, 0640, body + 1, strlen(body + 1));
        }
        if (r >= 0)
                r = file_rejected(batch);
        if (r < 0)
                return r;
        intake_say(batch, MESSAGE_BATCH_REFUSED, "was refused, see the answer in results");
        return 1;
}

int intake_filed(IntakeBatch *batch) {
        int r = ledger_batch_archived(batch->intake->options.ledger, batch->id);

        batch->next = INTAKE_DONE;
        batch->intake->had_rejects = batch->intake->had_rejects || batch->same_as == 0;
        return r < 0 ? r : 1;
}
