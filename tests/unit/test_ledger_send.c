/* What may be sent and what was: first sends, due rows, frozen requests, attempts. */
#include "tests/unit/ledger_fixture.h"

static int64_t add_queued(Fixture *f, uint32_t n) {
        int64_t batch;

        begin(f);
        batch = add_batch(f, "a.csv");
        for (uint32_t i = 0; i < n; i++)
                add_row(f, batch, 2 + i, "A", 1, STATUS_QUEUED);
        loaded(f, batch, n + 1);
        commit(f);
        return batch;
}

/* --- first sends ---------------------------------------------------------------------------- */

typedef struct Claims {
        Fixture *f;
        int64_t last;
        int n;
} Claims;

static int claim(void *userdata, const Row *row) {
        Claims *claims = userdata;

        assert_true(row->id > claims->last);
        claims->last = row->id;
        claims->n++;
        move(claims->f, row->id, STATUS_QUEUED, STATUS_SENDING);
        return 0;
}

static void first_sends_go_through_a_batch_once(void **state) {
        Fixture *f = *state;
        int64_t batch = add_queued(f, 10000), next = 0;
        Claims claims = { .f = f };
        const Batch *read = NULL;
        int turns = 0;

        begin(f);
        for (uint32_t line = 100; line < 9000; line++) /* nothing to claim in two windows */
                move(f, row_id(batch, line), STATUS_QUEUED, STATUS_CANCELLED);
        commit(f);
        OK(ledger_batch_get(f->ledger, batch, &read));
        while (next < read->end_id) {
                int before = claims.n, n;

                begin(f);
                n = ledger_claimable(f->ledger, batch, next, 64, claim, &claims, &next);
                assert_int_equal(n, claims.n - before);
                OK(ledger_batch_claimed(f->ledger, batch, next));
                commit(f);
                turns++;
        }
        assert_int_equal(claims.n, 10000 - 8900);
        assert_int_equal(next, row_id(batch, 10002));
        assert_in_range(turns, 17, 24);
        assert_int_equal(ledger_claimable(f->ledger, batch, next, 64, claim, &claims, &next), 0);
        assert_int_equal(next, row_id(batch, 10002));
}

static int claim_two(void *userdata, const Row *row) {
        return claim(userdata, row) < 0 || ((Claims *) userdata)->n == 2;
}

static void a_claim_that_stops_goes_on_behind_the_last_row(void **state) {
        Fixture *f = *state;
        int64_t batch = add_queued(f, 5), next = 0;
        Claims claims = { .f = f };

        begin(f);
        assert_int_equal(ledger_claimable(f->ledger, batch, 0, 64, claim_two, &claims, &next), 2);
        assert_int_equal(next, row_id(batch, 4));
        assert_int_equal(ledger_claimable(f->ledger, batch, next, 0, claim, &claims, &next), 0);
        assert_int_equal(next, row_id(batch, 4));
        commit(f);
}

static void rows_with_a_due_time_are_no_first_sends(void **state) {
        const uint8_t content[16] = "";
        const NewRow later = { .id = row_id(1, 5),
                               .lines = 1,
                               .order_id = TEXT("B"),
                               .status = STATUS_QUEUED,
                               .send_at = 500,
                               .content = content };
        Fixture *f = *state;
        Claims claims = { .f = f };
        int64_t batch, next = 0, count = 0, due_at = 0;

        begin(f);
        batch = add_batch(f, "a.csv");
        add_row(f, batch, 2, "A", 1, STATUS_QUEUED);
        add_row(f, batch, 3, "A", 1, STATUS_REJECTED);
        OK(ledger_row_add(f->ledger, &later));
        add_row(f, batch, 9, "A", 1, STATUS_QUEUED);
        loaded(f, batch, 9);
        assert_int_equal(ledger_claimable(f->ledger, batch, 0, 64, claim, &claims, &next), 2);
        assert_int_equal(claims.last, row_id(batch, 9));
        OK(ledger_batch_later(f->ledger, batch, 499, &count));
        assert_int_equal(count, 1);
        OK(ledger_batch_later(f->ledger, batch, 500, &count));
        assert_int_equal(count, 0);
        OK(ledger_next_due(f->ledger, batch, &due_at));
        assert_int_equal(due_at, 500);
        commit(f);
}

