#include "jobs/session/session_request.h"

#include <assert.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>

#include "jobs/base/civil.h"
#include "jobs/base/cleanup.h"
#include "jobs/session/session_customer.h"
#include "jobs/session/session_json.h"

typedef struct Source {
        const Order *order;
        const OrderRules *rules;
        const char *key;
        int64_t now;
        bool without_customer;
} Source;

/* Gives the value of one field; NULL in `*ret_value`: it is not sent. 0 or negative errno. */
typedef int (*MakeField)(const Source *source, json_t **ret_value);

static int given_text(const Source *source, OrderField field, json_t **ret_value) {
        Text text = source->order->text[field];

        *ret_value = text.size > 0 ? session_json_text(text) : NULL;
        return text.size > 0 && !*ret_value ? -ENOMEM : 0;
}

/* --- the fields ------------------------------------------------------------------------------ */

static int make_amount(const Source *source, json_t **ret_value) {
        *ret_value = source->order->n_items > 0 ? NULL : json_integer(source->order->amount);
        return source->order->n_items == 0 && !*ret_value ? -ENOMEM : 0;
}

static int make_currency(const Source *source, json_t **ret_value) {
        assert(source->order->currency != CURRENCY_XXX);
        *ret_value = json_string(currency_name(source->order->currency));
        return *ret_value ? 0 : -ENOMEM;
}

static int make_flow(const Source *source, json_t **ret_value) {
        return given_text(source, FIELD_FLOW, ret_value);
}

static int make_customer_email(const Source *source, json_t **ret_value) {
        Text address = session_customer_receipts(source->order);

        if (!source->without_customer)
                return given_text(source, FIELD_CUSTOMER_EMAIL, ret_value);
        *ret_value = address.size > 0 ? session_json_text(address) : NULL;
        return address.size > 0 && !*ret_value ? -ENOMEM : 0;
}

/* v1 takes a date, v2 an instant. */
static int make_expires_at(const Source *source, json_t **ret_value) {
        const Order *order = source->order;
        const OrderRules *rules = source->rules;
        char out[CIVIL_TIME_SIZE];

        if (rules->api == API_V1 && order->text[FIELD_EXPIRES_AT].size > 0)
                return given_text(source, FIELD_EXPIRES_AT, ret_value);
        *ret_value = NULL;
        if (rules->api == API_V1) {
                if (rules->expires_in <= 0)
                        return 0;
                if (!civil_zone_use(rules->timezone))
                        return -ENOENT;
                /* a local date and time begins with its date */
                (void) civil_local_format(source->now + rules->expires_in, out);
                *ret_value = json_stringn(out, strlen("YYYY-MM-DD"));
        } else {
                if (order->expires_at == 0 && rules->expires_in <= 0)
                        return 0;
                *ret_value = json_string(civil_time_format(
                        order->expires_at ? order->expires_at : source->now + rules->expires_in,
                        out));
        }
        return *ret_value ? 0 : -ENOMEM;
}

static int make_metadata(const Source *source, json_t **ret_value) {
        AUTO_JSON *metadata = json_object();
        AUTO_JSON *cell = NULL;
        int r;

        /* Ours first: what is there already stays. */
        r = metadata ? session_json_add_text(metadata, "order", source->order->text[FIELD_ORDER_ID])
                     : -ENOMEM;
        if (r == 0)
                r = session_json_add_text(metadata, "checkoutd", text_of(source->key));
        if (r == 0)
                r = session_json_object_of_cell(source->order, FIELD_METADATA, &cell);
        if (r == 0 && json_object_update_missing(metadata, cell) < 0)
                r = -ENOMEM;
        if (r == 0)
                r = session_json_add_entries(metadata, source->order, FIELD_METADATA_KEY);
        if (r == 0)
                r = session_json_add_text(metadata, "rfc",
                                          session_customer_rfc(source->order, source->rules));
        if (r == 0 && source->without_customer)
                r = session_customer_keep_tax_id(source->order, metadata);
        if (r < 0)
                return r;

        *ret_value = TAKE(metadata);
        return 0;
}

