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
        ROW_REISSUE,
} RowVerb;

typedef struct RowCommand {
        RowVerb verb;
        Language language; /* of the people who read the results */
        int64_t now;       /* UTC microseconds */
        int64_t command;   /* its number; 0: none */
        bool by_name;      /* this order, and not all of a batch */
} RowCommand;

typedef enum RowAnswer {
        ROW_NOTHING = 0, /* it does not apply to a row of this status */
        ROW_DONE = 1,
        ROW_BEGUN = 2, /* its session is to be ended at the provider: ledger_ending.h */
} RowAnswer;

/* Does it, inside a transaction: a RowAnswer, or negative errno. `ret_why`, if not NULL, gets the
 * reason for nothing (static). */
int command_row(Ledger *ledger, const RowCommand *command, const Row *row, const char **ret_why);
