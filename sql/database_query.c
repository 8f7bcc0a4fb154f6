#include <assert.h>
#include <errno.h>
#include <string.h>

#include "jobs/base/cleanup.h"
#include "sql/database_private.h"

static bool is_blank(const char *sql) {
        return sql[strspn(sql, " \t\r\n")] == '\0';
}

int query_prepare(Query *query, Database *database, const SqlText *sql) {
        const char *tail = NULL;

        query->database = database;
        errno = 0;
        if (sqlite3_prepare_v3(database->handle, sql->text, -1, SQLITE_PREPARE_PERSISTENT,
                               &query->statement, &tail) != SQLITE_OK)
                return database_failed(database);
        assert(query->statement && is_blank(tail));
        query->n_parameters = sqlite3_bind_parameter_count(query->statement);
        query->n_columns = sqlite3_column_count(query->statement);
        return 0;
}

static Query *prepare_extra(Database *database, size_t id) {
        Query *query = calloc(1, sizeof(*query));

        if (!query)
                return &database->no_memory;
        query->extra = true;
        query->error = query_prepare(query, database, &database->schema->queries[id]);
        return query;
}

Query *database_query(Database *database, size_t id) {
        Query *query;

        assert(id < database->schema->n_queries);
        query = &database->queries[id];
        if (query->busy)
                query = prepare_extra(database, id);
        query->busy = true;
        return query;
}

Query *query_end(Query *query) {
        if (!query || query == &query->database->no_memory)
                return NULL;
        if (query->extra) {
                (void) sqlite3_finalize(query->statement);
                free(query);
                return NULL;
        }
        (void) sqlite3_reset(query->statement);
        query->busy = false;
        query->stepped = false;
        query->error = 0;
        query->n_bound = 0;
        return NULL;
}

/* --- names ------------------------------------------------------------------------------------ */

static int find_parameter(const Query *query, const char *name) {
        int i = 1;

        while (i <= query->n_parameters &&
               strcmp(sqlite3_bind_parameter_name(query->statement, i) + 1, name) != 0)
                i++;
        assert(i <= query->n_parameters);
        return i;
}

static int find_column(const Query *query, const char *name) {
        int i = 0;

        while (i < query->n_columns && strcmp(sqlite3_column_name(query->statement, i), name) != 0)
                i++;
        assert(i < query->n_columns);
        return i;
}

static int parameter_index(Query *query, const char *name) {
        QueryName *slot = &query->parameters[query->n_bound++ % QUERY_NAMES_MAX];

        assert(!query->stepped);
        if (slot->literal != name)
                *slot = (QueryName){ name, find_parameter(query, name) };
        return slot->index;
}

static int column_index(Query *query, const char *name) {
        QueryName *slot = &query->columns[query->n_read++ % QUERY_NAMES_MAX];

        if (slot->literal != name)
                *slot = (QueryName){ name, find_column(query, name) };
        return slot->index;
}

/* --- parameters and columns ------------------------------------------------------------------- */

static void bound(Query *query, int code) {
        if (code != SQLITE_OK)
                query->error = database_failed(query->database);
}

void query_bind_integer(Query *query, const char *name, int64_t value) {
        if (query->error == 0)
                bound(query,
                      sqlite3_bind_int64(query->statement, parameter_index(query, name), value));
}

void query_bind_null(Query *query, const char *name) {
        if (query->error == 0)
                bound(query, sqlite3_bind_null(query->statement, parameter_index(query, name)));
}

void query_bind_text(Query *query, const char *name, Text text) {
        const char *data = text.size > 0 ? text.data : "";

        if (query->error == 0)
                bound(query, sqlite3_bind_text64(query->statement, parameter_index(query, name),
                                                 data, text.size, SQLITE_STATIC, SQLITE_UTF8));
}

void query_bind_blob(Query *query, const char *name, const void *bytes, size_t size) {
        const void *data = size > 0 ? bytes : "";

        if (query->error == 0)
                bound(query, sqlite3_bind_blob64(query->statement, parameter_index(query, name),
                                                 data, size, SQLITE_STATIC));
}

void query_bind_integer_or_null(Query *query, const char *name, int64_t value) {
        if (value != 0)
                query_bind_integer(query, name, value);
        else
                query_bind_null(query, name);
}

void query_bind_text_or_null(Query *query, const char *name, Text text) {
        if (text.size > 0)
                query_bind_text(query, name, text);
        else
                query_bind_null(query, name);
}

int query_step(Query *query) {
        if (query->error < 0)
                return query->error;
        assert(query->n_bound == (unsigned) query->n_parameters);
        query->stepped = true;
        query->n_read = 0;
        errno = 0;
        switch (sqlite3_step(query->statement)) {
        case SQLITE_ROW:
                return 1;
        case SQLITE_DONE:
                return 0;
        default:
                query->error = database_failed(query->database);
                return query->error;
        }
}

int query_run(Query *query) {
        int r = query_step(query);

        assert(r <= 0);
        if (r < 0)
                return r;
        return sqlite3_changes(query->database->handle);
}

int64_t query_integer(Query *query, const char *name) {
        return sqlite3_column_int64(query->statement, column_index(query, name));
}

Text query_text(Query *query, const char *name) {
        int column = column_index(query, name);
        const void *data = sqlite3_column_blob(query->statement, column);

        return (Text){ data, (size_t) sqlite3_column_bytes(query->statement, column) };
}

int64_t query_integer_within(Query *query, const char *name, int64_t low, int64_t high) {
        int64_t value = query_integer(query, name);

        if (value >= low && value <= high)
                return value;
        query->error = -EUCLEAN;
        return low;
}

int query_error(const Query *query) {
        return query->error;
}
