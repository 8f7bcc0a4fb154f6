/* What is read for all batches at once is what is read for each. */
#include "sql/ledger_overview.h"
#include "tests/unit/ledger_fixture.h"

#define BATCHES 4

static int64_t add_loaded(Fixture *f, const char *file, Currency currency) {
        int64_t batch = add_batch(f, file);
        const NewRow row = { .id = row_id(batch, 9),
                             .lines = 1,
                             .order_id = TEXT("B"),
                             .amount = 5,
                             .currency = currency,
                             .status = STATUS_QUEUED,
                             .content = (const uint8_t[16]){ 0 },
                             .raw = TEXT("B\n") };

        OK(ledger_row_add(f->ledger, &row));
        (void) add_row(f, batch, 2, "A-1", 1000, STATUS_QUEUED);
        (void) add_row(f, batch, 3, "A-2", 500, STATUS_REJECTED);
        move(f, add_row(f, batch, 4, "A-3", 70, STATUS_QUEUED), STATUS_QUEUED, STATUS_HELD);
        OK(ledger_batch_loaded(f->ledger, batch, 150, 9, row_id(batch, 10)));
        return batch;
}

/* One that runs, one that waits, one that is held, one that was approved. */
static void make(Fixture *f) {
        Approval approval = { .at = 1700000001000000, .uid = 1002, .way = APPROVAL_BY_FILE };

        begin(f);
        assert_int_equal(add_loaded(f, "a.csv", CURRENCY_CLP), 1);
        OK(ledger_batch_await_approval(f->ledger, add_loaded(f, "b.csv", CURRENCY_MXN)));
        OK(ledger_batch_set_hold(f->ledger, add_loaded(f, "c.csv", CURRENCY_MXN), HOLD_CANARY));
        approval.batch = add_loaded(f, "d.csv", CURRENCY_CLP);
        OK(ledger_batch_await_approval(f->ledger, approval.batch));
        OK(ledger_approval_add(f->ledger, &approval));
        commit(f);
}

/* Of one batch: counts and sums by currency and status, whatever they come in. */
typedef struct Sums {
        int64_t count[CURRENCY_COUNT][STATUS_COUNT], sum[CURRENCY_COUNT][STATUS_COUNT];
        Hold hold;
} Sums;

static int add_one(void *userdata, const Total *total) {
        Sums *sums = userdata;

        sums->count[total->currency][total->status] += total->count;
        sums->sum[total->currency][total->status] += total->sum;
        if (total->status == STATUS_HELD && total->hold != HOLD_NONE)
                sums->hold = total->hold;
        return 0;
}

static int add_of_batch(void *userdata, int64_t batch, const Total *total) {
        assert_in_range(batch, 1, BATCHES);
        return add_one((Sums *) userdata + batch, total);
}

static void assert_same(Fixture *f) {
        Sums all[BATCHES + 1] = { 0 }, read[BATCHES + 1] = { 0 };

        OK(ledger_overview_totals(f->ledger, 0, add_of_batch, all));
        OK(ledger_overview_read_totals(f->ledger, 0, add_of_batch, read));
        for (int64_t batch = 1; batch <= BATCHES; batch++) {
                Sums one = { 0 }, one_read = { 0 };

                OK(ledger_totals(f->ledger, batch, add_one, &one));
                OK(ledger_read_totals(f->ledger, batch, add_one, &one_read));
                assert_memory_equal(&all[batch], &one, sizeof(one));
                assert_memory_equal(&read[batch], &one_read, sizeof(one_read));
        }
}

static void totals(void **state) {
        Fixture *f = *state;
        Sums from[BATCHES + 1] = { 0 };

        make(f);
        assert_same(f);
        begin(f);
        OK(ledger_set_daemon_hold(f->ledger, HOLD_ACCOUNT));
        commit(f);
        assert_same(f);
        OK(ledger_overview_totals(f->ledger, 3, add_of_batch, from));
        assert_int_equal(from[2].count[CURRENCY_CLP][STATUS_REJECTED], 0);
        assert_int_equal(from[3].count[CURRENCY_CLP][STATUS_REJECTED], 1);
}

static int compare_head(void *userdata, const Batch *head) {
        Fixture *f = userdata;
        const Batch *batch;

        assert_int_equal(OK(ledger_batch_get(f->ledger, head->id, &batch)), 1);
        assert_string_equal(head->file, batch->file);
        assert_string_equal(head->profile, batch->profile);
        assert_string_equal(head->run, batch->run);
        assert_int_equal(head->live, batch->live);
        assert_int_equal(head->parent, batch->parent);
        assert_int_equal(head->maker_uid, batch->maker_uid);
        assert_int_equal(head->received_at, batch->received_at);
        assert_int_equal(head->state, batch->state);
        assert_int_equal(head->hold, batch->hold);
        assert_int_equal(head->file_lines, batch->file_lines);
        assert_int_equal(head->results_at, batch->results_at);
        assert_int_equal(head->changed_at, batch->changed_at);
        assert_memory_equal(head->sha256, batch->sha256, sizeof(batch->sha256));
        return head->id == BATCHES ? 7 : 0;
}

static int compare_approval(void *userdata, const Approval *approval) {
        Fixture *f = userdata;
        Approval one;

        assert_int_equal(OK(ledger_approval_get(f->ledger, approval->batch, &one)), 1);
        assert_int_equal(approval->batch, BATCHES);
        assert_int_equal(approval->at, one.at);
        assert_int_equal(approval->uid, one.uid);
        assert_int_equal(approval->way, one.way);
        return 7;
}

static void heads_and_approvals(void **state) {
        Fixture *f = *state;

        make(f);
        assert_int_equal(ledger_overview_batches(f->ledger, 0, compare_head, f), 7);
        assert_int_equal(ledger_overview_approvals(f->ledger, 0, compare_approval, f), 7);
        assert_int_equal(ledger_overview_approvals(f->ledger, BATCHES + 1, compare_approval, f), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                LEDGER_TEST(totals),
                LEDGER_TEST(heads_and_approvals),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
