/* Killed every second, with 5 % faults, until a large file is through: every order has exactly one
 * session, and everything else is as if nothing had happened. */
#include <stdatomic.h>
#include <string.h>

#include "tests/flow/harness.h"
#include "tests/flow/proof.h"

#ifdef __SANITIZE_ADDRESS__
#define ORDERS 20000 /* some times slower */
#else
#define ORDERS 100000
#endif
#define LIVES_MAX 900

static bool live_and_die(ProofPlace *place, bool *ret_died) {
        static const ProofRun run = { .timeout = NULL };
        ProofProcess process = { .pidfd = -1 };
        int status;

        if (!proof_daemon_start(place, &run, &process))
                return false;
        if (proof_process_ended(&process, 1000, &status))
                return proof_wrong(place, "checkoutd ended with %d", status);
        /* it is done when its results are out and it sends nothing more */
        *ret_died = proof_count_paths(place, "spool/archive/*.csv") == 0;
        proof_process_kill(&process);
        return true;
}

static void killed_every_second(void **state) {
        static const char *const arguments[] = {
                "--latency", "8-16",
                "--fault",   "reset-before=0.01",
                "--fault",   "reset-after=0.01",
                "--fault",   "html-502=0.01",
                "--fault",   "html-502-made=0.005",
                "--fault",   "truncated=0.005",
                "--fault",   "not-json=0.005",
                "--fault",   "rate-429=0.005",
                NULL,
        };
        ProofTally *tally = proof_tally_new();
        ProofFile file = proof_file("K", ORDERS, 0, true);
        ProofCounts counts = { 0 };
        char base[256];
        ProofPlace place;
        bool good, died = true;

        (void) state;
        proof_base_make(base);
        good = proof_place_make(&place, base, "killed-often") &&
               proof_sandbox_start(&place, arguments) && proof_drop(&place, &file);
        while (good && died && tally->restarts < LIVES_MAX) {
                good = live_and_die(&place, &died);
                tally->restarts++;
        }
        good = good && proof_daemon_finish(&place, "110s", 0) &&
               proof_check(&place, &file, 1, false, &counts);
        tally->points = tally->restarts;
        proof_tally_add(tally, &counts);
        if (!good)
                proof_tally_fail(tally, tally->restarts, &place, "killed often");
        proof_place_remove(&place);
        proof_base_remove(base);
        proof_tell("killed-often", tally);
        assert_true(tally->restarts > 10);
        proof_tally_free(tally);
        proof_file_done(&file);
}

int main(void) {
        static const struct CMUnitTest tests[] = { cmocka_unit_test(killed_every_second) };

        return FLOW_RUN(tests);
}
