#include "jobs/reconcile/outcome_rule.h"

#include "jobs/base/civil.h"
#include "jobs/base/cleanup.h"
#include "jobs/reconcile/look.h"

#define REFUSED    (1U << PAYMENT_FAILED | 1U << PAYMENT_REJECTED)
#define LEFT_AFTER DAY /* a payment that was only begun, and whose session is over, was left */

/* --- findings ------------------------------------------------------------------------------- */

static void add(OutcomeResult *result, FindingKind kind, Text subject, int64_t amount,
                Currency currency, Text other) {
        if (result->n_findings == OUTCOME_FINDINGS_MAX)
                return;
        result->findings[result->n_findings++] =
                (OutcomeFinding){ kind, subject, amount, currency, other };
}

static void add_payment(OutcomeResult *result, FindingKind kind, const OutcomePayment *payment,
                        Text other) {
        add(result, kind, payment->id, payment->amount, payment->currency, other);
}

bool outcome_decides_end_of(FindingKind kind) {
        switch (kind) {
        case FINDING_PAID_OTHER_AMOUNT:
        case FINDING_PAID_OTHER_CURRENCY:
        case FINDING_PAID_TWICE:
        case FINDING_PENDING_LONG:
        case FINDING_SESSION_GONE:
        case FINDING_REFUNDED_OTHERWISE:
                return true;
        case FINDING_PAID_LATE:
        case FINDING_ORPHAN:
        case FINDING_EXPIRY_MOVED:
        case FINDING_GIVEN_UP:
        case FINDING_SESSION_DIFFERS:
        case FINDING_SETTLED_DIFFERENCE:
        case FINDING_PAYOUT_NOT_OURS:
        case FINDING_PAID_NOT_SETTLED:
        case FINDING_SETTLED_TWICE:
        case FINDING_KIND_END:
                break;
        }
        return false;
}

/* --- payments ------------------------------------------------------------------------------- */

static bool was_paid(const OutcomePayment *payment) {
        return payment->status == PAYMENT_SUCCEEDED || payment->paid_at != 0;
}

/* Paid, and not wholly given back. */
static bool is_kept(const OutcomePayment *payment) {
        return was_paid(payment) && payment->refunded < payment->amount;
}

static bool came_before(const OutcomePayment *a, const OutcomePayment *b) {
        if (a->paid_at != b->paid_at)
                return a->paid_at < b->paid_at;
        if (a->id.size != b->id.size)
                return a->id.size < b->id.size;
        return memcmp(a->id.data, b->id.data, a->id.size) < 0;
}

static const OutcomeSession *session_of(const OutcomeFacts *facts, uint32_t generation) {
        for (size_t i = 0; i < facts->n_sessions; i++)
                if (facts->sessions[i].generation == generation)
                        return &facts->sessions[i];
        return NULL;
}

/* The first payment that was kept at this place before `payment`; NULL: there is none. */
static const OutcomePayment *kept_before(const OutcomeFacts *facts, OutcomePlace place,
                                         const OutcomePayment *payment) {
        const OutcomePayment *first = NULL;

        for (size_t i = 0; i < facts->n_payments; i++) {
                const OutcomePayment *other = &facts->payments[i];

                if (other->place == place && other != payment && is_kept(other) &&
                    came_before(other, payment) && (!first || came_before(other, first)))
                        first = other;
        }
        return first;
}

static void look_at_payment(const OutcomeFacts *facts, const OutcomePayment *payment,
                            OutcomeResult *result) {
        const OutcomeSession *session = session_of(facts, payment->generation);
        bool over = facts->status == STATUS_EXPIRED || facts->status == STATUS_FAILED ||
                    facts->status == STATUS_CANCELLED;

        if ((session && session->expires_at != 0 && payment->paid_at > session->expires_at) || over)
                add_payment(result, FINDING_PAID_LATE, payment, TEXT_NONE);
        if (payment->refunded > payment->amount || payment->status != PAYMENT_SUCCEEDED)
                add_payment(result, FINDING_REFUNDED_OTHERWISE, payment, TEXT_NONE);
}

/* One that is kept: right, or what is wrong with it. */
static bool is_right(const OutcomeFacts *facts, const OutcomePayment *payment,
                     OutcomeResult *result) {
        const OutcomePayment *here = kept_before(facts, OUTCOME_HERE, payment);
        const OutcomePayment *there = kept_before(facts, OUTCOME_SAME_REFERENCE, payment);
        const OutcomePayment *run = kept_before(facts, OUTCOME_SAME_CONTENT, payment);
        const OutcomePayment *other = here ? here : there ? there : run;
        bool right = !here && !there;

        if (other)
                add_payment(result, FINDING_PAID_TWICE, payment, other->id);
        if (payment->currency != facts->currency) {
                add_payment(result, FINDING_PAID_OTHER_CURRENCY, payment, TEXT_NONE);
                right = false;
        } else if (payment->amount != facts->amount) {
                add_payment(result, FINDING_PAID_OTHER_AMOUNT, payment, TEXT_NONE);
                right = false;
        }
        return right;
}

