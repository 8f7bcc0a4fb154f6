/* The sections about money: does it add up, how far has it come, what is late. */
#include <inttypes.h>

#include "jobs/base/cleanup.h"
#include "jobs/report/report_column.h"
#include "jobs/report/report_html_private.h"
#include "jobs/report/report_tie.h"

/* A line of a table: name, bar, count, sum. */
static void bar_line(ReportPage *page, const char *name, const char *colour, ReportTally tally,
                     int64_t whole, Currency currency) {
        page_put(page, "<tr><th scope=row>");
        page_string(page, name);
        page_put(page, "</th><td class=chart>");
        page_bar(page, tally.count, whole, colour);
        page_put(page, "</td><td class=n>");
        page_count(page, tally.count);
        page_put(page, "</td><td class=n>");
        page_number(page, tally.sum, currency);
        page_put(page, "</td></tr>\n");
}

/* The name of the currency, and what the columns of numbers are. */
static void bar_head(ReportPage *page, Currency currency) {
        page_put(page, "<table class=bars>\n<thead><tr><th scope=col class=cur>");
        page_put(page, currency_name(currency));
        page_put(page, "</th><td></td><th scope=col class=n>");
        page_word(page, WORD_COUNT);
        page_put(page, "</th><th scope=col class=n>");
        page_word(page, WORD_SUM);
        page_put(page, "</th></tr></thead>\n<tbody>\n");
}

static void bar_end(ReportPage *page) {
        page_put(page, "</tbody></table>\n");
}

/* --- tie-out -------------------------------------------------------------------------------- */

static void tie_line(ReportPage *page, const TieLine *line, Currency currency) {
        page_put(page,
                 line->kind == TIE_TOTAL ? "<tr class=sum><th scope=row>" : "<tr><th scope=row>");
        if (line->sign != 0) {
                page_put(page, "<span class=sign>");
                page_put(page, line->sign == '-' ? "−" : line->sign == '+' ? "+" : "=");
                page_put(page, "</span>");
        }
        page_string(page, line->name);
        page_put(page, "</th><td class=n>");
        if (line->has_count)
                page_count(page, line->tally.count);
        page_put(page, "</td><td class=n>");
        page_number(page, line->tally.sum, currency);
        page_put(page, "</td></tr>\n");
}

static void tie_part(ReportPage *page, const Tie *tie, size_t from, size_t to,
                     const char *heading) {
        if (from == to)
                return;
        page_put(page, "<table class=tie>\n<thead><tr><th scope=col>");
        page_string(page, heading);
        page_put(page, "</th><th scope=col class=n>");
        page_word(page, WORD_COUNT);
        page_put(page, "</th><th scope=col class=n>");
        page_word(page, WORD_SUM);
        page_put(page, "</th></tr></thead>\n<tbody>\n");
        for (size_t i = from; i < to; i++)
                tie_line(page, &tie->lines[i], tie->currency);
        page_put(page, "</tbody></table>\n");
}

static void tie_currency(ReportPage *page, const Report *report, Currency currency) {
        AUTO_BUFFER verdict = BUFFER_EMPTY;
        Tie tie;

        report_tie_of(report, currency, &tie);
        if (page->error == 0)
                page->error = report_tie_append_verdict(report, currency, &verdict);
        page_put(page, "<div class=card>\n<h3>");
        page_put(page, currency_name(currency));
        page_put(page, " <span class=\"verdict ");
        page_put(page, !tie.balances ? "bad" : tie.is_checked ? "good" : "over");
        page_put(page, "\">");
        page_text(page, (Text){ verdict.data, verdict.size });
        page_put(page, "</span></h3>\n<div class=pair>\n");
        tie_part(page, &tie, 0, tie.ends[0], report_tie_heading(0, report->language));
        page_put(page, "<div>"); /* money beside the rows */
        for (size_t i = 1; i < TIE_PARTS; i++)
                tie_part(page, &tie, tie.ends[i - 1], tie.ends[i],
                         report_tie_heading(i, report->language));
        page_put(page, "</div>");
        page_put(page, "</div></div>\n");
}

void html_tie(ReportPage *page, const Report *report) {
        bool any = false;

        html_section(page, "tie", WORD_TIE);
        for (Currency c = 0; c < CURRENCY_COUNT; c++)
                if (report_money_is_used(&report->totals.money[c])) {
                        tie_currency(page, report, c);
                        any = true;
                }
        if (!any)
                page_element(page, "p", WORD_NO_ROWS);
        html_section_end(page);
}

/* --- from row to payment -------------------------------------------------------------------- */

static ReportTally accepted_of(const ReportMoney *money) {
        ReportTally accepted = money->rows;

        for (Status status = STATUS_REJECTED; status <= STATUS_CONFLICT; status++)
                report_tally_add(&accepted, -money->by_status[status].count,
                                 -money->by_status[status].sum);
        return accepted;
}

