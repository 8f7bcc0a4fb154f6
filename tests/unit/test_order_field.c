/* The field table: what each column takes, what it makes of it, and what it says of the rest. */
#include "jobs/order/order_field.h"

#include <jansson.h>

#include "tests/unit/order_sheet.h"

typedef struct Case {
        const char *column;
        const char *cell;
        const char *expected; /* a code, or the normalised text */
} Case;

/* Reads one row of order_id, currency, amount and the column; gives its order. */
static const Order *read_row(const OrderRules *rules, const Case *with, OrderReader **reader,
                             Buffer *raw) {
        AUTO_BUFFER header = BUFFER_EMPTY;
        const Order *order;

        assert_int_equal(buffer_printf(&header, "order_id\tcurrency\tamount\t%s\n", with->column),
                         0);
        assert_int_equal(buffer_append_string(raw, "A-1\tCLP\t1000\t"), 0);
        assert_int_equal(order_append_cell(raw, text_of(with->cell), '\t', false), 0);
        assert_int_equal(buffer_append_char(raw, '\n'), 0);
        assert_int_equal(order_reader_new(rules, (Text){ header.data, header.size }, '\t', reader),
                         0);
        assert_int_equal(
                order_reader_read(*reader, (Text){ raw->data, raw->size }, 2, SHEET_NOW, &order),
                0);
        return order;
}

static Text value_of(const Order *order, const char *column) {
        OrderMeaning meaning = order_field_of_header(text_of(column));

        assert_non_null(meaning.spec);
        if (meaning.key.size == 0)
                return order->text[meaning.spec->field];
        assert_int_equal(order->n_entries, 1);
        assert_true(text_equal(order->entries[0].key, meaning.key));
        return order->entries[0].value;
}

static void assert_case(const OrderRules *rules, const Case *with) {
        CLEANUP(order_reader_free_p) OrderReader *reader = NULL;
        AUTO_BUFFER raw = BUFFER_EMPTY;
        const Order *order = read_row(rules, with, &reader, &raw);
        bool good = memcmp(with->expected, "E-", 2) != 0;

        if (order->n_problems != !good)
                print_message("%s \"%s\": %zu problems, first %s\n", with->column, with->cell,
                              order->n_problems,
                              order->n_problems ? problem_name(order->problems[0].code) : "none");
        assert_int_equal(order->n_problems, !good);
        if (good) {
                Text value = value_of(order, with->column);

                if (!text_is(value, with->expected))
                        print_message("%s \"%s\": %.*s\n", with->column, with->cell,
                                      TEXT_ARG(value));
                assert_true(text_is(value, with->expected));
        } else {
                assert_string_equal(problem_name(order->problems[0].code), with->expected);
                assert_int_equal(order->problems[0].line, 2);
                assert_int_equal(order->problems[0].column, 4);
                assert_true(text_is(order->problems[0].column_name, with->column));
        }
}

static void assert_cases(const OrderRules *rules, const Case *cases, size_t n) {
        for (size_t i = 0; i < n; i++)
                assert_case(rules, &cases[i]);
}

#define LONG_40  "0123456789012345678901234567890123456789"
#define LONG_200 LONG_40 LONG_40 LONG_40 LONG_40 LONG_40

