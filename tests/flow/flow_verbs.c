/* checkoutctl hold, release, requeue, cancel: recorded in the store with who and when, carried out
 * by the daemon, answered; what is held is not sent, what is released is sent once. */
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sql/ledger.h"
#include "tests/flow/harness.h"

#define PLAIN "order_id,amount,currency\n"

/* --- looking ---------------------------------------------------------------------------------- */

static const json_t *batch_of(Flow *flow, const char *id) {
        FlowOutput output = flow_ctl(flow, "status", "--json", id, NULL);

        assert_int_equal(output.exit_code, 0);
        return json_array_get(json_object_get(flow_json(flow, output.out), "batches"), 0);
}

static int64_t count_of(const json_t *batch, const char *status) {
        const json_t *total;
        int64_t count = 0;
        size_t i;

        json_array_foreach((json_t *) (uintptr_t) json_object_get(batch, "totals"), i,
                           total) if (strcmp(flow_string(total, "status"), status) == 0) count +=
                flow_integer(total, "count");
        return count;
}

/* Drops n orders PREFIX-000001 on as NAME.csv, and waits until they are a batch. */
static void drop(Flow *flow, const char *name, const char *prefix, unsigned n) {
        flow_drop(flow, flow_text(flow, "%s.csv", name), flow_orders(flow, prefix, n));
        (void) flow_ack(flow, name);
}

/* Waits until the batch is settled: `status --follow` of one batch ends then. */
static void settled(Flow *flow, const char *id) {
        assert_int_equal(flow_ctl(flow, "status", "--follow", id, NULL).exit_code, 0);
}

static const json_t *order_of(Flow *flow, const char *order) {
        FlowOutput output = flow_ctl(flow, "show", "--json", order, NULL);

        assert_int_equal(output.exit_code, 0);
        return json_array_get(json_object_get(flow_json(flow, output.out), "orders"), 0);
}

static void assert_status(Flow *flow, const char *order, const char *status) {
        const json_t *found = order_of(flow, order);

        if (strcmp(flow_string(found, "status"), status) != 0)
                flow_fail(flow, "%s is %s, not %s", order, flow_string(found, "status"), status);
}

typedef struct Held {
        const char *batch, *hold;
} Held;

static bool is_held(Flow *flow, const void *userdata) {
        const Held *held = userdata;
        const json_t *batch = batch_of(flow, held->batch);

        return strcmp(flow_string(batch, "state"), "held") == 0 &&
               strcmp(flow_string(batch, "hold"), held->hold) == 0;
}

/* what is recorded last */
typedef struct Recorded {
        int64_t n, uid;
        char verb[32], argument[128];
} Recorded;

static int note_command(void *userdata, const Command *command) {
        Recorded *recorded = userdata;

        recorded->n++;
        recorded->uid = command->uid;
        assert_true(command->at > 0);
        (void) snprintf(recorded->verb, sizeof(recorded->verb), "%s", command->verb);
        (void) snprintf(recorded->argument, sizeof(recorded->argument), "%s", command->argument);
        return 0;
}

/* What waits in the store for a daemon. */
static Recorded recorded(Flow *flow) {
        CLEANUP(ledger_free_p) Ledger *ledger = NULL;
        Recorded last = { 0 };

        assert_int_equal(ledger_open(flow_path(flow, "checkoutd.db"), LEDGER_READ, &ledger), 0);
        assert_int_equal(ledger_commands_waiting(ledger, note_command, &last), 0);
        return last;
}

static bool something_waits(Flow *flow, const void *userdata) {
        (void) userdata;
        return recorded(flow).n > 0;
}

/* All sending is held, and a batch of n orders PREFIX-000001 on has come in. */
static void start_held(Flow *flow, const char *name, const char *prefix, unsigned n) {
        flow_set(flow, "orders", "canary", "0");
        flow_start(flow);
        assert_int_equal(flow_ctl(flow, "hold", "--all", NULL).exit_code, 0);
        drop(flow, name, prefix, n);
}

