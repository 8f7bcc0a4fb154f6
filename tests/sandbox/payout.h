/* GET /_sandbox/payout.csv: what was paid and given back, as the provider's payout report: columns
 * separated by semicolons, refunds negative, fees of 1.19 % rounded to the unit. */
#pragma once

#include "tests/sandbox/sandbox.h"

void payout_answer(Sandbox *sandbox, Request *request);
