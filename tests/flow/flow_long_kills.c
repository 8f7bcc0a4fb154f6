/* Kills: SIGKILL at every durable step of the real daemon, one point each; started again, it works
 * to the end, and every order has exactly one session, every file its answer, nothing is left.
 *
 * A step is a write, sync, change of size, new name, rename, link or unlink of a regular file or
 * folder, SQLite's own too, or a send to the provider. Nothing in the daemon knows of it: shim.c. */
#include <glob.h>
#include <poll.h>
#include <string.h>
#include <time.h>

#include "tests/flow/harness.h"
#include "tests/flow/proof_kill.h"

#define SLEEPERS 6 /* workers where the daemon mostly waits for the time of a retry */

/* --- scenarios -------------------------------------------------------------------------------- */

/* A store that is there already, and an empty spool. */
static void prepare_store(ProofPlace *place, const char *base) {
        proof_must(place, proof_place_make(place, base, "prepared") &&
                                  proof_sandbox_start(place, NULL) &&
                                  proof_daemon_finish(place, "10s", 0));
        proof_sandbox_stop(place);
}

static void run_scenario(const KillScenario *scenario, const ProofFile *files, size_t n_files) {
        char base[256];
        ProofPlace prepared;
        KillWork work = { .scenario = scenario, .base = base, .files = files, .n_files = n_files };

        for (size_t i = 0; i < n_files; i++)
                work.status = files[i].n_bad > 0 ? 1 : work.status;
        proof_base_make(base);
        if (!scenario->new_store) {
                prepare_store(&prepared, base);
                work.prepared = prepared.folder;
        }
        proof_kill_run(&work);
        if (!scenario->new_store)
                proof_place_remove(&prepared);
        proof_base_remove(base);
}

static void eight_orders(const KillScenario *scenario) {
        ProofFile file = proof_file("E", 8, 0, false);

        run_scenario(scenario, &file, 1);
        proof_file_done(&file);
}

static void once(void **state) {
        (void) state;
        eight_orders(&(KillScenario){ .name = "kills", .from = "ready" });
}

static void as_a_service(void **state) {
        (void) state;
        eight_orders(&(KillScenario){ .name = "kills-service", .from = "ready", .daemon = true });
}

static void first_start(void **state) {
        (void) state;
        eight_orders(
                &(KillScenario){ .name = "kills-first-start", .from = "start", .new_store = true });
}

static void torn(void **state) {
        (void) state;
        eight_orders(&(KillScenario){ .name = "kills-torn", .from = "ready", .torn = true });
}

static void killed_again(void **state) {
        (void) state;
        eight_orders(&(KillScenario){ .name = "kills-again", .from = "ready", .again = true });
}

/* The disk is full, or a sync fails, for a moment: the service lives, and goes on by itself. */
static void disk_full(void **state) {
        (void) state;
        eight_orders(&(KillScenario){
                .name = "disk-full", .from = "ready", .fails = 2, .workers = SLEEPERS });
}

/* Rows are taken in again after each rollback. */
static void disk_full_in_slices(void **state) {
        ProofFile file = proof_file("S", 16, 6000, true);

        (void) state;
        run_scenario(&(KillScenario){ .name = "disk-full-slices",
                                      .from = "ready",
                                      .fails = 3,
                                      .every = 7,
                                      .workers = SLEEPERS },
                     &file, 1);
        proof_file_done(&file);
}

static void with_retries(void **state) {
        static const char faults[] = "{\"next\":["
                                     "{\"fault\":\"reset-before\",\"match\":\"E-000001\"},"
                                     "{\"fault\":\"reset-after\",\"match\":\"E-000002\"},"
                                     "{\"fault\":\"html-502\",\"match\":\"E-000003\"},"
                                     "{\"fault\":\"rate-429\",\"match\":\"E-000004\"},"
                                     "{\"fault\":\"truncated\",\"match\":\"E-000005\"},"
                                     "{\"fault\":\"html-502-made\",\"match\":\"E-000006\"},"
                                     "{\"fault\":\"not-json\",\"match\":\"E-000007\"}]}";

        (void) state;
        eight_orders(&(KillScenario){
                .name = "kills-retry", .from = "ready", .faults = faults, .workers = SLEEPERS });
}

/* Several files at once, bad rows too, so that there are rejects to write. */
static void three_files(void **state) {
        ProofFile files[] = { proof_file("A", 4, 0, false), proof_file("B", 4, 2, true),
                              proof_file("C", 1, 0, false) };

        (void) state;
        run_scenario(&(KillScenario){ .name = "kills-files", .from = "ready" }, files,
                     ELEMENTS(files));
        for (size_t i = 0; i < ELEMENTS(files); i++)
                proof_file_done(&files[i]);
}

/* With its totals in a .ctl: it goes with its file, and what it declared is still compared. */
static void with_totals(void **state) {
        ProofFile file = proof_file("T", 4, 1, false);

        (void) state;
        file.control = "count = 5\nsum = 4010 CLP\n";
        run_scenario(&(KillScenario){ .name = "kills-totals", .from = "ready" }, &file, 1);
        run_scenario(
                &(KillScenario){ .name = "kills-totals-service", .from = "ready", .daemon = true },
                &file, 1);
        proof_file_done(&file);
}

/* Rows in no order, so that references are sorted and merged; many, so that they are taken in in
 * several slices, but most of them bad, so that it is soon over. */
