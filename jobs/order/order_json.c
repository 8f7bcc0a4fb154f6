#include "jobs/order/order_json.h"

#include <errno.h>
#include <jansson.h>

#include "jobs/base/cleanup.h"
#include "jobs/order/order_cell.h"

#define ITEMS_MAX 1000

static void json_free_p(json_t **json) {
        json_decref(*json);
}
#define AUTO_JSON CLEANUP(json_free_p) json_t

static Text text_of_json(const json_t *string) {
        return (Text){ json_string_value(string), json_string_length(string) };
}

static bool is_too_long(Text text, size_t max) {
        return text.size > max && text_characters(text) > max;
}

/* Reads the cell; the wrong kind of value is a problem. The caller owns what it gets. */
static json_t *load(OrderRow *row, Text cell, json_type type) {
        json_error_t error;
        json_t *json = json_loadb(cell.data, cell.size, JSON_REJECT_DUPLICATES, &error);

        if (json && json_typeof(json) == type)
                return json;
        json_decref(json);
        order_cell_wrong(row, PROBLEM_JSON, cell,
                         type == JSON_OBJECT ? TEXT("JSON: {\"…\": …}") : TEXT("JSON: [{…}, {…}]"));
        return NULL;
}

/* --- plain objects --------------------------------------------------------------------------- */

/* One level of texts, numbers and booleans. */
static void check_metadata(OrderRow *row, json_t *metadata) {
        const char *key;
        json_t *value;

        json_object_foreach(metadata, key, value) {
                Text name = order_row_copy(row, text_of(key));

                if (json_is_object(value) || json_is_array(value) || json_is_null(value))
                        order_row_problem(row, PROBLEM_METADATA_NESTED, name);
                else if (json_is_string(value) &&
                         is_too_long(text_of_json(value), METADATA_VALUE_MAX))
                        order_row_problem(row, PROBLEM_METADATA_VALUE, name);
        }
}

void order_json_object(OrderRow *row, const OrderFieldSpec *spec, Text cell) {
        AUTO_JSON *json = load(row, cell, JSON_OBJECT);

        row->order.text[spec->field] = cell;
        if (!json)
                return;
        if (spec->field == FIELD_METADATA)
                check_metadata(row, json);
        order_row_add_json(row, spec->field, TAKE(json));
}

/* --- the payer ------------------------------------------------------------------------------- */

typedef bool (*TaxIdCheck)(Text text, char out[static TAX_ID_SIZE], Text *ret);

/* Checks a tax id and writes it as the provider takes it. */
static void check_tax_id_value(OrderRow *row, json_t *object, const char *member, TaxIdCheck check,
                               ProblemCode code) {
        char out[TAX_ID_SIZE];
        Text id;

        if (!check(text_of_json(json_object_get(object, member)), out, &id))
                order_row_problem(row, code, TEXT_NONE);
        else if (json_object_set_new(object, member, json_stringn(id.data, id.size)) < 0)
                row->error = -ENOMEM;
}

static void check_tax_id(OrderRow *row, json_t *tax_id) {
        Text type = text_of_json(json_object_get(tax_id, "type"));

        if (type.size == 0 || json_string_length(json_object_get(tax_id, "value")) == 0)
                order_row_problem(row, PROBLEM_TAX_ID_PAIR, TEXT_NONE);
        else if (text_is(type, RUT_TYPE))
                check_tax_id_value(row, tax_id, "value", order_tax_id_is_rut, PROBLEM_RUT);
        else if (text_is(type, RFC_TYPE))
                check_tax_id_value(row, tax_id, "value", order_tax_id_is_rfc, PROBLEM_RFC);
}

static void check_customer(OrderRow *row, json_t *customer) {
        json_t *name = json_object_get(customer, "name");
        json_t *email = json_object_get(customer, "email");
        json_t *tax_id = json_object_get(customer, "tax_id");
        json_t *metadata = json_object_get(customer, "metadata");

        if (name && !json_is_string(name))
                order_row_problem(row, PROBLEM_CUSTOMER, TEXT("name"));
        if (email && (!json_is_string(email) || !order_cell_is_email(text_of_json(email))))
                order_row_problem(row, PROBLEM_EMAIL, TEXT_NONE);
        if (tax_id)
                check_tax_id(row, tax_id);
        if (metadata && !json_is_object(metadata))
                order_row_problem(row, PROBLEM_CUSTOMER, TEXT("metadata"));
        else if (metadata)
                check_metadata(row, metadata);
}

/* The id of a customer that the provider knows: opaque, but a word. */
static bool is_customer_id(Text cell) {
        if (cell.size <= 4 || cell.size > 255 || memcmp(cell.data, "cus_", 4) != 0)
                return false;
        for (size_t i = 0; i < cell.size; i++)
                if (cell.data[i] <= ' ' || cell.data[i] > '~')
                        return false;
        return true;
}

void order_json_customer(OrderRow *row, const OrderFieldSpec *spec, Text cell) {
        AUTO_JSON *json = NULL;

        row->order.text[spec->field] = cell;
        if (is_customer_id(cell)) {
                if (row->rules->api == API_V1)
                        order_row_problem(row, PROBLEM_FIELD_API, TEXT("v1"));
                return;
        }
        json = load(row, cell, JSON_OBJECT);
        if (!json)
                return;
        check_customer(row, json);
        order_row_add_json(row, spec->field, TAKE(json));
}

/* --- the merchant ---------------------------------------------------------------------------- */

static bool is_category(Text text) {
        bool digits = text.size == 6;

        for (size_t i = 0; i < text.size && digits; i++)
                digits = text.data[i] >= '0' && text.data[i] <= '9';
        return digits;
}

