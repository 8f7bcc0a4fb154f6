/* Ageing: the borders of the buckets, what is owed, and which links run out when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "jobs/base/civil.h"
#include "jobs/base/cleanup.h"
#include "jobs/reconcile/ageing.h"

static void days_fall_into_buckets(void **state) {
        static const struct {
                int64_t days;
                const char *name;
        } cases[] = { { -400, "current" }, { -1, "current" }, { 0, "current" }, { 1, "1-30" },
                      { 30, "1-30" },      { 31, "31-60" },   { 60, "31-60" },  { 61, "61-90" },
                      { 90, "61-90" },     { 91, "90+" },     { 40000, "90+" } };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++)
                assert_string_equal(ageing_name(ageing_bucket(cases[i].days)), cases[i].name);
        assert_string_equal(ageing_name(AGEING_NONE), "");
}

/* Exactly these: a row that comes back as another one must not be counted twice. */
static void what_is_owed(void **state) {
        const unsigned owed = 1U << STATUS_HELD | 1U << STATUS_QUEUED | 1U << STATUS_SENDING |
                              1U << STATUS_UNKNOWN | 1U << STATUS_OPEN | 1U << STATUS_IN_PROGRESS |
                              1U << STATUS_FAILED | 1U << STATUS_EXPIRED;

        (void) state;
        for (Status status = STATUS_REJECTED; status < STATUS_COUNT; status++)
                assert_int_equal(ageing_is_owed(status), owed >> status & 1);
}

static void windows_hold_the_shorter_ones(void **state) {
        const int64_t now = 1800000000 * SECOND;

        (void) state;
        assert_false(expiry_is_within(now, now, EXPIRY_7_DAYS)); /* over already */
        assert_true(expiry_is_within(now + 1, now, EXPIRY_24_HOURS));
        assert_true(expiry_is_within(now + DAY, now, EXPIRY_24_HOURS));
        assert_false(expiry_is_within(now + DAY + 1, now, EXPIRY_24_HOURS));
        assert_true(expiry_is_within(now + DAY + 1, now, EXPIRY_3_DAYS));
        assert_true(expiry_is_within(now + 3 * DAY, now, EXPIRY_3_DAYS));
        assert_false(expiry_is_within(now + 3 * DAY + 1, now, EXPIRY_3_DAYS));
        assert_true(expiry_is_within(now + 7 * DAY, now, EXPIRY_7_DAYS));
        assert_false(expiry_is_within(now + 7 * DAY + 1, now, EXPIRY_7_DAYS));
        assert_true(expiry_is_live(STATUS_OPEN) && expiry_is_live(STATUS_IN_PROGRESS));
        assert_false(expiry_is_live(STATUS_EXPIRED) || expiry_is_live(STATUS_QUEUED));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(days_fall_into_buckets),
                cmocka_unit_test(what_is_owed),
                cmocka_unit_test(windows_hold_the_shorter_ones),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
