/* The rules that look at more than one cell, and orders whose line items stand in several rows. */
#include "tests/unit/order_sheet.h"

static void both_urls_or_none(void **state) {
        const OrderRules rules = sheet_rules();

        (void) state;
        ASSERT_SHEET("folio,monto,moneda,success_url,cancel_url\n"
                     "A-1,1,CLP,https://a.cl,https://b.cl\n"
                     "A-2,1,CLP,,\n"
                     "A-3,1,CLP,https://a.cl,\n"
                     "A-4,1,CLP,,https://b.cl\n",
                     &rules,
                     "2 A-1 CLP 1\n3 A-2 CLP 1\n"
                     "4 A-3 CLP 1 E-URL-PAIR@4:5\n5 A-4 CLP 1 E-URL-PAIR@5:4\n");
        ASSERT_SHEET("folio,monto,moneda,success_url\nA-1,1,CLP,https://a.cl\nA-2,2,CLP,\n", &rules,
                     "2 A-1 CLP 1 E-URL-PAIR@2:4\n3 A-2 CLP 2\n");
}

static void a_currency_is_never_guessed(void **state) {
        OrderRules rules = sheet_rules();

        (void) state;
        ASSERT_SHEET("folio,monto,moneda\nA-1,1,\nA-2,1,USD\n", &rules,
                     "2 A-1 XXX 0 E-CURRENCY-MISSING@2:3\n3 A-2 XXX 0 E-CURRENCY@3:3\n");
        ASSERT_SHEET("folio,monto\nA-1,1\n", &rules, "2 A-1 XXX 0 E-CURRENCY-MISSING@2:0\n");
        rules.currency = CURRENCY_CLP;
        ASSERT_SHEET("folio,monto,moneda\nA-1,1,\nA-2,1,USD\n", &rules,
                     "2 A-1 CLP 1\n3 A-2 XXX 0 E-CURRENCY@3:3\n");
}

static void a_tax_id_has_type_and_value(void **state) {
        OrderRules rules = sheet_rules();

        (void) state;
        ASSERT_SHEET("folio,monto,moneda,customer.tax_id.type,customer.tax_id.value\n"
                     "A-1,1,CLP,cl_rut,12.345.678-5\n"
                     "A-2,1,CLP,cl_rut,12.345.678-6\n"
                     "A-3,1,CLP,cl_rut,\n"
                     "A-4,1,CLP,,123\n"
                     "A-5,1,CLP,otra,123\n"
                     "A-6,1,CLP,rfc,123\n",
                     &rules,
                     "2 A-1 CLP 1\n"
                     "3 A-2 CLP 1 E-RUT@3:5\n"
                     "4 A-3 CLP 1 E-TAX-ID-PAIR@4:5\n"
                     "5 A-4 CLP 1 E-TAX-ID-PAIR@5:4\n"
                     "6 A-5 CLP 1\n"
                     "7 A-6 CLP 1 E-RFC@7:5\n");
        /* a file for both countries, one tax id a row */
        ASSERT_SHEET("folio,monto,moneda,rut,rfc\n"
                     "A-1,1,CLP,12.345.678-5,\n"
                     "A-2,1,CLP,,ABC680524P76\n"
                     "A-3,1,CLP,12.345.678-5,ABC680524P76\n",
                     &rules, "2 A-1 CLP 1\n3 A-2 CLP 1\n4 A-3 CLP 1 E-FIELD-TWICE@4:5\n");
        rules.rfc_type = "mx_rfc";
        ASSERT_SHEET("folio,monto,moneda,customer.tax_id.type,customer.tax_id.value\n"
                     "A-1,1,CLP,mx_rfc,ABC680524P76\nA-2,1,CLP,mx_rfc,1\n",
                     &rules, "2 A-1 CLP 1\n3 A-2 CLP 1 E-RFC@3:5\n");
}

