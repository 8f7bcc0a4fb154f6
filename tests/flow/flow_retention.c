/* Retention and forgetting: personal data is in no file and in no byte of the store any more, and
 * counts, sums, references and verify hold as before. Batches close by themselves. */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/flow/harness_orders.h"

#define DAY 86400

/* --- bytes ------------------------------------------------------------------------------------ */

static size_t count_in(Flow *flow, const char *path, const char *text) {
        AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
        size_t size, n = 0;
        const char *bytes;

        if (fd < 0 && errno == ENOENT) /* removed just now, which is what is waited for */
                return 0;
        bytes = flow_read(flow, flow_text(flow, "/proc/self/fd/%d", fd), &size);

        for (const char *at = bytes;
             (at = memmem(at, size - (size_t) (at - bytes), text, strlen(text))); at++)
                n++;
        return n;
}

/* In the store, its log, and every file of the spool; names them when there are any. */
static size_t bytes_with(Flow *flow, const char *text) {
        static const char *const places[] = { "checkoutd.db",     "checkoutd.db-wal",
                                              "spool/archive/*",  "spool/rejected/*",
                                              "spool/work/*",     "spool/results/*",
                                              "spool/results/.*", "spool/results/*/*" };
        size_t n = 0;

        for (size_t i = 0; i < ELEMENTS(places); i++) {
                glob_t found;

                if (glob(flow_path(flow, "%s", places[i]), 0, NULL, &found) != 0)
                        continue;
                for (size_t j = 0; j < found.gl_pathc; j++) {
                        struct stat facts;

                        if (stat(found.gl_pathv[j], &facts) == 0 && S_ISREG(facts.st_mode))
                                n += count_in(flow, found.gl_pathv[j], text);
                }
                globfree(&found);
        }
        return n;
}

static bool is_in_no_byte(Flow *flow, const void *text) {
        return bytes_with(flow, text) == 0;
}

static void gone(Flow *flow, const char *text) {
        flow_wait(flow, is_in_no_byte, text, flow_text(flow, "no byte with %s", text));
}

/* --- batches ---------------------------------------------------------------------------------- */

static const char people[] =
        "folio;nombre;rut;correo;monto;moneda;centro de costo\n"
        "P-000001;Ana Araya;76.086.428-5;ana.araya@persona.example;1001;CLP;CC-Talca-77\n"
        "P-000002;Berta Bravo;77.412.903-0;berta.bravo@persona.example;1002;CLP;CC-Talca-77\n"
        "P-000003;Carla Cruz;no;carla.cruz@persona;mil;CLP;CC-Talca-77\n";

static const char *const personal[] = { "ana.araya@", "Berta Bravo", "77.412.903",
                                        "774129030",  "carla.cruz@", "CC-Talca-77" };

static bool is_closed(Flow *flow, const void *batch) {
        return strcmp(flow_string(flow_batch(flow, batch), "state"), "closed") == 0;
}

/* Our clock is so many days ahead, and the daemon has just begun to look. */
static void days_later(Flow *flow, int64_t days) {
        flow_daemon_stop(flow);
        flow_clock_shift(flow, days * DAY);
        flow_daemon_start(flow);
}

/* Three people, of whom two are withdrawn before anything is sent, so that the batch ends. */
static void start_ended(Flow *flow, const char *retention) {
        flow_clock_fake(flow);
        flow_set(flow, "orders", "canary", "0");
        flow_set(flow, "store", "retention", retention);
        flow_start(flow);
        assert_int_equal(flow_ctl(flow, "hold", "--all", NULL).exit_code, 0);
        flow_drop(flow, "personas.csv", people);
        (void) flow_ack(flow, "personas");
        assert_int_equal(flow_ctl(flow, "cancel", "--batch", "B000001", NULL).exit_code, 0);
        flow_settled(flow, "B000001");
        (void) flow_wait_path(flow, "spool/archive/B000001.personas.csv");
        for (size_t i = 0; i < ELEMENTS(personal); i++)
                if (strcmp(personal[i], "774129030") != 0)
                        assert_true(bytes_with(flow, personal[i]) > 0);
}

static void verified(Flow *flow) {
        FlowOutput output = flow_ctl(flow, "verify", NULL);

        if (output.exit_code != 0)
                flow_fail(flow, "verify: %s%s", output.out, output.err);
}

