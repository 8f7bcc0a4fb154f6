/* Rate: how many requests may leave, by one bucket for the whole daemon. Never more than the rate
 * in any sliding second; even spacing within it, a few milliseconds of lateness are caught up.
 * Begins at 5/s, grows while replies are good, halves on 429, never above the ceiling that the
 * settings set. Pure: the (monotonic) clock is an argument. */
#pragma once

#include <stdint.h>

typedef struct Rate Rate;

/* `ceiling`: requests per second; 0: unlimited, no ramp, no bucket. `start`: the rate to begin
 * with, 0: 5/s. */
int rate_new(double ceiling, double start, Rate **ret_rate);
Rate *rate_free(Rate *rate);
void rate_set_ceiling(Rate *rate, double ceiling);
/* How many requests, at most `wanted`, may leave at `now`; they are taken from the bucket. */
unsigned rate_take(Rate *rate, int64_t now, unsigned wanted);
/* The `n` that were taken last leave only now: a commit came in between. */
void rate_left(Rate *rate, int64_t now, unsigned n);
/* When the next one may leave (`now` if at once). */
int64_t rate_next(const Rate *rate, int64_t now);
void rate_good(Rate *rate, int64_t now);     /* a complete reply that is no 429 */
void rate_too_many(Rate *rate, int64_t now); /* a 429 */
double rate_current(const Rate *rate);       /* per second; 0: unlimited */

#include "jobs/base/cleanup.h"
DEFINE_CLEANUP(Rate, rate_free)
