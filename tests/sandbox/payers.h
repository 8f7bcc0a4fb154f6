/* Payers: the people behind the links. A share of the sessions meets one as it is made, who does
 * at set times what payers do; a test can also have any session paid, left, refunded at once.
 *
 * What happens is entered when somebody next asks, with the time at which it happened.
 */
#pragma once

#include <stdint.h>

#include "tests/sandbox/store.h"

typedef struct PayersSettings {
        uint64_t seed;
        int64_t after;         /* microseconds from creation to payment */
        int64_t resolve_after; /* from pending to its end */
} PayersSettings;

typedef struct Payers Payers;

/* The store is borrowed and must outlive the payers. */
Payers *payers_new(Store *store, const PayersSettings *settings);
Payers *payers_free(Payers *payers);

/* The share of new sessions that meets this kind of payer. Gives what is wrong as a literal. */
const char *payers_set(Payers *payers, Text kind, double share);

/* A new session may meet a payer. */
void payers_meet(Payers *payers, uint32_t session);

/* Enters all that has happened up to `now`. */
void payers_run(Payers *payers, int64_t now);

/* The refund is carried out after the same time as a payment. */
void payers_refund(Payers *payers, uint32_t refund, int64_t now);

/* Does one thing now (`pay`, `start`, `pend`, `resolve` ...). `amount` is the session's when 0.
 * Gives what is wrong as a literal, or NULL. */
const char *payers_act(Payers *payers, Text action, uint32_t session, int64_t amount, int64_t now);

void payers_describe_kinds(Buffer *out); /* for --help */
void payers_describe_actions(Buffer *out);

#include "jobs/base/cleanup.h"
DEFINE_CLEANUP(Payers, payers_free)
