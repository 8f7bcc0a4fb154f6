#include "sql/database.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "jobs/base/cleanup.h"

#define NAMES_MAX       32 /* names remembered per statement, for parameters and for columns */
#define BUSY_WRITE_MS   200
#define BUSY_PATIENT_MS 10000

/* The k-th name of the last execution is most probably the k-th name of this one. */
typedef struct Name {
        const char *literal;
        int index;
} Name;

struct Query {
        Database *database;
        sqlite3_stmt *statement; /* NULL: there was no memory for it */
        bool busy;
        bool extra; /* prepared once more, for this execution only */
        bool stepped;
        int error;
        int n_parameters, n_columns;
        unsigned n_bound, n_read;
        Name parameters[NAMES_MAX], columns[NAMES_MAX];
};

struct Database {
        sqlite3 *handle;
        DatabaseMode mode;
        const DatabaseSchema *schema;
        Query *queries;
        Query no_memory; /* stands for a statement that could not be prepared */
        char error_text[256];
};

/* --- errors --------------------------------------------------------------------------------- */

static int errno_of_io(sqlite3 *handle, int code) {
        if (code == SQLITE_IOERR_NOMEM)
                return -ENOMEM;
        switch (sqlite3_system_errno(handle)) {
        case ENOSPC:
        case EDQUOT:
        case EFBIG:
                return -ENOSPC;
        case EROFS:
                return -EROFS;
        case EACCES:
        case EPERM:
                return -EACCES;
        default:
                return -EIO;
        }
}

static int errno_of_constraint(int code) {
        switch (code) {
        case SQLITE_CONSTRAINT_UNIQUE:
        case SQLITE_CONSTRAINT_PRIMARYKEY:
        case SQLITE_CONSTRAINT_ROWID:
                return -EEXIST;
        default:
                return -EPROTO;
        }
}

static int errno_of_code(sqlite3 *handle, int code) {
        switch (code & 0xff) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
        case SQLITE_PROTOCOL:
                return -EBUSY;
        case SQLITE_NOMEM:
                return -ENOMEM;
        case SQLITE_FULL:
                return -ENOSPC;
        case SQLITE_IOERR:
                return errno_of_io(handle, code);
        case SQLITE_READONLY:
                return code == SQLITE_READONLY_CANTINIT ? -EACCES : -EROFS;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
                return -EUCLEAN;
        case SQLITE_CANTOPEN:
                return sqlite3_system_errno(handle) == EMFILE ? -EMFILE : -EACCES;
        case SQLITE_PERM:
        case SQLITE_AUTH:
                return -EACCES;
        case SQLITE_CONSTRAINT:
                return errno_of_constraint(code);
        case SQLITE_TOOBIG:
                return -E2BIG;
        case SQLITE_ABORT:
        case SQLITE_INTERRUPT:
                return -ECANCELED;
        default:
                return -EINVAL;
        }
}

/* The text is copied, because a rollback that succeeds would replace it. */
static int failed(Database *database) {
        int code = sqlite3_extended_errcode(database->handle);

        (void) snprintf(database->error_text, sizeof(database->error_text), "%s",
                        sqlite3_errmsg(database->handle));
        return errno_of_code(database->handle, code);
}

static int execute(Database *database, const char *sql) {
        if (sqlite3_exec(database->handle, sql, NULL, NULL, NULL) != SQLITE_OK)
                return failed(database);
        return 0;
}

const char *database_error_text(const Database *database) {
        return database->error_text;
}

/* --- opening -------------------------------------------------------------------------------- */

/* Made by us, because SQLite's own mode would follow the umask; -wal and -shm copy it. */
static int create_file(const char *path) {
        int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

        if (fd < 0)
                return errno == EEXIST ? 0 : -errno;
        (void) close(fd);
        return 0;
}

static int check_file(const char *path, DatabaseMode mode) {
        struct stat status;

        if (stat(path, &status) < 0) {
                if (errno != ENOENT || mode != DATABASE_WRITE)
                        return -errno;
                return create_file(path);
        }
        if (!S_ISREG(status.st_mode))
                return -EUCLEAN;
        if (access(path, mode == DATABASE_READ ? R_OK : R_OK | W_OK) < 0)
                return -errno;
        /* not through a descriptor: closing it would drop the locks of another connection */
        if (mode == DATABASE_WRITE && (status.st_mode & 0077) != 0 && chmod(path, 0600) < 0)
                return -errno;
        return 0;
}

