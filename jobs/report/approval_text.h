/* What people are told about the approval of a batch by a second person: the part of an ACK that
 * asks for it, and the answer to who gave it or tried to. In the profile's language, for a
 * controller: what it is about, in sums as people write them, why not, and what to do. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "jobs/base/buffer.h"
#include "jobs/base/language.h"
#include "jobs/base/text.h"
#include "jobs/report/answer.h"

/* As many digits of the SHA-256 are shown, and written into the name of the approving file. */
#define APPROVAL_DIGITS 12

/* What becomes of one attempt. */
typedef enum ApprovalAnswer {
        APPROVAL_GIVEN,      /* now */
        APPROVAL_REPEATED,   /* by the same person before: nothing is done twice */
        APPROVAL_ALREADY,    /* by another person before */
        APPROVAL_NOT_YET,    /* the batch is still being read */
        APPROVAL_NOT_NEEDED, /* it does not wait for one: it is sent, withdrawn or refused */
        APPROVAL_WITHDRAWN,  /* all of it was */
        APPROVAL_NO_BATCH,
        APPROVAL_OWN,       /* by the maker */
        APPROVAL_DIGEST,    /* of another file */
        APPROVAL_NO_PERSON, /* by root, the service or nobody */
        APPROVAL_NO_MAKER,  /* nobody knows whose file it is, so nobody is the second */
        APPROVAL_OLD,       /* the approving file is older than the batch */
        APPROVAL_NAME,      /* the name is none of an approving file */
        APPROVAL_NOT_EMPTY,
        APPROVAL_LINKS,
        APPROVAL_ANSWER_COUNT,
} ApprovalAnswer;

/* The batch runs. */
bool approval_is_given(ApprovalAnswer answer);

typedef struct ApprovalFacts {
        Language language;
        int64_t batch;
        Text file;             /* the batch's, safe to print; empty: not known */
        const uint8_t *sha256; /* 32 bytes; NULL: not known */
        Text person;           /* who approves, or tries to */
        Text maker;
        Text earlier;               /* who approved before */
        Text when;                  /* as people there write it: of the approval */
        Text name;                  /* of the approving file; empty: by command */
        const AnswerTotals *totals; /* by currency; what is let go are the accepted ones */
        int64_t cancels;            /* rows that ask to end the link of an earlier order */
} ApprovalFacts;

/* A heading and indented lines: that the batch waits, for whom, what it is about, and how it is let
 * go. */
int approval_append_request(Buffer *text, const ApprovalFacts *facts);
/* One sentence or two, without a line end. */
int approval_append_answer(Buffer *text, ApprovalAnswer answer, const ApprovalFacts *facts);
/* The same as a text file for results/. */
int approval_append_file(Buffer *text, ApprovalAnswer answer, const ApprovalFacts *facts);

/* `B000017-3fd45dd10a99`: 1 and both parts, the digits in lower case; 0: it is no such name. */
int approval_read_name(Text name, int64_t *ret_batch, char ret_digits[static APPROVAL_DIGITS + 1]);
int approval_append_name(Buffer *name, int64_t batch, const uint8_t sha256[static 32]);
