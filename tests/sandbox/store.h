/* Store: everything the simulated provider has made: sessions, payment intents, refunds.
 *
 * Records are numbered in the order of their making and never move or go; a reference to one is
 * its number. A session keeps the request body as it came and is written out again from it.
 * Times are the sandbox's clock, amounts the smallest unit.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "jobs/base/text.h"
#include "tests/sandbox/id.h"
#include "tests/sandbox/memory.h"
#include "tests/sandbox/table.h"

#define STORE_NONE UINT32_MAX

typedef enum Currency { CURRENCY_CLP, CURRENCY_MXN } Currency;

typedef enum SessionStatus {
        SESSION_CREATED,
        SESSION_IN_PROGRESS,
        SESSION_FINISHED,
        SESSION_EXPIRED,
} SessionStatus;

typedef enum IntentStatus {
        INTENT_IN_PROGRESS,
        INTENT_PENDING,
        INTENT_SUCCEEDED,
        INTENT_FAILED,
        INTENT_REJECTED,
        INTENT_EXPIRED,
} IntentStatus;

typedef enum RefundStatus {
        REFUND_CREATED,
        REFUND_SUCCEEDED,
        REFUND_FAILED,
        REFUND_CANCELED,
} RefundStatus;

typedef struct Session {
        Text body;      /* of the request that made it */
        Text key;       /* Idempotency-Key, or none */
        Text order;     /* metadata.order, or none */
        Text checkoutd; /* metadata.checkoutd, or none; as the sandbox tells it */
        int64_t amount;
        int64_t created_at;
        int64_t expires_at;     /* as told */
        int64_t runs_out_at;    /* when it does: earlier with --expire-fast */
        uint32_t same_order;    /* the session made before it for that order */
        uint32_t intent;        /* the latest */
        uint8_t currency;       /* Currency */
        uint8_t status;         /* SessionStatus; see store_session_status() */
        uint8_t generation;     /* 1 or 2 */
        bool live;              /* mode */
        bool foreign_checkoutd; /* metadata.checkoutd is not what was asked for */
} Session;

typedef struct Intent {
        const char *error_reason; /* literal, or NULL */
        int64_t amount;
        int64_t refunded; /* by refunds that are not failed or canceled */
        int64_t created_at;
        int64_t transaction_at; /* 0: none */
        uint32_t session;
        uint32_t before; /* the intent before it of the same session */
        uint8_t status;  /* IntentStatus */
} Intent;

typedef struct Refund {
        Text metadata; /* JSON, or none */
        int64_t amount;
        int64_t created_at;
        int64_t updated_at;
        uint32_t intent;
        uint8_t status; /* RefundStatus */
} Refund;

typedef struct Store Store;

Store *store_new(uint64_t salt);
Store *store_free(Store *store);
Arena *store_arena(Store *store);

/* Keeps the session; its texts are copied unless the arena already holds them (`key`). */
uint32_t store_add_session(Store *store, const Session *session);
uint32_t store_add_intent(Store *store, uint32_t session, int64_t amount, int64_t now);
uint32_t store_add_refund(Store *store, uint32_t intent, int64_t amount, Text metadata,
                          int64_t now);

uint32_t store_session_count(const Store *store);
uint32_t store_intent_count(const Store *store);
uint32_t store_refund_count(const Store *store);

/* Borrowed; valid until the store goes. */
Session *store_session(const Store *store, uint32_t number);
Intent *store_intent(const Store *store, uint32_t number);
Refund *store_refund(const Store *store, uint32_t number);

uint32_t store_session_by_id(const Store *store, Text id); /* or STORE_NONE */
uint32_t store_intent_by_id(const Store *store, Text id);
uint32_t store_refund_by_id(const Store *store, Text id);
uint32_t store_session_by_order(const Store *store, Text order); /* the newest, or STORE_NONE */

Text store_session_id(const Store *store, uint32_t number, char out[static ID_SIZE]);
Text store_intent_id(const Store *store, uint32_t number, char out[static ID_SIZE]);
Text store_refund_id(const Store *store, uint32_t number, char out[static ID_SIZE]);

/* What the session's status is now: a session that has run out is expired without anybody's doing.
 */
SessionStatus store_session_status(const Session *session, int64_t now);

typedef struct StoreSummary {
        uint32_t sessions;
        uint32_t orders;            /* different metadata.order */
        uint32_t duplicates;        /* sessions beyond the first of their order */
        uint32_t duplicate_keys;    /* sessions beyond the first with their metadata.checkoutd */
        uint32_t without_checkoutd; /* sessions that carry no metadata.checkoutd */
} StoreSummary;

StoreSummary store_summary(const Store *store);

const char *currency_name(Currency currency);
const char *session_status_name(SessionStatus status);
const char *intent_status_name(IntentStatus status);
const char *refund_status_name(RefundStatus status);

#include "jobs/base/cleanup.h"
DEFINE_CLEANUP(Store, store_free)
