/* Rows with all that reports say of them: every row once, whatever it was paid. */
#include "jobs/base/cleanup.h"
#include "sql/ledger_payment.h"
#include "sql/ledger_payout.h"
#include "sql/ledger_report.h"
#include "tests/unit/ledger_fixture.h"

static int see_reported(void *userdata, const ReportedRow *row) {
        see(userdata, "%u %.*s %s %.*s made %lld until %lld%s", (unsigned) (row->id & UINT32_MAX),
            TEXT_ARG(row->order_id), status_name(row->status), (int) row->session.size,
            row->session.data ? row->session.data : "", (long long) row->created_at,
            (long long) row->expires_at, row->replaced ? " replaced" : "");
        for (size_t i = 0; i < row->n_payments; i++)
                see(userdata, " %.*s %lld %s at %lld back %lld", TEXT_ARG(row->payments[i].id),
                    (long long) row->payments[i].amount, currency_name(row->payments[i].currency),
                    (long long) row->payments[i].paid_at, (long long) row->payments[i].refunded);
        see(userdata, "; ");
        assert_true(row->raw.size > 0);
        return 0;
}

static void assert_page(Fixture *f, const ReportPage *page, const char *expected) {
        Seen seen = { .size = 0 };

        assert_int_equal(ledger_report_rows(f->ledger, page, see_reported, &seen), 0);
        assert_string_equal(seen.text, expected);
}

static void pay(Fixture *f, int64_t row, const char *id, PaymentStatus status, int64_t paid_at) {
        PaymentRecord payment = { .id = text_of(id),
                                  .row = row,
                                  .generation = 1,
                                  .status = status,
                                  .amount = 1000,
                                  .currency = CURRENCY_CLP,
                                  .created_at = paid_at,
                                  .paid_at = paid_at,
                                  .seen_at = paid_at };

        assert_int_equal(ledger_payment_set(f->ledger, &payment), 0);
}

static int64_t three_rows(Fixture *f) {
        const RowChange open = opening("cs_1", 100, 0), other = opening("cs_2", 101, 0);
        const RefundRecord refund = { .id = TEXT("re_1"),
                                      .payment = TEXT("pi_2"),
                                      .status = REFUND_SUCCEEDED,
                                      .amount = 300,
                                      .currency = CURRENCY_CLP,
                                      .created_at = 1,
                                      .updated_at = 1 };
        int64_t batch, row;

        begin(f);
        batch = add_batch(f, "a.csv");
        row = open_row(f, batch, 2, "A-1", &open);
        pay(f, row, "pi_9", PAYMENT_FAILED, 5);
        pay(f, row, "pi_2", PAYMENT_SUCCEEDED, 20);
        pay(f, row, "pi_1", PAYMENT_SUCCEEDED, 30);
        assert_int_equal(ledger_refund_set(f->ledger, &refund), 0);
        (void) open_row(f, batch, 3, "A-2", &other);
        (void) add_row(f, batch, 4, "", 0, STATUS_REJECTED);
        loaded(f, batch, 4);
        commit(f);
        return batch;
}

static void every_row_comes_once(void **state) {
        Fixture *f = *state;
        int64_t batch = three_rows(f);
        ReportPage page = { .scope = 1, .after = row_id(batch, 0), .end = row_id(batch, 100) };

        assert_page(f, &page,
                    "2 A-1 open cs_1 made 100 until 900 pi_2 1000 CLP at 20 back 300 pi_1 1000 CLP "
                    "at 30 back 0 pi_9 1000 CLP at 0 back 0; "
                    "3 A-2 open cs_2 made 101 until 900; 4  rejected  made 0 until 0; ");
        page.after = row_id(batch, 2);
        page.end = row_id(batch, 4);
        assert_page(f, &page, "3 A-2 open cs_2 made 101 until 900; ");
}

/* By the day of payment: rows that were paid then, with all of their payments. */
static void only_what_was_paid_then(void **state) {
        Fixture *f = *state;
        int64_t batch = three_rows(f);
        ReportPage page = { .scope = 1,
                            .after = row_id(batch, 0),
                            .end = row_id(batch, 100),
                            .paid_only = true,
                            .paid_from = 30,
                            .paid_to = 30 };

        assert_page(f, &page,
                    "2 A-1 open cs_1 made 100 until 900 pi_2 1000 CLP at 20 back 300 pi_1 1000 CLP "
                    "at 30 back 0 pi_9 1000 CLP at 0 back 0; ");
        page.paid_from = page.paid_to = 5; /* one that failed counts for nothing */
        assert_page(f, &page, "");
        page.paid_from = INT64_MIN;
        page.paid_to = 19;
        assert_page(f, &page, "");
}

static int see_paid(void *userdata, int64_t row, int64_t amount, Currency currency) {
        see(userdata, "%u %lld %s; ", (unsigned) (row & UINT32_MAX), (long long) amount,
            currency_name(currency));
        return 0;
}

static void payments_are_counted_by_their_time(void **state) {
        Fixture *f = *state;
        Seen seen = { .size = 0 };

        (void) three_rows(f);
        assert_int_equal(ledger_report_paid(f->ledger, 20, 30, see_paid, &seen), 0);
        assert_string_equal(seen.text, "2 1000 CLP; 2 1000 CLP; ");
        seen.size = 0;
        assert_int_equal(ledger_report_paid(f->ledger, 21, INT64_MAX, see_paid, &seen), 0);
        assert_string_equal(seen.text, "2 1000 CLP; ");
}

