/* Rows into requests: who may be sent now, and the freezing of key and body. */
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "daemon/base/log.h"
#include "daemon/base/turn.h"
#include "daemon/sending/dispatcher_private.h"
#include "jobs/base/civil.h"
#include "jobs/session/session_request.h"
#include "sql/ledger_session.h"

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
        text_copy_out(text_of(frozen->key), slot->key, sizeof(slot->key));
        buffer_clear(&slot->body);
        r = buffer_append(&slot->body, frozen->body.data, frozen->body.size);
        return r < 0 ? r : 1;
}

static int make_request(Dispatcher *dispatcher, Slot *slot, const Order *order) {
        const Active *active = slot->active;
        int r = session_key_make(text_of(dispatcher->options.settings->provider.instance),
                                 dispatcher->options.live, text_of(active->profile->name),
                                 text_of(active->run), order->text[FIELD_ORDER_ID],
                                 slot->generation, slot->key);

        buffer_clear(&slot->body);
        slot->api = active->rules->api;
        slot->first_sent = turn_wall();
        if (r < 0)
                return r;
        return slot->without_customer
                       ? session_request_append_without_customer(&slot->body, order, active->rules,
                                                                 slot->key, slot->first_sent)
                       : session_request_append(&slot->body, order, active->rules, slot->key,
                                                slot->first_sent);
}

static int freeze(Dispatcher *dispatcher, Slot *slot) {
        const Frozen frozen = { .key = slot->key,
                                .body = { slot->body.data, slot->body.size },
                                .api = slot->api,
                                .first_sent_at = slot->first_sent,
                                .boot_at = turn_now(),
                                .boot = dispatcher->boot };

        return ledger_freeze(dispatcher->options.ledger, slot->row, slot->generation, &frozen);
}

static int has_session(void *userdata, const SessionRecord *session) {
        (void) userdata;
        return session->generation > 0; /* any: it ends there */
}

/* What was good at intake and is not any more (its expiry has come too near) is not sent. A row
 * that had a link before, and was to get another one, is as it was: cancelled. */
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
        r = slot->generation > 1
                    ? ledger_sessions(dispatcher->options.ledger, slot->row, has_session, NULL)
                    : 0;
        if (r < 0)
                return r;
        return ledger_row_move(dispatcher->options.ledger, slot->row, STATUS_QUEUED,
                               r > 0 ? STATUS_CANCELLED : STATUS_REJECTED, &change);
}

/* The key is too old to be trusted. Was nothing made under it, a new one may be used; else it
 * cannot tell what was made, and the row stays unknown. */
static int leave_old_key(Dispatcher *dispatcher, const Slot *slot, const Row *row) {
        Ledger *ledger = dispatcher->options.ledger;
        AUTO_BUFFER reason = BUFFER_EMPTY;
        int r;

        slot->active->changed = true;
        if (row->status == STATUS_QUEUED)
                return ledger_next_generation(ledger, row->id); /* it is due: claimed next time */
        r = dispatcher_unknown_reason(slot, "> 20 h", &reason);
        if (r >= 0)
                r = ledger_row_remark(ledger, row->id, text_of(problem_name(PROBLEM_UNKNOWN)),
                                      (Text){ reason.data, reason.size });
        return r < 0 ? r : ledger_set_due(ledger, row->id, 0);
}

/* Our own failure to make a request of one row: no reason to stop the others. */
static int set_aside(Dispatcher *dispatcher, const Slot *slot, const Row *row, int error) {
        const Problem problem = { .code = PROBLEM_REQUEST };
        AUTO_BUFFER reason = BUFFER_EMPTY;
        RowChange change = { .code = text_of(problem_name(problem.code)) };
        LogPlace place = { .batch = row->batch, .line = row->line };
        int r;

        log_message(MESSAGE_ROW_TROUBLE, place, "a request cannot be made of a row: %s",
                    strerror(-error));
        slot->active->changed = true;
        if (error == -ENOMEM) { /* perhaps there is some later */
                return row->due_at == 0 ? ledger_set_due(dispatcher->options.ledger, row->id,
                                                         turn_wall() + MINUTE)
                                        : ledger_set_due(dispatcher->options.ledger, row->id,
                                                         row->due_at + MINUTE);
        }
        dispatcher->had_refusals = true;
        r = problem_append_reason(&reason, &problem, slot->active->rules->language);
        if (r < 0)
                return r;
        change.reason = (Text){ reason.data, reason.size };
        return ledger_row_move(dispatcher->options.ledger, row->id, row->status, STATUS_REJECTED,
                               &change);
}

