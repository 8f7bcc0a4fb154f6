#include "jobs/session/reply.h"

#include <errno.h>

#include "jobs/base/cleanup.h"

#define DEPTH_MAX 100

/* Whose members are read. */
typedef enum Level {
        LEVEL_TOP,
        LEVEL_METADATA,
        LEVEL_ERROR,
        LEVEL_OTHER, /* nobody looks at them */
} Level;

typedef struct Scan {
        const char *at, *end;
        Reply *reply;
        size_t body_size;
        unsigned depth;
} Scan;

/* Where a value goes. */
typedef struct Target {
        Text *text; /* NULL: nowhere */
        bool amount;
        Level level; /* of its own members */
} Target;

/* --- what is looked at ----------------------------------------------------------------------- */

static const struct {
        Level level;
        const char *name;
        size_t offset;
} members[] = {
        { LEVEL_TOP, "id", offsetof(Reply, id) },
        { LEVEL_TOP, "object", offsetof(Reply, object) },
        { LEVEL_TOP, "currency", offsetof(Reply, currency) },
        { LEVEL_TOP, "mode", offsetof(Reply, mode) },
        { LEVEL_TOP, "redirect_url", offsetof(Reply, redirect_url) },
        { LEVEL_TOP, "created_at", offsetof(Reply, created_at) },
        { LEVEL_TOP, "expires_at", offsetof(Reply, expires_at) },
        { LEVEL_METADATA, "checkoutd", offsetof(Reply, metadata.checkoutd) },
        { LEVEL_ERROR, "type", offsetof(Reply, error.type) },
        { LEVEL_ERROR, "code", offsetof(Reply, error.code) },
        { LEVEL_ERROR, "message", offsetof(Reply, error.message) },
        { LEVEL_ERROR, "param", offsetof(Reply, error.param) },
};

static Text *text_at(Reply *reply, size_t offset) {
        return (Text *) (void *) ((char *) reply + offset);
}

/* What an earlier one of the same name had is gone. */
static void forget_level(Reply *reply, Level level) {
        for (size_t i = 0; i < ELEMENTS(members); i++)
                if (members[i].level == level)
                        *text_at(reply, members[i].offset) = TEXT_NONE;
}

static Target target_of(Reply *reply, Level level, Text name) {
        Target target = { .level = LEVEL_OTHER };

        if (level == LEVEL_OTHER)
                return target;
        for (size_t i = 0; i < ELEMENTS(members); i++)
                if (members[i].level == level && text_is(name, members[i].name)) {
                        target.text = text_at(reply, members[i].offset);
                        *target.text = TEXT_NONE;
                        return target;
                }
        if (level != LEVEL_TOP)
                return target;
        if (text_is(name, "amount")) {
                target.amount = true;
                reply->has_amount = false;
        } else if (text_is(name, "metadata")) {
                target.level = LEVEL_METADATA;
        } else if (text_is(name, "error")) {
                target.level = LEVEL_ERROR;
        }
        forget_level(reply, target.level);
        return target;
}

/* --- the parts of JSON ----------------------------------------------------------------------- */

static bool next_is(const Scan *scan, char c) {
        return scan->at < scan->end && *scan->at == c;
}

static bool take(Scan *scan, char c) {
        if (!next_is(scan, c))
                return false;
        scan->at++;
        return true;
}

static void skip_blanks(Scan *scan) {
        while (scan->at < scan->end &&
               (*scan->at == ' ' || *scan->at == '\t' || *scan->at == '\n' || *scan->at == '\r'))
                scan->at++;
}

static int read_word(Scan *scan, const char *word) {
        size_t size = strlen(word);

        if ((size_t) (scan->end - scan->at) < size || memcmp(scan->at, word, size) != 0)
                return -EBADMSG;
        scan->at += size;
        return 0;
}

