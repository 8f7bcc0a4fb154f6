#include "jobs/session/session_list.h"

#include <errno.h>
#include <jansson.h>

#include "jobs/base/civil.h"
#include "jobs/base/cleanup.h"

static Text text_member(const json_t *object, const char *name) {
        const json_t *value = json_object_get(object, name);

        return (Text){ json_string_value(value), json_string_length(value) };
}

static int tell(const json_t *object, SessionListFunction function, void *userdata) {
        AUTO_FREE char *json = NULL;
        ListedSession session = {
                .id = text_member(object, "id"),
                .checkoutd = text_member(json_object_get(object, "metadata"), "checkoutd"),
        };

        if (session.id.size == 0)
                return -EBADMSG;
        (void) civil_time_parse(text_member(object, "created_at"), &session.created_at);
        if (session.checkoutd.size > 0) {
                json = json_dumps(object, JSON_COMPACT);
                if (!json)
                        return -ENOMEM;
                session.json = text_of(json);
        }
        return function(userdata, &session);
}

int session_list_read(Text body, SessionListFunction function, void *userdata) {
        json_t *list = json_loadb(body.data ? body.data : "", body.size, 0, NULL);
        size_t n = json_array_size(list);
        int r = json_is_array(list) ? 0 : -EBADMSG;

        for (size_t i = 0; r >= 0 && i < n; i++)
                r = tell(json_array_get(list, i), function, userdata);
        json_decref(list);
        return r < 0 ? r : (int) n;
}

/* One entry of the header: `<address>; rel="next"`; the closing `>` may be missing. */
static bool is_next(Text entry) {
        return memmem(entry.data, entry.size, "rel=\"next\"", 10) != NULL;
}

static bool is_cursor_character(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-';
}

static Text cursor_of(Text entry) {
        static const char name[] = "starting_after=";
        const char *at = memmem(entry.data, entry.size, name, sizeof(name) - 1);
        const char *end = entry.data + entry.size;
        Text cursor;

        if (!at)
                return TEXT_NONE;
        cursor = (Text){ at + sizeof(name) - 1, 0 };
        while (cursor.data + cursor.size < end && is_cursor_character(cursor.data[cursor.size]))
                cursor.size++;
        return cursor;
}

int session_list_next(Text link, Buffer *cursor) {
        while (link.size > 0) {
                const char *comma = memchr(link.data, ',', link.size);
                Text entry = { link.data, comma ? (size_t) (comma - link.data) : link.size };
                Text found = is_next(entry) ? cursor_of(entry) : TEXT_NONE;
                size_t used = entry.size + (comma != NULL);

                if (found.size > 0) {
                        int r;

                        buffer_clear(cursor);
                        r = buffer_append(cursor, found.data, found.size);
                        return r < 0 ? r : 1;
                }
                link = (Text){ link.data + used, link.size - used };
        }
        return 0;
}

int session_list_path(Buffer *path, unsigned limit, Text cursor) {
        int r = buffer_printf(path, "/v2/checkout_sessions?limit=%u", limit);

        if (r >= 0 && cursor.size > 0)
                r = buffer_printf(path, "&starting_after=%.*s", TEXT_ARG(cursor));
        return r;
}