static void a_new_customer_of_v2_can_be_reached(void **state) {
        static const char bytes[] = "folio,monto,moneda,nombre,customer.email,rut,rfc,customer\n"
                                    "A-1,1,CLP,Ana,,,,\n"
                                    "A-2,1,CLP,Ana,a@b.cl,,,\n"
                                    "A-3,1,CLP,Ana,,12.345.678-5,,\n"
                                    "A-4,1,CLP,Ana,,,ABC680524P76,\n"
                                    "A-5,1,CLP,,,,,\n"
                                    "A-6,1,CLP,,,,,\"{\"\"name\"\":\"\"Ana\"\"}\"\n"
                                    "A-7,1,CLP,,,,,\"{\"\"email\"\":\"\"a@b.cl\"\"}\"\n"
                                    "A-8,1,CLP,,,,,cus_1\n"
                                    "A-9,1,CLP,,,,ABC680524P76,\n";
        OrderRules rules = sheet_rules();

        (void) state;
        rules.api = API_V2;
        assert_sheet(bytes, sizeof(bytes) - 1, &rules,
                     "2 A-1 CLP 1 E-CUSTOMER-CONTACT@2:4\n"
                     "3 A-2 CLP 1\n4 A-3 CLP 1\n"
                     "5 A-4 CLP 1 E-CUSTOMER-CONTACT@5:4\n"
                     "6 A-5 CLP 1\n"
                     "7 A-6 CLP 1 E-CUSTOMER-CONTACT@7:8\n"
                     "8 A-7 CLP 1\n9 A-8 CLP 1\n10 A-9 CLP 1\n");
        ASSERT_SHEET("folio,monto,moneda,nombre,correo\nA-1,1,CLP,Ana,a@b.cl\nA-2,1,CLP,Ana,\n",
                     &rules, "2 A-1 CLP 1\n3 A-2 CLP 1 E-CUSTOMER-CONTACT@3:4\n");
        rules.rfc_type = "mx_rfc";
        ASSERT_SHEET("folio,monto,moneda,nombre,rfc\nA-4,1,CLP,Ana,ABC680524P76\n", &rules,
                     "2 A-4 CLP 1\n");
        rules.api = API_V1;
        ASSERT_SHEET("folio,monto,moneda,nombre\nA-1,1,CLP,Ana\n", &rules, "2 A-1 CLP 1\n");
}

static void nothing_is_said_twice(void **state) {
        OrderRules rules = sheet_rules();

        (void) state;
        ASSERT_SHEET("folio,monto,moneda,customer,nombre,rut\n"
                     "A-1,1,CLP,\"{\"\"name\"\":\"\"x\"\"}\",,\n"
                     "A-2,1,CLP,,x,\n"
                     "A-3,1,CLP,\"{\"\"name\"\":\"\"x\"\"}\",x,12.345.678-5\n",
                     &rules,
                     "2 A-1 CLP 1\n3 A-2 CLP 1\n"
                     "4 A-3 CLP 1 E-FIELD-TWICE@4:4\n");
        ASSERT_SHEET("folio,monto,moneda,business_profile,business_profile.name\n"
                     "A-1,1,CLP,{},T\n",
                     &rules, "2 A-1 CLP 1 E-FIELD-TWICE@2:4\n");
        ASSERT_SHEET("folio,monto,moneda,payment_method_options,payment_method_options.card.x\n"
                     "A-1,1,CLP,{},T\n",
                     &rules, "2 A-1 CLP 1 E-FIELD-TWICE@2:4\n");
        ASSERT_SHEET("folio,monto,moneda,payment_method_options.a,payment_method_options.a.b\n"
                     "A-1,1,CLP,1,2\nA-2,1,CLP,1,\nA-3,1,CLP,,2\n",
                     &rules, "2 A-1 CLP 1 E-OPTIONS-PATH@2:5\n3 A-2 CLP 1\n4 A-3 CLP 1\n");
        ASSERT_SHEET("folio,monto,moneda,metadata,metadata.a,metadata.rfc,rfc\n"
                     "A-1,1,CLP,\"{\"\"b\"\":1}\",1,,\n"
                     "A-2,1,CLP,\"{\"\"a\"\":1}\",1,,\n"
                     "A-3,1,CLP,,,x,ABC680524P76\n",
                     &rules,
                     "2 A-1 CLP 1\n3 A-2 CLP 1 E-METADATA-TWICE@3:5\n"
                     "4 A-3 CLP 1 E-METADATA-TWICE@4:6\n");
}

