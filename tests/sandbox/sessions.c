#include "tests/sandbox/sessions.h"

#include <jansson.h>
#include <stdio.h>

#include "jobs/base/civil.h"
#include "tests/sandbox/check_session.h"
#include "tests/sandbox/draw.h"
#include "tests/sandbox/paging.h"
#include "tests/sandbox/put.h"
#include "tests/sandbox/render.h"

static json_t *json_free(json_t *value) {
        json_decref(value);
        return NULL;
}
DEFINE_CLEANUP(json_t, json_free)

static const Refusal known_customer = { 409, "invalid_request_error", "customer_already_exists",
                                        "A customer with this tax_id exists; send its id",
                                        "customer_data.tax_id" };

static bool is_known_customer(const Options *options, Text tax_id) {
        for (size_t i = 0; i < options->known_customer_count; i++)
                if (text_is(tax_id, options->known_customers[i]))
                        return true;
        return false;
}

/* Another text of the same length, as an object of somebody else's would carry. */
static Text other_checkoutd(Text checkoutd, char *out, size_t size) {
        if (checkoutd.size == 0 || checkoutd.size >= size)
                return TEXT("somebody-else");
        memcpy(out, checkoutd.data, checkoutd.size);
        out[checkoutd.size - 1] = out[checkoutd.size - 1] == '0' ? '1' : '0';
        return (Text){ out, checkoutd.size };
}

static uint32_t sessions_make(Call *call, const SessionWish *wish) {
        Sandbox *sandbox = call->sandbox;
        Session session = { .body = call->request->body,
                            .key = call->key,
                            .order = wish->order,
                            .checkoutd = wish->checkoutd,
                            .amount = wish->amount,
                            .created_at = call->now,
                            .expires_at = wish->expires_at ? wish->expires_at : call->now + DAY,
                            .currency = (uint8_t) wish->currency,
                            .status = SESSION_CREATED,
                            .generation = (uint8_t) call->generation,
                            .live = strncmp(sandbox->api_key, "sk_live_", 8) == 0 };
        double lifetime = (double) (session.expires_at - session.created_at);
        char other[128];

        session.runs_out_at =
                session.created_at + (int64_t) (lifetime / sandbox->options->expire_fast);
        if (call->fault == FAULT_WRONG_AMOUNT)
                session.amount++;
        if (call->fault == FAULT_WRONG_CURRENCY)
                session.currency = wish->currency == CURRENCY_CLP ? CURRENCY_MXN : CURRENCY_CLP;
        if (call->fault == FAULT_WRONG_MODE)
                session.live = !session.live;
        if (call->fault == FAULT_WRONG_KEY) {
                session.checkoutd = other_checkoutd(wish->checkoutd, other, sizeof(other));
                session.foreign_checkoutd = true;
        }

        uint32_t number = store_add_session(sandbox->store, &session);
        payers_meet(sandbox->payers, number);
        return number;
}

void sessions_create(Call *call) {
        const Options *options = call->sandbox->options;
        Text text = call->request->body;
        CLEANUP(json_free_p)
        json_t *body = text.size > 0
                               ? json_loadb(text.data, text.size, JSON_REJECT_DUPLICATES, NULL)
                               : NULL;
        Check check = { .generation = call->generation,
                        .lenient = options->lenient,
                        .now = call->now };
        SessionWish wish;

        if (!body) {
                answer_refuse_param(call->answer, "invalid_json", NULL, "The body is not JSON");
                return;
        }
        if (!check_session(&check, body, &wish)) {
                answer_refuse_param(call->answer, check.code, check.param[0] ? check.param : NULL,
                                    check.message);
                return;
        }
        if (is_known_customer(options, wish.tax_id)) {
                answer_refuse(call->answer, &known_customer);
                return;
        }

        call->created = sessions_make(call, &wish);
        if (call->fault == FAULT_ERROR_500_MADE) {
                fault_answer(call->fault, call->answer);
                return;
        }
        call->answer->status = 201;
        render_session(&call->answer->body,
                       &(RenderSession){ .store = call->sandbox->store,
                                         .body = body,
                                         .generation = call->generation,
                                         .fresh = true },
                       call->created);
}

static void sessions_render(Buffer *out, const Call *call, uint32_t number) {
        render_session(out,
                       &(RenderSession){ .store = call->sandbox->store,
                                         .generation = call->generation,
                                         .now = call->now },
                       number);
}

/* What is read is not what was made. */
static void lie(Fault fault, Session *session) {
        if (fault == FAULT_WRONG_AMOUNT)
                session->amount++;
        if (fault == FAULT_WRONG_CURRENCY)
                session->currency = session->currency == CURRENCY_CLP ? CURRENCY_MXN : CURRENCY_CLP;
        if (fault == FAULT_WRONG_MODE)
                session->live = !session->live;
        if (fault == FAULT_WRONG_KEY) {
                session->checkoutd = TEXT("somebody-else");
                session->foreign_checkoutd = true;
        }
}

void sessions_get(Call *call) {
        Store *store = call->sandbox->store;
        uint32_t number = store_session_by_id(store, call->id);
        Session kept, *session;

        if (number == STORE_NONE) {
                call_missing(call);
                return;
        }
        if (call->fault == FAULT_OTHER_SESSION)
                number = (number + 1) % store_session_count(store);
        session = store_session(store, number);
        kept = *session;
        lie(call->fault, session);
        call->answer->status = 200;
        sessions_render(&call->answer->body, call, number);
        *session = kept;
}

void sessions_list(Call *call) {
        const Listing listing = { .count = store_session_count(call->sandbox->store),
                                  .by_id = store_session_by_id,
                                  .id = store_session_id,
                                  .render = sessions_render };

        paging_cursor(call, &listing);
}

/* No body is needed; the provider's own clients send an empty object. */
void sessions_expire(Call *call) {
        uint32_t number = store_session_by_id(call->sandbox->store, call->id);

        if (number == STORE_NONE) {
                call_missing(call);
                return;
        }

        Session *session = store_session(call->sandbox->store, number);
        if (store_session_status(session, call->now) != SESSION_CREATED) {
                answer_refuse(call->answer,
                              &(Refusal){ 400, "invalid_request_error", "invalid_request",
                                          "Only a session that is created can be expired", NULL });
                return;
        }
        session->status = SESSION_EXPIRED;
        if (call->fault == FAULT_ERROR_500_MADE) {
                fault_answer(call->fault, call->answer);
                return;
        }
        call->answer->status = 200;
        sessions_render(&call->answer->body, call, number);
}
