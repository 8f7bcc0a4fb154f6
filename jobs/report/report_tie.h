/* The tie-out as lines: one list for every format, so that a page, a workbook and a terminal say
 * the same. By currency, three ways:
 *
 *   read from the files = the rows here, by status
 *   asked for by the paid rows + difference = received - ... = kept
 *   in payout files - fees - other deductions = net
 */
#pragma once

#include "jobs/base/buffer.h"
#include "jobs/report/report.h"

typedef enum TieKind {
        TIE_TOTAL, /* what the lines below it add up to, or what they come to */
        TIE_PART,
} TieKind;

typedef struct TieLine {
        TieKind kind;
        char sign;        /* what it does to the sum above: '=', '+', '-'; 0: it begins */
        const char *name; /* static, in the report's language */
        bool has_count;
        ReportTally tally;
} TieLine;

/* rows, what was paid for them, what the provider has paid out of that */
#define TIE_PARTS      3
#define TIE_LINES_MOST (STATUS_COUNT + 12)

typedef struct Tie {
        Currency currency;
        TieLine lines[TIE_LINES_MOST];
        size_t statuses_end;    /* behind the last status */
        size_t ends[TIE_PARTS]; /* where each part's lines end; that of the next one begins there */
        size_t n;
        bool is_checked; /* something was counted twice */
        bool balances;
} Tie;

/* "Rows", "Payments", "Payouts". */
const char *report_tie_heading(size_t part, Language language);
void report_tie_of(const Report *report, Currency currency, Tie *ret_tie);
/* The verdict in one or two sentences. */
int report_tie_append_verdict(const Report *report, Currency currency, Buffer *text);
/* All of it as plain text for a terminal of that many columns, or a mail; used currencies only. 0
 * or -ENOMEM. */
int report_tie_append_text(const Report *report, size_t width, Buffer *text);

/* A template of report_word_list.h, with each `%s` replaced by the next of these. */
int report_append_filled(Buffer *text, const char *template, const char *const *values);
