#include "daemon/ctl/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/ctl/terminal.h"
#include "jobs/base/civil.h"

#define DRAW_EVERY (100 * INT64_C(1000))
#define BAR_MAX    40

void progress_begin(Progress *progress, const char *label, ProgressUnit unit, int64_t done) {
        *progress = (Progress){ .on = terminal_is(STDERR_FILENO),
                                .unit = unit,
                                .label = label,
                                .began_at = terminal_now(),
                                .began_with = done };
}

static void format_rate(const Progress *progress, double rate, char *out, size_t size) {
        if (progress->unit == PROGRESS_BYTES)
                (void) snprintf(out, size, "%.1f MB/s", rate / 1e6);
        else
                (void) snprintf(out, size, "%.*f/s", rate < 10 ? 1 : 0, rate);
}

static void format_left(double seconds, char *out, size_t size) {
        int64_t left = seconds < 0 || seconds > 360000 ? -1 : (int64_t) (seconds + 0.5);

        if (left < 0)
                (void) snprintf(out, size, "--:--");
        else if (left >= 3600)
                (void) snprintf(out, size, "%" PRId64 ":%02" PRId64 ":%02" PRId64, left / 3600,
                                left / 60 % 60, left % 60);
        else
                (void) snprintf(out, size, "%" PRId64 ":%02" PRId64, left / 60, left % 60);
}

static void format_amount(const Progress *progress, int64_t amount, char *out, size_t size) {
        if (progress->unit == PROGRESS_BYTES)
                (void) snprintf(out, size, "%.1f MB", (double) amount / 1e6);
        else
                (void) snprintf(out, size, "%" PRId64, amount);
}

/* The bar takes what the texts leave; a narrow terminal has none, and only the share when even the
 * figures have no room. */
static void draw(const char *label, const char *figures, double share) {
        unsigned width = terminal_width(STDERR_FILENO);
        size_t used = strlen(label) + strlen(figures) + 6;
        unsigned bar = used + 10 < width ? width - (unsigned) used : 0;
        char cells[BAR_MAX + 3] = "";
        unsigned n = 0;

        if (bar > BAR_MAX)
                bar = BAR_MAX;
        if (bar > 0) {
                cells[n++] = '[';
                for (unsigned i = 0; i < bar; i++)
                        cells[n++] = i < (unsigned) (share * bar) ? '#' : '.';
                cells[n++] = ']';
                cells[n] = '\0';
        }
        if (used < width)
                (void) fprintf(stderr, "\r\x1b[K%s %s %s", label, cells, figures);
        else if (strlen(figures) < width)
                (void) fprintf(stderr, "\r\x1b[K%s", figures);
        else
                (void) fprintf(stderr, "\r\x1b[K%3.0f %%", share * 100);
        (void) fflush(stderr);
}

void progress_draw(Progress *progress, int64_t done, int64_t total) {
        char rate[32], left[32], at[32], of[32], figures[160];
        int64_t now = terminal_now();
        double seconds, speed, share;

        if (!progress->on || (progress->drawn && now - progress->drawn_at < DRAW_EVERY))
                return;
        seconds = (double) (now - progress->began_at) / (double) SECOND;
        speed = seconds > 0.05 ? (double) (done - progress->began_with) / seconds : 0;
        share = total > 0 ? (double) done / (double) total : 0;
        if (share > 1)
                share = 1;
        format_rate(progress, speed, rate, sizeof(rate));
        format_left(speed > 0 ? (double) (total - done) / speed : -1, left, sizeof(left));
        format_amount(progress, done, at, sizeof(at));
        format_amount(progress, total, of, sizeof(of));
        (void) snprintf(figures, sizeof(figures), "%3.0f %% %s/%s %s ETA %s", share * 100, at, of,
                        rate, left);
        draw(progress->label, figures, share);
        progress->drawn = true;
        progress->drawn_at = now;
}

void progress_end(Progress *progress) {
        if (progress->drawn) {
                (void) fputs("\r\x1b[K", stderr);
                (void) fflush(stderr);
        }
        progress->drawn = false;
        progress->on = false;
}
