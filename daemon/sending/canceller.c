#include "daemon/sending/canceller.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/log.h"
#include "daemon/sending/canceller_private.h"
#include "jobs/base/civil.h"
#include "jobs/session/expire_answer.h"
#include "jobs/session/retry.h"
#include "jobs/session/session_request.h"
#include "sql/ledger_session.h"

#define LOOK_EVERY     (SECOND / 4)
#define LOOKED_A_TURN  256U
#define INSTRUCTIONS   32U    /* begun in one turn */
#define INSTRUCT_AGAIN SECOND /* for those whose batch is held, or whose target is on the wire */
#define ACCOUNT_AGAIN  (10 * MINUTE)
#define AGAIN_LATEST   (15 * MINUTE) /* no request is put off longer */

int64_t canceller_again(const Ending *ending) {
        int64_t now = turn_wall();

        return retry_next(ending->first_asked_at != 0 ? ending->first_asked_at : now, now, -1,
                          turn_random());
}

/* --- answers -------------------------------------------------------------------------------- */

static void on_reply(void *userdata, const HttpReply *reply) {
        EndingSlot *slot = userdata;
        Canceller *canceller = slot->canceller;

        assert(slot->state == ENDING_SLOT_FLYING);
        slot->transfer = reply->transfer;
        slot->http_status = reply->status;
        slot->state = ENDING_SLOT_ANSWERED;
        canceller->n_answered++;
        if (reply->status == 429)
                rate_too_many(canceller->options.rate, turn_now());
        else if (reply->transfer == TRANSFER_COMPLETE)
                rate_good(canceller->options.rate, turn_now());
        turn_ask(canceller->options.turn);
}

static void ask_again(Ending *next, int64_t at, bool new_key) {
        next->state = ENDING_ASK;
        next->due_at = at;
        if (new_key) {
                next->attempt++;
                next->key = TEXT_NONE;
        }
}

typedef struct Record {
        Canceller *canceller;
        const EndingSlot *slot;
} Record;

static int record(void *userdata, const Ending *ending) {
        const Record *record = userdata;
        Ledger *ledger = record->canceller->options.ledger;
        Ending next = *ending;
        int r;

        if (ending->state != ENDING_ON_WIRE)
                return 0;
        switch (expire_answer(record->slot->transfer, record->slot->http_status)) {
        case EXPIRE_LOOK:
                next.attempt++; /* whoever asks again does so under a new key */
                next.key = TEXT_NONE;
                next.state = ENDING_LOOK;
                break;
        case EXPIRE_LOOK_SAME:
                next.state = ENDING_LOOK;
                break;
        case EXPIRE_AGAIN:
                ask_again(&next, canceller_again(ending), false);
                break;
        case EXPIRE_AGAIN_NEW:
                ask_again(&next, canceller_again(ending), true);
                break;
        case EXPIRE_ACCOUNT:
                ask_again(&next, turn_wall() + ACCOUNT_AGAIN, record->slot->http_status != 401);
                break;
        }
        next.answered_at = next.state == ENDING_LOOK ? turn_wall() : ending->answered_at;
        if (next.state == ENDING_LOOK)
                next.due_at = 0;
        r = ledger_ending_set(ledger, &next);
        record->canceller->wants_look = record->canceller->wants_look || next.state == ENDING_LOOK;
        if (r >= 0 && next.state == ENDING_LOOK)
                r = ledger_set_next_look(ledger, ending->row, ending->generation,
                                         LEDGER_LOOK_AT_ONCE);
        return r;
}

static int record_answers(Canceller *canceller) {
        for (size_t i = 0; canceller->n_answered > 0 && i < CANCELLER_SLOTS; i++) {
                EndingSlot *slot = &canceller->slots[i];
                Record what = { canceller, slot };
                int r;

                if (slot->state != ENDING_SLOT_ANSWERED)
                        continue;
                r = ledger_ending_get(canceller->options.ledger, slot->row, slot->generation,
                                      record, &what);
                if (r < 0)
                        return r;
                slot->state = ENDING_SLOT_RECORDED;
                canceller->n_answered--;
                canceller->known = false;
        }
        return 0;
}

/* --- requests ------------------------------------------------------------------------------- */

static EndingSlot *free_slot(Canceller *canceller) {
        for (size_t i = 0; i < CANCELLER_SLOTS; i++)
                if (canceller->slots[i].state == ENDING_SLOT_FREE)
                        return &canceller->slots[i];
        return NULL;
}

static bool may_send(const Canceller *canceller) {
        DispatcherFigures figures;

        dispatcher_figures(canceller->options.dispatcher, &figures);
        return !canceller->stopping && figures.hold != HOLD_STORE && figures.hold != HOLD_ACCOUNT &&
               !figures.breaker_open;
}

