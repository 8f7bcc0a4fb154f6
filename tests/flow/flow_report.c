/* checkoutctl report as a controller uses it: a month is closed, whole or not at all; what is wrong
 * is said, and nothing half is left. */
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/flow/harness_orders.h"

#define MAKE_LEDGER TEST_BINARY_DIR "/tests/bench/make_ledger"
#define CTL         TEST_BINARY_DIR "/daemon/checkoutctl"
#define NOW         INT64_C(1795100400) /* 2026-11-19 12:00 in Santiago */

static void make_store(Flow *flow, const char *rows) {
        flow_write_settings(flow);
        assert_int_equal(flow_program(flow, MAKE_LEDGER, flow_path(flow, "checkoutd.db"), rows, "9",
                                      flow_text(flow, "%lld", (long long) NOW), NULL)
                                 .exit_code,
                         0);
        assert_int_equal(mkdir(flow_path(flow, "out"), 0700), 0);
}

/* --- a month -------------------------------------------------------------------------------- */

/* Every format from the same store, and the same sums in all. */
static void a_month_is_closed(void **state) {
        static const char *const endings[] = { "csv", "json", "xlsx", "html", "txt" };
        Flow *flow = *state;
        FlowOutput output;
        struct stat facts;

        make_store(flow, "900");
        for (size_t i = 0; i < ELEMENTS(endings); i++) {
                char *path = flow_path(flow, "out/oct.%s", endings[i]);

                output = flow_ctl(flow, "report", "--from", "2026-10-01", "--to", "2026-10-31",
                                  "--language", "en", "-o", path, NULL);
                assert_int_equal(output.exit_code, 0);
                assert_string_equal(output.err, "");
                flow_assert_contains(output.out, "Payments received: from 2026-10-01 to "
                                                 "2026-10-31, both days included");
                flow_assert_contains(output.out, "It adds up.");
                assert_int_equal(stat(path, &facts), 0);
                assert_true(facts.st_size > 1000);
                assert_int_equal(facts.st_mode & 0777, 0640);
        }
        assert_int_equal(flow_count_paths(flow, "out/.*"), 2); /* . and .. */
        flow_good(flow);
}

/* Every row of the month was paid in it, and none that was is missing. */
static void the_days_are_those_of_the_profile(void **state) {
        Flow *flow = *state;
        const FlowTable *table;
        size_t all, within = 0;

        make_store(flow, "900");
        assert_int_equal(flow_ctl(flow, "report", "-o", flow_path(flow, "all.csv"), NULL).exit_code,
                         0);
        table = flow_table(flow, flow_path(flow, "all.csv"), ';');
        all = table->n_rows;
        assert_int_equal(all, 900);
        for (size_t i = 1; i <= all; i++)
                within += strncmp(flow_cell(table, i, "paid_time_local"), "2026-10-", 8) == 0;
        assert_int_equal(flow_ctl(flow, "report", "--from", "2026-10-01", "--to", "2026-10-31",
                                  "-o", flow_path(flow, "oct.csv"), NULL)
                                 .exit_code,
                         0);
        table = flow_table(flow, flow_path(flow, "oct.csv"), ';');
        assert_int_equal(table->n_rows, within);
        assert_true(within > 50);
        for (size_t i = 1; i <= within; i++)
                assert_true(strncmp(flow_cell(table, i, "paid_time_local"), "2026-10-", 8) == 0);
        flow_good(flow);
}

static size_t count_by(Flow *flow, const char *by, const char *column) {
        const FlowTable *table;

        assert_int_equal(flow_ctl(flow, "report", "--from", "2026-11-03", "--to", "2026-11-03",
                                  "--by", by, "-o", flow_path(flow, "%s.csv", by), NULL)
                                 .exit_code,
                         0);
        table = flow_table(flow, flow_path(flow, "%s.csv", by), ';');
        for (size_t i = 1; i <= table->n_rows; i++)
                assert_true(strncmp(flow_cell(table, i, column), "2026-11-03", 10) == 0);
        return table->n_rows;
}