/* What every column makes of a cell: the value, or the code of what is wrong. */
static const Case columns[] = {
        { "flow", "payment", "payment" },
        { "flow", "subscription", "E-FLOW" },
        { "customer_email", " ana@empresa.cl ", "ana@empresa.cl" },
        { "correo", "a.b+c_d@sub.empresa-1.com.mx", "a.b+c_d@sub.empresa-1.com.mx" },
        { "Email", "ana", "E-EMAIL" },
        { "email", "ana@", "E-EMAIL" },
        { "email", "@empresa.cl", "E-EMAIL" },
        { "email", "ana@empresa", "E-EMAIL" },
        { "email", "a@b@c.cl", "E-EMAIL" },
        { "email", "ana@empresa..cl", "E-EMAIL" },
        { "email", "ana@-empresa.cl", "E-EMAIL" },
        { "email", "ana@empresa-.cl", "E-EMAIL" },
        { "email", ".ana@empresa.cl", "E-EMAIL" },
        { "email", "ana.@empresa.cl", "E-EMAIL" },
        { "email", "a..na@empresa.cl", "E-EMAIL" },
        { "email", "ana maria@empresa.cl", "E-EMAIL" },
        { "email", "ana@empresa.cl;eva@empresa.cl", "E-EMAIL" },
        { "email", "ñandú@empresa.cl", "E-EMAIL" },
        { "email", LONG_40 LONG_40 "@empresa.cl", "E-EMAIL" },
        { "due_date", "2020-02-29", "2020-02-29" },
        { "vencimiento", "2026-02-29", "E-DATE" },
        { "vence", "31/12/2026", "E-DATE" },
        { "Fecha Vencimiento", "46387", "E-DATE-SERIAL" },
        { "metadata.sucursal", " Norte\n2 ", "Norte\n2" },
        { "Metadata.Centro de Costo", "12", "12" },
        { "metadata.x", LONG_200 LONG_200 LONG_40 LONG_40 LONG_40, "E-CELL-LENGTH" },
        { "metadata.order", "1", "E-METADATA-RESERVED" },
        { "metadata.checkoutd", "1", "E-METADATA-RESERVED" },
        { "metadata.", "1", "E-METADATA-KEY" },
        { "metadata." LONG_40 "x", "1", "E-METADATA-KEY" },
        { "customer.metadata.nivel", "oro", "oro" },
        { "metadata", "{\"a\":1,\"b\":\"x\",\"c\":true}", "{\"a\":1,\"b\":\"x\",\"c\":true}" },
        { "metadata", "{\"a\":{}}", "E-METADATA-NESTED" },
        { "metadata", "{\"a\":[]}", "E-METADATA-NESTED" },
        { "metadata", "{\"a\":null}", "E-METADATA-NESTED" },
        { "metadata", "{\"order\":\"9\"}", "E-METADATA-RESERVED" },
        { "metadata", "{\"a\":\"" LONG_200 LONG_200 LONG_40 LONG_40 LONG_40 "\"}",
          "E-METADATA-VALUE" },
        { "metadata", "{\"a\":1,\"a\":2}", "E-JSON" },
        { "metadata", "[]", "E-JSON" },
        { "metadata", "{'a':1}", "E-JSON" },
        { "metadata", "{\"a\":1} x", "E-JSON" },
        { "metadata", "{\"\":1}", "E-METADATA-KEY" },
        { "nombre", "  José Ñandú ", "José Ñandú" },
        { "Razón Social", "Comercial S.A.", "Comercial S.A." },
        { "cliente", "A\tB", "E-CELL-CONTROL" },
        { "nombre", LONG_200 LONG_40 LONG_40, "E-CELL-LENGTH" },
        { "customer.email", "x@y.cl", "x@y.cl" },
        { "rut", "12.345.678-5", "123456785" },
        { "RUT", "12345678-5", "123456785" },
        { "rut", "123456785", "123456785" },
        { "rut", "76.086.428-5", "760864285" },
        { "rut", "1-9", "E-RUT" }, /* its check digit fits, and it is nobody's */
        { "rut", "12.345-5", "E-RUT" },
        { "rut", "123.456-0", "1234560" },
        { "rut", "20.347.878-k", "20347878K" },
        { "rut", "020.347.878-K", "20347878K" },
        { "rut", "12.345.678-6", "E-RUT" },
        { "rut", "12.345.678", "E-RUT-DIGIT" },
        { "rut", "abc", "E-RUT" },
        { "rut", "-5", "E-RUT" },
        { "rut", "5", "E-RUT" },
        { "rut", "123456789-2", "E-RUT" },
        { "rut", "12,345,678-5", "E-RUT" },
        { "rut", "1234567-K8", "E-RUT" },
        { "rfc", "xaxx010101000", "XAXX010101000" },
        { "rfc", "ABC 680524-P76", "ABC680524P76" },
        { "rfc", "ñañ680524P76", "ÑAÑ680524P76" },
        { "rfc", "&AB680524P76", "&AB680524P76" },
        { "rfc", "AB680524P76", "E-RFC" },
        { "rfc", "ABCDE680524P76", "E-RFC" },
        { "rfc", "ABC681324P76", "E-RFC" },
        { "rfc", "ABC680532P76", "E-RFC" },
        { "rfc", "ABC680524P7", "E-RFC" },
        { "rfc", LONG_40, "E-RFC" },
        { "rfc", "ABC6805X4P76", "E-RFC" },
        { "rfc", "ABC680524P7ñ", "E-RFC" },
        { "payment_method_types", "card", "card" },
        { "medio_de_pago", "bank_transfer|card", "bank_transfer card" },
        { "Medio de pago", " card  bank_transfer card", "card bank_transfer" },
        { "payment_method_types", "[\"bank_transfer\", \"card\"]", "bank_transfer card" },
        { "payment_method_types", "[]", "E-METHOD" },
        { "payment_method_types", "tarjeta", "E-METHOD" },
        { "payment_method_types", "card,bank_transfer", "E-METHOD" },
        { "payment_method_options", "{\"card\":{\"x\":[1]}}", "{\"card\":{\"x\":[1]}}" },
        { "payment_method_options", "x", "E-JSON" },
        { "payment_method_options.bank_transfer.sender_account.holder_id.value", "123456785",
          "123456785" },
        { "payment_method_options..a", "1", "E-OPTIONS-PATH" },
        { "payment_method_options.a.", "1", "E-OPTIONS-PATH" },
        { "business_profile.category", "009613", "009613" },
        { "business_profile.category", "9613", "E-CATEGORY-ZEROS" },
        { "business_profile.category", "00961x", "E-CATEGORY" },
        { "business_profile.name", "Tienda", "Tienda" },
        { "business_profile.tax_id", "76.086.428-5", "760864285" },
        { "business_profile.tax_id", "ABC680524P76", "ABC680524P76" },
        { "business_profile.tax_id", "76.086.428-6", "E-TAX-ID" },
        { "business_profile", "{\"category\":\"009613\",\"name\":\"T\"}",
          "{\"category\":\"009613\",\"name\":\"T\"}" },
        { "business_profile", "{\"category\":9613}", "E-CATEGORY" },
        { "business_profile", "{\"tax_id\":\"1\"}", "E-TAX-ID" },
        { "customer", "{\"name\":\"Ana\",\"email\":\"a@b.cl\"}",
          "{\"name\":\"Ana\",\"email\":\"a@b.cl\"}" },
        { "business_profile", "{\"tax_id\":\"76.086.428-5\"}", "{\"tax_id\":\"76.086.428-5\"}" },
        { "customer", "{\"email\":\"a\"}", "E-EMAIL" },
        { "customer", "{\"name\":7}", "E-CUSTOMER" },
        { "customer", "{\"metadata\":7}", "E-CUSTOMER" },
        { "customer", "{\"metadata\":{\"a\":{}}}", "E-METADATA-NESTED" },
        { "customer", "{\"tax_id\":{\"type\":\"cl_rut\",\"value\":\"1-8\"}}", "E-RUT" },
        { "customer", "{\"tax_id\":{\"type\":\"cl_rut\"}}", "E-TAX-ID-PAIR" },
        { "customer", "{\"tax_id\":{\"type\":\"rfc\",\"value\":\"x\"}}", "E-RFC" },
        { "customer", "cus_123", "E-FIELD-API" },
        { "customer", "Ana", "E-JSON" },
        { "customer.tax_id.value", "123", "E-TAX-ID-PAIR" },
        { "customer.tax_id.type", "cl_rut", "E-TAX-ID-PAIR" },
        { "send_at", "2026-12-01", "2026-12-01" },
        { "enviar_el", "2026-12-01T09:00:00-03:00", "2026-12-01T09:00:00-03:00" },
        { "programado", "mañana", "E-DATE" },
        { "action", "create", "create" },
        { "accion", "Create", "create" },
        { "action", "borrar", "E-ACTION" },
};

