/* One order is forgotten because a person asks for it. Private to the retention. */
#pragma once

#include "sql/ledger_retention.h"

/* Inside a transaction: empties all rows of the order and marks their batches, pending; refused
 * when one of them may still change. Appends the answer. */
int retention_order_forget(Ledger *ledger, const char *argument, Buffer *answer);
