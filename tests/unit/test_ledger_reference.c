/* Who holds a reference: the first, the next generation, duplicates and conflicts; safe to
 * repeat. */
#include "tests/unit/ledger_references.h"

static int see_generation(void *userdata, const Row *row) {
        see(userdata, "%u", row->generation);
        return 0;
}

static void assert_generation(Fixture *f, int64_t row, const char *generation) {
        Seen seen = { .size = 0 };

        assert_int_equal(ledger_row_get(f->ledger, row, see_generation, &seen), 1);
        assert_string_equal(seen.text, generation);
}

static void a_free_reference_is_taken_once_and_again(void **state) {
        Fixture *f = *state;
        int64_t batch, row, holder = 0;

        begin(f);
        batch = add_batch(f, "a.csv");
        row = add_taken(f, batch, 2, "A-1", 1000);
        assert_int_equal(take(f, "A-1", row, row), REFERENCE_TAKEN);
        commit(f);
        begin(f); /* after a restart: the same slice again */
        assert_int_equal(take(f, "A-1", row, row), REFERENCE_TAKEN);
        /* another scope, another case: other references */
        row = add_row(f, batch, 3, "A-1", 1000, STATUS_QUEUED);
        assert_int_equal(ledger_reference_take(f->ledger, 2, TEXT("A-1"), row, &holder),
                         REFERENCE_TAKEN);
        row = add_row(f, batch, 4, "a-1", 1000, STATUS_QUEUED);
        assert_int_equal(take(f, "a-1", row, row), REFERENCE_TAKEN);
        commit(f);
}

static void a_taken_reference_gives_duplicate_or_conflict(void **state) {
        Fixture *f = *state;
        int64_t batch, holder, same, other;

        begin(f);
        batch = add_batch(f, "a.csv");
        holder = add_taken(f, batch, 2, "A-1", 1000);
        same = add_row(f, batch, 3, "A-1", 1000, STATUS_QUEUED);
        other = add_row(f, batch, 4, "A-1", 2000, STATUS_QUEUED);
        for (int again = 0; again < 2; again++) {
                assert_int_equal(take(f, "A-1", same, holder), REFERENCE_DUPLICATE);
                assert_int_equal(take(f, "A-1", other, holder), REFERENCE_CONFLICT);
        }
        commit(f);
        assert_generation(f, same, "1");
}

/* The holder's status decides, whatever way it came there. */
static void what_becomes_of_the_holder_frees_its_reference_or_not(void **state) {
        static const struct {
                Status way[3];
                ReferenceAnswer answer;
        } cases[] = {
                { { 0 }, REFERENCE_DUPLICATE },
                { { STATUS_HELD }, REFERENCE_DUPLICATE },
                { { STATUS_CANCELLED }, REFERENCE_NEXT },
                { { STATUS_SENDING }, REFERENCE_DUPLICATE },
                { { STATUS_SENDING, STATUS_UNKNOWN }, REFERENCE_DUPLICATE },
                { { STATUS_SENDING, STATUS_REFUSED }, REFERENCE_NEXT },
                { { STATUS_SENDING, STATUS_OPEN }, REFERENCE_DUPLICATE },
                { { STATUS_SENDING, STATUS_OPEN, STATUS_IN_PROGRESS }, REFERENCE_DUPLICATE },
                { { STATUS_SENDING, STATUS_OPEN, STATUS_PAID }, REFERENCE_DUPLICATE },
                { { STATUS_SENDING, STATUS_OPEN, STATUS_MISMATCH }, REFERENCE_DUPLICATE },
                { { STATUS_SENDING, STATUS_OPEN, STATUS_REFUNDED }, REFERENCE_DUPLICATE },
                { { STATUS_SENDING, STATUS_OPEN, STATUS_FAILED }, REFERENCE_NEXT },
                { { STATUS_SENDING, STATUS_OPEN, STATUS_EXPIRED }, REFERENCE_NEXT },
                { { STATUS_SENDING, STATUS_OPEN, STATUS_CANCELLED }, REFERENCE_NEXT },
        };
        Fixture *f = *state;

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                Status status = STATUS_QUEUED;
                int64_t batch, holder, row;

                begin(f);
                batch = add_batch(f, "a.csv");
                holder = add_taken(f, batch, 2, "A-1", 1000);
                for (size_t step = 0; step < 3 && cases[i].way[step] != 0; step++) {
                        move(f, holder, status, cases[i].way[step]);
                        status = cases[i].way[step];
                }
                row = add_row(f, batch, 3, "A-1", 1000, STATUS_QUEUED);
                assert_int_equal(
                        take(f, "A-1", row, cases[i].answer == REFERENCE_NEXT ? row : holder),
                        cases[i].answer);
                ledger_rollback(f->ledger);
        }
}

