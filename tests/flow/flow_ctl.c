/* checkoutctl: what it prints, the shapes of its JSON, and its exit codes. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "jobs/base/text.h"
#include "jobs/order/order_file.h"
#include "tests/flow/harness_orders.h"

#define PLAIN "order_id,amount,currency\n"

static const char *write_file(Flow *flow, const char *name, const char *text) {
        const char *path = flow_path(flow, "%s", name);

        flow_write(flow, path, text, strlen(text));
        return path;
}

/* Offline: no store, no daemon, no provider. */
static void check_is_offline(void **state) {
        Flow *flow = *state;
        FlowOutput output;

        output = flow_ctl(flow, "check",
                          write_file(flow, "good.csv", PLAIN "A-1,45120300,CLP\nA-2,100,CLP\n"),
                          NULL);
        assert_int_equal(output.exit_code, 1); /* one amount is above the limit of v1 */
        output = flow_ctl(flow, "check",
                          write_file(flow, "good.csv", PLAIN "A-1,5120300,CLP\nA-2,100,CLP\n"),
                          NULL);
        assert_int_equal(output.exit_code, 0);
        flow_assert_contains(output.out, "5.120.400");
        output = flow_ctl(flow, "check",
                          write_file(flow, "bad.csv", PLAIN "A-1,0,CLP\nA-2,1,CLP\n"), NULL);
        assert_int_equal(output.exit_code, 1);
        flow_assert_contains(output.out, "E-AMOUNT-RANGE");
        output = flow_ctl(flow, "check", write_file(flow, "no.csv", "x,y\n1,2\n"), NULL);
        assert_int_equal(output.exit_code, 2);
        flow_assert_contains(output.out, "E-FILE-");
        assert_int_equal(flow_count_paths(flow, "checkoutd.db*"), 0);
        assert_int_equal(flow_count_paths(flow, "spool/*"), 1); /* incoming/, as it was */
        flow_good(flow);
}

static void check_for_machines(void **state) {
        Flow *flow = *state;
        FlowOutput output;

        output = flow_ctl(flow, "check", "--json",
                          write_file(flow, "bad.csv", PLAIN "A-1,0,CLP\nA-2,1,CLP\n"), NULL);
        assert_int_equal(output.exit_code, 1);
        assert_true(json_is_object(flow_json(flow, output.out)));
        flow_assert_contains(output.out, "E-AMOUNT-RANGE");
        flow_good(flow);
}

static void submit_and_wait(void **state) {
        Flow *flow = *state;
        FlowOutput output;
        const char *file = write_file(flow, "facturas.csv", flow_orders(flow, "A", 30));

        flow_start(flow);
        output = flow_ctl(flow, "submit", "--wait", file, NULL);
        assert_int_equal(output.exit_code, 0);
        assert_int_equal(flow_count_paths(flow, "spool/results/facturas.B000001.results.csv"), 1);
        flow_assert_exactly_once(flow, "A", 30);
        assert_true(flow_exists(file)); /* a copy was submitted */

        output = flow_ctl(flow, "submit", write_file(flow, "b.csv", flow_orders(flow, "B", 3)),
                          NULL);
        assert_int_equal(output.exit_code, 0);
        assert_int_equal(flow_count_status(flow_results(flow, "b"), "open"), 3);
        flow_good(flow);
}

