/* SessionJson: the few moves by which a request is put together. Whatever is there already stays:
 * later columns only add. All give 0, -ENOMEM, or what they say besides. */
#pragma once

#include "jobs/base/text.h"
#include "jobs/order/order.h"

struct json_t;

void session_json_free_p(struct json_t **json);
#define AUTO_JSON __attribute__((cleanup(session_json_free_p))) struct json_t

/* A string; NULL when memory is out. */
struct json_t *session_json_text(Text text);
/* Takes `value`; NULL is a failed allocation. */
int session_json_add(struct json_t *object, Text name, struct json_t *value);
/* Adds a string, nothing if the text is empty. */
int session_json_add_text(struct json_t *object, const char *name, Text text);
/* Adds the entries of a keyed column. */
int session_json_add_entries(struct json_t *object, const Order *order, OrderField field);
/* The object called `name` in `parent`, made if there is none; borrowed. -EINVAL: something else
 * is there. */
int session_json_object_in(struct json_t *parent, Text name, struct json_t **ret_object);
/* A copy of the row's JSON cell that may be added to, or an empty object. Gives it away. */
int session_json_object_of_cell(const Order *order, OrderField field, struct json_t **ret_object);
/* Gives the object away, or NULL if it has no entries: those are not sent. */
struct json_t *session_json_unless_empty(struct json_t **object);

/* Appends the value as JSON without blanks, members as they were added: the bytes of json_dumps(),
 * in a quarter of its time, which is each row's. Numbers have as few digits as read back the same,
 * 15 or 17: 0.1 is not sent as 0.10000000000000001. */
int session_json_append(Buffer *buffer, struct json_t *json);
