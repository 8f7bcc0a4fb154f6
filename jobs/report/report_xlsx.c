#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "jobs/base/cleanup.h"
#include "jobs/report/report_xlsx_private.h"

/* --- opening -------------------------------------------------------------------------------- */

ReportXlsx *report_xlsx_free(ReportXlsx *xlsx) {
        if (!xlsx)
                return NULL;
        if (xlsx->workbook)
                lxw_workbook_free(xlsx->workbook);
        buffer_done(&xlsx->safe);
        buffer_done(&xlsx->text);
        free(xlsx->data_sizes);
        free(xlsx);
        return NULL;
}

static const struct {
        const char *format; /* of numbers */
        bool bold, line_above, line_below, right, wrap;
        lxw_color_t colour, fill;
        double size;
} looks[STYLES] = {
        [STYLE_TITLE] = { .bold = true, .size = 16 },
        [STYLE_SECTION] = { .bold = true, .size = 13 },
        [STYLE_HEAD] = { .bold = true, .line_below = true, .fill = 0xeef1f4 },
        [STYLE_HEAD_RIGHT] = { .bold = true, .line_below = true, .fill = 0xeef1f4, .right = true },
        [STYLE_HEAD_WRAPPED] = { .bold = true,
                                 .line_below = true,
                                 .fill = 0xeef1f4,
                                 .right = true,
                                 .wrap = true },
        [STYLE_QUIET] = { .colour = 0x5a636e },
        [STYLE_COUNT_OF] = { .format = "#,##0" },
        [STYLE_CLP] = { .format = "#,##0" },
        [STYLE_MXN] = { .format = "#,##0.00" },
        [STYLE_CLP_SUM] = { .format = "#,##0", .bold = true, .line_above = true },
        [STYLE_MXN_SUM] = { .format = "#,##0.00", .bold = true, .line_above = true },
        [STYLE_COUNT_SUM] = { .format = "#,##0", .bold = true, .line_above = true },
        [STYLE_SUM] = { .bold = true, .line_above = true },
        [STYLE_SUM_EQUALS] = { .format = "\"= \"@", .bold = true, .line_above = true },
        [STYLE_PLUS] = { .format = "\"+ \"@" },
        [STYLE_MINUS] = { .format = "\"\xe2\x88\x92 \"@" },
        [STYLE_EQUALS] = { .format = "\"= \"@" },
        [STYLE_DATE] = { .format = "yyyy-mm-dd" },
        [STYLE_TIME] = { .format = "yyyy-mm-dd hh:mm:ss" },
        [STYLE_GOOD] = { .bold = true, .colour = 0x00513b, .fill = 0xdcf3ea },
        [STYLE_BAD] = { .bold = true, .colour = 0x7a3300, .fill = 0xfde6d8 },
};

static int add_styles(ReportXlsx *xlsx) {
        for (size_t i = STYLE_PLAIN + 1; i < STYLES; i++) {
                lxw_format *style = workbook_add_format(xlsx->workbook);

                if (!style)
                        return -ENOMEM;
                if (looks[i].format)
                        format_set_num_format(style, looks[i].format);
                if (looks[i].bold)
                        format_set_bold(style);
                if (looks[i].size > 0)
                        format_set_font_size(style, looks[i].size);
                if (looks[i].colour)
                        format_set_font_color(style, looks[i].colour);
                if (looks[i].fill)
                        format_set_bg_color(style, looks[i].fill);
                if (looks[i].right)
                        format_set_align(style, LXW_ALIGN_RIGHT);
                if (looks[i].line_above)
                        format_set_top(style, LXW_BORDER_THIN);
                if (looks[i].line_below)
                        format_set_bottom(style, LXW_BORDER_THIN);
                if (looks[i].wrap)
                        format_set_text_wrap(style);
                xlsx->styles[i] = style;
        }
        return 0;
}