static void every_next_holder_is_one_generation_further(void **state) {
        static const char *const generations[] = { "1", "2", "3", "4" };
        Fixture *f = *state;
        AUTO_FREE char *complaint = NULL;
        int64_t batch, row = 0;

        begin(f);
        batch = add_batch(f, "a.csv");
        for (uint32_t i = 0; i < ELEMENTS(generations); i++) {
                row = add_row(f, batch, 2 + i, "A-1", 1000 + i, STATUS_QUEUED);
                assert_int_equal(take(f, "A-1", row, row), i ? REFERENCE_NEXT : REFERENCE_TAKEN);
                assert_int_equal(take(f, "A-1", row, row), REFERENCE_TAKEN);
                assert_generation(f, row, generations[i]);
                if (i + 1 < ELEMENTS(generations))
                        move(f, row, STATUS_QUEUED, STATUS_CANCELLED);
        }
        commit(f);
        f->ledger = ledger_free(f->ledger);
        fixture_open(f);
        assert_generation(f, row, "4");
        assert_generation(f, row - 3, "1");
        assert_int_equal(ledger_check(f->ledger, &complaint), 0);
}

/* Nobody knows whether the first row has a session: none after it is simply the next one, until a
 * person has decided; in another scope nothing is known of that. */
static void after_one_that_was_given_up_nobody_just_follows(void **state) {
        Fixture *f = *state;
        AUTO_FREE char *complaint = NULL;
        Batch december = sample_batch("d.csv");
        int64_t batch, first, second, third, holder = 0;

        begin(f);
        batch = add_batch(f, "a.csv");
        first = add_taken(f, batch, 2, "A-1", 1000);
        move(f, first, STATUS_QUEUED, STATUS_SENDING);
        move(f, first, STATUS_SENDING, STATUS_UNKNOWN);
        give_up(f, first, STATUS_UNKNOWN);
        second = add_row(f, batch, 3, "A-1", 1000, STATUS_QUEUED);
        assert_int_equal(take(f, "A-1", second, first), REFERENCE_GIVEN_UP);
        move(f, second, STATUS_QUEUED, STATUS_HELD);
        assert_generation(f, second, "2");
        /* held, it takes the reference */
        third = add_row(f, batch, 4, "A-1", 1000, STATUS_QUEUED);
        assert_int_equal(take(f, "A-1", third, second), REFERENCE_DUPLICATE);
        /* and withdrawn it leaves things as they were */
        give_up(f, second, STATUS_HELD);
        assert_int_equal(take(f, "A-1", third, first), REFERENCE_GIVEN_UP);
        assert_generation(f, third, "3");
        december.run = "2026-12";
        OK(ledger_batch_add(f->ledger, &december, &batch));
        third = add_row(f, batch, 2, "A-1", 1000, STATUS_QUEUED);
        assert_int_equal(ledger_reference_take(f->ledger, 2, TEXT("A-1"), third, &holder),
                         REFERENCE_TAKEN);
        commit(f);
        assert_int_equal(ledger_check(f->ledger, &complaint), 0);
}

