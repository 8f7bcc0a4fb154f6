/* Sessions: what is written comes back, every generation keeps its own, and what is due is
 * found. */
#include <sqlite3.h>

#include "tests/unit/ledger_sessions.h"

static int see_id(void *userdata, const SessionRecord *session) {
        see(userdata, "%.*s ", TEXT_ARG(session->id));
        return 0;
}

/* No verb makes a row of an ended session queued again by itself. */
static void reissue(const Fixture *f) {
        sqlite3 *handle = NULL;

        assert_int_equal(sqlite3_open(f->path, &handle), SQLITE_OK);
        assert_int_equal(sqlite3_exec(handle,
                                      "UPDATE request SET status = 5, due_at = 1; "
                                      "UPDATE total SET status = 5 WHERE n > 0",
                                      NULL, NULL, NULL),
                         SQLITE_OK);
        assert_int_equal(sqlite3_close(handle), SQLITE_OK);
}

/* A row's session is that of its generation; the ones before it stay. */
static void every_generation_keeps_its_session(void **state) {
        const RowChange first = opening("cs_1", 100, 200);
        const RowChange second = opening("cs_2", 300, 400);
        Fixture *f = *state;
        Seen seen = { .size = 0 };
        int64_t row;

        begin(f);
        row = open_row(f, add_batch(f, "a.csv"), 2, "A-1", &first);
        move(f, row, STATUS_OPEN, STATUS_EXPIRED);
        commit(f);
        assert_sessions(
                f, row,
                "2 g1 cs_1 [https://pay]  made 100 expires 900 looked 0 next 200 v1 test; ");
        reissue(f);
        begin(f);
        OK(ledger_next_generation(f->ledger, row));
        commit(f);
        OK(ledger_row_get(f->ledger, row, see_row_session, &seen));
        assert_string_equal(seen.text, "queued [] [] 900");
        begin(f);
        move(f, row, STATUS_QUEUED, STATUS_SENDING);
        OK(ledger_row_move(f->ledger, row, STATUS_SENDING, STATUS_OPEN, &second));
        commit(f);
        assert_sessions(
                f, row,
                "2 g1 cs_1 [https://pay]  made 100 expires 900 looked 0 next 200 v1 test; "
                "2 g2 cs_2 [https://pay]  made 300 expires 900 looked 0 next 400 v1 test; ");
        seen.size = 0;
        OK(ledger_row_get(f->ledger, row, see_row_session, &seen));
        assert_string_equal(seen.text, "open [cs_2] [https://pay] 900");
        seen.size = 0;
        OK(ledger_sessions_of_order(f->ledger, TEXT("A-1"), see_id, &seen));
        assert_string_equal(seen.text, "cs_2 cs_1 ");
}

/* A session that is no link to give away is kept, and not looked at. */
static void a_held_row_keeps_the_session_that_was_not_asked_for(void **state) {
        const RowChange held = { .hold = HOLD_REPLY_MISMATCH, .session = TEXT("cs_odd") };
        const RowChange right = opening("cs_1", 100, 200);
        Fixture *f = *state;
        int64_t row;

        begin(f);
        ledger_set_now(f->ledger, 77);
        row = add_row(f, add_batch(f, "a.csv"), 2, "A-1", 1000, STATUS_QUEUED);
        move(f, row, STATUS_QUEUED, STATUS_SENDING);
        OK(ledger_row_move(f->ledger, row, STATUS_SENDING, STATUS_HELD, &held));
        commit(f);
        assert_sessions(f, row, "2 g1 cs_odd []  made 77 expires 0 looked 0 next 0 v1 test; ");
        /* a person has looked, and the same key now gives the right one */
        begin(f);
        move(f, row, STATUS_HELD, STATUS_QUEUED);
        move(f, row, STATUS_QUEUED, STATUS_SENDING);
        OK(ledger_row_move(f->ledger, row, STATUS_SENDING, STATUS_OPEN, &right));
        commit(f);
        assert_sessions(
                f, row,
                "2 g1 cs_1 [https://pay]  made 100 expires 900 looked 0 next 200 v1 test; ");
}

