/* Answers to the person who dropped a file: ACK (accepted), NACK (refused as a whole), DUP (these
 * bytes are already a batch). Plain text in the profile's language, for an accountant: what was
 * read, does it add up, what is wrong and what to do.
 *
 * The lines of an ACK tie out, by currency, in count and in sum:
 * read = accepted + rejected + duplicate + conflict.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "jobs/base/buffer.h"
#include "jobs/base/language.h"
#include "jobs/base/money.h"
#include "jobs/base/text.h"
#include "jobs/order/order_zeros.h"

typedef struct AnswerSum {
        int64_t count; /* orders */
        int64_t sum;   /* smallest unit */
} AnswerSum;

typedef struct AnswerTotals {
        AnswerSum read, accepted, rejected, duplicate, conflict;
} AnswerTotals;

typedef struct Answer {
        Language language;
        int64_t batch;
        Text file; /* as it was dropped, safe to print */
        Text profile, run;
        Text timezone;
        bool live;
        bool payout;           /* it is a payout file of the provider */
        int64_t received_at;   /* UTC microseconds */
        const uint8_t *sha256; /* 32 bytes; NULL: the file was not read */
        const char *encoding;  /* NULL: not found out */
        char delimiter;        /* 0: not found out */
        uint64_t lines;
        AnswerTotals totals[CURRENCY_COUNT]; /* ACK only */
        Text approval;                       /* ACK: how it is approved, lines; empty: it is not */
        Text problems;                       /* lines, each with its line end */
        Text notes;                          /* lines */
        int64_t other_batch;                 /* DUP: whose bytes these are */
        Text other_file;                     /* its file, safe to print; empty: not known */
        Text results;                        /* names of the files to look for, lines */
} Answer;

int answer_append_ack(Buffer *text, const Answer *answer);
int answer_append_nack(Buffer *text, const Answer *answer);
int answer_append_dup(Buffer *text, const Answer *answer);

/* Notes, each a line: a column that is kept and not sent; a file without a last line end that was
 * taken all the same; a corrected file of an earlier batch; when scheduled rows are sent, in the
 * zone that is in use. */
int answer_note_unknown_column(Buffer *notes, Language language, Text column);
/* The same of a refused file, of which nothing is kept. */
int answer_note_unread_column(Buffer *notes, Language language, Text column);
/* Why a sum that was read may be smaller than the one that was declared. */
int answer_note_unread_amounts(Buffer *notes, Language language);
/* An order number that probably lost its leading zeros; it was not changed. */
int answer_note_zeros(Buffer *notes, Language language, const OrderZerosLost *lost);
int answer_note_waited(Buffer *notes, Language language);
int answer_note_schedule(Buffer *notes, Language language, int64_t first, int64_t last);
int answer_note_parent(Buffer *notes, Language language, int64_t parent);

/* How many links of other rows are to be ended, and how many of its orders replace one. */
int answer_note_instructions(Buffer *notes, Language language, int64_t cancels, int64_t reissues);

/* How many orders wait until somebody knows that an earlier row of theirs has no link; 0:
 * nothing. */
int answer_note_given_up(Buffer *notes, Language language, int64_t n);

/* "B000017". */
#define ANSWER_BATCH_SIZE 24
const char *answer_batch(int64_t batch, char ret[static ANSWER_BATCH_SIZE]);

/* The part of a dropped file's name that the names of its answers begin with: without `.csv`, at
 * most 100 characters and 180 bytes, everything unsafe replaced by `_`. Never empty. */
int answer_append_stem(Buffer *stem, Text file_name);
/* The whole name made safe the same way, with its ending. */
int answer_append_safe_name(Buffer *name, Text file_name);
/* The batch in a name that we made (`x.B000017.rejects.csv`), 0: none. */
int64_t answer_batch_in_name(Text file_name);
