/* Faults: every fault of the provider alone at 10 %, and all that pass mixed at 20 %, 2,000 orders
 * each. In the end no order has two sessions, what is shown of a row agrees with what was made, and
 * what is not open is so by the rules. Faults that are about the account or the installation hold
 * all sending, and the daemon says so; when they are over, the rest goes out. */
#include <stdatomic.h>
#include <string.h>

#include "tests/flow/harness.h"
#include "tests/flow/proof.h"

#define ORDERS  2000
#define WORKERS 4 /* the daemons mostly wait for retries */

typedef enum Expect {
        ALL_OPEN,       /* every fault passes */
        SOME_REFUSED,   /* the provider said no to some rows */
        SOME_UNSETTLED, /* the stored answer to some is replayed: unknown, or queued when the answer
                         * says that nothing was made */
        HELD,           /* all sending may be held, and goes on when the fault is over */
        HELD_FOR_GOOD,  /* until a person has looked */
        MIXED,
} Expect;

typedef struct Case {
        const char *name;
        Expect expect;
        const char *arguments[32]; /* of the sandbox */
} Case;

#define ALONE(kind, expect)                                                                        \
        {                                                                                          \
                kind, expect, {                                                                    \
                        "--fault", kind "=0.1", "--slow", "300", NULL                              \
                }                                                                                  \
        }

static const Case cases[] = {
        ALONE("reset-before", ALL_OPEN),
        ALONE("reset-after", ALL_OPEN),
        ALONE("silence-before", ALL_OPEN),
        ALONE("silence-after", ALL_OPEN),
        ALONE("slow", ALL_OPEN),
        ALONE("truncated", ALL_OPEN),
        ALONE("not-json", ALL_OPEN),
        ALONE("html-502", ALL_OPEN),
        ALONE("html-502-made", ALL_OPEN),
        ALONE("rate-429", ALL_OPEN),
        ALONE("rate-429-retry-after", ALL_OPEN),
        ALONE("refuse", SOME_REFUSED),
        ALONE("refuse-422", SOME_REFUSED),
        ALONE("refuse-409", SOME_UNSETTLED),
        ALONE("refuse-unknown", SOME_UNSETTLED),
        ALONE("rate-429-stored", SOME_UNSETTLED),
        ALONE("error-500", SOME_UNSETTLED),
        ALONE("error-503", SOME_UNSETTLED),
        ALONE("error-500-made", SOME_UNSETTLED),
        ALONE("auth-401", HELD),
        ALONE("account-402", HELD),
        ALONE("account-403", HELD),
        ALONE("html-403", HELD),
        ALONE("redirect", HELD),
        ALONE("wrong-amount", HELD_FOR_GOOD),
        ALONE("wrong-currency", HELD_FOR_GOOD),
        ALONE("wrong-mode", HELD_FOR_GOOD),
        ALONE("wrong-key", HELD_FOR_GOOD),
        { "mixed", MIXED, { "--fault", "reset-before=0.02",    "--fault", "reset-after=0.02",
                            "--fault", "silence-before=0.01",  "--fault", "silence-after=0.01",
                            "--fault", "truncated=0.02",       "--fault", "not-json=0.02",
                            "--fault", "html-502=0.02",        "--fault", "html-502-made=0.02",
                            "--fault", "rate-429=0.02",        "--fault", "refuse=0.01",
                            "--fault", "rate-429-stored=0.01", "--fault", "error-500=0.01",
                            "--fault", "error-500-made=0.01",  NULL } },
};

static const char *const timeouts[] = {
        [ALL_OPEN] = "110s", [SOME_REFUSED] = "110s", [SOME_UNSETTLED] = "10s",
        [HELD] = "5s",       [HELD_FOR_GOOD] = "5s",  [MIXED] = "40s",
};

/* --- what is shown of a row, and what was made ------------------------------------------------ */

typedef struct Shown {
        const char *status;
        unsigned least, most; /* sessions made */
        unsigned n;
} Shown;

static const Shown known[] = {
        { "open", 1, 1, 0 },    { "refused", 0, 0, 0 }, { "queued", 0, 0, 0 },
        { "unknown", 0, 1, 0 }, { "held", 0, 1, 0 },
};
enum { OPEN, REFUSED, QUEUED, UNKNOWN, ON_HOLD };

static bool look_at_row(ProofPlace *place, const ProofLedger *ledger, const ProofRow *row,
                        Shown *shown, ProofCounts *counts) {
        unsigned made;
        const ProofMade *first = proof_ledger_find(ledger, row->order, &made);
        const char *id = first ? first->id : "";
        size_t i = 0;

        while (i < ELEMENTS(known) && strcmp(row->status, known[i].status) != 0)
                i++;
        if (i == ELEMENTS(known))
                return proof_wrong(place, "%s is %s", row->order, row->status);
        shown[i].n++;
        counts->duplicates += made > 1 ? made - 1 : 0;
        counts->lost += made < known[i].least;
        if (made < known[i].least || made > known[i].most)
                return proof_wrong(place, "%s is %s, sessions %u", row->order, row->status, made);
        return i != OPEN || strcmp(id, row->session) == 0 ||
               proof_wrong(place, "%s has the session %s, not %s", row->order, row->session, id);
}

