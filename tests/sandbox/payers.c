#include "tests/sandbox/payers.h"

#include <assert.h>
#include <stdlib.h>

#include "jobs/base/civil.h"
#include "tests/sandbox/draw.h"
#include "tests/sandbox/heap.h"
#include "tests/sandbox/put.h"

typedef enum Action {
        ACTION_NONE,
        ACTION_START,
        ACTION_PAY,
        ACTION_PAY_WRONG,
        ACTION_FAIL,
        ACTION_REJECT,
        ACTION_PEND,
        ACTION_RESOLVE,
        ACTION_RESOLVE_FAIL,
        ACTION_ABANDON,
        ACTION_EXPIRE,
        ACTION_REFUND,
        ACTION_MOVE,
        ACTION_REFUND_DONE, /* of a refund, not of a session */
        ACTION_COUNT,
} Action;

typedef enum Moment {
        MOMENT_AFTER,         /* --pay-after */
        MOMENT_AFTER_TWICE,   /* twice that */
        MOMENT_BEFORE_EXPIRY, /* one second before the session runs out */
        MOMENT_EXPIRY,
        MOMENT_AFTER_EXPIRY, /* --pay-after later */
        MOMENT_RESOLVED,     /* --pay-after and --resolve-after */
} Moment;

#define PAYER_STEPS 2

static const struct {
        const char *name;
        const char *about;
        struct {
                Moment moment;
                Action action;
        } steps[PAYER_STEPS];
} kinds[] = {
        { "pay", "pays", { { MOMENT_AFTER, ACTION_PAY } } },
        { "pay-late",
          "starts in time, pays after the session has run out",
          { { MOMENT_BEFORE_EXPIRY, ACTION_START }, { MOMENT_AFTER_EXPIRY, ACTION_PAY } } },
        { "pay-twice",
          "pays, and pays again",
          { { MOMENT_AFTER, ACTION_PAY }, { MOMENT_AFTER_TWICE, ACTION_PAY } } },
        { "pay-wrong", "pays one unit less", { { MOMENT_AFTER, ACTION_PAY_WRONG } } },
        { "fail", "tries, has no funds", { { MOMENT_AFTER, ACTION_FAIL } } },
        { "reject", "says no at the bank", { { MOMENT_AFTER, ACTION_REJECT } } },
        { "pending",
          "pays; the bank confirms --resolve-after later",
          { { MOMENT_AFTER, ACTION_PEND }, { MOMENT_RESOLVED, ACTION_RESOLVE } } },
        { "pending-fail",
          "pays; the bank never confirms",
          { { MOMENT_AFTER, ACTION_PEND }, { MOMENT_RESOLVED, ACTION_RESOLVE_FAIL } } },
        { "abandon",
          "starts and leaves",
          { { MOMENT_AFTER, ACTION_START }, { MOMENT_EXPIRY, ACTION_ABANDON } } },
        { "refund",
          "pays and gets the money back",
          { { MOMENT_AFTER, ACTION_PAY }, { MOMENT_AFTER_TWICE, ACTION_REFUND } } },
};

struct Payers {
        Store *store;
        PayersSettings settings;
        double shares[ELEMENTS(kinds)];
        Heap due;
};

Payers *payers_new(Store *store, const PayersSettings *settings) {
        Payers *payers = memory_grow(NULL, 1, sizeof(*payers));

        *payers = (Payers){ .store = store, .settings = *settings };
        return payers;
}

Payers *payers_free(Payers *payers) {
        if (!payers)
                return NULL;
        heap_done(&payers->due);
        free(payers);
        return NULL;
}

const char *payers_set(Payers *payers, Text kind, double share) {
        double sum = 0;
        size_t found = ELEMENTS(kinds);

        for (size_t i = 0; i < ELEMENTS(kinds); i++) {
                if (text_is(kind, kinds[i].name))
                        found = i;
                sum += found == i ? 0 : payers->shares[i];
        }
        if (found == ELEMENTS(kinds))
                return "unknown kind of payer";
        if (!(share >= 0 && sum + share <= 1 + 1e-9))
                return "the shares of all payers add up to at most 1";
        payers->shares[found] = share;
        return NULL;
}

static int64_t payers_moment(const Payers *payers, const Session *session, Moment moment) {
        int64_t after = payers->settings.after;

        switch (moment) {
        case MOMENT_AFTER:
                return session->created_at + after;
        case MOMENT_AFTER_TWICE:
                return session->created_at + 2 * after;
        case MOMENT_BEFORE_EXPIRY: {
                int64_t before = session->runs_out_at - SECOND;

                return before > session->created_at ? before : session->created_at;
        }
        case MOMENT_EXPIRY:
                return session->runs_out_at;
        case MOMENT_AFTER_EXPIRY:
                return session->runs_out_at + after;
        case MOMENT_RESOLVED:
                return session->created_at + after + payers->settings.resolve_after;
        }
        return INT64_MAX;
}

