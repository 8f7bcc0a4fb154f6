#include "tests/sandbox/store.h"

#include <assert.h>
#include <stdlib.h>

#include "tests/sandbox/draw.h"

#define BLOCK_SIZE 4096U

/* Records of one kind, in blocks, so that none of them ever moves. */
typedef struct Records {
        char **blocks;
        uint32_t count;
        uint32_t record_size;
} Records;

struct Store {
        IdMaker ids;
        Arena arena;
        Records sessions;
        Records intents;
        Records refunds;
        Table orders; /* the newest session of each */
        StoreSummary summary;
};

static void *record_at(const Records *records, uint32_t number) {
        assert(number < records->count);
        return records->blocks[number / BLOCK_SIZE] +
               (size_t) (number % BLOCK_SIZE) * records->record_size;
}

static uint32_t record_add(Records *records) {
        uint32_t number = records->count;

        if (number % BLOCK_SIZE == 0) {
                records->blocks =
                        memory_grow(records->blocks, number / BLOCK_SIZE + 1, sizeof(char *));
                records->blocks[number / BLOCK_SIZE] =
                        memory_grow(NULL, BLOCK_SIZE, records->record_size);
        }
        records->count++;
        return number;
}

static void records_done(Records *records) {
        for (uint32_t i = 0; i * BLOCK_SIZE < records->count; i++)
                free(records->blocks[i]);
        free(records->blocks);
}

Store *store_new(uint64_t salt) {
        Store *store = memory_grow(NULL, 1, sizeof(*store));

        *store = (Store){ .ids = { salt },
                          .sessions = { .record_size = sizeof(Session) },
                          .intents = { .record_size = sizeof(Intent) },
                          .refunds = { .record_size = sizeof(Refund) } };
        return store;
}

Store *store_free(Store *store) {
        if (!store)
                return NULL;
        records_done(&store->sessions);
        records_done(&store->intents);
        records_done(&store->refunds);
        table_done(&store->orders);
        arena_done(&store->arena);
        free(store);
        return NULL;
}

Arena *store_arena(Store *store) {
        return &store->arena;
}

static bool session_is_of_order(const void *store, uint32_t number, Text order) {
        return text_equal(store_session(store, number)->order, order);
}

/* Two sessions with one metadata.checkoutd are the doubled payment link that must never be. */
static bool store_has_checkoutd(const Store *store, uint32_t newest, Text checkoutd) {
        for (uint32_t i = newest; i != STORE_NONE; i = store_session(store, i)->same_order)
                if (text_equal(store_session(store, i)->checkoutd, checkoutd))
                        return true;
        return false;
}

static void store_index_order(Store *store, uint32_t number) {
        Session *session = store_session(store, number);
        uint64_t hash = draw_hash(0, session->order);

        session->same_order =
                table_find(&store->orders, hash, session->order, session_is_of_order, store);
        if (session->same_order == TABLE_NONE) {
                table_add(&store->orders, hash, number);
                store->summary.orders++;
                return;
        }
        table_replace(&store->orders, hash, session->same_order, number);
        store->summary.duplicates++;
        if (session->checkoutd.data &&
            store_has_checkoutd(store, session->same_order, session->checkoutd))
                store->summary.duplicate_keys++;
}

static Text keep(Store *store, Text text) {
        return text.data ? arena_keep(&store->arena, text) : TEXT_NONE;
}

uint32_t store_add_session(Store *store, const Session *session) {
        uint32_t number = record_add(&store->sessions);
        Session *kept = store_session(store, number);

        *kept = *session;
        kept->body = keep(store, session->body);
        kept->order = keep(store, session->order);
        kept->checkoutd = text_equal(session->checkoutd, session->key)
                                  ? session->key
                                  : keep(store, session->checkoutd);
        kept->same_order = STORE_NONE;
        kept->intent = STORE_NONE;
        store->summary.sessions++;
        if (!kept->checkoutd.data)
                store->summary.without_checkoutd++;
        if (kept->order.data)
                store_index_order(store, number);
        return number;
}

