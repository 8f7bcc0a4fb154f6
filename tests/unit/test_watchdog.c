/* Watchdog: waiting is no trouble, however long; work that could be done and is not, is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/service/watchdog.h"
#include "jobs/base/civil.h"
#include "jobs/base/cleanup.h"

#define EARLIER (1000 * SECOND)
#define LATER   (1002 * SECOND)
#define NEVER   WATCHDOG_NEVER
#define OUT     (5000 * SECOND) /* a reply is not overdue */

/* At the later look; at the earlier one 10 turns, 10 looks into the folders and work 10 were
 * done. */
typedef struct Case {
        const char *what;
        int64_t turn_at;
        uint64_t turns;
        int64_t scan_at;
        uint64_t scans;
        int64_t wanted; /* and at the earlier look? */
        bool before;
        uint64_t work;
        bool store_waits;
        int64_t reply_by;
        WatchdogFinding finding;
} Case;

#define IDLE_SCAN LATER + 1, 11

static const Case cases[] = {
        { "idle: nothing is wanted", NEVER, 10, IDLE_SCAN, NEVER, false, 10, false, NEVER,
          WATCHDOG_FINE },
        { "at work", LATER, 400, IDLE_SCAN, 0, true, 700, false, OUT, WATCHDOG_FINE },
        { "backoff: due in an hour, armed for then", LATER + HOUR, 10, IDLE_SCAN, LATER + HOUR,
          false, 10, false, NEVER, WATCHDOG_FINE },
        { "breaker open: the next probe is armed", LATER + 40 * SECOND, 10, IDLE_SCAN,
          LATER + 40 * SECOND, false, 10, false, NEVER, WATCHDOG_FINE },
        { "breaker open: a probe is out", NEVER, 10, IDLE_SCAN, NEVER, false, 10, false, OUT,
          WATCHDOG_FINE },
        { "held: nothing is wanted until somebody releases", NEVER, 10, IDLE_SCAN, NEVER, false, 10,
          false, NEVER, WATCHDOG_FINE },
        { "a slow rate: one request in ten seconds", LATER + 7 * SECOND, 10, IDLE_SCAN,
          LATER + 7 * SECOND, true, 10, false, NEVER, WATCHDOG_FINE },
        { "the store is locked: tried again and again", LATER, 110, IDLE_SCAN, 0, true, 10, true,
          NEVER, WATCHDOG_FINE },
        { "the disk is full: a try a second", LATER + SECOND / 2, 12, IDLE_SCAN, 0, true, 10, true,
          NEVER, WATCHDOG_FINE },
        { "due a moment ago: the next turn is about to begin", LATER - 1, 10, IDLE_SCAN, LATER - 1,
          false, 10, false, NEVER, WATCHDOG_FINE },
        { "wanted since a moment, armed for later", LATER + SECOND, 10, IDLE_SCAN, EARLIER + 1,
          false, 10, false, NEVER, WATCHDOG_FINE },
        { "a reply is late since a moment", NEVER, 10, IDLE_SCAN, NEVER, false, 10, false,
          EARLIER + 1, WATCHDOG_FINE },
        { "one piece of work between two looks", 0, 11, IDLE_SCAN, 0, true, 11, false, NEVER,
          WATCHDOG_FINE },
        { "turns without work that were not wanted before", 0, 11, IDLE_SCAN, 0, false, 10, false,
          NEVER, WATCHDOG_FINE },

        { "the turn was due and did not begin", EARLIER - 1, 10, IDLE_SCAN, 0, true, 10, false,
          NEVER, WATCHDOG_NO_TURN },
        { "asked for at once, and did not begin", 0, 10, IDLE_SCAN, 0, true, 10, false, NEVER,
          WATCHDOG_NO_TURN },
        { "also while the store waits: its next try does not come", EARLIER, 10, IDLE_SCAN, 0, true,
          10, true, NEVER, WATCHDOG_NO_TURN },
        { "the folders are not looked at", NEVER, 10, EARLIER, 10, NEVER, false, 10, false, NEVER,
          WATCHDOG_NO_SCAN },
        { "work is due, and no turn is armed", NEVER, 10, IDLE_SCAN, EARLIER - SECOND, true, 10,
          false, NEVER, WATCHDOG_NOT_ARMED },
        { "work is wanted at once, and the turn is armed for much later", LATER + HOUR, 10,
          IDLE_SCAN, LATER, true, 10, false, NEVER, WATCHDOG_NOT_ARMED },
        { "turn after turn, and nothing is done", 0, 900, IDLE_SCAN, LATER, true, 10, false, NEVER,
          WATCHDOG_NO_WORK },
        { "a request is out for too long", NEVER, 10, IDLE_SCAN, NEVER, false, 10, false,
          EARLIER - 1, WATCHDOG_NO_REPLY },
        { "also while others are answered", LATER, 400, IDLE_SCAN, 0, true, 700, false, EARLIER - 1,
          WATCHDOG_NO_REPLY },
};

