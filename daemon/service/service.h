/* Service: the daemon as a whole. Builds its parts in order, lets them take their turns, and tears
 * them down in reverse.
 *
 *   turn = one transaction: outcomes, claims, intake's rows, what the reporter has written
 *        + what needs none: requests leave; copying, checking, writing results (10 ms a turn)
 *
 * SIGTERM and SIGINT stop claiming, let requests in flight finish for [service] stop_timeout,
 * record them and end; a second one ends at once (what was in flight is found out at the next
 * start).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "daemon/settings/settings.h"

typedef struct ServiceOptions {
        const Settings *settings;
        const char *config; /* the file they came from, for SIGHUP; NULL: the default one */
        bool once;          /* work off what is there, then end */
        int64_t timeout;    /* of `once`, microseconds */
} ServiceOptions;

/* Runs to the end. The exit status: 0; with `once` also 1 and 2; 74 input or output, 78
 * settings. */
int service_run(const ServiceOptions *options);
