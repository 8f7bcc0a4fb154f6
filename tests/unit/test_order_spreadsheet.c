/* What spreadsheets add to files, and do to their cells: all of it is either read, or named with
 * the likely original. */
#include "jobs/order/order_damage.h"
#include "tests/unit/order_sheet.h"

/* --- cells ----------------------------------------------------------------------------------- */

static void failed_formulas_are_known(void **state) {
        static const char *const failed[] = {
                "#N/D",      "#N/A",    "#REF!",
                "#¡REF!",    "#VALUE!", "#¡VALOR!",
                "#¿NOMBRE?", "#NAME?",  "#DIV/0!",
                "#¡DIV/0!",  "#NUM!",   "#¡NUM!",
                "#NULL!",    "#¡NULO!", "#SPILL!",
                "#CALC!",    "###",     "##########",
                "Err:502",   "Err:508", "#¡DESBORDAMIENTO!",
        };
        static const char *const good[] = { "#",         "##",  "#1",    "#12345",
                                            "#URGENTE!", "N/D", "#¡",    "Err:50",
                                            "Err:5022",  "E",   "#ref!", "Err:abc" };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(failed); i++) {
                assert_true(order_damage_may_be_failed(text_of(failed[i])));
                if (!order_damage_is_failed_formula(text_of(failed[i])))
                        fail_msg("%s", failed[i]);
        }
        for (size_t i = 0; i < ELEMENTS(good); i++)
                if (order_damage_is_failed_formula(text_of(good[i])))
                        fail_msg("%s", good[i]);
}

/* Each text, and what is proposed for it; NULL: nothing was damaged. */
typedef struct Case {
        const char *text, *proposed;
} Case;

typedef bool (*Detector)(Text cell, DamageText out, Text *ret_text);

static void assert_cases(Detector detector, const Case *cases, size_t n) {
        for (size_t i = 0; i < n; i++) {
                Text text = text_of(cases[i].text), found = TEXT_NONE;
                DamageText out;
                bool is = detector(text, out, &found);

                if (is != (cases[i].proposed != NULL) || (is && !text_is(found, cases[i].proposed)))
                        fail_msg("%s: %s %.*s", cases[i].text, is ? "is" : "is not",
                                 TEXT_ARG(found));
        }
}

static void long_numbers_show_what_is_left_of_them(void **state) {
        static const Case cases[] = {
                { "1,23E+11", "123?????????" },
                { "1.23456E+11", "123456??????" },
                { "5E+05", "5?????" },
                { "7,6086E+08", "76086????" },
                { "1,23E-05", "1,23E-05" },
                { "-1,23E+11", "123?????????" },
                { "1E5", NULL },
                { "1E05", NULL },
                { "E+11", NULL },
                { "12,3E+11", NULL },
                { "1,23E+11x", NULL },
                { "1,23E+", NULL },
                { "1,23E+1", NULL },
                { "1,E", NULL },
                { "1,23E+99", "1,23E+99" },
                { "", NULL },
        };

        (void) state;
        assert_cases(order_damage_is_scientific, cases, ELEMENTS(cases));
}

static void dates_show_what_they_may_be(void **state) {
        static const Case turned[] = {
                { "31/12/2026", "2026-12-31" },
                { "31-12-2026", "2026-12-31" },
                { "31.12.26", "2026-12-31" },
                { "12/31/2026", "2026-12-31" },
                { "05/12/2026", "2026-12-05 / 2026-05-12" },
                { "5-12-26", "2026-12-05 / 2026-05-12" },
                { "05/05/2026", "2026-05-05" },
                { "2026/12/31", "2026-12-31" },
                { "2026-1-5", "2026-01-05" },
                { "20261231", "2026-12-31" },
                { "1-dic-26", "2026-12-01" },
                { "1-sept-2026", "2026-09-01" },
                { "01-Dec-2026", "2026-12-01" },
                { "Dec 31 2026", "2026-12-31" },
                { "31/12/2026 0:00", "2026-12-31" },
                { "31/12/2026 00:00:00", "2026-12-31" },
                { "31/12/2026 10:00", NULL },
                { "32/12/2026", NULL },
                { "31/13/2026", NULL },
                { "31/12", NULL },
                { "31/12-2026", NULL },
                { "20261331", NULL },
                { "mañana", NULL },
                { "2026-02-30", NULL },
                { "//", NULL },
                { "99999/99999/99999", NULL },
        };
        static const Case serial[] = {
                { "46387", "2026-12-31" },
                { "46357,625", "2026-12-01" },
                { "46387.5", "2026-12-31" },
                { "36526", "2000-01-01" },
                { "73050", "2099-12-31" },
                { "36525", NULL },
                { "73051", NULL },
                { "463871", NULL },
                { "4638", NULL },
                { "46387x", NULL },
                { "46387,x", NULL },
        };

        (void) state;
        assert_cases(order_damage_is_turned_date, turned, ELEMENTS(turned));
        assert_cases(order_damage_is_serial_date, serial, ELEMENTS(serial));
}

