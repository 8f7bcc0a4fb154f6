/* Json: writes one JSON document into a buffer, value after value. The commas are its own affair;
 * the first failure is kept and everything after it does nothing. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "jobs/base/buffer.h"
#include "jobs/base/text.h"

typedef struct Json {
        Buffer *text; /* borrowed; may be printed and cleared between two calls */
        bool follows; /* a value stands before: a comma is due */
        int error;    /* 0, or -ENOMEM */
} Json;

#define JSON_INTO(buffer) ((Json){ .text = (buffer) })

/* `key` is written as it is, so that it has to be a word of ours; NULL: an element of an array, or
 * the document. */
void json_object(Json *json, const char *key);
void json_array(Json *json, const char *key);
void json_end_object(Json *json);
void json_end_array(Json *json);
void json_string(Json *json, const char *key, const char *string); /* NULL: null */
/* Bytes that are no UTF-8 become U+FFFD. */
void json_text(Json *json, const char *key, Text text);
/* Under a name that came from outside: escaped as the text is. */
void json_text_named(Json *json, Text name, Text text);
void json_text_or_null(Json *json, const char *key, Text text); /* empty: null */
void json_integer(Json *json, const char *key, int64_t number);
void json_boolean(Json *json, const char *key, bool value);
void json_null(Json *json, const char *key);
/* ISO 8601 UTC with Z; 0: null. */
void json_instant(Json *json, const char *key, int64_t instant);
/* "B000017". */
void json_batch(Json *json, const char *key, int64_t batch);
