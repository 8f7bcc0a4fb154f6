/* Reply: what the provider says about one session, in JSON, or why there is none. Read in one pass
 * and without a tree: a tree of everything in it, of which ten members are looked at, was a third
 * of all that sending a row costs.
 *
 * Well-formed is what RFC 8259 says, in UTF-8, nested at most 100 deep. Of a name that stands twice
 * the last counts. A NUL in a text, as an escape, is refused too: texts end up in strings.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "jobs/base/buffer.h"
#include "jobs/base/text.h"

/* {"error": {type, code, message, param}} */
typedef struct ReplyError {
        Text type, code, message, param;
} ReplyError;

/* Texts are borrowed from the body, or from `unescaped`. Empty: not there, or no text. */
typedef struct Reply {
        Text id, object, currency, mode, redirect_url, created_at, expires_at;
        int64_t amount;
        bool has_amount; /* `amount` is there, and a whole number */
        struct {
                Text checkoutd;
        } metadata;
        ReplyError error;
        Buffer unescaped;
} Reply;

#define REPLY_EMPTY ((Reply){ .unescaped = BUFFER_EMPTY })

/* 0; -EBADMSG: it is not well-formed; -ENOMEM. With an error nothing is in `ret_reply`. */
int reply_read(Text body, Reply *ret_reply);
void reply_done(Reply *reply);
