/* What the provider's objects look like in a reply (CheckoutSession, PaymentIntent, Refund). v1
 * shows times with milliseconds and null for metadata that is not set, v2 whole seconds and {}. */
#pragma once

#include "jobs/base/buffer.h"
#include "tests/sandbox/store.h"

struct json_t;

typedef struct RenderSession {
        const Store *store;
        const struct json_t *body; /* the session's request body, parsed; NULL: parsed here */
        int generation;
        bool fresh;  /* as in the reply to its creation */
        int64_t now; /* its status is told as of then */
} RenderSession;

void render_session(Buffer *out, const RenderSession *how, uint32_t number);
void render_intent(Buffer *out, const Store *store, int generation, uint32_t number);
void render_refund(Buffer *out, const Store *store, uint32_t number);
