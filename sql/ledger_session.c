#include "sql/ledger_session.h"

#include <assert.h>
#include <errno.h>

#include "sql/ledger_private.h"

static int read_session(Query *query, SessionRecord *ret_session) {
        *ret_session = (SessionRecord){
                .row = query_integer(query, "request"),
                .generation = read_generation(query, "generation"),
                .id = query_text(query, "id"),
                .url = query_text(query, "url"),
                .status = (SessionStatus) query_integer_within(query, "status", SESSION_NOT_TOLD,
                                                               SESSION_STATUS_COUNT - 1),
                .created_at = query_integer(query, "created_at"),
                .expires_at = query_integer(query, "expires_at"),
                .looked_at = query_integer(query, "looked_at"),
                .next_look = query_integer(query, "next_look"),
                .end_asked_at = query_integer(query, "end_asked_at"),
                .gone = query_integer(query, "gone") != 0,
                .api = (int) query_integer_within(query, "api", 1, 2),
                .live = query_integer(query, "live") != 0,
        };
        return query_error(query);
}

DEFINE_LEND(lend_sessions, SessionRecord, read_session)

int ledger_sessions(Ledger *ledger, int64_t row, LedgerSessionFunction function, void *userdata) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_LIST_SESSIONS);

        query_bind_integer(query, "request", row);
        return lend_sessions(query, function, userdata);
}

int ledger_sessions_of_order(Ledger *ledger, Text order_id, LedgerSessionFunction function,
                             void *userdata) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_LIST_SESSIONS_OF_ORDER);

        query_bind_text(query, "order_id", order_id);
        return lend_sessions(query, function, userdata);
}

int ledger_sessions_due(Ledger *ledger, int64_t now, unsigned max, LedgerSessionFunction function,
                        void *userdata) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_LIST_DUE_SESSIONS);

        query_bind_integer(query, "now", now);
        query_bind_integer(query, "max", max);
        return lend_sessions(query, function, userdata);
}

int ledger_batch_sessions(Ledger *ledger, int64_t batch, int64_t after, uint32_t generation,
                          unsigned max, LedgerSessionFunction function, void *userdata) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_LIST_BATCH_SESSIONS);

        if (after < row_first(batch)) {
                after = row_first(batch);
                generation = 0;
        }
        query_bind_integer(query, "after", after);
        query_bind_integer(query, "generation", generation);
        query_bind_integer(query, "end", row_first(batch + 1));
        query_bind_integer(query, "max", max);
        return lend_sessions(query, function, userdata);
}

int ledger_sessions_followed(Ledger *ledger, int64_t above, unsigned max,
                             LedgerSessionFunction function, void *userdata) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_LIST_FOLLOWED_SESSIONS);

        query_bind_integer(query, "above", above);
        query_bind_integer(query, "max", max);
        return lend_sessions(query, function, userdata);
}

int ledger_due_times(Ledger *ledger, int64_t until, int64_t *created, size_t max, size_t *ret_n) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_LIST_DUE_TIMES);
        int r;

        *ret_n = 0;
        query_bind_integer(query, "until", until);
        query_bind_integer(query, "max", (int64_t) max);
        while ((r = query_step(query)) > 0 && *ret_n < max)
                created[(*ret_n)++] = query_integer(query, "created_at");
        return r < 0 ? r : 0;
}

static int read_key(Query *query, RowKey *ret_key) {
        *ret_key = (RowKey){
                .row = query_integer(query, "request"),
                .generation = read_generation(query, "generation"),
                .key = query_text(query, "key"),
                .status = read_status(query, "status"),
                .session = query_text(query, "session"),
        };
        return query_error(query);
}

DEFINE_LEND(lend_keys, RowKey, read_key)

int ledger_keys_of_order(Ledger *ledger, Text order_id, LedgerKeyFunction function,
                         void *userdata) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_LIST_KEYS_OF_ORDER);

        query_bind_text(query, "order_id", order_id);
        return lend_keys(query, function, userdata);
}

int ledger_compare_rows(Ledger *ledger, int64_t one, int64_t other, bool *ret_same_scope,
                        bool *ret_same_content) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_COMPARE_REQUESTS);
        int r;

        query_bind_integer(query, "one", one);
        query_bind_integer(query, "other", other);
        r = query_step(query);
        if (r <= 0)
                return r;
        *ret_same_scope = query_integer(query, "same_scope") != 0;
        *ret_same_content = query_integer(query, "same_content") != 0;
        return 1;
}

int ledger_session_adopt(Ledger *ledger, const SessionRecord *session) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_ADOPT_SESSION);
        int r;

        assert(database_in_transaction(ledger->database));
        query_bind_integer(query, "request", session->row);
        query_bind_integer(query, "generation", session->generation);
        query_bind_text(query, "id", session->id);
        query_bind_integer(query, "created_at", session->created_at);
        query_bind_integer_or_null(query, "expires_at", session->expires_at);
        query_bind_integer_or_null(query, "next_look", session->next_look);
        r = query_run(query);
        if (r <= 0)
                return r;
        /* no row moves, but the results are others */
        r = totals_change(ledger, row_batch(session->row), CURRENCY_XXX, STATUS_CANCELLED, 0, 0);
        return r < 0 ? r : 1;
}

