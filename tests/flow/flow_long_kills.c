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
#include "tests/flow/proof.h"
#include "tests/flow/proof_log.h"

#define WORKERS     2
#define SLEEPERS    6  /* workers where the daemon mostly waits for the time of a retry */
#define ENDS        3  /* runs in a row that came to their end: there is no such step any more */
#define QUIET_LOOKS 10 /* of LOOK_MS each without a step: the daemon is done */
#define LOOK_MS     20
/* Every step is killed at when there are not more, else one of so and so many. */
#ifdef __SANITIZE_ADDRESS__
#define STEPS_MAX 100 /* here it is about memory: a sample will do */
#else
#define STEPS_MAX 1500
#endif

typedef struct Scenario {
        const char *name;
        const char *from;   /* "ready" or "start" */
        const char *faults; /* told to the sandbox before */
        bool new_store;     /* not the prepared one */
        bool daemon;        /* as a service, not --once */
        bool torn;          /* in the middle of writes and sends */
        bool again;         /* and once more while it recovers, at a step that differs by point */
        unsigned workers;
        unsigned slices; /* at least so many commits while rows are taken in */
} Scenario;

typedef struct Work {
        const Scenario *scenario;
        const char *base;
        const char *prepared; /* folder of spool and store to begin with */
        const ProofLog *log;  /* of what was sent before; NULL: nothing */
        const ProofFile *files;
        size_t n_files;
        bool dropped;   /* in what is prepared */
        int status;     /* of checkoutd --once in the end: 1 when there are bad rows */
        unsigned every; /* step is killed at; 1 unless there are too many */
} Work;

/* --- one point -------------------------------------------------------------------------------- */

/* As a service: until the shim kills it, or it has nothing more to do and is killed then. */
static bool run_service(ProofPlace *place, const ProofShim *shim, size_t n_files, int *ret_status) {
        const ProofRun run = { .shim = shim };
        char last[256];
        uint64_t before = 0;
        unsigned quiet = 0;
        ProofProcess process = { .pidfd = -1 };

        if (!proof_daemon_start(place, &run, &process))
                return false;
        while (!proof_process_ended(&process, LOOK_MS, ret_status)) {
                uint64_t steps = proof_steps(place, last);

                quiet = steps == before ? quiet + 1 : 0;
                before = steps;
                if (quiet >= QUIET_LOOKS &&
                    proof_count_paths(place, "spool/archive/*.csv") == n_files) {
                        proof_process_kill(&process);
                        *ret_status = 0;
                        return true;
                }
        }
        return true;
}

static bool run_killed(ProofPlace *place, const Work *work, uint64_t step, bool *ret_killed) {
        const Scenario *scenario = work->scenario;
        const ProofShim shim = { .from = scenario->from, .kill_at = step, .torn = scenario->torn };
        const ProofRun run = { .shim = &shim, .timeout = "100s" };
        int status = -1;
        bool done = scenario->daemon ? run_service(place, &shim, work->n_files, &status)
                                     : proof_daemon_run(place, &run, &status);

        if (!done)
                return false;
        *ret_killed = status == 128 + 9;
        return *ret_killed || status == 0 || status == work->status ||
               proof_wrong(place, "checkoutd ended with %d", status);
}

static bool prepare(ProofPlace *place, const Work *work) {
        if (!proof_sandbox_start(place, NULL))
                return false;
        if (work->prepared && !proof_place_copy(place, work->prepared))
                return false;
        if (work->log && !proof_log_replay(place, work->log, work->log->n))
                return false;
        for (size_t i = 0; !work->dropped && i < work->n_files; i++)
                if (!proof_drop(place, &work->files[i]))
                        return false;
        if (work->scenario->faults) {
                AUTO_FREE char *answer =
                        proof_ask(place, "/_sandbox/faults", work->scenario->faults);

                return answer != NULL;
        }
        return true;
}

static bool recover(ProofPlace *place, const Work *work, ProofTally *tally, uint64_t step) {
        if (work->scenario->again) {
                /* the steps of a recovery are fewer than those of the whole */
                const ProofShim shim = { .from = "start", .kill_at = 1 + step * 7919 % 97 };
                const ProofRun run = { .shim = &shim, .timeout = "100s" };
                int status = -1;

                tally->restarts++;
                if (!proof_daemon_run(place, &run, &status))
                        return false;
                if (status != 0 && status != work->status && status != 128 + 9)
                        return proof_wrong(place, "checkoutd ended with %d", status);
        }
        tally->restarts++;
        return proof_daemon_finish(place, "100s", work->status);
}