static void by_other_days(void **state) {
        Flow *flow = *state;

        make_store(flow, "5000");
        assert_true(count_by(flow, "paid", "paid_time_local") > 0);
        assert_true(count_by(flow, "expires", "expires_local") > 0);
        assert_true(count_by(flow, "due", "due") > 0);
        (void) count_by(flow, "created", "created_local");
        flow_good(flow);
}

/* A status lists less, and sums the same. */
static void a_status_only_lists(void **state) {
        Flow *flow = *state;
        const FlowTable *table;
        FlowOutput output;

        make_store(flow, "900");
        output = flow_ctl(flow, "report", "--status", "open,expired", "--status", "failed", "-o",
                          flow_path(flow, "a.csv"), NULL);
        assert_int_equal(output.exit_code, 0);
        flow_assert_contains(output.out, "+ pagada ");
        table = flow_table(flow, flow_path(flow, "a.csv"), ';');
        assert_true(table->n_rows > 50 && table->n_rows < 500);
        for (size_t i = 1; i <= table->n_rows; i++)
                assert_true(strstr("open expired failed", flow_cell(table, i, "status")) != NULL);
        flow_good(flow);
}

static void json_is_an_array_of_rows(void **state) {
        Flow *flow = *state;
        FlowOutput output;
        json_t *rows, *row;

        make_store(flow, "90");
        output = flow_ctl(flow, "--json", "report", NULL);
        assert_int_equal(output.exit_code, 0);
        flow_assert_contains(output.err, "Cuadra."); /* beside, never in it */
        rows = flow_json(flow, output.out);
        assert_int_equal(json_array_size(rows), 90);
        row = json_array_get(rows, 0);
        assert_string_equal(flow_string(row, "batch"), "B000001");
        assert_int_equal(flow_integer(row, "line"), 2);
        assert_true(flow_integer(row, "amount") > 0);
        assert_string_equal(flow_string(row, "currency"), "CLP");
        assert_true(strlen(flow_string(json_object_get(row, "columns"), "nombre")) > 0);
        assert_true(strchr(flow_string(row, "created"), 'Z') != NULL);
        flow_good(flow);
}

/* --- a batch and its corrections ------------------------------------------------------------- */

/* A name that a person typed, with what JSON does not take as it is. */
static void json_takes_the_name_of_any_column(void **state) {
        Flow *flow = *state;
        const json_t *columns;
        FlowOutput output;

        flow_start(flow);
        flow_drop(flow, "a.csv",
                  "order_id,amount,currency,\"Glosa \"\"interna\"\"\",\"Centro\nde costo\",C:\\x\n"
                  "A-1,1000,CLP,uno,dos,tres\n");
        (void) flow_results(flow, "a");
        output = flow_ctl(flow, "--json", "report", NULL);
        assert_int_equal(output.exit_code, 0);
        columns = json_object_get(json_array_get(flow_json(flow, output.out), 0), "columns");
        assert_int_equal(json_object_size(columns), 3);
        assert_string_equal(flow_string(columns, "Glosa \"interna\""), "uno");
        assert_string_equal(flow_string(columns, "Centro\nde costo"), "dos");
        assert_string_equal(flow_string(columns, "C:\\x"), "tres");
        flow_good(flow);
}