static void status_of_batches(void **state) {
        Flow *flow = *state;
        const json_t *batch, *totals;
        FlowOutput output;

        flow_start(flow);
        flow_drop(flow, "a.csv", PLAIN "A-1,1500,CLP\nA-2,2500,CLP\nA-3,0,CLP\n");
        (void) flow_results(flow, "a");
        /* the results are there a moment before the store calls the batch settled */
        assert_int_equal(flow_ctl(flow, "status", "--follow", "B000001", NULL).exit_code, 0);
        output = flow_ctl(flow, "status", "--json", NULL);
        assert_int_equal(output.exit_code, 0);
        batch = json_array_get(json_object_get(flow_json(flow, output.out), "batches"), 0);
        assert_string_equal(flow_string(batch, "batch"), "B000001");
        assert_string_equal(flow_string(batch, "file"), "a.csv");
        assert_string_equal(flow_string(batch, "mode"), "test");
        assert_string_equal(flow_string(batch, "state"), "settled");
        assert_int_equal(strlen(flow_string(batch, "received_at")), strlen("2026-01-01T00:00:00Z"));
        assert_int_equal(flow_integer(batch, "rows"), 3);
        assert_non_null(json_object_get(batch, "profile"));
        assert_non_null(json_object_get(batch, "run"));
        totals = json_object_get(batch, "totals");
        assert_int_equal(json_array_size(totals), 2);
        for (size_t i = 0; i < 2; i++) {
                const json_t *total = json_array_get(totals, i);
                bool open = strcmp(flow_string(total, "status"), "open") == 0;

                assert_string_equal(flow_string(total, "currency"), "CLP");
                assert_int_equal(flow_integer(total, "count"), open ? 2 : 1);
                assert_int_equal(flow_integer(total, "sum"), open ? 4000 : 0);
        }
        output = flow_ctl(flow, "status", NULL);
        assert_int_equal(output.exit_code, 0);
        flow_assert_contains(output.out, "B000001");
        flow_good(flow);
}

static void show_an_order(void **state) {
        Flow *flow = *state;
        const json_t *order, *attempt;
        FlowOutput output;
        FlowSession session;

        flow_start(flow);
        flow_drop(flow, "a.csv", PLAIN "A-1,1500,CLP\nA-2,2500,CLP\n");
        (void) flow_results(flow, "a");
        session = flow_session_of(flow, "A-2");
        output = flow_ctl(flow, "show", "A-2", "--json", NULL);
        assert_int_equal(output.exit_code, 0);
        order = json_array_get(json_object_get(flow_json(flow, output.out), "orders"), 0);
        assert_string_equal(flow_string(order, "order_id"), "A-2");
        assert_string_equal(flow_string(order, "batch"), "B000001");
        assert_int_equal(flow_integer(order, "line"), 3);
        assert_string_equal(flow_string(order, "status"), "open");
        assert_int_equal(flow_integer(order, "amount"), 2500);
        assert_string_equal(flow_string(order, "currency"), "CLP");
        assert_string_equal(flow_string(order, "session_id"), session.id);
        assert_string_equal(flow_string(order, "url"), session.url);
        assert_string_equal(flow_string(order, "idempotency_key"), session.key);
        assert_int_equal(flow_integer(order, "generation"), 1);
        assert_non_null(json_object_get(order, "expires_at"));
        assert_non_null(json_object_get(order, "code"));
        assert_non_null(json_object_get(order, "reason"));
        assert_true(json_is_null(json_object_get(order, "payment")));
        attempt = json_array_get(json_object_get(order, "attempts"), 0);
        assert_int_equal(flow_integer(attempt, "http_status"), 201);
        assert_string_equal(flow_string(attempt, "verdict"), "created");
        assert_non_null(json_object_get(attempt, "at"));
        assert_true(flow_integer(attempt, "duration_ms") >= 0);

        output = flow_ctl(flow, "show", "A-2", NULL);
        assert_int_equal(output.exit_code, 0);
        flow_assert_contains(output.out, session.url);
        output = flow_ctl(flow, "show", "NOBODY", NULL);
        assert_int_not_equal(output.exit_code, 0);
        flow_good(flow);
}

/* Half a character, which UTF-16 files of old programs have: the results cannot show it, and verify
 * knows what they show instead. */
static void verify_knows_what_cannot_be_shown(void **state) {
        static const char head[] = "order_id,amount,currency,note\nA-1,1000,CLP,x", tail[] = "y\n";
        Flow *flow = *state;
        AUTO_BUFFER bytes = BUFFER_EMPTY;

        assert_int_equal(order_encode(&bytes, TEXT("\xef\xbb\xbf"), ENCODING_UTF16LE), 0);
        assert_int_equal(order_encode(&bytes, text_of(head), ENCODING_UTF16LE), 0);
        assert_int_equal(buffer_append(&bytes, "\x00\xd8", 2), 0);
        assert_int_equal(order_encode(&bytes, text_of(tail), ENCODING_UTF16LE), 0);
        assert_int_equal(order_encode(&bytes, TEXT("A-2,2000,CLP,ñ\n"), ENCODING_UTF16LE), 0);
        flow_start(flow);
        flow_drop_bytes(flow, "a.csv", bytes.data, bytes.size);
        (void) flow_wait_path(flow, "spool/archive/*a.csv");
        flow_verified_good(flow);
}

