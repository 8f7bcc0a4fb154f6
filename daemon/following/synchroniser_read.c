/* What is asked of the provider, and what its replies say of the asking: sessions and payments
 * singly, pages of the refunds. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/base/log.h"
#include "daemon/following/synchroniser_private.h"
#include "jobs/base/civil.h"

#define REFUNDS_EVERY  HOUR
#define REFUNDS_BEFORE (10 * DAY) /* refunds change for some days after they were made */
#define REFUND_PAGES   1000U
#define REFUND_TRIES   3U /* then who waits for it is told */
#define PAGE_BYTES     ((size_t) 8 * 1024 * 1024)
#define AGAIN_FAILED   (5 * MINUTE) /* one session */
#define AGAIN_REFUSED  (10 * MINUTE)
#define BACK_OFF_MAX   (5 * MINUTE)
#define SHARE          5 /* of the rate, while rows wait to be sent */

/* --- may it be asked? ----------------------------------------------------------------------- */

bool sync_may_ask(const Synchroniser *sync, int64_t now) {
        return !sync->stopping && now >= sync->not_before &&
               dispatcher_may_read(sync->options.dispatcher) &&
               (!sync->options.only_asked || sync->wanted || sync_asks(sync) > 0);
}

unsigned sync_in_flight(const Synchroniser *sync) {
        unsigned n = sync->walk.in_flight || sync->walk_claimed;

        for (unsigned i = 0; i < sync->n_slots; i++)
                n += sync->slots[i].state == SYNC_CLAIMED || sync->slots[i].state == SYNC_FLYING;
        return n;
}

bool sync_gives_way(const Synchroniser *sync) {
        return rate_current(sync->options.rate) <= 0 && sync_in_flight(sync) > 0 &&
               dispatcher_has_waiting(sync->options.dispatcher);
}

bool sync_take_one(Synchroniser *sync, int64_t now) {
        double rate = rate_current(sync->options.rate);
        bool waiting = dispatcher_has_waiting(sync->options.dispatcher);

        if (sync_gives_way(sync) || (waiting && now < sync->share_at))
                return false;
        if (rate_take(sync->options.rate, now, 1) == 0)
                return false;
        sync->share_at = rate > 0 ? now + (int64_t) (SHARE * (double) SECOND / rate) : now;
        return true;
}

/* --- replies -------------------------------------------------------------------------------- */

void sync_note_good(Synchroniser *sync) {
        sync->failures = 0;
        sync->not_before = 0;
        if (sync->refused_said)
                log_say(MESSAGE_READS_AGAIN,
                        "the provider answers when it is asked about links again");
        sync->refused_said = false;
        rate_good(sync->options.rate, turn_now());
}

static void note_bad(Synchroniser *sync, const HttpReply *reply) {
        int64_t now = turn_now(), wait = SECOND << (sync->failures < 9 ? sync->failures : 9);
        bool refused = reply->status == 401 || reply->status == 402 || reply->status == 403;

        sync->failures++;
        if (reply->status == 429)
                rate_too_many(sync->options.rate, now);
        if (wait > BACK_OFF_MAX)
                wait = BACK_OFF_MAX;
        sync->not_before = now + (refused ? AGAIN_REFUSED : wait);
        if (refused && !sync->refused_said) {
                log_say(MESSAGE_READS_REFUSED,
                        "the provider refuses to be asked about links (HTTP %d): check the key and the account; trying again every 10 minutes",
                        reply->status);
                sync->refused_said = true;
        }
}

/* Only the refunds: links are asked about as before. */
static void note_refunds_bad(Synchroniser *sync, const HttpReply *reply) {
        int64_t now = turn_now();
        unsigned doubled = sync->refunds_failures < 9 ? sync->refunds_failures : 9;
        int64_t wait = SECOND << doubled;

        if (reply->status == 429)
                rate_too_many(sync->options.rate, now);
        sync->refunds_failures++;
        sync->refunds_not_before = now + (wait < BACK_OFF_MAX ? wait : BACK_OFF_MAX);
        if (sync->refunds_failures < REFUND_TRIES || sync->refunds_unread_said)
                return;
        log_say(MESSAGE_REFUNDS_UNREAD,
                "the provider does not show what was refunded (%s): it is not known here meanwhile; trying again at least every 5 minutes",
                reply->failure[0] != '\0' ? reply->failure : "its answer cannot be used");
        sync->refunds_unread_said = true;
}

