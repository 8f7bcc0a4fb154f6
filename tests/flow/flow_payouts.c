/* The provider's payout files, dropped in incoming/payouts/: matched with the payments that we
 * know, answered, counted once, and shown. */
#include <string.h>
#include <sys/stat.h>

#include "tests/flow/harness_orders.h"

#define HEAD "id;created_at;amount;fee;net;currency;resource_type;resource_id\n"

/* Two orders of 1001 and 1002 that were made and paid. (The daemon is stopped while the store is
 * told so.) */
static void start_paid(Flow *flow) {
        flow_set(flow, "orders", "language", "en");
        flow_start(flow);
        flow_drop_orders(flow, "facturas", "F", 2);
        flow_settled(flow, "B000001");
        flow_daemon_stop(flow);
        flow_sql(flow, "INSERT INTO payment(id, request, generation, status, amount, currency, "
                       "created_at, paid_at, seen_at, refunded) VALUES"
                       "('pi_1', (1 << 32) | 2, 1, 5, 1001, 1, 1, 1767225600000000, 1, 0),"
                       "('pi_2', (1 << 32) | 3, 1, 5, 1002, 1, 1, 1767225600000000, 1, 0)");
        flow_daemon_start(flow);
}

static char *answer(Flow *flow, const char *stem, const char *kind) {
        return flow_read(
                flow, flow_wait_path(flow, "spool/results/payouts/%s.B*.%s.txt", stem, kind), NULL);
}

static const json_t *payouts_of(Flow *flow) {
        FlowOutput output = flow_ctl(flow, "status", "--json", NULL);

        assert_int_equal(output.exit_code, 0);
        return json_object_get(flow_json(flow, output.out), "payouts");
}

static int64_t count_of(const json_t *payout, const char *outcome, const char *member) {
        const json_t *totals = json_object_get(payout, "totals");

        for (size_t i = 0; i < json_array_size(totals); i++) {
                const json_t *total = json_array_get(totals, i);

                if (strcmp(flow_string(total, "outcome"), outcome) == 0)
                        return flow_integer(total, member);
        }
        return 0;
}

static void a_payout_is_matched_and_ties_out(void **state) {
        Flow *flow = *state;
        const json_t *payout, *settlement;
        char *ack;

        start_paid(flow);
        flow_drop(flow, "payouts/2026-01-02-fintoc-payout-acme.csv",
                  HEAD "pi_1;2026-01-02T10:00:00Z;1001;12;989;CLP;payment_intent;\n"
                       "pi_2;2026-01-02T10:00:00Z;902;12;890;CLP;payment_intent;\n"
                       "re_7;2026-01-02T11:00:00Z;-300;0;-300;CLP;refund;pi_1\n"
                       "pi_x;2026-01-02T12:00:00Z;5000;60;4940;CLP;payment_intent;\n");
        ack = answer(flow, "2026-01-02-fintoc-payout-acme", "ACK");
        flow_assert_contains(ack, "PAYOUT ACCEPTED: 2026-01-02-fintoc-payout-acme.csv");
        flow_assert_contains(ack,
                             "  lines of the file                 4                CLP 6.603\n");
        flow_assert_contains(ack,
                             "  = payments that agree             1                CLP 1.001\n");
        flow_assert_contains(ack,
                             "  + with a difference               1                  CLP 902\n");
        flow_assert_contains(ack,
                             "  + refunds                         1                 CLP -300\n");
        flow_assert_contains(ack,
                             "  + not ours                        1                CLP 5.000\n");
        flow_assert_contains(ack,
                             "  our rows                          2                CLP 2.003\n");
        flow_assert_contains(ack,
                             "  their payments                    2                CLP 2.003\n");
        flow_assert_contains(ack,
                             "  paid out for them                 3                CLP 1.603\n");
        flow_assert_contains(ack, "line 3, pi_2 (F-000002): CLP 902: the file has another amount "
                                  "than was paid, CLP 1.002");
        flow_assert_contains(ack, "line 5, pi_x: CLP 5.000: it is no payment of ours");
        (void) flow_wait_path(flow, "spool/archive/B000002.*");
        flow_wait_none(flow, "spool/incoming/payouts/*");
        payout = json_array_get(payouts_of(flow), 0);
        assert_string_equal(flow_string(payout, "payout"), "B000002");
        assert_int_equal(count_of(payout, "settled", "count"), 1);
        assert_int_equal(count_of(payout, "different", "rows_amount"), 1002);
        settlement = json_array_get(json_object_get(flow_order(flow, "F-000002"), "settlement"), 0);
        assert_string_equal(flow_string(settlement, "outcome"), "different");
        assert_int_equal(flow_integer(settlement, "difference"), -100);
        flow_assert_contains(flow_ctl(flow, "status", NULL).out, "PAYOUT");
        flow_assert_contains(flow_ctl(flow, "show", "F-000001", NULL).out,
                             "CLP 1.001, B000002 line 2");
        flow_verified_good(flow);
}