static void those_that_are_due_come_longest_waiting_first(void **state) {
        Fixture *f = *state;
        Seen seen = { .size = 0 };
        int64_t batch, next = 0, n = 0;

        OK(ledger_next_look(f->ledger, &next));
        assert_int_equal(next, 0);
        begin(f);
        batch = add_batch(f, "a.csv");
        for (uint32_t i = 0; i < 4; i++) {
                char id[16], order[16];
                RowChange open = opening(id, 100 + i, i == 3 ? 0 : 50 - i);

                (void) snprintf(id, sizeof(id), "cs_%u", i);
                (void) snprintf(order, sizeof(order), "A-%u", i);
                open.session = text_of(id);
                open_row(f, batch, 2 + i, order, &open);
        }
        commit(f);
        OK(ledger_sessions_due(f->ledger, 49, 10, see_id, &seen));
        assert_string_equal(seen.text, "cs_2 cs_1 ");
        seen.size = 0;
        OK(ledger_sessions_due(f->ledger, 1000, 2, see_id, &seen));
        assert_string_equal(seen.text, "cs_2 cs_1 ");
        OK(ledger_next_look(f->ledger, &next));
        assert_int_equal(next, 48);
        OK(ledger_sessions_since(f->ledger, 101, 10, &n));
        assert_int_equal(n, 3);
        OK(ledger_sessions_since(f->ledger, 0, 2, &n));
        assert_int_equal(n, 2);
        begin(f);
        OK(ledger_set_next_look(f->ledger, row_id(batch, 4), 1, 0));
        commit(f);
        OK(ledger_next_look(f->ledger, &next));
        assert_int_equal(next, 49);
}

static void a_look_is_recorded_and_moves_the_rows_expiry(void **state) {
        const RowChange open = opening("cs_1", 100, 200);
        Fixture *f = *state;
        Seen seen = { .size = 0 };
        SessionRecord look = { .generation = 1,
                               .status = SESSION_IN_PROGRESS,
                               .expires_at = 950,
                               .looked_at = 201,
                               .next_look = 500 };
        const Batch *batch;
        int64_t row;

        begin(f);
        row = look.row = open_row(f, add_batch(f, "a.csv"), 2, "A-1", &open);
        commit(f);
        ledger_set_now(f->ledger, 77000);
        begin(f);
        OK(ledger_session_looked(f->ledger, &look));
        commit(f);
        /* no status moved, but its results have to be written anew, also after a kill */
        OK(ledger_batch_get(f->ledger, row_batch(row), &batch));
        assert_int_equal(batch->changed_at, 77000);
        ledger_set_now(f->ledger, 78000);
        begin(f);
        OK(ledger_session_looked(f->ledger, &look));
        commit(f);
        OK(ledger_batch_get(f->ledger, row_batch(row), &batch));
        assert_int_equal(batch->changed_at, 77000); /* nothing new */
        assert_sessions(f, row,
                        "2 g1 cs_1 [https://pay] in_progress made 100 expires 950 looked 201 next "
                        "500 v1 test; ");
        OK(ledger_row_get(f->ledger, row, see_row_session, &seen));
        assert_string_equal(seen.text, "open [cs_1] [https://pay] 950");
        begin(f);
        look.expires_at = 0;
        look.next_look = 0;
        look.gone = true;
        OK(ledger_session_looked(f->ledger, &look));
        look.generation = 2;
        assert_int_equal(ledger_session_looked(f->ledger, &look), -EPROTO);
        commit(f);
        assert_sessions(
                f, row,
                "2 g1 cs_1 [https://pay] in_progress made 100 expires 950 looked 201 next 0 "
                "gone v1 test; ");
}

