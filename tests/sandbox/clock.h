/* The sandbox's own clock: the wall clock plus what a test has advanced it by. Sessions, keys and
 * payers live by it; latency and rate by the monotonic clock. All in microseconds. */
#pragma once

#include <stdint.h>

typedef struct Clock {
        int64_t ahead;     /* never negative */
        int64_t date_skew; /* added to the Date header of replies, and to nothing else */
} Clock;

int64_t clock_wall(void);
int64_t clock_monotonic(void);
int64_t clock_now(const Clock *clock);
