/* The database below the ledger: opening, versions, damage, errors, statements by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sql/database.h"

enum { ADD_ITEM, GET_ITEM, LIST_ITEMS, COUNT_ITEMS, ADD_NEW_ITEMS, LIST_NEW_PAIRS };

static const SqlText queries[] = {
        { "add_item", "INSERT INTO item(id, name, bytes) VALUES (:id, :name, :bytes);" },
        { "get_item", "SELECT id, name, bytes FROM item WHERE id = :id;\n" },
        { "list_items", "SELECT id, name FROM item WHERE id > :after ORDER BY id;" },
        { "count_items", "SELECT COUNT(*) AS n FROM item;" },
        { "add_new_items",
          "INSERT OR FAIL INTO item(id, name, bytes) SELECT id, name, bytes FROM new_item;" },
        { "list_new_pairs", "SELECT a.id * 10 + b.id AS pair FROM new_item AS a, new_item AS b;" },
};

/* --- a list in memory --- */

typedef struct Item {
        int64_t id;
        const char *name;
} Item;

static const char *const item_columns[] = { "id", "name", "bytes" };

static void read_item(ListCell *cell, const void *item, unsigned column) {
        const Item *it = item;

        if (column == 0)
                list_cell_integer(cell, it->id);
        else if (column == 1)
                list_cell_text_or_null(cell, text_of(it->name));
        else if (it->id % 2 == 0)
                list_cell_null(cell);
        else
                list_cell_blob(cell, "\0\xff", 2);
}

static const SqlList lists[] = {
        { "new_item", item_columns, ELEMENTS(item_columns), sizeof(Item), read_item },
};

static const SqlText migrations[] = {
        { "0001_first", "CREATE TABLE item(id INTEGER PRIMARY KEY, name TEXT CHECK(name <> 'bad'),"
                        " bytes BLOB) STRICT; INSERT INTO item VALUES(1, 'one', NULL);" },
        { "0002_second", "UPDATE item SET name = name || '!'; CREATE TABLE other(id) ;" },
        { "0003_broken", "UPDATE item SET name = 'half'; CREATE TABLE item(id);" },
};

static DatabaseSchema schema_of_version(size_t version) {
        return (DatabaseSchema){
                .application_id = 4711,
                .migrations = migrations,
                .n_migrations = version,
                .queries = queries,
                .n_queries = ELEMENTS(queries),
                .lists = lists,
                .n_lists = ELEMENTS(lists),
        };
}

static char directory[] = "/tmp/checkoutd-test.XXXXXX";
static char path[64], wal[72], shm[72];

static int new_directory(void **state) {
        (void) state;
        (void) snprintf(directory, sizeof(directory), "/tmp/checkoutd-test.XXXXXX");
        assert_non_null(mkdtemp(directory));
        (void) snprintf(path, sizeof(path), "%s/x.db", directory);
        (void) snprintf(wal, sizeof(wal), "%s-wal", path);
        (void) snprintf(shm, sizeof(shm), "%s-shm", path);
        return 0;
}

static int remove_directory(void **state) {
        (void) state;
        (void) unlink(path);
        (void) unlink(wal);
        (void) unlink(shm);
        return rmdir(directory);
}

static int open_at(size_t version, DatabaseMode mode, Database **ret_database) {
        static DatabaseSchema schema; /* must outlive the database */

        schema = schema_of_version(version);
        return database_open(path, mode, &schema, ret_database);
}

static void assert_name(Database *database, int64_t id, const char *name) {
        CLEANUP(query_end_p) Query *query = database_query(database, GET_ITEM);

        query_bind_integer(query, "id", id);
        assert_int_equal(query_step(query), 1);
        assert_true(text_is(query_text(query, "name"), name));
}

static int add_item(Database *database, int64_t id, const char *name, size_t size) {
        CLEANUP(query_end_p) Query *query = database_query(database, ADD_ITEM);
        AUTO_FREE char *bytes = calloc(1, size + 1);

        query_bind_integer(query, "id", id);
        query_bind_text(query, "name", text_of(name));
        query_bind_blob(query, "bytes", bytes, size);
        return query_run(query);
}

static int64_t count_items(Database *database) {
        CLEANUP(query_end_p) Query *query = database_query(database, COUNT_ITEMS);

        assert_int_equal(query_step(query), 1);
        return query_integer(query, "n");
}

/* --- opening -------------------------------------------------------------------------------- */

