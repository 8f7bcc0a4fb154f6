/* Report: what became of the rows that somebody asked about, apart from the rows themselves, which
 * are written while they pass (report_row.h). Made once all of them have passed, it is what stands
 * above or below them in every format. A plain record; everything in it is its maker's. */
#pragma once

#include "jobs/base/language.h"
#include "jobs/reconcile/finding.h"
#include "jobs/report/report_totals.h"

/* of what was asked: "Payments received", "2026-11-01 to 2026-11-30" */
typedef struct ReportFact {
        const char *name;
        Text value;
} ReportFact;

typedef struct ReportBatch {
        int64_t id;
        int64_t parent; /* 0: none */
        Text file;
        int64_t received_at;
        ReportTally read[CURRENCY_COUNT]; /* fixed at intake */
        ReportTally rows[CURRENCY_COUNT]; /* of this batch in this report */
        ReportTally paid[CURRENCY_COUNT]; /* of these, the rows that were paid */
} ReportBatch;

typedef struct ReportFinding {
        FindingKind kind;
        int64_t batch; /* 0: of no row */
        uint32_t line;
        Text reference;
        Text subject; /* a session's or payment's id */
        Text detail;
        int64_t at;
        int64_t amount;
        Currency currency;
} ReportFinding;

typedef struct Report {
        Language language;
        const char *zone; /* in which the times are shown */
        int64_t made_at;
        bool live; /* else the provider's test mode */
        const ReportFact *facts;
        size_t n_facts;
        const Text *own; /* names of the customer's own columns */
        size_t n_own;
        ReportTotals totals;
        const ReportBatch *batches;
        size_t n_batches;
        const ReportFinding *findings; /* standing ones, by kind; the first of them */
        size_t n_findings;
        int64_t n_of_kind[FINDING_KIND_END]; /* all of them */
} Report;

/* As the columns that follow a currency show it: `45.120.300`, without the currency's name. */
int report_append_number(Buffer *buffer, int64_t amount, Currency currency);
/* Count with marks between thousands, as the language writes it: `1.000.000`, `1,000,000`. */
int report_append_count(Buffer *buffer, int64_t count, Language language);
/* `part` of `whole`, in `of`ths, rounded down; 0 when there is no whole. Without floats. */
int64_t report_share(int64_t part, int64_t whole, int64_t of);
/* Replaces what XML cannot hold (controls but line end and tab, bytes that are no UTF-8) by U+FFFD;
 * a CR is left out. */
int report_append_xml_safe(Buffer *buffer, Text text);
