/* What is in the payout files, for those who look. */
#include <errno.h>

#include "sql/ledger_payout_private.h"

int payout_read_line(Query *query, MatchedLine *ret_line) {
        *ret_line = (MatchedLine){
                .record = {
                        .batch = query_integer(query, "batch"),
                        .line = (uint32_t) query_integer_within(query, "line", 1, UINT32_MAX),
                        .id = query_text(query, "id"),
                        .payment = query_text(query, "payment"),
                        .kind = (PayoutKind) query_integer_within(query, "kind", PAYOUT_PAYMENT,
                                                                  PAYOUT_KIND_COUNT - 1),
                        .outcome = (PayoutOutcome) query_integer_within(
                                query, "outcome", PAYOUT_SETTLED, PAYOUT_OUTCOME_COUNT - 1),
                        .amount = query_integer(query, "amount"),
                        .fee = query_integer(query, "fee"),
                        .net = query_integer(query, "net"),
                        .currency = read_currency(query, "currency"),
                        .created_at = query_integer(query, "created_at"),
                        .row = query_integer(query, "request"),
                        .known = query_integer(query, "known"),
                        .order_id = query_text(query, "order_id"),
                },
                .row_n = query_integer(query, "row_n"),
                .row_amount = query_integer(query, "row_amount"),
        };
        return query_error(query);
}

static int read_record(Query *query, PayoutRecord *ret_record) {
        MatchedLine line;
        int r = payout_read_line(query, &line);

        *ret_record = line.record;
        return r;
}

DEFINE_LEND_PAGE(lend_lines, PayoutRecord, read_record)

int ledger_payout_lines(Ledger *ledger, int64_t batch, uint32_t after, unsigned max,
                        LedgerPayoutLineFunction function, void *userdata) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_LIST_PAYOUT_LINES);

        query_bind_integer(query, "batch", batch);
        query_bind_integer(query, "after", after);
        query_bind_integer(query, "max", max);
        return lend_lines(query, function, userdata);
}

int ledger_payout_lines_of(Ledger *ledger, Text payment, LedgerPayoutLineFunction function,
                           void *userdata) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_LIST_PAYOUT_LINES_OF_PAYMENT);
        int r;

        query_bind_text(query, "payment", payment);
        r = lend_lines(query, function, userdata);
        return r < 0 ? r : 0;
}

int ledger_payouts(Ledger *ledger, int64_t after, unsigned max, LedgerPayoutFunction function,
                   void *userdata) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_LIST_PAYOUTS);
        int r;

        query_bind_integer(query, "after", after);
        query_bind_integer(query, "max", max);
        while ((r = query_step(query)) > 0) {
                AUTO_FREE char *file = text_copy(query_text(query, "file"));
                const PayoutFacts facts = {
                        .batch = query_integer(query, "batch"),
                        .file = file,
                        .received_at = query_integer(query, "received_at"),
                        .state = (BatchState) query_integer_within(query, "state", BATCH_RECEIVED,
                                                                   BATCH_STATE_COUNT - 1),
                        .replaced_by = query_integer(query, "replaced_by"),
                        .newest_at = query_integer(query, "newest_at"),
                };

                r = file ? query_error(query) : -ENOMEM;
                if (r == 0)
                        r = function(userdata, &facts);
                if (r != 0)
                        return r;
        }
        return r;
}

static int read_payout_total(Query *query, PayoutTotal *ret_total) {
        *ret_total = (PayoutTotal){
                .currency = read_currency(query, "currency"),
                .outcome = (PayoutOutcome) query_integer_within(query, "outcome", PAYOUT_SETTLED,
                                                                PAYOUT_OUTCOME_COUNT - 1),
                .count = query_integer(query, "n"),
                .amount = query_integer(query, "amount"),
                .fee = query_integer(query, "fee"),
                .net = query_integer(query, "net"),
                .known = query_integer(query, "known"),
                .rows = query_integer(query, "row_n"),
                .row_amount = query_integer(query, "row_amount"),
        };
        return query_error(query);
}

