#include "jobs/base/text.h"

#include <assert.h>

#include "jobs/base/cleanup.h"

#define ELLIPSIS "\xe2\x80\xa6"

/* eight bytes looked at together */
#define ALL_BYTES(byte) (UINT64_C(0x0101010101010101) * (byte))
#define HIGH_BITS       ALL_BYTES(0x80)

static uint64_t load_eight(const char *at) {
        uint64_t eight;

        memcpy(&eight, at, sizeof(eight));
        return eight;
}

static char lower(char c) {
        return c >= 'A' && c <= 'Z' ? (char) (c - 'A' + 'a') : c;
}

void text_copy_out(Text text, char *out, size_t size) {
        size_t n = text.size < size - 1 ? text.size : size - 1;

        assert(size > 0);
        if (n > 0)
                memcpy(out, text.data, n);
        out[n] = '\0';
}

bool text_equal_ignoring_case(Text a, Text b) {
        if (a.size != b.size)
                return false;
        for (size_t i = 0; i < a.size; i++)
                if (lower(a.data[i]) != lower(b.data[i]))
                        return false;
        return true;
}

static bool is_blank(char c) {
        return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_nbsp(const char *at) {
        return memcmp(at, "\xc2\xa0", 2) == 0;
}

Text text_trim(Text text) {
        for (;;) {
                size_t blank = 0;

                if (text.size >= 1 && is_blank(text.data[0]))
                        blank = 1;
                else if (text.size >= 2 && is_nbsp(text.data))
                        blank = 2;
                if (blank == 0)
                        break;
                text.data += blank;
                text.size -= blank;
        }
        for (;;) {
                if (text.size >= 1 && is_blank(text.data[text.size - 1]))
                        text.size -= 1;
                else if (text.size >= 2 && is_nbsp(text.data + text.size - 2))
                        text.size -= 2;
                else
                        return text;
        }
}

/* The well-formed sequences of the Unicode standard, table 3-7: what the first byte allows the
 * second one to be decides about overlong forms, surrogates and the end at U+10FFFF. */
static const struct {
        uint8_t first_low, first_high, second_low, second_high, size;
} sequences[] = {
        { 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 },
        { 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 }, { 0xf0, 0xf0, 0x90, 0xbf, 4 },
        { 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
};

/* The size of the character that begins the text and, if asked for, its code point; 0 when the
 * text does not begin with a well-formed sequence. */
static size_t first_character(Text text, uint32_t *ret_character) {
        const uint8_t *byte = (const uint8_t *) text.data;
        uint32_t character;

        assert(text.size > 0);

        if (byte[0] < 0x80) {
                *ret_character = byte[0];
                return 1;
        }
        for (size_t i = 0; i < ELEMENTS(sequences); i++) {
                if (byte[0] < sequences[i].first_low || byte[0] > sequences[i].first_high)
                        continue;
                if (text.size < sequences[i].size || byte[1] < sequences[i].second_low ||
                    byte[1] > sequences[i].second_high)
                        return 0;
                character = byte[0] & (0x7fU >> sequences[i].size);
                character = character << 6 | (byte[1] & 0x3fU);
                for (size_t k = 2; k < sequences[i].size; k++) {
                        if ((byte[k] & 0xc0) != 0x80)
                                return 0;
                        character = character << 6 | (byte[k] & 0x3fU);
                }
                *ret_character = character;
                return sequences[i].size;
        }
        return 0;
}

static Text text_from(Text text, size_t offset) {
        assert(offset <= text.size);
        return (Text){ text.data + offset, text.size - offset };
}

bool text_is_utf8(Text text, size_t *ret_bad) {
        size_t at = 0;

        while (at < text.size) {
                uint32_t character;
                size_t size;

                if (text.size - at >= 8 && (load_eight(text.data + at) & HIGH_BITS) == 0) {
                        at += 8;
                        continue;
                }
                size = first_character(text_from(text, at), &character);
                if (size == 0) {
                        if (ret_bad)
                                *ret_bad = at;
                        return false;
                }
                at += size;
        }
        return true;
}

size_t text_characters(Text text) {
        size_t characters = 0;

        for (size_t i = 0; i < text.size; i++)
                characters += ((uint8_t) text.data[i] & 0xc0) != 0x80;
        return characters;
}

bool text_is_ascii(Text text) {
        uint64_t high = 0;
        size_t at = 0;

        for (; text.size - at >= 8; at += 8)
                high |= load_eight(text.data + at);
        for (; at < text.size; at++)
                high |= (uint8_t) text.data[at];
        return (high & HIGH_BITS) == 0;
}

/* May one of these bytes be a control character, or begin one? False alarms only cost time. */
static bool may_have_control(uint64_t eight) {
        uint64_t below_space = (eight - ALL_BYTES(0x20)) & ~eight;
        uint64_t delete = (eight ^ ALL_BYTES(0x7f)) - ALL_BYTES(0x01);

        return ((below_space | delete | eight) & HIGH_BITS) != 0;
}

static bool is_control(uint32_t character) {
        return character < 0x20 || (character >= 0x7f && character < 0xa0);
}

/* U+200B-U+200F, U+2028-U+202E, U+2060-U+2069, U+FEFF: three bytes each. */
static bool begins_invisible(const char *at, size_t size) {
        uint8_t a = (uint8_t) at[0], b, c;

        if (size < 3 || (a != 0xe2 && a != 0xef))
                return false;
        b = (uint8_t) at[1];
        c = (uint8_t) at[2];
        if (a == 0xef)
                return b == 0xbb && c == 0xbf;
        return (b == 0x80 && ((c >= 0x8b && c <= 0x8f) || (c >= 0xa8 && c <= 0xae))) ||
               (b == 0x81 && c >= 0xa0 && c <= 0xa9);
}

bool text_has_control(Text text) {
        size_t at = 0;

        while (at < text.size) {
                uint8_t byte = (uint8_t) text.data[at];

                if (text.size - at >= 8 && !may_have_control(load_eight(text.data + at))) {
                        at += 8;
                        continue;
                }
                if (byte < 0x80 && is_control(byte))
                        return true;
                if (byte == 0xc2 && at + 1 < text.size && (uint8_t) text.data[at + 1] < 0xa0)
                        return true;
                if (byte >= 0xe2 && begins_invisible(text.data + at, text.size - at))
                        return true;
                at++;
        }
        return false;
}

/* U+00C0 to U+00FF without their accents and in lower case; a blank stays as it is. */
static const char latin_base[] = "aaaaaa ceeeeiiii nooooo ouuuuy  "
                                 "aaaaaa ceeeeiiii nooooo ouuuuy y";
static_assert(sizeof(latin_base) == 64 + 1, "one for each of U+00C0 to U+00FF");

/* What a character of a header becomes: nothing (0), or the bytes in `out`. */
static size_t fold_character(uint32_t character, Text bytes, char out[static 4]) {
        if (character >= 0x300 && character <= 0x36f) /* accents that stand alone (macOS) */
                return 0;
        if (character == ' ' || character == '_' || character == '-' || character == 0xa0)
                return 0;
        if (character < 0x20 && is_blank((char) character))
                return 0;
        if (character >= 0xc0 && character <= 0xff && latin_base[character - 0xc0] != ' ') {
                out[0] = latin_base[character - 0xc0];
                return 1;
        }
        memcpy(out, bytes.data, bytes.size);
        if (bytes.size == 1)
                out[0] = lower(out[0]);
        return bytes.size;
}

Text text_fold_header(Text text, char *out, size_t size) {
        size_t used = 0;

        for (size_t at = 0; at < text.size;) {
                char folded[4] = { 0 };
                uint32_t character = UINT32_MAX;
                size_t width = first_character(text_from(text, at), &character);
                size_t n;

                if (width == 0) /* a byte that is no UTF-8 stands for itself */
                        width = 1;
                n = fold_character(character, (Text){ text.data + at, width }, folded);
                if (n > size - used)
                        break;
                memcpy(out + used, folded, n);
                used += n;
                at += width;
        }
        return (Text){ out, used };
}

/* Not seen, or they change how what follows is seen: marks and overrides of writing direction,
 * separators of lines and paragraphs, characters without width. */
static const struct {
        uint32_t first, last;
} invisible[] = {
        { 0x061c, 0x061c }, { 0x200b, 0x200b }, { 0x200e, 0x200f },
        { 0x2028, 0x202e }, { 0x2060, 0x206f }, { 0xfeff, 0xfeff },
};

static bool is_invisible(uint32_t character) {
        for (size_t i = 0; i < ELEMENTS(invisible); i++)
                if (character >= invisible[i].first && character <= invisible[i].last)
                        return true;
        return false;
}

static size_t put_hex(char *out, char kind, uint32_t number, size_t digits) {
        out[0] = '\\';
        out[1] = kind;
        for (size_t i = 0; i < digits; i++)
                out[2 + i] = "0123456789abcdef"[number >> (4 * (digits - 1 - i)) & 0xf];
        return 2 + digits;
}

/* Writes the escape of the character into `out`; 0 when it may be shown as it is. */
static size_t escape(uint32_t character, char out[static 8]) {
        static const char named[] = { ['\t'] = 't', ['\n'] = 'n', ['\r'] = 'r' };

        if (character < sizeof(named) && named[character] != '\0') {
                out[0] = '\\';
                out[1] = named[character];
                return 2;
        }
        if (character < 0x80 && is_control(character))
                return put_hex(out, 'x', character, 2);
        if (is_control(character) || is_invisible(character))
                return put_hex(out, 'u', character, 4);
        return 0;
}

int text_append_visible(Buffer *buffer, Text text, size_t max) {
        size_t shown = 0;
        size_t kept = buffer->size;

        for (size_t at = 0; at < text.size;) {
                char escaped[8];
                uint32_t character;
                size_t width = first_character(text_from(text, at), &character);
                size_t n = width > 0 ? escape(character, escaped)
                                     : put_hex(escaped, 'x', (uint8_t) text.data[at], 2);
                bool full = shown + (n > 0 ? n : 1) > max;
                int r;

                if (full)
                        r = buffer_append_string(buffer, ELLIPSIS);
                else if (n > 0)
                        r = buffer_append(buffer, escaped, n);
                else
                        r = buffer_append(buffer, text.data + at, width);
                if (r < 0) {
                        buffer->size = kept;
                        if (buffer->data)
                                buffer->data[kept] = '\0';
                        return r;
                }
                if (full)
                        return 0;
                shown += n > 0 ? n : 1;
                at += width > 0 ? width : 1;
        }
        return 0;
}

bool text_needs_guard(Text cell) {
        static const uint32_t triggers[] = {
                '=', '+', '-', '@', '\t', '\r', '\n', 0xff1d, 0xff0b, 0xff0d, 0xff20,
        };
        uint32_t character;

        /* All apostrophes, not only one: taking one guard off must give back what was there. */
        while (cell.size > 0 && cell.data[0] == '\'')
                cell = text_from(cell, 1);
        if (cell.size == 0 || first_character(cell, &character) == 0)
                return false;
        for (size_t i = 0; i < ELEMENTS(triggers); i++)
                if (character == triggers[i])
                        return true;
        return false;
}
