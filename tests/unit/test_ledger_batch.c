/* Batches: what is written comes back, lists by state, the questions that intake asks. */
#include "tests/unit/ledger_fixture.h"

static void a_batch_comes_back_as_it_was_added(void **state) {
        Fixture *f = *state;
        Batch batch = sample_batch("facturas de marzo.csv");
        const Batch *back = NULL;
        int64_t id = 0;

        batch.profile = "tienda";
        batch.live = true;
        batch.size = UINT64_C(5) << 30;
        batch.hold = HOLD_OPERATOR;
        batch.api = 2;
        batch.delimiter = ';';
        batch.header = (Text){ "a;b\0c\r\n", 7 };
        batch.note = "note";
        begin(f);
        assert_int_equal(ledger_batch_add(f->ledger, &batch, &id), 0);
        commit(f);
        assert_int_equal(id, 1);
        assert_int_equal(ledger_batch_get(f->ledger, 2, &back), 0);
        assert_int_equal(ledger_batch_get(f->ledger, id, &back), 1);
        assert_int_equal(back->id, 1);
        assert_string_equal(back->profile, "tienda");
        assert_string_equal(back->run, "2026-11");
        assert_true(back->live);
        assert_int_equal(back->parent, 0);
        assert_string_equal(back->file, "facturas de marzo.csv");
        assert_int_equal(back->maker_uid, 1000);
        assert_string_equal(back->source, "facturas de marzo.csv");
        assert_false(back->source_gone);
        assert_memory_equal(back->sha256, batch.sha256, 32);
        assert_int_equal(back->size, UINT64_C(5) << 30);
        assert_int_equal(back->received_at, batch.received_at);
        assert_int_equal(back->state, BATCH_LOADING);
        assert_int_equal(back->hold, HOLD_OPERATOR);
        assert_int_equal(back->api, 2);
        assert_string_equal(back->rules, batch.rules);
        assert_true(text_equal(back->header, batch.header));
        assert_int_equal(back->delimiter, ';');
        assert_int_equal(back->encoding, 1);
        assert_int_equal(back->next_id, row_id(1, 0));
        assert_int_equal(back->end_id, row_id(1, 0));
        assert_string_equal(back->note, "note");
}

static void every_change_of_a_batch_stays(void **state) {
        Fixture *f = *state;
        Batch checked;
        const Batch *back = NULL;
        int64_t id;

        begin(f);
        id = add_batch(f, "a.csv");
        checked = sample_batch("a.csv");
        checked.id = id;
        checked.header = TEXT("x\ty\n");
        checked.delimiter = '\t';
        checked.encoding = 4;
        checked.bom = true;
        checked.n_columns = 1000;
        checked.file_lines = 7;
        checked.note = "one column is not sent";
        OK(ledger_batch_checked(f->ledger, &checked));
        OK(ledger_batch_source_gone(f->ledger, id));
        OK(ledger_batch_set_state(f->ledger, id, BATCH_RUNNING));
        OK(ledger_batch_set_hold(f->ledger, id, HOLD_CANARY));
        OK(ledger_batch_loaded(f->ledger, id, 4000, 77, row_id(id, 78)));
        OK(ledger_batch_claimed(f->ledger, id, row_id(id, 9)));
        OK(ledger_batch_results(f->ledger, id, 123));
        OK(ledger_batch_archived(f->ledger, id));
        commit(f);
        f->ledger = ledger_free(f->ledger);
        fixture_open(f);
        assert_int_equal(ledger_batch_get(f->ledger, id, &back), 1);
        assert_true(text_is(back->header, "x\ty\n"));
        assert_int_equal(back->delimiter, '\t');
        assert_int_equal(back->encoding, 4);
        assert_true(back->bom);
        assert_int_equal(back->n_columns, 1000);
        assert_int_equal(back->file_lines, 7);
        assert_string_equal(back->note, "one column is not sent");
        assert_true(back->source_gone);
        assert_int_equal(back->state, BATCH_RUNNING);
        assert_int_equal(back->hold, HOLD_CANARY);
        assert_int_equal(back->loaded_offset, 4000);
        assert_int_equal(back->loaded_line, 77);
        assert_int_equal(back->next_id, row_id(id, 9));
        assert_int_equal(back->end_id, row_id(id, 78));
        assert_int_equal(back->results_at, 123);
        assert_true(back->archived);
}

