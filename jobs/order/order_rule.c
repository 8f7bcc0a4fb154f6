#include "jobs/order/order_rule.h"

#include <assert.h>

#include "jobs/base/cleanup.h"
#include "jobs/order/order_cell.h"
#include "jobs/order/order_json.h"

static bool is_given(const OrderRow *row, OrderField field) {
        return row->column_of[field] > 0;
}

/* --- what every order has -------------------------------------------------------------------- */

static void reference_is_given(OrderRow *row) {
        if (!is_given(row, FIELD_ORDER_ID))
                order_row_field_problem(row, FIELD_ORDER_ID, PROBLEM_ORDER_MISSING, TEXT_NONE);
}

static void currency_is_given(OrderRow *row) {
        if (!is_given(row, FIELD_CURRENCY) && row->order.currency == CURRENCY_XXX)
                order_row_field_problem(row, FIELD_CURRENCY, PROBLEM_CURRENCY_MISSING, TEXT_NONE);
}

/* --- amounts --------------------------------------------------------------------------------- */

static bool has_items(const OrderRow *row) {
        return row->order.n_items > 0 || is_given(row, FIELD_LINE_ITEMS);
}

static void amount_or_items(OrderRow *row) {
        bool amount = is_given(row, FIELD_AMOUNT);

        if (amount && has_items(row)) {
                order_row_field_problem(row, FIELD_AMOUNT, PROBLEM_AMOUNT_AND_ITEMS, TEXT_NONE);
                row->order.amount = 0; /* nobody knows which one was meant */
        } else if (!amount && !has_items(row)) {
                order_row_field_problem(row, FIELD_AMOUNT, PROBLEM_AMOUNT_MISSING, TEXT_NONE);
        }
}

static void items_are_of_one_kind(OrderRow *row) {
        if (is_given(row, FIELD_LINE_ITEMS) && row->items_in_rows)
                order_row_field_problem(row, FIELD_LINE_ITEMS, PROBLEM_FIELD_TWICE,
                                        text_of(order_field_name(FIELD_ITEM_NAME)));
}

static void items_add_up(OrderRow *row) {
        int64_t sum = 0, max = row->rules->max_amount[row->order.currency];
        bool fits = true;

        if (is_given(row, FIELD_AMOUNT) || row->order.n_items == 0)
                return;
        for (size_t i = 0; i < row->order.n_items && fits; i++) {
                const OrderItem *item = &row->items[i];
                int64_t price;

                /* One that could not be read has its own problem. */
                if (item->unit_amount == 0 || item->quantity == 0)
                        return;
                fits = !__builtin_mul_overflow(item->unit_amount, item->quantity, &price) &&
                       !__builtin_add_overflow(sum, price, &sum);
        }
        if (row->order.currency == CURRENCY_XXX)
                return;
        if (fits && sum > 0 && sum <= max)
                row->order.amount = sum;
        else
                order_row_field_problem(
                        row,
                        is_given(row, FIELD_LINE_ITEMS) ? FIELD_LINE_ITEMS : FIELD_ITEM_UNIT_AMOUNT,
                        PROBLEM_AMOUNT_RANGE, order_row_money(row, max, row->order.currency));
}

/* --- pairs ----------------------------------------------------------------------------------- */

static bool has_column(const OrderRow *row, OrderField field) {
        for (size_t i = 0; i < row->header->n_sequence; i++)
                if (row->header->columns[row->header->sequence[i]].spec->field == field)
                        return true;
        return false;
}

/* Points at the empty cell of a pair, or at the other one where there is no such column. */
static void both_or_none(OrderRow *row, OrderField a, OrderField b, ProblemCode code) {
        bool has_a = row->order.text[a].size > 0, has_b = row->order.text[b].size > 0;
        OrderField missing = has_a ? b : a, given = has_a ? a : b;

        if (has_a != has_b)
                order_row_field_problem(row, has_column(row, missing) ? missing : given, code,
                                        TEXT_NONE);
}

static void both_urls_or_none(OrderRow *row) {
        both_or_none(row, FIELD_SUCCESS_URL, FIELD_CANCEL_URL, PROBLEM_URL_PAIR);
}

static void tax_id_has_type_and_value(OrderRow *row) {
        both_or_none(row, FIELD_CUSTOMER_TAX_ID_TYPE, FIELD_CUSTOMER_TAX_ID_VALUE,
                     PROBLEM_TAX_ID_PAIR);
}

