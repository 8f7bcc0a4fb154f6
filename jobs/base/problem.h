/* Problem: one thing that is wrong with a file, a row or a cell, as data: where, what was read, a
 * stable code. The codes and their texts (cause and mend, Spanish and English) are the one table in
 * `problem_codes.h`; results files, ACK/NACK, `checkoutctl check` and the man page all use it.
 *
 * A problem's texts are borrowed from the row that it was found in.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "jobs/base/buffer.h"
#include "jobs/base/language.h"
#include "jobs/base/text.h"

typedef enum ProblemCode {
        PROBLEM_NONE = 0,
#define PROBLEM(symbol, name, es_cause, es_mend, en_cause, en_mend) symbol,
#include "jobs/base/problem_codes.h"
#undef PROBLEM
        PROBLEM_COUNT,
} ProblemCode;

typedef struct Problem {
        ProblemCode code;
        uint32_t line;    /* physical line in the file, 1 = header; 0: the file as a whole */
        uint32_t column;  /* 1 = first column; 0: the row as a whole */
        Text column_name; /* as the file's header says it */
        Text value;       /* the cell, or the part of it, that is wrong */
        Text detail;      /* what the code's text inserts at {detail}: a limit, another line */
} Problem;

/* "E-AMOUNT-RANGE". */
const char *problem_name(ProblemCode code);
/* The code with that name, or PROBLEM_NONE. */
ProblemCode problem_of_name(Text name);

/* Appends cause and mend as one or two sentences in that language, the value made visible and cut
 * at 60 characters: `amount "7000000": the amount is … . Write …`. Without line and column number.
 */
int problem_append_reason(Buffer *buffer, const Problem *problem, Language language);

/* `line 12, column 3 (amount): …reason… [E-AMOUNT-RANGE]` on one line, without a line end. */
int problem_append_line(Buffer *buffer, const Problem *problem, Language language);

/* where the same problem was found again; its first line is the problem's */
typedef struct ProblemPlaces {
        const uint32_t *lines;
        size_t n;            /* so many of them are named */
        int64_t more;        /* and so many are not */
        bool values_differ;  /* the problem's value is one of several */
        bool details_differ; /* and so is what its text says of it */
} ProblemPlaces;

/* The same for a problem of several lines: `lines 2, 3, 4 and 96 more, column 3 (amount): for
 * example "x": …`. */
int problem_append_lines(Buffer *buffer, const Problem *problem, const ProblemPlaces *places,
                         Language language);
/* Does the text of its cause or mend show the value that was read? */
bool problem_tells_value(ProblemCode code);
