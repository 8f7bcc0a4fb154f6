/* Request: what an operator asks of the daemon. It is recorded in the store, with who asks and
 * when; the daemon carries it out and answers there, and the command waits for that.
 *
 *   done: ...    carried out           exit code 0
 *   no: ...      not done, and why     1
 *   (nothing)    for REQUEST_PATIENCE  75; it stays recorded, and is carried out when a daemon runs
 *
 * As long as the store changes, a daemon is at work, perhaps on this very request about a million
 * rows: the patience begins anew. An interrupted wait ends with 75 too: whether it was carried out
 * is not known yet.
 */
#pragma once

#include "daemon/ctl/ctl.h"
#include "jobs/base/civil.h"

#define REQUEST_PATIENCE (10 * SECOND)

typedef struct Request {
        const char *verb, *argument; /* as in daemon/commands/commands.h */
        bool wait;
} Request;

/* Records it, waits, prints the answer. Gives the exit code. */
int request_send(const Ctl *ctl, const Settings *settings, const Request *request);
/* Records it and waits as said above, and prints nothing: 1 and the whole answer (owned by the
 * caller), 0 none came, negative errno. */
int request_ask(const Settings *settings, const Request *request, char **ret_answer);
