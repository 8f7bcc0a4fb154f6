/* The breaker opens after a run of failures, probes with growing waits, closes on success. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <limits.h>

#include "jobs/base/civil.h"
#include "jobs/session/breaker.h"

static void opens_only_after_a_run(void **state) {
        Breaker breaker = BREAKER_CLOSED;

        (void) state;
        for (unsigned i = 0; i < 10 * BREAKER_THRESHOLD; i++) {
                breaker_bad(&breaker, i);
                if (i % (BREAKER_THRESHOLD - 1) == 0)
                        breaker_good(&breaker);
                assert_false(breaker_is_open(&breaker));
        }
        for (unsigned i = 0; i < BREAKER_THRESHOLD; i++)
                breaker_bad(&breaker, 0);
        assert_true(breaker_is_open(&breaker));
}

static void probes_one_at_a_time_with_growing_waits(void **state) {
        static const int64_t waits[] = { 1, 2, 4, 8, 16, 32, 60, 60, 60 };
        Breaker breaker = BREAKER_CLOSED;
        int64_t now = 1000 * SECOND;

        (void) state;
        for (unsigned i = 0; i < BREAKER_THRESHOLD; i++)
                breaker_bad(&breaker, now);
        for (unsigned i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
                assert_int_equal(breaker_allows(&breaker, 0, now + waits[i] * SECOND - 1), 0);
                assert_int_equal(breaker_allows(&breaker, 1, now + waits[i] * SECOND), 0);
                now += waits[i] * SECOND;
                assert_int_equal(breaker_allows(&breaker, 0, now), 1);
                breaker_bad(&breaker, now);
        }
        breaker_good(&breaker);
        assert_int_equal(breaker_allows(&breaker, 7, now), UINT_MAX);
}

static void late_failures_of_the_same_outage_are_no_probes(void **state) {
        Breaker breaker = BREAKER_CLOSED;

        (void) state;
        for (unsigned i = 0; i < 64; i++) /* all that was in flight */
                breaker_bad(&breaker, 0);
        assert_int_equal(breaker_allows(&breaker, 0, SECOND), 1);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(opens_only_after_a_run),
                cmocka_unit_test(probes_one_at_a_time_with_growing_waits),
                cmocka_unit_test(late_failures_of_the_same_outage_are_no_probes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
