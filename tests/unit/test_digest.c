#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "jobs/base/digest.h"

/* FIPS 180-4 examples */
static void test_known_digests(void **state) {
        static const struct {
                const char *text, *hex;
        } cases[] = {
                { "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
                { "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
                { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
        };
        CLEANUP(digest_free_p) Digest *digest = NULL;

        (void) state;
        assert_int_equal(digest_new(&digest), 0);
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                uint8_t bytes[DIGEST_SIZE];
                char hex[DIGEST_HEX_SIZE];

                /* one after the other with the same computation, byte by byte */
                for (const char *at = cases[i].text; *at; at++)
                        assert_int_equal(digest_add(digest, at, 1), 0);
                assert_int_equal(digest_end(digest, bytes), 0);
                digest_hex(bytes, sizeof(bytes), hex);
                assert_string_equal(hex, cases[i].hex);
        }
}

static void test_hex_of_a_part(void **state) {
        const uint8_t bytes[] = { 0x00, 0x0f, 0xf0, 0xff };
        char hex[9];

        (void) state;
        digest_hex(bytes, sizeof(bytes), hex);
        assert_string_equal(hex, "000ff0ff");
        digest_hex(bytes, 0, hex);
        assert_string_equal(hex, "");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_known_digests),
                cmocka_unit_test(test_hex_of_a_part),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
