/* A page of the provider's list of checkout sessions (v2: docs.fintoc.com, GET
 * /v2/checkout_sessions: newest first, `limit` up to 300, the next page in the Link header). */
#pragma once

#include <stdint.h>

#include "jobs/base/buffer.h"
#include "jobs/base/text.h"

#define SESSION_LIST_LIMIT 300

typedef struct ListedSession { /* borrowed until the callback returns */
        Text id;
        Text checkoutd;     /* metadata.checkoutd; empty: not one of ours */
        int64_t created_at; /* UTC microseconds; 0: not said */
        Text json;          /* the whole object */
} ListedSession;

typedef int (*SessionListFunction)(void *userdata, const ListedSession *session);

/* Calls the function for each session of the page, newest first. The number of sessions, -EBADMSG
 * if the body is no list of sessions, -ENOMEM, or what the function gave (negative). The object is
 * only made for sessions that are ours. */
int session_list_read(Text body, SessionListFunction function, void *userdata);

/* The cursor of the next page out of the Link header: 1 and `cursor`, 0 at the end of the list.
 * Only the cursor is used, never the address it stands in. */
int session_list_next(Text link, Buffer *cursor);

/* "/v2/checkout_sessions?limit=300[&starting_after=CURSOR]". */
int session_list_path(Buffer *path, unsigned limit, Text cursor);
