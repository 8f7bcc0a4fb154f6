/* Texts of approvals: in both languages nothing is left unfilled, sums are as people write them,
 * and the name of an approving file is read as it is written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "jobs/base/cleanup.h"
#include "jobs/report/approval_text.h"

static const uint8_t digest[32] = { 0x3f, 0xd4, 0x5d, 0xd1, 0x0a, 0x99, 0xff };

static ApprovalFacts example(Language language, AnswerTotals totals[static CURRENCY_COUNT]) {
        memset(totals, 0, CURRENCY_COUNT * sizeof(*totals));
        totals[CURRENCY_CLP].accepted = (AnswerSum){ 18, 11548160 };
        totals[CURRENCY_CLP].rejected = (AnswerSum){ 2, 990000 };
        totals[CURRENCY_MXN].accepted = (AnswerSum){ 1, 3500000 };
        return (ApprovalFacts){ .language = language,
                                .batch = 17,
                                .file = TEXT("facturas.csv"),
                                .sha256 = digest,
                                .person = TEXT("carla (1002)"),
                                .maker = TEXT("mario (1001)"),
                                .earlier = TEXT("berta (1003)"),
                                .when = TEXT("2026-11-25 10:00:00"),
                                .name = TEXT("B000017-3fd45dd10a99"),
                                .totals = totals };
}

static void a_request_says_what_and_how(void **state) {
        AnswerTotals totals[CURRENCY_COUNT];
        ApprovalFacts facts = example(LANGUAGE_ES, totals);
        AUTO_BUFFER spanish = BUFFER_EMPTY, english = BUFFER_EMPTY;

        (void) state;
        assert_int_equal(approval_append_request(&spanish, &facts), 0);
        assert_non_null(
                strstr(spanish.data, "18 órdenes, CLP 11.548.160 + 1 orden, MXN 35,000.00\n"));
        assert_non_null(strstr(spanish.data, "\n    B000017-3fd45dd10a99\n"));
        assert_non_null(strstr(spanish.data, "checkoutctl approve B000017-3fd45dd10a99\n"));
        assert_non_null(strstr(spanish.data, "mario (1001)"));
        facts.language = LANGUAGE_EN;
        facts.cancels = 2;
        assert_int_equal(approval_append_request(&english, &facts), 0);
        assert_non_null(strstr(
                english.data,
                "18 orders, CLP 11.548.160 + 1 order, MXN 35,000.00 + 2 orders to be cancelled\n"));
        assert_null(strchr(english.data, '{'));
        buffer_clear(&english);
        memset(totals, 0, sizeof(totals));
        facts.cancels = 1;
        assert_int_equal(approval_append_request(&english, &facts), 0);
        assert_non_null(strstr(english.data, "To be approved: 1 order to be cancelled\n"));
}

static void every_answer_is_filled_in(void **state) {
        AnswerTotals totals[CURRENCY_COUNT];

        (void) state;
        for (Language language = 0; language < LANGUAGE_COUNT; language++)
                for (ApprovalAnswer answer = 0; answer < APPROVAL_ANSWER_COUNT; answer++) {
                        const ApprovalFacts facts = example(language, totals);
                        AUTO_BUFFER text = BUFFER_EMPTY;
                        bool yes = answer == APPROVAL_GIVEN || answer == APPROVAL_REPEATED ||
                                   answer == APPROVAL_ALREADY;
                        const char *no =
                                language == LANGUAGE_ES ? "NO APROBADO: " : "NOT APPROVED: ";

                        assert_int_equal(approval_append_file(&text, answer, &facts), 0);
                        assert_null(strchr(text.data, '{'));
                        assert_null(strchr(text.data, '}'));
                        assert_int_equal(strncmp(text.data, no, strlen(no)) == 0, !yes);
                        assert_non_null(strstr(text.data, "3fd45dd10a99ff00"));
                        assert_int_equal(approval_is_given(answer),
                                         yes && answer != APPROVAL_ALREADY);
                }
}

/* What a person wrote into a name forges no line. */
static void names_are_made_visible(void **state) {
        AnswerTotals totals[CURRENCY_COUNT];
        ApprovalFacts facts = example(LANGUAGE_EN, totals);
        AUTO_BUFFER text = BUFFER_EMPTY;

        (void) state;
        facts.file = TEXT_NONE;
        facts.sha256 = NULL;
        facts.name = TEXT("x\nAPPROVED: y");
        assert_int_equal(approval_append_file(&text, APPROVAL_NAME, &facts), 0);
        assert_null(strstr(text.data, "\nAPPROVED"));
        assert_non_null(strstr(text.data, "x\\nAPPROVED"));
}

static void names(void **state) {
        static const char *const bad[] = { "",
                                           "B",
                                           "B000017",
                                           "B000017-",
                                           "B000017-3fd45dd10a9",
                                           "B000017-3fd45dd10a999",
                                           "B000017-3fd45dd10a9g",
                                           "B000017_3fd45dd10a99",
                                           "B-3fd45dd10a99",
                                           "B000000-3fd45dd10a99",
                                           "B9999999999-3fd45dd10a99",
                                           "B000017-3fd45dd10a99.txt",
                                           " B000017-3fd45dd10a99",
                                           "000017-3fd45dd10a99" };
        char digits[APPROVAL_DIGITS + 1];
        AUTO_BUFFER name = BUFFER_EMPTY;
        int64_t batch = 0;

        (void) state;
        assert_int_equal(approval_append_name(&name, 17, digest), 0);
        assert_string_equal(name.data, "B000017-3fd45dd10a99");
        assert_int_equal(approval_read_name(text_of(name.data), &batch, digits), 1);
        assert_int_equal(batch, 17);
        assert_string_equal(digits, "3fd45dd10a99");
        assert_int_equal(approval_read_name(TEXT("b17-3FD45DD10A99"), &batch, digits), 1);
        assert_string_equal(digits, "3fd45dd10a99");
        assert_int_equal(approval_read_name(TEXT("B2147483647-3fd45dd10a99"), &batch, digits), 1);
        assert_int_equal(batch, INT32_MAX);
        for (size_t i = 0; i < ELEMENTS(bad); i++)
                assert_int_equal(approval_read_name(text_of(bad[i]), &batch, digits), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_request_says_what_and_how),
                cmocka_unit_test(every_answer_is_filled_in),
                cmocka_unit_test(names_are_made_visible),
                cmocka_unit_test(names),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
