#include <assert.h>
#include <errno.h>
#include <string.h>

#include "sql/ledger_private.h"

/* --- changing ------------------------------------------------------------------------------- */

static TotalChange *change_of(Ledger *ledger, int64_t batch, Currency currency, int status,
                              bool uncounted) {
        TotalChange *change;

        for (size_t i = ledger->n_changes; i-- > 0;) {
                change = &ledger->changes[i];
                if (change->batch == batch && change->currency == currency &&
                    change->status == status && change->uncounted == uncounted)
                        return change;
        }
        if (ledger->n_changes == ledger->changes_capacity) {
                size_t capacity = ledger->changes_capacity > 0 ? 2 * ledger->changes_capacity : 32;

                change = realloc(ledger->changes, capacity * sizeof(*change));
                if (!change)
                        return NULL;
                ledger->changes = change;
                ledger->changes_capacity = capacity;
        }
        change = &ledger->changes[ledger->n_changes++];
        *change = (TotalChange){
                .batch = batch, .currency = currency, .status = status, .uncounted = uncounted
        };
        return change;
}

static int add_change(TotalChange *change, int64_t count, int64_t sum) {
        if (!change)
                return -ENOMEM;
        change->count += count;
        change->sum = money_add(change->sum, sum);
        return 0;
}

int totals_change(Ledger *ledger, int64_t batch, Currency currency, int status, int64_t count,
                  int64_t sum) {
        return add_change(change_of(ledger, batch, currency, status, false), count, sum);
}

int totals_change_uncounted(Ledger *ledger, int64_t batch, Currency currency, int status,
                            int64_t count, int64_t sum) {
        return add_change(change_of(ledger, batch, currency, status, true), count, sum);
}

static void bind_key(Query *query, const TotalChange *change) {
        query_bind_integer(query, "batch", change->batch);
        query_bind_integer(query, "currency", change->currency);
        if (change->status != 0)
                query_bind_integer(query, "status", change->status);
}

static int write_change(Ledger *ledger, const TotalChange *change) {
        bool read = change->status == 0;
        CLEANUP(query_end_p)
        Query *get = database_query(ledger->database, change->uncounted ? QUERY_GET_UNCOUNTED_TOTAL
                                                      : read            ? QUERY_GET_READ_TOTAL
                                                                        : QUERY_GET_TOTAL);
        CLEANUP(query_end_p)
        Query *set = database_query(ledger->database, change->uncounted ? QUERY_SET_UNCOUNTED_TOTAL
                                                      : read            ? QUERY_SET_READ_TOTAL
                                                                        : QUERY_SET_TOTAL);
        int64_t count = change->count;
        int64_t sum = change->sum;
        int r;

        bind_key(get, change);
        r = query_step(get);
        if (r < 0)
                return r;
        if (r == 1) {
                count += query_integer(get, "n");
                sum = money_add(sum, query_integer(get, "amount"));
        }
        bind_key(set, change);
        query_bind_integer(set, "n", count);
        query_bind_integer(set, "amount", sum);
        return run_for_one(set);
}

static int stamp_batch(Ledger *ledger, int64_t batch) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_SET_BATCH_CHANGED);

        query_bind_integer(query, "id", batch);
        query_bind_integer(query, "now", ledger->now);
        return run_for_one(query);
}

int totals_write(Ledger *ledger) {
        int64_t stamped = 0;

        for (size_t i = 0; i < ledger->n_changes; i++) {
                const TotalChange *change = &ledger->changes[i];
                int r = 0;

                if (change->count != 0 || change->sum != 0)
                        r = write_change(ledger, change);
                if (r == 0 && ledger->now != 0 && change->batch != stamped && !change->uncounted) {
                        r = stamp_batch(ledger, change->batch);
                        stamped = change->batch;
                }
                if (r < 0)
                        return r;
        }
        ledger->n_changes = 0;
        return 0;
}

/* --- reading -------------------------------------------------------------------------------- */

typedef struct Shown {
        LedgerTotalFunction function;
        void *userdata;
        Hold hold;  /* of queued rows */
        Total held; /* of the currency being read: its held rows, stored and derived */
} Shown;

static int show_held(Shown *shown) {
        Total held = shown->held;

        shown->held.count = 0;
        shown->held.sum = 0;
        shown->held.hold = HOLD_NONE;
        return held.count > 0 ? shown->function(shown->userdata, &held) : 0;
}

