/* Ageing: how long money has been owed, and which links are about to run out. Pure arithmetic on
 * days and instants; the caller knows the zone. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "jobs/session/status.h"

/* by days since the due date, else since the row came in */
typedef enum AgeingBucket {
        AGEING_NONE, /* nothing is owed by it: paid, given back, withdrawn, or never a request */
        AGEING_CURRENT,
        AGEING_1_30,
        AGEING_31_60,
        AGEING_61_90,
        AGEING_OVER_90,
        AGEING_COUNT,
} AgeingBucket;

/* "current", "1-30", "31-60", "61-90", "90+"; "" for AGEING_NONE. Stable: JSON and CSV. */
const char *ageing_name(AgeingBucket bucket);
/* Is money still expected for a row of this status: not sent yet, live, or ended without a
 * payment? Rows that never were a request (rejected, duplicate, conflict, refused) come back as
 * other rows and are counted there. */
bool ageing_is_owed(Status status);
/* Day 0 is current: a bucket says how many whole days late. */
AgeingBucket ageing_bucket(int64_t days);

/* links that run out within a time; each holds those of the shorter ones too */
typedef enum ExpiryWindow {
        EXPIRY_24_HOURS,
        EXPIRY_3_DAYS,
        EXPIRY_7_DAYS,
        EXPIRY_COUNT,
} ExpiryWindow;

/* Can its link still be paid? */
bool expiry_is_live(Status status);
/* Does a link that lives until `expires_at` run out in that window from `now` on? One whose time is
 * over already does not: it waits for the provider to say so. */
bool expiry_is_within(int64_t expires_at, int64_t now, ExpiryWindow window);
