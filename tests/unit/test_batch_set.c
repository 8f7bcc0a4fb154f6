#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/base/batch_set.h"

static void test_each_batch_is_in_it_once(void **state) {
        BatchSet set = { .ids = NULL };

        (void) state;
        for (int round = 0; round < 2; round++)
                for (int64_t id = 1; id <= 1000; id++)
                        assert_int_equal(batch_set_add(&set, id), 0);
        assert_int_equal(set.n, 1000);
        for (size_t i = 0; i < set.n; i++)
                assert_int_equal(set.ids[i], i + 1);
        set.n = 0; /* told, or rolled back */
        assert_int_equal(batch_set_add(&set, 7), 0);
        assert_int_equal(set.n, 1);
        assert_int_equal(set.ids[0], 7);
        batch_set_done(&set);
        assert_int_equal(set.n, 0);
        batch_set_done(&set);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_each_batch_is_in_it_once),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
