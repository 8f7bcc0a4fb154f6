#include "jobs/session/session_json.h"

#include <errno.h>
#include <jansson.h>

#include "jobs/base/cleanup.h"

void session_json_free_p(json_t **json) {
        json_decref(*json);
}

json_t *session_json_text(Text text) {
        return json_stringn(text.data, text.size);
}

int session_json_add(json_t *object, Text name, json_t *value) {
        AUTO_JSON *owned = value;

        if (!owned)
                return -ENOMEM;
        if (json_object_getn(object, name.data, name.size))
                return 0;
        return json_object_setn(object, name.data, name.size, owned) == 0 ? 0 : -ENOMEM;
}

int session_json_add_text(json_t *object, const char *name, Text text) {
        return text.size > 0 ? session_json_add(object, text_of(name), session_json_text(text)) : 0;
}

int session_json_object_of_cell(const Order *order, OrderField field, json_t **ret_object) {
        const json_t *cell = order->json[field];
        json_t *object = json_is_object(cell) ? json_deep_copy(cell) : json_object();

        if (!object)
                return -ENOMEM;
        *ret_object = object;
        return 0;
}

json_t *session_json_unless_empty(json_t **object) {
        return json_object_size(*object) > 0 ? TAKE(*object) : NULL;
}

int session_json_object_in(json_t *parent, Text name, json_t **ret_object) {
        int r = session_json_add(parent, name, json_object());
        json_t *child = r < 0 ? NULL : json_object_getn(parent, name.data, name.size);

        if (r < 0)
                return r;
        if (!json_is_object(child))
                return -EINVAL;
        *ret_object = child;
        return 0;
}

int session_json_add_entries(json_t *object, const Order *order, OrderField field) {
        for (size_t i = 0; i < order->n_entries; i++) {
                const OrderEntry *entry = &order->entries[i];
                int r = entry->field == field && entry->value.size > 0
                                ? session_json_add(object, entry->key,
                                                   session_json_text(entry->value))
                                : 0;

                if (r < 0)
                        return r;
        }
        return 0;
}
