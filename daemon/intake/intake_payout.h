/* What intake_payout.c (check and load) and intake_payout_answer.c (what is told) share. Private to
 * intake*.c. */
#pragma once

#include "daemon/intake/intake_batch.h"
#include "jobs/base/problem_list.h"
#include "jobs/report/answer_payout.h"
#include "sql/ledger_payout.h"

#define PARSED_LINES 256U /* in one transaction: some 8 ms */

typedef struct ParsedLine {
        PayoutLine line; /* its texts one after the other in `texts`, from `offset` on */
        size_t offset;
} ParsedLine;

typedef struct Watch {
        int64_t paid_at;
        Buffer id;
        AnswerSum sums[CURRENCY_COUNT];
} Watch;

struct IntakePayout {
        PayoutFile *file;
        uint64_t lines;
        ProblemList *problems; /* of lines, while it is checked */
        int64_t newest_at;
        int64_t replaces;
        int64_t known, hundredfold,
                hundredth; /* payments that we know; and how the file has them */
        bool loading;      /* `file` is where the lines that were parsed end */
        ParsedLine parsed[PARSED_LINES];
        unsigned n_parsed;
        Buffer texts;
        Watch watched, watching; /* as committed; in this transaction */
        uint32_t listed;         /* lines up to here were looked at */
        unsigned n_listed;
        uint64_t more;
        Buffer listing;
};
