#include <assert.h>
#include <errno.h>

#include "jobs/base/problem.h"
#include "sql/ledger_instruction.h"
#include "sql/ledger_private.h"
#include "sql/ledger_session.h"

int namesake_add(Ledger *ledger, Text order_id, int64_t row) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_ADD_NAMESAKE);
        int r;

        query_bind_text(query, "order_id", order_id);
        query_bind_integer(query, "id", row);
        r = query_run(query);
        return r < 0 ? r : 0;
}

/* 1: it was free and is the row's now; 0: there is a holder. */
static int add_reference(Ledger *ledger, int64_t scope, Text order_id, int64_t row) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_ADD_REFERENCE);

        query_bind_integer(query, "scope", scope);
        query_bind_text(query, "order_id", order_id);
        query_bind_integer(query, "row", row);
        return query_run(query);
}

typedef struct Holder {
        int64_t row;
        int64_t generation;
        Status status;
        bool same_content;
        bool given_up; /* while it was not known whether it has a session */
} Holder;

static Text given_up_code(void) {
        return text_of(problem_name(PROBLEM_GIVEN_UP));
}

static int read_holder(Ledger *ledger, int64_t scope, Text order_id, int64_t row,
                       Holder *ret_holder) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_GET_REFERENCE);
        int r;

        query_bind_integer(query, "scope", scope);
        query_bind_text(query, "order_id", order_id);
        query_bind_integer(query, "row", row);
        query_bind_text(query, "given_up", given_up_code());
        r = query_step(query);
        if (r <= 0)
                return r < 0 ? r : -EPROTO;
        *ret_holder = (Holder){
                .row = query_integer(query, "holder"),
                .generation = query_integer_within(query, "generation", 1, INT32_MAX),
                .status = read_status(query, "status"),
                .same_content = query_integer(query, "same_content") != 0,
                .given_up = query_integer(query, "given_up") != 0,
        };
        return query_error(query);
}

static int move_reference(Ledger *ledger, int64_t scope, Text order_id, int64_t row,
                          int64_t generation) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_MOVE_REFERENCE);

        query_bind_integer(query, "scope", scope);
        query_bind_text(query, "order_id", order_id);
        query_bind_integer(query, "row", row);
        query_bind_integer(query, "generation", generation);
        return run_for_one(query);
}

static int set_generation(Ledger *ledger, int64_t row, int64_t generation) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_SET_REQUEST_GENERATION);

        query_bind_integer(query, "id", row);
        query_bind_integer(query, "generation", generation);
        return run_for_one(query);
}

/* The holder lets go of it; it is the row's, as a further generation. */
static int pass(Ledger *ledger, int64_t scope, Text order_id, const Holder *holder, int64_t row) {
        int r = namesake_add(ledger, order_id, holder->row);

        if (r == 0)
                r = move_reference(ledger, scope, order_id, row, holder->generation + 1);
        return r < 0 ? r : set_generation(ledger, row, holder->generation + 1);
}

/* A row that was held for one that was given up, and cancelled then, was given up too: the first of
 * them is the one that was sent. */
static int find_given_up(Ledger *ledger, int64_t scope, Text order_id, int64_t *ret_row) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_FIND_GIVEN_UP);
        int r;

        query_bind_integer(query, "scope", scope);
        query_bind_text(query, "order_id", order_id);
        query_bind_text(query, "given_up", given_up_code());
        r = query_step(query);
        if (r <= 0)
                return r < 0 ? r : -EPROTO;
        *ret_row = query_integer(query, "id");
        return query_error(query);
}

/* The holder has let go of it. Has an earlier row a link after all (it was paid late, say), it is as
 * if that one held it; was it given up, a person decides. */
