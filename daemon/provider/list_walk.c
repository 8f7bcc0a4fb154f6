#include "daemon/provider/list_walk.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "daemon/base/turn.h"
#include "jobs/base/civil.h"
#include "jobs/session/session_list.h"

#define LIMIT_LEAST 10U
#define PAGES_MAX   100000U /* a list that never ends is none */
#define PAGE_BYTES  ((size_t) 8 * 1024 * 1024)

void list_walk_stop(ListWalk *walk) {
        buffer_done(&walk->cursor);
        walk->active = false;
}

void list_walk_begin(ListWalk *walk, int64_t oldest) {
        assert(!walk->active && !walk->in_flight);
        buffer_done(&walk->cursor);
        walk->active = true;
        walk->oldest = oldest;
        walk->next_page = 0;
        walk->failures = walk->pages = 0;
        walk->limit = SESSION_LIST_LIMIT;
}

bool list_walk_wants(const ListWalk *walk, int64_t now) {
        return walk->active && !walk->in_flight && now >= walk->next_page;
}

static void end(ListWalk *walk, const char *why) {
        list_walk_stop(walk);
        walk->end(walk->userdata, why);
}

static void fail(ListWalk *walk, const char *why) {
        walk->next_page = turn_now() + walk->again;
        if (++walk->failures >= walk->failures_max)
                end(walk, why);
}

/* 1: there is a further page; 0: the list is at its end; negative: it goes round in circles. */
static int go_on(ListWalk *walk, Text link) {
        AUTO_BUFFER next = BUFFER_EMPTY;
        int r = session_list_next(link, &next);

        if (r <= 0)
                return r;
        if (next.size == walk->cursor.size && memcmp(next.data, walk->cursor.data, next.size) == 0)
                return -EBADMSG;
        buffer_done(&walk->cursor);
        walk->cursor = buffer_take(&next);
        return 1;
}

static void take_page(ListWalk *walk, const HttpReply *reply) {
        int64_t reached = 0;
        int n = walk->page(walk->userdata, reply->body, &reached);
        int r;

        if (n < 0) {
                fail(walk, "it is no list");
                return;
        }
        walk->failures = 0;
        walk->pages++;
        walk->next_page = 0;
        r = n > 0 && reached != 0 && reached < walk->oldest ? 0 : go_on(walk, reply->link);
        if (r == 0)
                end(walk, NULL);
        else if (r < 0 || walk->pages >= PAGES_MAX)
                end(walk, "it does not come to its end");
}

static void on_page(void *userdata, const HttpReply *reply) {
        ListWalk *walk = userdata;

        walk->in_flight = false;
        if (reply->status == 429)
                rate_too_many(walk->rate, turn_now());
        if (!walk->active)
                return;
        if (reply->too_long && walk->limit > LIMIT_LEAST) {
                walk->limit = walk->limit / 2 > LIMIT_LEAST ? walk->limit / 2 : LIMIT_LEAST;
                return;
        }
        if (reply->transfer == TRANSFER_COMPLETE && reply->status == 200)
                take_page(walk, reply);
        else
                fail(walk, reply->failure[0] != '\0' ? reply->failure : "the provider refused");
}

void list_walk_ask(ListWalk *walk) {
        AUTO_BUFFER path = BUFFER_EMPTY;
        HttpRequest request = { .max_reply = PAGE_BYTES, .done = on_page, .userdata = walk };

        assert(walk->active && !walk->in_flight);
        if (session_list_path(&path, walk->limit, (Text){ walk->cursor.data, walk->cursor.size }) <
            0)
                return;
        request.path = path.data;
        walk->in_flight = http_loop_send(walk->http, &request) == 0;
}
