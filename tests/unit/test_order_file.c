/* Files → orders: headers, delimiters, encodings, line ends, and every way in which a file can be
 * broken. The rows beside a broken one are always read. */
#include <stdio.h>

#include "tests/unit/order_sheet.h"

/* --- headers --------------------------------------------------------------------------------- */

static void headers_are_read_by_name(void **state) {
        static const char *const headers[] = {
                "order_id,amount,currency",    "Order ID,AMOUNT,Currency",
                "orden,monto,moneda",          "Pedido,Importe,Moneda",
                "Folio, Total ,MONEDA",        "factura,valor,moneda",
                "invoice,amount,currency",     "Reference,amount,currency",
                "referencia,monto,moneda",     "\"folio\",\"monto\",\"moneda\"",
                "order-id,a_m_o_u_n_t,moneda", "Órden,mónto,moneda",
        };
        const OrderRules rules = sheet_rules();

        (void) state;
        for (size_t i = 0; i < ELEMENTS(headers); i++) {
                AUTO_BUFFER bytes = BUFFER_EMPTY;

                assert_int_equal(buffer_printf(&bytes, "%s\nA-1,1000,CLP\n", headers[i]), 0);
                assert_sheet(bytes.data, bytes.size, &rules, "2 A-1 CLP 1000\n");
        }
}

static void the_order_of_columns_is_free(void **state) {
        const OrderRules rules = sheet_rules();

        (void) state;
        ASSERT_SHEET("amount,nota,currency,order_id\n7,x,CLP,A-1\n", &rules, "2 A-1 CLP 7\n");
}

static void headers_that_cannot_be_used_refuse_the_file(void **state) {
        const OrderRules rules = sheet_rules();

        (void) state;
        ASSERT_SHEET("", &rules, "! E-FILE-EMPTY@0 \n");
        ASSERT_SHEET("\n\n  \n", &rules, "! E-FILE-EMPTY@0 \n");
        ASSERT_SHEET("\xef\xbb\xbf", &rules, "! E-FILE-EMPTY@0 \n");
        ASSERT_SHEET("order_id,amount\n", &rules, "! E-FILE-NO-ROWS@0 \n");
        ASSERT_SHEET("order_id,amount", &rules, "! E-FILE-NO-ROWS@0 \n");
        ASSERT_SHEET("order_id,amount\n\n,\n \n", &rules, "! E-FILE-NO-ROWS@0 \n");
        ASSERT_SHEET("A-1,1000,CLP\nA-2,1000,CLP\n", &rules, "! E-FILE-NO-HEADER@0 \n");
        ASSERT_SHEET("amount,currency\n1000,CLP\n", &rules, "! E-FILE-COLUMN-MISSING@0 order_id\n");
        ASSERT_SHEET("order_id,currency\nA-1,CLP\n", &rules, "! E-FILE-COLUMN-MISSING@0 amount\n");
        ASSERT_SHEET("nombre,moneda\nA-1,CLP\n", &rules,
                     "! E-FILE-COLUMN-MISSING@0 order_id\n! E-FILE-COLUMN-MISSING@0 amount\n");
        ASSERT_SHEET("folio,monto,factura\nA-1,1,2\n", &rules, "! E-FILE-COLUMN-TWICE@3 folio\n");
        ASSERT_SHEET("folio,monto,Total,amount\nA-1,1,2,3\n", &rules,
                     "! E-FILE-COLUMN-TWICE@3 monto\n! E-FILE-COLUMN-TWICE@4 monto\n"
                     "! E-FILE-COLUMN-TWICE@4 Total\n");
        ASSERT_SHEET("folio,monto,rut,customer.tax_id.value\nA-1,1,2,3\n", &rules,
                     "! E-FILE-COLUMN-TWICE@4 rut\n");
        ASSERT_SHEET("folio,monto,metadata.a,metadata.a\nA-1,1,2,3\n", &rules,
                     "! E-FILE-COLUMN-TWICE@4 metadata.a\n");
        ASSERT_SHEET("folio,\"monto\nA-1,1\n", &rules, "! E-FILE-HEADER@0 \"\n");
}

