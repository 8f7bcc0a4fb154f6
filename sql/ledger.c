#include "sql/ledger.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "sql/ledger_private.h"

#define APPLICATION_ID 0x63686b64 /* "chkd", in the file's header */
#define DAEMON_HOLD    "daemon_hold"

static_assert(STATUS_COUNT == 17 && HOLD_COUNT == 7 && BATCH_STATE_COUNT == 8 && VERDICT_COUNT == 8,
              "the CHECKs of the schema name these ranges");

static const char *const new_row_columns[] = {
        [NEW_ROW_ID] = "id",
        [NEW_ROW_LINES] = "lines",
        [NEW_ROW_ORDER_ID] = "order_id",
        [NEW_ROW_AMOUNT] = "amount",
        [NEW_ROW_CURRENCY] = "currency",
        [NEW_ROW_STATUS] = "status",
        [NEW_ROW_SEND_AT] = "send_at",
        [NEW_ROW_DUE_AT] = "due_at",
        [NEW_ROW_CONTENT] = "content",
        [NEW_ROW_RAW] = "raw",
};

static const char *const new_reference_columns[] = {
        [NEW_REFERENCE_ORDER_ID] = "order_id",
        [NEW_REFERENCE_ROW] = "id",
};

static const SqlList lists[LIST_COUNT] = {
        [LIST_NEW_ROW] = { "new_row", new_row_columns, NEW_ROW_COLUMN_COUNT, sizeof(NewRow),
                           ledger_read_new_row },
        [LIST_NEW_REFERENCE] = { "new_reference", new_reference_columns, NEW_REFERENCE_COLUMN_COUNT,
                                 sizeof(NewReference), ledger_read_new_reference },
};

static const DatabaseSchema schema = {
        .application_id = APPLICATION_ID,
        .migrations = sql_migrations,
        .n_migrations = MIGRATION_COUNT,
        .queries = sql_queries,
        .n_queries = QUERY_COUNT,
        .lists = lists,
        .n_lists = LIST_COUNT,
};

static DatabaseMode database_mode(LedgerMode mode) {
        switch (mode) {
        case LEDGER_READ:
                return DATABASE_READ;
        case LEDGER_WRITE:
                return DATABASE_WRITE;
        case LEDGER_COMMAND:
                return DATABASE_SHARE;
        }
        return DATABASE_READ;
}

int ledger_open(const char *path, LedgerMode mode, Ledger **ret_ledger) {
        return ledger_open_telling(path, mode, NULL, NULL, ret_ledger);
}

int ledger_open_telling(const char *path, LedgerMode mode, LedgerTell tell, void *userdata,
                        Ledger **ret_ledger) {
        CLEANUP(ledger_free_p) Ledger *ledger = calloc(1, sizeof(*ledger));
        int r;

        if (!ledger)
                return -ENOMEM;
        r = database_open_telling(path, database_mode(mode), &schema, tell, userdata,
                                  &ledger->database);
        if (r < 0)
                return r;
        *ret_ledger = TAKE(ledger);
        return 0;
}

Ledger *ledger_free(Ledger *ledger) {
        if (!ledger)
                return NULL;
        database_free(ledger->database);
        buffer_done(&ledger->batch_texts);
        buffer_done(&ledger->frozen_texts);
        free(ledger->changes);
        free(ledger);
        return NULL;
}

const char *ledger_error_text(const Ledger *ledger) {
        return database_error_text(ledger->database);
}

void ledger_set_now(Ledger *ledger, int64_t now) {
        ledger->now = now;
}

int ledger_begin(Ledger *ledger) {
        assert(ledger->n_changes == 0);
        ledger->transaction++;
        return database_begin(ledger->database);
}

int ledger_commit(Ledger *ledger) {
        int r = totals_write(ledger);

        if (r < 0)
                return r;
        return database_commit(ledger->database);
}

int64_t ledger_transaction(const Ledger *ledger) {
        return ledger->transaction;
}

void ledger_rollback(Ledger *ledger) {
        ledger->n_changes = 0;
        database_rollback(ledger->database);
}

int64_t ledger_backlog(const Ledger *ledger) {
        return database_backlog(ledger->database);
}

void ledger_catch_up(Ledger *ledger) {
        database_catch_up(ledger->database);
}

