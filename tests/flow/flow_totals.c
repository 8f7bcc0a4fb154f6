/* Control totals: declared in the last row, in the name, in a .ctl beside the file or to
 * `checkoutctl submit`. What is read must be what was declared, else nothing is sent. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/flow/harness.h"
#include "tests/flow/harness_orders.h"

#define HEAD "folio;monto;moneda\n"
#define TWO  HEAD "F-1;1000;CLP\nF-2;2000;CLP\n"

static void assert_refused(Flow *flow, const char *stem, const char *code) {
        const char *nack = flow_nack(flow, stem);

        flow_assert_contains(nack, code);
        (void) flow_wait_path(flow, "spool/rejected/*%s*", stem);
        flow_wait_none(flow, "spool/incoming/*.*"); /* nor its .ctl */
}

/* --- the last row ----------------------------------------------------------------------------- */

static void the_last_row_is_checked_and_no_order(void **state) {
        Flow *flow = *state;
        const FlowTable *results;
        const char *ack;

        flow_start(flow);
        flow_drop(flow, "good.csv", HEAD "G-1;1000;CLP\nG-2;2000;CLP\nTOTAL 2;3000;CLP\n;;\n");
        ack = flow_ack(flow, "good");
        flow_assert_contains(ack, "2 órdenes CLP según la fila TOTAL; leídas, 2.");
        flow_assert_contains(ack, "CLP 3.000 según la fila TOTAL; leídos, CLP 3.000.");
        results = flow_table(flow, flow_wait_path(flow, "spool/results/good.B*.results.csv"), ';');
        assert_int_equal(results->n_rows, 2);

        flow_drop(flow, "cut.csv", HEAD "C-1;1000;CLP\nTOTAL 2;3000;CLP\n");
        assert_refused(flow, "cut", "E-FILE-TOTALS");
        flow_assert_contains(flow_nack(flow, "cut"),
                             "2 órdenes CLP según la fila TOTAL; leídas, 1");
        flow_assert_contains(flow_nack(flow, "cut"),
                             "CLP 3.000 según la fila TOTAL; leídos, CLP 1.000");

        /* what it sums up may have a number of its own: the sum decides */
        flow_drop(flow, "year.csv", HEAD "Y-1;1000;CLP\nTotal noviembre 2026;1000;CLP\n");
        flow_assert_contains(flow_ack(flow, "year"), "CLP 1.000 según la fila TOTAL; leídos");
        flow_drop(flow, "bare.csv", HEAD "B-1;1000;CLP\nTotal 2026;1000;CLP\n");
        flow_assert_contains(flow_ack(flow, "bare"), "CLP 1.000 según la fila TOTAL; leídos");
        flow_drop(flow, "less.csv", HEAD "L-1;1000;CLP\nTotal al 30/11/2026;1500;CLP\n");
        assert_refused(flow, "less", "E-FILE-TOTALS");

        /* not the last row: it is named, and the sum of the others is not doubled */
        flow_drop(flow, "middle.csv", HEAD "M-1;1000;CLP\nTOTAL;1000;CLP\nM-2;500;CLP\n");
        flow_assert_contains(flow_ack(flow, "middle"), "E-ROW-TOTAL");
        assert_int_equal(flow_count_status(flow_table(flow,
                                                      flow_wait_path(flow, "spool/results/"
                                                                           "middle.B*.results.csv"),
                                                      ';'),
                                           "open"),
                         2);
        flow_settled(flow, "B000003");
        flow_settled(flow, "B000004");
        assert_int_equal(flow_sessions(flow), 6);
        assert_int_equal(flow_ctl(flow, "verify", NULL).exit_code, 0);
        flow_good(flow);
}