static void a_missing_file_is_made_for_its_owner_only(void **state) {
        CLEANUP(database_free_p) Database *database = NULL;
        struct stat status;

        (void) state;
        assert_int_equal(open_at(1, DATABASE_READ, &database), -ENOENT);
        assert_int_equal(open_at(1, DATABASE_SHARE, &database), -ENOENT);
        (void) umask(0);
        assert_int_equal(open_at(1, DATABASE_WRITE, &database), 0);
        (void) umask(022);
        assert_int_equal(add_item(database, 2, "two", 0), 1);
        assert_int_equal(stat(path, &status), 0);
        assert_int_equal(status.st_mode & 0777, 0600);
        assert_int_equal(stat(wal, &status), 0);
        assert_int_equal(status.st_mode & 0777, 0600);
}

static void a_file_that_others_can_read_is_closed_to_them(void **state) {
        CLEANUP(database_free_p) Database *database = NULL;
        struct stat status;

        (void) state;
        assert_int_equal(open_at(1, DATABASE_WRITE, &database), 0);
        database_free_p(&database);
        assert_int_equal(chmod(path, 0644), 0);
        assert_int_equal(open_at(1, DATABASE_WRITE, &database), 0);
        assert_int_equal(stat(path, &status), 0);
        assert_int_equal(status.st_mode & 0777, 0600);
}

static void an_older_file_is_migrated_step_by_step(void **state) {
        CLEANUP(database_free_p) Database *database = NULL;

        (void) state;
        assert_int_equal(open_at(1, DATABASE_WRITE, &database), 0);
        assert_name(database, 1, "one");
        database_free_p(&database);
        assert_int_equal(open_at(2, DATABASE_READ, &database), -ESTALE);
        assert_int_equal(open_at(2, DATABASE_SHARE, &database), -ESTALE);
        assert_int_equal(open_at(2, DATABASE_WRITE, &database), 0);
        assert_name(database, 1, "one!");
        database_free_p(&database);
        assert_int_equal(open_at(2, DATABASE_WRITE, &database), 0);
        assert_name(database, 1, "one!");
}

static void a_migration_that_fails_changes_nothing(void **state) {
        CLEANUP(database_free_p) Database *database = NULL;

        (void) state;
        assert_int_equal(open_at(3, DATABASE_WRITE, &database), -EINVAL);
        assert_null(database);
        assert_int_equal(open_at(2, DATABASE_WRITE, &database), 0); /* the first two were good */
        assert_name(database, 1, "one!");
}

static void a_newer_file_is_refused_unchanged(void **state) {
        CLEANUP(database_free_p) Database *database = NULL;

        (void) state;
        assert_int_equal(open_at(2, DATABASE_WRITE, &database), 0);
        database_free_p(&database);
        assert_int_equal(open_at(1, DATABASE_WRITE, &database), -EILSEQ);
        assert_int_equal(open_at(1, DATABASE_READ, &database), -EILSEQ);
        assert_int_equal(open_at(2, DATABASE_WRITE, &database), 0);
        assert_name(database, 1, "one!");
}

static void write_file(const char *bytes, size_t size, off_t offset) {
        AUTO_CLOSE int fd = open(path, O_WRONLY | O_CREAT, 0600);

        assert_int_equal(pwrite(fd, bytes, size, offset), size);
}

