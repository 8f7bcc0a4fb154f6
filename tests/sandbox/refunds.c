#include "tests/sandbox/refunds.h"

#include <jansson.h>

#include "tests/sandbox/check.h"
#include "tests/sandbox/paging.h"
#include "tests/sandbox/put.h"
#include "tests/sandbox/render.h"

static bool check_resource_type(Check *check, const json_t *value) {
        if (!check_string(check, value))
                return false;
        return strcmp(json_string_value(value), "payment_intent") == 0 ||
               check_refuse(check, "invalid_enum", "must be payment_intent");
}

static const CheckField refund_fields[] = {
        { "resource_id", IN_BOTH, true, check_string },
        { "resource_type", IN_BOTH, true, check_resource_type },
        { "amount", IN_BOTH, false, check_positive },
        { "metadata", IN_BOTH, false, check_metadata },
        { "recipient_account", IN_BOTH, false, check_any_object },
};

/* What is wrong beyond the types, or NULL. */
static const Refusal *refund_refusal(const Store *store, uint32_t intent, const json_t *body) {
        static const Refusal missing = { 404, "invalid_request_error", "missing_resource",
                                         "There is no such payment", "resource_id" };
        static const Refusal unpaid = { 400, "invalid_request_error", "invalid_request",
                                        "Only a payment that succeeded can be refunded",
                                        "resource_id" };
        static const Refusal account = { 400, "invalid_request_error", "invalid_recipient_account",
                                         "The account of the payer is known: do not send one",
                                         "recipient_account" };
        static const Refusal excess = { 400, "invalid_request_error", "invalid_amount",
                                        "More than what is left of the payment", "amount" };

        if (intent == STORE_NONE)
                return &missing;
        const Intent *paid = store_intent(store, intent);
        int64_t left = paid->amount - paid->refunded;

        if (paid->status != INTENT_SUCCEEDED)
                return &unpaid;
        if (json_object_get(body, "recipient_account"))
                return &account;
        return left == 0 || json_integer_value(json_object_get(body, "amount")) > left ? &excess
                                                                                       : NULL;
}

static void refund_make(Call *call, uint32_t intent, const json_t *body) {
        Store *store = call->sandbox->store;
        const Intent *paid = store_intent(store, intent);
        const json_t *amount = json_object_get(body, "amount");
        const json_t *metadata = json_object_get(body, "metadata");
        AUTO_BUFFER kept = BUFFER_EMPTY;

        if (metadata)
                put_json(&kept, metadata);
        uint32_t number = store_add_refund(
                store, intent, amount ? json_integer_value(amount) : paid->amount - paid->refunded,
                (Text){ kept.data, kept.size }, call->now);
        payers_refund(call->sandbox->payers, number, call->now);
        call->answer->status = 201;
        render_refund(&call->answer->body, store, number);
}

void refunds_create(Call *call) {
        Text text = call->request->body;
        json_t *body = text.size > 0
                               ? json_loadb(text.data, text.size, JSON_REJECT_DUPLICATES, NULL)
                               : NULL;
        Check check = { .generation = call->generation,
                        .lenient = call->sandbox->options->lenient,
                        .now = call->now };

        if (!body) {
                answer_refuse_param(call->answer, "invalid_json", NULL, "The body is not JSON");
        } else if (!check_object(&check, body, refund_fields, ELEMENTS(refund_fields))) {
                answer_refuse_param(call->answer, check.code, check.param[0] ? check.param : NULL,
                                    check.message);
        } else {
                uint32_t intent = store_intent_by_id(
                        call->sandbox->store,
                        text_of(json_string_value(json_object_get(body, "resource_id"))));
                const Refusal *refusal = refund_refusal(call->sandbox->store, intent, body);

                if (refusal)
                        answer_refuse(call->answer, refusal);
                else
                        refund_make(call, intent, body);
        }
        json_decref(body);
}

static void refunds_render(Buffer *out, const Call *call, uint32_t number) {
        render_refund(out, call->sandbox->store, number);
}

static bool refunds_wanted(const Store *store, uint32_t number, const Filter *filter) {
        const Refund *refund = store_refund(store, number);

        return refund->created_at >= filter->since && refund->created_at <= filter->until &&
               (!filter->status.data ||
                text_is(filter->status, refund_status_name((RefundStatus) refund->status)));
}

void refunds_get(Call *call) {
        uint32_t number = store_refund_by_id(call->sandbox->store, call->id);

        if (number == STORE_NONE) {
                call_missing(call);
                return;
        }
        call->answer->status = 200;
        refunds_render(&call->answer->body, call, number);
}

void refunds_list(Call *call) {
        const Listing listing = { .count = store_refund_count(call->sandbox->store),
                                  .by_time = true,
                                  .by_status = true,
                                  .by_id = store_refund_by_id,
                                  .id = store_refund_id,
                                  .wanted = refunds_wanted,
                                  .render = refunds_render };

        paging_pages(call, &listing);
}

void refunds_cancel(Call *call) {
        uint32_t number = store_refund_by_id(call->sandbox->store, call->id);

        if (number == STORE_NONE) {
                call_missing(call);
                return;
        }

        Refund *refund = store_refund(call->sandbox->store, number);
        if (refund->status != REFUND_CREATED) {
                answer_refuse_param(call->answer, "invalid_request", NULL,
                                    "Only a refund that is created can be canceled");
                return;
        }
        refund->status = REFUND_CANCELED;
        refund->updated_at = call->now;
        store_intent(call->sandbox->store, refund->intent)->refunded -= refund->amount;
        call->answer->status = 200;
        refunds_render(&call->answer->body, call, number);
}
