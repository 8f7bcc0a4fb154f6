/* Verdict: what one attempt to create a session proved. Judged by the content of the reply, not by
 * its status alone; one table (verdict.c) maps what came back to a verdict, and what it does not
 * know falls to the safe side.
 *
 * After an attempt whose outcome is open, only a session or a known problem of the row is an
 * answer; all else leaves it unknown. A 5xx is no proof that nothing was made: like
 * VERDICT_UNKNOWN, a VERDICT_STORED of a 5xx leaves the outcome open. A 429 is told by its HTTP
 * status, for after an open attempt its verdict is unknown too.
 *
 * The provider's rules behind it (docs.fintoc.com /api/fintoc-api/idempotent-requests): the first
 * answer under a key is stored and replayed, 4xx and 5xx too; authentication failures are not.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "jobs/base/money.h"
#include "jobs/base/text.h"

/* stored on disk: never renumber */
typedef enum Verdict {
        VERDICT_CREATED = 1,   /* 2xx, a session with our key, amount, currency and mode */
        VERDICT_MISMATCH = 2,  /* 2xx, a session, but not the one that was asked for */
        VERDICT_REFUSED = 3,   /* a complete 4xx with the provider's envelope, about this row */
        VERDICT_ACCOUNT = 4,   /* about the account or the installation: holds all sending */
        VERDICT_TRY_LATER = 5, /* known to have made nothing; the same key may be sent again */
        VERDICT_STORED = 6,    /* a complete 5xx or 429: may be stored and replayed for ever */
        VERDICT_UNKNOWN = 7,   /* something may have been made; the same key finds out */
        VERDICT_COUNT,
} Verdict;

typedef enum Transfer {
        TRANSFER_COMPLETE, /* a whole reply was read */
        TRANSFER_NOT_SENT, /* name, connection or TLS failed: no byte of the request left */
        TRANSFER_BROKEN,   /* the request may have arrived; there is no whole reply */
} Transfer;

/* what came back, and what it is compared with */
typedef struct Attempt {
        Transfer transfer;
        int http_status;
        Text body;         /* at most 1 MiB; a longer one is TRANSFER_BROKEN */
        Text retry_after;  /* header, empty: none */
        bool earlier_open; /* an earlier attempt under this key has no complete answer */
        const char *key;
        int64_t amount;
        Currency currency;
        bool live;
} Attempt;

/* owns its strings; NULL: not said. Begin with OUTCOME_NONE */
typedef struct Outcome {
        Verdict verdict;
        char *session_id;
        char *url;          /* redirect_url; only with VERDICT_CREATED */
        int64_t created_at; /* UTC microseconds, 0: not said; only with VERDICT_CREATED */
        int64_t expires_at; /* the same */
        char *code;    /* the provider's error code, or ours for what was wrong ("no-envelope") */
        char *message; /* the provider's text, at most 500 bytes */
        int64_t retry_after;    /* microseconds from now, -1: not said */
        bool customer_conflict; /* with VERDICT_REFUSED: v2, the payer is already a customer (409) */
} Outcome;

#define OUTCOME_NONE ((Outcome){ .retry_after = -1 })

/* `now` turns a Retry-After date into a wait. 0 or -ENOMEM. */
int verdict_judge(const Attempt *attempt, int64_t now, Outcome *ret_outcome);
void outcome_done(Outcome *outcome);
/* The same code as our own text, if it is one that we know; else NULL: then it may be anything. */
const char *verdict_known_code(const char *code);
const char *verdict_name(Verdict verdict); /* "created", "try-later", ... */
