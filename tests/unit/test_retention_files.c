/* The files of a batch: which are removed and which stay, piece by piece, also when one cannot
 * be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/base/log.h"
#include "daemon/results/retention_files.h"

/* --- a disk that fails, instead of the C library's --------------------------------------------- */

static unsigned bad_reads, bad_syncs; /* so many are to fail */

struct dirent *readdir(DIR *directory) {
        const union {
                void *object;
                struct dirent *(*function)(DIR *);
        } real = { .object = dlsym(RTLD_NEXT, "readdir64") };

        if (bad_reads == 0)
                return real.function(directory);
        bad_reads--;
        errno = EIO;
        return NULL;
}

int fsync(int fd) {
        (void) fd;
        if (bad_syncs == 0)
                return 0;
        bad_syncs--;
        errno = EIO;
        return -1;
}

/* --- folders ---------------------------------------------------------------------------------- */

typedef struct Place {
        char folder[64];
        char results[80];
        int archive, rejected;
} Place;

static const char *const folders[] = { "archive", "rejected", "results" };

static int open_folder(const Place *place, const char *name) {
        char path[96];

        (void) snprintf(path, sizeof(path), "%s/%s", place->folder, name);
        assert_int_equal(mkdir(path, 0700), 0);
        return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int place_new(void **state) {
        Place *place = calloc(1, sizeof(*place));

        assert_non_null(place);
        (void) snprintf(place->folder, sizeof(place->folder), "/tmp/retention_files.XXXXXX");
        assert_non_null(mkdtemp(place->folder));
        (void) snprintf(place->results, sizeof(place->results), "%s/results", place->folder);
        place->archive = open_folder(place, "archive");
        place->rejected = open_folder(place, "rejected");
        (void) close(open_folder(place, "results"));
        log_open(LOG_DEBUG);
        *state = place;
        return 0;
}

static bool is_there(const Place *place, const char *name) {
        char path[200];

        (void) snprintf(path, sizeof(path), "%s/%s", place->folder, name);
        return access(path, F_OK) == 0;
}

static void make(const Place *place, const char *name) {
        char path[200];
        int fd;

        (void) snprintf(path, sizeof(path), "%s/%s", place->folder, name);
        fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        assert_true(fd >= 0);
        (void) close(fd);
}

static void forget(const Place *place, const char *name) {
        char path[200];

        (void) snprintf(path, sizeof(path), "%s/%s", place->folder, name);
        (void) remove(path);
}

static int place_free(void **state) {
        Place *place = *state;

        (void) close(place->archive);
        (void) close(place->rejected);
        for (size_t i = 0; i < ELEMENTS(folders); i++)
                forget(place, folders[i]);
        assert_int_equal(rmdir(place->folder), 0); /* each test removes what it has made */
        free(place);
        return 0;
}

static const char *const gone_with_the_batch[] = {
        "archive/B000017.facturas.csv",          "rejected/B000017.facturas.csv",
        "rejected/damaged.B000017.facturas.csv", "results/facturas.B000017.results.csv",
        "results/facturas.B000017.rejects.csv",  "results/.facturas.B000017.results.csv.part",
        "results/facturas.B000017.ACK.txt",
};
static const char *const kept[] = {
        "archive/B000018.facturas.csv",          "archive/facturas.B000017.csv",
        "rejected/damaged.B000018.facturas.csv", "results/facturas.B000018.results.csv",
        "results/facturas.B000017.summary.json", "results/facturas.B000017.APPROVAL.txt",
        "results/otras.B000017.results.csv",
};

static void make_all(const Place *place) {
        for (size_t i = 0; i < ELEMENTS(gone_with_the_batch); i++)
                make(place, gone_with_the_batch[i]);
        for (size_t i = 0; i < ELEMENTS(kept); i++)
                make(place, kept[i]);
}

static void forget_kept(const Place *place) {
        for (size_t i = 0; i < ELEMENTS(kept); i++) {
                assert_true(is_there(place, kept[i]));
                forget(place, kept[i]);
        }
}

static RetentionFiles *begin(const Place *place, ForgottenWhat what) {
        const RetentionFilesOptions options = { .batch = 17,
                                                .what = what,
                                                .name = TEXT("facturas.csv"),
                                                .archive = place->archive,
                                                .rejected = place->rejected,
                                                .results = place->results };
        RetentionFiles *files = NULL;

        assert_int_equal(retention_files_new(&options, &files), 0);
        return files;
}

static void test_a_batch(void **state) {
        const Place *place = *state;
        CLEANUP(retention_files_free_p) RetentionFiles *files = begin(place, FORGOTTEN_BATCH);

        make_all(place);
        assert_true(retention_files_work(files, INT64_MAX));
        assert_int_equal(retention_files_left(files), 0);
        for (size_t i = 0; i < ELEMENTS(gone_with_the_batch); i++)
                assert_false(is_there(place, gone_with_the_batch[i]));
        forget_kept(place);
}

/* The original and the ACK; the results are written again. */
static void test_some_orders(void **state) {
        const Place *place = *state;
        CLEANUP(retention_files_free_p) RetentionFiles *files = begin(place, FORGOTTEN_ORDERS);

        make_all(place);
        assert_true(retention_files_work(files, INT64_MAX));
        for (size_t i = 0; i < ELEMENTS(gone_with_the_batch); i++) {
                bool stays = strstr(gone_with_the_batch[i], "results.csv") ||
                             strstr(gone_with_the_batch[i], "rejects.csv");

                assert_int_equal(is_there(place, gone_with_the_batch[i]), stays);
                forget(place, gone_with_the_batch[i]);
        }
        forget_kept(place);
}

static void test_one_that_cannot_be_removed(void **state) {
        const Place *place = *state;
        CLEANUP(retention_files_free_p) RetentionFiles *files = begin(place, FORGOTTEN_BATCH);
        char aside[96];

        make_all(place);
        (void) snprintf(aside, sizeof(aside), "%s/archive/B000017.aside", place->folder);
        assert_int_equal(mkdir(aside, 0700), 0);
        assert_true(retention_files_work(files, INT64_MAX));
        assert_int_equal(retention_files_left(files), 1);
        for (size_t i = 0; i < ELEMENTS(gone_with_the_batch); i++)
                assert_false(is_there(place, gone_with_the_batch[i]));
        assert_int_equal(rmdir(aside), 0);
        forget_kept(place);
}

/* However little time there is, each call gets on by one entry, and no more. */
static void test_in_slices(void **state) {
        const Place *place = *state;
        CLEANUP(retention_files_free_p) RetentionFiles *files = begin(place, FORGOTTEN_BATCH);
        unsigned calls = 1;

        make_all(place);
        while (!retention_files_work(files, 0))
                calls++;
        assert_true(calls > ELEMENTS(gone_with_the_batch) + ELEMENTS(kept));
        for (size_t i = 0; i < ELEMENTS(gone_with_the_batch); i++)
                assert_false(is_there(place, gone_with_the_batch[i]));
        forget_kept(place);
}

/* The profile is in the settings no more, and somebody has put its folder away. */
static void test_no_results_folder(void **state) {
        const Place *place = *state;
        CLEANUP(retention_files_free_p) RetentionFiles *files = begin(place, FORGOTTEN_BATCH);

        make(place, "archive/B000017.facturas.csv");
        assert_int_equal(rmdir(place->results), 0);
        assert_true(retention_files_work(files, INT64_MAX));
        assert_false(is_there(place, "archive/B000017.facturas.csv"));
}

/* One profile's folder is out of reach: the others are not. */
static void test_a_folder_that_cannot_be_opened(void **state) {
        const Place *place = *state;
        CLEANUP(retention_files_free_p) RetentionFiles *files = begin(place, FORGOTTEN_BATCH);

        make(place, "archive/B000017.facturas.csv");
        assert_int_equal(rmdir(place->results), 0);
        make(place, "results"); /* ENOTDIR: root may open any folder */
        assert_true(retention_files_work(files, INT64_MAX));
        assert_int_equal(retention_files_left(files), 1);
        assert_false(is_there(place, "archive/B000017.facturas.csv"));
}

/* Nor does a disk that fails in one folder keep what lies in the others. */
static void test_a_folder_that_cannot_be_read(void **state) {
        const Place *place = *state;
        CLEANUP(retention_files_free_p) RetentionFiles *files = begin(place, FORGOTTEN_BATCH);

        make(place, "archive/B000017.facturas.csv");
        make(place, "rejected/B000017.facturas.csv");
        bad_reads = 1;
        assert_true(retention_files_work(files, INT64_MAX));
        assert_int_equal(retention_files_left(files), 1);
        assert_true(is_there(place, "archive/B000017.facturas.csv"));
        assert_false(is_there(place, "rejected/B000017.facturas.csv"));
        forget(place, "archive/B000017.facturas.csv");
}

/* What was removed may be there again after a power cut. */
static void test_a_folder_that_cannot_be_synced(void **state) {
        const Place *place = *state;
        CLEANUP(retention_files_free_p) RetentionFiles *files = begin(place, FORGOTTEN_BATCH);

        make(place, "archive/B000017.facturas.csv");
        make(place, "rejected/B000017.facturas.csv");
        bad_syncs = 1;
        assert_true(retention_files_work(files, INT64_MAX));
        assert_int_equal(retention_files_left(files), 1);
        assert_false(is_there(place, "rejected/B000017.facturas.csv"));
}

#define FILES_TEST(f) cmocka_unit_test_setup_teardown(f, place_new, place_free)

int main(void) {
        const struct CMUnitTest tests[] = {
                FILES_TEST(test_a_batch),
                FILES_TEST(test_some_orders),
                FILES_TEST(test_one_that_cannot_be_removed),
                FILES_TEST(test_in_slices),
                FILES_TEST(test_no_results_folder),
                FILES_TEST(test_a_folder_that_cannot_be_opened),
                FILES_TEST(test_a_folder_that_cannot_be_read),
                FILES_TEST(test_a_folder_that_cannot_be_synced),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
