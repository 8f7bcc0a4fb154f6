#include "tests/sandbox/put.h"

#include <jansson.h>
#include <stdio.h>

#include "jobs/base/civil.h"
#include "tests/sandbox/memory.h"

void put_text(Buffer *buffer, Text text) {
        if (buffer_append(buffer, text.data, text.size) < 0)
                memory_out();
}

void put_string(Buffer *buffer, const char *string) {
        put_text(buffer, text_of(string));
}

void put_integer(Buffer *buffer, int64_t number) {
        if (buffer_append_integer(buffer, number) < 0)
                memory_out();
}

static void put_escaped(Buffer *buffer, unsigned char c) {
        char escape[8];

        if (c == '"' || c == '\\')
                (void) snprintf(escape, sizeof(escape), "\\%c", c);
        else
                (void) snprintf(escape, sizeof(escape), "\\u%04x", c);
        put_string(buffer, escape);
}

void put_quoted(Buffer *buffer, Text text) {
        size_t done = 0;

        if (!text.data) {
                put_text(buffer, TEXT("null"));
                return;
        }
        put_text(buffer, TEXT("\""));
        for (size_t i = 0; i < text.size; i++) {
                unsigned char c = (unsigned char) text.data[i];

                if (c >= 0x20 && c != '"' && c != '\\')
                        continue;
                put_text(buffer, (Text){ text.data + done, i - done });
                put_escaped(buffer, c);
                done = i + 1;
        }
        put_text(buffer, (Text){ text.data + done, text.size - done });
        put_text(buffer, TEXT("\""));
}

static void put_object(Buffer *buffer, json_t *object) {
        const char *comma = "";

        put_text(buffer, TEXT("{"));
        for (void *i = json_object_iter(object); i; i = json_object_iter_next(object, i)) {
                put_string(buffer, comma);
                put_quoted(buffer, text_of(json_object_iter_key(i)));
                put_text(buffer, TEXT(":"));
                put_json(buffer, json_object_iter_value(i));
                comma = ",";
        }
        put_text(buffer, TEXT("}"));
}

static void put_array(Buffer *buffer, const json_t *array) {
        put_text(buffer, TEXT("["));
        for (size_t i = 0; i < json_array_size(array); i++) {
                if (i > 0)
                        put_text(buffer, TEXT(","));
                put_json(buffer, json_array_get(array, i));
        }
        put_text(buffer, TEXT("]"));
}

static void put_real(Buffer *buffer, const json_t *value) {
        char number[64];
        size_t size = json_dumpb(value, number, sizeof(number), JSON_ENCODE_ANY);

        put_text(buffer, (Text){ number, size < sizeof(number) ? size : 0 });
}

/* jansson's own writer formats a pointer for every object, to find cycles that a parsed text cannot
 * have. */
void put_json(Buffer *buffer, const json_t *value) {
        switch (value ? json_typeof(value) : JSON_NULL) {
        case JSON_OBJECT:
                put_object(buffer, (json_t *) (uintptr_t) value);
                return;
        case JSON_ARRAY:
                put_array(buffer, value);
                return;
        case JSON_STRING:
                put_quoted(buffer, (Text){ json_string_value(value), json_string_length(value) });
                return;
        case JSON_INTEGER:
                put_integer(buffer, json_integer_value(value));
                return;
        case JSON_REAL:
                put_real(buffer, value);
                return;
        case JSON_TRUE:
                put_text(buffer, TEXT("true"));
                return;
        case JSON_FALSE:
                put_text(buffer, TEXT("false"));
                return;
        case JSON_NULL:
                put_text(buffer, TEXT("null"));
                return;
        }
}

void put_time(Buffer *buffer, int64_t instant, bool milliseconds) {
        char out[CIVIL_TIME_SIZE];

        if (instant == 0) {
                put_text(buffer, TEXT("null"));
                return;
        }
        Text text = text_of(civil_time_format(instant, out));
        put_text(buffer, TEXT("\""));
        put_text(buffer, (Text){ text.data, text.size - 1 });
        if (milliseconds) {
                char fraction[8];

                (void) snprintf(fraction, sizeof(fraction), ".%03u",
                                (unsigned) (instant / 1000 % 1000));
                put_string(buffer, fraction);
        }
        put_text(buffer, TEXT("Z\""));
}
