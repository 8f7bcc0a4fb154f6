/* SummaryFile: the totals of a results/NAME.B000017.summary.json, read back. Knows our own summary,
 * not JSON: an array "totals" of flat objects with currency, status, count and sum. */
#pragma once

#include "jobs/base/text.h"
#include "sql/ledger.h"

/* Gives each total; stops on non-zero and gives it. -EBADMSG: no totals in it. */
int summary_file_totals(Text json, LedgerTotalFunction function, void *userdata);