/* Both of the row or both of the profile, never one of each. */
static int make_url(const Source *source, OrderField field, const char *fallback,
                    json_t **ret_value) {
        const Text *text = source->order->text;

        if (text[FIELD_SUCCESS_URL].size > 0 || text[FIELD_CANCEL_URL].size > 0 || !fallback)
                return given_text(source, field, ret_value);
        *ret_value = fallback[0] ? json_string(fallback) : NULL;
        return fallback[0] && !*ret_value ? -ENOMEM : 0;
}

static int make_success_url(const Source *source, json_t **ret_value) {
        return make_url(source, FIELD_SUCCESS_URL, source->rules->success_url, ret_value);
}

static int make_cancel_url(const Source *source, json_t **ret_value) {
        return make_url(source, FIELD_CANCEL_URL, source->rules->cancel_url, ret_value);
}

/* v1: the payer. v2: the id of one that the provider knows; a new one is customer_data. */
static int make_customer(const Source *source, json_t **ret_value) {
        if (session_customer_is_id(source->order))
                return given_text(source, FIELD_CUSTOMER, ret_value);
        if (source->rules->api == API_V1)
                return session_customer_object(source->order, source->rules, ret_value);
        *ret_value = NULL;
        return 0;
}

static int make_customer_data(const Source *source, json_t **ret_value) {
        if (source->rules->api == API_V2 && !session_customer_is_id(source->order) &&
            !source->without_customer)
                return session_customer_object(source->order, source->rules, ret_value);
        *ret_value = NULL;
        return 0;
}

static bool is_between_types(char c) {
        return c == ' ' || c == '|' || c == ',' || c == '\t';
}

static int make_payment_method_types(const Source *source, json_t **ret_value) {
        Text given = source->order->text[FIELD_PAYMENT_METHOD_TYPES];
        Text rest = given.size > 0 ? given : text_of(source->rules->payment_method_types);
        AUTO_JSON *types = json_array();

        if (!types)
                return -ENOMEM;
        while (rest.size > 0) {
                size_t size = 0;

                while (size < rest.size && !is_between_types(rest.data[size]))
                        size++;
                if (size > 0 && json_array_append_new(types, json_stringn(rest.data, size)) < 0)
                        return -ENOMEM;
                size += size < rest.size;
                rest = (Text){ rest.data + size, rest.size - size };
        }
        *ret_value = json_array_size(types) > 0 ? TAKE(types) : NULL;
        return 0;
}

static json_t *json_of_option(Text value) {
        if (text_is(value, "true") || text_is(value, "false"))
                return json_boolean(value.size == strlen("true"));
        return session_json_text(value);
}

/* `bank_transfer.recipient_account.number` stands three objects deep. */
static int add_option(json_t *object, Text path, Text value) {
        const char *dot;

        while ((dot = memchr(path.data, '.', path.size)) != NULL) {
                size_t size = (size_t) (dot - path.data);
                int r = session_json_object_in(object, (Text){ path.data, size }, &object);

                if (r < 0)
                        return r;
                path = (Text){ dot + 1, path.size - size - 1 };
        }
        return session_json_add(object, path, json_of_option(value));
}

static int make_payment_method_options(const Source *source, json_t **ret_value) {
        AUTO_JSON *options = NULL;
        int r;

        r = session_json_object_of_cell(source->order, FIELD_PAYMENT_METHOD_OPTIONS, &options);
        for (size_t i = 0; r == 0 && i < source->order->n_entries; i++) {
                const OrderEntry *entry = &source->order->entries[i];

                if (entry->field == FIELD_PAYMENT_METHOD_OPTIONS_ENTRY && entry->value.size > 0)
                        r = add_option(options, entry->key, entry->value);
        }
        if (r < 0)
                return r;

        *ret_value = session_json_unless_empty(&options);
        return 0;
}

static int make_business_profile(const Source *source, json_t **ret_value) {
        const Text *text = source->order->text;
        AUTO_JSON *profile = NULL;
        int r;

        r = session_json_object_of_cell(source->order, FIELD_BUSINESS_PROFILE, &profile);
        if (r == 0)
                r = session_json_add_text(profile, "category",
                                          text[FIELD_BUSINESS_PROFILE_CATEGORY]);
        if (r == 0)
                r = session_json_add_text(profile, "name", text[FIELD_BUSINESS_PROFILE_NAME]);
        if (r == 0)
                r = session_json_add_text(profile, "tax_id", text[FIELD_BUSINESS_PROFILE_TAX_ID]);
        if (r < 0)
                return r;

        *ret_value = session_json_unless_empty(&profile);
        return 0;
}