static void release_all(Flow *flow) {
        FlowOutput output = flow_ctl(flow, "release", "--all", NULL);

        if (output.exit_code != 0)
                flow_fail(flow, "release --all: %d, %s", output.exit_code, output.err);
}

/* --- everything ------------------------------------------------------------------------------- */

static void all_is_held_and_released(void **state) {
        Flow *flow = *state;
        const json_t *batch;

        start_held(flow, "a", "A", 5);
        batch = batch_of(flow, "B000001");
        assert_string_equal(flow_string(batch, "state"), "held");
        assert_string_equal(flow_string(batch, "hold"), "operator");
        assert_int_equal(count_of(batch, "held"), 5);

        /* also after a restart */
        flow_daemon_stop(flow);
        flow_daemon_start(flow);
        drop(flow, "b", "B", 5);
        assert_int_equal(count_of(batch_of(flow, "B000002"), "held"), 5);
        assert_int_equal(flow_sessions(flow), 0);

        release_all(flow);
        settled(flow, "B000001");
        settled(flow, "B000002");
        assert_int_equal(flow_count_status(flow_results(flow, "a"), "open"), 5);
        flow_assert_exactly_once(flow, "A", 5);
        flow_assert_exactly_once(flow, "B", 5);
        flow_good(flow);
}

/* --- a batch ---------------------------------------------------------------------------------- */

static void one_batch_is_held(void **state) {
        Flow *flow = *state;
        FlowOutput output;

        start_held(flow, "a", "A", 4);
        output = flow_ctl(flow, "hold", "--batch", "1", NULL);
        assert_int_equal(output.exit_code, 0);
        flow_assert_contains(output.out, "B000001");
        release_all(flow);

        /* the others go on */
        drop(flow, "b", "B", 4);
        settled(flow, "B000002");
        flow_assert_exactly_once(flow, "B", 4);
        assert_int_equal(flow_sessions(flow), 4);
        assert_string_equal(flow_string(batch_of(flow, "B000001"), "state"), "held");

        assert_int_equal(flow_ctl(flow, "release", "--batch", "B000001", NULL).exit_code, 0);
        settled(flow, "B000001");
        flow_assert_exactly_once(flow, "A", 4);

        output = flow_ctl(flow, "hold", "--batch", "B000001", NULL);
        assert_int_equal(output.exit_code, 1); /* it is settled */
        flow_assert_contains(output.err, "B000001");
        assert_string_equal(output.out, "");
        assert_int_equal(flow_ctl(flow, "hold", "--batch", "B000099", NULL).exit_code, 1);
        flow_good(flow);
}

/* All canaries are refused alike: a person looks, and lets the rest go. */
static void canaries_are_released(void **state) {
        static const Held held = { "B000001", "canary" };
        Flow *flow = *state;
        const FlowTable *results;

        flow_expect_errors(flow);
        flow_sandbox_start(flow, NULL);
        flow_fault(flow, "refuse", "", 3);
        flow_daemon_start(flow);
        drop(flow, "a", "A", 10);
        flow_wait(flow, is_held, &held, "the batch held by its canaries");
        assert_int_equal(flow_sessions(flow), 0);
        assert_int_equal(flow_ctl(flow, "release", "--batch", "B000001", NULL).exit_code, 0);
        settled(flow, "B000001");
        results = flow_results(flow, "a");
        assert_int_equal(flow_count_status(results, "refused"), 3);
        assert_int_equal(flow_count_status(results, "open"), 7);
        assert_int_equal(flow_sessions(flow), 7);
        flow_good(flow);
}

/* --- an order --------------------------------------------------------------------------------- */