void order_json_business_profile(OrderRow *row, const OrderFieldSpec *spec, Text cell) {
        AUTO_JSON *json = load(row, cell, JSON_OBJECT);
        json_t *category = json_object_get(json, "category");
        json_t *tax_id = json_object_get(json, "tax_id");
        char out[TAX_ID_SIZE];
        Text rut;

        row->order.text[spec->field] = cell;
        if (!json)
                return;
        if (category && !is_category(text_of_json(category)))
                order_row_problem(row, PROBLEM_CATEGORY, TEXT_NONE);
        if (tax_id && order_tax_id_is_rut(text_of_json(tax_id), out, &rut))
                check_tax_id_value(row, json, "tax_id", order_tax_id_is_rut, PROBLEM_TAX_ID);
        else if (tax_id)
                check_tax_id_value(row, json, "tax_id", order_tax_id_is_rfc, PROBLEM_TAX_ID);
        order_row_add_json(row, spec->field, TAKE(json));
}

/* --- line items ------------------------------------------------------------------------------ */

/* Is every member one of these? What is not known would not be sent. */
static bool has_only(json_t *object, const char *const *names, size_t n, const char **ret) {
        const char *key;
        json_t *value;

        json_object_foreach(object, key, value) {
                size_t i = 0;

                while (i < n && strcmp(key, names[i]) != 0)
                        i++;
                if (i == n) {
                        *ret = key;
                        return false;
                }
        }
        return true;
}

/* The path of what is wrong with the shape of an item, or NULL. */
static const char *wrong_member(json_t *item, json_t *price, json_t *product) {
        static const char *const item_names[] = { "price_data", "quantity" };
        static const char *const price_names[] = { "currency", "unit_amount", "product_data" };
        static const char *const product_names[] = { "name", "image_url" };
        const char *unknown = NULL;

        if (!json_is_object(item))
                return "{}";
        if (!has_only(item, item_names, ELEMENTS(item_names), &unknown))
                return unknown;
        if (!json_is_object(price))
                return "price_data";
        if (!has_only(price, price_names, ELEMENTS(price_names), &unknown))
                return unknown;
        if (!json_is_object(product))
                return "price_data.product_data";
        if (!has_only(product, product_names, ELEMENTS(product_names), &unknown))
                return unknown;
        if (!json_is_integer(json_object_get(item, "quantity")) ||
            json_integer_value(json_object_get(item, "quantity")) < 1)
                return "quantity";
        if (!json_is_integer(json_object_get(price, "unit_amount")) ||
            json_integer_value(json_object_get(price, "unit_amount")) < 1)
                return "price_data.unit_amount";
        if (text_trim(text_of_json(json_object_get(product, "name"))).size == 0)
                return "price_data.product_data.name";
        return NULL;
}

static void read_item(OrderRow *row, json_t *json, size_t number) {
        json_t *price = json_object_get(json, "price_data");
        json_t *product = json_object_get(price, "product_data");
        const json_t *image = json_object_get(product, "image_url");
        Text currency = text_of_json(json_object_get(price, "currency"));
        const char *wrong = wrong_member(json, price, product);
        OrderItem item;

        if (wrong) {
                Text shown = order_row_copy(row, text_of(wrong));

                shown.size = shown.size > METADATA_KEY_MAX ? METADATA_KEY_MAX : shown.size;
                order_row_problem(row, PROBLEM_ITEMS_JSON,
                                  order_row_format(row, "%zu. %.*s", number, TEXT_ARG(shown)));
                return;
        }
        item = (OrderItem){ .name = text_of_json(json_object_get(product, "name")),
                            .image_url = text_of_json(image),
                            .unit_amount =
                                    json_integer_value(json_object_get(price, "unit_amount")),
                            .quantity = json_integer_value(json_object_get(json, "quantity")) };
        if (image && !order_cell_is_url(item.image_url))
                order_row_problem(row, PROBLEM_URL, TEXT_NONE);
        if (json_object_get(price, "currency") && row->order.currency != CURRENCY_XXX &&
            !text_is(currency, currency_name(row->order.currency)))
                order_row_problem(row, PROBLEM_ITEMS_CURRENCY, order_row_copy(row, currency));
        order_row_add_item(row, &item);
}

void order_json_line_items(OrderRow *row, const OrderFieldSpec *spec, Text cell) {
        AUTO_JSON *json = load(row, cell, JSON_ARRAY);
        json_t *item;
        size_t i;

        row->order.text[spec->field] = cell;
        if (!json)
                return;
        if (json_array_size(json) == 0)
                order_row_problem(row, PROBLEM_ITEMS_JSON, TEXT("[]"));
        if (json_array_size(json) > ITEMS_MAX)
                order_row_problem(row, PROBLEM_ITEMS_COUNT, TEXT("1000"));
        else
                json_array_foreach(json, i, item) {
                        read_item(row, item, i + 1);
                }
        order_row_add_json(row, spec->field, TAKE(json));
}

/* --- looking at it --------------------------------------------------------------------------- */

size_t order_json_size(const Order *order, OrderField field) {
        return json_object_size(order->json[field]);
}

bool order_json_has(const Order *order, OrderField field, Text key) {
        return json_object_getn(order->json[field], key.data, key.size) != NULL;
}

void order_json_each_key(OrderRow *row, OrderField field, void (*call)(OrderRow *row, Text key)) {
        const char *key;
        json_t *value;

        json_object_foreach(row->order.json[field], key, value) {
                call(row, text_of(key));
        }
}
