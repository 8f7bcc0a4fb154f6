/* What a reply of the provider says of a row: believed or not, stored, and looked at. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/base/log.h"
#include "daemon/following/synchroniser_private.h"
#include "jobs/base/civil.h"
#include "jobs/reconcile/look.h"
#include "jobs/session/session_key.h"
#include "sql/ledger_ending.h"

#define AGAIN_DIFFERS HOUR

int sync_store_look(Synchroniser *sync, SessionRecord *record) {
        Ledger *ledger = sync->options.ledger;
        int r = ledger_ending_looked(ledger, record->row, record->generation, sync->begun);

        if (r > 0) /* it left before the provider had answered the ending: once more */
                record->next_look = LEDGER_LOOK_AT_ONCE;
        sync->next_is_known = false;
        return r < 0 ? r : ledger_session_looked(ledger, record);
}

/* The session has been looked at. */
static int record_look(Synchroniser *sync, const SyncSubject *subject,
                       const OutcomeSession *session, int api) {
        LookFacts facts = { .status = session->status,
                            .api = api,
                            .gone = session->gone,
                            .created_at = session->created_at,
                            .expires_at = session->expires_at };
        SessionRecord record = { .row = subject->id,
                                 .generation = session->generation,
                                 .status = session->status,
                                 .expires_at = session->expires_at,
                                 .looked_at = turn_wall(),
                                 .gone = session->gone };

        facts.pending = outcome_is_pending(session, sync->known, sync->n_known, &facts.ended_at);
        record.next_look = look_next(&facts, record.looked_at);
        return sync_store_look(sync, &record);
}

/* --- is it believed? ------------------------------------------------------------------------ */

static int read_key(Synchroniser *sync, int64_t row, uint32_t generation,
                    char key[static SESSION_KEY_SIZE]) {
        const Frozen *frozen;
        int r = ledger_frozen(sync->options.ledger, row, generation, &frozen);

        key[0] = '\0';
        if (r > 0)
                text_copy_out(text_of(frozen->key), key, SESSION_KEY_SIZE);
        return r < 0 ? r : 0;
}

/* Not ours: it is not believed. It is asked for again as by what was believed last, but not
 * soon. */
static int record_difference(Synchroniser *sync, const SyncSubject *subject,
                             const OutcomeSession *session, int api, const char *differs) {
        const LookFacts facts = { .status = session->status,
                                  .api = api,
                                  .gone = session->gone,
                                  .created_at = session->created_at,
                                  .expires_at = session->expires_at };
        const Finding finding = { .kind = FINDING_SESSION_DIFFERS,
                                  .row = subject->id,
                                  .subject = session->id,
                                  .at = turn_wall(),
                                  .detail = text_of(differs) };
        int64_t next = look_next(&facts, finding.at);
        int r = sync_find(sync, subject, &finding);

        sync_asks_note_failed(sync, subject->id);
        sync->next_is_known = false;
        if (next != 0 && next < finding.at + AGAIN_DIFFERS)
                next = finding.at + AGAIN_DIFFERS;
        return r < 0 ? r
                     : ledger_set_next_look(sync->options.ledger, subject->id, session->generation,
                                            next);
}

static int record_expiry(Synchroniser *sync, const SyncSubject *subject, OutcomeSession *session,
                         const SessionFacts *facts) {
        char from[CIVIL_TIME_SIZE], to[CIVIL_TIME_SIZE], detail[2 * CIVIL_TIME_SIZE + 4];
        Finding finding = { .kind = FINDING_EXPIRY_MOVED,
                            .row = subject->id,
                            .subject = session->id,
                            .at = turn_wall() };
        int64_t before = session->expires_at;
        int r;

        if (facts->expires_at == 0 || facts->expires_at == before)
                return 0;
        session->expires_at = facts->expires_at;
        r = batch_set_add(&sync->changed, subject->batch); /* the results show it */
        if (r < 0)
                return r;
        /* What has ended may show when it did. Fractions are told or not told. */
        if (before == 0 || facts->expires_at / SECOND == before / SECOND ||
            facts->status == SESSION_FINISHED || session->end_asked)
                return 0;
        (void) snprintf(detail, sizeof(detail), "%s > %s", civil_time_format(before, from),
                        civil_time_format(facts->expires_at, to));
        finding.detail = text_of(detail);
        return sync_find(sync, subject, &finding);
}

/* 1: the ledger has this payment at another row. */
static int store_payment(Synchroniser *sync, const SyncSubject *subject, uint32_t generation,
                         const PaymentFacts *facts) {
        const PaymentRecord payment = { .id = facts->id,
                                        .row = subject->id,
                                        .generation = generation,
                                        .status = facts->status,
                                        .amount = facts->amount,
                                        .currency = facts->currency,
                                        .type = facts->type,
                                        .bank_reference = facts->bank_reference,
                                        .error_reason = facts->error_reason,
                                        .created_at = facts->created_at,
                                        .paid_at = facts->paid_at,
                                        .seen_at = turn_wall() };

        return facts->id.size > 0 ? ledger_payment_set(sync->options.ledger, &payment) : 0;
}

