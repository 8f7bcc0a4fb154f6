/* SessionFacts: what a reply of the provider says of a session, of its payment, or of a refund. A
 * pure reading: nothing is believed here. Whether the session is the one that we asked for is
 * session_facts_differ()'s to say, what follows from it outcome_rule.h's.
 *
 * Reads v1 and v2 (docs.fintoc.com: the checkout session, payment intent and refund objects of all
 * generations). Sets of words are open, fields may be missing or null; numbers that cannot be money
 * make an object unreadable rather than wrong.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "jobs/base/money.h"
#include "jobs/base/text.h"
#include "jobs/reconcile/payment_status.h"

typedef struct PaymentFacts {
        Text id; /* empty: there is no payment */
        PaymentStatus status;
        int64_t amount;
        Currency currency; /* XXX: one that we do not know */
        Text type;
        Text bank_reference; /* reference_id; "" when null */
        Text error_reason;
        Text mode;          /* "" when not said */
        int64_t created_at; /* 0: not said */
        int64_t paid_at;    /* transaction_date; 0: not said */
} PaymentFacts;

typedef struct SessionFacts {
        Text id;
        SessionStatus status;
        int64_t amount; /* -1: not said */
        Currency currency;
        Text mode;
        Text checkoutd;     /* metadata.checkoutd; empty: not one of ours */
        Text order;         /* metadata.order, when it is a text */
        int64_t created_at; /* 0: not said */
        int64_t expires_at; /* 0: not said */
        PaymentFacts payment;
} SessionFacts;

typedef struct RefundFacts {
        Text id;
        Text payment; /* resource_id, of a payment_intent */
        RefundStatus status;
        int64_t amount;
        Currency currency;
        Text mode;
        int64_t created_at; /* 0: not said */
        int64_t updated_at;
} RefundFacts;

/* What was read, owning the texts of the facts it gives. */
typedef struct FactsReply FactsReply;

typedef enum FactsKind {
        FACTS_SESSION,      /* one object */
        FACTS_SESSION_LIST, /* an array of them */
        FACTS_PAYMENT,
        FACTS_REFUND_LIST,
} FactsKind;

/* -EBADMSG: not JSON, not of that kind, or too long to be a page; -ENOMEM. */
int facts_reply_read(Text body, FactsKind kind, FactsReply **ret_reply);
FactsReply *facts_reply_free(FactsReply *reply);
size_t facts_reply_count(const FactsReply *reply); /* objects; 1 when it is no list */

/* The object number i, by its kind. 0, or -EBADMSG: it cannot be read as one. */
int facts_session(const FactsReply *reply, size_t i, SessionFacts *ret_facts);
int facts_payment(const FactsReply *reply, PaymentFacts *ret_facts);
int facts_refund(const FactsReply *reply, size_t i, RefundFacts *ret_facts);

/* what a session must be to be ours */
typedef struct SessionWanted {
        Text id;
        const char *key; /* metadata.checkoutd */
        int64_t amount;
        Currency currency;
        bool live;
} SessionWanted;

/* Our own word for what is not as it was asked for ("reply-amount"); NULL: it is ours. */
const char *session_facts_differ(const SessionFacts *facts, const SessionWanted *wanted);

/* Has it the form of a key of ours? */
bool session_facts_has_our_form(Text checkoutd);

#include "jobs/base/cleanup.h"
DEFINE_CLEANUP(FactsReply, facts_reply_free)
