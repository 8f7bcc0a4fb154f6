/* Harness, of batches and orders: what checkoutctl shows of them and waiting for it; the controls
 * of the simulated provider; signals, the notify socket and the store, for flows that need more
 * than start and stop. Everything belongs to the flow, and whatever does not work fails the
 * test. */
#pragma once

#include "tests/flow/harness.h"

/* v2, with so short waits that absence is proven in seconds, and no canaries. */
void flow_set_v2(Flow *flow);
/* flow_good(), and `checkoutctl verify` finds nothing. */
void flow_verified_good(Flow *flow);

/* --- batches and orders, as checkoutctl shows them -------------------------------------------- */

const json_t *flow_batch(Flow *flow, const char *id); /* of `status --json` */
int64_t flow_batch_count(Flow *flow, const char *id, const char *status);
const json_t *flow_order(Flow *flow, const char *order); /* of `show --json` */
size_t flow_attempts(Flow *flow, const char *order);
void flow_assert_status(Flow *flow, const char *order, const char *status);
void flow_assert_generation(Flow *flow, const char *order, int64_t generation);

/* Drops NAME.csv of n orders PREFIX-000001 on, and waits until it is a batch. */
void flow_drop_orders(Flow *flow, const char *name, const char *prefix, unsigned n);
void flow_settled(Flow *flow, const char *id);
void flow_wait_status(Flow *flow, const char *order, const char *status);
void flow_wait_code(Flow *flow, const char *order, const char *code); /* begins with it */
void flow_wait_attempts(Flow *flow, const char *order, size_t at_least);
void flow_wait_count(Flow *flow, const char *id, const char *status, int64_t at_least);
void flow_wait_held(Flow *flow, const char *id, const char *hold);
/* None of its rows is being sent: every reply to it is recorded. */
void flow_wait_quiet(Flow *flow, const char *id);
void flow_wait_sessions(Flow *flow, size_t at_least);

/* --- the simulated provider ------------------------------------------------------------------- */

void flow_control(Flow *flow, const char *name, const char *body); /* POST /_sandbox/NAME */
/* What the payer of this order does: "pay", "refund", ...; of its newest session. */
void flow_payer(Flow *flow, const char *order, const char *action);
void flow_clear_faults(Flow *flow);
char *flow_journal(Flow *flow); /* for --journal */
/* How many requests its journal holds that have both of these texts in their line. */
size_t flow_requests(Flow *flow, const char *text, const char *other);
void flow_wait_requests(Flow *flow, const char *text, const char *other, size_t at_least);

/* --- clocks ----------------------------------------------------------------------------------- */

/* To be called before the first program starts: from then on the clocks of checkoutd and
 * checkoutctl can be moved while they run. The monotonic clock stays as it is. */
void flow_clock_fake(Flow *flow);
/* Our wall clock is this many seconds ahead of the true one; the provider's is not. */
void flow_clock_shift(Flow *flow, int64_t seconds);
/* Both clocks go on by so much, and the daemon, which stands still meanwhile, never sees one
 * without the other: what the provider does with time happens, too, and its Date goes along. */
void flow_time_passes(Flow *flow, int64_t seconds);
/* The same, and our boot clock too: as when our machine slept for so long. */
void flow_suspend(Flow *flow, int64_t seconds);

/* --- the daemon ------------------------------------------------------------------------------- */

size_t flow_count_log(Flow *flow, const char *text);
void flow_wait_log_times(Flow *flow, const char *text, size_t at_least);
void flow_set_api_key(Flow *flow, const char *key); /* in the key file */
void flow_signal(Flow *flow, int signal);
/* From now on what the daemon tells its manager is kept; for seconds, for it blocks when nobody
 * reads it. */
void flow_watch(Flow *flow);
void flow_watch_end(Flow *flow);
void flow_wait_notice(Flow *flow, const char *text); /* "READY=1"; each is seen once */
/* The settings as they are set now, and SIGHUP; back when the daemon is ready with them. */
void flow_reload(Flow *flow);
/* Of the store, while nobody else writes it. */
void flow_sql(Flow *flow, const char *sql);
