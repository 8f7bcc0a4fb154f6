#include <assert.h>
#include <errno.h>

#include "sql/ledger_private.h"

static_assert(BATCH_RECEIVED == 1 && BATCH_LOADING == 2 && BATCH_AWAITING_APPROVAL == 3 &&
                      BATCH_RUNNING == 4 && BATCH_SETTLED == 5 && BATCH_CLOSED == 6 &&
                      BATCH_REFUSED == 7,
              "stored on disk: never renumber");

const char *batch_state_name(BatchState state, Hold hold) {
        static const char *const names[] = {
                [BATCH_RECEIVED] = "received",
                [BATCH_LOADING] = "loading",
                [BATCH_AWAITING_APPROVAL] = "awaiting_approval",
                [BATCH_RUNNING] = "running",
                [BATCH_SETTLED] = "settled",
                [BATCH_CLOSED] = "closed",
                [BATCH_REFUSED] = "refused",
        };

        assert(state >= BATCH_RECEIVED && state < BATCH_STATE_COUNT);
        if (state == BATCH_RUNNING && hold != HOLD_NONE)
                return "held";
        return names[state];
}

/* --- adding --------------------------------------------------------------------------------- */

static int find_scope(Ledger *ledger, const Batch *batch, int64_t *ret_scope) {
        CLEANUP(query_end_p) Query *add = database_query(ledger->database, QUERY_ADD_SCOPE);
        CLEANUP(query_end_p) Query *get = database_query(ledger->database, QUERY_GET_SCOPE);
        int r;

        query_bind_text(add, "profile", text_of(batch->profile));
        query_bind_text(add, "run", text_of(batch->run));
        query_bind_integer(add, "live", batch->live);
        r = query_run(add);
        if (r < 0)
                return r;
        query_bind_text(get, "profile", text_of(batch->profile));
        query_bind_text(get, "run", text_of(batch->run));
        query_bind_integer(get, "live", batch->live);
        r = query_step(get);
        if (r < 0)
                return r;
        assert(r == 1);
        *ret_scope = query_integer(get, "id");
        return 0;
}

static int add_text(Ledger *ledger, int64_t id, const Batch *batch) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_ADD_BATCH_TEXT);

        query_bind_integer(query, "id", id);
        query_bind_text(query, "rules", text_of(batch->rules));
        query_bind_blob(query, "header", batch->header.data, batch->header.size);
        query_bind_text(query, "note", text_of(batch->note));
        query_bind_text(query, "declared", batch->declared ? text_of(batch->declared) : TEXT(""));
        query_bind_text(query, "control", batch->control ? text_of(batch->control) : TEXT(""));
        return run_for_one(query);
}

static int add_batch(Ledger *ledger, const Batch *batch, int64_t scope) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_ADD_BATCH);

        query_bind_integer_or_null(query, "id", batch->id);
        query_bind_integer(query, "scope", scope);
        query_bind_integer_or_null(query, "parent", batch->parent);
        query_bind_text(query, "file", text_of(batch->file));
        query_bind_integer(query, "maker_uid", batch->maker_uid);
        query_bind_text(query, "source", text_of(batch->source));
        query_bind_integer(query, "source_gone", batch->source_gone);
        query_bind_blob(query, "sha256", batch->sha256, sizeof(batch->sha256));
        query_bind_integer(query, "size", (int64_t) batch->size);
        query_bind_integer(query, "received_at", batch->received_at);
        query_bind_integer(query, "state", batch->state);
        query_bind_integer(query, "hold", batch->hold);
        query_bind_integer(query, "api", batch->api);
        query_bind_integer(query, "delimiter", batch->delimiter);
        query_bind_integer(query, "encoding", batch->encoding);
        query_bind_integer(query, "bom", batch->bom);
        query_bind_integer(query, "n_columns", batch->n_columns);
        query_bind_integer(query, "loaded_offset", (int64_t) batch->loaded_offset);
        query_bind_integer(query, "loaded_line", batch->loaded_line);
        query_bind_integer(query, "next_id", batch->next_id);
        query_bind_integer(query, "end_id", batch->end_id);
        query_bind_integer(query, "file_lines", (int64_t) batch->file_lines);
        query_bind_integer(query, "results_at", batch->results_at);
        query_bind_integer(query, "changed_at", batch->changed_at);
        query_bind_integer(query, "archived", batch->archived);
        return run_for_one(query);
}

