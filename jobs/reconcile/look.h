/* Look: when the provider is asked next about a session, by what was last heard of it. Pure: `now`
 * is an argument, instants are UTC microseconds of the wall clock.
 *
 *   live       by age, more seldom as it grows older; and just after it should have run out
 *   begun      every few minutes: something is about to happen
 *   pending    a payment that has not ended: often at first, up to 10 days after the session's end
 *              (docs.fintoc.com /docs/dealing-with-payment-exceptions-1), then every week for 90
 *   ended      1 and 11 days after its end, for a payment that comes late; then no more
 *
 * v1 has no list, every look is a request of its own: its live sessions are asked for more seldom.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "jobs/reconcile/payment_status.h"

#define LOOK_PENDING_LONG_DAYS 10 /* after which a pending payment is a finding */
#define LOOK_CLOSED_DAYS       11 /* after which an ended session is not looked at any more */

typedef struct LookFacts {
        SessionStatus status;
        int api;            /* ApiVersion */
        bool pending;       /* a payment of it has not ended */
        bool gone;          /* the provider does not know it any more */
        int64_t created_at; /* of the session */
        int64_t expires_at; /* 0: not said; the provider's default is a day */
        int64_t ended_at;   /* when a payment or a person ended it before it ran out; 0: none did */
} LookFacts;

/* When to ask next; 0: not any more. */
int64_t look_next(const LookFacts *facts, int64_t now);
/* When the session was at its end, or will be: it ran out, or was ended before. */
int64_t look_end(const LookFacts *facts);

/* How many sessions were made at or after `since`, counted up to `max`; negative errno. */
typedef int64_t (*LookCount)(void *userdata, int64_t since, int64_t max);
/* Which of the due sessions are cheaper found by walking the list, newest first, `page_size` a
 * request, than by a request each? `created`: the times of making of the `n` due ones, sorted.
 * `*ret_oldest`: the walk's end; INT64_MAX: none, ask for each. Negative errno of `count`. */
int look_choose(const int64_t *created, size_t n, unsigned page_size, LookCount count,
                void *userdata, int64_t *ret_oldest);
