/* The body of `POST /v1/checkout_sessions` and `POST /v2/checkout_sessions`, checked as the
 * provider documents them (v1: reference "Create Checkout Session"; v2: version 2026-02-01). Only
 * the flow `payment` is simulated. */
#pragma once

#include "tests/sandbox/check.h"
#include "tests/sandbox/store.h"

typedef struct SessionWish {
        int64_t amount; /* of the line items when there are any */
        Currency currency;
        int64_t expires_at; /* instant; 0: the default of the provider */
        Text order;         /* borrowed from the body */
        Text checkoutd;
        Text tax_id; /* customer_data.tax_id.value */
} SessionWish;

/* False: `check` holds the refusal. */
bool check_session(Check *check, const struct json_t *body, SessionWish *ret_wish);
