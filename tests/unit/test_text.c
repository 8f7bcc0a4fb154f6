#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "jobs/base/cleanup.h"
#include "jobs/base/text.h"

/* a literal with NULs inside */
#define BYTES(literal) ((Text){ literal, sizeof(literal) - 1 })

static void test_utf8(void **state) {
        static const struct {
                Text text;
                size_t bad; /* SIZE_MAX: none */
        } cases[] = {
                { { "", 0 }, SIZE_MAX },
                { { "Raz\xc3\xb3n Social", 13 }, SIZE_MAX },
                { { "0123456789abcdef0123456789", 26 }, SIZE_MAX },
                { { "\xe2\x82\xac\xf0\x9f\x98\x80", 7 }, SIZE_MAX },
                { { "\xf4\x8f\xbf\xbf", 4 }, SIZE_MAX },         /* U+10FFFF */
                { { "\xed\x9f\xbf\xee\x80\x80", 6 }, SIZE_MAX }, /* around the surrogates */
                { { "a\xf3z", 3 }, 1 },                          /* Windows-1252 */
                { { "0123456789\xff", 11 }, 10 },                /* behind the fast path */
                { { "01234567\x80", 9 }, 8 },                    /* no first byte */
                { { "\xc0\xaf", 2 }, 0 },                        /* overlong */
                { { "\xc1\xbf", 2 }, 0 },                        /* overlong */
                { { "\xe0\x9f\xbf", 3 }, 0 },                    /* overlong */
                { { "\xf0\x8f\xbf\xbf", 4 }, 0 },                /* overlong */
                { { "\xed\xa0\x80", 3 }, 0 },                    /* a surrogate */
                { { "\xf4\x90\x80\x80", 4 }, 0 },                /* above U+10FFFF */
                { { "\xf5\x80\x80\x80", 4 }, 0 },                /* above U+10FFFF */
                { { "ab\xe2\x82", 4 }, 2 },                      /* cut */
                { { "ab\xc3", 3 }, 2 },                          /* cut */
                { { "\xe2\x82z", 3 }, 0 },                       /* last byte is no continuation */
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                size_t bad = SIZE_MAX;

                assert_int_equal(text_is_utf8(cases[i].text, &bad), cases[i].bad == SIZE_MAX);
                assert_int_equal(bad, cases[i].bad);
                assert_int_equal(text_is_utf8(cases[i].text, NULL), cases[i].bad == SIZE_MAX);
        }
}

static void test_bad_byte_at_every_offset(void **state) {
        (void) state;
        for (size_t at = 0; at < 40; at++) {
                char bytes[40];
                size_t bad = SIZE_MAX;

                memset(bytes, 'x', sizeof(bytes));
                bytes[at] = (char) 0xfe;
                assert_false(text_is_utf8((Text){ bytes, sizeof(bytes) }, &bad));
                assert_int_equal(bad, at);
        }
}

static void test_characters(void **state) {
        (void) state;
        assert_int_equal(text_characters(TEXT("")), 0);
        assert_int_equal(text_characters(TEXT("folio")), 5);
        assert_int_equal(text_characters(TEXT("a\xc3\xb1o \xe2\x82\xac \xf0\x9f\x98\x80")), 7);
}

static void test_is_ascii(void **state) {
        static const char text[] = "0123456789 ABCDEFGH \x7f";
        char changed[sizeof(text)];

        (void) state;
        assert_true(text_is_ascii(TEXT_NONE));
        assert_true(text_is_ascii(text_of(text)));
        for (size_t i = 0; i < sizeof(text) - 1; i++) {
                memcpy(changed, text, sizeof(text));
                changed[i] = '\x80';
                assert_false(text_is_ascii((Text){ changed, sizeof(text) - 1 }));
                assert_true(text_is_ascii((Text){ changed, i }));
        }
}

static void test_trim(void **state) {
        static const struct {
                const char *text, *trimmed;
        } cases[] = {
                { "", "" },
                { "1000", "1000" },
                { " \t1000\r\n", "1000" },
                { " \t\r\n\xc2\xa0", "" },
                { "\xc2\xa0 Ana  Soto\xc2\xa0\xc2\xa0 ", "Ana  Soto" },
                { "\xc3\xa0", "\xc3\xa0" }, /* ends with a byte of the no-break space */
                { "\xc2\xa9", "\xc2\xa9" }, /* begins with one */
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++)
                assert_true(text_is(text_trim(text_of(cases[i].text)), cases[i].trimmed));
        assert_true(text_equal(text_trim(TEXT_NONE), TEXT_NONE));
}

static void test_control_characters(void **state) {
        static const char *const without[] = {
                "", "Ana Soto", "a\xc3\xb1o", "\xc2\xa0", "0123456789abcdef ~", "\xe2\x82\xac",
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(without); i++)
                assert_false(text_has_control(text_of(without[i])));
        assert_true(text_has_control(TEXT("gnp\xe2\x80\xae")));
        assert_true(text_has_control(TEXT("01234567\xef\xbb\xbf")));
        assert_true(text_has_control(BYTES("\0")));
        assert_true(text_has_control(TEXT("\xc2\x80")));
        assert_true(text_has_control(TEXT("01234567\xc2\x9f")));
        for (unsigned c = 0; c < 0x80; c++) {
                for (size_t at = 0; at < 24; at++) {
                        char bytes[24];

                        memset(bytes, 'x', sizeof(bytes));
                        bytes[at] = (char) c;
                        assert_int_equal(text_has_control((Text){ bytes, sizeof(bytes) }),
                                         c < 0x20 || c == 0x7f);
                }
        }
}

