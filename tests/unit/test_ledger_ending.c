/* Sessions that are to be ended: begun once, and anew when it is over. */
#include "sql/ledger_ending.h"
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

/* How long one is tried, and how often, is counted from its own beginning; keys are never used again. */
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

int main(void) {
        const struct CMUnitTest tests[] = {
                LEDGER_TEST(what_is_begun_anew_is_young),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
