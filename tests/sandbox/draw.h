/* Draws: numbers that look random and depend on nothing but what they are drawn from, so that a run
 * with the same seed and the same requests meets the same faults in whatever order they come. */
#pragma once

#include <stdint.h>

#include "jobs/base/text.h"

/* A 64 bit hash; also used by the tables. */
uint64_t draw_hash(uint64_t seed, Text text);
uint64_t draw_mix(uint64_t a, uint64_t b);

/* In [0, 1). */
double draw_fraction(uint64_t hash);