/* Totals come by currency and status; `held` is the last before `queued`, so both can be added up
 * on the way. */
static int show_total(Shown *shown, const Total *total) {
        bool derived = total->status == STATUS_QUEUED && shown->hold != HOLD_NONE;
        bool held = derived || total->status == STATUS_HELD;
        int r = 0;

        if (shown->held.currency != total->currency || (!held && total->status > STATUS_HELD))
                r = show_held(shown);
        if (r != 0 || !held)
                return r != 0 ? r : shown->function(shown->userdata, total);
        shown->held.currency = total->currency;
        shown->held.count += total->count;
        shown->held.sum = money_add(shown->held.sum, total->sum);
        if (derived)
                shown->held.hold = shown->hold;
        return 0;
}

static int find_hold(Ledger *ledger, int64_t batch, Hold *ret_hold) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_GET_BATCH_HOLD);
        BatchState state;
        Hold hold;
        int r;

        query_bind_integer(query, "id", batch);
        r = query_step(query);
        if (r <= 0) {
                *ret_hold = HOLD_NONE;
                return r;
        }
        state = (BatchState) query_integer(query, "state");
        hold = (Hold) query_integer_within(query, "hold", HOLD_NONE, HOLD_COUNT - 1);
        if (query_error(query) < 0)
                return query_error(query);
        if (state == BATCH_AWAITING_APPROVAL)
                hold = HOLD_APPROVAL;
        if (hold == HOLD_NONE)
                return ledger_daemon_hold(ledger, ret_hold);
        *ret_hold = hold;
        return 0;
}

static int read_total(Query *query, int lowest_status, Total *ret_total) {
        *ret_total = (Total){
                .currency = read_currency(query, "currency"),
                .status = lowest_status == 0
                                  ? (Status) 0
                                  : (Status) query_integer_within(query, "status", lowest_status,
                                                                  STATUS_COUNT - 1),
                .count = query_integer(query, "n"),
                .sum = query_integer(query, "amount"),
        };
        return query_error(query);
}

static int show_totals(Ledger *ledger, QueryId id, int64_t batch, LedgerTotalFunction function,
                       void *userdata) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, id);
        Shown shown = { function, userdata, HOLD_NONE, { .status = STATUS_HELD } };
        int r = totals_write(ledger);

        if (r == 0)
                r = find_hold(ledger, batch, &shown.hold);
        if (r < 0)
                return r;
        query_bind_integer(query, "batch", batch);
        while ((r = query_step(query)) > 0) {
                Total total;

                r = read_total(query, STATUS_REJECTED, &total);
                if (r == 0)
                        r = show_total(&shown, &total);
                if (r != 0)
                        return r;
        }
        return r < 0 ? r : show_held(&shown);
}

int ledger_totals(Ledger *ledger, int64_t batch, LedgerTotalFunction function, void *userdata) {
        return show_totals(ledger, QUERY_LIST_TOTALS, batch, function, userdata);
}

int totals_uncounted(Ledger *ledger, int64_t batch, LedgerTotalFunction function, void *userdata) {
        return show_totals(ledger, QUERY_LIST_UNCOUNTED_TOTALS, batch, function, userdata);
}

static int get_count(Query *query, int64_t *ret_count) {
        int r = query_step(query);

        if (r < 0)
                return r;
        assert(r == 1);
        *ret_count = query_integer(query, "n");
        return 0;
}

static int list_overall(Ledger *ledger, int64_t counts[static STATUS_COUNT]) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, QUERY_LIST_OVERALL);
        int r;

        while ((r = query_step(query)) > 0) {
                Status status = read_status(query, "status");

                if (query_error(query) < 0)
                        return query_error(query);
                counts[status] = query_integer(query, "n");
        }
        return r;
}

static int count_held_queued(Ledger *ledger, BatchState state, Hold from, int64_t *count) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_COUNT_HELD_QUEUED);
        int64_t n = 0;
        int r;

        query_bind_integer(query, "queued", STATUS_QUEUED);
        query_bind_integer(query, "state", state);
        query_bind_integer(query, "hold", from);
        r = get_count(query, &n);
        *count += n;
        return r;
}