static int make_line_item(const OrderItem *item, const char *currency, json_t **ret_value) {
        AUTO_JSON *product = json_object();
        AUTO_JSON *line = NULL;
        int r;

        r = product ? session_json_add_text(product, "name", item->name) : -ENOMEM;
        if (r == 0)
                r = session_json_add_text(product, "image_url", item->image_url);
        if (r < 0)
                return r;

        line = json_pack("{s:{s:s,s:I,s:O},s:I}", "price_data", "currency", currency, "unit_amount",
                         (json_int_t) item->unit_amount, "product_data", product, "quantity",
                         (json_int_t) item->quantity);
        if (!line)
                return -ENOMEM;
        *ret_value = TAKE(line);
        return 0;
}

static int make_line_items(const Source *source, json_t **ret_value) {
        const Order *order = source->order;
        AUTO_JSON *items = json_array();

        if (!items)
                return -ENOMEM;
        for (size_t i = 0; i < order->n_items; i++) {
                json_t *item;
                int r = make_line_item(&order->items[i], currency_name(order->currency), &item);

                if (r < 0)
                        return r;
                if (json_array_append_new(items, item) < 0)
                        return -ENOMEM;
        }
        *ret_value = order->n_items > 0 ? TAKE(items) : NULL;
        return 0;
}

/* in the order in which they are sent */
static const struct {
        const char *name;
        MakeField make;
} fields[] = {
        { "amount", make_amount },
        { "currency", make_currency },
        { "flow", make_flow },
        { "customer_email", make_customer_email },
        { "expires_at", make_expires_at },
        { "metadata", make_metadata },
        { "success_url", make_success_url },
        { "cancel_url", make_cancel_url },
        { "customer", make_customer },
        { "customer_data", make_customer_data },
        { "payment_method_types", make_payment_method_types },
        { "payment_method_options", make_payment_method_options },
        { "business_profile", make_business_profile },
        { "line_items", make_line_items },
};

/* --- the body -------------------------------------------------------------------------------- */

static int append_request(Buffer *body, const Source *source) {
        AUTO_JSON *request = json_object();
        size_t kept = body->size;

        assert(source->order->n_problems == 0);
        if (!request)
                return -ENOMEM;
        for (size_t i = 0; i < ELEMENTS(fields); i++) {
                json_t *value = NULL;
                int r = fields[i].make(source, &value);

                if (r == 0 && value)
                        r = session_json_add(request, text_of(fields[i].name), value);
                if (r < 0)
                        return r;
        }
        if (session_json_append(body, request) < 0) {
                body->size = kept;
                if (body->data)
                        body->data[kept] = '\0';
                return -ENOMEM;
        }
        return 0;
}

int session_request_append(Buffer *body, const Order *order, const OrderRules *rules,
                           const char *key, int64_t now) {
        const Source source = { order, rules, key, now, .without_customer = false };

        return append_request(body, &source);
}

int session_request_append_without_customer(Buffer *body, const Order *order,
                                            const OrderRules *rules, const char *key, int64_t now) {
        const Source source = { order, rules, key, now, .without_customer = true };

        assert(rules->api == API_V2);
        return append_request(body, &source);
}

const char *session_request_path(ApiVersion api) {
        switch (api) {
        case API_V1:
                return "/v1/checkout_sessions";
        case API_V2:
                return "/v2/checkout_sessions";
        }
        assert(false);
        return NULL;
}

int session_request_append_expire_path(Buffer *path, ApiVersion api, Text session) {
        static const char plain[] =
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";
        int r = buffer_printf(path, "%s/", session_request_path(api));

        for (size_t i = 0; r >= 0 && i < session.size; i++) {
                char c = session.data[i];

                r = c != '\0' && strchr(plain, c)
                            ? buffer_append_char(path, c)
                            : buffer_printf(path, "%%%02X", (unsigned) (unsigned char) c);
        }
        return r < 0 ? r : buffer_append_string(path, "/expire");
}
