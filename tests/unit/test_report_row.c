/* ReportRow and ReportTotals: what is made of a row's payments, its age, and the sums above. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "jobs/base/cleanup.h"
#include "jobs/report/report_days.h"
#include "jobs/report/report_tie.h"

#define NOON INT64_C(1795100400000000) /* 2026-11-19 12:00 in Santiago */

static const CivilDate today = { 2026, 11, 19 };

static ReportPayment payment(const char *id, int64_t amount, Currency currency, int64_t paid_at) {
        return (ReportPayment){ .id = text_of(id),
                                .type = TEXT("bank_transfer"),
                                .bank_reference = TEXT("77"),
                                .amount = amount,
                                .currency = currency,
                                .paid_at = paid_at,
                                .counts = paid_at != 0 };
}

static ReportRow row_of(Status status, const ReportPayment *payments, size_t n) {
        return (ReportRow){ .batch = 1,
                            .line = 2,
                            .amount = 1000,
                            .currency = CURRENCY_CLP,
                            .status = status,
                            .session = TEXT("cs_1"),
                            .received_at = NOON - 10 * DAY,
                            .created_at = NOON - 9 * DAY,
                            .payments = payments,
                            .n_payments = n };
}

static int use_zone(void **state) {
        (void) state;
        return civil_zone_use("America/Santiago") ? 0 : -1;
}

/* --- payments ------------------------------------------------------------------------------- */

static void a_row_without_payments_has_none(void **state) {
        AUTO_BUFFER texts = BUFFER_EMPTY;
        ReportRow row = row_of(STATUS_OPEN, NULL, 0);

        (void) state;
        assert_int_equal(report_row_complete(&row, today, &texts), 0);
        assert_false(row.is_paid || row.has_difference);
        assert_int_equal(row.payment_id.size, 0);
        assert_int_equal(row.paid_at, 0);
}

static void what_was_paid_is_compared(void **state) {
        AUTO_BUFFER texts = BUFFER_EMPTY;
        ReportPayment payments[] = { payment("pi_1", 700, CURRENCY_CLP, NOON),
                                     payment("pi_2", 1000, CURRENCY_CLP, NOON - HOUR),
                                     payment("pi_3", 5, CURRENCY_CLP, 0) };
        ReportRow row = row_of(STATUS_MISMATCH, payments, 1);

        (void) state;
        assert_int_equal(report_row_complete(&row, today, &texts), 0);
        assert_true(row.is_paid && row.has_difference);
        assert_int_equal(row.difference, -300);
        assert_true(text_is(row.payment_id, "pi_1"));

        payments[1].refunded = 400;
        row.n_payments = ELEMENTS(payments); /* paid twice, and one that failed */
        assert_int_equal(report_row_complete(&row, today, &texts), 0);
        assert_int_equal(row.paid_amount, 1700);
        assert_int_equal(row.difference, 700);
        assert_int_equal(row.refunded, 400);
        assert_int_equal(row.paid_at, NOON - HOUR);
        assert_true(text_is(row.payment_id, "pi_1 pi_2"));
        assert_true(text_is(row.payment_type, "bank_transfer bank_transfer"));
        assert_true(text_is(row.bank_reference, "77 77"));
}

/* Pesos are not compared with centavos. */
static void another_currency_is_no_difference(void **state) {
        AUTO_BUFFER texts = BUFFER_EMPTY;
        ReportPayment payments[] = { payment("pi_1", 700, CURRENCY_MXN, NOON),
                                     payment("pi_2", 1000, CURRENCY_CLP, NOON) };
        ReportRow row = row_of(STATUS_MISMATCH, payments, 1);

        (void) state;
        assert_int_equal(report_row_complete(&row, today, &texts), 0);
        assert_true(row.is_paid);
        assert_false(row.has_difference);
        assert_int_equal(row.paid_currency, CURRENCY_MXN);
        assert_int_equal(row.paid_amount, 700);
        row.n_payments = 2; /* and in its own as well: that one counts for the row */
        assert_int_equal(report_row_complete(&row, today, &texts), 0);
        assert_int_equal(row.paid_currency, CURRENCY_CLP);
        assert_int_equal(row.paid_amount, 1000);
        assert_int_equal(row.difference, 0);
}

