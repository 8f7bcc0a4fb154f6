/* What a payout line is beside what the ledger knows, and what is said about it. */
#include <assert.h>
#include <errno.h>

#include "sql/ledger_finding.h"
#include "sql/ledger_payout_private.h"

/* What the ledger knows that a line is about. */
typedef struct Known {
        int64_t row;
        int64_t amount;
        int64_t row_amount;
        Currency currency;
} Known;

/* --- what we know --------------------------------------------------------------------------- */

static int find_payment(Ledger *ledger, Text id, Known *ret_known) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_GET_PAYMENT_TO_SETTLE);
        int r;

        query_bind_text(query, "id", id);
        r = query_step(query);
        if (r <= 0 ||
            query_integer(query, "paid_at") == 0) /* it did not succeed, as far as we know */
                return r < 0 ? r : 0;
        *ret_known = (Known){
                .row = query_integer(query, "request"),
                .amount = query_integer(query, "amount"),
                .row_amount = query_integer(query, "row_amount"),
                .currency = read_currency(query, "currency"),
        };
        r = query_error(query);
        return r < 0 ? r : 1;
}

/* 1: we know the refund; the payment it is of goes to `payment`. */
static int find_refund(Ledger *ledger, Text id, Buffer *payment, int64_t *ret_amount,
                       Currency *ret_currency) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_GET_REFUND_TO_SETTLE);
        Text of;
        int r;

        query_bind_text(query, "id", id);
        r = query_step(query);
        if (r <= 0)
                return r;
        of = query_text(query, "payment");
        *ret_amount = query_integer(query, "amount");
        *ret_currency = read_currency(query, "currency");
        r = query_error(query);
        buffer_clear(payment);
        if (r == 0)
                r = buffer_append(payment, of.data, of.size);
        return r < 0 ? r : 1;
}

static int find_before(Ledger *ledger, const PayoutRecord *line) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_FIND_PAYOUT_LINE_BEFORE);

        query_bind_text(query, "payment", line->payment);
        query_bind_text(query, "id", line->id);
        query_bind_integer(query, "kind", line->kind);
        query_bind_integer(query, "batch", line->batch);
        query_bind_integer(query, "line", line->line);
        query_bind_integer(query, "amount", line->amount);
        query_bind_integer_or_null(query, "created_at", line->created_at);
        return query_step(query);
}

static int find_settled(Ledger *ledger, int64_t row, Text id) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_FIND_SETTLED_PAYMENT);

        query_bind_integer(query, "request", row);
        query_bind_text(query, "id", id);
        return query_step(query);
}

/* --- matching ------------------------------------------------------------------------------- */

static int match_payment(Ledger *ledger, MatchedLine *line, const Known *known) {
        bool same =
                line->record.currency == known->currency && line->record.amount == known->amount;
        int r = find_settled(ledger, known->row, line->record.payment);

        line->record.outcome = same ? PAYOUT_SETTLED : PAYOUT_DIFFERENT;
        line->record.known = known->amount;
        if (r == 0) { /* a row that was paid twice is one row */
                line->row_n = 1;
                line->row_amount = known->row_amount;
        }
        return r < 0 ? r : 0;
}

/* A refund that we do not know of a payment that we do: the payout itself is the evidence. */
static void match_refund(MatchedLine *line, const Known *known, bool refund_known, int64_t amount) {
        bool returned = line->record.kind == PAYOUT_REFUND_RETURNED;
        bool same = line->record.currency == known->currency;

        line->record.known = !refund_known ? line->record.amount : returned ? amount : -amount;
        line->record.outcome = !same || line->record.known != line->record.amount ? PAYOUT_DIFFERENT
                               : returned                                         ? PAYOUT_RETURNED
                                                                                  : PAYOUT_REFUNDED;
}

int payout_match(Ledger *ledger, MatchedLine *line, Buffer *payment) {
        PayoutRecord *record = &line->record;
        Currency currency = CURRENCY_XXX;
        Known known = { 0 };
        int64_t amount = 0;
        bool ours;
        int refund = find_refund(ledger, record->id, payment, &amount, &currency), r;

        if (refund > 0)
                record->payment = (Text){ payment->data, payment->size };
        if (refund > 0 && record->kind == PAYOUT_PAYMENT)
                record->kind = PAYOUT_REFUND_RETURNED;
        line->row_n = line->row_amount = record->known = record->row = 0;
        r = refund < 0 ? refund : find_payment(ledger, record->payment, &known);
        ours = r > 0;
        if (ours && record->currency == CURRENCY_XXX) /* the file does not say */
                record->currency = known.currency;
        if (r >= 0)
                r = find_before(ledger, record);
        record->outcome = r > 0 ? PAYOUT_TWICE : PAYOUT_NOT_OURS;
        if (r != 0 || !ours)
                return r < 0 ? r : 0;
        record->row = known.row;
        if (record->kind == PAYOUT_PAYMENT)
                return match_payment(ledger, line, &known);
        match_refund(line, &known, refund > 0, amount);
        return 0;
}

