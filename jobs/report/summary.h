/* The summary of a batch as one JSON document: summary.json. Amounts are integers in the smallest
 * unit, times ISO 8601 UTC; keys are added over time, never renamed. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "jobs/base/buffer.h"
#include "jobs/base/money.h"
#include "jobs/base/text.h"
#include "jobs/reconcile/finding.h"
#include "jobs/session/status.h"

typedef struct SummaryTotal {
        Currency currency;
        Status status; /* 0: what was read */
        int64_t count;
        int64_t sum;
} SummaryTotal;

/* What the provider has paid out for its rows, by its payout files. */
typedef struct SummarySettled {
        Currency currency;
        int64_t count, sum; /* rows, and what they asked for */
        int64_t paid_out;   /* gross, refunds taken off */
        int64_t fee, net;
} SummarySettled;

typedef struct SummaryFinding {
        FindingKind kind;
        int64_t count; /* that stand */
} SummaryFinding;

typedef struct Summary {
        int64_t batch;
        int64_t parent; /* 0: none */
        Text file, profile, run;
        const uint8_t *sha256; /* 32 bytes */
        bool live;
        const char *state;
        int64_t maker_uid;
        int64_t approved_at; /* 0: it was not approved, or needs no approval */
        int64_t approved_by; /* user id */
        int64_t received_at, results_at;
        uint64_t lines;
        const SummaryTotal *read; /* status 0 */
        unsigned n_read;
        const SummaryTotal *totals;
        unsigned n_totals;
        const int64_t *children; /* batches that correct this one */
        unsigned n_children;
        const SummaryTotal *together; /* with them: each order once, as what became of it */
        unsigned n_together;
        const SummarySettled *settled;
        unsigned n_settled;
        const SummaryFinding *findings; /* of its rows, by kind */
        unsigned n_findings;
} Summary;

/* 0 or -ENOMEM. */
int summary_append(Buffer *json, const Summary *summary);
