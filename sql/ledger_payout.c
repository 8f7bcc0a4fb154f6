/* Payout lines: added, withdrawn, matched anew, and what they add to the totals. */
#include <assert.h>
#include <errno.h>

#include "sql/ledger_finding.h"
#include "sql/ledger_payout_private.h"

#define LINES_MAX 100 /* of one payment that are matched anew */

/* --- totals --------------------------------------------------------------------------------- */

typedef void (*BindTotal)(Query *query, const MatchedLine *line, int sign);

/* Nearly always there is such a total already: it is changed before one is added. */
static int count(Ledger *ledger, QueryId change_id, QueryId add_id, BindTotal bind,
                 const MatchedLine *line, int sign) {
        CLEANUP(query_end_p) Query *change = database_query(ledger->database, change_id);
        CLEANUP(query_end_p) Query *add = NULL;
        int r;

        bind(change, line, sign);
        r = query_run(change);
        if (r != 0)
                return r < 0 ? r : 0;
        add = database_query(ledger->database, add_id);
        bind(add, line, sign);
        return run_for_one(add);
}

static void bind_payout_total(Query *query, const MatchedLine *line, int sign) {
        const PayoutRecord *record = &line->record;

        query_bind_integer(query, "batch", record->batch);
        query_bind_integer(query, "currency", record->currency);
        query_bind_integer(query, "outcome", record->outcome);
        query_bind_integer(query, "n", sign);
        query_bind_integer(query, "amount", sign * record->amount);
        query_bind_integer(query, "fee", sign * record->fee);
        query_bind_integer(query, "net", sign * record->net);
        query_bind_integer(query, "known", sign * record->known);
        query_bind_integer(query, "row_n", sign * line->row_n);
        query_bind_integer(query, "row_amount", sign * line->row_amount);
}

static int count_payout(Ledger *ledger, const MatchedLine *line, int sign) {
        return count(ledger, QUERY_CHANGE_PAYOUT_TOTAL, QUERY_ADD_PAYOUT_TOTAL, bind_payout_total,
                     line, sign);
}

static void bind_settled_total(Query *query, const MatchedLine *line, int sign) {
        query_bind_integer(query, "batch", row_batch(line->record.row));
        query_bind_integer(query, "currency", line->record.currency);
        query_bind_integer(query, "n", sign * line->row_n);
        query_bind_integer(query, "row_amount", sign * line->row_amount);
        query_bind_integer(query, "amount", sign * line->record.amount);
        query_bind_integer(query, "fee", sign * line->record.fee);
        query_bind_integer(query, "net", sign * line->record.net);
}

static int count_settled(Ledger *ledger, const MatchedLine *line, int sign) {
        return count(ledger, QUERY_CHANGE_SETTLED_TOTAL, QUERY_ADD_SETTLED_TOTAL,
                     bind_settled_total, line, sign);
}

static bool settles(const PayoutRecord *record) {
        return record->kind == PAYOUT_PAYMENT &&
               (record->outcome == PAYOUT_SETTLED || record->outcome == PAYOUT_DIFFERENT);
}

static int set_settled(Ledger *ledger, Text payment, int64_t payout) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_SET_PAYMENT_PAYOUT);

        query_bind_text(query, "id", payment);
        query_bind_integer_or_null(query, "payout", payout);
        return run_for_one(query);
}

/* --- what a line does, and undoes ----------------------------------------------------------- */

static int apply(Ledger *ledger, const MatchedLine *line, bool stands) {
        const PayoutRecord *record = &line->record;
        int sign = stands ? 1 : -1;
        int r = count_payout(ledger, line, sign);

        if (r >= 0 && record->row != 0)
                r = count_settled(ledger, line, sign);
        if (r >= 0 && settles(record))
                r = set_settled(ledger, record->payment, stands ? record->batch : 0);
        if (r >= 0 && settles(record) && stands)
                r = ledger_finding_end(ledger, FINDING_PAID_NOT_SETTLED, record->payment,
                                       ledger->now);
        return r < 0 ? r : payout_tell(ledger, record, stands);
}

static void bind_match(Query *query, const MatchedLine *line) {
        query_bind_integer(query, "batch", line->record.batch);
        query_bind_integer(query, "line", line->record.line);
        query_bind_text(query, "payment", line->record.payment);
        query_bind_integer(query, "outcome", line->record.outcome);
        query_bind_integer(query, "currency", line->record.currency);
        query_bind_integer_or_null(query, "request", line->record.row);
        query_bind_integer(query, "known", line->record.known);
        query_bind_integer(query, "row_n", line->row_n);
        query_bind_integer(query, "row_amount", line->row_amount);
        query_bind_integer(query, "kind", line->record.kind);
}