/* What only a walk, a person or the end of a batch asks for. */
static void a_batch_is_gone_through_session_by_session(void **state) {
        Fixture *f = *state;
        Seen seen = { .size = 0 };
        int64_t created[2], row = 0, batch, other;
        size_t n = 0;

        begin(f);
        batch = add_batch(f, "a.csv");
        for (uint32_t i = 0; i < 3; i++) {
                char id[16], order[16];
                RowChange open = opening(id, 100 + i, 50 + i);

                (void) snprintf(id, sizeof(id), "cs_%u", i);
                (void) snprintf(order, sizeof(order), "A-%u", i);
                open.session = text_of(id);
                open_row(f, batch, 2 + i, order, &open);
        }
        loaded(f, batch, 4);
        other = add_batch(f, "b.csv");
        commit(f);
        OK(ledger_batch_sessions(f->ledger, batch, 0, 0, 2, see_id, &seen));
        OK(ledger_batch_sessions(f->ledger, batch, row_id(batch, 3), 1, 2, see_id, &seen));
        OK(ledger_batch_sessions(f->ledger, other, 0, 0, 2, see_id, &seen));
        assert_string_equal(seen.text, "cs_0 cs_1 cs_2 ");
        seen.size = 0;
        OK(ledger_sessions_followed(f->ledger, 50, 9, see_id, &seen));
        assert_string_equal(seen.text, "cs_1 cs_2 ");
        OK(ledger_due_times(f->ledger, 100, created, 2, &n));
        assert_int_equal(n, 2);
        assert_int_equal(created[0], 100);

        assert_int_equal(ledger_batch_is_final(f->ledger, batch), 0);
        assert_int_equal(ledger_batch_is_final(f->ledger, other), 1);
        assert_int_equal(ledger_batch_followed(f->ledger, batch, &row), LEDGER_BATCH_FOLLOWED);
        begin(f);
        for (uint32_t i = 0; i < 3; i++)
                OK(ledger_set_next_look(f->ledger, row_id(batch, 2 + i), 1, 0));
        commit(f);
        row = 0;
        assert_int_equal(ledger_batch_followed(f->ledger, batch, &row), LEDGER_BATCH_UNFOLLOWED);
}

/* A long batch is looked through in pieces. */
static void a_long_batch_is_looked_through_in_pieces(void **state) {
        Fixture *f = *state;
        int64_t batch, row = 0;
        unsigned n = 1;

        begin(f);
        batch = add_batch(f, "a.csv");
        loaded(f, batch, 50000);
        commit(f);
        while (ledger_batch_followed(f->ledger, batch, &row) == LEDGER_BATCH_MORE)
                n++;
        assert_int_equal(n, 3);
}

static int note_id(void *userdata, const Batch *batch) {
        see(userdata, "%d ", (int) batch->id);
        return 0;
}

static void batches_at_rest_and_stale_ones_are_found(void **state) {
        Fixture *f = *state;
        Seen seen = { .size = 0 };
        int64_t first, second, found = 0;

        begin(f);
        first = add_batch(f, "a.csv");
        second = add_batch(f, "b.csv");
        OK(ledger_batch_set_state(f->ledger, first, BATCH_SETTLED));
        OK(ledger_batch_set_state(f->ledger, second, BATCH_SETTLED));
        OK(ledger_batch_results(f->ledger, first, 100));
        OK(ledger_batch_results(f->ledger, second, 100));
        ledger_set_now(f->ledger, 500);
        add_row(f, second, 2, "A-1", 1, STATUS_QUEUED); /* changes it */
        commit(f);
        assert_int_equal(ledger_batch_at_rest(f->ledger, 0, 499, &found), 1);
        assert_int_equal(found, first);
        assert_int_equal(ledger_batch_at_rest(f->ledger, first, 499, &found), 0);
        assert_int_equal(ledger_batch_at_rest(f->ledger, first, 500, &found), 1);
        OK(ledger_batches_stale(f->ledger, note_id, &seen));
        assert_string_equal(seen.text, "2 ");
}

