/* What the provider made: of every order as much as there is to be. */
#include <string.h>

#include "tests/flow/harness.h"
#include "tests/flow/proof.h"

static void drop_json(json_t **document) {
        json_decref(*document);
}

/* --- the ledger of the provider --------------------------------------------------------------- */

static int compare_made(const void *a, const void *b) {
        const ProofMade *x = a, *y = b;

        return strcmp(x->order, y->order);
}

void proof_ledger_done(ProofLedger *ledger) {
        for (size_t i = 0; i < ledger->n; i++) {
                free(ledger->made[i].order);
                free(ledger->made[i].id);
        }
        free(ledger->made);
        *ledger = (ProofLedger){ 0 };
}

static char *copy_member(const json_t *object, const char *name) {
        const char *value = json_string_value(json_object_get(object, name));

        return strdup(value ? value : "");
}

static ProofMade read_made(const json_t *entry) {
        const char *status = json_string_value(json_object_get(entry, "status"));

        return (ProofMade){ copy_member(entry, "order"), copy_member(entry, "id"),
                            status && (strcmp(status, "created") == 0 ||
                                       strcmp(status, "in_progress") == 0) };
}

bool proof_ledger(ProofPlace *place, ProofLedger *ret_ledger) {
        AUTO_FREE char *text = proof_ask(place, "/_sandbox/ledger", NULL);
        CLEANUP(drop_json) json_t *document = text ? json_loads(text, 0, NULL) : NULL;
        const json_t *made = json_object_get(document, "sessions"), *entry;
        ProofLedger ledger = { .n = json_array_size(made) };
        size_t i;

        if (!json_is_array(made))
                return proof_wrong(place, "no ledger");
        ledger.made = calloc(ledger.n + 1, sizeof(*ledger.made));
        if (!ledger.made)
                return proof_wrong(place, "out of memory");
        json_array_foreach(made, i, entry) {
                ledger.made[i] = read_made(entry);
        }
        qsort(ledger.made, ledger.n, sizeof(*ledger.made), compare_made);
        *ret_ledger = ledger;
        return true;
}

const ProofMade *proof_ledger_find(const ProofLedger *ledger, const char *order, unsigned *ret_n) {
        const ProofMade key = { .order = (char *) (uintptr_t) order };
        const ProofMade *found, *end = ledger->made + ledger->n;

        found = bsearch(&key, ledger->made, ledger->n, sizeof(key), compare_made);
        while (found && found > ledger->made && strcmp(found[-1].order, order) == 0)
                found--;
        *ret_n = 0;
        while (found && found + *ret_n < end && strcmp(found[*ret_n].order, order) == 0)
                ++*ret_n;
        return found;
}

bool proof_is_live(ProofPlace *place, const char *order, const char *id) {
        CLEANUP(proof_ledger_done) ProofLedger ledger = { 0 };
        const ProofMade *made;
        unsigned n;

        if (!proof_ledger(place, &ledger))
                return false;
        made = proof_ledger_find(&ledger, order, &n);
        for (unsigned i = 0; i < n; i++)
                if (made[i].live && strcmp(made[i].id, id) == 0)
                        return true;
        return false;
}

/* --- what becomes of an order ----------------------------------------------------------------- */

static const ProofExpected ends[PROOF_END_COUNT] = {
        [PROOF_OPEN] = { "open", 1, 1 },          [PROOF_WITHDRAWN] = { "cancelled", 0, 0 },
        [PROOF_ENDED] = { "cancelled", 1, 0 },    [PROOF_REISSUED] = { "open", 2, 1 },
        [PROOF_REPLACED] = { "cancelled", 2, 1 }, [PROOF_PAID] = { "paid", 1, 0 },
};

const ProofExpected *proof_expected(const ProofFile *file, unsigned number) {
        return &ends[number > file->n_good - file->n_last ? file->last : PROOF_OPEN];
}

void proof_order_name(const ProofFile *file, unsigned number, char name[static 128]) {
        (void) snprintf(name, 128, "%s-%06u", file->stem, number);
}

/* How many sessions the order has that it is to have. */
static unsigned count_order(ProofPlace *place, const ProofLedger *ledger, const char *name,
                            const ProofExpected *end, ProofCounts *counts) {
        unsigned n, live = 0;
        const ProofMade *made = proof_ledger_find(ledger, name, &n);

        for (unsigned i = 0; i < n; i++)
                live += made[i].live;
        counts->lost += n < end->sessions ? end->sessions - n : 0;
        counts->duplicates += n > end->sessions ? n - end->sessions : 0;
        counts->duplicates += n == end->sessions && live > end->live;
        if (n != end->sessions || live != end->live)
                (void) proof_wrong(place, "%u sessions for %s, %u of them live", n, name, live);
        return n;
}

bool proof_ledger_tally(ProofPlace *place, const ProofLedger *ledger, const ProofFile *files,
                        size_t n, ProofCounts *ret_counts) {
        ProofCounts counts = { .sessions = (unsigned) ledger->n };
        unsigned known = 0;
        char name[128] = "";

        for (size_t i = 0; i < n; i++)
                for (unsigned number = 1; number <= files[i].n_good; number++) {
                        const ProofExpected *end = proof_expected(&files[i], number);

                        proof_order_name(&files[i], number, name);
                        counts.orders += end->sessions > 0;
                        known += count_order(place, ledger, name, end, &counts);
                }
        counts.duplicates += counts.sessions - known; /* of what nobody asked for */
        if (counts.sessions != known)
                (void) proof_wrong(place, "sessions that nobody asked for");
        *ret_counts = counts;
        return place->wrong[0] == '\0';
}

bool proof_count(ProofPlace *place, const ProofFile *files, size_t n, ProofCounts *ret_counts) {
        CLEANUP(proof_ledger_done) ProofLedger ledger = { 0 };

        return proof_ledger(place, &ledger) &&
               proof_ledger_tally(place, &ledger, files, n, ret_counts);
}