/* Neither a hold nor its end makes it leave earlier; nor that it was withdrawn for a while. */
static void what_is_let_go_still_waits_for_its_time(void **state) {
        const RowChange now = { .due_at = 100 }, after = { .due_at = 700 };
        const uint8_t content[16] = "";
        const NewRow later = { .id = row_id(1, 5),
                               .lines = 1,
                               .order_id = TEXT("B"),
                               .status = STATUS_QUEUED,
                               .send_at = 500,
                               .content = content };
        Fixture *f = *state;
        int64_t batch, due_at = 0;

        begin(f);
        batch = add_batch(f, "a.csv");
        OK(ledger_row_add(f->ledger, &later));
        loaded(f, batch, 5);
        move(f, later.id, STATUS_QUEUED, STATUS_HELD);
        OK(ledger_row_move(f->ledger, later.id, STATUS_HELD, STATUS_QUEUED, &now));
        OK(ledger_next_due(f->ledger, batch, &due_at));
        assert_int_equal(due_at, 500);
        move(f, later.id, STATUS_QUEUED, STATUS_CANCELLED);
        OK(ledger_row_move(f->ledger, later.id, STATUS_CANCELLED, STATUS_QUEUED, &now));
        OK(ledger_next_due(f->ledger, batch, &due_at));
        assert_int_equal(due_at, 500);
        move(f, later.id, STATUS_QUEUED, STATUS_HELD);
        OK(ledger_row_move(f->ledger, later.id, STATUS_HELD, STATUS_QUEUED, &after));
        OK(ledger_next_due(f->ledger, batch, &due_at));
        assert_int_equal(due_at, 700);
        commit(f);
}

static void the_schedule_of_a_batch(void **state) {
        const uint8_t content[16] = "";
        NewRow later = {
                .lines = 1, .order_id = TEXT("B"), .status = STATUS_QUEUED, .content = content
        };
        Fixture *f = *state;
        int64_t batch, first = 1, last = 1;

        begin(f);
        batch = add_batch(f, "a.csv");
        add_row(f, batch, 2, "A", 1, STATUS_QUEUED);
        OK(ledger_batch_schedule(f->ledger, batch, 0, &first, &last));
        assert_int_equal(first, 0);
        assert_int_equal(last, 0);
        for (uint32_t line = 3; line < 6; line++) {
                later.id = row_id(batch, line);
                later.send_at = 1500 - 100 * line; /* 1200, 1100, 1000 */
                OK(ledger_row_add(f->ledger, &later));
        }
        OK(ledger_batch_schedule(f->ledger, batch, 999, &first, &last));
        assert_int_equal(first, 1000);
        assert_int_equal(last, 1200);
        OK(ledger_batch_schedule(f->ledger, batch, 1100, &first, &last));
        assert_int_equal(first, 1200);
        OK(ledger_batch_schedule(f->ledger, batch, 1200, &first, &last));
        assert_int_equal(first, 0);
        commit(f);
}

/* --- due rows ------------------------------------------------------------------------------- */

static void retry_at(Fixture *f, int64_t row, Status status, int64_t due_at) {
        const RowChange retry = { .due_at = due_at };

        move(f, row, STATUS_QUEUED, STATUS_SENDING);
        OK(ledger_row_move(f->ledger, row, STATUS_SENDING, status, &retry));
}

static int see_line(void *userdata, const Row *row) {
        see(userdata, "%d:%u ", (int) row->batch, row->line);
        return 0;
}

static void assert_due(Fixture *f, int64_t batch, int64_t now, unsigned max, const char *expected,
                       int64_t expected_next) {
        Seen seen = { .size = 0 };
        int64_t next = -1;

        OK(ledger_due(f->ledger, batch, now, max, see_line, &seen));
        assert_string_equal(seen.text, expected);
        OK(ledger_next_due(f->ledger, batch, &next));
        assert_int_equal(next, expected_next);
}

