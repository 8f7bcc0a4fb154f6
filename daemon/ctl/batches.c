#include "daemon/ctl/batches.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "daemon/settings/settings.h"
#include "sql/ledger_overview.h"

#define AUTO_LIST __attribute__((cleanup(batch_list_done))) BatchList

static void facts_done(BatchFacts *batch) {
        free(batch->file);
        free(batch->profile);
        free(batch->run);
        free(batch->read);
        free(batch->totals);
}

void batch_list_done(BatchList *list) {
        for (size_t i = 0; i < list->n; i++)
                facts_done(&list->batches[i]);
        free(list->batches);
        *list = BATCH_LIST_EMPTY;
}

static int add_batch(void *userdata, const Batch *batch) {
        BatchList *list = userdata;
        BatchFacts *facts;

        if (list->n == list->capacity) {
                size_t capacity = list->capacity > 0 ? 2 * list->capacity : 16;
                BatchFacts *grown = reallocarray(list->batches, capacity, sizeof(*grown));

                if (!grown)
                        return -ENOMEM;
                list->batches = grown;
                list->capacity = capacity;
        }
        facts = &list->batches[list->n++];
        *facts = (BatchFacts){ .id = batch->id,
                               .file = strdup(batch->file),
                               .profile = strdup(batch->profile),
                               .run = strdup(batch->run),
                               .live = batch->live,
                               .state = batch->state,
                               .hold = batch_was_withdrawn(batch) ? HOLD_NONE : batch->hold,
                               .parent = batch->parent,
                               .maker_uid = batch->maker_uid,
                               .received_at = batch->received_at,
                               .results_at = batch->results_at,
                               .changed_at = batch->changed_at,
                               .lines = (int64_t) batch->file_lines };
        memcpy(facts->sha256, batch->sha256, sizeof(facts->sha256));
        return facts->file && facts->profile && facts->run ? 0 : -ENOMEM;
}

/* The same currency and status, held for several reasons, are one total. */
static int add_total(Total **totals, size_t *n, const Total *total) {
        Total *grown;

        for (size_t i = 0; i < *n; i++)
                if ((*totals)[i].currency == total->currency &&
                    (*totals)[i].status == total->status) {
                        (*totals)[i].count += total->count;
                        (*totals)[i].sum += total->sum;
                        return 0;
                }
        grown = reallocarray(*totals, *n + 1, sizeof(*grown));
        if (!grown)
                return -ENOMEM;
        *totals = grown;
        grown[(*n)++] = *total;
        return 0;
}

/* By ascending id, as the list is. NULL: it is not shown. */
static BatchFacts *find(const BatchList *list, int64_t id) {
        size_t low = 0, high = list->n;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (list->batches[middle].id < id)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low < list->n && list->batches[low].id == id ? &list->batches[low] : NULL;
}

/* What is read for all comes by batch: the next one is most often of the same. */
typedef struct Filling {
        BatchList *list;
        BatchFacts *last;
} Filling;

static BatchFacts *facts_of(Filling *filling, int64_t batch) {
        if (!filling->last || filling->last->id != batch)
                filling->last = find(filling->list, batch);
        return filling->last;
}

static int on_total(void *userdata, int64_t id, const Total *total) {
        BatchFacts *batch = facts_of(userdata, id);

        return !batch || total->count == 0 ? 0 : add_total(&batch->totals, &batch->n_totals, total);
}

static int on_read_total(void *userdata, int64_t id, const Total *total) {
        BatchFacts *batch = facts_of(userdata, id);

        return batch ? add_total(&batch->read, &batch->n_read, total) : 0;
}

static int on_approval(void *userdata, const Approval *approval) {
        BatchFacts *batch = facts_of(userdata, approval->batch);

        if (batch)
                batch->approval = *approval;
        return 0;
}

/* One batch alone. */
static int add_one_total(void *userdata, const Total *total) {
        const Filling *filling = userdata;

        return on_total(userdata, filling->last->id, total);
}

static int add_one_read_total(void *userdata, const Total *total) {
        const Filling *filling = userdata;

        return on_read_total(userdata, filling->last->id, total);
}