/* A JSON cell, or the columns with its members, but not both in one row. */
static const struct {
        OrderField whole, first, last;
} parts[] = {
        { FIELD_CUSTOMER, FIELD_CUSTOMER_NAME, FIELD_CUSTOMER_METADATA_KEY },
        { FIELD_PAYMENT_METHOD_OPTIONS, FIELD_PAYMENT_METHOD_OPTIONS_ENTRY,
          FIELD_PAYMENT_METHOD_OPTIONS_ENTRY },
        { FIELD_BUSINESS_PROFILE, FIELD_BUSINESS_PROFILE_CATEGORY, FIELD_BUSINESS_PROFILE_TAX_ID },
};

static void nothing_is_said_twice(OrderRow *row) {
        for (size_t i = 0; i < ELEMENTS(parts); i++)
                for (OrderField field = parts[i].first; field <= parts[i].last; field++)
                        if (is_given(row, parts[i].whole) && is_given(row, field)) {
                                order_row_field_problem(
                                        row, parts[i].whole, PROBLEM_FIELD_TWICE,
                                        row->header->columns[row->column_of[field] - 1].name);
                                break;
                        }
}

/* --- the payer ------------------------------------------------------------------------------- */

/* docs.fintoc.com /reference/checkout-sessions-create: customer_data needs an e-mail address or a
 * complete tax id. The row's one address (customer_email) serves for both. An RFC is sent only once
 * the provider's word for it is set. */
static void new_customer_can_be_reached(OrderRow *row) {
        const Order *order = &row->order;
        bool rfc = text_is(order->text[FIELD_CUSTOMER_TAX_ID_TYPE], RFC_TYPE);
        bool tax_id = is_given(row, FIELD_CUSTOMER_TAX_ID_VALUE) && !(rfc && !row->rules->rfc_type);
        bool contact = tax_id || is_given(row, FIELD_CUSTOMER_EMAIL_ADDRESS) ||
                       is_given(row, FIELD_CUSTOMER_EMAIL) ||
                       order_json_has(order, FIELD_CUSTOMER, TEXT("email")) ||
                       order_json_has(order, FIELD_CUSTOMER, TEXT("tax_id"));
        bool given = is_given(row, FIELD_CUSTOMER_NAME) ||
                     is_given(row, FIELD_CUSTOMER_METADATA_KEY) ||
                     order_json_size(order, FIELD_CUSTOMER) > 0;

        if (row->rules->api == API_V2 && given && !contact)
                order_row_field_problem(row,
                                        is_given(row, FIELD_CUSTOMER_NAME) ? FIELD_CUSTOMER_NAME
                                                                           : FIELD_CUSTOMER,
                                        PROBLEM_CUSTOMER_CONTACT, TEXT_NONE);
}

/* --- entries --------------------------------------------------------------------------------- */

/* Reports something about the column of an entry. */
static void entry_problem(OrderRow *row, size_t i, ProblemCode code, Text detail) {
        row->column = row->entry_columns[i];
        row->cell = row->entries[i].value;
        order_row_problem(row, code, detail);
}

static ProblemCode key_problem(Text key, bool ours) {
        if (key.size == 0 || !text_is_utf8(key, NULL) || text_has_control(key) ||
            (key.size > METADATA_KEY_MAX && text_characters(key) > METADATA_KEY_MAX))
                return PROBLEM_METADATA_KEY;
        if (ours && (text_is(key, "order") || text_is(key, "checkoutd")))
                return PROBLEM_METADATA_RESERVED;
        return PROBLEM_NONE;
}

static void check_json_key(OrderRow *row, Text key) {
        ProblemCode code = key_problem(key, true);

        if (code != PROBLEM_NONE)
                order_row_field_problem(row, FIELD_METADATA, code, order_row_copy(row, key));
}

