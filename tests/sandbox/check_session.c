#include "tests/sandbox/check_session.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "jobs/base/civil.h"
#include "jobs/base/cleanup.h"

#define V1_AMOUNT_END  INT64_C(7000000)       /* less than that: the v1 page */
#define V2_AMOUNT_END  INT64_C(1000000000000) /* undocumented; something must end it */
#define V2_AHEAD_LEAST (10 * MINUTE)
#define LINE_ITEMS_MAX 100

static bool check_enum(Check *check, const json_t *value, const char *const *names, size_t count) {
        if (!check_string(check, value))
                return false;
        for (size_t i = 0; i < count; i++)
                if (strcmp(json_string_value(value), names[i]) == 0)
                        return true;
        return check_refuse(check, "invalid_enum", "is not one of the allowed values");
}

static bool check_amount(Check *check, const json_t *value) {
        int64_t end = check->generation == 1 ? V1_AMOUNT_END : V2_AMOUNT_END;

        if (!json_is_integer(value))
                return check_refuse(check, "invalid_integer", "must be an integer");
        return (json_integer_value(value) > 0 && json_integer_value(value) < end) ||
               check_refuse(check, "invalid_amount", "must be greater than 0 and less than %lld",
                            (long long) end);
}

static bool currency_of(const Check *check, const json_t *value, Currency *ret_currency) {
        const char *name = json_string_value(value);

        if (!name)
                return false;
        for (Currency currency = CURRENCY_CLP; currency <= CURRENCY_MXN; currency++) {
                /* The v1 pages write it in both cases, v2 only in capitals. */
                if (check->generation == 1 ? strcasecmp(name, currency_name(currency)) != 0
                                           : strcmp(name, currency_name(currency)) != 0)
                        continue;
                *ret_currency = currency;
                return true;
        }
        return false;
}

static bool check_currency(Check *check, const json_t *value) {
        Currency currency = CURRENCY_CLP;

        return currency_of(check, value, &currency) ||
               check_refuse(check, "invalid_currency", "must be CLP or MXN");
}

static bool check_flow(Check *check, const json_t *value) {
        static const char *const flows[] = { "payment" };

        return check_enum(check, value, flows, ELEMENTS(flows));
}

static bool instant_of(const Check *check, const json_t *value, int64_t *ret_instant) {
        Text text = { json_string_value(value), json_string_length(value) };
        CivilDate date = { 0 };
        char end[CIVIL_TIME_SIZE];

        if (check->generation == 2)
                return text.size > 0 && text.data[text.size - 1] == 'Z' &&
                       civil_time_parse(text, ret_instant);
        if (!civil_date_parse(text, &date))
                return false;
        (void) snprintf(end, sizeof(end), "%.*sT23:59:59Z", TEXT_ARG(text));
        return civil_time_parse(text_of(end), ret_instant);
}

static bool check_expires_at(Check *check, const json_t *value) {
        int64_t instant = 0;

        if (!check_string(check, value))
                return false;
        if (!instant_of(check, value, &instant))
                return check_refuse(check, "invalid_expires_at",
                                    check->generation == 1
                                            ? "must be a date YYYY-MM-DD"
                                            : "must be an ISO 8601 date and time in UTC");
        if (check->generation == 1)
                return instant > check->now ||
                       check_refuse(check, "invalid_expires_at", "is in the past");
        return instant >= check->now + V2_AHEAD_LEAST ||
               check_refuse(check, "invalid_expires_at", "must be at least 10 minutes ahead");
}

static bool check_address(Check *check, const json_t *value) {
        static const CheckField fields[] = {
                { "city", IN_BOTH, false, check_string },
                { "country", IN_BOTH, false, check_string },
                { "line1", IN_BOTH, false, check_string },
                { "line2", IN_BOTH, false, check_string },
                { "postal_code", IN_BOTH, false, check_string },
                { "state", IN_BOTH, false, check_string },
        };

        return check_object(check, value, fields, ELEMENTS(fields));
}

