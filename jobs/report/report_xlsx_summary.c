/* The summary: what it is about, does it add up, and the figures with their charts beside them. */
#include <errno.h>
#include <stdio.h>

#include "jobs/report/report_days.h"
#include "jobs/report/report_tie.h"
#include "jobs/report/report_xlsx_private.h"

#define CHART_COLUMN 6 /* G: beside the figures */
#define CHART_ROWS   17
#define COLOUR_BLUE  0x0072b2
#define COLOUR_GREEN 0x009e73
#define COLOUR_RED   0xd55e00
#define COLOUR_GREY  0x7d8894

/* Where a block of figures stands, for the chart beside it. */
typedef struct Block {
        lxw_row_t first, last; /* of its lines */
        lxw_row_t chart;       /* the chart's first row */
} Block;

typedef struct Summary {
        ReportXlsx *xlsx;
        const Report *report;
        XlsxSheet *to;
        lxw_row_t free_row; /* no chart stands below it */
} Summary;

/* --- parts ---------------------------------------------------------------------------------- */

static void heading(Summary *s, ReportWord word, Currency currency) {
        char text[160];

        (void) snprintf(text, sizeof(text), "%s, %s", report_word(word, s->report->language),
                        currency_name(currency));
        xlsx_next_row(s->to, 1);
        xlsx_string(s->xlsx, s->to, STYLE_SECTION, text);
        xlsx_next_row(s->to, 1);
}

static void columns(Summary *s, const char *first) {
        xlsx_string(s->xlsx, s->to, STYLE_HEAD, first);
        xlsx_word(s->xlsx, s->to, STYLE_HEAD_RIGHT, WORD_COUNT);
        xlsx_word(s->xlsx, s->to, STYLE_HEAD_RIGHT, WORD_SUM);
        xlsx_next_row(s->to, 1);
}

static void line(Summary *s, const char *name, ReportTally tally, Currency currency) {
        xlsx_string(s->xlsx, s->to, STYLE_PLAIN, name);
        xlsx_number(s->xlsx, s->to, STYLE_COUNT_OF, tally.count);
        xlsx_money(s->xlsx, s->to, tally.sum, currency, false);
        xlsx_next_row(s->to, 1);
}

/* A chart of the sums (column C) by their names (column A), beside the block; the next block starts
 * below it. */
static void chart(Summary *s, const Block *block, uint8_t type, ReportWord title, Currency currency,
                  lxw_color_t colour) {
        lxw_chart *made = workbook_add_chart(s->xlsx->workbook, type);
        const char *sheet = report_word(WORD_SUMMARY, s->report->language);
        lxw_chart_fill fill = { .color = colour };
        lxw_chart_options options = { .x_scale = 1.15, .y_scale = 1.0 };
        lxw_chart_series *series;
        char text[160];

        if (!made) {
                xlsx_error(s->xlsx, -ENOMEM);
                return;
        }
        series = chart_add_series(made, NULL, NULL);
        chart_series_set_categories(series, sheet, block->first, 0, block->last, 0);
        chart_series_set_values(series, sheet, block->first, 2, block->last, 2);
        chart_series_set_fill(series, &fill);
        (void) snprintf(text, sizeof(text), "%s, %s", report_word(title, s->report->language),
                        currency_name(currency));
        chart_title_set_name(made, text);
        chart_legend_set_position(made, LXW_CHART_LEGEND_NONE);
        chart_axis_set_num_format(type == LXW_CHART_BAR ? made->x_axis : made->y_axis, "#,##0");
        if (type == LXW_CHART_BAR) /* the first line on top */
                chart_axis_set_reverse(made->y_axis);
        (void) worksheet_insert_chart_opt(s->to->sheet, block->chart, CHART_COLUMN, made, &options);
        s->free_row = block->chart + CHART_ROWS;
}

/* Charts stand one below the other, however short the figures beside them are. */
static void begin_block(Summary *s) {
        if (s->to->row < s->free_row)
                s->to->row = s->free_row;
        s->to->column = 0;
}

/* --- what it is about, and does it add up ---------------------------------------------------- */

static void fact(Summary *s, const char *name, Text value) {
        xlsx_string(s->xlsx, s->to, STYLE_QUIET, name);
        xlsx_text(s->xlsx, s->to, STYLE_PLAIN, value);
        xlsx_next_row(s->to, 1);
}

static void about(Summary *s) {
        const Report *report = s->report;
        char made[CIVIL_TIME_SIZE];

        xlsx_word(s->xlsx, s->to, STYLE_TITLE, WORD_TITLE);
        xlsx_next_row(s->to, 1);
        if (!report->live) {
                xlsx_word(s->xlsx, s->to, STYLE_BAD, WORD_TEST);
                xlsx_next_row(s->to, 1);
        }
        for (size_t i = 0; i < report->n_facts; i++)
                fact(s, report->facts[i].name, report->facts[i].value);
        xlsx_word(s->xlsx, s->to, STYLE_QUIET, WORD_MADE);
        xlsx_string(s->xlsx, s->to, STYLE_PLAIN, civil_local_format(report->made_at, made));
        xlsx_next_row(s->to, 1);
}

