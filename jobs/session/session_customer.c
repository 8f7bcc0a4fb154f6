#include "jobs/session/session_customer.h"

#include <errno.h>
#include <jansson.h>

#include "jobs/base/cleanup.h"
#include "jobs/session/session_json.h"

#define METADATA_MAX 50 /* keys, ours too */

typedef struct TaxId {
        Text type;
        Text value;
} TaxId;

static Text text_in(const json_t *object, const char *name) {
        const json_t *value = json_object_get(object, name);

        return (Text){ json_string_value(value), json_string_length(value) };
}

static TaxId tax_id_of(const Order *order) {
        const json_t *cell = json_object_get(order->json[FIELD_CUSTOMER], "tax_id");
        TaxId columns = { order->text[FIELD_CUSTOMER_TAX_ID_TYPE],
                          order->text[FIELD_CUSTOMER_TAX_ID_VALUE] };

        return columns.value.size > 0 ? columns
                                      : (TaxId){ text_in(cell, "type"), text_in(cell, "value") };
}

/* The provider's word for a Mexican tax id is not documented: without a setting it goes where the
 * merchant can read it, and not where it would refuse the row. */
static bool is_rfc(TaxId tax_id) {
        return tax_id.value.size > 0 && text_is(tax_id.type, "rfc");
}

Text session_customer_rfc(const Order *order, const OrderRules *rules) {
        TaxId tax_id = tax_id_of(order);

        return is_rfc(tax_id) && !rules->rfc_type ? tax_id.value : TEXT_NONE;
}

Text session_customer_receipts(const Order *order) {
        Text own = order->text[FIELD_CUSTOMER_EMAIL],
             payer = order->text[FIELD_CUSTOMER_EMAIL_ADDRESS];

        if (own.size > 0)
                return own;
        return payer.size > 0 ? payer : text_in(order->json[FIELD_CUSTOMER], "email");
}

int session_customer_keep_tax_id(const Order *order, json_t *metadata) {
        TaxId tax_id = tax_id_of(order);
        const char *name = is_rfc(tax_id)                   ? "rfc"
                           : text_is(tax_id.type, "cl_rut") ? "rut"
                                                            : "tax_id";

        if (tax_id.value.size == 0 || json_object_size(metadata) >= METADATA_MAX)
                return 0;
        return session_json_add_text(metadata, name, tax_id.value);
}

static int add_tax_id(json_t *customer, const Order *order, const OrderRules *rules) {
        TaxId tax_id = tax_id_of(order);
        json_t *object;
        int r;

        if (tax_id.value.size == 0)
                return 0;
        if (is_rfc(tax_id))
                (void) json_object_del(customer, "tax_id"); /* a cell's, with our word for it */
        if (session_customer_rfc(order, rules).size > 0)
                return 0;

        r = session_json_object_in(customer, TEXT("tax_id"), &object);
        if (r == 0)
                r = session_json_add_text(object, "type",
                                          is_rfc(tax_id) ? text_of(rules->rfc_type) : tax_id.type);
        return r < 0 ? r : session_json_add_text(object, "value", tax_id.value);
}

static int add_customer_metadata(json_t *customer, const Order *order) {
        json_t *metadata;
        bool given = false;
        int r;

        for (size_t i = 0; i < order->n_entries && !given; i++)
                given = order->entries[i].field == FIELD_CUSTOMER_METADATA_KEY &&
                        order->entries[i].value.size > 0;
        if (!given)
                return 0;

        r = session_json_object_in(customer, TEXT("metadata"), &metadata);
        return r < 0 ? r : session_json_add_entries(metadata, order, FIELD_CUSTOMER_METADATA_KEY);
}

/* docs.fintoc.com /reference/checkout-sessions-create: a new customer of v2 needs an address or a
 * tax id. People write one address in a row; it is the payer's. */
static int add_contact(json_t *customer, const Order *order, const OrderRules *rules) {
        if (rules->api != API_V2 || json_object_size(customer) == 0 ||
            json_object_get(customer, "email") || json_object_get(customer, "tax_id"))
                return 0;
        return session_json_add_text(customer, "email", order->text[FIELD_CUSTOMER_EMAIL]);
}

bool session_customer_is_id(const Order *order) {
        return !order->json[FIELD_CUSTOMER] && order->text[FIELD_CUSTOMER].size > 0;
}

int session_customer_object(const Order *order, const OrderRules *rules, json_t **ret_customer) {
        AUTO_JSON *customer = NULL;
        int r;

        r = session_json_object_of_cell(order, FIELD_CUSTOMER, &customer);
        if (r == 0)
                r = session_json_add_text(customer, "name", order->text[FIELD_CUSTOMER_NAME]);
        if (r == 0)
                r = session_json_add_text(customer, "email",
                                          order->text[FIELD_CUSTOMER_EMAIL_ADDRESS]);
        if (r == 0)
                r = add_tax_id(customer, order, rules);
        if (r == 0)
                r = add_customer_metadata(customer, order);
        if (r == 0)
                r = add_contact(customer, order, rules);
        if (r < 0)
                return r;

        *ret_customer = session_json_unless_empty(&customer);
        return 0;
}
