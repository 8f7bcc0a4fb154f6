/* A rejects file that comes back mended is a child: it belongs to the run of its parent, and
 * together they say what became of every order. */
#include <string.h>

#include "tests/flow/harness.h"
#include "tests/flow/harness_orders.h"

static char *replace(Flow *flow, const char *text, const char *what, const char *by) {
        const char *at = strstr(text, what);

        assert_non_null(at);
        return flow_text(flow, "%.*s%s%s", (int) (at - text), text, by, at + strlen(what));
}

static bool tells_of(Flow *flow, const void *child) {
        return strstr(flow_read(flow, flow_path(flow, "spool/results/a.B000001.summary.json"),
                                NULL),
                      child) != NULL;
}

/* The summary of the first batch, once it tells of that child, or whatever. */
static const json_t *summary_with(Flow *flow, const char *child) {
        flow_wait(flow, tells_of, child, "the parent's summary tells of the child");
        return flow_json(
                flow,
                flow_read(flow, flow_path(flow, "spool/results/a.B000001.summary.json"), NULL));
}

/* Of a batch and what corrects it. */
static void assert_together(const json_t *summary, const char *status, int64_t count, int64_t sum) {
        const json_t *totals = json_object_get(summary, "with_children"), *total;
        size_t i;

        json_array_foreach(totals, i, total) {
                if (strcmp(flow_string(total, "status"), status) != 0)
                        continue;
                assert_int_equal(flow_integer(total, "count"), count);
                assert_int_equal(flow_integer(total, "sum"), sum);
                return;
        }
        fail_msg("no %s", status);
}

/* The rejects file comes back mended: the same columns with ours, which are no data any more. */
static void mended_rejects_are_a_child(void **state) {
        Flow *flow = *state;
        const FlowTable *results;
        const char *rejects;
        const json_t *summary;

        flow_start(flow);
        flow_drop(flow, "a.csv",
                  "order_id,amount,currency,nota\nC-1,100,CLP,=uno\nC-2,cien,CLP,=dos\n");
        assert_int_equal(flow_count_status(flow_results(flow, "a"), "rejected"), 1);
        rejects =
                flow_read(flow, flow_wait_path(flow, "spool/results/a.B000001.rejects.csv"), NULL);
        assert_null(strstr(rejects, "C-1"));
        flow_drop(flow, "mended.csv", replace(flow, rejects, ",cien,", ",100,"));
        results = flow_results(flow, "mended");
        assert_int_equal(results->n_rows, 1);
        assert_int_equal(results->n_columns, 4 + 7);
        assert_string_equal(flow_cell(results, 1, "order_id"), "C-2");
        assert_string_equal(flow_cell(results, 1, "nota"), "'=dos");
        assert_string_equal(flow_cell(results, 1, "checkout_status"), "open");
        assert_int_equal(flow_sessions(flow), 2);
        summary = flow_json(
                flow, flow_read(flow, flow_wait_path(flow, "spool/results/mended.B*.summary.json"),
                                NULL));
        assert_string_equal(flow_string(summary, "parent"), "B000001");

        /* and the first file's summary tells of both: the order that was mended counts once */
        summary = summary_with(flow, "B000002");
        assert_string_equal(
                json_string_value(json_array_get(json_object_get(summary, "children"), 0)),
                "B000002");
        assert_together(summary, "open", 2, 200);
        assert_int_equal(json_array_size(json_object_get(summary, "with_children")), 1);
        flow_good(flow);
}

/* A correction that is wrong again, then one of the correction, then the first one once more. */
static void each_order_counts_once_however_often_it_is_mended(void **state) {
        Flow *flow = *state;
        const char *rejects;
        const json_t *summary;

        flow_start(flow);
        flow_drop(flow, "a.csv",
                  "order_id,amount,currency\nC-1,100,CLP\nC-2,cien,CLP\nC-3,x,CLP\n");
        rejects =
                flow_read(flow, flow_wait_path(flow, "spool/results/a.B000001.rejects.csv"), NULL);
        flow_drop(flow, "a.B000001.rejects.csv", replace(flow, rejects, ",cien,", ",200,"));
        rejects = flow_read(
                flow, flow_wait_path(flow, "spool/results/a.B000001.rejects.B000002.rejects.csv"),
                NULL);
        flow_drop(flow, "a.B000001.rejects.B000002.rejects.csv",
                  replace(flow, rejects, ",x,", ",300,"));
        (void) flow_wait_path(flow, "spool/results/*.B000003.results.csv");
        /* the whole of the results dropped again: nothing is new in it */
        flow_drop(flow, "b.B000001.results.csv",
                  flow_read(flow, flow_path(flow, "spool/results/a.B000001.results.csv"), NULL));
        (void) flow_wait_path(flow, "spool/results/b.B000001.results.B000004.summary.json");
        summary = summary_with(flow, "B000004");
        assert_int_equal(json_array_size(json_object_get(summary, "children")), 2);
        assert_together(summary, "open", 3, 600);
        assert_int_equal(json_array_size(json_object_get(summary, "with_children")), 1);
        assert_int_equal(json_array_size(json_object_get(flow_batch(flow, "B000001"), "children")),
                         2);
        flow_good(flow);
}

/* As Excel and other programs like it: a line `sep=;`, every text in quotes, CR LF, a mark in
 * front. */