static void unknown_columns_are_named_and_harmless(void **state) {
        static const char bytes[] = "folio,nota,,monto,moneda,Nota,checkout_url\n"
                                    "A-1,x,y,1000,CLP,z,https://x\n";
        const OrderRules rules = sheet_rules();
        Sheet sheet = { bytes, sizeof(bytes) - 1, 0 };
        CLEANUP(order_file_free_p) OrderFile *file = sheet_open(&sheet, &rules);

        (void) state;
        assert_true(text_is(order_file_unknown_column(file, 0), "nota"));
        assert_true(text_is(order_file_unknown_column(file, 1), "Nota"));
        assert_int_equal(order_file_unknown_column(file, 2).size, 0);
        assert_false(order_file_is_child(file));
        assert_int_equal(order_file_n_columns(file), 7);
        assert_true(
                text_is(order_file_header(file), "folio,nota,,monto,moneda,Nota,checkout_url\n"));
        assert_sheet(bytes, sizeof(bytes) - 1, &rules, "2 A-1 CLP 1000\n");
}

/* column.1 = amount, Monto a cobrar */
static void the_settings_rename_columns(void **state) {
        static const OrderColumn columns[] = { { "amount", "Monto a cobrar" },
                                               { "metadata.rut", "RUT cliente" },
                                               { "-", "Nombre" } };
        static const char bytes[] = "folio,monto,MONTO A COBRAR,moneda,RUT Cliente,nombre\n"
                                    "A-1,1,1000,CLP,5-1,Ana\n";
        OrderRules rules = sheet_rules();
        Sheet sheet = { bytes, sizeof(bytes) - 1, 0 };

        (void) state;
        rules.columns = columns;
        rules.n_columns = ELEMENTS(columns);
        {
                CLEANUP(order_file_free_p) OrderFile *file = sheet_open(&sheet, &rules);
                const Order *order;

                assert_int_equal(order_file_next(file, &order), 1);
                assert_int_equal(order->n_problems, 0);
                assert_int_equal(order->amount, 1000);
                assert_int_equal(order->n_entries, 1);
                assert_true(text_is(order->entries[0].key, "rut"));
                assert_true(text_is(order->entries[0].value, "5-1"));
                assert_int_equal(order->text[FIELD_CUSTOMER_NAME].size, 0);
                /* its alias is switched off, and what is ignored is not named */
                assert_true(text_is(order_file_unknown_column(file, 0), "monto"));
                assert_int_equal(order_file_unknown_column(file, 1).size, 0);
        }
        ASSERT_SHEET("folio,monto,moneda\nA-1,1,CLP\n", &rules,
                     "! E-FILE-COLUMN-MISSING@0 Monto a cobrar\n");
        ASSERT_SHEET("folio,amount,Monto a Cobrar\nA-1,1,2\n", &rules,
                     "! E-FILE-COLUMN-TWICE@3 amount\n");
}

static void wide_headers_have_a_limit(void **state) {
        const OrderRules rules = sheet_rules();

        (void) state;
        for (unsigned n = ORDER_COLUMNS_MAX; n <= ORDER_COLUMNS_MAX + 1; n++) {
                AUTO_BUFFER bytes = BUFFER_EMPTY;

                assert_int_equal(buffer_append_string(&bytes, "order_id,amount,currency"), 0);
                for (unsigned i = 3; i < n; i++)
                        assert_int_equal(buffer_printf(&bytes, ",c%u", i), 0);
                assert_int_equal(buffer_append_string(&bytes, "\nA-1,1000,CLP"), 0);
                for (unsigned i = 3; i < n; i++)
                        assert_int_equal(buffer_printf(&bytes, ",%u", i), 0);
                assert_sheet(bytes.data, bytes.size, &rules,
                             n <= ORDER_COLUMNS_MAX ? "2 A-1 CLP 1000\n"
                                                    : "! E-FILE-COLUMNS@0 1000\n");
        }
}

/* --- delimiters, encodings, line ends -------------------------------------------------------- */

