/* The sheets behind the rows: what is to be looked at, and the files. */
#include "jobs/report/answer.h"
#include "jobs/report/report_xlsx_private.h"

static void words(ReportXlsx *xlsx, XlsxSheet *to, const ReportWord *heads, size_t n) {
        for (size_t i = 0; i < n; i++)
                xlsx_word(xlsx, to, STYLE_HEAD, heads[i]);
        worksheet_freeze_panes(to->sheet, 1, 0);
        xlsx_next_row(to, 1);
}

static void finding(ReportXlsx *xlsx, XlsxSheet *to, const ReportFinding *finding) {
        char id[ANSWER_BATCH_SIZE];

        xlsx_string(xlsx, to, STYLE_PLAIN, finding_meaning(finding->kind, xlsx->language));
        xlsx_text(xlsx, to, STYLE_PLAIN, finding->reference);
        if (finding->batch > 0) {
                xlsx_string(xlsx, to, STYLE_PLAIN, answer_batch(finding->batch, id));
                xlsx_number(xlsx, to, STYLE_PLAIN, finding->line);
        } else {
                to->column += 2;
        }
        xlsx_money(xlsx, to, finding->amount, finding->currency, false);
        xlsx_string(xlsx, to, STYLE_PLAIN,
                    finding->currency == CURRENCY_XXX ? "" : currency_name(finding->currency));
        xlsx_text(xlsx, to, STYLE_PLAIN, finding->subject);
        xlsx_text(xlsx, to, STYLE_PLAIN, finding->detail);
        xlsx_time(xlsx, to, civil_local_seconds(finding->at));
        xlsx_string(xlsx, to, STYLE_PLAIN, finding_advice(finding->kind, xlsx->language));
        xlsx_next_row(to, 1);
}

void xlsx_write_findings(ReportXlsx *xlsx, const Report *report) {
        static const ReportWord heads[] = { WORD_WHAT,   WORD_REFERENCE, WORD_BATCH,   WORD_LINE,
                                            WORD_AMOUNT, WORD_CURRENCY,  WORD_SUBJECT, WORD_DETAIL,
                                            WORD_SEEN,   WORD_WHAT_TO_DO };
        XlsxSheet to;

        xlsx_error(xlsx, xlsx_add_sheet(xlsx, report_word(WORD_FINDINGS, xlsx->language), &to));
        if (xlsx->error < 0)
                return;
        (void) worksheet_set_column(to.sheet, 0, 0, 44, NULL);
        (void) worksheet_set_column(to.sheet, 1, 5, 14, NULL);
        (void) worksheet_set_column(to.sheet, 6, 8, 24, NULL);
        (void) worksheet_set_column(to.sheet, 9, 9, 60, NULL);
        words(xlsx, &to, heads, ELEMENTS(heads));
        for (int kind = 1; kind < FINDING_KIND_END; kind++)
                for (size_t i = 0; i < report->n_findings; i++)
                        if ((int) report->findings[i].kind == kind)
                                finding(xlsx, &to, &report->findings[i]);
        if (to.row == 1)
                xlsx_word(xlsx, &to, STYLE_PLAIN, WORD_NO_FINDINGS);
        else
                (void) worksheet_autofilter(to.sheet, 0, 0, to.row - 1,
                                            (lxw_col_t) (ELEMENTS(heads) - 1));
}

static void file_line(ReportXlsx *xlsx, XlsxSheet *to, const ReportBatch *batch, Currency c) {
        char id[ANSWER_BATCH_SIZE];

        xlsx_string(xlsx, to, STYLE_PLAIN, answer_batch(batch->id, id));
        xlsx_string(xlsx, to, STYLE_PLAIN,
                    batch->parent > 0 ? answer_batch(batch->parent, id) : "");
        xlsx_text(xlsx, to, STYLE_PLAIN, batch->file);
        xlsx_time(xlsx, to, civil_local_seconds(batch->received_at));
        xlsx_string(xlsx, to, STYLE_PLAIN, currency_name(c));
        xlsx_number(xlsx, to, STYLE_COUNT_OF, batch->read[c].count);
        xlsx_money(xlsx, to, batch->read[c].sum, c, false);
        xlsx_number(xlsx, to, STYLE_COUNT_OF, batch->rows[c].count);
        xlsx_money(xlsx, to, batch->rows[c].sum, c, false);
        xlsx_number(xlsx, to, STYLE_COUNT_OF, batch->paid[c].count);
        xlsx_money(xlsx, to, batch->paid[c].sum, c, false);
        xlsx_next_row(to, 1);
}

void xlsx_write_files(ReportXlsx *xlsx, const Report *report) {
        static const ReportWord heads[] = { WORD_BATCH,       WORD_CORRECTS, WORD_FILE,
                                            WORD_RECEIVED_AT, WORD_CURRENCY, WORD_READ_SHORT,
                                            WORD_SUM,         WORD_HERE,     WORD_SUM,
                                            WORD_PAID_SHORT,  WORD_SUM };
        XlsxSheet to;

        xlsx_error(xlsx, xlsx_add_sheet(xlsx, report_word(WORD_FILES, xlsx->language), &to));
        if (xlsx->error < 0)
                return;
        (void) worksheet_set_column(to.sheet, 0, 1, 12, NULL);
        (void) worksheet_set_column(to.sheet, 2, 2, 36, NULL);
        (void) worksheet_set_column(to.sheet, 3, 3, 19, NULL);
        (void) worksheet_set_column(to.sheet, 4, 10, 16, NULL);
        words(xlsx, &to, heads, ELEMENTS(heads));
        for (size_t i = 0; i < report->n_batches; i++)
                for (Currency c = 0; c < CURRENCY_COUNT; c++)
                        if (report->batches[i].read[c].count > 0)
                                file_line(xlsx, &to, &report->batches[i], c);
        (void) worksheet_autofilter(to.sheet, 0, 0, to.row > 1 ? to.row - 1 : 1,
                                    (lxw_col_t) (ELEMENTS(heads) - 1));
}