/* `customer` of v1 and `customer_data` of v2. */
static bool check_person(Check *check, const json_t *value) {
        static const CheckField fields[] = {
                { "name", IN_BOTH, false, check_string },
                { "email", IN_BOTH, false, check_email },
                { "tax_id", IN_BOTH, false, check_tax_id },
                { "metadata", IN_BOTH, false, check_metadata },
                { "phone", IN_V2, false, check_string },
                { "address", IN_V2, false, check_address },
        };

        if (!check_object(check, value, fields, ELEMENTS(fields)))
                return false;
        return check->generation == 1 || json_object_get(value, "email") ||
               json_object_get(value, "tax_id") ||
               check_refuse(check, "missing_parameter", "needs an email or a tax_id");
}

static bool check_customer_id(Check *check, const json_t *value) {
        if (!check_string(check, value))
                return false;
        return strncmp(json_string_value(value), "cus_", 4) == 0 ||
               check_refuse(check, "invalid_params", "is not the id of a customer");
}

static bool check_payment_method_type(Check *check, const json_t *value) {
        static const char *const types[] = { "bank_transfer", "card" };

        return check_enum(check, value, types, ELEMENTS(types));
}

static bool check_payment_method_types(Check *check, const json_t *value) {
        return check_array(check, value, check_payment_method_type);
}

static bool check_recipient_account(Check *check, const json_t *value) {
        static const CheckField fields[] = {
                { "holder_id", IN_BOTH, true, check_string },
                { "number", IN_BOTH, true, check_string },
                { "type", IN_BOTH, true, check_string },
                { "institution_id", IN_BOTH, true, check_string },
        };

        return check_object(check, value, fields, ELEMENTS(fields));
}

static bool check_method_options(Check *check, const json_t *value) {
        static const CheckField fields[] = {
                { "recipient_account", IN_BOTH, false, check_recipient_account },
                { "sender_account", IN_BOTH, false, check_any_object },
        };

        return check_object(check, value, fields, ELEMENTS(fields));
}

static bool check_payment_method_options(Check *check, const json_t *value) {
        static const CheckField fields[] = {
                { "bank_transfer", IN_BOTH, false, check_method_options },
                { "payment_intent", IN_V1, false, check_method_options }, /* 2023-11-15's name */
                { "card", IN_BOTH, false, check_any_object },
        };

        return check_object(check, value, fields, ELEMENTS(fields));
}

static bool check_category(Check *check, const json_t *value) {
        if (!check_string(check, value))
                return false;
        return (json_string_length(value) == 6 &&
                strspn(json_string_value(value), "0123456789") == 6) ||
               check_refuse(check, "invalid_params", "must be a code of six digits");
}

static bool check_business_profile(Check *check, const json_t *value) {
        static const CheckField fields[] = {
                { "category", IN_BOTH, false, check_category },
                { "name", IN_BOTH, false, check_string },
                { "tax_id", IN_BOTH, false, check_business_tax_id },
        };

        return check_object(check, value, fields, ELEMENTS(fields));
}

static bool check_product(Check *check, const json_t *value) {
        static const CheckField fields[] = {
                { "name", IN_BOTH, true, check_string },
                { "image_url", IN_BOTH, false, check_url },
        };

        return check_object(check, value, fields, ELEMENTS(fields));
}

static bool check_price(Check *check, const json_t *value) {
        static const CheckField fields[] = {
                { "currency", IN_BOTH, true, check_currency },
                { "unit_amount", IN_BOTH, true, check_positive },
                { "product_data", IN_BOTH, true, check_product },
        };

        return check_object(check, value, fields, ELEMENTS(fields));
}

static bool check_line_item(Check *check, const json_t *value) {
        static const CheckField fields[] = {
                { "quantity", IN_BOTH, true, check_positive },
                { "price_data", IN_BOTH, true, check_price },
        };

        return check_object(check, value, fields, ELEMENTS(fields));
}

