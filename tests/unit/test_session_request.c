/* Request bodies: exact, in both API generations. */
#include "tests/unit/session_fixture.h"

#include <errno.h>
#include <string.h>

static void assert_body(const Fixture *fixture, const char *body) {
        AUTO_BUFFER first = BUFFER_EMPTY;
        AUTO_BUFFER second = BUFFER_EMPTY;

        assert_int_equal(session_request_append(&first, &fixture->order, &fixture->rules, KEY, NOW),
                         0);
        assert_string_equal(first.data, body);
        assert_int_equal(
                session_request_append(&second, &fixture->order, &fixture->rules, KEY, NOW), 0);
        assert_string_equal(second.data, body);
}

static void test_paths(void **state) {
        (void) state;
        assert_string_equal(session_request_path(API_V1), "/v1/checkout_sessions");
        assert_string_equal(session_request_path(API_V2), "/v2/checkout_sessions");
}

static void test_the_least(void **state) {
        Fixture *fixture = *state;

        assert_body(fixture, "{\"amount\":45990,\"currency\":\"CLP\"," META("") "}");
        fixture->rules.api = API_V2;
        fixture->order.currency = CURRENCY_MXN;
        assert_body(fixture, "{\"amount\":45990,\"currency\":\"MXN\"," META("") "}");
}

/* Every field of the reference in seed/, as the v1 page has it. */
static void test_everything_in_v1(void **state) {
        Fixture *fixture = *state;
        Text *text = fixture->order.text;

        text[FIELD_FLOW] = TEXT("payment");
        text[FIELD_CUSTOMER_EMAIL] = TEXT("ana@example.cl");
        text[FIELD_EXPIRES_AT] = TEXT("2026-12-24");
        fixture->order.expires_date = (CivilDate){ 2026, 12, 24 };
        text[FIELD_SUCCESS_URL] = TEXT("https://shop.example.cl/ok");
        text[FIELD_CANCEL_URL] = TEXT("https://shop.example.cl/back");
        text[FIELD_CUSTOMER_NAME] = TEXT("Ana \"Nana\" N\xc3\xba\xc3\xb1"
                                         "ez");
        text[FIELD_CUSTOMER_EMAIL_ADDRESS] = TEXT("ana@example.cl");
        text[FIELD_CUSTOMER_TAX_ID_TYPE] = TEXT("cl_rut");
        text[FIELD_CUSTOMER_TAX_ID_VALUE] = TEXT("12345670K");
        add_entry(fixture, FIELD_METADATA_KEY, "sucursal", "Maip\xc3\xba");
        add_entry(fixture, FIELD_CUSTOMER_METADATA_KEY, "segmento", "pyme");
        add_entry(fixture, FIELD_METADATA_KEY, "empty", "");
        add_entry(fixture, FIELD_PAYMENT_METHOD_OPTIONS_ENTRY,
                  "bank_transfer.sender_account.institution_id.value", "cl_banco_estado");
        add_entry(fixture, FIELD_PAYMENT_METHOD_OPTIONS_ENTRY,
                  "bank_transfer.sender_account.holder_id.editable", "false");
        text[FIELD_PAYMENT_METHOD_TYPES] = TEXT("bank_transfer card");
        text[FIELD_BUSINESS_PROFILE_CATEGORY] = TEXT("009613");
        text[FIELD_BUSINESS_PROFILE_NAME] = TEXT("Tienda Uno");
        text[FIELD_BUSINESS_PROFILE_TAX_ID] = TEXT("761234567");
        text[FIELD_DUE_DATE] = TEXT("2026-12-01"); /* ours alone */
        fixture->order.due_date = (CivilDate){ 2026, 12, 1 };
        fixture->order.send_at = NOW;

        assert_body(
                fixture,
                "{\"amount\":45990,\"currency\":\"CLP\",\"flow\":\"payment\","
                "\"customer_email\":\"ana@example.cl\",\"expires_at\":\"2026-12-24\"," META(
                        ",\"sucursal\":\"Maip\xc3\xba\"") ","
                                                          "\"success_url\":\"https://shop.example.cl/ok\","
                                                          "\"cancel_url\":\"https://shop.example.cl/back\","
                                                          "\"customer\":{\"name\":\"Ana \\\"Nana\\\" N\xc3\xba\xc3\xb1"
                                                          "ez\","
                                                          "\"email\":\"ana@example.cl\","
                                                          "\"tax_id\":{\"type\":\"cl_rut\",\"value\":\"12345670K\"},"
                                                          "\"metadata\":{\"segmento\":\"pyme\"}},"
                                                          "\"payment_method_types\":[\"bank_transfer\",\"card\"],"
                                                          "\"payment_method_options\":{\"bank_transfer\":{\"sender_account\":{"
                                                          "\"institution_id\":{\"value\":\"cl_banco_estado\"},"
                                                          "\"holder_id\":{\"editable\":false}}}},"
                                                          "\"business_profile\":{\"category\":\"009613\",\"name\":\"Tienda Uno\","
                                                          "\"tax_id\":\"761234567\"}}");
}