static void a_failed_payment_says_why_nothing_was_paid(void **state) {
        AUTO_BUFFER texts = BUFFER_EMPTY;
        const ReportPayment payments[] = { payment("pi_1", 700, CURRENCY_CLP, 0),
                                           payment("pi_2", 1000, CURRENCY_CLP, 0) };
        ReportRow row = row_of(STATUS_FAILED, payments, 2);

        (void) state;
        assert_int_equal(report_row_complete(&row, today, &texts), 0);
        assert_false(row.is_paid);
        assert_true(text_is(row.payment_id, "pi_2"));
}

/* --- ageing --------------------------------------------------------------------------------- */

static void age_counts_from_due_else_from_the_link_else_from_the_file(void **state) {
        AUTO_BUFFER texts = BUFFER_EMPTY;
        ReportRow row = row_of(STATUS_OPEN, NULL, 0);

        (void) state;
        assert_int_equal(report_row_complete(&row, today, &texts), 0);
        assert_int_equal(row.days_open, 9);
        assert_int_equal(row.bucket, AGEING_1_30);
        row.due = (CivilDate){ 2026, 9, 1 };
        assert_int_equal(report_row_complete(&row, today, &texts), 0);
        assert_int_equal(row.days_open, 79);
        assert_int_equal(row.bucket, AGEING_61_90);
        row.due = (CivilDate){ 2026, 12, 1 };
        assert_int_equal(report_row_complete(&row, today, &texts), 0);
        assert_int_equal(row.days_open, -12);
        assert_int_equal(row.bucket, AGEING_CURRENT);
        row.due.year = 0;
        row.created_at = 0;
        assert_int_equal(report_row_complete(&row, today, &texts), 0);
        assert_int_equal(row.days_open, 10);
        row.status = STATUS_EXPIRED;
        row.replaced = true;
        assert_int_equal(report_row_complete(&row, today, &texts), 0);
        assert_int_equal(row.bucket, AGEING_NONE);
        row = row_of(STATUS_PAID, NULL, 0);
        assert_int_equal(report_row_complete(&row, today, &texts), 0);
        assert_int_equal(row.bucket, AGEING_NONE);
}

/* --- sums ----------------------------------------------------------------------------------- */

static void add(ReportTotals *totals, ReportRow row) {
        AUTO_BUFFER texts = BUFFER_EMPTY;

        assert_int_equal(report_row_complete(&row, today, &texts), 0);
        assert_int_equal(report_totals_add(totals, &row, true), 0);
}

static void fill(ReportTotals *totals) {
        static ReportPayment twice[2], less[1];
        ReportRow row;

        twice[0] = payment("pi_1", 1000, CURRENCY_CLP, NOON);
        twice[1] = payment("pi_2", 1000, CURRENCY_CLP, NOON - 40 * DAY);
        twice[1].counts = false; /* on a day that nobody asks about */
        twice[0].refunded = 250;
        less[0] = payment("pi_3", 900, CURRENCY_CLP, NOON - DAY);
        add(totals, row_of(STATUS_MISMATCH, twice, 2));
        add(totals, row_of(STATUS_MISMATCH, less, 1));
        row = row_of(STATUS_OPEN, NULL, 0);
        row.expires_at = NOON + 2 * DAY;
        add(totals, row);
        row.expires_at = NOON - 1; /* nobody has told us that it is over */
        add(totals, row);
        row = row_of(STATUS_EXPIRED, NULL, 0);
        add(totals, row);
}

static void everything_is_summed_where_it_belongs(void **state) {
        __attribute__((cleanup(report_totals_done))) ReportTotals totals = { .now = NOON };
        const ReportMoney *money = &totals.money[CURRENCY_CLP];

        (void) state;
        fill(&totals);
        assert_int_equal(money->rows.count, 5);
        assert_int_equal(money->by_status[STATUS_MISMATCH].sum, 2000);
        assert_int_equal(money->paid_rows.count, 2);
        assert_int_equal(money->payments.count, 2);
        assert_int_equal(money->payments.sum, 1900);
        assert_int_equal(money->other_days.sum, 1000);
        assert_int_equal(report_money_difference(money), 900);
        assert_int_equal(report_money_kept(money), 1650);
        assert_int_equal(money->expiring[EXPIRY_24_HOURS].count, 0);
        assert_int_equal(money->expiring[EXPIRY_3_DAYS].count, 1);
        assert_int_equal(money->expiring[EXPIRY_7_DAYS].count, 1);
        assert_int_equal(money->overdue_links.count, 1);
        assert_int_equal(money->owed[AGEING_1_30].count, 2);
        assert_int_equal(money->owed_over[AGEING_1_30].count, 1);
        assert_int_equal(totals.n_days, 2);
        assert_true(report_totals_balance(&totals)); /* nothing was counted twice */
}