static int read_number(Database *database, const char *sql, int64_t *ret_number) {
        sqlite3_stmt *statement = NULL;
        int r = 0;

        if (sqlite3_prepare_v2(database->handle, sql, -1, &statement, NULL) != SQLITE_OK)
                return failed(database);
        if (sqlite3_step(statement) == SQLITE_ROW)
                *ret_number = sqlite3_column_int64(statement, 0);
        else
                r = failed(database);
        (void) sqlite3_finalize(statement);
        return r;
}

static int configure(Database *database) {
        static const char writing[] = "PRAGMA page_size = 8192;" /* counts when the file is made */
                                      "PRAGMA journal_mode = WAL;"
                                      "PRAGMA synchronous = FULL;"
                                      "PRAGMA journal_size_limit = 67108864;"
                                      "PRAGMA wal_autocheckpoint = 512;"; /* 4 MB a time */
        /* the cache last: what it may hold is computed once, from the size of a page */
        static const char always[] = "PRAGMA foreign_keys = ON;"
                                     "PRAGMA trusted_schema = OFF;"
                                     "PRAGMA cell_size_check = ON;"
                                     "PRAGMA temp_store = FILE;"
                                     "PRAGMA cache_size = -12288;"; /* KiB */
        bool read = database->mode == DATABASE_READ;
        int patience = database->mode == DATABASE_WRITE ? BUSY_WRITE_MS : BUSY_PATIENT_MS;
        int r;

        (void) sqlite3_extended_result_codes(database->handle, 1);
        (void) sqlite3_busy_timeout(database->handle, patience);
        r = execute(database, read ? "PRAGMA query_only = ON" : writing);
        return r < 0 ? r : execute(database, always);
}

static int read_version(Database *database, int64_t *ret_version) {
        int64_t application = 0;
        int64_t objects = 0;
        int r = read_number(database, "PRAGMA application_id", &application);

        if (r == 0)
                r = read_number(database, "PRAGMA user_version", ret_version);
        if (r == 0)
                r = read_number(database, "SELECT COUNT(*) FROM sqlite_schema", &objects);
        if (r < 0)
                return r;
        if (objects > 0 && application != database->schema->application_id) {
                (void) snprintf(database->error_text, sizeof(database->error_text),
                                "a database of another program");
                return -EUCLEAN;
        }
        return 0;
}

/* One step in a transaction of its own. Another process may have made it meanwhile. */
static int migrate_once(Database *database, int64_t from) {
        char mark[96];
        int64_t version = 0;
        int r = database_begin(database);

        if (r < 0)
                return r;
        r = read_version(database, &version);
        if (r == 0 && version == from) {
                (void) snprintf(mark, sizeof(mark),
                                "PRAGMA application_id = %d; PRAGMA user_version = %d",
                                database->schema->application_id, (int) from + 1);
                r = execute(database, database->schema->migrations[from].text);
                if (r == 0)
                        r = execute(database, mark);
        }
        if (r == 0)
                r = database_commit(database);
        if (r < 0)
                database_rollback(database);
        return r;
}

static int migrate(Database *database) {
        int64_t newest = (int64_t) database->schema->n_migrations;
        int64_t version = 0;

        for (;;) {
                int r = read_version(database, &version);

                if (r < 0)
                        return r;
                if (version < 0 || version > newest)
                        return -EILSEQ;
                if (version == newest)
                        return 0;
                if (database->mode != DATABASE_WRITE)
                        return -ESTALE;
                r = migrate_once(database, version);
                if (r < 0)
                        return r;
        }
}

static bool is_blank(const char *sql) {
        return sql[strspn(sql, " \t\r\n")] == '\0';
}

static int prepare(Database *database, const SqlText *sql, Query *query) {
        const char *tail = NULL;

        query->database = database;
        if (sqlite3_prepare_v3(database->handle, sql->text, -1, SQLITE_PREPARE_PERSISTENT,
                               &query->statement, &tail) != SQLITE_OK)
                return failed(database);
        assert(query->statement && is_blank(tail));
        query->n_parameters = sqlite3_bind_parameter_count(query->statement);
        query->n_columns = sqlite3_column_count(query->statement);
        return 0;
}