static void verify_finds_what_was_changed(void **state) {
        Flow *flow = *state;
        const char *path, *text;

        flow_start(flow);
        flow_drop(flow, "a.csv", flow_orders(flow, "A", 20));
        path = flow_wait_path(flow, "spool/results/a.B*.results.csv");
        (void) flow_wait_path(flow, "spool/archive/*a*");
        assert_int_equal(flow_ctl(flow, "verify", NULL).exit_code, 0);
        assert_true(json_is_object(flow_json(flow, flow_ctl(flow, "verify", "--json", NULL).out)));
        flow_daemon_stop(flow);

        text = flow_read(flow, path, NULL);
        assert_int_equal(chmod(path, 0640), 0);
        flow_write(flow, path, text, strlen(text) / 2);
        assert_int_equal(flow_ctl(flow, "verify", NULL).exit_code, 1);
        flow_write(flow, path, text, strlen(text));
        assert_int_equal(flow_ctl(flow, "verify", NULL).exit_code, 0);

        path = flow_wait_path(flow, "spool/archive/*a*");
        text = flow_read(flow, path, NULL);
        (void) chmod(path, 0600);
        flow_write(flow, path, text, strlen(text) - 20);
        assert_int_equal(flow_ctl(flow, "verify", NULL).exit_code, 1);
        flow_good(flow);
}

/* What checkoutctl prints on a terminal of that many columns. */
static const char *on_terminal(Flow *flow, unsigned columns, const char *command) {
        FlowOutput output = flow_program(flow, "/usr/bin/script", "-qec",
                                         flow_text(flow,
                                                   "stty cols %u; cd " TEST_SOURCE_DIR
                                                   "/tests/samples && " TEST_BINARY_DIR
                                                   "/daemon/checkoutctl --config %s %s",
                                                   columns, flow_settings(flow), command),
                                         "/dev/null", NULL);

        assert_true(output.exit_code < 64);
        return output.out;
}

static void assert_fits(Flow *flow, const char *output, unsigned columns) {
        for (const char *end; (end = strchr(output, '\n')); output = end + 1) {
                Text line = text_trim((Text){ output, (size_t) (end - output) });

                if (text_characters(line) > columns)
                        flow_fail(flow, "wider than %u: %.*s", columns, TEXT_ARG(line));
        }
}

/* No line is wider than the terminal, and no word is broken for it. */
static void fits_the_terminal(void **state) {
        static const unsigned widths[] = { 120, 80, 60, 40 };
        Flow *flow = *state;

        flow_environment(flow, "NO_COLOR", "1");
        flow_start(flow);
        flow_drop(flow, "facturas de noviembre, todas.csv", PLAIN "A-1,1500,CLP\nA-2,0,CLP\n");
        (void) flow_wait_path(flow, "spool/results/facturas*.results.csv");
        for (size_t i = 0; i < ELEMENTS(widths); i++) {
                const char *output = on_terminal(flow, widths[i], "check facturas.csv");

                flow_assert_contains(output, "nombre@empresa.cl");
                flow_assert_contains(output, "CLP 11.548.160");
                if (widths[i] != 60) /* in columns, but cut */
                        flow_assert_contains(output, "administracion@csanagustin");
                assert_fits(flow, output, widths[i]);
                output = on_terminal(flow, widths[i], "status 1");
                flow_assert_contains(output, "B000001");
                flow_assert_contains(output, "rejected 1");
                assert_fits(flow, output, widths[i]);
                output = on_terminal(flow, widths[i], "show A-2");
                flow_assert_contains(output, "E-AMOUNT-RANGE");
                assert_fits(flow, output, widths[i]);
        }
        flow_good(flow);
}

