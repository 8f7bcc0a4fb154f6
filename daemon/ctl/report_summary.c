/* What a person reads of a report beside its rows: what it is about, does it add up, what is to be
 * looked at. Below a table, or beside a file. */
#include <inttypes.h>

#include "daemon/ctl/report.h"
#include "daemon/ctl/terminal.h"
#include "daemon/ctl/wrap.h"
#include "jobs/report/report_tie.h"
#include "jobs/report/report_word.h"

static int append_facts(const Report *report, Buffer *text) {
        int r = 0;

        for (size_t i = 0; i < report->n_facts && r == 0; i++) {
                r = buffer_printf(text, "%s: ", report->facts[i].name);
                if (r == 0)
                        r = text_append_visible(text, report->facts[i].value, 500);
                if (r == 0)
                        r = buffer_append_char(text, '\n');
        }
        return r;
}

static int append_findings(const Report *report, Buffer *text) {
        bool any = false;
        int r = 0;

        for (int kind = 1; kind < FINDING_KIND_END && r == 0; kind++) {
                if (report->n_of_kind[kind] == 0)
                        continue;
                if (!any)
                        r = buffer_printf(text, "\n%s\n",
                                          report_word(WORD_FINDINGS, report->language));
                any = true;
                if (r == 0)
                        r = buffer_printf(text, "  %" PRId64 " × %s. %s: %s\n",
                                          report->n_of_kind[kind],
                                          finding_meaning((FindingKind) kind, report->language),
                                          report_word(WORD_WHAT_TO_DO, report->language),
                                          finding_advice((FindingKind) kind, report->language));
        }
        return r;
}

static int append_expiring(const Report *report, Buffer *text) {
        static const ReportWord names[] = { [EXPIRY_24_HOURS] = WORD_IN_24_HOURS,
                                            [EXPIRY_3_DAYS] = WORD_IN_3_DAYS,
                                            [EXPIRY_7_DAYS] = WORD_IN_7_DAYS };
        int r = 0;

        for (Currency c = 0; c < CURRENCY_COUNT && r == 0; c++) {
                const ReportMoney *money = &report->totals.money[c];

                if (money->expiring[EXPIRY_7_DAYS].count == 0)
                        continue;
                r = buffer_printf(text, "\n%s: ", report_word(WORD_EXPIRING, report->language));
                for (int w = 0; w < EXPIRY_COUNT && r == 0; w++) {
                        r = buffer_printf(text, "%s%s %" PRId64 " (", w > 0 ? ", " : "",
                                          report_word(names[w], report->language),
                                          money->expiring[w].count);
                        if (r == 0)
                                r = money_append(text, money->expiring[w].sum, c);
                        if (r == 0)
                                r = buffer_append_char(text, ')');
                }
                if (r == 0)
                        r = buffer_append_char(text, '\n');
        }
        return r;
}

int report_append_summary(const ReportJob *job, int fd, Buffer *text) {
        const Report *report = &job->report;
        AUTO_BUFFER lines = BUFFER_EMPTY;
        size_t width = terminal_is(fd) ? terminal_width(fd) : 80;
        int r = append_facts(report, &lines);

        if (r == 0 && report_totals_count(&report->totals) == 0)
                r = buffer_printf(&lines, "\n%s\n", report_word(WORD_NO_ROWS, report->language));
        if (r == 0)
                r = report_tie_append_text(report, width, &lines);
        if (r == 0)
                r = append_expiring(report, &lines);
        if (r == 0)
                r = append_findings(report, &lines);
        return r < 0 ? r : wrap_append_lines(text, (Text){ lines.data, lines.size }, fd);
}