DEFINE_LEND(lend_payout_totals, PayoutTotal, read_payout_total)

int ledger_payout_totals(Ledger *ledger, int64_t batch, LedgerPayoutTotalFunction function,
                         void *userdata) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_LIST_PAYOUT_TOTALS);

        query_bind_integer(query, "batch", batch);
        return lend_payout_totals(query, function, userdata);
}

static int read_settled_total(Query *query, SettledTotal *ret_total) {
        *ret_total = (SettledTotal){
                .currency = read_currency(query, "currency"),
                .rows = query_integer(query, "n"),
                .row_amount = query_integer(query, "row_amount"),
                .amount = query_integer(query, "amount"),
                .fee = query_integer(query, "fee"),
                .net = query_integer(query, "net"),
        };
        return query_error(query);
}

DEFINE_LEND(lend_settled_totals, SettledTotal, read_settled_total)

int ledger_settled_totals(Ledger *ledger, int64_t batch, LedgerSettledFunction function,
                          void *userdata) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_LIST_SETTLED_TOTALS);

        query_bind_integer(query, "batch", batch);
        return lend_settled_totals(query, function, userdata);
}

static int read_unsettled(Query *query, UnsettledPayment *ret_payment) {
        *ret_payment = (UnsettledPayment){
                .id = query_text(query, "id"),
                .row = query_integer(query, "request"),
                .order_id = query_text(query, "order_id"),
                .amount = query_integer(query, "amount"),
                .currency = read_currency(query, "currency"),
                .paid_at = query_integer(query, "paid_at"),
        };
        return query_error(query);
}

DEFINE_LEND_PAGE(lend_unsettled, UnsettledPayment, read_unsettled)

int ledger_unsettled_payments(Ledger *ledger, int64_t before, int64_t after_paid_at, Text after_id,
                              unsigned max, LedgerUnsettledFunction function, void *userdata) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_LIST_UNSETTLED_PAYMENTS);

        query_bind_integer(query, "before", before);
        query_bind_integer(query, "after_paid_at", after_paid_at);
        query_bind_text(query, "after_id", after_id);
        query_bind_integer(query, "max", max);
        return lend_unsettled(query, function, userdata);
}

/* --- for taking in -------------------------------------------------------------------------- */

int ledger_payout_replaced(Ledger *ledger, int64_t batch, int64_t *ret_replaced) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_GET_REPLACED_PAYOUT);
        int r;

        query_bind_integer(query, "by", batch);
        r = query_step(query);
        *ret_replaced = r > 0 ? query_integer(query, "batch") : 0;
        return r;
}

int ledger_payout_of_bytes(Ledger *ledger, const uint8_t sha256[static 32], bool live,
                           int64_t batch, int64_t *ret_id) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_GET_PAYOUT_OF_BYTES);
        int r;

        query_bind_blob(query, "sha256", sha256, 32);
        query_bind_integer(query, "live", live);
        query_bind_integer(query, "batch", batch);
        r = query_step(query);
        if (r > 0)
                *ret_id = query_integer(query, "batch");
        return r;
}

int ledger_payout_of_line(Ledger *ledger, const PayoutLine *line, const char *file,
                          int64_t *ret_id) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_FIND_PAYOUT_OF_LINE);
        int r;

        query_bind_text(query, "payment", line->resource.size > 0 ? line->resource : line->id);
        query_bind_text(query, "id", line->id);
        query_bind_text(query, "file", text_of(file));
        r = query_step(query);
        if (r > 0)
                *ret_id = query_integer(query, "batch");
        return r;
}

int ledger_payout_known(Ledger *ledger, const PayoutLine *line, int64_t *ret_amount) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_GET_PAYMENT_TO_SETTLE);
        int r;

        if (line->kind != PAYOUT_PAYMENT)
                return 0;
        query_bind_text(query, "id", line->id);
        r = query_step(query);
        if (r <= 0 || query_integer(query, "paid_at") == 0)
                return r < 0 ? r : 0;
        *ret_amount = query_integer(query, "amount");
        return 1;
}
