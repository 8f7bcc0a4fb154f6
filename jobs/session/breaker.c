#include "jobs/session/breaker.h"

#include <limits.h>

#include "jobs/base/civil.h"

#define PROBE_FIRST SECOND
#define PROBE_MAX   MINUTE

bool breaker_is_open(const Breaker *breaker) {
        return breaker->failures >= BREAKER_THRESHOLD;
}

unsigned breaker_allows(const Breaker *breaker, unsigned in_flight, int64_t now) {
        if (!breaker_is_open(breaker))
                return UINT_MAX;
        return in_flight == 0 && now >= breaker->next_probe ? 1 : 0;
}

void breaker_good(Breaker *breaker) {
        *breaker = BREAKER_CLOSED;
}

void breaker_bad(Breaker *breaker, int64_t now) {
        int64_t wait = PROBE_FIRST;

        if (breaker->failures < BREAKER_THRESHOLD)
                breaker->failures++;
        if (!breaker_is_open(breaker))
                return;
        for (unsigned i = 0; i < breaker->probes && wait < PROBE_MAX; i++)
                wait *= 2;
        if (now >= breaker->next_probe) { /* those sent before it opened are no probes */
                breaker->next_probe = now + (wait < PROBE_MAX ? wait : PROBE_MAX);
                breaker->probes++;
        }
}
