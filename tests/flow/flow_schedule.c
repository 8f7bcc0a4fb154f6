/* Rows with a send_at: the ACK says when they leave, and they leave then, whatever happened to the
 * clock and the daemon meanwhile; what would come too late is not sent. */
#include <string.h>
#include <time.h>

#include "tests/flow/harness_orders.h"

#define HOUR 3600

/* `2026-11-25T10:00:00Z`, so many seconds from now, by the true clock. */
static const char *instant(Flow *flow, int64_t seconds) {
        time_t at = time(NULL) + (time_t) seconds;
        struct tm civil;
        char text[32];

        assert_non_null(gmtime_r(&at, &civil));
        assert_true(strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &civil) > 0);
        return flow_text(flow, "%s", text);
}

/* The same, as people in Santiago read it. */
static const char *local(Flow *flow, const char *instant_text) {
        struct tm civil = { 0 };
        char text[32];
        time_t at;

        assert_non_null(strptime(instant_text, "%Y-%m-%dT%H:%M:%SZ", &civil));
        at = timegm(&civil);
        assert_int_equal(setenv("TZ", "America/Santiago", 1), 0);
        tzset();
        assert_non_null(localtime_r(&at, &civil));
        assert_true(strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &civil) > 0);
        return flow_text(flow, "%s", text);
}

static void start(Flow *flow) {
        flow_clock_fake(flow);
        flow_set(flow, "orders", "canary", "0");
        flow_set(flow, "orders", "language", "en");
        flow_start(flow);
}

/* A-000001 at once, A-000002 to n in two hours. */
static const char *drop_scheduled(Flow *flow, const char *last) {
        const char *at = instant(flow, 2 * HOUR);

        flow_drop(flow, "a.csv",
                  flow_text(flow,
                            "order_id,amount,currency,send_at\n"
                            "A-000001,1001,CLP,\n"
                            "A-000002,1002,CLP,%s\n"
                            "A-000003,1003,CLP,%s\n"
                            "A-000004,1004,CLP,%s\n",
                            at, at, last ? last : at));
        return at;
}

static void nothing_before_its_time(Flow *flow) {
        (void) flow_ack(flow, "a");
        flow_wait_count(flow, "B000001", "open", 1);
        assert_int_equal(flow_batch_count(flow, "B000001", "queued"), 3);
        assert_int_equal(flow_sessions(flow), 1);
}

static void all_are_sent(Flow *flow) {
        flow_settled(flow, "B000001");
        flow_assert_exactly_once(flow, "A", 4);
        flow_verified_good(flow);
}

static void the_ack_says_when(void **state) {
        Flow *flow = *state;
        const char *first, *last = instant(flow, 3 * HOUR), *ack;

        start(flow);
        first = drop_scheduled(flow, last);
        ack = flow_ack(flow, "a");
        flow_assert_contains(ack,
                             flow_text(flow, "the first one leaves at %s", local(flow, first)));
        flow_assert_contains(ack, flow_text(flow, "the last one at %s.", local(flow, last)));
        nothing_before_its_time(flow);
        flow_time_passes(flow, 2 * HOUR + 2); /* only those whose time has come */
        flow_wait_count(flow, "B000001", "open", 3);
        flow_good(flow);
}

/* The clock jumps over the time while the daemon sleeps: as after a suspend, or when it was set. */
static void when_the_clock_is_set(void **state) {
        Flow *flow = *state;

        start(flow);
        (void) drop_scheduled(flow, NULL);
        assert_null(strstr(flow_ack(flow, "a"), "the last one"));
        (void) flow_results(flow, "a"); /* at rest: nothing else wakes it */
        nothing_before_its_time(flow);
        flow_time_passes(flow, 2 * HOUR + 2);
        all_are_sent(flow);
}

/* Set back and forth again: not before its time, and not never. */
static void when_the_clock_is_set_back(void **state) {
        Flow *flow = *state;

        start(flow);
        (void) drop_scheduled(flow, NULL);
        (void) flow_results(flow, "a");
        flow_clock_shift(flow, -HOUR);
        flow_clock_shift(flow, 0);
        nothing_before_its_time(flow);
        flow_time_passes(flow, 2 * HOUR + 2);
        all_are_sent(flow);
}

static void after_a_restart(void **state) {
        Flow *flow = *state;

        start(flow);
        (void) drop_scheduled(flow, NULL);
        (void) flow_results(flow, "a");
        flow_daemon_kill(flow);
        flow_daemon_start(flow);
        nothing_before_its_time(flow);
        flow_daemon_stop(flow);
        flow_time_passes(flow, 2 * HOUR + 2); /* while nobody runs */
        flow_daemon_start(flow);
        all_are_sent(flow);
}

/* Good when it came in, and then held for long: its session would live for five minutes when its
 * turn comes, and nobody could pay it. */
static void too_near_to_its_end(void **state) {
        Flow *flow = *state;
        const FlowTable *rejects;

        flow_set_v2(flow);
        start(flow);
        assert_int_equal(flow_ctl(flow, "hold", "--all", NULL).exit_code, 0);
        flow_drop(flow, "a.csv",
                  flow_text(flow,
                            "order_id,amount,currency,expires_at\n"
                            "A-000001,1001,CLP,%s\n"
                            "A-000002,1002,CLP,%s\n",
                            instant(flow, 3 * HOUR), instant(flow, 2 * HOUR)));
        (void) flow_ack(flow, "a");
        assert_int_equal(flow_batch_count(flow, "B000001", "held"), 2); /* both are good */
        flow_time_passes(flow, 2 * HOUR - 300);
        assert_int_equal(flow_ctl(flow, "release", "--all", NULL).exit_code, 0);
        flow_settled(flow, "B000001");
        flow_assert_status(flow, "A-000001", "open");
        flow_assert_status(flow, "A-000002", "rejected");
        flow_wait_code(flow, "A-000002", "E-EXPIRES-PAST");
        flow_assert_exactly_once(flow, "A", 1);
        rejects =
                flow_table(flow, flow_wait_path(flow, "spool/results/a.B000001.rejects.csv"), ',');
        assert_int_equal(rejects->n_rows, 1);
        assert_string_equal(flow_cell(rejects, 1, "order_id"), "A-000002");
        flow_verified_good(flow);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                FLOW(the_ack_says_when),          FLOW(when_the_clock_is_set),
                FLOW(when_the_clock_is_set_back), FLOW(after_a_restart),
                FLOW(too_near_to_its_end),
        };

        return FLOW_RUN(tests);
}
