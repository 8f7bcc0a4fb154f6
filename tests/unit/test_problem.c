/* Problems as people read them: every code has its texts in both languages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "jobs/base/cleanup.h"
#include "jobs/base/problem.h"

static void every_code_has_its_name_and_texts(void **state) {
        (void) state;
        for (ProblemCode code = PROBLEM_NONE + 1; code < PROBLEM_COUNT; code++) {
                Text name = text_of(problem_name(code));

                assert_memory_equal(name.data, "E-", 2);
                assert_int_equal(problem_of_name(name), code);
                for (Language language = 0; language < LANGUAGE_COUNT; language++) {
                        AUTO_BUFFER out = BUFFER_EMPTY;
                        const Problem problem = { .code = code,
                                                  .column_name = TEXT("monto"),
                                                  .value = TEXT("VALUE"),
                                                  .detail = TEXT("DETAIL") };

                        assert_int_equal(problem_append_reason(&out, &problem, language), 0);
                        assert_true(text_is_utf8((Text){ out.data, out.size }, NULL));
                        /* a subject, a cause and what to do about it, nothing left to fill in */
                        assert_memory_equal(out.data, "monto \"VALUE\": ", 15);
                        assert_non_null(strstr(out.data + 15, ". "));
                        assert_int_equal(out.data[out.size - 1], '.');
                        assert_null(strstr(out.data, ".."));
                        assert_null(strstr(out.data, "{value}"));
                        assert_null(strstr(out.data, "{detail}"));
                        assert_null(strstr(out.data, "{column}"));
                }
        }
        assert_int_equal(problem_of_name(TEXT("E-NO-SUCH-CODE")), PROBLEM_NONE);
        assert_int_equal(problem_of_name(TEXT_NONE), PROBLEM_NONE);
}

static void assert_line(const Problem *problem, Language language, const char *expected) {
        AUTO_BUFFER out = BUFFER_EMPTY;

        assert_int_equal(problem_append_line(&out, problem, language), 0);
        assert_string_equal(out.data, expected);
}

static void a_line_says_where_what_and_what_to_do(void **state) {
        const Problem cell = { .code = PROBLEM_AMOUNT_RANGE,
                               .line = 12,
                               .column = 3,
                               .column_name = TEXT("monto"),
                               .value = TEXT("7000000"),
                               .detail = TEXT("CLP 6.999.999") };
        const Problem row = {
                .code = PROBLEM_ROW_SHORT, .line = 4, .value = TEXT("2"), .detail = TEXT("3")
        };
        const Problem file = { .code = PROBLEM_FILE_EMPTY };

        (void) state;
        assert_line(&cell, LANGUAGE_EN,
                    "line 12, column 3 (monto): \"7000000\": the amount must be above zero and at "
                    "most CLP 6.999.999. Correct the amount, or split it into several orders. "
                    "[E-AMOUNT-RANGE]");
        assert_line(&cell, LANGUAGE_ES,
                    "línea 12, columna 3 (monto): \"7000000\": el monto debe ser mayor que cero y "
                    "no más de CLP 6.999.999. Corrija el monto, o divida el cobro en varios. "
                    "[E-AMOUNT-RANGE]");
        assert_line(&row, LANGUAGE_EN,
                    "line 4: the row has too few columns: 2, and the header has 3. Look for a "
                    "missing separator or a row that was split in two. [E-ROW-SHORT]");
        assert_line(&file, LANGUAGE_ES,
                    "El archivo está vacío. Revise la exportación y vuelva a dejarlo en la "
                    "carpeta. [E-FILE-EMPTY]");
}

/* What stands in a file may try to look like ours, or like something else. */
static void values_are_made_visible_and_cut(void **state) {
        char long_value[200];
        Problem problem = { .code = PROBLEM_EMAIL,
                            .line = 2,
                            .column = 1,
                            .column_name = TEXT("cor\nreo"),
                            .value = TEXT("a\x1b[2J{detail}\nline 9: all is well") };
        AUTO_BUFFER out = BUFFER_EMPTY;

        (void) state;
        assert_int_equal(problem_append_line(&out, &problem, LANGUAGE_EN), 0);
        assert_non_null(strstr(out.data, "cor\\nreo"));
        assert_non_null(strstr(out.data, "a\\x1b[2J{detail}\\nline 9"));
        assert_null(strchr(out.data, '\n'));
        assert_null(strchr(out.data, 0x1b));

        memset(long_value, 'x', sizeof(long_value));
        problem.value = (Text){ long_value, sizeof(long_value) };
        buffer_clear(&out);
        assert_int_equal(problem_append_reason(&out, &problem, LANGUAGE_EN), 0);
        assert_null(memmem(out.data, out.size, long_value, 61));
        assert_non_null(memmem(out.data, out.size, long_value, 60));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_code_has_its_name_and_texts),
                cmocka_unit_test(a_line_says_where_what_and_what_to_do),
                cmocka_unit_test(values_are_made_visible_and_cut),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
