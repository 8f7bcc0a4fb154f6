/* Header rows: read by name, in any order, with the aliases; and every one that cannot be used. */
#include "tests/unit/order_sheet.h"

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

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(headers_are_read_by_name),
                cmocka_unit_test(the_order_of_columns_is_free),
                cmocka_unit_test(headers_that_cannot_be_used_refuse_the_file),
                cmocka_unit_test(unknown_columns_are_named_and_harmless),
                cmocka_unit_test(the_settings_rename_columns),
                cmocka_unit_test(wide_headers_have_a_limit),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