static void test_v2_says_customer_data_and_an_instant(void **state) {
        Fixture *fixture = *state;
        Text *text = fixture->order.text;

        fixture->rules.api = API_V2;
        text[FIELD_EXPIRES_AT] = TEXT("2026-12-24");
        fixture->order.expires_date = (CivilDate){ 2026, 12, 24 };
        fixture->order.expires_at = NOW + 20 * DAY;
        text[FIELD_CUSTOMER_NAME] = TEXT("Luis");
        text[FIELD_CUSTOMER_EMAIL_ADDRESS] = TEXT("luis@example.mx");
        assert_body(
                fixture,
                "{\"amount\":45990,\"currency\":\"CLP\","
                "\"expires_at\":\"2026-12-21T15:00:00Z\"," META(
                        "") ","
                            "\"customer_data\":{\"name\":\"Luis\",\"email\":\"luis@example.mx\"}}");
}

static void test_v2_one_address_serves_for_both(void **state) {
        Fixture *fixture = *state;
        Text *text = fixture->order.text;

        fixture->rules.api = API_V2;
        text[FIELD_CUSTOMER_EMAIL] = TEXT("ana@example.cl");
        assert_body(fixture, "{\"amount\":45990,\"currency\":\"CLP\","
                             "\"customer_email\":\"ana@example.cl\"," META("") "}");
        text[FIELD_CUSTOMER_NAME] = TEXT("Ana");
        assert_body(
                fixture,
                "{\"amount\":45990,\"currency\":\"CLP\","
                "\"customer_email\":\"ana@example.cl\"," META(
                        "") ","
                            "\"customer_data\":{\"name\":\"Ana\",\"email\":\"ana@example.cl\"}}");
        text[FIELD_CUSTOMER_TAX_ID_TYPE] = TEXT("cl_rut");
        text[FIELD_CUSTOMER_TAX_ID_VALUE] = TEXT("123456785");
        assert_body(fixture, "{\"amount\":45990,\"currency\":\"CLP\","
                             "\"customer_email\":\"ana@example.cl\"," META(
                                     "") ","
                                         "\"customer_data\":{\"name\":\"Ana\",\"tax_id\":{"
                                         "\"type\":\"cl_rut\",\"value\":\"123456785\"}}}");
        fixture->rules.api = API_V1;
        text[FIELD_CUSTOMER_TAX_ID_VALUE] = TEXT_NONE;
        text[FIELD_CUSTOMER_TAX_ID_TYPE] = TEXT_NONE;
        assert_body(fixture, "{\"amount\":45990,\"currency\":\"CLP\","
                             "\"customer_email\":\"ana@example.cl\"," META(
                                     "") ","
                                         "\"customer\":{\"name\":\"Ana\"}}");
}