/* What was declared was to be checked: if it cannot be, nothing is sent. */
static void a_last_row_that_cannot_be_read_refuses_the_file(void **state) {
        static const struct {
                const char *row, *place;
        } cases[] = {
                { "TOTAL 2;#REF!;CLP\n", "línea 4, columna 2 (monto): \"#REF!\"" },
                { "TOTAL 2;3.000,50;CLP\n", "línea 4, columna 2 (monto): \"3.000,50\"" },
                { "TOTAL 2;3000;PESOS\n", "línea 4, columna 3 (moneda): \"PESOS\"" },
                { "TOTAL #N/D;3000;CLP\n", "línea 4, columna 1 (folio): \"TOTAL #N/D\"" },
                { "TOTAL;;\n", "línea 4, columna 2 (monto): no se puede leer" },
                { "TOTAL 2;3;000;CLP\n", "línea 4: no se puede leer" },
        };
        Flow *flow = *state;

        flow_start(flow);
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                const char *stem = flow_text(flow, "r%zu", i);

                flow_drop(flow, flow_text(flow, "%s.csv", stem),
                          flow_text(flow, TWO "%s", cases[i].row));
                assert_refused(flow, stem, "E-FILE-TOTALS-ROW");
                flow_assert_contains(flow_nack(flow, stem), cases[i].place);
        }
        flow_drop(flow, "below.csv", TWO "TOTAL 2;3000;CLP\nHecho por SAP;;\n");
        assert_refused(flow, "below", "E-FILE-TOTALS-LAST");
        flow_assert_contains(flow_nack(flow, "below"), "línea 4: la fila TOTAL no es la última");
        assert_int_equal(flow_sessions(flow), 0);
        flow_good(flow);
}

/* --- the name --------------------------------------------------------------------------------- */

static void the_name_is_checked(void **state) {
        Flow *flow = *state;

        flow_start(flow);
        flow_drop(flow, "a_n2_s3000.csv", TWO);
        flow_assert_contains(flow_ack(flow, "a_n2_s3000"), "2 órdenes según el nombre del archivo");
        flow_drop(flow, "b_n3_s3000.csv", TWO "F-3;0;CLP\n");
        flow_assert_contains(flow_ack(flow, "b_n3_s3000"), "CLP 3.000 según el nombre del archivo");
        flow_drop(flow, "c_n2_s3001.csv", HEAD "C-1;1000;CLP\nC-2;2000;CLP\n");
        assert_refused(flow, "c_n2_s3001", "E-FILE-TOTALS");
        flow_drop(flow, "d_n2_s3000.csv", HEAD "D-1;1000;CLP\nTOTAL 1;1000;CLP\n");
        assert_refused(flow, "d_n2_s3000", "E-FILE-TOTALS"); /* all of them must fit */
        flow_drop(flow, "e_n12x_s3000.csv", HEAD "E-1;1000;CLP\nE-2;2000;CLP\n");
        assert_refused(flow, "e_n12x_s3000", "E-FILE-TOTALS-NAME");
        flow_assert_contains(flow_nack(flow, "e_n12x_s3000"), "n12x_s3000");
        flow_good(flow);
}

/* --- the file beside it ----------------------------------------------------------------------- */

static void a_control_file_is_checked_and_goes_with_its_file(void **state) {
        static const struct {
                const char *control, *text, *code; /* NULL: accepted */
        } cases[] = {
                { "count = 2\nsum = 3000 CLP\n", TWO "TOTAL;3000;\n", NULL },
                { "# de un ERP\ncount=1\n", HEAD "X-1;5;CLP\n", NULL },
                { "count = 3\nsum = 3000 CLP\n", TWO, "E-FILE-TOTALS" },
                { "sum = 3001\n", TWO, "E-FILE-TOTALS" },
                { "cuenta = 2\n", TWO, "E-FILE-TOTALS-READ" },
                { "", TWO, "E-FILE-TOTALS-READ" },
                { "count = 2\nsha256 = "
                  "0000000000000000000000000000000000000000000000000000000000000000\n",
                  TWO, "SHA-256" },
        };
        Flow *flow = *state;

        flow_start(flow);
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                const char *stem = flow_text(flow, "f%zu", i);

                flow_drop(flow, flow_text(flow, i % 2 ? "%s.ctl" : "%s.csv.ctl", stem),
                          cases[i].control);
                flow_drop(flow, flow_text(flow, "%s.csv", stem), cases[i].text);
                if (cases[i].code)
                        assert_refused(flow, stem, cases[i].code);
                else
                        flow_assert_contains(flow_ack(flow, stem), "según el archivo .ctl");
                flow_wait_none(flow, "spool/incoming/*.*");
        }
        assert_int_equal(flow_sessions(flow), 3);
        flow_good(flow);
}