int ledger_changed_outside(Ledger *ledger) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_READ_DATA_VERSION);
        int64_t version;
        int r = query_step(query);

        if (r < 0)
                return r;
        assert(r == 1);
        version = query_integer(query, "data_version");
        if (version == ledger->data_version)
                return 0;
        ledger->data_version = version;
        return 1;
}

int ledger_get_value(Ledger *ledger, const char *name, char **ret_text) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_GET_VALUE);
        char *copy;
        int r;

        query_bind_text(query, "name", text_of(name));
        r = query_step(query);
        if (r <= 0)
                return r;
        copy = text_copy(query_text(query, "text"));
        if (!copy)
                return -ENOMEM;
        *ret_text = copy;
        return 1;
}

int ledger_set_value(Ledger *ledger, const char *name, const char *text) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_SET_VALUE);

        assert(database_in_transaction(ledger->database));
        query_bind_text(query, "name", text_of(name));
        query_bind_text(query, "text", text_of(text));
        return run_for_one(query);
}

int ledger_daemon_hold(Ledger *ledger, Hold *ret_hold) {
        AUTO_FREE char *text = NULL;
        int r = ledger_get_value(ledger, DAEMON_HOLD, &text);

        if (r < 0)
                return r;
        if (r == 0) {
                *ret_hold = HOLD_NONE;
                return 0;
        }
        for (Hold hold = HOLD_NONE; hold < HOLD_COUNT; hold++)
                if (strcmp(text, hold_name(hold)) == 0) {
                        *ret_hold = hold;
                        return 0;
                }
        return -EUCLEAN;
}

int ledger_set_daemon_hold(Ledger *ledger, Hold hold) {
        return ledger_set_value(ledger, DAEMON_HOLD, hold_name(hold));
}

/* 1 and the complaint if the query has a row that is not "ok". */
static int check(Ledger *ledger, QueryId id, char **ret_text) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, id);
        char *copy;
        Text text;
        int r = query_step(query);

        if (r <= 0)
                return r;
        text = query_text(query, "complaint");
        if (text_is(text, "ok"))
                return 0;
        copy = text_copy(text);
        if (!copy)
                return -ENOMEM;
        *ret_text = copy;
        return 1;
}

int ledger_check(Ledger *ledger, char **ret_text) {
        static const QueryId checks[] = {
                QUERY_CHECK_INTEGRITY,  QUERY_CHECK_FOREIGN_KEYS, QUERY_CHECK_CELLS,
                QUERY_CHECK_REFERENCES, QUERY_CHECK_SESSIONS,     QUERY_CHECK_PAID,
                QUERY_CHECK_PAYMENTS,   QUERY_CHECK_REFUNDS,      QUERY_CHECK_PAYOUTS,
                QUERY_CHECK_SETTLED,    QUERY_CHECK_OVERALL,      QUERY_CHECK_UNCOUNTED,
                QUERY_CHECK_FINDINGS,   QUERY_CHECK_MEND_COUNTED,
        };
        int r = 0;

        for (size_t i = 0; r == 0 && i < ELEMENTS(checks); i++)
                r = check(ledger, checks[i], ret_text);
        return r;
}

/* --- for the other files -------------------------------------------------------------------- */

int run_for_one(Query *query) {
        int r = query_run(query);

        if (r < 0)
                return r;
        return r == 1 ? 0 : -EPROTO;
}

char *text_copy(Text text) {
        return strndup(text.size > 0 ? text.data : "", text.size);
}

const char *text_keep(Buffer *texts, Text text) {
        size_t begin = texts->size;
        int r = buffer_append(texts, text.data, text.size);

        if (r == 0)
                r = buffer_append_char(texts, '\0');
        assert(r == 0);
        return texts->data + begin;
}

static int ids_add(Ids *ids, int64_t id) {
        if (ids->n == ids->capacity) {
                size_t capacity = ids->capacity > 0 ? 2 * ids->capacity : 64;
                int64_t *grown = realloc(ids->ids, capacity * sizeof(*grown));

                if (!grown)
                        return -ENOMEM;
                ids->ids = grown;
                ids->capacity = capacity;
        }
        ids->ids[ids->n++] = id;
        return 0;
}

int ids_collect(Ids *ids, Query *query) {
        int r;

        while ((r = query_step(query)) > 0) {
                r = ids_add(ids, query_integer(query, "id"));
                if (r < 0)
                        return r;
        }
        return r;
}
