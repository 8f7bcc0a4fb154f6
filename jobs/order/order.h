/* Order: one row of an order file (or several consecutive rows that carry its line items), read
 * and checked. Either it has problems, or it can be sent.
 *
 * The fields are one table, order_fields[] in order_field.c, read from top to bottom: name,
 * aliases, parser, limit. An Order is a plain record; every Text in it is borrowed from the reader
 * that made it and lives until that reader's next row.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "jobs/base/civil.h"
#include "jobs/base/money.h"
#include "jobs/base/problem.h"
#include "jobs/base/text.h"

struct json_t;

/* also the order in which a content digest reads them: append only */
typedef enum OrderField {
        FIELD_NONE = 0,
        FIELD_ORDER_ID,
        FIELD_AMOUNT,
        FIELD_CURRENCY,
        FIELD_FLOW,
        FIELD_CUSTOMER_EMAIL, /* the session's customer_email */
        FIELD_EXPIRES_AT,
        FIELD_DUE_DATE,
        FIELD_SUCCESS_URL,
        FIELD_CANCEL_URL,
        FIELD_METADATA,     /* JSON object */
        FIELD_METADATA_KEY, /* metadata.KEY, an OrderEntry */
        FIELD_CUSTOMER,     /* JSON object, or in v2 an id */
        FIELD_CUSTOMER_NAME,
        FIELD_CUSTOMER_EMAIL_ADDRESS, /* customer.email */
        FIELD_CUSTOMER_TAX_ID_TYPE,
        FIELD_CUSTOMER_TAX_ID_VALUE,
        FIELD_CUSTOMER_METADATA_KEY, /* customer.metadata.KEY, an OrderEntry */
        FIELD_PAYMENT_METHOD_TYPES,
        FIELD_PAYMENT_METHOD_OPTIONS,       /* JSON object */
        FIELD_PAYMENT_METHOD_OPTIONS_ENTRY, /* payment_method_options.a.b, an OrderEntry */
        FIELD_BUSINESS_PROFILE,             /* JSON object */
        FIELD_BUSINESS_PROFILE_CATEGORY,
        FIELD_BUSINESS_PROFILE_NAME,
        FIELD_BUSINESS_PROFILE_TAX_ID,
        FIELD_LINE_ITEMS, /* JSON array */
        FIELD_ITEM_NAME,  /* the item.* fields: one item a row */
        FIELD_ITEM_UNIT_AMOUNT,
        FIELD_ITEM_QUANTITY,
        FIELD_ITEM_IMAGE_URL,
        FIELD_SEND_AT,
        FIELD_ACTION,
        FIELD_CHECKOUT, /* checkout_line and our other columns: no data when they come back */
        FIELD_COUNT,
} OrderField;

/* what the row asks for; stored on disk: never renumber */
typedef enum OrderAction {
        ORDER_CREATE = 0,
        ORDER_CANCEL = 1,  /* an instruction: it needs a reference only, and is no order */
        ORDER_REISSUE = 2, /* the link of this reference is ended, then this order is sent */
} OrderAction;

/* a keyed column that is not empty in this row */
typedef struct OrderEntry {
        OrderField field;
        Text key; /* what follows the field's name and its dot */
        Text value;
} OrderEntry;

typedef struct OrderItem {
        Text name;
        Text image_url; /* empty: none */
        int64_t unit_amount;
        int64_t quantity;
} OrderItem;

typedef struct Order {
        uint32_t line; /* of its first row, as a text editor counts: 1 = header */
        uint32_t rows; /* 1, or the number of its line-item rows */
        Text raw;      /* its rows as they came, decoded to UTF-8, line ends included */

        OrderAction action;
        Text checkout_line; /* of a child: the cell that says its line in the parent; else empty */
        Text text[FIELD_COUNT]; /* each plain cell, trimmed and normalised; empty: absent */
        int64_t amount;         /* smallest unit, of amount or of the line items; 0 if unreadable */
        Currency currency;      /* the row's, else the profile's; CURRENCY_XXX if unreadable */
        CivilDate expires_date; /* year 0: none */
        int64_t expires_at;     /* an instant: v2, given or the end of expires_date; else 0 */
        CivilDate due_date;
        int64_t send_at; /* an instant; 0: at once */

        const OrderEntry *entries;
        size_t n_entries;
        const OrderItem *items; /* from item.* columns or from the JSON of line_items */
        size_t n_items;
        struct json_t *json[FIELD_COUNT]; /* the JSON cells; borrowed like the texts */

        const Problem *problems;
        size_t n_problems;
} Order;

/* The digest of what the row itself says: its mapped cells, normalised, without defaults, first 16
 * bytes of SHA-256. Two rows with the same reference are the same order if these are the same. 0 or
 * -ENOMEM. */
#define ORDER_CONTENT_SIZE 16
int order_content(const Order *order, uint8_t ret[static ORDER_CONTENT_SIZE]);
/* The same with a digest of the caller's (jobs/base/digest.h), for many orders: half the time. */
struct Digest;
int order_content_with(struct Digest *digest, const Order *order,
                       uint8_t ret[static ORDER_CONTENT_SIZE]);

/* "customer.tax_id.value"; the keyed ones end in ".KEY". */
const char *order_field_name(OrderField field);
