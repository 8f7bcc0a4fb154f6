/* Control totals: what is declared, in which ways, and when it is what was read. */
#include "jobs/order/order_totals.h"

#include "tests/unit/order_sheet.h"

static OrderTotals of_name(const char *name) {
        OrderTotals totals = { .n = 0 };

        order_totals_of_name(&totals, text_of(name));
        return totals;
}

static OrderTotals of_control(const char *text) {
        OrderTotals totals = { .n = 0 };

        order_totals_of_control(&totals, text_of(text));
        return totals;
}

/* `3 orders; CLP 600` of the totals, for short comparisons. */
static void assert_totals(const OrderTotals *totals, const char *expected) {
        AUTO_BUFFER out = BUFFER_EMPTY;

        assert_int_equal(buffer_append(&out, "", 0), 0);
        for (size_t i = 0; i < totals->n; i++)
                assert_int_equal(buffer_printf(&out, "%s%s %s %lld", i > 0 ? ", " : "",
                                               totals->total[i].is_sum ? "sum" : "count",
                                               currency_name(totals->total[i].currency),
                                               (long long) totals->total[i].number[CURRENCY_CLP]),
                                 0);
        for (TotalsUnread where = 0; where < TOTALS_UNREAD_COUNT; where++)
                if (totals->unread[where][0] != '\0')
                        assert_int_equal(buffer_printf(&out, " ! %s", totals->unread[where]), 0);
        assert_string_equal(out.data, expected);
}

static void names_declare_count_and_sum_together(void **state) {
        static const struct {
                const char *name, *expected;
        } cases[] = {
                { "facturas_n120_s45120300.csv", "count XXX 120, sum XXX 45120300" },
                { "facturas_n120_s45120300-2.csv", "count XXX 120, sum XXX 45120300" },
                { "facturas_n120_s45120300 (1).csv", "count XXX 120, sum XXX 45120300" },
                { "x_n2_s1CLP_s350000MXN.csv", "count XXX 2, sum CLP 1, sum MXN 350000" },
                { "a_n1_n2_s3.csv", "count XXX 2, sum XXX 3" },
                { "x_n120_s45120300.B000017.rejects.csv", "" }, /* a part of them came back */
                { "facturas_n5.csv", "" },
                { "facturas_s5.csv", "" },
                { "facturas_n5_s.csv", "" },
                { "x_n120_s45120300_final.B000017.rejects.csv", "" },
                { "facturas_norte_sur.csv", "" },
                { "facturas_s5_n5.csv", "" },
                { "n5_s5.csv", "" },
                { "n5_s5000.csv", "count XXX 5, sum XXX 5000" },
                { "COBROS_N1_S48.csv", "" },
                { "VENTAS_N12_S3.csv", "" },
                { "VENTAS_N12_s3.csv", "" },
                { "VENTAS_N12_S3000.CSV", "count XXX 12, sum XXX 3000" },
                { "x_n20_s12538160.2026-11-30.csv", "count XXX 20, sum XXX 12538160" },
                { "x_n20_s12538160.2026-11.csv", " ! n20_s12538160.2026-11" },
                { "FACTURAS_N5_S5CLP.CSV", "count XXX 5, sum CLP 5" },
                { "x_n5_s5 - copia.csv", "count XXX 5, sum XXX 5" },
                { "x_n5_s5_corregido.csv", "count XXX 5, sum XXX 5" },
                { "x_n5_s5.final.csv", "count XXX 5, sum XXX 5" },
                { "x_n5_s5_n6_s6.csv",
                  "count XXX 5, sum XXX 5, count XXX 6, sum XXX 6" }, /* never both */
                /* meant to be checked, and cannot be */
                { "x_n12x_s3000.csv", " ! n12x_s3000" },
                { "x_n1.200_s3000.csv", " ! n1.200_s3000" },
                { "x_n5_s30x0_y.csv", " ! n5_s30x0" },
                { "x_n5_s3000.50.csv", " ! n5_s3000.50" },
                { "x_n5_s5CLP_s7mil.csv", " ! n5_s5CLP_s7mil" },
                { "facturas_n5_s5USD.csv", " ! n5_s5USD" },
                { "facturas_n5_s55x.csv", " ! n5_s55x" },
                { "facturas_n1234567890123456789_s1.csv", " ! n1234567890123456789_s1" },
                { "", "" },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                OrderTotals totals = of_name(cases[i].name);

                assert_totals(&totals, cases[i].expected);
                assert_int_equal(order_totals_are_given(&totals), cases[i].expected[0] != '\0');
        }
}

