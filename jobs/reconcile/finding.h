/* Finding: something that does not add up between the rows and the provider. The program records it
 * and never mends it; each says what it means and what a person can do, in Spanish and English.
 *
 * One table, finding.c. The numbers are stored, the names are printed (JSON, reports): both stay.
 */
#pragma once

#include "jobs/base/language.h"
#include "jobs/base/text.h"

/* stored on disk: never renumber */
typedef enum FindingKind {
        FINDING_PAID_OTHER_AMOUNT = 1,
        FINDING_PAID_OTHER_CURRENCY = 2,
        FINDING_PAID_TWICE = 3, /* sessions, generations or runs of one reference */
        FINDING_PAID_LATE = 4,  /* after its expiry, or after the row was over already */
        FINDING_PENDING_LONG = 5,
        FINDING_ORPHAN = 6, /* a session with our metadata.checkoutd that no row knows */
        FINDING_SESSION_GONE = 7,
        FINDING_EXPIRY_MOVED = 8,
        FINDING_GIVEN_UP = 9, /* the outcome was unknown when a person cancelled the row */
        FINDING_REFUNDED_OTHERWISE = 10,
        FINDING_SESSION_DIFFERS = 11, /* what the provider shows under our session is not ours */
        FINDING_SETTLED_DIFFERENCE = 20,
        FINDING_PAYOUT_NOT_OURS = 21,
        FINDING_PAID_NOT_SETTLED = 22,
        FINDING_SETTLED_TWICE = 23, /* a line of a payout file that stood in one already */
        FINDING_KIND_END,
} FindingKind;

/* "paid-twice"; NULL: there is no such kind. */
const char *finding_name(FindingKind kind);
FindingKind finding_of_name(Text name); /* 0 when there is none */
/* One sentence without a full stop: what it is; and what to do about it. */
const char *finding_meaning(FindingKind kind, Language language);
const char *finding_advice(FindingKind kind, Language language);