static void one_order_is_held(void **state) {
        Flow *flow = *state;
        const json_t *order;

        start_held(flow, "a", "A", 3);
        assert_int_equal(flow_ctl(flow, "hold", "--order", "A-000002", NULL).exit_code, 0);
        release_all(flow);
        drop(flow, "b", "B", 3);
        settled(flow, "B000002");
        order = order_of(flow, "A-000002");
        assert_string_equal(flow_string(order, "status"), "held");
        assert_string_equal(flow_string(order, "hold"), "operator");

        /* which order it is */
        assert_int_equal(flow_ctl(flow, "release", "--order", "A-000099", NULL).exit_code, 1);
        assert_int_equal(flow_ctl(flow, "release", "--order", "A-000002", "--run", "2026-01", NULL)
                                 .exit_code,
                         1);
        assert_int_equal(flow_ctl(flow, "release", "--order", "A-000002", "--profile", "otro", NULL)
                                 .exit_code,
                         1);
        assert_status(flow, "A-000002", "held");
        assert_int_equal(
                flow_ctl(flow, "release", "--order", "A-000002", "--run", "", NULL).exit_code, 0);
        settled(flow, "B000001");
        flow_assert_exactly_once(flow, "A", 3);

        /* it is open now */
        assert_int_equal(flow_ctl(flow, "hold", "--order", "A-000002", NULL).exit_code, 1);
        assert_int_equal(flow_ctl(flow, "release", "--order", "A-000002", NULL).exit_code, 1);
        flow_good(flow);
}

/* --- cancel ----------------------------------------------------------------------------------- */

static void what_was_not_sent_is_cancelled(void **state) {
        Flow *flow = *state;
        const FlowTable *results;

        start_held(flow, "a", "A", 4);
        assert_int_equal(flow_ctl(flow, "cancel", "--order", "A-000003", NULL).exit_code, 0);
        release_all(flow);
        settled(flow, "B000001");
        results = flow_results(flow, "a");
        assert_int_equal(flow_count_status(results, "open"), 3);
        assert_string_equal(flow_cell(results, 3, "checkout_status"), "cancelled");
        assert_string_equal(flow_cell(results, 3, "checkout_url"), "");
        assert_int_equal(flow_sessions(flow), 3);
        assert_int_equal(flow_ctl(flow, "cancel", "--order", "A-000001", NULL).exit_code, 1);
        assert_int_equal(flow_ctl(flow, "cancel", "--batch", "1", NULL).exit_code, 1);
        assert_int_equal(flow_ctl(flow, "verify", NULL).exit_code, 0);

        /* its reference may be used again */
        flow_drop(flow, "again.csv", PLAIN "A-000003,5,CLP\n");
        assert_int_equal(flow_count_status(flow_results(flow, "again"), "open"), 1);
        assert_int_equal(flow_sessions(flow), 4);
        flow_good(flow);
}

/* More rows than are done in one turn. */
static void a_whole_batch_is_cancelled(void **state) {
        Flow *flow = *state;

        start_held(flow, "a", "A", 2000);
        assert_int_equal(flow_ctl(flow, "cancel", "--batch", "B000001", NULL).exit_code, 0);
        settled(flow, "B000001");
        assert_int_equal(count_of(batch_of(flow, "B000001"), "cancelled"), 2000);
        assert_int_equal(flow_count_status(flow_results(flow, "a"), "cancelled"), 2000);
        release_all(flow);
        flow_pass(flow);
        assert_int_equal(flow_sessions(flow), 1);
        assert_int_equal(flow_ctl(flow, "verify", NULL).exit_code, 0);
        flow_good(flow);
}

/* --- requeue ---------------------------------------------------------------------------------- */