static void control_files_are_read_by_line(void **state) {
        static const struct {
                const char *text, *expected;
        } cases[] = {
                { "count = 120\nsum = 45120300 CLP\n", "count XXX 120, sum CLP 45120300" },
                { "\xef\xbb\xbf# de SAP\r\n\r\ncount=120\r\nsum=5\r\n",
                  "count XXX 120, sum XXX 5" },
                { "sum = 1 CLP\nsum = 2 MXN\ncount = 1 MXN", "sum CLP 1, sum MXN 2, count MXN 1" },
                { "", " ! count, sum" },
                { "# nothing\n", " ! count, sum" },
                { "count = ciento\n", " ! count = ciento" },
                { "count = 1.200\n", " ! count = 1.200" },
                { "sum = 5 USD\n", " ! sum = 5 USD" },
                { "suma = 5\n", " ! suma = 5" },
                { "count 5\n", " ! count 5" },
                { "sha256 = abc\n", " ! sha256 = abc" },
                { "count = -1\n", " ! count = -1" },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                OrderTotals totals = of_control(cases[i].text);

                assert_totals(&totals, cases[i].expected);
                assert_true(order_totals_are_given(&totals));
        }
}

static void a_digest_is_read(void **state) {
        OrderTotals totals = of_control(
                "sha256 = 00ff000000000000000000000000000000000000000000000000000000000ABC\n");

        (void) state;
        assert_true(totals.has_sha256);
        assert_int_equal(totals.unread[TOTALS_UNREAD_CONTROL][0], '\0');
        assert_int_equal(totals.sha256[1], 0xff);
        assert_int_equal(totals.sha256[31], 0xbc);
}

static void too_many_are_never_dropped_silently(void **state) {
        OrderTotals totals = { .n = 0 };

        (void) state;
        for (int i = 0; i < ORDER_TOTALS_MAX + 1; i++)
                order_totals_add_count(&totals, TOTALS_OF_ROW, CURRENCY_XXX, i);
        assert_int_equal(totals.n, ORDER_TOTALS_MAX);
        assert_true(totals.unread[TOTALS_UNREAD_ROW][0] != '\0');
}

static void what_is_shown_of_the_unread_ends_between_characters(void **state) {
        char many[200];

        (void) state;
        for (int first = 0; first < 2; first++) {
                OrderTotals totals = { .n = 0 };

                for (size_t i = 0; i < sizeof(many); i++)
                        many[i] = (char) ((i + (size_t) first) % 2 == 0 ? 0xc3 : 0xb1); /* ñ */
                order_totals_add_unread(&totals, TOTALS_UNREAD_ROW, (Text){ many, sizeof(many) });
                assert_int_equal(strlen(totals.unread[TOTALS_UNREAD_ROW]), 62 + first);
                totals.unread[TOTALS_UNREAD_ROW][0] = '\0';
                memset(many, 0x80, sizeof(many)); /* no UTF-8 at all */
                order_totals_add_unread(&totals, TOTALS_UNREAD_ROW, (Text){ many, sizeof(many) });
                assert_string_equal(totals.unread[TOTALS_UNREAD_ROW], "-");
        }
}

static void what_is_kept_comes_back(void **state) {
        OrderTotals totals =
                of_control("count = 3\nsum = 5 CLP\nsum = 7 MXN\nx\nsha256 = "
                           "00ff0000000000000000000000000000000000000000000000000000000"
                           "00abc\n");
        OrderTotals again = { .n = 0 };
        AUTO_BUFFER text = BUFFER_EMPTY;

        (void) state;
        totals.total[1].number[CURRENCY_MXN] = -1;
        order_totals_of_name(&totals, TEXT("x_n1y_s1.csv"));
        order_totals_add_unread(&totals, TOTALS_UNREAD_FILE, TEXT("x\n.ctl"));
        order_totals_add_unread(&totals, TOTALS_UNREAD_ROW, TEXT(""));
        assert_string_equal(totals.unread[TOTALS_UNREAD_FILE], "x?.ctl");
        assert_string_equal(totals.unread[TOTALS_UNREAD_ROW], "-");
        assert_int_equal(order_totals_append(&totals, &text), 0);
        order_totals_parse(&again, (Text){ text.data, text.size });
        assert_memory_equal(&again, &totals, sizeof(again));
}

