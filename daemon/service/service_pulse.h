/* Pulse: every two seconds the daemon looks at itself. It tells systemd that it is alive, if it is
 * getting on with its work (watchdog.h); what it does (figures.h); and writes the metrics. */
#pragma once

#include "daemon/service/service.h"

typedef struct Service Service;
typedef struct Pulse Pulse;

/* Begins to beat at once; all parts of the service are there. */
int pulse_new(Service *service, Pulse **ret_pulse);
Pulse *pulse_free(Pulse *pulse);
/* The last beat of a daemon that ends. */
void pulse_end(Pulse *pulse);
/* Within a turn's transaction: what is to outlive a restart. */
int pulse_keep(Pulse *pulse);
void pulse_rolled_back(Pulse *pulse);

#include "jobs/base/cleanup.h"
DEFINE_CLEANUP(Pulse, pulse_free)
