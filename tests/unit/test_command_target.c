#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "daemon/rules/command_target.h"
#include "jobs/base/cleanup.h"

static void test_what_is_written_is_read(void **state) {
        static const struct {
                CommandTarget target;
                const char *argument;
        } cases[] = {
                { { .kind = TARGET_ALL }, "all" },
                { { .kind = TARGET_STORE }, "store" },
                { { .kind = TARGET_BATCH, .batch = 17 }, "batch 17" },
                { { .kind = TARGET_BATCH, .batch = INT64_MAX }, "batch 9223372036854775807" },
                { { .kind = TARGET_ORDER,
                    .profile = { "norte", 5 },
                    .run = { "2026-11", 7 },
                    .order = { "F 10231", 7 } },
                  "order norte\x1f"
                  "2026-11\x1f"
                  "F 10231" },
                { { .kind = TARGET_ORDER,
                    .profile = { "", 0 },
                    .run = { COMMAND_TARGET_ANY_RUN, 1 },
                    .order = { "all", 3 } },
                  "order \x1f*\x1f"
                  "all" },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                const CommandTarget *target = &cases[i].target;
                AUTO_BUFFER argument = BUFFER_EMPTY;
                CommandTarget read;

                assert_int_equal(command_target_append(target, &argument), 0);
                assert_string_equal(argument.data, cases[i].argument);
                read = command_target_read(argument.data);
                assert_int_equal(read.kind, target->kind);
                assert_int_equal(read.batch, target->batch);
                assert_true(text_equal(read.profile, target->profile));
                assert_true(text_equal(read.run, target->run));
                assert_true(text_equal(read.order, target->order));
        }
}

/* The store may have been written by anybody who has the right to. */
static void test_what_cannot_be_read(void **state) {
        static const char *const arguments[] = {
                "",
                "al",
                "all ",
                "batch",
                "batch ",
                "batch 0",
                "batch -1",
                "batch 17x",
                "batch 9223372036854775808",
                "order",
                "order ",
                "order p",
                "order p\x1fr",
                "order p\x1fr\x1f",
                "Order p\x1fr\x1fo",
        };
        AUTO_BUFFER argument = BUFFER_EMPTY;
        const CommandTarget none = { .kind = TARGET_NONE };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(arguments); i++)
                assert_int_equal(command_target_read(arguments[i]).kind, TARGET_NONE);
        assert_int_equal(command_target_append(&none, &argument), -EINVAL);
        assert_int_equal(argument.size, 0);
}

static void test_an_order_is_meant_in_its_profile_and_run(void **state) {
        const Batch batch = { .profile = "norte", .run = "2026-11" };
        static const struct {
                const char *argument;
                bool is_in;
        } cases[] = {
                { "order norte\x1f"
                  "2026-11\x1f"
                  "F-1",
                  true },
                { "order norte\x1f*\x1f"
                  "F-1",
                  true },
                { "order norte\x1f\x1f"
                  "F-1",
                  false },
                { "order norte\x1f"
                  "2026-1\x1f"
                  "F-1",
                  false },
                { "order \x1f*\x1f"
                  "F-1",
                  false },
                { "order sur\x1f*\x1f"
                  "F-1",
                  false },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                const CommandTarget target = command_target_read(cases[i].argument);

                assert_int_equal(target.kind, TARGET_ORDER);
                assert_int_equal(command_target_is_in(&target, &batch), cases[i].is_in);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_what_is_written_is_read),
                cmocka_unit_test(test_what_cannot_be_read),
                cmocka_unit_test(test_an_order_is_meant_in_its_profile_and_run),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
