#include <assert.h>
#include <errno.h>

#include "sql/ledger_private.h"

/* --- adding --------------------------------------------------------------------------------- */

void ledger_read_new_row(ListCell *cell, const void *item, unsigned column) {
        const NewRow *row = item;

        switch ((NewRowColumn) column) {
        case NEW_ROW_ID:
                list_cell_integer(cell, row->id);
                break;
        case NEW_ROW_LINES:
                list_cell_integer(cell, row->lines);
                break;
        case NEW_ROW_ORDER_ID:
                list_cell_text_or_null(cell, row->order_id);
                break;
        case NEW_ROW_AMOUNT:
                list_cell_integer(cell, row->amount);
                break;
        case NEW_ROW_CURRENCY:
                list_cell_integer(cell, row->currency);
                break;
        case NEW_ROW_STATUS:
                list_cell_integer(cell, row->status);
                break;
        case NEW_ROW_SEND_AT:
                list_cell_integer_or_null(cell, row->waits ? 0 : row->send_at);
                break;
        case NEW_ROW_DUE_AT:
                list_cell_integer_or_null(cell, row->waits ? LEDGER_NOT_YET : row->send_at);
                break;
        case NEW_ROW_CONTENT:
                if (row->content)
                        list_cell_blob(cell, row->content, 16);
                else
                        list_cell_null(cell);
                break;
        case NEW_ROW_RAW:
                list_cell_blob(cell, row->raw.data, row->raw.size);
                break;
        case NEW_ROW_COLUMN_COUNT:
                break;
        }
}

static int add_list(Ledger *ledger, QueryId id, size_t n) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, id);
        int r = query_run(query);

        if (r < 0)
                return r;
        return (size_t) r == n ? 0 : -EPROTO;
}

static int set_remark(Ledger *ledger, int64_t row, Text code, Text reason) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_SET_REMARK);

        query_bind_integer(query, "id", row);
        query_bind_text(query, "code", code);
        query_bind_text(query, "reason", reason);
        return run_for_one(query);
}

static int delete_remark(Ledger *ledger, int64_t row) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_DELETE_REMARK);
        int r;

        query_bind_integer(query, "id", row);
        r = query_run(query);
        return r < 0 ? r : 0;
}

static int count_new(Ledger *ledger, const NewRow *row) {
        int64_t batch = row_batch(row->id);
        int r = totals_change(ledger, batch, row->currency, 0, 1, row->amount);

        if (r < 0)
                return r;
        return totals_change(ledger, batch, row->currency, row->status, 1, row->amount);
}

/* What few rows have. */
static int add_rest(Ledger *ledger, const NewRow *row) {
        int r = 0;

        if (row->code.size + row->reason.size > 0)
                r = set_remark(ledger, row->id, row->code, row->reason);
        if (r == 0 && row->status == STATUS_REJECTED && row->order_id.size > 0)
                r = namesake_add(ledger, row->order_id, row->id);
        if (r == 0 && row->mends != 0)
                r = ledger_mend_add(ledger, row);
        return r < 0 ? r : count_new(ledger, row);
}

int ledger_rows_add(Ledger *ledger, const NewRow *rows, size_t n) {
        int r;

        assert(database_in_transaction(ledger->database));
        for (size_t i = 0; i < n; i++)
                assert(rows[i].status == STATUS_REJECTED ||
                       (rows[i].status == STATUS_QUEUED && rows[i].content));
        database_lend(ledger->database, LIST_NEW_ROW, rows, n);
        r = add_list(ledger, QUERY_ADD_REQUESTS, n);
        if (r == 0)
                r = add_list(ledger, QUERY_ADD_CELLS, n);
        database_lend(ledger->database, LIST_NEW_ROW, NULL, 0);
        for (size_t i = 0; r == 0 && i < n; i++)
                r = add_rest(ledger, &rows[i]);
        return r;
}

int ledger_row_add(Ledger *ledger, const NewRow *row) {
        return ledger_rows_add(ledger, row, 1);
}

/* --- moving --------------------------------------------------------------------------------- */

static int read_money(Ledger *ledger, int64_t row, Status status, int64_t *ret_amount,
                      Currency *ret_currency) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_GET_REQUEST_MONEY);
        int r;

        query_bind_integer(query, "id", row);
        query_bind_integer(query, "status", status);
        r = query_step(query);
        if (r <= 0)
                return r < 0 ? r : -EPROTO;
        *ret_amount = query_integer(query, "amount");
        *ret_currency = read_currency(query, "currency");
        return query_error(query);
}

static int set_status(Ledger *ledger, int64_t row, Status from, Status to,
                      const RowChange *change) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_MOVE_REQUEST);

        query_bind_integer(query, "id", row);
        query_bind_integer(query, "from", from);
        query_bind_integer(query, "to", to);
        query_bind_integer(query, "hold", change->hold);
        query_bind_integer_or_null(query, "due_at", change->due_at);
        query_bind_integer_or_null(query, "expires_at", change->expires_at);
        return run_for_one(query);
}

