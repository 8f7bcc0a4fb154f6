/* /_sandbox/...: what tests ask of the sandbox itself. No key is needed, no fault applies; the
 * journal is on disk up to here. */
#pragma once

#include "tests/sandbox/sandbox.h"

void control_answer(Sandbox *sandbox, Request *request);
