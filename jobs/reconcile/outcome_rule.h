/* OutcomeRule: from everything that is known of a row's sessions and payments to its status and to
 * what does not add up. Pure, and one answer for the same facts whenever it is asked.
 *
 *   money decides     a payment that succeeded makes the row paid, whatever its session says;
 *                     `finished` alone is not paid (docs.fintoc.com, events of the session)
 *   exactly once      one payment of the right amount and currency that was not wholly given back:
 *                     paid. Another amount or currency, or more than one: mismatch. All given back:
 *                     refunded. A part given back: still paid
 *   one reference     a payment that came first to another row of the same profile, run and mode
 *                     makes this one mismatch; to the same content in another run, a finding
 *   what is not over  a payment that has not ended keeps the row in_progress, also when its session
 *                     has run out
 *   never adjusted    a payment that once succeeded and now does not counts as it did, and is a
 *                     finding
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "jobs/base/money.h"
#include "jobs/base/text.h"
#include "jobs/reconcile/finding.h"
#include "jobs/reconcile/payment_status.h"
#include "jobs/session/status.h"

typedef struct OutcomeSession {
        uint32_t generation;
        Text id;
        SessionStatus status;
        bool gone;
        bool end_asked; /* a person asked the provider to end it */
        int64_t created_at;
        int64_t expires_at; /* 0: not said */
} OutcomeSession;

typedef enum OutcomePlace {
        OUTCOME_HERE,           /* a payment of this row */
        OUTCOME_SAME_REFERENCE, /* of another row of the same profile, run and mode */
        OUTCOME_SAME_CONTENT,   /* of a row with the same content in another run */
} OutcomePlace;

typedef struct OutcomePayment {
        OutcomePlace place;
        uint32_t generation;
        Text id;
        PaymentStatus status;
        int64_t amount;
        Currency currency;
        int64_t created_at;
        int64_t paid_at; /* 0: it never succeeded */
        int64_t refunded;
} OutcomePayment;

typedef struct OutcomeFacts {
        Status status; /* of the row, now */
        int64_t amount;
        Currency currency;
        uint32_t generation;            /* of the row, now */
        const OutcomeSession *sessions; /* by generation */
        size_t n_sessions;
        const OutcomePayment *payments; /* oldest first */
        size_t n_payments;
        int64_t now;
} OutcomeFacts;

typedef struct OutcomeFinding {
        FindingKind kind;
        Text subject; /* of a session or a payment */
        int64_t amount;
        Currency currency;
        Text other; /* the other payment; empty: none */
} OutcomeFinding;

#define OUTCOME_FINDINGS_MAX 16 /* more of one row say nothing more */

typedef struct OutcomeResult {
        Status status; /* may be one that the row cannot move to: then it stays */
        OutcomeFinding findings[OUTCOME_FINDINGS_MAX];
        size_t n_findings;
} OutcomeResult;

/* Texts are borrowed from the facts. */
void outcome_decide(const OutcomeFacts *facts, OutcomeResult *ret_result);

/* Does a finding of this kind end when outcome_decide() does not give it any more? (That something
 * happened stays true.) */
bool outcome_decides_end_of(FindingKind kind);
/* Has the session a payment that has not ended, as far as looking at it goes? `ret_ended_at`: when
 * a payment ended it, or began to; 0: none did. */
bool outcome_is_pending(const OutcomeSession *session, const OutcomePayment *payments, size_t n,
                        int64_t *ret_ended_at);
