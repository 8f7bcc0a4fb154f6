#include "daemon/service/watchdog.h"

#include <assert.h>

#include "jobs/base/civil.h"
#include "jobs/base/cleanup.h"

#define LOOK_EVERY (2 * SECOND)
#define PATIENCE   (30 * SECOND)
/* Of systemd's interval: eight looks in it, and a quarter of it in trouble is being stuck. Then
 * systemd waits out the whole of it from the last time that we were well. */
#define LOOKS_IN     8
#define PATIENCES_IN 4

static const char *const texts[] = {
        [WATCHDOG_FINE] = "it goes on",
        [WATCHDOG_NO_TURN] = "the turn that is due does not begin",
        [WATCHDOG_NO_SCAN] = "the incoming folders are not looked at",
        [WATCHDOG_NOT_ARMED] = "work is due, and no turn is armed for it",
        [WATCHDOG_NO_WORK] = "turns follow each other, and nothing is done in them",
        [WATCHDOG_NO_REPLY] = "a request has been out for longer than its time limit",
};
static_assert(ELEMENTS(texts) == WATCHDOG_FINDING_COUNT, "every finding has its text");

const char *watchdog_finding_text(WatchdogFinding finding) {
        return texts[finding];
}

static bool is_missed(WatchdogWake earlier, WatchdogWake later, int64_t since) {
        return later.at <= since && later.runs == earlier.runs;
}

WatchdogFinding watchdog_judge(const WatchdogView *earlier, const WatchdogView *later) {
        bool turned = later->turn.runs != earlier->turn.runs;
        /* `At once` is the time of the look: it counts when it is so at both. */
        bool wanted = earlier->wanted <= earlier->now && later->wanted <= later->now;
        bool counted = earlier->counted <= earlier->now && later->counted <= later->now;

        /* What was due at the earlier look had the time since to run. */
        if (is_missed(earlier->turn, later->turn, earlier->now))
                return WATCHDOG_NO_TURN;
        if (is_missed(earlier->scan, later->scan, earlier->now))
                return WATCHDOG_NO_SCAN;
        if (later->reply_by < earlier->monotonic)
                return WATCHDOG_NO_REPLY;
        if (later->store_waits)
                return WATCHDOG_FINE;
        if (wanted && !turned && later->turn.at > later->now)
                return WATCHDOG_NOT_ARMED;
        return counted && turned && later->work == earlier->work ? WATCHDOG_NO_WORK : WATCHDOG_FINE;
}

void watchdog_init(Watchdog *watchdog, int64_t interval) {
        *watchdog = (Watchdog){ .patience = interval > 0 ? interval / PATIENCES_IN : PATIENCE,
                                .since = WATCHDOG_NEVER };
}

bool watchdog_is_stuck(Watchdog *watchdog, const WatchdogView *view) {
        WatchdogFinding finding =
                watchdog->looked ? watchdog_judge(&watchdog->last, view) : WATCHDOG_FINE;

        if (finding == WATCHDOG_FINE)
                watchdog->since = WATCHDOG_NEVER;
        else if (watchdog->since == WATCHDOG_NEVER)
                watchdog->since = view->monotonic;
        watchdog->finding = finding;
        watchdog->last = *view;
        watchdog->looked = true;
        return finding != WATCHDOG_FINE && view->monotonic - watchdog->since >= watchdog->patience;
}

int64_t watchdog_look_every(int64_t interval) {
        return interval > 0 && interval / LOOKS_IN < LOOK_EVERY ? interval / LOOKS_IN : LOOK_EVERY;
}