static void test_v2_customer_by_id(void **state) {
        Fixture *fixture = *state;

        fixture->rules.api = API_V2;
        fixture->order.text[FIELD_CUSTOMER] = TEXT("cus_Ab12");
        assert_body(fixture, "{\"amount\":45990,\"currency\":\"CLP\"," META(
                                     "") ","
                                         "\"customer\":\"cus_Ab12\"}");
}

static void test_columns_add_to_a_json_cell(void **state) {
        Fixture *fixture = *state;
        Text *text = fixture->order.text;

        text[FIELD_CUSTOMER] = TEXT("{...}"); /* as it was written */
        set_json(fixture, FIELD_CUSTOMER,
                 "{\"email\":\"a@b.cl\",\"metadata\":{\"x\":1},\"phone\":\"+56911112222\"}");
        text[FIELD_CUSTOMER_NAME] = TEXT("Ana");
        text[FIELD_CUSTOMER_EMAIL_ADDRESS] = TEXT("other@b.cl");
        add_entry(fixture, FIELD_CUSTOMER_METADATA_KEY, "y", "2");
        set_json(fixture, FIELD_METADATA,
                 "{\"n\":12.5,\"big\":9007199254740993,\"ok\":true,\"order\":\"forged\"}");
        add_entry(fixture, FIELD_METADATA_KEY, "checkoutd", "forged");
        set_json(fixture, FIELD_PAYMENT_METHOD_OPTIONS, "{\"bank_transfer\":{\"a\":{\"b\":1}}}");
        add_entry(fixture, FIELD_PAYMENT_METHOD_OPTIONS_ENTRY, "bank_transfer.a.c", "true");
        set_json(fixture, FIELD_BUSINESS_PROFILE, "{\"name\":\"Uno\"}");
        text[FIELD_BUSINESS_PROFILE_CATEGORY] = TEXT("000001");

        assert_body(
                fixture,
                "{\"amount\":45990,\"currency\":\"CLP\"," META(
                        ",\"n\":12.5,\"big\":9007199254740993,\"ok\":true") ","
                                                                            "\"customer\":{\"email\":\"a@b.cl\",\"metadata\":{\"x\":1,\"y\":\"2\"},"
                                                                            "\"phone\":\"+56911112222\",\"name\":\"Ana\"},"
                                                                            "\"payment_method_options\":{\"bank_transfer\":{\"a\":{\"b\":1,\"c\":true}}},"
                                                                            "\"business_profile\":{\"name\":\"Uno\",\"category\":\"000001\"}}");
        /* the cells belong to the reader and stay as they were */
        assert_int_equal(json_object_size(fixture->order.json[FIELD_CUSTOMER]), 3);
        assert_int_equal(
                json_object_size(json_object_get(fixture->order.json[FIELD_CUSTOMER], "metadata")),
                1);
}

static void test_numbers_keep_their_value(void **state) {
        Fixture *fixture = *state;

        set_json(fixture, FIELD_METADATA, "{\"a\":0.1,\"b\":1e-7,\"c\":1234567.89}");
        assert_body(fixture, "{\"amount\":45990,\"currency\":\"CLP\"," META(
                                     ",\"a\":0.1,\"b\":1e-7,\"c\":1234567.89") "}");
        json_decref(fixture->order.json[FIELD_METADATA]);
        set_json(fixture, FIELD_METADATA, "{\"a\":0.30000000000000004}");
        assert_body(fixture, "{\"amount\":45990,\"currency\":\"CLP\"," META(
                                     ",\"a\":0.30000000000000004") "}");
}