/* What is no file cannot be read and is not taken away; and it is not taken for nothing. */
static void what_is_no_control_file_refuses_the_file(void **state) {
        static const char *const names[] = { "k0.csv.ctl", "k1.ctl", "k2.csv.ctl", "k3.CTL" };
        Flow *flow = *state;

        flow_start(flow);
        for (size_t i = 0; i < ELEMENTS(names); i++) {
                const char *control = flow_path(flow, "spool/incoming/%s", names[i]);
                const char *stem = flow_text(flow, "k%zu", i);
                const char *nack;

                assert_int_equal(i == 0   ? symlink("/etc/hostname", control)
                                 : i == 1 ? symlink("nowhere", control)
                                 : i == 2 ? mkfifo(control, 0644)
                                          : mkdir(control, 0755),
                                 0);
                flow_drop(flow, flow_text(flow, "%s.csv", stem), TWO);
                nack = flow_nack(flow, stem);
                flow_assert_contains(nack, "E-FILE-TOTALS-FILE");
                flow_assert_contains(nack, names[i]);
                (void) flow_wait_path(flow, "spool/rejected/*%s*", stem);
                assert_false(flow_exists(flow_path(flow, "spool/incoming/%s.csv", stem)));
                assert_int_equal(flow_count_paths(flow, "spool/incoming/*.*"), i + 1);
        }
        assert_int_equal(flow_sessions(flow), 0);

        /* an ERP that writes all names in capitals */
        flow_drop(flow, "PAGOS.CTL", "count = 3\n");
        flow_drop(flow, "PAGOS.CSV", TWO);
        flow_assert_contains(flow_nack(flow, "PAGOS"), "3 órdenes según el archivo .ctl");
        (void) flow_wait_path(flow, "spool/rejected/*PAGOS*");
        assert_false(flow_exists(flow_path(flow, "spool/incoming/PAGOS.CTL")));
        flow_good(flow);
}

/* A .ctl that is still being written is waited for; one of another file is left alone. */
static void only_its_own_and_a_complete_one(void **state) {
        Flow *flow = *state;

        flow_start(flow);
        flow_drop(flow, "other.ctl", "count = 99\n");
        flow_copy_in(flow, "slow.csv.ctl", "count = 2\n");
        flow_drop(flow, "slow.csv", TWO);
        flow_assert_contains(flow_ack(flow, "slow"), "según el archivo .ctl; leídas, 2");
        flow_wait_none(flow, "spool/incoming/slow.*");
        assert_true(flow_exists(flow_path(flow, "spool/incoming/other.ctl")));
        flow_good(flow);
}

/* --- required --------------------------------------------------------------------------------- */

static void required_totals_are_waited_for(void **state) {
        const char *late, *rejects;
        Flow *flow = *state;

        flow_set(flow, "profile erp", "require_totals", "yes");
        flow_start(flow);
        flow_drop(flow, "erp/late.csv", TWO);
        flow_wait_log(flow, "late.csv in the incoming folder brings no control totals");
        flow_pass(flow);
        late = flow_path(flow, "spool/incoming/erp/late.csv");
        assert_true(flow_exists(late));
        flow_drop(flow, "erp/late.csv.ctl", "count = 2\nsum = 3000\n");
        flow_wait_gone(flow, late);
        flow_assert_contains(
                flow_read(flow, flow_wait_path(flow, "spool/results/erp/late.B*.ACK.txt"), NULL),
                "según el archivo .ctl");

        flow_drop(flow, "erp/row.csv", HEAD "R-1;7;CLP\nR-2;x;CLP\nTOTAL 2;7;CLP\n");
        rejects = flow_wait_path(flow, "spool/results/erp/row.B*.rejects.csv");
        flow_wait_none(flow, "spool/incoming/erp/*");

        /* what came back from us needs no totals */
        flow_drop(flow, flow_text(flow, "erp/%s", strrchr(rejects, '/') + 1),
                  "folio;monto;moneda;checkout_line\nR-2;8;CLP;3\n");
        (void) flow_wait_path(flow, "spool/results/erp/row.B*.rejects.B*.results.csv");
        assert_int_equal(flow_sessions(flow), 5);
        flow_good(flow);
}

