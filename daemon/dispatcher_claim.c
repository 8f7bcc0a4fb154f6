/* Rows into requests: who may be sent now, and the freezing of key and body. */
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "daemon/dispatcher_private.h"
#include "daemon/log.h"
#include "daemon/turn.h"
#include "jobs/base/civil.h"
#include "jobs/session/session_request.h"

/* The provider forgets keys after 24 hours at the earliest; with a good margin we stop trusting
 * them before. */
#define KEY_LIFE (20 * HOUR)

/* --- one row -------------------------------------------------------------------------------- */

/* The larger of what the wall clock and, in the same boot, the boot clock say; a clock that was
 * set back makes the key old, not young. */
static int64_t key_age(const Dispatcher *dispatcher, const Frozen *frozen) {
        int64_t wall = turn_wall() - frozen->first_sent_at;
        int64_t boot = turn_now() - frozen->boot_at;

        if (strcmp(frozen->boot, dispatcher->boot) == 0) {
                if (boot < 0)
                        return KEY_LIFE;
                return boot > wall ? boot : wall;
        }
        return wall < 0 ? KEY_LIFE : wall;
}

/* 1: the slot has the frozen request; 0: there is none yet; -ESTALE: its key is too old. */
static int take_frozen(Dispatcher *dispatcher, Slot *slot) {
        const Frozen *frozen;
        int64_t age;
        int r = ledger_frozen(dispatcher->options.ledger, slot->row, slot->generation, &frozen);

        if (r <= 0)
                return r;
        age = key_age(dispatcher, frozen);
        if (age >= KEY_LIFE)
                return -ESTALE;
        slot->api = frozen->api;
        slot->first_sent = frozen->first_sent_at;
        slot->key_ends = turn_now() + KEY_LIFE - age;
        (void) strncpy(slot->key, frozen->key, sizeof(slot->key) - 1);
        slot->key[sizeof(slot->key) - 1] = '\0';
        buffer_clear(&slot->body);
        r = buffer_append(&slot->body, frozen->body.data, frozen->body.size);
        return r < 0 ? r : 1;
}

static int freeze(Dispatcher *dispatcher, Slot *slot, const Order *order) {
        const Active *active = slot->active;
        Frozen frozen = { .api = active->rules->api,
                          .key = slot->key,
                          .first_sent_at = turn_wall(),
                          .boot_at = turn_now(),
                          .boot = dispatcher->boot };
        int r = session_key_make(text_of(dispatcher->options.settings->provider.instance),
                                 dispatcher->options.live, text_of(active->profile->name),
                                 text_of(active->run), order->text[FIELD_ORDER_ID],
                                 slot->generation, slot->key);

        buffer_clear(&slot->body);
        if (r >= 0)
                r = session_request_append(&slot->body, order, active->rules, slot->key,
                                           frozen.first_sent_at);
        if (r < 0)
                return r;
        frozen.body = (Text){ slot->body.data, slot->body.size };
        slot->api = frozen.api;
        slot->first_sent = frozen.first_sent_at;
        slot->key_ends = frozen.boot_at + KEY_LIFE;
        return ledger_freeze(dispatcher->options.ledger, slot->row, slot->generation, &frozen);
}

/* What was good at intake and is not any more (its expiry has come too near) is not sent. */
static int reject(Dispatcher *dispatcher, const Slot *slot, const Order *order) {
        AUTO_BUFFER reason = BUFFER_EMPTY;
        const Problem *problem = &order->problems[0];
        RowChange change = { .code = text_of(problem_name(problem->code)) };
        int r = problem_append_reason(&reason, problem, slot->active->rules->language);

        if (r < 0)
                return r;
        change.reason = (Text){ reason.data, reason.size };
        slot->active->changed = true;
        dispatcher->had_refusals = true;
        return ledger_row_move(dispatcher->options.ledger, slot->row, STATUS_QUEUED,
                               STATUS_REJECTED, &change);
}

/* The key is too old to find out by it what became of the row: it stays unknown. */
static int leave_unknown(Dispatcher *dispatcher, const Slot *slot, const Row *row) {
        RowChange change = { .code = row->code, .reason = row->reason };

        slot->active->changed = true;
        return ledger_row_move(dispatcher->options.ledger, row->id, row->status, STATUS_UNKNOWN,
                               &change);
}

static void use_slot(Dispatcher *dispatcher, Slot *slot, const Row *row) {
        Active *active = slot->active;

        slot->state = SLOT_CLAIMED;
        slot->amount = row->amount;
        slot->currency = row->currency;
        slot->sent_at = turn_wall();
        slot->canary = slot->first && !active->canary_passed && active->canary > 0;
        active->canary_sent += slot->canary;
        active->in_flight++;
        active->changed = true;
        dispatcher->n_used++;
}