static int make_key(const Canceller *canceller, const Ending *ending, EndingSlot *slot) {
        const Batch *batch;
        int r;

        if (ending->key.size > 0) {
                text_copy_out(ending->key, slot->key, sizeof(slot->key));
                return 0;
        }
        r = ledger_batch_get(canceller->options.ledger, row_batch(ending->row), &batch);
        if (r <= 0)
                return r < 0 ? r : -ENOENT;
        return session_key_make_expire(text_of(canceller->options.settings->provider.instance),
                                       canceller->options.live, text_of(batch->profile),
                                       text_of(batch->run), ending->order_id, ending->generation,
                                       ending->purpose, ending->attempt, slot->key);
}

/* A positive answer ends the query. */
static int claim(void *userdata, const Ending *ending) {
        Canceller *canceller = userdata;
        Ledger *ledger = canceller->options.ledger;
        int64_t now = turn_now();
        EndingSlot *slot = free_slot(canceller);
        Ending next = *ending;
        int r;

        if (!slot || rate_next(canceller->options.rate, now) > now)
                return 1;
        buffer_clear(&slot->path);
        r = make_key(canceller, ending, slot);
        if (r >= 0)
                r = session_request_append_expire_path(&slot->path, (ApiVersion) ending->api,
                                                       ending->session);
        if (r < 0)
                return r;
        next.state = ENDING_ON_WIRE;
        next.key = text_of(slot->key);
        next.due_at = 0;
        next.first_asked_at = ending->first_asked_at != 0 ? ending->first_asked_at : turn_wall();
        r = ledger_ending_set(ledger, &next);
        if (r >= 0)
                r = ledger_session_set_end_asked(ledger, ending->row, ending->generation,
                                                 turn_wall());
        if (r < 0)
                return r;
        slot->row = ending->row;
        slot->generation = ending->generation;
        slot->api = ending->api;
        slot->state = ENDING_SLOT_CLAIMED;
        canceller->n_used++;
        (void) rate_take(canceller->options.rate, now, 1);
        return 0;
}

/* In how long the first is due. When even that one lies further ahead than any request is put off,
 * the clock was set back, and all of them were due by another one: they wait no longer. */
static int64_t due_in(const Canceller *canceller) {
        int64_t wait = canceller->due_at - turn_wall();

        return wait < 0 || wait > AGAIN_LATEST ? 0 : wait;
}

static int claim_due(Canceller *canceller) {
        int64_t until = turn_wall();
        int n;

        if (canceller->n_used == CANCELLER_SLOTS || !may_send(canceller) ||
            (canceller->known && (canceller->due_at == 0 || due_in(canceller) > 0)))
                return 0;
        if (canceller->known && canceller->due_at > until)
                until = canceller->due_at;
        n = ledger_endings_due(canceller->options.ledger, canceller->options.live, until,
                               CANCELLER_SLOTS - canceller->n_used, claim, canceller);
        if (n != 0)
                canceller->known = false;
        return n < 0 ? n : 0;
}

static void send(EndingSlot *slot) {
        const HttpRequest request = { .path = slot->path.data,
                                      .idempotency_key = slot->key,
                                      .body = TEXT("{}"),
                                      .done = on_reply,
                                      .userdata = slot };
        const HttpReply nothing = { .transfer = TRANSFER_NOT_SENT, .failure = "out of memory" };

        slot->state = ENDING_SLOT_FLYING;
        if (http_loop_send(slot->canceller->options.http, &request) < 0)
                on_reply(slot, &nothing);
}

/* --- looks ---------------------------------------------------------------------------------- */

static int decide(void *userdata, const Ending *ending) {
        Canceller *canceller = userdata;

        canceller->known = false;
        return canceller_decide(canceller, ending);
}

static int look(Canceller *canceller) {
        int n;

        if (canceller->known && (!canceller->open || turn_now() < canceller->look_at))
                return 0;
        n = ledger_endings_looked(canceller->options.ledger, LOOKED_A_TURN, decide, canceller);
        if (n < 0)
                return n;
        canceller->look_at = n > 0 ? 0 : turn_now() + LOOK_EVERY;
        return 0;
}

/* --- instructions --------------------------------------------------------------------------- */

static int instruct(Canceller *canceller) {
        int n;

        if (canceller->stopping || turn_now() < canceller->instruct_at)
                return 0;
        n = canceller_carry_out(canceller, INSTRUCTIONS);
        if (n > 0) {
                canceller->instruct_at = 0;
                canceller->instructs = true;
                return 0;
        }
        if (canceller->instructed_to == 0)
                canceller->instructs = false;
        canceller->instructed_to = 0;
        if (n == 0)
                n = ledger_instruction_open(canceller->options.ledger, 0);
        canceller->instructs = canceller->instructs && n != 0;
        canceller->instruct_at = n > 0 ? turn_now() + INSTRUCT_AGAIN : INT64_MAX;
        return n < 0 ? n : 0;
}

/* --- the turn ------------------------------------------------------------------------------- */

