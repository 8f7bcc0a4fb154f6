/* Harness, of `checkoutctl doctor`: what it found, and the assertions about it. */
#pragma once

#include "tests/flow/harness_orders.h"

typedef struct Seen {
        FlowOutput output;
        const json_t *checks;
} Seen;

Seen flow_doctor(Flow *flow);
/* The same, run by unshare(1) with that option after a shell command (needs root). */
Seen flow_doctor_with(Flow *flow, const char *option, const char *command);
/* The first finding about it in that state; NULL: there is none. */
const json_t *flow_finding(const Seen *seen, const char *about, const char *state);
/* It is in that state, says this, and has a remedy when it is not well; the exit code is that of
 * the worst. */
void flow_assert_found(Flow *flow, const Seen *seen, const char *about, const char *state,
                       const char *text);
/* Everything else is well. */
void flow_assert_nothing_but(Flow *flow, const Seen *seen, const char *about);
