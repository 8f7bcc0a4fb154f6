#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "jobs/base/civil.h"
#include "jobs/base/cleanup.h"
#include "jobs/session/retry.h"

#define BORN (INT64_C(1796137200) * SECOND)

static void test_waits_as_long_as_it_is_old(void **state) {
        static const struct {
                int64_t age, server_wait, wait;
        } cases[] = {
                { 0, -1, SECOND },
                { SECOND / 2, -1, SECOND },
                { 3 * SECOND, -1, 3 * SECOND },
                { 9 * MINUTE, -1, 9 * MINUTE },
                { 10 * MINUTE + 1, -1, 10 * MINUTE },
                { 20 * HOUR, -1, 10 * MINUTE },
                { -DAY, -1, SECOND }, /* the clock was set back */
                { 3 * SECOND, 0, 3 * SECOND },
                { 3 * SECOND, 2 * SECOND, 3 * SECOND },
                { 3 * SECOND, 30 * SECOND, 30 * SECOND },
                { 3 * SECOND, HOUR, HOUR },
                { 3 * SECOND, DAY, HOUR }, /* believed up to an hour */
                { 3 * SECOND, INT64_MAX, HOUR },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                int64_t now = BORN + cases[i].age;
                int64_t wait = cases[i].wait;
                int64_t latest = retry_next(BORN, now, cases[i].server_wait, UINT32_MAX) - now;

                assert_int_equal(retry_next(BORN, now, cases[i].server_wait, 0), now + wait);
                assert_int_equal(retry_next(BORN, now, cases[i].server_wait, UINT32_C(1) << 31),
                                 now + wait + wait / 8);
                assert_true(latest >= wait && latest < wait + wait / 4);
        }
}

/* Tried again and again it doubles up to ten minutes, whether or not we were restarted between. */
static void test_doubles_without_a_counter(void **state) {
        int64_t now = BORN;
        unsigned attempts = 0;

        (void) state;
        for (int64_t before = 0; now < BORN + 20 * HOUR; attempts++) {
                int64_t next = retry_next(BORN, now, -1, 0);

                assert_true(next - now >= before && next - now <= 10 * MINUTE);
                before = next - now;
                now = next;
        }
        assert_in_range(attempts, 120, 135);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_waits_as_long_as_it_is_old),
                cmocka_unit_test(test_doubles_without_a_counter),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
