/* LoopTimes: how long each turn of the event loop took, and which of its parts, for the benchmarks.
 * Kept only when the environment variable CHECKOUTD_TURNS names a file; written there at the end:
 *
 *   turns N p50_us N p99_us N max_us N
 *   part NAME n N mean_us N max_us N max_cpu_us N      of each part; cpu: of its longest one
 *   longest NAME us N cpu_us N                         each part of the longest turn
 *
 * A part that took long and little of the processor has waited for the disk, or its turn. */
#pragma once

#include <stdint.h>

void loop_times_open(void);
void loop_times_begin(void); /* of a turn */
/* What was done since the turn or its part before began. `part` is a literal. */
void loop_times_part(const char *part);
void loop_times_end(void);
void loop_times_close(void);
