/* Payments, refunds and findings: kept as they were told, and never those of another row. */
#include "jobs/base/cleanup.h"
#include "sql/ledger_finding.h"
#include "sql/ledger_payment.h"
#include "tests/unit/ledger_fixture.h"

/* --- payments ------------------------------------------------------------------------------- */

static int see_payment(void *userdata, const PaymentRecord *payment) {
        see(userdata,
            "%.*s %lld g%u %s %lld %s [%.*s] [%.*s] [%.*s] made %lld paid %lld seen %lld "
            "refunded %lld; ",
            TEXT_ARG(payment->id), (long long) (payment->row & UINT32_MAX), payment->generation,
            payment_status_name(payment->status), (long long) payment->amount,
            currency_name(payment->currency), TEXT_ARG(payment->type),
            TEXT_ARG(payment->bank_reference), TEXT_ARG(payment->error_reason),
            (long long) payment->created_at, (long long) payment->paid_at,
            (long long) payment->seen_at, (long long) payment->refunded);
        return 0;
}

static void assert_payments(Fixture *f, int64_t row, const char *expected) {
        Seen seen = { .size = 0 };

        OK(ledger_payments(f->ledger, row, see_payment, &seen));
        assert_string_equal(seen.text, expected);
}

static void a_payment_is_followed_to_its_end(void **state) {
        const RowChange open = opening("cs_1", 100, 200);
        Fixture *f = *state;
        Seen seen = { .size = 0 };
        PaymentRecord payment = { .id = TEXT("pi_1"),
                                  .generation = 1,
                                  .status = PAYMENT_PENDING,
                                  .amount = 1000,
                                  .currency = CURRENCY_CLP,
                                  .type = TEXT("bank_transfer"),
                                  .created_at = 110,
                                  .seen_at = 120 };
        int64_t row;

        begin(f);
        row = payment.row = open_row(f, add_batch(f, "a.csv"), 2, "A-1", &open);
        assert_int_equal(ledger_payment_set(f->ledger, &payment), 0);
        assert_payments(f, row,
                        "pi_1 2 g1 pending 1000 CLP [bank_transfer] [] [] made 110 paid 0 seen 120 "
                        "refunded 0; ");
        payment.status = PAYMENT_SUCCEEDED;
        payment.type = TEXT_NONE; /* not said again: what was known stays */
        payment.seen_at = 130;
        assert_int_equal(ledger_payment_set(f->ledger, &payment), 0);
        assert_payments(f, row,
                        "pi_1 2 g1 succeeded 1000 CLP [bank_transfer] [] [] made 110 paid 130 seen "
                        "120 refunded 0; ");
        payment.paid_at = 125; /* the bank's time comes later */
        payment.bank_reference = TEXT("880");
        payment.seen_at = 140;
        assert_int_equal(ledger_payment_set(f->ledger, &payment), 0);
        payment.paid_at = 0;
        assert_int_equal(ledger_payment_set(f->ledger, &payment), 0);
        assert_payments(f, row,
                        "pi_1 2 g1 succeeded 1000 CLP [bank_transfer] [880] [] made 110 paid 125 "
                        "seen 120 refunded 0; ");
        payment.row = row + 1; /* a payment is of one row */
        assert_int_equal(ledger_payment_set(f->ledger, &payment), 1);
        commit(f);
        assert_payments(f, row + 1, "");
        OK(ledger_payments_of_order(f->ledger, TEXT("A-1"), see_payment, &seen));
        assert_true(seen.size > 0);
        seen.size = 0;
        assert_int_equal(ledger_payment_get(f->ledger, TEXT("pi_1"), see_payment, &seen), 1);
        assert_int_equal(ledger_payment_get(f->ledger, TEXT("pi_2"), see_payment, &seen), 0);
}

static int see_refund(void *userdata, const RefundRecord *refund) {
        see(userdata, "%.*s %s %lld; ", TEXT_ARG(refund->id), refund_status_name(refund->status),
            (long long) refund->amount);
        return 0;
}