static void test_case_is_ignored_in_ascii_only(void **state) {
        (void) state;
        assert_true(text_equal_ignoring_case(TEXT("clp"), TEXT("CLP")));
        assert_true(text_equal_ignoring_case(TEXT(""), TEXT_NONE));
        assert_false(text_equal_ignoring_case(TEXT("clp"), TEXT("cl")));
        assert_false(text_equal_ignoring_case(TEXT("@"), TEXT("`")));
        assert_false(text_equal_ignoring_case(TEXT("\xc3\x91"), TEXT("\xc3\xb1")));
}

static void test_headers_are_folded(void **state) {
        static const struct {
                const char *header, *folded;
        } cases[] = {
                { "Raz\xc3\xb3n Social", "razonsocial" },
                { "razon_social", "razonsocial" },
                { "RAZO\xcc\x81N SOCIAL", "razonsocial" }, /* the accent stands alone */
                { "Expiraci\xc3\xb3n", "expiracion" },
                { "EXPIRACI\xc3\x93N", "expiracion" },
                { "Fecha de Vencimiento", "fechadevencimiento" },
                { "fecha_vencimiento", "fechavencimiento" },
                { "  order-ID\r", "orderid" },
                { "Order\xc2\xa0ID", "orderid" },
                { "metadata.Folio", "metadata.folio" },
                { "A\xc3\xb1o", "ano" },
                { "\xc3\xbc\xc3\x87", "uc" },
                { "\xe2\x82\xac total", "\xe2\x82\xactotal" },
                { "3\xc3\x97"
                  "2",
                  "3\xc3\x97"
                  "2" },
                { "a\xf3z", "a\xf3z" },
                { "", "" },
        };
        char out[32];

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++)
                assert_true(text_is(text_fold_header(text_of(cases[i].header), out, sizeof(out)),
                                    cases[i].folded));
        /* cut between characters */
        assert_true(text_is(text_fold_header(TEXT("ab\xe2\x82\xac"), out, 4), "ab"));
        assert_true(text_is(text_fold_header(TEXT("abc"), out, 0), ""));
}

static void test_made_visible(void **state) {
        static const struct {
                Text text;
                size_t max;
                const char *visible;
        } cases[] = {
                { { "Ana \xc3\xb1", 6 }, 60, "Ana \xc3\xb1" },
                { { "a\nb\tc\rd", 7 }, 60, "a\\nb\\tc\\rd" },
                { { "\x1b[31m\x7f", 6 }, 60, "\\x1b[31m\\x7f" },
                { { "a\0b", 3 }, 60, "a\\x00b" },
                { { "\xc2\x85", 2 }, 60, "\\u0085" },
                { { "\xe2\x80\xae"
                    "gpj",
                    6 },
                  60,
                  "\\u202egpj" },
                { { "\xe2\x80\x8e\xe2\x81\xa6\xe2\x81\xa9", 9 }, 60, "\\u200e\\u2066\\u2069" },
                { { "\xe2\x80\xa8\xef\xbb\xbf", 6 }, 60, "\\u2028\\ufeff" },
                { { "a\xf3z\xe2\x82", 5 }, 60, "a\\xf3z\\xe2\\x82" },
                { { "123456", 6 }, 6, "123456" },
                { { "1234567", 7 }, 6, "123456\xe2\x80\xa6" },
                { { "\xc3\xb1\xc3\xb1\xc3\xb1", 6 }, 2, "\xc3\xb1\xc3\xb1\xe2\x80\xa6" },
                { { "12345\n", 6 }, 6, "12345\xe2\x80\xa6" }, /* no half escape */
                { { "", 0 }, 0, "" },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                AUTO_BUFFER buffer = BUFFER_EMPTY;

                assert_int_equal(buffer_append_string(&buffer, ">"), 0);
                assert_int_equal(text_append_visible(&buffer, cases[i].text, cases[i].max), 0);
                assert_string_equal(buffer.data + 1, cases[i].visible);
        }
}

static void test_what_a_spreadsheet_would_run(void **state) {
        static const struct {
                const char *cell;
                bool guard;
        } cases[] = {
                { "=HYPERLINK(\"http://x\")", true },
                { "+56 9 1234", true },
                { "-5", true },
                { "@SUM(A1)", true },
                { "\t=1", true },
                { "\r=1", true },
                { "\n=1", true },
                { "\xef\xbc\x9d"
                  "1",
                  true },
                { "\xef\xbc\x8b"
                  "1",
                  true },
                { "\xef\xbc\x8d"
                  "1",
                  true },
                { "\xef\xbc\xa0"
                  "1",
                  true },
                { "'=1", true },
                { "''=1", true }, /* else taking off one apostrophe would not give it back */
                { "'", false },
                { "'tis", false },
                { "O'Higgins", false },
                { "1000", false },
                { "a=b", false },
                { " =1", false },
                { "", false },
                { "\xff=", false },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++)
                assert_int_equal(text_needs_guard(text_of(cases[i].cell)), cases[i].guard);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_utf8),
                cmocka_unit_test(test_bad_byte_at_every_offset),
                cmocka_unit_test(test_characters),
                cmocka_unit_test(test_is_ascii),
                cmocka_unit_test(test_trim),
                cmocka_unit_test(test_control_characters),
                cmocka_unit_test(test_case_is_ignored_in_ascii_only),
                cmocka_unit_test(test_headers_are_folded),
                cmocka_unit_test(test_made_visible),
                cmocka_unit_test(test_what_a_spreadsheet_would_run),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
