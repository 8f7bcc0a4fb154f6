/* Kills at every durable step while a person's decision is carried out: an approval by file, which
 * counts once and lets every order go once; and an order that is forgotten, of which no byte is left
 * in the end, whatever happened in between. */
#include <fcntl.h>
#include <glob.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/flow/harness.h"
#include "tests/flow/proof.h"

#define WORKERS 2
#define ENDS    3 /* runs in a row that came to their end: there is no such step any more */
#ifdef __SANITIZE_ADDRESS__
#define EVERY 11 /* here it is about memory: a sample will do */
#else
#define EVERY 1
#endif
#define MAKER         4101
#define SECOND_PERSON 4102
#define PERSON        "ana.araya@persona.example"

typedef struct Decision {
        const char *name;
        const char *settings;
        char base[256];
        ProofPlace prepared;
        ProofFile file;
        /* what is done before the run that is killed, and what must be so in the end */
        bool (*decide)(ProofPlace *place);
        bool (*check)(ProofPlace *place, const struct Decision *decision, ProofCounts *counts);
} Decision;

static char *path_of(ProofPlace *place, char path[static PATH_MAX], const char *below) {
        (void) snprintf(path, PATH_MAX, "%s/%s", place->folder, below);
        return path;
}

/* --- one point -------------------------------------------------------------------------------- */

static bool run_killed(ProofPlace *place, uint64_t step, bool *ret_killed) {
        const ProofShim shim = { .from = "ready", .kill_at = step };
        const ProofRun run = { .shim = &shim, .timeout = "100s" };
        int status = -1;

        if (!proof_daemon_run(place, &run, &status))
                return false;
        *ret_killed = status == 128 + 9;
        return *ret_killed || status <= 2 || proof_wrong(place, "checkoutd ended with %d", status);
}

static bool kill_point(ProofTally *tally, unsigned point, const void *userdata) {
        const Decision *decision = userdata;
        uint64_t step = 1 + (uint64_t) (point - 1) * EVERY;
        ProofCounts counts = { 0 };
        char name[64], last[256] = "";
        bool killed = false, good;
        ProofPlace place;

        (void) snprintf(name, sizeof(name), "%s-%u", decision->name, point);
        good = proof_place_make(&place, decision->base, name);
        place.settings = decision->settings;
        good = good && proof_sandbox_start(&place, NULL) &&
               proof_place_copy(&place, decision->prepared.folder) && decision->decide(&place) &&
               run_killed(&place, step, &killed);
        (void) proof_steps(&place, last);
        if (good && killed) {
                tally->restarts++;
                good = proof_daemon_finish(&place, "100s", 1);
        }
        if (good)
                good = decision->check(&place, decision, &counts);
        proof_tally_add(tally, &counts);
        if (!good)
                proof_tally_fail(tally, point, &place, last);
        if (killed) {
                tally->killed++;
                tally->points++;
        } else {
                tally->ends++;
        }
        proof_place_remove(&place);
        return tally->ends < ENDS;
}

static void prove(Decision *decision) {
        ProofTally *tally = proof_tally_new();

        proof_points(tally, WORKERS, kill_point, decision);
        assert_true(tally->killed > 10 / EVERY);
        proof_tell(decision->name, tally);
        proof_tally_free(tally);
        proof_place_remove(&decision->prepared);
        proof_base_remove(decision->base);
        proof_file_done(&decision->file);
}

/* --- an approval ------------------------------------------------------------------------------ */

static bool digits_of(ProofPlace *place, char ret_name[static 64]) {
        char path[PATH_MAX], line[512];
        CLEANUP(close_file_p)
        FILE *ack = fopen(path_of(place, path, "spool/results/E.B000001.ACK.txt"), "re");

        while (ack && fgets(line, sizeof(line), ack)) {
                const char *begin = strstr(line, "checkoutctl approve ");

                if (!begin)
                        continue;
                begin += strlen("checkoutctl approve ");
                (void) snprintf(ret_name, 64, "%.*s", (int) strcspn(begin, "\n"), begin);
                return true;
        }
        return proof_wrong(place, "%s does not ask for an approval", path);
}

static bool approve(ProofPlace *place) {
        char name[64] = "", folder[PATH_MAX], beside[PATH_MAX], path[PATH_MAX + 64];
        AUTO_CLOSE int fd = -1;

        if (!digits_of(place, name))
                return false;
        (void) path_of(place, beside, "approving");
        (void) snprintf(path, sizeof(path), "%s/%s",
                        path_of(place, folder, "spool/incoming/approve"), name);
        fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
        if (fd < 0 || fchown(fd, SECOND_PERSON, (gid_t) -1) < 0 || chmod(folder, 01770) < 0 ||
            rename(beside, path) < 0)
                return proof_wrong(place, "%s cannot be put", path);
        return true;
}

