#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "jobs/base/buffer.h"

static void test_is_a_string_after_every_append(void **state) {
        AUTO_BUFFER buffer = BUFFER_EMPTY;

        (void) state;
        assert_int_equal(buffer_append(&buffer, NULL, 0), 0);
        assert_string_equal(buffer.data, "");
        assert_int_equal(buffer_append_string(&buffer, "Factura "), 0);
        assert_int_equal(buffer_append_char(&buffer, '#'), 0);
        assert_int_equal(buffer_append_integer(&buffer, 1042), 0);
        assert_int_equal(buffer_printf(&buffer, " (%s, %d)", "CLP", 7), 0);
        assert_string_equal(buffer.data, "Factura #1042 (CLP, 7)");
        assert_int_equal(buffer.size, strlen(buffer.data));
}

static void test_grows_over_every_boundary(void **state) {
        AUTO_BUFFER buffer = BUFFER_EMPTY;

        (void) state;
        for (size_t i = 0; i < 5000; i++) {
                assert_int_equal(buffer_append_char(&buffer, (char) ('a' + i % 26)), 0);
                assert_int_equal(buffer.size, i + 1);
                assert_true(buffer.capacity > buffer.size);
                assert_int_equal(buffer.data[i + 1], '\0');
        }
        for (size_t i = 0; i < 5000; i++)
                assert_int_equal(buffer.data[i], 'a' + i % 26);
}

static void test_holds_any_bytes(void **state) {
        AUTO_BUFFER buffer = BUFFER_EMPTY;

        (void) state;
        assert_int_equal(buffer_append(&buffer, "a\0b", 3), 0);
        assert_int_equal(buffer.size, 3);
        assert_memory_equal(buffer.data, "a\0b", 4);
}

static void test_integers_of_every_size(void **state) {
        static const struct {
                int64_t number;
                const char *text;
        } cases[] = {
                { 0, "0" },
                { -1, "-1" },
                { 6999999, "6999999" },
                { INT64_MAX, "9223372036854775807" },
                { INT64_MIN, "-9223372036854775808" },
        };

        (void) state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                AUTO_BUFFER buffer = BUFFER_EMPTY;

                assert_int_equal(buffer_append_integer(&buffer, cases[i].number), 0);
                assert_string_equal(buffer.data, cases[i].text);
        }
}

static void test_clear_keeps_the_memory(void **state) {
        AUTO_BUFFER buffer = BUFFER_EMPTY;
        const char *data;

        (void) state;
        assert_int_equal(buffer_append_string(&buffer, "some row"), 0);
        data = buffer.data;
        buffer_clear(&buffer);
        assert_int_equal(buffer.size, 0);
        assert_string_equal(buffer.data, "");
        assert_int_equal(buffer_append_string(&buffer, "next"), 0);
        assert_ptr_equal(buffer.data, data);
        assert_string_equal(buffer.data, "next");

        buffer_done(&buffer);
        buffer_clear(&buffer); /* an empty one too */
        assert_null(buffer.data);
}

static void test_bytes_are_given_away(void **state) {
        AUTO_BUFFER buffer = BUFFER_EMPTY;
        AUTO_BUFFER taken = BUFFER_EMPTY;

        (void) state;
        assert_int_equal(buffer_append_string(&buffer, "row"), 0);
        taken = buffer_take(&buffer);
        assert_string_equal(taken.data, "row");
        assert_null(buffer.data);
        assert_int_equal(buffer.size, 0);
}

static void test_too_much_leaves_it_as_it_was(void **state) {
        AUTO_BUFFER buffer = BUFFER_EMPTY;

        (void) state;
        assert_int_equal(buffer_append_string(&buffer, "kept"), 0);
        assert_int_equal(buffer_reserve(&buffer, SIZE_MAX), -ENOMEM);
        assert_int_equal(buffer_reserve(&buffer, SIZE_MAX - 4), -ENOMEM);
        assert_int_equal(buffer_reserve(&buffer, SIZE_MAX / 2), -ENOMEM);
        assert_string_equal(buffer.data, "kept");
        assert_int_equal(buffer.size, 4);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_is_a_string_after_every_append),
                cmocka_unit_test(test_grows_over_every_boundary),
                cmocka_unit_test(test_holds_any_bytes),
                cmocka_unit_test(test_integers_of_every_size),
                cmocka_unit_test(test_clear_keeps_the_memory),
                cmocka_unit_test(test_bytes_are_given_away),
                cmocka_unit_test(test_too_much_leaves_it_as_it_was),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
