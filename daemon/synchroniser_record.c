/* What a reply of the provider means for a row: facts are stored, the rule decides, the row moves. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/log.h"
#include "daemon/synchroniser_private.h"
#include "jobs/base/civil.h"
#include "jobs/reconcile/look.h"
#include "jobs/session/session_key.h"
#include "sql/ledger_finding.h"

#define AGAIN_DIFFERS HOUR

/* The row, without what is lent. */
typedef struct Subject {
        bool found;
        int64_t id;
        int64_t batch;
        uint32_t line;
        uint32_t generation;
        Status status;
        int64_t amount;
        Currency currency;
        Buffer order_id;
} Subject;

static void subject_done(Subject *subject) {
        buffer_done(&subject->order_id);
}

static int read_subject(void *userdata, const Row *row) {
        Subject *subject = userdata;

        *subject = (Subject){ .found = true,
                              .id = row->id,
                              .batch = row->batch,
                              .line = row->line,
                              .generation = row->generation,
                              .status = row->status,
                              .amount = row->amount,
                              .currency = row->currency };
        return buffer_append(&subject->order_id, row->order_id.data, row->order_id.size);
}

static Text order_of(const Subject *subject) {
        return (Text){ subject->order_id.data, subject->order_id.size };
}

static LogPlace place_of(const Subject *subject, const char *code) {
        return (LogPlace){ .batch = subject->batch,
                           .line = subject->line,
                           .status = status_name(subject->status),
                           .code = code };
}

