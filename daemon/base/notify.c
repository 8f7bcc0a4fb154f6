#include "daemon/base/notify.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "daemon/base/turn.h"
#include "jobs/base/civil.h"

#define STATUS_SIZE   300
#define EXTEND_BY     MINUTE /* far more than the longest step that tells nothing */
#define STOPPING_MORE (10 * SECOND)

static struct {
        char status[STATUS_SIZE];
        int64_t worked_at; /* monotonic; 0: never */
} told;

void notify_ready(void) {
        told.worked_at = 0;
        (void) sd_notify(0, "READY=1\nWATCHDOG=1");
}

void notify_reloading(int64_t monotonic) {
        (void) sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRId64 "\nSTATUS=reading the settings",
                          monotonic);
        told.status[0] = '\0';
}

void notify_stopping(int64_t at_most) {
        (void) sd_notifyf(0, "STOPPING=1\nEXTEND_TIMEOUT_USEC=%" PRId64, at_most + STOPPING_MORE);
}

void notify_status(const char *text) {
        if (strncmp(told.status, text, sizeof(told.status) - 1) == 0)
                return;
        (void) snprintf(told.status, sizeof(told.status), "%s", text);
        (void) sd_notifyf(0, "STATUS=%s", told.status);
}

void notify_alive(void) {
        (void) sd_notify(0, "WATCHDOG=1");
}

void notify_working(const char *what) {
        int64_t now = turn_monotonic();

        if (told.worked_at != 0 && now < told.worked_at + SECOND)
                return;
        told.worked_at = now;
        told.status[0] = '\0';
        (void) sd_notifyf(0, "STATUS=%s\nEXTEND_TIMEOUT_USEC=%" PRId64 "\nWATCHDOG=1", what,
                          EXTEND_BY);
}

int64_t notify_watchdog(void) {
        uint64_t usec = 0;

        return sd_watchdog_enabled(0, &usec) > 0 ? (int64_t) usec : 0;
}
