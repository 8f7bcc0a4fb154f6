/* Every way in which rows can be broken. The rows beside a broken one are always read. */
#include <stdio.h>

#include "tests/unit/order_sheet.h"

static void rows_of_the_wrong_length_are_reported(void **state) {
        const OrderRules rules = sheet_rules();

        (void) state;
        ASSERT_SHEET("folio,monto,moneda,nota\n"
                     "A-1,1,CLP\n"
                     "A-2\n"
                     "A-3,3,CLP,x,y\n"
                     "A-4,4,CLP,x,,,\n"
                     "A-5,5,CLP,x\n",
                     &rules,
                     "2 A-1 CLP 1 E-ROW-SHORT@2:0\n"
                     "3 A-2 XXX 0 E-ROW-SHORT@3:0\n"
                     "4 A-3 XXX 0 E-ROW-LONG@4:0\n"
                     "5 A-4 CLP 4\n"
                     "6 A-5 CLP 5\n");
        /* empty cells at the right of the header are no columns */
        ASSERT_SHEET("folio;monto;moneda;;;\nA-1;1;CLP;;;\nA-2;2;CLP;;;\n", &rules,
                     "2 A-1 CLP 1\n3 A-2 CLP 2\n");
}

static void broken_quotes_never_hide_the_rows_after_them(void **state) {
        const OrderRules rules = sheet_rules();

        (void) state;
        /* not closed, to the end of the file */
        ASSERT_SHEET("folio,monto,moneda,nota\nA-1,1,CLP,\"x\nA-2,2,CLP,\nA-3,3,CLP,y\n", &rules,
                     "2 A-1 CLP 1 E-ROW-QUOTE@2:0\n3 A-2 CLP 2\n4 A-3 CLP 3\n");
        /* closed by the next one, which then stands in the wrong place */
        ASSERT_SHEET("folio,nombre,monto,moneda\nA-1,\"Ana,1,CLP\nA-2,\"Eva\",2,CLP\nA-3,,3,CLP\n",
                     &rules, "2 A-1 XXX 0 E-ROW-QUOTE@2:0\n3 A-2 CLP 2\n4 A-3 CLP 3\n");
        /* closed by another forgotten one, so that both rows look like one good row */
        ASSERT_SHEET("folio;nota;monto;moneda\nA-1;\"Ana;1;CLP\nA-2;Eva\";2;CLP\nA-3;;3;CLP\n",
                     &rules,
                     "2 A-1 XXX 0 E-ROW-QUOTE@2:0\n3 A-2 XXX 0 E-ROW-QUOTE@3:0\n4 A-3 CLP 3\n");
        /* in the middle of a text */
        ASSERT_SHEET("folio,nota,monto,moneda\nA-1,6\" tubo,1,CLP\nA-2,\"6\"x,2,CLP\nA-3,,3,CLP\n",
                     &rules,
                     "2 A-1 XXX 0 E-ROW-QUOTE@2:0\n3 A-2 XXX 0 E-ROW-QUOTE@3:0\n4 A-3 CLP 3\n");
        ASSERT_SHEET("folio,nota,monto,moneda\nA-1,a \"b\" c,1,CLP\nA-2, \"x\",2,CLP\nA-3,,3,CLP\n",
                     &rules,
                     "2 A-1 XXX 0 E-ROW-QUOTE@2:0\n3 A-2 XXX 0 E-ROW-QUOTE@3:0\n4 A-3 CLP 3\n");
        ASSERT_SHEET("folio,monto,moneda\nA-1,1,CLP\n\"A-2,2,CLP", &rules,
                     "2 A-1 CLP 1\n3  XXX 0 E-ROW-QUOTE@3:0\n");
}

