#include "daemon/settings/settings_value.h"

#include <arpa/inet.h>
#include <strings.h>

#include "jobs/base/civil.h"
#include "jobs/reconcile/payout.h"

#define NAME_MAX_SIZE 40
#define NO_MEMORY     "no memory"

static const char *keep(StringPool *pool, const char *text, void *ret_value) {
        const char **slot = ret_value;
        const char *copy = string_pool_add(pool, text_of(text));

        if (!copy)
                return NO_MEMORY;
        *slot = copy;
        return NULL;
}

const char *value_text(StringPool *pool, const char *text, void *ret_value) {
        return keep(pool, text, ret_value);
}

const char *value_text_or_null(StringPool *pool, const char *text, void *ret_value) {
        if (*text)
                return keep(pool, text, ret_value);
        *(const char **) ret_value = NULL;
        return NULL;
}

static bool is_word(const char *text, const char *more) {
        static const char usual[] =
                "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

        for (; *text; text++)
                if (!strchr(usual, *text) && !strchr(more, *text))
                        return false;
        return true;
}

bool value_is_name(const char *text) {
        size_t size = strlen(text);

        return size > 0 && size <= NAME_MAX_SIZE && is_word(text, "._-") && *text != '.';
}

const char *value_name(StringPool *pool, const char *text, void *ret_value) {
        if (!value_is_name(text))
                return "not a name: 1 to 40 letters, digits, `.`, `_` or `-`, no `.` in front";
        return keep(pool, text, ret_value);
}

const char *value_version(StringPool *pool, const char *text, void *ret_value) {
        if (*text && !value_is_name(text))
                return "not a version: write it like 2026-02-01";
        return keep(pool, text, ret_value);
}

const char *value_path(StringPool *pool, const char *text, void *ret_value) {
        if (*text && *text != '/')
                return "not an absolute path: it must begin with `/`";
        return keep(pool, text, ret_value);
}

static const char *keep_without_slash(StringPool *pool, const char *text, void *ret_value) {
        Text path = text_of(text);
        const char *copy;

        while (path.size > 1 && path.data[path.size - 1] == '/')
                path.size--;
        copy = string_pool_add(pool, path);
        if (!copy)
                return NO_MEMORY;
        *(const char **) ret_value = copy;
        return NULL;
}

const char *value_directory(StringPool *pool, const char *text, void *ret_value) {
        if (*text != '/')
                return "not an absolute path: it must begin with `/`";
        return keep_without_slash(pool, text, ret_value);
}

/* --- URLs ----------------------------------------------------------------------------------- */

static bool skip_prefix(const char **text, const char *prefix) {
        size_t size = strlen(prefix);

        if (strncasecmp(*text, prefix, size) != 0)
                return false;
        *text += size;
        return true;
}

/* `host`, `host:port`, `[::1]:port`, and where the path begins. Nothing else is known here. */
static bool split_host(const char *text, Text *ret_host, const char **ret_path) {
        size_t size = strcspn(text, ":/?#@");
        const char *at;

        if (*text == '[') {
                at = strchr(text, ']');
                if (!at)
                        return false;
                size = (size_t) (at - text) + 1;
        }
        if (size == 0)
                return false;
        *ret_host = (Text){ text, size };
        at = text + size;
        if (*at == ':') {
                size_t digits = strspn(at + 1, "0123456789");

                if (digits == 0 || digits > 5)
                        return false;
                at += 1 + digits;
        }
        *ret_path = at;
        return *at == '\0' || *at == '/';
}

static bool is_this_machine(Text host) {
        char address[INET_ADDRSTRLEN];
        struct in_addr parsed;

        if (text_equal_ignoring_case(host, TEXT("localhost")) || text_is(host, "[::1]"))
                return true;
        if (host.size >= sizeof(address))
                return false;
        memcpy(address, host.data, host.size);
        address[host.size] = '\0';
        return inet_pton(AF_INET, address, &parsed) == 1 && ntohl(parsed.s_addr) >> 24 == 127;
}

const char *value_provider_url(StringPool *pool, const char *text, void *ret_value) {
        const char *rest = text;
        const char *path;
        Text host;
        bool secure = skip_prefix(&rest, "https://");

        if (!secure && !skip_prefix(&rest, "http://"))
                return "not a URL that begins with https://";
        if (strpbrk(text, " \t\"<>\\") || !split_host(rest, &host, &path) || strpbrk(path, "?#"))
                return "not a URL: write it like https://api.fintoc.com";
        if (!secure && !is_this_machine(host))
                return "http:// is only for 127.0.0.0/8, localhost and [::1]; write https://";
        return keep_without_slash(pool, text, ret_value);
}

