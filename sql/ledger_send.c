#include <assert.h>
#include <errno.h>

#include "sql/ledger_private.h"

#define CLAIM_WINDOW                                                                               \
        4096 /* ids looked at in one call: bounds a turn over rows that need no claim */

/* --- what may be sent ----------------------------------------------------------------------- */

static int find_end(Ledger *ledger, int64_t batch, int64_t *ret_end) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_GET_BATCH_END);
        int r;

        query_bind_integer(query, "id", batch);
        r = query_step(query);
        if (r <= 0)
                return r < 0 ? r : -ENOENT;
        *ret_end = query_integer(query, "end_id");
        if (*ret_end < row_first(batch))
                *ret_end = row_first(batch);
        return 0;
}

/* remembers how far the caller's function came */
typedef struct Claim {
        LedgerRowFunction function;
        void *userdata;
        int64_t next;
        bool stopped;
} Claim;

static int claim(void *userdata, const Row *row) {
        Claim *c = userdata;
        int r = c->function(c->userdata, row);

        c->next = row->id + 1;
        c->stopped = r != 0;
        return r;
}

int ledger_claimable(Ledger *ledger, int64_t batch, int64_t from, unsigned max,
                     LedgerRowFunction function, void *userdata, int64_t *ret_next) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_LIST_CLAIMABLE_REQUESTS);
        Claim c = { .function = function, .userdata = userdata };
        int64_t end = 0;
        int n;
        int r = find_end(ledger, batch, &end);

        if (r < 0)
                return r;
        if (from < row_first(batch))
                from = row_first(batch);
        if (end > from + CLAIM_WINDOW)
                end = from + CLAIM_WINDOW;
        query_bind_integer(query, "from", from);
        query_bind_integer(query, "end", end);
        query_bind_integer(query, "max", max);
        n = rows_read(query, claim, &c);
        if (n < 0)
                return n;
        if (c.stopped || (unsigned) n == max)
                end = n > 0 ? c.next : from;
        *ret_next = end;
        return n;
}

int ledger_due(Ledger *ledger, int64_t batch, int64_t now, unsigned max, LedgerRowFunction function,
               void *userdata) {
        Query *query = database_query(ledger->database, QUERY_LIST_BATCH_DUE);

        query_bind_integer(query, "batch", batch);
        query_bind_integer(query, "now", now);
        query_bind_integer(query, "max", max);
        return rows_found(ledger, query, 1U << STATUS_QUEUED | 1U << STATUS_UNKNOWN, function,
                          userdata);
}

int ledger_next_due(Ledger *ledger, int64_t batch, int64_t *ret_due_at) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_GET_BATCH_NEXT_DUE);
        int r;

        query_bind_integer(query, "batch", batch);
        r = query_step(query);
        if (r < 0)
                return r;
        *ret_due_at = r > 0 ? query_integer(query, "due_at") : 0;
        return 0;
}

int ledger_sending(Ledger *ledger, unsigned max, LedgerRowFunction function, void *userdata) {
        Query *query = database_query(ledger->database, QUERY_LIST_SENDING_REQUESTS);

        query_bind_integer(query, "max", max);
        return rows_found(ledger, query, 1U << STATUS_SENDING, function, userdata);
}

/* --- what was sent -------------------------------------------------------------------------- */

int ledger_freeze(Ledger *ledger, int64_t row, uint32_t generation, const Frozen *frozen) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_ADD_FROZEN);

        assert(database_in_transaction(ledger->database));
        query_bind_integer(query, "request", row);
        query_bind_integer(query, "generation", generation);
        query_bind_text(query, "key", text_of(frozen->key));
        query_bind_blob(query, "body", frozen->body.data, frozen->body.size);
        query_bind_integer(query, "api", frozen->api);
        query_bind_integer(query, "first_sent_at", frozen->first_sent_at);
        query_bind_integer(query, "boot_at", frozen->boot_at);
        query_bind_text(query, "boot", text_of(frozen->boot));
        return run_for_one(query);
}

int ledger_frozen(Ledger *ledger, int64_t row, uint32_t generation, const Frozen **ret) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_GET_FROZEN);
        Buffer *texts = &ledger->frozen_texts;
        Text key, body, boot;
        int r;

        query_bind_integer(query, "request", row);
        query_bind_integer(query, "generation", generation);
        r = query_step(query);
        if (r <= 0)
                return r;
        key = query_text(query, "key");
        body = query_text(query, "body");
        boot = query_text(query, "boot");
        buffer_clear(texts);
        if (buffer_reserve(texts, key.size + body.size + boot.size + 4) < 0)
                return -ENOMEM;
        ledger->frozen = (Frozen){
                .key = text_keep(texts, key),
                .body = { text_keep(texts, body), body.size },
                .api = (int) query_integer(query, "api"),
                .first_sent_at = query_integer(query, "first_sent_at"),
                .boot_at = query_integer(query, "boot_at"),
                .boot = text_keep(texts, boot),
        };
        *ret = &ledger->frozen;
        return 1;
}

int ledger_attempt_add(Ledger *ledger, int64_t row, const AttemptRecord *attempt) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_ADD_ATTEMPT);

        assert(database_in_transaction(ledger->database));
        query_bind_integer(query, "request", row);
        query_bind_integer(query, "generation", attempt->generation);
        query_bind_integer(query, "at", attempt->at);
        query_bind_integer(query, "http_status", attempt->http_status);
        query_bind_integer(query, "verdict", attempt->verdict);
        query_bind_integer(query, "duration", attempt->duration);
        return run_for_one(query);
}

static int read_attempt(Query *query, AttemptRecord *ret_attempt) {
        *ret_attempt = (AttemptRecord){
                .number = (uint32_t) query_integer_within(query, "number", 1, UINT32_MAX),
                .generation = read_generation(query, "generation"),
                .at = query_integer(query, "at"),
                .http_status = (int) query_integer_within(query, "http_status", 0, 9999),
                .verdict = (Verdict) query_integer_within(query, "verdict", VERDICT_CREATED,
                                                          VERDICT_COUNT - 1),
                .duration = query_integer(query, "duration"),
        };
        return query_error(query);
}

DEFINE_LEND(lend_attempts, AttemptRecord, read_attempt)

int ledger_attempts(Ledger *ledger, int64_t row, LedgerAttemptFunction function, void *userdata) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_LIST_ATTEMPTS);

        query_bind_integer(query, "request", row);
        return lend_attempts(query, function, userdata);
}

int ledger_refused_before(Ledger *ledger, int64_t row, uint32_t generation, int http_status) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_FIND_REFUSED_ATTEMPT);

        query_bind_integer(query, "request", row);
        query_bind_integer(query, "generation", generation);
        query_bind_integer(query, "http_status", http_status);
        return query_step(query);
}

int ledger_attempt_open(Ledger *ledger, int64_t row, uint32_t generation) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_FIND_OPEN_ATTEMPT);

        query_bind_integer(query, "request", row);
        query_bind_integer(query, "generation", generation);
        return query_step(query);
}