static void what_is_decided_is_followed_by_the_next(void **state) {
        Fixture *f = *state;
        int64_t batch, first, second, third;

        begin(f);
        batch = add_batch(f, "a.csv");
        first = add_taken(f, batch, 2, "A-1", 1000);
        move(f, first, STATUS_QUEUED, STATUS_SENDING);
        move(f, first, STATUS_SENDING, STATUS_UNKNOWN);
        give_up(f, first, STATUS_UNKNOWN);
        second = add_row(f, batch, 3, "A-1", 1000, STATUS_QUEUED);
        assert_int_equal(take(f, "A-1", second, first), REFERENCE_GIVEN_UP);
        move(f, second, STATUS_QUEUED, STATUS_HELD);
        move(f, second, STATUS_HELD, STATUS_QUEUED);
        move(f, second, STATUS_QUEUED, STATUS_SENDING);
        move(f, second, STATUS_SENDING, STATUS_OPEN);
        move(f, second, STATUS_OPEN, STATUS_EXPIRED);
        third = add_row(f, batch, 4, "A-1", 1000, STATUS_QUEUED);
        assert_int_equal(take(f, "A-1", third, third), REFERENCE_NEXT);
        commit(f);
}

static void a_rollback_gives_the_reference_back(void **state) {
        Fixture *f = *state;
        int64_t batch, first, second;

        begin(f);
        batch = add_batch(f, "a.csv");
        first = add_taken(f, batch, 2, "A-1", 1000);
        second = add_row(f, batch, 3, "A-1", 1000, STATUS_QUEUED);
        move(f, first, STATUS_QUEUED, STATUS_CANCELLED);
        commit(f);
        begin(f);
        assert_int_equal(take(f, "A-1", second, second), REFERENCE_NEXT);
        ledger_rollback(f->ledger);
        assert_generation(f, second, "1");
        begin(f);
        assert_int_equal(take(f, "A-1", second, second), REFERENCE_NEXT);
        commit(f);
        assert_generation(f, second, "2");
}

/* --- lists ---------------------------------------------------------------------------------- */

static int see_reference(void *userdata, int64_t row, Text order_id) {
        see(userdata, "%d:%d %.*s; ", (int) row_batch(row), (int) row_line(row),
            TEXT_ARG(order_id));
        return 0;
}

static void the_queued_rows_of_a_batch_give_their_references(void **state) {
        Fixture *f = *state;
        Seen seen = { .size = 0 };
        int64_t batch;

        begin(f);
        add_row(f, add_batch(f, "a.csv"), 2, "Z", 1, STATUS_QUEUED);
        batch = add_batch(f, "b.csv");
        add_row(f, batch, 2, "C", 1, STATUS_QUEUED);
        add_row(f, batch, 3, "B", 1, STATUS_REJECTED);
        add_row(f, batch, 4, "A", 1, STATUS_QUEUED);
        add_row(f, batch, 7, "D", 1, STATUS_QUEUED);
        add_row(f, add_batch(f, "c.csv"), 2, "Y", 1, STATUS_QUEUED);
        commit(f);
        assert_int_equal(ledger_batch_references(f->ledger, batch, 0, 2, see_reference, &seen), 2);
        assert_int_equal(ledger_batch_references(f->ledger, batch, row_id(batch, 4), 2,
                                                 see_reference, &seen),
                         1);
        assert_string_equal(seen.text, "2:2 C; 2:4 A; 2:7 D; ");
}

