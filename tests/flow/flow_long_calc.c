/* LibreOffice Calc at both ends: the files of tests/samples/calc are what it makes of typed sheets,
 * and what comes back opens in it as text. No cell of any output is run as a formula, and a file
 * that it saved again is what it was, when it is dropped again. Skipped where there is no
 * soffice. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/flow/harness.h"

#define SHOWN "44,34,76,1,,0,false,true" /* as people save: comma, UTF-8, cells as they are shown */

/* Of the folders in PATH; NULL: none. */
static char *find_soffice(Flow *flow) {
        char *folders = flow_text(flow, "%s", getenv("PATH") ? getenv("PATH") : ""), *rest = NULL;

        for (char *folder = strtok_r(folders, ":", &rest); folder;
             folder = strtok_r(NULL, ":", &rest)) {
                char *path = flow_text(flow, "%s/soffice", folder);

                if (access(path, X_OK) == 0)
                        return path;
        }
        print_message("no soffice here: install libreoffice-calc-nogui\n");
        skip();
        return NULL;
}

#define AS_UTF_8        "76"
#define AS_WINDOWS_1252 "1" /* what Excel on Windows takes a file without a mark for */

/* The file as Calc has it once it is open: its name beside it, with another ending. */
static char *convert_read_as(Flow *flow, const char *soffice, const char *charset, const char *path,
                             const char *to, const char *ending) {
        char *folder = flow_path(flow, "calc");
        const char *slash = strrchr(path, '/');
        FlowOutput output;

        output = flow_program(
                flow, soffice,
                flow_text(flow, "-env:UserInstallation=file://%s", flow_path(flow, "calc-profile")),
                "--headless", "--norestore",
                flow_text(flow, "--infilter=Text - txt - csv (StarCalc):44,34,%s,1", charset),
                "--convert-to", to, "--outdir", folder, path, NULL);
        assert_int_equal(output.exit_code, 0);
        return flow_text(flow, "%s/%.*s%s", folder, (int) (strrchr(slash, '.') - slash), slash,
                         ending);
}

static char *convert(Flow *flow, const char *soffice, const char *path, const char *to,
                     const char *ending) {
        return convert_read_as(flow, soffice, AS_UTF_8, path, to, ending);
}

static void samples_are_what_calc_makes(void **state) {
        static const char *const names[] = { "chile.csv", "chile-comillas.csv", "mexico.csv" };
        Flow *flow = *state;
        char *made = flow_path(flow, "made");

        (void) find_soffice(flow);
        assert_int_equal(flow_program(flow, TEST_SOURCE_DIR "/tests/samples/make_calc", made, NULL)
                                 .exit_code,
                         0);
        for (size_t i = 0; i < ELEMENTS(names); i++) {
                size_t n, m;
                char *new = flow_read(flow, flow_text(flow, "%s/%s", made, names[i]), &n);
                char *kept = flow_read(
                        flow,
                        flow_text(flow, "%s/tests/samples/calc/%s", TEST_SOURCE_DIR, names[i]), &m);

                assert_int_equal(n, m);
                assert_memory_equal(new, kept, n);
        }
        flow_good(flow);
}

/* --- formulas --------------------------------------------------------------------------------- */

static const char *const payloads[] = {
        "=1+1",
        "+1+1",
        "-1+1",
        "@SUM(1)",
        "\t=1+1",
        "＝1+1",
        "＋1",
        "'=1+1",
        "''=1+1",
        "=HYPERLINK(\"\"http://127.0.0.1:1/x\"\",\"\"y\"\")",
        "=WEBSERVICE(\"\"http://127.0.0.1:1/x\"\")",
        "=cmd|' /C calc'!A0",
        "=1,2",
        "+56 9 1234 5678",
        "-5",
        "=1\n=2",
        "\n=1",
        "\r=1",
        "{=1}",
        "=\"\"a\"\"&\"\"b\"\"",
};

