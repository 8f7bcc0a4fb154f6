/* Kills at every durable step while a person's decision is carried out: an approval by file, which
 * counts once and lets every order go once; and an order that is forgotten, of which no byte is
 * left in the end, whatever happened in between. */
#include <fcntl.h>
#include <glob.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/flow/harness.h"
#include "tests/flow/proof_kill.h"

#define MAKER         4101
#define SECOND_PERSON 4102
#define PERSON        "ana.araya@persona.example"

static char *path_of(ProofPlace *place, char path[static PATH_MAX], const char *below) {
        (void) snprintf(path, PATH_MAX, "%s/%s", place->folder, below);
        return path;
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

static bool is_approved_once(ProofPlace *place, const KillWork *work, ProofCounts *counts) {
        return proof_check(place, work->files, work->n_files, false, counts) &&
               proof_holds(place, "spool/results/E.B000001.APPROVAL.txt", "4102") &&
               proof_holds(place, "spool/results/E.B000001.summary.json", "\"uid\": 4102") &&
               (proof_count_paths(place, "spool/incoming/approve/*") == 0 ||
                proof_wrong(place, "the approving file is still there"));
}

static void an_approval(void **state) {
        static const char settings[] = "[orders]\napproval = yes\n";
        ProofFile file = proof_file("E", 6, 0, false);
        KillStart start;
        ProofPlace *place = &start.place;
        const ProofRun run = { .timeout = "100s" };
        char path[PATH_MAX];
        int status = -1;

        (void) state;
        if (geteuid() != 0)
                skip();
        proof_kill_start(&start);
        place->settings = settings;
        proof_must(place, proof_kill_sandbox(place) && proof_drop(place, &file));
        assert_int_equal(chown(path_of(place, path, "spool/incoming/E.csv"), MAKER, (gid_t) -1), 0);
        proof_must(place, proof_daemon_run(place, &run, &status));
        assert_int_equal(status, 2); /* it waits */
        proof_sandbox_stop(place);
        proof_kill_run(&(KillScenario){ .name = "kills-approval",
                                        .from = "ready",
                                        .settings = settings,
                                        .dropped = true,
                                        .decide = approve,
                                        .check = is_approved_once },
                       &start, &file, 1);
        proof_kill_start_done(&start);
        proof_file_done(&file);
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

static bool is_forgotten(ProofPlace *place, const KillWork *work, ProofCounts *counts) {
        static const char *const places[] = { "checkoutd.db",     "checkoutd.db-wal",
                                              "spool/archive/*",  "spool/results/*",
                                              "spool/results/.*", "spool/work/*" };
        bool good = true;

        (void) work;
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
        return good && proof_holds(place, "spool/results/F.B000001.results.csv", "F-000001,,,") &&
               proof_holds(place, "spool/results/F.B000001.results.csv", "berta.bravo@") &&
               proof_verify(place) && proof_said_nothing_bad(place);
}

/* Neither row can be sent: nothing is waited for. */
static void a_forgotten_order(void **state) {
        static const char text[] = "order_id,amount,currency,customer_email\n"
                                   "F-000001,none,CLP," PERSON "\n"
                                   "F-000002,1002,CLP,berta.bravo@persona.example\n";
        ProofFile file = {
                .stem = "F", .text = strdup(text), .size = sizeof(text) - 1, .n_bad = 2
        };
        KillStart start;
        ProofPlace *place = &start.place;

        (void) state;
        proof_kill_start(&start);
        proof_must(place, proof_kill_sandbox(place) && proof_drop(place, &file) &&
                                  proof_daemon_finish(place, "100s", 1));
        proof_sandbox_stop(place);
        proof_kill_run(&(KillScenario){ .name = "kills-forget",
                                        .from = "ready",
                                        .dropped = true,
                                        .decide = forget,
                                        .check = is_forgotten },
                       &start, &file, 1);
        proof_kill_start_done(&start);
        proof_file_done(&file);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(an_approval),
                cmocka_unit_test(a_forgotten_order),
        };

        return FLOW_RUN(tests);
}
