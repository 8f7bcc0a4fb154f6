/* LoopTimes: how long each turn of the event loop took, for the benchmarks. Kept only when the
 * environment variable CHECKOUTD_TURNS names a file; written there at the end:
 * `turns N p50_us N p99_us N max_us N`. */
#pragma once

#include <stdint.h>

void loop_times_open(void);
void loop_times_add(int64_t microseconds);
void loop_times_close(void);