static void what_was_counted_twice_must_agree(void **state) {
        __attribute__((cleanup(report_totals_done))) ReportTotals totals = { .now = NOON };
        ReportMoney *money = &totals.money[CURRENCY_CLP];

        (void) state;
        fill(&totals);
        totals.with_read = true;
        assert_false(report_totals_balance(&totals));
        money->read = (ReportTally){ 5, 5000 };
        assert_true(report_totals_balance(&totals));
        totals.with_payments = true;
        money->payments_there = (ReportTally){ 2, 1901 };
        assert_false(report_totals_balance(&totals));
        money->payments_there.sum = 1900;
        assert_true(report_totals_balance(&totals));
        totals.money[CURRENCY_MXN].read.count = 1; /* rows that are gone altogether */
        assert_false(report_totals_balance(&totals));
}

/* A hostile amount stops at the end of the type. */
static void sums_do_not_wrap(void **state) {
        ReportTally tally = { 1, INT64_MAX - 1 };

        (void) state;
        report_tally_add(&tally, 1, 5);
        assert_true(tally.sum == INT64_MAX && tally.count == 2);
        report_tally_add(&tally, 0, INT64_MIN);
        report_tally_add(&tally, 0, INT64_MIN);
        assert_true(tally.sum == INT64_MIN);
        assert_int_equal(report_share(1, 3, 1000), 333);
        assert_int_equal(report_share(INT64_MAX / 2, INT64_MAX, 1000), 500);
        assert_int_equal(report_share(5, 0, 1000), 0);
}

static void the_tie_out_says_it_in_words(void **state) {
        static const char expected[] =
                "\nCLP\n"
                "    read from the files                              5              5.000\n"
                "  = open                                             2              2.000\n"
                "  + paid, differs                                    2              2.000\n"
                "  + link expired                                     1              1.000\n"
                "\n"
                "    asked for by the rows that were paid             2              2.000\n"
                "  + difference (paid more or less)                                    900\n"
                "  - payments for these rows on other days            1              1.000\n"
                "  = received                                         2              1.900\n"
                "  - refunded                                         1                250\n"
                "  = kept                                                            1.650\n"
                "    It adds up.\n";
        AUTO_BUFFER text = BUFFER_EMPTY;
        Report report = { .language = LANGUAGE_EN, .totals = { .now = NOON, .with_read = true } };

        (void) state;
        fill(&report.totals);
        report.totals.money[CURRENCY_CLP].read = (ReportTally){ 5, 5000 };
        assert_int_equal(report_tie_append_text(&report, 76, &text), 0);
        assert_string_equal(text.data, expected);
        buffer_clear(&text); /* a status was asked for: the sums are those of all the same */
        report.totals.money[CURRENCY_CLP].listed = (ReportTally){ 2, 2000 };
        assert_int_equal(report_tie_append_text(&report, 76, &text), 0);
        assert_non_null(strstr(text.data, "  + link expired                                     1 "
                                          "             1.000\n"
                                          "    in the list of rows                              2 "
                                          "             2.000\n"));
        report.totals.money[CURRENCY_CLP].listed = (ReportTally){ 5, 5000 };

        buffer_clear(
                &text); /* a narrow terminal: what has no room beside its numbers stands above */
        assert_int_equal(report_tie_append_text(&report, 60, &text), 0);
        assert_non_null(strstr(text.data, "  - payments for these rows on other days\n"
                                          "                                        1"));
        buffer_clear(&text);
        report.totals.money[CURRENCY_CLP].read = (ReportTally){ 6, 6000 };
        report.language = LANGUAGE_ES;
        assert_int_equal(report_tie_append_verdict(&report, CURRENCY_CLP, &text), 0);
        assert_string_equal(text.data,
                            "NO CUADRA: al leer los archivos se contaron 6, CLP 6.000 y ahora hay "
                            "5, CLP 5.000. No use este informe para cerrar; ejecute checkoutctl "
                            "verify.");
        report_totals_done(&report.totals);
}

