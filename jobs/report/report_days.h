/* Payments by day as bars of a chart, with the days between that had none; by week or month where
 * there would be too many. */
#pragma once

#include "jobs/report/report_totals.h"

typedef enum ReportStep {
        REPORT_STEP_DAY,
        REPORT_STEP_WEEK, /* from its Monday */
        REPORT_STEP_MONTH,
} ReportStep;

typedef struct ReportBar {
        CivilDate from; /* its first day */
        ReportTally tally;
} ReportBar;

#define REPORT_BARS_MOST 92 /* a quarter of days */

typedef struct ReportBars {
        ReportStep step;
        Currency currency;
        int64_t highest; /* sum */
        ReportBar *bars;
        size_t n;
} ReportBars;

/* 0 or -ENOMEM; no bars: there are no payments in that currency. */
int report_bars_of(const ReportTotals *totals, Currency currency, ReportBars *ret_bars);
void report_bars_done(ReportBars *bars);
