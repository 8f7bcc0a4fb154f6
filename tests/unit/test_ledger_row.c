/* Rows: what is written comes back, legal moves and no others, pages that may be changed while they
 * are read. */
#include "tests/unit/ledger_fixture.h"

static int see_all(void *userdata, const Row *row) {
        see(userdata,
            "%d:%u lines %u [%.*s] %lld %s %s/%s g%u due %lld [%.*s] [%.*s] %lld [%.*s] [%.*s] "
            "[%.*s]\n",
            (int) row->batch, row->line, row->lines, TEXT_ARG(row->order_id),
            (long long) row->amount, currency_name(row->currency), status_name(row->status),
            hold_name(row->hold), row->generation, (long long) row->due_at, TEXT_ARG(row->session),
            TEXT_ARG(row->url), (long long) row->expires_at, TEXT_ARG(row->code),
            TEXT_ARG(row->reason), TEXT_ARG(row->raw));
        return 0;
}

static void assert_row(Fixture *f, int64_t id, const char *expected) {
        Seen seen = { .size = 0 };

        assert_int_equal(ledger_row_get(f->ledger, id, see_all, &seen), 1);
        assert_string_equal(seen.text, expected);
}

static void a_row_comes_back_as_it_was_added(void **state) {
        const uint8_t content[16] = "0123456789abcde";
        Fixture *f = *state;
        Seen seen = { .size = 0 };
        int64_t batch;
        NewRow row;

        begin(f);
        batch = add_batch(f, "a.csv");
        row = (NewRow){
                .id = row_id(batch, UINT32_MAX),
                .lines = 3,
                .order_id = TEXT("Ñ-1"),
                .amount = 6999999,
                .currency = CURRENCY_MXN,
                .status = STATUS_QUEUED,
                .send_at = 1800000000000000,
                .content = content,
                .raw = TEXT("Ñ-1;6999999"),
        };
        OK(ledger_row_add(f->ledger, &row));
        row = (NewRow){
                .id = row_id(batch, 2),
                .lines = 1,
                .amount = -5,
                .status = STATUS_REJECTED,
                .code = TEXT("E-AMOUNT E-REFERENCE"),
                .reason = TEXT("no"),
        };
        OK(ledger_row_add(f->ledger, &row));
        assert_int_equal(ledger_row_add(f->ledger, &row), -EEXIST);
        commit(f);
        assert_row(f, row_id(batch, UINT32_MAX),
                   "1:4294967295 lines 3 [Ñ-1] 6999999 MXN queued/ g1 due 1800000000000000 [] [] 0 "
                   "[] [] [Ñ-1;6999999]\n");
        assert_row(f, row_id(batch, 2),
                   "1:2 lines 1 [] -5 XXX rejected/ g1 due 0 [] [] 0 [E-AMOUNT E-REFERENCE] [no] "
                   "[]\n");
        assert_int_equal(ledger_row_get(f->ledger, row_id(batch, 3), see_all, &seen), 0);
}

static void rows_are_added_many_at_once(void **state) {
        enum { N = 300 };
        static const uint8_t content[16] = "0123456789abcde";
        static NewRow rows[N];
        Fixture *f = *state;
        int64_t batch;

        begin(f);
        batch = add_batch(f, "a.csv");
        for (uint32_t i = 0; i < N; i++)
                rows[i] = (NewRow){ .id = row_id(batch, i + 2),
                                    .lines = 1,
                                    .order_id = TEXT("A-1"),
                                    .amount = i,
                                    .currency = CURRENCY_CLP,
                                    .status = i % 3 == 0 ? STATUS_REJECTED : STATUS_QUEUED,
                                    .content = content,
                                    .raw = TEXT("A-1,7\n"),
                                    .code = i % 3 == 0 ? TEXT("E-AMOUNT") : TEXT_NONE };
        OK(ledger_rows_add(f->ledger, rows, 0));
        OK(ledger_rows_add(f->ledger, rows, N));
        commit(f);
        assert_totals(f, batch, "CLP rejected 100 14850; CLP queued 200 30000; ");
        assert_row(f, rows[0].id,
                   "1:2 lines 1 [A-1] 0 CLP rejected/ g1 due 0 [] [] 0 [E-AMOUNT] [] "
                   "[A-1,7\n]\n");
        assert_row(f, rows[N - 1].id,
                   "1:301 lines 1 [A-1] 299 CLP queued/ g1 due 0 [] [] 0 [] [] "
                   "[A-1,7\n]\n");
        begin(f);
        assert_int_equal(ledger_rows_add(f->ledger, rows + N - 1, 1), -EEXIST);
        ledger_rollback(f->ledger);
}

