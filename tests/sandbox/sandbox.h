/* Sandbox: the simulated provider without its HTTP server: a request goes in, an answer comes out.
 *
 * One thread. All state is here; nothing of it outlives the process.
 */
#pragma once

#include <stdio.h>

#include "tests/sandbox/clock.h"
#include "tests/sandbox/faults.h"
#include "tests/sandbox/keys.h"
#include "tests/sandbox/limit.h"
#include "tests/sandbox/options.h"
#include "tests/sandbox/payers.h"
#include "tests/sandbox/request.h"
#include "tests/sandbox/store.h"

#define SANDBOX_KEY_SIZE 128

typedef struct Sandbox {
        const Options *options;
        Clock clock;
        Store *store;
        Keys *keys;
        Faults *faults;
        Payers *payers;
        Limit limit;
        FILE *journal; /* NULL: none */
        uint64_t requests;
        char api_key[SANDBOX_KEY_SIZE];
        double down_for;      /* seconds; set by /_sandbox/down, taken by the server */
        bool down_with_reset; /* connections are taken and reset, not refused */
} Sandbox;

/* Prints what is wrong with the options and gives NULL. The options are borrowed. */
Sandbox *sandbox_new(const Options *options);
Sandbox *sandbox_free(Sandbox *sandbox);

/* Fills `request->answer`. */
void sandbox_answer(Sandbox *sandbox, Request *request);

#include "jobs/base/cleanup.h"
DEFINE_CLEANUP(Sandbox, sandbox_free)
