#include "sql/ledger_approval.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "sql/ledger_instruction.h"
#include "sql/ledger_private.h"

static_assert(BATCH_LOADING == 2 && BATCH_AWAITING_APPROVAL == 3 && BATCH_RUNNING == 4 &&
                      HOLD_NONE == 0 && HOLD_APPROVAL == 1,
              "set_batch_awaiting.sql and set_batch_approved.sql name them by number");

int ledger_batch_await_approval(Ledger *ledger, int64_t batch) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_SET_BATCH_AWAITING);

        assert(database_in_transaction(ledger->database));
        query_bind_integer(query, "id", batch);
        return run_for_one(query);
}

int ledger_batch_end_waiting(Ledger *ledger, int64_t id) {
        const Batch *batch = NULL;
        int64_t unsettled = 0;
        int r = ledger_batch_get(ledger, id, &batch);

        if (r <= 0 || batch->state != BATCH_AWAITING_APPROVAL)
                return r < 0 ? r : 0;
        r = ledger_batch_unsettled(ledger, id, &unsettled);
        if (r >= 0 && unsettled == 0)
                r = ledger_instruction_open(ledger, id);
        if (r != 0 || unsettled > 0)
                return r < 0 ? r : 0;
        r = ledger_batch_set_state(ledger, id, BATCH_RUNNING);
        return r < 0 ? r : 1;
}

bool batch_was_withdrawn(const Batch *batch) {
        return batch->hold == HOLD_APPROVAL && batch->state > BATCH_AWAITING_APPROVAL;
}

static int add_approval(Ledger *ledger, const Approval *approval) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_ADD_APPROVAL);

        query_bind_integer(query, "batch", approval->batch);
        query_bind_integer(query, "at", approval->at);
        query_bind_integer(query, "uid", approval->uid);
        query_bind_integer(query, "way", approval->way);
        return run_for_one(query);
}

int ledger_approval_add(Ledger *ledger, const Approval *approval) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_SET_BATCH_APPROVED);
        int r;

        assert(database_in_transaction(ledger->database));
        r = add_approval(ledger, approval);
        if (r < 0)
                return r;
        query_bind_integer(query, "id", approval->batch);
        return run_for_one(query);
}

int approval_read(Query *query, Approval *ret_approval) {
        Approval approval = {
                .batch = query_integer(query, "batch"),
                .at = query_integer(query, "at"),
                .uid = query_integer(query, "uid"),
                .way = (ApprovalWay) query_integer_within(query, "way", APPROVAL_BY_COMMAND,
                                                          APPROVAL_BY_FILE),
        };
        Text digest = query_text(query, "sha256");

        if (digest.size != sizeof(approval.sha256))
                return -EUCLEAN;
        memcpy(approval.sha256, digest.data, digest.size);
        *ret_approval = approval;
        return query_error(query);
}

int ledger_approval_get(Ledger *ledger, int64_t batch, Approval *ret_approval) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_GET_APPROVAL);
        int r;

        query_bind_integer(query, "batch", batch);
        r = query_step(query);
        if (r <= 0)
                return r;
        r = approval_read(query, ret_approval);
        return r < 0 ? r : 1;
}