static void what_was_paid_out_ties_too(void **state) {
        AUTO_BUFFER text = BUFFER_EMPTY;
        Report report = { .language = LANGUAGE_EN, .totals = { .now = NOON } };
        ReportPayment payments[] = { payment("pi_1", 1000, CURRENCY_CLP, NOON),
                                     payment("pi_2", 1000, CURRENCY_CLP, NOON) };

        (void) state;
        payments[0].payout = 7;
        payments[0].settled_currency = CURRENCY_CLP;
        payments[0].settled = 1000;
        payments[0].fee = 12;
        payments[0].net = 988;
        add(&report.totals, row_of(STATUS_PAID, &payments[0], 1));
        add(&report.totals, row_of(STATUS_PAID, &payments[1], 1));
        assert_int_equal(report_tie_append_text(&report, 76, &text), 0);
        assert_non_null(strstr(
                text.data,
                "    paid out for these payments                      1              1.000\n"
                "  - fees                                                               12\n"
                "  = net paid out                                                      988\n"
                "    payments that are in no payout yet               1              1.000\n"));
        report.totals.money[CURRENCY_CLP].net = 986; /* tax on the fee, a reserve */
        buffer_clear(&text);
        assert_int_equal(report_tie_append_text(&report, 76, &text), 0);
        assert_non_null(strstr(
                text.data,
                "    paid out for these payments                      1              1.000\n"
                "  - fees                                                               12\n"
                "  - other deductions                                                    2\n"
                "  = net paid out                                                      986\n"));
        report_totals_done(&report.totals);
}

/* --- days ----------------------------------------------------------------------------------- */

static void add_paid(ReportTotals *totals, int64_t paid_at, int64_t amount) {
        ReportPayment paid = payment("pi_1", amount, CURRENCY_CLP, paid_at);

        add(totals, row_of(STATUS_PAID, &paid, 1));
}

static void days_without_payments_have_bars_too(void **state) {
        __attribute__((cleanup(report_totals_done))) ReportTotals totals = { .now = NOON };
        __attribute__((cleanup(report_bars_done))) ReportBars bars = { .n = 0 };

        (void) state;
        add_paid(&totals, NOON, 5);
        add_paid(&totals, NOON - 3 * DAY, 7); /* earlier, and later in the file */
        add_paid(&totals, NOON - 3 * DAY, 1);
        add_paid(&totals, INT64_MAX, 1); /* no day of any calendar */
        assert_int_equal(report_bars_of(&totals, CURRENCY_CLP, &bars), 0);
        assert_int_equal(bars.step, REPORT_STEP_DAY);
        assert_int_equal(bars.n, 4);
        assert_int_equal(bars.bars[0].tally.sum, 8);
        assert_int_equal(bars.bars[1].tally.count, 0);
        assert_int_equal(bars.bars[3].from.day, 19);
        assert_int_equal(bars.highest, 8);
}

static void many_days_are_weeks_or_months(void **state) {
        __attribute__((cleanup(report_totals_done))) ReportTotals totals = { .now = NOON };
        __attribute__((cleanup(report_bars_done))) ReportBars bars = { .n = 0 };

        (void) state;
        add_paid(&totals, NOON, 5);
        add_paid(&totals, NOON - 100 * DAY, 7);
        assert_int_equal(report_bars_of(&totals, CURRENCY_CLP, &bars), 0);
        assert_int_equal(bars.step, REPORT_STEP_WEEK);
        assert_int_equal(bars.n, 15);
        assert_int_equal(bars.bars[14].from.day, 16); /* 2026-11-16 is a Monday */
        report_bars_done(&bars);
        add_paid(&totals, NOON - 4000 * DAY, 9);
        assert_int_equal(report_bars_of(&totals, CURRENCY_CLP, &bars), 0);
        assert_int_equal(bars.step, REPORT_STEP_MONTH);
        assert_int_equal(bars.bars[0].from.year, 2015);
        assert_int_equal(bars.bars[0].from.month, 12);
        report_bars_done(&bars);
        assert_int_equal(report_bars_of(&totals, CURRENCY_MXN, &bars), 0);
        assert_int_equal(bars.n, 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_row_without_payments_has_none),
                cmocka_unit_test(what_was_paid_is_compared),
                cmocka_unit_test(another_currency_is_no_difference),
                cmocka_unit_test(a_failed_payment_says_why_nothing_was_paid),
                cmocka_unit_test(age_counts_from_due_else_from_the_link_else_from_the_file),
                cmocka_unit_test(everything_is_summed_where_it_belongs),
                cmocka_unit_test(what_was_counted_twice_must_agree),
                cmocka_unit_test(sums_do_not_wrap),
                cmocka_unit_test(the_tie_out_says_it_in_words),
                cmocka_unit_test(what_was_paid_out_ties_too),
                cmocka_unit_test(days_without_payments_have_bars_too),
                cmocka_unit_test(many_days_are_weeks_or_months),
        };

        return cmocka_run_group_tests(tests, use_zone, NULL);
}
