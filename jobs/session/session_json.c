#include "jobs/session/session_json.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

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

/* --- as text --------------------------------------------------------------------------------- */

static int append_escape(Buffer *buffer, char c) {
        static const char bytes[] = "\"\\\b\f\n\r\t", names[] = "\"\\bfnrt";
        const char *byte = memchr(bytes, c, sizeof(bytes) - 1);

        return byte ? buffer_printf(buffer, "\\%c", names[byte - bytes])
                    : buffer_printf(buffer, "\\u%04X", (unsigned) (uint8_t) c);
}

static int append_text(Buffer *buffer, Text text) {
        size_t from = 0;
        int r = buffer_append_char(buffer, '"');

        for (size_t i = 0; r == 0 && i < text.size; i++) {
                char c = text.data[i];

                if ((uint8_t) c >= 0x20 && c != '"' && c != '\\')
                        continue;
                r = buffer_append(buffer, text.data + from, i - from);
                from = i + 1;
                if (r == 0)
                        r = append_escape(buffer, c);
        }
        if (r == 0)
                r = buffer_append(buffer, text.data + from, text.size - from);
        return r < 0 ? r : buffer_append_char(buffer, '"');
}

static int append_bytes(const char *bytes, size_t size, void *userdata) {
        Buffer *buffer = userdata;

        return buffer_append(buffer, bytes, size);
}

static int append_real(Buffer *buffer, const json_t *real) {
        char digits[32];
        double number = json_real_value(real);
        bool is_short;

        (void) snprintf(digits, sizeof(digits), "%.15g", number);
        is_short = strtod(digits, NULL) == number;
        return json_dump_callback(real, append_bytes, buffer,
                                  JSON_ENCODE_ANY | JSON_REAL_PRECISION(is_short ? 15 : 17)) == 0
                       ? 0
                       : -ENOMEM;
}

static int append_object(Buffer *buffer, json_t *object) {
        int r = buffer_append_char(buffer, '{');
        bool first = true;
        const char *name;
        json_t *value;
        size_t size;

        json_object_keylen_foreach(object, name, size, value) {
                if (r == 0 && !first)
                        r = buffer_append_char(buffer, ',');
                if (r == 0)
                        r = append_text(buffer, (Text){ name, size });
                if (r == 0)
                        r = buffer_append_char(buffer, ':');
                if (r == 0)
                        r = session_json_append(buffer, value);
                first = false;
        }
        return r < 0 ? r : buffer_append_char(buffer, '}');
}

static int append_array(Buffer *buffer, json_t *array) {
        int r = buffer_append_char(buffer, '[');
        json_t *value;
        size_t i;

        json_array_foreach(array, i, value) {
                if (r == 0 && i > 0)
                        r = buffer_append_char(buffer, ',');
                if (r == 0)
                        r = session_json_append(buffer, value);
        }
        return r < 0 ? r : buffer_append_char(buffer, ']');
}

int session_json_append(Buffer *buffer, json_t *json) {
        switch (json_typeof(json)) {
        case JSON_OBJECT:
                return append_object(buffer, json);
        case JSON_ARRAY:
                return append_array(buffer, json);
        case JSON_STRING:
                return append_text(buffer,
                                   (Text){ json_string_value(json), json_string_length(json) });
        case JSON_INTEGER:
                return buffer_append_integer(buffer, json_integer_value(json));
        case JSON_REAL:
                return append_real(buffer, json);
        case JSON_TRUE:
                return buffer_append_string(buffer, "true");
        case JSON_FALSE:
                return buffer_append_string(buffer, "false");
        case JSON_NULL:
                return buffer_append_string(buffer, "null");
        }
        return -EINVAL; /* no such type: our bug */
}
