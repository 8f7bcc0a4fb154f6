#include "daemon/loop_times.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_US 1000000 /* longer ones count as this */

static struct {
        const char *file;
        uint32_t *counts; /* by microsecond */
        uint64_t n;
        int64_t max;
} times;

void loop_times_open(void) {
        times.file = getenv("CHECKOUTD_TURNS");
        if (times.file)
                times.counts = calloc(MAX_US + 1, sizeof(*times.counts));
}

void loop_times_add(int64_t microseconds) {
        if (!times.counts)
                return;
        if (microseconds > times.max)
                times.max = microseconds;
        times.counts[microseconds < MAX_US ? microseconds : MAX_US]++;
        times.n++;
}

static int64_t quantile(double share) {
        uint64_t below = 0;

        for (int64_t us = 0; us <= MAX_US; us++) {
                below += times.counts[us];
                if ((double) below >= share * (double) times.n)
                        return us;
        }
        return MAX_US;
}

void loop_times_close(void) {
        FILE *file = times.counts ? fopen(times.file, "we") : NULL;

        if (file) {
                (void) fprintf(file,
                               "turns %" PRIu64 " p50_us %" PRId64 " p99_us %" PRId64
                               " max_us %" PRId64 "\n",
                               times.n, quantile(0.50), quantile(0.99), times.max);
                (void) fclose(file);
        }
        free(times.counts);
        times.counts = NULL;
}