int ledger_next_look(Ledger *ledger, int64_t *ret_next_look) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_GET_NEXT_LOOK);
        int r = query_step(query);

        if (r < 0)
                return r;
        *ret_next_look = r > 0 ? query_integer(query, "next_look") : 0;
        return 0;
}

int ledger_sessions_since(Ledger *ledger, int64_t since, int64_t max, int64_t *ret_count) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_COUNT_SESSIONS_SINCE);
        int r;

        query_bind_integer(query, "since", since);
        query_bind_integer(query, "max", max);
        r = query_step(query);
        if (r < 0)
                return r;
        *ret_count = query_integer(query, "n");
        return 0;
}

static int set_expiry(Ledger *ledger, const SessionRecord *session) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_SET_REQUEST_EXPIRY);
        int r;

        query_bind_integer(query, "id", session->row);
        query_bind_integer(query, "generation", session->generation);
        query_bind_integer(query, "expires_at", session->expires_at);
        r = query_run(query);
        if (r <= 0)
                return r;
        /* no row moves, but the results are others */
        return totals_change(ledger, row_batch(session->row), CURRENCY_XXX, STATUS_OPEN, 0, 0);
}

int ledger_session_looked(Ledger *ledger, const SessionRecord *session) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_SET_SESSION_LOOKED);
        int r;

        assert(database_in_transaction(ledger->database));
        query_bind_integer(query, "request", session->row);
        query_bind_integer(query, "generation", session->generation);
        query_bind_integer(query, "status", session->status);
        query_bind_integer_or_null(query, "expires_at", session->expires_at);
        query_bind_integer(query, "looked_at", session->looked_at);
        query_bind_integer_or_null(query, "next_look", session->next_look);
        query_bind_integer(query, "gone", session->gone);
        r = run_for_one(query);
        return r < 0 || session->expires_at == 0 ? r : set_expiry(ledger, session);
}

int ledger_pull_looks(Ledger *ledger, int64_t from, int64_t until, unsigned max) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_PULL_LOOKS);

        assert(database_in_transaction(ledger->database));
        query_bind_integer(query, "from", from);
        query_bind_integer(query, "until", until);
        query_bind_integer(query, "max", max);
        return query_run(query);
}

int ledger_set_next_look(Ledger *ledger, int64_t row, uint32_t generation, int64_t next_look) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_SET_SESSION_NEXT_LOOK);

        assert(database_in_transaction(ledger->database));
        query_bind_integer(query, "request", row);
        query_bind_integer(query, "generation", generation);
        query_bind_integer_or_null(query, "next_look", next_look);
        return run_for_one(query);
}

/* --- batches at their end ------------------------------------------------------------------- */

#define FOLLOWED_WINDOW 20000 /* lines looked at in one call */

int ledger_batch_at_rest(Ledger *ledger, int64_t after, int64_t until, int64_t *ret_batch) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_GET_RESTING_BATCH);
        int r;

        query_bind_integer(query, "after", after);
        query_bind_integer(query, "until", until);
        r = query_step(query);
        if (r > 0)
                *ret_batch = query_integer(query, "id");
        return r;
}

int ledger_batch_is_final(Ledger *ledger, int64_t batch) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_COUNT_LIVE_REQUESTS);
        int r;

        query_bind_integer(query, "batch", batch);
        r = query_step(query);
        return r < 0 ? r : query_integer(query, "n") == 0;
}

int ledger_batch_followed(Ledger *ledger, int64_t batch, int64_t *row) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_FIND_FOLLOWED_SESSION);
        const Batch *stored;
        int64_t end = 0;
        int r = ledger_batch_get(ledger, batch, &stored);

        if (r <= 0)
                return r < 0 ? r : -ENOENT;
        if (*row == 0)
                *row = row_first(batch);
        end = stored->end_id < *row + FOLLOWED_WINDOW ? stored->end_id : *row + FOLLOWED_WINDOW;
        query_bind_integer(query, "from", *row);
        query_bind_integer(query, "end", end);
        r = query_step(query);
        if (r != 0)
                return r < 0 ? r : LEDGER_BATCH_FOLLOWED;
        *row = end;
        return end < stored->end_id ? LEDGER_BATCH_MORE : LEDGER_BATCH_UNFOLLOWED;
}

int ledger_batches_stale(Ledger *ledger, LedgerBatchFunction function, void *userdata) {
        CLEANUP(ids_done) Ids ids = { 0 };
        int r;

        {
                CLEANUP(query_end_p)
                Query *query = database_query(ledger->database, QUERY_LIST_STALE_BATCHES);

                r = ids_collect(&ids, query);
        }
        for (size_t i = 0; r == 0 && i < ids.n; i++) {
                const Batch *batch;

                r = ledger_batch_get(ledger, ids.ids[i], &batch);
                if (r > 0)
                        r = function(userdata, batch);
        }
        return r;
}
