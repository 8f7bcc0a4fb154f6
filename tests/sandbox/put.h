/* Writing JSON and text into a buffer by hand: half of what a reply costs otherwise. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "jobs/base/buffer.h"
#include "jobs/base/text.h"

struct json_t;

void put_text(Buffer *buffer, Text text);
void put_string(Buffer *buffer, const char *string);
void put_integer(Buffer *buffer, int64_t number);

/* A JSON string with its quotes; null for a text without data. */
void put_quoted(Buffer *buffer, Text text);

/* Compact JSON; null for NULL. */
void put_json(Buffer *buffer, const struct json_t *value);

/* A quoted time in UTC: whole seconds, or with the milliseconds of older pages; null for 0. */
void put_time(Buffer *buffer, int64_t instant, bool milliseconds);