static void note_refunds_good(Synchroniser *sync) {
        sync->refunds_failures = 0;
        sync->refunds_not_before = 0;
        if (sync->refunds_unread_said)
                log_say(MESSAGE_REFUNDS_READ, "the provider shows again what was refunded");
        sync->refunds_unread_said = false;
        rate_good(sync->options.rate, turn_now());
}

static FactsKind kind_of(SyncKind kind) {
        switch (kind) {
        case SYNC_SESSION:
                return FACTS_SESSION;
        case SYNC_PAYMENT:
                return FACTS_PAYMENT;
        case SYNC_REFUNDS:
                break;
        }
        return FACTS_REFUND_LIST;
}

static bool holds(Text text, Text part) {
        return text.size > 0 && memmem(text.data, text.size, part.data, part.size) != NULL;
}

/* Does the provider itself say that there is no such thing? A front's page says nothing. */
static bool says_missing(const HttpReply *reply) {
        return reply->status == 404 && holds(reply->body, TEXT("\"error\""));
}

static void on_reply(void *userdata, const HttpReply *reply) {
        SyncSlot *slot = userdata;
        Synchroniser *sync = slot->synchroniser;
        bool complete = reply->transfer == TRANSFER_COMPLETE;

        assert(slot->state == SYNC_FLYING);
        sync->nothing_more = false;
        slot->state = SYNC_ANSWERED;
        slot->answer = SYNC_FAILED;
        if (complete && reply->status == 200) {
                if (facts_reply_read(reply->body, kind_of(slot->kind), &slot->reply) == 0)
                        slot->answer = SYNC_GOOD;
                slot->more = holds(reply->link, TEXT("rel=\"next\""));
        } else if (complete && says_missing(reply)) {
                slot->answer = SYNC_NOT_THERE;
        }
        if (slot->kind == SYNC_REFUNDS && slot->answer == SYNC_GOOD)
                note_refunds_good(sync);
        else if (slot->kind == SYNC_REFUNDS)
                note_refunds_bad(sync, reply);
        else if (slot->answer == SYNC_FAILED)
                note_bad(sync, reply);
        else
                sync_note_good(sync);
        turn_ask(sync->options.turn);
}

static int record_session(Synchroniser *sync, SyncSlot *slot) {
        SessionFacts facts;

        if (slot->answer == SYNC_NOT_THERE)
                return sync_record_session(sync, slot->row, slot->generation, NULL);
        if (slot->answer == SYNC_GOOD && facts_session(slot->reply, 0, &facts) == 0)
                return sync_record_session(sync, slot->row, slot->generation, &facts);
        sync_asks_note_failed(sync, slot->row);
        return sync_postpone(sync, slot->row, slot->generation, AGAIN_FAILED);
}

static int record_payment(Synchroniser *sync, SyncSlot *slot) {
        PaymentFacts facts;

        if (slot->answer == SYNC_NOT_THERE)
                return 0; /* it is asked for with its session's next look */
        if (slot->answer == SYNC_FAILED || facts_payment(slot->reply, &facts) < 0 ||
            !text_is(facts.id, slot->id)) {
                sync_asks_note_failed(sync, slot->row);
                return sync_postpone(sync, slot->row, slot->generation, AGAIN_FAILED);
        }
        return sync_record_payment(sync, slot->row, slot->generation, &facts);
}

void sync_rest_refunds(Synchroniser *sync) {
        sync->refunds_page = 0;
        sync->refunds_claimed = false;
        sync->refunds_at = turn_now() + REFUNDS_EVERY;
}

void sync_end_refunds(Synchroniser *sync) {
        sync_rest_refunds(sync);
        sync->refunds_read_at = sync->refunds_began;
        sync_asks_refunds_read(sync, true);
}

void sync_cut_refunds(Synchroniser *sync) {
        log_say(MESSAGE_REFUNDS_UNREAD,
                "the provider's list of refunds does not come to its end: some may not be known here");
        sync_rest_refunds(sync);
        sync_asks_refunds_read(sync, false);
}

