#include "jobs/reconcile/session_facts.h"

#include <assert.h>
#include <errno.h>
#include <jansson.h>

#include "jobs/base/civil.h"
#include "jobs/session/session_key.h"

#define ID_MAX     ((size_t) 200)
#define WORD_MAX   ((size_t) 200)
#define OBJECTS    1000U /* of a page: we ask for 300 */
#define AMOUNT_MAX INT64_C(1000000000000000)

struct FactsReply {
        json_t *root;
        FactsKind kind;
        size_t count;
};

FactsReply *facts_reply_free(FactsReply *reply) {
        if (!reply)
                return NULL;
        json_decref(reply->root);
        free(reply);
        return NULL;
}

int facts_reply_read(Text body, FactsKind kind, FactsReply **ret_reply) {
        CLEANUP(facts_reply_free_p) FactsReply *reply = calloc(1, sizeof(*reply));
        json_error_t error = { 0 };
        bool list = kind == FACTS_SESSION_LIST || kind == FACTS_REFUND_LIST;

        if (!reply)
                return -ENOMEM;
        reply->kind = kind;
        reply->root = json_loadb(body.data ? body.data : "", body.size, 0, &error);
        if (!reply->root)
                return json_error_code(&error) == json_error_out_of_memory ? -ENOMEM : -EBADMSG;
        if (list ? !json_is_array(reply->root) : !json_is_object(reply->root))
                return -EBADMSG;
        reply->count = list ? json_array_size(reply->root) : 1;
        if (reply->count > OBJECTS)
                return -EBADMSG;
        *ret_reply = TAKE(reply);
        return 0;
}

size_t facts_reply_count(const FactsReply *reply) {
        return reply->count;
}

/* --- members -------------------------------------------------------------------------------- */

static Text text_member(const json_t *object, const char *name) {
        const json_t *value = json_object_get(object, name);

        return (Text){ json_string_value(value), json_string_length(value) };
}

/* For people, and cut at what a sane one has. */
static Text word_member(const json_t *object, const char *name) {
        Text word = text_member(object, name);
        size_t n = WORD_MAX;

        if (word.size <= WORD_MAX)
                return word;
        while (n > 0 && ((uint8_t) word.data[n] & 0xc0) == 0x80) /* within a character */
                n--;
        return (Text){ word.data, n };
}

static int64_t time_member(const json_t *object, const char *name) {
        int64_t instant = 0;

        return civil_time_parse(text_member(object, name), &instant) ? instant : 0;
}

static Currency currency_member(const json_t *object) {
        Text word = text_member(object, "currency");

        for (Currency currency = CURRENCY_CLP; currency < CURRENCY_COUNT; currency++)
                if (text_equal_ignoring_case(word, text_of(currency_name(currency))))
                        return currency;
        return CURRENCY_XXX;
}

/* An integer that can be an amount of money; -1: none. */
static int64_t amount_member(const json_t *object) {
        const json_t *value = json_object_get(object, "amount");
        json_int_t amount = json_integer_value(value);

        return json_is_integer(value) && amount >= 0 && amount <= AMOUNT_MAX ? amount : -1;
}

static bool is_id(Text id) {
        for (size_t i = 0; i < id.size; i++)
                if (id.data[i] <= ' ' || id.data[i] > '~')
                        return false;
        return id.size > 0 && id.size <= ID_MAX;
}

/* A member called `object` says what it is; older pages leave it out. */
static bool is_object(const json_t *object, const char *kind) {
        Text said = text_member(object, "object");

        return json_is_object(object) && is_id(text_member(object, "id")) &&
               (said.size == 0 || text_is(said, kind));
}

/* --- objects -------------------------------------------------------------------------------- */

static int read_payment(const json_t *object, PaymentFacts *facts) {
        if (!is_object(object, "payment_intent") || amount_member(object) < 0)
                return -EBADMSG;
        *facts = (PaymentFacts){
                .id = text_member(object, "id"),
                .status = payment_status_of(text_member(object, "status")),
                .amount = amount_member(object),
                .currency = currency_member(object),
                .type = word_member(object, "payment_type"),
                .bank_reference = word_member(object, "reference_id"),
                .error_reason = word_member(object, "error_reason"),
                .mode = text_member(object, "mode"),
                .created_at = time_member(object, "created_at"),
                .paid_at = time_member(object, "transaction_date"),
        };
        return 0;
}

static const json_t *object_at(const FactsReply *reply, size_t i) {
        assert(i < reply->count);
        return json_is_array(reply->root) ? json_array_get(reply->root, i) : reply->root;
}

int facts_session(const FactsReply *reply, size_t i, SessionFacts *ret_facts) {
        const json_t *object = object_at(reply, i);
        const json_t *metadata = json_object_get(object, "metadata");
        const json_t *payment =
                json_object_get(json_object_get(object, "payment_resource"), "payment_intent");

        if (!is_object(object, "checkout_session"))
                return -EBADMSG;
        *ret_facts = (SessionFacts){
                .id = text_member(object, "id"),
                .status = session_status_of(text_member(object, "status")),
                .amount = amount_member(object),
                .currency = currency_member(object),
                .mode = text_member(object, "mode"),
                .checkoutd = text_member(metadata, "checkoutd"),
                .order = text_member(metadata, "order"),
                .created_at = time_member(object, "created_at"),
                .expires_at = time_member(object, "expires_at"),
        };
        return payment && !json_is_null(payment) ? read_payment(payment, &ret_facts->payment) : 0;
}

int facts_payment(const FactsReply *reply, PaymentFacts *ret_facts) {
        assert(reply->kind == FACTS_PAYMENT);
        return read_payment(reply->root, ret_facts);
}

int facts_refund(const FactsReply *reply, size_t i, RefundFacts *ret_facts) {
        const json_t *object = object_at(reply, i);
        Text type = text_member(object, "resource_type");

        if (!is_object(object, "refund") || amount_member(object) < 0 ||
            (type.size > 0 && !text_is(type, "payment_intent")) ||
            !is_id(text_member(object, "resource_id")))
                return -EBADMSG;
        *ret_facts = (RefundFacts){
                .id = text_member(object, "id"),
                .payment = text_member(object, "resource_id"),
                .status = refund_status_of(text_member(object, "status")),
                .amount = amount_member(object),
                .currency = currency_member(object),
                .mode = text_member(object, "mode"),
                .created_at = time_member(object, "created_at"),
                .updated_at = time_member(object, "updated_at"),
        };
        return 0;
}

/* --- is it ours? ---------------------------------------------------------------------------- */

const char *session_facts_differ(const SessionFacts *facts, const SessionWanted *wanted) {
        const char *mode = wanted->live ? "live" : "test";

        if (!text_equal(facts->id, wanted->id))
                return "reply-session";
        if (!text_is(facts->checkoutd, wanted->key))
                return "reply-key";
        if (facts->amount != wanted->amount)
                return "reply-amount";
        if (facts->currency != wanted->currency)
                return "reply-currency";
        if (!text_is(facts->mode, mode))
                return "reply-mode";
        if (facts->payment.id.size > 0 && facts->payment.mode.size > 0 &&
            !text_is(facts->payment.mode, mode))
                return "reply-payment-mode";
        return NULL;
}

bool session_facts_has_our_form(Text checkoutd) {
        if (checkoutd.size != SESSION_KEY_SIZE - 1)
                return false;
        for (size_t i = 0; i < checkoutd.size; i++) {
                char c = checkoutd.data[i];

                if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
                        return false;
        }
        return true;
}