static void test_what_cannot_stand_together(void **state) {
        Fixture *fixture = *state;
        AUTO_BUFFER body = BUFFER_EMPTY;

        add_entry(fixture, FIELD_PAYMENT_METHOD_OPTIONS_ENTRY, "bank_transfer", "x");
        add_entry(fixture, FIELD_PAYMENT_METHOD_OPTIONS_ENTRY, "bank_transfer.a", "y");
        assert_int_equal(buffer_append_string(&body, "kept"), 0);
        assert_int_equal(session_request_append(&body, &fixture->order, &fixture->rules, KEY, NOW),
                         -EINVAL);
        assert_string_equal(body.data, "kept");
}

static void test_rfc(void **state) {
        Fixture *fixture = *state;

        fixture->order.text[FIELD_CUSTOMER_NAME] = TEXT("Luis");
        fixture->order.text[FIELD_CUSTOMER_TAX_ID_TYPE] = TEXT("rfc");
        fixture->order.text[FIELD_CUSTOMER_TAX_ID_VALUE] = TEXT("XAXX010101000");
        assert_body(fixture,
                    "{\"amount\":45990,\"currency\":\"CLP\"," META(
                            ",\"rfc\":\"XAXX010101000\"") ","
                                                          "\"customer\":{\"name\":\"Luis\"}}");
        fixture->order.text[FIELD_CUSTOMER_NAME] = TEXT_NONE;
        assert_body(fixture, "{\"amount\":45990,\"currency\":\"CLP\"," META(
                                     ",\"rfc\":\"XAXX010101000\"") "}");
        fixture->rules.rfc_type = "mx_rfc";
        assert_body(fixture, "{\"amount\":45990,\"currency\":\"CLP\"," META(
                                     "") ","
                                         "\"customer\":{\"tax_id\":{\"type\":\"mx_rfc\","
                                         "\"value\":\"XAXX010101000\"}}}");
}

static void test_rfc_in_a_json_cell(void **state) {
        Fixture *fixture = *state;

        set_json(fixture, FIELD_CUSTOMER,
                 "{\"name\":\"Luis\",\"tax_id\":{\"type\":\"rfc\",\"value\":\"XAXX010101000\"}}");
        assert_body(fixture,
                    "{\"amount\":45990,\"currency\":\"CLP\"," META(
                            ",\"rfc\":\"XAXX010101000\"") ","
                                                          "\"customer\":{\"name\":\"Luis\"}}");
        fixture->rules.rfc_type = "mx_rfc";
        assert_body(fixture,
                    "{\"amount\":45990,\"currency\":\"CLP\"," META(
                            "") ","
                                "\"customer\":{\"name\":\"Luis\",\"tax_id\":{\"type\":\"mx_rfc\","
                                "\"value\":\"XAXX010101000\"}}}");
}

static void test_defaults_of_the_profile(void **state) {
        Fixture *fixture = *state;

        fixture->rules.success_url = "https://p.example/ok";
        fixture->rules.cancel_url = "https://p.example/no";
        fixture->rules.payment_method_types = "bank_transfer|card";
        assert_body(fixture, "{\"amount\":45990,\"currency\":\"CLP\"," META(
                                     "") ","
                                         "\"success_url\":\"https://p.example/ok\","
                                         "\"cancel_url\":\"https://p.example/no\","
                                         "\"payment_method_types\":[\"bank_transfer\",\"card\"]}");

        fixture->order.text[FIELD_SUCCESS_URL] = TEXT("https://row.example/ok");
        fixture->order.text[FIELD_CANCEL_URL] = TEXT("https://row.example/no");
        fixture->order.text[FIELD_PAYMENT_METHOD_TYPES] = TEXT("card");
        assert_body(fixture, "{\"amount\":45990,\"currency\":\"CLP\"," META(
                                     "") ","
                                         "\"success_url\":\"https://row.example/ok\","
                                         "\"cancel_url\":\"https://row.example/no\","
                                         "\"payment_method_types\":[\"card\"]}");
}