static void corrected_rejects_count_in_the_parents_report(void **state) {
        Flow *flow = *state;
        const FlowTable *table;
        FlowOutput output;
        char *rejects, *mended, *at;

        flow_start(flow);
        flow_drop(flow, "a.csv",
                  "order_id,amount,currency,nota\nA-1,1000,CLP,uno\nA-2,0,CLP,dos\n");
        (void) flow_results(flow, "a");
        rejects =
                flow_read(flow, flow_wait_path(flow, "spool/results/a.B000001.rejects.csv"), NULL);
        at = strstr(rejects, "A-2,0,CLP");
        assert_non_null(at);
        mended = flow_text(flow, "%.*sA-2,2000,CLP%s", (int) (at - rejects), rejects,
                           at + strlen("A-2,0,CLP"));
        flow_drop(flow, "a.B000001.rejects.csv", mended);
        (void) flow_wait_path(flow, "spool/results/*.B000002.results.csv");
        output = flow_ctl(flow, "report", "--batch", "B000001", "-o", flow_path(flow, "a.out.csv"),
                          NULL);
        assert_int_equal(output.exit_code, 0);
        flow_assert_contains(output.out, "Lote: B000001, con sus correcciones");
        table = flow_table(flow, flow_path(flow, "a.out.csv"), ',');
        assert_int_equal(table->n_rows, 3);
        assert_string_equal(flow_cell(table, 2, "status"), "rejected");
        assert_string_equal(flow_cell(table, 3, "batch"), "B000002");
        assert_string_equal(flow_cell(table, 3, "status"), "open");
        assert_string_equal(flow_cell(table, 3, "nota"), "dos");
        assert_false(flow_has_column(table, "checkout_status"));
        output = flow_ctl(flow, "report", "--batch", "2", "-o", flow_path(flow, "b.out.csv"), NULL);
        assert_int_equal(output.exit_code, 0);
        assert_int_equal(flow_table(flow, flow_path(flow, "b.out.csv"), ',')->n_rows, 1);
        flow_good(flow);
}

/* --- what is wrong --------------------------------------------------------------------------- */

static void wrong_wishes_are_named(void **state) {
        static const struct {
                const char *arguments[7];
                int exit_code;
                const char *says;
        } wishes[] = {
                { { "--from", "2026-11-31" }, 64, "not a day: 2026-11-31" },
                { { "--from", "30/11/2026" }, 64, "write it like 2026-11-30" },
                { { "--from", "2026-11-30", "--to", "2026-11-01" }, 64, "--from is after --to" },
                { { "--by", "due" }, 64, "--by goes with --from" },
                { { "--by", "sent", "--from", "2026-11-01" }, 64, "not sent" },
                { { "--status", "paid,open,lost" }, 64, "no status lost" },
                { { "--format", "pdf" }, 64, "not pdf" },
                { { "-o", "nov.doc" }, 64, "does not say what it is to be" },
                { { "--language", "fr" }, 64, "es or en" },
                { { "--batch", "x" }, 64, "not a batch: x" },
                { { "B000001" }, 64, "--batch" },
                { { "--batch", "B000099" }, 1, "there is no batch B000099" },
                { { "--profile", "nadie" }, 1, "no profile nadie" },
                { { "-o", "/nowhere/nov.csv" }, 74, "/nowhere/nov.csv: No such file" },
                { { "-o", "/tmp", "--format", "csv" }, 74, "/tmp is a folder" },
                { { "-o", "/dev/null", "--format", "csv" }, 74, "no regular file" },
        };
        Flow *flow = *state;

        make_store(flow, "9");
        for (size_t i = 0; i < ELEMENTS(wishes); i++) {
                const char *const *a = wishes[i].arguments;
                FlowOutput output = flow_ctl(flow, "report", a[0], a[1], a[2], a[3], a[4], NULL);

                assert_int_equal(output.exit_code, wishes[i].exit_code);
                flow_assert_contains(output.err, wishes[i].says);
                assert_string_equal(output.out, "");
        }
        flow_good(flow);
}

static void no_row_is_an_answer(void **state) {
        static const char *const endings[] = { "csv", "json", "xlsx", "html", "txt" };
        Flow *flow = *state;

        make_store(flow, "9");
        for (size_t i = 0; i < ELEMENTS(endings); i++) {
                FlowOutput output =
                        flow_ctl(flow, "report", "--from", "2020-01-01", "--to", "2020-01-31", "-o",
                                 flow_path(flow, "out/none.%s", endings[i]), NULL);

                assert_int_equal(output.exit_code, 0);
                flow_assert_contains(output.out, "Ninguna fila");
        }
        assert_int_equal(json_array_size(flow_json(
                                 flow, flow_read(flow, flow_path(flow, "out/none.json"), NULL))),
                         0);
        flow_good(flow);
}

