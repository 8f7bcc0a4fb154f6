/* The sections that list: payments by day, findings, files. */
#include <inttypes.h>
#include <stdio.h>

#include "jobs/base/cleanup.h"
#include "jobs/report/answer.h"
#include "jobs/report/report_column.h"
#include "jobs/report/report_days.h"
#include "jobs/report/report_html_private.h"
#include "jobs/report/report_tie.h"

#define FILES_MOST 500
#define FEW_BARS   14 /* they are no wider than if they were so many */

void html_first_rows(ReportPage *page, int64_t n_shown, int64_t n) {
        AUTO_BUFFER a = BUFFER_EMPTY, b = BUFFER_EMPTY, text = BUFFER_EMPTY;
        int r = report_append_count(&a, n_shown, page->language);

        if (r == 0)
                r = report_append_count(&b, n, page->language);
        if (r == 0)
                r = report_append_filled(&text, report_word(WORD_FIRST_ROWS, page->language),
                                         (const char *const[]){ a.data, b.data });
        if (page->error == 0)
                page->error = r;
        page_put(page, "<p class=note>");
        page_text(page, (Text){ text.data, text.size });
        page_put(page, "</p>\n");
}

/* "… and 20 more" */
static void and_more(ReportPage *page, ReportWord word, int64_t n) {
        AUTO_BUFFER count = BUFFER_EMPTY, text = BUFFER_EMPTY;
        int r = report_append_count(&count, n, page->language);

        if (r == 0)
                r = report_append_filled(&text, report_word(word, page->language),
                                         (const char *const[]){ count.data });
        if (page->error == 0)
                page->error = r;
        page_put(page, "<p class=quiet>");
        page_text(page, (Text){ text.data, text.size });
        page_put(page, "</p>\n");
}

/* --- payments by day ------------------------------------------------------------------------ */

static void day_columns(ReportPage *page, const ReportBars *bars) {
        for (size_t i = 0; i < bars->n; i++) {
                const ReportBar *bar = &bars->bars[i];
                int64_t height = report_share(bar->tally.sum, bars->highest, 100);

                if (bar->tally.count == 0)
                        continue;
                if (height < 1)
                        height = 1;
                if (page->error == 0)
                        page->error = buffer_printf(page->out,
                                                    "<rect x=%zu y=%" PRId64
                                                    " width=8 height=%" PRId64 "><title>",
                                                    i * 10 + 1, 100 - height, height);
                page_date(page, civil_date_days(bar->from));
                page_put(page, ": ");
                page_count(page, bar->tally.count);
                page_put(page, ", ");
                page_number(page, bar->tally.sum, bars->currency);
                page_put(page, "</title></rect>");
        }
}

/* Under few bars, which do not reach the right end: "2026-11-25 – 2026-11-28". */
static void days_axis(ReportPage *page, const ReportBars *bars, bool few) {
        page_put(page, "<div class=axis><span>");
        page_date(page, civil_date_days(bars->bars[0].from));
        if (bars->n > 1) {
                page_put(page, few ? " – " : "</span><span>");
                page_date(page, civil_date_days(bars->bars[bars->n - 1].from));
        }
        page_put(page, "</span></div>\n");
}

static void days_chart(ReportPage *page, const ReportBars *bars) {
        static const ReportWord titles[] = { [REPORT_STEP_DAY] = WORD_DAILY,
                                             [REPORT_STEP_WEEK] = WORD_WEEKLY,
                                             [REPORT_STEP_MONTH] = WORD_MONTHLY };

        bool few = bars->n < FEW_BARS;

        page_put(page, few ? "<figure class=few>\n<figcaption>" : "<figure>\n<figcaption>");
        page_word(page, titles[bars->step]);
        page_put(page, ", ");
        page_put(page, currency_name(bars->currency));
        page_put(page, "<span class=most>");
        page_number(page, bars->highest, bars->currency);
        page_put(page, "</span></figcaption>\n<svg class=columns viewBox=\"0 0 ");
        if (page->error == 0)
                page->error =
                        buffer_printf(page->out, "%zu", (few ? (size_t) FEW_BARS : bars->n) * 10);
        page_put(page, " 100\" preserveAspectRatio=none role=img aria-label=\"");
        page_word(page, titles[bars->step]);
        page_put(page, "\">");
        day_columns(page, bars);
        page_put(page, "</svg>\n");
        days_axis(page, bars, few);
        page_put(page, "</figure>\n");
}

static void days_table(ReportPage *page, const ReportBars *bars) {
        page_put(page, "<details><summary>");
        page_word(page, WORD_AS_TABLE);
        page_put(page, "</summary><table class=tie><thead><tr><th scope=col>");
        page_word(page, WORD_DAY);
        page_put(page, "</th><th scope=col class=n>");
        page_word(page, WORD_COUNT);
        page_put(page, "</th><th scope=col class=n>");
        page_word(page, WORD_SUM);
        page_put(page, "</th></tr></thead><tbody>\n");
        for (size_t i = 0; i < bars->n; i++) {
                const ReportBar *bar = &bars->bars[i];

                if (bar->tally.count == 0)
                        continue;
                page_put(page, "<tr><th scope=row>");
                page_date(page, civil_date_days(bar->from));
                page_put(page, "</th><td class=n>");
                page_count(page, bar->tally.count);
                page_put(page, "</td><td class=n>");
                page_number(page, bar->tally.sum, bars->currency);
                page_put(page, "</td></tr>\n");
        }
        page_put(page, "</tbody></table></details>\n");
}

