/* checkoutctl report --format xlsx: the library writes the file by itself, and does not say when
 * the disk was full; so the file is read once more. */
#include <errno.h>
#include <stdlib.h>

#include "daemon/ctl/report.h"
#include "jobs/report/report_xlsx.h"

static int xlsx_begin(ReportJob *job) {
        const ReportXlsxOptions options = { .path = report_output_path(job->output),
                                            .folder = report_output_folder(job->output),
                                            .own = job->own_names,
                                            .n_own = job->n_own,
                                            .language = job->report.language,
                                            .rows_most = REPORT_XLSX_ROWS_MOST };
        ReportXlsx *xlsx = NULL;
        int r = report_xlsx_new(&options, &xlsx);

        job->writer = xlsx;
        return r;
}

static int xlsx_row(ReportJob *job, const ReportRow *row) {
        return report_xlsx_add_row(job->writer, row);
}

static int xlsx_end(ReportJob *job) {
        int fd = report_output_fd(job->output);
        int r = report_xlsx_close(job->writer, &job->report);

        return r < 0 ? r : report_xlsx_check(job->writer, ctl_read_file, &fd);
}

static void xlsx_done(ReportJob *job) {
        (void) report_xlsx_free(job->writer);
}

const ReportFormat report_format_xlsx = { .name = "xlsx",
                                          .is_binary = true,
                                          .begin = xlsx_begin,
                                          .row = xlsx_row,
                                          .end = xlsx_end,
                                          .done = xlsx_done };