static bool kill_point(ProofTally *tally, unsigned point, const void *userdata) {
        const Work *work = userdata;
        uint64_t step = 1 + (uint64_t) (point - 1) * work->every;
        ProofCounts counts = { 0 };
        ProofPlace place;
        char name[64], last[256] = "";
        bool killed = false, good;

        (void) snprintf(name, sizeof(name), "%s-%u", work->scenario->name, point);
        good = proof_place_make(&place, work->base, name) && prepare(&place, work) &&
               run_killed(&place, work, step, &killed);
        if (good && proof_steps(&place, last) > tally->most)
                tally->most = proof_steps(&place, last);
        if (good && killed)
                good = recover(&place, work, tally, step);
        if (good)
                good = proof_check(&place, work->files, work->n_files, work->log != NULL, &counts);
        proof_tally_add(tally, &counts);
        if (!good)
                proof_tally_fail(tally, point, &place, last);
        if (killed)
                tally->points++;
        else if (step > tally->most) /* no run has so many */
                tally->ends++;
        proof_place_remove(&place);
        return tally->ends < ENDS;
}

/* --- scenarios -------------------------------------------------------------------------------- */

static void must(const ProofPlace *place, bool good) {
        if (!good)
                print_error("%s\n", place->wrong);
        assert_true(good);
}

static bool ends_with(const char *text, const char *ending) {
        size_t n = strlen(text), m = strlen(ending);

        return n >= m && strcmp(text + n - m, ending) == 0;
}

/* Commits until the file is answered: it was recorded, its source is gone, it was checked, slices. */
static unsigned count_slices(const ProofLog *log) {
        unsigned commits = 0;

        for (size_t i = 0; i < log->n; i++) {
                const ProofEvent *event = &log->events[i];

                if (event->kind == SHIM_CREATE && ends_with(event->path, ".ACK.txt.part"))
                        break;
                if (event->kind == SHIM_READY)
                        commits = 0;
                commits += event->kind == SHIM_SYNC && ends_with(event->path, "-wal");
        }
        return commits > 3 ? commits - 3 : 0;
}

/* A run that is not killed, to know how many steps there are. */
static void measure(Work *work) {
        const ProofShim shim = { .from = work->scenario->from, .records = true };
        const ProofRun run = { .shim = &shim, .timeout = "100s" };
        CLEANUP(proof_log_done) ProofLog log = { 0 };
        ProofPlace place;
        char last[256];
        unsigned slices;
        uint64_t steps;
        int status;

        must(&place, proof_place_make(&place, work->base, "measured") && prepare(&place, work) &&
                             proof_daemon_run(&place, &run, &status) &&
                             proof_log_read(&place, &log));
        steps = proof_steps(&place, last);
        slices = count_slices(&log);
        work->every = (unsigned) (steps / STEPS_MAX + 1);
        print_message("scenario %s: %llu steps, killed at %s%u, slices %u\n", work->scenario->name,
                      (unsigned long long) steps, work->every == 1 ? "each, 1 of " : "one of ",
                      work->every, slices);
        assert_true(slices >= work->scenario->slices);
        proof_place_remove(&place);
}

static void run_work(Work *work) {
        const Scenario *scenario = work->scenario;
        ProofTally *tally = proof_tally_new();

        measure(work);
        proof_points(tally, scenario->workers ? scenario->workers : WORKERS, kill_point, work);
        proof_tell(scenario->name, tally);
        proof_tally_free(tally);
}

/* A store that is there already, and an empty spool. */
static void prepare_store(ProofPlace *place, const char *base) {
        must(place, proof_place_make(place, base, "prepared") && proof_sandbox_start(place, NULL) &&
                            proof_daemon_finish(place, "10s", 0));
        proof_sandbox_stop(place);
}

static void run_scenario(const Scenario *scenario, const ProofFile *files, size_t n_files) {
        char base[256];
        ProofPlace prepared;
        Work work = { .scenario = scenario, .base = base, .files = files, .n_files = n_files };

        for (size_t i = 0; i < n_files; i++)
                work.status = files[i].n_bad > 0 ? 1 : work.status;
        proof_base_make(base);
        if (!scenario->new_store) {
                prepare_store(&prepared, base);
                work.prepared = prepared.folder;
        }
        run_work(&work);
        if (!scenario->new_store)
                proof_place_remove(&prepared);
        proof_base_remove(base);
}

static void eight_orders(const Scenario *scenario) {
        ProofFile file = proof_file("E", 8, 0, false);

        run_scenario(scenario, &file, 1);
        proof_file_done(&file);
}

static void once(void **state) {
        (void) state;
        eight_orders(&(Scenario){ .name = "kills", .from = "ready" });
}

static void as_a_service(void **state) {
        (void) state;
        eight_orders(&(Scenario){ .name = "kills-service", .from = "ready", .daemon = true });
}

