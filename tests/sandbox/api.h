/* The API's doors, in the order in which the provider seems to have them: faults of the front,
 * key, rate, path, version, content type, idempotency; then the endpoint; then faults of the reply.
 *
 * Stored under the idempotency key: every answer of an endpoint. Not stored: whatever is said at a
 * door before it (docs: "requests that fail authentication"; the others are a choice).
 */
#pragma once

#include "tests/sandbox/sandbox.h"

void api_answer(Sandbox *sandbox, Request *request);
