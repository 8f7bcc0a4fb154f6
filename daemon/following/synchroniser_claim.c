/* What is asked for next: a walk through the list, where that is cheaper, or one session after the
 * other; payments, refunds. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/log.h"
#include "daemon/following/synchroniser_private.h"
#include "jobs/base/civil.h"
#include "jobs/reconcile/look.h"
#include "jobs/session/session_list.h"

#define SOON          (10 * MINUTE) /* one walk serves all that are due until then */
#define DUE_MAX       50000U        /* of which the cheaper way is reckoned */
#define COUNT_MAX     300000        /* sessions that a walk is reckoned to cost at most */
#define CHOOSE_EVERY  (30 * SECOND)
#define FEW_MARKED    8
#define MARGIN        (10 * MINUTE) /* the provider's clock is not ours */
#define ORPHANS_EVERY DAY
#define ORPHANS_FIRST (7 * DAY)     /* how far back, the first time */
#define REST          (10 * MINUTE) /* after a walk that was cut short */
#define OTHER_MODE    DAY           /* sessions that this key cannot see */

/* --- the list ------------------------------------------------------------------------------- */

/* Sessions of other systems may be of a kind that we cannot read; a page of which nothing can be
 * read is none. What a page did not tell is asked for singly. */
static int on_page(void *userdata, Text body, int64_t *ret_reached) {
        Synchroniser *sync = userdata;
        SessionFacts facts;
        size_t n, n_read = 0;
        int r;

        assert(!sync->page.reply);
        r = facts_reply_read(body, FACTS_SESSION_LIST, &sync->page.reply);
        if (r < 0)
                return r;
        sync->page.begun = sync->page_begun;
        n = facts_reply_count(sync->page.reply);
        for (size_t i = 0; i < n; i++) {
                if (facts_session(sync->page.reply, i, &facts) < 0)
                        continue;
                n_read++;
                *ret_reached = facts.created_at;
        }
        if (n > 0 && n_read == 0) {
                sync_page_done(sync);
                return -EBADMSG;
        }
        sync_note_good(sync);
        turn_ask(sync->options.turn);
        return (int) n;
}

static void on_walk_end(void *userdata, const char *why) {
        Synchroniser *sync = userdata;

        sync->walk_ended = true;
        sync->walk_complete = !why;
        if (why) {
                log_say(MESSAGE_LIST_UNREADABLE,
                        "the provider's list of sessions could not be read to its end (%s); it proves nothing, links are asked for one by one",
                        why);
                sync->no_walk_before = turn_now() + REST;
        } else {
                log_info("walked the provider's list of sessions: %u pages", sync->walk.pages);
        }
        turn_ask(sync->options.turn);
}

void sync_read_init(Synchroniser *sync) {
        sync->walk = (ListWalk){ .http = sync->options.http,
                                 .rate = sync->options.rate,
                                 .page = on_page,
                                 .end = on_walk_end,
                                 .userdata = sync,
                                 .failures_max = 3,
                                 .again = SECOND };
}

static int64_t count_since(void *userdata, int64_t since, int64_t max) {
        Synchroniser *sync = userdata;
        int64_t most = max < COUNT_MAX ? max : COUNT_MAX;
        int64_t n = 0;
        int r = ledger_sessions_since(sync->options.ledger, since, most, &n);

        if (r < 0)
                return r;
        return n < most ? n : INT64_MAX / 4; /* dearer than anything */
}

static int compare_times(const void *a, const void *b) {
        int64_t x = *(const int64_t *) a, y = *(const int64_t *) b;

        return x < y ? -1 : x > y;
}

/* The oldest session that a walk is to reach for those that are due; INT64_MAX: no walk for
 * them. */
static int choose(Synchroniser *sync, int64_t *ret_oldest) {
        AUTO_FREE int64_t *created = malloc(DUE_MAX * sizeof(*created));
        size_t n = 0;
        int r;

        *ret_oldest = INT64_MAX;
        if (!created)
                return -ENOMEM;
        r = ledger_due_times(sync->options.ledger, turn_wall() + SOON, created, DUE_MAX, &n);
        if (r < 0)
                return r;
        qsort(created, n, sizeof(*created), compare_times);
        r = look_choose(created, n, SESSION_LIST_LIMIT, count_since, sync, ret_oldest);
        if (r >= 0 && *ret_oldest != INT64_MAX)
                *ret_oldest -= MARGIN;
        return r;
}