static void due_rows_come_earliest_first_and_batch_by_batch(void **state) {
        Fixture *f = *state;
        int64_t a = add_queued(f, 9), b = add_queued(f, 9);

        assert_due(f, a, INT64_MAX, 100, "", 0);
        begin(f);
        retry_at(f, row_id(a, 2), STATUS_QUEUED, 300);
        retry_at(f, row_id(a, 3), STATUS_QUEUED, 100);
        retry_at(f, row_id(a, 4), STATUS_UNKNOWN, 500);
        retry_at(f, row_id(a, 5), STATUS_UNKNOWN, 0); /* nobody tries that one again */
        retry_at(f, row_id(b, 2), STATUS_QUEUED, 200);
        commit(f);
        assert_due(f, a, 99, 100, "", 100);
        assert_due(f, a, 100, 100, "1:3 ", 100);
        assert_due(f, a, 500, 100, "1:3 1:2 1:4 ", 100);
        assert_due(f, a, 500, 2, "1:3 1:2 ", 100);
        assert_due(f, b, 500, 100, "2:2 ", 200);
        begin(f);
        move(f, row_id(a, 3), STATUS_QUEUED, STATUS_HELD);
        move(f, row_id(a, 4), STATUS_UNKNOWN, STATUS_SENDING);
        OK(ledger_set_due(f->ledger, row_id(a, 5), 50));
        commit(f);
        assert_due(f, a, 1000, 100, "1:5 1:2 ", 50);
}

static int see_generation(void *userdata, const Row *row) {
        *(uint32_t *) userdata = row->generation;
        return 0;
}

static uint32_t generation_of(Fixture *f, int64_t row) {
        uint32_t generation = 0;

        assert_int_equal(ledger_row_get(f->ledger, row, see_generation, &generation), 1);
        return generation;
}

static void a_lost_row_gets_a_further_generation_once_it_is_queued(void **state) {
        Fixture *f = *state;
        int64_t a = add_queued(f, 3), row = row_id(a, 2), holder;
        const RowChange now = { .due_at = 1 };
        Seen seen = { .size = 0 };
        const Batch *batch;

        assert_int_equal(ledger_batch_get(f->ledger, a, &batch), 1);
        begin(f);
        assert_int_equal(ledger_reference_take(f->ledger, batch->scope, TEXT("A"), row, &holder),
                         REFERENCE_TAKEN);
        retry_at(f, row, STATUS_UNKNOWN, 0);
        retry_at(f, row_id(a, 3), STATUS_UNKNOWN, 7);
        commit(f);
        OK(ledger_lost(f->ledger, 100, see_line, &seen));
        assert_string_equal(seen.text, "1:2 ");
        begin(f); /* while it is unknown, no new key */
        assert_int_equal(ledger_next_generation(f->ledger, row), -EPROTO);
        ledger_rollback(f->ledger);
        begin(f);
        OK(ledger_row_move(f->ledger, row, STATUS_UNKNOWN, STATUS_QUEUED, &now));
        OK(ledger_next_generation(f->ledger, row));
        commit(f);
        assert_int_equal(generation_of(f, row), 2);
        assert_int_equal(ledger_holds_reference(f->ledger, row), 1);
        assert_int_equal(ledger_holds_reference(f->ledger, row_id(a, 3)), 0);
}

static void unknown_rows_that_are_tried_again_are_counted(void **state) {
        Fixture *f = *state;
        int64_t a = add_queued(f, 9), b = add_queued(f, 9), count = 0;

        begin(f);
        retry_at(f, row_id(a, 2), STATUS_QUEUED, 300);
        retry_at(f, row_id(a, 4), STATUS_UNKNOWN, 500);
        retry_at(f, row_id(a, 5), STATUS_UNKNOWN, 0);
        retry_at(f, row_id(b, 2), STATUS_UNKNOWN, 200);
        commit(f);
        OK(ledger_batch_waiting(f->ledger, a, &count));
        assert_int_equal(count, 1);
        OK(ledger_batch_unsettled(f->ledger, a, &count));
        assert_int_equal(count, 9);
}

