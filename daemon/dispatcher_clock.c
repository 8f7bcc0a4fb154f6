/* When our wall clock is set back, retries lie in a future that another clock has made: a row that
 * waits 2 s would wait a day. What lies further ahead than any retry does is due now. */
#include "daemon/dispatcher_private.h"
#include "daemon/turn.h"
#include "jobs/base/civil.h"
#include "jobs/session/retry.h"

#define ROWS_A_TURN  256U
#define SET_BACK_MIN MINUTE /* less is the slewing of a good clock, and too little to matter */

/* The wall clock against the one that cannot be set. */
static bool was_set_back(Dispatcher *dispatcher) {
        int64_t ahead = turn_wall() - turn_now();
        bool back = ahead < dispatcher->clock_ahead - SET_BACK_MIN;

        if (back || ahead > dispatcher->clock_ahead)
                dispatcher->clock_ahead = ahead;
        return back;
}

int dispatcher_believe_retries(Dispatcher *dispatcher) {
        bool back = was_set_back(dispatcher);
        int64_t now = turn_wall();

        for (Active *active = dispatcher->ring; active; active = active->next) {
                int n;

                active->retries_doubtful = active->retries_doubtful || back;
                if (!active->retries_doubtful)
                        continue;
                n = ledger_pull_due(dispatcher->options.ledger, active->id, now, now + RETRY_LATEST,
                                    ROWS_A_TURN);
                if (n < 0)
                        return n;
                active->retries_doubtful = (unsigned) n == ROWS_A_TURN;
                active->due_known = active->due_known && n == 0;
                dispatcher->more = dispatcher->more || active->retries_doubtful;
        }
        return 0;
}