static bool skip_digits(Scan *scan) {
        const char *begin = scan->at;

        while (scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9')
                scan->at++;
        return scan->at > begin;
}

/* `begin`: a minus or none, and digits. */
static bool integer_of(const char *begin, const char *end, int64_t *ret) {
        bool negative = *begin == '-';
        int64_t number = 0;

        for (const char *at = begin + negative; at < end; at++)
                if (__builtin_mul_overflow(number, 10, &number) ||
                    __builtin_sub_overflow(number, *at - '0', &number))
                        return false;
        if (!negative && __builtin_sub_overflow(0, number, &number))
                return false;
        *ret = number;
        return true;
}

static int read_number(Scan *scan, bool amount) {
        const char *begin = scan->at;
        bool whole = true;

        (void) take(scan, '-');
        if (!take(scan, '0') && !skip_digits(scan))
                return -EBADMSG;
        if (take(scan, '.')) {
                whole = false;
                if (!skip_digits(scan))
                        return -EBADMSG;
        }
        if (take(scan, 'e') || take(scan, 'E')) {
                whole = false;
                if (!take(scan, '+'))
                        (void) take(scan, '-');
                if (!skip_digits(scan))
                        return -EBADMSG;
        }
        if (amount && whole)
                scan->reply->has_amount = integer_of(begin, scan->at, &scan->reply->amount);
        return 0;
}

/* --- texts ----------------------------------------------------------------------------------- */

static int read_four_digits(Scan *scan, uint32_t *ret) {
        *ret = 0;
        for (unsigned i = 0; i < 4; i++) {
                char c = scan->at < scan->end ? *scan->at++ : '\0';
                uint32_t digit = c >= '0' && c <= '9'   ? (uint32_t) (c - '0')
                                 : c >= 'a' && c <= 'f' ? (uint32_t) (c - 'a' + 10)
                                 : c >= 'A' && c <= 'F' ? (uint32_t) (c - 'A' + 10)
                                                        : UINT32_MAX;

                if (digit == UINT32_MAX)
                        return -EBADMSG;
                *ret = *ret << 4 | digit;
        }
        return 0;
}

static int append_character(Buffer *buffer, uint32_t c) {
        char bytes[4];
        size_t size = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
        static const uint8_t marks[] = { 0, 0x00, 0xc0, 0xe0, 0xf0 };

        for (size_t i = size; i-- > 1; c >>= 6)
                bytes[i] = (char) (0x80 | (c & 0x3f));
        bytes[0] = (char) (marks[size] | c);
        return buffer_append(buffer, bytes, size);
}

/* After `\u`. A character beyond the first 65536 is a pair; half a pair is none. */
static int read_escaped_character(Scan *scan) {
        uint32_t c, low;
        int r = read_four_digits(scan, &c);

        if (r < 0 || c == 0 || (c >= 0xdc00 && c < 0xe000))
                return -EBADMSG;
        if (c >= 0xd800 && c < 0xdc00) {
                if (!take(scan, '\\') || !take(scan, 'u') || read_four_digits(scan, &low) < 0 ||
                    low < 0xdc00 || low >= 0xe000)
                        return -EBADMSG;
                c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        }
        return append_character(&scan->reply->unescaped, c);
}

static int read_escape(Scan *scan) {
        static const char names[] = "\"\\/bfnrt", bytes[] = "\"\\/\b\f\n\r\t";
        char c = scan->at < scan->end ? *scan->at++ : '\0';
        const char *name = c != '\0' ? strchr(names, c) : NULL;

        if (c == 'u')
                return read_escaped_character(scan);
        return name ? buffer_append_char(&scan->reply->unescaped, bytes[name - names]) : -EBADMSG;
}

/* Up to the next quote or backslash. */
static int skip_plain(Scan *scan) {
        while (scan->at < scan->end && (uint8_t) *scan->at >= 0x20 && *scan->at != '"' &&
               *scan->at != '\\')
                scan->at++;
        return next_is(scan, '"') || next_is(scan, '\\') ? 0 : -EBADMSG;
}

/* The text is not longer without its escapes, and so are all of them together: what was lent of the
 * buffer does not move. */
static int read_escaped(Scan *scan, const char *begin, Text *ret) {
        Buffer *unescaped = &scan->reply->unescaped;
        int r = unescaped->data ? 0 : buffer_reserve(unescaped, scan->body_size);
        size_t from = unescaped->size;

        if (r == 0)
                r = buffer_append(unescaped, begin, (size_t) (scan->at - begin));
        while (r == 0 && take(scan, '\\')) {
                r = read_escape(scan);
                begin = scan->at;
                if (r == 0)
                        r = skip_plain(scan);
                if (r == 0)
                        r = buffer_append(unescaped, begin, (size_t) (scan->at - begin));
        }
        if (r < 0)
                return r;
        scan->at++;
        *ret = (Text){ unescaped->data + from, unescaped->size - from };
        return 0;
}

static int read_text(Scan *scan, Text *ret) {
        const char *begin = scan->at + 1;
        int r;

        if (!take(scan, '"'))
                return -EBADMSG;
        r = skip_plain(scan);
        if (r < 0)
                return r;
        if (next_is(scan, '\\'))
                return read_escaped(scan, begin, ret);
        *ret = (Text){ begin, (size_t) (scan->at - begin) };
        scan->at++;
        return 0;
}

/* --- values ---------------------------------------------------------------------------------- */

static int read_value(Scan *scan, Target target);

static int read_member(Scan *scan, Level level) {
        Text name;
        int r = read_text(scan, &name);

        if (r < 0)
                return r;
        skip_blanks(scan);
        if (!take(scan, ':'))
                return -EBADMSG;
        return read_value(scan, target_of(scan->reply, level, name));
}

/* An object's members, or (`end` is the bracket) a list's values. */
static int read_inside(Scan *scan, char end, Level level) {
        int r = 0;

        if (++scan->depth > DEPTH_MAX)
                return -EBADMSG;
        scan->at++;
        skip_blanks(scan);
        if (!next_is(scan, end)) {
                do {
                        skip_blanks(scan);
                        r = end == '}' ? read_member(scan, level)
                                       : read_value(scan, (Target){ .level = LEVEL_OTHER });
                } while (r == 0 && take(scan, ','));
        }
        scan->depth--;
        if (r < 0)
                return r;
        return take(scan, end) ? 0 : -EBADMSG;
}

static int read_bare(Scan *scan, Target target) {
        Text ignored;

        switch (scan->at < scan->end ? *scan->at : '\0') {
        case '{':
                return read_inside(scan, '}', target.level);
        case '[':
                return read_inside(scan, ']', LEVEL_OTHER);
        case '"':
                return read_text(scan, target.text ? target.text : &ignored);
        case 't':
                return read_word(scan, "true");
        case 'f':
                return read_word(scan, "false");
        case 'n':
                return read_word(scan, "null");
        default: /* a number, or nothing */
                return read_number(scan, target.amount);
        }
}

/* With the blanks around it. */
static int read_value(Scan *scan, Target target) {
        int r;

        skip_blanks(scan);
        r = read_bare(scan, target);
        if (r == 0)
                skip_blanks(scan);
        return r;
}

int reply_read(Text body, Reply *ret_reply) {
        CLEANUP(reply_done) Reply reply = REPLY_EMPTY;
        Scan scan = { .at = body.data, .reply = &reply, .body_size = body.size };
        int r;

        if (body.size == 0 || !text_is_utf8(body, NULL))
                return -EBADMSG;
        scan.end = body.data + body.size;
        r = read_value(&scan, (Target){ .level = LEVEL_TOP });
        if (r < 0)
                return r;
        if (scan.at < scan.end)
                return -EBADMSG;
        *ret_reply = reply;
        reply = REPLY_EMPTY;
        return 0;
}

void reply_done(Reply *reply) {
        buffer_done(&reply->unescaped);
        *reply = REPLY_EMPTY;
}