int ledger_overall(Ledger *ledger, int64_t counts[static STATUS_COUNT]) {
        Hold hold = HOLD_NONE;
        int64_t held = 0;
        int r = totals_write(ledger);

        memset(counts, 0, STATUS_COUNT * sizeof(*counts));
        if (r == 0)
                r = list_overall(ledger, counts);
        if (r == 0)
                r = ledger_daemon_hold(ledger, &hold);
        if (r == 0 && hold == HOLD_NONE)
                r = count_held_queued(ledger, BATCH_RUNNING, HOLD_NONE + 1, &held);
        if (r == 0 && hold == HOLD_NONE)
                r = count_held_queued(ledger, BATCH_AWAITING_APPROVAL, HOLD_NONE, &held);
        if (r < 0)
                return r;
        if (hold != HOLD_NONE)
                held = counts[STATUS_QUEUED];
        counts[STATUS_QUEUED] -= held;
        counts[STATUS_HELD] += held;
        return 0;
}

int ledger_read_totals(Ledger *ledger, int64_t batch, LedgerTotalFunction function,
                       void *userdata) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_LIST_READ_TOTALS);
        int r = totals_write(ledger);

        if (r < 0)
                return r;
        query_bind_integer(query, "batch", batch);
        while ((r = query_step(query)) > 0) {
                Total total;

                r = read_total(query, 0, &total);
                if (r == 0)
                        r = function(userdata, &total);
                if (r != 0)
                        return r;
        }
        return r;
}

/* Added up here and not by SUM(), which fails where money_add() stops. */
static int count_rows(Ledger *ledger, int64_t batch,
                      Total totals[static CURRENCY_COUNT][STATUS_COUNT]) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_LIST_REQUEST_MONEY);
        int r;

        query_bind_integer(query, "after", row_first(batch) - 1);
        query_bind_integer(query, "end", row_first(batch + 1));
        while ((r = query_step(query)) > 0) {
                Currency currency = read_currency(query, "currency");
                Status status = read_status(query, "status");
                Total *total = &totals[currency][status];

                if (query_error(query) < 0)
                        return query_error(query);
                total->count++;
                total->sum = money_add(total->sum, query_integer(query, "amount"));
        }
        return r;
}

int ledger_recount(Ledger *ledger, int64_t batch, LedgerTotalFunction function, void *userdata) {
        Total totals[CURRENCY_COUNT][STATUS_COUNT] = { 0 };
        int r = count_rows(ledger, batch, totals);

        for (int currency = 0; r == 0 && currency < CURRENCY_COUNT; currency++)
                for (int status = 0; r == 0 && status < STATUS_COUNT; status++) {
                        Total *total = &totals[currency][status];

                        total->currency = (Currency) currency;
                        total->status = (Status) status;
                        if (total->count > 0)
                                r = function(userdata, total);
                }
        return r;
}

/* What the statement counts by the stored totals of the batch. */
static int count_by_totals(Ledger *ledger, size_t id, int64_t batch, int64_t *ret_count) {
        CLEANUP(query_end_p) Query *query = database_query(ledger->database, id);
        int r = totals_write(ledger);

        if (r < 0)
                return r;
        query_bind_integer(query, "batch", batch);
        return get_count(query, ret_count);
}

int ledger_batch_unsettled(Ledger *ledger, int64_t batch, int64_t *ret_count) {
        return count_by_totals(ledger, QUERY_COUNT_UNSETTLED_REQUESTS, batch, ret_count);
}

int ledger_batch_held(Ledger *ledger, int64_t batch, int64_t *ret_count) {
        return count_by_totals(ledger, QUERY_COUNT_HELD_REQUESTS, batch, ret_count);
}

int ledger_batch_waiting(Ledger *ledger, int64_t batch, int64_t *ret_count) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_COUNT_WAITING_REQUESTS);

        query_bind_integer(query, "batch", batch);
        return get_count(query, ret_count);
}

int ledger_batch_later(Ledger *ledger, int64_t batch, int64_t now, int64_t *ret_count) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_COUNT_LATER_REQUESTS);

        query_bind_integer(query, "batch", batch);
        query_bind_integer(query, "now", now);
        return get_count(query, ret_count);
}

int ledger_batch_schedule(Ledger *ledger, int64_t batch, int64_t now, int64_t *ret_first,
                          int64_t *ret_last) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_GET_BATCH_SCHEDULE);
        int r;

        query_bind_integer(query, "batch", batch);
        query_bind_integer(query, "now", now);
        r = query_step(query);
        if (r < 0)
                return r;
        assert(r == 1);
        *ret_first = query_integer(query, "first"); /* NULL is 0 */
        *ret_last = query_integer(query, "last");
        return 0;
}
