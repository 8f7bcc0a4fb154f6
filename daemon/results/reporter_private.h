/* What reporter.c (which batches, and the ledger) and reporter_work.c (the files) share. */
#pragma once

#include "daemon/results/report_files.h"
#include "daemon/results/reporter.h"

/* A batch that is reported on until it is settled. */
typedef struct Watched {
        struct Watched *next;
        int64_t batch;
        const Profile *profile;
        bool changed;     /* since the last report */
        bool again;       /* it was settled before: its statuses have changed */
        bool closing;     /* unless something changes meanwhile */
        BatchState shown; /* the state in the files */
        int64_t rows;
        int64_t began;   /* boot clock: the report that is being written */
        bool at_rest;    /* as far as is known */
        bool look;       /* is it at rest? */
        int64_t look_at; /* boot clock: not before */
        bool written;    /* the files are in place; the ledger is to be told */
        bool told;       /* in this transaction */
        bool settled;
        bool archived;
        int64_t written_at;  /* UTC */
        int64_t next_report; /* boot clock; while it is not at rest, or rests with rows that wait */
        bool reported;
        int64_t not_before; /* boot clock; after an error */
        int complained;
        ReportFiles *files;
} Watched;

/* The one summary that is written for what changes no status (reporter_due.c). */
typedef struct Due {
        int64_t batch; /* written; the ledger is to be told. 0: none */
        int64_t times;
        bool told;     /* in this transaction */
        int64_t at;    /* boot clock; 0: none is due */
        int64_t after; /* batches up to this one were tried in this round */
        int failed;    /* the last error of this round, and of the one before */
        int complained;
} Due;

struct Reporter {
        ReporterOptions options;
        Watched *all;
        Due due;
        bool finishing;
        uint64_t work;
        double per_row; /* microseconds: what the last report took */
};

/* Is its report to be written now (boot clock)? */
bool reporter_wants(const Reporter *reporter, const Watched *watched, int64_t now);

void reporter_due_work(Reporter *reporter);
int reporter_due_write(Reporter *reporter);
void reporter_due_committed(Reporter *reporter);
int64_t reporter_due_next(const Reporter *reporter);
bool reporter_due_is_busy(const Reporter *reporter);
