/* Exchange: one request and its reply on an HTTP connection, between libmicrohttpd and the sandbox.
 *
 * A reply that is late is parked: its connection is suspended until exchange_wake(). One that is
 * never sent is parked until the client goes, which exchange_hung_up() has to be told. Exchanges
 * are used again: a connection under load costs no allocation.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "tests/sandbox/sandbox.h"

struct MHD_Daemon;

typedef struct Exchanges Exchanges;

/* The sandbox is borrowed. NULL and errno when there are no descriptors. */
Exchanges *exchanges_new(Sandbox *sandbox);
Exchanges *exchanges_free(Exchanges *exchanges);

/* Starts the HTTP daemon that serves them; it has no listening socket of its own. NULL: it cannot.
 */
struct MHD_Daemon *exchanges_start(Exchanges *exchanges, uint32_t keep_alive_seconds);

/* Sends what is due; gives when the next will be (monotonic microseconds, INT64_MAX: none is
 * parked for a time) and whether anything was woken. */
bool exchanges_wake_due(Exchanges *exchanges, int64_t now, int64_t *ret_next);

/* Readable when a client that waits for nothing has hung up; then exchanges_reap() ends it. */
int exchanges_hangup_fd(const Exchanges *exchanges);
void exchanges_reap(Exchanges *exchanges);

/* Ends all that are parked; after the daemon has run once more it can be stopped. */
void exchanges_drop(Exchanges *exchanges);

/* Ends all connections with a reset, but the one that asked for it. */
void exchanges_cut(Exchanges *exchanges);

#include "jobs/base/cleanup.h"
DEFINE_CLEANUP(Exchanges, exchanges_free)