static void columns_take_what_they_should(void **state) {
        const OrderRules rules = sheet_rules();

        (void) state;
        assert_cases(&rules, columns, ELEMENTS(columns));
}

static void every_field_has_one_name(void **state) {
        (void) state;
        for (OrderField field = FIELD_NONE + 1; field < FIELD_COUNT; field++) {
                const char *name = order_field_name(field);
                OrderMeaning meaning = order_field_of_header(text_of(name));

                assert_true(strlen(name) > 0);
                assert_non_null(meaning.spec);
                assert_int_equal(meaning.spec->field, field);
                assert_false(meaning.alias);
        }
        assert_string_equal(order_field_name(FIELD_METADATA_KEY), "metadata.KEY");
        assert_string_equal(order_field_name(FIELD_CUSTOMER_TAX_ID_VALUE), "customer.tax_id.value");
        assert_null(order_field_of_header(TEXT("nombres")).spec);
        assert_null(order_field_of_header(TEXT("")).spec);
        assert_null(order_field_of_header(TEXT("  ")).spec);
        assert_null(order_field_of_header(TEXT("metadata_x")).spec);
}

static void expiry_is_a_day_in_v1(void **state) {
        static const Case cases[] = {
                { "expires_at", "2026-11-23", "2026-11-23" },
                { "expira", "2026-11-22", "E-EXPIRES-PAST" }, /* today */
                { "expiracion", "2020-01-01", "E-EXPIRES-PAST" },
                { "expires_at", "2026-11-31", "E-DATE" },
                { "expires_at", "2026-12-31T10:00:00Z", "E-DATE" },
                { "expires_at", "0000-00-00", "E-DATE" },
        };
        const OrderRules rules = sheet_rules();

        (void) state;
        assert_cases(&rules, cases, ELEMENTS(cases));
}