static void in_slices(void **state) {
        ProofFile file = proof_file("S", 16, 6000, true);

        (void) state;
        run_scenario(&(KillScenario){ .name = "kills-slices", .from = "ready", .slices = 3 }, &file,
                     1);
        proof_file_done(&file);
}

/* --- what begins with rows that were sent before ---------------------------------------------- */

/* Takes a file in and sends what is due, in a place that is prepared; what was sent is in the log,
 * to be told to the sandbox of each point. */
static void send_before(ProofPlace *place, const char *base, const ProofFile *file,
                        ProofLog *ret_log) {
        const ProofShim shim = { .records = true };
        const ProofRun run = { .shim = &shim, .timeout = "1s" };
        int status;

        proof_must(place, proof_place_make(place, base, "prepared") &&
                                  proof_sandbox_start(place, NULL) && proof_drop(place, file) &&
                                  proof_daemon_run(place, &run, &status) &&
                                  proof_log_read(place, ret_log));
        assert_int_equal(proof_count_paths(place, "spool/results/*.results.csv"), 1);
        proof_sandbox_stop(place);
}

static void run_prepared(const KillScenario *scenario, ProofPlace *prepared, const ProofFile *file,
                         const ProofLog *log, bool dropped) {
        char base[256];
        KillWork work = { .scenario = scenario,
                          .base = base,
                          .prepared = prepared->folder,
                          .log = log,
                          .files = file,
                          .n_files = 1,
                          .dropped = dropped };

        proof_base_make(base);
        proof_kill_run(&work);
        proof_base_remove(base);
}

static void wait_until(int64_t seconds) {
        while (time(NULL) < (time_t) seconds)
                (void) poll(NULL, 0, 20);
}

/* All but one order are open, and the results written; then the last one becomes due, and they are
 * written again. */
static void results_again(void **state) {
        int64_t due = (int64_t) time(NULL) + 4;
        ProofFile file = proof_file_later("L", 8, due);
        CLEANUP(proof_log_done) ProofLog log = { 0 };
        char base[256];
        ProofPlace place;

        (void) state;
        proof_base_make(base);
        send_before(&place, base, &file, &log);
        wait_until(due);
        run_prepared(&(KillScenario){ .name = "kills-results", .from = "ready" }, &place, &file,
                     &log, true);
        proof_place_remove(&place);
        proof_base_remove(base);
        proof_file_done(&file);
}

/* The last order, not due for long, is cancelled. (Links are ended in flow_cancel: the sandbox of a
 * point knows the orders that were sent before, but under other ids.) */
static void a_cancel(void **state) {
        static const char *const cancel[] = { "cancel", "--order", "L-000008", "--no-wait", NULL };
        ProofFile file = proof_file_later("L", 8, (int64_t) time(NULL) + 3600);
        CLEANUP(proof_log_done) ProofLog log = { 0 };
        char base[256];
        ProofPlace place;

        (void) state;
        proof_base_make(base);
        send_before(&place, base, &file, &log);
        proof_must(&place, proof_ctl(&place, cancel));
        file.n_cancelled = 1;
        run_prepared(&(KillScenario){ .name = "kills-cancel", .from = "ready" }, &place, &file,
                     &log, true);
        proof_place_remove(&place);
        proof_base_remove(base);
        proof_file_done(&file);
}

static void remove_paths(const ProofPlace *place, const char *pattern) {
        char path[PATH_MAX];
        glob_t found;

        (void) snprintf(path, sizeof(path), "%s/%s", place->folder, pattern);
        if (glob(path, 0, NULL, &found) == 0)
                for (size_t i = 0; i < found.gl_pathc; i++)
                        assert_int_equal(unlink(found.gl_pathv[i]), 0);
        globfree(&found);
}

/* A backup is put back that knows nothing of the file; it is dropped again, and a person has looked:
 * the same keys give the same sessions. */
static void a_restore(void **state) {
        static const char *const release[] = { "release", "--store", "--no-wait", NULL };
        ProofFile file = proof_file("R", 8, 0, false);
        CLEANUP(proof_log_done) ProofLog log = { 0 };
        char base[256];
        ProofPlace backup, place;

        (void) state;
        proof_base_make(base);
        proof_must(&backup, proof_place_make(&backup, base, "backup") &&
                                    proof_sandbox_start(&backup, NULL) &&
                                    proof_daemon_finish(&backup, "10s", 0));
        proof_sandbox_stop(&backup);
        send_before(&place, base, &file, &log);
        remove_paths(&place, "spool/results/*.*"); /* the folder of payouts stays */
        remove_paths(&place, "spool/archive/*.*");
        remove_paths(&place, "checkoutd.db*");
        proof_must(&place, proof_store_copy(&place, backup.folder) && proof_ctl(&place, release));
        run_prepared(&(KillScenario){ .name = "kills-restore", .from = "start" }, &place, &file,
                     &log, false);
        proof_place_remove(&backup);
        proof_place_remove(&place);
        proof_base_remove(base);
        proof_file_done(&file);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(once),         cmocka_unit_test(as_a_service),
                cmocka_unit_test(first_start),  cmocka_unit_test(torn),
                cmocka_unit_test(killed_again), cmocka_unit_test(with_retries),
                cmocka_unit_test(three_files),  cmocka_unit_test(with_totals),
                cmocka_unit_test(in_slices),    cmocka_unit_test(results_again),
                cmocka_unit_test(a_cancel),     cmocka_unit_test(a_restore),
                cmocka_unit_test(disk_full),    cmocka_unit_test(disk_full_in_slices),
        };

        return FLOW_RUN(tests);
}