static void what_is_no_database_of_ours_is_refused_unchanged(void **state) {
        CLEANUP(database_free_p) Database *database = NULL;
        sqlite3 *handle = NULL;
        struct stat before, after;

        (void) state;
        write_file("order_id,amount,currency\nA-1,1000,CLP\n", 38, 0);
        assert_int_equal(open_at(1, DATABASE_WRITE, &database), -EUCLEAN);
        assert_int_equal(open_at(1, DATABASE_READ, &database), -EUCLEAN);
        assert_int_equal(unlink(path), 0);

        assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
        assert_int_equal(sqlite3_exec(handle, "CREATE TABLE item(id)", NULL, NULL, NULL),
                         SQLITE_OK);
        assert_int_equal(sqlite3_close(handle), SQLITE_OK);
        assert_int_equal(stat(path, &before), 0);
        assert_int_equal(open_at(1, DATABASE_WRITE, &database), -EUCLEAN);
        assert_int_equal(open_at(1, DATABASE_SHARE, &database), -EUCLEAN);
        assert_int_equal(stat(path, &after), 0);
        assert_int_equal(before.st_mtim.tv_sec, after.st_mtim.tv_sec);
        assert_int_equal(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
        assert_int_equal(unlink(path), 0);

        assert_int_equal(mkdir(path, 0700), 0);
        assert_int_equal(open_at(1, DATABASE_WRITE, &database), -EUCLEAN);
        assert_int_equal(rmdir(path), 0);
}

static void damage_is_found(void **state) {
        CLEANUP(database_free_p) Database *database = NULL;
        char junk[8192];

        (void) state;
        memset(junk, 0x5a, sizeof(junk));
        assert_int_equal(open_at(1, DATABASE_WRITE, &database), 0);
        for (int64_t id = 2; id < 100; id++)
                assert_int_equal(add_item(database, id, "x", 1000), 1);
        database_free_p(&database);
        write_file(junk, sizeof(junk), 8192); /* the table's root */
        assert_int_equal(open_at(1, DATABASE_WRITE, &database), 0);
        assert_int_equal(add_item(database, 100, "x", 1000), -EUCLEAN);
        assert_string_not_equal(database_error_text(database), "");
        database_free_p(&database);
        write_file(junk, 4096, 100); /* the schema */
        assert_int_equal(open_at(1, DATABASE_WRITE, &database), -EUCLEAN);
        assert_int_equal(open_at(1, DATABASE_READ, &database), -EUCLEAN);
        assert_int_equal(truncate(path, 8192), 0);
        assert_int_equal(open_at(1, DATABASE_WRITE, &database), -EUCLEAN);
}

static void who_may_not_is_told_so(void **state) {
        CLEANUP(database_free_p) Database *database = NULL;

        (void) state;
        if (geteuid() == 0)
                assert_int_equal(seteuid(65534), 0);
        assert_int_equal(open_at(1, DATABASE_WRITE, &database), -EACCES); /* folder of root */
        if (getuid() == 0)
                assert_int_equal(seteuid(0), 0);
}

static void what_is_committed_is_read_beside_the_writer(void **state) {
        CLEANUP(database_free_p) Database *writer = NULL, *reader = NULL;

        (void) state;
        assert_int_equal(open_at(1, DATABASE_WRITE, &writer), 0);
        assert_int_equal(open_at(1, DATABASE_READ, &reader), 0);
        assert_int_equal(database_begin(writer), 0);
        assert_int_equal(add_item(writer, 2, "two", 0), 1);
        assert_int_equal(count_items(reader), 1);
        assert_int_equal(database_commit(writer), 0);
        assert_int_equal(count_items(reader), 2);
        assert_int_equal(add_item(reader, 3, "three", 0), -EROFS);
        database_free_p(&writer);
        assert_int_equal(count_items(reader), 2);
        database_free_p(&reader);
        assert_int_equal(open_at(1, DATABASE_READ, &reader), 0); /* and when nobody writes */
        assert_int_equal(count_items(reader), 2);
}

/* --- statements ----------------------------------------------------------------------------- */

static void texts_and_bytes_come_back_as_they_went(void **state) {
        static const struct {
                const char *bytes;
                size_t size;
        } cases[] = { { "", 0 }, { "a", 1 }, { "a\0b", 3 }, { "ñandú", 7 }, { "\xff\xfe", 2 } };
        CLEANUP(database_free_p) Database *database = NULL;

        (void) state;
        assert_int_equal(open_at(1, DATABASE_WRITE, &database), 0);
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                CLEANUP(query_end_p) Query *add = database_query(database, ADD_ITEM);
                CLEANUP(query_end_p) Query *get = database_query(database, GET_ITEM);
                Text text = { cases[i].bytes, cases[i].size };

                query_bind_blob(add, "bytes", text.data, text.size); /* in any order */
                query_bind_text(add, "name", text);
                query_bind_integer(add, "id", 10 + (int64_t) i);
                assert_int_equal(query_run(add), 1);
                query_bind_integer(get, "id", 10 + (int64_t) i);
                assert_int_equal(query_step(get), 1);
                assert_true(text_equal(query_text(get, "bytes"), text));
                assert_true(text_equal(query_text(get, "name"), text));
                assert_int_equal(query_integer(get, "id"), 10 + i);
        }
}

