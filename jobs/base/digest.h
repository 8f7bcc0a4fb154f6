/* SHA-256 (libcrypto). What can fail gives 0 or -ENOMEM. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define DIGEST_SIZE     32
#define DIGEST_HEX_SIZE (2 * DIGEST_SIZE + 1)

typedef struct Digest Digest; /* one computation, re-usable */

int digest_new(Digest **ret_digest); /* begun */
Digest *digest_free(Digest *digest);
int digest_add(Digest *digest, const void *bytes, size_t size);
/* Gives the digest of all that was added and begins anew. */
int digest_end(Digest *digest, uint8_t ret[static DIGEST_SIZE]);

/* Lower-case hexadecimal, `2 * size` characters and a NUL. */
void digest_hex(const uint8_t *bytes, size_t size, char *out);

#include "jobs/base/cleanup.h"
DEFINE_CLEANUP(Digest, digest_free)
