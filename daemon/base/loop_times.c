#include "daemon/base/loop_times.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/base/turn.h"
#include "jobs/base/civil.h"

#define MAX_US    1000000 /* longer ones count as this */
#define PARTS_MAX 32

typedef struct Part {
        const char *name;
        uint64_t n;
        int64_t total;
        int64_t us, cpu_us; /* of the longest */
} Part;

typedef struct Parts {
        Part parts[PARTS_MAX];
        unsigned n;
} Parts;

typedef struct Instant {
        int64_t wall, cpu;
} Instant;

static struct {
        const char *file;
        uint32_t *counts; /* by microsecond */
        uint64_t n;
        int64_t max;
        Instant turn, part; /* when it began */
        Parts all, current, longest;
} times;

void loop_times_open(void) {
        times.file = getenv("CHECKOUTD_TURNS");
        if (times.file)
                times.counts = calloc(MAX_US + 1, sizeof(*times.counts));
}

static Instant now(void) {
        struct timespec cpu;

        (void) clock_gettime(CLOCK_THREAD_CPUTIME_ID, &cpu);
        return (Instant){ turn_now(), (int64_t) cpu.tv_sec * SECOND + cpu.tv_nsec / 1000 };
}

void loop_times_begin(void) {
        if (!times.counts)
                return;
        times.current.n = 0;
        times.turn = times.part = now();
}

static void add(Parts *parts, const char *name, int64_t us, int64_t cpu_us) {
        unsigned i = 0;

        while (i < parts->n && strcmp(parts->parts[i].name, name) != 0)
                i++;
        if (i == PARTS_MAX)
                return;
        if (i == parts->n)
                parts->parts[parts->n++] = (Part){ .name = name };
        parts->parts[i].n++;
        parts->parts[i].total += us;
        if (us >= parts->parts[i].us) {
                parts->parts[i].us = us;
                parts->parts[i].cpu_us = cpu_us;
        }
}

void loop_times_part(const char *part) {
        Instant end;

        if (!times.counts)
                return;
        end = now();
        add(&times.all, part, end.wall - times.part.wall, end.cpu - times.part.cpu);
        add(&times.current, part, end.wall - times.part.wall, end.cpu - times.part.cpu);
        times.part = end;
}

void loop_times_end(void) {
        int64_t us;

        if (!times.counts)
                return;
        loop_times_part("rest");
        us = times.part.wall - times.turn.wall;
        if (us > times.max) {
                times.max = us;
                times.longest = times.current;
        }
        times.counts[us < MAX_US ? us : MAX_US]++;
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

static void print(FILE *file) {
        (void) fprintf(file,
                       "turns %" PRIu64 " p50_us %" PRId64 " p99_us %" PRId64 " max_us %" PRId64
                       "\n",
                       times.n, quantile(0.50), quantile(0.99), times.max);
        for (unsigned i = 0; i < times.all.n; i++) {
                const Part *part = &times.all.parts[i];

                (void) fprintf(file,
                               "part %s n %" PRIu64 " mean_us %" PRId64 " max_us %" PRId64
                               " max_cpu_us %" PRId64 "\n",
                               part->name, part->n, part->total / (int64_t) part->n, part->us,
                               part->cpu_us);
        }
        for (unsigned i = 0; i < times.longest.n; i++) {
                const Part *part = &times.longest.parts[i];

                (void) fprintf(file, "longest %s us %" PRId64 " cpu_us %" PRId64 "\n", part->name,
                               part->us, part->cpu_us);
        }
}

void loop_times_close(void) {
        FILE *file = times.counts ? fopen(times.file, "we") : NULL;

        if (file) {
                print(file);
                (void) fclose(file);
        }
        free(times.counts);
        times.counts = NULL;
}