/* The row stays paid and has a finding (outcome_rule.h): reports count what it counts. */
static void what_succeeded_once_counts(void **state) {
        Fixture *f = *state;
        int64_t batch = three_rows(f);
        ReportPage page = { .scope = 1,
                            .after = row_id(batch, 0),
                            .end = row_id(batch, 100),
                            .paid_only = true,
                            .paid_from = 20,
                            .paid_to = 20 };
        Seen seen = { .size = 0 };

        begin(f);
        pay(f, row_id(batch, 2), "pi_2", PAYMENT_FAILED, 25);
        commit(f);
        assert_page(f, &page,
                    "2 A-1 open cs_1 made 100 until 900 pi_2 1000 CLP at 20 back 300 pi_1 1000 CLP "
                    "at 30 back 0 pi_9 1000 CLP at 0 back 0; ");
        assert_int_equal(ledger_report_paid(f->ledger, 20, 30, see_paid, &seen), 0);
        assert_string_equal(seen.text, "2 1000 CLP; 2 1000 CLP; ");
}

/* A row that ended unpaid, and whose reference came again: the later one asks for the money. */
static void a_replaced_row_is_told(void **state) {
        const RowChange open = opening("cs_1", 100, 0), again = opening("cs_2", 200, 0);
        Fixture *f = *state;
        ReportPage page = { .scope = 1, .after = 0, .end = INT64_MAX };
        int64_t first;

        begin(f);
        first = open_row(f, add_batch(f, "a.csv"), 2, "A-1", &open);
        move(f, first, STATUS_OPEN, STATUS_EXPIRED);
        commit(f);
        assert_page(f, &page, "2 A-1 expired cs_1 made 100 until 900; ");
        begin(f);
        (void) open_row(f, add_batch(f, "b.csv"), 5, "A-1", &again);
        commit(f);
        assert_page(f, &page,
                    "2 A-1 expired cs_1 made 100 until 900 replaced; "
                    "5 A-1 open cs_2 made 200 until 900; ");
}

static int see_settled(void *userdata, const ReportedRow *row) {
        for (size_t i = 0; i < row->n_payments; i++)
                see(userdata, "%.*s payout %lld: %lld - %lld = %lld %s; ",
                    TEXT_ARG(row->payments[i].id), (long long) row->payments[i].payout,
                    (long long) row->payments[i].settled, (long long) row->payments[i].fee,
                    (long long) row->payments[i].net,
                    currency_name(row->payments[i].settled_currency));
        return 0;
}

static void add_line(Fixture *f, int64_t payout, uint32_t line, PayoutKind kind, const char *id,
                     int64_t amount) {
        const PayoutLine paid_out = { .line = line,
                                      .kind = kind,
                                      .id = text_of(id),
                                      .resource = kind == PAYOUT_REFUND ? TEXT("pi_2") : TEXT_NONE,
                                      .amount = amount,
                                      .fee = amount > 0 ? 30 : 0,
                                      .net = amount > 0 ? amount - 30 : amount,
                                      .currency = CURRENCY_CLP };

        assert_int_equal(ledger_payout_add(f->ledger, payout, &paid_out), 0);
}

/* A payment stays one, however many lines the provider writes about it. */
static void what_was_paid_out_stands_with_its_payment(void **state) {
        Fixture *f = *state;
        int64_t batch = three_rows(f), payout;
        const ReportPage page = { .scope = 1,
                                  .after = row_id(batch, 0),
                                  .end = row_id(batch, 100) };
        Seen seen = { .size = 0 };

        begin(f);
        payout = add_batch(f, "p.csv");
        assert_int_equal(ledger_payout_begin(f->ledger, payout, 0, 0), 0);
        add_line(f, payout, 2, PAYOUT_PAYMENT, "pi_2", 1000);
        add_line(f, payout, 3, PAYOUT_REFUND, "re_1", -300);
        add_line(f, payout, 4, PAYOUT_PAYMENT, "pi_2", 1000); /* twice: counted once */
        commit(f);
        assert_int_equal(ledger_report_rows(f->ledger, &page, see_settled, &seen), 0);
        assert_string_equal(seen.text, "pi_2 payout 2: 700 - 30 = 670 CLP; "
                                       "pi_1 payout 0: 0 - 0 = 0 XXX; "
                                       "pi_9 payout 0: 0 - 0 = 0 XXX; ");
}

static int stop_at_once(void *userdata, const ReportedRow *row) {
        (void) row;
        ++*(int *) userdata;
        return -ENOSPC;
}

static void a_failing_reader_stops_it(void **state) {
        Fixture *f = *state;
        int64_t batch = three_rows(f);
        const ReportPage page = { .scope = 1,
                                  .after = row_id(batch, 0),
                                  .end = row_id(batch, 100) };
        int n = 0;

        assert_int_equal(ledger_report_rows(f->ledger, &page, stop_at_once, &n), -ENOSPC);
        assert_int_equal(n, 1);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                LEDGER_TEST(every_row_comes_once),
                LEDGER_TEST(only_what_was_paid_then),
                LEDGER_TEST(payments_are_counted_by_their_time),
                LEDGER_TEST(what_succeeded_once_counts),
                LEDGER_TEST(a_replaced_row_is_told),
                LEDGER_TEST(what_was_paid_out_stands_with_its_payment),
                LEDGER_TEST(a_failing_reader_stops_it),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
