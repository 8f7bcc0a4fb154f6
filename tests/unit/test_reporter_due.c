/* Summaries that cannot be written: they are tried again in a while, and what hinders them is told
 * once. */
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <systemd/sd-event.h>

#include "daemon/base/log.h"
#include "daemon/base/turn.h"
#include "daemon/results/reporter_private.h"
#include "daemon/spool/spool.h"
#include "tests/unit/ledger_fixture.h"
#include "tests/unit/settings_fixture.h"

static Reporter reporter_of(Fixture *f, const Settings *settings, const Spool *spool) {
        return (Reporter){ .options = { .settings = settings,
                                        .ledger = f->ledger,
                                        .spool = spool,
                                        .at_once = true } };
}

static void execute(const Fixture *f, const char *sql) {
        sqlite3 *handle = NULL;

        assert_int_equal(sqlite3_open(f->path, &handle), SQLITE_OK);
        assert_int_equal(sqlite3_exec(handle, sql, NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_close(handle), SQLITE_OK);
}

/* What is told while all that is due is tried once: the lines are counted. */
static unsigned one_round(Reporter *reporter, const char *says) {
        int64_t began = turn_now(), again = began + 5 * SECOND;
        int ends[2], kept = dup(STDERR_FILENO);
        char heard[4096];
        unsigned lines = 0;
        ssize_t n;

        assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
        assert_true(kept >= 0 && dup2(ends[1], STDERR_FILENO) >= 0);
        log_open(LOG_DEBUG);
        reporter->due.at = began;
        for (unsigned i = 0; i < 10 && reporter_due_next(reporter) < again; i++)
                reporter_due_work(reporter);
        assert_true(dup2(kept, STDERR_FILENO) >= 0);
        (void) close(kept);
        n = read(ends[0], heard, sizeof(heard) - 1);
        heard[n > 0 ? n : 0] = '\0';
        (void) close(ends[0]);
        (void) close(ends[1]);
        assert_true(reporter_due_next(reporter) >= again); /* no loop */
        assert_true(reporter_due_next(reporter) != INT64_MAX);
        for (const char *at = heard; (at = strchr(at, '\n')); at++)
                lines++;
        if (says && !strstr(heard, says))
                fail_msg("%s is not in: %s", says, heard);
        return lines;
}

static void a_store_that_cannot_be_read_is_left_alone_a_while(void **state) {
        Fixture *f = *state;
        Reporter reporter = reporter_of(f, NULL, NULL);

        execute(f, "DROP TABLE summary_due");
        assert_int_equal(one_round(&reporter, "cannot read which summaries are to be written"), 1);
        assert_int_equal(one_round(&reporter, NULL), 0);
        assert_int_equal(one_round(&reporter, NULL), 0);
}

static void add_settled(Fixture *f, const char *file, const char *profile) {
        Batch batch = sample_batch(file);
        int64_t id = 0;

        batch.profile = profile;
        OK(ledger_batch_add(f->ledger, &batch, &id));
        loaded(f, id, 2);
}

static void remove_spool(void) {
        static const char *const names[] = { "incoming/mx",
                                             "incoming/payouts",
                                             "incoming",
                                             "results/mx",
                                             "results/payouts",
                                             "results",
                                             "work",
                                             "archive",
                                             "rejected",
                                             "" };
        char path[256];

        for (size_t i = 0; i < ELEMENTS(names); i++) {
                (void) snprintf(path, sizeof(path), "%s/spool/%s", folder, names[i]);
                (void) remove(path);
        }
}

/* The folder of one is gone, and a folder stands where the other's summary is to be. */
static void two_troubles_are_no_flood(void **state) {
        Fixture *f = *state;
        CLEANUP(settings_free_p) Settings *settings = NULL;
        CLEANUP(spool_free_p) Spool *spool = NULL;
        AUTO_FREE char *text = NULL;
        sd_event *event = NULL;
        Reporter reporter;
        char path[256];

        assert_true(asprintf(&text, "[spool]\ndirectory = %s/spool\n[profile mx]\n", folder) > 0);
        settings = load_good(text);
        assert_true(sd_event_new(&event) >= 0);
        assert_int_equal(spool_new(event, settings, NULL, NULL, &spool), 0);
        begin(f);
        add_settled(f, "a.csv", "");
        add_settled(f, "b.csv", "mx");
        commit(f);
        execute(f, "UPDATE batch SET results_at = 5; INSERT INTO summary_due VALUES(1, 1), (2, 1)");
        (void) snprintf(path, sizeof(path), "%s/spool/results/a.B000001.summary.json", folder);
        assert_int_equal(mkdir(path, 0700), 0);
        (void) snprintf(path, sizeof(path), "%s/spool/results/mx", folder);
        assert_int_equal(rmdir(path), 0);
        reporter = reporter_of(f, settings, spool);
        assert_int_equal(one_round(&reporter, "batch B000001 into results/"), 1);
        assert_int_equal(reporter.due.complained, -EISDIR);
        assert_int_equal(one_round(&reporter, NULL), 0);
        assert_int_equal(one_round(&reporter, NULL), 0);
        /* one is mended: the other is told */
        (void) snprintf(path, sizeof(path), "%s/spool/results/a.B000001.summary.json", folder);
        assert_int_equal(rmdir(path), 0);
        execute(f, "DELETE FROM summary_due WHERE batch = 1");
        assert_int_equal(one_round(&reporter, "batch B000002 into results/"), 1);
        assert_int_equal(one_round(&reporter, NULL), 0);
        spool = spool_free(spool);
        sd_event_unref(event);
        remove_spool();
}

int main(void) {
        const struct CMUnitTest tests[] = {
                LEDGER_TEST(a_store_that_cannot_be_read_is_left_alone_a_while),
                LEDGER_TEST(two_troubles_are_no_flood),
        };

        return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
