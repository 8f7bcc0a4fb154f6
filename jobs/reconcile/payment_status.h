/* PaymentStatus: the words by which the provider tells how far a session, a payment intent and a
 * refund are, as numbers that are stored. Their sets are open (docs.fintoc.com
 * /guides/home/changes): a word that we do not know is kept as "other", and counts as not ended.
 *
 * Sources: the pages of the checkout session, the payment intent and the refund object; where two
 * generations of them disagree (a refund's first status), both words are taken.
 */
#pragma once

#include <stdbool.h>

#include "jobs/base/text.h"

/* stored on disk: never renumber */
typedef enum SessionStatus {
        SESSION_NOT_TOLD = 0, /* nothing was heard of it since it was made */
        SESSION_CREATED = 1,
        SESSION_IN_PROGRESS = 2, /* the payer has begun */
        SESSION_FINISHED = 3,    /* not the same as paid: the payment intent decides */
        SESSION_EXPIRED = 4,
        SESSION_OTHER = 5,
        SESSION_STATUS_COUNT,
} SessionStatus;

typedef enum PaymentStatus {
        PAYMENT_OTHER = 0,
        PAYMENT_CREATED = 1,
        PAYMENT_IN_PROGRESS = 2,
        PAYMENT_PENDING = 3, /* the bank has not confirmed; up to 10 days */
        PAYMENT_REQUIRES_ACTION = 4,
        PAYMENT_SUCCEEDED = 5,
        PAYMENT_FAILED = 6,
        PAYMENT_REJECTED = 7, /* by the payer */
        PAYMENT_EXPIRED = 8,
        PAYMENT_STATUS_COUNT,
} PaymentStatus;

typedef enum RefundStatus {
        REFUND_OTHER = 0,
        REFUND_CREATED = 1, /* also called pending */
        REFUND_IN_PROGRESS = 2,
        REFUND_SUCCEEDED = 3,
        REFUND_FAILED = 4, /* also called rejected */
        REFUND_CANCELED = 5,
        REFUND_STATUS_COUNT,
} RefundStatus;

/* The provider's words; "" and "other" for what has none. */
const char *session_status_name(SessionStatus status);
const char *payment_status_name(PaymentStatus status);
const char *refund_status_name(RefundStatus status);

SessionStatus session_status_of(Text word);
PaymentStatus payment_status_of(Text word);
RefundStatus refund_status_of(Text word);

/* Will it stay so, by what the provider documents? */
bool session_status_is_final(SessionStatus status);
bool payment_status_is_final(PaymentStatus status);