static int know(Canceller *canceller) {
        int r = ledger_next_ending(canceller->options.ledger, canceller->options.live,
                                   &canceller->due_at);

        if (r >= 0)
                r = ledger_ending_open(canceller->options.ledger, canceller->options.live);
        if (r < 0)
                return r;
        canceller->open = r > 0;
        canceller->known = true;
        return 0;
}

int canceller_write(Canceller *canceller) {
        int r = record_answers(canceller);

        if (r >= 0)
                r = instruct(canceller);
        if (r >= 0)
                r = look(canceller);
        if (r >= 0)
                r = claim_due(canceller);
        if (r >= 0 && !canceller->known)
                r = know(canceller);
        return r < 0 ? r : 0;
}

void canceller_committed(Canceller *canceller) {
        unsigned n = 0;

        for (size_t i = 0; i < CANCELLER_SLOTS; i++) {
                EndingSlot *slot = &canceller->slots[i];

                if (slot->state == ENDING_SLOT_RECORDED) {
                        slot->state = ENDING_SLOT_FREE;
                        canceller->n_used--;
                }
                n += slot->state == ENDING_SLOT_CLAIMED;
        }
        if (n > 0)
                rate_left(canceller->options.rate, turn_now(), n);
        for (size_t i = 0; i < CANCELLER_SLOTS; i++)
                if (canceller->slots[i].state == ENDING_SLOT_CLAIMED)
                        send(&canceller->slots[i]);
        for (size_t i = 0; i < canceller->changed.n; i++)
                canceller->options.changed(canceller->options.userdata, canceller->changed.ids[i]);
        canceller->changed.n = 0;
        if (canceller->wants_look)
                canceller->options.look(canceller->options.userdata);
        canceller->wants_look = false;
}

void canceller_rolled_back(Canceller *canceller) {
        for (size_t i = 0; i < CANCELLER_SLOTS; i++) {
                EndingSlot *slot = &canceller->slots[i];

                if (slot->state == ENDING_SLOT_CLAIMED) {
                        slot->state = ENDING_SLOT_FREE;
                        canceller->n_used--;
                } else if (slot->state == ENDING_SLOT_RECORDED) {
                        slot->state = ENDING_SLOT_ANSWERED;
                        canceller->n_answered++;
                }
        }
        canceller->changed.n = 0;
        canceller->instructed_to = 0;
        canceller->instruct_at = 0;
        canceller->known = false;
}

int64_t canceller_next(const Canceller *canceller) {
        int64_t now = turn_now(), next = INT64_MAX, due;

        if (canceller->n_answered > 0 || !canceller->known)
                return 0;
        if (canceller->stopping)
                return INT64_MAX;
        next = canceller->instruct_at;
        if (canceller->open && canceller->look_at < next)
                next = canceller->look_at;
        if (next < now)
                next = now;
        if (canceller->due_at == 0 || canceller->n_used == CANCELLER_SLOTS)
                return next;
        due = now + due_in(canceller);
        if (due < rate_next(canceller->options.rate, now))
                due = rate_next(canceller->options.rate, now);
        if (!may_send(canceller) && due < now + SECOND)
                due = now + SECOND;
        return due < next ? due : next;
}

unsigned canceller_busy(const Canceller *canceller) {
        return canceller->n_used + (!canceller->known || canceller->open ||
                                    canceller->due_at != 0 || canceller->instruct_at == 0 ||
                                    canceller->instructs);
}

void canceller_look(Canceller *canceller) {
        canceller->known = false;
        canceller->instruct_at = 0;
        canceller->wants_look = true;
        turn_ask(canceller->options.turn);
}

void canceller_stop(Canceller *canceller) {
        canceller->stopping = true;
}

/* --- set up and tear down ------------------------------------------------------------------- */

/* What was answered is looked at also by a run that looks at nothing by itself (--once). */
int canceller_recover(Canceller *canceller) {
        int r = ledger_endings_recover(canceller->options.ledger, turn_wall());

        if (r >= 0)
                r = ledger_ending_open(canceller->options.ledger, canceller->options.live);
        canceller->wants_look = r > 0;
        return r < 0 ? r : 0;
}

Canceller *canceller_free(Canceller *canceller) {
        if (!canceller)
                return NULL;
        for (size_t i = 0; i < CANCELLER_SLOTS; i++)
                buffer_done(&canceller->slots[i].path);
        batch_set_done(&canceller->changed);
        free(canceller);
        return NULL;
}

int canceller_new(const CancellerOptions *options, Canceller **ret_canceller) {
        Canceller *canceller = calloc(1, sizeof(*canceller));

        if (!canceller)
                return -ENOMEM;
        canceller->options = *options;
        for (size_t i = 0; i < CANCELLER_SLOTS; i++)
                canceller->slots[i].canceller = canceller;
        *ret_canceller = canceller;
        return 0;
}
