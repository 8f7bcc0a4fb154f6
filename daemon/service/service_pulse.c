#include "daemon/service/service_pulse.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <systemd/sd-event.h>
#include <time.h>

#include "daemon/base/log.h"
#include "daemon/base/notify.h"
#include "daemon/service/metrics.h"
#include "daemon/service/service_private.h"
#include "daemon/service/watchdog.h"
#include "jobs/base/civil.h"

#define LAST_SUCCESS "last_success"
#define KEEP_EVERY   MINUTE
#define RATE_OVER    (2 * SECOND)

struct Pulse {
        Service *service;
        sd_event_source *timer;
        int64_t interval; /* of systemd's watchdog; 0: none */
        Watchdog watchdog;
        bool stuck;
        Metrics *metrics;
        Figures figures;
        int64_t success_kept; /* wall clock, as the ledger has it */
        uint64_t attempts;    /* at the last count */
        int64_t counted_at;   /* boot clock */
};

/* --- what is seen --------------------------------------------------------------------------- */

static int64_t size_of(const char *path, const char *ending) {
        AUTO_FREE char *whole = NULL;
        struct stat st;

        if (asprintf(&whole, "%s%s", path, ending) < 0)
                return 0;
        return stat(whole, &st) < 0 ? 0 : (int64_t) st.st_size;
}

static void count_speed(Pulse *pulse, int64_t now) {
        Figures *figures = &pulse->figures;
        uint64_t attempts = 0;

        for (int verdict = VERDICT_CREATED; verdict < VERDICT_COUNT; verdict++)
                attempts += figures->sending.attempts[verdict];
        if (now < pulse->counted_at + RATE_OVER)
                return;
        figures->sent_per_second = (double) (attempts - pulse->attempts) * (double) SECOND /
                                   (double) (now - pulse->counted_at);
        pulse->attempts = attempts;
        pulse->counted_at = now;
}

static bool store_waits(const Service *service) {
        return service->busy_since != 0 || turn_has_failed(service->turn);
}

static void look(Pulse *pulse, int64_t now) {
        const Service *service = pulse->service;
        const char *store = service->settings->store.database;
        int64_t counts[STATUS_COUNT], next = turn_next(service->turn);
        Figures *figures = &pulse->figures;
        SpoolFigures spool;

        spool_figures(service->spool, &spool);
        dispatcher_figures(service->dispatcher, &figures->sending);
        figures->running = !service->stopping;
        figures->now = turn_wall();
        if (ledger_overall(service->ledger, counts) >= 0) /* else: as they were */
                memcpy(figures->rows, counts, sizeof(counts));
        count_speed(pulse, now);
        figures->batches_coming_in = intake_busy(service->intake);
        figures->files = spool.files;
        figures->oldest_file = spool.oldest;
        figures->last_success = figures->sending.last_success > pulse->success_kept
                                        ? figures->sending.last_success
                                        : pulse->success_kept;
        figures->next_turn = next == INT64_MAX || next <= now ? 0 : figures->now + next - now;
        figures->store_size = size_of(store, "") + size_of(store, "-wal");
        figures->store_waits = store_waits(service);
}

/* --- alive? --------------------------------------------------------------------------------- */

/* What the parts want "at once" they want at their own now: ours is read behind it. */
static WatchdogView view_of(const Pulse *pulse, int64_t now) {
        const Service *service = pulse->service;
        int64_t wanted = service_next_turn(service, now);
        int64_t counted = service_next_counted(service);
        SpoolFigures spool;

        spool_figures(service->spool, &spool);
        return (WatchdogView){
                .now = turn_now(),
                .monotonic = turn_monotonic(),
                .turn = { turn_next(service->turn), turn_runs(service->turn) },
                .scan = { spool.next_look, spool.looks },
                .wanted = wanted,
                .counted = counted,
                .work = pulse->figures.sending.work + intake_work_done(service->intake) +
                        reporter_work_done(service->reporter) +
                        synchroniser_work_done(service->synchroniser) +
                        closer_work_done(service->closer),
                .store_waits = store_waits(service),
                .reply_by = pulse->figures.sending.reply_by,
        };
}

