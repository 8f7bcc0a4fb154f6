/* A report as a workbook (libxlsxwriter, in constant memory): the rows on sheets of a million each,
 * with typed cells, real dates and texts that are never formulas; in front of them a summary with
 * charts; behind them what is to be looked at, and the files.
 *
 * The library writes by itself: to `path`, and to temporary files in `folder` that have no name. It
 * does not say when one of these could not be written, so a workbook is read once more when it is
 * done: report_xlsx_check() must follow report_xlsx_close(). */
#pragma once

#include "jobs/report/report.h"

#define REPORT_XLSX_ROWS_MOST 1000000 /* of a sheet; Excel itself ends at 1,048,576 */

typedef struct ReportXlsx ReportXlsx;

/* What it is written to, and what of. */
typedef struct ReportXlsxOptions {
        const char *path, *folder;
        const Text *own; /* must outlive it */
        size_t n_own;
        Language language;
        uint32_t rows_most; /* of a sheet: REPORT_XLSX_ROWS_MOST */
} ReportXlsxOptions;

/* Negative errno, as all here. */
int report_xlsx_new(const ReportXlsxOptions *options, ReportXlsx **ret_xlsx);
ReportXlsx *report_xlsx_free(ReportXlsx *xlsx); /* gives up what was not closed */

/* The row's zone must be in use. */
int report_xlsx_add_row(ReportXlsx *xlsx, const ReportRow *row);
/* The report's zone must be in use. */
int report_xlsx_close(ReportXlsx *xlsx, const Report *report);

/* Reads up to `size` bytes at `offset`: the number read, 0 at the end, negative errno. */
typedef int64_t (*ReportXlsxRead)(void *userdata, uint64_t offset, void *bytes, size_t size);
/* Is all of it there that was written? 0; -EIO: not, the disk was full or failed meanwhile; or the
 * reader's error. */
int report_xlsx_check(const ReportXlsx *xlsx, ReportXlsxRead read, void *userdata);

#include "jobs/base/cleanup.h"
DEFINE_CLEANUP(ReportXlsx, report_xlsx_free)
