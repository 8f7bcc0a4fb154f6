/* Replies of the provider, of both generations of its API, into facts; and what is not ours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>

#include "jobs/base/civil.h"
#include "jobs/base/cleanup.h"
#include "jobs/reconcile/session_facts.h"

#define KEY "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

#define HEAD                                                                                       \
        "{\"id\":\"cs_1\",\"object\":\"checkout_session\",\"amount\":45990,\"currency\":\"CLP\","  \
        "\"created_at\":\"2026-03-01T14:58:07Z\",\"expires_at\":\"2026-03-02T15:00:00.500Z\","     \
        "\"metadata\":{\"order\":\"A-1\",\"checkoutd\":\"" KEY "\"},\"mode\":\"test\","
#define PAYMENT                                                                                    \
        "{\"id\":\"pi_7\",\"object\":\"payment_intent\",\"amount\":45990,\"currency\":\"clp\","    \
        "\"status\":\"succeeded\",\"error_reason\":null,\"payment_type\":\"bank_transfer\","       \
        "\"reference_id\":\"88120034\",\"transaction_date\":\"2026-03-01T15:04:41Z\","             \
        "\"mode\":\"test\",\"created_at\":\"2026-03-01T15:03:10.123Z\"}"

static SessionFacts read_one(const char *body, FactsReply **ret_reply) {
        SessionFacts facts = { 0 };

        assert_int_equal(facts_reply_read(text_of(body), FACTS_SESSION, ret_reply), 0);
        assert_int_equal(facts_session(*ret_reply, 0, &facts), 0);
        return facts;
}

static void a_session_and_its_payment_are_read(void **state) {
        CLEANUP(facts_reply_free_p) FactsReply *reply = NULL;
        SessionFacts facts = read_one(
                HEAD "\"status\":\"finished\",\"payment_resource\":{\"payment_intent\":" PAYMENT
                     "}}",
                &reply);

        (void) state;
        assert_true(text_is(facts.id, "cs_1"));
        assert_int_equal(facts.status, SESSION_FINISHED);
        assert_int_equal(facts.amount, 45990);
        assert_int_equal(facts.currency, CURRENCY_CLP);
        assert_true(text_is(facts.order, "A-1"));
        assert_true(text_is(facts.checkoutd, KEY));
        assert_int_equal(facts.expires_at - facts.created_at,
                         DAY + MINUTE + 53 * SECOND + SECOND / 2);
        assert_true(text_is(facts.payment.id, "pi_7"));
        assert_int_equal(facts.payment.status, PAYMENT_SUCCEEDED);
        assert_int_equal(facts.payment.currency, CURRENCY_CLP);
        assert_true(text_is(facts.payment.type, "bank_transfer"));
        assert_true(text_is(facts.payment.bank_reference, "88120034"));
        assert_int_equal(facts.payment.error_reason.size, 0);
        assert_true(facts.payment.paid_at > facts.payment.created_at);
}

/* What is cut is cut between two characters; what has just the size is not cut. */
static void long_words_stay_utf_8(void **state) {
        (void) state;
        for (unsigned before = 190; before <= 200; before++) {
                CLEANUP(facts_reply_free_p) FactsReply *reply = NULL;
                AUTO_BUFFER body = BUFFER_EMPTY;
                PaymentFacts facts;
                Text word;

                assert_int_equal(
                        buffer_printf(&body,
                                      "{\"id\":\"pi_1\",\"amount\":1,\"reference_id\":\"%0*d€\"}",
                                      (int) before, 0),
                        0);
                assert_int_equal(
                        facts_reply_read((Text){ body.data, body.size }, FACTS_PAYMENT, &reply), 0);
                assert_int_equal(facts_payment(reply, &facts), 0);
                word = facts.bank_reference;
                assert_int_equal(word.size, before + 3 <= 200 ? before + 3 : before);
                assert_true(text_is_utf8(word, NULL));
        }
}

