/* checkoutctl hold, release, requeue, cancel: the requests. Recorded in the store with who and
 * when; waited for, or not; refused when they make no sense. What the daemon makes of them is in
 * flow_verbs.c. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sql/ledger.h"
#include "tests/flow/harness.h"

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

typedef struct Asking {
        const char *arguments[7];
        const char *verb, *argument; /* as recorded */
} Asking;

static const Asking askings[] = {
        { { "hold", "--all" }, "hold", "all" },
        { { "hold", "--batch", "17" }, "hold", "batch 17" },
        { { "hold", "--batch", "b000017" }, "hold", "batch 17" },
        { { "hold", "--order", "A 1" }, "hold", "order \037*\037A 1" },
        { { "release", "--store" }, "release", "store" },
        { { "release", "--order", "A-1", "--run", "2026-11" },
          "release",
          "order \0372026-11\037A-1" },
        { { "cancel", "--batch", "B000017" }, "cancel", "batch 17" },
        { { "cancel", "--profile", "norte", "--run", "", "--order", "Ñ-1" },
          "cancel",
          "order norte\037\037Ñ-1" },
        { { "requeue", "--order", "A-1" }, "requeue", "order \037*\037A-1" },
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
        flow_assert_contains(flow_ctl(flow, "status", "--json", NULL).out, "\"held\"");
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
        { "hold", "--order", "A\037B" },
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
                FLOW(recorded_as_agreed),   FLOW(without_a_daemon), FLOW(interrupted_while_waiting),
                FLOW(answers_for_machines), FLOW(wrong_usage),      FLOW(no_right_to_the_store),
        };

        return FLOW_RUN(tests);
}
