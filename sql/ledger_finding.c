#include "sql/ledger_finding.h"

#include <assert.h>

#include "sql/ledger_private.h"

int ledger_finding_set(Ledger *ledger, const Finding *finding) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_SET_FINDING);

        assert(database_in_transaction(ledger->database));
        assert(finding_name(finding->kind));
        query_bind_integer(query, "kind", finding->kind);
        query_bind_integer_or_null(query, "request", finding->row);
        query_bind_text(query, "subject", finding->subject);
        query_bind_integer(query, "at", finding->at);
        query_bind_integer_or_null(query, "amount", finding->amount);
        query_bind_integer(query, "currency", finding->currency);
        query_bind_text(query, "detail", finding->detail);
        return query_run(query);
}

int ledger_finding_end(Ledger *ledger, FindingKind kind, Text subject, int64_t at) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_END_FINDING);

        assert(database_in_transaction(ledger->database));
        query_bind_integer(query, "kind", kind);
        query_bind_text(query, "subject", subject);
        query_bind_integer(query, "at", at);
        return query_run(query);
}

static int read_finding(Query *query, Finding *ret_finding) {
        *ret_finding = (Finding){
                .id = query_integer(query, "id"),
                .kind = (FindingKind) query_integer_within(query, "kind", 1, FINDING_KIND_END - 1),
                .row = query_integer(query, "request"),
                .subject = query_text(query, "subject"),
                .at = query_integer(query, "at"),
                .amount = query_integer(query, "amount"),
                .currency = read_currency(query, "currency"),
                .detail = query_text(query, "detail"),
                .over_at = query_integer(query, "over_at"),
        };
        return query_error(query);
}

DEFINE_LEND(lend_findings, Finding, read_finding)

int ledger_findings(Ledger *ledger, int64_t row, LedgerFindingFunction function, void *userdata) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_LIST_FINDINGS);

        query_bind_integer(query, "request", row);
        return lend_findings(query, function, userdata);
}

int ledger_batch_findings(Ledger *ledger, int64_t batch, LedgerFindingFunction function,
                          void *userdata) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_LIST_BATCH_FINDINGS);

        query_bind_integer(query, "batch", batch);
        return lend_findings(query, function, userdata);
}

int ledger_standing_findings(Ledger *ledger, int64_t after, unsigned max,
                             LedgerFindingFunction function, void *userdata) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_LIST_STANDING_FINDINGS);

        query_bind_integer(query, "after", after);
        query_bind_integer(query, "max", max);
        return lend_findings(query, function, userdata);
}

int ledger_count_findings(Ledger *ledger, FindingKind kind, int64_t max, int64_t *ret_count) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_COUNT_STANDING_FINDINGS);
        int r;

        query_bind_integer(query, "kind", kind);
        query_bind_integer(query, "max", max);
        r = query_step(query);
        if (r < 0)
                return r;
        *ret_count = query_integer(query, "n");
        return 0;
}

static int read_total(Query *query, FindingTotal *ret_total) {
        *ret_total = (FindingTotal){
                .kind = (FindingKind) query_integer_within(query, "kind", 1, FINDING_KIND_END - 1),
                .count = query_integer(query, "n"),
        };
        return query_error(query);
}

DEFINE_LEND(lend_totals, FindingTotal, read_total)

int ledger_finding_totals(Ledger *ledger, int64_t batch, LedgerFindingTotalFunction function,
                          void *userdata) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_LIST_FINDING_TOTALS);

        query_bind_integer(query, "batch", batch);
        return lend_totals(query, function, userdata);
}

/* --- what summaries do not tell yet ---------------------------------------------------------- */

int ledger_summary_due(Ledger *ledger, int64_t after, int64_t *ret_batch, int64_t *ret_times) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_GET_SUMMARY_DUE);
        int r;

        query_bind_integer(query, "after", after);
        r = query_step(query);
        if (r <= 0)
                return r;
        *ret_batch = query_integer(query, "batch");
        *ret_times = query_integer(query, "n");
        return 1;
}

int ledger_summary_written(Ledger *ledger, int64_t batch, int64_t times) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_DELETE_SUMMARY_DUE);
        int r;

        assert(database_in_transaction(ledger->database));
        query_bind_integer(query, "batch", batch);
        query_bind_integer(query, "n", times);
        r = query_run(query);
        return r < 0 ? r : 0;
}
