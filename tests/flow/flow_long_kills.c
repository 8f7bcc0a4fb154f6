/* Kills: SIGKILL at every durable step of the real daemon, one point each; started again, it works
 * to the end, and every order has exactly one session, every file its answer, nothing is left.
 *
 * A step is a write, sync, change of size, new name, rename, link or unlink of a regular file or
 * folder, SQLite's own too, or a send to the provider. Nothing in the daemon knows of it: shim.c. */
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "tests/flow/harness.h"
#include "tests/flow/proof.h"
#include "tests/flow/proof_log.h"

#define WORKERS     2
#define ENDS        3  /* runs in a row that came to their end: there is no such step any more */
#define QUIET_LOOKS 10 /* of LOOK_MS each without a step: the daemon is done */
#define LOOK_MS     20
#define SLEEPERS    6 /* workers where the daemon mostly waits for the time of a retry */

typedef struct Scenario {
        const char *name;
        const char *from;   /* "ready" or "start" */
        const char *faults; /* told to the sandbox before */
        bool new_store;     /* not the prepared one */
        bool daemon;        /* as a service, not --once */
        bool torn;          /* in the middle of writes and sends */
        bool again;         /* and once more while it recovers, at a step that differs by point */
        unsigned every;     /* 0 and 1: every step */
        unsigned workers;
} Scenario;

typedef struct Work {
        const Scenario *scenario;
        const char *base;
        const char *prepared; /* folder of spool and store to begin with */
        const ProofLog *log;  /* of what was sent before; NULL: nothing */
        const ProofFile *files;
        size_t n_files;
        bool dropped; /* in what is prepared */
        int status;   /* of checkoutd --once in the end: 1 when there are bad rows */
} Work;

/* --- one point -------------------------------------------------------------------------------- */

/* As a service: until the shim kills it, or it has nothing more to do and is killed then. */
static bool run_service(ProofPlace *place, const ProofShim *shim, size_t n_files, int *ret_status) {
        const ProofRun run = { .shim = shim };
        char last[256];
        uint64_t before = 0;
        unsigned quiet = 0;
        ProofProcess process;

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
        unsigned every = work->scenario->every > 1 ? work->scenario->every : 1;
        uint64_t step = 1 + (uint64_t) (point - 1) * every;
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
        else
                tally->ends++;
        proof_place_remove(&place);
        return tally->ends < ENDS;
}

/* --- scenarios -------------------------------------------------------------------------------- */

static void run_work(const Work *work) {
        ProofTally *tally = proof_tally_new();
        const Scenario *scenario = work->scenario;

        proof_points(tally, scenario->workers ? scenario->workers : WORKERS, kill_point, work);
        print_message("scenario %s: %llu steps, killed at %s\n", scenario->name,
                      (unsigned long long) tally->most,
                      scenario->every > 1 ? "a sample of them" : "every one");
        proof_tell(scenario->name, tally);
        if (scenario->every <= 1)
                assert_true(tally->points + ENDS >= tally->most);
        proof_tally_free(tally);
}

/* A store that is there already, and an empty spool. */
static void prepare_store(ProofPlace *place, const char *base) {
        if (!proof_place_make(place, base, "prepared") || !proof_sandbox_start(place, NULL) ||
            !proof_daemon_finish(place, "10s", 0)) {
                print_error("%s\n", place->wrong);
                fail();
        }
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

/* Rows in no order, so that references are sorted and merged; enough for several slices. */
static void in_slices(void **state) {
        ProofFile file = proof_file("S", 3000, 0, true);

        (void) state;
        run_scenario(&(Scenario){ .name = "kills-slices", .from = "ready", .every = 37 }, &file, 1);
        proof_file_done(&file);
}

/* --- results written again -------------------------------------------------------------------- */

static void wait_until(int64_t seconds) {
        while (time(NULL) < (time_t) seconds)
                (void) proof_process_ended(&(ProofProcess){ .pidfd = -1 }, 50, NULL);
}

/* All but one order are open, and the results written; then the last one becomes due. */
static void results_again(void **state) {
        const Scenario scenario = { .name = "kills-results", .from = "ready" };
        const ProofShim shim = { .records = true };
        const ProofRun run = { .shim = &shim, .timeout = "1s" };
        int64_t due = (int64_t) time(NULL) + 4;
        ProofFile file = proof_file_later("L", 8, due);
        CLEANUP(proof_log_done) ProofLog log = { 0 };
        char base[256];
        ProofPlace place;
        Work work = { .scenario = &scenario,
                      .base = base,
                      .files = &file,
                      .n_files = 1,
                      .dropped = true,
                      .log = &log };
        int status = -1;

        (void) state;
        proof_base_make(base);
        if (!proof_place_make(&place, base, "prepared") || !proof_sandbox_start(&place, NULL) ||
            !proof_drop(&place, &file) || !proof_daemon_run(&place, &run, &status) ||
            !proof_log_read(&place, &log))
                print_error("%s\n", place.wrong);
        assert_int_equal(place.wrong[0], '\0');
        print_message("ended with %d\n", status);
        assert_int_equal(proof_count_paths(&place, "spool/results/*.results.csv"), 1);
        proof_sandbox_stop(&place);
        wait_until(due);
        work.prepared = place.folder;
        run_work(&work);
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
                cmocka_unit_test(results_again),
        };

        return FLOW_RUN(tests);
}
