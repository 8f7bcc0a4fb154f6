/* Kills at every step of what comes after the first results: they are written again, an order is
 * withdrawn, a link is ended, or ended and replaced. */
#include <string.h>
#include <time.h>

#include "tests/flow/harness.h"
#include "tests/flow/proof_kill.h"

#define SLOW 600 /* seconds: more than sending the first orders may take (PROOF_DEADLINE) */

/* All but one order are open, and the results written, by a clock that is behind; by the right one
 * the last order is due, and they are written again. */
static void results_again(void **state) {
        ProofFile file = proof_file_later("L", 8, (int64_t) time(NULL));
        KillStart start;

        (void) state;
        proof_kill_start_slow(&start, &file, file.n_good - 1, SLOW);
        proof_kill_run(&(KillScenario){ .name = "kills-results", .from = "ready", .dropped = true },
                       &start, &file, 1);
        proof_kill_start_done(&start);
        proof_file_done(&file);
}

/* What is asked for by checkoutctl is carried out at each point. */
static void run_command(const char *name, ProofFile *file, unsigned n_sent,
                        const char *const *command) {
        KillStart start;

        proof_kill_start_sent(&start, file, n_sent);
        proof_must(&start.place, proof_ctl(&start.place, command));
        file->n_last = 1;
        proof_kill_run(&(KillScenario){ .name = name, .from = "ready", .dropped = true }, &start,
                       file, 1);
        proof_kill_start_done(&start);
        proof_file_done(file);
}

/* The last order, not due for long, is cancelled. */
static void an_order_is_withdrawn(void **state) {
        static const char *const cancel[] = { "cancel", "--order", "L-000008", "--no-wait", NULL };
        ProofFile file = proof_file_later("L", 8, (int64_t) time(NULL) + 3600);

        (void) state;
        file.last = PROOF_WITHDRAWN;
        run_command("kills-cancel", &file, file.n_good - 1, cancel);
}

/* The provider is asked to end its session, and then whether it is over. */
static void a_link_is_ended(void **state) {
        static const char *const cancel[] = { "cancel", "--order", "L-000004", "--no-wait", NULL };
        ProofFile file = proof_file("L", 4, 0, false);

        (void) state;
        file.last = PROOF_ENDED;
        run_command("kills-cancel-link", &file, file.n_good, cancel);
}

static void a_batch_is_cancelled(void **state) {
        static const char *const cancel[] = { "cancel", "--batch", "B000001", "--no-wait", NULL };
        ProofFile file = proof_file("L", 4, 0, false);
        KillStart start;

        (void) state;
        proof_kill_start_sent(&start, &file, file.n_good);
        proof_must(&start.place, proof_ctl(&start.place, cancel));
        file.last = PROOF_ENDED;
        file.n_last = file.n_good;
        proof_kill_run(
                &(KillScenario){ .name = "kills-cancel-batch", .from = "ready", .dropped = true },
                &start, &file, 1);
        proof_kill_start_done(&start);
        proof_file_done(&file);
}

static void a_link_is_replaced(void **state) {
        static const char *const reissue[] = { "reissue", "--order", "L-000004", "--no-wait",
                                               NULL };
        ProofFile file = proof_file("L", 4, 0, false);

        (void) state;
        file.last = PROOF_REISSUED;
        run_command("kills-reissue", &file, file.n_good, reissue);
}

/* --- by a file -------------------------------------------------------------------------------- */

static bool drop_reissue(ProofPlace *place) {
        static char text[] = "order_id,amount,currency,action\nL-000004,2004,CLP,reissue\n";
        const ProofFile file = { .stem = "N", .text = text, .size = sizeof(text) - 1 };

        return proof_drop(place, &file);
}

/* The row of the first file is over, and that of the second one has the live link. */
static bool is_replaced(ProofPlace *place, const KillWork *work, ProofCounts *ret_counts) {
        CLEANUP(proof_results_done) ProofResults results = { 0 };

        return proof_check(place, work->files, work->n_files, false, ret_counts) &&
               proof_results(place, "N", &results) &&
               ((results.n == 1 && strcmp(results.rows[0].status, "open") == 0 &&
                 proof_is_live(place, "L-000004", results.rows[0].session)) ||
                proof_wrong(place, "the link of the second file is not open"));
}

static void a_link_is_replaced_by_a_file(void **state) {
        ProofFile file = proof_file("L", 4, 0, false);
        KillStart start;

        (void) state;
        proof_kill_start_sent(&start, &file, file.n_good);
        file.last = PROOF_REPLACED;
        file.n_last = 1;
        proof_kill_run(&(KillScenario){ .name = "kills-reissue-file",
                                        .from = "ready",
                                        .dropped = true,
                                        .decide = drop_reissue,
                                        .check = is_replaced },
                       &start, &file, 1);
        proof_kill_start_done(&start);
        proof_file_done(&file);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(results_again),
                cmocka_unit_test(an_order_is_withdrawn),
                cmocka_unit_test(a_link_is_ended),
                cmocka_unit_test(a_batch_is_cancelled),
                cmocka_unit_test(a_link_is_replaced),
                cmocka_unit_test(a_link_is_replaced_by_a_file),
        };

        return FLOW_RUN(tests);
}