/* Each payload in a column that is sent, and in one that is only kept; every third row is bad. */
static char *nasty_file(Flow *flow) {
        char *text = flow_text(flow, "order_id,amount,currency,metadata.note,=A1,comment\n");

        for (size_t i = 0; i < ELEMENTS(payloads); i++)
                text = flow_text(flow, "%s\"=N-%zu\",%s,CLP,\"%s\",x,\"%s\"\n", text, i,
                                 i % 3 == 2 ? "none" : "1000", payloads[i], payloads[i]);
        return text;
}

/* Calc knows one end of a line only. */
static bool is_same(const char *a, const char *b) {
        while (*a && (*a == *b || (*a == '\n' && *b == '\r'))) {
                a++;
                b++;
        }
        return *a == *b;
}

/* No formula in the open document, and every text cell of ours is one of Calc's. */
static void assert_opens_as_text(Flow *flow, const char *soffice, const char *path) {
        const FlowTable *ours, *theirs;
        char *document = flow_read(flow, convert(flow, soffice, path, "fods", ".fods"), NULL);

        assert_null(strstr(document, "table:formula"));
        assert_null(strstr(document, "Err:"));
        ours = flow_table(flow, path, ',');
        theirs = flow_table(
                flow,
                convert(flow, soffice, path, "csv:Text - txt - csv (StarCalc):" SHOWN, ".csv"),
                ',');
        assert_int_equal(theirs->n_rows, ours->n_rows);
        assert_int_equal(theirs->n_columns, ours->n_columns);
        for (size_t i = 0; i < (ours->n_rows + 1) * ours->n_columns; i++)
                if (!is_same(theirs->cells[i], ours->cells[i]))
                        flow_fail(flow, "%s: cell %zu: \"%s\" became \"%s\"", path, i,
                                  ours->cells[i], theirs->cells[i]);
}

static void nothing_is_run_and_nothing_changes(void **state) {
        Flow *flow = *state;
        char *soffice = find_soffice(flow), *results, *rejects, *saved, *at;
        const FlowTable *table;
        const json_t *metadata;
        size_t n_bad = 0;

        flow_start(flow);
        flow_drop(flow, "nasty.csv", nasty_file(flow));
        results = flow_wait_path(flow, "spool/results/nasty.B*.results.csv");
        rejects = flow_wait_path(flow, "spool/results/nasty.B*.rejects.csv");
        assert_opens_as_text(flow, soffice, results);
        assert_opens_as_text(flow, soffice, rejects);

        /* mended in Calc, saved there, and dropped as it is */
        saved = flow_read(
                flow,
                convert(flow, soffice, rejects, "csv:Text - txt - csv (StarCalc):" SHOWN, ".csv"),
                NULL);
        while ((at = strstr(saved, ",none,")) != NULL)
                memcpy(at, ",1000,", 6);
        flow_drop(flow, strrchr(rejects, '/') + 1, saved);
        table = flow_table(
                flow, flow_wait_path(flow, "spool/results/nasty.B*.rejects.B*.results.csv"), ',');
        for (size_t i = 2; i < ELEMENTS(payloads); i += 3)
                n_bad++;
        assert_int_equal(flow_count_status(table, "open"), n_bad);
        assert_int_equal(flow_sessions(flow), ELEMENTS(payloads));

        /* what was sent is what stood in the file, without a guard */
        for (size_t i = 0; i < ELEMENTS(payloads); i++) {
                metadata = json_object_get(
                        flow_session_of(flow, flow_text(flow, "=N-%zu", i)).object, "metadata");
                if (!strchr("\t\n\r", payloads[i][0]) && !strstr(payloads[i], "\"\""))
                        assert_string_equal(flow_string(metadata, "note"), payloads[i]);
        }
        assert_opens_as_text(flow, soffice,
                             flow_wait_path(flow, "spool/results/nasty.B*.rejects.B*.results.csv"));
        flow_good(flow);
}