/* A large batch is looked through in windows, so that no turn of the loop waits for it. What is
 * scheduled lies ahead on purpose. */
static void retries_that_lie_too_far_ahead_are_pulled(void **state) {
        const uint8_t content[16] = "";
        NewRow later = { .lines = 1,
                         .order_id = TEXT("B"),
                         .status = STATUS_QUEUED,
                         .send_at = 9000,
                         .content = content };
        Fixture *f = *state;
        int64_t batch, from = 0, next = 0;
        unsigned looks = 1;

        begin(f);
        batch = add_batch(f, "a.csv");
        for (uint32_t line = 2; line < 3000; line++) {
                later.id = row_id(batch, line);
                later.send_at = line % 1000 == 0 ? 0 : 9000;
                OK(ledger_row_add(f->ledger, &later));
        }
        loaded(f, batch, 2999);
        retry_at(f, row_id(batch, 1000), STATUS_QUEUED, 8000);
        retry_at(f, row_id(batch, 2000), STATUS_UNKNOWN, 8000);
        while (ledger_pull_due(f->ledger, batch, 100, 5000, &from) == 1)
                looks++;
        assert_int_equal(looks, 3);
        assert_due(f, batch, 100, 100, "1:1000 1:2000 ", 100);
        OK(ledger_batch_later(f->ledger, batch, 100, &next));
        assert_int_equal(next, 2998 - 2);
        from = 0; /* none lies so far ahead: no look at any row */
        assert_int_equal(ledger_pull_due(f->ledger, batch, 100, 9000, &from), 0);
        assert_int_equal(from, 0);
        commit(f);
}

static int cancel_next(void *userdata, const Row *row) {
        Claims *claims = userdata;
        Status status = row->status;

        claims->n++;
        move(claims->f, row->id, status, STATUS_SENDING);
        move(claims->f, row->id + 1, STATUS_QUEUED, STATUS_CANCELLED);
        return 0;
}

static void a_due_row_that_changed_meanwhile_is_not_lent(void **state) {
        Fixture *f = *state;
        int64_t batch = add_queued(f, 4);
        Claims claims = { .f = f };

        begin(f);
        for (uint32_t line = 2; line < 6; line++)
                retry_at(f, row_id(batch, line), STATUS_QUEUED, line);
        assert_int_equal(ledger_due(f->ledger, batch, 100, 100, cancel_next, &claims), 2);
        assert_int_equal(claims.n, 2);
        commit(f);
}

/* --- what was sent -------------------------------------------------------------------------- */

static void a_frozen_request_comes_back_byte_for_byte(void **state) {
        Frozen frozen = { .key = "k1",
                          .body = { "{\"a\":\0 1}", 9 },
                          .api = 2,
                          .first_sent_at = 11,
                          .boot_at = 22,
                          .boot = "boot" };
        Fixture *f = *state;
        int64_t row = row_id(add_queued(f, 2), 2);
        const Frozen *back = NULL;

        assert_int_equal(ledger_frozen(f->ledger, row, 1, &back), 0);
        begin(f);
        assert_int_equal(ledger_freeze(f->ledger, row, 1, &frozen), 0);
        commit(f);
        begin(f);
        frozen.key = "k2";
        frozen.body = TEXT("{}");
        assert_int_equal(ledger_freeze(f->ledger, row, 1, &frozen), -EEXIST); /* once */
        assert_int_equal(ledger_freeze(f->ledger, row, 2, &frozen), 0);
        commit(f);
        assert_int_equal(ledger_frozen(f->ledger, row, 1, &back), 1);
        assert_string_equal(back->key, "k1");
        assert_true(text_equal(back->body, (Text){ "{\"a\":\0 1}", 9 }));
        assert_int_equal(back->api, 2);
        assert_int_equal(back->first_sent_at, 11);
        assert_int_equal(back->boot_at, 22);
        assert_string_equal(back->boot, "boot");
        assert_int_equal(ledger_frozen(f->ledger, row, 2, &back), 1);
        assert_string_equal(back->key, "k2");
        assert_int_equal(ledger_frozen(f->ledger, row + 1, 1, &back), 0);
}

