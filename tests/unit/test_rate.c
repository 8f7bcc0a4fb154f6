#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "jobs/base/civil.h"
#include "jobs/base/cleanup.h"
#include "jobs/session/rate.h"

#define MILLISECOND INT64_C(1000)
#define START       (1000 * SECOND)
#define SENT_MAX    200000

/* When requests left, in a simulated run. */
typedef struct Run {
        int64_t sent[SENT_MAX];
        size_t n;
} Run;

static uint32_t next_random(uint32_t *seed) {
        *seed = *seed * 1664525 + 1013904223;
        return *seed >> 8;
}

/* A sender that always wants more and is woken up to `lateness` too late, sometimes a lot later
 * (`stall`, once a thousand); every request gets a good reply 50 ms later. */
static void simulate(Rate *rate, int64_t from, int64_t until, int64_t lateness, int64_t stall,
                     Run *run) {
        uint32_t seed = 7;
        size_t answered = run->n;
        int64_t now = from;

        while (now < until) {
                unsigned taken = rate_take(rate, now, 64);
                int64_t next;

                assert_true(run->n + taken <= SENT_MAX);
                for (unsigned i = 0; i < taken; i++)
                        run->sent[run->n++] = now;
                for (; answered < run->n && run->sent[answered] <= now - 50 * MILLISECOND;
                     answered++)
                        rate_good(rate, now);

                next = rate_next(rate, now);
                assert_true(next > now || taken == 64);
                now = next + (int64_t) (next_random(&seed) % (uint64_t) (lateness + 1));
                if (stall > 0 && next_random(&seed) % 1000 == 0)
                        now += stall;
        }
}

static size_t most_in_a_second(const Run *run) {
        size_t most = 0;

        for (size_t first = 0, last = 0; last < run->n; last++) {
                while (run->sent[last] - run->sent[first] >= SECOND + 2 * MILLISECOND)
                        first++;
                if (last - first + 1 > most)
                        most = last - first + 1;
        }
        return most;
}

static size_t sent_after(const Run *run, int64_t instant) {
        size_t n = 0;

        for (size_t i = 0; i < run->n; i++)
                n += run->sent[i] >= instant;
        return n;
}

static void test_ramps_up_to_the_ceiling_and_keeps_it(void **state) {
        static const struct {
                unsigned ceiling;
                int64_t lateness, stall;
                double least; /* of the ceiling, after the ramp */
        } cases[] = {
                { 100, 0, 0, 0.98 },
                { 100, 8 * MILLISECOND, 0, 0.98 },
                { 100, 8 * MILLISECOND, 60 * MILLISECOND, 0.98 },
                { 100, 20 * MILLISECOND, 250 * MILLISECOND, 0.95 },
                { 5, 8 * MILLISECOND, 0, 0.98 },
                { 10, 8 * MILLISECOND, 0, 0.98 },
                { 50, 8 * MILLISECOND, 0, 0.98 },
                { 320, 8 * MILLISECOND, 0, 0.98 },
                { 1000, 8 * MILLISECOND, 0, 0.98 },
                { 1, 8 * MILLISECOND, 0, 0.98 },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                int64_t ramp = START + 70 * SECOND;
                int64_t until = ramp + 60 * SECOND;
                CLEANUP(rate_free_p) Rate *rate = NULL;
                AUTO_FREE Run *run = calloc(1, sizeof(*run));
                double mean;

                assert_non_null(run);
                assert_int_equal(rate_new(cases[i].ceiling, 0, &rate), 0);
                simulate(rate, START, until, cases[i].lateness, cases[i].stall, run);

                mean = (double) sent_after(run, ramp) / 60;
                if (mean < cases[i].least * cases[i].ceiling || mean > cases[i].ceiling)
                        fail_msg("case %zu: %.2f a second", i, mean);
                assert_true(most_in_a_second(run) <= cases[i].ceiling);
        }
}

static void test_begins_slowly(void **state) {
        CLEANUP(rate_free_p) Rate *rate = NULL;
        AUTO_FREE Run *run = calloc(1, sizeof(*run));

        (void) state;
        assert_non_null(run);
        assert_int_equal(rate_new(100, 0, &rate), 0);
        assert_true(rate_current(rate) == 5);
        simulate(rate, START, START + SECOND, 0, 0, run);
        assert_in_range(run->n, 4, 10);
        simulate(rate, START + SECOND, START + 25 * SECOND, 0, 0, run);
        assert_true(rate_current(rate) == 100);
}

static void test_no_reply_no_growth(void **state) {
        CLEANUP(rate_free_p) Rate *rate = NULL;

        (void) state;
        assert_int_equal(rate_new(100, 0, &rate), 0);
        for (int64_t now = START; now < START + 60 * SECOND; now += 10 * MILLISECOND)
                (void) rate_take(rate, now, 1);
        assert_true(rate_current(rate) == 5);
        /* and one reply after a silence is one second's growth, not sixty */
        rate_good(rate, START);
        rate_good(rate, START + 60 * SECOND);
        assert_true(rate_current(rate) == 10);
}

static void test_the_learned_rate_is_kept(void **state) {
        CLEANUP(rate_free_p) Rate *rate = NULL;

        (void) state;
        assert_int_equal(rate_new(100, 80, &rate), 0);
        assert_true(rate_current(rate) == 80);
        rate_set_ceiling(rate, 50);
        assert_true(rate_current(rate) == 50);
        rate_set_ceiling(rate, 100);
        assert_true(rate_current(rate) == 50);
}

