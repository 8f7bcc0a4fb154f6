/* Every kind has its name, and says in both languages what it means and what to do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "jobs/reconcile/finding.h"
#include "jobs/reconcile/payment_status.h"

static void every_kind_has_a_name_and_texts(void **state) {
        unsigned n = 0;

        (void) state;
        for (unsigned i = 0; i < FINDING_KIND_END; i++) {
                FindingKind kind = (FindingKind) i;
                const char *name = finding_name(kind);

                if (!name)
                        continue;
                n++;
                assert_int_equal(finding_of_name(text_of(name)), kind);
                assert_null(strpbrk(name, " _ABCDEFGHIJKLMNOPQRSTUVWXYZ"));
                for (Language language = LANGUAGE_ES; language < LANGUAGE_COUNT; language++) {
                        assert_true(strlen(finding_meaning(kind, language)) > 20);
                        assert_true(strlen(finding_advice(kind, language)) > 20);
                        assert_true(text_is_utf8(text_of(finding_advice(kind, language)), NULL));
                }
                assert_string_not_equal(finding_meaning(kind, LANGUAGE_ES),
                                        finding_meaning(kind, LANGUAGE_EN));
        }
        assert_int_equal(n, 15);
        assert_int_equal(finding_of_name(TEXT("paid")), 0);
        assert_null(finding_name((FindingKind) 12));
}

static void the_providers_words_come_back(void **state) {
        (void) state;
        for (unsigned i = SESSION_CREATED; i < SESSION_OTHER; i++)
                assert_int_equal(session_status_of(text_of(session_status_name(i))), i);
        for (unsigned i = PAYMENT_CREATED; i < PAYMENT_STATUS_COUNT; i++)
                assert_int_equal(payment_status_of(text_of(payment_status_name(i))), i);
        for (unsigned i = REFUND_CREATED; i < REFUND_STATUS_COUNT; i++)
                assert_int_equal(refund_status_of(text_of(refund_status_name(i))), i);
        assert_int_equal(session_status_of(TEXT("")), SESSION_OTHER);
        assert_int_equal(session_status_of(TEXT("paused")), SESSION_OTHER);
        assert_int_equal(payment_status_of(TEXT("Succeeded")), PAYMENT_OTHER);
        assert_int_equal(refund_status_of(TEXT("pending")), REFUND_CREATED);
        assert_int_equal(refund_status_of(TEXT("rejected")), REFUND_FAILED);
        assert_int_equal(refund_status_of(TEXT("lost")), REFUND_OTHER);
}

/* What is not known counts as not ended. */
static void only_what_is_documented_as_final_is(void **state) {
        (void) state;
        assert_true(session_status_is_final(SESSION_FINISHED));
        assert_true(session_status_is_final(SESSION_EXPIRED));
        assert_false(session_status_is_final(SESSION_OTHER));
        assert_false(session_status_is_final(SESSION_NOT_TOLD));
        assert_true(payment_status_is_final(PAYMENT_SUCCEEDED));
        assert_true(payment_status_is_final(PAYMENT_REJECTED));
        assert_false(payment_status_is_final(PAYMENT_OTHER));
        assert_false(payment_status_is_final(PAYMENT_REQUIRES_ACTION));
        assert_false(payment_status_is_final(PAYMENT_CREATED));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_kind_has_a_name_and_texts),
                cmocka_unit_test(the_providers_words_come_back),
                cmocka_unit_test(only_what_is_documented_as_final_is),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
