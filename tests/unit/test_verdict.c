#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "jobs/base/buffer.h"
#include "jobs/base/civil.h"
#include "jobs/base/cleanup.h"
#include "jobs/session/verdict.h"

#define KEY          "d8ef4694e0866bdaeddbd68f3381dd67c8ac7fdab4f9db5e0f1b3282404d24de"
#define NOW          (INT64_C(1795341600) * SECOND) /* 2026-11-22T10:00:00Z */
#define AUTO_OUTCOME CLEANUP(outcome_done) Outcome

#define FIRST  "{\"id\":\"cs_Ex4mpl3\",\"object\":\"checkout_session\","
#define AMOUNT "\"amount\":45990,"
#define MONEY  "\"currency\":\"CLP\","
#define META   "\"metadata\":{\"order\":\"FAC-117\",\"checkoutd\":\"" KEY "\"},"
#define MODE   "\"mode\":\"test\","
#define URL    "\"redirect_url\":\"https://checkout.example/pay?cs_Ex4mpl3\","
#define LAST   "\"expires_at\":\"2026-12-02T15:00:00Z\",\"status\":\"created\"}"
#define GOOD   FIRST AMOUNT MONEY META MODE URL LAST

static Attempt attempt_of(int http_status, const char *body) {
        return (Attempt){ .transfer = TRANSFER_COMPLETE,
                          .http_status = http_status,
                          .body = text_of(body),
                          .key = KEY,
                          .amount = 45990,
                          .currency = CURRENCY_CLP };
}

static void assert_verdict(const Attempt *attempt, Verdict verdict, const char *code) {
        AUTO_OUTCOME outcome = OUTCOME_NONE;

        assert_int_equal(verdict_judge(attempt, NOW, &outcome), 0);
        if (outcome.verdict != verdict)
                fail_msg("%d %.*s: %s", attempt->http_status, TEXT_ARG(attempt->body),
                         verdict_name(outcome.verdict));
        if (code)
                assert_string_equal(outcome.code, code);
        else
                assert_null(outcome.code);
        assert_int_equal(outcome.url != NULL, verdict == VERDICT_CREATED);
}

/* --- sessions -------------------------------------------------------------------------------- */

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

/* --- everything else ------------------------------------------------------------------------- */

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