static void wrong_usage(void **state) {
        Flow *flow = *state;

        assert_int_equal(flow_program(flow, "checkoutctl", NULL).exit_code, 64);
        assert_int_equal(flow_ctl(flow, "frobnicate", NULL).exit_code, 64);
        assert_int_equal(flow_ctl(flow, "check", NULL).exit_code, 64);
        assert_int_equal(flow_ctl(flow, "show", NULL).exit_code, 64);
        assert_int_equal(flow_ctl(flow, "status", "--frobnicate", NULL).exit_code, 64);
        assert_int_equal(flow_program(flow, "checkoutctl", "--help", NULL).exit_code, 0);
        assert_int_equal(flow_program(flow, "checkoutctl", "--version", NULL).exit_code, 0);
        assert_int_equal(flow_ctl(flow, "check", "--help", NULL).exit_code, 0);
        flow_good(flow);
}

static void what_cannot_be_read(void **state) {
        Flow *flow = *state;
        FlowOutput output;

        assert_int_equal(flow_ctl(flow, "check", "/nowhere/at/all.csv", NULL).exit_code, 74);
        assert_int_equal(flow_ctl(flow, "submit", "/nowhere/at/all.csv", NULL).exit_code, 74);
        assert_int_equal(flow_ctl(flow, "status", NULL).exit_code, 74); /* no store yet */

        /* without the right to read the store: one clear line */
        flow_start(flow);
        assert_int_equal(chmod(flow_path(flow, "checkoutd.db"), 0), 0);
        output = flow_ctl(flow, "status", NULL);
        assert_int_equal(output.exit_code, 77);
        assert_non_null(strchr(output.err, '\n'));
        assert_string_equal(strchr(output.err, '\n'), "\n");
        assert_int_equal(chmod(flow_path(flow, "checkoutd.db"), 0600), 0);
        flow_good(flow);
}

typedef struct BadSetting {
        const char *section, *key, *value;
        const char *told; /* by the complaint */
} BadSetting;

static const BadSetting bad_settings[] = {
        { "provider", "tiemout", "10s", "timeout" },
        { "provider", "timeout", "soon", "timeout" },
        { "provider", "url", "http://api.example.com", "url" },
        { "provider", "api_version", "v3", "api_version" },
        { "provider", "rate", "fast", "rate" },
        { "spool", "max_file_size", "big", "max_file_size" },
        { "orders", "currency", "USD", "currency" },
        { "orders", "timezone", "Mars/Olympus", "timezone" },
        { "orders", "success_url", "https://example.cl/only-one", "cancel_url" },
        { "ordres", "currency", "CLP", "orders" },
};

/* File, line, key, what is wrong, the nearest known key. */
static void bad_settings_are_told(void **state) {
        Flow *flow = *state;
        const char *file = flow_path(flow, "bad.conf");
        const char *orders = write_file(flow, "a.csv", flow_orders(flow, "A", 1));

        for (size_t i = 0; i < ELEMENTS(bad_settings); i++) {
                const BadSetting *bad = &bad_settings[i];
                const char *text = flow_text(flow, "# first line\n[%s]\n%s = %s\n", bad->section,
                                             bad->key, bad->value);
                FlowOutput output;

                flow_write(flow, file, text, strlen(text));
                output = flow_program(flow, "checkoutctl", "--config", file, "check", orders, NULL);
                if (output.exit_code != 78)
                        flow_fail(flow, "%s = %s: exit code %d", bad->key, bad->value,
                                  output.exit_code);
                flow_assert_contains(output.err, "bad.conf");
                flow_assert_contains(output.err, bad->told);
        }
        flow_good(flow);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                FLOW(check_is_offline),
                FLOW(check_for_machines),
                FLOW(submit_and_wait),
                FLOW(status_of_batches),
                FLOW(show_an_order),
                FLOW(verify_finds_what_was_changed),
                FLOW(verify_knows_what_cannot_be_shown),
                FLOW(fits_the_terminal),
                FLOW(wrong_usage),
                FLOW(what_cannot_be_read),
                FLOW(bad_settings_are_told),
        };

        return FLOW_RUN(tests);
}
