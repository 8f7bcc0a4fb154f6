/* Points of kills. */
#include "tests/flow/proof_kill.h"

#include <stdatomic.h>
#include <string.h>

#include "tests/flow/harness.h"

#define WORKERS 2
#define ENDS    3 /* points beyond the last step of any run: there is no such step any more */
#define LOOK_MS 5
#ifdef __SANITIZE_ADDRESS__
#define EVERY 5 /* here it is about memory: a sample will do */
#else
#define EVERY 1
#endif

/* --- the run that is killed ------------------------------------------------------------------- */

static unsigned count_in_log(ProofPlace *place, const char *text) {
        char path[PATH_MAX];
        AUTO_FREE char *line = NULL;
        CLEANUP(close_file_p) FILE *log = NULL;
        size_t size = 0;
        unsigned n = 0;

        (void) snprintf(path, sizeof(path), "%s/daemon.log", place->folder);
        log = fopen(path, "re");
        while (log && getline(&line, &size, log) >= 0)
                n += strstr(line, text) != NULL;
        return n;
}

/* As a service: until the shim kills it, or the results of every file are written and said to be in
 * the ledger. It has nothing more to do then, and is killed. */
static bool run_service(ProofPlace *place, const ProofShim *shim, size_t n_files, int *ret_status) {
        const ProofRun run = { .shim = shim };
        ProofProcess process = { .pidfd = -1 };

        if (!proof_daemon_start(place, &run, &process))
                return false;
        for (unsigned waited = 0; !proof_process_ended(&process, LOOK_MS, ret_status);
             waited += LOOK_MS) {
                if (count_in_log(place, "results are written") == n_files) {
                        proof_process_kill(&process);
                        *ret_status = 0;
                        return true;
                }
                if (waited > PROOF_DEADLINE * 1000) {
                        proof_process_kill(&process);
                        return proof_wrong(place, "the results are not written");
                }
        }
        return true;
}

static bool run_killed(ProofPlace *place, const KillWork *work, uint64_t step, bool *ret_killed) {
        const KillScenario *scenario = work->scenario;
        const ProofShim shim = { .from = scenario->from,
                                 .kill_at = step,
                                 .torn = scenario->torn,
                                 .fails = scenario->fails,
                                 .tick = scenario->tick };
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

/* --- one point -------------------------------------------------------------------------------- */

static bool tell_faults(ProofPlace *place, const char *faults) {
        AUTO_FREE char *answer = proof_ask(place, "/_sandbox/faults", faults);

        return answer != NULL;
}

static bool prepare(ProofPlace *place, const KillWork *work, const char *name) {
        const KillScenario *scenario = work->scenario;
        bool good = proof_place_make(place, work->base, name);

        if (scenario->settings)
                place->settings = scenario->settings;
        good = good && proof_kill_sandbox(place);
        if (work->start)
                good = good && proof_place_copy(place, work->start->place.folder) &&
                       proof_log_replay(place, &work->start->log, work->start->log.n);
        for (size_t i = 0; !scenario->dropped && i < work->n_files; i++)
                good = good && proof_drop(place, &work->files[i]);
        if (scenario->faults)
                good = good && tell_faults(place, scenario->faults);
        return good && (!scenario->decide || scenario->decide(place));
}

static bool recover(ProofPlace *place, const KillWork *work, ProofTally *tally, uint64_t step) {
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

static bool check(ProofPlace *place, const KillWork *work, ProofCounts *ret_counts) {
        return work->scenario->check
                       ? work->scenario->check(place, work, ret_counts)
                       : proof_check(place, work->files, work->n_files, false, ret_counts);
}

/* A run came to its end before its point: it had so many steps. */
static void note_unharmed(ProofTally *tally, uint64_t step, unsigned steps) {
        unsigned least = tally->least, most = tally->most;

        while ((least == 0 || steps < least) &&
               !atomic_compare_exchange_weak(&tally->least, &least, steps))
                ;
        while (steps > most && !atomic_compare_exchange_weak(&tally->most, &most, steps))
                ;
        tally->ends += step > tally->most;
}

static bool kill_point(ProofTally *tally, unsigned point, const void *userdata) {
        const KillWork *work = userdata;
        const KillScenario *scenario = work->scenario;
        uint64_t step = 1 + (uint64_t) (point - 1) * EVERY, steps = 0;
        ProofCounts counts = { 0 };
        ProofPlace place;
        char name[64], last[256] = "";
        bool killed = false, good;

        (void) snprintf(name, sizeof(name), "%s-%u", scenario->name, point);
        good = prepare(&place, work, name) && run_killed(&place, work, step, &killed);
        if (good)
                steps = proof_steps(&place, last);
        if (good && scenario->tick > 0)
                proof_clock_wait(&place);
        if (good && killed)
                good = recover(&place, work, tally, step);
        if (good)
                good = check(&place, work, &counts);
        proof_tally_add(tally, &counts);
        if (!good)
                proof_tally_fail(tally, point, &place, last);
        else if (last[0] != '\0' || (scenario->fails > 0 && step <= steps))
                tally->points++; /* a removal fails on no full disk, and may be the last step */
        else
                note_unharmed(tally, step, (unsigned) steps);
        proof_place_remove(&place);
        return tally->ends < ENDS;
}

/* --- slices ----------------------------------------------------------------------------------- */

static bool ends_with(const char *text, const char *ending) {
        size_t n = strlen(text), m = strlen(ending);

        return n >= m && strcmp(text + n - m, ending) == 0;
}

/* Commits until the file is answered, without these: it was recorded, its source is gone, it is
 * going to be loaded. */
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

/* A run that is not killed has as many slices as are wanted. */
static void measure_slices(const KillWork *work) {
        const KillScenario *scenario = work->scenario;
        const ProofShim shim = { .from = scenario->from, .records = true, .tick = scenario->tick };
        const ProofRun run = { .shim = &shim, .timeout = "100s" };
        CLEANUP(proof_log_done) ProofLog log = { 0 };
        ProofPlace place;
        int status;

        proof_must(&place, prepare(&place, work, "measured") &&
                                   proof_daemon_run(&place, &run, &status) &&
                                   proof_log_read(&place, &log));
        assert_int_equal(count_slices(&log), scenario->slices);
        proof_place_remove(&place);
}

/* --- a scenario ------------------------------------------------------------------------------- */

void proof_kill_run(const KillScenario *scenario, const KillStart *start, const ProofFile *files,
                    size_t n_files) {
        ProofTally *tally = proof_tally_new();
        char base[256];
        KillWork work = { .scenario = scenario,
                          .start = start,
                          .base = base,
                          .files = files,
                          .n_files = n_files };

        for (size_t i = 0; i < n_files; i++)
                work.status = files[i].n_bad > 0 ? 1 : work.status;
        proof_base_make(base);
        if (scenario->slices > 0)
                measure_slices(&work);
        proof_points(tally, scenario->workers ? scenario->workers : WORKERS, kill_point, &work);
        print_message("scenario %s: a run has %u to %u steps; every %s is a point\n",
                      scenario->name, tally->least, tally->most, EVERY > 1 ? "fifth" : "one");
        proof_tell(scenario->name, tally);
        assert_true(tally->least > 0 && (uint64_t) tally->points * EVERY >= tally->least);
        proof_tally_free(tally);
        proof_base_remove(base);
}

void proof_kill_eight(const KillScenario *scenario) {
        ProofFile file = proof_file("E", 8, 0, false);
        KillStart start;

        proof_kill_start(&start);
        proof_kill_run(scenario, &start, &file, 1);
        proof_kill_start_done(&start);
        proof_file_done(&file);
}
