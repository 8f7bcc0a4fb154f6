/* Faults: what can go wrong at the provider or on the way to it, and how often.
 *
 * At most one fault meets a request. It is drawn from the seed, the request's idempotency key and
 * how often that key was seen, so that it does not depend on the order in which requests arrive; a
 * request without a key draws from its number. Scripted faults come before drawn ones.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "jobs/base/text.h"
#include "tests/sandbox/request.h"

struct json_t;

typedef enum FaultStage {
        STAGE_NONE,
        STAGE_FRONT,   /* the request never reaches the endpoint; nothing is made or stored */
        STAGE_REFUSAL, /* the endpoint says no; nothing is made */
        STAGE_OBJECT,  /* what is made is wrong, or its making is denied */
        STAGE_REPLY,   /* all is well but the reply does not arrive well */
} FaultStage;

typedef enum Fault {
        FAULT_NONE,
        FAULT_RESET_BEFORE,
        FAULT_SILENCE_BEFORE,
        FAULT_HTML_502,
        FAULT_HTML_403,
        FAULT_REDIRECT,
        FAULT_AUTH_401,
        FAULT_ACCOUNT_402,
        FAULT_ACCOUNT_403,
        FAULT_RATE_429,
        FAULT_RATE_429_RETRY_AFTER,
        FAULT_REFUSE,
        FAULT_REFUSE_409,
        FAULT_REFUSE_422,
        FAULT_REFUSE_UNKNOWN,
        FAULT_RATE_429_STORED,
        FAULT_ERROR_500,
        FAULT_ERROR_503,
        FAULT_ERROR_500_MADE,
        FAULT_WRONG_AMOUNT,
        FAULT_WRONG_CURRENCY,
        FAULT_WRONG_MODE,
        FAULT_WRONG_KEY,
        FAULT_OTHER_SESSION,
        FAULT_FOREIGN_LINK,
        FAULT_GONE,
        FAULT_RESET_AFTER,
        FAULT_SILENCE_AFTER,
        FAULT_SLOW,
        FAULT_TRUNCATED,
        FAULT_HTML_502_MADE,
        FAULT_NOT_JSON,
        FAULT_COUNT,
} Fault;

typedef enum FaultTarget {
        TARGET_CREATE,
        TARGET_EXPIRE,
        TARGET_REFUND,
        TARGET_READ,
        TARGET_COUNT,
} FaultTarget;

typedef struct Faults Faults;

Faults *faults_new(uint64_t seed);
Faults *faults_free(Faults *faults);

/* `KIND`, `KIND@create`, `KIND@expire`, `KIND@refund`, `KIND@read` or `KIND@any`; without a target
 * `create`. Gives what is wrong with it, as a literal, or NULL. */
const char *faults_set(Faults *faults, Text kind, double probability);
void faults_clear(Faults *faults);

/* The next `times` requests to the target of `kind` whose path or body holds `match` (empty: any).
 */
const char *faults_script(Faults *faults, Text kind, Text match, int64_t times);

/* `key` is the hash of what makes the request this one. */
Fault faults_draw(Faults *faults, FaultTarget target, uint64_t key, const Request *request);

const char *fault_name(Fault fault);
FaultStage fault_stage(Fault fault);

/* The answer of a FRONT or REFUSAL fault, of ERROR_500_MADE, HTML_502_MADE and NOT_JSON. */
void fault_answer(Fault fault, Answer *answer);

/* One line for each kind, for --help. */
void faults_describe(Buffer *out);

#include "jobs/base/cleanup.h"
DEFINE_CLEANUP(Faults, faults_free)
