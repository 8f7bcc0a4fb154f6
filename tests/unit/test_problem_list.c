/* ProblemList: what is wrong with many rows, each kind once with the lines that have it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "jobs/base/cleanup.h"
#include "jobs/base/problem_list.h"

static void add(ProblemList *list, uint32_t line, ProblemCode code, const char *value,
                const char *detail) {
        char texts[2][600]; /* gone when the next one is added */
        (void) snprintf(texts[0], sizeof(texts[0]), "%s", value);
        (void) snprintf(texts[1], sizeof(texts[1]), "%s", detail);
        assert_int_equal(problem_list_add(list, &(Problem){ .code = code,
                                                            .line = line,
                                                            .column = 2,
                                                            .column_name = TEXT("monto"),
                                                            .value = text_of(texts[0]),
                                                            .detail = text_of(texts[1]) }),
                         0);
        memset(texts, 'z', sizeof(texts));
}

static void assert_list(const ProblemList *list, Language language, const char *expected) {
        AUTO_BUFFER text = BUFFER_EMPTY;

        assert_int_equal(buffer_append(&text, "", 0), 0);
        assert_int_equal(problem_list_append(list, language, &text), 0);
        assert_string_equal(text.data, expected);
}

#define MISSING       "falta el monto. Escriba el monto a cobrar. [E-AMOUNT-MISSING]\n"
#define CURRENCY_TEXT "la moneda no es CLP ni MXN. Escriba CLP o MXN, en mayúsculas. [E-CURRENCY]\n"

static void each_kind_is_said_once(void **state) {
        CLEANUP(problem_list_free_p) ProblemList *list = NULL;

        (void) state;
        assert_int_equal(problem_list_new(&list), 0);
        assert_list(list, LANGUAGE_ES, "");
        add(list, 2, PROBLEM_AMOUNT_MISSING, "", "");
        assert_list(list, LANGUAGE_ES, "línea 2, columna 2 (monto): " MISSING);
        add(list, 3, PROBLEM_CURRENCY, "USD", "");
        add(list, 4, PROBLEM_CURRENCY, "USD", "");
        add(list, 9, PROBLEM_AMOUNT_MISSING, "", "");
        assert_list(list, LANGUAGE_ES,
                    "líneas 2, 9, columna 2 (monto): " MISSING
                    "líneas 3, 4, columna 2 (monto): \"USD\": " CURRENCY_TEXT);
        add(list, 10, PROBLEM_CURRENCY, "EUR", "");
        assert_list(list, LANGUAGE_ES,
                    "líneas 2, 9, columna 2 (monto): " MISSING
                    "línea 3, columna 2 (monto): \"USD\": " CURRENCY_TEXT
                    "línea 4, columna 2 (monto): \"USD\": " CURRENCY_TEXT
                    "línea 10, columna 2 (monto): \"EUR\": " CURRENCY_TEXT);
        for (uint32_t line = 11; line < 110; line++)
                add(list, line, PROBLEM_CURRENCY, "USD", "");
        assert_list(
                list, LANGUAGE_ES,
                "líneas 2, 9, columna 2 (monto): " MISSING
                "líneas 3, 4, 10, 11, 12, 13 y 96 más, columna 2 (monto): por ejemplo \"USD\": " CURRENCY_TEXT);
}

/* What is said of one line alone is not said of others. */
static void what_differs_is_another_kind(void **state) {
        CLEANUP(problem_list_free_p) ProblemList *list = NULL;

        (void) state;
        assert_int_equal(problem_list_new(&list), 0);
        add(list, 2, PROBLEM_RUT_DIGIT, "1", "1-9");
        add(list, 3, PROBLEM_RUT_DIGIT, "2", "2-7");
        add(list, 4, PROBLEM_ROW_SHORT, "2", "5"); /* its text tells the value */
        add(list, 5, PROBLEM_ROW_SHORT, "3", "5");
        add(list, 6, PROBLEM_ROW_SHORT, "3", "5");
        {
                AUTO_BUFFER text = BUFFER_EMPTY;
                unsigned lines = 0;

                assert_int_equal(problem_list_append(list, LANGUAGE_EN, &text), 0);
                for (const char *at = text.data; (at = strchr(at, '\n')); at++)
                        lines++;
                assert_int_equal(lines, 4);
                assert_non_null(strstr(text.data, "lines 5, 6, column 2 (monto): \"3\": the row "
                                                  "has too few columns: 3, and"));
        }
}

/* Where the text says something else of every value, more than a few are one kind all the same:
 * what is wrong in one row besides is not lost behind them. */