static int add_session(Ledger *ledger, int64_t row, const RowChange *change) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_ADD_SESSION);

        query_bind_integer(query, "request", row);
        query_bind_text(query, "session", change->session);
        query_bind_text_or_null(query, "url", change->url);
        query_bind_integer(query, "created_at",
                           change->created_at != 0 ? change->created_at : ledger->now);
        query_bind_integer_or_null(query, "expires_at", change->expires_at);
        query_bind_integer_or_null(query, "next_look", change->next_look);
        return run_for_one(query);
}

int ledger_row_move(Ledger *ledger, int64_t row, Status from, Status to, const RowChange *change) {
        int64_t batch = row_batch(row);
        Currency currency = CURRENCY_XXX;
        int64_t amount = 0;
        int r;

        assert(database_in_transaction(ledger->database));
        assert((to == STATUS_HELD) == (change->hold != HOLD_NONE));
        if (!status_may_move(from, to))
                return -EPROTO;
        r = read_money(ledger, row, from, &amount, &currency);
        if (r == 0)
                r = set_status(ledger, row, from, to, change);
        if (r == 0 && change->session.size > 0)
                r = add_session(ledger, row, change);
        if (r < 0)
                return r;
        if (change->code.size + change->reason.size > 0)
                r = set_remark(ledger, row, change->code, change->reason);
        else
                r = delete_remark(ledger, row);
        if (r == 0)
                r = totals_change(ledger, batch, currency, from, -1, -amount);
        if (r == 0)
                r = totals_change(ledger, batch, currency, to, 1, amount);
        return r < 0 ? r : ledger_mend_moved(ledger, row, from, to, currency, amount);
}

int ledger_row_remark(Ledger *ledger, int64_t row, Text code, Text reason) {
        assert(database_in_transaction(ledger->database));
        return code.size + reason.size > 0 ? set_remark(ledger, row, code, reason)
                                           : delete_remark(ledger, row);
}

/* --- reading -------------------------------------------------------------------------------- */

static int read_row(Query *query, Row *ret_row) {
        Row row = {
                .id = query_integer(query, "id"),
                .lines = (uint32_t) query_integer_within(query, "lines", 0, UINT32_MAX),
                .order_id = query_text(query, "order_id"),
                .amount = query_integer(query, "amount"),
                .currency = read_currency(query, "currency"),
                .status = read_status(query, "status"),
                .hold = (Hold) query_integer_within(query, "hold", HOLD_NONE, HOLD_COUNT - 1),
                .generation = read_generation(query, "generation"),
                .due_at = query_integer(query, "due_at"),
                .session = query_text(query, "session"),
                .url = query_text(query, "url"),
                .expires_at = query_integer(query, "expires_at"),
                .code = query_text(query, "code"),
                .reason = query_text(query, "reason"),
                .raw = query_text(query, "raw"),
        };

        row.batch = row_batch(row.id);
        row.line = row_line(row.id);
        *ret_row = row;
        return query_error(query);
}

DEFINE_LEND_PAGE(lend_rows, Row, read_row)

int rows_read(Query *query, LedgerRowFunction function, void *userdata) {
        return lend_rows(query, function, userdata);
}

void rows_bind_page(Query *query, int64_t batch, int64_t after, unsigned max) {
        int64_t before_first = row_first(batch) - 1;

        query_bind_integer(query, "after", after > before_first ? after : before_first);
        query_bind_integer(query, "end", row_first(batch + 1));
        query_bind_integer(query, "max", max);
}

int ledger_rows(Ledger *ledger, int64_t batch, int64_t after, unsigned max,
                LedgerRowFunction function, void *userdata) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_LIST_REQUESTS);

        rows_bind_page(query, batch, after, max);
        return rows_read(query, function, userdata);
}

int ledger_row_get(Ledger *ledger, int64_t id, LedgerRowFunction function, void *userdata) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_GET_REQUEST);

        query_bind_integer(query, "id", id);
        return rows_read(query, function, userdata);
}

/* what stands between a list of ids and the caller's function */
typedef struct Filter {
        unsigned statuses;
        LedgerRowFunction function;
        void *userdata;
        int answer;
        int n;
} Filter;

static int filter(void *userdata, const Row *row) {
        Filter *f = userdata;

        if (!(f->statuses >> row->status & 1))
                return 0;
        f->n++;
        f->answer = f->function(f->userdata, row);
        return f->answer;
}

int rows_found(Ledger *ledger, Query *query, unsigned statuses, LedgerRowFunction function,
               void *userdata) {
        Filter f = { .statuses = statuses, .function = function, .userdata = userdata };
        CLEANUP(ids_done) Ids ids = { 0 };
        int r = ids_collect(&ids, query);

        (void) query_end(query);
        for (size_t i = 0; r >= 0 && f.answer == 0 && i < ids.n; i++)
                r = ledger_row_get(ledger, ids.ids[i], filter, &f);
        return r < 0 ? r : f.n;
}
