/* LedgerOverview: what a list of many batches shows of each, by one statement for all of them: asking
 * for each of ten thousand takes longer than reading them. By batch, from the batch `from` on; a function
 * stops it by a non-zero answer, which is given. Counts and sums are those of ledger_totals() and
 * ledger_read_totals(). See ledger.h for errors, instants and transactions.
 */
#pragma once

#include "sql/ledger_approval.h"

/* Without what is long, or the daemon's: id, profile, run, live, parent, file, maker_uid, sha256,
 * received_at, state, hold, file_lines, results_at and changed_at. */
int ledger_overview_batches(Ledger *ledger, int64_t from, LedgerBatchFunction function,
                            void *userdata);

/* One of a batch; the same currency and status may come more than once. */
typedef int (*LedgerBatchTotalFunction)(void *userdata, int64_t batch, const Total *total);
int ledger_overview_totals(Ledger *ledger, int64_t from, LedgerBatchTotalFunction function,
                           void *userdata);
int ledger_overview_read_totals(Ledger *ledger, int64_t from, LedgerBatchTotalFunction function,
                                void *userdata);

typedef int (*LedgerApprovalFunction)(void *userdata, const Approval *approval);
int ledger_overview_approvals(Ledger *ledger, int64_t from, LedgerApprovalFunction function,
                              void *userdata);