static void refused_ones_are_sent_again(void **state) {
        Flow *flow = *state;
        const char *refused_key;
        const json_t *order;

        flow_set(flow, "orders", "canary", "0");
        flow_sandbox_start(flow, NULL);
        flow_fault(flow, "refuse", "A-000002", 1);
        flow_fault(flow, "refuse", "A-000004", 1);
        flow_daemon_start(flow);
        drop(flow, "a", "A", 5);
        settled(flow, "B000001");
        assert_int_equal(flow_sessions(flow), 3);
        order = order_of(flow, "A-000002");
        assert_string_equal(flow_string(order, "status"), "refused");
        refused_key = flow_string(order, "idempotency_key");

        assert_int_equal(flow_ctl(flow, "requeue", "--order", "A-000002", NULL).exit_code, 0);
        settled(flow, "B000001");
        order = order_of(flow, "A-000002");
        assert_string_equal(flow_string(order, "status"), "open");
        assert_int_equal(flow_integer(order, "generation"), 2);
        assert_string_not_equal(flow_string(order, "idempotency_key"), refused_key);
        assert_int_equal(flow_sessions(flow), 4);

        assert_int_equal(flow_ctl(flow, "requeue", "--batch", "B000001", NULL).exit_code, 0);
        settled(flow, "B000001");
        flow_assert_exactly_once(flow, "A", 5);
        assert_int_equal(flow_count_status(flow_results(flow, "a"), "open"), 5);

        /* nothing is left to do */
        assert_int_equal(flow_ctl(flow, "requeue", "--batch", "B000001", NULL).exit_code, 1);
        assert_int_equal(
                flow_ctl(flow, "requeue", "--order", "A-000001", "--new-key", NULL).exit_code, 1);
        assert_int_equal(flow_sessions(flow), 5);
        assert_int_equal(flow_ctl(flow, "verify", NULL).exit_code, 0);
        flow_good(flow);
}

typedef struct Wanted {
        const char *order, *status;
} Wanted;

static bool has_status(Flow *flow, const void *userdata) {
        const Wanted *wanted = userdata;

        return strcmp(flow_string(order_of(flow, wanted->order), "status"), wanted->status) == 0;
}

/* The provider stored a 500 under the key, and answers with it for ever. Whether there is a session
 * nobody can know in v1: a person decides, one way or the other. */
static void unknown_ones_are_for_a_person(void **state) {
        static const Wanted unknown[] = { { "A-000002", "unknown" }, { "A-000003", "unknown" } };
        Flow *flow = *state;
        const json_t *order;

        flow_expect_errors(flow);
        flow_set(flow, "orders", "canary", "0");
        flow_sandbox_start(flow, NULL);
        flow_fault(flow, "error-500", "A-000002", 1);
        flow_fault(flow, "error-500-made", "A-000003", 1);
        flow_daemon_start(flow);
        drop(flow, "a", "A", 4);
        for (size_t i = 0; i < ELEMENTS(unknown); i++)
                flow_wait(flow, has_status, &unknown[i], "an unknown order");

        assert_int_equal(
                flow_ctl(flow, "requeue", "--new-key", "--order", "A-000002", NULL).exit_code, 0);
        assert_int_equal(flow_ctl(flow, "cancel", "--order", "A-000003", NULL).exit_code, 0);
        settled(flow, "B000001");
        assert_status(flow, "A-000002", "open");
        order = order_of(flow, "A-000003");
        assert_string_equal(flow_string(order, "status"), "cancelled");
        flow_assert_contains(flow_string(order, "code"), "E-GIVEN-UP");
        assert_true(*flow_string(order, "reason") != '\0');
        flow_assert_exactly_once(flow, "A", 4); /* that of A-000003 is the one not known of */
        assert_int_equal(flow_ctl(flow, "verify", NULL).exit_code, 0);
        flow_good(flow);
}

/* --- the request itself ----------------------------------------------------------------------- */

typedef struct Asking {
        const char *arguments[7];
        const char *verb, *argument; /* as recorded */
} Asking;

