/* The parts that answers of every kind are made of. Private to jobs/report/answer*.c. */
#pragma once

#include "jobs/report/answer.h"

/* `KIND: file`, then what it was, when it came, how it was read. */
int answer_append_head(Buffer *text, const Answer *answer, const char *kind);
/* `Name:       value` */
int answer_append_fact(Buffer *text, const char *name, Text value);
/* A heading and its lines, indented; nothing when there are none. */
int answer_append_list(Buffer *text, const char *heading, Text lines);
