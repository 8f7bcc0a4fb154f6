/* A report as one HTML file: no network, readable without scripts, printable; its style and script
 * are jobs/report/html/report.css and report.js, built in, and the only ones that its Content
 * Security Policy lets in (by SHA-256). Every text from outside is escaped.
 *
 * What stands on top is known only when all rows have passed: so the caller keeps the rows, and
 * puts together top + rows + bottom. */
#pragma once

#include "jobs/report/report.h"

#define REPORT_HTML_ROWS_MOST 50000 /* beyond, a browser is no pleasure */

/* One row; its zone must be in use. 0 or -ENOMEM, as all here. */
int report_html_append_row(Buffer *html, const ReportRow *row, const Text *own, size_t n_own,
                           Language language);
/* What stands after every REPORT_HTML_PART rows: a browser lays out only the parts that are seen,
 * where a single table of 50,000 rows would take it minutes. */
int report_html_append_break(Buffer *html);
#define REPORT_HTML_PART 250
/* Up to the beginning of the rows, of which `n_shown` follow; the report's zone must be in use. */
int report_html_append_top(Buffer *html, const Report *report, int64_t n_shown);
int report_html_append_bottom(Buffer *html, const Report *report);
