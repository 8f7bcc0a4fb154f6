/* Amounts: exact integers, and never a guess. */
#include "jobs/order/order_amount.h"

#include "tests/unit/order_sheet.h"

typedef struct Case {
        const char *text;
        Currency currency;
        ProblemCode code;
        int64_t amount;
} Case;

static void assert_cases(const Case *cases, size_t n, const OrderRules *rules) {
        for (size_t i = 0; i < n; i++) {
                int64_t amount = -1;
                ProblemCode code = order_amount_read(text_of(cases[i].text), cases[i].currency,
                                                     rules, &amount);

                if (code != cases[i].code)
                        print_message("\"%s\": %s\n", cases[i].text,
                                      code ? problem_name(code) : "read");
                assert_int_equal(code, cases[i].code);
                assert_int_equal(amount, code == PROBLEM_NONE ? cases[i].amount : -1);
        }
}

#define CLP CURRENCY_CLP
#define MXN CURRENCY_MXN

static void the_smallest_unit_is_digits_and_nothing_else(void **state) {
        static const Case cases[] = {
                { "1", CLP, PROBLEM_NONE, 1 },
                { "6999999", CLP, PROBLEM_NONE, 6999999 },
                { "350000", MXN, PROBLEM_NONE, 350000 },
                { "0", CLP, PROBLEM_NONE, 0 }, /* the range is another rule */
                { "9223372036854775807", CLP, PROBLEM_NONE, INT64_MAX },
                { "9223372036854775808", CLP, PROBLEM_AMOUNT_RANGE, 0 },
                { "123456789012345678901234567890", CLP, PROBLEM_AMOUNT_RANGE, 0 },
                { "", CLP, PROBLEM_AMOUNT_FORMAT, 0 },
                { "007", CLP, PROBLEM_AMOUNT_FORMAT, 0 },
                { "00", CLP, PROBLEM_AMOUNT_FORMAT, 0 },
                { "-5", CLP, PROBLEM_AMOUNT_FORMAT, 0 },
                { "+5", CLP, PROBLEM_AMOUNT_FORMAT, 0 },
                { "1e5", CLP, PROBLEM_AMOUNT_FORMAT, 0 },
                { "1,23E+11", CLP, PROBLEM_AMOUNT_FORMAT, 0 },
                { " 1000 ", CLP, PROBLEM_AMOUNT_FORMAT, 0 },
                { "1 000", CLP, PROBLEM_AMOUNT_FORMAT, 0 },
                { "1\xc2\xa0"
                  "000",
                  CLP, PROBLEM_AMOUNT_FORMAT, 0 },
                { "१२", CLP, PROBLEM_AMOUNT_FORMAT, 0 },
                { "１２", CLP, PROBLEM_AMOUNT_FORMAT, 0 },
                { "$100", CLP, PROBLEM_AMOUNT_FORMAT, 0 },
                { "0x10", CLP, PROBLEM_AMOUNT_FORMAT, 0 },
                { "NaN", CLP, PROBLEM_AMOUNT_FORMAT, 0 },
                { "12a", CLP, PROBLEM_AMOUNT_FORMAT, 0 },
                { "3.500", CLP, PROBLEM_AMOUNT_NOTATION, 0 },
                { "3,500.00", MXN, PROBLEM_AMOUNT_NOTATION, 0 },
                { "3500.", CLP, PROBLEM_AMOUNT_FORMAT, 0 },
                { ".5", CLP, PROBLEM_AMOUNT_FORMAT, 0 },
        };
        OrderRules rules = sheet_rules();

        (void) state;
        rules.amount_format = AMOUNT_FORMAT_MINOR;
        assert_cases(cases, ELEMENTS(cases), &rules);
}

static void without_a_setting_only_pesos_of_chile_are_clear(void **state) {
        static const Case cases[] = {
                { "1000", CLP, PROBLEM_NONE, 1000 },
                { "3.500", CLP, PROBLEM_AMOUNT_NOTATION, 0 },
                { "1000", MXN, PROBLEM_AMOUNT_FORMAT_UNSET, 0 },
                { "10.00", MXN, PROBLEM_AMOUNT_FORMAT_UNSET, 0 },
        };
        const OrderRules rules = sheet_rules();

        (void) state;
        assert_cases(cases, ELEMENTS(cases), &rules);
}

