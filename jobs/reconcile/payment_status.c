#include "jobs/reconcile/payment_status.h"

#include <assert.h>

#include "jobs/base/cleanup.h"

static const char *const sessions[] = {
        [SESSION_NOT_TOLD] = "",
        [SESSION_CREATED] = "created",
        [SESSION_IN_PROGRESS] = "in_progress",
        [SESSION_FINISHED] = "finished",
        [SESSION_EXPIRED] = "expired",
        [SESSION_OTHER] = "other",
};

static const char *const payments[] = {
        [PAYMENT_OTHER] = "other",
        [PAYMENT_CREATED] = "created",
        [PAYMENT_IN_PROGRESS] = "in_progress",
        [PAYMENT_PENDING] = "pending",
        [PAYMENT_REQUIRES_ACTION] = "requires_action",
        [PAYMENT_SUCCEEDED] = "succeeded",
        [PAYMENT_FAILED] = "failed",
        [PAYMENT_REJECTED] = "rejected",
        [PAYMENT_EXPIRED] = "expired",
};

static const char *const refunds[] = {
        [REFUND_OTHER] = "other",
        [REFUND_CREATED] = "created",
        [REFUND_IN_PROGRESS] = "in_progress",
        [REFUND_SUCCEEDED] = "succeeded",
        [REFUND_FAILED] = "failed",
        [REFUND_CANCELED] = "canceled",
};

static_assert(ELEMENTS(sessions) == SESSION_STATUS_COUNT && SESSION_STATUS_COUNT == 6 &&
                      SESSION_CREATED == 1 && SESSION_FINISHED == 3 && SESSION_OTHER == 5,
              "stored on disk: never renumber");
static_assert(ELEMENTS(payments) == PAYMENT_STATUS_COUNT && PAYMENT_STATUS_COUNT == 9 &&
                      PAYMENT_PENDING == 3 && PAYMENT_SUCCEEDED == 5 && PAYMENT_EXPIRED == 8,
              "stored on disk: never renumber");
static_assert(ELEMENTS(refunds) == REFUND_STATUS_COUNT && REFUND_STATUS_COUNT == 6 &&
                      REFUND_SUCCEEDED == 3 && REFUND_CANCELED == 5,
              "stored on disk: never renumber");

const char *session_status_name(SessionStatus status) {
        assert(status < SESSION_STATUS_COUNT);
        return sessions[status];
}

const char *payment_status_name(PaymentStatus status) {
        assert(status < PAYMENT_STATUS_COUNT);
        return payments[status];
}

const char *refund_status_name(RefundStatus status) {
        assert(status < REFUND_STATUS_COUNT);
        return refunds[status];
}

SessionStatus session_status_of(Text word) {
        for (SessionStatus status = SESSION_CREATED; status < SESSION_OTHER; status++)
                if (text_is(word, sessions[status]))
                        return status;
        return SESSION_OTHER;
}

PaymentStatus payment_status_of(Text word) {
        for (PaymentStatus status = PAYMENT_CREATED; status < PAYMENT_STATUS_COUNT; status++)
                if (text_is(word, payments[status]))
                        return status;
        return PAYMENT_OTHER;
}

RefundStatus refund_status_of(Text word) {
        if (text_is(word, "pending"))
                return REFUND_CREATED;
        if (text_is(word, "rejected"))
                return REFUND_FAILED;
        for (RefundStatus status = REFUND_CREATED; status < REFUND_STATUS_COUNT; status++)
                if (text_is(word, refunds[status]))
                        return status;
        return REFUND_OTHER;
}

bool session_status_is_final(SessionStatus status) {
        return status == SESSION_FINISHED || status == SESSION_EXPIRED;
}

bool payment_status_is_final(PaymentStatus status) {
        return status == PAYMENT_SUCCEEDED || status == PAYMENT_FAILED ||
               status == PAYMENT_REJECTED || status == PAYMENT_EXPIRED;
}