static void a_batch_that_is_not_there_cannot_change(void **state) {
        Fixture *f = *state;
        const Batch nobody = { .id = 5, .note = "" };

        begin(f);
        assert_int_equal(ledger_batch_set_state(f->ledger, 5, BATCH_RUNNING), -EPROTO);
        assert_int_equal(ledger_batch_set_hold(f->ledger, 5, HOLD_NONE), -EPROTO);
        assert_int_equal(ledger_batch_source_gone(f->ledger, 5), -EPROTO);
        assert_int_equal(ledger_batch_checked(f->ledger, &nobody), -EPROTO);
        assert_int_equal(ledger_batch_loaded(f->ledger, 5, 0, 0, 0), -EPROTO);
        assert_int_equal(ledger_batch_claimed(f->ledger, 5, 0), -EPROTO);
        assert_int_equal(ledger_batch_results(f->ledger, 5, 0), -EPROTO);
        assert_int_equal(ledger_batch_archived(f->ledger, 5), -EPROTO);
        ledger_rollback(f->ledger);
}

static void only_what_is_past_a_state_is_opened_again(void **state) {
        Fixture *f = *state;
        int64_t id;

        begin(f);
        id = add_batch(f, "a.csv");
        commit(f);
        for (BatchState from = BATCH_RECEIVED; from < BATCH_STATE_COUNT; from++)
                for (BatchState to = BATCH_RUNNING; to <= BATCH_SETTLED; to++) {
                        bool opens = from > to && from <= BATCH_CLOSED;
                        const Batch *batch;

                        begin(f);
                        OK(ledger_batch_set_state(f->ledger, id, from));
                        OK(ledger_batch_reopen(f->ledger, id, to));
                        assert_int_equal(ledger_batch_get(f->ledger, id, &batch), 1);
                        assert_int_equal(batch->state, opens ? to : from);
                        commit(f);
                }
        begin(f);
        OK(ledger_batch_reopen(f->ledger, id + 1, BATCH_RUNNING)); /* there is none */
        ledger_rollback(f->ledger);
}

static void states_have_their_names(void **state) {
        (void) state;
        assert_string_equal(batch_state_name(BATCH_RECEIVED, HOLD_NONE), "received");
        assert_string_equal(batch_state_name(BATCH_LOADING, HOLD_NONE), "loading");
        assert_string_equal(batch_state_name(BATCH_AWAITING_APPROVAL, HOLD_NONE),
                            "awaiting_approval");
        assert_string_equal(batch_state_name(BATCH_AWAITING_APPROVAL, HOLD_OPERATOR),
                            "awaiting_approval");
        assert_string_equal(batch_state_name(BATCH_RUNNING, HOLD_NONE), "running");
        assert_string_equal(batch_state_name(BATCH_RUNNING, HOLD_ACCOUNT), "held");
        assert_string_equal(batch_state_name(BATCH_SETTLED, HOLD_OPERATOR), "settled");
        assert_string_equal(batch_state_name(BATCH_CLOSED, HOLD_NONE), "closed");
        assert_string_equal(batch_state_name(BATCH_REFUSED, HOLD_NONE), "refused");
}

static void numbers_are_never_given_twice(void **state) {
        Fixture *f = *state;
        Batch batch = sample_batch("a.csv");
        int64_t id = 0;

        assert_int_equal(ledger_batch_highest(f->ledger), 0);
        begin(f);
        batch.id = 41; /* the spool remembers a higher one than the store */
        OK(ledger_batch_add(f->ledger, &batch, &id));
        assert_int_equal(id, 41);
        assert_int_equal(ledger_batch_add(f->ledger, &batch, &id), -EEXIST);
        assert_int_equal(add_batch(f, "b.csv"), 42);
        commit(f);
        assert_int_equal(ledger_batch_highest(f->ledger), 42);
}

/* --- lists ---------------------------------------------------------------------------------- */

typedef struct Listing {
        Ledger *ledger;
        Seen seen;
        int64_t stop_at;
} Listing;

static int list(void *userdata, const Batch *batch) {
        Listing *listing = userdata;
        const Batch *other = NULL;

        OK(ledger_batch_get(listing->ledger, 1, &other)); /* does not disturb what was lent */
        see(&listing->seen, "%d %s; ", (int) batch->id, batch->file);
        return batch->id == listing->stop_at ? 99 : 0;
}