static void delimiters_are_found(void **state) {
        OrderRules rules = sheet_rules();

        (void) state;
        ASSERT_SHEET("folio;monto;moneda\nA-1;1000;CLP\n", &rules, "2 A-1 CLP 1000\n");
        ASSERT_SHEET("folio\tmonto\tmoneda\nA-1\t1000\tCLP\n", &rules, "2 A-1 CLP 1000\n");
        ASSERT_SHEET("folio;monto;moneda;a,b,c,d,e\nA-1;1000;CLP;\n", &rules, "2 A-1 CLP 1000\n");
        ASSERT_SHEET("\"folio\";\"monto\";\"moneda\"\n\"A;1\";\"1000\";CLP\n", &rules,
                     "2 A;1 CLP 1000\n");
        rules.delimiter = ',';
        ASSERT_SHEET("folio;monto;moneda\nA-1;1000;CLP\n", &rules, "! E-FILE-NO-HEADER@0 \n");
}

static void encodings_are_read_as_what_they_are(void **state) {
        const OrderRules rules = sheet_rules();

        (void) state;
        ASSERT_SHEET("\xef\xbb\xbf\"folio\",monto,moneda\nÑ-1,1000,CLP\n", &rules,
                     "2 Ñ-1 CLP 1000\n");
        ASSERT_SHEET("folio,monto,moneda\n\xd1-1,1000,CLP\n\x80-2,1,CLP\n", &rules,
                     "2 Ñ-1 CLP 1000\n3 €-2 CLP 1\n");
        ASSERT_SHEET("\xff\xfe"
                     "f\0o\0l\0i\0o\0,\0m\0o\0n\0t\0o\0,\0m\0o\0n\0e\0d\0a\0\r\0\n\0"
                     "\xd1\0-\0001\0,\0001\0000\0,\0C\0L\0P\0\r\0\n\0"
                     "\x3d\xd8\x00\xde,\0002\0,\0C\0L\0P\0",
                     &rules, "2 Ñ-1 CLP 10\n3 😀 CLP 2\n");
        ASSERT_SHEET("\xfe\xff\0f\0o\0l\0i\0o\0,\0m\0o\0n\0t\0o\0\t\0m\0\n\0A\0,\0001\0\t\0x\0\n",
                     &rules, "! E-FILE-COLUMN-MISSING@0 amount\n");
        /* half a character, a surrogate alone, a byte that Windows-1252 does not have */
        ASSERT_SHEET("\xff\xfe"
                     "f\0o\0l\0i\0o\0,\0m\0o\0n\0t\0o\0\n\0\x00\xd8,\0001\0\n\0A\0,\0002",
                     &rules,
                     "2  XXX 0 E-CURRENCY-MISSING@2:0 E-CELL-ENCODING@2:1\n"
                     "3 A XXX 0 E-CURRENCY-MISSING@3:0 E-CELL-ENCODING@3:2\n");
        ASSERT_SHEET("folio,monto,moneda\n\xd1x\x81,1000,CLP\n\xf1,1,CLP\n", &rules,
                     "2  CLP 1000 E-CELL-ENCODING@2:1\n3 ñ CLP 1\n");
}

static void line_ends_may_be_of_any_kind(void **state) {
        const OrderRules rules = sheet_rules();

        (void) state;
        ASSERT_SHEET("folio,monto,moneda\r\nA-1,1,CLP\r\nA-2,2,CLP\r\n", &rules,
                     "2 A-1 CLP 1\n3 A-2 CLP 2\n");
        ASSERT_SHEET("folio,monto,moneda\rA-1,1,CLP\rA-2,2,CLP", &rules,
                     "2 A-1 CLP 1\n3 A-2 CLP 2\n");
        ASSERT_SHEET("folio,monto,moneda\nA-1,1,CLP\nA-2,2,CLP", &rules,
                     "2 A-1 CLP 1\n3 A-2 CLP 2\n");
        /* blank lines are no rows, but they are lines */
        ASSERT_SHEET("\nfolio,monto,moneda\n\n\r\nA-1,1,CLP\n  \n,,\nA-2,2,CLP\n\n", &rules,
                     "5 A-1 CLP 1\n8 A-2 CLP 2\n");
        /* a CR within a row ends nothing */
        ASSERT_SHEET("folio,monto,moneda,nota\nA-1,1,CLP,x\ry\nA\r2,2,CLP,\n", &rules,
                     "2 A-1 CLP 1\n3  CLP 2 E-CELL-CONTROL@3:1\n");
}