void payers_meet(Payers *payers, uint32_t number) {
        const Session *session = store_session(payers->store, number);
        Text seed = session->key.data ? session->key : session->body;
        double drawn = draw_fraction(draw_hash(payers->settings.seed ^ 0x70617965, seed));

        for (size_t i = 0; i < ELEMENTS(kinds); i++) {
                drawn -= payers->shares[i];
                if (drawn >= 0)
                        continue;
                for (size_t k = 0; k < PAYER_STEPS; k++)
                        if (kinds[i].steps[k].action != ACTION_NONE)
                                heap_push(&payers->due,
                                          payers_moment(payers, session, kinds[i].steps[k].moment),
                                          (uint64_t) number << 8 | kinds[i].steps[k].action);
                return;
        }
}

/* The session's intent that has not ended, else a new one. */
static Intent *payers_intent(Payers *payers, uint32_t number, int64_t now) {
        const Session *session = store_session(payers->store, number);

        if (session->intent != STORE_NONE) {
                Intent *intent = store_intent(payers->store, session->intent);

                if (intent->status == INTENT_IN_PROGRESS || intent->status == INTENT_PENDING)
                        return intent;
        }
        return store_intent(payers->store,
                            store_add_intent(payers->store, number, session->amount, now));
}

/* A session that has run out stays expired whatever its payment does. */
static void session_move(Session *session, SessionStatus status, int64_t now) {
        if (store_session_status(session, now) != SESSION_EXPIRED &&
            session->status != SESSION_FINISHED)
                session->status = (uint8_t) status;
}

static const char *act_start(Payers *payers, uint32_t number, int64_t amount, int64_t now) {
        (void) amount;
        session_move(store_session(payers->store, number), SESSION_IN_PROGRESS, now);
        (void) payers_intent(payers, number, now);
        return NULL;
}

static void intent_end(Payers *payers, uint32_t number, IntentStatus status, const char *reason,
                       int64_t now) {
        Intent *intent = payers_intent(payers, number, now);

        intent->status = (uint8_t) status;
        intent->error_reason = reason;
        intent->transaction_at = status == INTENT_SUCCEEDED ? now : 0;
        session_move(store_session(payers->store, number), SESSION_FINISHED, now);
}

static const char *act_pay(Payers *payers, uint32_t number, int64_t amount, int64_t now) {
        if (amount > 0)
                payers_intent(payers, number, now)->amount = amount;
        intent_end(payers, number, INTENT_SUCCEEDED, NULL, now);
        return NULL;
}

static const char *act_pay_wrong(Payers *payers, uint32_t number, int64_t amount, int64_t now) {
        int64_t right = store_session(payers->store, number)->amount;

        return act_pay(payers, number, amount > 0 ? amount : right > 1 ? right - 1 : 2, now);
}

static const char *act_fail(Payers *payers, uint32_t number, int64_t amount, int64_t now) {
        (void) amount;
        intent_end(payers, number, INTENT_FAILED, "insufficient_funds", now);
        return NULL;
}

static const char *act_reject(Payers *payers, uint32_t number, int64_t amount, int64_t now) {
        (void) amount;
        intent_end(payers, number, INTENT_REJECTED, "mfa_invalid_authorization", now);
        return NULL;
}

static const char *act_pend(Payers *payers, uint32_t number, int64_t amount, int64_t now) {
        (void) amount;
        intent_end(payers, number, INTENT_PENDING, NULL, now);
        return NULL;
}

static bool is_pending(const Payers *payers, uint32_t number) {
        uint32_t intent = store_session(payers->store, number)->intent;

        return intent != STORE_NONE &&
               store_intent(payers->store, intent)->status == INTENT_PENDING;
}

static const char *act_resolve(Payers *payers, uint32_t number, int64_t amount, int64_t now) {
        if (!is_pending(payers, number))
                return "no payment of the session is pending";
        return act_pay(payers, number, amount, now);
}

static const char *act_resolve_fail(Payers *payers, uint32_t number, int64_t amount, int64_t now) {
        (void) amount;
        if (!is_pending(payers, number))
                return "no payment of the session is pending";
        intent_end(payers, number, INTENT_FAILED, "unresolved_final_status", now);
        return NULL;
}

