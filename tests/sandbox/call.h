/* Call: one request that has passed the doors of the API, on its way to an endpoint. */
#pragma once

#include "tests/sandbox/faults.h"
#include "tests/sandbox/request.h"
#include "tests/sandbox/sandbox.h"

typedef struct Call {
        Sandbox *sandbox;
        const Request *request;
        Answer *answer;
        int generation; /* 1 or 2 */
        Text id;        /* of the path, or none */
        Text key;       /* Idempotency-Key as kept, or none */
        Fault fault;    /* REFUSAL and OBJECT faults are the endpoint's to carry out */
        int64_t now;
        uint32_t created; /* the session made by it, or STORE_NONE */
} Call;

typedef void Endpoint(Call *call);

/* 404 for an id that there is no object of. */
void call_missing(Call *call);
