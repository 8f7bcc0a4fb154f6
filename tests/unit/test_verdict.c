/* Verdicts about sessions, transfers that broke, and what else a reply says. */
#include "tests/unit/verdict_fixture.h"

static void test_the_session_that_was_asked_for(void **state) {
        Attempt attempt = attempt_of(201, GOOD);
        AUTO_OUTCOME outcome = OUTCOME_NONE;

        (void) state;
        assert_int_equal(verdict_judge(&attempt, NOW, &outcome), 0);
        assert_int_equal(outcome.verdict, VERDICT_CREATED);
        assert_string_equal(outcome.session_id, "cs_Ex4mpl3");
        assert_string_equal(outcome.url, "https://checkout.example/pay?cs_Ex4mpl3");
        assert_int_equal(outcome.expires_at, INT64_C(1796223600) * SECOND);
        assert_null(outcome.code);
        assert_null(outcome.message);
        assert_int_equal(outcome.retry_after, -1);
}

static void test_sessions(void **state) {
        static const struct {
                const char *body;
                Verdict verdict;
                const char *code;
        } cases[] = {
                { GOOD, VERDICT_CREATED, NULL },
                /* what providers vary: order, unknown fields, case of the currency, no `object` */
                { "{\"new\":[1],\"id\":\"x\"," MODE META AMOUNT "\"currency\":\"clp\"," URL LAST,
                  VERDICT_CREATED, NULL },
                { FIRST AMOUNT MONEY META MODE URL "\"expires_at\":\"2026-12-02T15:00:00.512Z\"}",
                  VERDICT_CREATED, NULL },
                { FIRST AMOUNT MONEY META MODE URL "\"expires_at\":\"2026-12-02\"}",
                  VERDICT_CREATED, NULL },
                { FIRST AMOUNT MONEY META MODE "\"redirect_url\":\"http://127.0.0.1:8080/x\"}",
                  VERDICT_CREATED, NULL },

                { FIRST AMOUNT MONEY MODE URL LAST, VERDICT_MISMATCH, "reply-key" },
                { FIRST AMOUNT MONEY MODE URL "\"metadata\":null," LAST, VERDICT_MISMATCH,
                  "reply-key" },
                { FIRST AMOUNT MONEY MODE URL "\"metadata\":{\"checkoutd\":\"other\"}," LAST,
                  VERDICT_MISMATCH, "reply-key" },
                { FIRST MONEY META MODE URL LAST, VERDICT_MISMATCH, "reply-amount" },
                { FIRST "\"amount\":null," MONEY META MODE URL LAST, VERDICT_MISMATCH,
                  "reply-amount" },
                { FIRST "\"amount\":45991," MONEY META MODE URL LAST, VERDICT_MISMATCH,
                  "reply-amount" },
                { FIRST "\"amount\":45990.0," MONEY META MODE URL LAST, VERDICT_MISMATCH,
                  "reply-amount" },
                { FIRST "\"amount\":\"45990\"," MONEY META MODE URL LAST, VERDICT_MISMATCH,
                  "reply-amount" },
                { FIRST AMOUNT META MODE URL LAST, VERDICT_MISMATCH, "reply-currency" },
                { FIRST AMOUNT "\"currency\":\"MXN\"," META MODE URL LAST, VERDICT_MISMATCH,
                  "reply-currency" },
                { FIRST AMOUNT MONEY META URL LAST, VERDICT_MISMATCH, "reply-mode" },
                { FIRST AMOUNT MONEY META "\"mode\":\"live\"," URL LAST, VERDICT_MISMATCH,
                  "reply-mode" },
                { FIRST AMOUNT MONEY META MODE LAST, VERDICT_MISMATCH, "no-url" },
                { FIRST AMOUNT MONEY META MODE "\"redirect_url\":null," LAST, VERDICT_MISMATCH,
                  "no-url" },
                { FIRST AMOUNT MONEY META MODE "\"redirect_url\":\"javascript:x\"," LAST,
                  VERDICT_MISMATCH, "reply-url" },
                { FIRST AMOUNT MONEY META MODE "\"redirect_url\":\"https://x/\\n\"," LAST,
                  VERDICT_MISMATCH, "reply-url" },

                { "", VERDICT_UNKNOWN, "unreadable" },
                { "{}", VERDICT_UNKNOWN, "unreadable" },
                { "[]", VERDICT_UNKNOWN, "unreadable" },
                { "[" GOOD "]", VERDICT_UNKNOWN, "unreadable" },
                { "<html>ok</html>", VERDICT_UNKNOWN, "unreadable" },
                { "{\"id\":\"cs_Ex4m", VERDICT_UNKNOWN, "unreadable" },
                { GOOD "x", VERDICT_UNKNOWN, "unreadable" },
                { "{\"id\":7," AMOUNT MONEY META MODE URL LAST, VERDICT_UNKNOWN, "unreadable" },
                { "{\"id\":\"\"," AMOUNT MONEY META MODE URL LAST, VERDICT_UNKNOWN, "unreadable" },
                { "{\"id\":\"evt_1\",\"object\":\"event\"," AMOUNT MONEY META MODE URL LAST,
                  VERDICT_UNKNOWN, "unreadable" },
                { "{\"error\":{\"type\":\"api_error\"}}", VERDICT_UNKNOWN, "unreadable" },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                Attempt attempt = attempt_of(200, cases[i].body);

                assert_verdict(&attempt, cases[i].verdict, cases[i].code);
                attempt.earlier_open = true; /* a session is an answer whatever was before */
                assert_verdict(&attempt, cases[i].verdict, cases[i].code);
        }
}

