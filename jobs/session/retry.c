#include "jobs/session/retry.h"

#include <assert.h>

#define WAIT_LEAST       SECOND
#define WAIT_MOST        (10 * MINUTE)
#define SERVER_WAIT_MOST HOUR

static_assert(RETRY_LATEST == SERVER_WAIT_MOST + SERVER_WAIT_MOST / 4, "what retry_next() gives");

static int64_t clamp(int64_t value, int64_t least, int64_t most) {
        if (value < least)
                return least;
        return value > most ? most : value;
}

int64_t retry_next(int64_t first_sent, int64_t now, int64_t server_wait, uint32_t random) {
        /* A clock that was set back makes a request look unborn: it waits the least. */
        int64_t wait = now > first_sent ? now - first_sent : 0;

        wait = clamp(wait, WAIT_LEAST, WAIT_MOST);
        /* Also what the server asked for is spread: it asked everybody for the same. */
        if (server_wait > wait)
                wait = clamp(server_wait, 0, SERVER_WAIT_MOST);
        return now + wait + (int64_t) ((uint64_t) (wait / 4) * random >> 32);
}
