/* How the dispatcher stands: what it has done, and when it wants to go on. */
#include <assert.h>
#include <string.h>

#include "daemon/base/turn.h"
#include "daemon/sending/dispatcher_private.h"
#include "jobs/base/civil.h"

#define REPLY_MARGIN (5 * SECOND) /* for libcurl to notice */

static const int64_t buckets[] = {
        SECOND / 20,    SECOND / 10, SECOND / 4,  SECOND / 2,  SECOND,
        5 * SECOND / 2, 5 * SECOND,  10 * SECOND, 30 * SECOND, 60 * SECOND,
};
static_assert(ELEMENTS(buckets) == DISPATCHER_BUCKETS, "the last counts what is above them all");

int64_t dispatcher_bucket(size_t i) {
        return buckets[i];
}

void dispatcher_count(Dispatcher *dispatcher, const Slot *slot) {
        size_t i = 0;

        while (i < DISPATCHER_BUCKETS && slot->duration > buckets[i])
                i++;
        dispatcher->counted.durations[i]++;
        dispatcher->counted.duration_sum += slot->duration;
        dispatcher->counted.attempts[slot->outcome.verdict]++;
        dispatcher->counted.work++;
}

/* Since when a row of it could have been sent; 0: none can. First sends: since the file came. */
static int64_t due_since(const Active *active, int64_t now) {
        int64_t since = 0;

        if (active->hold != HOLD_NONE)
                return 0;
        if (active->next_due != 0 && active->next_due <= now)
                since = active->next_due;
        if (active->scan_from < active->end && (since == 0 || active->received_at < since))
                since = active->received_at;
        return since;
}

static void look_at_ring(const Dispatcher *dispatcher, DispatcherFigures *figures) {
        int64_t now = turn_wall();

        for (const Active *active = dispatcher->ring; active; active = active->next) {
                int64_t since = dispatcher->hold == HOLD_NONE ? due_since(active, now) : 0;

                figures->batches++;
                figures->held_batches += active->hold != HOLD_NONE;
                if (since != 0 && (figures->oldest_due == 0 || since < figures->oldest_due))
                        figures->oldest_due = since;
        }
}

static int64_t reply_by(const Dispatcher *dispatcher) {
        int64_t within = dispatcher->options.settings->provider.timeout + REPLY_MARGIN;
        int64_t first = INT64_MAX;

        for (unsigned i = 0; i < dispatcher->n_slots; i++) {
                const Slot *slot = &dispatcher->slots[i];

                if (slot->state == SLOT_FLYING && slot->left_at + within < first)
                        first = slot->left_at + within;
        }
        return first;
}

int64_t dispatcher_last_success(const Dispatcher *dispatcher) {
        return dispatcher->last_good;
}

void dispatcher_figures(const Dispatcher *dispatcher, DispatcherFigures *ret_figures) {
        *ret_figures = (DispatcherFigures){
                .in_flight = dispatcher->n_used,
                .rate = rate_current(dispatcher->rate),
                .breaker_open = breaker_is_open(&dispatcher->breaker),
                .hold = dispatcher->hold,
                .had_refusals = dispatcher->had_refusals,
                .last_success = dispatcher->last_good,
                .reply_by = reply_by(dispatcher),
                .work = dispatcher->counted.work,
                .duration_sum = dispatcher->counted.duration_sum,
        };
        memcpy(ret_figures->attempts, dispatcher->counted.attempts, sizeof(ret_figures->attempts));
        memcpy(ret_figures->durations, dispatcher->counted.durations,
               sizeof(ret_figures->durations));
        look_at_ring(dispatcher, ret_figures);
}

int64_t dispatcher_next(const Dispatcher *dispatcher) {
        int64_t now = turn_now(), next = INT64_MAX;

        if (dispatcher->n_answered > 0)
                return 0;
        if (dispatcher->stopping || dispatcher->n_used >= dispatcher->limit)
                return INT64_MAX;
        for (const Active *active = dispatcher->ring; active; active = active->next) {
                int64_t due = now + active->next_due - turn_wall();

                if (active->due_waits && !active->canary_passed) {
                        if (active->canary_replaced_at == 0)
                                continue; /* the canaries' replies wake us */
                        if (due < active->canary_replaced_at)
                                due = active->canary_replaced_at;
                }
                if (active->hold == HOLD_NONE && active->next_due != 0 && due < next)
                        next = due;
        }
        if (dispatcher->more)
                next = now;
        if (next == INT64_MAX)
                return next;
        if (dispatcher->hold == HOLD_ACCOUNT && dispatcher->n_used > 0)
                return INT64_MAX; /* the probe's answer wakes us */
        if (dispatcher->hold == HOLD_ACCOUNT)
                return next > dispatcher->probe_at ? next : dispatcher->probe_at;
        if (dispatcher->hold != HOLD_NONE)
                return INT64_MAX;
        if (breaker_is_open(&dispatcher->breaker)) {
                if (dispatcher->n_used > 0)
                        return INT64_MAX; /* the probe's answer wakes us */
                if (next < dispatcher->breaker.next_probe)
                        next = dispatcher->breaker.next_probe;
        }
        if (next < rate_next(dispatcher->rate, now))
                next = rate_next(dispatcher->rate, now);
        return next;
}
