#include "jobs/session/rate.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>

#include "jobs/base/civil.h"

#define MILLISECOND INT64_C(1000)

/* Nobody's second is exactly ours: a request may be seen some milliseconds after it was taken. So
 * the second that is never exceeded is a little longer, and the pace is a little slower than the
 * rate; the room between both (8 ms in a second) takes up the lateness of wake-ups, which would
 * otherwise add up: 0.987 x (1 / 1.005) keeps the mean within 2 % of the rate. */
#define WINDOW    (1005 * MILLISECOND)
#define PACE      0.987
#define TOLERANCE (100 * MILLISECOND) /* lateness that is caught up; more was idleness */

#define RATE_FIRST   5.0
#define RATE_LEAST   1.0
#define CUT_PAUSE    SECOND
#define GROWTH_LEAST 1.0  /* per second, each second */
#define GROWTH_SHARE 20.0 /* or this part of the ceiling */
#define SLOTS        2048 /* a power of two, more than the window has milliseconds */

/* requests that left in the same millisecond */
typedef struct Slot {
        int64_t millisecond;
        uint32_t count;
} Slot;

struct Rate {
        double ceiling; /* 0: unlimited */
        double current;
        int64_t next;      /* by the pace alone: when the next one is due */
        int64_t grown_at;  /* 0: no good reply yet */
        int64_t cut_at;    /* 0: never */
        uint64_t in_slots; /* sum of the slots from head to tail */
        size_t head, tail; /* count on, taken modulo SLOTS */
        Slot slots[SLOTS];
};

static_assert((SLOTS & (SLOTS - 1)) == 0 && SLOTS > WINDOW / MILLISECOND + 1,
              "a window fits into the ring");

int rate_new(double ceiling, double start, Rate **ret_rate) {
        Rate *rate = calloc(1, sizeof(*rate));

        if (!rate)
                return -ENOMEM;

        rate->current = start > 0 ? start : RATE_FIRST;
        rate_set_ceiling(rate, ceiling);
        *ret_rate = rate;
        return 0;
}

Rate *rate_free(Rate *rate) {
        free(rate);
        return NULL;
}

void rate_set_ceiling(Rate *rate, double ceiling) {
        assert(ceiling >= 0);
        rate->ceiling = ceiling;
        if (ceiling > 0 && rate->current > ceiling)
                rate->current = ceiling;
}

static uint64_t in_window_most(const Rate *rate) {
        return rate->current < 1 ? 1 : (uint64_t) rate->current;
}

static int64_t interval(const Rate *rate) {
        /* By what the window lets through, so that both agree also at 7.9 a second. */
        double paced = rate->current < 1 ? rate->current : (double) in_window_most(rate);

        return (int64_t) ((double) SECOND / (paced * PACE));
}

static const Slot *slot_at(const Rate *rate, size_t i) {
        return &rate->slots[i & (SLOTS - 1)];
}

/* When a slot has left the window for certain. */
static int64_t slot_end(const Slot *slot) {
        return (slot->millisecond + 1) * MILLISECOND + WINDOW;
}

static void forget_slots(Rate *rate, int64_t now) {
        while (rate->head != rate->tail && slot_end(slot_at(rate, rate->head)) <= now) {
                rate->in_slots -= slot_at(rate, rate->head)->count;
                rate->head++;
        }
}

static void count_one(Rate *rate, int64_t now) {
        int64_t millisecond = now / MILLISECOND;
        Slot *slot = &rate->slots[(rate->tail - 1) & (SLOTS - 1)];

        if (rate->head == rate->tail || slot->millisecond < millisecond) {
                assert(rate->tail - rate->head < SLOTS);
                slot = &rate->slots[rate->tail++ & (SLOTS - 1)];
                *slot = (Slot){ .millisecond = millisecond };
        }
        slot->count++;
        rate->in_slots++;
}

static bool may_leave(const Rate *rate, int64_t now) {
        return rate->next <= now && rate->in_slots < in_window_most(rate);
}

unsigned rate_take(Rate *rate, int64_t now, unsigned wanted) {
        unsigned taken = 0;

        if (rate->ceiling <= 0)
                return wanted;

        forget_slots(rate, now);
        if (rate->next < now - TOLERANCE)
                rate->next = now;
        while (taken < wanted && may_leave(rate, now)) {
                count_one(rate, now);
                rate->next += interval(rate);
                taken++;
        }
        return taken;
}

void rate_left(Rate *rate, int64_t now, unsigned n) {
        unsigned moved = 0;

        if (rate->ceiling <= 0)
                return;
        for (; moved < n && rate->head != rate->tail; moved++) {
                Slot *slot = &rate->slots[(rate->tail - 1) & (SLOTS - 1)];

                assert(slot->count > 0);
                slot->count--;
                rate->in_slots--;
                rate->tail -= slot->count == 0;
        }
        for (; moved > 0; moved--)
                count_one(rate, now);
}

int64_t rate_next(const Rate *rate, int64_t now) {
        uint64_t left = rate->in_slots;
        int64_t at = now;

        if (rate->ceiling <= 0)
                return now;

        for (size_t i = rate->head; i != rate->tail && left >= in_window_most(rate); i++) {
                int64_t end = slot_end(slot_at(rate, i));

                left -= slot_at(rate, i)->count;
                at = end > at ? end : at;
        }
        return rate->next > at ? rate->next : at;
}

void rate_good(Rate *rate, int64_t now) {
        double growth = rate->ceiling / GROWTH_SHARE;
        int64_t since = now - rate->grown_at;

        if (rate->ceiling <= 0)
                return;

        if (rate->grown_at == 0)
                since = 0;
        if (since > SECOND) /* one reply after a silence proves no more than that */
                since = SECOND;
        if (growth < GROWTH_LEAST)
                growth = GROWTH_LEAST;
        rate->grown_at = now;
        rate->current += growth * (double) since / (double) SECOND;
        if (rate->current > rate->ceiling)
                rate->current = rate->ceiling;
}

void rate_too_many(Rate *rate, int64_t now) {
        double least = rate->ceiling < RATE_LEAST ? rate->ceiling : RATE_LEAST;

        if (rate->ceiling <= 0)
                return;

        rate->grown_at = now;
        /* What was already on its way when the rate was cut says nothing about the new one. */
        if (rate->cut_at != 0 && now - rate->cut_at < CUT_PAUSE)
                return;
        rate->cut_at = now;
        rate->current /= 2;
        if (rate->current < least)
                rate->current = least;
}

double rate_current(const Rate *rate) {
        return rate->ceiling > 0 ? rate->current : 0;
}
