/* When a session is looked at next, told as the whole life of one: every look is an entry. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "jobs/base/civil.h"
#include "jobs/base/cleanup.h"
#include "jobs/reconcile/look.h"

#define T0 (INT64_C(1800000000) * SECOND)

/* How many looks there are from `now` on until there are no more, or `until` has come. */
static unsigned count_looks(const LookFacts *facts, int64_t now, int64_t until, int64_t *ret_last) {
        unsigned n = 0;

        while (n < 100000) {
                int64_t next = look_next(facts, now);

                if (next == 0 || next > until)
                        return n;
                assert_true(next > now); /* it always goes on */
                now = *ret_last = next;
                n++;
        }
        fail();
        return n;
}

static void a_live_session_is_looked_at_more_seldom_as_it_grows_older(void **state) {
        static const struct {
                int api;
                int64_t age, every;
        } cases[] = {
                { 2, 0, 10 * MINUTE },    { 2, HOUR - 1, 10 * MINUTE }, { 2, HOUR, HOUR },
                { 2, DAY, 3 * HOUR },     { 2, 30 * DAY, 6 * HOUR },    { 1, 0, 20 * MINUTE },
                { 1, HOUR, 2 * HOUR },    { 1, 2 * DAY, 6 * HOUR },     { 1, 8 * DAY, 12 * HOUR },
                { 2, -DAY, 10 * MINUTE }, /* its clock is ahead of ours */
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                const LookFacts facts = { .status = SESSION_CREATED,
                                          .api = cases[i].api,
                                          .created_at = T0,
                                          .expires_at = T0 + 90 * DAY };
                int64_t now = T0 + cases[i].age;

                assert_int_equal(look_next(&facts, now), now + cases[i].every);
        }
}

static void the_look_after_the_expiry_is_not_missed(void **state) {
        LookFacts facts = {
                .status = SESSION_CREATED, .api = 1, .created_at = T0, .expires_at = T0 + 3 * HOUR
        };

        (void) state;
        assert_int_equal(look_next(&facts, T0 + 2 * HOUR), T0 + 3 * HOUR + MINUTE);
        facts.expires_at = 0; /* a day, unless the provider says */
        assert_int_equal(look_next(&facts, T0 + DAY - MINUTE), T0 + DAY + MINUTE);
        facts.status = SESSION_IN_PROGRESS;
        assert_int_equal(look_next(&facts, T0 + HOUR), T0 + HOUR + 5 * MINUTE);
}

/* Overdue, and not yet expired by what the provider says: soon, then ever more seldom, for ever. */
static void a_session_that_does_not_run_out_is_not_forgotten(void **state) {
        const LookFacts facts = {
                .status = SESSION_CREATED, .api = 2, .created_at = T0, .expires_at = T0 + HOUR
        };
        int64_t last = 0;
        unsigned n = count_looks(&facts, T0 + HOUR + MINUTE, T0 + 400 * DAY, &last);

        (void) state;
        assert_int_equal(look_next(&facts, T0 + HOUR + MINUTE), T0 + HOUR + 2 * MINUTE);
        assert_true(last > T0 + 398 * DAY);
        assert_true(n > 390 && n < 450);
}

static void what_has_ended_is_looked_at_twice_more(void **state) {
        static const SessionStatus ended[] = { SESSION_EXPIRED, SESSION_FINISHED };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(ended); i++) {
                LookFacts facts = {
                        .status = ended[i], .api = 1, .created_at = T0, .expires_at = T0 + DAY
                };
                int64_t last = 0;

                assert_int_equal(count_looks(&facts, T0 + DAY, INT64_MAX, &last), 2);
                assert_int_equal(last, T0 + 12 * DAY);
                facts.ended_at = T0 + HOUR; /* paid long before it would have run out */
                facts.expires_at = T0 + 365 * DAY;
                assert_int_equal(count_looks(&facts, T0 + 2 * HOUR, INT64_MAX, &last), 2);
                assert_int_equal(last, T0 + HOUR + 11 * DAY);
                facts.ended_at = T0 + 2 * 365 * DAY; /* paid late: its end was its expiry */
                assert_int_equal(look_end(&facts), T0 + 365 * DAY);
        }
}

