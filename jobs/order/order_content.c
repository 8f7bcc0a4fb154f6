#include <assert.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>

#include "jobs/base/cleanup.h"
#include "jobs/base/digest.h"
#include "jobs/order/order.h"

static_assert(ORDER_CONTENT_SIZE <= DIGEST_SIZE, "the first bytes of a digest");

/* Field and length before every value, so that no two lists of values give the same bytes. */
static int add(Buffer *buffer, OrderField field, Text value) {
        const uint32_t head[] = { (uint32_t) field, (uint32_t) value.size };
        int r = buffer_append(buffer, head, sizeof(head));

        return r < 0 ? r : buffer_append(buffer, value.data, value.size);
}

static int add_integer(Buffer *buffer, OrderField field, int64_t number) {
        return add(buffer, field, (Text){ (const char *) &number, sizeof(number) });
}

static int append_json(const char *bytes, size_t size, void *userdata) {
        return buffer_append(userdata, bytes, size);
}

static int add_json(Buffer *buffer, OrderField field, const json_t *json) {
        AUTO_BUFFER text = BUFFER_EMPTY;

        if (json_dump_callback(json, append_json, &text, JSON_SORT_KEYS | JSON_COMPACT) < 0)
                return -ENOMEM;
        return add(buffer, field, (Text){ text.data, text.size });
}

static int by_key(const void *a, const void *b) {
        const OrderEntry *x = *(const OrderEntry *const *) a, *y = *(const OrderEntry *const *) b;
        size_t size = x->key.size < y->key.size ? x->key.size : y->key.size;
        int order = size > 0 ? memcmp(x->key.data, y->key.data, size) : 0;

        if (x->field != y->field)
                return x->field < y->field ? -1 : 1;
        return order != 0 ? order : (x->key.size > y->key.size) - (x->key.size < y->key.size);
}

/* The order of the columns in the file must not matter. */
static int add_entries(Buffer *buffer, const Order *order) {
        AUTO_FREE const OrderEntry **sorted = NULL;
        int r = 0;

        if (order->n_entries == 0)
                return 0;
        sorted = calloc(order->n_entries, sizeof(*sorted));
        if (!sorted)
                return -ENOMEM;
        for (size_t i = 0; i < order->n_entries; i++)
                sorted[i] = &order->entries[i];
        qsort(sorted, order->n_entries, sizeof(*sorted), by_key);
        for (size_t i = 0; i < order->n_entries && r == 0; i++) {
                r = add(buffer, sorted[i]->field, sorted[i]->key);
                if (r == 0)
                        r = add(buffer, sorted[i]->field, sorted[i]->value);
        }
        return r;
}

static int add_items(Buffer *buffer, const Order *order) {
        int r = 0;

        for (size_t i = 0; i < order->n_items && r == 0; i++) {
                const OrderItem *item = &order->items[i];

                r = add(buffer, FIELD_ITEM_NAME, item->name);
                if (r == 0)
                        r = add_integer(buffer, FIELD_ITEM_UNIT_AMOUNT, item->unit_amount);
                if (r == 0)
                        r = add_integer(buffer, FIELD_ITEM_QUANTITY, item->quantity);
                if (r == 0)
                        r = add(buffer, FIELD_ITEM_IMAGE_URL, item->image_url);
        }
        return r;
}

static int add_field(Buffer *buffer, const Order *order, OrderField field) {
        if (field == FIELD_AMOUNT)
                return add_integer(buffer, field, order->amount);
        if (field == FIELD_LINE_ITEMS)
                return add_items(buffer, order);
        if (order->json[field])
                return add_json(buffer, field, order->json[field]);
        return order->text[field].size > 0 ? add(buffer, field, order->text[field]) : 0;
}

int order_content_with(struct Digest *digest, const Order *order,
                       uint8_t ret[static ORDER_CONTENT_SIZE]) {
        AUTO_BUFFER buffer = BUFFER_EMPTY;
        uint8_t bytes[DIGEST_SIZE];
        int r = buffer_reserve(&buffer, 512);

        for (OrderField field = FIELD_NONE + 1; field < FIELD_COUNT && r == 0; field++)
                r = add_field(&buffer, order, field);
        if (r == 0)
                r = add_entries(&buffer, order);
        if (r == 0)
                r = digest_add(digest, buffer.data, buffer.size);
        if (r == 0)
                r = digest_end(digest, bytes);
        if (r < 0)
                return r;
        memcpy(ret, bytes, ORDER_CONTENT_SIZE);
        return 0;
}

int order_content(const Order *order, uint8_t ret[static ORDER_CONTENT_SIZE]) {
        CLEANUP(digest_free_p) Digest *digest = NULL;
        int r = digest_new(&digest);

        return r < 0 ? r : order_content_with(digest, order, ret);
}
