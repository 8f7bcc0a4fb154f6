/* Payout lines beside payments: each has one outcome, nothing is counted twice, and what is learned
 * later, or withdrawn, changes all totals back and forth alike. */
#include "jobs/base/cleanup.h"
#include "sql/ledger_finding.h"
#include "sql/ledger_payment.h"
#include "sql/ledger_payout.h"
#include "tests/unit/ledger_fixture.h"

typedef struct Scene {
        Fixture *f;
        int64_t orders; /* a batch with rows of 1000 each, on lines 2 and 3 */
} Scene;

static Scene begin_scene(void **state) {
        Scene scene = { .f = *state };
        const RowChange first = opening("cs_1", 100, 200), second = opening("cs_2", 100, 200);

        ledger_set_now(scene.f->ledger, 5000);
        begin(scene.f);
        scene.orders = add_batch(scene.f, "a.csv");
        (void) open_row(scene.f, scene.orders, 2, "A-1", &first);
        (void) open_row(scene.f, scene.orders, 3, "A-2", &second);
        return scene;
}

static void pay(const Scene *scene, const char *id, uint32_t line, int64_t amount) {
        const PaymentRecord payment = { .id = text_of(id),
                                        .row = row_id(scene->orders, line),
                                        .generation = 1,
                                        .status = PAYMENT_SUCCEEDED,
                                        .amount = amount,
                                        .currency = CURRENCY_CLP,
                                        .paid_at = 300,
                                        .seen_at = 310 };

        assert_int_equal(ledger_payment_set(scene->f->ledger, &payment), 0);
}

static void refund(const Scene *scene, const char *id, const char *payment, int64_t amount) {
        const RefundRecord record = { .id = text_of(id),
                                      .payment = text_of(payment),
                                      .status = REFUND_SUCCEEDED,
                                      .amount = amount,
                                      .currency = CURRENCY_CLP,
                                      .created_at = 400,
                                      .updated_at = 410 };

        assert_int_equal(ledger_refund_set(scene->f->ledger, &record), 0);
}

static int64_t payout(const Scene *scene, const char *file, int64_t replaces) {
        Batch batch = sample_batch(file);
        int64_t id = 0;

        batch.profile = "payouts";
        batch.run = "";
        OK(ledger_batch_add(scene->f->ledger, &batch, &id));
        OK(ledger_payout_begin(scene->f->ledger, id, replaces, 600));
        return id;
}

static void add(const Scene *scene, int64_t batch, uint32_t line, const char *id, int64_t amount) {
        const PayoutLine added = { .line = line,
                                   .kind = amount < 0 ? PAYOUT_REFUND : PAYOUT_PAYMENT,
                                   .id = text_of(id),
                                   .created_at = 500,
                                   .amount = amount,
                                   .fee = amount > 0 ? 10 : 0,
                                   .net = amount > 0 ? amount - 10 : amount };

        OK(ledger_payout_add(scene->f->ledger, batch, &added));
}

static int see_outcome(void *userdata, const PayoutTotal *total) {
        see(userdata, "%s %s %lld %lld-%lld=%lld known %lld rows %lld %lld; ",
            payout_outcome_name(total->outcome), currency_name(total->currency),
            (long long) total->count, (long long) total->amount, (long long) total->fee,
            (long long) total->net, (long long) total->known, (long long) total->rows,
            (long long) total->row_amount);
        return 0;
}

static void assert_outcomes(const Scene *scene, int64_t batch, const char *expected) {
        Seen seen = { .size = 0 };

        OK(ledger_payout_totals(scene->f->ledger, batch, see_outcome, &seen));
        assert_string_equal(seen.text, expected);
}

static int see_settled(void *userdata, const SettledTotal *total) {
        see(userdata, "%s rows %lld %lld, %lld-%lld=%lld", currency_name(total->currency),
            (long long) total->rows, (long long) total->row_amount, (long long) total->amount,
            (long long) total->fee, (long long) total->net);
        return 0;
}

static void assert_settled(const Scene *scene, const char *expected) {
        Seen seen = { .size = 0 };

        OK(ledger_settled_totals(scene->f->ledger, scene->orders, see_settled, &seen));
        assert_string_equal(seen.text, expected);
}

static int see_finding(void *userdata, const Finding *finding) {
        see(userdata, "%s %.*s %lld; ", finding_name(finding->kind), TEXT_ARG(finding->subject),
            (long long) finding->amount);
        return 0;
}

static void assert_findings(const Scene *scene, const char *expected) {
        Seen seen = { .size = 0 };

        OK(ledger_standing_findings(scene->f->ledger, 0, 100, see_finding, &seen));
        assert_string_equal(seen.text, expected);
}

static int see_unsettled(void *userdata, const UnsettledPayment *payment) {
        see(userdata, "%.*s %.*s; ", TEXT_ARG(payment->id), TEXT_ARG(payment->order_id));
        return 0;
}

static void assert_unsettled(const Scene *scene, const char *expected) {
        Seen seen = { .size = 0 };

        OK(ledger_unsettled_payments(scene->f->ledger, 1000, 0, TEXT_NONE, 10, see_unsettled,
                                     &seen));
        assert_string_equal(seen.text, expected);
}