static void test_what_is_trouble(void **state) {
        WatchdogView earlier = { .now = EARLIER,
                                 .monotonic = EARLIER,
                                 .turn = { NEVER, 10 },
                                 .scan = { EARLIER + 1, 10 },
                                 .work = 10,
                                 .reply_by = NEVER };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                const Case *c = &cases[i];
                const WatchdogView later = { .now = LATER,
                                             .monotonic = LATER,
                                             .turn = { c->turn_at, c->turns },
                                             .scan = { c->scan_at, c->scans },
                                             .wanted = c->wanted,
                                             .counted = c->wanted,
                                             .work = c->work,
                                             .store_waits = c->store_waits,
                                             .reply_by = c->reply_by };
                WatchdogFinding finding;

                earlier.wanted = earlier.counted = c->before ? EARLIER : NEVER;
                finding = watchdog_judge(&earlier, &later);
                if (finding != c->finding)
                        fail_msg("%s: %s", c->what, watchdog_finding_text(finding));
        }
}

/* Looks every second; `monotonic` may stand still while the boot clock goes on. */
static bool look(Watchdog *watchdog, int64_t now, int64_t monotonic, bool in_trouble) {
        const WatchdogView view = { .now = now,
                                    .monotonic = monotonic,
                                    .turn = { in_trouble ? 0 : NEVER, 7 },
                                    .scan = { NEVER, 1 },
                                    .wanted = NEVER,
                                    .counted = NEVER,
                                    .reply_by = NEVER };

        return watchdog_is_stuck(watchdog, &view);
}

/* What is not counted may work for as long as it likes: a pass over a store of years. */
static void test_what_is_not_counted_is_not_missed(void **state) {
        const WatchdogView earlier = { .now = EARLIER,
                                       .monotonic = EARLIER,
                                       .turn = { 0, 10 },
                                       .scan = { NEVER, 1 },
                                       .wanted = EARLIER,
                                       .counted = NEVER,
                                       .reply_by = NEVER };
        WatchdogView later = earlier;

        (void) state;
        later.now = later.monotonic = later.wanted = LATER;
        later.turn.runs = 900;
        assert_int_equal(watchdog_judge(&earlier, &later), WATCHDOG_FINE);
        later.counted = LATER; /* not before */
        assert_int_equal(watchdog_judge(&earlier, &later), WATCHDOG_FINE);
}

static void test_trouble_has_to_last(void **state) {
        Watchdog watchdog;
        int64_t at = EARLIER;

        (void) state;
        watchdog_init(&watchdog, 120 * SECOND);      /* of which a quarter */
        assert_false(look(&watchdog, at, at, true)); /* the first look compares with nothing */
        for (int i = 1; i < 31; i++)                 /* it is seen from the second look on */
                assert_false(look(&watchdog, at + i * SECOND, at + i * SECOND, true));
        at += 31 * SECOND;
        assert_true(look(&watchdog, at, at, true));
        assert_int_equal(watchdog.finding, WATCHDOG_NO_TURN);
        at += SECOND;
        assert_true(look(&watchdog, at, at, true));
        at += SECOND;
        assert_false(look(&watchdog, at, at, false)); /* one good look ends it */
        at += SECOND;
        assert_false(look(&watchdog, at, at, true));
}

/* Awake again, everything is hours late, and gets its time all the same. */
static void test_suspend_is_no_trouble(void **state) {
        Watchdog watchdog;

        (void) state;
        watchdog_init(&watchdog, 120 * SECOND);
        assert_false(look(&watchdog, EARLIER, EARLIER, true));
        assert_false(look(&watchdog, EARLIER + 9 * HOUR, EARLIER + SECOND, true));
        assert_false(look(&watchdog, EARLIER + 9 * HOUR + SECOND, EARLIER + 2 * SECOND, true));
}

/* The loop itself stood still (a debugger, a stopped process, a machine with too much to do): the
 * first look after it is no proof, also when a turn was due all the while. */
static void test_a_pause_is_no_trouble(void **state) {
        Watchdog watchdog;

        (void) state;
        watchdog_init(&watchdog, 120 * SECOND);
        assert_false(look(&watchdog, EARLIER, EARLIER, false));
        assert_false(look(&watchdog, EARLIER + HOUR, EARLIER + HOUR, false));
        assert_false(look(&watchdog, EARLIER + 2 * HOUR, EARLIER + 2 * HOUR, true));
        assert_int_equal(watchdog.finding, WATCHDOG_NO_TURN);
        assert_false(
                look(&watchdog, EARLIER + 2 * HOUR + SECOND, EARLIER + 2 * HOUR + SECOND, false));
        /* but when it stays like that */
        assert_false(look(&watchdog, EARLIER + 3 * HOUR, EARLIER + 3 * HOUR, true));
        assert_true(look(&watchdog, EARLIER + 4 * HOUR, EARLIER + 4 * HOUR, true));
}

static void test_how_often(void **state) {
        Watchdog watchdog;

        (void) state;
        assert_int_equal(watchdog_look_every(0), 2 * SECOND);
        assert_int_equal(watchdog_look_every(120 * SECOND), 2 * SECOND);
        assert_int_equal(watchdog_look_every(2 * SECOND), SECOND / 4);
        watchdog_init(&watchdog, 0);
        assert_int_equal(watchdog.patience, 30 * SECOND);
        watchdog_init(&watchdog, 2 * SECOND);
        assert_int_equal(watchdog.patience, SECOND / 2);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_what_is_trouble),
                cmocka_unit_test(test_what_is_not_counted_is_not_missed),
                cmocka_unit_test(test_trouble_has_to_last),
                cmocka_unit_test(test_suspend_is_no_trouble),
                cmocka_unit_test(test_a_pause_is_no_trouble),
                cmocka_unit_test(test_how_often),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