const char *value_page_url_or_null(StringPool *pool, const char *text, void *ret_value) {
        const char *rest = text;
        const char *path;
        Text host;

        if (!*text)
                return value_text_or_null(pool, text, ret_value);
        if (!skip_prefix(&rest, "https://") || strpbrk(text, " \t\"<>\\") ||
            !split_host(rest, &host, &path))
                return "not an absolute https:// URL";
        return keep(pool, text, ret_value);
}

const char *value_proxy(StringPool *pool, const char *text, void *ret_value) {
        if (*text && (!strstr(text, "://") || strpbrk(text, " \t")))
                return "not a proxy: write it like http://proxy.example:3128";
        return keep(pool, text, ret_value);
}

/* --- texts with a shape --------------------------------------------------------------------- */

const char *value_run(StringPool *pool, const char *text, void *ret_value) {
        for (const char *at = text; *at; at++) {
                if (skip_prefix(&at, "{year}") || skip_prefix(&at, "{month}") ||
                    skip_prefix(&at, "{day}") || skip_prefix(&at, "{week}")) {
                        at--;
                        continue;
                }
                if (*at == '{' || *at == '}')
                        return "only {year}, {month}, {day} and {week} can stand in braces";
        }
        if (text_has_control(text_of(text)) || strlen(text) > 64)
                return "not the name of a run: at most 64 characters";
        return keep(pool, text, ret_value);
}

/* What tmpfiles.d(5) and getgrnam(3) take as one word. */
const char *value_group(StringPool *pool, const char *text, void *ret_value) {
        if (strlen(text) > 32 || *text == '-' ||
            strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") !=
                    strlen(text))
                return "not the name of a group";
        return keep(pool, text, ret_value);
}

const char *value_methods_or_null(StringPool *pool, const char *text, void *ret_value) {
        static const char *const methods[] = { "bank_transfer", "card" };
        static const char between[] = " |";

        for (const char *at = text + strspn(text, between); *at; at += strspn(at, between)) {
                Text method = { at, strcspn(at, between) };
                bool known = false;

                for (size_t i = 0; i < ELEMENTS(methods); i++)
                        known |= text_is(method, methods[i]);
                if (!known)
                        return "not a payment method: bank_transfer, card, or both";
                at += method.size;
        }
        return value_text_or_null(pool, text, ret_value);
}

const char *value_zone(StringPool *pool, const char *text, void *ret_value) {
        if (!civil_zone_use(text))
                return "no such time zone; write it like America/Santiago";
        return keep(pool, text, ret_value);
}

/* --- column.N ------------------------------------------------------------------------------- */

static bool is_field(Text name) {
        static const char keyed[] = ".KEY";

        if (text_is(name, "-"))
                return true;
        for (int field = FIELD_NONE + 1; field < FIELD_CHECKOUT; field++) {
                Text known = text_of(order_field_name((OrderField) field));
                size_t stem = known.size - (sizeof(keyed) - 1);

                if (text_equal(name, known))
                        return true;
                if (known.size > sizeof(keyed) && strcmp(known.data + stem, keyed) == 0 &&
                    name.size > stem + 1 && memcmp(name.data, known.data, stem + 1) == 0)
                        return true;
        }
        return false;
}

static bool is_payout_column(Text name) {
        const char *known;

        for (size_t i = 0; (known = payout_column_name(i)); i++)
                if (text_is(name, known))
                        return true;
        return text_is(name, "-");
}

static const char *read_column(StringPool *pool, const char *text, bool (*is_known)(Text name),
                               OrderColumn *ret_column) {
        const char *comma = strchr(text, ',');
        OrderColumn column;
        Text field, header;

        if (!comma)
                return "must be our column, a comma, their header: amount, Monto a cobrar";
        field = text_trim((Text){ text, (size_t) (comma - text) });
        header = text_trim(text_of(comma + 1));
        if (!is_known(field))
                return "the text before the comma is none of our columns, and not `-`";
        if (header.size == 0)
                return "there is no header after the comma";
        column.field = string_pool_add(pool, field);
        column.header = string_pool_add(pool, header);
        if (!column.field || !column.header)
                return NO_MEMORY;
        *ret_column = column;
        return NULL;
}

const char *value_column(StringPool *pool, const char *text, OrderColumn *ret_column) {
        return read_column(pool, text, is_field, ret_column);
}

const char *value_payout_column(StringPool *pool, const char *text, OrderColumn *ret_column) {
        return read_column(pool, text, is_payout_column, ret_column);
}
