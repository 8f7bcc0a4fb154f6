/* checkoutctl report --format table: for a terminal, the sums below. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/ctl/report.h"
#include "daemon/ctl/table.h"
#include "daemon/ctl/wrap.h"
#include "jobs/report/answer.h"
#include "jobs/report/report_tie.h"
#include "jobs/report/report_word.h"

#define ROWS_MOST 10000 /* more than anybody reads, and than a terminal remembers */

typedef struct Writer {
        Table *table;
        int64_t n;
} Writer;

static const struct {
        ReportColumn column;
        TableFit fit;
} shown[] = {
        { COLUMN_REFERENCE, TABLE_CUT },    { COLUMN_BATCH, TABLE_LEFT },
        { COLUMN_AMOUNT, TABLE_RIGHT },     { COLUMN_STATUS, TABLE_LEFT },
        { COLUMN_DUE, TABLE_LEFT },         { COLUMN_PAID_TIME_LOCAL, TABLE_LEFT },
        { COLUMN_DIFFERENCE, TABLE_RIGHT }, { COLUMN_REASON, TABLE_CUT },
};

static int table_begin_report(ReportJob *job) {
        TableColumn columns[ELEMENTS(shown)];
        Writer *writer = calloc(1, sizeof(*writer));

        if (!writer)
                return -ENOMEM;
        job->writer = writer;
        for (size_t i = 0; i < ELEMENTS(shown); i++)
                columns[i] =
                        (TableColumn){ report_column_heading(shown[i].column, job->report.language),
                                       shown[i].fit };
        return table_new(columns, ELEMENTS(columns), &writer->table);
}

static int append_cell(const ReportRow *row, ReportColumn column, Buffer *text) {
        char id[REPORT_ID_SIZE], time[CIVIL_TIME_SIZE];
        ReportValue value = report_column_value(row, column, id);

        switch (value.kind) {
        case KIND_NONE:
                return 0;
        case KIND_TEXT:
                return buffer_append(text, value.text.data, value.text.size);
        case KIND_WORD:
                return column == COLUMN_BATCH
                               ? buffer_printf(text, "%.*s:%u", TEXT_ARG(value.text), row->line)
                               : buffer_append(text, value.text.data, value.text.size);
        case KIND_INTEGER:
                return buffer_append_integer(text, value.number);
        case KIND_MONEY:
                if (column == COLUMN_DIFFERENCE && value.number == 0)
                        return 0;
                return money_append(text, value.number, value.currency);
        case KIND_UTC:
        case KIND_LOCAL: /* to the minute */
                return buffer_printf(text, "%.16s", civil_local_format(value.number, time));
        case KIND_DATE:
                return buffer_append_string(
                        text, civil_date_format(civil_date_of_days(value.number), time));
        }
        return 0;
}

static int table_add(ReportJob *job, const ReportRow *row) {
        Writer *writer = job->writer;

        if (writer->n == ROWS_MOST)
                return 0;
        writer->n++;
        table_row(writer->table);
        for (size_t i = 0; i < ELEMENTS(shown); i++) {
                AUTO_BUFFER text = BUFFER_EMPTY;
                int r = append_cell(row, shown[i].column, &text);

                if (r < 0)
                        return r;
                table_text(writer->table, i, (Text){ text.data, text.size });
        }
        return 0;
}

/* "The first 10,000 of 1,000,000 rows are shown". */
static int append_left_out(const ReportJob *job, int64_t n_shown, Buffer *text) {
        int64_t n = report_totals_listed(&job->report.totals);
        AUTO_BUFFER a = BUFFER_EMPTY, b = BUFFER_EMPTY;
        int r;

        if (n_shown == n)
                return 0;
        r = report_append_count(&a, n_shown, job->report.language);
        if (r == 0)
                r = report_append_count(&b, n, job->report.language);
        if (r == 0)
                r = buffer_append_char(text, '\n');
        if (r == 0)
                r = report_append_filled(text, report_word(WORD_FIRST_ROWS, job->report.language),
                                         (const char *const[]){ a.data, b.data });
        return r < 0 ? r : buffer_append_char(text, '\n');
}

static int table_end_report(ReportJob *job) {
        Writer *writer = job->writer;
        AUTO_BUFFER text = BUFFER_EMPTY, below = BUFFER_EMPTY;
        int r = table_append(writer->table, STDOUT_FILENO, &text);

        if (r >= 0)
                r = append_left_out(job, writer->n, &below);
        if (r >= 0 &&
            writer->n > 0) /* what stands above it is a row of the table, or one in lines */
                r = buffer_append_char(&below, '\n');
        if (r >= 0)
                r = report_append_summary(job, STDOUT_FILENO, &below);
        if (r >= 0)
                r = buffer_append(&text, below.data ? below.data : "", below.size);
        return r < 0 ? r : report_output_add(job->output, text.data, text.size);
}

static void table_done(ReportJob *job) {
        Writer *writer = job->writer;

        if (!writer)
                return;
        (void) table_free(writer->table);
        free(writer);
}

const ReportFormat report_format_table = { .name = "table",
                                           .ending = "txt",
                                           .says_tie = true,
                                           .begin = table_begin_report,
                                           .row = table_add,
                                           .end = table_end_report,
                                           .done = table_done };
