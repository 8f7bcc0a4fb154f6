/* Text: bytes borrowed from somebody else's memory, not ended by a NUL.
 *
 * Everything that comes out of an order file is a Text until it is stored or sent, so that a row of
 * a million-row file costs no allocation. A Text never owns what it points to; its lifetime is that
 * of the buffer it was cut from, which the function that gives it names.
 * All texts are UTF-8 unless the name says bytes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "jobs/base/buffer.h"

typedef struct Text {
        const char *data;
        size_t size;
} Text;

#define TEXT_NONE      ((Text){ NULL, 0 })
#define TEXT(literal)  ((Text){ "" literal, sizeof(literal) - 1 })
#define TEXT_ARG(text) (int) (text).size, (text).data /* for "%.*s" */

static inline Text text_of(const char *string) {
        return string ? (Text){ string, strlen(string) } : TEXT_NONE;
}

static inline bool text_equal(Text a, Text b) {
        return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static inline bool text_is(Text text, const char *string) {
        return text_equal(text, text_of(string));
}

/* Copies as much as fits into `out`, always ended by a NUL. */
void text_copy_out(Text text, char *out, size_t size);

/* Compares ASCII letters without case; all other bytes must be the same. */
bool text_equal_ignoring_case(Text a, Text b);

/* Without the blanks (space, tab, CR, LF, NBSP U+00A0) at both ends. */
Text text_trim(Text text);

/* Is it well-formed UTF-8 (no surrogates, nothing overlong, at most U+10FFFF)? `ret_bad`, if not
 * NULL, gets the offset of the first byte that is not. */
bool text_is_utf8(Text text, size_t *ret_bad);

/* Number of code points; the text must be UTF-8. */
size_t text_characters(Text text);
bool text_is_ascii(Text text);

/* Does it hold a control character (below U+0020, U+007F, U+0080-U+009F), or one that is not seen
 * and turns or hides what is (U+200B-U+200F, U+2028-U+202E, U+2060-U+2069, U+FEFF)? */
bool text_has_control(Text text);

/* Folds a column header to what it is compared by: lower case, accents removed, spaces, `_`, and
 * `-` removed, dots kept: "Fecha de Vencimiento" and "fecha_vencimiento" differ, "Razón Social" and
 * "razon_social" are the same. Writes at most `size` bytes, returns the folded text in `out`. */
Text text_fold_header(Text text, char *out, size_t size);

/* Appends the text with control characters, bidirectional controls and invalid bytes made visible
 * (`\n`, `\x1b`, `\u202e`), at most `max` characters (then an ellipsis): for terminals, logs and
 * answers to people. */
int text_append_visible(Buffer *buffer, Text text, size_t max);

/* Would a spreadsheet run this cell, or does it already begin with the guard? True for a first
 * character of = + - @ TAB CR LF, their full-width forms, or apostrophes before one of these
 * (OWASP "CSV Injection"). */
bool text_needs_guard(Text cell);