static void quoted_cells_may_have_line_ends(void **state) {
        const OrderRules rules = sheet_rules();

        (void) state;
        ASSERT_SHEET("folio,nota,monto,moneda\n"
                     "A-1,\"uno\ndos, \"\"tres\"\"\n\",1,CLP\n"
                     "A-2,\"\r\n\r\n\",2,CLP\r\n"
                     "\"A-3\",\"\",\"3\",\"CLP\"\n",
                     &rules, "2 A-1 CLP 1\n5 A-2 CLP 2\n8 A-3 CLP 3\n");
}

/* --- broken rows ----------------------------------------------------------------------------- */

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

/* --- places ---------------------------------------------------------------------------------- */

static const char mixed[] = "folio,monto,moneda,nota\n"
                            "A-1,1,CLP,\"dos\nlíneas\"\n"
                            "\n"
                            "A-2,2,CLP,\"abierta\n"
                            "A-3,3,CLP\n"
                            "A-4,4,CLP,ñ\r\n"
                            "A-5,x,CLP,fin";

/* At any order one can stop and go on later, in any encoding. */
static void reading_goes_on_at_any_order(void **state) {
        static const Encoding encodings[] = { ENCODING_UTF8, ENCODING_UTF16LE, ENCODING_UTF16BE,
                                              ENCODING_WINDOWS_1252 };

        (void) state;
        for (size_t e = 0; e < ELEMENTS(encodings); e++) {
                OrderRules rules = sheet_rules();
                AUTO_BUFFER bytes = BUFFER_EMPTY, whole = BUFFER_EMPTY, parts = BUFFER_EMPTY;
                const Order *order;
                Sheet sheet;

                rules.encoding = encodings[e];
                assert_int_equal(order_encode(&bytes, text_of(mixed), encodings[e]), 0);
                whole = sheet_dump(bytes.data, bytes.size, 0, &rules);
                sheet = (Sheet){ bytes.data, bytes.size, 5 };
                {
                        CLEANUP(order_file_free_p) OrderFile *file = sheet_open(&sheet, &rules);
                        uint64_t offset = order_file_offset(file);
                        uint32_t line = order_file_line(file);

                        for (;;) {
                                CLEANUP(order_file_free_p)
                                OrderFile *again = sheet_open(&sheet, &rules);

                                assert_int_equal(order_file_seek(again, offset, line), 0);
                                if (order_file_next(again, &order) == 0)
                                        break;
                                sheet_dump_order(&parts, order);
                                offset = order_file_offset(again);
                                line = order_file_line(again);
                        }
                        assert_int_equal(offset, bytes.size);
                }
                assert_string_equal(parts.data, whole.data);
                assert_string_equal(whole.data, "2 A-1 CLP 1\n"
                                                "5 A-2 CLP 2 E-ROW-QUOTE@5:0\n"
                                                "6 A-3 CLP 3 E-ROW-SHORT@6:0\n"
                                                "7 A-4 CLP 4\n"
                                                "8 A-5 CLP 0 E-AMOUNT-FORMAT@8:2\n");
        }
}

/* What the ledger keeps of a row is read again as it was read from the file. */
static void stored_rows_are_read_again(void **state) {
        const OrderRules rules = sheet_rules();
        Sheet sheet = { mixed, sizeof(mixed) - 1, 0 };
        CLEANUP(order_file_free_p) OrderFile *file = sheet_open(&sheet, &rules);
        CLEANUP(order_reader_free_p) OrderReader *reader = NULL;
        const Order *order;

        (void) state;
        assert_int_equal(order_reader_new(&rules, order_file_header(file),
                                          order_file_dialect(file).delimiter, &reader),
                         0);
        while (order_file_next(file, &order) > 0) {
                AUTO_BUFFER first = BUFFER_EMPTY, second = BUFFER_EMPTY;
                const Order *stored;

                sheet_dump_order(&first, order);
                assert_int_equal(
                        order_reader_read(reader, order->raw, order->line, SHEET_NOW, &stored), 0);
                sheet_dump_order(&second, stored);
                assert_string_equal(first.data, second.data);
        }
}

/* A disk that fails from some time on. */
typedef struct Disk {
        bool fails;
} Disk;

static int64_t read_disk(void *userdata, uint64_t offset, void *bytes, size_t size) {
        static const char text[] = "folio,monto,moneda\nA-1,1,CLP\n";
        const Disk *disk = userdata;

        if (offset >= sizeof(text) - 1)
                return disk->fails ? -5 : 0;
        return snprintf(bytes, size, "%s", text + offset);
}

