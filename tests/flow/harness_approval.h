/* Harness, of approvals: files that belong to other persons, and what approves or does not. Persons
 * are user ids, so only root can run these. */
#pragma once

#include "tests/flow/harness_orders.h"

#define MAKER         4101
#define SECOND_PERSON 4102
#define THIRD         4103
#define NOBODY        65534

/* Skips the test unless it is run by root. */
void flow_need_root(void);
/* Starts the daemon with `approval = yes`, in English. */
void flow_start_approving(Flow *flow);

/* Renames a file of that owner, mode and text into its place. */
void flow_put_as(Flow *flow, const char *path, unsigned uid, unsigned mode, const char *text);
void flow_drop_as(Flow *flow, unsigned uid, unsigned mode, const char *name, const char *text);
/* The path in incoming/approve/. */
char *flow_approving(Flow *flow, const char *name);
/* Puts the file there, and gives the text of the answer of that name; the file is gone then. */
char *flow_approve_by_file(Flow *flow, unsigned uid, const char *name, const char *answer);
/* Drops orders as the maker and gives what approves them, `B000001-3fd45dd10a99`. */
char *flow_wait_approval(Flow *flow, const char *stem, const char *prefix, unsigned n);
/* The same of what was dropped: out of its ACK. */
char *flow_asked_approval(Flow *flow, const char *stem);
/* `checkoutctl approve`, through sudo by that person. */
FlowOutput flow_approve(Flow *flow, unsigned uid, const char *what);

void flow_assert_not_approved(const FlowOutput *output, const char *why);
/* It waits, and nothing was ever sent. */
void flow_assert_waits(Flow *flow, const char *id);
void flow_assert_approved(Flow *flow, const char *id, int64_t uid, const char *way);
