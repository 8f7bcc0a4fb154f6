/* Kills at every step of a first start, with its migrations, and after a backup was put back. */
#include <glob.h>
#include <unistd.h>

#include "tests/flow/harness.h"
#include "tests/flow/proof_kill.h"

static void first_start(void **state) {
        ProofFile file = proof_file("E", 8, 0, false);

        (void) state;
        proof_kill_run(&(KillScenario){ .name = "kills-first-start", .from = "start" }, NULL, &file,
                       1);
        proof_file_done(&file);
}

static void remove_paths(const ProofPlace *place, const char *pattern) {
        char path[PATH_MAX];
        glob_t found;

        (void) snprintf(path, sizeof(path), "%s/%s", place->folder, pattern);
        if (glob(path, 0, NULL, &found) == 0)
                for (size_t i = 0; i < found.gl_pathc; i++)
                        assert_int_equal(unlink(found.gl_pathv[i]), 0);
        globfree(&found);
}

/* A backup is put back that knows nothing of the file; it is dropped again, and a person has
 * looked: the same keys give the same sessions. */
static void a_restore(void **state) {
        static const char *const release[] = { "release", "--store", "--no-wait", NULL };
        ProofFile file = proof_file("R", 8, 0, false);
        KillStart backup, start;

        (void) state;
        proof_kill_start(&backup);
        proof_kill_start_sent(&start, &file, file.n_good);
        remove_paths(&start.place, "spool/results/*.*"); /* the folder of payouts stays */
        remove_paths(&start.place, "spool/archive/*.*");
        remove_paths(&start.place, "checkoutd.db*");
        proof_must(&start.place, proof_store_copy(&start.place, backup.place.folder) &&
                                         proof_ctl(&start.place, release));
        proof_kill_run(&(KillScenario){ .name = "kills-restore", .from = "start" }, &start, &file,
                       1);
        proof_kill_start_done(&backup);
        proof_kill_start_done(&start);
        proof_file_done(&file);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(first_start),
                cmocka_unit_test(a_restore),
        };

        return FLOW_RUN(tests);
}