static int settle(void *userdata, const Batch *batch) {
        Listing *listing = userdata;

        see(&listing->seen, "%d; ", (int) batch->id);
        /* the next one is no longer what was asked for */
        OK(ledger_batch_set_state(listing->ledger, batch->id + 1, BATCH_SETTLED));
        return ledger_batch_set_state(listing->ledger, batch->id, BATCH_SETTLED);
}

static void batches_are_listed_by_state(void **state) {
        static const struct {
                unsigned states;
                int64_t stop_at;
                int answer;
                const char *seen;
        } cases[] = {
                { 1U << BATCH_LOADING, 0, 0, "1 a.csv; 3 c.csv; " },
                { 1U << BATCH_LOADING | 1U << BATCH_RUNNING, 0, 0, "1 a.csv; 2 b.csv; 3 c.csv; " },
                { ~0U, 2, 99, "1 a.csv; 2 b.csv; " },
                { 1U << BATCH_REFUSED, 0, 0, "" },
                { 0, 0, 0, "" },
        };
        Fixture *f = *state;

        begin(f);
        add_batch(f, "a.csv");
        loaded(f, add_batch(f, "b.csv"), 2);
        add_batch(f, "c.csv");
        commit(f);
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                Listing listing = { .ledger = f->ledger, .stop_at = cases[i].stop_at };

                assert_int_equal(ledger_batches(f->ledger, cases[i].states, list, &listing),
                                 cases[i].answer);
                assert_string_equal(listing.seen.text, cases[i].seen);
        }
}

static void a_list_may_be_changed_while_it_is_read(void **state) {
        Fixture *f = *state;
        Listing listing = { .ledger = f->ledger };

        begin(f);
        for (int i = 0; i < 5; i++)
                add_batch(f, "a.csv");
        add_batch(f, "z.csv");
        OK(ledger_batches(f->ledger, 1U << BATCH_LOADING, settle, &listing));
        commit(f);
        assert_string_equal(listing.seen.text, "1; 3; 5; ");
}

/* --- intake's questions --------------------------------------------------------------------- */

static void a_source_is_known_until_it_is_gone(void **state) {
        Fixture *f = *state;
        int64_t id = 0;
        int64_t batch;

        begin(f);
        batch = add_batch(f, "5:6:7:8:9");
        assert_int_equal(ledger_batch_of_source(f->ledger, "5:6:7:8:9", &id), 1);
        assert_int_equal(id, batch);
        assert_int_equal(ledger_batch_of_source(f->ledger, "5:6:7:8:10", &id), 0);
        OK(ledger_batch_source_gone(f->ledger, batch));
        assert_int_equal(ledger_batch_of_source(f->ledger, "5:6:7:8:9", &id), 0);
        commit(f);
}

static bool same_bytes(Fixture *f, const char *file, const char *profile, const char *run,
                       bool live) {
        const Batch batch = sample_batch(file);
        int64_t id = 0;
        int r = OK(ledger_batch_of_bytes(f->ledger, batch.sha256, profile, run, live, &id));

        assert_int_equal(id, r);
        return r == 1;
}

static void the_same_bytes_are_known_while_a_row_takes_its_reference(void **state) {
        Fixture *f = *state;
        int64_t batch, row;

        begin(f);
        batch = add_batch(f, "a.csv");
        row = add_row(f, batch, 2, "A-1", 1000, STATUS_QUEUED);
        add_row(f, batch, 3, "A-2", 1000, STATUS_REJECTED);
        assert_false(same_bytes(f, "a.csv", "", "2026-11", false)); /* not accepted yet */
        OK(ledger_batch_set_state(f->ledger, batch, BATCH_AWAITING_APPROVAL));
        assert_true(same_bytes(f, "a.csv", "", "2026-11", false));
        OK(ledger_batch_set_state(f->ledger, batch, BATCH_REFUSED));
        assert_false(same_bytes(f, "a.csv", "", "2026-11", false));
        OK(ledger_batch_set_state(f->ledger, batch, BATCH_CLOSED));
        assert_true(same_bytes(f, "a.csv", "", "2026-11", false));
        assert_false(same_bytes(f, "b.csv", "", "2026-11", false));
        assert_false(same_bytes(f, "a.csv", "x", "2026-11", false));
        assert_false(same_bytes(f, "a.csv", "", "2026-12", false));
        assert_false(same_bytes(f, "a.csv", "", "2026-11", true));
        move(f, row, STATUS_QUEUED, STATUS_SENDING);
        assert_true(same_bytes(f, "a.csv", "", "2026-11", false));
        move(f, row, STATUS_SENDING, STATUS_REFUSED);
        assert_false(same_bytes(f, "a.csv", "", "2026-11", false));
        commit(f);
        assert_false(same_bytes(f, "a.csv", "", "2026-11", false));
}