static void test_expiry_counts_from_sending(void **state) {
        Fixture *fixture = *state;
        AUTO_BUFFER body = BUFFER_EMPTY;

        /* 15:00Z is noon in Santiago: 13 hours on it is already the next day there */
        fixture->rules.expires_in = 12 * HOUR - SECOND;
        assert_body(fixture, "{\"amount\":45990,\"currency\":\"CLP\","
                             "\"expires_at\":\"2026-12-01\"," META("") "}");
        fixture->rules.expires_in = 13 * HOUR;
        assert_body(fixture, "{\"amount\":45990,\"currency\":\"CLP\","
                             "\"expires_at\":\"2026-12-02\"," META("") "}");
        fixture->rules.timezone = "America/Nowhere";
        assert_int_equal(session_request_append(&body, &fixture->order, &fixture->rules, KEY, NOW),
                         -ENOENT);
        fixture->rules.timezone = "UTC";
        assert_body(fixture, "{\"amount\":45990,\"currency\":\"CLP\","
                             "\"expires_at\":\"2026-12-02\"," META("") "}");
        fixture->rules.api = API_V2;
        fixture->rules.expires_in = 3 * DAY + 999999;
        assert_body(fixture, "{\"amount\":45990,\"currency\":\"CLP\","
                             "\"expires_at\":\"2026-12-04T15:00:00Z\"," META("") "}");
        /* the row's own wins */
        fixture->order.expires_at = NOW + HOUR;
        assert_body(fixture, "{\"amount\":45990,\"currency\":\"CLP\","
                             "\"expires_at\":\"2026-12-01T16:00:00Z\"," META("") "}");
}

static void test_line_items_instead_of_an_amount(void **state) {
        Fixture *fixture = *state;

        fixture->order.currency = CURRENCY_MXN;
        fixture->order.amount = 35100;
        fixture->items[0] =
                (OrderItem){ .name = TEXT("Cuaderno A5"), .unit_amount = 12550, .quantity = 2 };
        fixture->items[1] = (OrderItem){ .name = TEXT("L\xc3\xa1piz"),
                                         .image_url = TEXT("https://i.example/l.png"),
                                         .unit_amount = 10000,
                                         .quantity = 1 };
        fixture->order.n_items = 2;
        assert_body(fixture,
                    "{\"currency\":\"MXN\"," META(
                            "") ",\"line_items\":["
                                "{\"price_data\":{\"currency\":\"MXN\",\"unit_amount\":12550,"
                                "\"product_data\":{\"name\":\"Cuaderno A5\"}},\"quantity\":2},"
                                "{\"price_data\":{\"currency\":\"MXN\",\"unit_amount\":10000,"
                                "\"product_data\":{\"name\":\"L\xc3\xa1piz\","
                                "\"image_url\":\"https://i.example/l.png\"}},\"quantity\":1}]}");
}

static void test_appends(void **state) {
        Fixture *fixture = *state;
        AUTO_BUFFER body = BUFFER_EMPTY;

        assert_int_equal(buffer_append_string(&body, "before"), 0);
        assert_int_equal(session_request_append(&body, &fixture->order, &fixture->rules, KEY, NOW),
                         0);
        assert_memory_equal(body.data, "before{\"amount\"", 15);
        assert_int_equal(strlen(body.data), body.size);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_paths),
                TEST(test_the_least),
                TEST(test_everything_in_v1),
                TEST(test_v2_says_customer_data_and_an_instant),
                TEST(test_v2_one_address_serves_for_both),
                TEST(test_v2_customer_by_id),
                TEST(test_columns_add_to_a_json_cell),
                TEST(test_numbers_keep_their_value),
                TEST(test_what_cannot_stand_together),
                TEST(test_rfc),
                TEST(test_rfc_in_a_json_cell),
                TEST(test_defaults_of_the_profile),
                TEST(test_expiry_counts_from_sending),
                TEST(test_line_items_instead_of_an_amount),
                TEST(test_appends),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