int ledger_batch_add(Ledger *ledger, const Batch *batch, int64_t *ret_id) {
        int64_t scope = 0;
        int64_t id;
        int r;

        assert(database_in_transaction(ledger->database));
        r = find_scope(ledger, batch, &scope);
        if (r == 0)
                r = add_batch(ledger, batch, scope);
        if (r < 0)
                return r;
        id = database_inserted_id(ledger->database);
        r = add_text(ledger, id, batch);
        if (r < 0)
                return r;
        *ret_id = id;
        return 0;
}

/* --- reading -------------------------------------------------------------------------------- */

static int keep_texts(Query *query, Batch *batch, Buffer *texts) {
        Text profile = query_text(query, "profile");
        Text run = query_text(query, "run");
        Text file = query_text(query, "file");
        Text source = query_text(query, "source");
        Text rules = query_text(query, "rules");
        Text header = query_text(query, "header");
        Text note = query_text(query, "note");
        Text declared = query_text(query, "declared");
        Text control = query_text(query, "control");

        buffer_clear(texts);
        if (buffer_reserve(texts, profile.size + run.size + file.size + source.size + rules.size +
                                          header.size + note.size + declared.size + control.size +
                                          10) < 0)
                return -ENOMEM;
        batch->profile = text_keep(texts, profile);
        batch->run = text_keep(texts, run);
        batch->file = text_keep(texts, file);
        batch->source = text_keep(texts, source);
        batch->rules = text_keep(texts, rules);
        batch->header = (Text){ text_keep(texts, header), header.size };
        batch->note = text_keep(texts, note);
        batch->declared = text_keep(texts, declared);
        batch->control = text_keep(texts, control);
        return 0;
}

static int read_digest(Query *query, uint8_t ret[static 32]) {
        Text digest = query_text(query, "sha256");

        if (digest.size != 32)
                return -EUCLEAN;
        memcpy(ret, digest.data, digest.size);
        return 0;
}

static int read_batch(Query *query, Batch *ret_batch, Buffer *texts) {
        Batch batch = {
                .id = query_integer(query, "id"),
                .live = query_integer(query, "live") != 0,
                .scope = query_integer(query, "scope"),
                .parent = query_integer(query, "parent"),
                .maker_uid = query_integer(query, "maker_uid"),
                .source_gone = query_integer(query, "source_gone") != 0,
                .size = (uint64_t) query_integer(query, "size"),
                .received_at = query_integer(query, "received_at"),
                .state = (BatchState) query_integer_within(query, "state", BATCH_RECEIVED,
                                                           BATCH_STATE_COUNT - 1),
                .hold = (Hold) query_integer_within(query, "hold", HOLD_NONE, HOLD_COUNT - 1),
                .api = (int) query_integer_within(query, "api", 1, 2),
                .delimiter = (char) query_integer_within(query, "delimiter", 0, 127),
                .encoding = (int) query_integer_within(query, "encoding", 0, 127),
                .bom = query_integer(query, "bom") != 0,
                .n_columns = (unsigned) query_integer_within(query, "n_columns", 0, UINT32_MAX),
                .loaded_offset = (uint64_t) query_integer(query, "loaded_offset"),
                .loaded_line = (uint32_t) query_integer_within(query, "loaded_line", 0, UINT32_MAX),
                .next_id = query_integer(query, "next_id"),
                .end_id = query_integer(query, "end_id"),
                .file_lines = (uint64_t) query_integer(query, "file_lines"),
                .results_at = query_integer(query, "results_at"),
                .changed_at = query_integer(query, "changed_at"),
                .archived = query_integer(query, "archived") != 0,
        };
        int r = query_error(query);

        if (r == 0)
                r = read_digest(query, batch.sha256);
        if (r == 0)
                r = keep_texts(query, &batch, texts);
        if (r < 0)
                return r;
        if (batch.next_id < row_first(batch.id))
                batch.next_id = row_first(batch.id);
        if (batch.end_id < row_first(batch.id))
                batch.end_id = row_first(batch.id);
        *ret_batch = batch;
        return 0;
}

