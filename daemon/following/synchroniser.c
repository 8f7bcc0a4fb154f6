#include "daemon/following/synchroniser.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/log.h"
#include "daemon/following/synchroniser_private.h"
#include "jobs/base/civil.h"

#define RECORD_SLICE  (SECOND * 4 / 1000) /* of a page, each turn */
#define LOOK_AT_LEAST MINUTE              /* so that a clock that was set is noticed */
#define FIRST_ORPHANS HOUR                /* after the start */
#define FIRST_REFUNDS (10 * MINUTE)
#define REFUNDS_READ  "refunds_read_at"
#define LISTED        "listed_at"

/* --- what is kept --------------------------------------------------------------------------- */

static int read_time(Ledger *ledger, const char *name, int64_t *ret_time) {
        AUTO_FREE char *text = NULL;
        int r = ledger_get_value(ledger, name, &text);

        *ret_time = r > 0 ? strtoll(text, NULL, 10) : 0;
        return r < 0 ? r : 0;
}

static int keep_time(Ledger *ledger, const char *name, int64_t time) {
        char text[32];

        (void) snprintf(text, sizeof(text), "%" PRId64, time);
        return ledger_set_value(ledger, name, text);
}

/* --- the turn ------------------------------------------------------------------------------- */

static bool page_is_recorded(const Synchroniser *sync) {
        return !sync->page.reply || sync->page.next >= facts_reply_count(sync->page.reply);
}

/* What is kept of a reading that comes to its end in this transaction. */
static int keep_ends(Synchroniser *sync) {
        Ledger *ledger = sync->options.ledger;
        int r = 0;

        if (!page_is_recorded(sync))
                return 0;
        if (sync->page.reply && sync->page.refunds && sync->page.last && !sync->page.cut)
                r = keep_time(ledger, REFUNDS_READ, sync->refunds_began);
        if (r >= 0 && sync->walk_ended && sync->walk_for_orphans && sync->walk_complete)
                r = keep_time(ledger, LISTED, sync->walk_began);
        return r;
}

int synchroniser_write(Synchroniser *sync) {
        int r = sync_pull_looks(sync);

        sync_notices_say(sync, false);
        if (r >= 0)
                r = sync_record_answers(sync);
        if (r >= 0)
                r = sync_page_record(sync, turn_now() + RECORD_SLICE);
        if (r >= 0)
                r = keep_ends(sync);
        if (r >= 0)
                r = sync_asks_go_on(sync);
        return r < 0 ? r : sync_claim(sync);
}

static void end_page(Synchroniser *sync) {
        bool refunds = sync->page.refunds, last = sync->page.last, cut = sync->page.cut;

        sync->page.committed = sync->page.next;
        if (!sync->page.reply || !page_is_recorded(sync))
                return;
        sync_page_done(sync);
        if (!refunds)
                return;
        sync->refunds_claimed = false;
        if (!last)
                sync->refunds_page++;
        else if (!cut)
                sync_end_refunds(sync);
        else
                sync_cut_refunds(sync);
}

/* The walk is through, and its last page recorded. What it did not show is asked for singly, unless
 * more was asked for meanwhile. */
static void end_walk(Synchroniser *sync) {
        if (!sync->walk_ended || sync->page.reply)
                return;
        sync->walk_ended = false;
        if (sync->walk_began_in >= sync->marked_in)
                sync->singly_until = sync->walk_began;
        if (!sync->walk_for_orphans)
                return;
        sync_asks_list_walked(sync, sync->walk_complete);
        sync->orphans_at = turn_now() + HOUR; /* also after one that was cut short */
        if (sync->walk_complete)
                sync->listed_at = sync->walk_began;
}

static void free_slot(SyncSlot *slot) {
        slot->reply = facts_reply_free(slot->reply);
        slot->state = SYNC_FREE;
}

void synchroniser_committed(Synchroniser *sync) {
        for (unsigned i = 0; i < sync->n_slots; i++)
                if (sync->slots[i].state == SYNC_RECORDED)
                        free_slot(&sync->slots[i]);
        sync_looks_pulled(sync);
        end_page(sync);
        end_walk(sync);
        memcpy(sync->asks_committed, sync->asks, sizeof(sync->asks));
        memcpy(sync->notices_committed, sync->notices, sizeof(sync->notices));
        sync->n_payments_committed = sync->n_payments;
        for (size_t i = 0; i < sync->changed.n; i++)
                sync->options.changed(sync->options.userdata, sync->changed.ids[i]);
        sync->changed.n = 0;
        sync_send(sync);
}

void synchroniser_rolled_back(Synchroniser *sync) {
        for (unsigned i = 0; i < sync->n_slots; i++) {
                SyncSlot *slot = &sync->slots[i];

                if (slot->state == SYNC_RECORDED)
                        slot->state = SYNC_ANSWERED;
                else if (slot->state == SYNC_CLAIMED && slot->kind == SYNC_REFUNDS)
                        sync->refunds_claimed = false;
                if (slot->state == SYNC_CLAIMED)
                        slot->state = SYNC_FREE;
        }
        sync->page.next = sync->page.committed;
        sync->walk_claimed = false;
        memcpy(sync->asks, sync->asks_committed, sizeof(sync->asks));
        memcpy(sync->notices, sync->notices_committed, sizeof(sync->notices));
        /* Wanted ones are added before any is claimed: those that were there still are. */
        sync->n_payments = sync->n_payments_committed;
        sync->changed.n = 0;
        sync->pulled = false;
        sync->next_is_known = false;
        sync->nothing_more = false;
}