static void only_what_was_read_fits(void **state) {
        static const TotalsRead clp[CURRENCY_COUNT] = { { 1, 0 }, { 3, 600 }, { 0, 0 } };
        static const TotalsRead both[CURRENCY_COUNT] = { { 0, 0 }, { 3, 600 }, { 2, 50 } };
        static const struct {
                const char *control;
                const TotalsRead *read;
                const char *line; /* NULL: it fits */
        } cases[] = {
                { "count = 4", clp, NULL }, /* those without a readable currency too */
                { "count = 3", clp, "3 orders by the .ctl file; read, 4" },
                { "count = 3 CLP", clp, NULL },
                { "count = 2 CLP", clp, "2 orders CLP by the .ctl file; read, 3" },
                { "sum = 600", clp, NULL },
                { "sum = 600 CLP", clp, NULL },
                { "sum = 601", clp, "CLP 601 by the .ctl file; read, CLP 600" },
                { "sum = 0 MXN", clp, NULL },
                { "sum = 5 MXN", clp, "MXN 0.05 by the .ctl file; read, MXN 0.00" },
                { "count = 5", both, NULL },
                { "sum = 50 MXN", both, NULL },
                { "sum = 600", both,
                  "the .ctl file does not say the currency of the sum, and the file has not exactly "
                  "one" },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                OrderTotals totals = of_control(cases[i].control);
                AUTO_BUFFER line = BUFFER_EMPTY;
                Currency currency;

                assert_int_equal(order_total_fits(&totals.total[0], cases[i].read, &currency),
                                 cases[i].line == NULL);
                assert_int_equal(
                        order_total_append(&totals.total[0], cases[i].read, LANGUAGE_EN, &line), 0);
                if (cases[i].line)
                        assert_string_equal(line.data, cases[i].line);
        }
}

/* The row of totals is written as the amounts of the file are. */
static void a_row_declares_in_the_notation_of_its_file(void **state) {
        static const char bytes[] = "folio;nombre;monto;moneda\n"
                                    "A-1;Ana;3.500,50;MXN\n"
                                    "A-2;Eva;1.000;CLP\n"
                                    "TOTAL 1;;1.000;CLP\n"
                                    ";Total 1 factura;$ 3.500,50;MXN\n";
        OrderRules rules = sheet_rules();
        Sheet sheet = { bytes, sizeof(bytes) - 1, 0 };
        CLEANUP(order_file_free_p) OrderFile *file = NULL;
        const OrderTotals *totals;

        (void) state;
        rules.amount_format = AMOUNT_FORMAT_DECIMAL;
        rules.decimal_mark = ',';
        rules.thousands_mark = '.';
        file = sheet_open(&sheet, &rules);
        totals = order_file_totals(file);
        assert_int_equal(totals->n, 4);
        assert_int_equal(totals->total[0].currency, CURRENCY_MXN);
        assert_int_equal(totals->total[0].number[CURRENCY_MXN], 1);
        assert_int_equal(totals->total[1].number[CURRENCY_MXN], 350050);
        assert_int_equal(totals->total[3].number[CURRENCY_CLP], 1000);
}

