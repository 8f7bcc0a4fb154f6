/* GET /_sandbox/ledger: every session made, so that a test can prove "exactly one"; written out
 * piece by piece, a million sessions cost no memory. Sessions of one order stand in the order of
 * their making. */
#pragma once

#include "tests/sandbox/sandbox.h"

/* `?summary=1`: only the counts. `?order=X`: the sessions of that order. */
void ledger_page_answer(Sandbox *sandbox, Request *request);
