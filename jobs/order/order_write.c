#include <assert.h>
#include <errno.h>
#include <iconv.h>
#include <locale.h>

#include "jobs/base/cleanup.h"
#include "jobs/order/order_file.h"

/* --- one cell -------------------------------------------------------------------------------- */

static bool needs_quotes(Text cell, char delimiter) {
        for (size_t i = 0; i < cell.size; i++) {
                char c = cell.data[i];

                if (c == delimiter || c == '"' || c == '\n' || c == '\r')
                        return true;
        }
        return false;
}

static int append_quoted(Buffer *buffer, Text cell) {
        int r = buffer_append_char(buffer, '"');

        while (cell.size > 0 && r == 0) {
                const char *quote = memchr(cell.data, '"', cell.size);
                size_t size = quote ? (size_t) (quote - cell.data) + 1 : cell.size;

                r = buffer_append(buffer, cell.data, size);
                if (r == 0 && quote)
                        r = buffer_append_char(buffer, '"');
                cell = (Text){ cell.data + size, cell.size - size };
        }
        return r < 0 ? r : buffer_append_char(buffer, '"');
}

static int append_cell(Buffer *buffer, Text cell, char delimiter, bool guard) {
        AUTO_BUFFER guarded = BUFFER_EMPTY;

        if (guard && text_needs_guard(cell)) {
                int r = buffer_append_char(&guarded, '\'');

                if (r == 0)
                        r = buffer_append(&guarded, cell.data, cell.size);
                if (r < 0)
                        return r;
                cell = (Text){ guarded.data, guarded.size };
        }
        return delimiter == '\0' || needs_quotes(cell, delimiter)
                       ? append_quoted(buffer, cell)
                       : buffer_append(buffer, cell.data, cell.size);
}

/* Leaves the buffer as it was when something failed. */
static int keep_or_undo(Buffer *buffer, size_t before, int r) {
        if (r < 0 && buffer->data) {
                buffer->size = before;
                buffer->data[before] = '\0';
        }
        return r;
}

int order_append_cell(Buffer *buffer, Text cell, char delimiter, bool guard) {
        size_t before = buffer->size;

        return keep_or_undo(buffer, before, append_cell(buffer, cell, delimiter, guard));
}

/* --- encodings ------------------------------------------------------------------------------- */

static size_t character_size(const char *at, size_t size) {
        size_t n = 1;

        while (n < size && ((uint8_t) at[n] & 0xc0) == 0x80)
                n++;
        return n;
}

static int encode(Buffer *out, Text utf8, iconv_t encoder) {
        AUTO_FREE char *copy = malloc(utf8.size + 1); /* iconv's input is not const */
        char *in = copy;
        size_t in_left = utf8.size;

        if (!copy)
                return -ENOMEM;
        memcpy(copy, utf8.data, utf8.size);
        while (in_left > 0) {
                int r = buffer_reserve(out, 2 * in_left + 8);
                char *at = r == 0 ? out->data + out->size : NULL;
                size_t room = r == 0 ? out->capacity - out->size - 1 : 0, n;
                char mark[] = "?", *question = mark;
                size_t one = 1;

                if (r < 0)
                        return r;
                if (iconv(encoder, &in, &in_left, &at, &room) == (size_t) -1) {
                        if (errno != EILSEQ && errno != EINVAL && errno != E2BIG)
                                return -errno;
                        if (errno != E2BIG) {
                                n = character_size(in, in_left);
                                in += n;
                                in_left -= n;
                                (void) iconv(encoder, &question, &one, &at, &room);
                        }
                }
                out->size = (size_t) (at - out->data);
                out->data[out->size] = '\0';
        }
        return 0;
}

static int convert(Buffer *out, Text text, const char *to, const char *from) {
        size_t before = out->size;
        iconv_t encoder = iconv_open(to, from);
        int r;

        if (encoder == (iconv_t) -1)
                return -errno;
        r = encode(out, text, encoder);
        (void) iconv_close(encoder);
        return keep_or_undo(out, before, r);
}

/* What the encoding does not have is spelled with what it has, always as C.UTF-8 says: `→` as `->`,
 * in ASCII also `é` as `e`. Without that locale it becomes `?`. */
static int spell(Buffer *out, Text utf8, const char *to) {
        locale_t spelling = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t) 0);
        locale_t before = spelling ? uselocale(spelling) : (locale_t) 0;
        int r = convert(out, utf8, to, "UTF-8");

        if (spelling) {
                (void) uselocale(before);
                freelocale(spelling);
        }
        return r;
}

int order_encode(Buffer *out, Text utf8, Encoding encoding) {
        switch (encoding) {
        case ENCODING_UTF8:
                return buffer_append(out, utf8.data, utf8.size);
        case ENCODING_UTF16LE:
        case ENCODING_UTF16BE:
                return convert(out, utf8, encoding_name(encoding), "UTF-8");
        case ENCODING_WINDOWS_1252:
        case ENCODING_ASCII:
                if (text_is_ascii(utf8))
                        return buffer_append(out, utf8.data, utf8.size);
                return spell(out, utf8,
                             encoding == ENCODING_ASCII ? "ASCII//TRANSLIT"
                                                        : "Windows-1252//TRANSLIT");
        case ENCODING_AUTO:
                break;
        }
        assert(encoding != ENCODING_AUTO);
        return -EINVAL;
}

int order_as_encoded(Buffer *out, Text utf8, Encoding encoding) {
        AUTO_BUFFER bytes = BUFFER_EMPTY;
        int r = order_encode(&bytes, utf8, encoding);

        if (r < 0)
                return r;
        if (encoding == ENCODING_UTF8 || bytes.size == 0)
                return buffer_append(out, bytes.data, bytes.size);
        return convert(out, (Text){ bytes.data, bytes.size }, "UTF-8", encoding_name(encoding));
}