static const Asking askings[] = {
        { { "hold", "--all" }, "hold", "all" },
        { { "hold", "--batch", "17" }, "hold", "batch 17" },
        { { "hold", "--batch", "b000017" }, "hold", "batch 17" },
        { { "hold", "--order", "A 1" },
          "hold",
          "order \x1f*\x1f"
          "A 1" },
        { { "release", "--store" }, "release", "store" },
        { { "release", "--order", "A-1", "--run", "2026-11" },
          "release",
          "order \x1f"
          "2026-11\x1f"
          "A-1" },
        { { "cancel", "--batch", "B000017" }, "cancel", "batch 17" },
        { { "cancel", "--profile", "norte", "--run", "", "--order", "Ñ-1" },
          "cancel",
          "order norte\x1f\x1fÑ-1" },
        { { "requeue", "--order", "A-1" },
          "requeue",
          "order \x1f*\x1f"
          "A-1" },
        { { "requeue", "--batch", "17", "--new-key" }, "requeue-new-key", "batch 17" },
};

/* Without waiting, and with nobody there to answer. */
static void recorded_as_agreed(void **state) {
        Flow *flow = *state;

        flow_sandbox_start(flow, NULL);
        assert_int_equal(flow_once(flow, NULL).exit_code, 0); /* makes the store */
        flow_environment(flow, "SUDO_UID", "4242");
        for (size_t i = 0; i < ELEMENTS(askings); i++) {
                const char *const *a = askings[i].arguments;
                FlowOutput output = flow_ctl(flow, "--json", a[0], "--no-wait", a[1], a[2], a[3],
                                             a[4], a[5], a[6], NULL);
                Recorded last;

                assert_int_equal(output.exit_code, 0);
                assert_true(
                        json_is_false(json_object_get(flow_json(flow, output.out), "answered")));
                last = recorded(flow);
                assert_int_equal(last.n, i + 1);
                assert_string_equal(last.verb, askings[i].verb);
                assert_string_equal(last.argument, askings[i].argument);
                assert_int_equal(last.uid, 4242); /* we run as the owner of the store */
        }
        flow_good(flow);
}

/* A daemon that comes later does what was asked meanwhile, and says who asked. */
static void without_a_daemon(void **state) {
        Flow *flow = *state;
        FlowOutput output;

        flow_sandbox_start(flow, NULL);
        assert_int_equal(flow_ctl(flow, "hold", "--all", NULL).exit_code, 74); /* no store */
        assert_int_equal(flow_once(flow, NULL).exit_code, 0);
        output = flow_ctl(flow, "--json", "hold", "--all", NULL);
        assert_int_equal(output.exit_code, 75);
        assert_true(json_is_false(json_object_get(flow_json(flow, output.out), "done")));
        assert_true(json_is_null(json_object_get(flow_json(flow, output.out), "answer")));
        flow_assert_contains(output.err, "stays recorded");

        flow_copy_in(flow, "a.csv", flow_orders(flow, "A", 5));
        assert_int_equal(flow_once(flow, "--timeout", "20s", NULL).exit_code, 2);
        flow_assert_contains(flow_daemon_log(flow), flow_text(flow, "user %d asked", getuid()));
        assert_int_equal(count_of(batch_of(flow, "B000001"), "held"), 5);
        assert_int_equal(flow_sessions(flow), 0);
        assert_int_equal(flow_ctl(flow, "release", "--all", "--no-wait", NULL).exit_code, 0);
        assert_int_equal(flow_once(flow, NULL).exit_code, 0);
        flow_assert_exactly_once(flow, "A", 5);
        flow_good(flow);
}

static void interrupted_while_waiting(void **state) {
        Flow *flow = *state;

        flow_sandbox_start(flow, NULL);
        assert_int_equal(flow_once(flow, NULL).exit_code, 0);
        flow_background(flow, "checkoutctl", "--config", flow_settings(flow), "hold", "--all",
                        NULL);
        flow_wait(flow, something_waits, NULL, "the request recorded");
        flow_background_stop(flow);
        flow_assert_contains(flow_read(flow, flow_path(flow, "background.log"), NULL),
                             "stays recorded");
        assert_int_equal(recorded(flow).n, 1);
        flow_good(flow);
}