static void the_same_file_counts_once(void **state) {
        static const char bytes[] = HEAD "pi_1;2026-01-02T10:00:00Z;1001;12;989;CLP;;\n";
        Flow *flow = *state;

        start_paid(flow);
        flow_drop(flow, "payouts/a.csv", bytes);
        (void) answer(flow, "a", "ACK");
        flow_drop(flow, "payouts/b.csv", bytes);
        flow_assert_contains(answer(flow, "b", "DUP"),
                             "as payout file B000002 (a.csv). Nothing was counted");
        /* one line of it again, in another file: found, and not counted */
        flow_drop(flow, "payouts/c.csv",
                  HEAD "pi_1;2026-01-02T10:00:00Z;1001;12;989;CLP;;\n"
                       "pi_2;2026-01-02T10:00:00Z;1002;12;990;CLP;;\n");
        flow_assert_contains(answer(flow, "c", "ACK"), "line 2, pi_1: CLP 1.001: it stood in");
        assert_int_equal(count_of(json_array_get(payouts_of(flow), 1), "twice", "count"), 1);
        flow_verified_good(flow);
}

static void a_corrected_file_replaces_the_first(void **state) {
        Flow *flow = *state;

        start_paid(flow);
        flow_drop(flow, "payouts/a.csv",
                  HEAD "pi_1;2026-01-02T10:00:00Z;901;12;889;CLP;;\n"
                       "pi_2;2026-01-02T10:00:00Z;1002;12;990;CLP;;\n");
        (void) answer(flow, "a", "ACK");
        (void) flow_wait_path(flow, "spool/archive/B000002.*");
        flow_drop(flow, "payouts/a.csv", HEAD "pi_1;2026-01-02T10:00:00Z;1001;12;989;CLP;;\n");
        flow_assert_contains(
                flow_read(flow, flow_wait_path(flow, "spool/results/payouts/a.B000003.ACK.txt"),
                          NULL),
                "It replaces payout file B000002");
        assert_string_equal(flow_string(json_array_get(payouts_of(flow), 0), "replaced_by"),
                            "B000003");
        assert_int_equal(
                json_array_size(json_object_get(flow_order(flow, "F-000002"), "settlement")), 0);
        assert_int_equal(count_of(json_array_get(payouts_of(flow), 1), "settled", "amount"), 1001);
        flow_verified_good(flow);
}

static void what_cannot_be_counted_is_refused_whole(void **state) {
        Flow *flow = *state;

        start_paid(flow);
        flow_drop(flow, "payouts/bad.csv",
                  HEAD "pi_1;2026-01-02T10:00:00Z;1.001;12;989;CLP;;\n"
                       "pi_2;2026-01-02T10:00:00Z;1002;12;990;CLP;;\n");
        flow_assert_contains(answer(flow, "bad", "NACK"), "E-PAYOUT-AMOUNT");
        flow_drop(flow, "payouts/orders.csv", "order_id,monto\nF-1,2\n");
        flow_assert_contains(answer(flow, "orders", "NACK"), "E-FILE-COLUMN-MISSING");
        flow_drop(flow, "payouts/day.csv", HEAD "pi_1;2026-13-01;1001;12;989;CLP;;\n");
        flow_assert_contains(answer(flow, "day", "NACK"), "Write it like this: 2026-12-31");
        flow_drop(flow, "payouts/cents.csv",
                  HEAD "pi_1;2026-01-02T10:00:00Z;100100;12;989;CLP;;\n"
                       "pi_2;2026-01-02T10:00:00Z;100200;12;990;CLP;;\n"
                       "pi_x;2026-01-02T10:00:00Z;77;12;990;CLP;;\n");
        flow_assert_contains(answer(flow, "cents", "NACK"),
                             "exactly a hundred times what was paid");
        assert_int_equal(json_array_size(payouts_of(flow)), 0);
        flow_set(flow, "payouts", "amounts", "cents");
        flow_reload(flow);
        flow_drop(flow, "payouts/cents2.csv",
                  HEAD "pi_1;2026-01-02T10:00:00Z;100100;1200;98900;CLP;;\n");
        flow_assert_contains(answer(flow, "cents2", "ACK"), "CLP 1.001");
        flow_verified_good(flow);
}