/* The statement names the statuses by number. */
static void the_statuses_that_take_a_reference_are_those_of_the_statement(void **state) {
        static const Status ways[][3] = {
                { STATUS_HELD },
                { STATUS_SENDING, STATUS_UNKNOWN },
                { STATUS_SENDING, STATUS_REFUSED },
                { STATUS_SENDING, STATUS_OPEN, STATUS_IN_PROGRESS },
                { STATUS_SENDING, STATUS_OPEN, STATUS_PAID },
                { STATUS_SENDING, STATUS_OPEN, STATUS_MISMATCH },
                { STATUS_SENDING, STATUS_OPEN, STATUS_FAILED },
                { STATUS_SENDING, STATUS_OPEN, STATUS_EXPIRED },
                { STATUS_SENDING, STATUS_OPEN, STATUS_CANCELLED },
                { STATUS_SENDING, STATUS_OPEN, STATUS_REFUNDED },
                { STATUS_DUPLICATE },
                { STATUS_CONFLICT },
        };
        Fixture *f = *state;
        int64_t batch;

        begin(f);
        batch = add_batch(f, "a.csv");
        OK(ledger_batch_set_state(f->ledger, batch, BATCH_RUNNING));
        commit(f);
        for (size_t i = 0; i < ELEMENTS(ways); i++) {
                Status status = STATUS_QUEUED;
                int64_t row;

                begin(f);
                row = add_row(f, batch, 2, "A-1", 1, status);
                assert_true(same_bytes(f, "a.csv", "", "2026-11", false));
                for (size_t step = 0; step < 3 && ways[i][step] != 0; step++) {
                        move(f, row, status, ways[i][step]);
                        status = ways[i][step];
                }
                assert_int_equal(same_bytes(f, "a.csv", "", "2026-11", false),
                                 status_takes_reference(status));
                ledger_rollback(f->ledger);
        }
}

static void a_batch_says_when_it_changed(void **state) {
        Fixture *f = *state;
        const Batch *batch = NULL;
        int64_t id, row;

        begin(f);
        id = add_batch(f, "a.csv");
        row = add_row(f, id, 2, "A-1", 1, STATUS_QUEUED);
        commit(f);
        ledger_set_now(f->ledger, 5000);
        begin(f);
        move(f, row, STATUS_QUEUED, STATUS_SENDING);
        commit(f);
        OK(ledger_batch_get(f->ledger, id, &batch));
        assert_int_equal(batch->changed_at, 5000);
        ledger_set_now(f->ledger, 4000); /* the clock was set back */
        begin(f);
        move(f, row, STATUS_SENDING, STATUS_QUEUED);
        commit(f);
        OK(ledger_batch_get(f->ledger, id, &batch));
        assert_int_equal(batch->changed_at, 5000);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                LEDGER_TEST(a_batch_comes_back_as_it_was_added),
                LEDGER_TEST(every_change_of_a_batch_stays),
                LEDGER_TEST(a_batch_that_is_not_there_cannot_change),
                LEDGER_TEST(only_what_is_past_a_state_is_opened_again),
                cmocka_unit_test(states_have_their_names),
                LEDGER_TEST(numbers_are_never_given_twice),
                LEDGER_TEST(batches_are_listed_by_state),
                LEDGER_TEST(a_list_may_be_changed_while_it_is_read),
                LEDGER_TEST(a_source_is_known_until_it_is_gone),
                LEDGER_TEST(the_same_bytes_are_known_while_a_row_takes_its_reference),
                LEDGER_TEST(the_statuses_that_take_a_reference_are_those_of_the_statement),
                LEDGER_TEST(a_batch_says_when_it_changed),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
