/* Replies: what is read of them; and that what is well-formed, and what stands in it, is what
 * jansson says it is, whatever the bytes are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "jobs/base/buffer.h"
#include "jobs/base/cleanup.h"
#include "jobs/session/reply.h"

#define AUTO_REPLY CLEANUP(reply_done) Reply

/* Nothing may be read beyond the body: sanitizers watch a copy that ends with it. */
static int read_copy(const char *body, size_t size, char **ret_copy, Reply *reply) {
        char *copy = malloc(size > 0 ? size : 1);

        assert_non_null(copy);
        memcpy(copy, body, size);
        *ret_copy = copy;
        return reply_read((Text){ copy, size }, reply);
}

static void assert_text(Text text, const char *expected) {
        if (!text_is(text, expected))
                fail_msg("\"%.*s\" is not \"%s\"", TEXT_ARG(text), expected);
}

static void test_a_session(void **state) {
        static const char body[] =
                " {\"id\":\"cs_1\",\"object\":\"checkout_session\",\"amount\":45990,\r\n"
                "\t\"customer\":{\"id\":\"cus_1\",\"amount\":1,\"metadata\":{\"checkoutd\":\"no\"}},"
                "\"items\":[{\"id\":\"it_1\"},[],{},-0.5e+3,true,false,null],\"currency\":\"CLP\","
                "\"metadata\":{\"order\":\"A\",\"checkoutd\":\"key\",\"deep\":{\"checkoutd\":\"no\"}},"
                "\"mode\" : \"test\" ,\"redirect_url\":\"https://x/\",\"created_at\":\"c\","
                "\"expires_at\":\"e\"} ";
        AUTO_FREE char *copy = NULL;
        AUTO_REPLY reply = REPLY_EMPTY;

        (void) state;
        assert_int_equal(read_copy(body, strlen(body), &copy, &reply), 0);
        assert_text(reply.id, "cs_1");
        assert_text(reply.object, "checkout_session");
        assert_true(reply.has_amount);
        assert_int_equal(reply.amount, 45990);
        assert_text(reply.currency, "CLP");
        assert_text(reply.metadata.checkoutd, "key");
        assert_text(reply.mode, "test");
        assert_text(reply.redirect_url, "https://x/");
        assert_text(reply.created_at, "c");
        assert_text(reply.expires_at, "e");
        assert_text(reply.error.code, "");
}

static void test_an_error(void **state) {
        static const char body[] =
                "{\"error\":{\"type\":\"t\",\"code\":\"c\",\"message\":\"\\u00bfNi\\u00F1o "
                "\\ud83d\\uDE00 \\\"\\\\\\/\\b\\f\\n\\r\\t\",\"p\\u0061ram\":\"p\"}}";
        AUTO_FREE char *copy = NULL;
        AUTO_REPLY reply = REPLY_EMPTY;

        (void) state;
        assert_int_equal(read_copy(body, strlen(body), &copy, &reply), 0);
        assert_text(reply.error.type, "t");
        assert_text(reply.error.code, "c");
        assert_text(reply.error.message, "¿Niño 😀 \"\\/\b\f\n\r\t");
        assert_text(reply.error.param, "p");
        assert_text(reply.id, "");
}

static void test_the_last_of_a_name_counts(void **state) {
        static const char body[] =
                "{\"id\":\"a\",\"id\":\"b\",\"mode\":\"test\",\"mode\":7,\"amount\":1,\"amount\":"
                "\"1\",\"metadata\":{\"checkoutd\":\"k\"},\"metadata\":[],\"error\":{\"code\":\"c\"},"
                "\"error\":{\"type\":\"t\"}}";
        AUTO_FREE char *copy = NULL;
        AUTO_REPLY reply = REPLY_EMPTY;

        (void) state;
        assert_int_equal(read_copy(body, strlen(body), &copy, &reply), 0);
        assert_text(reply.id, "b");
        assert_text(reply.mode, "");
        assert_false(reply.has_amount);
        assert_text(reply.metadata.checkoutd, "");
        assert_text(reply.error.code, "");
        assert_text(reply.error.type, "t");
}

