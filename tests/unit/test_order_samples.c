/* The files of tests/samples/: what newcomers see, and one file for each thing that can be wrong.
 * In bad/filas.csv the first column of each row says which codes it is expected to get. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/order_sheet.h"

static Buffer read_sample(const char *name) {
        AUTO_BUFFER path = BUFFER_EMPTY;
        Buffer bytes = BUFFER_EMPTY;
        AUTO_CLOSE int fd = -1;
        struct stat facts;

        assert_int_equal(buffer_printf(&path, "%s/tests/samples/%s", TEST_SOURCE_DIR, name), 0);
        fd = open(path.data, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                print_message("%s\n", path.data);
        assert_true(fd >= 0);
        assert_int_equal(fstat(fd, &facts), 0);
        assert_int_equal(buffer_reserve(&bytes, (size_t) facts.st_size), 0);
        assert_int_equal(read(fd, bytes.data, (size_t) facts.st_size), facts.st_size);
        bytes.size = (size_t) facts.st_size;
        return bytes;
}

/* Counts the orders of a sample and those that have problems. */
static void assert_sample(const char *name, const OrderRules *rules, unsigned orders, unsigned bad,
                          int64_t sum) {
        AUTO_BUFFER bytes = read_sample(name);
        Sheet sheet = { bytes.data, bytes.size, 0 };
        CLEANUP(order_file_free_p) OrderFile *file = sheet_open(&sheet, rules);
        const Order *order;

        while (order_file_next(file, &order) > 0) {
                orders--;
                bad -= order->n_problems > 0;
                sum -= order->amount;
        }
        assert_int_equal(orders, 0);
        assert_int_equal(bad, 0);
        assert_int_equal(sum, 0);
}

static void good_samples_are_read(void **state) {
        OrderRules rules = sheet_rules();

        (void) state;
        assert_sample("facturas.csv", &rules, 20, 2, 12538160);
        assert_sample("pedidos-items.csv", &rules, 3, 0, 427950);
        assert_sample("windows-1252.csv", &rules, 2, 0, 3000);
        assert_sample("utf-8-excel.csv", &rules, 2, 0, 3000);
        assert_sample("utf-16-excel.csv", &rules, 2, 0, 3000);
        assert_sample("mac.csv", &rules, 2, 0, 3000);
        assert_sample("facturas-mx.csv", &rules, 8, 8, 0);
        rules.amount_format = AMOUNT_FORMAT_MINOR;
        assert_sample("facturas-mx.csv", &rules, 8, 0, 12344974);
}

static void bad_files_are_refused_by_their_name(void **state) {
        static const char *const codes[] = {
                "E-FILE-EMPTY",          "E-FILE-NO-ROWS",      "E-FILE-NO-HEADER",
                "E-FILE-COLUMN-MISSING", "E-FILE-COLUMN-TWICE", "E-FILE-HEADER",
                "E-FILE-WORKBOOK",       "E-FILE-ARCHIVE",      "E-FILE-BINARY",
        };
        const OrderRules rules = sheet_rules();

        (void) state;
        for (size_t i = 0; i < ELEMENTS(codes); i++) {
                AUTO_BUFFER name = BUFFER_EMPTY, bytes = BUFFER_EMPTY;
                const Problem *problems;
                const Order *order;
                size_t n;

                assert_int_equal(buffer_printf(&name, "bad/%s.csv", codes[i]), 0);
                bytes = read_sample(name.data);
                {
                        Sheet sheet = { bytes.data, bytes.size, 0 };
                        CLEANUP(order_file_free_p) OrderFile *file = sheet_open(&sheet, &rules);

                        problems = order_file_problems(file, &n);
                        assert_int_equal(n, 1);
                        assert_string_equal(problem_name(problems[0].code), codes[i]);
                        assert_int_equal(order_file_next(file, &order), 0);
                }
        }
}

static void a_cut_file_is_seen_by_its_last_byte(void **state) {
        AUTO_BUFFER bytes = read_sample("bad/E-FILE-CUT.csv");
        const Sheet sheet = { bytes.data, bytes.size, 0 };

        (void) state;
        assert_false(sheet_facts(&sheet, ENCODING_AUTO).ends_with_line_end);
}

