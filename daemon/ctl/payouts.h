/* Payout files and what was settled, as `status` and `show` print them. */
#pragma once

#include "daemon/ctl/json.h"
#include "jobs/base/language.h"
#include "sql/ledger.h"

/* `"payouts": [...]`, all of them with their totals. 0 or negative errno. */
int payouts_json(Ledger *ledger, Json *json);
/* `"settled": [...]` of a batch of orders. */
int payouts_settled_json(Ledger *ledger, int64_t batch, Json *json);
/* `"settlement": [...]` of a row: the lines of its payments. */
int payouts_row_json(Ledger *ledger, int64_t row, Json *json);

/* A table of the newest `most` (0: all) payout files, behind an empty line; nothing when there are
 * none. */
int payouts_text(Ledger *ledger, Language language, size_t most, Buffer *out);
/* "CLP 1.000 in B000018, line 12" of each line of the row's payments; `line` writes one. */
typedef int (*PayoutsLine)(Buffer *out, const char *label, Text value);
int payouts_row_text(Ledger *ledger, int64_t row, Language language, PayoutsLine line, Buffer *out);
