/* Rows whose outcome could not be found out under their key, and further generations. */
#include <assert.h>
#include <errno.h>

#include "sql/ledger_private.h"

int ledger_lost(Ledger *ledger, unsigned max, LedgerRowFunction function, void *userdata) {
        Query *query = database_query(ledger->database, QUERY_LIST_LOST_REQUESTS);

        query_bind_integer(query, "max", max);
        return rows_found(ledger, query, 1U << STATUS_UNKNOWN, function, userdata);
}

static int run_on_row(Ledger *ledger, int query_id, int64_t row) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, query_id);

        query_bind_integer(query, "id", row);
        return run_for_one(query);
}

int ledger_next_generation(Ledger *ledger, int64_t row) {
        int r;

        assert(database_in_transaction(ledger->database));
        r = run_on_row(ledger, QUERY_RAISE_REQUEST_GENERATION, row);
        return r < 0 ? r : run_on_row(ledger, QUERY_RAISE_REFERENCE_GENERATION, row);
}

int ledger_holds_reference(Ledger *ledger, int64_t row) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_FIND_HELD_REFERENCE);

        query_bind_integer(query, "id", row);
        return query_step(query);
}

int ledger_earlier_link(Ledger *ledger, int64_t row, int64_t *ret_row, Status *ret_status) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_FIND_EARLIER_LINK);
        int r;

        query_bind_integer(query, "id", row);
        r = query_step(query);
        if (r <= 0)
                return r;
        if (ret_row)
                *ret_row = query_integer(query, "id");
        if (ret_status)
                *ret_status = read_status(query, "status");
        r = query_error(query);
        return r < 0 ? r : 1;
}

int ledger_set_due(Ledger *ledger, int64_t row, int64_t due_at) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_SET_REQUEST_DUE);

        assert(database_in_transaction(ledger->database));
        query_bind_integer(query, "id", row);
        query_bind_integer_or_null(query, "due_at", due_at);
        return run_for_one(query);
}

#define PULL_WINDOW 1024 /* ids */

/* 1: rows of the batch are due after `latest`, for whatever reason; 0: none is. */
static int find_late(Ledger *ledger, int64_t batch, int64_t latest) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_FIND_LATE_DUE);

        query_bind_integer(query, "batch", batch);
        query_bind_integer(query, "latest", latest);
        query_bind_integer(query, "not_yet", LEDGER_NOT_YET);
        return query_step(query);
}

static int pull_window(Ledger *ledger, int64_t from, int64_t end, int64_t now, int64_t latest) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_PULL_REQUESTS_DUE);

        query_bind_integer(query, "from", from);
        query_bind_integer(query, "end", end);
        query_bind_integer(query, "now", now);
        query_bind_integer(query, "latest", latest);
        query_bind_integer(query, "not_yet", LEDGER_NOT_YET);
        return query_run(query);
}

int ledger_pull_due(Ledger *ledger, int64_t batch, int64_t now, int64_t latest, int64_t *from) {
        int64_t begin = *from > row_first(batch) ? *from : row_first(batch), end, batch_end;
        const Batch *stored;
        int r = find_late(ledger, batch, latest);

        assert(database_in_transaction(ledger->database));
        if (r > 0)
                r = ledger_batch_get(ledger, batch, &stored);
        if (r <= 0)
                return r;
        batch_end = stored->end_id;
        end = batch_end < begin + PULL_WINDOW ? batch_end : begin + PULL_WINDOW;
        r = pull_window(ledger, begin, end, now, latest);
        if (r < 0)
                return r;
        *from = end;
        return end < batch_end;
}

int ledger_attempts_with(Ledger *ledger, int64_t row, uint32_t generation, int http_status,
                         int64_t *ret_count) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_COUNT_ATTEMPTS_WITH);
        int r;

        query_bind_integer(query, "request", row);
        query_bind_integer(query, "generation", generation);
        query_bind_integer(query, "http_status", http_status);
        r = query_step(query);
        if (r < 0)
                return r;
        *ret_count = query_integer(query, "n");
        return 0;
}
