/* Kills at every step of several files at once, and of a file with its control totals beside it. */
#include "tests/flow/harness.h"
#include "tests/flow/proof_kill.h"

static void run(const KillScenario *scenario, const ProofFile *files, size_t n_files) {
        KillStart start;

        proof_kill_start(&start);
        proof_kill_run(scenario, &start, files, n_files);
        proof_kill_start_done(&start);
}

/* Bad rows too, so that there are rejects to write. */
static void three_files(void **state) {
        ProofFile files[] = { proof_file("A", 4, 0, false), proof_file("B", 4, 2, true),
                              proof_file("C", 1, 0, false) };

        (void) state;
        run(&(KillScenario){ .name = "kills-files", .from = "ready" }, files, ELEMENTS(files));
        for (size_t i = 0; i < ELEMENTS(files); i++)
                proof_file_done(&files[i]);
}

/* With its totals in a .ctl: it goes with its file, and what it declared is still compared. */
static void with_totals(void **state) {
        ProofFile file = proof_file("T", 4, 1, false);

        (void) state;
        file.control = "count = 5\nsum = 4010 CLP\n";
        run(&(KillScenario){ .name = "kills-totals", .from = "ready" }, &file, 1);
        run(&(KillScenario){ .name = "kills-totals-service", .from = "ready", .daemon = true },
            &file, 1);
        proof_file_done(&file);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(three_files),
                cmocka_unit_test(with_totals),
        };

        return FLOW_RUN(tests);
}
