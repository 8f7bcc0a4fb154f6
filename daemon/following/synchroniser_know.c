/* Everything that is known of a row, and what follows from it: its status, and what does not add
 * up. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/log.h"
#include "daemon/following/synchroniser_private.h"
#include "jobs/base/civil.h"

void sync_subject_done(SyncSubject *subject) {
        buffer_done(&subject->order_id);
}

int sync_read_subject(void *userdata, const Row *row) {
        SyncSubject *subject = userdata;

        *subject = (SyncSubject){ .found = true,
                                  .id = row->id,
                                  .batch = row->batch,
                                  .line = row->line,
                                  .generation = row->generation,
                                  .status = row->status,
                                  .amount = row->amount,
                                  .currency = row->currency };
        return buffer_append(&subject->order_id, row->order_id.data, row->order_id.size);
}

static Text order_of(const SyncSubject *subject) {
        return (Text){ subject->order_id.data, subject->order_id.size };
}

static LogPlace place_of(const SyncSubject *subject, const char *code) {
        return (LogPlace){ .batch = subject->batch,
                           .line = subject->line,
                           .status = status_name(subject->status),
                           .code = code };
}

int sync_postpone(Synchroniser *sync, int64_t row, uint32_t generation, int64_t wait) {
        sync->next_is_known = false;
        return ledger_set_next_look(sync->options.ledger, row, generation, turn_wall() + wait);
}

/* --- what is known of the row --------------------------------------------------------------- */

static int know_session(void *userdata, const SessionRecord *session) {
        Synchroniser *sync = userdata;
        size_t i = sync->n_sessions;

        if (i == SYNC_SESSIONS_MAX) { /* the newest ones count */
                i--;
                memmove(sync->sessions, sync->sessions + 1, i * sizeof(sync->sessions[0]));
                memmove(sync->session_ids, sync->session_ids + 1, i * sizeof(sync->session_ids[0]));
                memmove(sync->apis, sync->apis + 1, i * sizeof(sync->apis[0]));
        } else {
                sync->n_sessions++;
        }
        text_copy_out(session->id, sync->session_ids[i], SYNC_ID_SIZE);
        sync->apis[i] = session->api;
        sync->sessions[i] = (OutcomeSession){ .generation = session->generation,
                                              .status = session->status,
                                              .gone = session->gone,
                                              .end_asked = session->end_asked_at != 0,
                                              .created_at = session->created_at,
                                              .expires_at = session->expires_at };
        for (size_t k = 0; k < sync->n_sessions; k++)
                sync->sessions[k].id = text_of(sync->session_ids[k]);
        return 0;
}

int sync_know_sessions(Synchroniser *sync, int64_t row) {
        sync->n_sessions = 0;
        return ledger_sessions(sync->options.ledger, row, know_session, sync);
}

OutcomeSession *sync_session_of(Synchroniser *sync, uint32_t generation, int *ret_api) {
        for (size_t i = 0; i < sync->n_sessions; i++)
                if (sync->sessions[i].generation == generation) {
                        *ret_api = sync->apis[i];
                        return &sync->sessions[i];
                }
        return NULL;
}

typedef struct KnowPayments {
        Synchroniser *sync;
        int64_t row;
        bool others; /* those of other rows of the reference, and no others */
} KnowPayments;

static int know_payment(void *userdata, const PaymentRecord *payment) {
        const KnowPayments *know = userdata;
        Synchroniser *sync = know->sync;
        OutcomePlace place = OUTCOME_HERE;
        size_t i = sync->n_known;

        if (know->others == (payment->row == know->row) || i == SYNC_PAYMENTS_MAX)
                return 0;
        if (know->others) {
                bool same_scope = false, same_content = false;
                int r = ledger_compare_rows(sync->options.ledger, know->row, payment->row,
                                            &same_scope, &same_content);

                if (r < 0 || (!same_scope && !same_content))
                        return r < 0 ? r : 0;
                place = same_scope ? OUTCOME_SAME_REFERENCE : OUTCOME_SAME_CONTENT;
        }
        text_copy_out(payment->id, sync->payment_ids[i], SYNC_ID_SIZE);
        sync->known[i] = (OutcomePayment){ .place = place,
                                           .generation = payment->generation,
                                           .id = text_of(sync->payment_ids[i]),
                                           .status = payment->status,
                                           .amount = payment->amount,
                                           .currency = payment->currency,
                                           .created_at = payment->created_at,
                                           .paid_at = payment->paid_at,
                                           .refunded = payment->refunded };
        sync->n_known++;
        return 0;
}

int sync_know_payments(Synchroniser *sync, const SyncSubject *subject) {
        KnowPayments know = { .sync = sync, .row = subject->id };
        bool paid = false;
        int r;

        sync->n_known = 0;
        r = ledger_payments(sync->options.ledger, subject->id, know_payment, &know);
        for (size_t i = 0; i < sync->n_known; i++)
                paid = paid || sync->known[i].paid_at != 0;
        if (r < 0 || !paid)
                return r;
        know.others = true;
        return ledger_payments_of_order(sync->options.ledger, order_of(subject), know_payment,
                                        &know);
}