static void test_amounts(void **state) {
        static const struct {
                const char *body;
                bool whole;
                int64_t amount;
        } cases[] = {
                { "{\"amount\":0}", true, 0 },
                { "{\"amount\":-0}", true, 0 },
                { "{\"amount\":9223372036854775807}", true, INT64_MAX },
                { "{\"amount\":-9223372036854775808}", true, INT64_MIN },
                { "{\"amount\":9223372036854775808}", false, 0 },
                { "{\"amount\":18446744073709597606}", false, 0 }, /* 45990 with 64 bits */
                { "{\"amount\":45990.0}", false, 0 },
                { "{\"amount\":4599e1}", false, 0 },
                { "{\"amount\":\"45990\"}", false, 0 },
                { "{\"amount\":[45990]}", false, 0 },
                { "{\"amount\":null}", false, 0 },
                { "[{\"amount\":45990}]", false, 0 },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                AUTO_FREE char *copy = NULL;
                AUTO_REPLY reply = REPLY_EMPTY;

                assert_int_equal(read_copy(cases[i].body, strlen(cases[i].body), &copy, &reply), 0);
                assert_int_equal(reply.has_amount, cases[i].whole);
                if (cases[i].whole)
                        assert_int_equal(reply.amount, cases[i].amount);
        }
}

static void test_what_is_not_well_formed(void **state) {
        static const struct {
                const char *body;
                size_t size;
        } cases[] = {
#define BODY(literal) { literal, sizeof(literal) - 1 }
                BODY(""),
                BODY(" "),
                BODY("<html>"),
                BODY("{"),
                BODY("{\"id\":\"a\""),
                BODY("{\"id\":\"a\",}"),
                BODY("{\"id\" \"a\"}"),
                BODY("{id:\"a\"}"),
                BODY("{'id':1}"),
                BODY("{\"id\":\"a\"}x"),
                BODY("{\"id\":\"a\"}{}"),
                BODY("{\"id\":\"a\"]"),
                BODY("[1,]"),
                BODY("[,1]"),
                BODY("{\"id\":\"a\nb\"}"),
                BODY("{\"id\":\"a\0b\"}"),
                BODY("{\"id\":\"a\"}\0"),
                BODY("{\"id\":\"a\\u0000b\"}"),
                BODY("{\"id\":\"\\x\"}"),
                BODY("{\"id\":\"\\u12g4\"}"),
                BODY("{\"id\":\"\\u12"),
                BODY("{\"id\":\"\\"),
                BODY("{\"id\":\"\\ud800\"}"),
                BODY("{\"id\":\"\\ud800\\u0041\"}"),
                BODY("{\"id\":\"\\udc00\"}"),
                BODY("{\"id\":\"\xff\"}"),
                BODY("{\"id\":\"\xc0\xaf\"}"),
                BODY("{\"id\":\"\xed\xa0\x80\"}"),
                BODY("{\"amount\":01}"),
                BODY("{\"amount\":+1}"),
                BODY("{\"amount\":.5}"),
                BODY("{\"amount\":5.}"),
                BODY("{\"amount\":5e}"),
                BODY("{\"amount\":5e+}"),
                BODY("{\"amount\":-}"),
                BODY("{\"amount\":0x5}"),
                BODY("{\"amount\":NaN}"),
                BODY("{\"amount\":nul}"),
                BODY("{\"amount\":True}"),
                BODY("{\"amount\":}"),
#undef BODY
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                AUTO_FREE char *copy = NULL;
                AUTO_REPLY reply = REPLY_EMPTY;
                int r = read_copy(cases[i].body, cases[i].size, &copy, &reply);

                if (r != -EBADMSG)
                        fail_msg("%d: %s", r, cases[i].body);
                assert_text(reply.id, "");
        }
}

static void test_nested_as_deep_as_the_stack_bears(void **state) {
        (void) state;
        for (size_t depth = 99; depth <= 1000000; depth = depth < 101 ? depth + 1 : depth * 100) {
                AUTO_FREE char *copy = NULL;
                AUTO_BUFFER body = BUFFER_EMPTY;
                AUTO_REPLY reply = REPLY_EMPTY;

                for (size_t i = 0; i < depth; i++)
                        assert_int_equal(buffer_append_char(&body, '['), 0);
                for (size_t i = 0; i < depth; i++)
                        assert_int_equal(buffer_append_char(&body, ']'), 0);
                assert_int_equal(read_copy(body.data, body.size, &copy, &reply),
                                 depth <= 100 ? 0 : -EBADMSG);
        }
}

/* --- beside jansson -------------------------------------------------------------------------- */

static uint32_t next_random(uint32_t *seed) {
        *seed = *seed * 1664525 + 1013904223;
        return *seed >> 8;
}

/* What replies are made of, and what breaks them. */
static const char *const pieces[] = {
        "{",         "}",          "[",       "]",
        ",",         ":",          "\"",      "\\",
        " ",         "\n",         "\"id\":", "\"amount\":",
        "45990",     "-",          "0",       "1.5",
        "e3",        "true",       "null",    "false",
        "\"mode\":", "\"test\"",   "\"CLP\"", "\"metadata\":{",
        "\"error\"", ":{\"code\"", "\"id\"",  "\"checkoutd\":",
        "\"k\"",     "\\u0041",    "\\ud83d", "\\ude00",
        "\\u0000",   "\\n",        "\xc3",    "ñ",
        "\xed\xa0",  "\x01",       "\x7f",    "},",
        "\"x\":{",   "\"x\":[",
};

