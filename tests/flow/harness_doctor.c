#include "tests/flow/harness_doctor.h"

#include <string.h>

static Seen read_seen(Flow *flow, FlowOutput output) {
        const json_t *document = flow_json(flow, output.out);
        Seen seen = { output, json_object_get(document, "checks") };

        assert_true(json_is_array(seen.checks));
        if (json_is_true(json_object_get(document, "good")) != (output.exit_code == 0))
                flow_fail(flow, "exit %d: %s", output.exit_code, output.out);
        return seen;
}

Seen flow_doctor(Flow *flow) {
        return read_seen(flow, flow_ctl(flow, "doctor", "--json", NULL));
}

const json_t *flow_finding(const Seen *seen, const char *about, const char *state) {
        for (size_t i = 0; i < json_array_size(seen->checks); i++) {
                const json_t *check = json_array_get(seen->checks, i);

                if (strcmp(flow_string(check, "about"), about) == 0 &&
                    strcmp(flow_string(check, "state"), state) == 0)
                        return check;
        }
        return NULL;
}

void flow_assert_found(Flow *flow, const Seen *seen, const char *about, const char *state,
                       const char *text) {
        const json_t *check = flow_finding(seen, about, state);
        bool is_ok = strcmp(state, "ok") == 0;

        if (!check)
                flow_fail(flow, "%s is not \"%s\": %s", about, state, seen->output.out);
        flow_assert_contains(flow_string(check, "text"), text);
        if (json_is_null(json_object_get(check, "remedy")) != is_ok)
                flow_fail(flow, "%s: a remedy is needed or not: %s", about, seen->output.out);
        if (strcmp(state, "fail") == 0)
                assert_int_equal(seen->output.exit_code, 2);
        else if (!is_ok)
                assert_in_range(seen->output.exit_code, 1, 2);
}

void flow_assert_nothing_but(Flow *flow, const Seen *seen, const char *about) {
        for (size_t i = 0; i < json_array_size(seen->checks); i++) {
                const json_t *check = json_array_get(seen->checks, i);

                if (strcmp(flow_string(check, "state"), "ok") != 0 &&
                    strcmp(flow_string(check, "about"), about) != 0)
                        flow_fail(flow, "more than %s is not well: %s", about, seen->output.out);
        }
}

Seen flow_doctor_with(Flow *flow, const char *option, const char *command) {
        const char *line = flow_text(
                flow, "%s && exec " TEST_BINARY_DIR "/daemon/checkoutctl --config %s doctor --json",
                command, flow_settings(flow));

        return read_seen(
                flow, flow_program(flow, "/usr/bin/unshare", option, "/bin/sh", "-c", line, NULL));
}