/* Workbooks, and pages that are called so, under a name that promises a CSV: copied in slowly or
 * renamed, they get the two steps to save them, and not that they are cut. */
static void workbooks_are_known_under_any_name(void **state) {
        static const char *const kinds[] = { "xlsx", "ods", "xls", "fods", "html" };
        Flow *flow = *state;
        char *soffice = find_soffice(flow);
        const char *sample = TEST_SOURCE_DIR "/tests/samples/calc/mexico.csv";

        flow_start(flow);
        for (size_t i = 0; i < ELEMENTS(kinds); i++) {
                size_t size;
                char *bytes = flow_read(
                        flow,
                        convert(flow, soffice, sample, kinds[i], flow_text(flow, ".%s", kinds[i])),
                        &size);

                flow_drop_bytes(flow, flow_text(flow, "renamed-%s.csv", kinds[i]), bytes, size);
                flow_write(flow, flow_path(flow, "spool/incoming/copied-%s.csv", kinds[i]), bytes,
                           size);
                flow_assert_contains(flow_nack(flow, flow_text(flow, "renamed-%s", kinds[i])),
                                     "E-FILE-WORKBOOK");
                flow_assert_contains(flow_nack(flow, flow_text(flow, "copied-%s", kinds[i])),
                                     "Guardar como");
        }
        assert_int_equal(flow_sessions(flow), 0);
        flow_good(flow);
}

/* Excel on Windows asks nobody: what has no mark is Windows-1252. */
static void reasons_are_read_as_they_were_written(void **state) {
        static const struct {
                const char *name, *payer, *reason;
        } files[] = {
                { "ascii", "Pena", "direccion de correo" },
                { "ansi",
                  "Pe\xf1"
                  "a",
                  "dirección de correo" },
        };
        Flow *flow = *state;
        char *soffice = find_soffice(flow);

        flow_start(flow);
        for (size_t i = 0; i < ELEMENTS(files); i++)
                flow_drop(flow, flow_text(flow, "%s.csv", files[i].name),
                          flow_text(flow,
                                    "order_id,amount,currency,customer_email,name\n"
                                    "%s-1,1000,CLP,nobody,%s\n%s-2,1000,CLP,,\n",
                                    files[i].name, files[i].payer, files[i].name));
        for (size_t i = 0; i < ELEMENTS(files); i++) {
                const char *rejects =
                        flow_wait_path(flow, "spool/results/%s.B*.rejects.csv", files[i].name);
                const FlowTable *shown = flow_table(
                        flow,
                        convert_read_as(flow, soffice, AS_WINDOWS_1252, rejects,
                                        "csv:Text - txt - csv (StarCalc):" SHOWN, ".csv"),
                        ',');

                flow_assert_contains(flow_cell(shown, 1, "checkout_reason"), files[i].reason);
        }
        flow_good(flow);
}

/* What the guard is for: without it, Calc runs what a customer may have called himself. */
static void without_the_guard_formulas_are_run(void **state) {
        Flow *flow = *state;
        char *soffice = find_soffice(flow), *results;

        flow_set(flow, "orders", "formula_guard", "no");
        flow_start(flow);
        flow_drop(flow, "nasty.csv", nasty_file(flow));
        results = flow_wait_path(flow, "spool/results/nasty.B*.results.csv");
        flow_assert_contains(
                flow_read(flow, convert(flow, soffice, results, "fods", ".fods"), NULL),
                "table:formula=\"of:=1+1\"");
        flow_good(flow);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                FLOW(samples_are_what_calc_makes),
                FLOW(nothing_is_run_and_nothing_changes),
                FLOW(without_the_guard_formulas_are_run),
                FLOW(workbooks_are_known_under_any_name),
                FLOW(reasons_are_read_as_they_were_written),
        };

        return FLOW_RUN(tests);
}
