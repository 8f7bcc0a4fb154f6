/* Server: the loop. Takes connections, hands them to the HTTP library, wakes late replies, is down
 * and up again, ends on SIGTERM or SIGINT. One thread. */
#pragma once

#include "tests/sandbox/sandbox.h"

/* Prints the line that says where it listens, then runs until told to stop. Negative errno. */
int server_run(Sandbox *sandbox);