static Status decide_paid(const OutcomeFacts *facts, OutcomeResult *result) {
        size_t kept = 0;
        bool right = true;

        for (size_t i = 0; i < facts->n_payments; i++) {
                const OutcomePayment *payment = &facts->payments[i];

                if (payment->place != OUTCOME_HERE || !was_paid(payment))
                        continue;
                look_at_payment(facts, payment, result);
                if (!is_kept(payment))
                        continue;
                kept++;
                right = is_right(facts, payment, result) && right;
        }
        if (kept == 0)
                return STATUS_REFUNDED;
        return right ? STATUS_PAID : STATUS_MISMATCH;
}

/* --- sessions ------------------------------------------------------------------------------- */

static int64_t end_of(const OutcomeSession *session, int64_t ended_at) {
        const LookFacts facts = { .created_at = session->created_at,
                                  .expires_at = session->expires_at,
                                  .ended_at = ended_at };

        return look_end(&facts);
}

/* Has a payment of this generation ended without money, one of these ways (bits)? */
static bool has_ended(const OutcomeFacts *facts, uint32_t generation, unsigned ways) {
        for (size_t i = 0; i < facts->n_payments; i++)
                if (facts->payments[i].place == OUTCOME_HERE &&
                    facts->payments[i].generation == generation &&
                    (ways >> facts->payments[i].status & 1) != 0)
                        return true;
        return false;
}

/* A payer who opened the page and went away leaves a payment that never ends. */
static bool was_left(const OutcomeFacts *facts, const OutcomePayment *payment) {
        const OutcomeSession *session = session_of(facts, payment->generation);

        return payment->status == PAYMENT_CREATED && session &&
               session->status == SESSION_EXPIRED &&
               facts->now > end_of(session, payment->created_at) + LEFT_AFTER;
}

static bool is_long(const OutcomeFacts *facts, uint32_t generation, int64_t ended_at) {
        const OutcomeSession *session = session_of(facts, generation);

        return session && facts->now > end_of(session, ended_at) + LOOK_PENDING_LONG_DAYS * DAY;
}

static bool decide_pending(const OutcomeFacts *facts, OutcomeResult *result) {
        bool pending = false;

        for (size_t i = 0; i < facts->n_payments; i++) {
                const OutcomePayment *payment = &facts->payments[i];

                if (payment->place != OUTCOME_HERE || was_paid(payment) ||
                    payment_status_is_final(payment->status) || was_left(facts, payment))
                        continue;
                pending = true;
                if (is_long(facts, payment->generation, payment->created_at))
                        add_payment(result, FINDING_PENDING_LONG, payment, TEXT_NONE);
        }
        return pending;
}

/* Of the session of the row's generation, when no payment says more. */
static Status decide_session(const OutcomeFacts *facts, OutcomeResult *result) {
        const OutcomeSession *session = session_of(facts, facts->generation);
        bool refused = has_ended(facts, facts->generation, REFUSED);

        if (!session || session->gone)
                return facts->status;
        switch (session->status) {
        case SESSION_CREATED:
                return STATUS_OPEN;
        case SESSION_IN_PROGRESS:
                return STATUS_IN_PROGRESS;
        case SESSION_FINISHED:
                if (refused || has_ended(facts, facts->generation, 1U << PAYMENT_EXPIRED))
                        return STATUS_FAILED;
                if (is_long(facts, session->generation, 0))
                        add(result, FINDING_PENDING_LONG, session->id, facts->amount,
                            facts->currency, TEXT_NONE);
                return STATUS_IN_PROGRESS;
        case SESSION_EXPIRED:
                if (session->end_asked)
                        return STATUS_CANCELLED;
                return refused ? STATUS_FAILED : STATUS_EXPIRED;
        case SESSION_NOT_TOLD:
        case SESSION_OTHER:
        case SESSION_STATUS_COUNT:
                break;
        }
        return facts->status;
}

void outcome_decide(const OutcomeFacts *facts, OutcomeResult *ret_result) {
        bool pending, paid = false;

        *ret_result = (OutcomeResult){ .status = facts->status };
        for (size_t i = 0; i < facts->n_payments; i++)
                paid = paid ||
                       (facts->payments[i].place == OUTCOME_HERE && was_paid(&facts->payments[i]));
        pending = decide_pending(facts, ret_result);
        if (paid)
                ret_result->status = decide_paid(facts, ret_result);
        else if (pending)
                ret_result->status = STATUS_IN_PROGRESS;
        else
                ret_result->status = decide_session(facts, ret_result);
        for (size_t i = 0; i < facts->n_sessions; i++)
                if (facts->sessions[i].gone)
                        add(ret_result, FINDING_SESSION_GONE, facts->sessions[i].id, facts->amount,
                            facts->currency, TEXT_NONE);
}

bool outcome_is_pending(const OutcomeSession *session, const OutcomePayment *payments, size_t n,
                        int64_t *ret_ended_at) {
        bool pending = session->status == SESSION_FINISHED, any = false;
        int64_t ended_at = 0;

        for (size_t i = 0; i < n; i++) {
                const OutcomePayment *payment = &payments[i];
                int64_t at = payment->paid_at != 0 ? payment->paid_at : payment->created_at;

                if (payment->place != OUTCOME_HERE || payment->generation != session->generation)
                        continue;
                pending = any ? pending : false;
                any = true;
                pending = pending ||
                          (!was_paid(payment) && !payment_status_is_final(payment->status));
                if (at > ended_at)
                        ended_at = at;
        }
        *ret_ended_at = session_status_is_final(session->status) ? ended_at : 0;
        return pending;
}