static void one_that_the_provider_lost_is_looked_for_twice_more(void **state) {
        const LookFacts facts = { .status = SESSION_CREATED,
                                  .api = 2,
                                  .gone = true,
                                  .created_at = T0,
                                  .expires_at = T0 + DAY };
        int64_t last = 0;

        (void) state;
        assert_int_equal(count_looks(&facts, T0 + HOUR, INT64_MAX, &last), 2);
        assert_int_equal(last, T0 + 12 * DAY);
}

static void a_pending_payment_is_followed_past_its_tenth_day(void **state) {
        const LookFacts facts = { .status = SESSION_FINISHED,
                                  .api = 2,
                                  .pending = true,
                                  .created_at = T0,
                                  .expires_at = T0 + 30 * DAY,
                                  .ended_at = T0 + HOUR };
        int64_t last = 0;
        unsigned n;

        (void) state;
        assert_int_equal(look_next(&facts, T0 + HOUR), T0 + HOUR + 5 * MINUTE);
        /* the look at which it becomes a finding */
        assert_int_equal(look_next(&facts, T0 + HOUR + 10 * DAY - 2 * HOUR),
                         T0 + HOUR + 10 * DAY + MINUTE);
        n = count_looks(&facts, T0 + HOUR, INT64_MAX, &last);
        assert_true(n > 90 && n < 130);
        assert_true(last > T0 + 90 * DAY && last < T0 + 99 * DAY);
}

/* --- what is cheaper ------------------------------------------------------------------------ */

typedef struct Made {
        int64_t each; /* one session is made in so long */
        int64_t now;
        int error;
} Made;

static int64_t made_since(void *userdata, int64_t since, int64_t max) {
        const Made *made = userdata;
        int64_t n = (made->now - since) / made->each;

        if (made->error != 0)
                return made->error;
        return n < max ? n : max;
}

static void the_cheaper_way_is_chosen(void **state) {
        static int64_t created[10000];
        Made made = { .each = SECOND, .now = T0 + 10000 * SECOND };
        int64_t oldest = 0;

        (void) state;
        for (size_t i = 0; i < ELEMENTS(created); i++)
                created[i] = T0 + (int64_t) i * SECOND;
        assert_int_equal(look_choose(created, 10000, 300, made_since, &made, &oldest), 0);
        assert_int_equal(oldest, T0); /* 34 requests and not 10,000 */
        /* few of many: a request each */
        assert_int_equal(look_choose(created, 20, 300, made_since, &made, &oldest), 0);
        assert_int_equal(oldest, INT64_MAX);
        assert_int_equal(look_choose(created, 0, 300, made_since, &made, &oldest), 0);
        assert_int_equal(oldest, INT64_MAX);
        /* one very old one does not make the others dear */
        created[0] = T0 - 300 * DAY;
        assert_int_equal(look_choose(created, 10000, 300, made_since, &made, &oldest), 0);
        assert_true(oldest > T0 && oldest < T0 + 100 * SECOND);
        made.error = -5;
        assert_int_equal(look_choose(created, 10000, 300, made_since, &made, &oldest), -5);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_live_session_is_looked_at_more_seldom_as_it_grows_older),
                cmocka_unit_test(the_look_after_the_expiry_is_not_missed),
                cmocka_unit_test(a_session_that_does_not_run_out_is_not_forgotten),
                cmocka_unit_test(what_has_ended_is_looked_at_twice_more),
                cmocka_unit_test(one_that_the_provider_lost_is_looked_for_twice_more),
                cmocka_unit_test(a_pending_payment_is_followed_past_its_tenth_day),
                cmocka_unit_test(the_cheaper_way_is_chosen),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
