#include "tests/sandbox/clock.h"

#include <time.h>

#include "jobs/base/civil.h"

static int64_t clock_read(clockid_t id) {
        struct timespec now = { 0 };

        (void) clock_gettime(id, &now);
        return (int64_t) now.tv_sec * SECOND + now.tv_nsec / 1000;
}

int64_t clock_wall(void) {
        return clock_read(CLOCK_REALTIME);
}

int64_t clock_monotonic(void) {
        return clock_read(CLOCK_MONOTONIC);
}

int64_t clock_now(const Clock *clock) {
        return clock_wall() + clock->ahead;
}

int64_t clock_date(const Clock *clock) {
        return clock_now(clock) + clock->date_skew;
}