/* A few that a person asked for are not worth a walk that serves others. 1: only such; 0. */
static int only_few_marked(Synchroniser *sync) {
        int64_t created[FEW_MARKED + 1];
        size_t n = 0;
        int r = ledger_due_times(sync->options.ledger, SYNC_MARK_MAX, created, ELEMENTS(created),
                                 &n);

        return r < 0 ? r : n > 0 && n <= FEW_MARKED;
}

/* A walk that lies in the future was noted by another clock. */
static bool orphans_due(const Synchroniser *sync, int64_t now) {
        int64_t since = turn_wall() - sync->listed_at;

        return sync_asks_want_list(sync) || (!sync->options.only_asked && now >= sync->orphans_at &&
                                             (since < 0 || since >= ORPHANS_EVERY));
}

/* Begins a walk if one is worth it. */
static int begin_walk(Synchroniser *sync, int64_t now) {
        bool is_due = sync->next_look != 0 && sync->next_look <= turn_wall();
        bool orphans = orphans_due(sync, now);
        int64_t oldest = INT64_MAX;
        int r = 0;

        if (sync->options.settings->provider.api != API_V2 || sync->walk.active ||
            sync->walk.in_flight || sync->walk_ended || sync->page.reply || sync->refunds_claimed ||
            now < sync->no_walk_before)
                return 0; /* one page at a time, be it of sessions or of refunds */
        if (is_due && sync->singly_until == 0 && now >= sync->choose_at) {
                r = only_few_marked(sync);
                if (r == 0) {
                        sync->choose_at = now + CHOOSE_EVERY;
                        r = choose(sync, &oldest);
                }
        }
        if (r < 0 || (oldest == INT64_MAX && !orphans))
                return r;
        sync->walk_for_orphans = orphans;
        sync->walk_began = turn_wall();
        sync->walk_began_in = ledger_transaction(sync->options.ledger);
        if (orphans) {
                int64_t before = (sync->listed_at != 0 ? sync->listed_at
                                                       : sync->walk_began - ORPHANS_FIRST) -
                                 MARGIN;

                oldest = oldest < before ? oldest : before;
        }
        list_walk_begin(&sync->walk, oldest);
        return 0;
}

/* --- claims --------------------------------------------------------------------------------- */

static SyncSlot *free_slot(Synchroniser *sync) {
        for (unsigned i = 0; i < sync->n_slots; i++)
                if (sync->slots[i].state == SYNC_FREE)
                        return &sync->slots[i];
        return NULL;
}

bool sync_has_room(const Synchroniser *sync) {
        for (unsigned i = 0; i < sync->n_slots; i++)
                if (sync->slots[i].state == SYNC_FREE)
                        return true;
        return false;
}

static bool is_claimed(const Synchroniser *sync, int64_t row, uint32_t generation) {
        for (unsigned i = 0; i < sync->n_slots; i++) {
                const SyncSlot *slot = &sync->slots[i];

                if (slot->state != SYNC_FREE && slot->kind == SYNC_SESSION && slot->row == row &&
                    slot->generation == generation)
                        return true;
        }
        return false;
}

typedef struct Due {
        Synchroniser *sync;
        SyncPayment sessions[4 * SYNCHRONISER_SLOTS]; /* to be asked for */
        unsigned n;
        SyncPayment others[4 * SYNCHRONISER_SLOTS]; /* of the other mode */
        unsigned n_others;
} Due;

static int note_due(void *userdata, const SessionRecord *session) {
        Due *due = userdata;
        bool ours = session->live == due->sync->options.live;
        SyncPayment *noted;

        if (ours &&
            (is_claimed(due->sync, session->row, session->generation) ||
             (due->sync->singly_until != 0 && session->next_look > due->sync->singly_until)))
                return 0;
        noted = ours ? &due->sessions[due->n++] : &due->others[due->n_others++];
        *noted = (SyncPayment){ session->row, session->generation, session->api, "" };
        text_copy_out(session->id, noted->id, sizeof(noted->id));
        return 0;
}