/* A file whose every amount has points is one problem, and the day that is wrong in one line is not
 * lost behind it. */
static void what_all_lines_have_is_said_once(void **state) {
        Flow *flow = *state;
        char *text = flow_text(flow, "%s", HEAD);
        const char *nack;

        start_paid(flow);
        for (unsigned i = 1; i <= 300; i++)
                text = flow_text(flow, "%spi_%u;%s;%u.001;12;989;CLP;;\n", text, i,
                                 i == 250 ? "2026-13-01" : "2026-01-02T10:00:00Z", i);
        flow_drop(flow, "payouts/points.csv", text);
        nack = answer(flow, "points", "NACK");
        flow_assert_contains(nack, "lines 2, 3, 4, 5, 6, 7 and 294 more, column 3 (amount): for "
                                   "example \"1.001\": ");
        flow_assert_contains(nack, "line 251, column 2 (created_at): \"2026-13-01\": ");
        assert_null(strstr(nack, "2.001"));
        flow_verified_good(flow);
}

/* The simulated provider's own file, of payments that are first heard of after it came; and a kill
 * at whatever point: each line counts once. */
static void payments_may_be_heard_of_later(void **state) {
        Flow *flow = *state;
        const json_t *payout;
        char *report;

        flow_set_v2(flow);
        flow_start(flow);
        flow_drop_orders(flow, "a", "A", 4);
        flow_settled(flow, "B000001");
        for (unsigned i = 1; i <= 3; i++)
                flow_control(flow, "payer",
                             flow_text(flow, "{\"order\":\"A-%06u\",\"do\":\"pay\"}", i));
        flow_control(flow, "payer", "{\"order\":\"A-000003\",\"do\":\"refund\"}");
        report = flow_text(flow, "%s/payout.csv", flow_path(flow, "spool"));
        assert_int_equal(flow_program(flow, "/usr/bin/curl", "-s", "-o", report,
                                      flow_text(flow, "%s/_sandbox/payout.csv?foreign=2",
                                                flow_sandbox_url(flow)),
                                      NULL)
                                 .exit_code,
                         0);
        flow_drop(flow, "payouts/p.csv", flow_read(flow, report, NULL));
        flow_daemon_kill(flow);
        flow_daemon_start(flow);
        (void) answer(flow, "p", "ACK");
        (void) flow_wait_path(flow, "spool/archive/B000002.*");
        assert_int_equal(flow_ctl(flow, "sync", NULL).exit_code, 0);
        payout = json_array_get(payouts_of(flow), 0);
        assert_int_equal(count_of(payout, "settled", "count"), 3);
        assert_int_equal(count_of(payout, "not_ours", "count"), 2);
        assert_int_equal(count_of(payout, "settled", "rows_amount"), 1001 + 1002 + 1003);
        flow_verified_good(flow);
}

/* A payout file is answered and in archive/: at the next start there is nothing to be done for it,
 * and least of all has it results as order files have. */
static void a_restart_takes_no_payout_for_orders(void **state) {
        Flow *flow = *state;

        start_paid(flow);
        flow_drop(flow, "payouts/enero.csv",
                  HEAD "pi_1;2026-01-02T10:00:00Z;1001;12;989;CLP;payment_intent;\n");
        (void) answer(flow, "enero", "ACK");
        (void) flow_wait_path(flow, "spool/archive/B000002.enero.csv");
        flow_daemon_stop(flow);
        flow_daemon_start(flow);
        flow_pass(flow);
        assert_int_equal(flow_count_paths(flow, "spool/results/payouts/*"), 1);
        assert_int_equal(flow_count_paths(flow, "spool/results/*.B000002.*"), 0);
        assert_int_equal(flow_count_log(flow, "B000002: results are written"), 0);
        flow_verified_good(flow);
}

/* --- beforehand ------------------------------------------------------------------------------- */

static const json_t *checked(Flow *flow, const char *path, int exit_code) {
        FlowOutput output = flow_ctl(flow, "check", "--json", path, NULL);

        assert_int_equal(output.exit_code, exit_code);
        return json_array_get(json_object_get(flow_json(flow, output.out), "files"), 0);
}

/* `check` knows a payout file by its first row, and reads it as intake does: what it finds good is
 * counted, what it refuses is refused. */