void html_days(ReportPage *page, const Report *report) {
        bool any = false;

        html_section(page, "days", WORD_DAILY);
        for (Currency c = 0; c < CURRENCY_COUNT; c++) {
                __attribute__((cleanup(report_bars_done))) ReportBars bars = { .n = 0 };

                if (page->error == 0)
                        page->error = report_bars_of(&report->totals, c, &bars);
                if (bars.n == 0)
                        continue;
                days_chart(page, &bars);
                days_table(page, &bars);
                any = true;
        }
        if (!any)
                page_element(page, "p", WORD_NO_PAYMENTS);
        html_section_end(page);
}

/* --- findings ------------------------------------------------------------------------------- */

static void finding(ReportPage *page, const ReportFinding *finding) {
        char id[ANSWER_BATCH_SIZE], line[32];

        page_put(page, "<tr><td>");
        page_text(page, finding->reference);
        if (finding->batch > 0) {
                (void) snprintf(line, sizeof(line), " · %u", finding->line);
                page_put(page, "<i>");
                page_put(page, answer_batch(finding->batch, id));
                page_put(page, line);
                page_put(page, "</i>");
        }
        page_put(page, "</td><td class=n>");
        if (finding->amount != 0)
                page_money(page, finding->amount, finding->currency);
        page_put(page, "</td><td>");
        page_text(page, finding->subject);
        page_put(page, "<i>");
        page_text(page, finding->detail);
        page_put(page, "</i></td><td>");
        page_time(page, finding->at);
        page_put(page, "</td></tr>\n");
}

static void findings_of_kind(ReportPage *page, const Report *report, FindingKind kind) {
        int64_t shown = 0;

        page_put(page, "<div class=card>\n<h3><span class=\"verdict bad\">");
        page_count(page, report->n_of_kind[kind]);
        page_put(page, "</span> ");
        page_string(page, finding_meaning(kind, report->language));
        page_put(page, "</h3>\n<p><b>");
        page_word(page, WORD_WHAT_TO_DO);
        page_put(page, ":</b> ");
        page_string(page, finding_advice(kind, report->language));
        page_put(page, "</p>\n<div class=wide tabindex=0><table class=found><thead><tr>");
        page_element(page, "th", WORD_REFERENCE);
        page_put(page, "<th class=n>");
        page_word(page, WORD_AMOUNT);
        page_put(page, "</th>");
        page_element(page, "th", WORD_SUBJECT);
        page_element(page, "th", WORD_SEEN);
        page_put(page, "</tr></thead><tbody>\n");
        for (size_t i = 0; i < report->n_findings; i++)
                if (report->findings[i].kind == kind) {
                        finding(page, &report->findings[i]);
                        shown++;
                }
        page_put(page, "</tbody></table></div>\n");
        if (shown < report->n_of_kind[kind])
                and_more(page, WORD_MORE_FINDINGS, report->n_of_kind[kind] - shown);
        page_put(page, "</div>\n");
}

void html_findings(ReportPage *page, const Report *report) {
        bool any = false;

        html_section(page, "findings", WORD_FINDINGS);
        for (int kind = 1; kind < FINDING_KIND_END; kind++)
                if (report->n_of_kind[kind] > 0) {
                        findings_of_kind(page, report, (FindingKind) kind);
                        any = true;
                }
        if (!any)
                page_element(page, "p", WORD_NO_FINDINGS);
        html_section_end(page);
}

/* --- files ---------------------------------------------------------------------------------- */

static void tallies(ReportPage *page, const ReportTally *by_currency) {
        bool first = true;

        page_put(page, "<td class=n>");
        for (Currency c = 0; c < CURRENCY_COUNT; c++) {
                if (by_currency[c].count == 0)
                        continue;
                page_put(page, first ? "" : "<br>");
                first = false;
                page_count(page, by_currency[c].count);
                page_put(page, "<i>");
                page_money(page, by_currency[c].sum, c);
                page_put(page, "</i>");
        }
        page_put(page, "</td>");
}

static void file_line(ReportPage *page, const ReportBatch *batch) {
        char id[ANSWER_BATCH_SIZE];

        page_put(page, "<tr><td>");
        page_put(page, answer_batch(batch->id, id));
        if (batch->parent > 0) {
                page_put(page, "<i>");
                page_word(page, WORD_CORRECTS);
                page_put(page, " ");
                page_put(page, answer_batch(batch->parent, id));
                page_put(page, "</i>");
        }
        page_put(page, "</td><td>");
        page_text(page, batch->file);
        page_put(page, "<i>");
        page_time(page, batch->received_at);
        page_put(page, "</i></td>");
        tallies(page, batch->read);
        tallies(page, batch->rows);
        tallies(page, batch->paid);
        page_put(page, "</tr>\n");
}

void html_files(ReportPage *page, const Report *report) {
        size_t n = report->n_batches < FILES_MOST ? report->n_batches : FILES_MOST;

        html_section(page, "files", WORD_FILES);
        if (n == 0) {
                page_element(page, "p", WORD_NO_ROWS);
                html_section_end(page);
                return;
        }
        page_put(page, "<div class=wide tabindex=0><table class=found><thead><tr>");
        page_element(page, "th", WORD_BATCH);
        page_element(page, "th", WORD_FILE);
        page_put(page, "<th class=n>");
        page_word(page, WORD_READ_SHORT);
        page_put(page, "</th><th class=n>");
        page_word(page, WORD_HERE);
        page_put(page, "</th><th class=n>");
        page_word(page, WORD_PAID_SHORT);
        page_put(page, "</th></tr></thead><tbody>\n");
        for (size_t i = 0; i < n; i++)
                file_line(page, &report->batches[i]);
        page_put(page, "</tbody></table></div>\n");
        if (n < report->n_batches)
                and_more(page, WORD_MORE_FILES, (int64_t) (report->n_batches - n));
        html_section_end(page);
}
