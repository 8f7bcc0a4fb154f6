#include "daemon/service/metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/base/file_writer.h"
#include "daemon/base/log.h"
#include "jobs/base/civil.h"
#include "jobs/base/text.h"

#define EVERY (15 * SECOND)

struct Metrics {
        const char *path;
        const char *name; /* of the file: the end of `path` */
        char *folder;
        int64_t next;
        Figures last; /* written */
        bool written;
        int complained;
};

/* --- the text ------------------------------------------------------------------------------- */

static int append_family(Buffer *text, const char *name, const char *type, const char *help) {
        return buffer_printf(text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* `\`, `"` and the line end are escaped; an installation's name is a person's. */
static int append_label(Buffer *text, const char *value) {
        int r = 0;

        for (; r >= 0 && *value; value++)
                if (*value == '\\' || *value == '"')
                        r = buffer_printf(text, "\\%c", *value);
                else if (*value == '\n')
                        r = buffer_append_string(text, "\\n");
                else
                        r = buffer_append_char(text, *value);
        return r;
}

/* name{installation="default",LABEL="VALUE"} ; the number is for the caller. */
static int append_name(Buffer *text, const Figures *figures, const char *name, const char *label,
                       const char *value) {
        int r = buffer_printf(text, "%s{installation=\"", name);

        if (r >= 0)
                r = append_label(text, figures->installation);
        if (r >= 0 && label)
                r = buffer_printf(text, "\",%s=\"%s", label, value);
        return r < 0 ? r : buffer_append_string(text, "\"} ");
}

static int append_count(Buffer *text, const Figures *figures, const char *name, const char *label,
                        const char *value, uint64_t number) {
        int r = append_name(text, figures, name, label, value);

        return r < 0 ? r : buffer_printf(text, "%" PRIu64 "\n", number);
}

static int append_number(Buffer *text, const Figures *figures, const char *name, double number) {
        int r = append_name(text, figures, name, NULL, NULL);

        return r < 0 ? r : buffer_printf(text, "%.6f\n", number);
}

static double seconds_of(int64_t microseconds) {
        return (double) microseconds / (double) SECOND;
}

static double age(const Figures *figures, int64_t since) {
        return since > 0 && since < figures->now ? seconds_of(figures->now - since) : 0;
}

static int append_rows(Buffer *text, const Figures *figures) {
        int r = append_family(text, "checkoutd_rows", "gauge",
                              "Rows of the store by status, as checkoutctl status shows them.");

        for (int status = STATUS_REJECTED; r >= 0 && status < STATUS_COUNT; status++)
                r = append_count(text, figures, "checkoutd_rows", "status",
                                 status_name((Status) status), (uint64_t) figures->rows[status]);
        return r;
}

static int append_attempts(Buffer *text, const Figures *figures) {
        int r = append_family(text, "checkoutd_attempts_total", "counter",
                              "Requests to make a session that ended, by verdict.");

        for (int verdict = VERDICT_CREATED; r >= 0 && verdict < VERDICT_COUNT; verdict++)
                r = append_count(text, figures, "checkoutd_attempts_total", "verdict",
                                 verdict_name((Verdict) verdict),
                                 figures->sending.attempts[verdict]);
        return r;
}

static int append_durations(Buffer *text, const Figures *figures) {
        static const char name[] = "checkoutd_attempt_duration_seconds";
        const DispatcherFigures *sending = &figures->sending;
        int r = append_family(text, name, "histogram",
                              "How long requests to make a session took, to their whole reply.");
        uint64_t below = 0;
        char le[32];

        for (size_t i = 0; r >= 0 && i <= DISPATCHER_BUCKETS; i++) {
                below += sending->durations[i];
                (void) snprintf(le, sizeof(le), "+Inf");
                if (i < DISPATCHER_BUCKETS)
                        (void) snprintf(le, sizeof(le), "%g", seconds_of(dispatcher_bucket(i)));
                r = append_count(text, figures, "checkoutd_attempt_duration_seconds_bucket", "le",
                                 le, below);
        }
        if (r >= 0)
                r = append_number(text, figures, "checkoutd_attempt_duration_seconds_sum",
                                  seconds_of(sending->duration_sum));
        return r < 0 ? r
                     : append_count(text, figures, "checkoutd_attempt_duration_seconds_count", NULL,
                                    NULL, below);
}

static int append_holds(Buffer *text, const Figures *figures) {
        int r = append_family(text, "checkoutd_hold", "gauge",
                              "1 for the reason for which all sending is held.");

        for (int hold = HOLD_NONE + 1; r >= 0 && hold < HOLD_COUNT; hold++)
                r = append_count(text, figures, "checkoutd_hold", "reason", hold_name((Hold) hold),
                                 figures->sending.hold == (Hold) hold);
        return r;
}

/* All that is one number. */
static int append_gauges(Buffer *text, const Figures *figures) {
        const DispatcherFigures *sending = &figures->sending;
        const struct {
                const char *name, *help;
                double number;
        } gauges[] = {
                { "checkoutd_up", "1 while the daemon runs, 0 when it has stopped by itself.",
                  figures->running },
                { "checkoutd_start_time_seconds", "When it was ready, Unix time.",
                  seconds_of(figures->started_at) },
                { "checkoutd_requests_in_flight", "Requests that wait for their reply.",
                  sending->in_flight },
                { "checkoutd_rate_limit_requests",
                  "Requests that may leave in a second now; 0: unlimited.", sending->rate },
                { "checkoutd_oldest_due_age_seconds",
                  "For how long the oldest row has been due that is not held; 0: none is.",
                  age(figures, sending->oldest_due) },
                { "checkoutd_last_success_timestamp_seconds",
                  "When a session was made last, Unix time; 0: never.",
                  seconds_of(figures->last_success) },
                { "checkoutd_incoming_files", "Files in the incoming folders.", figures->files },
                { "checkoutd_incoming_oldest_file_age_seconds",
                  "For how long the oldest file has been in an incoming folder; 0: there is none.",
                  age(figures, figures->oldest_file) },
                { "checkoutd_batches_coming_in", "Files that are being taken in.",
                  figures->batches_coming_in },
                { "checkoutd_batches_running", "Batches with rows that may still be sent.",
                  sending->batches },
                { "checkoutd_batches_held", "Running batches that are held by themselves.",
                  sending->held_batches },
                { "checkoutd_store_size_bytes", "Size of the store and its log.",
                  (double) figures->store_size },
                { "checkoutd_store_waiting",
                  "1 while the store is locked by another program, or cannot be written.",
                  figures->store_waits },
                { "checkoutd_breaker_open", "1 while the provider does not answer.",
                  sending->breaker_open },
        };
        int r = 0;

        for (size_t i = 0; r >= 0 && i < ELEMENTS(gauges); i++) {
                r = append_family(text, gauges[i].name, "gauge", gauges[i].help);
                if (r >= 0)
                        r = append_number(text, figures, gauges[i].name, gauges[i].number);
        }
        return r;
}

static int append_build(Buffer *text, const Figures *figures) {
        int r = append_family(text, "checkoutd_build_info", "gauge", "1, with the version.");

        if (r >= 0)
                r = append_count(text, figures, "checkoutd_build_info", "version",
                                 CHECKOUTD_VERSION, 1);
        if (r >= 0)
                r = append_family(text, "checkoutd_live_mode", "gauge",
                                  "1 with a live key, 0 with a test key.");
        return r < 0 ? r
                     : append_count(text, figures, "checkoutd_live_mode", NULL, NULL,
                                    figures->live);
}

int metrics_append(Buffer *text, const Figures *figures) {
        int r = append_build(text, figures);

        if (r >= 0)
                r = append_gauges(text, figures);
        if (r >= 0)
                r = append_holds(text, figures);
        if (r >= 0)
                r = append_rows(text, figures);
        if (r >= 0)
                r = append_attempts(text, figures);
        return r < 0 ? r : append_durations(text, figures);
}

/* --- the file ------------------------------------------------------------------------------- */

Metrics *metrics_free(Metrics *metrics) {
        if (!metrics)
                return NULL;
        free(metrics->folder);
        free(metrics);
        return NULL;
}

int metrics_new(const char *path, Metrics **ret_metrics) {
        CLEANUP(metrics_free_p) Metrics *metrics = calloc(1, sizeof(*metrics));
        const char *slash = strrchr(path, '/');

        if (!metrics)
                return -ENOMEM;
        metrics->path = path;
        metrics->name = slash ? slash + 1 : path;
        metrics->folder = slash ? strndup(path, (size_t) (slash - path) + 1) : strdup(".");
        if (!metrics->folder)
                return -ENOMEM;
        *ret_metrics = TAKE(metrics);
        return 0;
}

/* Others read it, whatever the umask says. The folder is opened each time: it may be another by
 * now. */
static int replace(const Metrics *metrics, const Figures *figures) {
        AUTO_BUFFER text = BUFFER_EMPTY;
        AUTO_CLOSE int folder = -1;
        int r = metrics_append(&text, figures);

        if (r < 0)
                return r;
        if (metrics->name[0] == '\0') /* `metrics_file = /folder/` */
                return -EISDIR;
        folder = open(metrics->folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (folder < 0)
                return -errno;
        return file_write_unsynced(folder, metrics->name, 0644, text.data, text.size);
}

void metrics_write(Metrics *metrics, const Figures *figures) {
        int r = metrics->path[0] == '\0' ? 0 : replace(metrics, figures);

        if (r < 0 && r != metrics->complained)
                log_say(MESSAGE_METRICS_TROUBLE, "cannot write the metrics to %s: %s",
                        metrics->path, strerror(-r));
        else if (r >= 0 && metrics->complained != 0)
                log_say(MESSAGE_METRICS_WRITTEN, "the metrics are written again");
        metrics->complained = r < 0 ? r : 0;
        metrics->last = *figures;
        metrics->written = true;
}

void metrics_look(Metrics *metrics, const Figures *figures, int64_t now) {
        if (metrics->written && now < metrics->next &&
            !figures_state_differs(&metrics->last, figures))
                return;
        metrics->next = now + EVERY;
        metrics_write(metrics, figures);
}
