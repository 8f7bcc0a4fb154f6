/* Statements: values come and go by name, what fails has its error, lists are read like tables. */
#include "tests/unit/database_fixture.h"

#include <errno.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>

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

int main(void) {
        const struct CMUnitTest tests[] = {
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