/* null, {} and nothing at all say the same: there is no payment. */
static void no_payment_is_said_in_many_ways(void **state) {
        static const char *const ways[] = {
                "\"payment_resource\":null}",
                "\"payment_resource\":{}}",
                "\"payment_resource\":{\"payment_intent\":null}}",
                "\"payment_resource\":{\"subscription\":{\"id\":\"x\"}}}",
                "\"flow\":\"payment\"}",
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(ways); i++) {
                CLEANUP(facts_reply_free_p) FactsReply *reply = NULL;
                AUTO_BUFFER body = BUFFER_EMPTY;

                assert_int_equal(buffer_printf(&body, "%s\"status\":\"created\",%s", HEAD, ways[i]),
                                 0);
                assert_int_equal(read_one(body.data, &reply).payment.id.size, 0);
        }
}

static void what_cannot_be_read_is_no_fact(void **state) {
        static const char *const bodies[] = {
                "",
                "<html>502</html>",
                "[]",
                "null",
                "{}",
                "{\"id\":7}",
                "{\"id\":\"\"}",
                "{\"id\":\"cs 1\"}",
                "{\"id\":\"cs_1\",\"object\":\"payment_intent\"}",
                "{\"error\":{\"type\":\"api_error\"}}",
                HEAD "\"payment_resource\":{\"payment_intent\":{\"id\":\"pi_7\"}}}",
                HEAD "\"payment_resource\":{\"payment_intent\":{\"id\":\"pi_7\",\"amount\":-5}}}",
                HEAD "\"payment_resource\":{\"payment_intent\":{\"id\":\"pi_7\",\"amount\":4.5}}}",
                HEAD "\"payment_resource\":{\"payment_intent\":{\"id\":\"pi_7\","
                     "\"amount\":9223372036854775807}}}",
                HEAD "\"payment_resource\":{\"payment_intent\":[]}}",
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(bodies); i++) {
                CLEANUP(facts_reply_free_p) FactsReply *reply = NULL;
                SessionFacts facts;
                int r = facts_reply_read(text_of(bodies[i]), FACTS_SESSION, &reply);

                if (r == 0)
                        r = facts_session(reply, 0, &facts);
                if (r != -EBADMSG)
                        fail_msg("%s", bodies[i]);
        }
}

static void a_list_is_an_array_of_not_too_many(void **state) {
        CLEANUP(facts_reply_free_p) FactsReply *list = NULL, *none = NULL, *long_one = NULL;
        AUTO_BUFFER body = BUFFER_EMPTY;
        SessionFacts facts;

        (void) state;
        assert_int_equal(facts_reply_read(TEXT("[{\"id\":\"cs_2\"},5," HEAD "\"status\":\"new\"}]"),
                                          FACTS_SESSION_LIST, &list),
                         0);
        assert_int_equal(facts_reply_count(list), 3);
        assert_int_equal(facts_session(list, 0, &facts), 0); /* somebody else's */
        assert_int_equal(facts.checkoutd.size, 0);
        assert_int_equal(facts.amount, -1);
        assert_int_equal(facts_session(list, 1, &facts), -EBADMSG);
        assert_int_equal(facts_session(list, 2, &facts), 0);
        assert_int_equal(facts.status, SESSION_OTHER);
        assert_int_equal(facts_reply_read(TEXT("{\"data\":[]}"), FACTS_SESSION_LIST, &none),
                         -EBADMSG);
        assert_int_equal(buffer_append_char(&body, '['), 0);
        for (unsigned i = 0; i <= 1000; i++)
                assert_int_equal(buffer_append_string(&body, i > 0 ? ",1" : "1"), 0);
        assert_int_equal(buffer_append_char(&body, ']'), 0);
        assert_int_equal(
                facts_reply_read((Text){ body.data, body.size }, FACTS_SESSION_LIST, &long_one),
                -EBADMSG);
}