static bool check_line_items(Check *check, const json_t *value) {
        if (json_array_size(value) > LINE_ITEMS_MAX)
                return check_refuse(check, "invalid_array", "has more than %d items",
                                    LINE_ITEMS_MAX);
        return check_array(check, value, check_line_item);
}

static const CheckField session_fields[] = {
        { "amount", IN_BOTH, false, check_amount },
        { "currency", IN_BOTH, true, check_currency },
        { "metadata", IN_BOTH, false, check_metadata },
        { "customer_email", IN_BOTH, false, check_email },
        { "expires_at", IN_BOTH, false, check_expires_at },
        { "success_url", IN_BOTH, false, check_url },
        { "cancel_url", IN_BOTH, false, check_url },
        { "flow", IN_BOTH, false, check_flow },
        { "customer", IN_V1, false, check_person },
        { "customer", IN_V2, false, check_customer_id },
        { "customer_data", IN_V2, false, check_person },
        { "payment_method_types", IN_BOTH, false, check_payment_method_types },
        { "payment_method_options", IN_BOTH, false, check_payment_method_options },
        { "business_profile", IN_BOTH, false, check_business_profile },
        { "line_items", IN_BOTH, false, check_line_items },
};

/* Sum of the items, all in the session's currency and together under the rule of `amount`. */
static bool check_total(Check *check, const json_t *items, SessionWish *wish) {
        int64_t end = check->generation == 1 ? V1_AMOUNT_END : V2_AMOUNT_END;

        for (size_t i = 0; i < json_array_size(items); i++) {
                const json_t *item = json_array_get(items, i);
                const json_t *price = json_object_get(item, "price_data");
                int64_t quantity = json_integer_value(json_object_get(item, "quantity"));
                int64_t unit = json_integer_value(json_object_get(price, "unit_amount"));
                int64_t sum = 0;
                Currency currency = CURRENCY_CLP;

                if (!currency_of(check, json_object_get(price, "currency"), &currency) ||
                    currency != wish->currency)
                        return check_refuse_member(check, "line_items", "currency_mismatch",
                                                   "must be in the currency of the session");
                if (__builtin_mul_overflow(quantity, unit, &sum) ||
                    __builtin_add_overflow(wish->amount, sum, &wish->amount) || wish->amount >= end)
                        return check_refuse_member(check, "line_items", "invalid_amount",
                                                   "add up to more than the maximum amount");
        }
        return true;
}

static bool check_across(Check *check, const json_t *body, SessionWish *wish) {
        const json_t *amount = json_object_get(body, "amount");
        const json_t *items = json_object_get(body, "line_items");

        if (amount && items)
                return check_refuse_member(check, "amount", "invalid_params",
                                           "must not be sent together with line_items");
        if (!amount && !items)
                return check_refuse_member(check, "amount", "missing_parameter", "is required");
        if (json_object_get(body, "customer") && json_object_get(body, "customer_data"))
                return check_refuse_member(check, "customer", "invalid_params",
                                           "must not be sent together with customer_data");
        wish->amount = json_integer_value(amount);
        (void) currency_of(check, json_object_get(body, "currency"), &wish->currency);
        return !items || check_total(check, items, wish);
}

static Text member_text(const json_t *object, const char *name) {
        const json_t *value = json_object_get(object, name);

        return (Text){ json_string_value(value), json_string_length(value) };
}

bool check_session(Check *check, const json_t *body, SessionWish *ret_wish) {
        SessionWish wish = { 0 };
        const json_t *metadata = json_object_get(body, "metadata");
        const json_t *person = json_object_get(body, "customer_data");

        if (!check_object(check, body, session_fields, ELEMENTS(session_fields)) ||
            !check_across(check, body, &wish))
                return false;
        if (json_object_get(body, "expires_at"))
                (void) instant_of(check, json_object_get(body, "expires_at"), &wish.expires_at);
        wish.order = member_text(metadata, "order");
        wish.checkoutd = member_text(metadata, "checkoutd");
        wish.tax_id = member_text(json_object_get(person, "tax_id"), "value");
        *ret_wish = wish;
        return true;
}