/* A file of nothing but forgotten quotes is read in the time of one that is good. */
static void many_broken_quotes_cost_no_more_than_good_rows(void **state) {
        const OrderRules rules = sheet_rules();
        AUTO_BUFFER bytes = BUFFER_EMPTY;
        Sheet sheet;
        const unsigned n = 20000;
        unsigned bad = 0, rows = 0;
        const Order *order;

        (void) state;
        assert_int_equal(buffer_append_string(&bytes, "folio,monto,moneda,nota\n"), 0);
        for (unsigned i = 0; i < n; i++)
                assert_int_equal(buffer_printf(&bytes, "A-%u,1,CLP,%s\n", i,
                                               i % 3 == 0 ? "\"x" : "\"\"\"y\"\"\""),
                                 0);
        sheet = (Sheet){ bytes.data, bytes.size, 0 };
        {
                CLEANUP(order_file_free_p) OrderFile *file = sheet_open(&sheet, &rules);

                while (order_file_next(file, &order) > 0) {
                        assert_int_equal(order->line, rows + 2);
                        bad += order->n_problems > 0;
                        rows++;
                }
        }
        assert_int_equal(rows, n);
        assert_int_equal(bad, (n + 2) / 3);
}

static void bytes_that_are_no_text_are_problems_of_their_cells(void **state) {
        const OrderRules rules = sheet_rules();

        (void) state;
        ASSERT_SHEET("folio,monto,moneda,nota,nombre\n"
                     "A\0001,1,CLP,,\n"
                     "A-2,2,CLP,x\0y,\n"
                     "A-3,3\0,CLP,,\n"
                     "A-4,4,CLP,,A\x1bna\n"
                     "A-5,5,CLP,\x1b,Ana\n"
                     "A-6,6,CLP,,Ana\xc2\x85\n"
                     "ñ-7,7,CLP,ñ,ñ\n"
                     "A-8,8,CLP,,Mu\xf1oz\n"
                     "A-9,9,CLP,\xff,ñ\n",
                     &rules,
                     "2  CLP 1 E-CELL-CONTROL@2:1\n"
                     "3 A-2 CLP 2 E-CELL-CONTROL@3:4\n"
                     "4 A-3 CLP 0 E-CELL-CONTROL@4:2\n"
                     "5 A-4 CLP 4 E-CELL-CONTROL@5:5\n"
                     "6 A-5 CLP 5\n"
                     "7 A-6 CLP 6 E-CELL-CONTROL@7:5\n"
                     "8 ñ-7 CLP 7\n"
                     "9 A-8 CLP 8 E-CELL-ENCODING@9:5\n"
                     "10 A-9 CLP 9 E-CELL-ENCODING@10:4\n");
}

static void append_many(Buffer *buffer, char c, size_t n) {
        for (size_t i = 0; i < n; i++)
                assert_int_equal(buffer_append_char(buffer, c), 0);
}

static void large_cells_and_rows_have_limits(void **state) {
        static const struct {
                size_t size;
                bool quoted;
                const char *expected;
        } cases[] = {
                { ORDER_CELL_MAX, false, "2 A-1 CLP 1\n3 A-2 CLP 2\n" },
                { ORDER_CELL_MAX, true, "2 A-1 CLP 1\n3 A-2 CLP 2\n" },
                { ORDER_CELL_MAX + 1, false, "2 A-1 CLP 1 E-CELL-SIZE@2:4\n3 A-2 CLP 2\n" },
                { ORDER_CELL_MAX + 1, true, "2 A-1 CLP 1 E-CELL-SIZE@2:4\n3 A-2 CLP 2\n" },
                { ORDER_ROW_MAX, false, "2 A-1 CLP 1 E-ROW-SIZE@2:0\n3 A-2 CLP 2\n" },
                { ORDER_ROW_MAX, true, "2 A-1 CLP 1 E-ROW-SIZE@2:0\n3 A-2 CLP 2\n" },
                { (size_t) 10 * 1024 * 1024, false, "2 A-1 CLP 1 E-ROW-SIZE@2:0\n3 A-2 CLP 2\n" },
        };
        const OrderRules rules = sheet_rules();

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                AUTO_BUFFER bytes = BUFFER_EMPTY;

                assert_int_equal(buffer_append_string(&bytes, "folio,monto,moneda,nota,más\n"
                                                              "A-1,1,CLP,"),
                                 0);
                if (cases[i].quoted)
                        append_many(&bytes, '"', 1);
                append_many(&bytes, 'x', cases[i].size);
                if (cases[i].quoted)
                        append_many(&bytes, '"', 1);
                assert_int_equal(buffer_append_string(&bytes, ",y\nA-2,2,CLP,,\n"), 0);
                {
                        AUTO_BUFFER out = sheet_dump(bytes.data, bytes.size, 4099, &rules);

                        assert_string_equal(out.data, cases[i].expected);
                }
        }
}