static void bad_rows_get_the_codes_that_they_name(void **state) {
        AUTO_BUFFER bytes = read_sample("bad/filas.csv");
        const OrderRules rules = sheet_rules();
        Sheet sheet = { bytes.data, bytes.size, 0 };
        CLEANUP(order_file_free_p) OrderFile *file = sheet_open(&sheet, &rules);
        const Order *order;
        uint32_t line = 1;

        (void) state;
        while (order_file_next(file, &order) > 0) {
                AUTO_BUFFER codes = BUFFER_EMPTY;
                const char *end = memchr(order->raw.data, ';', order->raw.size);

                assert_int_equal(order->line, ++line);
                assert_non_null(end);
                assert_int_equal(buffer_append(&codes, "", 0), 0);
                for (size_t i = 0; i < order->n_problems; i++)
                        assert_int_equal(buffer_printf(&codes, "%s%s", i > 0 ? " " : "",
                                                       problem_name(order->problems[i].code)),
                                         0);
                if (!text_equal((Text){ codes.data, codes.size },
                                (Text){ order->raw.data, (size_t) (end - order->raw.data) }))
                        print_message("line %u: %s\n", order->line, codes.data);
                assert_true(
                        text_equal((Text){ codes.data, codes.size },
                                   (Text){ order->raw.data, (size_t) (end - order->raw.data) }));
        }
        assert_int_equal(line, 77);
}

/* The cell in front, without its quotes. */
static Text first_cell(Text raw, char delimiter) {
        const char *end = memchr(raw.data, delimiter, raw.size);

        assert_non_null(end);
        raw.size = (size_t) (end - raw.data);
        if (raw.size >= 2 && raw.data[0] == '"')
                raw = (Text){ raw.data + 1, raw.size - 2 };
        return raw;
}

/* What Calc made (tests/samples/make_calc): every row gets the codes in its first column, and the
 * row of totals is what was read. */
static void assert_calc(const char *name, const OrderRules *rules, unsigned n_orders,
                        unsigned n_declared) {
        AUTO_BUFFER bytes = read_sample(name);
        Sheet sheet = { bytes.data, bytes.size, 0 };
        CLEANUP(order_file_free_p) OrderFile *file = sheet_open(&sheet, rules);
        const OrderTotals *totals = order_file_totals(file);
        TotalsRead read[CURRENCY_COUNT] = { { 0, 0 } };
        const Order *order;
        Currency currency;

        while (order_file_next(file, &order) > 0) {
                AUTO_BUFFER codes = BUFFER_EMPTY;
                Text expected = first_cell(order->raw, order_file_dialect(file).delimiter);

                n_orders--;
                read[order->currency].count++;
                read[order->currency].sum += order->amount;
                assert_int_equal(buffer_append(&codes, "", 0), 0);
                for (size_t i = 0; i < order->n_problems; i++)
                        assert_int_equal(buffer_printf(&codes, "%s%s", i > 0 ? " " : "",
                                                       problem_name(order->problems[i].code)),
                                         0);
                if (!text_is(expected, codes.data))
                        fail_msg("%s, line %u: %s", name, order->line, codes.data);
        }
        assert_int_equal(n_orders, 0);
        assert_int_equal(totals->n, n_declared);
        for (size_t i = 0; i < totals->n; i++)
                assert_true(order_total_fits(&totals->total[i], read, &currency));
}

static void what_calc_makes_is_read_or_named(void **state) {
        OrderRules rules = sheet_rules();

        (void) state;
        rules.amount_format = AMOUNT_FORMAT_DECIMAL;
        rules.decimal_mark = ',';
        rules.thousands_mark = '.';
        assert_calc("calc/chile.csv", &rules, 9, 2);
        assert_calc("calc/chile-comillas.csv", &rules, 5, 0);
        rules.decimal_mark = '.';
        rules.thousands_mark = ',';
        assert_calc("calc/mexico.csv", &rules, 5, 1);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(good_samples_are_read),
                cmocka_unit_test(bad_files_are_refused_by_their_name),
                cmocka_unit_test(a_cut_file_is_seen_by_its_last_byte),
                cmocka_unit_test(bad_rows_get_the_codes_that_they_name),
                cmocka_unit_test(what_calc_makes_is_read_or_named),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