/* --- findings ------------------------------------------------------------------------------- */

/* "pi_1 B000018:12": a line that stands twice is found for each line of it. */
static int append_place(Buffer *subject, const PayoutRecord *record) {
        int r = text_append_visible(subject, record->id, 128);

        return r < 0 ? r
                     : buffer_printf(subject, " B%06lld:%u", (long long) record->batch,
                                     (unsigned) record->line);
}

static int find_or_end(Ledger *ledger, const Finding *finding, bool stands) {
        int r = stands ? ledger_finding_set(ledger, finding)
                       : ledger_finding_end(ledger, finding->kind, finding->subject, ledger->now);

        return r < 0 ? r : 0;
}

static int tell_difference(Ledger *ledger, const PayoutRecord *record, bool stands) {
        AUTO_BUFFER detail = BUFFER_EMPTY;
        Finding finding = { .kind = FINDING_SETTLED_DIFFERENCE,
                            .row = record->row,
                            .subject = record->id,
                            .at = ledger->now,
                            .amount = record->amount - record->known,
                            .currency = record->currency };
        int r = buffer_printf(&detail, "B%06lld:%u %lld %s, %lld", (long long) record->batch,
                              (unsigned) record->line, (long long) record->amount,
                              currency_name(record->currency), (long long) record->known);

        finding.detail = (Text){ detail.data, detail.size };
        return r < 0 ? r : find_or_end(ledger, &finding, stands);
}

static int tell_twice(Ledger *ledger, const PayoutRecord *record, bool stands) {
        AUTO_BUFFER subject = BUFFER_EMPTY;
        Finding finding = { .kind = FINDING_SETTLED_TWICE,
                            .row = record->row,
                            .at = ledger->now,
                            .amount = record->amount,
                            .currency = record->currency,
                            .detail = record->payment };
        int r = append_place(&subject, record);

        finding.subject = (Text){ subject.data, subject.size };
        return r < 0 ? r : find_or_end(ledger, &finding, stands);
}

/* How much of a payout file is not ours, as one finding: an account that collects for another
 * system too has thousands of such lines. */
static int tell_not_ours(Ledger *ledger, const PayoutRecord *record) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_LIST_PAYOUT_TOTALS);
        AUTO_BUFFER subject = BUFFER_EMPTY, detail = BUFFER_EMPTY;
        Finding finding = { .kind = FINDING_PAYOUT_NOT_OURS,
                            .at = ledger->now,
                            .currency = record->currency };
        int64_t count = 0;
        int r = buffer_printf(&subject, "B%06lld %s", (long long) record->batch,
                              currency_name(record->currency));

        query_bind_integer(query, "batch", record->batch);
        while (r >= 0 && (r = query_step(query)) > 0)
                if (query_integer(query, "outcome") == PAYOUT_NOT_OURS &&
                    query_integer(query, "currency") == (int64_t) record->currency) {
                        count = query_integer(query, "n");
                        finding.amount = query_integer(query, "amount");
                }
        if (r >= 0)
                r = buffer_append_integer(&detail, count);
        if (r < 0)
                return r;
        finding.subject = (Text){ subject.data, subject.size };
        finding.detail = (Text){ detail.data, detail.size };
        return find_or_end(ledger, &finding, count > 0);
}

int payout_tell(Ledger *ledger, const PayoutRecord *record, bool stands) {
        switch (record->outcome) {
        case PAYOUT_DIFFERENT:
                return tell_difference(ledger, record, stands);
        case PAYOUT_TWICE:
                return tell_twice(ledger, record, stands);
        case PAYOUT_NOT_OURS:
                return tell_not_ours(ledger, record);
        case PAYOUT_SETTLED:
        case PAYOUT_REFUNDED:
        case PAYOUT_RETURNED:
        case PAYOUT_OUTCOME_COUNT:
                break;
        }
        return 0;
}