static void the_habits_of_a_file_come_back(void **state) {
        static const char mark[] = "\xef\xbb\xbf\"sep=;\"\r\n\"folio\";\"nombre\";\"monto\";"
                                   "\"checkout_line\";";
        const char *results, *rejects;
        Flow *flow = *state;

        flow_start(flow);
        flow_set(flow, "orders", "currency", "CLP");
        flow_reload(flow);
        flow_drop(flow, "s.csv",
                  "\xef\xbb\xbf\"sep=;\"\r\n\"folio\";\"nombre\";\"monto\"\r\n"
                  "\"S-1\";\"Ana \"\"x\"\"\";\"1000\"\r\n\"S-2\";\"Eva\";\"x\"\r\n"
                  "\"TOTAL 2\";\"\";\"1000\"\r\n");
        results =
                flow_read(flow, flow_wait_path(flow, "spool/results/s.B000001.results.csv"), NULL);
        assert_memory_equal(results, mark, sizeof(mark) - 1);
        flow_assert_contains(results, "\r\n\"S-1\";\"Ana \"\"x\"\"\";\"1000\";3;\"open\";\"cs_");
        rejects =
                flow_read(flow, flow_wait_path(flow, "spool/results/s.B000001.rejects.csv"), NULL);
        flow_drop(flow, "s.B000001.rejects.csv", replace(flow, rejects, "\"x\"", "\"7\""));
        results = flow_read(
                flow, flow_wait_path(flow, "spool/results/s.B000001.rejects.B000002.results.csv"),
                NULL);
        assert_memory_equal(results, mark, sizeof(mark) - 1);
        flow_assert_contains(results, "\r\n\"S-2\";\"Eva\";\"7\";3;\"open\";\"cs_");
        flow_settled(flow, "B000002");
        flow_verified_good(flow);
}

/* A spreadsheet makes 124 of 000124: as 124 it would be another order, and the first one never
 * mended. */
static void lost_zeros_are_named(void **state) {
        static const char likely[] = "folio;monto;moneda\n000201;1;CLP\n000202;1;CLP\n203;1;CLP\n";
        Flow *flow = *state;
        const char *ack, *path;

        flow_start(flow);
        flow_drop(flow, "a.csv",
                  "folio;monto;moneda\n000123;100;CLP\n000124;x;CLP\n000125;x;CLP\n");
        (void) flow_wait_path(flow, "spool/results/a.B000001.rejects.csv");
        flow_drop(flow, "a.B000001.rejects.csv",
                  "folio;monto;moneda;checkout_line\n124;200;CLP;3\n000125;300;CLP;4\n");
        ack = flow_ack(flow, "a.B000001.rejects");
        flow_assert_contains(ack, "línea 2: el número de orden 124 perdió los ceros");
        flow_assert_contains(ack, "era 000124 (B000001, línea 3)");
        (void) flow_wait_path(flow, "spool/results/a.B000001.rejects.B000002.rejects.csv");
        flow_settled(flow, "B000002");
        assert_int_equal(flow_sessions(flow), 2);
        assert_int_equal(flow_batch_count(flow, "B000002", "rejected"), 1);
        flow_drop(flow, "a.B000001.rejects.B000002.rejects.csv",
                  "folio;monto;moneda;checkout_line\n000124;200;CLP;2\n");
        (void) flow_wait_path(flow, "spool/results/a.B*.B000003.summary.json");
        assert_together(summary_with(flow, "\"sum\": 600"), "open", 3, 600);

        /* in a file of its own it is only likely */
        path = flow_path(flow, "w.csv");
        flow_write(flow, path, likely, strlen(likely));
        flow_assert_contains(flow_ctl(flow, "check", path, NULL).out,
                             "Línea 4: el número de orden 203 tiene");
        assert_int_equal(flow_ctl(flow, "submit", "--wait", path, NULL).exit_code, 0);
        flow_assert_contains(flow_ack(flow, "w"), "probablemente era 000203");
        flow_verified_good(flow);
}

/* All numbers lost their zeros and the name does not say where the file came from: the lines do.
 * Else each payer would get a second link that can be paid. */
static void lost_zeros_are_named_under_any_name(void **state) {
        Flow *flow = *state;
        const char *results, *nack;

        flow_start(flow);
        flow_drop(flow, "a.csv",
                  "folio;monto;moneda\n000123;100;CLP\n000124;200;CLP\n000125;x;CLP\n");
        results =
                flow_read(flow, flow_wait_path(flow, "spool/results/a.B000001.results.csv"), NULL);
        results = replace(flow, results, "\n000123;", "\n123;");
        results = replace(flow, results, "\n000124;", "\n124;");
        results = replace(flow, results, "\n000125;x;", "\n125;300;");
        flow_drop(flow, "corregidas.csv", results);
        nack = flow_nack(flow, "corregidas");
        flow_assert_contains(nack, "el número de orden 123 perdió los ceros");
        flow_assert_contains(nack, "era 000124 (B000001, línea 3)");
        flow_assert_contains(nack, "era 000125 (B000001, línea 4)");
        (void) flow_wait_path(flow, "spool/rejected/*corregidas*");
        assert_int_equal(flow_sessions(flow), 2);

        /* one of them written again as it was: the others are named, that one is sent */
        flow_drop(flow, "otra.csv", replace(flow, results, "\n125;", "\n000125;"));
        flow_assert_contains(flow_ack(flow, "otra"), "era 000123 (B000001, línea 2)");
        (void) flow_wait_path(flow, "spool/results/otra.B*.results.csv");
        flow_settled(flow, "B000003");
        assert_int_equal(flow_sessions(flow), 3);
        flow_verified_good(flow);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                FLOW(mended_rejects_are_a_child),
                FLOW(each_order_counts_once_however_often_it_is_mended),
                FLOW(the_habits_of_a_file_come_back),
                FLOW(lost_zeros_are_named),
                FLOW(lost_zeros_are_named_under_any_name),
        };

        return FLOW_RUN(tests);
}