static void the_same_mistake_in_all_rows_is_one_kind(void **state) {
        CLEANUP(problem_list_free_p) ProblemList *list = NULL;
        AUTO_BUFFER text = BUFFER_EMPTY;
        char value[16], detail[16];

        (void) state;
        assert_int_equal(problem_list_new(&list), 0);
        for (uint32_t line = 2; line < 402; line++) {
                (void) snprintf(value, sizeof(value), "%u.000", 450 + line);
                (void) snprintf(detail, sizeof(detail), "%u000", 450 + line);
                add(list, line, PROBLEM_AMOUNT_NOTATION, value, detail);
                if (line == 30)
                        add(list, line, PROBLEM_AMOUNT_MISSING, "", "");
        }
        assert_int_equal(problem_list_append(list, LANGUAGE_ES, &text), 0);
        assert_non_null(strstr(text.data, "líneas 2, 3, 4, 5, 6, 7 y 394 más, columna 2 (monto): "
                                          "por ejemplo \"452.000\": "));
        assert_non_null(strstr(text.data, "452000"));
        assert_non_null(strstr(text.data, "\nlínea 30, columna 2 (monto): " MISSING));
        assert_null(strstr(text.data, "453"));
        assert_null(strstr(text.data, "…"));
}

/* The lines of those that are gathered are named from the first on, whichever they belonged to. */
static void what_is_gathered_keeps_its_lines(void **state) {
        static const uint32_t others[] = { 3, 9 };
        CLEANUP(problem_list_free_p) ProblemList *list = NULL;
        AUTO_BUFFER text = BUFFER_EMPTY;

        (void) state;
        assert_int_equal(problem_list_new(&list), 0);
        add(list, 2, PROBLEM_RUT_DIGIT, "1", "1-9");
        for (size_t i = 0; i < ELEMENTS(others); i++)
                add(list, others[i], PROBLEM_RUT_DIGIT, "2", "2-7");
        add(list, 4, PROBLEM_RUT_DIGIT, "3", "3-5");
        for (uint32_t line = 10; line < 14; line++)
                add(list, line, PROBLEM_RUT_DIGIT, "1", "1-9");
        assert_int_equal(problem_list_append(list, LANGUAGE_EN, &text), 0);
        assert_non_null(strstr(text.data, "lines 3, 9, column 2"));
        add(list, 14, PROBLEM_RUT_DIGIT, "4", "4-3");
        buffer_clear(&text);
        assert_int_equal(problem_list_append(list, LANGUAGE_EN, &text), 0);
        assert_non_null(strstr(text.data, "lines 2, 3, 4, 9, 10, 11 and 3 more, column 2 (monto): "
                                          "for example \"1\": "));
        assert_ptr_equal(strchr(text.data, '\n'), text.data + text.size - 1);
}

static void memory_does_not_grow(void **state) {
        CLEANUP(problem_list_free_p) ProblemList *list = NULL;
        AUTO_BUFFER text = BUFFER_EMPTY;
        char long_value[600];

        (void) state;
        memset(long_value, 'x', sizeof(long_value) - 1);
        long_value[sizeof(long_value) - 1] = '\0';
        assert_int_equal(problem_list_new(&list), 0);
        for (uint32_t i = 0; i < 21; i++) {
                Problem problem = { .code = PROBLEM_RUT_DIGIT,
                                    .line = 2 + i,
                                    .column = 1 + i,
                                    .column_name = TEXT("rut"),
                                    .value = text_of(long_value) };

                assert_int_equal(problem_list_add(list, &problem), 0);
                problem.column = 1;
                problem.line = 5000; /* one of the first is known again */
                assert_int_equal(problem_list_add(list, &problem), 0);
        }
        assert_int_equal(problem_list_append(list, LANGUAGE_EN, &text), 0);
        assert_non_null(strstr(text.data, "lines 2, 5000, 5000"));
        assert_null(strstr(text.data, "for example")); /* as far as they are kept */
        assert_non_null(strstr(text.data, "\n… and one more problem\n"));
        add(list, 6000, PROBLEM_CURRENCY, "USD", "");
        buffer_clear(&text);
        assert_int_equal(problem_list_append(list, LANGUAGE_ES, &text), 0);
        assert_non_null(strstr(text.data, "\n… y 2 problemas más\n"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_kind_is_said_once),
                cmocka_unit_test(what_differs_is_another_kind),
                cmocka_unit_test(the_same_mistake_in_all_rows_is_one_kind),
                cmocka_unit_test(what_is_gathered_keeps_its_lines),
                cmocka_unit_test(memory_does_not_grow),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
