/* The sections of the HTML report. Private to report_html*.c. */
#pragma once

#include "jobs/report/report.h"
#include "jobs/report/report_page.h"

void html_section(ReportPage *page, const char *id, ReportWord heading);
void html_section_end(ReportPage *page);

void html_tie(ReportPage *page, const Report *report);
void html_funnel(ReportPage *page, const Report *report);
void html_statuses(ReportPage *page, const Report *report);
void html_days(ReportPage *page, const Report *report);
void html_ageing(ReportPage *page, const Report *report);
void html_expiring(ReportPage *page, const Report *report);
void html_findings(ReportPage *page, const Report *report);
void html_files(ReportPage *page, const Report *report);
/* "The first 50,000 of 1,000,000 rows are shown". */
void html_first_rows(ReportPage *page, int64_t n_shown, int64_t n);