static void a_statement_can_be_used_inside_itself(void **state) {
        CLEANUP(database_free_p) Database *database = NULL;
        int64_t seen = 0;

        (void) state;
        assert_int_equal(open_at(1, DATABASE_WRITE, &database), 0);
        assert_int_equal(add_item(database, 2, "two", 0), 1);
        assert_int_equal(add_item(database, 3, "three", 0), 1);
        for (int again = 0; again < 2; again++) {
                CLEANUP(query_end_p) Query *outer = database_query(database, LIST_ITEMS);

                query_bind_integer(outer, "after", 0);
                while (query_step(outer) == 1) {
                        CLEANUP(query_end_p) Query *inner = database_query(database, LIST_ITEMS);

                        query_bind_integer(inner, "after", query_integer(outer, "id"));
                        while (query_step(inner) == 1)
                                seen = 10 * seen + query_integer(inner, "id");
                }
        }
        assert_int_equal(seen, 233233);
}

static void broken_rules_have_their_errors(void **state) {
        CLEANUP(database_free_p) Database *database = NULL;

        (void) state;
        assert_int_equal(open_at(1, DATABASE_WRITE, &database), 0);
        assert_string_equal(database_error_text(database), "");
        assert_int_equal(add_item(database, 1, "again", 0), -EEXIST);
        assert_int_equal(add_item(database, 2, "bad", 0), -EPROTO);
        assert_non_null(strstr(database_error_text(database), "CHECK"));
        assert_int_equal(add_item(database, 2, "good", 0), 1);
        assert_int_equal(database_begin(database), 0);
        assert_true(database_in_transaction(database));
        assert_int_equal(database_begin(database), -EINVAL);
        assert_int_equal(add_item(database, 3, "gone", 0), 1);
        database_rollback(database);
        assert_false(database_in_transaction(database));
        database_rollback(database);
        assert_int_equal(count_items(database), 2);
}