static void counts_are_kept(Flow *flow) {
        assert_int_equal(flow_batch_count(flow, "B000001", "cancelled"), 2);
        assert_int_equal(flow_batch_count(flow, "B000001", "rejected"), 1);
        flow_assert_status(flow, "P-000001", "cancelled");
        flow_wait_code(flow, "P-000003", "E-RUT");
        assert_int_equal(
                flow_ctl(flow, "report", "--batch", "1", "--format", "json", NULL).exit_code, 0);
        verified(flow);
}

static void all_is_gone(Flow *flow) {
        for (size_t i = 0; i < ELEMENTS(personal); i++)
                gone(flow, personal[i]);
        assert_int_equal(flow_count_paths(flow, "spool/results/personas.B000001.*"), 1);
        assert_true(flow_exists(flow_path(flow, "spool/results/personas.B000001.summary.json")));
        counts_are_kept(flow);
}

/* The answer is there a moment before. */
static bool is_filed(Flow *flow, const void *unused) {
        sqlite3 *store = NULL;
        sqlite3_stmt *statement = NULL;
        bool filed;

        (void) unused;
        assert_int_equal(sqlite3_open_v2(flow_path(flow, "checkoutd.db"), &store,
                                         SQLITE_OPEN_READONLY, NULL),
                         SQLITE_OK);
        assert_int_equal(sqlite3_prepare_v2(store, "SELECT archived FROM batch WHERE id = 1", -1,
                                            &statement, NULL),
                         SQLITE_OK);
        filed = sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_int(statement, 0) == 1;
        (void) sqlite3_finalize(statement);
        (void) sqlite3_close(store);
        return filed;
}

static void after_its_time(void **state) {
        Flow *flow = *state;
        const json_t *summary;

        flow_expect_errors(flow);
        start_ended(flow, "400d");
        days_later(flow, 12);
        flow_wait(flow, is_closed, "B000001", "B000001 closed");
        summary = flow_json(
                flow,
                flow_read(flow, flow_path(flow, "spool/results/personas.B000001.summary.json"),
                          NULL));
        assert_string_equal(flow_string(summary, "state"), "closed");
        days_later(flow, 399);
        flow_pass(flow); /* it has looked */
        assert_true(bytes_with(flow, "ana.araya@") > 0);
        days_later(flow, 401);
        all_is_gone(flow);
        flow_wait_log(flow, "personal data");
        /* and nothing of it comes back, also when a late fact has opened it again */
        flow_daemon_stop(flow);
        flow_sql(flow, "UPDATE batch SET state = 5 WHERE id = 1");
        flow_daemon_start(flow);
        flow_pass(flow);
        all_is_gone(flow);
        flow_good(flow);
}

static void kept_without_a_setting(void **state) {
        Flow *flow = *state;

        flow_expect_errors(flow);
        start_ended(flow, "");
        days_later(flow, 4000);
        flow_pass(flow);
        assert_true(bytes_with(flow, "ana.araya@") > 0);
        counts_are_kept(flow);
        flow_good(flow);
}

/* A file that was refused as a whole: no rows, but its original and its answer quote them. */
static void a_refused_file_too(void **state) {
        Flow *flow = *state;

        flow_expect_errors(flow);
        flow_clock_fake(flow);
        flow_set(flow, "orders", "policy", "strict");
        flow_set(flow, "store", "retention", "30d");
        flow_start(flow);
        flow_drop(flow, "personas.csv", people);
        (void) flow_nack(flow, "personas");
        (void) flow_wait_path(flow, "spool/rejected/B000001.personas.csv");
        flow_wait(flow, is_filed, NULL, "B000001 filed");
        assert_true(bytes_with(flow, "carla.cruz@") > 0);
        days_later(flow, 31);
        gone(flow, "carla.cruz@");
        gone(flow, "ana.araya@");
        assert_int_equal(flow_count_paths(flow, "spool/rejected/*"), 0);
        verified(flow);
        flow_good(flow);
}

/* --- one order -------------------------------------------------------------------------------- */

static FlowOutput forget(Flow *flow, const char *order) {
        return flow_ctl(flow, "forget", "--order", order, NULL);
}