static const char reply[] =
        "{\"id\":\"cs_1\",\"object\":\"checkout_session\",\"amount\":45990,\"currency\":\"CLP\","
        "\"customer\":{\"name\":\"Ni\\u00f1o \\ud83d\\ude00\",\"n\":[1,-2.5e-3,true,null,{}]},"
        "\"metadata\":{\"order\":\"A\\n\",\"checkoutd\":\"key\"},\"mode\":\"test\","
        "\"error\":{\"type\":\"t\",\"code\":\"c\",\"message\":\"ñ\",\"param\":\"p\"}}";

static void append_piece(Buffer *body, uint32_t *seed) {
        const char *piece = pieces[next_random(seed) % ELEMENTS(pieces)];

        assert_int_equal(buffer_append_string(body, piece), 0);
}

/* Pieces only, or a reply in which here and there a byte is missing, a piece too many, or the rest
 * cut off. */
static void make_body(Buffer *body, uint32_t seed) {
        bool pieces_only = next_random(&seed) % 4 == 0;
        size_t at = 0;

        for (unsigned n = next_random(&seed) % 12; pieces_only && n > 0; n--)
                append_piece(body, &seed);
        while (!pieces_only && at < strlen(reply)) {
                size_t left = strlen(reply) - at;
                size_t n = 1 + next_random(&seed) % 400;

                n = n < left ? n : left;
                assert_int_equal(buffer_append(body, reply + at, n), 0);
                at += n + next_random(&seed) % 2;
                if (next_random(&seed) % 3 == 0)
                        append_piece(body, &seed);
                if (next_random(&seed) % 16 == 0)
                        return;
        }
}

static void assert_member(Text text, const json_t *object, const char *name) {
        const json_t *value = json_object_get(object, name);
        Text theirs = { json_string_value(value), json_string_length(value) };

        if (!text_equal(text, theirs))
                fail_msg("%s: \"%.*s\", for jansson \"%.*s\"", name, TEXT_ARG(text),
                         TEXT_ARG(theirs));
}

static void assert_same(const Reply *ours, const json_t *theirs) {
        const json_t *amount = json_object_get(theirs, "amount");
        const json_t *error = json_object_get(theirs, "error");

        assert_member(ours->id, theirs, "id");
        assert_member(ours->object, theirs, "object");
        assert_member(ours->currency, theirs, "currency");
        assert_member(ours->mode, theirs, "mode");
        assert_member(ours->metadata.checkoutd, json_object_get(theirs, "metadata"), "checkoutd");
        assert_member(ours->error.type, error, "type");
        assert_member(ours->error.code, error, "code");
        assert_member(ours->error.message, error, "message");
        assert_member(ours->error.param, error, "param");
        assert_int_equal(ours->has_amount, json_is_integer(amount));
        if (ours->has_amount)
                assert_int_equal(ours->amount, json_integer_value(amount));
}

static void test_jansson_says_the_same(void **state) {
        unsigned good = 0, bad = 0;

        (void) state;
        for (uint32_t seed = 1; seed <= 200000; seed++) {
                AUTO_FREE char *copy = NULL;
                AUTO_BUFFER body = BUFFER_EMPTY;
                AUTO_REPLY ours = REPLY_EMPTY;
                json_error_t error = { 0 };
                json_t *theirs;
                int r;

                make_body(&body, seed * UINT32_C(2654435761));
                theirs = json_loadb(body.data ? body.data : "", body.size, JSON_DECODE_ANY, &error);
                r = read_copy(body.data ? body.data : "", body.size, &copy, &ours);
                good += theirs != NULL;
                bad += !theirs;
                /* it takes no number that is too large for it, wherever that stands */
                if (theirs || json_error_code(&error) != json_error_numeric_overflow)
                        if ((r == 0) != (theirs != NULL))
                                fail_msg("seed %u: %d, for jansson \"%s\": %s", seed, r, error.text,
                                         body.data);
                if (theirs && r == 0)
                        assert_same(&ours, theirs);
                json_decref(theirs);
        }
        assert_true(good > 10000 && bad > 10000); /* neither is proven by the other */
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_a_session),
                cmocka_unit_test(test_an_error),
                cmocka_unit_test(test_the_last_of_a_name_counts),
                cmocka_unit_test(test_amounts),
                cmocka_unit_test(test_what_is_not_well_formed),
                cmocka_unit_test(test_nested_as_deep_as_the_stack_bears),
                cmocka_unit_test(test_jansson_says_the_same),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
