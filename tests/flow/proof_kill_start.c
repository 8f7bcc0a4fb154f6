/* Where the points of a scenario begin. */
#include "tests/flow/harness.h"
#include "tests/flow/proof_kill.h"

bool proof_kill_sandbox(ProofPlace *place) {
        static const char *const arguments[] = { "--ids", "1", NULL };

        return proof_sandbox_start(place, arguments);
}

static void make(KillStart *start) {
        start->log = (ProofLog){ 0 };
        proof_base_make(start->base);
        proof_must(&start->place, proof_place_make(&start->place, start->base, "start") &&
                                          proof_kill_sandbox(&start->place));
}

void proof_kill_start(KillStart *start) {
        make(start);
        proof_must(&start->place, proof_daemon_finish(&start->place, "100s", 0));
        proof_sandbox_stop(&start->place);
}

/* The provider's Date is as far behind as our clock: two clocks apart stop the sending. */
static bool tell_slow(ProofPlace *place, unsigned slow) {
        char body[64];
        AUTO_FREE char *answer = NULL;

        (void) snprintf(body, sizeof(body), "{\"date_skew\":-%u}", slow);
        answer = proof_ask(place, "/_sandbox/clock", body);
        return answer != NULL;
}

void proof_kill_start_slow(KillStart *start, const ProofFile *file, unsigned n_sent,
                           unsigned slow) {
        const ProofShim shim = { .records = true, .slow = slow };
        const ProofRun run = { .shim = &shim, .timeout = "100s" };
        CLEANUP(proof_ledger_done) ProofLedger ledger = { 0 };
        ProofPlace *place = &start->place;
        int status;

        make(start);
        place->settings = "max_in_flight = 1\n";
        proof_must(place, (slow == 0 || tell_slow(place, slow)) && proof_drop(place, file) &&
                                  proof_daemon_run(place, &run, &status) &&
                                  proof_log_read(place, &start->log) &&
                                  proof_ledger(place, &ledger));
        assert_int_equal(ledger.n, n_sent);
        assert_int_equal(proof_count_paths(place, "spool/results/*.results.csv"), 1);
        proof_sandbox_stop(place);
}

void proof_kill_start_sent(KillStart *start, const ProofFile *file, unsigned n_sent) {
        proof_kill_start_slow(start, file, n_sent, 0);
}

void proof_kill_start_done(KillStart *start) {
        proof_place_remove(&start->place);
        proof_base_remove(start->base);
        proof_log_done(&start->log);
}