static void notation_of_chile(void **state) {
        static const Case cases[] = {
                { "3500", CLP, PROBLEM_NONE, 3500 },
                { "3.500", CLP, PROBLEM_NONE, 3500 },
                { "$ 3.500", CLP, PROBLEM_NONE, 3500 },
                { "$3.500 ", CLP, PROBLEM_NONE, 3500 },
                { "\xc2\xa0$\xc2\xa0"
                  "1.234.567\xe2\x80\xaf",
                  CLP, PROBLEM_NONE, 1234567 },
                { "12.34", CLP, PROBLEM_AMOUNT_MARKS, 0 },
                { "1234.567", CLP, PROBLEM_AMOUNT_MARKS, 0 },
                { "1.2345", CLP, PROBLEM_AMOUNT_MARKS, 0 },
                { "1..234", CLP, PROBLEM_AMOUNT_MARKS, 0 },
                { "3,500", CLP, PROBLEM_AMOUNT_MARKS, 0 },
                { "3,500.00", CLP, PROBLEM_AMOUNT_MARKS, 0 },
                { "3.500,50", CLP, PROBLEM_AMOUNT_DECIMALS, 0 },
                { "3.500,50", MXN, PROBLEM_NONE, 350050 },
                { "3500", MXN, PROBLEM_NONE, 350000 },
                { "0,50", MXN, PROBLEM_NONE, 50 },
                { "3,5", MXN, PROBLEM_AMOUNT_DECIMALS, 0 },
                { "3,", MXN, PROBLEM_AMOUNT_DECIMALS, 0 },
                { ",50", MXN, PROBLEM_AMOUNT_FORMAT, 0 },
                { "-3.500", CLP, PROBLEM_AMOUNT_FORMAT, 0 },
                { "(3.500)", CLP, PROBLEM_AMOUNT_FORMAT, 0 },
                { "3.500 CLP", CLP, PROBLEM_AMOUNT_FORMAT, 0 },
                { "3 500", CLP, PROBLEM_AMOUNT_FORMAT, 0 },
                { "0.500", CLP, PROBLEM_AMOUNT_FORMAT, 0 },
                { "$", CLP, PROBLEM_AMOUNT_FORMAT, 0 },
                { "92.233.720.368.547.758,08", MXN, PROBLEM_AMOUNT_RANGE, 0 },
                { "92233720368547758", MXN, PROBLEM_NONE, INT64_C(9223372036854775800) },
                { "92233720368547759", MXN, PROBLEM_AMOUNT_RANGE, 0 },
        };
        OrderRules rules = sheet_rules();

        (void) state;
        rules.amount_format = AMOUNT_FORMAT_DECIMAL;
        rules.decimal_mark = ',';
        rules.thousands_mark = '.';
        assert_cases(cases, ELEMENTS(cases), &rules);
}

static void notation_of_mexico_and_others(void **state) {
        static const Case mexico[] = {
                { "35,000.00", MXN, PROBLEM_NONE, 3500000 },
                { "$35,000", MXN, PROBLEM_NONE, 3500000 },
                { "35000.5", MXN, PROBLEM_AMOUNT_DECIMALS, 0 },
                { "35.000", MXN, PROBLEM_AMOUNT_MARKS, 0 },
                { "35.000,00", MXN, PROBLEM_AMOUNT_MARKS, 0 },
                { "3.500", CLP, PROBLEM_AMOUNT_MARKS, 0 },
        };
        static const Case blanks[] = {
                { "35 000,00", MXN, PROBLEM_NONE, 3500000 },
                { "35\xc2\xa0"
                  "000",
                  MXN, PROBLEM_NONE, 3500000 },
                { "35 00", MXN, PROBLEM_AMOUNT_MARKS, 0 },
        };
        static const Case none[] = {
                { "35000.00", MXN, PROBLEM_NONE, 3500000 },
                { "35,000.00", MXN, PROBLEM_AMOUNT_MARKS, 0 },
        };
        OrderRules rules = sheet_rules();

        (void) state;
        rules.amount_format = AMOUNT_FORMAT_DECIMAL;
        rules.decimal_mark = '.';
        rules.thousands_mark = ',';
        assert_cases(mexico, ELEMENTS(mexico), &rules);
        rules.thousands_mark = '\0';
        assert_cases(none, ELEMENTS(none), &rules);
        rules.decimal_mark = ',';
        rules.thousands_mark = ' ';
        assert_cases(blanks, ELEMENTS(blanks), &rules);
}

