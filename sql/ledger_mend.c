/* Corrected files: whose they are, and what became of the orders of all of them together.
 *
 * Of the rows that stand for one order (the first one, its root, and all that correct it) one
 * counts: the last to which something happened, else the last. Which one that is, is kept as rows
 * come and move; so are the totals of the others, which are left out of the totals of a family.
 */
#include <assert.h>
#include <errno.h>

#include "sql/ledger_private.h"

typedef struct Member {
        int64_t id;
        Status status;
        Currency currency;
        int64_t amount;
} Member;

/* What happened to the order, rather than what was said to a row of it. */
static bool is_outcome(Status status) {
        return status != STATUS_DUPLICATE && !status_is_mendable(status);
}

/* Does it tell rather than the other what became of the order? find_mend_to_count.sql, too. */
static bool tells_rather(const Member *member, const Member *other) {
        bool outcome = is_outcome(member->status);

        return outcome != is_outcome(other->status) ? outcome : member->id > other->id;
}

/* --- who counts ----------------------------------------------------------------------------- */

/* Most stores have none, and then no row has to be looked up. Written by this process only. */
static int has_mends(Ledger *ledger) {
        CLEANUP(query_end_p) Query *query = NULL;
        int r;

        if (ledger->mends_known)
                return ledger->has_mends;
        query = database_query(ledger->database, QUERY_HAS_MENDS);
        r = query_step(query);
        if (r < 0)
                return r;
        assert(r == 1);
        ledger->has_mends = query_integer(query, "has") != 0;
        ledger->mends_known = true;
        return ledger->has_mends;
}

static int read_member(Query *query, Member *ret_member) {
        int r = query_step(query);

        if (r <= 0)
                return r;
        *ret_member = (Member){
                .id = query_integer(query, "id"),
                .status = read_status(query, "status"),
                .currency = read_currency(query, "currency"),
                .amount = query_integer(query, "amount"),
        };
        r = query_error(query);
        return r < 0 ? r : 1;
}

/* 1: the row stands for an order that others stand for too, and this one counts; 0: it does not. */
static int get_counted(Ledger *ledger, int64_t row, int64_t *ret_root, Member *ret_counted) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_GET_MEND_COUNTED);
        int r;

        query_bind_integer(query, "row", row);
        r = read_member(query, ret_counted);
        if (r > 0)
                *ret_root = query_integer(query, "root");
        return r;
}

static int set_counted(Ledger *ledger, int64_t root, int64_t row) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_SET_MEND_COUNTED);

        query_bind_integer(query, "root", root);
        query_bind_integer(query, "id", row);
        return run_for_one(query);
}

/* Looks at all of them: 1, or 0 when there is none. */
static int find_to_count(Ledger *ledger, int64_t root, Member *ret_member) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_FIND_MEND_TO_COUNT);
        int64_t outcomes = 0;

        for (Status status = STATUS_REJECTED; status < STATUS_COUNT; status++)
                if (is_outcome(status))
                        outcomes |= INT64_C(1) << status;
        query_bind_integer(query, "root", root);
        query_bind_integer(query, "outcomes", outcomes);
        return read_member(query, ret_member);
}

static int leave_out(Ledger *ledger, const Member *member) {
        return totals_change_uncounted(ledger, row_batch(member->id), member->currency,
                                       member->status, 1, member->amount);
}

static int take_in(Ledger *ledger, const Member *member) {
        return totals_change_uncounted(ledger, row_batch(member->id), member->currency,
                                       member->status, -1, -member->amount);
}

/* --- as rows come --------------------------------------------------------------------------- */

static int add_mend(Ledger *ledger, int64_t row, int64_t root) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_ADD_MEND);

        query_bind_integer(query, "id", row);
        query_bind_integer(query, "root", root);
        return run_for_one(query);
}

int ledger_mend_add(Ledger *ledger, const NewRow *row) {
        const Member added = { row->id, row->status, row->currency, row->amount };
        Member counted;
        int64_t root;
        bool counts;
        int r = get_counted(ledger, row->mends, &root, &counted);

        if (r == 0) { /* the first that corrects this one */
                root = row->mends;
                r = find_to_count(ledger, root, &counted);
        }
        if (r <= 0) /* a line that is not there mends nothing */
                return r;
        ledger->mends_known = ledger->has_mends = true;
        counts = tells_rather(&added, &counted);
        r = add_mend(ledger, row->id, root);
        if (r == 0)
                r = set_counted(ledger, root, counts ? added.id : counted.id);
        return r < 0 ? r : leave_out(ledger, counts ? &counted : &added);
}

/* --- as they move --------------------------------------------------------------------------- */

/* It counted until now. */
static int counted_moved(Ledger *ledger, int64_t root, const Member *moved, Status from) {
        Member best;
        int r;

        if (is_outcome(moved->status) || !is_outcome(from))
                return 0;
        r = find_to_count(ledger, root, &best);
        if (r <= 0 || best.id == moved->id)
                return r < 0 ? r : 0;
        r = leave_out(ledger, moved);
        if (r == 0)
                r = take_in(ledger, &best);
        return r < 0 ? r : set_counted(ledger, root, best.id);
}

static int uncounted_moved(Ledger *ledger, int64_t root, const Member *moved, Status from,
                           const Member *counted) {
        const Member before = { moved->id, from, moved->currency, moved->amount };
        bool counts = tells_rather(moved, counted);
        int r = take_in(ledger, &before);

        if (r == 0)
                r = leave_out(ledger, counts ? counted : moved);
        return r < 0 || !counts ? r : set_counted(ledger, root, moved->id);
}

int ledger_mend_moved(Ledger *ledger, int64_t row, Status from, Status to, Currency currency,
                      int64_t amount) {
        const Member moved = { row, to, currency, amount };
        Member counted;
        int64_t root;
        int r = has_mends(ledger);

        if (r > 0)
                r = get_counted(ledger, row, &root, &counted);
        if (r <= 0)
                return r;
        return counted.id == row ? counted_moved(ledger, root, &moved, from)
                                 : uncounted_moved(ledger, root, &moved, from, &counted);
}

/* --- together ------------------------------------------------------------------------------- */

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

typedef struct Family {
        Total totals[CURRENCY_COUNT][STATUS_COUNT];
        int sign; /* of what is being added */
} Family;

/* Of the lowest number there is none. */
static int64_t opposite(int64_t sum) {
        return money_add(-(sum + 1), 1);
}

static int add(void *userdata, const Total *total) {
        Family *family = userdata;
        Total *sum = &family->totals[total->currency][total->status];

        sum->currency = total->currency;
        sum->status = total->status;
        if (family->sign > 0)
                sum->hold = total->hold;
        sum->count += family->sign * total->count;
        sum->sum = money_add(sum->sum, family->sign > 0 ? total->sum : opposite(total->sum));
        return 0;
}

static int add_batch(Ledger *ledger, int64_t batch, Family *family) {
        int r;

        family->sign = 1;
        r = ledger_totals(ledger, batch, add, family);
        family->sign = -1;
        return r < 0 ? r : totals_uncounted(ledger, batch, add, family);
}

int ledger_family_totals(Ledger *ledger, int64_t batch, LedgerTotalFunction function,
                         void *userdata) {
        CLEANUP(ids_done) Ids ids = { .n = 0 };
        Family family = { .sign = 1 };
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
