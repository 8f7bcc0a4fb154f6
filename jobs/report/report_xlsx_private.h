/* What the files of the workbook share. Private to report_xlsx*.c. */
#pragma once

#include <xlsxwriter.h>

#include "jobs/report/report_column.h"
#include "jobs/report/report_word.h"
#include "jobs/report/report_xlsx.h"

typedef enum XlsxStyle {
        STYLE_PLAIN,
        STYLE_TITLE,
        STYLE_SECTION,
        STYLE_HEAD,
        STYLE_HEAD_RIGHT,
        STYLE_HEAD_WRAPPED,
        STYLE_QUIET,
        STYLE_COUNT_OF, /* integers with marks between thousands */
        STYLE_CLP,
        STYLE_MXN,
        STYLE_CLP_SUM, /* below a line, strong */
        STYLE_MXN_SUM,
        STYLE_COUNT_SUM,
        STYLE_SUM,
        STYLE_SUM_EQUALS,
        STYLE_PLUS, /* texts with a sign before them */
        STYLE_MINUS,
        STYLE_EQUALS,
        STYLE_DATE,
        STYLE_TIME,
        STYLE_GOOD,
        STYLE_BAD,
        STYLES,
} XlsxStyle;

/* where the next cell goes */
typedef struct XlsxSheet {
        lxw_worksheet *sheet;
        lxw_row_t row;
        lxw_col_t column;
} XlsxSheet;

struct ReportXlsx {
        lxw_workbook *workbook; /* NULL: closed */
        lxw_format *styles[STYLES];
        Language language;
        const Text *own;
        size_t n_own;
        lxw_row_t rows_most; /* of a sheet, below its headings */
        XlsxSheet summary;
        XlsxSheet rows; /* the sheet that rows go to now */
        int64_t n_rows;
        unsigned n_row_sheets;
        lxw_col_t n_columns;
        Buffer safe, text;    /* of the cell being written */
        uint64_t *data_sizes; /* of each sheet, once written: bytes of its rows */
        size_t n_sheets;
        int error; /* the first; kept */
};

void xlsx_error(ReportXlsx *xlsx, int r);
/* A cell, and one further to the right. */
void xlsx_text(ReportXlsx *xlsx, XlsxSheet *to, XlsxStyle style, Text text);
void xlsx_string(ReportXlsx *xlsx, XlsxSheet *to, XlsxStyle style, const char *string);
void xlsx_word(ReportXlsx *xlsx, XlsxSheet *to, XlsxStyle style, ReportWord word);
void xlsx_number(ReportXlsx *xlsx, XlsxSheet *to, XlsxStyle style, int64_t number);
void xlsx_money(ReportXlsx *xlsx, XlsxSheet *to, int64_t amount, Currency currency, bool sum);
void xlsx_date(ReportXlsx *xlsx, XlsxSheet *to, int64_t days);
/* Seconds since 1970-01-01 00:00 of whatever clock the column is about. */
void xlsx_time(ReportXlsx *xlsx, XlsxSheet *to, int64_t seconds);
void xlsx_next_row(XlsxSheet *to, unsigned rows);
/* A further sheet; a name that is taken gets a number. */
int xlsx_add_sheet(ReportXlsx *xlsx, const char *name, XlsxSheet *ret_sheet);

void xlsx_write_summary(ReportXlsx *xlsx, const Report *report);
void xlsx_write_findings(ReportXlsx *xlsx, const Report *report);
void xlsx_write_files(ReportXlsx *xlsx, const Report *report);
