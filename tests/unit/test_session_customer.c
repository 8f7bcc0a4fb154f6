/* The body without the customer, for a payer whom the provider knows already. */
#include "tests/unit/session_fixture.h"

#include "jobs/session/session_customer.h"

static void assert_without_customer(const Fixture *fixture, const char *body) {
        AUTO_BUFFER text = BUFFER_EMPTY;

        assert_int_equal(session_request_append_without_customer(&text, &fixture->order,
                                                                 &fixture->rules, KEY, NOW),
                         0);
        assert_string_equal(text.data, body);
}

static void test_without_customer_the_tax_id_is_kept(void **state) {
        Fixture *fixture = *state;
        Text *text = fixture->order.text;

        fixture->rules.api = API_V2;
        text[FIELD_CUSTOMER_NAME] = TEXT("Ana");
        text[FIELD_CUSTOMER_EMAIL_ADDRESS] = TEXT("ana@example.cl");
        text[FIELD_CUSTOMER_TAX_ID_TYPE] = TEXT("cl_rut");
        text[FIELD_CUSTOMER_TAX_ID_VALUE] = TEXT("111111111");
        assert_without_customer(fixture, "{\"amount\":45990,\"currency\":\"CLP\","
                                         "\"customer_email\":\"ana@example.cl\"," META(
                                                 ",\"rut\":\"111111111\"") "}");
        /* the row's own words go before ours */
        text[FIELD_CUSTOMER_EMAIL] = TEXT("pagos@example.cl");
        add_entry(fixture, FIELD_METADATA_KEY, "rut", "11.111.111-1");
        assert_without_customer(fixture, "{\"amount\":45990,\"currency\":\"CLP\","
                                         "\"customer_email\":\"pagos@example.cl\"," META(
                                                 ",\"rut\":\"11.111.111-1\"") "}");
}

static void test_without_customer_a_rfc_is_kept(void **state) {
        Fixture *fixture = *state;
        Text *text = fixture->order.text;

        fixture->rules.api = API_V2;
        fixture->rules.rfc_type = "mx_rfc";
        fixture->order.currency = CURRENCY_MXN;
        text[FIELD_CUSTOMER_TAX_ID_TYPE] = TEXT("rfc");
        text[FIELD_CUSTOMER_TAX_ID_VALUE] = TEXT("XAXX010101000");
        assert_without_customer(fixture, "{\"amount\":45990,\"currency\":\"MXN\"," META(
                                                 ",\"rfc\":\"XAXX010101000\"") "}");
        fixture->rules.rfc_type = NULL; /* then it stands there in any case */
        assert_without_customer(fixture, "{\"amount\":45990,\"currency\":\"MXN\"," META(
                                                 ",\"rfc\":\"XAXX010101000\"") "}");
}

static void test_without_customer_of_a_cell(void **state) {
        Fixture *fixture = *state;

        fixture->rules.api = API_V2;
        set_json(
                fixture, FIELD_CUSTOMER,
                "{\"email\":\"eva@example.cl\",\"tax_id\":{\"type\":\"pe_ruc\",\"value\":\"20\"}}");
        assert_without_customer(
                fixture, "{\"amount\":45990,\"currency\":\"CLP\","
                         "\"customer_email\":\"eva@example.cl\"," META(",\"tax_id\":\"20\"") "}");
}

/* The provider takes 50 keys. */
static void test_without_customer_no_key_too_many(void **state) {
        Fixture *fixture = *state;
        AUTO_BUFFER text = BUFFER_EMPTY;
        json_t *metadata = json_object();

        fixture->rules.api = API_V2;
        for (int i = 0; i < 48; i++) {
                char name[16];

                (void) snprintf(name, sizeof(name), "k%d", i);
                assert_int_equal(json_object_set_new(metadata, name, json_integer(i)), 0);
        }
        fixture->order.json[FIELD_METADATA] = metadata;
        fixture->order.text[FIELD_CUSTOMER_TAX_ID_TYPE] = TEXT("cl_rut");
        fixture->order.text[FIELD_CUSTOMER_TAX_ID_VALUE] = TEXT("111111111");
        assert_int_equal(session_request_append_without_customer(&text, &fixture->order,
                                                                 &fixture->rules, KEY, NOW),
                         0);
        assert_non_null(strstr(text.data, "\"k47\":47"));
        assert_null(strstr(text.data, "rut"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_without_customer_the_tax_id_is_kept),
                TEST(test_without_customer_a_rfc_is_kept),
                TEST(test_without_customer_of_a_cell),
                TEST(test_without_customer_no_key_too_many),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
