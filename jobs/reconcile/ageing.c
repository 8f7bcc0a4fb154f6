#include "jobs/reconcile/ageing.h"

#include <assert.h>

#include "jobs/base/civil.h"
#include "jobs/base/cleanup.h"

static const char *const names[] = {
        [AGEING_NONE] = "",       [AGEING_CURRENT] = "current", [AGEING_1_30] = "1-30",
        [AGEING_31_60] = "31-60", [AGEING_61_90] = "61-90",     [AGEING_OVER_90] = "90+",
};
static_assert(ELEMENTS(names) == AGEING_COUNT, "every bucket has its name");

const char *ageing_name(AgeingBucket bucket) {
        assert(bucket < AGEING_COUNT);
        return names[bucket];
}

bool ageing_is_owed(Status status) {
        switch (status) {
        case STATUS_HELD:
        case STATUS_QUEUED:
        case STATUS_SENDING:
        case STATUS_UNKNOWN:
        case STATUS_OPEN:
        case STATUS_IN_PROGRESS:
        case STATUS_FAILED:
        case STATUS_EXPIRED:
                return true;
        case STATUS_REJECTED:
        case STATUS_DUPLICATE:
        case STATUS_CONFLICT:
        case STATUS_REFUSED:
        case STATUS_PAID:
        case STATUS_MISMATCH:
        case STATUS_CANCELLED:
        case STATUS_REFUNDED:
        case STATUS_COUNT:
                break;
        }
        return false;
}

AgeingBucket ageing_bucket(int64_t days) {
        if (days <= 0)
                return AGEING_CURRENT;
        if (days <= 30)
                return AGEING_1_30;
        if (days <= 60)
                return AGEING_31_60;
        return days <= 90 ? AGEING_61_90 : AGEING_OVER_90;
}

bool expiry_is_live(Status status) {
        return status == STATUS_OPEN || status == STATUS_IN_PROGRESS;
}

bool expiry_is_within(int64_t expires_at, int64_t now, ExpiryWindow window) {
        static const int64_t lengths[] = {
                [EXPIRY_24_HOURS] = DAY, [EXPIRY_3_DAYS] = 3 * DAY, [EXPIRY_7_DAYS] = 7 * DAY
        };
        static_assert(ELEMENTS(lengths) == EXPIRY_COUNT, "every window has its length");

        assert(window < EXPIRY_COUNT);
        return expires_at > now && expires_at - now <= lengths[window];
}