int report_xlsx_new(const ReportXlsxOptions *options, ReportXlsx **ret_xlsx) {
        CLEANUP(report_xlsx_free_p) ReportXlsx *xlsx = calloc(1, sizeof(*xlsx));
        AUTO_FREE char *tmpdir = strdup(options->folder); /* the library takes it without const */
        lxw_workbook_options how = { .constant_memory = LXW_TRUE,
                                     .tmpdir = tmpdir,
                                     .use_zip64 = LXW_TRUE };
        int r;

        assert(options->rows_most > 0 && options->rows_most < LXW_ROW_MAX);
        if (!xlsx || !tmpdir)
                return -ENOMEM;
        xlsx->language = options->language;
        xlsx->own = options->own;
        xlsx->n_own = options->n_own;
        xlsx->rows_most = options->rows_most;
        xlsx->workbook = workbook_new_opt(options->path, &how);
        if (!xlsx->workbook)
                return -ENOMEM;
        r = add_styles(xlsx);
        if (r == 0)
                r = xlsx_add_sheet(xlsx, report_word(WORD_SUMMARY, xlsx->language), &xlsx->summary);
        if (r < 0)
                return r;
        *ret_xlsx = TAKE(xlsx);
        return 0;
}

/* --- sheets of rows ------------------------------------------------------------------------- */

static double width_of(ReportColumn column) {
        switch ((int) column) {
        case COLUMN_LINE:
        case COLUMN_CURRENCY:
        case COLUMN_PAID_CURRENCY:
        case COLUMN_DAYS_OPEN:
                return 9;
        case COLUMN_CREATED:
        case COLUMN_CREATED_LOCAL:
        case COLUMN_EXPIRES:
        case COLUMN_EXPIRES_LOCAL:
        case COLUMN_PAID_TIME:
        case COLUMN_PAID_TIME_LOCAL:
        case COLUMN_APPROVED:
                return 19;
        case COLUMN_REASON:
        case COLUMN_URL:
                return 40;
        case COLUMN_FILE:
        case COLUMN_OWN:
        case COLUMN_SESSION:
        case COLUMN_PAYMENT_ID:
        case COLUMN_STATUS:
        case COLUMN_APPROVED_BY:
        case COLUMN_APPROVED_DIGEST:
                return 24;
        }
        return 14;
}

static bool is_right(ReportColumn column) {
        return column == COLUMN_AMOUNT || column == COLUMN_PAID_AMOUNT ||
               column == COLUMN_REFUNDED || column == COLUMN_DIFFERENCE ||
               column == COLUMN_DAYS_OPEN || column == COLUMN_LINE || column == COLUMN_FEE ||
               column == COLUMN_NET;
}

static void write_head(ReportXlsx *xlsx) {
        XlsxSheet *to = &xlsx->rows;

        for (ReportColumn column = 0; column < COLUMN_COUNT; column++) {
                size_t n = column == COLUMN_OWN ? xlsx->n_own : 1;

                if (n == 0)
                        continue;
                (void) worksheet_set_column(to->sheet, to->column, (lxw_col_t) (to->column + n - 1),
                                            width_of(column), NULL);
                for (size_t i = 0; i < n; i++)
                        if (column == COLUMN_OWN)
                                xlsx_text(xlsx, to, STYLE_HEAD, xlsx->own[i]);
                        else
                                xlsx_string(xlsx, to,
                                            is_right(column) ? STYLE_HEAD_RIGHT : STYLE_HEAD,
                                            report_column_heading(column, xlsx->language));
        }
        xlsx->n_columns = to->column;
        worksheet_freeze_panes(to->sheet, 1, 0);
        worksheet_repeat_rows(to->sheet, 0, 0);
        worksheet_set_landscape(to->sheet);
        worksheet_set_paper(to->sheet, 9); /* A4 */
        worksheet_fit_to_pages(to->sheet, 1, 0);
        xlsx_next_row(to, 1);
}

static void end_rows(ReportXlsx *xlsx) {
        if (xlsx->rows.sheet)
                (void) worksheet_autofilter(xlsx->rows.sheet, 0, 0, xlsx->rows.row - 1,
                                            (lxw_col_t) (xlsx->n_columns - 1));
}

static void begin_rows(ReportXlsx *xlsx) {
        char name[32];

        end_rows(xlsx);
        xlsx->n_row_sheets++;
        if (xlsx->n_row_sheets == 1)
                (void) snprintf(name, sizeof(name), "%s", report_word(WORD_ROWS, xlsx->language));
        else
                (void) snprintf(name, sizeof(name), "%s %u", report_word(WORD_ROWS, xlsx->language),
                                xlsx->n_row_sheets);
        xlsx_error(xlsx, xlsx_add_sheet(xlsx, name, &xlsx->rows));
        if (xlsx->error == 0)
                write_head(xlsx);
}

