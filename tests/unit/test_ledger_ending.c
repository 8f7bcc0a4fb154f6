/* Sessions that are to be ended: begun once, and anew when it is over. */
#include "sql/ledger_ending.h"
#include "sql/ledger_session.h"
#include "tests/unit/ledger_fixture.h"

static int64_t add_open(Fixture *f) {
        const RowChange open = { .session = TEXT("cs_1"),
                                 .url = TEXT("https://pay"),
                                 .next_look = 1 };
        int64_t row;

        (void) add_batch(f, "a.csv");
        row = open_row(f, 1, 2, "A-1", &open);
        loaded(f, 1, 2);
        return row;
}

static int copy_times(void *userdata, const Ending *ending) {
        *(Ending *) userdata = (Ending){ .state = ending->state,
                                         .reason = ending->reason,
                                         .attempt = ending->attempt,
                                         .due_at = ending->due_at,
                                         .first_asked_at = ending->first_asked_at };
        return 0;
}

/* How long one is tried, and how often, is counted from its own beginning; keys are never used
 * again. */
static void what_is_begun_anew_is_young(void **state) {
        Fixture *f = *state;
        Ending ending = {
                .generation = 1, .purpose = ENDING_CANCEL, .state = ENDING_ASK, .due_at = 5
        };
        Ending read = { .row = 0 };

        begin(f);
        ending.row = add_open(f);
        assert_int_equal(ledger_ending_begin(f->ledger, &ending), 1);
        assert_int_equal(ledger_ending_begin(f->ledger, &ending), 0);
        ending.state = ENDING_NOT_DONE;
        ending.reason = ENDING_BEGUN;
        ending.attempt = 3;
        ending.first_asked_at = 7;
        ending.due_at = 0;
        OK(ledger_ending_set(f->ledger, &ending));
        ending.state = ENDING_ASK;
        ending.due_at = 1000;
        assert_int_equal(ledger_ending_begin(f->ledger, &ending), 1);
        assert_int_equal(ledger_ending_get(f->ledger, ending.row, 1, copy_times, &read), 1);
        assert_int_equal(read.state, ENDING_ASK);
        assert_int_equal(read.reason, ENDING_NO_REASON);
        assert_int_equal(read.attempt, 4);
        assert_int_equal(read.due_at, 1000);
        assert_int_equal(read.first_asked_at, 0);
        commit(f);
}

static int count_one(void *userdata, const Ending *ending) {
        (void) ending;
        ++*(int *) userdata;
        return 0;
}

static int looked(Fixture *f) {
        int n = 0;
        int r = ledger_endings_looked(f->ledger, 10, count_one, &n);

        assert_int_equal(r, n);
        return n;
}

/* A look that was on its way when the provider answered says how it was before. */
static void a_look_from_before_the_answer_tells_nothing(void **state) {
        Fixture *f = *state;
        Ending ending = { .generation = 1,
                          .purpose = ENDING_CANCEL,
                          .state = ENDING_LOOK,
                          .answered_at = INT64_MAX }; /* no clock decides it */
        int64_t before, answered;

        begin(f);
        ending.row = add_open(f);
        before = ledger_transaction(f->ledger);
        assert_int_equal(ledger_ending_looked(f->ledger, ending.row, 1, before), 0); /* no ending */
        commit(f);
        begin(f);
        answered = ledger_transaction(f->ledger);
        assert_true(answered > before);
        assert_int_equal(ledger_ending_begin(f->ledger, &ending), 1);
        assert_int_equal(ledger_ending_looked(f->ledger, ending.row, 1, before), 1);
        assert_int_equal(looked(f), 0);
        assert_int_equal(ledger_ending_looked(f->ledger, ending.row, 1, answered), 0);
        assert_int_equal(looked(f), 1);
        assert_int_equal(ledger_ending_looked(f->ledger, ending.row, 1, before), 0); /* it was */

        /* answered again: the look before that says nothing any more */
        ending.attempt = 2;
        OK(ledger_ending_set(f->ledger, &ending));
        assert_int_equal(looked(f), 0);
        assert_int_equal(ledger_ending_looked(f->ledger, ending.row, 1, answered), 0);
        commit(f);
}

/* A run knows of no look that another one has begun: what waits is looked at once more. */
static void another_run_looks_again(void **state) {
        Fixture *f = *state;
        Ending ending = {
                .generation = 1, .purpose = ENDING_CANCEL, .state = ENDING_LOOK, .answered_at = 5
        };
        int64_t next = 0;

        begin(f);
        ending.row = add_open(f);
        commit(f);
        for (unsigned i = 0; i < 5; i++) {
                begin(f);
                commit(f);
        }
        begin(f);
        assert_int_equal(ledger_ending_begin(f->ledger, &ending), 1);
        OK(ledger_set_next_look(f->ledger, ending.row, 1, INT64_MAX / 2));
        commit(f);
        f->ledger = ledger_free(f->ledger);
        fixture_open(f);
        begin(f);
        OK(ledger_endings_recover(f->ledger, 1000));
        OK(ledger_next_look(f->ledger, &next));
        assert_int_equal(next, LEDGER_LOOK_AT_ONCE);
        assert_int_equal(
                ledger_ending_looked(f->ledger, ending.row, 1, ledger_transaction(f->ledger)), 0);
        assert_int_equal(looked(f), 1);
        commit(f);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                LEDGER_TEST(what_is_begun_anew_is_young),
                LEDGER_TEST(a_look_from_before_the_answer_tells_nothing),
                LEDGER_TEST(another_run_looks_again),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
