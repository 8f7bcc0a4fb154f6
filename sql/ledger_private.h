/* What the files of the ledger share. Private to sql/. */
#pragma once

#include "jobs/base/buffer.h"
#include "sql/database.h"
#include "sql/ledger.h"
#include "sql/queries.h"

/* What statements read like a table: see SqlList. */
typedef enum LedgerList {
        LIST_NEW_ROW,       /* NewRow */
        LIST_NEW_REFERENCE, /* NewReference */
        LIST_COUNT,
} LedgerList;

typedef enum NewRowColumn {
        NEW_ROW_ID,
        NEW_ROW_LINES,
        NEW_ROW_ORDER_ID,
        NEW_ROW_AMOUNT,
        NEW_ROW_CURRENCY,
        NEW_ROW_STATUS,
        NEW_ROW_SEND_AT,
        NEW_ROW_DUE_AT,
        NEW_ROW_CONTENT,
        NEW_ROW_RAW,
        NEW_ROW_COLUMN_COUNT,
} NewRowColumn;

typedef enum NewReferenceColumn {
        NEW_REFERENCE_ORDER_ID,
        NEW_REFERENCE_ROW,
        NEW_REFERENCE_COLUMN_COUNT,
} NewReferenceColumn;

void ledger_read_new_row(ListCell *cell, const void *item, unsigned column);
void ledger_read_new_reference(ListCell *cell, const void *item, unsigned column);

/* a change of a counter that is not written yet; status 0: what was read from the file */
typedef struct TotalChange {
        int64_t batch;
        Currency currency;
        int status;
        bool uncounted; /* of rows that another one stands for */
        int64_t count;
        int64_t sum;
} TotalChange;

struct Ledger {
        Database *database;
        int64_t now;         /* what changes are stamped with; 0: not said */
        int64_t transaction; /* how many were begun */
        int64_t data_version;
        bool mends_known, has_mends; /* are there corrected rows? */
        TotalChange *changes;
        size_t n_changes;
        size_t changes_capacity;
        Batch batch; /* what ledger_batch_get() lent */
        Buffer batch_texts;
        Frozen frozen; /* what ledger_frozen() lent */
        Buffer frozen_texts;
};

/* A list of ids, collected before anybody is called back who might change what was selected. */
typedef struct Ids {
        int64_t *ids;
        size_t n;
        size_t capacity;
} Ids;

int ids_collect(Ids *ids, Query *query); /* column `id` of every row; 0 or negative errno */

static inline void ids_done(Ids *ids) {
        free(ids->ids);
}

/* NUL-ended, owned by the caller; NULL: no memory. */
char *text_copy(Text text);
/* Appends text and NUL, and gives its place. Room for all texts must have been reserved, so that
 * the earlier ones stay where they are. */
const char *text_keep(Buffer *texts, Text text);

/* The row, which is in already, stands for the order of another one, which it corrects
 * (`mends`). */
int ledger_mend_add(Ledger *ledger, const NewRow *row);
/* The row was moved. */
int ledger_mend_moved(Ledger *ledger, int64_t row, Status from, Status to, Currency currency,
                      int64_t amount);

/* Executes; 0 if exactly one row was changed, -EPROTO if not. */
int run_for_one(Query *query);

/* Columns of the row, which must be what they say (query_error()). */
static inline Currency read_currency(Query *query, const char *name) {
        return (Currency) query_integer_within(query, name, CURRENCY_XXX, CURRENCY_COUNT - 1);
}

static inline Status read_status(Query *query, const char *name) {
        return (Status) query_integer_within(query, name, STATUS_REJECTED, STATUS_COUNT - 1);
}

static inline uint32_t read_generation(Query *query, const char *name) {
        return (uint32_t) query_integer_within(query, name, 1, UINT32_MAX);
}

/* Defines `int name(Query *query, int (*function)(void *userdata, const type *), void *userdata)`.
 * It executes the statement and lends row after row, as `int read(Query *, type *)` reads it, until
 * the function gives non-zero; then it gives that. 0: all were lent; or a negative errno. */
#define DEFINE_LEND(name, type, read) DEFINE_LEND_GIVING(name, type, read, false)
/* The same, of a page: gives how many were lent, or the function's negative answer. */
#define DEFINE_LEND_PAGE(name, type, read) DEFINE_LEND_GIVING(name, type, read, true)

#define DEFINE_LEND_GIVING(name, type, read, number)                                               \
        static int name(Query *query, int (*function)(void *, const type *), void *userdata) {     \
                int n = 0, r;                                                                      \
                                                                                                   \
                while ((r = query_step(query)) > 0) {                                              \
                        type item;                                                                 \
                                                                                                   \
                        r = read(query, &item);                                                    \
                        n += r == 0;                                                               \
                        if (r == 0)                                                                \
                                r = function(userdata, &item);                                     \
                        if (r != 0)                                                                \
                                break;                                                             \
                }                                                                                  \
                return r < 0 || !(number) ? r : n;                                                 \
        }

/* Executes and lends each row to the function until it gives non-zero: the number of rows lent, or
 * a negative error. */
int rows_read(Query *query, LedgerRowFunction function, void *userdata);
/* Binds `after`, `end` and `max`: at most `max` rows of the batch above the id `after`. */
void rows_bind_page(Query *query, int64_t batch, int64_t after, unsigned max);
/* Executes and ends a statement that gives ids, then lends the rows of these ids whose status is
 * one of `statuses` (bits): the function may change what the statement looked at. Gives as
 * rows_read(). */
int rows_found(Ledger *ledger, Query *query, unsigned statuses, LedgerRowFunction function,
               void *userdata);

/* The row carries the reference and does not hold it. Safe to repeat. */
int namesake_add(Ledger *ledger, Text order_id, int64_t row);

/* A payment of ours, or a refund of it, is new or changed: lines of payout files that are about it
 * are matched anew (ledger_payout.c). */
int payout_payment_changed(Ledger *ledger, Text payment);
int payout_refund_changed(Ledger *ledger, Text refund, Text payment);

/* Counters: remembered, then written by totals_write(). `count` rows of together `sum`. */
int totals_change(Ledger *ledger, int64_t batch, Currency currency, int status, int64_t count,
                  int64_t sum);
/* The same, of rows that another one stands for. */
int totals_change_uncounted(Ledger *ledger, int64_t batch, Currency currency, int status,
                            int64_t count, int64_t sum);
int totals_write(Ledger *ledger);
/* Of a batch's rows those that another one stands for, as ledger_totals(). */
int totals_uncounted(Ledger *ledger, int64_t batch, LedgerTotalFunction function, void *userdata);

struct Approval;
/* Of a row of approval. 0 or negative errno. */
int approval_read(Query *query, struct Approval *ret_approval);