static void use_slot(Dispatcher *dispatcher, Slot *slot, const Row *row) {
        Active *active = slot->active;

        slot->state = SLOT_CLAIMED;
        slot->probe = dispatcher->hold == HOLD_ACCOUNT;
        text_copy_out(row->order_id, slot->order, sizeof(slot->order));
        slot->amount = row->amount;
        slot->currency = row->currency;
        slot->sent_at = turn_wall();
        slot->canary = !active->canary_passed && active->canary > 0;
        if (slot->canary && slot->first) {
                active->canary_sent++;
                active->canary_replaced_at = 0;
        }
        active->in_flight++;
        active->changed = true;
        dispatcher->n_used++;
        (void) rate_take(dispatcher->rate, turn_now(), 1); /* asked for by may_send() */
}

static unsigned canary_room(const Active *active);

/* An earlier generation was refused because the provider has the payer already, and so would be
 * every other that carries the payer's data. */
static int look_for_conflict(Dispatcher *dispatcher, Slot *slot) {
        int r = 0;

        if (slot->generation > 1 && slot->active->rules->api == API_V2 &&
            dispatcher->options.settings->provider.customer_conflict == CONFLICT_WITHOUT)
                r = ledger_refused_before(dispatcher->options.ledger, slot->row, slot->generation,
                                          409);
        slot->without_customer = r > 0;
        return r;
}

/* The first request of a row's generation: 1: in the slot, frozen; 0: the row is not sent. */
static int begin_row(Dispatcher *dispatcher, Slot *slot, const Row *row) {
        const Order *order;
        int r;

        if (canary_room(slot->active) == 0) { /* a send_at that has come while the canaries fly */
                slot->active->due_waits = true;
                return 0;
        }
        slot->first = true;
        r = look_for_conflict(dispatcher, slot);
        if (r < 0)
                return r;
        r = order_reader_read(slot->active->reader, row->raw, row->line, turn_wall(), &order);
        if (r >= 0 && order->n_problems > 0)
                return reject(dispatcher, slot, order);
        if (r >= 0)
                r = make_request(dispatcher, slot, order);
        if (r < 0)
                return set_aside(dispatcher, slot, row, r);
        r = freeze(dispatcher, slot);
        return r < 0 ? r : 1;
}

/* A request that was sent before, again byte for byte. */
static int repeat_row(Dispatcher *dispatcher, Slot *slot, const Row *row) {
        int r = ledger_attempt_open(dispatcher->options.ledger, row->id, row->generation);

        slot->earlier_open = r > 0 || row->status == STATUS_UNKNOWN;
        return r < 0 ? r : 1;
}

/* 1: claimed; 0: not sent, for a reason that the ledger has now; negative: the ledger failed. */
static int claim_row(Dispatcher *dispatcher, const Row *row) {
        Slot *slot = dispatcher_free_slot(dispatcher);
        const RowChange change = { 0 };
        int r;

        assert(slot);
        slot->row = row->id;
        slot->generation = row->generation;
        slot->active = dispatcher_active(dispatcher, row->batch);
        slot->first = false;
        slot->earlier_open = slot->sent_anew = slot->without_customer = false;
        slot->outcome = OUTCOME_NONE;
        assert(slot->active);
        r = row->due_at == 0 ? 0 : take_frozen(dispatcher, slot);
        if (r == -ESTALE)
                return leave_old_key(dispatcher, slot, row);
        if (r >= 0)
                r = r == 0 ? begin_row(dispatcher, slot, row) : repeat_row(dispatcher, slot, row);
        if (r <= 0)
                return r;
        r = ledger_row_move(dispatcher->options.ledger, row->id, row->status, STATUS_SENDING,
                            &change);
        if (r < 0)
                return r;
        use_slot(dispatcher, slot, row);
        return 1;
}