/* --- when ----------------------------------------------------------------------------------- */

static int64_t later(int64_t a, int64_t b) {
        return a > b ? a : b;
}

static int64_t earlier(int64_t a, int64_t b) {
        return a < b ? a : b;
}

/* A wall clock's instant on the boot clock. */
static int64_t boot_of(int64_t wall, int64_t now) {
        int64_t away = wall - turn_wall();

        return away > 0 ? now + away : now;
}

/* Something is there that needs no reply and no time. */
static bool has_work(const Synchroniser *sync) {
        for (unsigned i = 0; i < sync->n_slots; i++)
                if (sync->slots[i].state == SYNC_ANSWERED)
                        return true;
        return sync->page.reply || sync->walk_ended || !sync->next_is_known ||
               sync->pull_until != 0 || sync_asks_wait(sync);
}

static int64_t next_refunds(const Synchroniser *sync, int64_t now) {
        if (sync->refunds_page > 0 || sync_asks_want_refunds(sync))
                return later(now, sync->refunds_not_before);
        return sync->options.only_asked ? INT64_MAX
                                        : later(sync->refunds_at, sync->refunds_not_before);
}

/* When something is to be asked, as far as the rate lets it. */
static int64_t next_question(const Synchroniser *sync, int64_t now) {
        int64_t next = INT64_MAX;

        if (sync->walk.active)
                return sync->walk.in_flight ? INT64_MAX : later(now, sync->walk.next_page);
        if (sync->n_payments > 0)
                next = now;
        if (sync->next_look != 0 && !sync->nothing_more)
                next = earlier(next, boot_of(sync->next_look, now));
        if (!sync->refunds_claimed)
                next = earlier(next, next_refunds(sync, now));
        return next;
}

int64_t synchroniser_next(const Synchroniser *sync) {
        int64_t now = turn_now(), next;
        int64_t cap = sync->options.only_asked ? INT64_MAX : now + LOOK_AT_LEAST;

        cap = earlier(cap, sync_notices_next(sync));

        if (has_work(sync))
                return 0;
        if (sync->stopping)
                return INT64_MAX;
        next = next_question(sync, now);
        if (next == INT64_MAX || !sync_has_room(sync) || sync_gives_way(sync))
                return cap;
        if (!sync_may_ask(sync, later(now, sync->not_before)))
                return cap;
        next = later(next, sync->not_before);
        next = later(next, rate_next(sync->options.rate, now));
        if (dispatcher_has_waiting(sync->options.dispatcher))
                next = later(next, sync->share_at);
        return earlier(next, cap);
}

uint64_t synchroniser_work_done(const Synchroniser *sync) {
        return sync->work;
}

unsigned synchroniser_busy(const Synchroniser *sync) {
        return sync_asks(sync);
}

void synchroniser_touch(Synchroniser *sync) {
        sync->wanted = true;
        sync->next_is_known = false;
        turn_ask(sync->options.turn);
}

void synchroniser_stop(Synchroniser *sync) {
        sync->stopping = true;
        sync_notices_say(sync, true);
        list_walk_stop(&sync->walk);
}

/* --- set up and tear down ------------------------------------------------------------------- */

Synchroniser *synchroniser_free(Synchroniser *sync) {
        if (!sync)
                return NULL;
        sync_notices_say(sync, true);
        for (unsigned i = 0; i < sync->n_slots; i++)
                free_slot(&sync->slots[i]);
        sync_page_done(sync);
        list_walk_stop(&sync->walk);
        batch_set_done(&sync->changed);
        free(sync);
        return NULL;
}

int synchroniser_new(const SynchroniserOptions *options, Synchroniser **ret_synchroniser) {
        CLEANUP(synchroniser_free_p) Synchroniser *sync = calloc(1, sizeof(*sync));
        unsigned most = options->settings->provider.max_in_flight / 4;
        int64_t now = turn_now();
        int r;

        if (!sync)
                return -ENOMEM;
        sync->options = *options;
        sync->n_slots = most < 1 ? 1 : most > SYNCHRONISER_SLOTS ? SYNCHRONISER_SLOTS : most;
        for (unsigned i = 0; i < sync->n_slots; i++)
                sync->slots[i].synchroniser = sync;
        sync->orphans_at = now + FIRST_ORPHANS;
        sync->refunds_at = now + FIRST_REFUNDS;
        sync->clock_ahead = turn_wall() - now;
        sync_read_init(sync);
        r = read_time(options->ledger, REFUNDS_READ, &sync->refunds_read_at);
        if (r >= 0)
                r = read_time(options->ledger, LISTED, &sync->listed_at);
        if (r < 0)
                return r;
        *ret_synchroniser = TAKE(sync);
        return 0;
}