/* With --once nothing is waited for that is not there. */
static void required_totals_that_do_not_come_refuse_the_file(void **state) {
        Flow *flow = *state;

        flow_set(flow, "orders", "require_totals", "yes");
        flow_sandbox_start(flow, NULL);
        flow_drop(flow, "none.csv", TWO);
        assert_int_equal(flow_once(flow, NULL).exit_code, 1);
        flow_assert_contains(flow_nack(flow, "none"), "E-FILE-TOTALS-MISSING");
        assert_int_equal(flow_count_paths(flow, "spool/incoming/*.*"), 0);
        assert_int_equal(flow_sessions(flow), 0);
        flow_good(flow);
}

/* --- checkoutctl ------------------------------------------------------------------------------ */

static void submit_hands_them_in(void **state) {
        const char *path;
        Flow *flow = *state;

        flow_start(flow);
        path = flow_path(flow, "pagos.csv");
        flow_write(flow, path, TWO, strlen(TWO));
        assert_int_equal(
                flow_ctl(flow, "submit", "--wait", "--count", "2", "--sum", "3000 CLP", path, NULL)
                        .exit_code,
                0);
        flow_assert_contains(flow_ack(flow, "pagos"), "CLP 3.000 según el archivo .ctl");
        flow_write(flow, path, TWO "F-3;1;CLP\n", strlen(TWO) + 10);
        assert_int_equal(flow_ctl(flow, "submit", "--wait", "--count", "2", path, NULL).exit_code,
                         1);
        assert_int_equal(flow_ctl(flow, "submit", "--count", "dos", path, NULL).exit_code, 64);
        assert_int_equal(flow_ctl(flow, "submit", "--sum", "3.000", path, NULL).exit_code, 64);
        assert_int_equal(flow_ctl(flow, "submit", "--count", "2", path, path, NULL).exit_code, 64);
        assert_int_equal(flow_count_paths(flow, "spool/incoming/*.*"), 0);
        assert_int_equal(flow_sessions(flow), 2);
        flow_good(flow);
}

/* Offline, as intake will find it. */
static void check_compares_them(void **state) {
        const char *path, *control;
        Flow *flow = *state;
        FlowOutput output;
        json_t *file;

        path = flow_path(flow, "pagos_n2_s3000.csv");
        control = flow_path(flow, "pagos_n2_s3000.csv.ctl");
        flow_write(flow, path, TWO "TOTAL;3000;CLP\n", strlen(TWO) + 15);
        flow_write(flow, control, "count = 2\n", 10);
        flow_write_settings(flow);
        output = flow_ctl(flow, "check", path, NULL);
        assert_int_equal(output.exit_code, 0);
        flow_assert_contains(output.out, "CLP 3.000 según la fila TOTAL; leídos, CLP 3.000");
        flow_assert_contains(output.out, "2 órdenes según el archivo .ctl");
        output = flow_ctl(flow, "check", "--json", path, NULL);
        file = json_array_get(json_object_get(flow_json(flow, output.out), "files"), 0);
        assert_int_equal(json_array_size(json_object_get(file, "declared")), 4);
        flow_write(flow, control, "count = 3\n", 10);
        output = flow_ctl(flow, "check", path, NULL);
        assert_int_equal(output.exit_code, 2);
        flow_assert_contains(output.out, "3 órdenes según el archivo .ctl; leídas, 2");
        assert_int_equal(unlink(control), 0);
        assert_int_equal(symlink("nowhere", control), 0);
        output = flow_ctl(flow, "check", path, NULL);
        assert_int_equal(output.exit_code, 2);
        flow_assert_contains(output.out, "E-FILE-TOTALS-FILE");
        flow_good(flow);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                FLOW(the_last_row_is_checked_and_no_order),
                FLOW(a_last_row_that_cannot_be_read_refuses_the_file),
                FLOW(the_name_is_checked),
                FLOW(a_control_file_is_checked_and_goes_with_its_file),
                FLOW(what_is_no_control_file_refuses_the_file),
                FLOW(only_its_own_and_a_complete_one),
                FLOW(required_totals_are_waited_for),
                FLOW(required_totals_that_do_not_come_refuse_the_file),
                FLOW(submit_hands_them_in),
                FLOW(check_compares_them),
        };

        return FLOW_RUN(tests);
}
