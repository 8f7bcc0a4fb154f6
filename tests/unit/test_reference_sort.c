/* Sorted references: any number of runs, duplicates by row id, nothing lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/intake/reference_sort.h"

static uint64_t sort_and_count(unsigned n, unsigned distinct) {
        CLEANUP(reference_sort_free_p) ReferenceSort *sort = NULL;
        AUTO_CLOSE int directory = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        char last[64] = "";
        int64_t last_row = -1, row;
        uint64_t sum = 0;
        Text reference;
        unsigned count = 0;
        int r;

        assert_int_equal(reference_sort_new(directory, n, &sort), 0);
        for (unsigned i = 0; i < n; i++) {
                char text[64];
                int size = snprintf(text, sizeof(text), "R-%u",
                                    (unsigned) ((uint64_t) i * 2654435761U % distinct));

                assert_int_equal(reference_sort_add(sort, (Text){ text, (size_t) size }, i), 0);
        }
        assert_int_equal(reference_sort_begin(sort), 0);
        while ((r = reference_sort_next(sort, &reference, &row)) > 0) {
                char text[64];
                int c;

                (void) snprintf(text, sizeof(text), "%.*s", TEXT_ARG(reference));
                c = strcmp(last, text);
                assert_true(c < 0 || (c == 0 && last_row < row));
                memcpy(last, text, sizeof(last));
                last_row = row;
                sum += (uint64_t) row;
                count++;
        }
        assert_int_equal(r, 0);
        assert_int_equal(count, n);
        return sum;
}

static void all_come_back_in_order(void **state) {
        static const struct {
                unsigned n, distinct;
        } cases[] = { { 0, 1 },       { 1, 1 },          { 5, 3 },           { 16384, 100000 },
                      { 16385, 100 }, { 100000, 50000 }, { 200000, 1000000 } };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                uint64_t n = cases[i].n;

                assert_int_equal(sort_and_count(cases[i].n, cases[i].distinct),
                                 n == 0 ? 0 : n * (n - 1) / 2);
        }
}

static void it_may_be_dropped_half_way(void **state) {
        CLEANUP(reference_sort_free_p) ReferenceSort *sort = NULL;
        AUTO_CLOSE int directory = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        Text reference;
        int64_t row;

        (void) state;
        assert_int_equal(reference_sort_new(directory, 3, &sort), 0);
        assert_int_equal(reference_sort_add(sort, TEXT("b"), 1), 0);
        assert_int_equal(reference_sort_add(sort, TEXT("a"), 2), 0);
        assert_int_equal(reference_sort_begin(sort), 0);
        assert_int_equal(reference_sort_next(sort, &reference, &row), 1);
        assert_true(text_is(reference, "a"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(all_come_back_in_order),
                cmocka_unit_test(it_may_be_dropped_half_way),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
