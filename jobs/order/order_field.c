#include "jobs/order/order_field.h"

#include <assert.h>

#include "jobs/base/cleanup.h"
#include "jobs/order/order_cell.h"
#include "jobs/order/order_json.h"

#define HEADER_MAX 256 /* bytes of a header that decide what it means */

/* A name that ends in a dot is followed by a key: `metadata.sucursal`. Two rows may have the same
 * field: `rut` and `rfc` are tax ids that bring their type with them. */
static const OrderFieldSpec order_fields[] = {
        /* clang-format off */
        { .field = FIELD_ORDER_ID, .name = "order_id",
          .aliases = "order orden pedido folio factura invoice reference referencia",
          .parse = order_cell_id, .max = 64 },
        { .field = FIELD_CURRENCY, .name = "currency", .aliases = "moneda",
          .parse = order_cell_currency, .lands = offsetof(Order, currency) },
        { .field = FIELD_AMOUNT, .name = "amount", .aliases = "monto importe total valor",
          .parse = order_cell_amount, .lands = offsetof(Order, amount), .strict = true },
        { .field = FIELD_FLOW, .name = "flow", .aliases = "",
          .parse = order_cell_flow },
        { .field = FIELD_CUSTOMER_EMAIL, .name = "customer_email", .aliases = "email correo",
          .parse = order_cell_email, .max = 254 },
        { .field = FIELD_EXPIRES_AT, .name = "expires_at", .aliases = "expira expiracion",
          .parse = order_cell_expires_at, .lands = offsetof(Order, expires_at) },
        { .field = FIELD_DUE_DATE, .name = "due_date", .aliases = "vence vencimiento fecha_vencimiento",
          .parse = order_cell_date, .lands = offsetof(Order, due_date) },
        { .field = FIELD_SUCCESS_URL, .name = "success_url", .aliases = "",
          .parse = order_cell_url, .max = 2048 },
        { .field = FIELD_CANCEL_URL, .name = "cancel_url", .aliases = "",
          .parse = order_cell_url, .max = 2048 },
        { .field = FIELD_METADATA, .name = "metadata", .aliases = "",
          .parse = order_json_object, .lines = true },
        { .field = FIELD_METADATA_KEY, .name = "metadata.", .aliases = "",
          .parse = order_cell_entry, .max = 500, .lines = true },
        { .field = FIELD_CUSTOMER, .name = "customer", .aliases = "",
          .parse = order_json_customer, .lines = true },
        { .field = FIELD_CUSTOMER_NAME, .name = "customer.name", .aliases = "nombre cliente razon_social",
          .parse = order_cell_text, .max = 255 },
        { .field = FIELD_CUSTOMER_EMAIL_ADDRESS, .name = "customer.email", .aliases = "",
          .parse = order_cell_email, .max = 254 },
        { .field = FIELD_CUSTOMER_TAX_ID_TYPE, .name = "customer.tax_id.type", .aliases = "",
          .parse = order_cell_text, .max = 40 },
        { .field = FIELD_CUSTOMER_TAX_ID_VALUE, .name = "customer.tax_id.value", .aliases = "",
          .parse = order_cell_tax_id, .max = 64 },
        { .field = FIELD_CUSTOMER_TAX_ID_VALUE, .name = "rut", .aliases = "",
          .parse = order_cell_rut },
        { .field = FIELD_CUSTOMER_TAX_ID_VALUE, .name = "rfc", .aliases = "",
          .parse = order_cell_rfc },
        { .field = FIELD_CUSTOMER_METADATA_KEY, .name = "customer.metadata.", .aliases = "",
          .parse = order_cell_entry, .max = 500, .lines = true },
        { .field = FIELD_PAYMENT_METHOD_TYPES, .name = "payment_method_types", .aliases = "medio_de_pago",
          .parse = order_cell_methods },
        { .field = FIELD_PAYMENT_METHOD_OPTIONS, .name = "payment_method_options", .aliases = "",
          .parse = order_json_object, .lines = true },
        { .field = FIELD_PAYMENT_METHOD_OPTIONS_ENTRY, .name = "payment_method_options.", .aliases = "",
          .parse = order_cell_entry, .max = 500 },
        { .field = FIELD_BUSINESS_PROFILE, .name = "business_profile", .aliases = "",
          .parse = order_json_business_profile, .lines = true },
        { .field = FIELD_BUSINESS_PROFILE_CATEGORY, .name = "business_profile.category", .aliases = "",
          .parse = order_cell_category },
        { .field = FIELD_BUSINESS_PROFILE_NAME, .name = "business_profile.name", .aliases = "",
          .parse = order_cell_text, .max = 255 },
        { .field = FIELD_BUSINESS_PROFILE_TAX_ID, .name = "business_profile.tax_id", .aliases = "",
          .parse = order_cell_merchant_tax_id },
        { .field = FIELD_LINE_ITEMS, .name = "line_items", .aliases = "",
          .parse = order_json_line_items, .lines = true },
        { .field = FIELD_ITEM_NAME, .name = "item.name", .aliases = "",
          .parse = order_cell_text, .max = 255 },
        { .field = FIELD_ITEM_UNIT_AMOUNT, .name = "item.unit_amount", .aliases = "",
          .parse = order_cell_unit_amount, .strict = true },
        { .field = FIELD_ITEM_QUANTITY, .name = "item.quantity", .aliases = "",
          .parse = order_cell_quantity },
        { .field = FIELD_ITEM_IMAGE_URL, .name = "item.image_url", .aliases = "",
          .parse = order_cell_url, .max = 2048 },
        { .field = FIELD_SEND_AT, .name = "send_at", .aliases = "enviar_el programado",
          .parse = order_cell_send_at, .lands = offsetof(Order, send_at) },
        { .field = FIELD_ACTION, .name = "action", .aliases = "accion",
          .parse = order_cell_action },
        /* ours, when a results file comes back: never data */
        { .field = FIELD_CHECKOUT, .name = "checkout_line",
          .aliases = "checkout_status checkout_session_id checkout_url checkout_expires_at "
                     "checkout_code checkout_reason" },
        /* clang-format on */
};

