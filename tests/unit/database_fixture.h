/* What the tests of the database share: a schema of one table and one list, and a folder of its
 * own. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
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

typedef struct Item {
        int64_t id;
        const char *name;
} Item;

static const char *const item_columns[] = { "id", "name", "bytes" };

static inline void read_item(ListCell *cell, const void *item, unsigned column) {
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

static inline DatabaseSchema schema_of_version(size_t version) {
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

static inline int new_directory(void **state) {
        (void) state;
        (void) snprintf(directory, sizeof(directory), "/tmp/checkoutd-test.XXXXXX");
        assert_non_null(mkdtemp(directory));
        (void) snprintf(path, sizeof(path), "%s/x.db", directory);
        (void) snprintf(wal, sizeof(wal), "%s-wal", path);
        (void) snprintf(shm, sizeof(shm), "%s-shm", path);
        return 0;
}

static inline int remove_directory(void **state) {
        (void) state;
        (void) unlink(path);
        (void) unlink(wal);
        (void) unlink(shm);
        return rmdir(directory);
}

static inline int open_at(size_t version, DatabaseMode mode, Database **ret_database) {
        static DatabaseSchema schema; /* must outlive the database */

        schema = schema_of_version(version);
        return database_open(path, mode, &schema, ret_database);
}

static inline void assert_name(Database *database, int64_t id, const char *name) {
        CLEANUP(query_end_p) Query *query = database_query(database, GET_ITEM);

        query_bind_integer(query, "id", id);
        assert_int_equal(query_step(query), 1);
        assert_true(text_is(query_text(query, "name"), name));
}

static inline int add_item(Database *database, int64_t id, const char *name, size_t size) {
        CLEANUP(query_end_p) Query *query = database_query(database, ADD_ITEM);
        AUTO_FREE char *bytes = calloc(1, size + 1);

        query_bind_integer(query, "id", id);
        query_bind_text(query, "name", text_of(name));
        query_bind_blob(query, "bytes", bytes, size);
        return query_run(query);
}

static inline int64_t count_items(Database *database) {
        CLEANUP(query_end_p) Query *query = database_query(database, COUNT_ITEMS);

        assert_int_equal(query_step(query), 1);
        return query_integer(query, "n");
}

#define DATABASE_TEST(name) cmocka_unit_test_setup_teardown(name, new_directory, remove_directory)