/* One line for each row of the table in verdict.c, and what falls through it. */
static const struct {
        int http_status;
        const char *type, *code, *message, *param; /* no type and no code: no envelope */
        Verdict fresh, open;
} errors[] = {
        { 400, "invalid_request_error", "idempotency_key_reused", "", "", VERDICT_UNKNOWN,
          VERDICT_UNKNOWN },
        { 400, "invalid_request_error", "invalid_params",
          "Idempotent request with other parameters", "", VERDICT_UNKNOWN, VERDICT_UNKNOWN },
        { 409, "idempotency_error", "IDEMPOTENT_REQUEST_IN_PROGRESS", "", "", VERDICT_UNKNOWN,
          VERDICT_UNKNOWN },
        { 422, "invalid_request_error", "invalid_amount", "see Idempotency", "", VERDICT_UNKNOWN,
          VERDICT_UNKNOWN },

        { 408, "", "", "", "", VERDICT_TRY_LATER, VERDICT_UNKNOWN },
        { 425, "", "", "", "", VERDICT_TRY_LATER, VERDICT_UNKNOWN },
        { 429, "", "", "", "", VERDICT_STORED, VERDICT_UNKNOWN },
        { 429, "api_error", "rate_limit_exceeded", "", "", VERDICT_STORED, VERDICT_UNKNOWN },

        { 400, "authentication_error", "whatever", "", "", VERDICT_ACCOUNT, VERDICT_UNKNOWN },
        { 401, "authentication_error", "invalid_api_key", "", "", VERDICT_ACCOUNT,
          VERDICT_UNKNOWN },
        { 401, "invalid_request_error", "expired_api_key", "", "", VERDICT_ACCOUNT,
          VERDICT_UNKNOWN },
        { 401, "", "", "", "", VERDICT_ACCOUNT, VERDICT_UNKNOWN },
        { 402, "invalid_request_error", "payment_required", "", "", VERDICT_ACCOUNT,
          VERDICT_UNKNOWN },
        { 403, "invalid_request_error", "invalid_recipient_account", "", "", VERDICT_REFUSED,
          VERDICT_UNKNOWN },
        { 403, "invalid_request_error", "recipient_blocked_account", "", "", VERDICT_REFUSED,
          VERDICT_UNKNOWN },
        { 403, "invalid_request_error", "account_not_active", "", "", VERDICT_ACCOUNT,
          VERDICT_UNKNOWN },
        { 403, "invalid_request_error", "invalid_api_version", "", "", VERDICT_ACCOUNT,
          VERDICT_UNKNOWN },
        { 403, "invalid_request_error", "nobody_knows", "", "", VERDICT_ACCOUNT, VERDICT_UNKNOWN },
        { 403, "", "", "", "", VERDICT_ACCOUNT, VERDICT_UNKNOWN },
        { 404, "invalid_request_error", "missing_resource", "", "customer", VERDICT_REFUSED,
          VERDICT_UNKNOWN },
        { 404, "invalid_request_error", "missing_resource", "", "", VERDICT_ACCOUNT,
          VERDICT_UNKNOWN },
        { 404, "", "", "", "", VERDICT_ACCOUNT, VERDICT_UNKNOWN },
        { 405, "invalid_request_error", "operation_not_allowed", "", "", VERDICT_ACCOUNT,
          VERDICT_UNKNOWN },
        { 406, "", "", "", "", VERDICT_ACCOUNT, VERDICT_UNKNOWN },
        { 415, "invalid_request_error", "invalid_json", "", "", VERDICT_ACCOUNT, VERDICT_UNKNOWN },

        { 400, "", "invalid_mode", "", "", VERDICT_ACCOUNT, VERDICT_UNKNOWN },
        { 400, "invalid_request_error", "invalid_product", "", "", VERDICT_ACCOUNT,
          VERDICT_UNKNOWN },
        { 422, "invalid_request_error", "not_supported_country", "", "", VERDICT_ACCOUNT,
          VERDICT_UNKNOWN },
        { 422, "invalid_request_error", "not_supported_mode", "", "", VERDICT_ACCOUNT,
          VERDICT_UNKNOWN },
        { 422, "invalid_request_error", "not_supported_product", "", "", VERDICT_ACCOUNT,
          VERDICT_UNKNOWN },

        { 409, "invalid_request_error", "customer_already_exists", "", "", VERDICT_REFUSED,
          VERDICT_UNKNOWN },
        { 409, "invalid_request_error", "", "", "customer_data.tax_id", VERDICT_REFUSED,
          VERDICT_UNKNOWN },
        { 409, "invalid_request_error", "", "", "tax_id", VERDICT_REFUSED, VERDICT_UNKNOWN },
        { 409, "invalid_request_error", "", "A Customer with this tax id already exists", "",
          VERDICT_REFUSED, VERDICT_UNKNOWN },
        { 409, "invalid_request_error", "", "Please call customer support", "", VERDICT_UNKNOWN,
          VERDICT_UNKNOWN },
        { 409, "invalid_request_error", "nobody_knows", "", "", VERDICT_UNKNOWN, VERDICT_UNKNOWN },
        { 409, "", "", "", "", VERDICT_ACCOUNT, VERDICT_UNKNOWN },

        { 400, "invalid_request_error", "", "", "", VERDICT_REFUSED, VERDICT_UNKNOWN },
        { 400, "invalid_request_error", "nobody_knows", "", "", VERDICT_REFUSED, VERDICT_UNKNOWN },
        { 422, "invalid_request_error", "nobody_knows", "", "", VERDICT_REFUSED, VERDICT_UNKNOWN },
        { 400, "api_error", "nobody_knows", "", "", VERDICT_UNKNOWN, VERDICT_UNKNOWN },
        { 422, "institution_error", "", "", "", VERDICT_UNKNOWN, VERDICT_UNKNOWN },
        { 413, "invalid_request_error", "nobody_knows", "", "", VERDICT_UNKNOWN, VERDICT_UNKNOWN },
        { 400, "", "", "", "", VERDICT_ACCOUNT, VERDICT_UNKNOWN },
        { 422, "", "", "", "", VERDICT_ACCOUNT, VERDICT_UNKNOWN },
        { 499, "", "", "", "", VERDICT_ACCOUNT, VERDICT_UNKNOWN },
        { 301, "", "", "", "", VERDICT_ACCOUNT, VERDICT_UNKNOWN },
        { 307, "", "", "", "", VERDICT_ACCOUNT, VERDICT_UNKNOWN },

        { 500, "api_error", "internal_server_error", "", "", VERDICT_STORED, VERDICT_UNKNOWN },
        { 503, "institution_error", "", "", "", VERDICT_STORED, VERDICT_UNKNOWN },
        { 502, "", "", "", "", VERDICT_UNKNOWN, VERDICT_UNKNOWN },
        { 500, "", "", "", "", VERDICT_UNKNOWN, VERDICT_UNKNOWN },
        { 103, "", "", "", "", VERDICT_UNKNOWN, VERDICT_UNKNOWN },
        { 0, "", "", "", "", VERDICT_UNKNOWN, VERDICT_UNKNOWN },
        { 600, "api_error", "x", "", "", VERDICT_UNKNOWN, VERDICT_UNKNOWN },
};

/* known problems of a row, with 400 and with 422: an answer also after an open attempt */
static const char *const row_problems[] = {
        "currency_mismatch",
        "empty_string",
        "invalid_account_number",
        "invalid_account_type",
        "invalid_amount",
        "invalid_array",
        "invalid_boolean",
        "invalid_business_profile_tax_id",
        "invalid_clabe",
        "invalid_comment_size",
        "invalid_currency",
        "invalid_enum",
        "invalid_hash",
        "invalid_holder_id",
        "invalid_holder_type",
        "invalid_installments_currency",
        "invalid_institution_id",
        "invalid_integer",
        "invalid_payment_recipient_account",
        "invalid_positive_integer",
        "invalid_reference_id_size",
        "invalid_session_holder_id",
        "invalid_string",
        "invalid_string_size",
        "missing_parameter",
        "not_supported_currency",
};

