/* LedgerPayment: the payment intents that were seen in sessions of ours, and their refunds.
 *
 * Facts of the provider, kept as they were told and never adjusted. Whether they make a row paid is
 * jobs/reconcile/outcome_rule.h's to say. See ledger.h for errors, instants and transactions.
 */
#pragma once

#include "jobs/reconcile/payment_status.h"
#include "sql/ledger.h"

typedef struct PaymentRecord {
        Text id;
        int64_t row;
        uint32_t generation;
        PaymentStatus status;
        int64_t amount;
        Currency currency;   /* XXX: one that we do not know */
        Text type;           /* "bank_transfer", "card", ...; empty: not said */
        Text bank_reference; /* the sender's bank's number of the operation */
        Text error_reason;
        int64_t created_at;
        int64_t paid_at;  /* the bank's time, else when it was first seen succeeded; 0: never was */
        int64_t seen_at;  /* first */
        int64_t refunded; /* the sum of its refunds that succeeded, in its currency */
} PaymentRecord;          /* borrowed until the callback returns */

typedef struct RefundRecord {
        Text id;
        Text payment;
        RefundStatus status;
        int64_t amount;
        Currency currency;
        int64_t created_at;
        int64_t updated_at;
} RefundRecord;

/* Stops on non-zero and gives it. */
typedef int (*LedgerPaymentFunction)(void *userdata, const PaymentRecord *payment);
typedef int (*LedgerRefundFunction)(void *userdata, const RefundRecord *refund);

/* Adds it or brings it up to date. `paid_at` is the bank's time or 0, `seen_at` is now; `refunded`
 * is not read. 1: the ledger has it at another row or generation, and is unchanged. */
int ledger_payment_set(Ledger *ledger, const PaymentRecord *payment);
/* 1 found, 0 not; else the function's answer. */
int ledger_payment_get(Ledger *ledger, Text id, LedgerPaymentFunction function, void *userdata);
/* Is there any? 1, 0. */
int ledger_has_payments(Ledger *ledger);
/* All of a row, oldest first. */
int ledger_payments(Ledger *ledger, int64_t row, LedgerPaymentFunction function, void *userdata);
/* All of rows that carry this reference, in every profile, run and mode, oldest first. */
int ledger_payments_of_order(Ledger *ledger, Text order_id, LedgerPaymentFunction function,
                             void *userdata);

/* Adds it or brings it up to date, and the payment's sum of refunds with it. 1: it is of a payment
 * that is not ours, or is known as one of another payment. */
int ledger_refund_set(Ledger *ledger, const RefundRecord *refund);
/* All of a payment, oldest first. */
int ledger_refunds(Ledger *ledger, Text payment, LedgerRefundFunction function, void *userdata);
