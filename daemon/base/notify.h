/* Notify: what systemd is told, sd_notify(3). Without systemd nothing is told to anybody.
 *
 *   start    working ... working, READY=1      reload  RELOADING=1, working ..., READY=1
 *   running  STATUS=..., WATCHDOG=1            stop    STOPPING=1
 *
 * WATCHDOG=1 is fed by whoever knows that there is progress (watchdog.h), never by a loop that only
 * turns.
 */
#pragma once

#include <stdint.h>

void notify_ready(void);
void notify_reloading(int64_t monotonic);
/* What is in flight may take so long: the time to stop is counted from now. Microseconds. */
void notify_stopping(int64_t at_most);
/* One line for `systemctl status`; told when it is another than the last one. */
void notify_status(const char *text);
void notify_alive(void);
/* Something long goes on, before READY=1 or in a reload: at most once a second it is told, and more
 * time is asked for. `what` is a short English phrase. */
void notify_working(const char *what);
/* Microseconds between two WATCHDOG=1 at the most; 0: nobody waits for them. */
int64_t notify_watchdog(void);
