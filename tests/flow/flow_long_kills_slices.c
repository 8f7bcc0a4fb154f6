/* Kills at every step of a file that is taken in in three slices. */
#include "tests/flow/harness.h"
#include "tests/flow/proof_kill.h"

#define TICK   500 /* of a slice of 5 ms, so that it ends after some looks at the clock */
#define SLICES 4   /* three of rows; and one of references, which are in no order */

/* Rows in no order, so that references are sorted and merged; as many as three slices take, but
 * most of them bad, so that it is soon over. */
static void in_slices(void **state) {
        ProofFile file = proof_file("S", 16, 1200, true);
        KillStart start;

        (void) state;
        proof_kill_start(&start);
        proof_kill_run(
                &(KillScenario){
                        .name = "kills-slices", .from = "ready", .tick = TICK, .slices = SLICES },
                &start, &file, 1);
        proof_kill_start_done(&start);
        proof_file_done(&file);
}

int main(void) {
        static const struct CMUnitTest tests[] = { cmocka_unit_test(in_slices) };

        return FLOW_RUN(tests);
}
