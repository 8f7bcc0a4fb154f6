/* What became of the links: every kind of payer, both generations of the API, with days that pass.
 * `finished` is not paid, nothing is adjusted, and what does not add up is said. */
#include <string.h>

#include "tests/flow/harness_client.h"
#include "tests/flow/harness_orders.h"

#define HOURS(n) ((n) * 3600)
#define DAYS(n)  ((n) * 86400)

static void start(Flow *flow, bool v2) {
        flow_clock_fake(flow);
        flow_set(flow, "orders", "canary", "0");
        if (v2)
                flow_set_v2(flow);
        flow_sandbox_start(flow, "--journal", flow_journal(flow), NULL);
        flow_daemon_start(flow);
}

static void payer(Flow *flow, const char *order, const char *action) {
        flow_control(flow, "payer",
                     flow_text(flow, "{\"order\":\"%s\",\"do\":\"%s\"}", order, action));
}

static void sync_all(Flow *flow) {
        FlowOutput output = flow_ctl(flow, "sync", NULL);

        if (output.exit_code != 0)
                flow_fail(flow, "sync: %d %s%s", output.exit_code, output.out, output.err);
}

/* One order for each of these. */
static const struct {
        const char *order, *first, *then;
        const char *status, *after; /* after the first, and after what followed */
} lives[] = {
        { "A-000001", "start", "pay", "in_progress", "paid" },
        { "A-000002", "pay", "pay", "paid", "mismatch" },
        { "A-000003", "pay-wrong", NULL, "mismatch", "mismatch" },
        { "A-000004", "fail", NULL, "failed", "failed" },
        { "A-000005", "reject", NULL, "failed", "failed" },
        { "A-000006", "pend", "resolve", "in_progress", "paid" },
        { "A-000007", "pend", "resolve-fail", "in_progress", "failed" },
        { "A-000008", "start", "abandon", "in_progress", "expired" },
        { "A-000009", "pay", "refund", "paid", "refunded" },
        { "A-000010", NULL, NULL, "open", "open" },
};

static void payers_of_every_kind(Flow *flow, bool v2) {
        start(flow, v2);
        flow_drop_orders(flow, "a", "A", ELEMENTS(lives));
        flow_settled(flow, "B000001");
        sync_all(flow);
        for (size_t i = 0; i < ELEMENTS(lives); i++) {
                flow_assert_status(flow, lives[i].order, "open");
                if (lives[i].first)
                        payer(flow, lives[i].order, lives[i].first);
        }
        sync_all(flow);
        for (size_t i = 0; i < ELEMENTS(lives); i++) {
                flow_assert_status(flow, lives[i].order, lives[i].status);
                if (lives[i].then)
                        payer(flow, lives[i].order, lives[i].then);
        }
        sync_all(flow);
        for (size_t i = 0; i < ELEMENTS(lives); i++)
                flow_assert_status(flow, lives[i].order, lives[i].after);
        flow_verified_good(flow);
}

static void payers_v1(void **state) {
        payers_of_every_kind(*state, false);
}

static void payers_v2(void **state) {
        payers_of_every_kind(*state, true);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                FLOW(payers_v1),
                FLOW(payers_v2),
        };

        return FLOW_RUN(tests);
}