/* A page of refunds takes the place of a page of sessions; it waits if there is one. One that
 * failed is asked for again: the list is longer by then, and nothing moves to an earlier page. */
static int record_refunds(Synchroniser *sync, SyncSlot *slot) {
        if (slot->answer != SYNC_GOOD) {
                sync->refunds_claimed = false;
                if (sync->refunds_failures >= REFUND_TRIES)
                        sync_asks_refunds_read(sync, false);
                return 0;
        }
        if (sync->page.reply)
                return 1;
        sync->page = (SyncPage){ .reply = TAKE(slot->reply),
                                 .refunds = true,
                                 .last = !slot->more || sync->refunds_page >= REFUND_PAGES,
                                 .cut = slot->more && sync->refunds_page >= REFUND_PAGES };
        slot->state = SYNC_FREE; /* nothing of the ledger has changed by it */
        return 1;
}

/* 1: not now. */
static int record_answer(Synchroniser *sync, SyncSlot *slot) {
        sync->begun = slot->begun;
        switch (slot->kind) {
        case SYNC_SESSION:
                return record_session(sync, slot);
        case SYNC_PAYMENT:
                return record_payment(sync, slot);
        case SYNC_REFUNDS:
                break;
        }
        return record_refunds(sync, slot);
}

int sync_record_answers(Synchroniser *sync) {
        for (unsigned i = 0; i < sync->n_slots; i++) {
                SyncSlot *slot = &sync->slots[i];
                int r = slot->state == SYNC_ANSWERED ? record_answer(sync, slot) : 1;

                if (r < 0)
                        return r;
                if (r == 0)
                        slot->state = SYNC_RECORDED;
                sync->work += r == 0;
        }
        return 0;
}

/* --- sending -------------------------------------------------------------------------------- */

/* Ids are the provider's, "never parse": they may hold anything that can be seen. */
static int append_id(Buffer *path, const char *id) {
        int r = 0;

        for (; r >= 0 && *id; id++) {
                char c = *id;
                bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                             (c >= 'A' && c <= 'Z') || c == '_' || c == '-';

                r = plain ? buffer_append_char(path, c)
                          : buffer_printf(path, "%%%02X", (unsigned) (uint8_t) c);
        }
        return r;
}

static int append_object(Buffer *path, int api, const char *name, const char *id) {
        int r = buffer_printf(path, "/v%d/%s/", api, name);

        return r < 0 ? r : append_id(path, id);
}

static int append_path(const Synchroniser *sync, const SyncSlot *slot, Buffer *path) {
        char since[CIVIL_TIME_SIZE];
        int64_t from = sync->refunds_began;

        /* One that lies in the future was noted by another clock. */
        if (sync->refunds_read_at != 0 && sync->refunds_read_at < from)
                from = sync->refunds_read_at;
        switch (slot->kind) {
        case SYNC_SESSION:
                return append_object(path, slot->api, "checkout_sessions", slot->id);
        case SYNC_PAYMENT:
                return append_object(path, slot->api, "payment_intents", slot->id);
        case SYNC_REFUNDS:
                break;
        }
        return buffer_printf(path, "/v1/refunds?since=%s&per_page=300&page=%u",
                             civil_time_format(from - REFUNDS_BEFORE, since), sync->refunds_page);
}

static void send_slot(Synchroniser *sync, SyncSlot *slot) {
        const HttpReply nothing = { .transfer = TRANSFER_NOT_SENT, .failure = "out of memory" };
        AUTO_BUFFER path = BUFFER_EMPTY;
        HttpRequest request = { .done = on_reply, .userdata = slot };
        int r = append_path(sync, slot, &path);

        sync->work++;
        slot->state = SYNC_FLYING;
        request.path = path.data;
        request.max_reply = slot->kind == SYNC_REFUNDS ? PAGE_BYTES : 0;
        if (r < 0 || http_loop_send(sync->options.http, &request) < 0)
                on_reply(slot, &nothing);
}

void sync_send(Synchroniser *sync) {
        for (unsigned i = 0; i < sync->n_slots; i++)
                if (sync->slots[i].state == SYNC_CLAIMED)
                        send_slot(sync, &sync->slots[i]);
        sync->work += sync->walk_claimed;
        if (sync->walk_claimed)
                list_walk_ask(&sync->walk);
        sync->walk_claimed = false;
}
