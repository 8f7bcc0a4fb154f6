/* Kills: SIGKILL at every durable step of the real daemon, one point each; started again, it works
 * to the end, and every order has exactly one session, every file its answer, nothing is left.
 *
 * A step is a write, sync, change of size, new name, rename, link or unlink of a regular file or
 * folder, SQLite's own too, or a send to the provider. Nothing in the daemon knows of it: shim.c.
 *
 * Here: one file, from its being dropped until its original is archived. The other
 * flow_long_kills_* differ in what is being done: they are programs of their own to run beside each
 * other. */
#include "tests/flow/harness.h"
#include "tests/flow/proof_kill.h"

static void once(void **state) {
        (void) state;
        proof_kill_eight(&(KillScenario){ .name = "kills", .from = "ready" });
}

static void as_a_service(void **state) {
        (void) state;
        proof_kill_eight(
                &(KillScenario){ .name = "kills-service", .from = "ready", .daemon = true });
}

static void torn(void **state) {
        (void) state;
        proof_kill_eight(&(KillScenario){ .name = "kills-torn", .from = "ready", .torn = true });
}

static void killed_again(void **state) {
        (void) state;
        proof_kill_eight(&(KillScenario){ .name = "kills-again", .from = "ready", .again = true });
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(once),
                cmocka_unit_test(as_a_service),
                cmocka_unit_test(torn),
                cmocka_unit_test(killed_again),
        };

        return FLOW_RUN(tests);
}