static void a_disk_that_fails_is_passed_up(void **state) {
        const OrderRules rules = sheet_rules();
        const FileFacts facts = { .size = 100, .dialect = { ENCODING_UTF8, false, '\0' } };
        Disk disk = { .fails = false };
        OrderFile *file = NULL;
        const Order *order;

        (void) state;
        assert_int_equal(order_file_open(&rules, &facts, SHEET_NOW, read_disk, &disk, &file), 0);
        disk.fails = true;
        assert_int_equal(order_file_seek(file, order_file_offset(file), 2), 0);
        assert_int_equal(order_file_next(file, &order), 1);
        assert_int_equal(order_file_next(file, &order), -5);
        file = order_file_free(file);
        /* its end is looked at before its rows */
        assert_int_equal(order_file_open(&rules, &facts, SHEET_NOW, read_disk, &disk, &file), -5);
}

static void refused_bytes_are_not_read(void **state) {
        const OrderRules rules = sheet_rules();

        (void) state;
        ASSERT_SHEET("PK\x03\x04[Content_Types].xml", &rules, "! E-FILE-WORKBOOK@0 \n");
        ASSERT_SHEET("PK\x03\x04 a.csv folio,monto\nA,1\n", &rules, "! E-FILE-ARCHIVE@0 \n");
}

/* A results file that comes back: our columns are no data, guards are taken off. */
static void children_are_known_by_their_line_column(void **state) {
        const OrderRules rules = sheet_rules();
        static const char child[] = "folio,monto,moneda,nombre,checkout_line,checkout_status\n"
                                    "'=A-1,1,CLP,'@Ana,2,rejected\n"
                                    "'A-2,2,CLP,''-x,3,\"'\xff\"\n";
        Sheet sheet = { child, sizeof(child) - 1, 0 };
        CLEANUP(order_file_free_p) OrderFile *file = sheet_open(&sheet, &rules);
        const Order *order;

        (void) state;
        assert_true(order_file_is_child(file));
        assert_int_equal(order_file_next(file, &order), 1);
        assert_true(text_is(order->text[FIELD_ORDER_ID], "=A-1"));
        assert_true(text_is(order->text[FIELD_CUSTOMER_NAME], "@Ana"));
        assert_int_equal(order_file_next(file, &order), 1);
        assert_true(text_is(order->text[FIELD_ORDER_ID], "'A-2"));
        assert_true(text_is(order->text[FIELD_CUSTOMER_NAME], "'-x"));
        ASSERT_SHEET("folio,monto,moneda\n'=A-1,1,CLP\n'-2,'-5,CLP\n", &rules,
                     "2 '=A-1 CLP 1\n3 '-2 CLP 0 E-AMOUNT-FORMAT@3:2\n");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(headers_are_read_by_name),
                cmocka_unit_test(the_order_of_columns_is_free),
                cmocka_unit_test(headers_that_cannot_be_used_refuse_the_file),
                cmocka_unit_test(unknown_columns_are_named_and_harmless),
                cmocka_unit_test(the_settings_rename_columns),
                cmocka_unit_test(wide_headers_have_a_limit),
                cmocka_unit_test(delimiters_are_found),
                cmocka_unit_test(encodings_are_read_as_what_they_are),
                cmocka_unit_test(line_ends_may_be_of_any_kind),
                cmocka_unit_test(quoted_cells_may_have_line_ends),
                cmocka_unit_test(rows_of_the_wrong_length_are_reported),
                cmocka_unit_test(broken_quotes_never_hide_the_rows_after_them),
                cmocka_unit_test(many_broken_quotes_cost_no_more_than_good_rows),
                cmocka_unit_test(bytes_that_are_no_text_are_problems_of_their_cells),
                cmocka_unit_test(large_cells_and_rows_have_limits),
                cmocka_unit_test(long_texts_in_open_quotes_are_given_up),
                cmocka_unit_test(rows_with_a_million_columns_are_too_long),
                cmocka_unit_test(reading_goes_on_at_any_order),
                cmocka_unit_test(stored_rows_are_read_again),
                cmocka_unit_test(a_disk_that_fails_is_passed_up),
                cmocka_unit_test(refused_bytes_are_not_read),
                cmocka_unit_test(children_are_known_by_their_line_column),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