static int see_key(void *userdata, const RowKey *key) {
        see(userdata, "%u g%u %.*s %s [%.*s]; ", row_line(key->row), key->generation,
            TEXT_ARG(key->key), status_name(key->status), TEXT_ARG(key->session));
        return 0;
}

/* Whose is a session that turns up? */
static void a_key_tells_whose_a_session_is(void **state) {
        const Frozen frozen = { .key = "k1", .body = TEXT("{}"), .api = 2, .boot = "" };
        const RowChange lost = { .code = TEXT("E-UNKNOWN") };
        Fixture *f = *state;
        Seen seen = { .size = 0 };
        SessionRecord found = { .generation = 1, .id = TEXT("cs_9"), .created_at = 5 };
        int64_t row, holder = 0;
        const Batch *batch;

        begin(f);
        row = found.row = add_row(f, add_batch(f, "a.csv"), 2, "A-1", 1000, STATUS_QUEUED);
        OK(ledger_reference_take(f->ledger, 1, TEXT("A-1"), row, &holder));
        OK(ledger_freeze(f->ledger, row, 1, &frozen));
        move(f, row, STATUS_QUEUED, STATUS_SENDING);
        OK(ledger_row_move(f->ledger, row, STATUS_SENDING, STATUS_UNKNOWN, &lost));
        OK(ledger_keys_of_order(f->ledger, TEXT("A-1"), see_key, &seen));
        OK(ledger_keys_of_order(f->ledger, TEXT("A-2"), see_key, &seen));
        assert_string_equal(seen.text, "2 g1 k1 unknown []; ");
        commit(f);
        ledger_set_now(f->ledger, 77000);
        begin(f);
        assert_int_equal(ledger_session_adopt(f->ledger, &found), 1);
        found.id = TEXT("cs_8");
        assert_int_equal(ledger_session_adopt(f->ledger, &found), 0);
        commit(f);
        OK(ledger_batch_get(f->ledger, row_batch(row),
                            &batch)); /* its results have to be written anew */
        assert_int_equal(batch->changed_at, 77000);
        assert_sessions(f, row, "2 g1 cs_9 []  made 5 expires 0 looked 0 next 0 v2 test; ");
}

static void rows_are_compared_by_scope_and_content(void **state) {
        Fixture *f = *state;
        Batch other = sample_batch("b.csv");
        int64_t one, two, three, batch, elsewhere = 0;
        bool scope = false, content = false;

        begin(f);
        batch = add_batch(f, "a.csv");
        one = add_row(f, batch, 2, "A-1", 1000, STATUS_QUEUED);
        two = add_row(f, batch, 3, "A-1", 2000, STATUS_QUEUED);
        other.run = "2026-12";
        OK(ledger_batch_add(f->ledger, &other, &elsewhere));
        three = add_row(f, elsewhere, 2, "A-1", 1000, STATUS_QUEUED);
        commit(f);
        assert_int_equal(ledger_compare_rows(f->ledger, one, two, &scope, &content), 1);
        assert_true(scope && !content);
        assert_int_equal(ledger_compare_rows(f->ledger, one, three, &scope, &content), 1);
        assert_true(!scope && content);
        assert_int_equal(ledger_compare_rows(f->ledger, one, 77, &scope, &content), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                LEDGER_TEST(every_generation_keeps_its_session),
                LEDGER_TEST(a_held_row_keeps_the_session_that_was_not_asked_for),
                LEDGER_TEST(those_that_are_due_come_longest_waiting_first),
                LEDGER_TEST(a_look_is_recorded_and_moves_the_rows_expiry),
                LEDGER_TEST(a_batch_is_gone_through_session_by_session),
                LEDGER_TEST(a_long_batch_is_looked_through_in_pieces),
                LEDGER_TEST(batches_at_rest_and_stale_ones_are_found),
                LEDGER_TEST(a_key_tells_whose_a_session_is),
                LEDGER_TEST(rows_are_compared_by_scope_and_content),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