/* What of a row of totals cannot be read is named with its place, and is no order. */
static void cells_of_totals_that_cannot_be_read_are_named(void **state) {
        static const struct {
                const char *rows, *unread; /* `line:column value` */
        } cases[] = {
                { "TOTAL 2;;3.000,50;CLP\n", "3:3 3.000,50" },
                { "TOTAL 2;;#REF!;CLP\n", "3:3 #REF!" },
                { "TOTAL;;tres mil;\n", "3:3 tres mil" },
                { "TOTAL;;;\n", "3:3 " },
                { "TOTAL;;3000;PESOS\n", "3:4 PESOS" },
                { "TOTAL #N/D;;3000;CLP\n", "3:1 TOTAL #N/D" },
                { "TOTAL 1e2;;3000;CLP\n", "3:1 TOTAL 1e2" },
                { "TOTAL 1.20;;3000;CLP\n", "3:1 TOTAL 1.20" },
                { "Total facturas: 2;;tres mil;CLP\n", "3:3 tres mil" },
                { "Total noviembre 2026;;;CLP\n", "3:3 " },
                { "Total facturas: 2;;3000;CLP\n", "" },
                { "Total noviembre 2026;;3000;CLP\n", "" },
                { "Total al 30/11/2026;;3000;CLP\n", "" },
                { "Total 30/11/2026;;3000;CLP\n", "" },
                { "TOTAL (20);;3000;CLP\n", "" },
                { "TOTAL(20);;3000;CLP\n", "" },
                { "TOTAL.;;3000;CLP\n", "" },
                { "TOTAL-;;3000;CLP\n", "" },
                { "TOTAL - ;;3000;CLP\n", "" },
                { "TOTAL GENERAL FACTURAS POR COBRAR NOVIEMBRE;;3000;CLP\n", "" },
                { "TOTAL\xc2\xa0GENERAL;;3000;CLP\n", "" },
                { "GRAN\xc2\xa0 TOTAL;;3000;CLP\n", "" },
                { "\xc2\xa0TOTAL;;3000;CLP\n", "" },
                { "TOTAL\xe2\x80\xa6;;3000;CLP\n", "" },
                { "TOTAL 2 de 3;;#REF!;CLP\n", "3:1 TOTAL 2 de 3, 3:3 #REF!" },
                { ";Total #REF!;3000;CLP\n", "3:2 Total #REF!" },
                { "\nTOTAL 1;;x;CLP\n;;;\nTOTAL 1;;y;MXN\n;;\n", "4:3 x, 6:3 y" },
                { "TOTAL 1;;x;CLP\nTOTAL 1;;5;CLP\n", "3:3 x" },
                { "TOTAL 2;;3;000;CLP\n", "3:0 TOTAL 2;;3;000;CLP" },
                { "TOTAL 2;;\"3000;CLP\n", "3:0 TOTAL 2;;\"3000;CLP" },
                { "TOTAL 2.;;3000;CLP\n", "" },
                { "TOTAL 1.234.567 facturas;;3000;CLP\n", "" },
                { "SUB-TOTAL;;3000;CLP\n", "" },
        };
        const OrderRules rules = sheet_rules();

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                AUTO_BUFFER bytes = BUFFER_EMPTY, out = BUFFER_EMPTY;
                CLEANUP(order_file_free_p) OrderFile *file = NULL;
                const Problem *problems;
                const Order *order;
                Sheet sheet;
                size_t n;

                assert_int_equal(buffer_printf(&bytes,
                                               "folio;nombre;monto;moneda\nA-1;Ana;5;CLP\n%s",
                                               cases[i].rows),
                                 0);
                assert_int_equal(buffer_append(&out, "", 0), 0);
                sheet = (Sheet){ bytes.data, bytes.size, 0 };
                file = sheet_open(&sheet, &rules);
                assert_int_equal(order_file_next(file, &order), 1);
                assert_int_equal(order->line, 2);
                assert_int_equal(order_file_next(file, &order), 0);
                assert_int_equal(order_file_next(file, &order), 0); /* as often as one likes */
                problems = order_file_unread_totals(file, &n);
                for (size_t k = 0; k < n; k++)
                        assert_int_equal(buffer_printf(&out, "%s%u:%u %.*s", k > 0 ? ", " : "",
                                                       problems[k].line, problems[k].column,
                                                       TEXT_ARG(problems[k].value)),
                                         0);
                assert_string_equal(out.data, cases[i].unread);
                assert_true(order_totals_are_given(order_file_totals(file)));
        }
}

/* The sum beside it says whether it is a year. */
static void a_year_is_no_count(void **state) {
        static const TotalsRead read[CURRENCY_COUNT] = { { 0, 0 }, { 3, 600 }, { 0, 0 } };
        static const struct {
                const char *control;
                bool year;
        } cases[] = {
                { "count = 2026\nsum = 600 CLP", false }, /* nobody writes a year there */
                { "count = 2026\nsum = 600", true },
                { "count = 2026\nsum = 601", false },
                { "count = 2026", false },
                { "count = 2126\nsum = 600", false },
                { "count = 3\nsum = 600", false },
                { "count = 2026 CLP\nsum = 600 CLP", true },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                OrderTotals totals = of_control(cases[i].control);

                for (size_t k = 0; i > 0 && k < totals.n; k++)
                        totals.total[k].source = TOTALS_OF_ROW;
                assert_int_equal(order_total_is_year(&totals, &totals.total[0], read),
                                 cases[i].year);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(names_declare_count_and_sum_together),
                cmocka_unit_test(control_files_are_read_by_line),
                cmocka_unit_test(a_digest_is_read),
                cmocka_unit_test(too_many_are_never_dropped_silently),
                cmocka_unit_test(what_is_shown_of_the_unread_ends_between_characters),
                cmocka_unit_test(what_is_kept_comes_back),
                cmocka_unit_test(only_what_was_read_fits),
                cmocka_unit_test(a_row_declares_in_the_notation_of_its_file),
                cmocka_unit_test(a_year_is_no_count),
                cmocka_unit_test(cells_of_totals_that_cannot_be_read_are_named),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