static int see_attempt(void *userdata, const AttemptRecord *attempt) {
        see(userdata, "%u g%u at %lld %d %s %lld; ", attempt->number, attempt->generation,
            (long long) attempt->at, attempt->http_status, verdict_name(attempt->verdict),
            (long long) attempt->duration);
        return 0;
}

static void attempts_are_numbered_and_remembered(void **state) {
        static const AttemptRecord attempts[] = {
                { .generation = 1, .at = 10, .verdict = VERDICT_TRY_LATER, .duration = 5 },
                { .generation = 1, .at = 20, .http_status = 502, .verdict = VERDICT_UNKNOWN },
                { .generation = 2, .at = 30, .http_status = 201, .verdict = VERDICT_CREATED },
        };
        Fixture *f = *state;
        int64_t row = row_id(add_queued(f, 2), 2);
        Seen seen = { .size = 0 };

        begin(f);
        assert_int_equal(ledger_attempt_open(f->ledger, row, 1), 0);
        for (size_t i = 0; i < ELEMENTS(attempts); i++)
                OK(ledger_attempt_add(f->ledger, row, &attempts[i]));
        OK(ledger_attempt_add(f->ledger, row + 1, &attempts[0]));
        commit(f);
        OK(ledger_attempts(f->ledger, row, see_attempt, &seen));
        assert_string_equal(seen.text, "1 g1 at 10 0 try-later 5; 2 g1 at 20 502 unknown 0; "
                                       "3 g2 at 30 201 created 0; ");
        assert_int_equal(ledger_attempt_open(f->ledger, row, 1), 1);
        assert_int_equal(ledger_attempt_open(f->ledger, row, 2), 0);
        assert_int_equal(ledger_attempt_open(f->ledger, row + 1, 1), 0);
}

static int give_up(void *userdata, const Row *row) {
        Claims *claims = userdata;

        claims->n++;
        move(claims->f, row->id, STATUS_SENDING, STATUS_UNKNOWN);
        return 0;
}

static void what_was_on_the_wire_is_found_after_a_restart(void **state) {
        Fixture *f = *state;
        int64_t batch = add_queued(f, 200);
        Claims claims = { .f = f };

        begin(f);
        for (uint32_t line = 2; line < 150; line++)
                move(f, row_id(batch, line), STATUS_QUEUED, STATUS_SENDING);
        commit(f);
        f->ledger = ledger_free(f->ledger);
        fixture_open(f);
        begin(f);
        assert_int_equal(ledger_sending(f->ledger, 100, give_up, &claims), 100);
        assert_int_equal(ledger_sending(f->ledger, 100, give_up, &claims), 48);
        assert_int_equal(ledger_sending(f->ledger, 100, give_up, &claims), 0);
        commit(f);
        assert_int_equal(claims.n, 148);
        assert_totals(f, batch, "CLP queued 52 52; CLP unknown 148 148; ");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                LEDGER_TEST(first_sends_go_through_a_batch_once),
                LEDGER_TEST(a_claim_that_stops_goes_on_behind_the_last_row),
                LEDGER_TEST(rows_with_a_due_time_are_no_first_sends),
                LEDGER_TEST(what_is_let_go_still_waits_for_its_time),
                LEDGER_TEST(the_schedule_of_a_batch),
                LEDGER_TEST(due_rows_come_earliest_first_and_batch_by_batch),
                LEDGER_TEST(a_lost_row_gets_a_further_generation_once_it_is_queued),
                LEDGER_TEST(unknown_rows_that_are_tried_again_are_counted),
                LEDGER_TEST(a_due_row_that_changed_meanwhile_is_not_lent),
                LEDGER_TEST(retries_that_lie_too_far_ahead_are_pulled),
                LEDGER_TEST(a_frozen_request_comes_back_byte_for_byte),
                LEDGER_TEST(attempts_are_numbered_and_remembered),
                LEDGER_TEST(what_was_on_the_wire_is_found_after_a_restart),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