static void a_lock_of_another_is_not_waited_for_long(void **state) {
        CLEANUP(database_free_p) Database *database = NULL;
        sqlite3 *other = NULL;

        (void) state;
        assert_int_equal(open_at(1, DATABASE_WRITE, &database), 0);
        assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
        assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(database_begin(database), -EBUSY);
        assert_int_equal(count_items(database), 1); /* reading goes on */
        assert_int_equal(sqlite3_exec(other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(database_begin(database), 0);
        assert_int_equal(database_commit(database), 0);
        assert_int_equal(sqlite3_close(other), SQLITE_OK);
}

static void limit_files(rlim_t size) {
        struct rlimit limit;

        assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
        limit.rlim_cur = size == 0 ? limit.rlim_max : size;
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_full_disk_loses_only_the_open_transaction(void **state) {
        CLEANUP(database_free_p) Database *database = NULL;
        int64_t id = 2;
        int r;

        (void) state;
        (void) signal(SIGXFSZ, SIG_IGN);
        assert_int_equal(open_at(1, DATABASE_WRITE, &database), 0);
        assert_int_equal(add_item(database, id++, "before", 1000), 1);
        for (int round = 0; round < 3; round++) {
                limit_files((rlim_t) (1 + round) << 17);
                do {
                        r = database_begin(database);
                        for (int i = 0; r >= 0 && i < 10; i++)
                                r = add_item(database, id + i, "within", 9000);
                        if (r >= 0)
                                r = database_commit(database);
                        if (r >= 0)
                                id += 10;
                } while (r >= 0);
                database_rollback(database);
                limit_files(0);
                assert_int_equal(r, -ENOSPC);
                assert_int_equal(count_items(database), id - 1);
        }
        assert_int_equal(add_item(database, id++, "after", 1000), 1);
        database_free_p(&database);
        assert_int_equal(open_at(1, DATABASE_WRITE, &database), 0);
        assert_int_equal(count_items(database), id - 1);
        (void) signal(SIGXFSZ, SIG_DFL);
}

/* --- the log -------------------------------------------------------------------------------- */

static void a_reader_holds_up_the_log_until_it_ends(void **state) {
        CLEANUP(database_free_p) Database *writer = NULL;
        CLEANUP(database_free_p) Database *reader = NULL;
        int64_t id = 2, behind;

        (void) state;
        assert_int_equal(open_at(1, DATABASE_WRITE, &writer), 0);
        assert_int_equal(open_at(1, DATABASE_READ, &reader), 0);
        for (int i = 0; i < 100; i++) { /* nobody reads: it does not grow */
                assert_int_equal(add_item(writer, id++, "x", 100000), 1);
                assert_true(database_backlog(writer) < 8 << 20);
        }
        assert_int_equal(database_begin(reader), 0);
        assert_int_equal(count_items(reader), id - 1);
        for (int i = 0; i < 100; i++)
                assert_int_equal(add_item(writer, id++, "x", 100000), 1);
        behind = database_backlog(writer);
        assert_true(behind >= 8 << 20);
        database_catch_up(writer);
        assert_int_equal(database_backlog(writer), behind);
        assert_int_equal(database_commit(reader), 0);
        database_catch_up(writer);
        assert_int_equal(database_backlog(writer), 0);
}

/* --- lists ---------------------------------------------------------------------------------- */

static int add_new_items(Database *database, const Item *items, size_t n) {
        CLEANUP(query_end_p) Query *query = database_query(database, ADD_NEW_ITEMS);
        int r;

        database_lend(database, 0, items, n);
        r = query_run(query);
        database_lend(database, 0, NULL, 0);
        return r;
}

static void a_list_in_memory_is_read_like_a_table(void **state) {
        static const Item items[] = { { 7, "seven" }, { 2, "" }, { 5, "bad" }, { 9, "nine" } };
        CLEANUP(database_free_p) Database *database = NULL;

        (void) state;
        assert_int_equal(open_at(1, DATABASE_WRITE, &database), 0);
        assert_int_equal(add_new_items(database, NULL, 0), 0);
        assert_int_equal(add_new_items(database, items, 2), 2);
        assert_int_equal(count_items(database), 3);
        assert_name(database, 7, "seven");
        {
                CLEANUP(query_end_p) Query *query = database_query(database, GET_ITEM);

                query_bind_integer(query, "id", 7);
                assert_int_equal(query_step(query), 1);
                assert_int_equal(query_text(query, "bytes").size, 2);
                assert_memory_equal(query_text(query, "bytes").data, "\0\xff", 2);
                query_end_p(&query);
                query = database_query(database, GET_ITEM);
                query_bind_integer(query, "id", 2);
                assert_int_equal(query_step(query), 1);
                assert_int_equal(query_text(query, "name").size, 0);
                assert_int_equal(query_text(query, "bytes").size, 0);
        }
        /* the rules of the table hold, and the error is one of the database */
        assert_int_equal(add_new_items(database, items, 1), -EEXIST);
        assert_int_equal(add_new_items(database, items + 2, 1), -EPROTO);
        assert_int_equal(add_new_items(database, items + 3, 1), 1);
}

static void a_list_may_be_read_inside_itself(void **state) {
        static const Item items[] = { { 1, "" }, { 2, "" } };
        CLEANUP(database_free_p) Database *database = NULL;
        int64_t sum = 0;
        Query *query;

        (void) state;
        assert_int_equal(open_at(1, DATABASE_WRITE, &database), 0);
        database_lend(database, 0, items, 2);
        query = database_query(database, LIST_NEW_PAIRS);
        while (query_step(query) == 1)
                sum += query_integer(query, "pair");
        query_end_p(&query);
        assert_int_equal(sum, 11 + 12 + 21 + 22);
}

#define DATABASE_TEST(name) cmocka_unit_test_setup_teardown(name, new_directory, remove_directory)

int main(void) {
        const struct CMUnitTest tests[] = {
                DATABASE_TEST(a_missing_file_is_made_for_its_owner_only),
                DATABASE_TEST(a_file_that_others_can_read_is_closed_to_them),
                DATABASE_TEST(an_older_file_is_migrated_step_by_step),
                DATABASE_TEST(a_migration_that_fails_changes_nothing),
                DATABASE_TEST(a_newer_file_is_refused_unchanged),
                DATABASE_TEST(what_is_no_database_of_ours_is_refused_unchanged),
                DATABASE_TEST(damage_is_found),
                DATABASE_TEST(who_may_not_is_told_so),
                DATABASE_TEST(what_is_committed_is_read_beside_the_writer),
                DATABASE_TEST(texts_and_bytes_come_back_as_they_went),
                DATABASE_TEST(a_statement_can_be_used_inside_itself),
                DATABASE_TEST(broken_rules_have_their_errors),
                DATABASE_TEST(a_lock_of_another_is_not_waited_for_long),
                DATABASE_TEST(a_full_disk_loses_only_the_open_transaction),
                DATABASE_TEST(a_reader_holds_up_the_log_until_it_ends),
                DATABASE_TEST(a_list_in_memory_is_read_like_a_table),
                DATABASE_TEST(a_list_may_be_read_inside_itself),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
