/* Approval: which batches wait, whose files are taken, and who lets go what, against a real
 * ledger. */
#include "tests/unit/ledger_fixture.h"

#include "daemon/rules/approval.h"
#include "jobs/base/civil.h"

#define SERVICE 990U
#define NOW     INT64_C(1700000100000000)

/* --- what waits ------------------------------------------------------------------------------- */

static void needed(void **state) {
        const Profile none = { .name = "" };
        const Profile all = { .name = "", .approval = true };
        const Profile above = { .name = "", .approval_above = { 5000, CURRENCY_CLP } };
        AnswerTotals totals[CURRENCY_COUNT] = { 0 };

        (void) state;
        assert_false(approval_is_on(&none));
        assert_true(approval_is_on(&all));
        assert_true(approval_is_on(&above));
        totals[CURRENCY_CLP].rejected = (AnswerSum){ 3, 900000 };
        totals[CURRENCY_CLP].duplicate = (AnswerSum){ 3, 900000 };
        assert_false(approval_is_needed(&all, totals, false)); /* it would do nothing */
        assert_true(approval_is_needed(&all, totals, true));   /* it ends links */
        assert_false(approval_is_needed(&above, totals, true));
        assert_false(approval_is_needed(&none, totals, true));
        totals[CURRENCY_CLP].accepted = (AnswerSum){ 1, 5000 };
        assert_false(approval_is_needed(&none, totals, false));
        assert_true(approval_is_needed(&all, totals, false));
        assert_false(approval_is_needed(&above, totals, false));
        totals[CURRENCY_CLP].accepted = (AnswerSum){ 2, 5001 };
        assert_true(approval_is_needed(&above, totals, false));
        totals[CURRENCY_CLP].accepted = (AnswerSum){ 1, 1 };
        totals[CURRENCY_MXN].accepted = (AnswerSum){ 1, 1 };
        assert_true(approval_is_needed(&above, totals, false));
}

static ProblemCode refusal(const Profile *profile, uid_t owner, mode_t mode) {
        const struct stat st = { .st_uid = owner, .st_mode = S_IFREG | mode };

        return approval_refuse_file(profile, &st, SERVICE);
}

static void whose_file(void **state) {
        const Profile none = { .name = "" };
        const Profile above = { .name = "", .approval_above = { 5000, CURRENCY_CLP } };

        (void) state;
        assert_int_equal(refusal(&none, 0, 0666), PROBLEM_NONE);
        assert_int_equal(refusal(&above, 1001, 0644), PROBLEM_NONE);
        assert_int_equal(refusal(&above, 0, 0644), PROBLEM_FILE_OWNER);
        assert_int_equal(refusal(&above, SERVICE, 0644), PROBLEM_FILE_OWNER);
        assert_int_equal(refusal(&above, 65534, 0644), PROBLEM_FILE_OWNER);
        assert_int_equal(refusal(&above, (uid_t) -1, 0644), PROBLEM_FILE_OWNER);
        assert_int_equal(refusal(&above, 1001, 0664), PROBLEM_FILE_SHARED);
        assert_int_equal(refusal(&above, 1001, 0606), PROBLEM_FILE_SHARED);
}

static int ids(Fixture *f, const char *map) {
        char path[128];
        FILE *file;
        int r;

        (void) snprintf(path, sizeof(path), "%s/map", f->directory);
        file = fopen(path, "we");
        assert_non_null(file);
        (void) fputs(map, file);
        assert_int_equal(fclose(file), 0);
        r = approval_ids_are_real(path);
        assert_int_equal(unlink(path), 0);
        return r;
}

static void ids_that_are_real(void **state) {
        Fixture *f = *state;

        assert_int_equal(ids(f, "         0          0 4294967295\n"), 1);
        assert_int_equal(ids(f, "0 0 4294967294\n"), 0);
        assert_int_equal(ids(f, "0 0 1\n"), 0);
        assert_int_equal(ids(f, "0 1000 4294967295\n"), 0);
        assert_int_equal(ids(f, "0 0 1000\n1000 1000 4294966295\n"), 0);
        assert_int_equal(ids(f, "0 0\n"), 0);
        assert_int_equal(ids(f, ""), 0);
        assert_int_equal(approval_ids_are_real("/nonexistent/uid_map"), -ENOENT);
}

/* --- who lets go what ------------------------------------------------------------------------- */

static int64_t waiting_batch(Fixture *f, const char *name, int64_t maker) {
        Batch batch = sample_batch(name);
        int64_t id = 0;

        batch.maker_uid = maker;
        begin(f);
        OK(ledger_batch_add(f->ledger, &batch, &id));
        (void) add_row(f, id, 2, name, 1000, STATUS_QUEUED);
        OK(ledger_batch_loaded(f->ledger, id, 150, 2, row_id(id, 3)));
        OK(ledger_batch_await_approval(f->ledger, id));
        commit(f);
        return id;
}

static int give(Fixture *f, int64_t batch, int64_t uid, const char *digits, int64_t made_at) {
        const ApprovalRequest request = { .batch = batch,
                                          .digits = digits,
                                          .uid = uid,
                                          .way = APPROVAL_BY_FILE,
                                          .made_at = made_at };
        int r;

        begin(f);
        r = OK(approval_give(f->ledger, &request, SERVICE, NOW));
        commit(f);
        return r;
}

