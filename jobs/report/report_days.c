#include "jobs/report/report_days.h"

#include <errno.h>
#include <stdlib.h>

#define MONTHS_MOST 1200 /* a hundred years: a hostile date makes no chart of a million months */

void report_bars_done(ReportBars *bars) {
        free(bars->bars);
        *bars = (ReportBars){ .bars = NULL };
}

/* Which bar a day belongs to; consecutive bars have consecutive numbers. */
static int64_t number_of(ReportStep step, CivilDate date) {
        switch (step) {
        case REPORT_STEP_DAY:
                return civil_date_days(date);
        case REPORT_STEP_WEEK:
                return (civil_date_days(date) + 3) / 7; /* 1970-01-01 was a Thursday */
        case REPORT_STEP_MONTH:
                return (int64_t) date.year * 12 + date.month - 1;
        }
        return 0;
}

static CivilDate first_day(ReportStep step, int64_t number) {
        switch (step) {
        case REPORT_STEP_DAY:
                return civil_date_of_days(number);
        case REPORT_STEP_WEEK:
                return civil_date_of_days(number * 7 - 3);
        case REPORT_STEP_MONTH:
                break;
        }
        return (CivilDate){ (int16_t) (number / 12), (uint8_t) (number % 12 + 1), 1 };
}

static ReportStep step_for(CivilDate first, CivilDate last) {
        if (number_of(REPORT_STEP_DAY, last) - number_of(REPORT_STEP_DAY, first) < REPORT_BARS_MOST)
                return REPORT_STEP_DAY;
        if (number_of(REPORT_STEP_WEEK, last) - number_of(REPORT_STEP_WEEK, first) <
            REPORT_BARS_MOST)
                return REPORT_STEP_WEEK;
        return REPORT_STEP_MONTH;
}

int report_bars_of(const ReportTotals *totals, Currency currency, ReportBars *ret_bars) {
        const ReportDay *first = NULL, *last = NULL;
        ReportBars bars = { .currency = currency };
        int64_t from;

        *ret_bars = bars;
        for (size_t i = 0; i < totals->n_days; i++)
                if (totals->days[i].paid[currency].count > 0) {
                        first = first ? first : &totals->days[i];
                        last = &totals->days[i];
                }
        if (!first)
                return 0;
        bars.step = step_for(first->date, last->date);
        from = number_of(bars.step, first->date);
        bars.n = (size_t) (number_of(bars.step, last->date) - from) + 1;
        if (bars.n > MONTHS_MOST)
                bars.n = MONTHS_MOST;
        bars.bars = calloc(bars.n, sizeof(*bars.bars));
        if (!bars.bars)
                return -ENOMEM;
        for (size_t i = 0; i < bars.n; i++)
                bars.bars[i].from = first_day(bars.step, from + (int64_t) i);
        for (const ReportDay *day = first; day <= last; day++) {
                size_t at = (size_t) (number_of(bars.step, day->date) - from);
                ReportTally paid = day->paid[currency];

                if (at < bars.n)
                        report_tally_add(&bars.bars[at].tally, paid.count, paid.sum);
        }
        for (size_t i = 0; i < bars.n; i++)
                if (bars.bars[i].tally.sum > bars.highest)
                        bars.highest = bars.bars[i].tally.sum;
        *ret_bars = bars;
        return 0;
}