int sync_note_changed(Synchroniser *sync, int64_t batch) {
        for (size_t i = 0; i < sync->n_changed; i++)
                if (sync->changed[i] == batch)
                        return 0;
        if (sync->n_changed == sync->changed_capacity) {
                size_t capacity = sync->changed_capacity > 0 ? 2 * sync->changed_capacity : 16;
                int64_t *longer = realloc(sync->changed, capacity * sizeof(*longer));

                if (!longer)
                        return -ENOMEM;
                sync->changed = longer;
                sync->changed_capacity = capacity;
        }
        sync->changed[sync->n_changed++] = batch;
        return 0;
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

static int know_sessions(Synchroniser *sync, int64_t row) {
        sync->n_sessions = 0;
        return ledger_sessions(sync->options.ledger, row, know_session, sync);
}

static OutcomeSession *session_of(Synchroniser *sync, uint32_t generation, int *ret_api) {
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

static int know_payments(Synchroniser *sync, const Subject *subject) {
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

static int find(Synchroniser *sync, const Subject *subject, const Finding *finding) {
        int r = ledger_finding_set(sync->options.ledger, finding);

        if (r <= 0)
                return r;
        sync->counts.moved++;
        log_message(MESSAGE_FINDING, place_of(subject, finding_name(finding->kind)),
                    "batch B%06lld, line %u: %s; see `checkoutctl show`",
                    (long long) subject->batch, subject->line,
                    finding_meaning(finding->kind, LANGUAGE_EN));
        return sync_note_changed(sync, subject->batch);
}

static int find_outcome(Synchroniser *sync, const Subject *subject, const OutcomeFinding *found) {
        const Finding finding = { .kind = found->kind,
                                  .row = subject->id,
                                  .subject = found->subject,
                                  .at = turn_wall(),
                                  .amount = found->amount,
                                  .currency = found->currency,
                                  .detail = found->other };

        return find(sync, subject, &finding);
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

static int record_findings(Synchroniser *sync, const Subject *subject,
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
                r = sync_note_changed(sync, subject->batch);
        return r < 0 ? r : 0;
}

/* --- the row -------------------------------------------------------------------------------- */

/* A fact of a batch that was thought to be at its end opens it again. */
static int reopen(Synchroniser *sync, int64_t batch) {
        const Batch *stored;
        int r = ledger_batch_get(sync->options.ledger, batch, &stored);

        if (r <= 0 || stored->state != BATCH_CLOSED)
                return r < 0 ? r : 0;
        return ledger_batch_set_state(sync->options.ledger, batch, BATCH_SETTLED);
}

static int move(Synchroniser *sync, const Subject *subject, Status to) {
        const RowChange change = { 0 };
        int r;

        /* What is not sent yet, or again, is not moved by what became of a former session. */
        if (to == subject->status || subject->status < STATUS_OPEN ||
            !status_may_move(subject->status, to))
                return 0;
        r = ledger_row_move(sync->options.ledger, subject->id, subject->status, to, &change);
        if (r >= 0)
                r = reopen(sync, subject->batch);
        if (r < 0)
                return r;
        sync->counts.moved++;
        log_write(LOG_INFO, place_of(subject, NULL), "batch B%06lld, line %u: %s, it was %s",
                  (long long) subject->batch, subject->line, status_name(to),
                  status_name(subject->status));
        return sync_note_changed(sync, subject->batch);
}

/* A payment that has not ended, and that the session did not show this time, is asked for. */
static void want_payments(Synchroniser *sync, const Subject *subject, uint32_t generation, int api,
                          Text shown) {
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

static int decide(Synchroniser *sync, const Subject *subject) {
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

/* The session has been looked at. */
static int record_look(Synchroniser *sync, const Subject *subject, const OutcomeSession *session,
                       int api) {
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
        sync->counts.looked++;
        sync->next_is_known = false;
        return ledger_session_looked(sync->options.ledger, &record);
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

/* Not ours: it is not believed, and asked for again. */
static int record_difference(Synchroniser *sync, const Subject *subject,
                             const OutcomeSession *session, const char *differs) {
        const Finding finding = { .kind = FINDING_SESSION_DIFFERS,
                                  .row = subject->id,
                                  .subject = session->id,
                                  .at = turn_wall(),
                                  .detail = text_of(differs) };
        int r = find(sync, subject, &finding);

        sync->counts.failed++;
        return r < 0 ? r : sync_postpone(sync, subject->id, session->generation, AGAIN_DIFFERS);
}

static int record_expiry(Synchroniser *sync, const Subject *subject, OutcomeSession *session,
                         const SessionFacts *facts) {
        char from[CIVIL_TIME_SIZE], to[CIVIL_TIME_SIZE], detail[2 * CIVIL_TIME_SIZE + 4];
        Finding finding = { .kind = FINDING_EXPIRY_MOVED,
                            .row = subject->id,
                            .subject = session->id,
                            .at = turn_wall() };
        int64_t before = session->expires_at;

        if (facts->expires_at == 0)
                return 0;
        session->expires_at = facts->expires_at;
        /* What has ended may show when it did. Fractions are told or not told. */
        if (before == 0 || facts->expires_at / SECOND == before / SECOND ||
            facts->status == SESSION_FINISHED || session->end_asked)
                return 0;
        (void) snprintf(detail, sizeof(detail), "%s > %s", civil_time_format(before, from),
                        civil_time_format(facts->expires_at, to));
        finding.detail = text_of(detail);
        return find(sync, subject, &finding);
}

/* 1: the ledger has this payment at another row. */
static int store_payment(Synchroniser *sync, const Subject *subject, uint32_t generation,
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
static int take_facts(Synchroniser *sync, const Subject *subject, OutcomeSession *session,
                      const SessionFacts *facts) {
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
                r = r < 0 ? r : record_difference(sync, subject, session, differs);
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
        CLEANUP(subject_done) Subject subject = { 0 };
        OutcomeSession *session;
        int api = 0;
        int r = ledger_row_get(sync->options.ledger, row, read_subject, &subject);

        if (r >= 0 && subject.found)
                r = know_sessions(sync, row);
        session = r >= 0 && subject.found ? session_of(sync, generation, &api) : NULL;
        if (!session)
                return r < 0 ? r : 0;
        r = 1;
        if (facts)
                r = take_facts(sync, &subject, session, facts);
        else
                session->gone = true;
        if (r <= 0)
                return r;
        r = know_payments(sync, &subject);
        if (r < 0)
                return r;
        want_payments(sync, &subject, generation, api, facts ? facts->payment.id : TEXT_NONE);
        r = record_look(sync, &subject, session, api);
        return r < 0 ? r : decide(sync, &subject);
}

/* Something was learned of the row's money. */
static int decide_row(Synchroniser *sync, int64_t row) {
        CLEANUP(subject_done) Subject subject = { 0 };
        int r = ledger_row_get(sync->options.ledger, row, read_subject, &subject);

        if (r < 0 || !subject.found)
                return r < 0 ? r : 0;
        r = know_sessions(sync, row);
        if (r >= 0)
                r = know_payments(sync, &subject);
        if (r >= 0)
                r = sync_note_changed(sync, subject.batch);
        return r < 0 ? r : decide(sync, &subject);
}

int sync_record_payment(Synchroniser *sync, int64_t row, uint32_t generation,
                        const PaymentFacts *facts) {
        const Subject subject = { .id = row };
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