static void metadata_is_taken(OrderRow *row) {
        const Order *order = &row->order;
        bool rfc = is_given(row, FIELD_CUSTOMER_TAX_ID_VALUE) && !row->rules->rfc_type &&
                   text_is(order->text[FIELD_CUSTOMER_TAX_ID_TYPE], RFC_TYPE);
        size_t count = order_json_size(order, FIELD_METADATA) + rfc;

        if (order->n_entries == 0 && !order->json[FIELD_METADATA])
                return;
        order_json_each_key(row, FIELD_METADATA, check_json_key);
        for (size_t i = 0; i < order->n_entries; i++) {
                OrderField field = row->entries[i].field;
                Text key = row->entries[i].key;
                ProblemCode code;

                if (field != FIELD_METADATA_KEY && field != FIELD_CUSTOMER_METADATA_KEY)
                        continue;
                code = key_problem(key, field == FIELD_METADATA_KEY);
                if (code == PROBLEM_NONE && field == FIELD_METADATA_KEY &&
                    (order_json_has(order, FIELD_METADATA, key) || (rfc && text_is(key, "rfc"))))
                        code = PROBLEM_METADATA_TWICE;
                if (code != PROBLEM_NONE)
                        entry_problem(row, i, code, key);
                count += field == FIELD_METADATA_KEY;
        }
        if (count > METADATA_COUNT_MAX)
                order_row_whole_problem(
                        row, PROBLEM_METADATA_COUNT, TEXT_NONE,
                        order_row_format(row, "%zu > %d", count, METADATA_COUNT_MAX));
}

static bool is_path(Text path) {
        char before = '.';

        for (size_t i = 0; i < path.size; i++) {
                if (path.data[i] == '.' && before == '.')
                        return false;
                before = path.data[i];
        }
        return before != '.';
}

/* Is one the path of an object that the other one is in? */
static bool is_within(Text outer, Text inner) {
        return inner.size > outer.size && inner.data[outer.size] == '.' &&
               memcmp(inner.data, outer.data, outer.size) == 0;
}

static void option_paths_agree(OrderRow *row) {
        for (size_t i = 0; i < row->order.n_entries; i++) {
                const OrderEntry *entry = &row->entries[i];

                if (entry->field != FIELD_PAYMENT_METHOD_OPTIONS_ENTRY)
                        continue;
                if (!is_path(entry->key))
                        entry_problem(row, i, PROBLEM_OPTIONS_PATH, TEXT_NONE);
                for (size_t k = 0; k < row->order.n_entries; k++)
                        if (row->entries[k].field == entry->field &&
                            is_within(row->entries[k].key, entry->key))
                                entry_problem(row, i, PROBLEM_OPTIONS_PATH,
                                              row->header->columns[row->entry_columns[k]].name);
        }
}

/* --- times ----------------------------------------------------------------------------------- */

static void sent_before_it_expires(OrderRow *row) {
        const Order *order = &row->order;
        int64_t end;

        if (!is_given(row, FIELD_SEND_AT) || !is_given(row, FIELD_EXPIRES_AT))
                return;
        if (row->rules->api == API_V2)
                end = order->expires_at - 10 * MINUTE;
        else if (order->expires_date.year != 0) /* the day it is sent must be before that date */
                end = order_row_date_start(row, order->expires_date) - SECOND;
        else
                return;
        if (order->send_at != 0 && end > 0 && order->send_at > end)
                order_row_field_problem(row, FIELD_SEND_AT, PROBLEM_SEND_AFTER_EXPIRES,
                                        order->text[FIELD_EXPIRES_AT]);
}

/* --- the list -------------------------------------------------------------------------------- */

static const struct {
        const char *name;
        void (*check)(OrderRow *row);
} rules[] = {
        { "an order has a reference", reference_is_given },
        { "its currency is in the row or in the settings", currency_is_given },
        { "it has an amount or line items, not both", amount_or_items },
        { "line items are in one cell or in rows, not both", items_are_of_one_kind },
        { "line items add up to an amount in range", items_add_up },
        { "both URLs or none", both_urls_or_none },
        { "a tax id has its type and its value", tax_id_has_type_and_value },
        { "nothing is in a JSON cell and in a column too", nothing_is_said_twice },
        { "v2: a new customer has an e-mail address or a tax id", new_customer_can_be_reached },
        { "metadata: at most 48 entries, none of ours, none twice", metadata_is_taken },
        { "paths of options do not contradict each other", option_paths_agree },
        { "it is sent before it expires", sent_before_it_expires },
};

void order_rule_check_all(OrderRow *row) {
        for (size_t i = 0; i < ELEMENTS(rules); i++)
                rules[i].check(row);
}

void order_rule_check_instruction(OrderRow *row) {
        order_row_keep_problems_of(row, FIELD_ORDER_ID, FIELD_ACTION);
        reference_is_given(row);
}
