/* Has an order a link already: of which rows, sessions and generations, and until when? */
#include "sql/ledger_session.h"
#include "tests/unit/ledger_references.h"

static void look(Fixture *f, int64_t row, SessionStatus status) {
        const SessionRecord looked = {
                .row = row, .generation = 1, .status = status, .looked_at = 2, .expires_at = 900
        };

        OK(ledger_session_looked(f->ledger, &looked));
}

/* The session of a row that was given up may be found later. */
static void a_link_of_an_earlier_row_is_seen(void **state) {
        const RowChange odd = opening("cs_1", 1, 0);
        Fixture *f = *state;
        int64_t batch, first, second, other;

        begin(f);
        batch = add_batch(f, "a.csv");
        first = open_row(f, batch, 2, "A-1", &odd);
        look(f, first, SESSION_EXPIRED);
        move(f, first, STATUS_OPEN, STATUS_CANCELLED);
        second = add_row(f, batch, 3, "A-1", 1000, STATUS_QUEUED);
        assert_int_equal(take(f, "A-1", second, second), REFERENCE_NEXT);
        other = add_taken(f, batch, 4, "B-1", 1000);
        assert_int_equal(ledger_earlier_link(f->ledger, second, NULL, NULL), 0);
        assert_int_equal(ledger_earlier_link(f->ledger, other, NULL, NULL), 0);
        move(f, first, STATUS_CANCELLED, STATUS_IN_PROGRESS);
        assert_int_equal(ledger_earlier_link(f->ledger, second, NULL, NULL), 1);
        assert_int_equal(ledger_earlier_link(f->ledger, other, NULL, NULL), 0);
        move(f, first, STATUS_IN_PROGRESS, STATUS_PAID);
        assert_int_equal(ledger_earlier_link(f->ledger, second, NULL, NULL), 1);
        commit(f);
}

static int64_t add_given_up(Fixture *f, int64_t batch) {
        int64_t row = add_taken(f, batch, 2, "A-1", 1000);

        move(f, row, STATUS_QUEUED, STATUS_SENDING);
        move(f, row, STATUS_SENDING, STATUS_UNKNOWN);
        give_up(f, row, STATUS_UNKNOWN);
        return row;
}

static bool has_link(Fixture *f, int64_t row, int64_t expected) {
        int64_t found = 0;
        Status status;
        int r = ledger_earlier_link(f->ledger, row, &found, &status);

        assert_true(r >= 0);
        assert_true(r == 0 || (found == expected && status == STATUS_CANCELLED));
        return r > 0;
}

/* Believed or not, whatever became of the rows after it: it lives until it is known to be over. */
static void a_session_that_was_found_forbids_another(void **state) {
        Fixture *f = *state;
        SessionRecord found = {
                .generation = 1, .id = TEXT("cs_9"), .created_at = 1, .next_look = 1
        };
        int64_t batch, first, second, third;

        begin(f);
        batch = add_batch(f, "a.csv");
        first = found.row = add_given_up(f, batch);
        assert_false(has_link(f, first, 0));
        second = add_row(f, batch, 3, "A-1", 1000, STATUS_QUEUED);
        assert_int_equal(take(f, "A-1", second, first), REFERENCE_GIVEN_UP);
        /* a person says: no link; the provider refuses it; and then there is one */
        move(f, second, STATUS_QUEUED, STATUS_SENDING);
        move(f, second, STATUS_SENDING, STATUS_REFUSED);
        third = add_row(f, batch, 4, "A-1", 1000, STATUS_QUEUED);
        assert_int_equal(ledger_session_adopt(f->ledger, &found), 1);
        assert_true(has_link(f, first, first));
        assert_true(has_link(f, second, first)); /* nothing is told of it yet */
        look(f, first, SESSION_CREATED);
        assert_true(has_link(f, second, first));
        assert_int_equal(take(f, "A-1", third, first), REFERENCE_GIVEN_UP);
        look(f, first, SESSION_EXPIRED);
        assert_false(has_link(f, first, 0));
        assert_false(has_link(f, third, 0));
        commit(f);
}

/* Nobody looks at what a wrong reply named; while a person has not sent the row anew it counts. */
static void the_session_of_a_wrong_reply_counts_when_it_is_given_up(void **state) {
        const RowChange wrong = { .session = TEXT("cs_8"), .hold = HOLD_REPLY_MISMATCH };
        const RowChange none = { .due_at = 0 };
        Fixture *f = *state;
        int64_t batch, first, second;

        begin(f);
        batch = add_batch(f, "a.csv");
        first = add_taken(f, batch, 2, "A-1", 1000);
        move(f, first, STATUS_QUEUED, STATUS_SENDING);
        OK(ledger_row_move(f->ledger, first, STATUS_SENDING, STATUS_HELD, &wrong));
        assert_false(has_link(f, first, 0)); /* a person may send it under a new key */
        give_up(f, first, STATUS_HELD);
        second = add_row(f, batch, 3, "A-1", 1000, STATUS_QUEUED);
        assert_int_equal(take(f, "A-1", second, first), REFERENCE_GIVEN_UP);
        assert_true(has_link(f, second, first));
        commit(f);

        begin(f);
        first = add_taken(f, batch, 4, "B-1", 1000);
        move(f, first, STATUS_QUEUED, STATUS_SENDING);
        OK(ledger_row_move(f->ledger, first, STATUS_SENDING, STATUS_HELD, &wrong));
        OK(ledger_row_move(f->ledger, first, STATUS_HELD, STATUS_QUEUED, &none));
        OK(ledger_next_generation(f->ledger, first));
        move(f, first, STATUS_QUEUED, STATUS_CANCELLED);
        second = add_row(f, batch, 5, "B-1", 1000, STATUS_QUEUED);
        assert_int_equal(take(f, "B-1", second, second), REFERENCE_NEXT);
        commit(f);
}

/* Paid late, when the next row had its reference already: that is no order to be sent again. */
static void what_was_paid_late_is_not_sent_again(void **state) {
        const RowChange open = opening("cs_1", 1, 0);
        Fixture *f = *state;
        int64_t batch, first, second, same, other;

        begin(f);
        batch = add_batch(f, "a.csv");
        first = open_row(f, batch, 2, "A-1", &open);
        look(f, first, SESSION_EXPIRED);
        move(f, first, STATUS_OPEN, STATUS_EXPIRED);
        second = add_row(f, batch, 3, "A-1", 1000, STATUS_QUEUED);
        assert_int_equal(take(f, "A-1", second, second), REFERENCE_NEXT);
        move(f, second, STATUS_QUEUED, STATUS_SENDING);
        move(f, second, STATUS_SENDING, STATUS_REFUSED);
        move(f, first, STATUS_EXPIRED, STATUS_PAID);
        same = add_row(f, batch, 4, "A-1", 1000, STATUS_QUEUED);
        other = add_row(f, batch, 5, "A-1", 2000, STATUS_QUEUED);
        for (int again = 0; again < 2; again++) {
                assert_int_equal(take(f, "A-1", same, first), REFERENCE_DUPLICATE);
                assert_int_equal(take(f, "A-1", other, first), REFERENCE_CONFLICT);
        }
        assert_int_equal(ledger_holds_reference(f->ledger, second), 1);
        commit(f);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                LEDGER_TEST(a_link_of_an_earlier_row_is_seen),
                LEDGER_TEST(a_session_that_was_found_forbids_another),
                LEDGER_TEST(the_session_of_a_wrong_reply_counts_when_it_is_given_up),
                LEDGER_TEST(what_was_paid_late_is_not_sent_again),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
