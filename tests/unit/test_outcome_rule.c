/* What a row becomes by what the provider says of its sessions and payments: a table of cases, each
 * a life in few words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "jobs/base/civil.h"
#include "jobs/base/cleanup.h"
#include "jobs/reconcile/outcome_rule.h"

#define T0  (INT64_C(1800000000) * SECOND) /* its sessions were made */
#define END (T0 + DAY)

/* short names, so that a case is a line */
/* clang-format off */
#define SESSION(number, word, ...)                                                                 \
        { .generation = number, .id = { "cs_" #number, 4 }, .status = SESSION_##word,              \
          .created_at = T0, .expires_at = END, __VA_ARGS__ }
#define S(word)  SESSION(1, word, .gone = false)
#define S2(word) SESSION(2, word, .gone = false)
#define GONE     SESSION(1, CREATED, .gone = true)
#define ASKED    SESSION(1, EXPIRED, .end_asked = true)
#define P(number, word, sum, at, back)                                                             \
        { .place = OUTCOME_HERE, .generation = 1, .id = { "pi_" #number, 4 },                      \
          .status = PAYMENT_##word, .amount = sum, .currency = CURRENCY_CLP,                       \
          .created_at = T0 + HOUR, .paid_at = at, .refunded = back }
#define ELSEWHERE(where, at)                                                                       \
        { .place = OUTCOME_##where, .generation = 1, .id = { "pi_0", 4 },                          \
          .status = PAYMENT_SUCCEEDED, .amount = 1000, .currency = CURRENCY_CLP,                   \
          .created_at = T0, .paid_at = at }
#define PAID(number) P(number, SUCCEEDED, 1000, T0 + number * HOUR, 0)
#define UNPAID(word) P(1, word, 1000, 0, 0)
#define NO_PAYMENT   { { .place = OUTCOME_HERE } }
/* clang-format on */

typedef struct Case {
        const char *what;
        Status from;
        OutcomeSession sessions[2];
        OutcomePayment payments[3];
        int64_t now; /* after T0; 0: two hours */
        Status to;
        const char *findings;
} Case;

/* clang-format off */
static const Case cases[] = {
        { "nothing happened", STATUS_OPEN, { S(CREATED) }, NO_PAYMENT, 0, STATUS_OPEN, "" },
        { "nothing was heard", STATUS_OPEN, { S(NOT_TOLD) }, NO_PAYMENT, 0, STATUS_OPEN, "" },
        { "a word nobody knows", STATUS_IN_PROGRESS, { S(OTHER) }, NO_PAYMENT, 0, STATUS_IN_PROGRESS, "" },
        { "the payer has begun", STATUS_OPEN, { S(IN_PROGRESS) }, NO_PAYMENT, 0, STATUS_IN_PROGRESS, "" },
        { "the payer went away", STATUS_IN_PROGRESS, { S(CREATED) }, NO_PAYMENT, 0, STATUS_OPEN, "" },
        { "ran out", STATUS_OPEN, { S(EXPIRED) }, NO_PAYMENT, 2 * DAY, STATUS_EXPIRED, "" },
        { "ended by us", STATUS_OPEN, { ASKED }, NO_PAYMENT, 0, STATUS_CANCELLED, "" },

        { "finished is not paid", STATUS_OPEN, { S(FINISHED) }, NO_PAYMENT, 0, STATUS_IN_PROGRESS, "" },
        { "finished for long, and no payment", STATUS_IN_PROGRESS, { S(FINISHED) }, NO_PAYMENT, 12 * DAY,
          STATUS_IN_PROGRESS, "pending-long cs_1; " },
        { "finished, pending", STATUS_OPEN, { S(FINISHED) }, { UNPAID(PENDING) }, 0,
          STATUS_IN_PROGRESS, "" },
        { "needs a second signature", STATUS_OPEN, { S(FINISHED) }, { UNPAID(REQUIRES_ACTION) }, 0,
          STATUS_IN_PROGRESS, "" },
        { "a state nobody knows is not over", STATUS_OPEN, { S(EXPIRED) }, { UNPAID(OTHER) }, 2 * DAY,
          STATUS_IN_PROGRESS, "" },
        { "pending, its session ran out", STATUS_OPEN, { S(EXPIRED) }, { UNPAID(PENDING) }, 5 * DAY,
          STATUS_IN_PROGRESS, "" },
        { "pending for ten days", STATUS_IN_PROGRESS, { S(FINISHED) }, { UNPAID(PENDING) },
          HOUR + 10 * DAY, STATUS_IN_PROGRESS, "" },
        { "pending for more", STATUS_IN_PROGRESS, { S(FINISHED) }, { UNPAID(PENDING) },
          HOUR + 10 * DAY + 1, STATUS_IN_PROGRESS, "pending-long pi_1; " },
        { "resolved at last", STATUS_IN_PROGRESS, { S(FINISHED) }, { PAID(1) }, 12 * DAY,
          STATUS_PAID, "" },
        { "opened and left", STATUS_IN_PROGRESS, { S(EXPIRED) }, { UNPAID(CREATED) }, 3 * DAY,
          STATUS_EXPIRED, "" },
        { "begun, and ran out", STATUS_IN_PROGRESS, { S(EXPIRED) }, { UNPAID(EXPIRED) }, 2 * DAY,
          STATUS_EXPIRED, "" },
        { "finished without paying", STATUS_IN_PROGRESS, { S(FINISHED) }, { UNPAID(EXPIRED) }, 0,
          STATUS_FAILED, "" },
        { "opened, perhaps still there", STATUS_IN_PROGRESS, { S(EXPIRED) }, { UNPAID(CREATED) },
          DAY, STATUS_IN_PROGRESS, "" },

        { "paid", STATUS_OPEN, { S(FINISHED) }, { PAID(1) }, 0, STATUS_PAID, "" },
        { "paid, whatever the session says", STATUS_OPEN, { S(CREATED) }, { PAID(1) }, 0,
          STATUS_PAID, "" },
        { "failed, and tried again", STATUS_IN_PROGRESS, { S(IN_PROGRESS) }, { UNPAID(FAILED) }, 0,
          STATUS_IN_PROGRESS, "" },
        { "failed, then paid", STATUS_IN_PROGRESS, { S(FINISHED) }, { UNPAID(FAILED), PAID(2) }, 0,
          STATUS_PAID, "" },
        { "failed", STATUS_OPEN, { S(FINISHED) }, { UNPAID(FAILED) }, 0, STATUS_FAILED, "" },
        { "rejected, and ran out", STATUS_OPEN, { S(EXPIRED) }, { UNPAID(REJECTED) }, 2 * DAY,
          STATUS_FAILED, "" },
        { "failed, the link is live", STATUS_OPEN, { S(CREATED) }, { UNPAID(FAILED) }, 0,
          STATUS_OPEN, "" },

        { "paid less", STATUS_OPEN, { S(FINISHED) }, { P(1, SUCCEEDED, 999, T0 + 1, 0) }, 0,
          STATUS_MISMATCH, "paid-other-amount pi_1; " },
        { "paid more", STATUS_PAID, { S(FINISHED) }, { P(1, SUCCEEDED, 1001, T0 + 1, 0) }, 0,
          STATUS_MISMATCH, "paid-other-amount pi_1; " },
        { "paid twice", STATUS_PAID, { S(FINISHED) }, { PAID(1), PAID(2) }, 0, STATUS_MISMATCH,
          "paid-twice pi_2 (pi_1); " },
        { "one of two given back", STATUS_MISMATCH, { S(FINISHED) },
          { PAID(1), P(2, SUCCEEDED, 1000, T0 + 2 * HOUR, 1000) }, 0, STATUS_PAID, "" },
        { "the first of two given back", STATUS_MISMATCH, { S(FINISHED) },
          { P(1, SUCCEEDED, 1000, T0 + HOUR, 1000), PAID(2) }, 0, STATUS_PAID, "" },
        { "the wrong one given back", STATUS_MISMATCH, { S(FINISHED) },
          { P(1, SUCCEEDED, 999, T0 + HOUR, 999), PAID(2) }, 0, STATUS_PAID, "" },
        { "a part given back", STATUS_PAID, { S(FINISHED) },
          { P(1, SUCCEEDED, 1000, T0 + HOUR, 400) }, 0, STATUS_PAID, "" },
        { "all given back", STATUS_PAID, { S(FINISHED) },
          { P(1, SUCCEEDED, 1000, T0 + HOUR, 1000) }, 0, STATUS_REFUNDED, "" },
        { "more given back than was paid", STATUS_PAID, { S(FINISHED) },
          { P(1, SUCCEEDED, 1000, T0 + HOUR, 1001) }, 0, STATUS_REFUNDED,
          "refunded-otherwise pi_1; " },
        { "a refund that did not go through", STATUS_REFUNDED, { S(FINISHED) }, { PAID(1) }, 0,
          STATUS_PAID, "" },
        { "taken back by the bank", STATUS_PAID, { S(FINISHED) },
          { P(1, FAILED, 1000, T0 + HOUR, 0) }, 0, STATUS_PAID, "refunded-otherwise pi_1; " },

        { "paid after its expiry", STATUS_OPEN, { S(EXPIRED) },
          { P(1, SUCCEEDED, 1000, END + 1, 0) }, 2 * DAY, STATUS_PAID, "paid-late pi_1; " },
        { "paid after the row was over", STATUS_FAILED, { S(EXPIRED) }, { PAID(1) }, 2 * DAY,
          STATUS_PAID, "paid-late pi_1; " },
        { "paid although cancelled", STATUS_CANCELLED, { ASKED }, { PAID(1) }, 0, STATUS_PAID,
          "paid-late pi_1; " },
        { "the old session is paid, the new one is live", STATUS_OPEN,
          { S(EXPIRED), S2(CREATED) }, { PAID(1) }, 0, STATUS_PAID, "" },
        { "another row of the reference was first", STATUS_EXPIRED, { S(EXPIRED) },
          { ELSEWHERE(SAME_REFERENCE, T0 + 1), PAID(1) }, 0, STATUS_MISMATCH,
          "paid-late pi_1; paid-twice pi_1 (pi_0); " },
        { "another row of the reference came later", STATUS_OPEN, { S(FINISHED) },
          { ELSEWHERE(SAME_REFERENCE, T0 + 9 * HOUR), PAID(1) }, 0, STATUS_PAID, "" },
        { "the same content, another run", STATUS_OPEN, { S(FINISHED) },
          { ELSEWHERE(SAME_CONTENT, T0 + 1), PAID(1) }, 0, STATUS_PAID, "paid-twice pi_1 (pi_0); " },
        { "only the other row is paid", STATUS_OPEN, { S(CREATED) },
          { ELSEWHERE(SAME_REFERENCE, T0 + 1) }, 0, STATUS_OPEN, "" },

        { "gone", STATUS_OPEN, { GONE }, NO_PAYMENT, 0, STATUS_OPEN, "session-gone cs_1; " },
        { "gone, and paid", STATUS_PAID, { GONE }, { PAID(1) }, 0, STATUS_PAID,
          "session-gone cs_1; " },
        { "no session of this generation", STATUS_QUEUED, { S(EXPIRED) }, NO_PAYMENT, 0,
          STATUS_EXPIRED, "" },
};
/* clang-format on */

static size_t count_sessions(const Case *c) {
        size_t n = 0;

        while (n < ELEMENTS(c->sessions) && c->sessions[n].generation != 0)
                n++;
        return n;
}

static size_t count_payments(const Case *c) {
        size_t n = 0;

        while (n < ELEMENTS(c->payments) && c->payments[n].id.size > 0)
                n++;
        return n;
}

static void every_life_has_one_status(void **state) {
        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                const Case *c = &cases[i];
                size_t n = count_sessions(c);
                const OutcomeFacts facts = {
                        .status = c->from,
                        .amount = 1000,
                        .currency = CURRENCY_CLP,
                        .generation = c->sessions[n - 1].generation,
                        .sessions = c->sessions,
                        .n_sessions = n,
                        .payments = c->payments,
                        .n_payments = count_payments(c),
                        .now = T0 + (c->now != 0 ? c->now : 2 * HOUR),
                };
                char found[256] = "";
                size_t size = 0;
                OutcomeResult result;

                outcome_decide(&facts, &result);
                for (size_t k = 0; k < result.n_findings; k++) {
                        const OutcomeFinding *finding = &result.findings[k];

                        size += (size_t) snprintf(
                                found + size, sizeof(found) - size, "%s %.*s%s%.*s%s; ",
                                finding_name(finding->kind), TEXT_ARG(finding->subject),
                                finding->other.size > 0 ? " (" : "", TEXT_ARG(finding->other),
                                finding->other.size > 0 ? ")" : "");
                }
                if (result.status != c->to)
                        fail_msg("%s: %s", c->what, status_name(result.status));
                if (strcmp(found, c->findings) != 0)
                        fail_msg("%s: %s", c->what, found);
        }
}

/* However many payments there are. */
static void hostile_numbers_of_payments_are_bounded(void **state) {
        static OutcomePayment payments[1000];
        static const OutcomeSession session = S(FINISHED);
        const OutcomeFacts facts = { .status = STATUS_OPEN,
                                     .amount = 1000,
                                     .currency = CURRENCY_CLP,
                                     .generation = 1,
                                     .sessions = &session,
                                     .n_sessions = 1,
                                     .payments = payments,
                                     .n_payments = ELEMENTS(payments),
                                     .now = T0 };
        OutcomeResult result;

        (void) state;
        for (size_t i = 0; i < ELEMENTS(payments); i++)
                payments[i] = (OutcomePayment) PAID(1);
        outcome_decide(&facts, &result);
        assert_int_equal(result.n_findings, 0); /* all the same one: none before another */
        for (size_t i = 0; i < ELEMENTS(payments); i++)
                payments[i].paid_at += (int64_t) i;
        outcome_decide(&facts, &result);
        assert_int_equal(result.status, STATUS_MISMATCH);
        assert_int_equal(result.n_findings, OUTCOME_FINDINGS_MAX);
}

static void what_is_pending_is_followed(void **state) {
        static const struct {
                SessionStatus status;
                OutcomePayment payments[2];
                bool pending;
                int64_t ended_at;
        } table[] = {
                { SESSION_CREATED, NO_PAYMENT, false, 0 },
                { SESSION_FINISHED, NO_PAYMENT, true, 0 },
                { SESSION_FINISHED, { UNPAID(PENDING) }, true, T0 + HOUR },
                { SESSION_IN_PROGRESS, { UNPAID(IN_PROGRESS) }, true, 0 },
                { SESSION_FINISHED, { UNPAID(FAILED) }, false, T0 + HOUR },
                { SESSION_FINISHED, { PAID(3) }, false, T0 + 3 * HOUR },
                { SESSION_FINISHED, { UNPAID(PENDING), PAID(3) }, true, T0 + 3 * HOUR },
                { SESSION_EXPIRED, NO_PAYMENT, false, 0 },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(table); i++) {
                const OutcomeSession session = { .generation = 1, .status = table[i].status };
                size_t n = 0;
                int64_t ended_at = -1;

                while (n < 2 && table[i].payments[n].id.size > 0)
                        n++;
                assert_int_equal(outcome_is_pending(&session, table[i].payments, n, &ended_at),
                                 table[i].pending);
                assert_int_equal(ended_at, table[i].ended_at);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_life_has_one_status),
                cmocka_unit_test(hostile_numbers_of_payments_are_bounded),
                cmocka_unit_test(what_is_pending_is_followed),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