static void check_reads_payout_files(void **state) {
        static const char good[] =
                HEAD "pi_1;2026-01-02T10:00:00Z;1001;12;989;CLP;payment_intent;\n"
                     "re_1;2026-01-02T10:00:00Z;-301;0;-301;CLP;refund;pi_1\n";
        static const char bad[] = HEAD "pi_1;2026-01-02T10:00:00Z;1001;12;989;CLP;;\n"
                                       "pi_2;2026-01-02T10:00:00Z;1.001,5;12;989;CLP;;\n";
        Flow *flow = *state;
        const json_t *file, *payout, *total;
        FlowOutput output;

        flow_set(flow, "orders", "language", "en");
        flow_write_settings(flow);
        flow_write(flow, flow_path(flow, "good.csv"), good, strlen(good));
        flow_write(flow, flow_path(flow, "bad.csv"), bad, strlen(bad));
        flow_write(flow, flow_path(flow, "orders.csv"), "id;amount;currency\n1;2;CLP\n", 27);

        file = checked(flow, flow_path(flow, "good.csv"), 0);
        assert_string_equal(flow_string(file, "profile"), "payouts");
        payout = json_object_get(file, "payout");
        assert_int_equal(flow_integer(payout, "lines"), 2);
        total = json_array_get(json_object_get(payout, "totals"), 0);
        assert_int_equal(flow_integer(total, "gross"), 700);
        assert_int_equal(flow_integer(total, "net"), 688);
        assert_int_equal(flow_integer(json_object_get(total, "refunds"), "sum"), -301);
        flow_assert_contains(flow_ctl(flow, "check", flow_path(flow, "good.csv"), NULL).out,
                             "It is a payout file, and can be counted whole.");

        file = checked(flow, flow_path(flow, "bad.csv"), 2);
        assert_true(json_is_true(json_object_get(file, "refused")));
        output = flow_ctl(flow, "check", flow_path(flow, "bad.csv"), NULL);
        assert_int_equal(output.exit_code, 2);
        flow_assert_contains(output.out, ":3:3: E-PAYOUT-AMOUNT: amount \"1.001,5\"");
        flow_assert_contains(output.out, "nothing of it would be counted");

        /* of no order number and no fees: whoever wrote it meant orders, unless they say
         * otherwise */
        output = flow_ctl(flow, "check", flow_path(flow, "orders.csv"), NULL);
        assert_int_equal(output.exit_code, 2);
        flow_assert_contains(output.out, "E-FILE-COLUMN-MISSING");
        output = flow_ctl(flow, "check", "--profile", "payouts", flow_path(flow, "orders.csv"),
                          NULL);
        flow_assert_contains(output.out, "payout file of the provider, 1 line\n");
        flow_good(flow);
}

/* Orders whose number has a name that we do not know are orders all the same: nobody is to be told
 * to drop them among the payouts. */
static void check_takes_no_orders_for_payouts(void **state) {
        static const char *const heads[] = {
                "id;cliente;correo;monto;neto", /* before tax */
                "id;fecha;referencia_interna;monto;neto",
                "id;rut;correo;monto;comision", /* of who sold it */
                "id;vencimiento;fecha;monto;comision",
        };
        Flow *flow = *state;
        const char *path;
        FlowOutput output;

        flow_set(flow, "orders", "language", "en");
        flow_write_settings(flow);
        for (size_t i = 0; i < ELEMENTS(heads); i++) {
                const char *text = flow_text(
                        flow, "%s\n10231;2026-01-02;2026-01-02;452000;379832\n", heads[i]);

                path = flow_path(flow, "orders.csv");
                flow_write(flow, path, text, strlen(text));
                output = flow_ctl(flow, "check", path, NULL);
                assert_int_equal(output.exit_code, 2);
                flow_assert_contains(output.out, "E-FILE-COLUMN-MISSING");
        }
        flow_good(flow);
}

/* --- the summary of the orders ---------------------------------------------------------------- */

static const json_t *summary_of(Flow *flow, const char *stem) {
        char *path = flow_path(flow, "spool/results/%s.summary.json", stem);

        return flow_json(flow, flow_read(flow, path, NULL));
}

typedef struct Net {
        const char *stem;
        int64_t net;
} Net;

static bool has_net(Flow *flow, const void *userdata) {
        const Net *wanted = userdata;
        const json_t *settled = json_object_get(summary_of(flow, wanted->stem), "settled");

        return json_array_size(settled) == 1 &&
               flow_integer(json_array_get(settled, 0), "net") == wanted->net;
}

static const json_t *wait_net(Flow *flow, const char *stem, int64_t net) {
        flow_wait(flow, has_net, &(Net){ stem, net }, "what was paid out stands in the summary");
        return summary_of(flow, stem);
}

/* The summary of the rows tells what was paid out for them, and what is to be looked at, without a
 * status that changes; also when the daemon is killed before it was written. */
