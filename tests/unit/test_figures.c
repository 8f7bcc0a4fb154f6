/* Figures: the line of `systemctl status` says what an operator wants to know. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "daemon/service/figures.h"
#include "jobs/base/civil.h"

#define NOW (INT64_C(1790000000) * SECOND) /* 2026-09-21 14:13:20 UTC */

static void assert_status(const Figures *figures, const char *expected) {
        AUTO_BUFFER text = BUFFER_EMPTY;

        assert_int_equal(figures_append_status(&text, figures), 0);
        assert_int_equal(buffer_append_char(&text, '\0'), 0);
        assert_string_equal(text.data, expected);
}

static void test_what_it_does(void **state) {
        Figures figures = { .installation = "default", .running = true, .now = NOW };

        (void) state;
        assert_status(&figures, "idle");
        figures.rows[STATUS_QUEUED] = 800;
        figures.rows[STATUS_UNKNOWN] = 12;
        figures.rows[STATUS_OPEN] = 5000;
        figures.sending.batches = 3;
        figures.sending.in_flight = 32;
        figures.batches_coming_in = 1;
        figures.sent_per_second = 48.04;
        assert_status(&figures, "sending 48.0/s, 32 in flight; 812 rows wait; 3 batches running; "
                                "1 file being taken in");
        figures.sending.breaker_open = true;
        figures.sending.in_flight = 0;
        figures.batches_coming_in = 2;
        figures.next_turn = NOW + 40 * SECOND;
        assert_status(&figures, "the provider does not answer; 812 rows wait; 3 batches running; "
                                "2 files being taken in; next at 14:14:00");
        figures.store_waits = true;
        figures.next_turn = 0;
        assert_status(&figures,
                      "waiting: the store is locked or cannot be written, see the journal; "
                      "812 rows wait; 3 batches running; 2 files being taken in");
        figures.running = false;
        assert_status(&figures, "stopping; 812 rows wait; 3 batches running; "
                                "2 files being taken in");
}

static void test_why_it_does_not(void **state) {
        Figures figures = { .installation = "default", .running = true, .now = NOW };

        (void) state;
        figures.sending.hold = HOLD_ACCOUNT;
        figures.sending.batches = 1;
        figures.rows[STATUS_HELD] = 7;
        figures.next_turn = NOW + 10 * MINUTE;
        assert_status(&figures, "held (account); 7 held; 1 batch running; next at 14:23:20");
        figures.sending.hold = HOLD_NONE;
        figures.rows[STATUS_HELD] = 0;
        figures.rows[STATUS_QUEUED] = 1;
        /* the clock of the machine, also while a profile's is in use */
        assert_true(civil_zone_use("America/Santiago"));
        figures.next_turn = NOW + 3 * DAY;
        assert_status(&figures, "idle; 1 row waits; 1 batch running; next at 2026-09-24 14:13:20");
}

static void test_what_a_monitor_hears_at_once(void **state) {
        Figures a = { .running = true }, b = { .running = true };

        (void) state;
        b.sending.in_flight = 5;
        b.rows[STATUS_QUEUED] = 9;
        assert_false(figures_state_differs(&a, &b));
        b.sending.breaker_open = true;
        assert_true(figures_state_differs(&a, &b));
        b.sending.breaker_open = false;
        b.sending.hold = HOLD_OPERATOR;
        assert_true(figures_state_differs(&a, &b));
        b.sending.hold = HOLD_NONE;
        b.store_waits = true;
        assert_true(figures_state_differs(&a, &b));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_what_it_does),
                cmocka_unit_test(test_why_it_does_not),
                cmocka_unit_test(test_what_a_monitor_hears_at_once),
        };

        (void) setenv("TZ", "UTC", 1);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