static void a_row_carries_what_its_moves_brought(void **state) {
        const RowChange open = { .session = TEXT("cs_1"),
                                 .url = TEXT("https://pay/cs_1"),
                                 .expires_at = 77 };
        const RowChange retry = { .due_at = 55, .code = TEXT("timeout"), .reason = TEXT("later") };
        const RowChange held = { .hold = HOLD_REPLY_MISMATCH, .reason = TEXT("odd") };
        const RowChange later = { .expires_at = 88 };
        const RowChange nothing = { .hold = HOLD_NONE };
        Fixture *f = *state;
        int64_t row;

        begin(f);
        row = add_row(f, add_batch(f, "a.csv"), 2, "A-1", 1000, STATUS_QUEUED);
        move(f, row, STATUS_QUEUED, STATUS_SENDING);
        OK(ledger_row_move(f->ledger, row, STATUS_SENDING, STATUS_QUEUED, &retry));
        assert_row(f, row,
                   "1:2 lines 1 [A-1] 1000 CLP queued/ g1 due 55 [] [] 0 [timeout] [later] "
                   "[A-1,1000,CLP\n]\n");
        OK(ledger_row_move(f->ledger, row, STATUS_QUEUED, STATUS_HELD, &held));
        assert_row(f, row,
                   "1:2 lines 1 [A-1] 1000 CLP held/reply-mismatch g1 due 0 [] [] 0 [] "
                   "[odd] [A-1,1000,CLP\n]\n");
        OK(ledger_row_move(f->ledger, row, STATUS_HELD, STATUS_QUEUED, &nothing));
        move(f, row, STATUS_QUEUED, STATUS_SENDING);
        OK(ledger_row_move(f->ledger, row, STATUS_SENDING, STATUS_OPEN, &open));
        assert_row(f, row,
                   "1:2 lines 1 [A-1] 1000 CLP open/ g1 due 0 [cs_1] [https://pay/cs_1] 77 "
                   "[] [] [A-1,1000,CLP\n]\n");
        OK(ledger_row_move(f->ledger, row, STATUS_OPEN, STATUS_EXPIRED, &later));
        commit(f);
        assert_row(f, row,
                   "1:2 lines 1 [A-1] 1000 CLP expired/ g1 due 0 [cs_1] [https://pay/cs_1] 88 [] "
                   "[] [A-1,1000,CLP\n]\n");
}

/* Every pair of statuses: moved if status_may_move() says so, untouched if not. */
static void only_legal_moves_are_made(void **state) {
        Fixture *f = *state;
        int64_t batch, row;
        unsigned moved = 0;

        begin(f);
        batch = add_batch(f, "a.csv");
        row = add_row(f, batch, 2, "A-1", 1000, STATUS_QUEUED);
        commit(f);
        for (Status to = STATUS_REJECTED; to < STATUS_COUNT; to++) {
                const RowChange change = { .hold = to == STATUS_HELD ? HOLD_STORE : HOLD_NONE };
                bool legal = status_may_move(STATUS_QUEUED, to);

                begin(f);
                assert_int_equal(ledger_row_move(f->ledger, row, STATUS_QUEUED, to, &change),
                                 legal ? 0 : -EPROTO);
                for (Status next = STATUS_REJECTED; legal && next < STATUS_COUNT; next++) {
                        const RowChange again = { .hold = next == STATUS_HELD ? HOLD_STORE
                                                                              : HOLD_NONE };

                        if (status_may_move(to, next))
                                continue;
                        assert_int_equal(ledger_row_move(f->ledger, row, to, next, &again),
                                         -EPROTO);
                }
                moved += legal;
                ledger_rollback(f->ledger);
        }
        assert_true(moved > 3);
        assert_rows(f, batch, "1:2 A-1 queued; ");
        assert_totals(f, batch, "CLP queued 1 1000; ");
}

static void a_row_moves_only_from_where_it_is(void **state) {
        const RowChange nothing = { .hold = HOLD_NONE };
        Fixture *f = *state;
        int64_t batch, row;

        begin(f);
        batch = add_batch(f, "a.csv");
        row = add_row(f, batch, 2, "A-1", 1000, STATUS_QUEUED);
        assert_int_equal(ledger_row_move(f->ledger, row, STATUS_SENDING, STATUS_OPEN, &nothing),
                         -EPROTO);
        assert_int_equal(
                ledger_row_move(f->ledger, row + 1, STATUS_QUEUED, STATUS_SENDING, &nothing),
                -EPROTO);
        OK(ledger_row_move(f->ledger, row, STATUS_QUEUED, STATUS_SENDING, &nothing));
        assert_int_equal(ledger_row_move(f->ledger, row, STATUS_QUEUED, STATUS_SENDING, &nothing),
                         -EPROTO);
        commit(f);
        assert_totals(f, batch, "CLP sending 1 1000; ");
}

/* --- pages ---------------------------------------------------------------------------------- */

static int64_t add_rows(Fixture *f, uint32_t n) {
        int64_t batch;

        begin(f);
        batch = add_batch(f, "a.csv");
        for (uint32_t i = 0; i < n; i++) {
                char order_id[16];

                (void) snprintf(order_id, sizeof(order_id), "A-%u", i);
                add_row(f, batch, 2 + i, order_id, i, STATUS_QUEUED);
        }
        loaded(f, batch, n + 1);
        commit(f);
        return batch;
}

