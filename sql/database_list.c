/* Lists in memory as tables: an eponymous virtual table each, which has no schema in the file. */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "jobs/base/buffer.h"
#include "jobs/base/cleanup.h"
#include "sql/database_private.h"

typedef struct ListTable {
        sqlite3_vtab base;
        const LentList *lent;
} ListTable;

typedef struct ListCursor {
        sqlite3_vtab_cursor base;
        size_t at;
} ListCursor;

static const LentList *lent_of(const sqlite3_vtab_cursor *cursor) {
        return ((const ListTable *) cursor->pVtab)->lent;
}

/* CREATE TABLE x(a, b): the name in it is not looked at. */
static int declare(sqlite3 *handle, const SqlList *list) {
        AUTO_BUFFER sql = BUFFER_EMPTY;
        int r = buffer_append_string(&sql, "CREATE TABLE x(");

        for (unsigned i = 0; r >= 0 && i < list->n_columns; i++)
                r = buffer_printf(&sql, "%s%s", i > 0 ? ", " : "", list->columns[i]);
        if (r >= 0)
                r = buffer_append_string(&sql, ")");
        return r < 0 ? SQLITE_NOMEM : sqlite3_declare_vtab(handle, sql.data);
}

static int on_connect(sqlite3 *handle, void *userdata, int argc, const char *const *argv,
                      sqlite3_vtab **ret_table, char **ret_error) {
        const LentList *lent = userdata;
        ListTable *table;
        int code = declare(handle, lent->list);

        (void) argc;
        (void) argv;
        (void) ret_error;
        if (code != SQLITE_OK)
                return code;
        table = sqlite3_malloc(sizeof(*table));
        if (!table)
                return SQLITE_NOMEM;
        *table = (ListTable){ .lent = lent };
        *ret_table = &table->base;
        return SQLITE_OK;
}

static int on_disconnect(sqlite3_vtab *table) {
        sqlite3_free(table);
        return SQLITE_OK;
}

/* From the first to the last, always. */
static int on_best_index(sqlite3_vtab *table, sqlite3_index_info *info) {
        (void) table;
        info->estimatedCost = 1000;
        info->estimatedRows = 1000;
        return SQLITE_OK;
}

static int on_open(sqlite3_vtab *table, sqlite3_vtab_cursor **ret_cursor) {
        ListCursor *cursor = sqlite3_malloc(sizeof(*cursor));

        (void) table;
        if (!cursor)
                return SQLITE_NOMEM;
        *cursor = (ListCursor){ .at = 0 };
        *ret_cursor = &cursor->base;
        return SQLITE_OK;
}

static int on_close(sqlite3_vtab_cursor *cursor) {
        sqlite3_free(cursor);
        return SQLITE_OK;
}

static int on_filter(sqlite3_vtab_cursor *cursor, int index, const char *index_name, int argc,
                     sqlite3_value **argv) {
        (void) index;
        (void) index_name;
        (void) argc;
        (void) argv;
        ((ListCursor *) cursor)->at = 0;
        return SQLITE_OK;
}

static int on_next(sqlite3_vtab_cursor *cursor) {
        ((ListCursor *) cursor)->at++;
        return SQLITE_OK;
}

static int on_eof(sqlite3_vtab_cursor *cursor) {
        return ((const ListCursor *) cursor)->at >= lent_of(cursor)->n;
}

static int on_column(sqlite3_vtab_cursor *cursor, sqlite3_context *context, int column) {
        const LentList *lent = lent_of(cursor);
        const char *item = lent->items + ((const ListCursor *) cursor)->at * lent->list->item_size;

        assert(column >= 0 && (unsigned) column < lent->list->n_columns);
        lent->list->read((ListCell *) context, item, (unsigned) column);
        return SQLITE_OK;
}

static int on_rowid(sqlite3_vtab_cursor *cursor, sqlite3_int64 *ret_rowid) {
        *ret_rowid = (sqlite3_int64) ((const ListCursor *) cursor)->at;
        return SQLITE_OK;
}

static const sqlite3_module list_module = {
        .xConnect = on_connect, /* no xCreate: it is there without being created */
        .xDisconnect = on_disconnect,
        .xBestIndex = on_best_index,
        .xOpen = on_open,
        .xClose = on_close,
        .xFilter = on_filter,
        .xNext = on_next,
        .xEof = on_eof,
        .xColumn = on_column,
        .xRowid = on_rowid,
};

int lists_register(Database *database) {
        const DatabaseSchema *schema = database->schema;

        database->lists = calloc(schema->n_lists + 1, sizeof(*database->lists));
        if (!database->lists)
                return -ENOMEM;
        for (size_t i = 0; i < schema->n_lists; i++) {
                LentList *lent = &database->lists[i];

                lent->list = &schema->lists[i];
                errno = 0;
                if (sqlite3_create_module_v2(database->handle, lent->list->name, &list_module, lent,
                                             NULL) != SQLITE_OK)
                        return database_failed(database);
        }
        return 0;
}

void database_lend(Database *database, size_t id, const void *items, size_t n) {
        assert(id < database->schema->n_lists);
        database->lists[id].items = items;
        database->lists[id].n = n;
}

/* --- cells ---------------------------------------------------------------------------------- */

void list_cell_integer(ListCell *cell, int64_t value) {
        sqlite3_result_int64((sqlite3_context *) cell, value);
}

void list_cell_text(ListCell *cell, Text text) {
        sqlite3_result_text64((sqlite3_context *) cell, text.size > 0 ? text.data : "", text.size,
                              SQLITE_STATIC, SQLITE_UTF8);
}

void list_cell_blob(ListCell *cell, const void *bytes, size_t size) {
        sqlite3_result_blob64((sqlite3_context *) cell, size > 0 ? bytes : "", size, SQLITE_STATIC);
}

void list_cell_null(ListCell *cell) {
        sqlite3_result_null((sqlite3_context *) cell);
}

void list_cell_integer_or_null(ListCell *cell, int64_t value) {
        if (value != 0)
                list_cell_integer(cell, value);
        else
                list_cell_null(cell);
}

void list_cell_text_or_null(ListCell *cell, Text text) {
        if (text.size > 0)
                list_cell_text(cell, text);
        else
                list_cell_null(cell);
}
