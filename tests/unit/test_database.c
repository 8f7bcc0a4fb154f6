/* The database below the ledger: opening, versions, damage, who may, readers beside the writer. */
#include "tests/unit/database_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>

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
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
