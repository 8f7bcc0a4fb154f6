/* Points of kills. */
#include "tests/flow/proof_kill.h"

#include <string.h>

#include "tests/flow/harness.h"

#define WORKERS     2
#define ENDS        3  /* runs in a row that came to their end: there is no such step any more */
#define QUIET_LOOKS 10 /* of LOOK_MS each without a step: the daemon is done */
#define LOOK_MS     20
/* Every step is killed at when there are not more, else one of so and so many. */
#ifdef __SANITIZE_ADDRESS__
#define STEPS_MAX 100 /* here it is about memory: a sample will do */
#else
#define STEPS_MAX 1500
#endif

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

static bool run_killed(ProofPlace *place, const KillWork *work, uint64_t step, bool *ret_killed) {
        const KillScenario *scenario = work->scenario;
        const ProofShim shim = { .from = scenario->from,
                                 .kill_at = step,
                                 .torn = scenario->torn,
                                 .fails = scenario->fails };
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

static bool prepare(ProofPlace *place, const KillWork *work) {
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

static bool kill_point(ProofTally *tally, unsigned point, const void *userdata) {
        const KillWork *work = userdata;
        uint64_t step = 1 + (uint64_t) (point - 1) * work->every, steps;
        ProofCounts counts = { 0 };
        ProofPlace place;
        char name[64], last[256] = "";
        bool killed = false, good;

        (void) snprintf(name, sizeof(name), "%s-%u", work->scenario->name, point);
        good = proof_place_make(&place, work->base, name) && prepare(&place, work) &&
               run_killed(&place, work, step, &killed);
        steps = proof_steps(&place, last);
        if (steps > tally->most)
                tally->most = steps;
        if (good && killed)
                good = recover(&place, work, tally, step);
        if (good)
                good = proof_check(&place, work->files, work->n_files, work->log != NULL, &counts);
        proof_tally_add(tally, &counts);
        if (!good)
                proof_tally_fail(tally, point, &place, last);
        if (last[0] != '\0')
                tally->points++;
        else if (step > tally->most) /* no run has so many */
                tally->ends++;
        proof_place_remove(&place);
        return tally->ends < ENDS;
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
static void measure(KillWork *work) {
        const ProofShim shim = { .from = work->scenario->from, .records = true };
        const ProofRun run = { .shim = &shim, .timeout = "100s" };
        CLEANUP(proof_log_done) ProofLog log = { 0 };
        ProofPlace place;
        char last[256];
        unsigned slices;
        uint64_t steps;
        int status;

        proof_must(&place,
                   proof_place_make(&place, work->base, "measured") && prepare(&place, work) &&
                           proof_daemon_run(&place, &run, &status) && proof_log_read(&place, &log));
        steps = proof_steps(&place, last);
        slices = count_slices(&log);
        work->every = (unsigned) (steps / STEPS_MAX + 1);
        if (work->every < work->scenario->every)
                work->every = work->scenario->every;
        print_message("scenario %s: %llu steps, killed at every %u. of them, slices %u\n",
                      work->scenario->name, (unsigned long long) steps, work->every, slices);
        assert_true(slices >= work->scenario->slices);
        proof_place_remove(&place);
}

void proof_kill_run(KillWork *work) {
        const KillScenario *scenario = work->scenario;
        ProofTally *tally = proof_tally_new();

        measure(work);
        proof_points(tally, scenario->workers ? scenario->workers : WORKERS, kill_point, work);
        proof_tell(scenario->name, tally);
        proof_tally_free(tally);
}
