/* BatchCheck: real bytes through the real reader; what a file's rows and a profile's policies say
 * about it as a whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "daemon/intake/batch_check.h"
#include "jobs/base/civil.h"

#define NOW    (20500 * DAY)
#define HEADER "order_id,amount,currency\n"

static int64_t read_bytes(void *userdata, uint64_t offset, void *bytes, size_t size) {
        const Text *file = userdata;
        size_t left = offset < file->size ? file->size - (size_t) offset : 0;

        if (size > left)
                size = left;
        if (size > 0)
                memcpy(bytes, file->data + offset, size);
        return (int64_t) size;
}

/* a file, its settings, and the check of it */
typedef struct Scene {
        Settings *settings;
        Text text;
        OrderFile *file;
        BatchCheck *check;
} Scene;

static void scene_done(Scene *scene) {
        (void) batch_check_free(scene->check);
        (void) order_file_free(scene->file);
        (void) settings_free(scene->settings);
}
#define AUTO_SCENE __attribute__((cleanup(scene_done))) Scene

static Settings *settings_of(const char *keys) {
        char path[] = "/tmp/test_batch_check.XXXXXX";
        AUTO_FREE char *complaint = NULL;
        Settings *settings = NULL;
        FILE *file = fdopen(mkstemp(path), "w");

        assert_non_null(file);
        assert_true(fprintf(file, "[orders]\nlanguage = en\n%s\n", keys) > 0);
        assert_int_equal(fclose(file), 0);
        if (settings_load(path, &settings, &complaint) != 0)
                fail_msg("%s", complaint);
        (void) unlink(path);
        return settings;
}

static void scene_open(Scene *scene, const char *keys, const char *text) {
        CLEANUP(dialect_scan_free_p) DialectScan *scan = NULL;
        FileFacts facts;

        *scene = (Scene){ .settings = settings_of(keys), .text = text_of(text) };
        assert_int_equal(dialect_scan_new(ENCODING_AUTO, &scan), 0);
        dialect_scan_add(scan, text, strlen(text));
        dialect_scan_end(scan, &facts);
        assert_int_equal(order_file_open(&scene->settings->profiles[0].rules, &facts, NOW,
                                         read_bytes, &scene->text, &scene->file),
                         0);
        assert_int_equal(batch_check_new(&scene->settings->profiles[0], scene->file, &scene->check),
                         0);
}

static void scene_check(Scene *scene, const char *keys, const char *text) {
        scene_open(scene, keys, text);
        assert_int_equal(batch_check_slice(scene->check, NULL, NULL, NULL), 0);
}

static void test_counts_and_sums(void **state) {
        AUTO_SCENE scene;
        const BatchCheck *check;
        size_t n;

        (void) state;
        scene_check(&scene, "amount_format = minor",
                    HEADER "A,100,CLP\nB,250,CLP\nC,7000000,CLP\nD,3500,MXN\nE,5,USD\n");
        check = scene.check;
        assert_int_equal(check->orders, 5);
        assert_int_equal(check->lines, 5);
        assert_int_equal(check->rejected, 2);
        assert_int_equal(check->n_problems, 2);
        assert_int_equal(check->good[CURRENCY_CLP].count, 2);
        assert_int_equal(check->good[CURRENCY_CLP].sum, 350);
        assert_int_equal(check->read[CURRENCY_CLP].count, 3);
        assert_int_equal(check->read[CURRENCY_MXN].sum, 3500);
        assert_int_equal(check->read[CURRENCY_XXX].count, 1);
        for (int c = 0; c < CURRENCY_COUNT; c++) {
                assert_int_equal(check->read[c].count, check->good[c].count + check->bad[c].count);
                assert_true(check->read[c].sum == check->good[c].sum + check->bad[c].sum);
        }
        (void) batch_check_refusals(check, &n);
        assert_int_equal(n, 0);
}

static void test_an_order_of_several_lines_counts_once(void **state) {
        AUTO_SCENE scene;

        (void) state;
        scene_check(&scene, "",
                    "order_id,currency,item.name,item.unit_amount,item.quantity\n"
                    "A,CLP,x,100,2\nA,CLP,y,50,1\nB,CLP,z,1,1\n");
        assert_int_equal(scene.check->orders, 2);
        assert_int_equal(scene.check->lines, 3);
        assert_int_equal(scene.check->good[CURRENCY_CLP].sum, 251);
}