void html_funnel(ReportPage *page, const Report *report) {
        Language language = report->language;

        html_section(page, "funnel", WORD_FUNNEL);
        for (Currency c = 0; c < CURRENCY_COUNT; c++) {
                const ReportMoney *money = &report->totals.money[c];
                int64_t whole = money->rows.count;

                if (whole == 0)
                        continue;
                bar_head(page, c);
                bar_line(page, report_word(WORD_FUNNEL_ROWS, language), "step1", money->rows, whole,
                         c);
                bar_line(page, report_word(WORD_FUNNEL_ACCEPTED, language), "step2",
                         accepted_of(money), whole, c);
                bar_line(page, report_word(WORD_FUNNEL_LINKED, language), "step3", money->linked,
                         whole, c);
                bar_line(page, report_word(WORD_FUNNEL_PAID, language), "step4", money->paid_rows,
                         whole, c);
                bar_end(page);
        }
        if (report_totals_count(&report->totals) == 0)
                page_element(page, "p", WORD_NO_ROWS);
        html_section_end(page);
}

void html_statuses(ReportPage *page, const Report *report) {
        html_section(page, "statuses", WORD_BY_STATUS);
        for (Currency c = 0; c < CURRENCY_COUNT; c++) {
                const ReportMoney *money = &report->totals.money[c];

                if (money->rows.count == 0)
                        continue;
                bar_head(page, c);
                for (Status status = STATUS_REJECTED; status < STATUS_COUNT; status++)
                        if (money->by_status[status].count > 0)
                                bar_line(page, report_status_word(status, report->language),
                                         "plain", money->by_status[status], money->rows.count, c);
                bar_end(page);
        }
        if (report_totals_count(&report->totals) == 0)
                page_element(page, "p", WORD_NO_ROWS);
        html_section_end(page);
}

/* --- what is not paid ----------------------------------------------------------------------- */

static int64_t count_owed(const ReportTally owed[static AGEING_COUNT]) {
        int64_t count = 0;

        for (AgeingBucket b = AGEING_CURRENT; b < AGEING_COUNT; b++)
                count += owed[b].count;
        return count;
}

static void ageing_currency(ReportPage *page, const Report *report, Currency c) {
        const ReportMoney *money = &report->totals.money[c];
        int64_t whole = count_owed(money->owed) + count_owed(money->owed_over);

        if (whole == 0)
                return;
        page_put(page, "<h3>");
        page_put(page, currency_name(c));
        page_put(page, "</h3>\n<div class=pair>\n");
        for (int over = 0; over < 2; over++) {
                const ReportTally *owed = over ? money->owed_over : money->owed;

                if (count_owed(owed) == 0) /* zeros only say nothing */
                        continue;
                page_put(page, "<table class=bars>\n<thead><tr><th scope=col>");
                page_word(page, over ? WORD_OWED_OVER : WORD_OWED_LIVE);
                page_put(page, "</th><td></td><th scope=col class=n>");
                page_word(page, WORD_COUNT);
                page_put(page, "</th><th scope=col class=n>");
                page_word(page, WORD_SUM);
                page_put(page, "</th></tr></thead>\n<tbody>\n");
                for (AgeingBucket b = AGEING_CURRENT; b < AGEING_COUNT; b++)
                        bar_line(page, report_bucket_word(b, report->language),
                                 over ? "late" : "live", owed[b], whole, c);
                bar_end(page);
        }
        page_put(page, "</div>\n");
}

typedef struct About {
        const char *id;
        ReportWord heading, about, nothing;
        void (*currency)(ReportPage *page, const Report *report, Currency c);
} About;

/* A section of all currencies that have something to show. */
static void about_currencies(ReportPage *page, const Report *report, const About *what) {
        size_t before;

        html_section(page, what->id, what->heading);
        page_put(page, "<p class=quiet>");
        page_word(page, what->about);
        page_put(page, "</p>\n");
        before = page->out->size;
        for (Currency c = 0; c < CURRENCY_COUNT; c++)
                what->currency(page, report, c);
        if (page->out->size == before)
                page_element(page, "p", what->nothing);
        html_section_end(page);
}

void html_ageing(ReportPage *page, const Report *report) {
        static const About ageing = { "ageing", WORD_AGEING, WORD_AGEING_ABOUT, WORD_NOTHING_OWED,
                                      ageing_currency };

        about_currencies(page, report, &ageing);
}

static void expiring_currency(ReportPage *page, const Report *report, Currency c) {
        static const ReportWord names[] = { [EXPIRY_24_HOURS] = WORD_IN_24_HOURS,
                                            [EXPIRY_3_DAYS] = WORD_IN_3_DAYS,
                                            [EXPIRY_7_DAYS] = WORD_IN_7_DAYS };
        const ReportMoney *money = &report->totals.money[c];
        int64_t whole = money->expiring[EXPIRY_7_DAYS].count;

        if (whole == 0 && money->overdue_links.count == 0)
                return;
        bar_head(page, c);
        for (ExpiryWindow window = 0; window < EXPIRY_COUNT; window++)
                bar_line(page, report_word(names[window], report->language), "late",
                         money->expiring[window], whole, c);
        if (money->overdue_links.count > 0)
                bar_line(page, report_word(WORD_OVERDUE_LINKS, report->language), "plain",
                         money->overdue_links, whole, c);
        bar_end(page);
}

void html_expiring(ReportPage *page, const Report *report) {
        static const About expiring = { "expiring", WORD_EXPIRING, WORD_EXPIRING_ABOUT,
                                        WORD_NOTHING_EXPIRES, expiring_currency };

        about_currencies(page, report, &expiring);
}