/* The payer has left before finishing; the session ends with what was begun. */
static const char *act_expire(Payers *payers, uint32_t number, int64_t amount, int64_t now) {
        Session *session = store_session(payers->store, number);

        (void) amount;
        if (session->status == SESSION_FINISHED)
                return "the session is finished";
        session->status = SESSION_EXPIRED;
        if (session->intent != STORE_NONE) {
                Intent *intent = store_intent(payers->store, session->intent);

                if (intent->status == INTENT_IN_PROGRESS)
                        intent->status = INTENT_EXPIRED;
        }
        (void) now;
        return NULL;
}

static const char *act_refund(Payers *payers, uint32_t number, int64_t amount, int64_t now) {
        uint32_t paid = store_session(payers->store, number)->intent;

        while (paid != STORE_NONE && store_intent(payers->store, paid)->status != INTENT_SUCCEEDED)
                paid = store_intent(payers->store, paid)->before;
        if (paid == STORE_NONE)
                return "the session is not paid";

        const Intent *intent = store_intent(payers->store, paid);
        int64_t left = intent->amount - intent->refunded;
        if (left == 0 || amount > left)
                return "more than what is left of the payment";
        Refund *refund = store_refund(
                payers->store,
                store_add_refund(payers->store, paid, amount > 0 ? amount : left, TEXT_NONE, now));
        refund->status = REFUND_SUCCEEDED;
        return NULL;
}

static const char *act_move(Payers *payers, uint32_t number, int64_t amount, int64_t now) {
        Session *session = store_session(payers->store, number);

        session->expires_at = session->runs_out_at = now + amount * SECOND;
        return NULL;
}

static const struct {
        const char *name;
        const char *about;
        const char *(*act)(Payers *payers, uint32_t session, int64_t amount, int64_t now);
} actions[ACTION_COUNT] = {
        [ACTION_START] = { "start", "the payer opens the link", act_start },
        [ACTION_PAY] = { "pay", "paid; again if it is paid already", act_pay },
        [ACTION_PAY_WRONG] = { "pay-wrong", "paid with another amount", act_pay_wrong },
        [ACTION_FAIL] = { "fail", "the payment fails", act_fail },
        [ACTION_REJECT] = { "reject", "the payer says no at the bank", act_reject },
        [ACTION_PEND] = { "pend", "paid, the bank has not confirmed", act_pend },
        [ACTION_RESOLVE] = { "resolve", "the pending payment succeeds", act_resolve },
        [ACTION_RESOLVE_FAIL] = { "resolve-fail", "the pending payment fails", act_resolve_fail },
        [ACTION_ABANDON] = { "abandon", "the payer leaves, the session expires", act_expire },
        [ACTION_EXPIRE] = { "expire", "the session runs out", act_expire },
        [ACTION_MOVE] = { "move-expiry", "it runs out `amount` seconds from now", act_move },
        [ACTION_REFUND] = { "refund", "the payment is given back", act_refund },
};

void payers_run(Payers *payers, int64_t now) {
        HeapItem item;

        while (heap_pop_due(&payers->due, now, &item)) {
                Action action = (Action) (item.what & 0xff);
                uint32_t number = (uint32_t) (item.what >> 8);

                if (action == ACTION_REFUND_DONE) {
                        Refund *refund = store_refund(payers->store, number);

                        if (refund->status == REFUND_CREATED) {
                                refund->status = REFUND_SUCCEEDED;
                                refund->updated_at = item.at;
                        }
                        continue;
                }
                /* Nobody starts to pay what has run out meanwhile; who has started may end. */
                const Session *session = store_session(payers->store, number);
                if (store_session_status(session, item.at) == SESSION_EXPIRED &&
                    session->intent == STORE_NONE)
                        continue;
                (void) actions[action].act(payers, number, 0, item.at);
        }
}

void payers_refund(Payers *payers, uint32_t refund, int64_t now) {
        heap_push(&payers->due, now + payers->settings.after,
                  (uint64_t) refund << 8 | ACTION_REFUND_DONE);
}

const char *payers_act(Payers *payers, Text action, uint32_t session, int64_t amount, int64_t now) {
        for (size_t i = 0; i < ELEMENTS(actions); i++)
                if (actions[i].name && text_is(action, actions[i].name))
                        return actions[i].act(payers, session, amount, now);
        return "unknown action";
}

void payers_describe_kinds(Buffer *out) {
        for (size_t i = 0; i < ELEMENTS(kinds); i++)
                if (buffer_printf(out, "  %-22s %s\n", kinds[i].name, kinds[i].about) < 0)
                        memory_out();
}

void payers_describe_actions(Buffer *out) {
        for (size_t i = 0; i < ELEMENTS(actions); i++)
                if (actions[i].name &&
                    buffer_printf(out, "  %-22s %s\n", actions[i].name, actions[i].about) < 0)
                        memory_out();
}