static int take_next(Ledger *ledger, int64_t scope, Text order_id, const Holder *holder,
                     int64_t row, int64_t *ret_holder) {
        Status status = STATUS_CANCELLED;
        int64_t linked = 0;
        bool same_scope = false, same_content = false;
        int found = ledger_earlier_link(ledger, holder->row, &linked, &status), r;

        if (found > 0 && status_takes_reference(status)) {
                *ret_holder = linked;
                r = namesake_add(ledger, order_id, row);
                if (r == 0)
                        r = ledger_compare_rows(ledger, linked, row, &same_scope, &same_content);
                return r < 0 ? r : same_content ? REFERENCE_DUPLICATE : REFERENCE_CONFLICT;
        }
        r = found < 0 ? found : pass(ledger, scope, order_id, holder, row);
        if (r < 0)
                return r;
        *ret_holder = row;
        if (holder->given_up)
                r = find_given_up(ledger, scope, order_id, ret_holder);
        else if (found > 0)
                *ret_holder = linked;
        else
                return REFERENCE_NEXT;
        return r < 0 ? r : REFERENCE_GIVEN_UP;
}

int ledger_reference_take(Ledger *ledger, int64_t scope, Text order_id, int64_t row,
                          int64_t *ret_holder) {
        Holder holder = { 0 };
        int r;

        assert(database_in_transaction(ledger->database));
        assert(order_id.size > 0);
        /* nearly always free: no look before the leap */
        r = add_reference(ledger, scope, order_id, row);
        if (r == 1)
                *ret_holder = row;
        if (r != 0)
                return r < 0 ? r : REFERENCE_TAKEN;
        r = read_holder(ledger, scope, order_id, row, &holder);
        if (r < 0)
                return r;
        if (holder.row == row) {
                *ret_holder = row;
                return REFERENCE_TAKEN;
        }
        if (status_takes_reference(holder.status)) {
                r = namesake_add(ledger, order_id, row);
                if (r < 0)
                        return r;
                *ret_holder = holder.row;
                return holder.same_content ? REFERENCE_DUPLICATE : REFERENCE_CONFLICT;
        }
        return take_next(ledger, scope, order_id, &holder, row, ret_holder);
}

void ledger_read_new_reference(ListCell *cell, const void *item, unsigned column) {
        const NewReference *reference = item;

        switch ((NewReferenceColumn) column) {
        case NEW_REFERENCE_ORDER_ID:
                list_cell_text(cell, reference->order_id);
                break;
        case NEW_REFERENCE_ROW:
                list_cell_integer(cell, reference->row);
                break;
        case NEW_REFERENCE_COLUMN_COUNT:
                break;
        }
}

int ledger_references_take(Ledger *ledger, int64_t scope, const NewReference *references,
                           size_t n) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_ADD_REFERENCES);
        int r;

        assert(database_in_transaction(ledger->database));
        database_lend(ledger->database, LIST_NEW_REFERENCE, references, n);
        query_bind_integer(query, "scope", scope);
        r = query_run(query);
        database_lend(ledger->database, LIST_NEW_REFERENCE, NULL, 0);
        return r < 0 ? r : (size_t) r == n;
}

int ledger_reference_pass(Ledger *ledger, int64_t scope, Text order_id, int64_t row,
                          int64_t due_at) {
        Holder holder = { 0 };
        int r = read_holder(ledger, scope, order_id, row, &holder);

        assert(database_in_transaction(ledger->database));
        if (r < 0 || holder.row == row)
                return r;
        r = pass(ledger, scope, order_id, &holder, row);
        return r < 0 ? r : ledger_set_due(ledger, row, due_at);
}

int ledger_batch_references(Ledger *ledger, int64_t batch, int64_t after, unsigned max,
                            LedgerReferenceFunction function, void *userdata) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_LIST_REFERENCES);
        int n = 0;
        int r;

        rows_bind_page(query, batch, after, max);
        query_bind_integer(query, "not_yet", LEDGER_NOT_YET);
        while ((r = query_step(query)) > 0) {
                n++;
                r = function(userdata, query_integer(query, "id"), query_text(query, "order_id"));
                if (r != 0)
                        break;
        }
        return r < 0 ? r : n;
}

int ledger_rows_of_order(Ledger *ledger, Text order_id, LedgerRowFunction function,
                         void *userdata) {
        Query *query = database_query(ledger->database, QUERY_LIST_REQUESTS_OF_ORDER);

        query_bind_text(query, "order_id", order_id);
        return rows_found(ledger, query, ~0U, function, userdata);
}
