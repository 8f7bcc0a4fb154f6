/* Approvals in a real ledger: a batch that waits shows its rows as held, is let go once, and keeps
 * who, when and what. */
#include "tests/unit/ledger_fixture.h"

#include "sql/ledger_approval.h"

static int64_t waiting_batch(Fixture *f) {
        int64_t batch = add_batch(f, "a.csv");

        (void) add_row(f, batch, 2, "A-1", 1000, STATUS_QUEUED);
        (void) add_row(f, batch, 3, "A-2", 500, STATUS_REJECTED);
        OK(ledger_batch_loaded(f->ledger, batch, 150, 3, row_id(batch, 4)));
        OK(ledger_batch_await_approval(f->ledger, batch));
        return batch;
}

static void waits(void **state) {
        Fixture *f = *state;
        const Batch *batch;
        Approval approval;
        int64_t id;

        begin(f);
        id = waiting_batch(f);
        commit(f);
        assert_int_equal(ledger_batch_get(f->ledger, id, &batch), 1);
        assert_int_equal(batch->state, BATCH_AWAITING_APPROVAL);
        assert_int_equal(batch->hold, HOLD_APPROVAL);
        assert_string_equal(batch_state_name(batch->state, batch->hold), "awaiting_approval");
        assert_totals(f, id, "CLP rejected 1 500; CLP held/approval 1 1000; ");
        assert_int_equal(ledger_approval_get(f->ledger, id, &approval), 0);
}

static void is_let_go_once(void **state) {
        Fixture *f = *state;
        Approval approval = { .at = 1700000001000000, .uid = 1002, .way = APPROVAL_BY_FILE };
        Approval found;
        const Batch *batch;

        begin(f);
        approval.batch = waiting_batch(f);
        OK(ledger_approval_add(f->ledger, &approval));
        commit(f);
        assert_int_equal(ledger_batch_get(f->ledger, approval.batch, &batch), 1);
        assert_int_equal(batch->state, BATCH_RUNNING);
        assert_int_equal(batch->hold, HOLD_NONE);
        assert_totals(f, approval.batch, "CLP rejected 1 500; CLP queued 1 1000; ");

        assert_int_equal(ledger_approval_get(f->ledger, approval.batch, &found), 1);
        assert_int_equal(found.batch, approval.batch);
        assert_int_equal(found.at, approval.at);
        assert_int_equal(found.uid, 1002);
        assert_int_equal(found.way, APPROVAL_BY_FILE);
        assert_memory_equal(found.sha256, batch->sha256, sizeof(found.sha256));

        /* nobody approves after him */
        begin(f);
        approval.uid = 1003;
        assert_int_equal(ledger_approval_add(f->ledger, &approval), -EPROTO);
        ledger_rollback(f->ledger);
        assert_int_equal(ledger_approval_get(f->ledger, approval.batch, &found), 1);
        assert_int_equal(found.uid, 1002);
}

static void only_what_waits(void **state) {
        Fixture *f = *state;
        Approval approval = { .at = 1, .uid = 1002, .way = APPROVAL_BY_COMMAND };

        begin(f);
        approval.batch = add_batch(f, "a.csv");
        (void) add_row(f, approval.batch, 2, "A-1", 1000, STATUS_QUEUED);
        loaded(f, approval.batch, 2);
        commit(f);
        begin(f);
        assert_int_equal(ledger_approval_add(f->ledger, &approval), -EPROTO);
        ledger_rollback(f->ledger);
        begin(f); /* and a running one cannot begin to wait */
        assert_int_equal(ledger_batch_await_approval(f->ledger, approval.batch), -EPROTO);
        ledger_rollback(f->ledger);
        begin(f);
        approval.batch = 99;
        assert_int_equal(ledger_approval_add(f->ledger, &approval), -EPROTO);
        ledger_rollback(f->ledger);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                LEDGER_TEST(waits),
                LEDGER_TEST(is_let_go_once),
                LEDGER_TEST(only_what_waits),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
