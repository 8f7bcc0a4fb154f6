/* ProblemList: the problems of many rows as a person reads them: each kind once, with the lines
 * that have it. The same is what has the same cause and mend in the same column. A few with
 * different values are each said by themselves; of more one value is an example. So it is where the
 * text itself says something else of every value, as the date that is probably meant.
 *
 * Memory does not grow with the problems: so many kinds are kept, in the order in which they came,
 * and of each so many lines; of the others it is said how many they are. */
#pragma once

#include "jobs/base/problem.h"

#define PROBLEM_LIST_KINDS 20
#define PROBLEM_LIST_LINES 6
#define PROBLEM_LIST_FEW   3

typedef struct ProblemList ProblemList;

int problem_list_new(ProblemList **ret_list);
ProblemList *problem_list_free(ProblemList *list);

/* Texts are copied. 0 or -ENOMEM. */
int problem_list_add(ProblemList *list, const Problem *problem);
/* Each kind on a line, then how many problems are of none of them; nothing when there are none. */
int problem_list_append(const ProblemList *list, Language language, Buffer *text);

#include "jobs/base/cleanup.h"
DEFINE_CLEANUP(ProblemList, problem_list_free)
