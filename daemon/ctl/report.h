/* What the files of `checkoutctl report` share. One run:
 *
 *   options -> report_choose(): batches, own columns, zones -> report_stream(): every row once, in
 *   pages by id, into the totals and the format's file -> the format's end -> the file into place
 *
 * Memory grows with batches, findings kept and days, never with rows. Nothing holds the store while
 * something is written: rows go into a file beside the output (or in TMPDIR, for stdout). */
#pragma once

#include "daemon/ctl/ctl.h"
#include "daemon/ctl/progress.h"
#include "daemon/ctl/report_output.h"
#include "jobs/base/digest.h"
#include "jobs/order/order_view.h"
#include "jobs/report/report.h"
#include "jobs/report/report_column.h"

typedef struct ReportJob ReportJob;

/* which day of a row is asked about */
typedef enum ReportBy {
        BY_PAID,
        BY_CREATED,
        BY_EXPIRES,
        BY_DUE,
        BY_COUNT,
} ReportBy;

/* what was typed */
typedef struct ReportWish {
        int64_t batch;             /* 0: all */
        const char *profile, *run; /* NULL: all */
        uint32_t statuses;         /* bits 1 << Status; 0: all */
        ReportBy by;
        CivilDate from, to; /* year 0: open */
        const char *output; /* NULL: stdout */
        const char *language;
        bool quiet; /* nothing is said of it */
} ReportWish;

/* How a report is written. `row` is called for listed rows only; `end` when all have passed. */
typedef struct ReportFormat {
        const char *name;   /* "csv"; also the ending of file names */
        const char *ending; /* another one; NULL: none */
        bool is_binary;     /* nothing for a terminal */
        bool says_tie;      /* the tie-out is in it; else it is printed beside */
        int (*begin)(ReportJob *job);
        int (*row)(ReportJob *job, const ReportRow *row);
        int (*end)(ReportJob *job);
        void (*done)(ReportJob *job);
} ReportFormat;

extern const ReportFormat report_format_table, report_format_csv, report_format_json,
        report_format_xlsx, report_format_html;

/* a batch that is looked at */
typedef struct ReportSource {
        int64_t id, scope, parent, end_id;
        int64_t received_at;
        int64_t approved_at; /* 0: it was not */
        char approved_by[80], approved_digest[DIGEST_HEX_SIZE];
        char *file;
        const char *zone; /* one of the job's */
        Hold hold;        /* its own or the daemon's, with which its queued rows are shown */
        ReportTally read[CURRENCY_COUNT], rows[CURRENCY_COUNT], paid[CURRENCY_COUNT];
} ReportSource;

/* a row that has findings which stand */
typedef struct ReportFound {
        int64_t row;
        bool listed;     /* it is in this report, */
        char *reference; /* and this is what it is called; NULL when too many are */
} ReportFound;

/* a name of the customer's own columns, as first seen */
typedef struct ReportOwn {
        char *name;
        char *folded;     /* what is compared */
        unsigned further; /* the same once more in one file: 1, 2, ... */
} ReportOwn;

struct ReportJob {
        const ReportWish *wish;
        const ReportFormat *format;
        const Settings *settings;
        Ledger *ledger;
        bool one_state;         /* of the store, in a transaction */
        const Profile *profile; /* whose dialect and language it is */
        Progress progress;
        ReportOutput *output;
        Report report;

        ReportSource *sources;
        size_t n_sources;
        ReportOwn *own;
        size_t n_own;
        Text *own_names; /* for Report.own */
        Buffer fact_texts;
        ReportFact facts[12];
        char **zones; /* of the profiles that the batches are of */
        size_t n_zones;
        size_t n_left_out; /* batches of the other mode */

        /* what the report's own records are made of, by the end */
        ReportBatch *batches;
        ReportFound *found;
        size_t n_found;
        ReportFinding *findings;
        Buffer *finding_texts; /* parallel to findings */
        size_t n_findings;

        void *writer; /* the format's own */
};

/* Makes a report. The exit code, complained about. */
int report_make(const Settings *settings, Ledger *ledger, const ReportWish *wish,
                const ReportFormat *format);

/* 0 or negative errno. */
int report_choose(ReportJob *job);
/* What a person reads beside the rows, for this file: what it is about, does it add up, what is to
 * be looked at. 0 or -ENOMEM. */
int report_append_summary(const ReportJob *job, int fd, Buffer *text);
/* What the report says about itself. 0 or -ENOMEM. */
int report_facts(ReportJob *job);
/* 0; -EINTR: interrupted; negative errno, of the ledger or of writing. */
int report_stream(ReportJob *job);
/* Rows with findings, before the rows pass; and the findings themselves, after. */
int report_find_rows(ReportJob *job);
ReportFound *report_found_of(const ReportJob *job, int64_t row); /* NULL: none */
int report_find_all(ReportJob *job);
void report_findings_done(ReportJob *job);
void report_sources_done(ReportJob *job);

/* Reading a batch's rows: what its file's columns are in the report. */
typedef struct ReportReading {
        char *rules_text; /* whose rules these are */
        OrderRules *rules;
        OrderView *view;
        char *header; /* whose columns these are */
        size_t header_size;
        char delimiter;
        size_t *place; /* of each of the view's columns: index in job->own */
} ReportReading;

void report_reading_done(ReportReading *reading);
/* Only the rules that the batch is read by. */
int report_reading_rules(ReportReading *reading, const Batch *batch);
/* Gets ready for this batch; its zone is in use then. New columns are added to the job's when
 * `learn`. 0 or negative errno. */
int report_reading_begin(ReportReading *reading, ReportJob *job, const Batch *batch, bool learn);
/* The cells of a stored row under the report's columns; data NULL where its file has no such
 * column. They live until the next row. 0 or -ENOMEM. */
int report_reading_row(const ReportReading *reading, Text raw, Text *own, size_t n_own);
/* The instants that the wish's days begin and end with, in the zone in use; open ends are those of
 * time itself. */
bool report_has_days(const ReportWish *wish);
void report_days(const ReportWish *wish, int64_t *ret_from, int64_t *ret_to);