static void both_readings_are_shown(void **state) {
        static const struct {
                const char *text, *readings;
        } cases[] = {
                { "3.500", "3500 / 3.500" },
                { "3,500", "3500 / 3.500" },
                { "3,500.00", "3.50000 / 3500.00" },
                { "1.234.567", "1234567 / 1234.567" },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                char out[AMOUNT_READINGS_SIZE];
                Text readings = order_amount_readings(text_of(cases[i].text), out);

                if (!text_is(readings, cases[i].readings))
                        print_message("%.*s\n", TEXT_ARG(readings));
                assert_true(text_is(readings, cases[i].readings));
        }
}

static void amounts_have_a_range_by_currency(void **state) {
        OrderRules rules = sheet_rules();

        (void) state;
        rules.amount_format = AMOUNT_FORMAT_MINOR;
        rules.max_amount[CURRENCY_MXN] = 50;
        ASSERT_SHEET("folio,monto,moneda\n"
                     "A-1,0,CLP\n"
                     "A-2,1,CLP\n"
                     "A-3,6999999,CLP\n"
                     "A-4,7000000,CLP\n"
                     "A-5,50,MXN\n"
                     "A-6,51,MXN\n"
                     "A-7,,CLP\n"
                     "A-8, ,CLP\n"
                     "A-9, 9,CLP\n"
                     "A-10,10,USD\n"
                     "A-11,1x,clp\n",
                     &rules,
                     "2 A-1 CLP 0 E-AMOUNT-RANGE@2:2\n"
                     "3 A-2 CLP 1\n"
                     "4 A-3 CLP 6999999\n"
                     "5 A-4 CLP 7000000 E-AMOUNT-RANGE@5:2\n"
                     "6 A-5 MXN 50\n"
                     "7 A-6 MXN 51 E-AMOUNT-RANGE@7:2\n"
                     "8 A-7 CLP 0 E-AMOUNT-MISSING@8:2\n"
                     "9 A-8 CLP 0 E-AMOUNT-MISSING@9:2\n"
                     "10 A-9 CLP 0 E-AMOUNT-FORMAT@10:2\n"
                     "11 A-10 XXX 0 E-CURRENCY@11:3\n"
                     "12 A-11 XXX 0 E-AMOUNT-FORMAT@12:2 E-CURRENCY@12:3\n");
        rules.amount_format = AMOUNT_FORMAT_DECIMAL;
        rules.decimal_mark = ',';
        rules.thousands_mark = '.';
        rules.max_amount[CURRENCY_MXN] = 6999999;
        ASSERT_SHEET("folio;monto;moneda\n"
                     "A-1; $ 3.500 ;CLP\n"
                     "A-2;3.500,50;CLP\n"
                     "A-3;3.500,50;MXN\n"
                     "A-4;70.000;MXN\n"
                     "A-5;0,00;MXN\n",
                     &rules,
                     "2 A-1 CLP 3500\n"
                     "3 A-2 CLP 0 E-AMOUNT-DECIMALS@3:2\n"
                     "4 A-3 MXN 350050\n"
                     "5 A-4 MXN 7000000 E-AMOUNT-RANGE@5:2\n"
                     "6 A-5 MXN 0 E-AMOUNT-RANGE@6:2\n");
        rules = sheet_rules();
        rules.currency = CURRENCY_CLP;
        ASSERT_SHEET("folio,monto\nA-1,5\n", &rules, "2 A-1 CLP 5\n");
        /* what could make a sum too large for an integer does not count */
        ASSERT_SHEET("folio,monto\nA-1,100000000000\nA-2,100000000001\n", &rules,
                     "2 A-1 CLP 100000000000 E-AMOUNT-RANGE@2:2\n"
                     "3 A-2 CLP 0 E-AMOUNT-RANGE@3:2\n");
        ASSERT_SHEET("folio,monto,moneda\nA-1,5,\nA-2,5,MXN\n", &rules,
                     "2 A-1 CLP 5\n3 A-2 MXN 0 E-AMOUNT-FORMAT-UNSET@3:2\n");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_smallest_unit_is_digits_and_nothing_else),
                cmocka_unit_test(without_a_setting_only_pesos_of_chile_are_clear),
                cmocka_unit_test(notation_of_chile),
                cmocka_unit_test(notation_of_mexico_and_others),
                cmocka_unit_test(both_readings_are_shown),
                cmocka_unit_test(amounts_have_a_range_by_currency),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