static void one_order(void **state) {
        Flow *flow = *state;
        const FlowTable *results;
        FlowOutput output;

        flow_expect_errors(flow);
        start_ended(flow, "");
        output = forget(flow, "P-000002");
        assert_int_equal(output.exit_code, 0);
        flow_assert_contains(output.out, "1 row");
        gone(flow, "berta.bravo@");
        gone(flow, "Berta Bravo");
        gone(flow, "77.412.903");
        flow_wait_log(flow, "personal data of an order");

        /* the others stay; the row is where it was, with its reference */
        assert_true(bytes_with(flow, "ana.araya@") > 0);
        results = flow_table(flow, flow_path(flow, "spool/results/personas.B000001.results.csv"),
                             ';');
        assert_int_equal(results->n_rows, 3);
        assert_string_equal(flow_cell(results, 2, "folio"), "P-000002");
        assert_string_equal(flow_cell(results, 2, "correo"), "");
        assert_string_equal(flow_cell(results, 2, "monto"), "");
        assert_string_equal(flow_cell(results, 2, "checkout_line"), "3");
        assert_string_equal(flow_cell(results, 2, "checkout_status"), "cancelled");
        assert_string_equal(flow_cell(results, 1, "nombre"), "Ana Araya");
        assert_int_equal(flow_count_paths(flow, "spool/archive/*"), 0);
        counts_are_kept(flow);

        output = forget(flow, "P-000009");
        assert_int_equal(output.exit_code, 1);
        flow_assert_contains(output.err, "no such order");
        assert_int_equal(flow_ctl(flow, "forget", "--batch", "1", NULL).exit_code, 64);

        /* the reasons of a rejected row quote its cells */
        assert_int_equal(forget(flow, "P-000003").exit_code, 0);
        gone(flow, "carla.cruz@");
        counts_are_kept(flow);
        flow_good(flow);
}

/* Only what is over: a payer may still come. */
static void not_while_it_is_open(void **state) {
        Flow *flow = *state;
        FlowOutput output;

        flow_start(flow);
        flow_drop(flow, "a.csv", flow_orders(flow, "A", 2));
        (void) flow_results(flow, "a");
        output = forget(flow, "A-000001");
        assert_int_equal(output.exit_code, 1);
        flow_assert_contains(output.err, "open");
        verified(flow);
        flow_good(flow);
}

/* What cannot be removed keeps nothing else: it is said once, the next batch is done, and its own
 * rows are empty. Later, when it can be removed, it is. */
static void one_that_stays_keeps_no_others(void **state) {
        static const char dora[] = "folio;nombre;rut;correo;monto;moneda\n"
                                   "Q-000001;Dora Duarte;;dora.duarte@persona.example;1003;CLP\n";
        Flow *flow = *state;
        FlowOutput output;
        const char *aside;

        flow_expect_errors(flow);
        start_ended(flow, "400d");
        flow_drop(flow, "otra.csv", dora);
        (void) flow_ack(flow, "otra");
        assert_int_equal(flow_ctl(flow, "cancel", "--batch", "B000002", NULL).exit_code, 0);
        flow_settled(flow, "B000002");
        (void) flow_wait_path(flow, "spool/archive/B000002.otra.csv");
        aside = flow_path(flow, "spool/archive/B000001.aside");
        assert_int_equal(mkdir(aside, 0700), 0);
        days_later(flow, 12);
        flow_wait(flow, is_closed, "B000001", "B000001 closed");
        flow_wait(flow, is_closed, "B000002", "B000002 closed");
        days_later(flow, 420);
        flow_wait_log(flow, "B000002: the personal data of the batch was removed");
        gone(flow, "dora.duarte@");
        all_is_gone(flow);
        assert_int_equal(flow_count_log(flow, "archive/B000001.aside holds personal data"), 1);
        assert_int_equal(flow_count_log(flow, "B000001: the personal data of the batch"), 0);
        output = flow_ctl(flow, "doctor", NULL);
        flow_assert_contains(output.out, "could not be removed: of B000001");

        /* not said again, neither at the next look */
        days_later(flow, 421);
        flow_pass(flow);
        assert_int_equal(flow_count_log(flow, "archive/B000001.aside holds personal data"), 1);
        assert_int_equal(rmdir(aside), 0);
        days_later(flow, 422);
        flow_wait_log(flow, "B000001: the personal data of the batch was removed");
        verified(flow);
        flow_good(flow);
}

/* Results that cannot be written keep nothing else either: it is said once, also over a restart. As
 * soon as they can be, what they held is gone, and at the next look the order is done. */