static void only_a_second_person(void **state) {
        Fixture *f = *state;
        int64_t batch = waiting_batch(f, "a.csv", 1001); /* its digest is 61, 61, 61 ... */
        int64_t received = sample_batch("a.csv").received_at;
        const Batch *stored;
        Approval approval;

        assert_int_equal(give(f, batch, 1001, "", 0), APPROVAL_OWN);
        assert_int_equal(give(f, batch, 0, "", 0), APPROVAL_NO_PERSON);
        assert_int_equal(give(f, batch, SERVICE, "", 0), APPROVAL_NO_PERSON);
        assert_int_equal(give(f, batch, 65534, "", 0), APPROVAL_NO_PERSON);
        assert_int_equal(give(f, batch, UINT32_MAX, "", 0), APPROVAL_NO_PERSON);
        assert_int_equal(give(f, batch, -1, "", 0), APPROVAL_NO_PERSON);
        assert_int_equal(give(f, batch, 1002, "616161616162", 0), APPROVAL_DIGEST);
        assert_int_equal(give(f, batch, 1002, "", received - 2 * SECOND), APPROVAL_OLD);
        assert_int_equal(give(f, batch + 1, 1002, "", 0), APPROVAL_NO_BATCH);
        assert_int_equal(ledger_batch_get(f->ledger, batch, &stored), 1);
        assert_int_equal(stored->state, BATCH_AWAITING_APPROVAL);
        assert_int_equal(ledger_approval_get(f->ledger, batch, &approval), 0);

        assert_int_equal(give(f, batch, 1002, "616161616161", received + 1), APPROVAL_GIVEN);
        assert_int_equal(ledger_approval_get(f->ledger, batch, &approval), 1);
        assert_int_equal(approval.uid, 1002);
        assert_int_equal(approval.at, NOW);
        assert_int_equal(give(f, batch, 1002, "", 0), APPROVAL_REPEATED);
        assert_int_equal(give(f, batch, 1003, "", 0), APPROVAL_ALREADY);
        assert_int_equal(give(f, batch, 1002, "616161616162", 0), APPROVAL_DIGEST);
}

static void whose_maker_is_unknown(void **state) {
        Fixture *f = *state;

        assert_int_equal(give(f, waiting_batch(f, "a.csv", 0), 1002, "", 0), APPROVAL_NO_MAKER);
        assert_int_equal(give(f, waiting_batch(f, "b.csv", SERVICE), 1002, "", 0),
                         APPROVAL_NO_MAKER);
}

static void what_does_not_wait(void **state) {
        Fixture *f = *state;
        int64_t batch;

        begin(f);
        batch = add_batch(f, "a.csv");
        (void) add_row(f, batch, 2, "A-1", 1000, STATUS_QUEUED);
        commit(f);
        assert_int_equal(give(f, batch, 1002, "", 0), APPROVAL_NOT_YET);
        begin(f);
        loaded(f, batch, 2);
        commit(f);
        assert_int_equal(give(f, batch, 1002, "", 0), APPROVAL_NOT_NEEDED);
}

/* Nothing of it is left: it waits no more, and what was never approved stays so. */
static void what_was_withdrawn(void **state) {
        Fixture *f = *state;
        int64_t batch = waiting_batch(f, "b.csv", 1001);
        const Batch *stored;

        begin(f);
        assert_int_equal(OK(ledger_batch_end_waiting(f->ledger, batch)), 0); /* a row is left */
        move(f, row_id(batch, 2), STATUS_QUEUED, STATUS_CANCELLED);
        assert_int_equal(OK(ledger_batch_end_waiting(f->ledger, batch)), 1);
        assert_int_equal(OK(ledger_batch_end_waiting(f->ledger, batch)), 0);
        commit(f);
        assert_totals(f, batch, "CLP cancelled 1 1000; ");
        assert_int_equal(give(f, batch, 1002, "", 0), APPROVAL_WITHDRAWN);
        begin(f);
        OK(ledger_batch_set_state(f->ledger, batch, BATCH_SETTLED));
        OK(ledger_batch_reopen(f->ledger, batch, BATCH_RUNNING));
        commit(f);
        assert_int_equal(OK(ledger_batch_get(f->ledger, batch, &stored)), 1);
        assert_true(batch_was_withdrawn(stored));
        assert_int_equal(give(f, batch, 1002, "", 0), APPROVAL_WITHDRAWN);
}

/* --- persons ---------------------------------------------------------------------------------- */

static void a_person_has_a_name(void **state) {
        AUTO_BUFFER root = BUFFER_EMPTY, nobody = BUFFER_EMPTY;

        (void) state;
        assert_int_equal(approval_append_person(&root, 0), 0);
        assert_string_equal(root.data, "root (0)");
        assert_int_equal(approval_append_person(&nobody, 3999999999), 0);
        assert_string_equal(nobody.data, "3999999999");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(needed),
                cmocka_unit_test(whose_file),
                LEDGER_TEST(ids_that_are_real),
                LEDGER_TEST(only_a_second_person),
                LEDGER_TEST(whose_maker_is_unknown),
                LEDGER_TEST(what_does_not_wait),
                LEDGER_TEST(what_was_withdrawn),
                cmocka_unit_test(a_person_has_a_name),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
