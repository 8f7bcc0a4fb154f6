/* Answers: the whole text in both languages, safe names, batches in names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "jobs/base/civil.h"
#include "jobs/base/cleanup.h"
#include "jobs/report/answer.h"

static const uint8_t digest[32] = { 0xab, 0xcd };

static Answer example(Language language) {
        Answer answer = {
                .language = language,
                .batch = 17,
                .file = TEXT("facturas\n.csv"),
                .profile = TEXT("norte"),
                .run = TEXT("2026-11"),
                .timezone = TEXT("America/Santiago"),
                .received_at = INT64_C(1795340000) * SECOND,
                .sha256 = digest,
                .encoding = "UTF-8",
                .delimiter = ';',
                .lines = 3,
                .problems = TEXT("line one\nline two\n"),
        };

        answer.totals[CURRENCY_CLP] =
                (AnswerTotals){ { 3, 45120300 }, { 2, 45120000 }, { 1, 300 }, { 0, 0 }, { 0, 0 } };
        assert_true(civil_zone_use("America/Santiago"));
        return answer;
}

static void an_ack_ties_out_and_shows_no_control_characters(void **state) {
        AUTO_BUFFER text = BUFFER_EMPTY;
        Answer answer = example(LANGUAGE_ES);

        (void) state;
        assert_int_equal(answer_append_ack(&text, &answer), 0);
        assert_non_null(strstr(text.data, "RECIBIDO: facturas\\n.csv\n"));
        assert_non_null(strstr(text.data, "B000017"));
        assert_non_null(strstr(text.data, "norte"));
        assert_non_null(strstr(text.data, "(America/Santiago)"));
        assert_non_null(strstr(text.data, "abcd0000"));
        assert_non_null(strstr(text.data, "punto y coma"));
        assert_non_null(strstr(text.data, "CLP 45.120.300\n"));
        assert_non_null(strstr(text.data, "  line two\n"));
        assert_null(strstr(text.data, "MXN"));
}

static void a_nack_says_that_nothing_was_sent(void **state) {
        AUTO_BUFFER es = BUFFER_EMPTY, en = BUFFER_EMPTY;
        Answer answer = example(LANGUAGE_ES);

        (void) state;
        assert_int_equal(answer_append_nack(&es, &answer), 0);
        assert_non_null(strstr(es.data, "no se envió nada"));
        answer.language = LANGUAGE_EN;
        assert_int_equal(answer_append_nack(&en, &answer), 0);
        assert_non_null(strstr(en.data, "nothing was sent"));
        assert_non_null(strstr(en.data, "  line one\n"));
}

static void a_dup_names_the_other_batch(void **state) {
        AUTO_BUFFER text = BUFFER_EMPTY;
        Answer answer = example(LANGUAGE_EN);

        (void) state;
        answer.other_batch = 9;
        assert_int_equal(answer_append_dup(&text, &answer), 0);
        assert_non_null(strstr(text.data, "as batch B000009."));
        buffer_clear(&text);
        answer.other_file = TEXT("ma\x1byo.csv");
        assert_int_equal(answer_append_dup(&text, &answer), 0);
        assert_non_null(strstr(text.data, "B000009 (ma\\x1byo.csv). "));
}

static void names_are_made_safe(void **state) {
        static const struct {
                const char *name, *stem, *safe;
        } cases[] = {
                { "invoices.csv", "invoices", "invoices.csv" },
                { "Facturación ñandú.CSV", "Facturación ñandú", "Facturación ñandú.csv" },
                { "a\nb.csv", "a_b", "a_b.csv" },
                { "a\x1b[31m.csv", "a__31m", "a__31m.csv" },
                { "../x.csv", "_._x", "_._x.csv" },
                { "\xff\xfe.csv", "__", "__.csv" },
                { "book.xlsx", "book.xlsx", "book.xlsx" },
                { "a.csv.csv", "a.csv", "a.csv.csv" },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                AUTO_BUFFER stem = BUFFER_EMPTY, safe = BUFFER_EMPTY;

                assert_int_equal(answer_append_stem(&stem, text_of(cases[i].name)), 0);
                assert_string_equal(stem.data, cases[i].stem);
                assert_int_equal(answer_append_safe_name(&safe, text_of(cases[i].name)), 0);
                assert_string_equal(safe.data, cases[i].safe);
        }
}

static void long_names_leave_room_for_what_is_appended(void **state) {
        char name[256];

        (void) state;
        for (unsigned wide = 0; wide < 2; wide++) {
                AUTO_BUFFER stem = BUFFER_EMPTY;
                size_t n = 0;

                while (n < 250)
                        n += (size_t) snprintf(name + n, sizeof(name) - n, wide ? "€" : "x");
                (void) snprintf(name + n, sizeof(name) - n, ".csv");
                assert_int_equal(answer_append_stem(&stem, text_of(name)), 0);
                assert_true(stem.size <= 200);
                assert_true(text_characters((Text){ stem.data, stem.size }) <= 100);
        }
}

static void the_batch_in_a_name_is_the_last_one(void **state) {
        (void) state;
        assert_int_equal(answer_batch_in_name(TEXT("a.B000017.rejects.csv")), 17);
        assert_int_equal(answer_batch_in_name(TEXT("a.B000017.rejects.B1234567.rejects.csv")),
                         1234567);
        assert_int_equal(answer_batch_in_name(TEXT("a.B17.csv")), 0);
        assert_int_equal(answer_batch_in_name(TEXT("aB000017.csv")), 0);
        assert_int_equal(answer_batch_in_name(TEXT("a.B000017")), 0);
        assert_int_equal(answer_batch_in_name(TEXT("")), 0);
}

static void a_schedule_is_told_in_local_time(void **state) {
        AUTO_BUFFER one = BUFFER_EMPTY, two = BUFFER_EMPTY;
        int64_t first = INT64_C(1795340000) * SECOND; /* 2026-11-22 09:33:20 UTC */

        (void) state;
        assert_true(civil_zone_use("America/Santiago"));
        assert_int_equal(answer_note_schedule(&one, LANGUAGE_EN, first, first), 0);
        assert_string_equal(one.data, "Rows with a time to be sent: the first one leaves at "
                                      "2026-11-22 06:33:20.\n");
        assert_int_equal(answer_note_schedule(&two, LANGUAGE_ES, first, first + HOUR), 0);
        assert_string_equal(two.data, "Filas con fecha de envío: la primera sale el "
                                      "2026-11-22 06:33:20 y la última el 2026-11-22 07:33:20.\n");
}