static void test_halves_once_a_second(void **state) {
        CLEANUP(rate_free_p) Rate *rate = NULL;

        (void) state;
        assert_int_equal(rate_new(100, 100, &rate), 0);
        for (int64_t i = 0; i < 30; i++) /* what was on its way all comes back so */
                rate_too_many(rate, START + i * 10 * MILLISECOND);
        assert_true(rate_current(rate) == 50);
        rate_too_many(rate, START + SECOND);
        assert_true(rate_current(rate) == 25);
        for (int64_t i = 2; i < 20; i++)
                rate_too_many(rate, START + i * SECOND);
        assert_true(rate_current(rate) == 1);
        rate_good(rate, START + 20 * SECOND);
        assert_true(rate_current(rate) > 1); /* and grows again */
}

static void test_a_lower_rate_holds_at_once(void **state) {
        CLEANUP(rate_free_p) Rate *rate = NULL;
        AUTO_FREE Run *run = calloc(1, sizeof(*run));
        int64_t next;

        (void) state;
        assert_non_null(run);
        assert_int_equal(rate_new(100, 100, &rate), 0);
        simulate(rate, START, START + 5 * SECOND, 0, 0, run);
        rate_too_many(rate, START + 5 * SECOND);
        assert_int_equal(rate_take(rate, START + 5 * SECOND, 10), 0);
        next = rate_next(rate, START + 5 * SECOND);
        assert_in_range(next, START + 5 * SECOND + 400 * MILLISECOND, START + 6 * SECOND);
        assert_int_equal(rate_take(rate, next - 1, 1), 0);
        assert_int_equal(rate_take(rate, next, 1), 1);
}

static void test_evenly_spaced(void **state) {
        CLEANUP(rate_free_p) Rate *rate = NULL;
        AUTO_FREE Run *run = calloc(1, sizeof(*run));

        (void) state;
        assert_non_null(run);
        assert_int_equal(rate_new(100, 100, &rate), 0);
        simulate(rate, START, START + 10 * SECOND, 0, 0, run);
        for (size_t i = 1; i < run->n; i++)
                assert_in_range(run->sent[i] - run->sent[i - 1], 10 * MILLISECOND,
                                12 * MILLISECOND);
}

static void test_an_idle_hour_saves_nothing(void **state) {
        CLEANUP(rate_free_p) Rate *rate = NULL;

        (void) state;
        assert_int_equal(rate_new(100, 100, &rate), 0);
        assert_int_equal(rate_take(rate, START, 1), 1);
        assert_int_equal(rate_take(rate, START + HOUR, 1000), 1);
        assert_int_equal(rate_take(rate, START + HOUR + 55 * MILLISECOND, 1000), 5);
}

static void test_takes_no_more_than_wanted(void **state) {
        CLEANUP(rate_free_p) Rate *rate = NULL;

        (void) state;
        assert_int_equal(rate_new(100, 100, &rate), 0);
        assert_int_equal(rate_take(rate, START, 0), 0);
        assert_int_equal(rate_next(rate, START), START);
        assert_int_equal(rate_take(rate, START, 1), 1);
        assert_true(rate_next(rate, START) > START);
        assert_int_equal(rate_take(rate, START + 80 * MILLISECOND, 3), 3);
        assert_int_equal(rate_next(rate, START + 80 * MILLISECOND), START + 80 * MILLISECOND);
}

static void test_unlimited(void **state) {
        CLEANUP(rate_free_p) Rate *rate = NULL;

        (void) state;
        assert_int_equal(rate_new(0, 0, &rate), 0);
        assert_int_equal(rate_take(rate, START, 100000), 100000);
        assert_int_equal(rate_next(rate, START), START);
        rate_good(rate, START);
        rate_too_many(rate, START);
        assert_true(rate_current(rate) == 0);
        rate_set_ceiling(rate, 10); /* reloaded */
        assert_true(rate_current(rate) == 5);
        assert_int_equal(rate_take(rate, START, 100), 1);
}

/* What was taken, and left only after a commit of varying length, counts from when it left. */
static void test_lateness_between_taking_and_leaving(void **state) {
        CLEANUP(rate_free_p) Rate *rate = NULL;
        static int64_t left[5000];
        unsigned n = 0;
        uint32_t random = 1;

        (void) state;
        assert_int_equal(rate_new(100, 100, &rate), 0);
        for (int64_t now = 100 * SECOND; now < 130 * SECOND;) {
                unsigned taken = rate_take(rate, now, 8);
                int64_t delay;

                random = random * 1664525 + 1013904223;
                delay = random % 50000;
                rate_left(rate, now + delay, taken);
                for (unsigned i = 0; i < taken; i++)
                        left[n++] = now + delay;
                now += delay + 1000;
        }
        assert_true(n > 2500);
        for (unsigned i = 100; i < n; i++)
                assert_true(left[i] - left[i - 100] >= SECOND);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_lateness_between_taking_and_leaving),
                cmocka_unit_test(test_ramps_up_to_the_ceiling_and_keeps_it),
                cmocka_unit_test(test_begins_slowly),
                cmocka_unit_test(test_no_reply_no_growth),
                cmocka_unit_test(test_the_learned_rate_is_kept),
                cmocka_unit_test(test_halves_once_a_second),
                cmocka_unit_test(test_a_lower_rate_holds_at_once),
                cmocka_unit_test(test_evenly_spaced),
                cmocka_unit_test(test_an_idle_hour_saves_nothing),
                cmocka_unit_test(test_takes_no_more_than_wanted),
                cmocka_unit_test(test_unlimited),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