static int prepare_all(Database *database) {
        database->queries = calloc(database->schema->n_queries + 1, sizeof(Query));
        if (!database->queries)
                return -ENOMEM;
        for (size_t i = 0; i < database->schema->n_queries; i++) {
                int r = prepare(database, &database->schema->queries[i], &database->queries[i]);

                if (r < 0)
                        return r;
        }
        return 0;
}

/* Refused once SQLite is in use, and then already done. */
static void configure_library(void) {
        (void) sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
        (void) sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

int database_open(const char *path, DatabaseMode mode, const DatabaseSchema *schema,
                  Database **ret_database) {
        CLEANUP(database_free_p) Database *database = calloc(1, sizeof(*database));
        int flags = mode == DATABASE_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
        int r;

        if (!database)
                return -ENOMEM;
        database->mode = mode;
        database->schema = schema;
        database->no_memory = (Query){ .database = database, .error = -ENOMEM };
        r = check_file(path, mode);
        if (r < 0)
                return r;
        configure_library();
        if (sqlite3_open_v2(path, &database->handle, flags, NULL) != SQLITE_OK)
                return database->handle ? failed(database) : -ENOMEM;
        r = configure(database);
        if (r == 0)
                r = migrate(database);
        if (r == 0)
                r = prepare_all(database);
        if (r < 0)
                return r;
        *ret_database = TAKE(database);
        return 0;
}

Database *database_free(Database *database) {
        if (!database)
                return NULL;
        for (size_t i = 0; database->queries && i < database->schema->n_queries; i++)
                (void) sqlite3_finalize(database->queries[i].statement);
        free(database->queries);
        (void) sqlite3_close(database->handle);
        free(database);
        return NULL;
}

/* --- transactions --------------------------------------------------------------------------- */

int database_begin(Database *database) {
        return execute(database, "BEGIN IMMEDIATE");
}

int database_commit(Database *database) {
        return execute(database, "COMMIT");
}

void database_rollback(Database *database) {
        if (database_in_transaction(database))
                (void) sqlite3_exec(database->handle, "ROLLBACK", NULL, NULL, NULL);
        assert(!database_in_transaction(database));
}

bool database_in_transaction(const Database *database) {
        return sqlite3_get_autocommit(database->handle) == 0;
}

int64_t database_inserted_id(const Database *database) {
        return sqlite3_last_insert_rowid(database->handle);
}

/* --- statements ----------------------------------------------------------------------------- */

static Query *prepare_extra(Database *database, size_t id) {
        Query *query = calloc(1, sizeof(*query));

        if (!query)
                return &database->no_memory;
        query->extra = true;
        query->error = prepare(database, &database->schema->queries[id], query);
        return query;
}

Query *database_query(Database *database, size_t id) {
        Query *query = &database->queries[id];

        assert(id < database->schema->n_queries);
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

static int find_parameter(const Query *query, const char *name) {
        for (int i = 1; i <= query->n_parameters; i++)
                if (strcmp(sqlite3_bind_parameter_name(query->statement, i) + 1, name) == 0)
                        return i;
        assert(!"the statement has a parameter of this name");
        return 0;
}

static int find_column(const Query *query, const char *name) {
        for (int i = 0; i < query->n_columns; i++)
                if (strcmp(sqlite3_column_name(query->statement, i), name) == 0)
                        return i;
        assert(!"the statement has a column of this name");
        return 0;
}

static int parameter_index(Query *query, const char *name) {
        Name *slot = &query->parameters[query->n_bound++ % NAMES_MAX];

        assert(!query->stepped);
        if (slot->literal != name)
                *slot = (Name){ name, find_parameter(query, name) };
        return slot->index;
}

static int column_index(Query *query, const char *name) {
        Name *slot = &query->columns[query->n_read++ % NAMES_MAX];

        if (slot->literal != name)
                *slot = (Name){ name, find_column(query, name) };
        return slot->index;
}

static void bound(Query *query, int code) {
        if (code != SQLITE_OK)
                query->error = failed(query->database);
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
        switch (sqlite3_step(query->statement)) {
        case SQLITE_ROW:
                return 1;
        case SQLITE_DONE:
                return 0;
        default:
                query->error = failed(query->database);
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
