/* What is told about a payout file once its lines are in the ledger: payments that should be in it
 * or in one before, the lines to look at, the answer; then the file goes to archive/. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/base/file_writer.h"
#include "daemon/base/log.h"
#include "daemon/base/turn.h"
#include "daemon/intake/intake_payout.h"
#include "jobs/base/civil.h"
#include "sql/ledger_finding.h"

#define LISTED_MAX     200 /* lines told of in an ACK */
#define PAGE           256U
#define SETTLED_WITHIN (7 * DAY) /* a payment that is paid out later than that is found */

/* --- paid, but in no payout ------------------------------------------------------------------ */

static int64_t watched_before(const IntakeBatch *batch) {
        int64_t newest = batch->payout->newest_at;

        return (newest != 0 && newest < batch->received_at ? newest : batch->received_at) -
               SETTLED_WITHIN;
}

static int find_unsettled(void *userdata, const UnsettledPayment *payment) {
        IntakeBatch *batch = userdata;
        Watch *watch = &batch->payout->watching;
        const Finding finding = { .kind = FINDING_PAID_NOT_SETTLED,
                                  .row = payment->row,
                                  .subject = payment->id,
                                  .at = turn_wall(),
                                  .amount = payment->amount,
                                  .currency = payment->currency };
        int r = ledger_finding_set(batch->intake->options.ledger, &finding);

        watch->paid_at = payment->paid_at;
        buffer_clear(&watch->id);
        if (r >= 0)
                r = buffer_append(&watch->id, payment->id.data, payment->id.size);
        watch->sums[payment->currency].count++;
        watch->sums[payment->currency].sum += payment->amount;
        return r < 0 ? r : 0;
}

static int copy_watch(Watch *to, const Watch *from) {
        Buffer id = to->id;

        buffer_clear(&id);
        *to = *from;
        to->id = id;
        return buffer_append(&to->id, from->id.data, from->id.size);
}

int intake_payout_watch(IntakeBatch *batch) {
        IntakePayout *payout = batch->payout;
        int n, r = copy_watch(&payout->watching, &payout->watched);

        if (r < 0)
                return r;
        n = ledger_unsettled_payments(batch->intake->options.ledger, watched_before(batch),
                                      payout->watched.paid_at,
                                      (Text){ payout->watched.id.data, payout->watched.id.size },
                                      PAGE, find_unsettled, batch);
        batch->next = n == (int) PAGE ? INTAKE_PAYOUT_WATCH : INTAKE_PAYOUT_LIST;
        return n < 0 ? n : 1;
}

/* --- the answer ----------------------------------------------------------------------------- */

static int list_line(void *userdata, const PayoutRecord *record) {
        IntakeBatch *batch = userdata;
        IntakePayout *payout = batch->payout;
        const AnswerPayoutLine line = { .line = record->line,
                                        .id = record->id,
                                        .outcome = record->outcome,
                                        .amount = record->amount,
                                        .known = record->known,
                                        .currency = record->currency,
                                        .order_id = record->order_id };

        payout->listed = record->line;
        if (record->outcome != PAYOUT_DIFFERENT && record->outcome != PAYOUT_NOT_OURS &&
            record->outcome != PAYOUT_TWICE)
                return 0;
        if (payout->n_listed >= LISTED_MAX) {
                payout->more++;
                return 0;
        }
        payout->n_listed++;
        return answer_append_payout_line(&payout->listing, batch->rules->language, &line);
}

int intake_payout_list(IntakeBatch *batch) {
        int n = ledger_payout_lines(batch->intake->options.ledger, batch->id, batch->payout->listed,
                                    PAGE, list_line, batch);

        batch->next = INTAKE_PAYOUT_ANSWER;
        return n < 0 ? n : n == 0;
}

static int add_total(void *userdata, const PayoutTotal *total) {
        AnswerPayout *payout = userdata;

        payout->sums[total->currency][total->outcome] = (AnswerPayoutSum){
                .count = total->count,
                .amount = total->amount,
                .fee = total->fee,
                .net = total->net,
                .known = total->known,
                .rows = total->rows,
                .row_amount = total->row_amount,
        };
        return 0;
}

static int append_answer(IntakeBatch *batch, Buffer *text) {
        const IntakePayout *payout = batch->payout;
        AnswerPayout found = {
                .unsettled_before = watched_before(batch),
                .replaces = payout->replaces,
                .lines = { payout->listing.data, payout->listing.size },
                .more = payout->more,
        };
        const Answer answer = {
                .language = batch->rules->language,
                .batch = batch->id,
                .file = text_of(batch->safe_name),
                .timezone = text_of(batch->rules->timezone),
                .live = batch->intake->options.live,
                .payout = true,
                .received_at = batch->received_at,
                .sha256 = batch->sha256,
                .encoding = encoding_name(batch->facts.dialect.encoding),
                .delimiter = batch->facts.dialect.delimiter,
                .lines = batch->lines,
        };
        int r;

        memcpy(found.unsettled, payout->watched.sums, sizeof(found.unsettled));
        r = ledger_payout_totals(batch->intake->options.ledger, batch->id, add_total, &found);
        (void) civil_zone_use(batch->rules->timezone);
        return r < 0 ? r : answer_append_payout(text, &answer, &found);
}

int intake_payout_answer(IntakeBatch *batch) {
        AUTO_BUFFER name = BUFFER_EMPTY, text = BUFFER_EMPTY;
        char id[ANSWER_BATCH_SIZE];
        int r = answer_append_stem(&name, text_of(batch->safe_name));

        batch->next = INTAKE_PAYOUT_ACCEPT;
        if (r >= 0)
                r = buffer_printf(&name, ".%s.ACK.txt", answer_batch(batch->id, id));
        if (r >= 0)
                r = append_answer(batch, &text);
        if (r >= 0)
                r = file_write(spool_results(batch->intake->spool, batch->profile), name.data, 0640,
                               text.data, text.size);
        return r < 0 ? r : 1;
}

int intake_payout_accept(IntakeBatch *batch) {
        int r = ledger_batch_set_state(batch->intake->options.ledger, batch->id, BATCH_CLOSED);

        batch->next = INTAKE_PAYOUT_FILE;
        return r < 0 ? r : 1;
}

int intake_payout_file(IntakeBatch *batch) {
        const Spool *spool = batch->intake->spool;
        AUTO_FREE char *name = NULL;
        char id[ANSWER_BATCH_SIZE];
        int r;

        batch->next = INTAKE_PAYOUT_FILED;
        if (batch->copy >= 0)
                (void) close(take_fd(&batch->copy));
        if (asprintf(&name, "%s.%s", answer_batch(batch->id, id), batch->safe_name) < 0)
                return -ENOMEM;
        r = file_move(spool_work(spool), batch->copy_name, spool_archive(spool), name);
        if (r < 0 && r != -ENOENT) /* moved already, before a kill */
                return r;
        intake_say(batch, MESSAGE_BATCH_ACCEPTED, "was taken as a payout file, see the answer");
        return 1;
}

int intake_payout_filed(IntakeBatch *batch) {
        int r = ledger_batch_archived(batch->intake->options.ledger, batch->id);

        batch->next = INTAKE_DONE;
        return r < 0 ? r : 1;
}