static void refunds_are_of_payments(void **state) {
        CLEANUP(facts_reply_free_p) FactsReply *reply = NULL;
        RefundFacts facts;

        (void) state;
        assert_int_equal(
                facts_reply_read(
                        TEXT("[{\"id\":\"re_1\",\"object\":\"refund\",\"amount\":300,"
                             "\"currency\":\"CLP\",\"status\":\"succeeded\",\"mode\":\"test\","
                             "\"resource_id\":\"pi_7\",\"resource_type\":\"payment_intent\","
                             "\"created_at\":\"2026-03-01T15:04:41Z\"},"
                             "{\"id\":\"re_2\",\"amount\":3,\"resource_id\":\"ch_1\","
                             "\"resource_type\":\"charge\"},"
                             "{\"id\":\"re_3\",\"amount\":3}]"),
                        FACTS_REFUND_LIST, &reply),
                0);
        assert_int_equal(facts_refund(reply, 0, &facts), 0);
        assert_true(text_is(facts.payment, "pi_7"));
        assert_int_equal(facts.status, REFUND_SUCCEEDED);
        assert_int_equal(facts.amount, 300);
        assert_true(facts.created_at > 0);
        assert_int_equal(facts_refund(reply, 1, &facts), -EBADMSG);
        assert_int_equal(facts_refund(reply, 2, &facts), -EBADMSG);
}

static void a_payment_alone_is_read(void **state) {
        CLEANUP(facts_reply_free_p) FactsReply *reply = NULL;
        PaymentFacts facts;

        (void) state;
        assert_int_equal(facts_reply_read(TEXT(PAYMENT), FACTS_PAYMENT, &reply), 0);
        assert_int_equal(facts_payment(reply, &facts), 0);
        assert_true(text_is(facts.id, "pi_7"));
}

/* One thing at a time is not as it was asked for. */
static void only_what_was_asked_for_is_ours(void **state) {
        static const SessionWanted right = { { "cs_1", 4 }, KEY, 45990, CURRENCY_CLP, false };
        CLEANUP(facts_reply_free_p) FactsReply *reply = NULL, *other = NULL;
        SessionFacts facts = read_one(
                HEAD "\"status\":\"finished\",\"payment_resource\":{\"payment_intent\":" PAYMENT
                     "}}",
                &reply);
        SessionWanted wanted = right;

        (void) state;
        assert_null(session_facts_differ(&facts, &wanted));
        wanted.id = TEXT("cs_2");
        assert_string_equal(session_facts_differ(&facts, &wanted), "reply-session");
        wanted = right;
        wanted.key = "0";
        assert_string_equal(session_facts_differ(&facts, &wanted), "reply-key");
        wanted = right;
        wanted.amount++;
        assert_string_equal(session_facts_differ(&facts, &wanted), "reply-amount");
        wanted = right;
        wanted.currency = CURRENCY_MXN;
        assert_string_equal(session_facts_differ(&facts, &wanted), "reply-currency");
        wanted = right;
        wanted.live = true;
        assert_string_equal(session_facts_differ(&facts, &wanted), "reply-mode");
        facts = read_one(HEAD "\"payment_resource\":{\"payment_intent\":{\"id\":\"pi_1\","
                              "\"amount\":1,\"mode\":\"live\"}}}",
                         &other);
        assert_string_equal(session_facts_differ(&facts, &right), "reply-payment-mode");
}

static void our_form_is_that_of_a_key(void **state) {
        (void) state;
        assert_true(session_facts_has_our_form(TEXT(KEY)));
        assert_false(session_facts_has_our_form(TEXT("")));
        assert_false(session_facts_has_our_form(TEXT("somebody-else")));
        assert_false(session_facts_has_our_form(TEXT(KEY "0")));
        assert_false(session_facts_has_our_form(
                TEXT("0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef")));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_session_and_its_payment_are_read),
                cmocka_unit_test(long_words_stay_utf_8),
                cmocka_unit_test(no_payment_is_said_in_many_ways),
                cmocka_unit_test(what_cannot_be_read_is_no_fact),
                cmocka_unit_test(a_list_is_an_array_of_not_too_many),
                cmocka_unit_test(refunds_are_of_payments),
                cmocka_unit_test(a_payment_alone_is_read),
                cmocka_unit_test(only_what_was_asked_for_is_ours),
                cmocka_unit_test(our_form_is_that_of_a_key),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
