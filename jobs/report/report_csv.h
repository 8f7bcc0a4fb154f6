/* A report as CSV (RFC 4180), in the dialect that the profile's own files have: delimiter,
 * encoding, decimal mark. Headings are the stable names of the columns. Texts that a spreadsheet
 * would run are guarded; numbers and times are ours, and are not. */
#pragma once

#include "jobs/order/order_rules.h"
#include "jobs/report/report_column.h"

typedef struct ReportCsv {
        char delimiter;
        bool guard;
        char decimal_mark; /* 0: amounts are integers in the smallest unit */
} ReportCsv;

/* The row of headings, and one row; UTF-8, with its line end. 0 or -ENOMEM. */
int report_csv_append_head(const ReportCsv *csv, Buffer *buffer, const Text *own, size_t n_own);
int report_csv_append_row(const ReportCsv *csv, Buffer *buffer, const ReportRow *row, size_t n_own);
