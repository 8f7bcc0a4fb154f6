#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "jobs/base/cleanup.h"
#include "jobs/base/text.h"
#include "jobs/session/status.h"

/* What the contract says of each status, written down a second time. */
static const struct {
        Status status;
        const char *name;
        const char *next; /* separated and enclosed by blanks */
        bool takes_reference, settled, mendable;
} facts[] = {
        { STATUS_REJECTED, "rejected", "", false, true, true },
        { STATUS_DUPLICATE, "duplicate", "", false, true, false },
        { STATUS_CONFLICT, "conflict", "", false, true, true },
        { STATUS_HELD, "held", " queued cancelled ", true, false, false },
        { STATUS_QUEUED, "queued", " sending held cancelled rejected duplicate conflict ", true,
          false, false },
        { STATUS_SENDING, "sending", " open refused queued unknown held ", true, false, false },
        { STATUS_UNKNOWN, "unknown", " sending queued open refused held cancelled ", true, false,
          false },
        { STATUS_REFUSED, "refused", " queued ", false, true, true },
        { STATUS_OPEN, "open", " in_progress paid mismatch failed expired cancelled refunded ",
          true, true, false },
        { STATUS_IN_PROGRESS, "in_progress",
          " open paid mismatch failed expired cancelled refunded ", true, true, false },
        { STATUS_PAID, "paid", " refunded mismatch ", true, true, false },
        { STATUS_MISMATCH, "mismatch", " refunded paid ", true, true, false },
        { STATUS_FAILED, "failed", " queued in_progress paid mismatch refunded ", false, true,
          false },
        { STATUS_EXPIRED, "expired", " queued in_progress paid mismatch refunded ", false, true,
          false },
        { STATUS_CANCELLED, "cancelled", " queued in_progress paid mismatch refunded ", false, true,
          false },
        { STATUS_REFUNDED, "refunded", " mismatch paid ", true, true, false },
};

static void test_names_go_both_ways(void **state) {
        (void) state;
        assert_int_equal(ELEMENTS(facts), STATUS_COUNT - 1);
        for (size_t i = 0; i < ELEMENTS(facts); i++) {
                assert_int_equal(facts[i].status, i + 1);
                assert_string_equal(status_name(facts[i].status), facts[i].name);
                assert_int_equal(status_of_name(facts[i].name), facts[i].status);
        }
        assert_int_equal(status_of_name(""), 0);
        assert_int_equal(status_of_name("Paid"), 0);
        assert_int_equal(status_of_name("pending"), 0);
}

static void test_every_move(void **state) {
        (void) state;
        for (size_t from = 0; from < ELEMENTS(facts); from++) {
                for (size_t to = 0; to < ELEMENTS(facts); to++) {
                        AUTO_BUFFER word = BUFFER_EMPTY;

                        assert_int_equal(buffer_printf(&word, " %s ", facts[to].name), 0);
                        if (status_may_move(facts[from].status, facts[to].status) !=
                            (strstr(facts[from].next, word.data) != NULL))
                                fail_msg("%s -> %s", facts[from].name, facts[to].name);
                }
        }
}

static void test_what_a_status_means(void **state) {
        (void) state;
        for (size_t i = 0; i < ELEMENTS(facts); i++) {
                Status status = facts[i].status;

                assert_int_equal(status_takes_reference(status), facts[i].takes_reference);
                assert_int_equal(status_is_settled(status), facts[i].settled);
                assert_int_equal(status_is_mendable(status), facts[i].mendable);
                /* what may still be sent is not settled, and keeps its reference */
                if (status_may_move(status, STATUS_SENDING) || status == STATUS_SENDING) {
                        assert_false(status_is_settled(status));
                        assert_true(status_takes_reference(status));
                }
        }
}

static void test_holds(void **state) {
        static const char *const names[] = { "",       "approval",       "operator", "account",
                                             "canary", "reply-mismatch", "store" };

        (void) state;
        assert_int_equal(ELEMENTS(names), HOLD_COUNT);
        for (size_t i = 0; i < ELEMENTS(names); i++)
                assert_string_equal(hold_name((Hold) i), names[i]);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_names_go_both_ways),
                cmocka_unit_test(test_every_move),
                cmocka_unit_test(test_what_a_status_means),
                cmocka_unit_test(test_holds),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
