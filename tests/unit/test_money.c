#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "jobs/base/cleanup.h"
#include "jobs/base/money.h"

static void test_as_people_write_it(void **state) {
        static const struct {
                int64_t amount;
                Currency currency;
                const char *text;
        } cases[] = {
                { 45120300, CURRENCY_CLP, "CLP 45.120.300" },
                { 3500000, CURRENCY_MXN, "MXN 35,000.00" },
                { 0, CURRENCY_CLP, "CLP 0" },
                { 999, CURRENCY_CLP, "CLP 999" },
                { 1000, CURRENCY_CLP, "CLP 1.000" },
                { -1000, CURRENCY_CLP, "CLP -1.000" },
                { 0, CURRENCY_MXN, "MXN 0.00" },
                { 5, CURRENCY_MXN, "MXN 0.05" },
                { 99999, CURRENCY_MXN, "MXN 999.99" },
                { 100000, CURRENCY_MXN, "MXN 1,000.00" },
                { -5, CURRENCY_MXN, "MXN -0.05" },
                { 0, CURRENCY_XXX, "XXX 0" },
                { INT64_MAX, CURRENCY_CLP, "CLP 9.223.372.036.854.775.807" },
                { INT64_MIN, CURRENCY_MXN, "MXN -92,233,720,368,547,758.08" },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                AUTO_BUFFER buffer = BUFFER_EMPTY;

                assert_int_equal(money_append(&buffer, cases[i].amount, cases[i].currency), 0);
                assert_string_equal(buffer.data, cases[i].text);
        }
}

static void test_currencies_are_read_exactly(void **state) {
        static const char *const wrong[] = { "", "clp", "Clp", "CL", "CLPX", " CLP", "USD", "XXX" };
        Currency currency = CURRENCY_XXX;

        (void) state;
        assert_true(currency_parse(TEXT("CLP"), &currency));
        assert_int_equal(currency, CURRENCY_CLP);
        assert_true(currency_parse(TEXT("MXN"), &currency));
        assert_int_equal(currency, CURRENCY_MXN);
        for (size_t i = 0; i < ELEMENTS(wrong); i++)
                assert_false(currency_parse(text_of(wrong[i]), &currency));
        assert_int_equal(currency, CURRENCY_MXN); /* left alone */
}

static void test_sums_stop_at_the_ends(void **state) {
        (void) state;
        assert_int_equal(money_add(45120300, -300), 45120000);
        assert_int_equal(money_add(INT64_MAX - 1, 1), INT64_MAX);
        assert_int_equal(money_add(INT64_MAX, 1), INT64_MAX);
        assert_int_equal(money_add(1, INT64_MAX), INT64_MAX);
        assert_int_equal(money_add(INT64_MIN, -1), INT64_MIN);
        assert_int_equal(money_add(INT64_MIN, INT64_MIN), INT64_MIN);
        assert_int_equal(money_add(INT64_MIN, INT64_MAX), -1);
}

static void test_names_and_decimals(void **state) {
        (void) state;
        assert_string_equal(currency_name(CURRENCY_XXX), "XXX");
        assert_string_equal(currency_name(CURRENCY_CLP), "CLP");
        assert_string_equal(currency_name(CURRENCY_MXN), "MXN");
        assert_int_equal(currency_decimals(CURRENCY_CLP), 0);
        assert_int_equal(currency_decimals(CURRENCY_MXN), 2);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_as_people_write_it),
                cmocka_unit_test(test_currencies_are_read_exactly),
                cmocka_unit_test(test_sums_stop_at_the_ends),
                cmocka_unit_test(test_names_and_decimals),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