static void answers_for_machines(void **state) {
        Flow *flow = *state;
        const json_t *answer;
        FlowOutput output;

        flow_start(flow);
        output = flow_ctl(flow, "hold", "--all", "--json", NULL);
        assert_int_equal(output.exit_code, 0);
        answer = flow_json(flow, output.out);
        assert_true(json_is_true(json_object_get(answer, "answered")));
        assert_true(json_is_true(json_object_get(answer, "done")));
        assert_string_equal(flow_string(answer, "verb"), "hold");
        assert_true(*flow_string(answer, "answer") != '\0');
        assert_int_equal(flow_integer(answer, "uid"), getuid());

        output = flow_ctl(flow, "cancel", "--order", "NOBODY", "--json", NULL);
        assert_int_equal(output.exit_code, 1);
        answer = flow_json(flow, output.out);
        assert_true(json_is_true(json_object_get(answer, "answered")));
        assert_true(json_is_false(json_object_get(answer, "done")));
        flow_good(flow);
}

static const char *const wrong[][5] = {
        { "hold" },
        { "hold", "B000001" },
        { "hold", "--batch" },
        { "hold", "--batch", "seventeen" },
        { "hold", "--batch", "0" },
        { "hold", "--all", "--batch", "1" },
        { "hold", "--batch", "1", "--batch", "2" },
        { "hold", "--all", "--new-key" },
        { "hold", "--store" },
        { "hold", "--order", "" },
        { "hold", "--order",
          "A\x1f"
          "B" },
        { "hold", "--order", "A\xff" },
        { "release", "--batch", "1", "--run", "x" },
        { "release", "--all", "--profile", "x" },
        { "requeue", "--all" },
        { "requeue", "--new-key" },
        { "requeue", "--store" },
        { "cancel", "--all" },
        { "cancel", "--batch", "1", "--new-key" },
        { "cancel", "--frobnicate" },
};

static void wrong_usage(void **state) {
        Flow *flow = *state;

        for (size_t i = 0; i < ELEMENTS(wrong); i++) {
                const char *const *a = wrong[i];
                FlowOutput output = flow_ctl(flow, a[0], a[1], a[2], a[3], a[4], NULL);

                if (output.exit_code != 64)
                        flow_fail(flow, "%s %s: exit code %d", a[0], a[1] ? a[1] : "",
                                  output.exit_code);
                assert_string_equal(output.out, "");
                flow_assert_contains(output.err, "usage");
        }
        flow_good(flow);
}

static void no_right_to_the_store(void **state) {
        Flow *flow = *state;
        FlowOutput output;

        flow_start(flow);
        assert_int_equal(chmod(flow_path(flow, "checkoutd.db"), 0400), 0);
        output = flow_ctl(flow, "hold", "--all", NULL);
        assert_int_equal(output.exit_code, 77);
        flow_assert_contains(output.err, "sudo -u checkoutd checkoutctl");
        assert_non_null(strchr(output.err, '\n'));
        assert_string_equal(strchr(output.err, '\n'), "\n"); /* one line */
        assert_int_equal(chmod(flow_path(flow, "checkoutd.db"), 0600), 0);
        flow_good(flow);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                FLOW(all_is_held_and_released),
                FLOW(one_batch_is_held),
                FLOW(canaries_are_released),
                FLOW(one_order_is_held),
                FLOW(what_was_not_sent_is_cancelled),
                FLOW(a_whole_batch_is_cancelled),
                FLOW(refused_ones_are_sent_again),
                FLOW(unknown_ones_are_for_a_person),
                FLOW(recorded_as_agreed),
                FLOW(without_a_daemon),
                FLOW(interrupted_while_waiting),
                FLOW(answers_for_machines),
                FLOW(wrong_usage),
                FLOW(no_right_to_the_store),
        };

        return FLOW_RUN(tests);
}
