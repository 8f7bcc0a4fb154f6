#include "sql/ledger_retention.h"

#include <assert.h>
#include <errno.h>

#include "sql/ledger_private.h"

static_assert(BATCH_CLOSED == 6 && BATCH_REFUSED == 7, "find_batch_to_forget.sql names them");

static Query *change(Ledger *ledger, QueryId query_id, int64_t batch) {
        Query *query = database_query(ledger->database, query_id);

        assert(database_in_transaction(ledger->database));
        query_bind_integer(query, "batch", batch);
        return query;
}

/* 1 and the id, 0: there is none, or it is NULL. */
static int get_id(Query *query, int64_t *ret_id) {
        int r = query_step(query);

        if (r <= 0)
                return r;
        *ret_id = query_integer(query, "id");
        return *ret_id != 0;
}

int ledger_forgotten(Ledger *ledger, int64_t batch, Forgotten *ret_forgotten) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_GET_FORGOTTEN);
        int r;

        *ret_forgotten = (Forgotten){ .what = FORGOTTEN_NOTHING };
        query_bind_integer(query, "batch", batch);
        r = query_step(query);
        if (r <= 0)
                return r;
        ret_forgotten->what = (ForgottenWhat) query_integer_within(query, "what", FORGOTTEN_ORDERS,
                                                                   FORGOTTEN_BATCH);
        ret_forgotten->at = query_integer(query, "at");
        ret_forgotten->pending = query_integer(query, "pending") != 0;
        ret_forgotten->remains = query_integer(query, "remains") != 0;
        return query_error(query);
}

/* 1 and the last of the next `max` rows, 0: there are none. */
static int page_end(Ledger *ledger, int64_t batch, int64_t after, unsigned max, int64_t *ret_last) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_FIND_PAGE_END);

        query_bind_integer(query, "after", after > row_first(batch) ? after : row_first(batch));
        query_bind_integer(query, "end", row_first(batch + 1));
        query_bind_integer(query, "max", max);
        return get_id(query, ret_last);
}

static int next_pending(Ledger *ledger, int64_t after, bool remains, int64_t *ret_batch) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_FIND_PENDING_FORGOTTEN);

        query_bind_integer(query, "after", after);
        query_bind_integer(query, "remains", remains);
        return get_id(query, ret_batch);
}

int ledger_next_pending(Ledger *ledger, int64_t after, int64_t *ret_batch) {
        return next_pending(ledger, after, false, ret_batch);
}

int ledger_next_remaining(Ledger *ledger, int64_t after, int64_t *ret_batch) {
        return next_pending(ledger, after, true, ret_batch);
}

int ledger_next_to_forget(Ledger *ledger, int64_t before, const QuietBatch *after,
                          QuietBatch *ret_batch) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_FIND_BATCH_TO_FORGET);
        int r;

        query_bind_integer(query, "before", before);
        query_bind_integer(query, "since", after->since);
        query_bind_integer(query, "after", after->id);
        r = query_step(query);
        if (r > 0)
                *ret_batch = (QuietBatch){ .since = query_integer(query, "since"),
                                           .id = query_integer(query, "id") };
        return r;
}

/* Of `forgotten`, in its own row of `batch`, for the index that finds the next. */
static int mark_batch(Ledger *ledger, int64_t batch) {
        CLEANUP(query_end_p) Query *query = change(ledger, QUERY_SET_BATCH_FORGOTTEN, batch);

        return run_for_one(query);
}

int ledger_forget_begin(Ledger *ledger, int64_t batch, ForgottenWhat what, int64_t at) {
        CLEANUP(query_end_p) Query *query = change(ledger, QUERY_SET_FORGOTTEN, batch);
        int r;

        query_bind_integer(query, "what", what);
        query_bind_integer(query, "at", at);
        r = run_for_one(query);
        return r < 0 || what != FORGOTTEN_BATCH ? r : mark_batch(ledger, batch);
}

int ledger_forget_done(Ledger *ledger, int64_t batch) {
        CLEANUP(query_end_p) Query *query = change(ledger, QUERY_SET_FORGOTTEN_DONE, batch);

        return run_for_one(query);
}

int ledger_forget_remains(Ledger *ledger, int64_t batch) {
        CLEANUP(query_end_p) Query *query = change(ledger, QUERY_SET_FORGOTTEN_REMAINS, batch);

        return run_for_one(query);
}

static int run_for_rows(Ledger *ledger, QueryId query_id, int64_t after, int64_t last) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, query_id);
        int r;

        query_bind_integer(query, "after", after);
        query_bind_integer(query, "last", last);
        r = query_run(query);
        return r < 0 ? r : 0;
}

static int set_cells(Ledger *ledger, int64_t after, int64_t last, Text raw) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_SET_CELLS);
        int r;

        query_bind_integer(query, "after", after);
        query_bind_integer(query, "last", last);
        query_bind_blob(query, "raw", raw.data ? raw.data : "", raw.size);
        r = query_run(query);
        return r < 0 ? r : 0;
}

/* All that is above `after` and up to `last`. */
static int forget(Ledger *ledger, int64_t after, int64_t last, Text raw) {
        static const QueryId steps[] = { QUERY_OVERWRITE_CELLS,   QUERY_OVERWRITE_FROZEN,
                                         QUERY_EMPTY_FROZEN,      QUERY_OVERWRITE_REMARKS,
                                         QUERY_EMPTY_REMARKS,     QUERY_OVERWRITE_INSTRUCTIONS,
                                         QUERY_EMPTY_INSTRUCTIONS };
        int r = 0;

        assert(database_in_transaction(ledger->database));
        for (size_t i = 0; i < ELEMENTS(steps) && r >= 0; i++)
                r = run_for_rows(ledger, steps[i], after, last);
        return r < 0 ? r : set_cells(ledger, after, last, raw);
}

int ledger_forget_rows(Ledger *ledger, int64_t batch, int64_t after, unsigned max,
                       int64_t *ret_last) {
        int r = page_end(ledger, batch, after, max, ret_last);

        if (r <= 0)
                return r;
        r = forget(ledger, after > row_first(batch) ? after : row_first(batch), *ret_last,
                   TEXT_NONE);
        return r < 0 ? r : 1;
}

int ledger_forget_row(Ledger *ledger, int64_t row, Text raw) {
        return forget(ledger, row - 1, row, raw);
}

int ledger_forget_note(Ledger *ledger, int64_t batch) {
        static const QueryId steps[] = { QUERY_OVERWRITE_BATCH_NOTE, QUERY_EMPTY_BATCH_NOTE };
        int r = 0;

        assert(database_in_transaction(ledger->database));
        for (size_t i = 0; i < ELEMENTS(steps) && r >= 0; i++) {
                CLEANUP(query_end_p) Query *query = database_query(ledger->database, steps[i]);

                query_bind_integer(query, "id", batch);
                r = run_for_one(query);
        }
        return r;
}

int ledger_erase_log(Ledger *ledger) {
        assert(!database_in_transaction(ledger->database));
        return database_empty_log(ledger->database);
}
