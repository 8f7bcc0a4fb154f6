#include "tests/sandbox/limit.h"

#include <stdlib.h>

#include "jobs/base/civil.h"
#include "tests/sandbox/memory.h"

void limit_set(Limit *limit, uint32_t rate) {
        limit_done(limit);
        if (rate == 0)
                return;
        limit->times = memory_grow(NULL, rate, sizeof(*limit->times));
        for (uint32_t i = 0; i < rate; i++)
                limit->times[i] = INT64_MIN / 2;
        limit->rate = rate;
}

bool limit_pass(Limit *limit, int64_t now) {
        if (limit->rate == 0)
                return true;
        /* The oldest of the last `rate`: the ring's next place. */
        if (now - limit->times[limit->next] < SECOND)
                return false;
        limit->times[limit->next] = now;
        limit->next = (limit->next + 1) % limit->rate;
        return true;
}

void limit_done(Limit *limit) {
        free(limit->times);
        *limit = (Limit){ 0 };
}