/* 1: claimed; 0: not sent, for a reason that the ledger has now. */
static int claim_row(Dispatcher *dispatcher, const Row *row) {
        Ledger *ledger = dispatcher->options.ledger;
        Slot *slot = dispatcher_free_slot(dispatcher);
        RowChange change = { 0 };
        const Order *order;
        int r;

        assert(slot);
        slot->row = row->id;
        slot->generation = row->generation;
        slot->active = dispatcher_active(dispatcher, row->batch);
        slot->first = row->due_at == 0;
        slot->earlier_open = false;
        slot->outcome = OUTCOME_NONE;
        if (!slot->active)
                return 0;
        r = slot->first ? 0 : take_frozen(dispatcher, slot);
        if (r == -ESTALE)
                return leave_unknown(dispatcher, slot, row);
        if (r == 0) {
                slot->first = true; /* a send_at whose time has come */
                r = order_reader_read(slot->active->reader, row->raw, row->line, turn_wall(),
                                      &order);
                if (r >= 0 && order->n_problems > 0)
                        return reject(dispatcher, slot, order);
                if (r >= 0)
                        r = freeze(dispatcher, slot, order);
        } else if (r > 0) {
                r = ledger_attempt_open(ledger, row->id, row->generation);
                slot->earlier_open = r > 0 || row->status == STATUS_UNKNOWN;
        }
        if (r >= 0)
                r = ledger_row_move(ledger, row->id, row->status, STATUS_SENDING, &change);
        if (r < 0)
                return r;
        use_slot(dispatcher, slot, row);
        return 1;
}

/* --- who may be sent ------------------------------------------------------------------------ */

/* May one more leave now? What it takes from the bucket is gone. */
static bool may_send(Dispatcher *dispatcher) {
        int64_t now = turn_now();

        if (dispatcher->n_used >= dispatcher->limit)
                return false;
        if (dispatcher->hold == HOLD_ACCOUNT &&
            (dispatcher->n_used > 0 || now < dispatcher->probe_at))
                return false;
        if (breaker_allows(&dispatcher->breaker, dispatcher->n_used, now) == 0)
                return false;
        return rate_take(dispatcher->rate, now, 1) == 1;
}

typedef struct Claim {
        Dispatcher *dispatcher;
        Active *active; /* NULL: due rows, of any batch */
        unsigned left;
        unsigned seen;
        bool stopped; /* a limit, not the rows, ended it */
} Claim;

static int claim_first(void *userdata, const Row *row) {
        Claim *claim = userdata;
        int r;

        if (claim->left == 0 || !may_send(claim->dispatcher)) {
                claim->stopped = true;
                return 0;
        }
        if (claim->stopped)
                return 0;
        r = claim_row(claim->dispatcher, row);
        if (r < 0)
                return r;
        claim->left -= (unsigned) r;
        claim->seen++;
        if (claim->active)
                claim->active->scan_from = row->id + 1;
        return 0;
}

/* How many first sends its hold and its canaries let go. */
static unsigned batch_room(const Active *active) {
        if (active->hold != HOLD_NONE || active->scan_from >= active->end || !active->profile)
                return 0;
        if (active->canary == 0 || active->canary_passed)
                return UINT_MAX;
        return active->canary_sent < active->canary ? active->canary - active->canary_sent : 0;
}

/* First sends of one batch, at most `share`. 1: there may be more. */
static int claim_batch(Dispatcher *dispatcher, Active *active, unsigned share) {
        Claim claim = { .dispatcher = dispatcher, .active = active, .left = share };
        unsigned room = batch_room(active);
        int64_t next = active->scan_from;
        int r;

        if (room == 0)
                return 0;
        if (room < claim.left)
                claim.left = room;
        r = ledger_claimable(dispatcher->options.ledger, active->id, active->scan_from, claim.left,
                             claim_first, &claim, &next);
        if (r < 0)
                return r;
        if (!claim.stopped && active->scan_from < next)
                active->scan_from = next;
        return claim.stopped || active->scan_from < active->end;
}

static unsigned batches_waiting(const Dispatcher *dispatcher) {
        unsigned n = 0;

        for (const Active *active = dispatcher->ring; active; active = active->next)
                n += batch_room(active) > 0;
        return n;
}

static int claim_due(Dispatcher *dispatcher, unsigned share) {
        Claim claim = { .dispatcher = dispatcher, .left = share };
        int r = ledger_due(dispatcher->options.ledger, turn_wall(), share, claim_first, &claim);

        return r < 0 ? r : 0;
}

/* Whoever was first begins the next turn last. */
static void rotate(Dispatcher *dispatcher) {
        Active *first = dispatcher->ring;
        Active **end = &dispatcher->ring;

        if (!first || !first->next)
                return;
        dispatcher->ring = first->next;
        first->next = NULL;
        while (*end)
                end = &(*end)->next;
        *end = first;
}

int dispatcher_claim(Dispatcher *dispatcher) {
        unsigned room = dispatcher->limit - dispatcher->n_used;
        unsigned waiting = batches_waiting(dispatcher);
        bool more = false;
        int r = 0;

        dispatcher->more = false;
        if (dispatcher->stopping ||
            (dispatcher->hold != HOLD_NONE && dispatcher->hold != HOLD_ACCOUNT))
                return 0;
        if (room == 0) {
                dispatcher->more = true;
                return 0;
        }
        r = claim_due(dispatcher, waiting > 0 ? (room + 1) / 2 : room);
        if (r < 0)
                return r;
        room = dispatcher->limit - dispatcher->n_used;
        for (Active *active = dispatcher->ring; active && room > 0; active = active->next) {
                unsigned share = waiting > 1 ? (room + waiting - 1) / waiting : room;
                unsigned used = dispatcher->n_used;

                if (batch_room(active) == 0)
                        continue;
                r = claim_batch(dispatcher, active, share);
                if (r < 0)
                        return r;
                more = more || r > 0;
                room -= dispatcher->n_used - used;
                waiting -= waiting > 1;
        }
        rotate(dispatcher);
        dispatcher->more = more || batches_waiting(dispatcher) > 0;
        return 0;
}
