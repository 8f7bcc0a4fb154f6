/* When to try again. Pure: the clock, the provider's wish and the random number are arguments, so
 * that a restart changes nothing and a test needs no waiting. */
#pragma once

#include <stdint.h>

#include "jobs/base/civil.h"

/* No retry lies further ahead than this: what the server asks for is believed up to 1 h, and
 * spread. */
#define RETRY_LATEST (75 * MINUTE)

/* The instant of the next attempt of a request first sent at `first_sent`, last tried at `now`:
 * waits about as long as the request is old (so the wait doubles, without a counter), at least 1 s,
 * at most 10 min, plus up to 25 % by `random` (uniform over uint32_t); never before
 * `now + server_wait` (-1: the server said nothing; believed up to 1 h). */
int64_t retry_next(int64_t first_sent, int64_t now, int64_t server_wait, uint32_t random);
