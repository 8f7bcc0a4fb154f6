/* What the tests of verdicts share: an attempt and its answers. */
#pragma once

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

static inline Attempt attempt_of(int http_status, const char *body) {
        return (Attempt){ .transfer = TRANSFER_COMPLETE,
                          .http_status = http_status,
                          .body = text_of(body),
                          .key = KEY,
                          .amount = 45990,
                          .currency = CURRENCY_CLP };
}

static inline void assert_verdict(const Attempt *attempt, Verdict verdict, const char *code) {
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