static void results_that_stay_keep_no_others(void **state) {
        static const char dora[] = "folio;nombre;rut;correo;monto;moneda\n"
                                   "Q-000001;Dora Duarte;;dora.duarte@persona.example;1003;CLP\n"
                                   "Q-000002;Elsa Erazo;;elsa.erazo@persona.example;1004;CLP\n";
        Flow *flow = *state;
        const char *aside;

        flow_expect_errors(flow);
        start_ended(flow, "");
        flow_drop(flow, "otra.csv", dora);
        (void) flow_ack(flow, "otra");
        assert_int_equal(flow_ctl(flow, "cancel", "--batch", "B000002", NULL).exit_code, 0);
        flow_settled(flow, "B000002");
        aside = flow_path(flow, "spool/results/.personas.B000001.results.csv.part");
        assert_int_equal(mkdir(aside, 0700), 0);
        assert_int_equal(forget(flow, "P-000001").exit_code, 0);
        flow_wait_log(flow, "B000001: its results hold personal data and cannot be written again");
        assert_int_equal(forget(flow, "Q-000001").exit_code, 0);
        flow_wait_log(flow, "B000002: the personal data of an order was removed");
        gone(flow, "dora.duarte@");
        flow_assert_contains(flow_ctl(flow, "doctor", NULL).out,
                             "could not be removed: of B000001");

        flow_daemon_stop(flow);
        flow_daemon_start(flow);
        assert_int_equal(forget(flow, "Q-000002").exit_code, 0);
        gone(flow, "elsa.erazo@");
        assert_int_equal(flow_count_log(flow, "B000001: its results hold personal data"), 1);
        assert_true(bytes_with(flow, "ana.araya@") > 0);
        assert_int_equal(flow_count_log(flow, "B000001: the personal data of an order"), 0);

        assert_int_equal(rmdir(aside), 0);
        gone(flow, "ana.araya@");
        flow_daemon_stop(flow); /* it looks at once */
        flow_daemon_start(flow);
        flow_wait_log(flow, "B000001: the personal data of an order was removed");
        counts_are_kept(flow);
        flow_good(flow);
}

/* Somebody keeps the store open for reading: it is said, and done when he has gone. What another
 * order of the batch had, forgotten meanwhile, is in no results that were written before. */
static void one_after_the_other_while_somebody_reads(void **state) {
        Flow *flow = *state;
        sqlite3 *reader = NULL;

        flow_expect_errors(flow);
        start_ended(flow, "");
        assert_int_equal(sqlite3_open_v2(flow_path(flow, "checkoutd.db"), &reader,
                                         SQLITE_OPEN_READONLY, NULL),
                         SQLITE_OK);
        assert_int_equal(
                sqlite3_exec(reader, "BEGIN; SELECT COUNT(*) FROM batch;", NULL, NULL, NULL),
                SQLITE_OK);
        assert_int_equal(forget(flow, "P-000001").exit_code, 0);
        flow_wait_log(flow, "somebody reads from the store");
        assert_int_equal(forget(flow, "P-000002").exit_code, 0);
        assert_int_equal(sqlite3_close(reader), SQLITE_OK);
        gone(flow, "ana.araya@");
        gone(flow, "berta.bravo@");
        counts_are_kept(flow);
        flow_good(flow);
}

/* Killed in between, the next start goes on. */
static void killed_before_the_files_are_gone(void **state) {
        Flow *flow = *state;

        flow_expect_errors(flow);
        start_ended(flow, "");
        assert_int_equal(
                flow_ctl(flow, "forget", "--no-wait", "--order", "P-000001", NULL).exit_code, 0);
        flow_wait_log(flow, "asked for forget");
        flow_daemon_kill(flow);
        flow_daemon_start(flow);
        gone(flow, "ana.araya@");
        counts_are_kept(flow);
        flow_good(flow);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                FLOW(after_its_time),
                FLOW(kept_without_a_setting),
                FLOW(a_refused_file_too),
                FLOW(one_order),
                FLOW(not_while_it_is_open),
                FLOW(one_that_stays_keeps_no_others),
                FLOW(results_that_stay_keep_no_others),
                FLOW(killed_before_the_files_are_gone),
                FLOW(one_after_the_other_while_somebody_reads),
        };

        return FLOW_RUN(tests);
}