/* 1: it is believed and stored; 0: it is not. */
static int take_facts(Synchroniser *sync, const SyncSubject *subject, OutcomeSession *session,
                      int api, const SessionFacts *facts) {
        char key[SESSION_KEY_SIZE];
        const SessionWanted wanted = { session->id, key, subject->amount, subject->currency,
                                       sync->options.live };
        const char *differs;
        int r = read_key(sync, subject->id, session->generation, key);

        if (r < 0)
                return r;
        differs = session_facts_differ(facts, &wanted);
        r = differs ? 0 : store_payment(sync, subject, session->generation, &facts->payment);
        if (r > 0)
                differs = "payment-of-another";
        if (r < 0 || differs) {
                r = r < 0 ? r : record_difference(sync, subject, session, api, differs);
                return r < 0 ? r : 0;
        }
        r = ledger_finding_end(sync->options.ledger, FINDING_SESSION_DIFFERS, session->id,
                               turn_wall());
        if (r >= 0)
                r = record_expiry(sync, subject, session, facts);
        session->gone = false;
        session->status = facts->status;
        return r < 0 ? r : 1;
}

/* --- entries -------------------------------------------------------------------------------- */

int sync_record_session(Synchroniser *sync, int64_t row, uint32_t generation,
                        const SessionFacts *facts) {
        CLEANUP(sync_subject_done) SyncSubject subject = { 0 };
        OutcomeSession *session;
        int api = 0;
        int r = ledger_row_get(sync->options.ledger, row, sync_read_subject, &subject);

        if (r >= 0 && subject.found)
                r = sync_know_sessions(sync, row);
        session = r >= 0 && subject.found ? sync_session_of(sync, generation, &api) : NULL;
        if (!session)
                return r < 0 ? r : 0;
        r = 1;
        if (facts)
                r = take_facts(sync, &subject, session, api, facts);
        else
                session->gone = true;
        if (r <= 0)
                return r;
        r = sync_know_payments(sync, &subject);
        if (r < 0)
                return r;
        sync_want_payments(sync, &subject, generation, api, facts ? facts->payment.id : TEXT_NONE);
        r = record_look(sync, &subject, session, api);
        return r < 0 ? r : sync_decide(sync, &subject);
}

/* Something was learned of the row's money. */
static int decide_row(Synchroniser *sync, int64_t row) {
        CLEANUP(sync_subject_done) SyncSubject subject = { 0 };
        int r = ledger_row_get(sync->options.ledger, row, sync_read_subject, &subject);

        if (r < 0 || !subject.found)
                return r < 0 ? r : 0;
        r = sync_know_sessions(sync, row);
        if (r >= 0)
                r = sync_know_payments(sync, &subject);
        if (r >= 0)
                r = batch_set_add(&sync->changed, subject.batch);
        return r < 0 ? r : sync_decide(sync, &subject);
}

int sync_record_payment(Synchroniser *sync, int64_t row, uint32_t generation,
                        const PaymentFacts *facts) {
        const SyncSubject subject = { .id = row };
        const char *mode = sync->options.live ? "live" : "test";
        int r;

        if (facts->mode.size > 0 && !text_is(facts->mode, mode))
                return 0;
        r = store_payment(sync, &subject, generation, facts);
        return r != 0 ? (r < 0 ? r : 0) : decide_row(sync, row);
}

static int read_refunded(void *userdata, const PaymentRecord *payment) {
        PaymentRecord *record = userdata;

        *record = (PaymentRecord){ .row = payment->row, .refunded = payment->refunded };
        return 0;
}

int sync_record_refund(Synchroniser *sync, const RefundFacts *facts) {
        Ledger *ledger = sync->options.ledger;
        const RefundRecord refund = { .id = facts->id,
                                      .payment = facts->payment,
                                      .status = facts->status,
                                      .amount = facts->amount,
                                      .currency = facts->currency,
                                      .created_at = facts->created_at,
                                      .updated_at = facts->updated_at };
        PaymentRecord before = { 0 }, after = { 0 };
        int r;

        if (facts->mode.size > 0 && !text_is(facts->mode, sync->options.live ? "live" : "test"))
                return 0;
        r = ledger_payment_get(ledger, facts->payment, read_refunded, &before);
        if (r <= 0)
                return r;
        r = ledger_refund_set(ledger, &refund);
        if (r >= 0)
                r = ledger_payment_get(ledger, facts->payment, read_refunded, &after);
        if (r < 0 || before.refunded == after.refunded)
                return r < 0 ? r : 0;
        return decide_row(sync, before.row);
}