static void accents_show_what_they_were(void **state) {
        static const Case cases[] = {
                { "MuÃ±oz", "Muñoz" },
                { "JosÃ© NÃºÃ±ez", "José Núñez" },
                { "Ferreter\xc3\x83\xc2\xad"
                  "a",
                  "Ferretería" },
                { "Ã“scar", "Óscar" },
                { "\xc3\x83\xc2\x81vila", "Ávila" },
                { "NÂ° 5", "N° 5" },
                { "5 â‚¬", "5 €" },
                { "donâ€™t", "don’t" },
                { "Muñoz", NULL },
                { "Âncora", NULL },
                { "São Paulo", NULL },
                { "Ã", NULL },
                { "ÃÃÃÃ", NULL },
                { "MuÃ±oz 漢", NULL },
                { "", NULL },
        };

        (void) state;
        assert_cases(order_damage_is_doubly_encoded, cases, ELEMENTS(cases));
}

static void a_long_text_is_shown_by_its_beginning(void **state) {
        AUTO_BUFFER text = BUFFER_EMPTY;
        DamageText out;
        Text original;

        (void) state;
        for (int i = 0; i < 300; i++)
                assert_int_equal(buffer_append_string(&text, "Ã±"), 0);
        assert_true(order_damage_is_doubly_encoded((Text){ text.data, text.size }, out, &original));
        assert_true(original.size > 100 && original.size < DAMAGE_SIZE);
        assert_true(text_is_utf8(original, NULL));
}

static void order_numbers_that_became_dates_are_known(void **state) {
        static const char *const dates[] = { "03-dic", "3-Dec",  "dic-26",
                                             "Dec-26", "12-ene", "1-may" };
        static const char *const good[] = { "DIC-26",  "F-26",  "03-DIC", "dic-2026", "dic26",
                                            "123-dic", "dic-2", "x-dic",  "-dic-",    "12-dicx" };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(dates); i++)
                if (!order_damage_is_month(text_of(dates[i])))
                        fail_msg("%s", dates[i]);
        for (size_t i = 0; i < ELEMENTS(good); i++)
                if (order_damage_is_month(text_of(good[i])))
                        fail_msg("%s", good[i]);
}

/* A row with a text in curly quotes falls apart; what is only in them is left alone. */
static void curly_quotes_keep_nothing_together(void **state) {
        const OrderRules rules = sheet_rules();

        (void) state;
        ASSERT_SHEET("folio;monto;moneda;nombre\nA-1;1;CLP;“a; b”\nA-2;2;CLP;“El Roble”\n", &rules,
                     "2 A-1 XXX 0 E-ROW-CURLY-QUOTES@2:0\n3 A-2 CLP 2\n");
        ASSERT_SHEET("folio;monto;moneda\n“A-1”;1;CLP\nA-2;“2”;CLP\n", &rules,
                     "2 “A-1” CLP 1 E-CELL-CURLY-QUOTES@2:1\n"
                     "3 A-2 CLP 0 E-CELL-CURLY-QUOTES@3:2\n");
}

/* The proposal stands in the text that a person gets. */
static void reasons_name_the_likely_original(void **state) {
        static const char bytes[] =
                "folio,monto,moneda,nombre,vence,business_profile.category,rut\n"
                "\"1,23E+11\",1,CLP,MuÃ±oz,05/12/2026,9613,12345678\n";
        static const char *const parts[] = { "123?????????", "\"Muñoz\"", "2026-12-05 / 2026-05-12",
                                             "009613", "12345678-5" };
        const OrderRules rules = sheet_rules();
        Sheet sheet = { bytes, sizeof(bytes) - 1, 0 };
        CLEANUP(order_file_free_p) OrderFile *file = sheet_open(&sheet, &rules);
        AUTO_BUFFER text = BUFFER_EMPTY;
        const Order *order;

        (void) state;
        assert_int_equal(order_file_next(file, &order), 1);
        assert_int_equal(order->n_problems, ELEMENTS(parts));
        for (size_t i = 0; i < order->n_problems; i++)
                assert_int_equal(problem_append_line(&text, &order->problems[i], LANGUAGE_EN), 0);
        for (size_t i = 0; i < ELEMENTS(parts); i++)
                if (!strstr(text.data, parts[i]))
                        fail_msg("%s not in %s", parts[i], text.data);
}

