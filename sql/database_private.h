/* What database*.c share; nothing else includes sqlite3. Private. */
#pragma once

#include <sqlite3.h>
#include <sys/types.h>

#include "sql/database.h"

#define QUERY_NAMES_MAX 32 /* names remembered per statement, for parameters and for columns */

/* The k-th name of the last execution is most probably the k-th name of this one. */
typedef struct QueryName {
        const char *literal;
        int index;
} QueryName;

struct Query {
        Database *database;
        sqlite3_stmt *statement; /* NULL: there was no memory for it */
        bool busy;
        bool extra; /* prepared once more, for this execution only */
        bool stepped;
        int error;
        int n_parameters, n_columns;
        unsigned n_bound, n_read;
        QueryName parameters[QUERY_NAMES_MAX], columns[QUERY_NAMES_MAX];
};

/* What is lent of a list, and how to read it. */
typedef struct LentList {
        const SqlList *list;
        const char *items;
        size_t n;
} LentList;

/* Which file a path meant when it was opened. */
typedef struct FilePlace {
        char *path;
        dev_t device;
        ino_t inode;
} FilePlace;

struct Database {
        sqlite3 *handle;
        DatabaseMode mode;
        const DatabaseSchema *schema;
        Query *queries;
        LentList *lists;
        FilePlace places[2]; /* WRITE: of the file and of its log */
        int page_size;
        int backlog;     /* pages */
        Query no_memory; /* stands for a statement that could not be prepared */
        char error_text[256];
};

/* The negative errno of SQLite's last error, whose text is kept. Whoever calls SQLite sets errno to
 * 0 before, because a full disk shows only there. */
int database_failed(Database *database);
int query_prepare(Query *query, Database *database, const SqlText *sql);

/* Makes the schema's lists known; before statements are prepared. */
int lists_register(Database *database);