/* Only the newest are kept: a store may remember many thousands. */
static void keep_newest(BatchList *list, size_t most) {
        size_t surplus = most > 0 && list->n > most ? list->n - most : 0;

        for (size_t i = 0; i < surplus; i++)
                facts_done(&list->batches[i]);
        if (surplus > 0)
                memmove(list->batches, list->batches + surplus,
                        (list->n - surplus) * sizeof(*list->batches));
        list->n -= surplus;
        list->n_older = surplus;
}

static int read_totals_of_one(Ledger *ledger, BatchList *list) {
        Filling filling = { list, &list->batches[0] };
        int64_t id = list->batches[0].id;
        int r = ledger_approval_get(ledger, id, &list->batches[0].approval);

        if (r >= 0)
                r = ledger_totals(ledger, id, add_one_total, &filling);
        return r < 0 ? r : ledger_read_totals(ledger, id, add_one_read_total, &filling);
}

static int read_totals_of_all(Ledger *ledger, BatchList *list) {
        Filling filling = { list, NULL };
        int64_t from = list->batches[0].id;
        int r = ledger_overview_approvals(ledger, from, on_approval, &filling);

        if (r >= 0)
                r = ledger_overview_totals(ledger, from, on_total, &filling);
        return r < 0 ? r : ledger_overview_read_totals(ledger, from, on_read_total, &filling);
}

/* A batch that runs is held with the daemon; one that was corrected has children. */
static void derive(BatchList *list) {
        for (size_t i = 0; i < list->n; i++) {
                BatchFacts *batch = &list->batches[i];
                BatchFacts *parent = batch->parent > 0 ? find(list, batch->parent) : NULL;

                if (batch->hold == HOLD_NONE && batch->state == BATCH_RUNNING)
                        batch->hold = list->daemon_hold;
                if (parent)
                        parent->has_children = true;
        }
}

/* Payout files of the provider are batches too, and shown apart. */
static int add_orders(void *userdata, const Batch *batch) {
        return strcmp(batch->profile, SETTINGS_PAYOUTS) == 0 ? 0 : add_batch(userdata, batch);
}

static int read_list(Ledger *ledger, int64_t batch, size_t most, BatchList *list) {
        const Batch *one;
        int r = ledger_daemon_hold(ledger, &list->daemon_hold);

        if (r < 0)
                return r;
        if (batch > 0) {
                r = ledger_batch_get(ledger, batch, &one);
                if (r > 0)
                        r = add_batch(list, one);
                if (r == 0 && list->n > 0)
                        list->batches[0].has_children = true; /* it may */
        } else {
                r = ledger_overview_batches(ledger, 0, add_orders, list);
        }
        if (r < 0)
                return r;
        derive(list);
        keep_newest(list, most);
        if (list->n == 0)
                return 0;
        return batch > 0 ? read_totals_of_one(ledger, list) : read_totals_of_all(ledger, list);
}

int batch_list_read(Ledger *ledger, int64_t batch, size_t most, BatchList *ret_list) {
        AUTO_LIST list = BATCH_LIST_EMPTY;
        int r = ledger_begin(ledger);

        if (r < 0)
                return r;
        r = read_list(ledger, batch, most, &list);
        if (r >= 0)
                r = ledger_commit(ledger);
        if (r < 0) {
                ledger_rollback(ledger);
                return r;
        }
        *ret_list = list;
        list = BATCH_LIST_EMPTY;
        return 0;
}

int64_t batch_facts_orders(const BatchFacts *batch) {
        int64_t n = 0;

        for (size_t i = 0; i < batch->n_read; i++)
                n += batch->read[i].count;
        return n;
}

int64_t batch_facts_settled(const BatchFacts *batch) {
        int64_t n = 0;

        for (size_t i = 0; i < batch->n_totals; i++)
                if (status_is_settled(batch->totals[i].status))
                        n += batch->totals[i].count;
        return n;
}

int64_t batch_facts_count(const BatchFacts *batch, Status status) {
        int64_t n = 0;

        for (size_t i = 0; i < batch->n_totals; i++)
                if (batch->totals[i].status == status)
                        n += batch->totals[i].count;
        return n;
}

const char *batch_facts_state(const BatchFacts *batch) {
        return batch_state_name(batch->state, batch->hold);
}