static void today_is_a_day_of_the_profile(void **state) {
        OrderRules rules = sheet_rules();
        CLEANUP(order_reader_free_p) OrderReader *reader = NULL;
        const int64_t late = INT64_C(1795402800) * SECOND; /* 03:00 UTC, 00:00 in Santiago */
        const Order *order;

        (void) state;
        assert_int_equal(
                order_reader_new(&rules, TEXT("folio,monto,moneda,expira\n"), ',', &reader), 0);
        assert_int_equal(
                order_reader_read(reader, TEXT("A,1,CLP,2026-11-23\n"), 2, late - 1, &order), 0);
        assert_int_equal(order->n_problems, 0);
        assert_int_equal(order->expires_at, 0);
        assert_int_equal(order->expires_date.day, 23);
        assert_int_equal(order_reader_read(reader, TEXT("A,1,CLP,2026-11-23\n"), 2, late, &order),
                         0);
        assert_int_equal(order->n_problems, 1);
        assert_int_equal(order->problems[0].code, PROBLEM_EXPIRES_PAST);
        assert_true(text_is(order->problems[0].detail, "2026-11-24"));
}

static void expiry_is_an_instant_in_v2(void **state) {
        static const Case cases[] = {
                { "expires_at", "2026-11-22", "2026-11-22" }, /* the end of today */
                { "expires_at", "2026-11-21", "E-EXPIRES-PAST" },
                { "expires_at", "2026-11-22T12:10:00Z", "2026-11-22T12:10:00Z" },
                { "expires_at", "2026-11-22T12:09:59Z", "E-EXPIRES-PAST" },
                { "expires_at", "2026-11-22T09:10-03:00", "2026-11-22T09:10-03:00" },
                { "expires_at", "2026-11-22T12:10:00", "E-DATE" }, /* no zone */
                { "customer", "cus_0123", "cus_0123" },
                { "customer", "cus_01 23", "E-JSON" },
        };
        static const Case end = { "expires_at", "2026-11-30", "2026-11-30" };
        OrderRules rules = sheet_rules();
        CLEANUP(order_reader_free_p) OrderReader *reader = NULL;
        AUTO_BUFFER raw = BUFFER_EMPTY;

        (void) state;
        rules.api = API_V2;
        assert_cases(&rules, cases, ELEMENTS(cases));
        /* 23:59:59 in Santiago, three hours behind UTC */
        assert_int_equal(read_row(&rules, &end, &reader, &raw)->expires_at,
                         INT64_C(1796093999) * SECOND);
}

static void sending_begins_with_the_day(void **state) {
        static const Case day = { "send_at", "2026-12-01", "" };
        static const Case instant = { "send_at", "2026-12-01T12:00:00Z", "" };
        const OrderRules rules = sheet_rules();
        CLEANUP(order_reader_free_p) OrderReader *a = NULL, *b = NULL;
        AUTO_BUFFER raw_a = BUFFER_EMPTY, raw_b = BUFFER_EMPTY;

        (void) state;
        assert_int_equal(read_row(&rules, &day, &a, &raw_a)->send_at,
                         INT64_C(1796094000) * SECOND); /* 00:00 in Santiago */
        assert_int_equal(read_row(&rules, &instant, &b, &raw_b)->send_at,
                         INT64_C(1796126400) * SECOND);
}

/* Inside a JSON cell too, tax ids are sent as the provider takes them. */
static void tax_ids_in_json_are_normalised(void **state) {
        static const Case with = { "customer",
                                   "{\"tax_id\":{\"type\":\"cl_rut\",\"value\":\"12.345.678-5\"}}",
                                   "" };
        OrderRules rules = sheet_rules();
        CLEANUP(order_reader_free_p) OrderReader *reader = NULL;
        AUTO_BUFFER raw = BUFFER_EMPTY;
        const Order *order = read_row(&rules, &with, &reader, &raw);
        const json_t *tax_id = json_object_get(order->json[FIELD_CUSTOMER], "tax_id");

        (void) state;
        assert_int_equal(order->n_problems, 0);
        assert_string_equal(json_string_value(json_object_get(tax_id, "value")), "123456785");
}

