/* One walk through the provider's list of sessions, newest first. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/log.h"
#include "daemon/settler_private.h"
#include "jobs/base/civil.h"
#include "jobs/session/session_list.h"

#define MARGIN       (10 * MINUTE) /* the provider's clock is not ours */
#define AGAIN        (5 * SECOND)
#define FAILURES_MAX 5U
#define REST         MINUTE /* after a walk that was cut short */

static int compare_keys(const void *a, const void *b) {
        const Lookup *const *x = a, *const *y = b;

        return strcmp((*x)->key, (*y)->key);
}

static Lookup *find_key(const Walk *walk, Text key) {
        size_t low = 0, high = walk->n_by_key;

        while (low < high) {
                size_t middle = low + (high - low) / 2;
                Text there = text_of(walk->by_key[middle]->key);
                int c = there.size == key.size ? memcmp(there.data, key.data, key.size)
                                               : strncmp(there.data, key.data, key.size);

                if (c == 0)
                        return there.size == key.size ? walk->by_key[middle] : NULL;
                if (c < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return NULL;
}

void settler_walk_end(Settler *settler) {
        Walk *walk = &settler->walk;

        buffer_done(&walk->cursor);
        free(walk->by_key);
        *walk = (Walk){ .active = false };
        for (size_t i = 0; i < settler->n_lookups; i++)
                settler->lookups[i].walking = false;
}

/* --- what a page says ----------------------------------------------------------------------- */

static int see(void *userdata, const ListedSession *session) {
        Settler *settler = userdata;
        Lookup *lookup =
                session->checkoutd.size > 0 ? find_key(&settler->walk, session->checkoutd) : NULL;
        Attempt attempt;

        settler->walk.reached = session->created_at;
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

static void complete(Settler *settler) {
        int64_t now = turn_now();

        log_info("walked the provider's list of sessions: %u pages", settler->walk.pages);
        for (size_t i = 0; i < settler->n_lookups; i++) {
                Lookup *lookup = &settler->lookups[i];

                if (!lookup->walking || lookup->found)
                        continue;
                if (lookup->absent_at == 0)
                        lookup->absent_at = now;
                else
                        lookup->proven_absent = true;
        }
        settler_walk_end(settler);
        turn_ask(settler->options.turn);
}

static void fail(Settler *settler, const char *why) {
        Walk *walk = &settler->walk;

        walk->next_page = turn_now() + AGAIN;
        if (++walk->failures < FAILURES_MAX)
                return;
        log_say(MESSAGE_LIST_UNREADABLE,
                "the provider's list of sessions could not be read to its end (%s); it proves nothing, trying again in a minute",
                why);
        settler->no_walk_before = turn_now() + REST;
        settler_walk_end(settler);
        turn_ask(settler->options.turn); /* what was found is true all the same */
}

static void on_page(void *userdata, const HttpReply *reply) {
        Settler *settler = userdata;
        Walk *walk = &settler->walk;
        int n;

        walk->in_flight = false;
        if (reply->transfer != TRANSFER_COMPLETE || reply->status != 200) {
                if (reply->status == 429)
                        rate_too_many(settler->options.rate, turn_now());
                fail(settler, reply->failure);
                return;
        }
        n = session_list_read(reply->body, see, settler);
        if (n < 0) {
                fail(settler, "no list");
                return;
        }
        walk->failures = 0;
        walk->pages++;
        walk->next_page = 0;
        if ((n > 0 && walk->reached != 0 && walk->reached < walk->oldest) ||
            session_list_next(reply->link, &walk->cursor) == 0)
                complete(settler);
}

/* --- pages ---------------------------------------------------------------------------------- */

static void ask_page(Settler *settler, int64_t now) {
        Walk *walk = &settler->walk;
        AUTO_BUFFER path = BUFFER_EMPTY;
        HttpRequest request = { .done = on_page, .userdata = settler };

        if (walk->in_flight || now < walk->next_page ||
            rate_take(settler->options.rate, now, 1) == 0)
                return;
        if (session_list_path(&path, (Text){ walk->cursor.data, walk->cursor.size }) < 0)
                return;
        request.path = path.data;
        walk->in_flight = http_loop_send(settler->options.http, &request) == 0;
}

int64_t settler_walk_at(const Settler *settler, const Lookup *lookup) {
        if (!lookup->walkable || lookup->found || lookup->proven_absent)
                return INT64_MAX;
        return lookup->absent_at == 0
                       ? lookup->noticed + settler->options.settings->provider.absence_wait
                       : lookup->absent_at + settler->options.settings->provider.absence_recheck;
}

static bool begin(Settler *settler, int64_t now) {
        Walk *walk = &settler->walk;

        assert(!walk->active);
        walk->by_key = calloc(settler->n_lookups + 1, sizeof(Lookup *));
        if (!walk->by_key)
                return false;
        walk->active = true;
        walk->began = now;
        walk->oldest = INT64_MAX;
        for (size_t i = 0; i < settler->n_lookups; i++) {
                Lookup *lookup = &settler->lookups[i];

                if (!lookup->walkable || lookup->found || lookup->proven_absent)
                        continue;
                walk->by_key[walk->n_by_key++] = lookup;
                lookup->walking = settler_walk_at(settler, lookup) <= now;
                if (lookup->walking && lookup->first_sent - MARGIN < walk->oldest)
                        walk->oldest = lookup->first_sent - MARGIN;
        }
        qsort(walk->by_key, walk->n_by_key, sizeof(Lookup *), compare_keys);
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
        ask_page(settler, now);
}