static int get_batch(Ledger *ledger, int64_t id, Batch *ret_batch, Buffer *texts) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_GET_BATCH);
        int r;

        query_bind_integer(query, "id", id);
        r = query_step(query);
        if (r <= 0)
                return r;
        r = read_batch(query, ret_batch, texts);
        return r < 0 ? r : 1;
}

int ledger_batch_get(Ledger *ledger, int64_t id, const Batch **ret_batch) {
        int r = get_batch(ledger, id, &ledger->batch, &ledger->batch_texts);

        if (r == 1)
                *ret_batch = &ledger->batch;
        return r;
}

static int ids_of_states(Ledger *ledger, unsigned states, Ids *ids) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_LIST_BATCHES);
        static const char *const names[BATCH_STATE_COUNT] = { "",        "state_1", "state_2",
                                                              "state_3", "state_4", "state_5",
                                                              "state_6", "state_7" };

        for (int state = BATCH_RECEIVED; state < BATCH_STATE_COUNT; state++)
                query_bind_integer_or_null(query, names[state], states >> state & 1 ? state : 0);
        return ids_collect(ids, query);
}

int ledger_batches(Ledger *ledger, unsigned states, LedgerBatchFunction function, void *userdata) {
        CLEANUP(ids_done) Ids ids = { 0 };
        AUTO_BUFFER texts = BUFFER_EMPTY;
        int r = ids_of_states(ledger, states, &ids);

        for (size_t i = 0; r == 0 && i < ids.n; i++) {
                Batch batch;

                r = get_batch(ledger, ids.ids[i], &batch, &texts);
                if (r < 0)
                        return r;
                /* an earlier call of the function may have changed it */
                r = r == 1 && states >> batch.state & 1 ? function(userdata, &batch) : 0;
        }
        return r;
}

static int get_id(Query *query, int64_t *ret_id) {
        int r = query_step(query);

        if (r == 1)
                *ret_id = query_integer(query, "id");
        return r;
}

int ledger_batch_of_source(Ledger *ledger, const char *source, int64_t *ret_id) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_GET_BATCH_OF_SOURCE);

        query_bind_text(query, "source", text_of(source));
        return get_id(query, ret_id);
}

int ledger_batch_of_bytes(Ledger *ledger, const uint8_t sha256[static 32], const char *profile,
                          const char *run, bool live, int64_t *ret_id) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_GET_BATCH_OF_BYTES);
        int r = totals_write(ledger);

        if (r < 0)
                return r;
        query_bind_blob(query, "sha256", sha256, 32);
        query_bind_text(query, "profile", text_of(profile));
        query_bind_text(query, "run", text_of(run));
        query_bind_integer(query, "live", live);
        return get_id(query, ret_id);
}

int64_t ledger_batch_highest(Ledger *ledger) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_GET_HIGHEST_BATCH);
        int64_t id = 0;
        int r = get_id(query, &id);

        return r < 0 ? r : id;
}

/* --- changing ------------------------------------------------------------------------------- */

static Query *change(Ledger *ledger, QueryId query_id, int64_t id) {
        Query *query = database_query(ledger->database, query_id);

        assert(database_in_transaction(ledger->database));
        query_bind_integer(query, "id", id);
        return query;
}

int ledger_batch_source_gone(Ledger *ledger, int64_t id) {
        CLEANUP(query_end_p) Query *query = change(ledger, QUERY_SET_BATCH_SOURCE_GONE, id);

        return run_for_one(query);
}

