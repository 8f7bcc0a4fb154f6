/* What the answer to "expire this session" is worth (docs.fintoc.com: POST
 * /v2/checkout_sessions/{id}/expire). It proves nothing: a 2xx may be a stored one, a 5xx may have
 * ended the session. Only looking at the session tells. What the answer decides is whether to look,
 * and what is asked next when the session is as it was.
 */
#pragma once

#include "jobs/session/verdict.h"

typedef enum ExpireAnswer {
        EXPIRE_LOOK,      /* answered, and the answer is stored: a further request has a new key */
        EXPIRE_LOOK_SAME, /* not heard to the end: a further request has the same key */
        EXPIRE_AGAIN,     /* it was not carried out: asked again, with the same key */
        EXPIRE_AGAIN_NEW, /* throttled, and that may be stored: asked again, with a new key */
        EXPIRE_ACCOUNT,   /* the account or the installation: asked again much later */
} ExpireAnswer;

ExpireAnswer expire_answer(Transfer transfer, int http_status);