static void rows_come_in_pages_and_from_one_batch_only(void **state) {
        static const struct {
                uint32_t after;
                unsigned max;
                int n;
                const char *seen;
        } cases[] = {
                { 0, 2, 2, "2:2 A-0 queued; 2:3 A-1 queued; " },
                { 3, 2, 2, "2:4 A-2 queued; 2:5 A-3 queued; " },
                { 5, 2, 0, "" },
                { 0, 0, 0, "" },
        };
        Fixture *f = *state;

        add_rows(f, 3);
        assert_int_equal(add_rows(f, 4), 2);
        add_rows(f, 3);
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                Seen seen = { .size = 0 };

                assert_int_equal(ledger_rows(f->ledger, 2, row_id(2, cases[i].after), cases[i].max,
                                             see_row, &seen),
                                 cases[i].n);
                assert_string_equal(seen.text, cases[i].seen);
        }
}

typedef struct Visit {
        Fixture *f;
        int64_t next_expected;
        int n;
        int stop_after;
        int answer;
} Visit;

static int stop(void *userdata, const Row *row) {
        Visit *visit = userdata;

        (void) row;
        return ++visit->n == visit->stop_after ? visit->answer : 0;
}

static void a_page_ends_where_the_function_says(void **state) {
        Fixture *f = *state;
        int64_t batch = add_rows(f, 10);
        Visit fails = { .f = f, .stop_after = 4, .answer = -ENOSPC };
        Visit stops = { .f = f, .stop_after = 4, .answer = 1 };

        assert_int_equal(ledger_rows(f->ledger, batch, 0, 100, stop, &fails), -ENOSPC);
        assert_int_equal(ledger_rows(f->ledger, batch, 0, 100, stop, &stops), 4);
        assert_int_equal(stops.n, 4);
}

/* Makes the row longer than it was, so that pages split behind the reader's back. */
static int open_it(void *userdata, const Row *row) {
        Visit *visit = userdata;
        const RowChange open = { .session = row->order_id,
                                 .url = TEXT("https://checkout.example/a-rather-long-address"),
                                 .expires_at = INT64_C(1) << 60,
                                 .code = TEXT("C"),
                                 .reason = TEXT("a rather long reason") };
        char raw[64];

        (void) snprintf(raw, sizeof(raw), "A-%d,%d,CLP\n", visit->n, visit->n);
        assert_true(row->id == visit->next_expected);
        visit->next_expected++;
        visit->n++;
        move(visit->f, row->id, STATUS_QUEUED, STATUS_SENDING);
        OK(ledger_row_move(visit->f->ledger, row->id, STATUS_SENDING, STATUS_OPEN, &open));
        assert_true(text_is(row->raw, raw)); /* what was lent stays as it was */
        assert_int_equal(row->status, STATUS_QUEUED);
        return 0;
}

static void rows_may_be_changed_while_they_are_read(void **state) {
        Fixture *f = *state;
        int64_t batch = add_rows(f, 3000);
        Visit visit = { .f = f, .next_expected = row_id(batch, 2) };

        begin(f);
        assert_int_equal(ledger_rows(f->ledger, batch, 0, 5000, open_it, &visit), 3000);
        commit(f);
        assert_totals(f, batch, "CLP open 3000 4498500; ");
}

static int look_inside(void *userdata, const Row *row) {
        Visit *visit = userdata;
        Seen seen = { .size = 0 };
        char expected[64];

        (void) snprintf(expected, sizeof(expected), "1:%u %.*s queued; ", row->line,
                        TEXT_ARG(row->order_id));
        OK(ledger_row_get(visit->f->ledger, row->id, see_row, &seen));
        assert_string_equal(seen.text, expected);
        visit->n += OK(ledger_rows(visit->f->ledger, row->batch, row->id, 2, see_row, &seen));
        return 0;
}

static void rows_may_be_read_while_they_are_read(void **state) {
        Fixture *f = *state;
        int64_t batch = add_rows(f, 4);
        Visit visit = { .f = f };

        assert_int_equal(ledger_rows(f->ledger, batch, 0, 100, look_inside, &visit), 4);
        assert_int_equal(visit.n, 2 + 2 + 1 + 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                LEDGER_TEST(a_row_comes_back_as_it_was_added),
                LEDGER_TEST(rows_are_added_many_at_once),
                LEDGER_TEST(a_row_carries_what_its_moves_brought),
                LEDGER_TEST(only_legal_moves_are_made),
                LEDGER_TEST(a_row_moves_only_from_where_it_is),
                LEDGER_TEST(rows_come_in_pages_and_from_one_batch_only),
                LEDGER_TEST(a_page_ends_where_the_function_says),
                LEDGER_TEST(rows_may_be_changed_while_they_are_read),
                LEDGER_TEST(rows_may_be_read_while_they_are_read),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
