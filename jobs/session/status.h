/* Status: what became of a row; always exactly one. The legal moves are data, checked by
 * status_may_move() before every UPDATE, and repeated as CHECKs in the schema.
 *
 *   held <-> queued -> sending -> open -> in_progress -> paid -> refunded
 *              ^         | |        |         |            \-> mismatch
 *              |         | |        +---------+-> expired, cancelled, failed
 *              |         | |                      (later facts may still make these paid)
 *              |         | +-> refused
 *              +---------+-> unknown, held (reply-mismatch)
 *
 *   expired, cancelled and failed go back to queued when a person reissues the row: the old session
 *   is known to be over, and its next generation is sent.
 *
 *   rejected, duplicate, conflict are final from the start; a row enters as one of them, or queued.
 */
#pragma once

#include <stdbool.h>

/* stored on disk: never renumber */
typedef enum Status {
        STATUS_REJECTED = 1,
        STATUS_DUPLICATE = 2,
        STATUS_CONFLICT = 3,
        STATUS_HELD = 4,
        STATUS_QUEUED = 5,
        STATUS_SENDING = 6,
        STATUS_UNKNOWN = 7,
        STATUS_REFUSED = 8,
        STATUS_OPEN = 9,
        STATUS_IN_PROGRESS = 10,
        STATUS_PAID = 11,
        STATUS_MISMATCH = 12,
        STATUS_FAILED = 13,
        STATUS_EXPIRED = 14,
        STATUS_CANCELLED = 15,
        STATUS_REFUNDED = 16,
        STATUS_COUNT,
} Status;

/* why a row, a batch or the daemon is held; stored on disk, never renumber */
typedef enum Hold {
        HOLD_NONE = 0,
        HOLD_APPROVAL = 1,
        HOLD_OPERATOR = 2,
        HOLD_ACCOUNT = 3,
        HOLD_CANARY = 4,
        HOLD_REPLY_MISMATCH = 5,
        HOLD_STORE = 6,
        HOLD_COUNT,
} Hold;

const char *status_name(Status status);  /* "queued" */
Status status_of_name(const char *name); /* 0 when there is none */
const char *hold_name(Hold hold);        /* "reply-mismatch"; "" for HOLD_NONE */
bool status_may_move(Status from, Status to);
/* Does a row of this status keep its reference from being used again? */
bool status_takes_reference(Status status);
/* Nothing more will be sent for it, and nothing is on the wire. */
bool status_is_settled(Status status);
/* Can the person who made the file mend it and drop it again (rejected, refused, conflict)? */
bool status_is_mendable(Status status);
