/* No kill: the disk is full, or a sync fails, from every step on, for a moment. The service lives,
 * and goes on by itself. */
#include "tests/flow/harness.h"
#include "tests/flow/proof_kill.h"

#define SLEEPERS 10 /* workers: the daemon mostly waits for the second after which it tries again */
#define TICK     500 /* as in flow_long_kills_slices.c */
#define SLICES   4

static void disk_full(void **state) {
        (void) state;
        proof_kill_eight(&(KillScenario){
                .name = "disk-full", .from = "ready", .fails = 2, .workers = SLEEPERS });
}

/* Rows are taken in again after each rollback. */
static void disk_full_in_slices(void **state) {
        ProofFile file = proof_file("S", 16, 1200, true);
        KillStart start;

        (void) state;
        proof_kill_start(&start);
        proof_kill_run(&(KillScenario){ .name = "disk-full-slices",
                                        .from = "ready",
                                        .fails = 3,
                                        .tick = TICK,
                                        .slices = SLICES,
                                        .workers = SLEEPERS },
                       &start, &file, 1);
        proof_kill_start_done(&start);
        proof_file_done(&file);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(disk_full),
                cmocka_unit_test(disk_full_in_slices),
        };

        return FLOW_RUN(tests);
}
