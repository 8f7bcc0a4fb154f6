/* MadeSession: what the ledger is told of a session that was made for a row, by the reply to our
 * request or found in the provider's list: also when it is first looked at. */
#pragma once

#include "sql/ledger.h"

/* Texts are borrowed from the outcome (VERDICT_CREATED). */
RowChange made_session(const Outcome *outcome, int api, int64_t now);