static void refunds_add_up_when_they_succeed(void **state) {
        static const struct {
                const char *id, *payment;
                RefundStatus status;
                int64_t amount;
                Currency currency;
                int answer;
                const char *refunded;
        } cases[] = {
                { "re_1", "pi_1", REFUND_CREATED, 300, CURRENCY_CLP, 0, "refunded 0" },
                { "re_1", "pi_1", REFUND_SUCCEEDED, 300, CURRENCY_CLP, 0, "refunded 300" },
                { "re_1", "pi_1", REFUND_SUCCEEDED, 300, CURRENCY_CLP, 0, "refunded 300" },
                { "re_2", "pi_1", REFUND_SUCCEEDED, 700, CURRENCY_CLP, 0, "refunded 1000" },
                { "re_3", "pi_1", REFUND_SUCCEEDED, 9, CURRENCY_MXN, 0, "refunded 1000" },
                { "re_4", "pi_9", REFUND_SUCCEEDED, 9, CURRENCY_CLP, 1, "refunded 1000" },
                { "re_2", "pi_1", REFUND_FAILED, 700, CURRENCY_CLP, 0, "refunded 300" },
        };
        const RowChange open = opening("cs_1", 100, 200);
        Fixture *f = *state;
        Seen all = { .size = 0 };
        PaymentRecord payment = { .id = TEXT("pi_1"),
                                  .generation = 1,
                                  .status = PAYMENT_SUCCEEDED,
                                  .amount = 1000,
                                  .currency = CURRENCY_CLP,
                                  .seen_at = 120 };

        begin(f);
        payment.row = open_row(f, add_batch(f, "a.csv"), 2, "A-1", &open);
        OK(ledger_payment_set(f->ledger, &payment));
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                const RefundRecord refund = { .id = text_of(cases[i].id),
                                              .payment = text_of(cases[i].payment),
                                              .status = cases[i].status,
                                              .amount = cases[i].amount,
                                              .currency = cases[i].currency,
                                              .created_at = (int64_t) i };
                Seen seen = { .size = 0 };

                assert_int_equal(ledger_refund_set(f->ledger, &refund), cases[i].answer);
                OK(ledger_payments(f->ledger, payment.row, see_payment, &seen));
                assert_non_null(strstr(seen.text, cases[i].refunded));
        }
        commit(f);
        OK(ledger_refunds(f->ledger, TEXT("pi_1"), see_refund, &all));
        assert_string_equal(all.text, "re_1 succeeded 300; re_2 failed 700; re_3 succeeded 9; ");
}

/* --- findings ------------------------------------------------------------------------------- */

static int see_finding(void *userdata, const Finding *finding) {
        see(userdata, "%s %lld %.*s at %lld %lld %s [%.*s]%s; ", finding_name(finding->kind),
            (long long) (finding->row & UINT32_MAX), TEXT_ARG(finding->subject),
            (long long) finding->at, (long long) finding->amount, currency_name(finding->currency),
            TEXT_ARG(finding->detail), finding->over_at != 0 ? " over" : "");
        return 0;
}

static void a_finding_stands_until_it_is_over(void **state) {
        Fixture *f = *state;
        Seen seen = { .size = 0 };
        Finding finding = { .kind = FINDING_PAID_TWICE,
                            .row = row_id(3, 7),
                            .subject = TEXT("pi_2"),
                            .at = 100,
                            .amount = 990,
                            .currency = CURRENCY_CLP,
                            .detail = TEXT("pi_1") };
        const Finding orphan = { .kind = FINDING_ORPHAN, .subject = TEXT("cs_9"), .at = 50 };
        int64_t n = 0;

        begin(f);
        assert_int_equal(ledger_finding_set(f->ledger, &finding), 1);
        finding.at = 110;
        assert_int_equal(ledger_finding_set(f->ledger, &finding), 0);
        finding.amount = 991;
        assert_int_equal(ledger_finding_set(f->ledger, &finding), 1);
        assert_int_equal(ledger_finding_set(f->ledger, &orphan), 1);
        OK(ledger_findings(f->ledger, row_id(3, 7), see_finding, &seen));
        assert_string_equal(seen.text, "paid-twice 7 pi_2 at 100 991 CLP [pi_1]; ");
        seen.size = 0;
        OK(ledger_standing_findings(f->ledger, 0, 10, see_finding, &seen));
        assert_string_equal(seen.text, "paid-twice 7 pi_2 at 100 991 CLP [pi_1]; "
                                       "orphan 0 cs_9 at 50 0 XXX []; ");
        OK(ledger_count_findings(f->ledger, FINDING_ORPHAN, 9, &n));
        assert_int_equal(n, 1);

        assert_int_equal(ledger_finding_end(f->ledger, FINDING_PAID_TWICE, TEXT("pi_2"), 120), 1);
        assert_int_equal(ledger_finding_end(f->ledger, FINDING_PAID_TWICE, TEXT("pi_2"), 130), 0);
        assert_int_equal(ledger_finding_end(f->ledger, FINDING_PAID_TWICE, TEXT("pi_3"), 130), 0);
        seen.size = 0;
        OK(ledger_standing_findings(f->ledger, 0, 10, see_finding, &seen));
        assert_string_equal(seen.text, "orphan 0 cs_9 at 50 0 XXX []; ");
        seen.size = 0;
        OK(ledger_batch_findings(f->ledger, 3, see_finding, &seen));
        assert_string_equal(seen.text, "paid-twice 7 pi_2 at 100 991 CLP [pi_1] over; ");
        finding.at = 140; /* true again */
        assert_int_equal(ledger_finding_set(f->ledger, &finding), 1);
        seen.size = 0;
        OK(ledger_batch_findings(f->ledger, 3, see_finding, &seen));
        assert_string_equal(seen.text, "paid-twice 7 pi_2 at 140 991 CLP [pi_1]; ");
        commit(f);
        seen.size = 0;
        OK(ledger_batch_findings(f->ledger, 2, see_finding, &seen));
        assert_int_equal(seen.size, 0);
}