int ledger_payout_add(Ledger *ledger, int64_t batch, const PayoutLine *added) {
        AUTO_BUFFER payment = BUFFER_EMPTY;
        MatchedLine line = { .record = { .batch = batch,
                                         .line = added->line,
                                         .id = added->id,
                                         .payment = added->resource.size > 0 ? added->resource
                                                                             : added->id,
                                         .kind = added->kind,
                                         .amount = added->amount,
                                         .fee = added->fee,
                                         .net = added->net,
                                         .currency = added->currency,
                                         .created_at = added->created_at } };
        CLEANUP(query_end_p)
        Query *query = NULL;
        int r;

        assert(database_in_transaction(ledger->database) && added->n_problems == 0);
        r = payout_match(ledger, &line, &payment);
        if (r < 0)
                return r;
        query = database_query(ledger->database, QUERY_ADD_PAYOUT_LINE);
        bind_match(query, &line);
        query_bind_text(query, "id", line.record.id);
        query_bind_integer(query, "amount", line.record.amount);
        query_bind_integer(query, "fee", line.record.fee);
        query_bind_integer(query, "net", line.record.net);
        query_bind_integer_or_null(query, "created_at", line.record.created_at);
        r = run_for_one(query);
        return r < 0 ? r : apply(ledger, &line, true);
}

/* --- matched anew --------------------------------------------------------------------------- */

static Query *open_line(Ledger *ledger, int64_t key) {
        Query *query = database_query(ledger->database, QUERY_GET_PAYOUT_LINE);

        query_bind_integer(query, "batch", row_batch(key));
        query_bind_integer(query, "line", row_line(key));
        return query;
}

static int store_match(Ledger *ledger, const MatchedLine *line) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_SET_PAYOUT_LINE);

        bind_match(query, line);
        return run_for_one(query);
}

static bool is_same(const MatchedLine *a, const MatchedLine *b) {
        return a->record.outcome == b->record.outcome && a->record.kind == b->record.kind &&
               a->record.row == b->record.row && a->record.known == b->record.known &&
               a->record.currency == b->record.currency && a->row_n == b->row_n &&
               a->row_amount == b->row_amount && text_equal(a->record.payment, b->record.payment);
}

static int match_anew(Ledger *ledger, int64_t key) {
        CLEANUP(query_end_p) Query *query = open_line(ledger, key);
        AUTO_BUFFER payment = BUFFER_EMPTY;
        MatchedLine before, after;
        int r = query_step(query);

        if (r <= 0)
                return r;
        r = payout_read_line(query, &before);
        if (r < 0)
                return r;
        after = before;
        r = payout_match(ledger, &after, &payment);
        if (r < 0 || is_same(&before, &after))
                return r;
        r = apply(ledger, &before, false);
        if (r >= 0)
                r = store_match(ledger, &after);
        return r < 0 ? r : apply(ledger, &after, true);
}

static int match_lines_of(Ledger *ledger, Text payment) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_LIST_PAYOUT_KEYS);
        CLEANUP(ids_done) Ids ids = { 0 };
        int r;

        query_bind_text(query, "payment", payment);
        query_bind_integer(query, "max", LINES_MAX);
        r = ids_collect(&ids, query);
        query_end_p(&query);
        for (size_t i = 0; r >= 0 && i < ids.n; i++)
                r = match_anew(ledger, ids.ids[i]);
        return r < 0 ? r : 0;
}

int payout_payment_changed(Ledger *ledger, Text payment) {
        return match_lines_of(ledger, payment);
}

int payout_refund_changed(Ledger *ledger, Text refund, Text payment) {
        int r = match_lines_of(ledger, refund); /* those that stood under its own id */

        return r < 0 ? r : match_lines_of(ledger, payment);
}

/* --- payout files --------------------------------------------------------------------------- */

int ledger_payout_begin(Ledger *ledger, int64_t batch, int64_t replaces, int64_t newest_at) {
        CLEANUP(query_end_p) Query *add = database_query(ledger->database, QUERY_ADD_PAYOUT);
        CLEANUP(query_end_p) Query *replace = NULL;
        int r;

        assert(database_in_transaction(ledger->database));
        query_bind_integer(add, "batch", batch);
        query_bind_integer_or_null(add, "newest_at", newest_at);
        r = run_for_one(add);
        if (r < 0 || replaces == 0)
                return r;
        replace = database_query(ledger->database, QUERY_REPLACE_PAYOUT);
        query_bind_integer(replace, "batch", replaces);
        query_bind_integer(replace, "by", batch);
        return run_for_one(replace);
}

static int withdraw(Ledger *ledger, int64_t key) {
        CLEANUP(query_end_p) Query *query = open_line(ledger, key);
        CLEANUP(query_end_p)
        Query *remove = database_query(ledger->database, QUERY_DELETE_PAYOUT_LINE);
        MatchedLine line;
        int r = query_step(query);

        if (r > 0)
                r = payout_read_line(query, &line);
        if (r >= 0)
                r = apply(ledger, &line, false);
        query_bind_integer(remove, "batch", row_batch(key));
        query_bind_integer(remove, "line", row_line(key));
        if (r >= 0)
                r = run_for_one(remove);
        /* A line of another file may have been `twice` because of this one. */
        return r < 0 ? r : match_lines_of(ledger, line.record.payment);
}

int ledger_payout_withdraw(Ledger *ledger, int64_t batch, unsigned max) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_LIST_PAYOUT_LINE_KEYS);
        CLEANUP(ids_done) Ids ids = { 0 };
        int r;

        assert(database_in_transaction(ledger->database));
        query_bind_integer(query, "batch", batch);
        query_bind_integer(query, "max", max);
        r = ids_collect(&ids, query);
        query_end_p(&query);
        for (size_t i = 0; r >= 0 && i < ids.n; i++)
                r = withdraw(ledger, ids.ids[i]);
        return r < 0 ? r : (int) ids.n;
}
