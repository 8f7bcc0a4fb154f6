/* The digest by which the same order is known again: what the row says, however it says it. */
#include "jobs/base/digest.h"

#include "tests/unit/order_sheet.h"

typedef struct Content {
        uint8_t bytes[ORDER_CONTENT_SIZE];
} Content;

/* The content of the first order of a file. */
static Content content_of(const char *bytes, const OrderRules *rules) {
        Sheet sheet = { bytes, strlen(bytes), 0 };
        CLEANUP(order_file_free_p) OrderFile *file = sheet_open(&sheet, rules);
        CLEANUP(digest_free_p) Digest *digest = NULL;
        Content content, again;
        const Order *order;

        assert_int_equal(order_file_next(file, &order), 1);
        assert_int_equal(order_content(order, content.bytes), 0);
        assert_int_equal(digest_new(&digest), 0);
        assert_int_equal(order_content_with(digest, order, again.bytes), 0);
        assert_memory_equal(&content, &again, sizeof(content));
        return content;
}

static void assert_same(const char *a, const char *b, bool same) {
        const OrderRules rules = sheet_rules();
        Content x = content_of(a, &rules), y = content_of(b, &rules);

        if ((memcmp(&x, &y, sizeof(x)) == 0) != same)
                print_message("%s\n%s\n", a, b);
        assert_int_equal(memcmp(&x, &y, sizeof(x)) == 0, same);
}

#define PLAIN "folio,monto,moneda,metadata.a,metadata.b,rut,nota\nA-1,5,CLP,x,y,12.345.678-5,z\n"

static void the_same_order_has_the_same_content(void **state) {
        (void) state;
        assert_same(PLAIN, PLAIN, true);
        /* other columns in another order, other notation, notes that are not sent */
        assert_same(PLAIN,
                    "rut;metadata.b;metadata.a;Moneda;Total;Order ID;otra\n"
                    "\"12345678-5\"; y;x ;CLP;5;A-1;\n",
                    true);
        assert_same(PLAIN,
                    "folio,monto,moneda,metadata.a,metadata.b,customer.tax_id.type,"
                    "customer.tax_id.value,email\nA-1,5,CLP,x,y,cl_rut,123456785,\n",
                    true);
        assert_same("folio,moneda,monto,metadata\nA,CLP,1,\"{\"\"a\"\": 1, \"\"b\"\":[]}\"\n",
                    "folio,moneda,monto,metadata\nA,CLP,1,\"{\"\"b\"\":[],\"\"a\"\":1}\"\n", true);
        assert_same("folio,moneda,item.name,item.unit_amount,item.quantity\nA,CLP,x,5,1\n",
                    "folio,moneda,line_items\nA,CLP,\"[{\"\"quantity\"\":1,\"\"price_data\"\":"
                    "{\"\"unit_amount\"\":5,\"\"product_data\"\":{\"\"name\"\":\"\"x\"\"}}}]\"\n",
                    true);
}

static void another_order_has_another_content(void **state) {
        static const char *const others[] = {
                "folio,monto,moneda,metadata.a,metadata.b,rut\nA-2,5,CLP,x,y,12.345.678-5\n",
                "folio,monto,moneda,metadata.a,metadata.b,rut\nA-1,6,CLP,x,y,12.345.678-5\n",
                "folio,monto,moneda,metadata.a,metadata.b,rut\nA-1,5,CLP,y,x,12.345.678-5\n",
                "folio,monto,moneda,metadata.a,metadata.b,rut\nA-1,5,CLP,xy,,12.345.678-5\n",
                "folio,monto,moneda,metadata.a,metadata.c,rut\nA-1,5,CLP,x,y,12.345.678-5\n",
                "folio,monto,moneda,metadata.a,metadata.b,rut\nA-1,5,CLP,x,y,76.086.428-5\n",
                "folio,monto,moneda,metadata.a,metadata.b,rut,nombre\nA-1,5,CLP,x,y,12.345.678-5,z\n",
                "folio,monto,metadata.a,metadata.b,rut\nA-1,5,x,y,12.345.678-5\n",
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(others); i++)
                assert_same(PLAIN, others[i], false);
        /* the same texts in other columns */
        assert_same("folio,moneda,monto,nombre\nA,CLP,1,x\n",
                    "folio,moneda,monto,customer.metadata.nombre\nA,CLP,1,x\n", false);
}

/* A new default of the profile makes no new order of an old row. */
static void defaults_are_not_in_it(void **state) {
        static const char bytes[] = "folio,monto,vence\nA-1,5,2026-12-01\n";
        OrderRules rules = sheet_rules(), other = sheet_rules();
        Content a, b;

        (void) state;
        other.currency = CURRENCY_CLP;
        other.api = API_V2;
        other.success_url = "https://a.cl";
        other.payment_method_types = "card";
        rules.currency = CURRENCY_CLP;
        a = content_of(bytes, &rules);
        b = content_of(bytes, &other);
        assert_memory_equal(&a, &b, sizeof(a));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_same_order_has_the_same_content),
                cmocka_unit_test(another_order_has_another_content),
                cmocka_unit_test(defaults_are_not_in_it),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
