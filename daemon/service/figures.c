#include "daemon/service/figures.h"

#include <inttypes.h>
#include <time.h>

#include "jobs/base/civil.h"

#define SOON (2 * SECOND) /* not worth a time of day */

static const char *plural(int64_t n) {
        return n == 1 ? "" : "s";
}

/* What it does, or why it does not. */
static int append_state(Buffer *text, const Figures *figures) {
        const DispatcherFigures *sending = &figures->sending;

        if (!figures->running)
                return buffer_append_string(text, "stopping");
        if (figures->store_waits)
                return buffer_append_string(
                        text, "waiting: the store is locked or cannot be written, see the journal");
        if (sending->hold != HOLD_NONE)
                return buffer_printf(text, "held (%s)", hold_name(sending->hold));
        if (sending->breaker_open)
                return buffer_append_string(text, "the provider does not answer");
        if (figures->sent_per_second > 0)
                return buffer_printf(text, "sending %.1f/s", figures->sent_per_second);
        return buffer_append_string(text, sending->in_flight > 0 ? "sending" : "idle");
}

static int append_waiting(Buffer *text, const Figures *figures) {
        const int64_t *rows = figures->rows;
        int64_t waiting = rows[STATUS_QUEUED] + rows[STATUS_UNKNOWN];
        unsigned batches = figures->sending.batches;
        int r = 0;

        if (waiting > 0)
                r = buffer_printf(text, "; %" PRId64 " row%s wait%s", waiting, plural(waiting),
                                  waiting == 1 ? "s" : "");
        if (r >= 0 && rows[STATUS_HELD] > 0)
                r = buffer_printf(text, "; %" PRId64 " held", rows[STATUS_HELD]);
        if (r >= 0 && batches > 0)
                r = buffer_printf(text, "; %u batch%s running", batches, batches == 1 ? "" : "es");
        return r;
}

/* As the clock on the wall of the operator has it; `systemctl status` does so too. */
static int append_next(Buffer *text, const Figures *figures) {
        time_t shown = (time_t) civil_machine_seconds(figures->next_turn);
        char clock[40];
        struct tm tm;

        if (figures->next_turn < figures->now + SOON || !gmtime_r(&shown, &tm))
                return 0;
        (void) strftime(clock, sizeof(clock),
                        figures->next_turn - figures->now < DAY ? "%H:%M:%S" : "%F %H:%M:%S", &tm);
        return buffer_printf(text, "; next at %s", clock);
}

int figures_append_status(Buffer *text, const Figures *figures) {
        int r = append_state(text, figures);

        if (r >= 0 && figures->sending.in_flight > 0)
                r = buffer_printf(text, ", %u in flight", figures->sending.in_flight);
        if (r >= 0)
                r = append_waiting(text, figures);
        if (r >= 0 && figures->batches_coming_in > 0)
                r = buffer_printf(text, "; %u file%s being taken in", figures->batches_coming_in,
                                  plural(figures->batches_coming_in));
        return r < 0 ? r : append_next(text, figures);
}

bool figures_state_differs(const Figures *a, const Figures *b) {
        return a->running != b->running || a->store_waits != b->store_waits ||
               a->sending.hold != b->sending.hold ||
               a->sending.breaker_open != b->sending.breaker_open;
}