static void test_another_session_is_known_but_not_published(void **state) {
        Attempt attempt = attempt_of(200, GOOD);
        AUTO_OUTCOME outcome = OUTCOME_NONE;

        (void) state;
        attempt.live = true;
        assert_int_equal(verdict_judge(&attempt, NOW, &outcome), 0);
        assert_int_equal(outcome.verdict, VERDICT_MISMATCH);
        assert_string_equal(outcome.code, "reply-mode");
        assert_string_equal(outcome.session_id, "cs_Ex4mpl3");
        assert_null(outcome.url);
}

static void test_transfers(void **state) {
        Attempt attempt = attempt_of(0, "");

        (void) state;
        attempt.transfer = TRANSFER_NOT_SENT;
        assert_verdict(&attempt, VERDICT_TRY_LATER, "not-sent");
        attempt.earlier_open = true;
        assert_verdict(&attempt, VERDICT_UNKNOWN, "not-sent");
        attempt.transfer = TRANSFER_BROKEN;
        assert_verdict(&attempt, VERDICT_UNKNOWN, "broken");
        attempt.earlier_open = false;
        assert_verdict(&attempt, VERDICT_UNKNOWN, "broken");
        /* not even when the half that was read says so */
        attempt = attempt_of(201, GOOD);
        attempt.transfer = TRANSFER_BROKEN;
        assert_verdict(&attempt, VERDICT_UNKNOWN, "broken");
}

static void test_long_messages_are_cut_between_characters(void **state) {
        AUTO_BUFFER body = BUFFER_EMPTY;
        AUTO_OUTCOME outcome = OUTCOME_NONE;
        Attempt attempt;

        (void) state;
        assert_int_equal(buffer_append_string(&body, "{\"error\":{\"code\":\"invalid_amount\","
                                                     "\"message\":\"x"),
                         0);
        for (size_t i = 0; i < 600; i++)
                assert_int_equal(buffer_append_string(&body, "\xc3\xb1"), 0);
        assert_int_equal(buffer_append_string(&body, "\"}}"), 0);
        attempt = attempt_of(400, body.data);
        assert_int_equal(verdict_judge(&attempt, NOW, &outcome), 0);
        assert_int_equal(strlen(outcome.message), 499);
        assert_true(text_is_utf8(text_of(outcome.message), NULL));
}

static void test_retry_after(void **state) {
        static const struct {
                const char *header;
                int64_t wait;
        } cases[] = {
                { "", -1 },
                { "0", 0 },
                { "120", 120 * SECOND },
                { " 120 ", 120 * SECOND },
                { "99999999999999999999999999", 365 * DAY },
                { "-1", -1 },
                { "1.5", -1 },
                { "soon", -1 },
                { "Sun, 22 Nov 2026 10:02:00 GMT", 2 * MINUTE },
                { "Sun, 22 Nov 2026 09:00:00 GMT", 0 },
                { "Wed, 22 Nov 2062 10:00:00 GMT", 365 * DAY },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                Attempt attempt = attempt_of(429, "");
                AUTO_OUTCOME outcome = OUTCOME_NONE;

                attempt.retry_after = text_of(cases[i].header);
                assert_int_equal(verdict_judge(&attempt, NOW, &outcome), 0);
                assert_int_equal(outcome.verdict, VERDICT_STORED);
                assert_int_equal(outcome.retry_after, cases[i].wait);
        }
}

static void test_names(void **state) {
        static const char *const names[] = { "created",   "mismatch", "refused", "account",
                                             "try-later", "stored",   "unknown" };

        (void) state;
        assert_int_equal(ELEMENTS(names), VERDICT_COUNT - 1);
        for (size_t i = 0; i < ELEMENTS(names); i++)
                assert_string_equal(verdict_name((Verdict) (i + 1)), names[i]);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_the_session_that_was_asked_for),
                cmocka_unit_test(test_sessions),
                cmocka_unit_test(test_another_session_is_known_but_not_published),
                cmocka_unit_test(test_transfers),
                cmocka_unit_test(test_long_messages_are_cut_between_characters),
                cmocka_unit_test(test_retry_after),
                cmocka_unit_test(test_names),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
