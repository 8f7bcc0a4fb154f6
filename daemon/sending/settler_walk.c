/* One walk through the provider's list of sessions, for all rows whose outcome is unknown. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/log.h"
#include "daemon/sending/settler_private.h"
#include "jobs/base/civil.h"
#include "jobs/session/session_list.h"

#define MARGIN (10 * MINUTE) /* the provider's clock is not ours */
#define REST   MINUTE        /* after a walk that was cut short */

static int compare_keys(const void *a, const void *b) {
        const Lookup *const *x = a, *const *y = b;

        return strcmp((*x)->key, (*y)->key);
}

static Lookup *find_key(const Settler *settler, Text key) {
        size_t low = 0, high = settler->n_by_key;

        while (low < high) {
                size_t middle = low + (high - low) / 2;
                Text there = text_of(settler->by_key[middle]->key);
                int c = there.size == key.size ? memcmp(there.data, key.data, key.size)
                                               : strncmp(there.data, key.data, key.size);

                if (c == 0)
                        return there.size == key.size ? settler->by_key[middle] : NULL;
                if (c < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return NULL;
}

void settler_walk_end(Settler *settler) {
        list_walk_stop(&settler->walk);
        free(settler->by_key);
        settler->by_key = NULL;
        settler->n_by_key = 0;
        for (size_t i = 0; i < settler->n_lookups; i++)
                settler->lookups[i].walking = false;
}

/* --- what a page says ----------------------------------------------------------------------- */

typedef struct Page {
        Settler *settler;
        int64_t reached;
} Page;

static int see(void *userdata, const ListedSession *session) {
        Page *page = userdata;
        const Settler *settler = page->settler;
        Lookup *lookup = session->checkoutd.size > 0 ? find_key(settler, session->checkoutd) : NULL;
        Attempt attempt;

        page->reached = session->created_at;
        if (!lookup || lookup->found)
                return 0;
        /* It is judged as if it had been the answer to our request. */
        attempt = (Attempt){ .transfer = TRANSFER_COMPLETE,
                             .http_status = 200,
                             .body = session->json,
                             .key = lookup->key,
                             .amount = lookup->amount,
                             .currency = lookup->currency,
                             .live = settler->options.live };
        outcome_done(&lookup->outcome);
        if (verdict_judge(&attempt, turn_wall(), &lookup->outcome) < 0)
                return -ENOMEM;
        lookup->found = lookup->outcome.verdict == VERDICT_CREATED ||
                        lookup->outcome.verdict == VERDICT_MISMATCH;
        return 0;
}

static int on_page(void *userdata, Text body, int64_t *ret_reached) {
        Page page = { .settler = userdata };
        int n = session_list_read(body, see, &page);

        *ret_reached = page.reached;
        return n;
}

static void note_absent(Settler *settler) {
        int64_t now = turn_now();

        for (size_t i = 0; i < settler->n_lookups; i++) {
                Lookup *lookup = &settler->lookups[i];

                if (!lookup->walking || lookup->found)
                        continue;
                if (lookup->absent_at == 0)
                        lookup->absent_at = now;
                else
                        lookup->proven_absent = true;
        }
}

static void on_end(void *userdata, const char *why) {
        Settler *settler = userdata;

        if (why) {
                log_say(MESSAGE_LIST_UNREADABLE,
                        "the provider's list of sessions could not be read to its end (%s); it proves nothing, trying again in a minute",
                        why);
                settler->no_walk_before = turn_now() + REST;
        } else {
                log_info("walked the provider's list of sessions: %u pages", settler->walk.pages);
                note_absent(settler);
        }
        settler_walk_end(settler);
        turn_ask(settler->options.turn); /* what was found is true all the same */
}

/* --- pages ---------------------------------------------------------------------------------- */

void settler_walk_init(Settler *settler) {
        settler->walk = (ListWalk){ .http = settler->options.http,
                                    .rate = settler->options.rate,
                                    .page = on_page,
                                    .end = on_end,
                                    .userdata = settler,
                                    .failures_max = 5,
                                    .again = 5 * SECOND };
}

int64_t settler_walk_at(const Settler *settler, const Lookup *lookup) {
        if (!lookup->walkable || lookup->found || lookup->proven_absent)
                return INT64_MAX;
        return lookup->absent_at == 0
                       ? lookup->noticed + settler->options.settings->provider.absence_wait
                       : lookup->absent_at + settler->options.settings->provider.absence_recheck;
}

static bool begin(Settler *settler, int64_t now) {
        int64_t oldest = INT64_MAX;

        settler->by_key = calloc(settler->n_lookups + 1, sizeof(Lookup *));
        if (!settler->by_key)
                return false;
        for (size_t i = 0; i < settler->n_lookups; i++) {
                Lookup *lookup = &settler->lookups[i];

                if (!lookup->walkable || lookup->found || lookup->proven_absent)
                        continue;
                settler->by_key[settler->n_by_key++] = lookup;
                lookup->walking = settler_walk_at(settler, lookup) <= now;
                if (lookup->walking && lookup->first_sent - MARGIN < oldest)
                        oldest = lookup->first_sent - MARGIN;
        }
        qsort(settler->by_key, settler->n_by_key, sizeof(Lookup *), compare_keys);
        list_walk_begin(&settler->walk, oldest);
        return true;
}

void settler_walk(Settler *settler, int64_t now) {
        bool due = false;

        if (settler->stopping)
                return;
        for (size_t i = 0; !due && i < settler->n_lookups; i++)
                due = settler_walk_at(settler, &settler->lookups[i]) <= now;
        if (!settler->walk.active &&
            (!due || now < settler->no_walk_before || !begin(settler, now)))
                return;
        if (list_walk_wants(&settler->walk, now) && rate_take(settler->options.rate, now, 1) > 0)
                list_walk_ask(&settler->walk);
}