/* A store that does not add up is said, in every way there is. */
static void what_does_not_add_up_is_said(void **state) {
        Flow *flow = *state;
        FlowOutput output;

        make_store(flow, "90");
        flow_sql(flow, "UPDATE request SET amount = amount + 1 WHERE id = (1 << 32) + 2");
        output = flow_ctl(flow, "report", "-o", flow_path(flow, "a.html"), NULL);
        assert_int_equal(output.exit_code, 1);
        flow_assert_contains(output.out, "NO CUADRA");
        flow_assert_contains(flow_read(flow, flow_path(flow, "a.html"), NULL), "NO CUADRA");
        flow_sql(flow, "DELETE FROM request WHERE id = (SELECT request FROM payment WHERE paid_at "
                       "IS NOT NULL LIMIT 1)");
        output = flow_ctl(flow, "report", "--from", "2026-09-01", "-o", flow_path(flow, "a.csv"),
                          NULL);
        assert_int_equal(output.exit_code, 1);
        flow_assert_contains(output.out, "NO CUADRA: hay pagos registrados");
        flow_good(flow);
}

/* A payment comes in after the ledger's payments were counted and before its row is read: the
 * report is stopped in between. It has the payment, and adds up. */
static void payments_that_come_in_meanwhile(void **state) {
        Flow *flow = *state;
        FlowOutput output;

        make_store(flow, "60000");
        output = flow_program(
                flow, "/bin/bash", "-c",
                flow_text(
                        flow,
                        "%s --config %s report --from 2026-01-01 -o %s & child=$!; "
                        "while ! ls -l /proc/$child/fd 2>/dev/null | grep -q '/out/.*deleted'; do "
                        "kill -0 $child || exit 99; done; kill -STOP $child; "
                        "sqlite3 %s \"INSERT INTO payment(id, request, generation, status, amount, "
                        "currency, created_at, paid_at, seen_at, refunded) SELECT 'pi_new', id, 1, 5, "
                        "amount, currency, %lld, %lld, %lld, 0 FROM request WHERE amount > 0 AND id "
                        "NOT IN (SELECT request FROM payment) ORDER BY id DESC LIMIT 1\" || exit 98; "
                        "kill -CONT $child; wait $child",
                        CTL, flow_settings(flow), flow_path(flow, "out/now.csv"),
                        flow_path(flow, "checkoutd.db"), (long long) NOW * 1000000,
                        (long long) NOW * 1000000, (long long) NOW * 1000000),
                NULL);
        assert_int_equal(output.exit_code, 0);
        flow_assert_contains(output.out, "Cuadra.");
        flow_assert_contains(flow_read(flow, flow_path(flow, "out/now.csv"), NULL), "pi_new");
        flow_good(flow);
}

/* --- whole, or not at all --------------------------------------------------------------------- */

/* checkoutctl through a shell that allows files of so many blocks of 1 KiB only: what a full disk
 * does, at the same place every time. */
static FlowOutput limited(Flow *flow, unsigned blocks, const char *path) {
        return flow_program(
                flow, "/bin/bash", "-c",
                flow_text(flow, "trap '' XFSZ; ulimit -f %u; exec %s --config %s report -o %s",
                          blocks, CTL, flow_settings(flow), path),
                NULL);
}

static void a_full_disk_leaves_what_was_there(void **state) {
        static const char *const endings[] = { "csv", "json", "xlsx", "html" };
        static const unsigned blocks[] = { 64, 100, 200, 900,
                                           2000 }; /* the store itself has room */
        Flow *flow = *state;

        make_store(flow, "2000");
        for (size_t i = 0; i < ELEMENTS(endings); i++)
                for (size_t j = 0; j < ELEMENTS(blocks); j++) {
                        char *path = flow_path(flow, "out/mes.%s", endings[i]);
                        FlowOutput output;

                        flow_write(flow, path, "before\n", 7);
                        output = limited(flow, blocks[j], path);
                        if (output.exit_code == 0) /* it had room */
                                continue;
                        assert_int_equal(output.exit_code, 74);
                        flow_assert_contains(output.err, "was not written");
                        assert_string_equal(flow_read(flow, path, NULL), "before\n");
                        assert_int_equal(flow_count_paths(flow, "out/.[!.]*"), 0);
                }
        assert_int_equal(limited(flow, 64, flow_path(flow, "out/mes.xlsx")).exit_code, 74);
        flow_good(flow);
}