/* The provider takes 50, and two are ours. */
static void metadata_has_room_for_48(void **state) {
        const OrderRules rules = sheet_rules();

        (void) state;
        for (unsigned n = 48; n <= 49; n++)
                for (unsigned in_json = 0; in_json <= n; in_json += n / 2) {
                        AUTO_BUFFER bytes = BUFFER_EMPTY;

                        assert_int_equal(
                                buffer_append_string(&bytes, "folio,monto,moneda,metadata"), 0);
                        for (unsigned i = in_json; i < n; i++)
                                assert_int_equal(buffer_printf(&bytes, ",metadata.k%u", i), 0);
                        assert_int_equal(buffer_append_string(&bytes, "\nA-1,1,CLP,\"{"), 0);
                        for (unsigned i = 0; i < in_json; i++)
                                assert_int_equal(buffer_printf(&bytes, "%s\"\"k%u\"\":%u",
                                                               i > 0 ? "," : "", i, i),
                                                 0);
                        assert_int_equal(buffer_append_string(&bytes, "}\""), 0);
                        for (unsigned i = in_json; i < n; i++)
                                assert_int_equal(buffer_append_string(&bytes, ",x"), 0);
                        assert_sheet(bytes.data, bytes.size, &rules,
                                     n == 48 ? "2 A-1 CLP 1\n"
                                             : "2 A-1 CLP 1 E-METADATA-COUNT@2:0\n");
                }
}

static void sending_comes_before_expiry(void **state) {
        OrderRules rules = sheet_rules();

        (void) state;
        ASSERT_SHEET("folio,monto,moneda,send_at,expires_at\n"
                     "A-1,1,CLP,2026-12-01,2026-12-02\n"
                     "A-2,1,CLP,2026-12-02,2026-12-02\n"
                     "A-3,1,CLP,2026-12-02T02:59:59Z,2026-12-02\n"
                     "A-4,1,CLP,2026-12-02T03:00:00Z,2026-12-02\n"
                     "A-5,1,CLP,2026-12-03,\n",
                     &rules,
                     "2 A-1 CLP 1\n3 A-2 CLP 1 E-SEND-AFTER-EXPIRES@3:4\n4 A-3 CLP 1\n"
                     "5 A-4 CLP 1 E-SEND-AFTER-EXPIRES@5:4\n6 A-5 CLP 1\n");
        rules.api = API_V2;
        ASSERT_SHEET("folio,monto,moneda,send_at,expires_at\n"
                     "A-1,1,CLP,2026-12-01T10:00:00Z,2026-12-01T10:10:00Z\n"
                     "A-2,1,CLP,2026-12-01T10:00:01Z,2026-12-01T10:10:00Z\n",
                     &rules, "2 A-1 CLP 1\n3 A-2 CLP 1 E-SEND-AFTER-EXPIRES@3:4\n");
}

/* Whoever wrote a date is told a date. */
static void what_expires_too_soon_is_told_the_first_day(void **state) {
        static const char bytes[] = "folio,monto,moneda,expires_at\nA-1,1,CLP,2026-11-21\n";
        static const struct {
                ApiVersion api;
                int64_t after; /* SHEET_NOW, which is 09:00 there */
                const char *first;
        } cases[] = {
                { API_V1, 0, "2026-11-23" },
                { API_V2, 0, "2026-11-22" },
                { API_V2, 15 * HOUR - 9 * MINUTE, "2026-11-23" },
        };
        Sheet sheet = { bytes, sizeof(bytes) - 1, 0 };
        FileFacts facts = sheet_facts(&sheet, ENCODING_AUTO);

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                OrderRules rules = sheet_rules();
                CLEANUP(order_file_free_p) OrderFile *file = NULL;
                const Order *order;

                rules.api = cases[i].api;
                assert_int_equal(order_file_open(&rules, &facts, SHEET_NOW + cases[i].after,
                                                 sheet_read, &sheet, &file),
                                 0);
                assert_int_equal(order_file_next(file, &order), 1);
                assert_int_equal(order->n_problems, 1);
                assert_int_equal(order->problems[0].code, PROBLEM_EXPIRES_PAST);
                assert_true(text_is(order->problems[0].detail, cases[i].first));
        }
}

/* --- line items ------------------------------------------------------------------------------ */

#define ITEMS "folio,moneda,monto,nota,item.name,item.unit_amount,item.quantity,item.image_url\n"