static void urls_are_whole_and_secure(void **state) {
        static const struct {
                const char *url;
                bool good;
        } urls[] = {
                { "https://empresa.cl", true },
                { "https://empresa.cl/gracias?orden=1&x=%20#fin", true },
                { "HTTPS://Empresa.CL:8443/a", true },
                { "https://localhost/a", true },
                { "http://empresa.cl", false },
                { "https://", false },
                { "https:///a", false },
                { "https://empresa.cl:port/", false },
                { "https://empresa.cl:123456/", false },
                { "https://user@empresa.cl/", false },
                { "https://empresa.cl/a b", false },
                { "https://empresa.cl/ñ", false },
                { "https://empresa.cl/" LONG_200 LONG_200 LONG_200 LONG_200 LONG_200, true },
                { "https://empresa.cl/\"", false },
                { "https://-empresa.cl/", false },
                { "javascript:alert(1)", false },
                { "/gracias", false },
                { "empresa.cl", false },
        };
        const OrderRules rules = sheet_rules();
        CLEANUP(order_reader_free_p) OrderReader *reader = NULL;

        (void) state;
        assert_int_equal(order_reader_new(&rules,
                                          TEXT("order_id\tcurrency\tamount\tsuccess_url"
                                               "\tcancel_url\n"),
                                          '\t', &reader),
                         0);
        for (size_t i = 0; i < ELEMENTS(urls); i++) {
                AUTO_BUFFER raw = BUFFER_EMPTY;
                const Order *order;

                assert_int_equal(buffer_append_string(&raw, "A-1\tCLP\t1\thttps://a.cl\t"), 0);
                assert_int_equal(order_append_cell(&raw, text_of(urls[i].url), '\t', false), 0);
                assert_int_equal(order_reader_read(reader, (Text){ raw.data, raw.size }, 2,
                                                   SHEET_NOW, &order),
                                 0);
                if (order->n_problems != !urls[i].good)
                        print_message("%s\n", urls[i].url);
                assert_int_equal(order->n_problems, !urls[i].good);
                if (!urls[i].good)
                        assert_int_equal(order->problems[0].code, PROBLEM_URL);
        }
}

static void references_are_whole_texts(void **state) {
        const OrderRules rules = sheet_rules();

        (void) state;
        ASSERT_SHEET("folio,monto,moneda\n"
                     " A 1 ,1,CLP\n"
                     ",2,CLP\n"
                     "  ,3,CLP\n"
                     "0123456789012345678901234567890123456789012345678901234567890123,4,CLP\n"
                     "01234567890123456789012345678901234567890123456789012345678901234,5,CLP\n"
                     "ñññññññññññññññññññññññññññññññññññññññññññññññññññññññññññññññ,6,CLP\n"
                     "007,7,CLP\n",
                     &rules,
                     "2 A 1 CLP 1\n"
                     "3  CLP 2 E-ORDER-MISSING@3:1\n"
                     "4  CLP 3 E-ORDER-MISSING@4:1\n"
                     "5 0123456789012345678901234567890123456789012345678901234567890123 CLP 4\n"
                     "6 01234567890123456789012345678901234567890123456789012345678901234 CLP 5 "
                     "E-ORDER-LENGTH@6:1\n"
                     "7 ñññññññññññññññññññññññññññññññññññññññññññññññññññññññññññññññ CLP 6\n"
                     "8 007 CLP 7\n");
}

/* One row, all of it wrong: everything is said at once, from left to right. */
static void all_problems_are_found_in_one_pass(void **state) {
        const OrderRules rules = sheet_rules();

        (void) state;
        ASSERT_SHEET("monto,moneda,rut,email,expira,vence,folio,success_url,metadata.order,accion\n"
                     "1e5,clp,1-1,x,2020-01-01,hoy,,ftp://a,1,borrar\n",
                     &rules,
                     "2  XXX 0 E-AMOUNT-FORMAT@2:1 E-CURRENCY@2:2 E-RUT@2:3 E-EMAIL@2:4 "
                     "E-EXPIRES-PAST@2:5 E-DATE@2:6 E-ORDER-MISSING@2:7 E-URL@2:8 "
                     "E-URL-PAIR@2:8 E-METADATA-RESERVED@2:9 E-ACTION@2:10\n");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(columns_take_what_they_should),
                cmocka_unit_test(every_field_has_one_name),
                cmocka_unit_test(expiry_is_a_day_in_v1),
                cmocka_unit_test(today_is_a_day_of_the_profile),
                cmocka_unit_test(expiry_is_an_instant_in_v2),
                cmocka_unit_test(sending_begins_with_the_day),
                cmocka_unit_test(tax_ids_in_json_are_normalised),
                cmocka_unit_test(urls_are_whole_and_secure),
                cmocka_unit_test(references_are_whole_texts),
                cmocka_unit_test(all_problems_are_found_in_one_pass),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
