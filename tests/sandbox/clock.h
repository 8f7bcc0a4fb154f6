/* The sandbox's own clock: the wall clock plus what a test has advanced it by. Sessions, keys,
 * payers and the Date of replies live by it; latency and rate by the monotonic clock. All in
 * microseconds. */
#pragma once

#include <stdint.h>

typedef struct Clock {
        int64_t ahead;     /* never negative */
        int64_t date_skew; /* how wrong the Date header of replies is, and nothing else */
} Clock;

int64_t clock_wall(void);
int64_t clock_monotonic(void);
int64_t clock_now(const Clock *clock);
int64_t clock_date(const Clock *clock); /* as replies say it */
