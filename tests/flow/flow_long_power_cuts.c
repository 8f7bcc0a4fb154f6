/* Power cuts: what a kill does not show, because the page cache survives it. A run is recorded, and
 * for every sync of it a folder is rebuilt from what was synced by then and a random part of the
 * rest; the daemon starts on it, against a provider that has made what had been sent by then. The
 * same must hold as after kills. */
#include <stdatomic.h>
#include <string.h>

#include "tests/flow/harness.h"
#include "tests/flow/proof.h"
#include "tests/flow/proof_disk.h"

#define WORKERS 2
#ifdef __SANITIZE_ADDRESS__
#define FEWER 4 /* here it is about memory: a sample will do */
#else
#define FEWER 1
#endif

typedef struct Scenario {
        const char *name;
        bool new_store;
        const ProofFile *files;
        size_t n_files;
        unsigned points;
        int status; /* of checkoutd --once */
} Scenario;

typedef struct Work {
        const Scenario *scenario;
        const char *base;
        const ProofDisk *disk;
        const ProofLog *log;
        size_t *syncs; /* events */
        size_t n_syncs;
} Work;

/* Where the power goes: between this sync and the next, perhaps in the middle of that. */
static size_t draw_end(const Work *work, size_t sync, uint64_t *seed) {
        size_t from = work->syncs[sync] + 1;
        size_t to = sync + 1 < work->n_syncs ? work->syncs[sync + 1] : work->log->n;

        return from + (size_t) proof_draw(seed, to - from + 1);
}

/* What was sent after the last sync may not have got there: no answer to it was recorded. */
static size_t draw_sent(const Work *work, size_t sync, size_t end, uint64_t *seed) {
        size_t from = work->syncs[sync] + 1;

        return from + (size_t) proof_draw(seed, end - from + 1);
}

static bool run_after(ProofPlace *place, int status) {
        const ProofShim shim = { .facts = true };
        const ProofRun run = { .shim = &shim, .timeout = "60s" };
        int ended = -1;

        if (!proof_daemon_run(place, &run, &ended))
                return false;
        return ended == 0 || ended == status ||
               proof_wrong(place, "checkoutd --once ended with %d", ended);
}

static bool cut_point(ProofTally *tally, unsigned point, const void *userdata) {
        const Work *work = userdata;
        const Scenario *scenario = work->scenario;
        size_t sync = (size_t) (point - 1) * work->n_syncs / scenario->points;
        uint64_t seed = point;
        size_t end = draw_end(work, sync, &seed), sent = draw_sent(work, sync, end, &seed);
        ProofCounts counts = { 0 };
        ProofPlace place;
        char name[64], what[128];
        bool good;

        if (point > scenario->points)
                return false;
        (void) snprintf(name, sizeof(name), "%s-%u", scenario->name, point);
        (void) snprintf(what, sizeof(what), "after sync %zu, event %zu, sent by %zu", sync + 1, end,
                        sent);
        good = proof_place_make(&place, work->base, name) &&
               proof_disk_rebuild(work->disk, work->log, end, seed, &place) &&
               proof_sandbox_start(&place, NULL) && proof_log_replay(&place, work->log, sent) &&
               run_after(&place, scenario->status) &&
               proof_check(&place, scenario->files, scenario->n_files, true, &counts);
        proof_tally_add(tally, &counts);
        tally->restarts++;
        tally->points++;
        if (!good)
                proof_tally_fail(tally, point, &place, what);
        proof_place_remove(&place);
        return true;
}

/* --- what is recorded ------------------------------------------------------------------------- */

static void find_syncs(Work *work) {
        work->syncs = calloc(work->log->n + 1, sizeof(*work->syncs));
        assert_non_null(work->syncs);
        for (size_t i = 0; i < work->log->n; i++)
                if (work->log->events[i].kind == SHIM_SYNC)
                        work->syncs[work->n_syncs++] = i;
        assert_true(work->n_syncs > 10);
}

static ProofDisk *record(ProofPlace *place, const Scenario *scenario, ProofLog *ret_log) {
        const ProofShim shim = { .records = true };
        const ProofRun run = { .shim = &shim, .timeout = "60s" };
        ProofCounts counts;
        ProofDisk *disk;
        int status = -1;

        proof_must(place, proof_sandbox_start(place, NULL));
        if (!scenario->new_store)
                proof_must(place, proof_daemon_finish(place, "10s", 0));
        for (size_t i = 0; i < scenario->n_files; i++)
                proof_must(place, proof_drop(place, &scenario->files[i]));
        disk = proof_disk_new(place);
        proof_must(place, disk != NULL);
        proof_must(place, proof_daemon_run(place, &run, &status));
        assert_int_equal(status, scenario->status);
        proof_must(place, proof_check(place, scenario->files, scenario->n_files, false, &counts));
        proof_must(place, proof_log_read(place, ret_log));
        proof_sandbox_stop(place);
        return disk;
}

static void run_scenario(const Scenario *scenario) {
        CLEANUP(proof_log_done) ProofLog log = { 0 };
        Work work = { .scenario = scenario, .log = &log };
        ProofTally *tally = proof_tally_new();
        char base[256];
        ProofPlace place;
        ProofDisk *disk;

        proof_base_make(base);
        proof_must(&place, proof_place_make(&place, base, "recorded"));
        disk = record(&place, scenario, &log);
        work.base = base;
        work.disk = disk;
        find_syncs(&work);
        proof_points(tally, WORKERS, cut_point, &work);
        print_message("scenario %s: %zu syncs, %zu events\n", scenario->name, work.n_syncs, log.n);
        proof_tell(scenario->name, tally);
        free(work.syncs);
        (void) proof_disk_free(disk);
        proof_tally_free(tally);
        proof_place_remove(&place);
        proof_base_remove(base);
}

static void first_start(void **state) {
        ProofFile file = proof_file("E", 8, 0, false);
        const Scenario scenario = { .name = "power-cuts-first-start",
                                    .new_store = true,
                                    .files = &file,
                                    .n_files = 1,
                                    .points = 300 / FEWER };

        (void) state;
        run_scenario(&scenario);
        proof_file_done(&file);
}

static void three_files(void **state) {
        ProofFile files[] = { proof_file("A", 12, 0, false), proof_file("B", 12, 3, true),
                              proof_file("C", 1, 0, false) };
        const Scenario scenario = { .name = "power-cuts-files",
                                    .files = files,
                                    .n_files = ELEMENTS(files),
                                    .points = 300 / FEWER,
                                    .status = 1 };

        (void) state;
        run_scenario(&scenario);
        for (size_t i = 0; i < ELEMENTS(files); i++)
                proof_file_done(&files[i]);
}

/* So many that SQLite begins its log anew while rows are sent. */
static void checkpoints(void **state) {
        ProofFile file = proof_file("M", 1500, 0, true);
        const Scenario scenario = { .name = "power-cuts-checkpoints",
                                    .files = &file,
                                    .n_files = 1,
                                    .points = 100 / FEWER };

        (void) state;
        run_scenario(&scenario);
        proof_file_done(&file);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(first_start),
                cmocka_unit_test(three_files),
                cmocka_unit_test(checkpoints),
        };

        return FLOW_RUN(tests);
}
