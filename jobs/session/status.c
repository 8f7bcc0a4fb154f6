#include "jobs/session/status.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "jobs/base/cleanup.h"

#define TO(name) (UINT32_C(1) << STATUS_##name)

/* what the provider may still say about a session, whatever it said before */
#define TO_OVER     (TO(FAILED) | TO(EXPIRED) | TO(CANCELLED))
#define TO_PAYMENTS (TO(PAID) | TO(MISMATCH) | TO(REFUNDED))
/* what is over: a payment that is under way after all; or sent anew, on a person's request */
#define TO_ANEW (TO(IN_PROGRESS) | TO(QUEUED))

typedef struct State {
        const char *name;
        uint32_t next;
        bool takes_reference;
        bool settled;
        bool mendable;
} State;

static const State states[] = {
        [STATUS_REJECTED] = { "rejected", 0, false, true, true },
        [STATUS_DUPLICATE] = { "duplicate", 0, false, true, false },
        [STATUS_CONFLICT] = { "conflict", 0, false, true, true },
        [STATUS_HELD] = { "held", TO(QUEUED) | TO(CANCELLED), true, false, false },
        [STATUS_QUEUED] = { "queued",
                            TO(SENDING) | TO(HELD) | TO(CANCELLED) | TO(REJECTED) | TO(DUPLICATE) |
                                    TO(CONFLICT),
                            true, false, false },
        [STATUS_SENDING] = { "sending",
                             TO(OPEN) | TO(REFUSED) | TO(QUEUED) | TO(UNKNOWN) | TO(HELD), true,
                             false, false },
        [STATUS_UNKNOWN] = { "unknown",
                             TO(SENDING) | TO(QUEUED) | TO(OPEN) | TO(REFUSED) | TO(HELD) |
                                     TO(CANCELLED),
                             true, false, false },
        [STATUS_REFUSED] = { "refused", TO(QUEUED), false, true, true }, /* requeued by a person */
        [STATUS_OPEN] = { "open", TO(IN_PROGRESS) | TO_PAYMENTS | TO_OVER, true, true, false },
        [STATUS_IN_PROGRESS] = { "in_progress", TO(OPEN) | TO_PAYMENTS | TO_OVER, true, true,
                                 false },
        [STATUS_PAID] = { "paid", TO(REFUNDED) | TO(MISMATCH), true, true, false },
        [STATUS_MISMATCH] = { "mismatch", TO(REFUNDED) | TO(PAID), true, true, false },
        [STATUS_FAILED] = { "failed", TO_ANEW | TO_PAYMENTS, false, true, false },
        [STATUS_EXPIRED] = { "expired", TO_ANEW | TO_PAYMENTS, false, true, false },
        [STATUS_CANCELLED] = { "cancelled", TO_ANEW | TO_PAYMENTS, false, true, false },
        [STATUS_REFUNDED] = { "refunded", TO(MISMATCH) | TO(PAID), true, true, false },
};

static const char *const holds[] = {
        [HOLD_NONE] = "",
        [HOLD_APPROVAL] = "approval",
        [HOLD_OPERATOR] = "operator",
        [HOLD_ACCOUNT] = "account",
        [HOLD_CANARY] = "canary",
        [HOLD_REPLY_MISMATCH] = "reply-mismatch",
        [HOLD_STORE] = "store",
};

static_assert(ELEMENTS(states) == STATUS_COUNT && ELEMENTS(holds) == HOLD_COUNT,
              "every status and every hold has its line");
static_assert(STATUS_REJECTED == 1 && STATUS_DUPLICATE == 2 && STATUS_CONFLICT == 3 &&
                      STATUS_HELD == 4 && STATUS_QUEUED == 5 && STATUS_SENDING == 6 &&
                      STATUS_UNKNOWN == 7 && STATUS_REFUSED == 8,
              "stored on disk: never renumber");
static_assert(STATUS_OPEN == 9 && STATUS_IN_PROGRESS == 10 && STATUS_PAID == 11 &&
                      STATUS_MISMATCH == 12 && STATUS_FAILED == 13 && STATUS_EXPIRED == 14 &&
                      STATUS_CANCELLED == 15 && STATUS_REFUNDED == 16 && STATUS_COUNT == 17,
              "stored on disk: never renumber");
static_assert(HOLD_NONE == 0 && HOLD_APPROVAL == 1 && HOLD_OPERATOR == 2 && HOLD_ACCOUNT == 3 &&
                      HOLD_CANARY == 4 && HOLD_REPLY_MISMATCH == 5 && HOLD_STORE == 6 &&
                      HOLD_COUNT == 7,
              "stored on disk: never renumber");

static const State *state_of(Status status) {
        assert(status > 0 && status < STATUS_COUNT);
        return &states[status];
}

const char *status_name(Status status) {
        return state_of(status)->name;
}

Status status_of_name(const char *name) {
        for (Status status = STATUS_REJECTED; status < STATUS_COUNT; status++)
                if (strcmp(states[status].name, name) == 0)
                        return status;
        return (Status) 0;
}

const char *hold_name(Hold hold) {
        assert(hold < HOLD_COUNT);
        return holds[hold];
}

bool status_may_move(Status from, Status to) {
        assert(to > 0 && to < STATUS_COUNT);
        return (state_of(from)->next & UINT32_C(1) << to) != 0;
}

bool status_takes_reference(Status status) {
        return state_of(status)->takes_reference;
}

bool status_is_settled(Status status) {
        return state_of(status)->settled;
}

bool status_is_mendable(Status status) {
        return state_of(status)->mendable;
}
