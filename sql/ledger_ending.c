#include "sql/ledger_ending.h"

#include <assert.h>
#include <errno.h>

#include "sql/ledger_private.h"

static int read_ending(Query *query, Ending *ret_ending) {
        *ret_ending = (Ending){
                .row = query_integer(query, "request"),
                .generation = read_generation(query, "generation"),
                .purpose = (EndingPurpose) query_integer_within(query, "purpose", ENDING_CANCEL,
                                                                ENDING_REISSUE),
                .state = (EndingState) query_integer_within(query, "state", ENDING_ASK,
                                                            ENDING_STATE_COUNT - 1),
                .reason = (EndingReason) query_integer_within(query, "reason", ENDING_NO_REASON,
                                                              ENDING_REASON_COUNT - 1),
                .attempt = (uint32_t) query_integer_within(query, "attempt", 1, UINT32_MAX),
                .key = query_text(query, "key"),
                .due_at = query_integer(query, "due_at"),
                .first_asked_at = query_integer(query, "first_asked_at"),
                .answered_at = query_integer(query, "answered_at"),
                .command = query_integer(query, "command"),
                .successor = query_integer(query, "successor"),
                .session = query_text(query, "session"),
                .session_status = (SessionStatus) query_integer_within(
                        query, "session_status", SESSION_NOT_TOLD, SESSION_STATUS_COUNT - 1),
                .gone = query_integer(query, "gone") != 0,
                .status = read_status(query, "row_status"),
                .row_generation = read_generation(query, "row_generation"),
                .order_id = query_text(query, "order_id"),
                .api = (int) query_integer(query, "api"),
        };
        return query_error(query);
}

DEFINE_LEND_PAGE(lend_endings, Ending, read_ending)

/* What is begun, or answered, in this transaction is told of by looks that leave after it. */
static int64_t answered_in(const Ledger *ledger, const Ending *ending) {
        return ending->state == ENDING_LOOK ? ledger->transaction : 0;
}

int ledger_ending_begin(Ledger *ledger, const Ending *ending) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_ADD_ENDING);

        assert(database_in_transaction(ledger->database));
        query_bind_integer(query, "request", ending->row);
        query_bind_integer(query, "generation", ending->generation);
        query_bind_integer(query, "purpose", ending->purpose);
        query_bind_integer(query, "state", ending->state);
        query_bind_integer_or_null(query, "due_at", ending->due_at);
        query_bind_integer_or_null(query, "answered_at", ending->answered_at);
        query_bind_integer(query, "answered_in", answered_in(ledger, ending));
        query_bind_integer_or_null(query, "command", ending->command);
        query_bind_integer_or_null(query, "successor", ending->successor);
        return query_run(query);
}

int ledger_ending_set(Ledger *ledger, const Ending *ending) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_SET_ENDING);

        assert(database_in_transaction(ledger->database));
        query_bind_integer(query, "request", ending->row);
        query_bind_integer(query, "generation", ending->generation);
        query_bind_integer(query, "purpose", ending->purpose);
        query_bind_integer(query, "state", ending->state);
        query_bind_integer(query, "reason", ending->reason);
        query_bind_integer(query, "attempt", ending->attempt);
        query_bind_text_or_null(query, "key", ending->key);
        query_bind_integer_or_null(query, "due_at", ending->due_at);
        query_bind_integer_or_null(query, "first_asked_at", ending->first_asked_at);
        query_bind_integer_or_null(query, "answered_at", ending->answered_at);
        query_bind_integer(query, "answered_in", answered_in(ledger, ending));
        query_bind_integer_or_null(query, "command", ending->command);
        return run_for_one(query);
}

int ledger_ending_get(Ledger *ledger, int64_t row, uint32_t generation,
                      LedgerEndingFunction function, void *userdata) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_GET_ENDING);

        query_bind_integer(query, "request", row);
        query_bind_integer(query, "generation", generation);
        return lend_endings(query, function, userdata);
}

