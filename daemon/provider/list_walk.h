/* ListWalk: one walk through the provider's list of sessions (v2), newest first, a page at a time.
 * Whoever walks says when a page may be asked for, and reads it; the walk knows the cursor, the
 * end, and when to give up.
 *
 * It is complete when a page reaches sessions made before `oldest`, or the list is at its end. A
 * page that fails is asked for again, as often as its user wants; one that is too long to be taken
 * is asked for with fewer sessions. A walk that was cut short proves nothing.
 *
 * Embedded in its user, which outlives the replies (http_loop_free() comes first).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "daemon/provider/http_loop.h"
#include "jobs/base/buffer.h"
#include "jobs/session/rate.h"

/* Reads a page: the number of sessions, and when the last of them was made (0: not said); -EBADMSG:
 * it is none. */
typedef int (*ListWalkPage)(void *userdata, Text body, int64_t *ret_reached);
/* After the last page. `why`: what cut it short; NULL: it is complete. */
typedef void (*ListWalkEnd)(void *userdata, const char *why);

typedef struct ListWalk {
        HttpLoop *http;
        Rate *rate; /* learns of a 429; whoever asks takes from it */
        ListWalkPage page;
        ListWalkEnd end;
        void *userdata;
        unsigned failures_max; /* of one page, before the walk is cut short */
        int64_t again;         /* microseconds between them */
        bool active;
        bool in_flight;
        int64_t oldest;    /* wall clock: it must reach sessions made before */
        int64_t next_page; /* boot clock: not before */
        unsigned failures; /* in a row */
        unsigned pages;
        unsigned limit; /* sessions a page */
        Buffer cursor;
} ListWalk;

/* The first seven members are set. Not while one is active or in flight. */
void list_walk_begin(ListWalk *walk, int64_t oldest);
/* Is a page to be asked for at `now` (boot clock)? */
bool list_walk_wants(const ListWalk *walk, int64_t now);
void list_walk_ask(ListWalk *walk);
/* Frees what it owns; a reply that comes later is not told. */
void list_walk_stop(ListWalk *walk);