static void every_row_of_an_order_is_found_newest_first(void **state) {
        Fixture *f = *state;
        Seen seen = { .size = 0 };
        Batch december = sample_batch("d.csv");
        int64_t batch, row, holder = 0;

        begin(f);
        batch = add_batch(f, "a.csv");
        row = add_taken(f, batch, 2, "A-1", 1000);
        add_taken(f, batch, 3, "A-10", 1000);
        move(f, row, STATUS_QUEUED, STATUS_CANCELLED);
        batch = add_batch(f, "b.csv");
        add_row(f, batch, 2, "A-1", 0, STATUS_REJECTED);
        row = add_row(f, batch, 3, "A-1", 2000, STATUS_QUEUED);
        assert_int_equal(take(f, "A-1", row, row), REFERENCE_NEXT);
        row = add_row(f, batch, 4, "A-1", 2000, STATUS_QUEUED);
        assert_int_equal(take(f, "A-1", row, row - 1), REFERENCE_DUPLICATE);
        move(f, row, STATUS_QUEUED, STATUS_DUPLICATE);
        december.run = "2026-12";
        OK(ledger_batch_add(f->ledger, &december, &batch));
        row = add_row(f, batch, 9, "A-1", 3000, STATUS_QUEUED);
        assert_int_equal(ledger_reference_take(f->ledger, 2, TEXT("A-1"), row, &holder),
                         REFERENCE_TAKEN);
        commit(f);
        assert_int_equal(ledger_rows_of_order(f->ledger, TEXT("A-1"), see_row, &seen), 5);
        assert_string_equal(seen.text, "3:9 A-1 queued; 2:4 A-1 duplicate; 2:3 A-1 queued; "
                                       "2:2 A-1 rejected; 1:2 A-1 cancelled; ");
        assert_int_equal(ledger_rows_of_order(f->ledger, TEXT("A-2"), see_row, &seen), 0);
}

static void free_references_are_taken_many_at_once(void **state) {
        Fixture *f = *state;
        NewReference references[3];
        int64_t batch;

        begin(f);
        batch = add_batch(f, "a.csv");
        for (uint32_t i = 0; i < 3; i++) {
                static const char *const names[] = { "A-1", "A-2", "A-3" };

                references[i] =
                        (NewReference){ text_of(names[i]),
                                        add_row(f, batch, i + 2, names[i], 1000, STATUS_QUEUED) };
        }
        assert_int_equal(ledger_references_take(f->ledger, 1, references, 0), 1);
        assert_int_equal(ledger_references_take(f->ledger, 1, references, 2), 1);
        commit(f);
        begin(f); /* some are taken already: not all were free, those that are are taken */
        assert_int_equal(ledger_references_take(f->ledger, 1, references, 3), 0);
        for (size_t i = 0; i < 3; i++)
                assert_int_equal(ledger_holds_reference(f->ledger, references[i].row), 1);
        /* two rows of one reference: the first has it */
        references[0] =
                (NewReference){ TEXT("B-1"), add_row(f, batch, 9, "B-1", 1000, STATUS_QUEUED) };
        references[1] =
                (NewReference){ TEXT("B-1"), add_row(f, batch, 8, "B-1", 1000, STATUS_QUEUED) };
        assert_int_equal(ledger_references_take(f->ledger, 1, references, 2), 0);
        assert_int_equal(take(f, "B-1", references[0].row, references[0].row), REFERENCE_TAKEN);
        assert_int_equal(take(f, "B-1", references[1].row, references[0].row), REFERENCE_DUPLICATE);
        commit(f);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                LEDGER_TEST(a_free_reference_is_taken_once_and_again),
                LEDGER_TEST(a_taken_reference_gives_duplicate_or_conflict),
                LEDGER_TEST(what_becomes_of_the_holder_frees_its_reference_or_not),
                LEDGER_TEST(every_next_holder_is_one_generation_further),
                LEDGER_TEST(after_one_that_was_given_up_nobody_just_follows),
                LEDGER_TEST(what_is_decided_is_followed_by_the_next),
                LEDGER_TEST(a_rollback_gives_the_reference_back),
                LEDGER_TEST(the_queued_rows_of_a_batch_give_their_references),
                LEDGER_TEST(every_row_of_an_order_is_found_newest_first),
                LEDGER_TEST(free_references_are_taken_many_at_once),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
