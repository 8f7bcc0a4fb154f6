/* Idempotency keys as the provider documents them (docs: idempotent-requests): status and body of
 * the first request with a key are stored, failures too, and given again to every later request
 * with that key; parameters are compared; keys are forgotten after their lifetime.
 *
 * Not documented there, and chosen here: another request under a known key is a 400, one whose
 * first request is still running a 409, both of type idempotency_error and not stored; a key is
 * one whole, whatever endpoint it was used on.
 */
#pragma once

#include <stdint.h>

#include "jobs/base/text.h"
#include "tests/sandbox/memory.h"

typedef struct Key {
        Text name;
        uint64_t request;   /* hash of method, path and parameters */
        int64_t used_at;    /* the sandbox's clock */
        int64_t busy_until; /* monotonic: the first request is answered then */
        uint32_t attempts;  /* requests that ever carried it */
        uint32_t session;   /* what the stored answer created, when it has no body of its own */
        uint16_t status;    /* stored; 0: nothing is */
        Text body;          /* stored; no data: it is written out again from the session */
} Key;

typedef struct Keys Keys;

/* `lifetime` in microseconds. Texts go into the arena, which must outlive the keys. */
Keys *keys_new(Arena *arena, int64_t lifetime);
Keys *keys_free(Keys *keys);

/* The key, made if need be, with what is too old taken off it. Borrowed until the next call. */
Key *keys_use(Keys *keys, Text name, int64_t now);

/* Everything stored is forgotten. */
void keys_forget(Keys *keys);

#include "jobs/base/cleanup.h"
DEFINE_CLEANUP(Keys, keys_free)
