/* Corrected files: whose they are, and what became of the orders of all of them together. */
#include <assert.h>
#include <errno.h>

#include "sql/ledger_private.h"

int ledger_mend_add(Ledger *ledger, int64_t row, int64_t mended) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_ADD_MEND);
        int r;

        query_bind_integer(query, "id", row);
        query_bind_integer(query, "mended", mended);
        r = query_run(query); /* a line that is not there mends nothing */
        return r < 0 ? r : 0;
}

/* Adds them to the list. */
static int list_children(Ledger *ledger, int64_t batch, Ids *ids) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_LIST_CHILDREN);

        query_bind_integer(query, "parent", batch);
        return ids_collect(ids, query);
}

int ledger_batch_children(Ledger *ledger, int64_t batch, LedgerIdFunction function,
                          void *userdata) {
        CLEANUP(ids_done) Ids ids = { .n = 0 };
        int r = list_children(ledger, batch, &ids);

        for (size_t i = 0; r == 0 && i < ids.n; i++)
                r = function(userdata, ids.ids[i]);
        return r;
}

/* --- together ------------------------------------------------------------------------------- */

typedef struct Member {
        Status status;
        Currency currency;
        int64_t amount;
} Member;

/* the sums, and the rows that stand for one order, as they come in */
typedef struct Family {
        Total totals[CURRENCY_COUNT][STATUS_COUNT];
        int64_t root;   /* 0: none yet */
        Member counted; /* what became of that order, as far as was seen */
} Family;

/* What happened to the order, rather than what was said to a row of it. */
static bool is_outcome(Status status) {
        return status != STATUS_DUPLICATE && !status_is_mendable(status);
}

static void drop(Family *family, const Member *member) {
        Total *total = &family->totals[member->currency][member->status];

        total->count--;
        total->sum -= member->amount;
}

/* Of two rows for one order the later one counts, unless only the earlier one led to anything. */
static void meet(Family *family, const Member *later) {
        if (is_outcome(later->status) || !is_outcome(family->counted.status)) {
                drop(family, &family->counted);
                family->counted = *later;
        } else {
                drop(family, later);
        }
}

static Member read_member(Query *query, const char *status, const char *currency,
                          const char *amount) {
        return (Member){
                .status = read_status(query, status),
                .currency = read_currency(query, currency),
                .amount = query_integer(query, amount),
        };
}

static int drop_mended(Ledger *ledger, int64_t batch, Family *family) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_LIST_MENDS);
        int r;

        query_bind_integer(query, "first", row_first(batch));
        query_bind_integer(query, "end", row_first(batch + 1));
        while ((r = query_step(query)) > 0) {
                Member later = read_member(query, "status", "currency", "amount");
                int64_t root = query_integer(query, "root");

                if (root != family->root) {
                        family->root = root;
                        family->counted =
                                read_member(query, "root_status", "root_currency", "root_amount");
                }
                r = query_error(query);
                if (r < 0)
                        return r;
                meet(family, &later);
        }
        return r;
}

static int add(void *userdata, const Total *total) {
        Family *family = userdata;
        Total *sum = &family->totals[total->currency][total->status];

        sum->currency = total->currency;
        sum->status = total->status;
        sum->hold = total->hold;
        sum->count += total->count;
        sum->sum += total->sum;
        return 0;
}

static int add_batch(Ledger *ledger, int64_t batch, Family *family) {
        int r = ledger_totals(ledger, batch, add, family);

        return r == 0 ? drop_mended(ledger, batch, family) : r;
}

int ledger_family_totals(Ledger *ledger, int64_t batch, LedgerTotalFunction function,
                         void *userdata) {
        CLEANUP(ids_done) Ids ids = { .n = 0 };
        Family family = { .root = 0 };
        int r = add_batch(ledger, batch, &family);

        if (r == 0)
                r = list_children(ledger, batch, &ids);
        for (size_t i = 0; r == 0 && i < ids.n; i++) { /* a child is newer than its parent */
                r = add_batch(ledger, ids.ids[i], &family);
                if (r == 0)
                        r = list_children(ledger, ids.ids[i], &ids);
        }
        for (Currency c = 0; r == 0 && c < CURRENCY_COUNT; c++)
                for (Status s = STATUS_REJECTED; r == 0 && s < STATUS_COUNT; s++)
                        if (family.totals[c][s].count > 0)
                                r = function(userdata, &family.totals[c][s]);
        return r;
}