static void write_value(ReportXlsx *xlsx, const ReportRow *row, ReportColumn column) {
        XlsxSheet *to = &xlsx->rows;
        char id[REPORT_ID_SIZE];
        ReportValue value = report_column_value(row, column, id);

        if (column == COLUMN_STATUS)
                value.text = text_of(report_status_word(row->status, xlsx->language));
        else if (column == COLUMN_BUCKET)
                value.text = text_of(report_bucket_word(row->bucket, xlsx->language));
        switch (value.kind) {
        case KIND_NONE:
                to->column++;
                break;
        case KIND_TEXT:
        case KIND_WORD:
                xlsx_text(xlsx, to, STYLE_PLAIN, value.text);
                break;
        case KIND_INTEGER:
                xlsx_number(xlsx, to, STYLE_PLAIN, value.number);
                break;
        case KIND_MONEY:
                xlsx_money(xlsx, to, value.number, value.currency, false);
                break;
        case KIND_UTC:
                xlsx_time(xlsx, to, value.number / SECOND);
                break;
        case KIND_LOCAL:
                xlsx_time(xlsx, to, civil_local_seconds(value.number));
                break;
        case KIND_DATE:
                xlsx_date(xlsx, to, value.number);
                break;
        }
}

int report_xlsx_add_row(ReportXlsx *xlsx, const ReportRow *row) {
        if (!xlsx->rows.sheet || xlsx->rows.row > xlsx->rows_most)
                begin_rows(xlsx);
        for (ReportColumn column = 0; column < COLUMN_COUNT && xlsx->error == 0; column++) {
                if (column != COLUMN_OWN) {
                        write_value(xlsx, row, column);
                        continue;
                }
                for (size_t i = 0; i < xlsx->n_own; i++)
                        xlsx_text(xlsx, &xlsx->rows, STYLE_PLAIN, row->own[i]);
        }
        xlsx_next_row(&xlsx->rows, 1);
        /* the row before has gone to the temporary file: is there still room? */
        if (xlsx->error == 0 && ferror(xlsx->rows.sheet->optimize_tmpfile))
                xlsx->error = errno == ENOSPC || errno == EDQUOT || errno == EFBIG ? -errno : -EIO;
        return xlsx->error;
}

/* --- closing -------------------------------------------------------------------------------- */

/* Writes what is kept of each sheet's last row, and takes down how long its rows are. */
static int measure_sheets(ReportXlsx *xlsx) {
        lxw_sheet *sheet;
        size_t n = 0;

        xlsx->data_sizes = calloc(xlsx->n_sheets + 1, sizeof(*xlsx->data_sizes));
        if (!xlsx->data_sizes)
                return -ENOMEM;
        STAILQ_FOREACH(sheet, xlsx->workbook->sheets, list_pointers) {
                lxw_worksheet *worksheet = sheet->u.worksheet;
                off_t size;

                assert(n < xlsx->n_sheets);
                lxw_worksheet_write_single_row(worksheet);
                if (fflush(worksheet->optimize_tmpfile) != 0)
                        return -errno;
                size = ftello(worksheet->optimize_tmpfile);
                if (size < 0)
                        return -errno;
                xlsx->data_sizes[n++] = (uint64_t) size;
        }
        return 0;
}

static int close_workbook(ReportXlsx *xlsx) {
        lxw_error error;

        errno = 0;
        error = workbook_close(TAKE(xlsx->workbook)); /* frees it, either way */
        if (error == LXW_NO_ERROR)
                return 0;
        if (error == LXW_ERROR_MEMORY_MALLOC_FAILED)
                return -ENOMEM;
        return errno > 0 ? -errno : -EIO;
}

int report_xlsx_close(ReportXlsx *xlsx, const Report *report) {
        if (!xlsx->rows.sheet) /* the headings stand there also when nothing does below them */
                begin_rows(xlsx);
        end_rows(xlsx);
        xlsx_write_summary(xlsx, report);
        xlsx_write_findings(xlsx, report);
        xlsx_write_files(xlsx, report);
        worksheet_activate(xlsx->summary.sheet);
        if (xlsx->error == 0)
                xlsx->error = measure_sheets(xlsx);
        if (xlsx->error == 0)
                xlsx->error = close_workbook(xlsx);
        return xlsx->error;
}