/* The sign is a matter of looks, so that a chart's labels go without it. */
static XlsxStyle style_of(const TieLine *tie) {
        if (tie->kind == TIE_TOTAL)
                return tie->sign == '=' ? STYLE_SUM_EQUALS : STYLE_SUM;
        return tie->sign == '+'   ? STYLE_PLUS
               : tie->sign == '-' ? STYLE_MINUS
               : tie->sign == '=' ? STYLE_EQUALS
                                  : STYLE_PLAIN;
}

static void tie_line(Summary *s, const TieLine *tie, Currency currency) {
        bool sum = tie->kind == TIE_TOTAL;

        xlsx_string(s->xlsx, s->to, style_of(tie), tie->name);
        if (tie->has_count)
                xlsx_number(s->xlsx, s->to, sum ? STYLE_COUNT_SUM : STYLE_COUNT_OF,
                            tie->tally.count);
        else
                xlsx_string(s->xlsx, s->to, sum ? STYLE_SUM : STYLE_PLAIN, " ");
        xlsx_money(s->xlsx, s->to, tie->tally.sum, currency, sum);
        xlsx_next_row(s->to, 1);
}

static void tie(Summary *s, Currency currency) {
        AUTO_BUFFER verdict = BUFFER_EMPTY;
        Block block = { 0 };
        Tie of;

        report_tie_of(s->report, currency, &of);
        begin_block(s);
        block.chart = s->to->row + 1;
        heading(s, WORD_TIE, currency);
        xlsx_error(s->xlsx, report_tie_append_verdict(s->report, currency, &verdict));
        xlsx_text(s->xlsx, s->to,
                  !of.balances    ? STYLE_BAD
                  : of.is_checked ? STYLE_GOOD
                                  : STYLE_PLAIN,
                  (Text){ verdict.data, verdict.size });
        xlsx_next_row(s->to, 1);
        columns(s, report_tie_heading(0, s->report->language));
        block.first = s->to->row + 1; /* the first line is what the others add up to */
        for (size_t i = 0; i < of.n; i++) {
                if (i == of.ends[0] || i == of.ends[1]) {
                        xlsx_next_row(s->to, 1);
                        columns(s,
                                report_tie_heading(i == of.ends[0] ? 1 : 2, s->report->language));
                }
                tie_line(s, &of.lines[i], currency);
                if (i + 1 == of.statuses_end)
                        block.last = s->to->row - 1;
        }
        if (block.last >= block.first)
                chart(s, &block, LXW_CHART_BAR, WORD_BY_STATUS, currency, COLOUR_BLUE);
}

/* --- figures -------------------------------------------------------------------------------- */

static void days(Summary *s, Currency currency) {
        __attribute__((cleanup(report_bars_done))) ReportBars bars = { .n = 0 };
        Block block;

        xlsx_error(s->xlsx, report_bars_of(&s->report->totals, currency, &bars));
        if (bars.n == 0)
                return;
        begin_block(s);
        block.chart = s->to->row + 1;
        heading(s,
                bars.step == REPORT_STEP_DAY    ? WORD_DAILY
                : bars.step == REPORT_STEP_WEEK ? WORD_WEEKLY
                                                : WORD_MONTHLY,
                currency);
        columns(s, report_word(WORD_DAY, s->report->language));
        block.first = s->to->row;
        for (size_t i = 0; i < bars.n; i++) {
                xlsx_date(s->xlsx, s->to, civil_date_days(bars.bars[i].from));
                xlsx_number(s->xlsx, s->to, STYLE_COUNT_OF, bars.bars[i].tally.count);
                xlsx_money(s->xlsx, s->to, bars.bars[i].tally.sum, currency, false);
                xlsx_next_row(s->to, 1);
        }
        block.last = s->to->row - 1;
        chart(s, &block, LXW_CHART_COLUMN, WORD_DAILY, currency, COLOUR_GREEN);
}

