/* JSON as it is sent: the bytes of json_dumps(), but for numbers, which have no digits that say
 * nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>

#include "jobs/base/buffer.h"
#include "jobs/base/cleanup.h"
#include "jobs/session/session_json.h"

static void assert_appended(json_t *json, const char *expected) {
        AUTO_BUFFER buffer = BUFFER_EMPTY;

        assert_int_equal(buffer_append_string(&buffer, "x"), 0);
        assert_int_equal(session_json_append(&buffer, json), 0);
        assert_string_equal(buffer.data + 1, expected);
        assert_int_equal(buffer.size, 1 + strlen(expected));
}

static void test_as_jansson_does(void **state) {
        static const char *const cases[] = {
                "{}",
                "[]",
                "null",
                "true",
                "[false,-1,0,9223372036854775807,-9223372036854775808]",
                "{\"b\":1,\"a\":{\"\":[[],{}]},\"c\":\"ñ 😀 \\u2028/\\u007f\"}",
                "\"\"",
                "\"\\u0000 in the middle\"",
                "[0.5,1e100,-1.5e-300,5.0,100000000000000000000.0]",
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                AUTO_JSON *json = json_loads(cases[i], JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
                AUTO_FREE char *theirs = NULL;

                assert_non_null(json);
                theirs = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
                assert_non_null(theirs);
                assert_appended(json, theirs);
        }
}

static void test_every_byte(void **state) {
        (void) state;
        for (int c = 0; c < 0x80; c++) {
                char text[] = { 'a', (char) c, (char) c, 'b' };
                AUTO_JSON *json = json_pack("{s:s#}", "k\"", text, (int) sizeof(text));
                AUTO_FREE char *theirs = json_dumps(json, JSON_COMPACT);

                assert_non_null(json);
                assert_non_null(theirs);
                assert_appended(json, theirs);
        }
}

static void test_numbers_have_the_digits_that_they_need(void **state) {
        AUTO_JSON *json = json_loads("[0.1,0.30000000000000004,1e-7,1234567.89,2.0]", 0, NULL);

        (void) state;
        assert_appended(json, "[0.1,0.30000000000000004,1e-7,1234567.89,2.0]");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_as_jansson_does),
                cmocka_unit_test(test_every_byte),
                cmocka_unit_test(test_numbers_have_the_digits_that_they_need),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
