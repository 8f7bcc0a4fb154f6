#include "tests/sandbox/render.h"

#include <jansson.h>

#include "tests/sandbox/draw.h"
#include "tests/sandbox/put.h"

/* Members of the request that a session shows as they came, null when they did not. */
static const char *const echoed[] = { "business_profile", "cancel_url", "customer_email",
                                      "line_items", "success_url" };

static void put_member(Buffer *out, const char *name) {
        put_text(out, TEXT(",\""));
        put_string(out, name);
        put_text(out, TEXT("\":"));
}

static void render_metadata(Buffer *out, const Session *session, const json_t *body,
                            int generation) {
        const json_t *metadata = json_object_get(body, "metadata");

        put_member(out, "metadata");
        if (!metadata) {
                put_string(out, generation == 1 ? "null" : "{}");
        } else if (!session->foreign_checkoutd) {
                put_json(out, metadata);
        } else {
                json_t *other = json_copy((json_t *) (uintptr_t) metadata);

                (void) json_object_set_new(
                        other, "checkoutd",
                        json_stringn(session->checkoutd.data, session->checkoutd.size));
                put_json(out, other);
                json_decref(other);
        }
}

/* v2 shows the whole customer: the one whose id was sent, or the one made of the data sent. */
static void render_customer(Buffer *out, const RenderSession *how, uint32_t number,
                            const json_t *body) {
        const json_t *customer = json_object_get(body, "customer");
        const json_t *data = json_object_get(body, "customer_data");
        char id[ID_SIZE];

        put_member(out, "customer");
        if (!data && !json_is_string(customer)) {
                put_json(out, customer);
                return;
        }
        put_string(out, "{\"id\":");
        if (data) {
                put_string(out, "\"cus_");
                put_string(out, store_session_id(how->store, number, id).data + 3);
                put_string(out, "\"");
        } else {
                put_json(out, customer);
        }
        put_string(out, ",\"object\":\"customer\"");
        static const char *const members[] = { "name",  "email",   "tax_id",
                                               "phone", "address", "metadata" };
        for (size_t i = 0; i < ELEMENTS(members); i++) {
                put_member(out, members[i]);
                put_json(out, json_object_get(data, members[i]));
        }
        put_string(out, "}");
}

static void render_methods(Buffer *out, const json_t *body) {
        const json_t *types = json_object_get(body, "payment_method_types");
        const json_t *options = json_object_get(body, "payment_method_options");

        put_member(out, "payment_method_options");
        if (options)
                put_json(out, options);
        else
                put_text(out, TEXT("{}"));
        put_member(out, "payment_method_types");
        if (types)
                put_json(out, types);
        else
                put_text(out, TEXT("[\"bank_transfer\"]"));
}

static void render_state(Buffer *out, const RenderSession *how, const Session *session, Text id) {
        SessionStatus status =
                how->fresh ? SESSION_CREATED : store_session_status(session, how->now);
        uint32_t intent = how->fresh ? STORE_NONE : session->intent;

        put_member(out, "session_token");
        if (how->fresh) {
                put_text(out, TEXT("\""));
                put_text(out, id);
                put_text(out, TEXT("_sec_"));
                put_integer(out, (int64_t) (draw_hash(2, id) >> 16));
                put_text(out, TEXT("\""));
        } else {
                put_text(out, TEXT("null"));
        }
        put_text(out, TEXT(",\"status\":\""));
        put_string(out, session_status_name(status));
        put_text(out, TEXT("\",\"payment_resource\":"));
        if (intent == STORE_NONE) {
                put_text(out, TEXT("null"));
                return;
        }
        put_text(out, TEXT("{\"payment_intent\":"));
        render_intent(out, how->store, how->generation, intent);
        put_text(out, TEXT("}"));
}

void render_session(Buffer *out, const RenderSession *how, uint32_t number) {
        const Session *session = store_session(how->store, number);
        json_t *parsed =
                how->body ? NULL : json_loadb(session->body.data, session->body.size, 0, NULL);
        const json_t *body = how->body ? how->body : parsed;
        char id_text[ID_SIZE];
        Text id = store_session_id(how->store, number, id_text);

        put_text(out, TEXT("{\"id\":\""));
        put_text(out, id);
        put_text(out, TEXT("\",\"object\":\"checkout_session\",\"amount\":"));
        put_integer(out, session->amount);
        put_text(out, TEXT(",\"currency\":\""));
        put_string(out, currency_name((Currency) session->currency));
        put_text(out, TEXT("\",\"created_at\":"));
        put_time(out, session->created_at, how->generation == 1);
        put_text(out, TEXT(",\"expires_at\":"));
        put_time(out, session->expires_at, how->generation == 1);
        for (size_t i = 0; i < ELEMENTS(echoed); i++) {
                put_member(out, echoed[i]);
                put_json(out, json_object_get(body, echoed[i]));
        }
        render_customer(out, how, number, body);
        render_metadata(out, session, body, how->generation);
        render_methods(out, body);
        put_text(out, TEXT(",\"flow\":\"payment\",\"mode\":\""));
        put_string(out, session->live ? "live" : "test");
        put_text(out, TEXT("\",\"payment_method\":null,\"redirect_url\":"
                           "\"https://checkout.fintoc.com/payment?checkout_session="));
        put_text(out, id);
        put_text(out, TEXT("\""));
        render_state(out, how, session, id);
        put_text(out, TEXT("}"));
        json_decref(parsed);
}

