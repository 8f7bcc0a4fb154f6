/* Figures: what the daemon is doing, as numbers, at one moment. Collected by service_pulse.c from
 * the parts; shown as the one line of `systemctl status`, and as metrics (metrics.h). Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "daemon/sending/dispatcher.h"
#include "jobs/base/buffer.h"

typedef struct Figures {
        const char *installation; /* [provider] instance */
        bool live;
        bool running; /* no: it stops */
        int64_t now, started_at;
        int64_t rows[STATUS_COUNT]; /* of the whole store, as shown */
        DispatcherFigures sending;
        double sent_per_second; /* lately */
        unsigned batches_coming_in;
        unsigned files;       /* in incoming/ */
        int64_t oldest_file;  /* when it came; 0: there is none */
        int64_t last_success; /* a session was made; 0: never */
        int64_t next_turn;    /* 0: when something happens */
        int64_t store_size;   /* bytes, with its log */
        bool store_waits;     /* for its lock, or for room on the disk */
} Figures;                    /* all times: wall clock, UTC microseconds */

/* "sending 48/s, 32 in flight; 812 rows wait in 3 batches; ..." */
int figures_append_status(Buffer *text, const Figures *figures);
/* What a monitor should hear of at once: does it differ? */
bool figures_state_differs(const Figures *a, const Figures *b);