static void ageing(Summary *s, Currency currency) {
        const ReportMoney *money = &s->report->totals.money[currency];
        ReportTally all[AGEING_COUNT] = { { 0, 0 } };
        int64_t n = 0;
        Block block;

        for (AgeingBucket b = AGEING_CURRENT; b < AGEING_COUNT; b++) {
                report_tally_add(&all[b], money->owed[b].count, money->owed[b].sum);
                report_tally_add(&all[b], money->owed_over[b].count, money->owed_over[b].sum);
                n += all[b].count;
        }
        if (n == 0)
                return;
        begin_block(s);
        block.chart = s->to->row + 1;
        heading(s, WORD_AGEING, currency);
        (void) worksheet_set_row(s->to->sheet, s->to->row, 45, NULL); /* for three lines */
        xlsx_word(s->xlsx, s->to, STYLE_HEAD, WORD_AGE);
        xlsx_word(s->xlsx, s->to, STYLE_HEAD_RIGHT, WORD_COUNT);
        xlsx_word(s->xlsx, s->to, STYLE_HEAD_RIGHT, WORD_SUM);
        xlsx_word(s->xlsx, s->to, STYLE_HEAD_WRAPPED, WORD_OWED_LIVE);
        xlsx_word(s->xlsx, s->to, STYLE_HEAD_WRAPPED, WORD_OWED_OVER);
        xlsx_next_row(s->to, 1);
        block.first = s->to->row;
        for (AgeingBucket b = AGEING_CURRENT; b < AGEING_COUNT; b++) {
                xlsx_string(s->xlsx, s->to, STYLE_PLAIN,
                            report_bucket_word(b, s->report->language));
                xlsx_number(s->xlsx, s->to, STYLE_COUNT_OF, all[b].count);
                xlsx_money(s->xlsx, s->to, all[b].sum, currency, false);
                xlsx_money(s->xlsx, s->to, money->owed[b].sum, currency, false);
                xlsx_money(s->xlsx, s->to, money->owed_over[b].sum, currency, false);
                xlsx_next_row(s->to, 1);
        }
        block.last = s->to->row - 1;
        chart(s, &block, LXW_CHART_COLUMN, WORD_AGEING, currency, COLOUR_RED);
}

static void expiring(Summary *s, Currency currency) {
        const ReportMoney *money = &s->report->totals.money[currency];
        Language language = s->report->language;

        if (money->expiring[EXPIRY_7_DAYS].count == 0 && money->overdue_links.count == 0)
                return;
        begin_block(s);
        heading(s, WORD_EXPIRING, currency);
        columns(s, report_word(WORD_EXPIRES, language));
        line(s, report_word(WORD_IN_24_HOURS, language), money->expiring[EXPIRY_24_HOURS],
             currency);
        line(s, report_word(WORD_IN_3_DAYS, language), money->expiring[EXPIRY_3_DAYS], currency);
        line(s, report_word(WORD_IN_7_DAYS, language), money->expiring[EXPIRY_7_DAYS], currency);
        if (money->overdue_links.count > 0)
                line(s, report_word(WORD_OVERDUE_LINKS, language), money->overdue_links, currency);
}

static void findings(Summary *s) {
        bool any = false;

        begin_block(s);
        xlsx_next_row(s->to, 1);
        xlsx_word(s->xlsx, s->to, STYLE_SECTION, WORD_FINDINGS);
        xlsx_next_row(s->to, 1);
        for (int kind = 1; kind < FINDING_KIND_END; kind++) {
                if (s->report->n_of_kind[kind] == 0)
                        continue;
                if (!any) {
                        xlsx_word(s->xlsx, s->to, STYLE_HEAD, WORD_WHAT);
                        xlsx_word(s->xlsx, s->to, STYLE_HEAD_RIGHT, WORD_COUNT);
                        xlsx_word(s->xlsx, s->to, STYLE_HEAD, WORD_WHAT_TO_DO);
                        xlsx_next_row(s->to, 1);
                }
                any = true;
                xlsx_string(s->xlsx, s->to, STYLE_PLAIN,
                            finding_meaning((FindingKind) kind, s->report->language));
                xlsx_number(s->xlsx, s->to, STYLE_COUNT_OF, s->report->n_of_kind[kind]);
                xlsx_string(s->xlsx, s->to, STYLE_PLAIN,
                            finding_advice((FindingKind) kind, s->report->language));
                xlsx_next_row(s->to, 1);
        }
        if (!any)
                xlsx_word(s->xlsx, s->to, STYLE_PLAIN, WORD_NO_FINDINGS);
}

void xlsx_write_summary(ReportXlsx *xlsx, const Report *report) {
        Summary s = { .xlsx = xlsx, .report = report, .to = &xlsx->summary };

        (void) worksheet_set_column(s.to->sheet, 0, 0, 44, NULL);
        (void) worksheet_set_column(s.to->sheet, 1, 1, 12, NULL);
        (void) worksheet_set_column(s.to->sheet, 2, 4, 20, NULL);
        worksheet_set_landscape(s.to->sheet);
        worksheet_set_paper(s.to->sheet, 9); /* A4 */
        worksheet_fit_to_pages(s.to->sheet, 1, 0);
        worksheet_gridlines(s.to->sheet, LXW_HIDE_ALL_GRIDLINES);
        about(&s);
        for (Currency c = 0; c < CURRENCY_COUNT; c++)
                if (report_money_is_used(&report->totals.money[c]))
                        tie(&s, c);
        if (report_totals_count(&report->totals) == 0) {
                xlsx_next_row(s.to, 1);
                xlsx_word(xlsx, s.to, STYLE_PLAIN, WORD_NO_ROWS);
                xlsx_next_row(s.to, 1);
        }
        findings(&s);
        xlsx_next_row(s.to, 1);
        for (Currency c = 0; c < CURRENCY_COUNT; c++) {
                ageing(&s, c);
                expiring(&s, c);
                days(&s, c);
        }
}
