/* Keys that tell nothing any more: a stored 429 is replayed for ever, and the provider forgets keys
 * after a day. Where nothing was made, a new key is right; where it is not known, it is not. */
#include "tests/flow/harness_orders.h"

#define HOURS(n) #n " * 3600 * 1000000"

/* --- a stored 429 ----------------------------------------------------------------------------- */

/* It made nothing, and comes again while others succeed: it is stored, and a new key is right. */
static void stored_429(Flow *flow) {
        flow_set(flow, "orders", "canary", "0");
        flow_sandbox_start(flow, NULL);
        flow_fault(flow, "rate-429-stored", "A-000001", 1);
        flow_fault(flow, "rate-429-stored", "A-000002", 1);
        flow_daemon_start(flow);
        flow_drop_orders(flow, "a", "A", 10);
        flow_settled(flow, "B000001");
        flow_assert_generation(flow, "A-000001", 2);
        flow_assert_generation(flow, "A-000002", 2);
        assert_int_equal(flow_count_status(flow_results(flow, "a"), "open"), 10);
        flow_assert_exactly_once(flow, "A", 10);
        flow_verified_good(flow);
}

static void stored_429_v1(void **state) {
        stored_429(*state);
}

static void stored_429_v2(void **state) {
        flow_set(*state, "provider", "api_version", "v2");
        stored_429(*state);
}

/* One that was not stored is gone with the next attempt: the same key. */
static void passing_429(void **state) {
        Flow *flow = *state;

        flow_set(flow, "orders", "canary", "0");
        flow_sandbox_start(flow, NULL);
        flow_fault(flow, "rate-429", "A-000001", 2);
        flow_daemon_start(flow);
        flow_drop_orders(flow, "a", "A", 10);
        flow_settled(flow, "B000001");
        flow_assert_generation(flow, "A-000001", 1);
        flow_assert_exactly_once(flow, "A", 10);
        flow_verified_good(flow);
}

/* --- old keys --------------------------------------------------------------------------------- */

/* Nothing has left for the rows of this batch: queued, with frozen keys. */
static void start_queued(Flow *flow) {
        flow_set(flow, "orders", "canary", "0");
        flow_sandbox_start(flow, NULL);
        flow_sandbox_stop(flow);
        flow_daemon_start(flow);
        flow_drop_orders(flow, "a", "A", 5);
        for (unsigned i = 1; i <= 5; i++)
                flow_wait_attempts(flow, flow_text(flow, "A-%06u", i), 1);
        flow_daemon_stop(flow);
        assert_int_equal(flow_batch_count(flow, "B000001", "queued"), 5);
}

#define AGE(line, changes)                                                                         \
        "UPDATE frozen SET " changes " WHERE request & 0xffffffff = "                              \
        "(SELECT MIN(request & 0xffffffff) FROM frozen) + " #line "; "

/* Under a key that the provider may have forgotten: by either clock, or where none can be
 * believed. The fourth is young, the fifth was sent in an earlier life of the machine. */
static void old_and_queued(void **state) {
        static const int64_t generations[] = { 2, 2, 2, 1, 1 };
        Flow *flow = *state;

        start_queued(flow);
        flow_sql(flow, AGE(0, "first_sent_at = first_sent_at - " HOURS(21)));
        flow_sql(flow, AGE(1, "boot_at = boot_at - " HOURS(21)));
        flow_sql(flow, AGE(2, "boot = 'another', first_sent_at = first_sent_at + " HOURS(21)));
        flow_sql(flow, AGE(3, "first_sent_at = first_sent_at - " HOURS(19)));
        flow_sql(flow, AGE(4, "boot = 'another', boot_at = boot_at + " HOURS(100)));
        flow_sandbox_start(flow, NULL);
        flow_daemon_start(flow);
        flow_settled(flow, "B000001");
        for (unsigned i = 1; i <= 5; i++)
                flow_assert_generation(flow, flow_text(flow, "A-%06u", i), generations[i - 1]);
        assert_int_equal(flow_count_status(flow_results(flow, "a"), "open"), 5);
        flow_assert_exactly_once(flow, "A", 5);
        flow_verified_good(flow);
}

/* One that is unknown, under a key that is old when the daemon comes back. */
static void start_old_and_unknown(Flow *flow, const char *fault) {
        flow_set(flow, "orders", "canary", "0");
        flow_sandbox_start(flow, NULL);
        flow_fault(flow, fault, "A-000002", 1000);
        flow_daemon_start(flow);
        flow_drop_orders(flow, "a", "A", 4);
        flow_wait_status(flow, "A-000002", "unknown");
        flow_wait_count(flow, "B000001", "open", 3);
        flow_daemon_stop(flow);
        flow_assert_status(flow, "A-000002", "unknown");
        flow_sql(flow, "UPDATE frozen SET first_sent_at = first_sent_at - " HOURS(21));
        flow_clear_faults(flow);
        flow_control(flow, "keys", "{\"forget\":true}");
}

static void old_and_unknown_v1(void **state) {
        Flow *flow = *state;
        size_t attempts;

        start_old_and_unknown(flow, "reset-after");
        attempts = flow_attempts(flow, "A-000002");
        flow_daemon_start(flow);
        flow_wait_code(flow, "A-000002", "E-UNKNOWN");
        flow_pass(flow);
        assert_int_equal(flow_ctl(flow, "requeue", "--order", "A-000002", NULL).exit_code, 0);
        flow_wait_code(flow, "A-000002", "E-UNKNOWN");
        flow_pass(flow);
        flow_assert_status(flow, "A-000002", "unknown");
        assert_int_equal(flow_attempts(flow, "A-000002"), attempts);
        flow_assert_generation(flow, "A-000002", 1);
        flow_assert_exactly_once(flow, "A", 4); /* the key is forgotten: sending would double it */
        flow_verified_good(flow);
}

static void old_and_unknown_v2(Flow *flow, const char *fault, int64_t generation) {
        flow_set_v2(flow);
        start_old_and_unknown(flow, fault);
        flow_daemon_start(flow);
        flow_settled(flow, "B000001");
        flow_assert_generation(flow, "A-000002", generation);
        assert_int_equal(flow_count_status(flow_results(flow, "a"), "open"), 4);
        flow_assert_exactly_once(flow, "A", 4);
        flow_verified_good(flow);
}

static void old_and_made_v2(void **state) {
        old_and_unknown_v2(*state, "reset-after", 1);
}

static void old_and_not_made_v2(void **state) {
        old_and_unknown_v2(*state, "reset-before", 2);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                FLOW(stored_429_v1),       FLOW(stored_429_v2),      FLOW(passing_429),
                FLOW(old_and_queued),      FLOW(old_and_unknown_v1), FLOW(old_and_made_v2),
                FLOW(old_and_not_made_v2),
        };

        return FLOW_RUN(tests);
}
