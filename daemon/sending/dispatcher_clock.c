/* When our wall clock is set back, retries lie in a future that another clock has made: a row that
 * waits 2 s would wait a day. What lies further ahead than any retry does is due now. */
#include "daemon/base/turn.h"
#include "daemon/sending/dispatcher_private.h"
#include "jobs/base/civil.h"
#include "jobs/session/retry.h"

#define LOOKS_A_TURN 4U     /* at 1024 ids each */
#define SET_BACK_MIN MINUTE /* less is the slewing of a good clock, and too little to matter */

/* The wall clock against the one that cannot be set. */
static bool was_set_back(Dispatcher *dispatcher) {
        int64_t ahead = turn_wall() - turn_now();
        bool back = ahead < dispatcher->clock_ahead - SET_BACK_MIN;

        if (back || ahead > dispatcher->clock_ahead)
                dispatcher->clock_ahead = ahead;
        return back;
}

void dispatcher_doubt_retries(Active *active) {
        active->retries_doubtful = true;
        active->doubtful_from = 0;
}

int dispatcher_believe_retries(Dispatcher *dispatcher) {
        bool back = was_set_back(dispatcher);
        int64_t now = turn_wall();
        unsigned looks = 0;

        for (Active *active = dispatcher->ring; active; active = active->next) {
                int r;

                if (back)
                        dispatcher_doubt_retries(active);
                if (!active->retries_doubtful || looks == LOOKS_A_TURN)
                        continue;
                r = ledger_pull_due(dispatcher->options.ledger, active->id, now, now + RETRY_LATEST,
                                    &active->doubtful_from);
                if (r < 0)
                        return r;
                looks += r > 0;
                active->retries_doubtful = r > 0;
                active->due_known = false;
        }
        /* The others, and the rest of these, in the next turns. */
        dispatcher->more = dispatcher->more || looks > 0;
        dispatcher->counted.work += looks; /* a turn in which nothing is sent is not idle */
        return 0;
}