static void items_stand_in_consecutive_rows(void **state) {
        static const char bytes[] = ITEMS "A-1,CLP,,x,Silla,500,2,https://a.cl/1.png\n"
                                          "A-1,,,,Mesa,3000,,\n"
                                          "\n"
                                          "A-1,CLP,,y,\"Lámpara\nroja\",70,3,\n"
                                          "A-2,CLP,900,,,,,\n"
                                          "A-1,CLP,,,Silla,500,1,\n";
        const OrderRules rules = sheet_rules();
        Sheet sheet = { bytes, sizeof(bytes) - 1, 0 };
        CLEANUP(order_file_free_p) OrderFile *file = sheet_open(&sheet, &rules);
        CLEANUP(order_reader_free_p) OrderReader *reader = NULL;
        const Order *order;

        (void) state;
        assert_int_equal(order_file_next(file, &order), 1);
        assert_int_equal(order->n_items, 3);
        assert_true(text_is(order->items[0].name, "Silla"));
        assert_true(text_is(order->items[0].image_url, "https://a.cl/1.png"));
        assert_int_equal(order->items[0].unit_amount, 500);
        assert_int_equal(order->items[0].quantity, 2);
        assert_true(text_is(order->items[1].name, "Mesa"));
        assert_int_equal(order->items[1].quantity, 1);
        assert_int_equal(order->items[1].image_url.size, 0);
        assert_int_equal(order->items[2].quantity, 3);
        /* the line end within a name is a control character */
        assert_int_equal(order->n_problems, 1);
        assert_int_equal(order->problems[0].code, PROBLEM_CELL_CONTROL);
        assert_int_equal(order->problems[0].line, 5);

        /* the stored rows say the same */
        assert_int_equal(order_reader_new(&rules, order_file_header(file), ',', &reader), 0);
        assert_int_equal(order_reader_read(reader, order->raw, order->line, SHEET_NOW, &order), 0);
        assert_int_equal(order->n_items, 3);
        assert_int_equal(order->rows, 3);
        assert_int_equal(order->problems[0].line, 5);

        assert_sheet(bytes, sizeof(bytes) - 1, &rules,
                     "2+3 A-1 CLP 4210 E-CELL-CONTROL@5:5\n7 A-2 CLP 900\n"
                     "8 A-1 CLP 500\n");
}

static void items_add_up_and_agree(void **state) {
        const OrderRules rules = sheet_rules();

        (void) state;
        ASSERT_SHEET(ITEMS "A-1,CLP,,,Silla,500,2,\nA-1,CLP,,,Mesa,3000,1,\n", &rules,
                     "2+2 A-1 CLP 4000\n");
        ASSERT_SHEET(ITEMS "A-1,CLP,100,,Silla,500,2,\n", &rules,
                     "2 A-1 CLP 0 E-AMOUNT-AND-ITEMS@2:3\n");
        ASSERT_SHEET(ITEMS "A-1,CLP,,,Silla,500,2,\nA-1,CLP,100,,Mesa,1,1,\n", &rules,
                     "2+2 A-1 CLP 1001 E-ITEMS-ROW-DIFFERS@3:3\n");
        ASSERT_SHEET(ITEMS "A-1,CLP,,,Silla,500,2,\nA-1,MXN,,,Mesa,1,1,\n", &rules,
                     "2+2 A-1 CLP 1001 E-ITEMS-ROW-DIFFERS@3:2\n");
        ASSERT_SHEET(ITEMS "A-1,CLP,,,Casa,6999999,2,\n", &rules,
                     "2 A-1 CLP 0 E-AMOUNT-RANGE@2:6\n");
        ASSERT_SHEET(ITEMS "A-1,CLP,,,Casa,6999999,1000000,\nA-1,CLP,,,Casa,6999999,1000000,\n",
                     &rules, "2+2 A-1 CLP 0 E-AMOUNT-RANGE@2:6\n");
        ASSERT_SHEET(ITEMS "A-1,CLP,,,Casa,0,1,\n", &rules, "2 A-1 CLP 0 E-AMOUNT-RANGE@2:6\n");
        ASSERT_SHEET(ITEMS "A-1,CLP,,,Casa,5,0,\nA-2,CLP,,,Casa,5,-1,\nA-3,CLP,,,Casa,5,1.5,\n"
                           "A-4,CLP,,,Casa,5,1000001,\n",
                     &rules,
                     "2 A-1 CLP 0 E-ITEMS-QUANTITY@2:7\n3 A-2 CLP 0 E-ITEMS-QUANTITY@3:7\n"
                     "4 A-3 CLP 0 E-ITEMS-QUANTITY@4:7\n5 A-4 CLP 0 E-ITEMS-QUANTITY@5:7\n");
        ASSERT_SHEET(ITEMS "A-1,CLP,,,,5,1,\nA-2,CLP,,,Casa,,1,\nA-3,CLP,,,Casa,3.500,1,\n", &rules,
                     "2 A-1 CLP 5 E-ITEMS-NAME@2:5\n3 A-2 CLP 0 E-ITEMS-AMOUNT@3:6\n"
                     "4 A-3 CLP 0 E-AMOUNT-NOTATION@4:6\n");
        ASSERT_SHEET(ITEMS "A-1,CLP,,,,,,\n", &rules, "2 A-1 CLP 0 E-AMOUNT-MISSING@2:3\n");
        /* without items, the same reference twice is two rows */
        ASSERT_SHEET(ITEMS "A-1,CLP,5,,,,,\nA-1,CLP,5,,,,,\nA-1,CLP,,,Casa,5,1,\n", &rules,
                     "2 A-1 CLP 5\n3 A-1 CLP 5\n4 A-1 CLP 5\n");
        ASSERT_SHEET(ITEMS ",CLP,,,Casa,5,1,\n,CLP,,,Casa,5,1,\n", &rules,
                     "2  CLP 5 E-ORDER-MISSING@2:1\n3  CLP 5 E-ORDER-MISSING@3:1\n");
        /* there need not be a column for amounts */
        ASSERT_SHEET("folio,moneda,item.name,item.unit_amount\nA-1,CLP,Casa,5\n", &rules,
                     "2 A-1 CLP 5\n");
}