static void every_line_has_its_outcome(void **state) {
        Scene scene = begin_scene(state);
        int64_t batch = payout(&scene, "p.csv", 0);

        pay(&scene, "pi_1", 2, 1000);
        pay(&scene, "pi_2", 3, 1000);
        refund(&scene, "re_1", "pi_1", 300);
        assert_unsettled(&scene, "pi_1 A-1; pi_2 A-2; ");
        add(&scene, batch, 2, "pi_1", 1000);
        add(&scene, batch, 3, "pi_2", 900);
        add(&scene, batch, 4, "re_1", -300);
        add(&scene, batch, 5, "pi_9", 77);
        add(&scene, batch, 6, "pi_1", 1000);
        commit(scene.f);
        assert_outcomes(&scene, batch,
                        "not_ours XXX 1 77-10=67 known 0 rows 0 0; "
                        "settled CLP 1 1000-10=990 known 1000 rows 1 1000; "
                        "different CLP 1 900-10=890 known 1000 rows 1 1000; "
                        "refunded CLP 1 -300-0=-300 known -300 rows 0 0; "
                        "twice CLP 1 1000-10=990 known 0 rows 0 0; ");
        assert_settled(&scene, "CLP rows 2 2000, 1600-20=1580");
        assert_unsettled(&scene, "");
        assert_findings(&scene, "settled-difference pi_2 -100; payout-not-ours B000002 XXX 77; "
                                "settled-twice pi_1 B000002:6 1000; ");
}

/* The payout may be there before the session was looked at. */
static void what_is_learned_later_is_matched_then(void **state) {
        Scene scene = begin_scene(state);
        int64_t batch = payout(&scene, "p.csv", 0);

        add(&scene, batch, 2, "pi_1", 1000);
        add(&scene, batch, 3, "re_1", -300);
        assert_outcomes(&scene, batch, "not_ours XXX 2 700-10=690 known 0 rows 0 0; ");
        pay(&scene, "pi_1", 2, 1000);
        refund(&scene, "re_1", "pi_1", 300);
        commit(scene.f);
        assert_outcomes(&scene, batch,
                        "settled CLP 1 1000-10=990 known 1000 rows 1 1000; "
                        "refunded CLP 1 -300-0=-300 known -300 rows 0 0; ");
        assert_settled(&scene, "CLP rows 1 1000, 700-10=690");
        assert_findings(&scene, "");
        begin(scene.f);
        pay(&scene, "pi_1", 2, 1000); /* seen again as it was */
        commit(scene.f);
        assert_settled(&scene, "CLP rows 1 1000, 700-10=690");
}

static void a_row_that_was_paid_twice_is_one_row(void **state) {
        Scene scene = begin_scene(state);
        int64_t batch = payout(&scene, "p.csv", 0);

        pay(&scene, "pi_1", 2, 1000);
        pay(&scene, "pi_2", 2, 1000);
        add(&scene, batch, 2, "pi_1", 1000);
        add(&scene, batch, 3, "pi_2", 1000);
        commit(scene.f);
        assert_outcomes(&scene, batch, "settled CLP 2 2000-20=1980 known 2000 rows 1 1000; ");
}

static void a_line_of_two_files_counts_once(void **state) {
        Scene scene = begin_scene(state);
        int64_t first = payout(&scene, "p.csv", 0), second = payout(&scene, "q.csv", 0);
        const PayoutLine line = { .line = 2, .kind = PAYOUT_PAYMENT, .id = TEXT("pi_1") };
        int64_t found = 0;

        pay(&scene, "pi_1", 2, 1000);
        add(&scene, first, 2, "pi_1", 1000);
        add(&scene, second, 2, "pi_1", 1000);
        commit(scene.f);
        assert_outcomes(&scene, second, "twice CLP 1 1000-10=990 known 0 rows 0 0; ");
        assert_settled(&scene, "CLP rows 1 1000, 1000-10=990");
        assert_findings(&scene, "settled-twice pi_1 B000003:2 1000; ");
        assert_int_equal(ledger_payout_of_line(scene.f->ledger, &line, "p.csv", &found), 1);
        assert_int_equal(found, first);
        assert_int_equal(ledger_payout_of_line(scene.f->ledger, &line, "r.csv", &found), 0);
}

/* A corrected file: the lines of the first one go, and what was `twice` because of them counts. */
static void a_corrected_file_takes_the_place_of_the_first(void **state) {
        Scene scene = begin_scene(state);
        int64_t first = payout(&scene, "p.csv", 0), other = payout(&scene, "q.csv", 0), corrected,
                replaced = 0;

        pay(&scene, "pi_1", 2, 1000);
        pay(&scene, "pi_2", 3, 1000);
        add(&scene, first, 2, "pi_1", 900);
        add(&scene, first, 3, "pi_2", 1000);
        add(&scene, first, 4, "pi_9", 5);
        add(&scene, other, 2, "pi_2", 1000);
        commit(scene.f);
        begin(scene.f);
        corrected = payout(&scene, "p.csv", first);
        assert_int_equal(ledger_payout_replaced(scene.f->ledger, corrected, &replaced), 1);
        assert_int_equal(replaced, first);
        assert_int_equal(ledger_payout_withdraw(scene.f->ledger, first, 2), 2);
        assert_int_equal(ledger_payout_withdraw(scene.f->ledger, first, 2), 1);
        assert_int_equal(ledger_payout_withdraw(scene.f->ledger, first, 2), 0);
        assert_outcomes(&scene, first, "");
        assert_outcomes(&scene, other, "settled CLP 1 1000-10=990 known 1000 rows 1 1000; ");
        assert_unsettled(&scene, "pi_1 A-1; ");
        add(&scene, corrected, 2, "pi_1", 1000);
        commit(scene.f);
        assert_settled(&scene, "CLP rows 2 2000, 2000-20=1980");
        assert_findings(&scene, "");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                LEDGER_TEST(every_line_has_its_outcome),
                LEDGER_TEST(what_is_learned_later_is_matched_then),
                LEDGER_TEST(a_row_that_was_paid_twice_is_one_row),
                LEDGER_TEST(a_line_of_two_files_counts_once),
                LEDGER_TEST(a_corrected_file_takes_the_place_of_the_first),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
