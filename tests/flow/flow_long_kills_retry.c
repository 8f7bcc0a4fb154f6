/* Kills at every step while rows are tried again: the provider or the way to it fails for most of
 * them, each in another way. */
#include "tests/flow/harness.h"
#include "tests/flow/proof_kill.h"

#define SLEEPERS 8 /* workers: the daemon mostly waits for the time of a retry */

static void with_retries(void **state) {
        static const char faults[] = "{\"next\":["
                                     "{\"fault\":\"reset-before\",\"match\":\"E-000001\"},"
                                     "{\"fault\":\"reset-after\",\"match\":\"E-000002\"},"
                                     "{\"fault\":\"html-502\",\"match\":\"E-000003\"},"
                                     "{\"fault\":\"rate-429\",\"match\":\"E-000004\"},"
                                     "{\"fault\":\"truncated\",\"match\":\"E-000005\"},"
                                     "{\"fault\":\"html-502-made\",\"match\":\"E-000006\"},"
                                     "{\"fault\":\"not-json\",\"match\":\"E-000007\"}]}";

        (void) state;
        proof_kill_eight(&(KillScenario){
                .name = "kills-retry", .from = "ready", .faults = faults, .workers = SLEEPERS });
}

int main(void) {
        static const struct CMUnitTest tests[] = { cmocka_unit_test(with_retries) };

        return FLOW_RUN(tests);
}