/* --- what spreadsheets add ------------------------------------------------------------------- */

static void a_separator_line_says_the_delimiter(void **state) {
        OrderRules rules = sheet_rules();

        (void) state;
        ASSERT_SHEET("sep=;\r\nfolio;monto;moneda\r\nA-1;1;CLP\r\n", &rules, "3 A-1 CLP 1\n");
        ASSERT_SHEET("\xef\xbb\xbf\"SEP=,\"\nfolio,monto,moneda;x\nA-1,1,CLP\n", &rules,
                     "3 A-1 XXX 0 E-CURRENCY-MISSING@3:0\n");
        ASSERT_SHEET("sep=;\n", &rules, "! E-FILE-NO-HEADER@0 \n");
        ASSERT_SHEET("sep=|\nfolio|monto|moneda\nA-1|1|CLP\n", &rules, "! E-FILE-HEADER@0 sep=\n");
        rules.delimiter = ',';
        ASSERT_SHEET("sep=;\nfolio;monto;moneda\nA-1;1;CLP\n", &rules, "3 A-1 CLP 1\n");
        /* a column of that name is a column */
        ASSERT_SHEET("sep=a,folio,monto,moneda\nx,A-1,1,CLP\n", &rules, "2 A-1 CLP 1\n");
}

static void blank_rows_and_cells_are_passed_over(void **state) {
        const OrderRules rules = sheet_rules();

        (void) state;
        ASSERT_SHEET("folio;monto;moneda;;;;\n;;;;;;\nA-1;1;CLP;;;;\n\n\"\";\"\";\"\"\n"
                     "A-2;2;CLP\n;;;;;;\n;;;;;;\n",
                     &rules, "3 A-1 CLP 1\n6 A-2 CLP 2\n");
}

static void names_of_columns_elsewhere_are_found(void **state) {
        const OrderRules rules = sheet_rules();

        (void) state;
        ASSERT_SHEET("Cobros de noviembre;;\n\nfolio;monto;moneda\nA-1;1;CLP\n", &rules,
                     "! E-FILE-HEADER-BELOW@0 3\n");
        /* one that people read above the one that the API reads */
        ASSERT_SHEET("N.º de cobro;Pesos;Divisa\norder_id;amount;currency\nA-1;1;CLP\n", &rules,
                     "! E-FILE-HEADER-BELOW@0 2\n");
        ASSERT_SHEET("folio;monto;moneda\norder_id;amount;currency\nA-1;1;CLP\n", &rules,
                     "2 order_id XXX 0 E-ROW-HEADER@2:0\n3 A-1 CLP 1\n");
        ASSERT_SHEET("folio;monto;moneda;raz\xc3\x83\xc2\xb3n social\nA-1;1;CLP;x\n", &rules,
                     "! E-CELL-ACCENTS@4 raz\xc3\xb3n social\n");
}

/* --- totals ---------------------------------------------------------------------------------- */