/* A broken row within an order makes that order bad, and hides no other one. */
static void broken_rows_among_items(void **state) {
        const OrderRules rules = sheet_rules();

        (void) state;
        ASSERT_SHEET(ITEMS "A-1,CLP,,,Silla,500,2,\nA-1,CLP,,,Mesa\nA-2,CLP,,,Mesa,1,1,\n", &rules,
                     "2+2 A-1 CLP 0 E-ROW-SHORT@3:0\n4 A-2 CLP 1\n");
        ASSERT_SHEET(ITEMS "A-1,CLP,,,Silla,500,2,\nA-1,CLP,,,\"Mesa,1,1,\nA-2,CLP,,,Mesa,1,1,\n",
                     &rules, "2 A-1 CLP 1000\n3 A-1 CLP 0 E-ROW-QUOTE@3:0\n4 A-2 CLP 1\n");
}

static void too_many_items_make_one_bad_order(void **state) {
        const OrderRules rules = sheet_rules();

        (void) state;
        for (unsigned n = 999; n <= 1002; n++) {
                AUTO_BUFFER bytes = BUFFER_EMPTY, expected = BUFFER_EMPTY;

                assert_int_equal(buffer_append_string(&bytes, ITEMS), 0);
                for (unsigned i = 0; i < n; i++)
                        assert_int_equal(buffer_append_string(&bytes, "A-1,CLP,,,Casa,5,1,\n"), 0);
                assert_int_equal(buffer_append_string(&bytes, "A-2,CLP,,,Casa,5,1,\n"), 0);
                assert_int_equal(buffer_printf(&expected, "2+%u A-1 CLP %u%s\n%u A-2 CLP 5\n", n,
                                               n > 1000 ? 5005 : 5 * n,
                                               n > 1000 ? " E-ITEMS-COUNT@2:0" : "", n + 2),
                                 0);
                {
                        AUTO_BUFFER out = sheet_dump(bytes.data, bytes.size, 0, &rules);

                        assert_string_equal(out.data, expected.data);
                }
        }
}

static void items_may_be_too_long_together(void **state) {
        const OrderRules rules = sheet_rules();
        AUTO_BUFFER bytes = BUFFER_EMPTY;

        (void) state;
        assert_int_equal(buffer_append_string(&bytes, ITEMS), 0);
        for (unsigned i = 0; i < 40; i++) {
                assert_int_equal(buffer_append_string(&bytes, "A-1,CLP,,"), 0);
                for (unsigned k = 0; k < 3000; k++)
                        assert_int_equal(buffer_append_string(&bytes, "0123456789"), 0);
                assert_int_equal(buffer_append_string(&bytes, ",Casa,5,1,\n"), 0);
        }
        assert_int_equal(buffer_append_string(&bytes, "A-2,CLP,,,Casa,5,1,\n"), 0);
        {
                AUTO_BUFFER out = sheet_dump(bytes.data, bytes.size, 0, &rules);

                assert_string_equal(out.data, "2+40 A-1 CLP 0 E-ROW-SIZE@2:0\n42 A-2 CLP 5\n");
        }
}

#define ITEM(price, product) "{\"price_data\":{" price ",\"product_data\":{" product "}},"
#define GOOD                 ITEM("\"unit_amount\":500", "\"name\":\"Silla\"") "\"quantity\":2}"

