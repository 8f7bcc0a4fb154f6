#include "daemon/ctl/json.h"

#include <assert.h>

#include "jobs/base/civil.h"
#include "jobs/report/answer.h"

static void put(Json *json, const char *bytes, size_t size) {
        if (json->error == 0)
                json->error = buffer_append(json->text, bytes, size);
}

static void put_string(Json *json, const char *string) {
        put(json, string, strlen(string));
}

/* The length of the plain run at the beginning: nothing to escape, well-formed. */
static size_t plain_run(Text text) {
        size_t n = 0;
        size_t bad;

        while (n < text.size && (unsigned char) text.data[n] >= ' ' && text.data[n] != '"' &&
               text.data[n] != '\\' && text.data[n] != 0x7f)
                n++;
        return text_is_utf8((Text){ text.data, n }, &bad) ? n : bad;
}

static void put_escaped(Json *json, unsigned char c) {
        static const char hex[] = "0123456789abcdef";

        if (c == '"' || c == '\\')
                put(json, (char[]){ '\\', (char) c }, 2);
        else if (c == '\n')
                put(json, "\\n", 2);
        else if (c == '\r')
                put(json, "\\r", 2);
        else if (c == '\t')
                put(json, "\\t", 2);
        else if (c < ' ' || c == 0x7f)
                put(json, (char[]){ '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] }, 6);
        else
                put(json, "\\ufffd", 6);
}

static void put_quoted(Json *json, Text text) {
        put(json, "\"", 1);
        while (text.size > 0) {
                size_t n = plain_run(text);

                put(json, text.data, n);
                if (n < text.size)
                        put_escaped(json, (unsigned char) text.data[n++]);
                text.data += n;
                text.size -= n;
        }
        put(json, "\"", 1);
}

static void put_comma(Json *json) {
        if (json->follows)
                put(json, ",", 1);
        json->follows = true;
}

/* What stands before every value. */
static void begin(Json *json, const char *key) {
        put_comma(json);
        if (key) { /* our own: there is nothing to escape */
                put(json, "\"", 1);
                put_string(json, key);
                put(json, "\":", 2);
        }
}

void json_object(Json *json, const char *key) {
        begin(json, key);
        put(json, "{", 1);
        json->follows = false;
}

void json_array(Json *json, const char *key) {
        begin(json, key);
        put(json, "[", 1);
        json->follows = false;
}

void json_end_object(Json *json) {
        put(json, "}", 1);
        json->follows = true;
}

void json_end_array(Json *json) {
        put(json, "]", 1);
        json->follows = true;
}

void json_string(Json *json, const char *key, const char *string) {
        if (string)
                json_text(json, key, text_of(string));
        else
                json_null(json, key);
}

void json_text(Json *json, const char *key, Text text) {
        begin(json, key);
        put_quoted(json, text);
}

void json_text_named(Json *json, Text name, Text text) {
        put_comma(json);
        put_quoted(json, name);
        put(json, ":", 1);
        put_quoted(json, text);
}

void json_text_or_null(Json *json, const char *key, Text text) {
        if (text.size > 0)
                json_text(json, key, text);
        else
                json_null(json, key);
}

void json_integer(Json *json, const char *key, int64_t number) {
        begin(json, key);
        if (json->error == 0)
                json->error = buffer_append_integer(json->text, number);
}

void json_boolean(Json *json, const char *key, bool value) {
        begin(json, key);
        put_string(json, value ? "true" : "false");
}

void json_null(Json *json, const char *key) {
        begin(json, key);
        put_string(json, "null");
}

void json_instant(Json *json, const char *key, int64_t instant) {
        char text[CIVIL_TIME_SIZE];

        if (instant == 0)
                json_null(json, key);
        else
                json_string(json, key, civil_time_format(instant, text));
}

void json_batch(Json *json, const char *key, int64_t batch) {
        char text[ANSWER_BATCH_SIZE];

        json_string(json, key, answer_batch(batch, text));
}
