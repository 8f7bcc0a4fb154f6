/* checkoutctl report --format csv: in the dialect of the profile's files. */
#include <errno.h>
#include <stdlib.h>

#include "daemon/ctl/report.h"
#include "jobs/order/order_file.h"
#include "jobs/report/report_csv.h"

#define BLOCK ((size_t) 64 * 1024)

typedef struct Csv {
        ReportCsv dialect;
        Encoding encoding;
        Buffer rows, encoded;
} Csv;

static int flush(ReportJob *job, Csv *csv) {
        Text rows = { csv->rows.data, csv->rows.size };
        int r = 0;

        if (csv->encoding != ENCODING_UTF8) {
                buffer_clear(&csv->encoded);
                r = order_encode(&csv->encoded, rows, csv->encoding);
                rows = (Text){ csv->encoded.data, csv->encoded.size };
        }
        if (r >= 0)
                r = report_output_add(job->output, rows.data, rows.size);
        buffer_clear(&csv->rows);
        return r;
}

/* What the settings leave open is as in the newest file of the report. If that is plain ASCII, it is
 * UTF-8 with a mark, which Excel knows too: names of other files and of payers keep their letters. */
static int choose_dialect(ReportJob *job, Csv *csv, bool *ret_bom) {
        const OrderRules *rules = &job->profile->rules;
        const Batch *batch;
        int r;

        csv->dialect.delimiter = rules->delimiter;
        csv->encoding = rules->encoding;
        csv->dialect.guard = job->profile->formula_guard;
        if (rules->amount_format == AMOUNT_FORMAT_DECIMAL)
                csv->dialect.decimal_mark = rules->decimal_mark;
        if (job->n_sources > 0) {
                r = ledger_batch_get(job->ledger, job->sources[job->n_sources - 1].id, &batch);
                if (r < 0)
                        return r;
                if (r > 0 && csv->dialect.delimiter == '\0')
                        csv->dialect.delimiter = batch->delimiter;
                if (r > 0 && csv->encoding == ENCODING_AUTO) {
                        csv->encoding = (Encoding) batch->encoding;
                        *ret_bom = batch->bom;
                }
                if (csv->encoding == ENCODING_ASCII) {
                        csv->encoding = ENCODING_UTF8;
                        *ret_bom = true;
                }
        }
        if (csv->dialect.delimiter == '\0')
                csv->dialect.delimiter = ',';
        if (csv->encoding == ENCODING_AUTO)
                csv->encoding = ENCODING_UTF8;
        return 0;
}

static int csv_begin(ReportJob *job) {
        Csv *csv = calloc(1, sizeof(*csv));
        bool bom = false;
        int r;

        if (!csv)
                return -ENOMEM;
        job->writer = csv;
        r = choose_dialect(job, csv, &bom);
        if (r == 0 && bom)
                r = buffer_append_string(&csv->rows, "\xef\xbb\xbf");
        return r < 0 ? r
                     : report_csv_append_head(&csv->dialect, &csv->rows, job->own_names,
                                              job->n_own);
}

static int csv_row(ReportJob *job, const ReportRow *row) {
        Csv *csv = job->writer;
        int r = report_csv_append_row(&csv->dialect, &csv->rows, row, job->n_own);

        return r < 0 || csv->rows.size < BLOCK ? r : flush(job, csv);
}

static int csv_end(ReportJob *job) {
        return flush(job, job->writer);
}

static void csv_done(ReportJob *job) {
        Csv *csv = job->writer;

        if (!csv)
                return;
        buffer_done(&csv->rows);
        buffer_done(&csv->encoded);
        free(csv);
}

const ReportFormat report_format_csv = {
        .name = "csv", .begin = csv_begin, .row = csv_row, .end = csv_end, .done = csv_done
};
