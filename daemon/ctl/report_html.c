/* checkoutctl report --format html: the rows wait in a file without a name until what stands above
 * them is known. */
#include <errno.h>
#include <stdlib.h>

#include "daemon/ctl/interrupt.h"
#include "daemon/ctl/report.h"
#include "jobs/report/report_html.h"

#define BLOCK ((size_t) 64 * 1024)

typedef struct Html {
        int spool;
        Buffer rows;
        int64_t n;
} Html;

static int html_begin(ReportJob *job) {
        Html *html = calloc(1, sizeof(*html));

        if (!html)
                return -ENOMEM;
        job->writer = html;
        html->spool = report_output_spool(job->output);
        return html->spool < 0 ? html->spool : 0;
}

static int flush(Html *html) {
        int r = interrupt_write(html->spool, html->rows.data, html->rows.size);

        buffer_clear(&html->rows);
        return r;
}

static int html_row(ReportJob *job, const ReportRow *row) {
        Html *html = job->writer;
        int r;

        if (html->n == REPORT_HTML_ROWS_MOST)
                return 0;
        if (html->n > 0 && html->n % REPORT_HTML_PART == 0) {
                r = report_html_append_break(&html->rows);
                if (r < 0)
                        return r;
        }
        html->n++;
        r = report_html_append_row(&html->rows, row, job->own_names, job->n_own,
                                   job->report.language);
        return r < 0 || html->rows.size < BLOCK ? r : flush(html);
}

static int html_end(ReportJob *job) {
        Html *html = job->writer;
        AUTO_BUFFER text = BUFFER_EMPTY;
        int r = report_html_append_top(&text, &job->report, html->n);

        if (r == 0)
                r = report_output_add(job->output, text.data, text.size);
        if (r == 0)
                r = flush(html);
        if (r == 0)
                r = report_output_add_file(job->output, html->spool);
        buffer_clear(&text);
        if (r == 0)
                r = report_html_append_bottom(&text, &job->report);
        return r < 0 ? r : report_output_add(job->output, text.data, text.size);
}

static void html_done(ReportJob *job) {
        Html *html = job->writer;

        if (!html)
                return;
        close_fd_p(&html->spool);
        buffer_done(&html->rows);
        free(html);
}

const ReportFormat report_format_html = { .name = "html",
                                          .ending = "htm",
                                          .says_tie = true,
                                          .begin = html_begin,
                                          .row = html_row,
                                          .end = html_end,
                                          .done = html_done };
