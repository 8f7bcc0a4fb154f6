/* When our wall clock is set back, looks lie in a future that another clock has made: one that was
 * due in a minute would wait an hour. Those that the clock will pass a second time are looked at
 * now. What lies further ahead than the clock was set back is late by no more than it was to wait
 * anyway. */
#include <errno.h>

#include "daemon/following/synchroniser_private.h"
#include "jobs/base/civil.h"

#define SET_BACK_MIN MINUTE /* less is the slewing of a good clock, and too little to matter */
#define PULLED       256U   /* in one turn */

/* The wall clock against the one that cannot be set. */
static void note_clock(Synchroniser *sync) {
        int64_t wall = turn_wall();
        int64_t ahead = wall - turn_now();
        int64_t back = sync->clock_ahead - ahead;

        if (back >= SET_BACK_MIN) {
                int64_t until = wall + 2 * back;

                sync->pull_from = wall;
                sync->pull_until = until > sync->pull_until ? until : sync->pull_until;
        }
        if (back >= SET_BACK_MIN || back < 0)
                sync->clock_ahead = ahead;
}

int sync_pull_looks(Synchroniser *sync) {
        int n;

        note_clock(sync);
        sync->pulled = false;
        if (sync->pull_until == 0)
                return 0;
        n = ledger_pull_looks(sync->options.ledger, sync->pull_from, sync->pull_until, PULLED);
        if (n < 0)
                return n;
        sync->pulled = (unsigned) n < PULLED;
        sync->next_is_known = false;
        sync->work++;
        return 0;
}

void sync_looks_pulled(Synchroniser *sync) {
        if (sync->pulled)
                sync->pull_until = 0;
        sync->pulled = false;
}