uint32_t store_add_intent(Store *store, uint32_t session, int64_t amount, int64_t now) {
        uint32_t number = record_add(&store->intents);

        *store_intent(store, number) = (Intent){ .amount = amount,
                                                 .created_at = now,
                                                 .session = session,
                                                 .before = store_session(store, session)->intent,
                                                 .status = INTENT_IN_PROGRESS };
        store_session(store, session)->intent = number;
        return number;
}

uint32_t store_add_refund(Store *store, uint32_t intent, int64_t amount, Text metadata,
                          int64_t now) {
        uint32_t number = record_add(&store->refunds);

        *store_refund(store, number) = (Refund){ .metadata = keep(store, metadata),
                                                 .amount = amount,
                                                 .created_at = now,
                                                 .updated_at = now,
                                                 .intent = intent,
                                                 .status = REFUND_CREATED };
        store_intent(store, intent)->refunded += amount;
        return number;
}

uint32_t store_session_count(const Store *store) {
        return store->sessions.count;
}

uint32_t store_intent_count(const Store *store) {
        return store->intents.count;
}

uint32_t store_refund_count(const Store *store) {
        return store->refunds.count;
}

Session *store_session(const Store *store, uint32_t number) {
        return record_at(&store->sessions, number);
}

Intent *store_intent(const Store *store, uint32_t number) {
        return record_at(&store->intents, number);
}

Refund *store_refund(const Store *store, uint32_t number) {
        return record_at(&store->refunds, number);
}

uint32_t store_session_by_id(const Store *store, Text id) {
        return id_number(&store->ids, "cs", id, store->sessions.count);
}

uint32_t store_intent_by_id(const Store *store, Text id) {
        return id_number(&store->ids, "pi", id, store->intents.count);
}

uint32_t store_refund_by_id(const Store *store, Text id) {
        return id_number(&store->ids, "re", id, store->refunds.count);
}

uint32_t store_session_by_order(const Store *store, Text order) {
        return table_find(&store->orders, draw_hash(0, order), order, session_is_of_order, store);
}

Text store_session_id(const Store *store, uint32_t number, char out[static ID_SIZE]) {
        return id_make(&store->ids, "cs", number, out);
}

Text store_intent_id(const Store *store, uint32_t number, char out[static ID_SIZE]) {
        return id_make(&store->ids, "pi", number, out);
}

Text store_refund_id(const Store *store, uint32_t number, char out[static ID_SIZE]) {
        return id_make(&store->ids, "re", number, out);
}

SessionStatus store_session_status(const Session *session, int64_t now) {
        SessionStatus status = (SessionStatus) session->status;

        return status != SESSION_FINISHED && now >= session->runs_out_at ? SESSION_EXPIRED : status;
}

StoreSummary store_summary(const Store *store) {
        return store->summary;
}

const char *currency_name(Currency currency) {
        static const char *const names[] = { [CURRENCY_CLP] = "CLP", [CURRENCY_MXN] = "MXN" };

        return names[currency];
}

const char *session_status_name(SessionStatus status) {
        static const char *const names[] = { [SESSION_CREATED] = "created",
                                             [SESSION_IN_PROGRESS] = "in_progress",
                                             [SESSION_FINISHED] = "finished",
                                             [SESSION_EXPIRED] = "expired" };

        return names[status];
}

const char *intent_status_name(IntentStatus status) {
        static const char *const names[] = {
                [INTENT_IN_PROGRESS] = "in_progress", [INTENT_PENDING] = "pending",
                [INTENT_SUCCEEDED] = "succeeded",     [INTENT_FAILED] = "failed",
                [INTENT_REJECTED] = "rejected",       [INTENT_EXPIRED] = "expired",
        };

        return names[status];
}

const char *refund_status_name(RefundStatus status) {
        static const char *const names[] = { [REFUND_CREATED] = "created",
                                             [REFUND_SUCCEEDED] = "succeeded",
                                             [REFUND_FAILED] = "failed",
                                             [REFUND_CANCELED] = "canceled" };

        return names[status];
}