const OrderFieldSpec *order_field_spec(size_t i) {
        return i < ELEMENTS(order_fields) ? &order_fields[i] : NULL;
}

static bool is_keyed(const OrderFieldSpec *spec) {
        return spec->name[strlen(spec->name) - 1] == '.';
}

const char *order_field_name(OrderField field) {
        static const struct {
                OrderField field;
                const char *name;
        } keyed[] = {
                { FIELD_METADATA_KEY, "metadata.KEY" },
                { FIELD_CUSTOMER_METADATA_KEY, "customer.metadata.KEY" },
                { FIELD_PAYMENT_METHOD_OPTIONS_ENTRY, "payment_method_options.KEY" },
        };

        for (size_t i = 0; i < ELEMENTS(keyed); i++)
                if (keyed[i].field == field)
                        return keyed[i].name;
        for (size_t i = 0; i < ELEMENTS(order_fields); i++)
                if (order_fields[i].field == field)
                        return order_fields[i].name;
        assert(field == FIELD_NONE);
        return "";
}

/* Is `folded` this name, as headers are compared? */
static bool is_name(Text folded, Text name) {
        char out[HEADER_MAX];

        return text_equal(folded, text_fold_header(name, out, sizeof(out)));
}

static bool is_alias(Text folded, const char *aliases) {
        while (*aliases) {
                size_t size = strcspn(aliases, " ");

                if (is_name(folded, (Text){ aliases, size }))
                        return true;
                aliases += size + (aliases[size] == ' ');
        }
        return false;
}

/* `metadata.Sucursal Norte` → its key, which keeps its case. */
static bool is_keyed_name(Text header, const OrderFieldSpec *spec, Text *ret_key) {
        char out[HEADER_MAX];
        size_t dots = 0, at = 0;

        for (const char *c = spec->name; *c; c++)
                dots += *c == '.';
        while (at < header.size && dots > 0)
                dots -= header.data[at++] == '.';
        if (dots > 0 || !is_name(text_fold_header((Text){ header.data, at }, out, sizeof(out)),
                                 text_of(spec->name)))
                return false;
        *ret_key = text_trim((Text){ header.data + at, header.size - at });
        return true;
}

OrderMeaning order_field_of_header(Text header) {
        char out[HEADER_MAX];
        Text trimmed = text_trim(header);
        Text folded = text_fold_header(trimmed, out, sizeof(out));
        Text key;

        if (folded.size == 0)
                return (OrderMeaning){ 0 };
        for (size_t i = 0; i < ELEMENTS(order_fields); i++) {
                const OrderFieldSpec *spec = &order_fields[i];

                if (is_keyed(spec) && is_keyed_name(trimmed, spec, &key))
                        return (OrderMeaning){ spec, key, false };
                if (is_name(folded, text_of(spec->name)))
                        return (OrderMeaning){ spec, TEXT_NONE, false };
                if (is_alias(folded, spec->aliases))
                        return (OrderMeaning){ spec, TEXT_NONE, true };
        }
        return (OrderMeaning){ 0 };
}