static void last_rows_with_totals_are_no_orders(void **state) {
        OrderRules rules = sheet_rules();

        (void) state;
        ASSERT_SHEET("folio;monto;moneda\nA-1;1;CLP\nA-2;2;CLP\nTOTAL 2;3;CLP\n", &rules,
                     "2 A-1 CLP 1\n3 A-2 CLP 2\n");
        ASSERT_SHEET("folio;monto;moneda\nA-1;1;CLP\nA-2;2;CLP\n\nTotal:;3;\n;;;\n\n", &rules,
                     "2 A-1 CLP 1\n3 A-2 CLP 2\n");
        rules.amount_format = AMOUNT_FORMAT_MINOR;
        ASSERT_SHEET("folio;nombre;monto;moneda\nA-1;a;1;CLP\n;Total general;1;CLP\n;TOTAL;0;MXN\n",
                     &rules, "2 A-1 CLP 1\n");
        ASSERT_SHEET("folio;monto;moneda\nTOTAL;3;\n", &rules, "! E-FILE-NO-ROWS@0 \n");
        ASSERT_SHEET("pedido;moneda;item.name;item.unit_amount\nP-1;CLP;a;1\nP-1;;b;2\n"
                     "TOTAL 1;;;3\n",
                     &rules, "2+2 P-1 CLP 3\n");
        /* not the last */
        ASSERT_SHEET("folio;monto;moneda\nTOTAL;1;CLP\nA-2;2;CLP\n", &rules,
                     "2 TOTAL CLP 0 E-ROW-TOTAL@2:0\n3 A-2 CLP 2\n");
        /* a number among the words: an order where somebody is to pay it, else totals */
        ASSERT_SHEET("folio;email;monto;moneda\nTOTAL PLAY 4512;a@b.cl;1;CLP\nA-2;;2;CLP\n"
                     "TOTAL PLAY 4513;a@b.cl;1;CLP\n",
                     &rules, "2 TOTAL PLAY 4512 CLP 1\n3 A-2 CLP 2\n4 TOTAL PLAY 4513 CLP 1\n");
        ASSERT_SHEET("folio;email;monto;moneda\nTotal marzo 2026;;1;CLP\nA-2;;2;CLP\n", &rules,
                     "2 Total marzo 2026 CLP 0 E-ROW-TOTAL@2:0\n3 A-2 CLP 2\n");
        ASSERT_SHEET("folio;monto;moneda\nA-2;2;CLP\nTotal marzo 2026;2;CLP\n", &rules,
                     "2 A-2 CLP 2\n");
        ASSERT_SHEET("folio;monto;moneda\nTOTAL-17;1;CLP\nTotalEnergies-01;1;CLP\n"
                     "TOTAL_A;1;CLP\nTotal\xc3\xadsimo;1;CLP\n",
                     &rules,
                     "2 TOTAL-17 CLP 1\n3 TotalEnergies-01 CLP 1\n4 TOTAL_A CLP 1\n"
                     "5 Total\xc3\xadsimo CLP 1\n");
        /* not readable, or nothing in it: not an order either (test_order_totals) */
        ASSERT_SHEET("folio;monto;moneda\nA-2;2;CLP\nTOTAL;#REF!;\n", &rules, "2 A-2 CLP 2\n");
        ASSERT_SHEET("folio;monto;moneda\nA-2;2;CLP\nTOTAL;;\n", &rules, "2 A-2 CLP 2\n");
        /* it came back as a row */
        ASSERT_SHEET("folio;monto;moneda;checkout_line\nA-2;2;CLP;2\nTOTAL;2;CLP;3\n", &rules,
                     "2 A-2 CLP 2\n3 TOTAL CLP 0 E-ROW-TOTAL@3:0\n");
}

/* The end is found however far it is, and in every encoding. */
static void the_end_of_a_long_file_is_found(void **state) {
        const OrderRules rules = sheet_rules();
        static const size_t blanks[] = { 0, 1, 40000, 400000 };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(blanks); i++) {
                AUTO_BUFFER bytes = BUFFER_EMPTY;
                CLEANUP(order_file_free_p) OrderFile *file = NULL;
                const OrderTotals *totals;
                const Order *order;
                unsigned n = 0;
                Sheet sheet;

                assert_int_equal(buffer_append_string(&bytes, "folio;nombre;monto;moneda\r\n"), 0);
                for (unsigned k = 0; k < 5000; k++)
                        assert_int_equal(
                                buffer_printf(&bytes, "A-%u;\"a \"\"%u\"\"\nb\";1;CLP\r\n", k, k),
                                0);
                assert_int_equal(buffer_append_string(&bytes, "TOTAL 5000;;5000;CLP\r\n"), 0);
                for (size_t k = 0; k < blanks[i]; k += 5)
                        assert_int_equal(buffer_append_string(&bytes, ";;;\r\n"), 0);
                sheet = (Sheet){ bytes.data, bytes.size, 0 };
                file = sheet_open(&sheet, &rules);
                totals = order_file_totals(file);
                assert_int_equal(totals->n, 2);
                assert_int_equal(totals->total[0].number[CURRENCY_CLP], 5000);
                while (order_file_next(file, &order) > 0)
                        n++;
                assert_int_equal(n, 5000);
                assert_int_equal(order_file_line(file), 2 + 2 * 5000);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(failed_formulas_are_known),
                cmocka_unit_test(long_numbers_show_what_is_left_of_them),
                cmocka_unit_test(dates_show_what_they_may_be),
                cmocka_unit_test(accents_show_what_they_were),
                cmocka_unit_test(a_long_text_is_shown_by_its_beginning),
                cmocka_unit_test(order_numbers_that_became_dates_are_known),
                cmocka_unit_test(curly_quotes_keep_nothing_together),
                cmocka_unit_test(reasons_name_the_likely_original),
                cmocka_unit_test(a_separator_line_says_the_delimiter),
                cmocka_unit_test(blank_rows_and_cells_are_passed_over),
                cmocka_unit_test(names_of_columns_elsewhere_are_found),
                cmocka_unit_test(last_rows_with_totals_are_no_orders),
                cmocka_unit_test(the_end_of_a_long_file_is_found),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