/* the same, but the time or an account may have changed since */
static const char *const passing_problems[] = {
        "invalid_date",
        "invalid_expires_at",
        "sender_blocked_account",
};

static void assert_error(int http_status, const char *type, const char *code, const char *message,
                         const char *param, Verdict fresh, Verdict open) {
        AUTO_BUFFER body = BUFFER_EMPTY;
        bool envelope = type[0] || code[0];
        const char *named = code[0] ? code : type;
        Attempt attempt;

        if (envelope)
                assert_int_equal(buffer_printf(&body,
                                               "{\"error\":{\"type\":\"%s\",\"code\":\"%s\","
                                               "\"message\":\"%s\",\"param\":\"%s\"}}",
                                               type, code, message, param),
                                 0);
        else
                assert_int_equal(buffer_append_string(&body, "<html>Bad Gateway</html>"), 0);

        attempt = attempt_of(http_status, body.data);
        assert_verdict(&attempt, fresh, envelope ? named : "no-envelope");
        attempt.earlier_open = true;
        assert_verdict(&attempt, open, envelope ? named : "no-envelope");
}

static void test_errors(void **state) {
        (void) state;
        for (size_t i = 0; i < ELEMENTS(errors); i++)
                assert_error(errors[i].http_status, errors[i].type, errors[i].code,
                             errors[i].message, errors[i].param, errors[i].fresh, errors[i].open);
}

static void test_problems_of_rows(void **state) {
        (void) state;
        for (size_t i = 0; i < ELEMENTS(row_problems); i++) {
                assert_error(400, "invalid_request_error", row_problems[i], "m", "p",
                             VERDICT_REFUSED, VERDICT_REFUSED);
                assert_error(422, "", row_problems[i], "", "", VERDICT_REFUSED, VERDICT_REFUSED);
                /* with another status it is something else */
                assert_error(500, "api_error", row_problems[i], "", "", VERDICT_STORED,
                             VERDICT_UNKNOWN);
        }
        for (size_t i = 0; i < ELEMENTS(passing_problems); i++) {
                assert_error(400, "invalid_request_error", passing_problems[i], "", "",
                             VERDICT_REFUSED, VERDICT_UNKNOWN);
                assert_error(422, "", passing_problems[i], "", "", VERDICT_REFUSED,
                             VERDICT_UNKNOWN);
        }
}

/* After an open attempt nothing but a session or a known problem of the row is an answer, whatever
 * the status and the words. */
static void test_open_attempts_stay_open(void **state) {
        static const char *const bodies[] = {
                "",
                "{}",
                "{\"error\":\"text\"}",
                "{\"error\":{}}",
                "{\"error\":{\"type\":\"api_error\"}}",
                "{\"error\":{\"type\":\"invalid_request_error\",\"code\":null}}",
                "{\"error\":{\"type\":\"authentication_error\",\"code\":\"invalid_api_key\"}}",
        };

        (void) state;
        for (int http_status = 0; http_status < 700; http_status++) {
                for (size_t i = 0; i < ELEMENTS(bodies); i++) {
                        Attempt attempt = attempt_of(http_status, bodies[i]);
                        AUTO_OUTCOME outcome = OUTCOME_NONE;

                        attempt.earlier_open = true;
                        assert_int_equal(verdict_judge(&attempt, NOW, &outcome), 0);
                        assert_int_equal(outcome.verdict, VERDICT_UNKNOWN);
                }
        }
}

static void test_customer_conflicts_are_told(void **state) {
        static const char body[] = "{\"error\":{\"type\":\"invalid_request_error\",\"code\":"
                                   "\"customer_conflict\",\"message\":\"Already a customer\"}}";
        Attempt attempt = attempt_of(409, body);
        AUTO_OUTCOME outcome = OUTCOME_NONE;
        AUTO_OUTCOME other = OUTCOME_NONE;

        (void) state;
        assert_int_equal(verdict_judge(&attempt, NOW, &outcome), 0);
        assert_int_equal(outcome.verdict, VERDICT_REFUSED);
        assert_true(outcome.customer_conflict);
        assert_string_equal(outcome.message, "Already a customer");
        attempt.http_status = 400;
        assert_int_equal(verdict_judge(&attempt, NOW, &other), 0);
        assert_int_equal(other.verdict, VERDICT_REFUSED);
        assert_false(other.customer_conflict);
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
                cmocka_unit_test(test_errors),
                cmocka_unit_test(test_problems_of_rows),
                cmocka_unit_test(test_open_attempts_stay_open),
                cmocka_unit_test(test_customer_conflicts_are_told),
                cmocka_unit_test(test_long_messages_are_cut_between_characters),
                cmocka_unit_test(test_retry_after),
                cmocka_unit_test(test_names),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