/* All rows, each once: the results hold as many as the file, and verify compares them. */
static bool look(ProofPlace *place, Shown *shown, ProofCounts *ret_counts) {
        CLEANUP(proof_ledger_done) ProofLedger ledger = { 0 };
        CLEANUP(proof_results_done) ProofResults results = { 0 };
        ProofCounts counts = { .orders = ORDERS };
        bool good = true;

        (void) memcpy(shown, known, sizeof(known));
        if (!proof_ledger(place, &ledger) || !proof_results(place, "F", &results))
                return false;
        counts.sessions = (unsigned) ledger.n;
        for (size_t i = 0; i < results.n; i++)
                good = look_at_row(place, &ledger, &results.rows[i], shown, &counts) && good;
        counts.lost += results.n < ORDERS ? ORDERS - (unsigned) results.n : 0;
        *ret_counts = counts;
        if (results.n != ORDERS)
                return proof_wrong(place, "%zu rows in the results", results.n);
        return good && proof_verify(place) && proof_said_nothing_bad(place);
}

static bool is_as_expected(ProofPlace *place, Expect expect, const Shown *shown) {
        bool good = false;

        switch (expect) {
        case ALL_OPEN:
                good = shown[OPEN].n == ORDERS;
                break;
        case SOME_REFUSED:
                good = shown[REFUSED].n > 0 && shown[REFUSED].n + shown[OPEN].n == ORDERS;
                break;
        case SOME_UNSETTLED:
                good = shown[OPEN].n >= ORDERS * 8 / 10 && shown[ON_HOLD].n == 0 &&
                       shown[REFUSED].n == 0;
                break;
        case HELD: /* or an accepted request has let all go again */
                good = shown[REFUSED].n == 0 && shown[UNKNOWN].n == 0;
                break;
        case HELD_FOR_GOOD:
                good = shown[ON_HOLD].n > 0 && shown[REFUSED].n == 0;
                break;
        case MIXED:
                good = shown[OPEN].n >= ORDERS * 8 / 10 && shown[ON_HOLD].n == 0;
                break;
        }
        return good || proof_wrong(place, "open %u, refused %u, queued %u, unknown %u, held %u",
                                   shown[OPEN].n, shown[REFUSED].n, shown[QUEUED].n,
                                   shown[UNKNOWN].n, shown[ON_HOLD].n);
}

/* --- one fault -------------------------------------------------------------------------------- */

static bool has_said(ProofPlace *place) {
        char path[PATH_MAX], line[1024];
        CLEANUP(close_file_p) FILE *log = NULL;

        (void) snprintf(path, sizeof(path), "%s/daemon.log", place->folder);
        log = fopen(path, "re");
        while (log && fgets(line, sizeof(line), log))
                if (strncmp(line, "<3>", 3) == 0)
                        return true;
        return proof_wrong(place, "sending is held, and nothing was said");
}

static bool run_case(ProofPlace *place, const Case *tried, Shown *shown, ProofCounts *counts) {
        const ProofRun run = { .timeout = timeouts[tried->expect] };
        int status;

        if (!proof_daemon_run(place, &run, &status) || !look(place, shown, counts) ||
            !is_as_expected(place, tried->expect, shown))
                return false;
        if (status > 2)
                return proof_wrong(place, "checkoutd ended with %d", status);
        return shown[ON_HOLD].n == 0 || has_said(place);
}

/* The fault is over: the probe after the start lets everything go. */
static bool run_after_hold(ProofPlace *place, ProofTally *tally, Shown *shown,
                           ProofCounts *counts) {
        AUTO_FREE char *answer = proof_ask(place, "/_sandbox/faults", "{\"clear\":true}");

        tally->restarts++;
        return answer && proof_daemon_finish(place, "60s", 0) && look(place, shown, counts) &&
               is_as_expected(place, ALL_OPEN, shown);
}

static bool fault_point(ProofTally *tally, unsigned point, const void *userdata) {
        const ProofFile *file = userdata;
        const Case *tried = &cases[point - 1 < ELEMENTS(cases) ? point - 1 : 0];
        Shown shown[ELEMENTS(known)] = { 0 };
        ProofCounts counts = { 0 };
        ProofPlace place;
        char base[256], line[256];
        bool good;

        if (point > ELEMENTS(cases))
                return false;
        proof_base_make(base);
        good = proof_place_make(&place, base, tried->name);
        place.settings = "timeout = 1s\nmax_in_flight = 128\n";
        good = good && proof_sandbox_start(&place, tried->arguments) && proof_drop(&place, file) &&
               run_case(&place, tried, shown, &counts);
        if (good && tried->expect == HELD)
                good = run_after_hold(&place, tally, shown, &counts);
        (void) snprintf(line, sizeof(line),
                        "scenario faults-%s: orders %u, sessions %u, duplicates %u, lost %u, open "
                        "%u, refused %u, queued %u, unknown %u, held %u\n",
                        tried->name, counts.orders, counts.sessions, counts.duplicates, counts.lost,
                        shown[OPEN].n, shown[REFUSED].n, shown[QUEUED].n, shown[UNKNOWN].n,
                        shown[ON_HOLD].n);
        (void) fputs(line, stdout);
        (void) fflush(stdout);
        tally->points++;
        proof_tally_add(tally, &counts);
        if (!good)
                proof_tally_fail(tally, point, &place, tried->name);
        proof_place_remove(&place);
        proof_base_remove(base);
        return true;
}

static void every_fault(void **state) {
        ProofTally *tally = proof_tally_new();
        ProofFile file = proof_file("F", ORDERS, 0, false);

        (void) state;
        proof_points(tally, WORKERS, fault_point, &file);
        proof_tell("faults", tally);
        proof_tally_free(tally);
        proof_file_done(&file);
}

int main(void) {
        static const struct CMUnitTest tests[] = { cmocka_unit_test(every_fault) };

        return FLOW_RUN(tests);
}
