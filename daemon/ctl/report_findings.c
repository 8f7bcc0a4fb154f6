/* The findings that stand, of the rows of a report and, where it is about all rows, of none. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/ctl/report.h"
#include "sql/ledger_finding.h"

#define PAGE         500
#define OF_KIND_MOST 1000 /* that are kept; all are counted */

void report_findings_done(ReportJob *job) {
        for (size_t i = 0; i < job->n_found; i++)
                free(job->found[i].reference);
        free(job->found);
        for (size_t i = 0; i < job->n_findings; i++)
                buffer_done(&job->finding_texts[i]);
        free(job->finding_texts);
        free(job->findings);
}

/* --- all that stand, in pages --------------------------------------------------------------- */

typedef struct Walking {
        ReportJob *job;
        int (*function)(ReportJob *job, const Finding *finding);
        int64_t after;
        unsigned n;
} Walking;

static int on_finding(void *userdata, const Finding *finding) {
        Walking *walking = userdata;

        walking->after = finding->id;
        walking->n++;
        return walking->function(walking->job, finding);
}

static int walk(ReportJob *job, int (*function)(ReportJob *job, const Finding *finding)) {
        Walking walking = { .job = job, .function = function };
        int r = 0; /* cppcheck does not see that the loop sets it */

        do {
                walking.n = 0;
                r = ledger_standing_findings(job->ledger, walking.after, PAGE, on_finding,
                                             &walking);
        } while (r >= 0 && walking.n == PAGE);
        return r < 0 ? r : 0;
}

/* --- rows that have some -------------------------------------------------------------------- */

static int note_row(ReportJob *job, const Finding *finding) {
        if (finding->row == 0)
                return 0;
        if ((job->n_found & (job->n_found - 1)) == 0) { /* a power of two, or none: full */
                size_t room = job->n_found > 0 ? 2 * job->n_found : 1;
                ReportFound *grown = reallocarray(job->found, room, sizeof(*grown));

                if (!grown)
                        return -ENOMEM;
                job->found = grown;
        }
        job->found[job->n_found++] = (ReportFound){ .row = finding->row };
        return 0;
}

static int by_row(const void *a, const void *b) {
        const ReportFound *x = a, *y = b;

        return x->row < y->row ? -1 : x->row > y->row;
}

int report_find_rows(ReportJob *job) {
        size_t n = 0;
        int r = walk(job, note_row);

        if (r < 0 || job->n_found == 0)
                return r;
        qsort(job->found, job->n_found, sizeof(*job->found), by_row);
        for (size_t i = 1; i < job->n_found; i++) /* each row once */
                if (job->found[i].row != job->found[n].row)
                        job->found[++n] = job->found[i];
        job->n_found = n + 1;
        return 0;
}

ReportFound *report_found_of(const ReportJob *job, int64_t row) {
        ReportFound key = { .row = row };

        return job->n_found == 0 ? NULL
                                 : bsearch(&key, job->found, job->n_found, sizeof(key), by_row);
}

/* --- the findings --------------------------------------------------------------------------- */

/* One without a row is told where it may be about any: not in a report about some batches. */
static bool is_about_all(const ReportJob *job, const Finding *finding) {
        const ReportWish *wish = job->wish;
        int64_t from, to;

        if (wish->batch > 0 || wish->profile || wish->run || wish->by == BY_DUE ||
            wish->by == BY_EXPIRES)
                return false;
        report_days(wish, &from, &to); /* of the report's own zone */
        return finding->at >= from && finding->at <= to;
}

static int keep(ReportJob *job, const Finding *finding, const char *reference) {
        size_t n = job->n_findings;
        ReportFinding *kept;
        Buffer *texts;
        Text parts[] = { text_of(reference), finding->subject, finding->detail };
        size_t size = 0, begins[ELEMENTS(parts)];
        int r = 0;

        kept = reallocarray(job->findings, n + 1, sizeof(*kept));
        if (!kept)
                return -ENOMEM;
        job->findings = kept;
        texts = reallocarray(job->finding_texts, n + 1, sizeof(*texts));
        if (!texts)
                return -ENOMEM;
        job->finding_texts = texts;
        texts[n] = BUFFER_EMPTY;
        job->n_findings++;
        for (size_t i = 0; i < ELEMENTS(parts) && r == 0; i++) {
                begins[i] = size;
                size += parts[i].size;
                r = buffer_append(&texts[n], parts[i].data ? parts[i].data : "", parts[i].size);
        }
        if (r < 0)
                return r;
        kept[n] = (ReportFinding){
                .kind = finding->kind,
                .batch = row_batch(finding->row),
                .line = row_line(finding->row),
                .reference = { texts[n].data + begins[0], parts[0].size },
                .subject = { texts[n].data + begins[1], parts[1].size },
                .detail = { texts[n].data + begins[2], parts[2].size },
                .at = finding->at,
                .amount = finding->amount,
                .currency = finding->currency,
        };
        return 0;
}

static int add_finding(ReportJob *job, const Finding *finding) {
        ReportFound *found = finding->row != 0 ? report_found_of(job, finding->row) : NULL;

        if (finding->row != 0 ? !found || !found->listed : !is_about_all(job, finding))
                return 0;
        if (++job->report.n_of_kind[finding->kind] > OF_KIND_MOST)
                return 0;
        return keep(job, finding, found ? found->reference : "");
}

int report_find_all(ReportJob *job) {
        int r = walk(job, add_finding);

        job->report.findings = job->findings;
        job->report.n_findings = job->n_findings;
        return r;
}