/* A quote that is opened before megabytes of good rows, and a header of megabytes. */
static void long_texts_in_open_quotes_are_given_up(void **state) {
        const OrderRules rules = sheet_rules();
        AUTO_BUFFER bytes = BUFFER_EMPTY, header = BUFFER_EMPTY;
        const unsigned n = 100000;
        Sheet sheet;

        (void) state;
        assert_int_equal(buffer_append_string(&bytes, "folio,monto,moneda,nota\nA-1,1,CLP,\"x\n"),
                         0);
        for (unsigned i = 0; i < n; i++)
                assert_int_equal(buffer_append_string(&bytes, "B,2,CLP,\"quince letras\"\n"), 0);
        sheet = (Sheet){ bytes.data, bytes.size, 0 };
        {
                CLEANUP(order_file_free_p) OrderFile *file = sheet_open(&sheet, &rules);
                const Order *order;
                unsigned good = 0;

                assert_int_equal(order_file_next(file, &order), 1);
                assert_int_equal(order->n_problems, 1);
                assert_int_equal(order->problems[0].code, PROBLEM_ROW_QUOTE);
                while (order_file_next(file, &order) > 0)
                        good += order->n_problems == 0;
                assert_int_equal(good, n);
        }
        assert_int_equal(buffer_append_string(&header, "folio,monto,moneda,"), 0);
        append_many(&header, 'x', 2 * ORDER_ROW_MAX);
        assert_int_equal(buffer_append_string(&header, "\nA-1,1,CLP,\n"), 0);
        {
                AUTO_BUFFER out = sheet_dump(header.data, header.size, 0, &rules);

                assert_string_equal(out.data, "! E-FILE-HEADER@0 > 1 MiB\n");
        }
}

static void rows_with_a_million_columns_are_too_long(void **state) {
        const OrderRules rules = sheet_rules();
        AUTO_BUFFER bytes = BUFFER_EMPTY;

        (void) state;
        assert_int_equal(buffer_append_string(&bytes, "folio,monto,moneda\nA-1,1,CLP"), 0);
        for (size_t i = 0; i < 500000; i++)
                assert_int_equal(buffer_append(&bytes, ",x", 2), 0);
        assert_int_equal(buffer_append_string(&bytes, "\nA-2,2,CLP\n"), 0);
        {
                AUTO_BUFFER out = sheet_dump(bytes.data, bytes.size, 0, &rules);

                assert_string_equal(out.data, "2 A-1 XXX 0 E-ROW-LONG@2:0\n3 A-2 CLP 2\n");
        }
        buffer_clear(&bytes);
        assert_int_equal(buffer_append_string(&bytes, "folio,monto,moneda"), 0);
        for (size_t i = 0; i < 1000000; i++)
                assert_int_equal(buffer_append(&bytes, ",x", 2), 0);
        assert_int_equal(buffer_append_string(&bytes, "\nA-2,2,CLP\n"), 0);
        {
                AUTO_BUFFER out = sheet_dump(bytes.data, bytes.size, 0, &rules);

                assert_string_equal(out.data, "! E-FILE-COLUMNS@0 1000\n");
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(rows_of_the_wrong_length_are_reported),
                cmocka_unit_test(broken_quotes_never_hide_the_rows_after_them),
                cmocka_unit_test(many_broken_quotes_cost_no_more_than_good_rows),
                cmocka_unit_test(bytes_that_are_no_text_are_problems_of_their_cells),
                cmocka_unit_test(large_cells_and_rows_have_limits),
                cmocka_unit_test(long_texts_in_open_quotes_are_given_up),
                cmocka_unit_test(rows_with_a_million_columns_are_too_long),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
