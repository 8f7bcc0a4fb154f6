/* The idempotency key of a session request. It depends on who asks for what, not on the body: the
 * same order after a lost store gives the same key, and the provider replays or refuses it, but
 * never makes a second session. The same text is sent as metadata.checkoutd and recognises our
 * sessions in every reply. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "jobs/base/digest.h"
#include "jobs/base/text.h"

#define SESSION_KEY_SIZE DIGEST_HEX_SIZE /* 64 hexadecimal digits and a NUL */

/* Each part goes into the digest with its length before it, so that no two lists of parts give the
 * same bytes. 0 or -ENOMEM. */
int session_key_make(Text instance, bool live, Text profile, Text run, Text reference,
                     uint32_t generation, char ret[static SESSION_KEY_SIZE]);
/* The key of the `attempt`th request to end that generation's session, for that purpose. */
int session_key_make_expire(Text instance, bool live, Text profile, Text run, Text reference,
                            uint32_t generation, unsigned purpose, uint32_t attempt,
                            char ret[static SESSION_KEY_SIZE]);