static void tell_alive(Pulse *pulse, int64_t now) {
        const WatchdogView view = view_of(pulse, now);
        bool stuck = watchdog_is_stuck(&pulse->watchdog, &view);

        if (stuck && !pulse->stuck)
                log_say(MESSAGE_STUCK, "nothing goes on: %s",
                        watchdog_finding_text(pulse->watchdog.finding));
        else if (pulse->stuck && !stuck)
                log_say(MESSAGE_UNSTUCK, "it goes on again");
        pulse->stuck = stuck;
        if (!stuck)
                notify_alive();
}

static void tell_status(const Figures *figures) {
        AUTO_BUFFER text = BUFFER_EMPTY;

        if (figures_append_status(&text, figures) >= 0 && buffer_append_char(&text, '\0') >= 0)
                notify_status(text.data);
}

static void beat(Pulse *pulse) {
        int64_t now = turn_now();

        look(pulse, now);
        tell_alive(pulse, now);
        tell_status(&pulse->figures);
        metrics_look(pulse->metrics, &pulse->figures, now);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        Pulse *pulse = userdata;

        (void) usec;
        beat(pulse);
        (void) sd_event_source_set_time_relative(source,
                                                 (uint64_t) watchdog_look_every(pulse->interval));
        return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

void pulse_end(Pulse *pulse) {
        look(pulse, turn_now());
        pulse->figures.running = false;
        metrics_write(pulse->metrics, &pulse->figures);
}

/* --- what outlives a restart ------------------------------------------------------------------ */

static int read_kept(Pulse *pulse) {
        AUTO_FREE char *text = NULL;
        int r = ledger_get_value(pulse->service->ledger, LAST_SUCCESS, &text);

        if (r >= 0)
                pulse->success_kept = r > 0 ? strtoll(text, NULL, 10) : 0;
        return r < 0 ? r : 0;
}

int pulse_keep(Pulse *pulse) {
        int64_t last = dispatcher_last_success(pulse->service->dispatcher);
        char text[32];
        int r;

        if (last < pulse->success_kept + KEEP_EVERY)
                return 0;
        (void) snprintf(text, sizeof(text), "%" PRId64, last);
        r = ledger_set_value(pulse->service->ledger, LAST_SUCCESS, text);
        if (r >= 0)
                pulse->success_kept = last;
        return r;
}

/* What was not kept is kept the next time. */
void pulse_rolled_back(Pulse *pulse) {
        (void) read_kept(pulse);
}

/* --- set up and tear down ------------------------------------------------------------------- */

Pulse *pulse_free(Pulse *pulse) {
        if (!pulse)
                return NULL;
        (void) sd_event_source_disable_unref(pulse->timer);
        (void) metrics_free(pulse->metrics);
        free(pulse);
        return NULL;
}

int pulse_new(Service *service, Pulse **ret_pulse) {
        CLEANUP(pulse_free_p) Pulse *pulse = calloc(1, sizeof(*pulse));
        int r;

        if (!pulse)
                return -ENOMEM;
        pulse->service = service;
        pulse->interval = notify_watchdog();
        watchdog_init(&pulse->watchdog, pulse->interval);
        pulse->counted_at = turn_now();
        pulse->figures = (Figures){ .installation = service->settings->provider.instance,
                                    .live = service->live,
                                    .started_at = turn_wall() };
        r = read_kept(pulse);
        if (r >= 0)
                r = metrics_new(service->settings->service.metrics_file, &pulse->metrics);
        /* Of the clock that stands still in suspend, and not the one of the timers that it
         * watches. */
        if (r >= 0)
                r = sd_event_add_time_relative(service->event, &pulse->timer, CLOCK_MONOTONIC, 0,
                                               SECOND / 10, on_timer, pulse);
        if (r < 0)
                return r;
        *ret_pulse = TAKE(pulse);
        return 0;
}