static void items_stand_in_one_cell(void **state) {
        static const struct {
                const char *cell, *expected;
        } cases[] = {
                { "[" GOOD "]", "1000" },
                { "[" GOOD "," GOOD "]", "2000" },
                { "[" ITEM("\"currency\":\"CLP\",\"unit_amount\":5",
                           "\"name\":\"x\",\"image_url\":\"https://a.cl/x\"") "\"quantity\":1}]",
                  "5" },
                { "[" ITEM("\"currency\":\"MXN\",\"unit_amount\":5",
                           "\"name\":\"x\"") "\"quantity\":1}]",
                  "5 E-ITEMS-CURRENCY@2:3" },
                { "[" ITEM("\"unit_amount\":5",
                           "\"name\":\"x\",\"image_url\":\"x\"") "\"quantity\":1}]",
                  "5 E-URL@2:3" },
                { "[]", "0 E-ITEMS-JSON@2:3" },
                { "{}", "0 E-JSON@2:3" },
                { "[1]", "0 E-ITEMS-JSON@2:3" },
                { "[" ITEM("\"unit_amount\":5", "\"name\":\"x\"") "\"quantity\":0}]",
                  "0 E-ITEMS-JSON@2:3" },
                { "[" ITEM("\"unit_amount\":5.5", "\"name\":\"x\"") "\"quantity\":1}]",
                  "0 E-ITEMS-JSON@2:3" },
                { "[" ITEM("\"unit_amount\":5", "\"name\":\"\"") "\"quantity\":1}]",
                  "0 E-ITEMS-JSON@2:3" },
                { "[" ITEM("\"unit_amount\":5", "\"name\":\"x\"") "\"quantity\":1,\"tax\":1}]",
                  "0 E-ITEMS-JSON@2:3" },
                { "[" ITEM("\"unit_amount\":5,\"x\":1", "\"name\":\"x\"") "\"quantity\":1}]",
                  "0 E-ITEMS-JSON@2:3" },
                { "[" ITEM("\"unit_amount\":5", "\"name\":\"x\",\"x\":1") "\"quantity\":1}]",
                  "0 E-ITEMS-JSON@2:3" },
                { "[{\"quantity\":1}]", "0 E-ITEMS-JSON@2:3" },
                { "[{\"quantity\":1,\"price_data\":{}}]", "0 E-ITEMS-JSON@2:3" },
                { "[" ITEM("\"unit_amount\":6999999", "\"name\":\"x\"") "\"quantity\":2}]",
                  "0 E-AMOUNT-RANGE@2:3" },
                { "[" ITEM("\"unit_amount\":9223372036854775807",
                           "\"name\":\"x\"") "\"quantity\":9223372036854775807}]",
                  "0 E-AMOUNT-RANGE@2:3" },
        };
        const OrderRules rules = sheet_rules();

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                AUTO_BUFFER bytes = BUFFER_EMPTY, expected = BUFFER_EMPTY;

                assert_int_equal(buffer_append_string(&bytes, "folio,moneda,line_items\nA-1,CLP,"),
                                 0);
                assert_int_equal(order_append_cell(&bytes, text_of(cases[i].cell), ',', false), 0);
                assert_int_equal(buffer_printf(&expected, "2 A-1 CLP %s\n", cases[i].expected), 0);
                assert_sheet(bytes.data, bytes.size, &rules, expected.data);
        }
        ASSERT_SHEET("folio,moneda,monto,line_items,item.name\nA-1,CLP,5,[],\nA-2,CLP,,[],x\n",
                     &rules,
                     "2 A-1 CLP 0 E-AMOUNT-AND-ITEMS@2:3 E-ITEMS-JSON@2:4\n"
                     "3 A-2 CLP 0 E-ITEMS-AMOUNT@3:0 E-FIELD-TWICE@3:4 E-ITEMS-JSON@3:4\n");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(both_urls_or_none),
                cmocka_unit_test(a_currency_is_never_guessed),
                cmocka_unit_test(a_tax_id_has_type_and_value),
                cmocka_unit_test(a_new_customer_of_v2_can_be_reached),
                cmocka_unit_test(nothing_is_said_twice),
                cmocka_unit_test(metadata_has_room_for_48),
                cmocka_unit_test(sending_comes_before_expiry),
                cmocka_unit_test(what_expires_too_soon_is_told_the_first_day),
                cmocka_unit_test(items_stand_in_consecutive_rows),
                cmocka_unit_test(items_add_up_and_agree),
                cmocka_unit_test(broken_rows_among_items),
                cmocka_unit_test(too_many_items_make_one_bad_order),
                cmocka_unit_test(items_may_be_too_long_together),
                cmocka_unit_test(items_stand_in_one_cell),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