static int recover_asked(Ledger *ledger, int64_t now) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_RECOVER_ENDINGS);

        query_bind_integer(query, "now", now);
        return query_run(query);
}

static int recover_looks(Ledger *ledger) {
        CLEANUP(query_end_p)
        Query *endings = database_query(ledger->database, QUERY_RECOVER_LOOKS);
        CLEANUP(query_end_p)
        Query *sessions = database_query(ledger->database, QUERY_RECOVER_LOOKED_SESSIONS);
        int r = query_run(endings);

        return r < 0 ? r : query_run(sessions);
}

int ledger_endings_recover(Ledger *ledger, int64_t now) {
        int r;

        assert(database_in_transaction(ledger->database));
        r = recover_asked(ledger, now);
        if (r >= 0)
                r = recover_looks(ledger);
        return r < 0 ? r : 0;
}

int ledger_endings_due(Ledger *ledger, bool live, int64_t now, unsigned max,
                       LedgerEndingFunction function, void *userdata) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_LIST_DUE_ENDINGS);

        query_bind_integer(query, "live", live);
        query_bind_integer(query, "now", now);
        query_bind_integer(query, "max", max);
        return lend_endings(query, function, userdata);
}

static int set_looked(Ledger *ledger, int64_t row, uint32_t generation) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_SET_ENDING_LOOKED);

        query_bind_integer(query, "request", row);
        query_bind_integer(query, "generation", generation);
        return run_for_one(query);
}

int ledger_ending_looked(Ledger *ledger, int64_t row, uint32_t generation, int64_t begun) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_FIND_UNLOOKED_ENDING);
        int r;

        assert(database_in_transaction(ledger->database));
        query_bind_integer(query, "request", row);
        query_bind_integer(query, "generation", generation);
        r = query_step(query);
        if (r <= 0)
                return r;
        return query_integer(query, "answered_in") > begun ? 1
                                                           : set_looked(ledger, row, generation);
}

int ledger_endings_looked(Ledger *ledger, unsigned max, LedgerEndingFunction function,
                          void *userdata) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_LIST_LOOKED_ENDINGS);

        query_bind_integer(query, "max", max);
        return lend_endings(query, function, userdata);
}

int ledger_next_ending(Ledger *ledger, bool live, int64_t *ret_due_at) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_GET_NEXT_ENDING);
        int r;

        query_bind_integer(query, "live", live);
        r = query_step(query);
        if (r < 0)
                return r;
        *ret_due_at = r > 0 ? query_integer(query, "due_at") : 0;
        return 0;
}

int ledger_ending_open(Ledger *ledger, bool live) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_FIND_OPEN_ENDING);

        query_bind_integer(query, "live", live);
        return query_step(query);
}

int ledger_count_endings(Ledger *ledger, int64_t command, EndingCounts *ret_counts) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_COUNT_ENDINGS);
        int r;

        *ret_counts = (EndingCounts){ .open = 0 };
        query_bind_integer(query, "command", command);
        while ((r = query_step(query)) > 0) {
                int64_t n = query_integer(query, "n"), state = query_integer(query, "state");
                int64_t reason = query_integer_within(query, "reason", 0, ENDING_REASON_COUNT - 1);

                if (state == ENDING_DONE)
                        ret_counts->done += n;
                else if (state == ENDING_NOT_DONE)
                        ret_counts->not_done[reason] += n;
                else
                        ret_counts->open += n;
                r = query_error(query);
                if (r < 0)
                        return r;
        }
        return r;
}

int ledger_session_set_end_asked(Ledger *ledger, int64_t row, uint32_t generation, int64_t at) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_SET_SESSION_END_ASKED);

        assert(database_in_transaction(ledger->database));
        query_bind_integer(query, "request", row);
        query_bind_integer(query, "generation", generation);
        query_bind_integer_or_null(query, "at", at);
        return run_for_one(query);
}
