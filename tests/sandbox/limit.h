/* Limit: at most so many requests in any second, exactly: the times of the last ones are kept. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct Limit {
        uint32_t rate; /* 0: no limit */
        uint32_t next;
        int64_t *times; /* of the last `rate` requests let through, a ring */
} Limit;

void limit_set(Limit *limit, uint32_t rate);

/* Counts the request when it may pass. `now` is monotonic microseconds. */
bool limit_pass(Limit *limit, int64_t now);
void limit_done(Limit *limit);
