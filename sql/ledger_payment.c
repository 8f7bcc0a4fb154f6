#include "sql/ledger_payment.h"

#include <assert.h>

#include "sql/ledger_private.h"

static int read_payment(Query *query, PaymentRecord *ret_payment) {
        *ret_payment = (PaymentRecord){
                .id = query_text(query, "id"),
                .row = query_integer(query, "request"),
                .generation = read_generation(query, "generation"),
                .status = (PaymentStatus) query_integer_within(query, "status", PAYMENT_OTHER,
                                                               PAYMENT_STATUS_COUNT - 1),
                .amount = query_integer(query, "amount"),
                .currency = read_currency(query, "currency"),
                .type = query_text(query, "type"),
                .bank_reference = query_text(query, "bank_reference"),
                .error_reason = query_text(query, "error_reason"),
                .created_at = query_integer(query, "created_at"),
                .paid_at = query_integer(query, "paid_at"),
                .seen_at = query_integer(query, "seen_at"),
                .refunded = query_integer(query, "refunded"),
        };
        return query_error(query);
}

DEFINE_LEND(lend_payments, PaymentRecord, read_payment)

int ledger_payment_set(Ledger *ledger, const PaymentRecord *payment) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_SET_PAYMENT);
        int r;

        assert(database_in_transaction(ledger->database));
        assert(payment->id.size > 0 && payment->seen_at != 0);
        query_bind_text(query, "id", payment->id);
        query_bind_integer(query, "request", payment->row);
        query_bind_integer(query, "generation", payment->generation);
        query_bind_integer(query, "status", payment->status);
        query_bind_integer(query, "amount", payment->amount);
        query_bind_integer(query, "currency", payment->currency);
        query_bind_text_or_null(query, "type", payment->type);
        query_bind_text_or_null(query, "bank_reference", payment->bank_reference);
        query_bind_text_or_null(query, "error_reason", payment->error_reason);
        query_bind_integer(query, "created_at",
                           payment->created_at != 0 ? payment->created_at : payment->seen_at);
        query_bind_integer_or_null(query, "paid_at", payment->paid_at);
        query_bind_integer(query, "seen_at", payment->seen_at);
        r = query_run(query);
        if (r <= 0)
                return r < 0 ? r : 1;
        return payout_payment_changed(ledger, payment->id);
}

int ledger_payment_get(Ledger *ledger, Text id, LedgerPaymentFunction function, void *userdata) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_GET_PAYMENT);
        PaymentRecord payment;
        int r;

        query_bind_text(query, "id", id);
        r = query_step(query);
        if (r <= 0)
                return r;
        r = read_payment(query, &payment);
        if (r == 0)
                r = function(userdata, &payment);
        return r == 0 ? 1 : r;
}

int ledger_has_payments(Ledger *ledger) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_FIND_PAYMENT);

        return query_step(query);
}

int ledger_payments(Ledger *ledger, int64_t row, LedgerPaymentFunction function, void *userdata) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_LIST_PAYMENTS);

        query_bind_integer(query, "request", row);
        return lend_payments(query, function, userdata);
}

int ledger_payments_of_order(Ledger *ledger, Text order_id, LedgerPaymentFunction function,
                             void *userdata) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_LIST_PAYMENTS_OF_ORDER);

        query_bind_text(query, "order_id", order_id);
        return lend_payments(query, function, userdata);
}

/* --- refunds -------------------------------------------------------------------------------- */

static int sum_refunds(Ledger *ledger, Text payment) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_SUM_REFUNDS);

        query_bind_text(query, "payment", payment);
        return run_for_one(query);
}

int ledger_refund_set(Ledger *ledger, const RefundRecord *refund) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_SET_REFUND);
        int r;

        assert(database_in_transaction(ledger->database));
        query_bind_text(query, "id", refund->id);
        query_bind_text(query, "payment", refund->payment);
        query_bind_integer(query, "status", refund->status);
        query_bind_integer(query, "amount", refund->amount);
        query_bind_integer(query, "currency", refund->currency);
        query_bind_integer(query, "created_at", refund->created_at);
        query_bind_integer(query, "updated_at", refund->updated_at);
        r = query_run(query);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = sum_refunds(ledger, refund->payment);
        return r < 0 ? r : payout_refund_changed(ledger, refund->id, refund->payment);
}

static int read_refund(Query *query, RefundRecord *ret_refund) {
        *ret_refund = (RefundRecord){
                .id = query_text(query, "id"),
                .payment = query_text(query, "payment"),
                .status = (RefundStatus) query_integer_within(query, "status", REFUND_OTHER,
                                                              REFUND_STATUS_COUNT - 1),
                .amount = query_integer(query, "amount"),
                .currency = read_currency(query, "currency"),
                .created_at = query_integer(query, "created_at"),
                .updated_at = query_integer(query, "updated_at"),
        };
        return query_error(query);
}

DEFINE_LEND(lend_refunds, RefundRecord, read_refund)

int ledger_refunds(Ledger *ledger, Text payment, LedgerRefundFunction function, void *userdata) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_LIST_REFUNDS);

        query_bind_text(query, "payment", payment);
        return lend_refunds(query, function, userdata);
}