static bool holds(ProofPlace *place, const char *below, const char *text) {
        char path[PATH_MAX], whole[8192] = "";
        CLEANUP(close_file_p) FILE *file = fopen(path_of(place, path, below), "re");

        if (file)
                whole[fread(whole, 1, sizeof(whole) - 1, file)] = '\0';
        return strstr(whole, text) || proof_wrong(place, "%s does not hold %s", below, text);
}

static bool is_approved_once(ProofPlace *place, const Decision *decision, ProofCounts *counts) {
        return proof_check(place, &decision->file, 1, false, counts) &&
               holds(place, "spool/results/E.B000001.APPROVAL.txt", "4102") &&
               holds(place, "spool/results/E.B000001.summary.json", "\"uid\": 4102") &&
               (proof_count_paths(place, "spool/incoming/approve/*") == 0 ||
                proof_wrong(place, "the approving file is still there"));
}

static void an_approval(void **state) {
        Decision decision = { .name = "kills-approval",
                              .settings = "[orders]\napproval = yes\n",
                              .file = proof_file("E", 6, 0, false),
                              .decide = approve,
                              .check = is_approved_once };
        ProofPlace *place = &decision.prepared;
        const ProofRun run = { .timeout = "100s" };
        char path[PATH_MAX];
        int status = -1;

        (void) state;
        if (geteuid() != 0)
                skip();
        proof_base_make(decision.base);
        proof_must(place, proof_place_make(place, decision.base, "prepared"));
        place->settings = decision.settings;
        proof_must(place, proof_sandbox_start(place, NULL) && proof_drop(place, &decision.file));
        assert_int_equal(chown(path_of(place, path, "spool/incoming/E.csv"), MAKER, (gid_t) -1), 0);
        proof_must(place, proof_daemon_run(place, &run, &status));
        assert_int_equal(status, 2); /* it waits */
        proof_sandbox_stop(place);
        prove(&decision);
}

/* --- an order that is forgotten --------------------------------------------------------------- */

static bool forget(ProofPlace *place) {
        static const char *const arguments[] = { "forget", "--order", "F-000001", "--no-wait",
                                                 NULL };

        return proof_ctl(place, arguments);
}

static bool is_in(const char *path, const char *text) {
        CLEANUP(close_file_p) FILE *file = fopen(path, "re");
        size_t capacity = 16U << 20;
        AUTO_FREE char *bytes = malloc(capacity);
        size_t size = file && bytes ? fread(bytes, 1, capacity, file) : 0;

        return size > 0 && memmem(bytes, size, text, strlen(text));
}

static bool is_forgotten(ProofPlace *place, const Decision *decision, ProofCounts *counts) {
        static const char *const places[] = { "checkoutd.db",     "checkoutd.db-wal",
                                              "spool/archive/*",  "spool/results/*",
                                              "spool/results/.*", "spool/work/*" };
        bool good = true;

        (void) decision;
        *counts = (ProofCounts){ .orders = 1 };
        for (size_t i = 0; i < ELEMENTS(places); i++) {
                char pattern[PATH_MAX];
                glob_t found;

                if (glob(path_of(place, pattern, places[i]), 0, NULL, &found) != 0)
                        continue;
                for (size_t j = 0; j < found.gl_pathc; j++)
                        if (is_in(found.gl_pathv[j], PERSON))
                                good = proof_wrong(place, "%s still holds it", found.gl_pathv[j]);
                globfree(&found);
        }
        return good && holds(place, "spool/results/F.B000001.results.csv", "F-000001,,,") &&
               holds(place, "spool/results/F.B000001.results.csv", "berta.bravo@") &&
               proof_verify(place) && proof_said_nothing_bad(place);
}

/* Neither row can be sent: nothing is waited for. */
static void a_forgotten_order(void **state) {
        static const char text[] = "order_id,amount,currency,customer_email\n"
                                   "F-000001,none,CLP," PERSON "\n"
                                   "F-000002,1002,CLP,berta.bravo@persona.example\n";
        Decision decision = {
                .name = "kills-forget", .settings = "", .decide = forget, .check = is_forgotten
        };
        ProofPlace *place = &decision.prepared;

        (void) state;
        decision.file = (ProofFile){ .stem = "F", .text = strdup(text), .size = sizeof(text) - 1 };
        proof_base_make(decision.base);
        proof_must(place, proof_place_make(place, decision.base, "prepared") &&
                                  proof_sandbox_start(place, NULL) &&
                                  proof_drop(place, &decision.file) &&
                                  proof_daemon_finish(place, "100s", 1));
        proof_sandbox_stop(place);
        prove(&decision);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(an_approval),
                cmocka_unit_test(a_forgotten_order),
        };

        return FLOW_RUN(tests);
}