static void render_account(Buffer *out, bool known, Currency currency) {
        if (!known)
                put_string(out, "null");
        else if (currency == CURRENCY_CLP)
                put_string(out, "{\"holder_id\":\"111111111\",\"institution_id\":"
                                "\"cl_banco_estado\",\"number\":\"000123\","
                                "\"type\":\"checking_account\"}");
        else
                put_string(out, "{\"holder_id\":\"xaxx010101000\",\"institution_id\":"
                                "\"mx_banco_bbva\",\"number\":\"012180000000000001\","
                                "\"type\":\"clabe\"}");
}

/* The 2023 pages show the session's metadata copied to the intent, those of 2026 do not. */
static void render_intent_metadata(Buffer *out, const Session *session, int generation) {
        json_t *body = generation == 1 ? json_loadb(session->body.data, session->body.size, 0, NULL)
                                       : NULL;
        const json_t *metadata = json_object_get(body, "metadata");

        put_member(out, "metadata");
        if (metadata)
                put_json(out, metadata);
        else
                put_string(out, "{}");
        json_decref(body);
}

void render_intent(Buffer *out, const Store *store, int generation, uint32_t number) {
        const Intent *intent = store_intent(store, number);
        const Session *session = store_session(store, intent->session);
        bool known = intent->status == INTENT_SUCCEEDED || intent->status == INTENT_PENDING;
        char id_text[ID_SIZE];
        Text id = store_intent_id(store, number, id_text);

        put_string(out, "{\"id\":\"");
        put_text(out, id);
        put_string(out, "\",\"object\":\"payment_intent\",\"amount\":");
        put_integer(out, intent->amount);
        put_string(out, ",\"currency\":\"");
        put_string(out, currency_name((Currency) session->currency));
        put_string(out, "\",\"status\":\"");
        put_string(out, intent_status_name((IntentStatus) intent->status));
        put_string(out, "\",\"error_reason\":");
        put_quoted(out, text_of(intent->error_reason));
        put_string(out, ",\"payment_type\":\"bank_transfer\",\"payment_type_options\":{},"
                        "\"payment_method\":null,\"next_action\":null,\"reference_id\":");
        if (known) {
                put_string(out, "\"");
                put_integer(out, 88000000 + (int64_t) number);
                put_string(out, "\"");
        } else {
                put_string(out, "null");
        }
        put_string(out, ",\"transaction_date\":");
        put_time(out, intent->transaction_at, generation == 1);
        put_string(out, ",\"sender_account\":");
        render_account(out, known, (Currency) session->currency);
        put_string(out, ",\"recipient_account\":null,\"customer\":null,\"customer_email\":null,"
                        "\"business_profile\":null,\"subscription\":null");
        render_intent_metadata(out, session, generation);
        put_string(out, ",\"created_at\":");
        put_time(out, intent->created_at, generation == 1);
        put_string(out, ",\"expires_at\":null,\"mode\":\"");
        put_string(out, session->live ? "live" : "test");
        put_string(out, "\",\"widget_token\":null}");
}

void render_refund(Buffer *out, const Store *store, uint32_t number) {
        const Refund *refund = store_refund(store, number);
        const Intent *intent = store_intent(store, refund->intent);
        const Session *session = store_session(store, intent->session);
        char id[ID_SIZE];

        put_string(out, "{\"id\":\"");
        put_text(out, store_refund_id(store, number, id));
        put_string(out, "\",\"object\":\"refund\",\"amount\":");
        put_integer(out, refund->amount);
        put_string(out, ",\"currency\":\"");
        put_string(out, currency_name((Currency) session->currency));
        put_string(out, "\",\"status\":\"");
        put_string(out, refund_status_name((RefundStatus) refund->status));
        put_string(out, "\",\"failure_code\":");
        put_string(out, refund->status == REFUND_FAILED ? "\"insufficient_funds\"" : "null");
        put_string(out, ",\"metadata\":");
        put_text(out, refund->metadata.data ? refund->metadata : TEXT("{}"));
        put_string(out, ",\"mode\":\"");
        put_string(out, session->live ? "live" : "test");
        put_string(out, "\",\"recipient_account\":null,\"resource_type\":\"payment_intent\","
                        "\"resource_id\":\"");
        put_text(out, store_intent_id(store, refund->intent, id));
        put_string(out, "\",\"created_at\":");
        put_time(out, refund->created_at, true);
        put_string(out, ",\"updated_at\":");
        put_time(out, refund->updated_at, true);
        put_string(out, "}");
}