static void one_more_row_is_not_rows(void **state) {
        static const struct {
                int64_t n;
                Language language;
                const char *says;
        } cases[] = {
                { 1, LANGUAGE_ES, "Línea 4: el número de orden 123 " },
                { 2, LANGUAGE_ES, "Línea 4 (y otra fila así): el número" },
                { 3, LANGUAGE_ES, "Línea 4 (y otras 2 filas así): el número" },
                { 1, LANGUAGE_EN, "Line 4: the order number 123 " },
                { 2, LANGUAGE_EN, "Line 4 (and another row like it): the order" },
                { 3, LANGUAGE_EN, "Line 4 (and 2 other rows like it): the order" },
        };
        OrderZerosLost lost = { .line = 4, .value = "123", .original = "000123", .width = 6 };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                AUTO_BUFFER note = BUFFER_EMPTY;

                lost.n = cases[i].n;
                assert_int_equal(answer_note_zeros(&note, cases[i].language, &lost), 0);
                assert_memory_equal(note.data, cases[i].says, strlen(cases[i].says));
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(an_ack_ties_out_and_shows_no_control_characters),
                cmocka_unit_test(a_nack_says_that_nothing_was_sent),
                cmocka_unit_test(a_dup_names_the_other_batch),
                cmocka_unit_test(a_schedule_is_told_in_local_time),
                cmocka_unit_test(names_are_made_safe),
                cmocka_unit_test(long_names_leave_room_for_what_is_appended),
                cmocka_unit_test(the_batch_in_a_name_is_the_last_one),
                cmocka_unit_test(one_more_row_is_not_rows),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