/* --- findings ------------------------------------------------------------------------------- */

int sync_find(Synchroniser *sync, const SyncSubject *subject, const Finding *finding) {
        int r = ledger_finding_set(sync->options.ledger, finding);

        if (r <= 0)
                return r;
        sync_notice(sync, finding->kind, place_of(subject, finding_name(finding->kind)));
        return batch_set_add(&sync->changed, subject->batch);
}

static int find_outcome(Synchroniser *sync, const SyncSubject *subject,
                        const OutcomeFinding *found) {
        const Finding finding = { .kind = found->kind,
                                  .row = subject->id,
                                  .subject = found->subject,
                                  .at = turn_wall(),
                                  .amount = found->amount,
                                  .currency = found->currency,
                                  .detail = found->other };

        return sync_find(sync, subject, &finding);
}

typedef struct Standing {
        const OutcomeResult *result;
        struct {
                FindingKind kind;
                char subject[SYNC_ID_SIZE];
        } over[OUTCOME_FINDINGS_MAX];
        size_t n_over;
} Standing;

static int look_at_standing(void *userdata, const Finding *finding) {
        Standing *standing = userdata;
        const OutcomeResult *result = standing->result;

        if (finding->over_at != 0 || !outcome_decides_end_of(finding->kind))
                return 0;
        for (size_t i = 0; i < result->n_findings; i++)
                if (result->findings[i].kind == finding->kind &&
                    text_equal(result->findings[i].subject, finding->subject))
                        return 0;
        if (standing->n_over < OUTCOME_FINDINGS_MAX) {
                standing->over[standing->n_over].kind = finding->kind;
                text_copy_out(finding->subject, standing->over[standing->n_over++].subject,
                              SYNC_ID_SIZE);
        }
        return 0;
}

static int record_findings(Synchroniser *sync, const SyncSubject *subject,
                           const OutcomeResult *result) {
        Ledger *ledger = sync->options.ledger;
        Standing standing = { .result = result };
        int r = ledger_findings(ledger, subject->id, look_at_standing, &standing);

        for (size_t i = 0; r >= 0 && i < result->n_findings; i++)
                r = find_outcome(sync, subject, &result->findings[i]);
        for (size_t i = 0; r >= 0 && i < standing.n_over; i++)
                r = ledger_finding_end(ledger, standing.over[i].kind,
                                       text_of(standing.over[i].subject), turn_wall());
        if (r >= 0 && standing.n_over > 0)
                r = batch_set_add(&sync->changed, subject->batch);
        return r < 0 ? r : 0;
}

/* --- the row -------------------------------------------------------------------------------- */

static int move(Synchroniser *sync, const SyncSubject *subject, Status to) {
        const RowChange change = { 0 };
        int r;

        /* What is not sent yet, or again, is not moved by what became of a former session. */
        if (to == subject->status || subject->status < STATUS_OPEN ||
            !status_may_move(subject->status, to))
                return 0;
        r = ledger_row_move(sync->options.ledger, subject->id, subject->status, to, &change);
        if (r >= 0)
                r = ledger_batch_reopen(sync->options.ledger, subject->batch, BATCH_SETTLED);
        if (r < 0)
                return r;
        log_write(LOG_DEBUG, place_of(subject, NULL), "batch B%06lld, line %u: %s, it was %s",
                  (long long) subject->batch, subject->line, status_name(to),
                  status_name(subject->status));
        return batch_set_add(&sync->changed, subject->batch);
}

/* A payment that has not ended, and that the session did not show this time, is asked for. */
void sync_want_payments(Synchroniser *sync, const SyncSubject *subject, uint32_t generation,
                        int api, Text shown) {
        for (size_t i = 0; i < sync->n_known && sync->n_payments < SYNC_PAYMENTS_MAX; i++) {
                const OutcomePayment *payment = &sync->known[i];
                SyncPayment *wanted = &sync->payments[sync->n_payments];

                if (payment->place != OUTCOME_HERE || payment->generation != generation ||
                    payment->paid_at != 0 || payment_status_is_final(payment->status) ||
                    text_equal(payment->id, shown))
                        continue;
                *wanted = (SyncPayment){ subject->id, generation, api, "" };
                text_copy_out(payment->id, wanted->id, sizeof(wanted->id));
                sync->n_payments++;
        }
}

int sync_decide(Synchroniser *sync, const SyncSubject *subject) {
        const OutcomeFacts facts = { .status = subject->status,
                                     .amount = subject->amount,
                                     .currency = subject->currency,
                                     .generation = subject->generation,
                                     .sessions = sync->sessions,
                                     .n_sessions = sync->n_sessions,
                                     .payments = sync->known,
                                     .n_payments = sync->n_known,
                                     .now = turn_wall() };
        OutcomeResult result;
        int r;

        outcome_decide(&facts, &result);
        r = record_findings(sync, subject, &result);
        return r < 0 ? r : move(sync, subject, result.status);
}