static const struct {
        const char *keys, *text;
        ProblemCode refused[3];
} refusals[] = {
        { "", HEADER "A,1,CLP\nB,0,CLP\n", { PROBLEM_NONE } },
        { "", HEADER, { PROBLEM_FILE_NO_ROWS } },
        { "", HEADER "A,0,CLP\nB,0,CLP\n", { PROBLEM_FILE_NO_GOOD_ROW } },
        { "policy = strict", HEADER "A,1,CLP\nB,0,CLP\n", { PROBLEM_FILE_STRICT } },
        { "policy = strict", HEADER "A,1,CLP\nB,2,CLP\n", { PROBLEM_NONE } },
        { "max_rejected = 50%", HEADER "A,1,CLP\nB,0,CLP\n", { PROBLEM_NONE } },
        { "max_rejected = 49%", HEADER "A,1,CLP\nB,0,CLP\n", { PROBLEM_FILE_REJECTED_SHARE } },
        { "max_rejected = 0%", HEADER "A,1,CLP\nB,0,CLP\n", { PROBLEM_FILE_REJECTED_SHARE } },
        { "max_rows = 2", HEADER "A,1,CLP\nB,2,CLP\n", { PROBLEM_NONE } },
        { "max_rows = 1", HEADER "A,1,CLP\nB,2,CLP\n", { PROBLEM_FILE_ROWS } },
        { "max_batch_sum = 3 CLP", HEADER "A,1,CLP\nB,2,CLP\nC,0,CLP\n", { PROBLEM_NONE } },
        { "max_batch_sum = 2 CLP", HEADER "A,1,CLP\nB,2,CLP\n", { PROBLEM_FILE_SUM } },
        { "policy = strict\nmax_rows = 1\nmax_batch_sum = 1 CLP",
          HEADER "A,1,CLP\nB,2,CLP\nC,0,CLP\n",
          { PROBLEM_FILE_STRICT, PROBLEM_FILE_ROWS, PROBLEM_FILE_SUM } },
        { "max_rows = 1", "order_id,currency\nA,CLP\nB,CLP\n", { PROBLEM_FILE_COLUMN_MISSING } },
        /* what was declared and cannot be checked */
        { "", HEADER "A,1,CLP\nTOTAL 1,#REF!,CLP\n", { PROBLEM_FILE_TOTALS_ROW } },
        { "", HEADER "A,1,CLP\nTOTAL 1e0,1,CLP\n", { PROBLEM_FILE_TOTALS_ROW } },
        { "", HEADER "A,1,CLP\nTOTAL 1,1,000,CLP\n", { PROBLEM_FILE_TOTALS_ROW } },
        { "require_totals = yes", HEADER "A,1,CLP\nTOTAL,,\n", { PROBLEM_FILE_TOTALS_ROW } },
        { "require_totals = yes",
          HEADER "A,1,CLP\nTOTAL,1,CLP\nHecho por SAP,,\n",
          { PROBLEM_FILE_TOTALS_LAST } },
        { "", HEADER "A,1,CLP\nSUBTOTAL,1,CLP\nB,0,CLP\nTOTAL,1,CLP\n", { PROBLEM_NONE } },
        { "", HEADER "A,1,CLP\nSUBTOTAL,1,CLP\nB,0,CLP\nTOTAL,2,CLP\n", { PROBLEM_FILE_TOTALS } },
        { "", HEADER "A,1,CLP\nTOTAL,1,CLP\nB,2,CLP\n", { PROBLEM_NONE } },
        /* a number that was forgotten is one bad row */
        { "",
          "order_id,customer_email,amount,currency,concepto\nA,a@b.cl,1,CLP,x\n"
          ",a@b.cl,7,CLP,Total arriendo\n",
          { PROBLEM_NONE } },
        { "",
          "order_id,customer_email,amount,currency,concepto\nA,a@b.cl,1,CLP,x\n"
          ",,2,CLP,Total general\n",
          { PROBLEM_FILE_TOTALS } },
        { "require_totals = yes", HEADER "A,1,CLP\nTotal 2026,1,CLP\n", { PROBLEM_NONE } },
        { "", HEADER "A,1,CLP\nTotal noviembre 2026,1,CLP\n", { PROBLEM_NONE } },
        { "", HEADER "A,1,CLP\nTotal noviembre 2026,2,CLP\n", { PROBLEM_FILE_TOTALS } },
        { "", HEADER "A,1,CLP\nTotal 2026,2,CLP\n", { PROBLEM_FILE_TOTALS, PROBLEM_FILE_TOTALS } },
        { "",
          "order_id,amount,currency,checkout_line\nA,1,CLP,2\nTOTAL,1,CLP,3\n",
          { PROBLEM_NONE } },
};