int ledger_batch_set_state(Ledger *ledger, int64_t id, BatchState state) {
        CLEANUP(query_end_p) Query *query = change(ledger, QUERY_SET_BATCH_STATE, id);

        query_bind_integer(query, "state", state);
        return run_for_one(query);
}

int ledger_batch_reopen(Ledger *ledger, int64_t id, BatchState to) {
        const Batch *batch = NULL;
        int r = ledger_batch_get(ledger, id, &batch);

        assert(to == BATCH_RUNNING || to == BATCH_SETTLED);
        if (r <= 0 || batch->state <= to || batch->state > BATCH_CLOSED)
                return r < 0 ? r : 0;
        return ledger_batch_set_state(ledger, id, to);
}

int ledger_batch_set_hold(Ledger *ledger, int64_t id, Hold hold) {
        CLEANUP(query_end_p) Query *query = change(ledger, QUERY_SET_BATCH_HOLD, id);

        query_bind_integer(query, "hold", hold);
        return run_for_one(query);
}

static int set_text(Ledger *ledger, const Batch *batch) {
        CLEANUP(query_end_p) Query *query = change(ledger, QUERY_SET_BATCH_TEXT, batch->id);

        query_bind_blob(query, "header", batch->header.data, batch->header.size);
        query_bind_text(query, "note", text_of(batch->note));
        return run_for_one(query);
}

int ledger_batch_checked(Ledger *ledger, const Batch *batch) {
        CLEANUP(query_end_p) Query *query = change(ledger, QUERY_SET_BATCH_CHECKED, batch->id);
        int r;

        query_bind_integer(query, "delimiter", batch->delimiter);
        query_bind_integer(query, "encoding", batch->encoding);
        query_bind_integer(query, "bom", batch->bom);
        query_bind_integer(query, "n_columns", batch->n_columns);
        query_bind_integer(query, "file_lines", (int64_t) batch->file_lines);
        r = run_for_one(query);
        return r < 0 ? r : set_text(ledger, batch);
}

int ledger_batch_loaded(Ledger *ledger, int64_t id, uint64_t offset, uint32_t line,
                        int64_t end_id) {
        CLEANUP(query_end_p) Query *query = change(ledger, QUERY_SET_BATCH_LOADED, id);

        query_bind_integer(query, "offset", (int64_t) offset);
        query_bind_integer(query, "line", line);
        query_bind_integer(query, "end_id", end_id);
        return run_for_one(query);
}

int ledger_batch_claimed(Ledger *ledger, int64_t id, int64_t next_id) {
        CLEANUP(query_end_p) Query *query = change(ledger, QUERY_SET_BATCH_CLAIMED, id);

        query_bind_integer(query, "next_id", next_id);
        return run_for_one(query);
}

int ledger_batch_results(Ledger *ledger, int64_t id, int64_t results_at) {
        CLEANUP(query_end_p) Query *query = change(ledger, QUERY_SET_BATCH_RESULTS, id);

        query_bind_integer(query, "results_at", results_at);
        return run_for_one(query);
}

int ledger_batch_archived(Ledger *ledger, int64_t id) {
        CLEANUP(query_end_p) Query *query = change(ledger, QUERY_SET_BATCH_ARCHIVED, id);

        return run_for_one(query);
}

int ledger_batch_skip(Ledger *ledger, int64_t highest) {
        CLEANUP(query_end_p)
        Query *set = database_query(ledger->database, QUERY_SET_BATCH_SEQUENCE);
        CLEANUP(query_end_p)
        Query *add = database_query(ledger->database, QUERY_ADD_BATCH_SEQUENCE);
        int r;

        assert(database_in_transaction(ledger->database));
        query_bind_integer(set, "highest", highest);
        query_bind_integer(add, "highest", highest);
        r = query_run(set);
        if (r >= 0)
                r = query_run(add);
        return r < 0 ? r : 0;
}