static void claim_slot(SyncSlot *slot, SyncKind kind, const SyncPayment *what) {
        slot->state = SYNC_CLAIMED;
        slot->begun = ledger_transaction(slot->synchroniser->options.ledger);
        slot->kind = kind;
        slot->row = what->row;
        slot->generation = what->generation;
        slot->api = what->api;
        memcpy(slot->id, what->id, sizeof(slot->id));
}

static int claim_sessions(Synchroniser *sync, int64_t now) {
        Due due = { .sync = sync };
        int r;

        if (!free_slot(sync) || sync->next_look == 0 || sync->next_look > turn_wall())
                return 0;
        r = ledger_sessions_due(sync->options.ledger, turn_wall(), ELEMENTS(due.sessions), note_due,
                                &due);
        for (unsigned i = 0; r >= 0 && i < due.n_others; i++)
                r = sync_postpone(sync, due.others[i].row, due.others[i].generation, OTHER_MODE);
        if (r < 0)
                return r;
        sync->nothing_more = due.n == 0 && due.n_others == 0;
        if (sync->nothing_more && sync_in_flight(sync) == 0 && sync->singly_until != 0) {
                sync->singly_until = 0; /* all that a walk had left are asked for */
                sync->nothing_more = false;
        }
        for (unsigned i = 0; i < due.n; i++) {
                SyncSlot *slot = free_slot(sync);

                if (!slot || !sync_take_one(sync, now))
                        break;
                claim_slot(slot, SYNC_SESSION, &due.sessions[i]);
        }
        return 0;
}

bool sync_asks_payments(const Synchroniser *sync) {
        for (unsigned i = 0; i < sync->n_slots; i++)
                if (sync->slots[i].state != SYNC_FREE && sync->slots[i].state != SYNC_RECORDED &&
                    sync->slots[i].kind == SYNC_PAYMENT)
                        return true;
        return sync->n_payments > 0;
}

static void claim_payments(Synchroniser *sync, int64_t now) {
        while (sync->n_payments > 0) {
                SyncSlot *slot = free_slot(sync);

                if (!slot || !sync_take_one(sync, now))
                        return;
                claim_slot(slot, SYNC_PAYMENT, &sync->payments[--sync->n_payments]);
        }
}

static int claim_refunds(Synchroniser *sync, int64_t now) {
        const SyncPayment nothing = { 0 };
        SyncSlot *slot = free_slot(sync);
        bool due = sync->refunds_page > 0 || sync_asks_want_refunds(sync) ||
                   (!sync->options.only_asked && now >= sync->refunds_at);
        int r;

        if (sync->refunds_claimed || sync->page.reply || !slot || !due ||
            now < sync->refunds_not_before)
                return 0;
        if (sync->refunds_page == 0) {
                r = ledger_has_payments(sync->options.ledger);
                if (r == 0) {
                        sync->refunds_began_in = ledger_transaction(sync->options.ledger);
                        sync_rest_refunds(sync);
                        sync_asks_refunds_read(sync, true);
                }
                if (r <= 0)
                        return r;
        }
        if (!sync_take_one(sync, now))
                return 0;
        if (sync->refunds_page == 0) {
                sync->refunds_page = 1;
                sync->refunds_began = turn_wall();
                sync->refunds_began_in = ledger_transaction(sync->options.ledger);
        }
        sync->refunds_claimed = true;
        claim_slot(slot, SYNC_REFUNDS, &nothing);
        return 0;
}

int sync_claim(Synchroniser *sync) {
        int64_t now = turn_now();
        int r = 0;

        if (!sync->next_is_known) {
                r = ledger_next_look(sync->options.ledger, &sync->next_look);
                sync->next_is_known = r >= 0;
                sync->nothing_more = false;
        }
        if (r < 0 || !sync_may_ask(sync, now) || sync_asks_mark(sync))
                return r;
        r = begin_walk(sync, now);
        if (r < 0)
                return r;
        if (sync->walk.active || sync->walk_ended) {
                sync->walk_claimed = list_walk_wants(&sync->walk, now) && !sync->page.reply &&
                                     sync_take_one(sync, now);
                if (sync->walk_claimed)
                        sync->page_begun = ledger_transaction(sync->options.ledger);
                return 0;
        }
        claim_payments(sync, now);
        r = claim_sessions(sync, now);
        return r < 0 ? r : claim_refunds(sync, now);
}
