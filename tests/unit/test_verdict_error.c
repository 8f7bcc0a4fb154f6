/* Verdicts about the provider's errors: every row of the table in verdict.c. */
#include "tests/unit/verdict_fixture.h"

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

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_errors),
                cmocka_unit_test(test_problems_of_rows),
                cmocka_unit_test(test_open_attempts_stay_open),
                cmocka_unit_test(test_customer_conflicts_are_told),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
