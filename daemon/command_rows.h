/* What a command does to one row. Private to commands.c. */
#pragma once

#include "jobs/base/language.h"
#include "sql/ledger.h"

typedef enum RowVerb {
        ROW_HOLD,
        ROW_RELEASE,
        ROW_REQUEUE,
        ROW_REQUEUE_NEW_KEY,
        ROW_CANCEL,
} RowVerb;

/* Does it, inside a transaction: 1; 0: it does not apply to a row of this status (`ret_why`, if not
 * NULL, gets the reason, static); negative errno. `language`: of the people who read the results;
 * `now`: UTC microseconds. */
int command_row(Ledger *ledger, RowVerb verb, const Row *row, Language language, int64_t now,
                const char **ret_why);
