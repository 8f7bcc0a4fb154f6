#include "sql/ledger_overview.h"

#include <errno.h>
#include <string.h>

#include "sql/ledger_private.h"

/* --- batches -------------------------------------------------------------------------------- */

static int read_head(Query *query, Buffer *texts, Batch *ret_batch) {
        Text profile = query_text(query, "profile");
        Text run = query_text(query, "run");
        Text file = query_text(query, "file");
        Text digest = query_text(query, "sha256");
        Batch batch = {
                .id = query_integer(query, "id"),
                .live = query_integer(query, "live") != 0,
                .parent = query_integer(query, "parent"),
                .maker_uid = query_integer(query, "maker_uid"),
                .received_at = query_integer(query, "received_at"),
                .state = (BatchState) query_integer_within(query, "state", BATCH_RECEIVED,
                                                           BATCH_STATE_COUNT - 1),
                .hold = (Hold) query_integer_within(query, "hold", HOLD_NONE, HOLD_COUNT - 1),
                .file_lines = (uint64_t) query_integer(query, "file_lines"),
                .results_at = query_integer(query, "results_at"),
                .changed_at = query_integer(query, "changed_at"),
        };

        if (query_error(query) < 0)
                return query_error(query);
        if (digest.size != sizeof(batch.sha256))
                return -EUCLEAN;
        memcpy(batch.sha256, digest.data, digest.size);
        buffer_clear(texts);
        if (buffer_reserve(texts, profile.size + run.size + file.size + 3) < 0)
                return -ENOMEM;
        batch.profile = text_keep(texts, profile);
        batch.run = text_keep(texts, run);
        batch.file = text_keep(texts, file);
        *ret_batch = batch;
        return 0;
}

int ledger_overview_batches(Ledger *ledger, int64_t from, LedgerBatchFunction function,
                            void *userdata) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_LIST_BATCH_HEADS);
        AUTO_BUFFER texts = BUFFER_EMPTY;
        int r;

        query_bind_integer(query, "from", from);
        while ((r = query_step(query)) > 0) {
                Batch batch;

                r = read_head(query, &texts, &batch);
                if (r == 0)
                        r = function(userdata, &batch);
                if (r != 0)
                        return r;
        }
        return r;
}

/* --- totals --------------------------------------------------------------------------------- */

static int read_total(Query *query, Status status, Total *ret_total) {
        *ret_total = (Total){ .currency = read_currency(query, "currency"),
                              .status = status,
                              .count = query_integer(query, "n"),
                              .sum = query_integer(query, "amount") };
        return query_error(query);
}

/* What nobody may send is held: by its batch, or by the daemon. */
static int read_shown(Query *query, Hold daemon_hold, Total *ret_total) {
        Hold hold = (Hold) query_integer_within(query, "hold", HOLD_NONE, HOLD_COUNT - 1);
        int r = read_total(query, read_status(query, "status"), ret_total);

        if (query_integer(query, "state") == BATCH_AWAITING_APPROVAL)
                hold = HOLD_APPROVAL;
        if (hold == HOLD_NONE)
                hold = daemon_hold;
        if (ret_total->status == STATUS_QUEUED && hold != HOLD_NONE) {
                ret_total->status = STATUS_HELD;
                ret_total->hold = hold;
        }
        return r;
}

int ledger_overview_totals(Ledger *ledger, int64_t from, LedgerBatchTotalFunction function,
                           void *userdata) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_LIST_TOTALS_FROM);
        Hold daemon_hold = HOLD_NONE;
        int r = totals_write(ledger);

        if (r >= 0)
                r = ledger_daemon_hold(ledger, &daemon_hold);
        if (r < 0)
                return r;
        query_bind_integer(query, "from", from);
        while ((r = query_step(query)) > 0) {
                Total total;

                r = read_shown(query, daemon_hold, &total);
                if (r == 0)
                        r = function(userdata, query_integer(query, "batch"), &total);
                if (r != 0)
                        return r;
        }
        return r;
}

int ledger_overview_read_totals(Ledger *ledger, int64_t from, LedgerBatchTotalFunction function,
                                void *userdata) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_LIST_READ_TOTALS_FROM);
        int r = totals_write(ledger);

        if (r < 0)
                return r;
        query_bind_integer(query, "from", from);
        while ((r = query_step(query)) > 0) {
                Total total;

                r = read_total(query, (Status) 0, &total);
                if (r == 0)
                        r = function(userdata, query_integer(query, "batch"), &total);
                if (r != 0)
                        return r;
        }
        return r;
}

/* --- approvals ------------------------------------------------------------------------------ */

int ledger_overview_approvals(Ledger *ledger, int64_t from, LedgerApprovalFunction function,
                              void *userdata) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_LIST_APPROVALS_FROM);
        int r;

        query_bind_integer(query, "from", from);
        while ((r = query_step(query)) > 0) {
                Approval approval;

                r = approval_read(query, &approval);
                if (r == 0)
                        r = function(userdata, &approval);
                if (r != 0)
                        return r;
        }
        return r;
}
