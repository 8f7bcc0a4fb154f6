#include "jobs/reconcile/look.h"

#include "jobs/base/civil.h"
#include "jobs/base/cleanup.h"

#define EXPIRES_DEFAULT DAY
#define MARGIN          MINUTE /* after an expiry: the provider's clock is not ours */
#define BEGUN_EVERY     (5 * MINUTE)
#define FIRST_AGAIN     DAY
#define LAST_AGAIN      (LOOK_CLOSED_DAYS * DAY)
#define PENDING_END     (LOOK_PENDING_LONG_DAYS * DAY)
#define PENDING_GIVE_UP (90 * DAY)

/* how often, up to an age */
typedef struct Step {
        int64_t below;
        int64_t every[2]; /* v1, v2 */
} Step;

static const Step live[] = {
        { HOUR, { 20 * MINUTE, 10 * MINUTE } },
        { DAY, { 2 * HOUR, HOUR } },
        { 7 * DAY, { 6 * HOUR, 3 * HOUR } },
        { INT64_MAX, { 12 * HOUR, 6 * HOUR } },
};

static const Step pending[] = {
        { HOUR, { 5 * MINUTE, 5 * MINUTE } },
        { DAY, { 30 * MINUTE, 30 * MINUTE } },
        { PENDING_END, { 6 * HOUR, 6 * HOUR } },
        { INT64_MAX, { 7 * DAY, 7 * DAY } },
};

static int64_t every(const Step *steps, int64_t age, int api) {
        while (age >= steps->below)
                steps++;
        return steps->every[api == 2];
}

static int64_t least(int64_t a, int64_t b) {
        return a < b ? a : b;
}

static int64_t expiry(const LookFacts *facts) {
        return facts->expires_at != 0 ? facts->expires_at : facts->created_at + EXPIRES_DEFAULT;
}

int64_t look_end(const LookFacts *facts) {
        return facts->ended_at != 0 ? least(facts->ended_at, expiry(facts)) : expiry(facts);
}

static int64_t next_pending(const LookFacts *facts, int64_t now) {
        int64_t end = look_end(facts);
        int64_t age = now - end;

        if (age >= PENDING_GIVE_UP)
                return 0;
        if (age < PENDING_END) /* the look that makes it a finding is not missed */
                return least(now + every(pending, age, facts->api), end + PENDING_END + MARGIN);
        return now + every(pending, age, facts->api);
}

static int64_t next_ended(const LookFacts *facts, int64_t now) {
        int64_t end = look_end(facts);

        if (now < end + FIRST_AGAIN)
                return end + FIRST_AGAIN;
        return now < end + LAST_AGAIN ? end + LAST_AGAIN : 0;
}

/* It should have run out: asked for again soon, then ever more seldom. */
static int64_t next_overdue(int64_t now, int64_t since) {
        int64_t wait = since / 2;

        if (wait < MINUTE)
                wait = MINUTE;
        return now + least(wait, DAY);
}

int64_t look_next(const LookFacts *facts, int64_t now) {
        int64_t runs_out = expiry(facts) + MARGIN;
        int64_t next;

        if (facts->pending)
                return next_pending(facts, now);
        if (facts->gone || session_status_is_final(facts->status))
                return next_ended(facts, now);
        if (now >= runs_out)
                return next_overdue(now, now - runs_out);
        next = now + (facts->status == SESSION_IN_PROGRESS
                              ? BEGUN_EVERY
                              : every(live, now - facts->created_at, facts->api));
        return least(next, runs_out);
}

/* Where a walk may end, as a share of the due sessions that are older. One old session must not
 * make all others dear. */
static const unsigned permille_older[] = { 0, 5, 50, 200, 500 };

int look_choose(const int64_t *created, size_t n, unsigned page_size, LookCount count,
                void *userdata, int64_t *ret_oldest) {
        int64_t best = (int64_t) n;

        *ret_oldest = INT64_MAX;
        for (size_t i = 0; n > 0 && i < ELEMENTS(permille_older); i++) {
                size_t older = n * permille_older[i] / 1000;
                int64_t made, cost, worth = (best - (int64_t) older) * page_size;

                if (worth <= 0) /* those asked for singly alone are dearer */
                        break;
                made = count(userdata, created[older], worth);
                if (made < 0)
                        return (int) made;
                cost = made / page_size + 1 + (int64_t) older;
                if (cost < best) {
                        best = cost;
                        *ret_oldest = created[older];
                }
        }
        return 0;
}
