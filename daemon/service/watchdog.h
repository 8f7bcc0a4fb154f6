/* Watchdog: is the daemon getting on with its work? A loop that turns proves nothing; a queue that
 * does not move need not mean anything either. So it is judged by what could be done and is not:
 *
 *   waiting    for the provider (breaker, backoff), a hold, the rate, a reply within its time, the
 *              disk or a lock of the store: fine, as long as the next wake-up is armed and comes
 *   WAKE-UP    one whose time has come does not run, or work is due and none is armed
 *   NO WORK    turns follow each other, each wants the next at once, and nothing is done in them
 *   NO REPLY   a request is out for longer than its time limit
 *
 * The judgement is pure: two views of the daemon, the earlier and the later. Trouble that lasts
 * over all looks for a time, by a clock that stands still in suspend, is being stuck; a stuck
 * daemon is not reported alive, and systemd starts it again. The time counts from the first look
 * that saw it: when nothing ran at all for a while (a busy machine, a virtual one that was paused,
 * a stopped process), the first look afterwards finds everything late, and everything has its time
 * to run before the next.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define WATCHDOG_NEVER INT64_MAX

/* A wake-up: when it is armed for, and how often it has run. */
typedef struct WatchdogWake {
        int64_t at; /* WATCHDOG_NEVER: not armed */
        uint64_t runs;
} WatchdogWake;

/* Boot clock, but for what is said to be monotonic. */
typedef struct WatchdogView {
        int64_t now;
        int64_t monotonic;
        WatchdogWake turn;
        WatchdogWake scan; /* of the incoming folders */
        int64_t wanted;    /* when the parts want the next turn */
        int64_t counted;   /* those of them whose work is counted: intake, dispatcher, reporter */
        uint64_t work;     /* changes whenever these did something */
        bool store_waits;  /* for its lock, or for room on the disk */
        int64_t reply_by;  /* monotonic: the first request in flight must have ended */
} WatchdogView;

typedef enum WatchdogFinding {
        WATCHDOG_FINE,
        WATCHDOG_NO_TURN,
        WATCHDOG_NO_SCAN,
        WATCHDOG_NOT_ARMED,
        WATCHDOG_NO_WORK,
        WATCHDOG_NO_REPLY,
        WATCHDOG_FINDING_COUNT
} WatchdogFinding;

WatchdogFinding watchdog_judge(const WatchdogView *earlier, const WatchdogView *later);
const char *watchdog_finding_text(WatchdogFinding finding); /* "a request got no reply ..." */

typedef struct Watchdog {
        int64_t patience; /* microseconds */
        WatchdogView last;
        bool looked;
        WatchdogFinding finding;
        int64_t since; /* monotonic: trouble at every look since; WATCHDOG_NEVER: none at the last */
} Watchdog;

/* `interval`: of systemd, microseconds; 0: there is none, and it only finds. */
void watchdog_init(Watchdog *watchdog, int64_t interval);
/* Takes the next view. True: stuck, for the reason in `finding`. */
bool watchdog_is_stuck(Watchdog *watchdog, const WatchdogView *view);
/* How often to look. */
int64_t watchdog_look_every(int64_t interval);