static void a_folder_that_cannot_be_written_says_so(void **state) {
        Flow *flow = *state;
        FlowOutput output;

        if (geteuid() == 0) /* root may write anywhere but in /proc */
                output = flow_ctl(flow, "report", "-o", "/proc/nov.csv", NULL);
        make_store(flow, "9");
        assert_int_equal(chmod(flow_path(flow, "out"), 0500), 0);
        output = flow_ctl(flow, "report", "-o",
                          geteuid() == 0 ? "/proc/self/nov.csv" : flow_path(flow, "out/nov.csv"),
                          NULL);
        assert_int_equal(output.exit_code, 74);
        flow_assert_contains(output.err, "nov.csv");
        flow_good(flow);
}

/* Ctrl-C while the rows pass; the reader of a pipe who goes away. */
static void an_interrupt_leaves_nothing(void **state) {
        Flow *flow = *state;
        FlowOutput output;
        char *path = flow_path(flow, "out/mes.xlsx");

        make_store(flow, "60000");
        flow_write(flow, path, "before\n", 7);
        output = flow_program(
                flow, "/bin/bash", "-c",
                flow_text(
                        flow,
                        "%s --config %s report -o %s & child=$!; "
                        "while ! ls -l /proc/$child/fd 2>/dev/null | grep -q '/out/.*deleted'; do "
                        "kill -0 $child || exit 99; done; kill -INT $child; wait $child; exit $(($? - 100))",
                        CTL, flow_settings(flow), path),
                NULL);
        assert_int_equal(output.exit_code, 30); /* 128 + SIGINT, less 100 for the harness */
        flow_assert_contains(output.err, "interrupted; nothing was written");
        assert_string_equal(flow_read(flow, path, NULL), "before\n");
        assert_int_equal(flow_count_paths(flow, "out/.[!.]*"), 0);
        output = flow_program(flow, "/bin/bash", "-c",
                              flow_text(flow,
                                        "%s --config %s report --format csv 2>/dev/null | head -1; "
                                        "exit ${PIPESTATUS[0]}",
                                        CTL, flow_settings(flow)),
                              NULL);
        assert_int_equal(output.exit_code, 74);
        assert_true(strncmp(output.out, "batch;file;line;", 16) == 0);
        flow_good(flow);
}

/* What a link points to is replaced, not the link. */
static void a_symbolic_link_stays(void **state) {
        Flow *flow = *state;
        char *path = flow_path(flow, "out/mes.csv");
        struct stat facts;

        make_store(flow, "9");
        flow_write(flow, flow_path(flow, "real.csv"), "before\n", 7);
        assert_int_equal(symlink(flow_path(flow, "real.csv"), path), 0);
        assert_int_equal(flow_ctl(flow, "report", "-o", path, NULL).exit_code, 0);
        assert_int_equal(lstat(path, &facts), 0);
        assert_true(S_ISLNK(facts.st_mode));
        assert_int_equal(flow_table(flow, flow_path(flow, "real.csv"), ';')->n_rows, 9);
        flow_good(flow);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                FLOW(a_month_is_closed),
                FLOW(the_days_are_those_of_the_profile),
                FLOW(by_other_days),
                FLOW(a_status_only_lists),
                FLOW(json_is_an_array_of_rows),
                FLOW(json_takes_the_name_of_any_column),
                FLOW(corrected_rejects_count_in_the_parents_report),
                FLOW(wrong_wishes_are_named),
                FLOW(no_row_is_an_answer),
                FLOW(what_does_not_add_up_is_said),
                FLOW(payments_that_come_in_meanwhile),
                FLOW(a_full_disk_leaves_what_was_there),
                FLOW(a_folder_that_cannot_be_written_says_so),
                FLOW(an_interrupt_leaves_nothing),
                FLOW(a_symbolic_link_stays),
        };

        return FLOW_RUN(tests);
}
