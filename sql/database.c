#include "sql/database.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "jobs/base/cleanup.h"
#include "sql/database_private.h"

#define BUSY_WRITE_MS    200 /* the daemon's loop must not stand still */
#define BUSY_PATIENT_MS  10000
#define STATEMENT_MEMORY (256 * 1024) /* of undoing; in 64 KiB are 8 pages, the next go to a file */
#define LOG_PAGES        512          /* are written back into the file: 4 MB */
#define STEPS_TOLD       100000       /* of SQLite's machine: a few milliseconds */

/* --- errors --------------------------------------------------------------------------------- */

/* `error`: errno as the call left it. sqlite3_system_errno() is not set by a COMMIT that fails. */
static int errno_of_io(int code, int error) {
        if (code == SQLITE_IOERR_NOMEM)
                return -ENOMEM;
        switch (error) {
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

static int errno_of_open(int error) {
        switch (error) {
        case EROFS:
        case ENOENT:
        case EMFILE:
        case ENFILE:
        case ENOSPC:
        case EDQUOT:
                return -error;
        default:
                return -EACCES;
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

static int errno_of_code(int code, int error) {
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
                return errno_of_io(code, error);
        case SQLITE_READONLY:
                return code == SQLITE_READONLY_CANTINIT ? -EACCES : -EROFS;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
                return -EUCLEAN;
        case SQLITE_CANTOPEN:
                return errno_of_open(error);
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
int database_failed(Database *database) {
        int error = errno;
        int code = sqlite3_extended_errcode(database->handle);

        (void) snprintf(database->error_text, sizeof(database->error_text), "%s",
                        sqlite3_errmsg(database->handle));
        return errno_of_code(code, error);
}

static int execute(Database *database, const char *sql) {
        errno = 0;
        if (sqlite3_exec(database->handle, sql, NULL, NULL, NULL) != SQLITE_OK)
                return database_failed(database);
        return 0;
}

const char *database_error_text(const Database *database) {
        return database->error_text;
}

/* --- is it still where it was? -------------------------------------------------------------- */

static int remember_place(FilePlace *place, const char *path, const char *ending) {
        struct stat st;

        if (asprintf(&place->path, "%s%s", path, ending) < 0) {
                place->path = NULL;
                return -ENOMEM;
        }
        if (stat(place->path, &st) < 0)
                return -errno;
        place->device = st.st_dev;
        place->inode = st.st_ino;
        return 0;
}

static int remember_places(Database *database, const char *path) {
        int r = 0;

        if (database->mode == DATABASE_WRITE)
                r = remember_place(&database->places[0], path, "");
        if (r == 0 && database->mode == DATABASE_WRITE)
                r = remember_place(&database->places[1], path, "-wal");
        return r;
}

static bool is_in_place(const FilePlace *place) {
        struct stat st;

        return !place->path || (stat(place->path, &st) == 0 && st.st_dev == place->device &&
                                st.st_ino == place->inode);
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
                return -EACCES;
        return 0;
}

static int read_number(Database *database, const char *sql, int64_t *ret_number) {
        sqlite3_stmt *statement = NULL;
        int r = 0;

        errno = 0;
        if (sqlite3_prepare_v2(database->handle, sql, -1, &statement, NULL) != SQLITE_OK)
                return database_failed(database);
        if (sqlite3_step(statement) == SQLITE_ROW)
                *ret_number = sqlite3_column_int64(statement, 0);
        else
                r = database_failed(database);
        (void) sqlite3_finalize(statement);
        return r;
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

void database_catch_up(Database *database) {
        int all = 0, done = 0;

        (void) sqlite3_wal_checkpoint_v2(database->handle, "main", SQLITE_CHECKPOINT_PASSIVE, &all,
                                         &done);
        if (all >= 0 && done >= 0)
                database->backlog = all - done;
}

/* In the place of SQLite's own, which does not say how far it came. */
static int on_commit(void *userdata, sqlite3 *handle, const char *name, int pages) {
        Database *database = userdata;

        (void) handle;
        (void) name;
        database->backlog = pages;
        if (pages >= LOG_PAGES)
                database_catch_up(database);
        return SQLITE_OK;
}

int64_t database_backlog(const Database *database) {
        return (int64_t) database->backlog * database->page_size;
}

static int configure(Database *database) {
        static const char writing[] = "PRAGMA page_size = 8192;" /* counts when the file is made */
                                      "PRAGMA journal_mode = WAL;"
                                      "PRAGMA synchronous = FULL;"
                                      "PRAGMA journal_size_limit = 67108864;"
                                      "PRAGMA secure_delete = ON;";
        /* the cache last: what it may hold is computed once, from the size of a page */
        static const char always[] = "PRAGMA foreign_keys = ON;"
                                     "PRAGMA trusted_schema = OFF;"
                                     "PRAGMA cell_size_check = ON;"
                                     "PRAGMA temp_store = FILE;"
                                     "PRAGMA cache_size = -12288;"; /* KiB */
        int64_t version = 0, page_size = 0;
        int r;

        (void) sqlite3_extended_result_codes(database->handle, 1);
        (void) sqlite3_busy_timeout(database->handle, database->mode == DATABASE_WRITE
                                                              ? BUSY_WRITE_MS
                                                              : BUSY_PATIENT_MS);
        /* before anything is changed: is it ours? */
        r = read_version(database, &version);
        if (r == 0)
                r = execute(database,
                            database->mode == DATABASE_READ ? "PRAGMA query_only = ON" : writing);
        if (r == 0)
                r = execute(database, always);
        if (r == 0)
                r = read_number(database, "PRAGMA page_size", &page_size);
        database->page_size = (int) page_size;
        if (database->mode != DATABASE_READ)
                (void) sqlite3_wal_hook(database->handle, on_commit, database);
        return r;
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

static int prepare_all(Database *database) {
        database->queries = calloc(database->schema->n_queries + 1, sizeof(Query));
        if (!database->queries)
                return -ENOMEM;
        for (size_t i = 0; i < database->schema->n_queries; i++) {
                int r = query_prepare(&database->queries[i], database,
                                      &database->schema->queries[i]);

                if (r < 0)
                        return r;
        }
        return 0;
}

/* Refused once SQLite is in use, and then already done. */
static void configure_library(void) {
        (void) sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
        (void) sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
        (void) sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, STATEMENT_MEMORY);
}

typedef struct Telling {
        DatabaseTell tell;
        void *userdata;
} Telling;

static int on_progress(void *userdata) {
        const Telling *telling = userdata;

        telling->tell(telling->userdata);
        return 0; /* go on */
}

int database_open(const char *path, DatabaseMode mode, const DatabaseSchema *schema,
                  Database **ret_database) {
        return database_open_telling(path, mode, schema, NULL, NULL, ret_database);
}

int database_open_telling(const char *path, DatabaseMode mode, const DatabaseSchema *schema,
                          DatabaseTell tell, void *userdata, Database **ret_database) {
        Telling telling = { tell, userdata };
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
        errno = 0;
        if (sqlite3_open_v2(path, &database->handle, flags, NULL) != SQLITE_OK)
                return database->handle ? database_failed(database) : -ENOMEM;
        if (tell)
                sqlite3_progress_handler(database->handle, STEPS_TOLD, on_progress, &telling);
        r = configure(database);
        if (r == -ENOENT) /* check_file() has seen it: what cannot be made is the log beside it */
                r = -EROFS;
        if (r == 0)
                r = migrate(database);
        sqlite3_progress_handler(database->handle, 0, NULL, NULL);
        if (r == 0)
                r = lists_register(database);
        if (r == 0)
                r = prepare_all(database);
        if (r == 0)
                r = remember_places(database, path);
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
        free(database->lists);
        for (size_t i = 0; i < ELEMENTS(database->places); i++)
                free(database->places[i].path);
        free(database);
        return NULL;
}

/* --- transactions --------------------------------------------------------------------------- */

int database_begin(Database *database) {
        for (size_t i = 0; i < ELEMENTS(database->places); i++)
                if (!is_in_place(&database->places[i])) {
                        (void) snprintf(database->error_text, sizeof(database->error_text),
                                        "%s was removed or replaced", database->places[i].path);
                        return -ENOENT;
                }
        return execute(database, database->mode == DATABASE_READ ? "BEGIN" : "BEGIN IMMEDIATE");
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

int database_empty_log(Database *database) {
        errno = 0;
        if (sqlite3_wal_checkpoint_v2(database->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL,
                                      NULL) != SQLITE_OK)
                return database_failed(database);
        database->backlog = 0;
        return 0;
}
