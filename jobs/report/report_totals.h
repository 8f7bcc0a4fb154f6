/* ReportTotals: what a report says above its rows: does it add up, how far has the money come, what
 * is late, what is about to run out. Fed with every row on its way; memory grows with the days that
 * have payments, not with the rows.
 *
 * Two things are counted twice, by ways that share nothing, and compared: what was read from the
 * files at intake with the rows that are there now (reports about whole batches), and the payments
 * that the ledger has in these days with those found at the rows (reports about payments). */
#pragma once

#include "jobs/report/report_row.h"

typedef struct ReportTally {
        int64_t count;
        int64_t sum; /* smallest unit; stops at the ends of the type */
} ReportTally;

void report_tally_add(ReportTally *tally, int64_t count, int64_t sum);

typedef struct ReportDay {
        CivilDate date;
        ReportTally paid[CURRENCY_COUNT];
} ReportDay;

/* one currency */
typedef struct ReportMoney {
        ReportTally rows;   /* all that the report is about */
        ReportTally listed; /* of these, the rows of the statuses asked for */
        ReportTally by_status[STATUS_COUNT];
        ReportTally linked;     /* rows that got a link */
        ReportTally paid_rows;  /* rows with a payment, by what they asked for */
        ReportTally payments;   /* by what was paid: those that count */
        ReportTally other_days; /* paid for the same rows, on other days */
        ReportTally refunded;   /* payments given back, wholly or in part */
        ReportTally settled;    /* payments that count and are in a payout file, by what it says */
        int64_t fee, net;       /* of these */
        ReportTally unsettled;  /* payments that count and are in none */
        ReportTally owed[AGEING_COUNT];      /* not paid, link alive or not made yet */
        ReportTally owed_over[AGEING_COUNT]; /* not paid, and the link has ended */
        ReportTally expiring[EXPIRY_COUNT];
        ReportTally overdue_links;  /* shown as live, but their time is over */
        ReportTally read;           /* fixed at intake */
        ReportTally payments_there; /* as the ledger counts them */
} ReportMoney;

typedef struct ReportTotals {
        int64_t now;
        bool with_read;     /* `read` was filled in: it can be compared */
        bool with_payments; /* and so was `payments_there` */
        ReportMoney money[CURRENCY_COUNT];
        ReportDay *days; /* by date */
        size_t n_days;
} ReportTotals;

/* A row that is complete; its zone must be in use. `listed`: it stands in the report. 0 or
 * -ENOMEM. */
int report_totals_add(ReportTotals *totals, const ReportRow *row, bool listed);
void report_totals_done(ReportTotals *totals);

/* Is there anything in this currency? */
bool report_money_is_used(const ReportMoney *money);
/* Of all currencies. */
int64_t report_totals_count(const ReportTotals *totals);
int64_t report_totals_listed(const ReportTotals *totals);
/* What was paid beyond what the rows asked for; negative: less. */
int64_t report_money_difference(const ReportMoney *money);
/* What was received in these days and not given back. */
int64_t report_money_kept(const ReportMoney *money);
/* What the provider took off the payouts beside its fees, as its file has it; mostly 0. */
int64_t report_money_deducted(const ReportMoney *money);
/* Does what was counted twice agree? */
bool report_money_balances(const ReportTotals *totals, const ReportMoney *money);
bool report_totals_balance(const ReportTotals *totals);
