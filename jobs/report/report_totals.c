#include "jobs/report/report_totals.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#define YEAR_FIRST 1900
#define YEAR_LAST  9999

void report_tally_add(ReportTally *tally, int64_t count, int64_t sum) {
        tally->count += count;
        tally->sum = money_add(tally->sum, sum);
}

void report_totals_done(ReportTotals *totals) {
        free(totals->days);
        *totals = (ReportTotals){ .days = NULL };
}

/* --- adding --------------------------------------------------------------------------------- */

/* Payments come almost in order, and there are as many days as a year has: a search from the
 * end. */
static int day_of(ReportTotals *totals, CivilDate date, ReportDay **ret_day) {
        size_t at = totals->n_days;
        ReportDay *days;

        while (at > 0 && civil_date_compare(totals->days[at - 1].date, date) > 0)
                at--;
        if (at > 0 && civil_date_compare(totals->days[at - 1].date, date) == 0) {
                *ret_day = &totals->days[at - 1];
                return 0;
        }
        if ((totals->n_days & (totals->n_days - 1)) == 0) { /* a power of two, or none: full */
                size_t room = totals->n_days > 0 ? 2 * totals->n_days : 1;

                days = reallocarray(totals->days, room, sizeof(*days));
                if (!days)
                        return -ENOMEM;
                totals->days = days;
        }
        memmove(totals->days + at + 1, totals->days + at,
                (totals->n_days - at) * sizeof(*totals->days));
        totals->n_days++;
        totals->days[at] = (ReportDay){ .date = date };
        *ret_day = &totals->days[at];
        return 0;
}

static void add_settled(ReportTotals *totals, const ReportPayment *payment) {
        ReportMoney *settled = &totals->money[payment->settled_currency];

        if (payment->payout == 0) {
                report_tally_add(&totals->money[payment->currency].unsettled, 1, payment->amount);
                return;
        }
        report_tally_add(&settled->settled, 1, payment->settled);
        settled->fee = money_add(settled->fee, payment->fee);
        settled->net = money_add(settled->net, payment->net);
}

static int add_payment(ReportTotals *totals, const ReportPayment *payment) {
        ReportMoney *money = &totals->money[payment->currency];
        CivilDate date;
        ReportDay *day;
        int r;

        if (payment->paid_at == 0)
                return 0;
        if (!payment->counts) {
                report_tally_add(&money->other_days, 1, payment->amount);
                return 0;
        }
        report_tally_add(&money->payments, 1, payment->amount);
        add_settled(totals, payment);
        if (payment->refunded != 0)
                report_tally_add(&money->refunded, 1, payment->refunded);
        date = civil_date_at(payment->paid_at);
        if (date.year < YEAR_FIRST || date.year > YEAR_LAST)
                return 0; /* no day of any calendar of ours: it counts, but has no place in a chart */
        r = day_of(totals, date, &day);
        if (r == 0)
                report_tally_add(&day->paid[payment->currency], 1, payment->amount);
        return r;
}

static void add_expiry(ReportTotals *totals, const ReportRow *row, ReportMoney *money) {
        if (!expiry_is_live(row->status) || row->expires_at == 0)
                return;
        if (row->expires_at <= totals->now)
                report_tally_add(&money->overdue_links, 1, row->amount);
        for (ExpiryWindow window = 0; window < EXPIRY_COUNT; window++)
                if (expiry_is_within(row->expires_at, totals->now, window))
                        report_tally_add(&money->expiring[window], 1, row->amount);
}

static void add_owed(const ReportRow *row, ReportMoney *money) {
        bool over = row->status == STATUS_EXPIRED || row->status == STATUS_FAILED;

        if (row->bucket != AGEING_NONE)
                report_tally_add(&(over ? money->owed_over : money->owed)[row->bucket], 1,
                                 row->amount);
}

int report_totals_add(ReportTotals *totals, const ReportRow *row, bool listed) {
        ReportMoney *money = &totals->money[row->currency];
        int r = 0;

        report_tally_add(&money->rows, 1, row->amount);
        report_tally_add(&money->by_status[row->status], 1, row->amount);
        if (listed)
                report_tally_add(&money->listed, 1, row->amount);
        if (row->session.size > 0)
                report_tally_add(&money->linked, 1, row->amount);
        if (row->is_paid)
                report_tally_add(&money->paid_rows, 1, row->amount);
        add_owed(row, money);
        add_expiry(totals, row, money);
        for (size_t i = 0; i < row->n_payments && r == 0; i++)
                r = add_payment(totals, &row->payments[i]);
        return r;
}

/* --- asking --------------------------------------------------------------------------------- */

bool report_money_is_used(const ReportMoney *money) {
        return money->rows.count > 0 || money->payments.count > 0 || money->other_days.count > 0 ||
               money->read.count > 0 || money->payments_there.count > 0;
}

int64_t report_totals_count(const ReportTotals *totals) {
        int64_t n = 0;

        for (int c = 0; c < CURRENCY_COUNT; c++)
                n += totals->money[c].rows.count;
        return n;
}

int64_t report_totals_listed(const ReportTotals *totals) {
        int64_t n = 0;

        for (int c = 0; c < CURRENCY_COUNT; c++)
                n += totals->money[c].listed.count;
        return n;
}

int64_t report_money_difference(const ReportMoney *money) {
        return money_add(money_add(money->payments.sum, money->other_days.sum),
                         -money->paid_rows.sum);
}

int64_t report_money_kept(const ReportMoney *money) {
        return money_add(money->payments.sum, -money->refunded.sum);
}

int64_t report_money_deducted(const ReportMoney *money) {
        return money_add(money_add(money->settled.sum, -money->fee), -money->net);
}

static bool same(ReportTally a, ReportTally b) {
        return a.count == b.count && a.sum == b.sum;
}

bool report_money_balances(const ReportTotals *totals, const ReportMoney *money) {
        return (!totals->with_read || same(money->read, money->rows)) &&
               (!totals->with_payments || same(money->payments_there, money->payments));
}

bool report_totals_balance(const ReportTotals *totals) {
        for (int c = 0; c < CURRENCY_COUNT; c++)
                if (!report_money_balances(totals, &totals->money[c]))
                        return false;
        return true;
}
