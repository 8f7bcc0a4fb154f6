/* LedgerFinding: what does not add up, as it was found. One of a kind for each subject; one that is
 * not true any more stays, with the time since when. See ledger.h for errors and transactions. */
#pragma once

#include "jobs/reconcile/finding.h"
#include "sql/ledger.h"

typedef struct Finding {
        int64_t id;
        FindingKind kind;
        int64_t row;  /* 0: of no row */
        Text subject; /* the session's or payment's id, or the reference */
        int64_t at;
        int64_t amount; /* what it is about, 0 when it is not about an amount */
        Currency currency;
        Text detail;     /* facts, not sentences: "44990 CLP", "cs_1"; may be empty */
        int64_t over_at; /* 0: it stands */
} Finding;               /* borrowed until the callback returns */

typedef struct FindingTotal {
        FindingKind kind;
        int64_t count;
} FindingTotal;

/* Stops on non-zero and gives it. */
typedef int (*LedgerFindingFunction)(void *userdata, const Finding *finding);
typedef int (*LedgerFindingTotalFunction)(void *userdata, const FindingTotal *total);

/* 1: it is new, stands again, or says something else now; 0: it stood so already. `id` and
 * `over_at` are not read. */
int ledger_finding_set(Ledger *ledger, const Finding *finding);
/* It is not true any more. 1: it stood until now; 0: it did not. */
int ledger_finding_end(Ledger *ledger, FindingKind kind, Text subject, int64_t at);
/* All of a row, oldest first, also those that are over. */
int ledger_findings(Ledger *ledger, int64_t row, LedgerFindingFunction function, void *userdata);
/* All of a batch's rows, by row. */
int ledger_batch_findings(Ledger *ledger, int64_t batch, LedgerFindingFunction function,
                          void *userdata);
/* Those that stand, of rows and of none, above the id `after`, at most `max`, by id. */
int ledger_standing_findings(Ledger *ledger, int64_t after, unsigned max,
                             LedgerFindingFunction function, void *userdata);
/* How many of a kind stand, counted up to `max`. */
int ledger_count_findings(Ledger *ledger, FindingKind kind, int64_t max, int64_t *ret_count);
/* Of a batch's rows those that stand, by kind, from counters. */
int ledger_finding_totals(Ledger *ledger, int64_t batch, LedgerFindingTotalFunction function,
                          void *userdata);

/* --- what summaries do not tell yet ---------------------------------------------------------- */

/* The next batch above `after` of which a finding came or went, or for which something was paid
 * out, since its summary was last written: 1, and how often; 0: there is none. */
int ledger_summary_due(Ledger *ledger, int64_t after, int64_t *ret_batch, int64_t *ret_times);
/* It was written when it was due so many times. */
int ledger_summary_written(Ledger *ledger, int64_t batch, int64_t times);
