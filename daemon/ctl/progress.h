/* Progress: one line on stderr that is drawn again and again, and gone at the end. Only on a
 * terminal; elsewhere everything here does nothing. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef enum ProgressUnit {
        PROGRESS_BYTES,
        PROGRESS_ROWS,
} ProgressUnit;

typedef struct Progress {
        bool on;
        bool drawn;
        ProgressUnit unit;
        const char *label; /* borrowed; safe to print */
        int64_t began_at, drawn_at;
        int64_t began_with; /* what was done before, for the rate */
} Progress;

#define PROGRESS_NONE ((Progress){ .on = false })

/* `done`: what is done already when it begins. */
void progress_begin(Progress *progress, const char *label, ProgressUnit unit, int64_t done);
/* Draws at most ten times a second. */
void progress_draw(Progress *progress, int64_t done, int64_t total);
void progress_end(Progress *progress); /* the line is gone */