static void first_start(void **state) {
        (void) state;
        eight_orders(
                &(Scenario){ .name = "kills-first-start", .from = "start", .new_store = true });
}

static void torn(void **state) {
        (void) state;
        eight_orders(&(Scenario){ .name = "kills-torn", .from = "ready", .torn = true });
}

static void killed_again(void **state) {
        (void) state;
        eight_orders(&(Scenario){ .name = "kills-again", .from = "ready", .again = true });
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
        eight_orders(&(Scenario){
                .name = "kills-retry", .from = "ready", .faults = faults, .workers = SLEEPERS });
}

/* Several files at once, bad rows too, so that there are rejects to write. */
static void three_files(void **state) {
        ProofFile files[] = { proof_file("A", 4, 0, false), proof_file("B", 4, 2, true),
                              proof_file("C", 1, 0, false) };

        (void) state;
        run_scenario(&(Scenario){ .name = "kills-files", .from = "ready" }, files, ELEMENTS(files));
        for (size_t i = 0; i < ELEMENTS(files); i++)
                proof_file_done(&files[i]);
}

/* Rows in no order, so that references are sorted and merged; many, so that they are taken in in
 * several slices, but most of them bad, so that it is soon over. */
static void in_slices(void **state) {
        ProofFile file = proof_file("S", 16, 4000, true);

        (void) state;
        run_scenario(&(Scenario){ .name = "kills-slices", .from = "ready", .slices = 3 }, &file, 1);
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

        must(place, proof_place_make(place, base, "prepared") && proof_sandbox_start(place, NULL) &&
                            proof_drop(place, file) && proof_daemon_run(place, &run, &status) &&
                            proof_log_read(place, ret_log));
        assert_int_equal(proof_count_paths(place, "spool/results/*.results.csv"), 1);
        proof_sandbox_stop(place);
}

static void run_prepared(const Scenario *scenario, ProofPlace *prepared, const ProofFile *file,
                         const ProofLog *log, bool dropped) {
        char base[256];
        Work work = { .scenario = scenario,
                      .base = base,
                      .prepared = prepared->folder,
                      .log = log,
                      .files = file,
                      .n_files = 1,
                      .dropped = dropped };

        proof_base_make(base);
        run_work(&work);
        proof_base_remove(base);
}

static void wait_until(int64_t seconds) {
        while (time(NULL) < (time_t) seconds)
                (void) poll(NULL, 0, LOOK_MS);
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
        run_prepared(&(Scenario){ .name = "kills-results", .from = "ready" }, &place, &file, &log,
                     true);
        proof_place_remove(&place);
        proof_base_remove(base);
        proof_file_done(&file);
}

/* The last order, not due for long, is cancelled together with its batch. */
static void a_cancel(void **state) {
        static const char *const cancel[] = { "cancel", "--batch", "B000001", "--no-wait", NULL };
        ProofFile file = proof_file_later("L", 8, (int64_t) time(NULL) + 3600);
        CLEANUP(proof_log_done) ProofLog log = { 0 };
        char base[256];
        ProofPlace place;

        (void) state;
        proof_base_make(base);
        send_before(&place, base, &file, &log);
        must(&place, proof_ctl(&place, cancel));
        file.n_cancelled = 1;
        run_prepared(&(Scenario){ .name = "kills-cancel", .from = "ready" }, &place, &file, &log,
                     true);
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
        must(&backup, proof_place_make(&backup, base, "backup") &&
                              proof_sandbox_start(&backup, NULL) &&
                              proof_daemon_finish(&backup, "10s", 0));
        proof_sandbox_stop(&backup);
        send_before(&place, base, &file, &log);
        remove_paths(&place, "spool/results/*");
        remove_paths(&place, "spool/archive/*");
        remove_paths(&place, "checkoutd.db*");
        must(&place, proof_store_copy(&place, backup.folder) && proof_ctl(&place, release));
        run_prepared(&(Scenario){ .name = "kills-restore", .from = "start" }, &place, &file, &log,
                     false);
        proof_place_remove(&backup);
        proof_place_remove(&place);
        proof_base_remove(base);
        proof_file_done(&file);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(once),          cmocka_unit_test(as_a_service),
                cmocka_unit_test(first_start),   cmocka_unit_test(torn),
                cmocka_unit_test(killed_again),  cmocka_unit_test(with_retries),
                cmocka_unit_test(three_files),   cmocka_unit_test(in_slices),
                cmocka_unit_test(results_again), cmocka_unit_test(a_cancel),
                cmocka_unit_test(a_restore),
        };

        return FLOW_RUN(tests);
}
