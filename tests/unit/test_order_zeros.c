/* OrderZeros: which order numbers probably lost their leading zeros, and which only look so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "jobs/base/cleanup.h"
#include "jobs/order/order_zeros.h"

static void shorter_ones_among_zeros_are_named(void **state) {
        static const struct {
                const char *ids[8];
                uint32_t line; /* 0: none is named */
                int64_t n;
                const char *original;
        } cases[] = {
                { { "000123", "000124", "125", "000126" }, 3, 1, "000125" },
                { { "125", "000123", "000124", "7", "000126" }, 1, 2, "000125" },
                { { "0123", "0124", "1999", "200" }, 4, 1, "0200" },  /* full ones have none */
                { { "000123", "125" }, 0, 0, NULL },                  /* one is no habit */
                { { "000123", "000124", "125", "126" }, 0, 0, NULL }, /* nor is half of them */
                { { "000123", "00124", "125", "000126" }, 0, 0, NULL },
                { { "000123", "000124", "125", "1000000" }, 0, 0, NULL }, /* no common width */
                { { "000123", "000124", "F-125", "000126" }, 0, 0, NULL },
                { { "000123", "000124", "", "0" }, 4, 1, "000000" },
                { { "123", "124", "125" }, 0, 0, NULL },
                { { "000000000000000000000123", "000000000000000000000124", "5" }, 0, 0, NULL },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                OrderZeros zeros = { .width = 0 };
                OrderZerosLost lost = { .line = 0 };

                for (uint32_t k = 0; k < 8 && cases[i].ids[k]; k++)
                        order_zeros_add(&zeros, k + 1, text_of(cases[i].ids[k]));
                assert_int_equal(order_zeros_find(&zeros, &lost), cases[i].line > 0);
                assert_int_equal(lost.line, cases[i].line);
                if (cases[i].line == 0)
                        continue;
                assert_int_equal(lost.n, cases[i].n);
                assert_string_equal(lost.value, cases[i].ids[cases[i].line - 1]);
                assert_string_equal(lost.original, cases[i].original);
        }
}

static void only_zeros_are_lost(void **state) {
        (void) state;
        assert_true(order_zeros_are_lost(TEXT("123"), TEXT("000123")));
        assert_true(order_zeros_are_lost(TEXT("0123"), TEXT("000123")));
        assert_true(order_zeros_are_lost(TEXT("0"), TEXT("000")));
        assert_false(order_zeros_are_lost(TEXT("000123"), TEXT("000123")));
        assert_false(order_zeros_are_lost(TEXT("000123"), TEXT("123")));
        assert_false(order_zeros_are_lost(TEXT("123"), TEXT("001230")));
        assert_false(order_zeros_are_lost(TEXT("123"), TEXT("100123")));
        assert_false(order_zeros_are_lost(TEXT("12A"), TEXT("0012A")));
        assert_false(order_zeros_are_lost(TEXT(""), TEXT("000")));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(shorter_ones_among_zeros_are_named),
                cmocka_unit_test(only_zeros_are_lost),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
