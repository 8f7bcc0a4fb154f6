#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "jobs/session/session_key.h"

/* Computed elsewhere: SHA-256 over each part with its length before it (8 bytes, big-endian), then
 * the generation (the same). A key that changes between versions makes sessions twice. */
static void test_keys_never_change(void **state) {
        char key[SESSION_KEY_SIZE];

        (void) state;
        assert_int_equal(session_key_make(TEXT("default"), false, TEXT(""), TEXT(""),
                                          TEXT("FAC-2026-00117"), 1, key),
                         0);
        assert_string_equal(key,
                            "d8ef4694e0866bdaeddbd68f3381dd67c8ac7fdab4f9db5e0f1b3282404d24de");
        assert_int_equal(session_key_make(TEXT("default"), true, TEXT("retail"), TEXT("2026-11"),
                                          TEXT("FAC-2026-00117"), 2, key),
                         0);
        assert_string_equal(key,
                            "147d7d8ce3230b13b8b71bc7e94da7c2f8304e5e736b3704ecb48b836c0da8ea");
}

static void test_every_part_counts(void **state) {
        static const struct {
                const char *instance, *profile, *run, *reference;
                uint32_t generation;
                bool live;
        } cases[] = {
                { "a", "b", "c", "d", 1, false }, { "x", "b", "c", "d", 1, false },
                { "a", "x", "c", "d", 1, false }, { "a", "b", "x", "d", 1, false },
                { "a", "b", "c", "x", 1, false }, { "a", "b", "c", "d", 2, false },
                { "a", "b", "c", "d", 1, true },  { "ab", "", "c", "d", 1, false },
                { "a", "bc", "", "d", 1, false }, { "a", "b", "cd", "", 1, false },
                { "", "ab", "c", "d", 1, false }, { "a", "b", "", "cd", 1, false },
                { "A", "b", "c", "d", 1, false }, { "a", "b", "c", "d", 256, false },
        };
        char keys[ELEMENTS(cases)][SESSION_KEY_SIZE];

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                assert_int_equal(session_key_make(text_of(cases[i].instance), cases[i].live,
                                                  text_of(cases[i].profile), text_of(cases[i].run),
                                                  text_of(cases[i].reference), cases[i].generation,
                                                  keys[i]),
                                 0);
                assert_int_equal(strlen(keys[i]), SESSION_KEY_SIZE - 1);
                for (size_t k = 0; k < i; k++)
                        assert_string_not_equal(keys[i], keys[k]);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_keys_never_change),
                cmocka_unit_test(test_every_part_counts),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