static int see_finding_total(void *userdata, const FindingTotal *total) {
        see(userdata, "%s %lld; ", finding_name(total->kind), (long long) total->count);
        return 0;
}

static void assert_findings_of(Fixture *f, int64_t batch, const char *expected) {
        AUTO_FREE char *text = NULL;
        Seen seen = { .size = 0 };

        OK(ledger_finding_totals(f->ledger, batch, see_finding_total, &seen));
        assert_string_equal(seen.text, expected);
        assert_int_equal(ledger_check(f->ledger, &text), 0);
}

/* What stands of a batch's rows, and that its summary does not tell it yet. */
static void findings_are_counted_by_batch(void **state) {
        Fixture *f = *state;
        Finding finding = { .kind = FINDING_PAID_TWICE, .row = row_id(3, 7), .at = 100 };
        const Finding orphan = { .kind = FINDING_ORPHAN, .subject = TEXT("cs_9"), .at = 50 };
        int64_t batch = 0, times = 0;

        begin(f);
        OK(ledger_finding_set(f->ledger, &orphan)); /* of no row, of no batch */
        assert_int_equal(ledger_summary_due(f->ledger, 0, &batch, &times), 0);
        finding.subject = TEXT("pi_1");
        OK(ledger_finding_set(f->ledger, &finding));
        finding.subject = TEXT("pi_2");
        OK(ledger_finding_set(f->ledger, &finding));
        OK(ledger_finding_set(f->ledger, &finding));
        assert_findings_of(f, 3, "paid-twice 2; ");
        assert_findings_of(f, 2, "");
        assert_int_equal(ledger_summary_due(f->ledger, 0, &batch, &times), 1);
        assert_int_equal(batch, 3);

        /* one comes while the summary is being written */
        finding.kind = FINDING_PAID_LATE;
        OK(ledger_finding_set(f->ledger, &finding));
        OK(ledger_summary_written(f->ledger, batch, times));
        assert_int_equal(ledger_summary_due(f->ledger, 0, &batch, &times), 1);
        OK(ledger_summary_written(f->ledger, batch, times));
        assert_int_equal(ledger_summary_due(f->ledger, 0, &batch, &times), 0);

        OK(ledger_finding_end(f->ledger, FINDING_PAID_TWICE, TEXT("pi_2"), 120));
        assert_findings_of(f, 3, "paid-twice 1; paid-late 1; ");
        assert_int_equal(ledger_summary_due(f->ledger, 0, &batch, &times), 1);
        finding.row = row_id(4, 2); /* it is said of another row now */
        OK(ledger_finding_set(f->ledger, &finding));
        assert_findings_of(f, 3, "paid-twice 1; ");
        assert_findings_of(f, 4, "paid-late 1; ");
        finding.kind = FINDING_PAID_TWICE; /* true again, and there */
        OK(ledger_finding_set(f->ledger, &finding));
        assert_findings_of(f, 4, "paid-twice 1; paid-late 1; ");
        assert_findings_of(f, 3, "paid-twice 1; ");
        assert_int_equal(ledger_summary_due(f->ledger, 3, &batch, &times), 1);
        assert_int_equal(batch, 4);
        assert_int_equal(ledger_summary_due(f->ledger, 4, &batch, &times), 0);
        commit(f);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                LEDGER_TEST(a_payment_is_followed_to_its_end),
                LEDGER_TEST(refunds_add_up_when_they_succeed),
                LEDGER_TEST(a_finding_stands_until_it_is_over),
                LEDGER_TEST(findings_are_counted_by_batch),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