static void the_summary_tells_of_it(void **state) {
        Flow *flow = *state;
        const json_t *summary, *settled, *finding;

        start_paid(flow);
        assert_int_equal(
                json_array_size(json_object_get(summary_of(flow, "facturas.B000001"), "settled")),
                0);
        assert_int_equal(
                json_array_size(json_object_get(summary_of(flow, "facturas.B000001"), "findings")),
                0);
        flow_drop(flow, "payouts/a.csv",
                  HEAD "pi_1;2026-01-02T10:00:00Z;1001;12;989;CLP;;\n"
                       "pi_2;2026-01-02T10:00:00Z;902;12;890;CLP;;\n");
        (void) answer(flow, "a", "ACK");
        flow_daemon_kill(flow);
        flow_daemon_start(flow);
        summary = wait_net(flow, "facturas.B000001", 1879);
        settled = json_array_get(json_object_get(summary, "settled"), 0);
        assert_string_equal(flow_string(settled, "currency"), "CLP");
        assert_int_equal(flow_integer(settled, "count"), 2);
        assert_int_equal(flow_integer(settled, "sum"), 2003);
        assert_int_equal(flow_integer(settled, "paid_out"), 1903);
        assert_int_equal(flow_integer(settled, "fee"), 24);
        assert_int_equal(json_array_size(json_object_get(summary, "findings")), 1);
        finding = json_array_get(json_object_get(summary, "findings"), 0);
        assert_string_equal(flow_string(finding, "kind"), "settled-difference");
        assert_int_equal(flow_integer(finding, "count"), 1);
        assert_string_equal(flow_string(summary, "state"), "settled");

        (void) flow_wait_path(flow, "spool/archive/B000002.*");
        flow_drop(flow, "payouts/a.csv",
                  HEAD "pi_1;2026-01-02T10:00:00Z;1001;12;989;CLP;;\n"
                       "pi_2;2026-01-02T10:00:00Z;1002;12;990;CLP;;\n");
        summary = wait_net(flow, "facturas.B000001", 1979);
        assert_int_equal(json_array_size(json_object_get(summary, "findings")), 0);
        flow_verified_good(flow);
}

/* A folder that cannot be written to keeps no other batch's summary from being written, and its own
 * is written when it can. */
static void one_folder_cannot_be_written(void **state) {
        Flow *flow = *state;
        char *folder = flow_path(flow, "spool/results/norte");

        flow_expect_errors(flow);
        flow_set(flow, "profile norte", "language", "en");
        flow_set(flow, "orders", "language", "en");
        flow_start(flow);
        flow_drop(flow, "norte/a.csv", "order_id,amount,currency\nN-1,1002,CLP\n");
        flow_settled(flow, "B000001");
        flow_drop_orders(flow, "facturas", "F", 1);
        flow_settled(flow, "B000002");
        flow_daemon_stop(flow);
        flow_sql(flow, "INSERT INTO payment(id, request, generation, status, amount, currency, "
                       "created_at, paid_at, seen_at, refunded) VALUES"
                       "('pi_1', (2 << 32) | 2, 1, 5, 1001, 1, 1, 1767225600000000, 1, 0),"
                       "('pi_2', (1 << 32) | 2, 1, 5, 1002, 1, 1, 1767225600000000, 1, 0)");
        flow_daemon_start(flow);
        assert_int_equal(chmod(folder, 0500), 0);
        flow_drop(flow, "payouts/a.csv",
                  HEAD "pi_1;2026-01-02T10:00:00Z;1001;12;989;CLP;;\n"
                       "pi_2;2026-01-02T10:00:00Z;1002;12;990;CLP;;\n");
        flow_wait_log(flow, "cannot write the summary of batch B000001");
        (void) wait_net(flow, "facturas.B000002", 989);
        assert_int_equal(chmod(folder, 0700), 0);
        (void) wait_net(flow, "norte/a.B000001", 990);
        flow_verified_good(flow);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                FLOW(a_restart_takes_no_payout_for_orders),
                FLOW(a_payout_is_matched_and_ties_out),
                FLOW(the_same_file_counts_once),
                FLOW(a_corrected_file_replaces_the_first),
                FLOW(what_cannot_be_counted_is_refused_whole),
                FLOW(what_all_lines_have_is_said_once),
                FLOW(payments_may_be_heard_of_later),
                FLOW(the_summary_tells_of_it),
                FLOW(one_folder_cannot_be_written),
                FLOW(check_reads_payout_files),
                FLOW(check_takes_no_orders_for_payouts),
        };

        return FLOW_RUN(tests);
}
