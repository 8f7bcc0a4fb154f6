/* Kills at every step of what is learnt of money: a look at the links, and a payout file. */
#include <stdlib.h>
#include <string.h>

#include "tests/flow/harness.h"
#include "tests/flow/proof_kill.h"

#define PAID 2 /* of the orders of a file, the last ones */

static bool pay(ProofPlace *place, unsigned from, unsigned to) {
        for (unsigned number = from; number <= to; number++) {
                char body[128];
                AUTO_FREE char *answer = NULL;

                (void) snprintf(body, sizeof(body), "{\"order\":\"P-%06u\",\"do\":\"pay\"}",
                                number);
                answer = proof_ask(place, "/_sandbox/payer", body);
                if (!answer)
                        return false;
        }
        return true;
}

/* The payers of the last two orders. */
static bool pay_last(ProofPlace *place) {
        return pay(place, 4 - PAID + 1, 4);
}

static ProofFile four_orders(void) {
        ProofFile file = proof_file("P", 4, 0, false);

        file.last = PROOF_PAID;
        file.n_last = PAID;
        return file;
}

/* --- a look ----------------------------------------------------------------------------------- */

/* A person wants to know what became of the links: each is asked for, what was paid is recorded,
 * and the results are written again. */
static void a_look(void **state) {
        static const char *const sync[] = { "sync", "--no-wait", NULL };
        ProofFile file = four_orders();
        KillStart start;

        (void) state;
        proof_kill_start_sent(&start, &file, file.n_good);
        proof_must(&start.place, proof_ctl(&start.place, sync));
        proof_kill_run(&(KillScenario){ .name = "kills-look",
                                        .from = "ready",
                                        .dropped = true,
                                        .decide = pay_last },
                       &start, &file, 1);
        proof_kill_start_done(&start);
        proof_file_done(&file);
}

/* --- a payout file ---------------------------------------------------------------------------- */

static char *payout; /* as the provider reports what was paid in the start */

static bool drop_payout(ProofPlace *place) {
        const ProofFile file = { .stem = "payouts/pay", .text = payout, .size = strlen(payout) };

        return pay_last(place) && proof_drop(place, &file);
}

static bool is_settled_once(ProofPlace *place, const KillWork *work, ProofCounts *ret_counts) {
        return proof_check(place, work->files, work->n_files, false, ret_counts) &&
               proof_holds(place, "spool/results/payouts/pay.B000002.ACK.txt",
                           "= pagos que calzan                2                CLP 2.007\n") &&
               (proof_count_paths(place, "spool/results/payouts/*") == 1 ||
                proof_wrong(place, "the payout file has other answers too")) &&
               (proof_count_paths(place, "spool/archive/B000002.pay.csv") == 1 ||
                proof_wrong(place, "the payout file is not in archive/"));
}

static void a_payout(void **state) {
        static const char *const sync[] = { "sync", "--no-wait", NULL };
        ProofFile file = four_orders();
        KillStart start;
        ProofPlace *place = &start.place;

        (void) state;
        proof_kill_start_sent(&start, &file, file.n_good);
        /* the payments are known before the file comes */
        proof_must(place, proof_kill_sandbox(place) &&
                                  proof_log_replay(place, &start.log, start.log.n) &&
                                  pay_last(place) && proof_ctl(place, sync) &&
                                  proof_daemon_finish(place, "100s", 0));
        payout = proof_ask(place, "/_sandbox/payout.csv", NULL);
        proof_must(place, payout != NULL);
        proof_sandbox_stop(place);
        proof_kill_run(&(KillScenario){ .name = "kills-payout",
                                        .from = "ready",
                                        .dropped = true,
                                        .decide = drop_payout,
                                        .check = is_settled_once },
                       &start, &file, 1);
        free(payout);
        proof_kill_start_done(&start);
        proof_file_done(&file);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_look),
                cmocka_unit_test(a_payout),
        };

        return FLOW_RUN(tests);
}
