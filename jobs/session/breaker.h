/* Breaker: keeps attempts from being burnt while the network or the provider is down. After a run
 * of failures that say nothing about a row it opens; then one probe at a time goes through, 1 s, 2
 * s, 4 s … 60 s apart, and the first good reply closes it. Pure: the (boot) clock is an
 * argument. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define BREAKER_THRESHOLD 8 /* failures in a row */

typedef struct Breaker {
        unsigned failures; /* in a row */
        unsigned probes;   /* since it opened */
        int64_t next_probe;
} Breaker;

#define BREAKER_CLOSED ((Breaker){ 0, 0, 0 })

bool breaker_is_open(const Breaker *breaker);
/* How many requests may leave at `now`, when `in_flight` are on the wire: all (UINT_MAX), one
 * probe, or none. */
unsigned breaker_allows(const Breaker *breaker, unsigned in_flight, int64_t now);
void breaker_good(Breaker *breaker);
void breaker_bad(Breaker *breaker, int64_t now);