static void test_refusals(void **state) {
        (void) state;
        for (size_t i = 0; i < ELEMENTS(refusals); i++) {
                AUTO_SCENE scene;
                AUTO_BUFFER text = BUFFER_EMPTY;
                const Problem *problems;
                size_t n, expected = 0;

                while (expected < 3 && refusals[i].refused[expected] != PROBLEM_NONE)
                        expected++;
                scene_check(&scene, refusals[i].keys, refusals[i].text);
                problems = batch_check_refusals(scene.check, &n);
                if (n != expected)
                        fail_msg("%s: %zu refusals", refusals[i].keys, n);
                assert_int_equal(batch_check_append_problems(scene.check, &text), 0);
                for (size_t j = 0; j < n; j++) {
                        assert_int_equal(problems[j].code, refusals[i].refused[j]);
                        assert_non_null(strstr(text.data, problem_name(problems[j].code)));
                }
        }
}

static void test_refusals_name_the_limit(void **state) {
        AUTO_SCENE scene;
        AUTO_BUFFER text = BUFFER_EMPTY;

        (void) state;
        scene_check(&scene, "max_rows = 1\nmax_rejected = 2.5%\nmax_batch_sum = 50000 CLP",
                    HEADER "A,30000,CLP\nB,30000,CLP\nC,0,CLP\n");
        assert_int_equal(batch_check_append_problems(scene.check, &text), 0);
        assert_non_null(strstr(text.data, "2.5%"));
        assert_non_null(strstr(text.data, "CLP 50.000"));
}

static int append_bad_rows(Buffer *file, unsigned n) {
        int r = buffer_append_string(file, HEADER "A,1,CLP\n");

        for (unsigned i = 0; i < n && r >= 0; i++)
                r = buffer_printf(file, "B%u,0,CLP\n", i);
        return r;
}

static void test_the_same_problem_is_said_once(void **state) {
        AUTO_SCENE scene;
        AUTO_BUFFER file = BUFFER_EMPTY, text = BUFFER_EMPTY;

        (void) state;
        assert_int_equal(append_bad_rows(&file, 1000), 0);
        scene_check(&scene, "", file.data);
        assert_int_equal(scene.check->n_problems, 1000);
        assert_int_equal(batch_check_append_problems(scene.check, &text), 0);
        assert_string_equal(text.data,
                            "lines 3, 4, 5, 6, 7, 8 and 994 more, column 2 (amount): \"0\": the "
                            "amount must be above zero and at most CLP 6.999.999. Correct the "
                            "amount, or split it into several orders. [E-AMOUNT-RANGE]\n");
}

static bool at_once(void *userdata) {
        unsigned *asked = userdata;

        (*asked)++;
        return true;
}

static int count_order(void *userdata, const Order *order) {
        unsigned *orders = userdata;

        assert_non_null(order);
        (*orders)++;
        return 0;
}

static void test_slices_give_the_same(void **state) {
        AUTO_SCENE whole, sliced;
        AUTO_BUFFER file = BUFFER_EMPTY, whole_text = BUFFER_EMPTY, sliced_text = BUFFER_EMPTY;
        unsigned asked = 0, orders = 0, slices = 0;
        int r;

        (void) state;
        assert_int_equal(append_bad_rows(&file, 1000), 0);
        scene_check(&whole, "policy = strict", file.data);
        scene_open(&sliced, "policy = strict", file.data);
        while ((r = batch_check_slice(sliced.check, at_once, NULL, &asked)) == 1)
                slices++;
        assert_int_equal(r, 0);
        assert_true(slices >= 15 && asked == slices);
        assert_int_equal(batch_check_slice(sliced.check, NULL, NULL, NULL), 0); /* stays done */
        assert_int_equal(sliced.check->orders, whole.check->orders);
        assert_int_equal(sliced.check->rejected, whole.check->rejected);
        assert_int_equal(batch_check_append_problems(sliced.check, &sliced_text), 0);
        assert_int_equal(batch_check_append_problems(whole.check, &whole_text), 0);
        assert_string_equal(sliced_text.data, whole_text.data);

        AUTO_SCENE counted;
        scene_open(&counted, "", file.data);
        assert_int_equal(batch_check_slice(counted.check, NULL, count_order, &orders), 0);
        assert_int_equal(orders, 1001);
}

static int stop_at_once(void *userdata, const Order *order) {
        (void) userdata;
        (void) order;
        return -7;
}

static void test_the_function_may_end_it(void **state) {
        AUTO_SCENE scene;

        (void) state;
        scene_open(&scene, "", HEADER "A,1,CLP\nB,1,CLP\n");
        assert_int_equal(batch_check_slice(scene.check, NULL, stop_at_once, NULL), -7);
        assert_int_equal(scene.check->orders, 1);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_counts_and_sums),
                cmocka_unit_test(test_an_order_of_several_lines_counts_once),
                cmocka_unit_test(test_refusals),
                cmocka_unit_test(test_refusals_name_the_limit),
                cmocka_unit_test(test_the_same_problem_is_said_once),
                cmocka_unit_test(test_slices_give_the_same),
                cmocka_unit_test(test_the_function_may_end_it),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