/* --- who may be sent ------------------------------------------------------------------------ */

/* May one more leave now? */
static bool may_send(Dispatcher *dispatcher) {
        int64_t now = turn_now();

        if (dispatcher->n_used >= dispatcher->limit)
                return false;
        if (dispatcher->hold == HOLD_ACCOUNT &&
            (dispatcher->n_used > 0 || now < dispatcher->probe_at))
                return false;
        if (breaker_allows(&dispatcher->breaker, dispatcher->n_used, now) == 0)
                return false;
        return rate_next(dispatcher->rate, now) <= now;
}

typedef struct Claim {
        Dispatcher *dispatcher;
        Active *active; /* NULL: due rows, of any batch */
        unsigned left;
        bool stopped; /* a limit, not the rows, ended it */
} Claim;

static int claim_first(void *userdata, const Row *row) {
        Claim *claim = userdata;
        int r;

        if (claim->left == 0 || !may_send(claim->dispatcher)) {
                claim->stopped = true;
                return 1; /* ends the query */
        }
        r = claim_row(claim->dispatcher, row);
        if (r < 0)
                return r;
        claim->left -= (unsigned) r;
        if (claim->active)
                claim->active->scan_from = row->id + 1;
        return 0;
}

static unsigned canary_room(const Active *active) {
        if (active->canary == 0 || active->canary_passed)
                return UINT_MAX;
        if (active->canary_sent < active->canary)
                return active->canary - active->canary_sent;
        /* One whose outcome is not found out in time is replaced by the next row. */
        return active->canary_replaced_at != 0 && turn_now() >= active->canary_replaced_at ? 1 : 0;
}

/* How many first sends its hold and its canaries let go. */
static unsigned batch_room(const Active *active) {
        if (active->hold != HOLD_NONE || active->scan_from >= active->end)
                return 0;
        return canary_room(active);
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
        int64_t now = turn_wall();

        for (Active *active = dispatcher->ring; active && share > 0; active = active->next) {
                Claim claim = { .dispatcher = dispatcher, .left = share };
                int r;

                if (active->hold != HOLD_NONE || active->next_due == 0 || active->next_due > now ||
                    (active->due_waits && canary_room(active) == 0))
                        continue;
                active->due_waits = false;
                r = ledger_due(dispatcher->options.ledger, active->id, now, share, claim_first,
                               &claim);
                if (r < 0)
                        return r;
                active->due_known = false;
                share = claim.left;
        }
        return 0;
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

/* First sends, every waiting batch its share of the room. 1: there is more of them. */
static int claim_ring(Dispatcher *dispatcher, unsigned room) {
        unsigned waiting = batches_waiting(dispatcher);
        bool more = false;

        for (Active *active = dispatcher->ring; active && room > 0; active = active->next) {
                unsigned share = waiting > 1 ? (room + waiting - 1) / waiting : room;
                unsigned used = dispatcher->n_used;
                int r;

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
        return more;
}

int dispatcher_claim(Dispatcher *dispatcher) {
        unsigned room = dispatcher->limit - dispatcher->n_used;
        unsigned half = batches_waiting(dispatcher) > 0 ? (room + 1) / 2 : room;
        int more, r = 0;

        dispatcher->more = false;
        if (dispatcher->stopping ||
            (dispatcher->hold != HOLD_NONE && dispatcher->hold != HOLD_ACCOUNT))
                return 0;
        if (room == 0) {
                dispatcher->more = true;
                return 0;
        }
        /* Where the rate and not the room is the limit, whoever is first gets all: they take
         * turns. */
        dispatcher->due_last = !dispatcher->due_last;
        if (!dispatcher->due_last)
                r = claim_due(dispatcher, half);
        more = r < 0 ? r : claim_ring(dispatcher, dispatcher->limit - dispatcher->n_used);
        if (more >= 0 && dispatcher->due_last)
                r = claim_due(dispatcher, dispatcher->limit - dispatcher->n_used);
        if (r < 0 || more < 0)
                return r < 0 ? r : more;
        dispatcher->more = more > 0 || batches_waiting(dispatcher) > 0;
        return 0;
}
