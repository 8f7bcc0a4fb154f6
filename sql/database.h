/* Database: one SQLite file, its schema's version, its prepared statements. Knows no business, and
 * is the only user of sqlite3: its result codes become negative errno here and nowhere else.
 *
 *   -ENOSPC full (also quota and file size limit)    -EBUSY   locked by another process
 *   -EROFS  not writable                             -EIO     the disk failed
 *   -EUCLEAN damaged, or no database of ours         -EILSEQ  made by a newer version of us
 *   -EEXIST another row has that key                 -EPROTO  a CHECK or a reference is broken
 *   -EACCES not permitted                            -ENOMEM, -ENOENT, -E2BIG
 *   -EINVAL a statement does not fit the schema (our bug, or the schema was tampered with)
 *
 * Parameters and columns are named, never numbered. A name must be a string literal: its address
 * is what is remembered of the last execution, so that a look-up costs one comparison.
 * A name that the statement does not have is our bug and asserted, as is a parameter left unbound.
 *
 *   CLEANUP(query_end_p) Query *query = database_query(database, QUERY_GET_VALUE);
 *   query_bind_text(query, "name", text_of(name));
 *   r = query_step(query);
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "jobs/base/text.h"

typedef struct Database Database;
typedef struct Query Query; /* one execution of a prepared statement */

typedef struct SqlText {
        const char *name;
        const char *text;
} SqlText;

/* A list in memory that statements read like a table, so that many rows are one execution:
 * `INSERT INTO item(id, name) SELECT id, name FROM new_item`. Row by row, starting and ending a
 * statement costs as much as what it does. */
typedef struct ListCell ListCell;
typedef struct SqlList {
        const char *name; /* of the table */
        const char *const *columns;
        unsigned n_columns;
        size_t item_size;
        /* Answers with one of list_cell_*(): the column's value of this item. */
        void (*read)(ListCell *cell, const void *item, unsigned column);
} SqlList;

/* Borrowed by the database; must outlive it. */
typedef struct DatabaseSchema {
        int32_t application_id; /* recognises our files */
        const SqlText *migrations;
        size_t n_migrations;    /* the schema's version */
        const SqlText *queries; /* exactly one statement each */
        size_t n_queries;
        const SqlList *lists; /* NULL: none */
        size_t n_lists;
} DatabaseSchema;

typedef enum DatabaseMode {
        DATABASE_READ,  /* sees what is committed */
        DATABASE_WRITE, /* waits briefly for a lock; creates (mode 0600) and migrates */
        DATABASE_SHARE, /* writes now and then beside the process that has DATABASE_WRITE open:
                           waits 10 s for a lock; neither creates nor migrates */
} DatabaseMode;

/* Prepares all statements: a typo in one is found by the first open. -ESTALE: READ or SHARE, and
 * the file has not been migrated to our version yet. */
int database_open(const char *path, DatabaseMode mode, const DatabaseSchema *schema,
                  Database **ret_database);
/* The same; `tell` (NULL: nobody) is called again and again while a statement of it runs long. */
typedef void (*DatabaseTell)(void *userdata);
int database_open_telling(const char *path, DatabaseMode mode, const DatabaseSchema *schema,
                          DatabaseTell tell, void *userdata, Database **ret_database);
Database *database_free(Database *database);
/* What SQLite said of the last error; "" when there was none. */
const char *database_error_text(const Database *database);

/* Takes the write lock; READ: what follows sees one state of the database. WRITE: -ENOENT when the
 * file or its log was removed or replaced while it is open: what would be written is in no file
 * that anybody finds. */
int database_begin(Database *database);
int database_commit(Database *database);
void database_rollback(Database *database); /* also when SQLite did it already */
bool database_in_transaction(const Database *database);
/* Writes all that is in the write-ahead log to its place and makes the log empty: what was deleted
 * is in neither then. -EBUSY: somebody still reads from it. */
int database_empty_log(Database *database);
int64_t database_inserted_id(const Database *database);

/* Commits go into the log, and from there into the file, some 4 MB at a time. A reader that takes
 * long holds that up; the log grows, and all of it is written in one go when the reader ends.
 * Bytes that are in the log only, as of the last commit or database_catch_up(). */
int64_t database_backlog(const Database *database);
/* Writes back what readers let it; not within a transaction. What fails is tried again later. */
void database_catch_up(Database *database);

/* Never NULL. A statement that is being stepped through further up is prepared once more. */
Query *database_query(Database *database, size_t id);
Query *query_end(Query *query);

/* Texts and blobs are borrowed until query_end(). */
void query_bind_integer(Query *query, const char *name, int64_t value);
void query_bind_null(Query *query, const char *name);
void query_bind_text(Query *query, const char *name, Text text); /* empty: "" */
void query_bind_blob(Query *query, const char *name, const void *bytes, size_t size);
/* NULL for what means "none": 0, the empty text. */
void query_bind_integer_or_null(Query *query, const char *name, int64_t value);
void query_bind_text_or_null(Query *query, const char *name, Text text);

/* What a statement that reads the list `id` finds in it, from here on. Items and what they point
 * to are borrowed until it is lent others; a list that was lent nothing is empty. */
void database_lend(Database *database, size_t id, const void *items, size_t n);
void list_cell_integer(ListCell *cell, int64_t value);
void list_cell_text(ListCell *cell, Text text);
void list_cell_blob(ListCell *cell, const void *bytes, size_t size);
void list_cell_null(ListCell *cell);
/* NULL for what means "none", as when binding. */
void list_cell_integer_or_null(ListCell *cell, int64_t value);
void list_cell_text_or_null(ListCell *cell, Text text);

/* 1: there is a row; 0: no more; negative errno, of binding too. */
int query_step(Query *query);
/* Executes a statement that gives no rows: the number of rows changed, or negative errno. */
int query_run(Query *query);

/* Of the row. Texts are valid until the next step or query_end(). NULL reads as 0 and empty. */
int64_t query_integer(Query *query, const char *name);
Text query_text(Query *query, const char *name); /* texts and blobs */
/* A number that must lie in [low, high]; one that does not makes query_error() -EUCLEAN. */
int64_t query_integer_within(Query *query, const char *name, int64_t low, int64_t high);
int query_error(const Query *query); /* 0, or what went wrong with this row */

#include "jobs/base/cleanup.h"
DEFINE_CLEANUP(Database, database_free)
DEFINE_CLEANUP(Query, query_end)
