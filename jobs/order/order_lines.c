#include "jobs/order/order_lines.h"

#include <assert.h>
#include <errno.h>
#include <iconv.h>

#define BLOCK ((size_t) 256 * 1024)
#define WIDEN 3 /* a byte of Windows-1252 becomes three of UTF-8 at most */

struct OrderLines {
        OrderFileRead read;
        void *userdata;
        Dialect dialect;
        iconv_t decoder; /* (iconv_t) -1: the file is UTF-8, or ASCII */
        char line_end;   /* 0: not known yet */

        Buffer window; /* UTF-8 */
        size_t row;    /* the row that was given last, in the window */
        size_t next;   /* what is behind it */
        Buffer bytes;  /* read and not yet decoded */
        uint64_t read_offset;
        bool read_all;

        uint64_t offset; /* of `next` in the file */
        uint32_t line;
        RowText given;
        uint64_t given_offset;
        bool again;
};

static const char *const encoding_names[] = {
        [ENCODING_AUTO] = "auto",
        [ENCODING_UTF8] = "UTF-8",
        [ENCODING_UTF16LE] = "UTF-16LE",
        [ENCODING_UTF16BE] = "UTF-16BE",
        [ENCODING_WINDOWS_1252] = "Windows-1252",
        [ENCODING_ASCII] = "ASCII",
};

const char *encoding_name(Encoding encoding) {
        assert((size_t) encoding < ELEMENTS(encoding_names));
        return encoding_names[encoding];
}

/* The bytes are taken as they are. */
static bool is_utf8(Encoding encoding) {
        return encoding == ENCODING_UTF8 || encoding == ENCODING_ASCII;
}

static bool is_wide(const OrderLines *lines) {
        return lines->dialect.encoding == ENCODING_UTF16LE ||
               lines->dialect.encoding == ENCODING_UTF16BE;
}

static size_t bom_size(const Dialect *dialect) {
        if (!dialect->bom)
                return 0;
        return dialect->encoding == ENCODING_UTF8 ? 3 : 2;
}

int order_lines_new(const Dialect *dialect, OrderFileRead read, void *userdata, OrderLines **ret) {
        CLEANUP(order_lines_free_p) OrderLines *lines = calloc(1, sizeof(*lines));

        assert(dialect->encoding != ENCODING_AUTO);
        if (!lines)
                return -ENOMEM;
        *lines = (OrderLines){ .read = read,
                               .userdata = userdata,
                               .dialect = *dialect,
                               .decoder = (iconv_t) -1,
                               .read_offset = bom_size(dialect),
                               .offset = bom_size(dialect),
                               .line = 1 };
        if (buffer_reserve(&lines->window, BLOCK) < 0)
                return -ENOMEM;
        if (!is_utf8(dialect->encoding)) {
                lines->decoder = iconv_open("UTF-8", encoding_name(dialect->encoding));
                if (lines->decoder == (iconv_t) -1)
                        return -errno;
        }
        *ret = TAKE(lines);
        return 0;
}

OrderLines *order_lines_free(OrderLines *lines) {
        if (!lines)
                return NULL;
        if (lines->decoder != (iconv_t) -1)
                (void) iconv_close(lines->decoder);
        buffer_done(&lines->window);
        buffer_done(&lines->bytes);
        free(lines);
        return NULL;
}

void order_lines_set_delimiter(OrderLines *lines, char delimiter) {
        lines->dialect.delimiter = delimiter;
}

void order_lines_seek(OrderLines *lines, uint64_t offset, uint32_t line) {
        buffer_clear(&lines->window);
        buffer_clear(&lines->bytes);
        lines->row = lines->next = 0;
        lines->read_offset = lines->offset = offset;
        lines->read_all = lines->again = false;
        lines->line = line;
}

uint64_t order_lines_offset(const OrderLines *lines) {
        return lines->again ? lines->given_offset : lines->offset;
}

uint64_t order_lines_row_offset(const OrderLines *lines) {
        return lines->given_offset;
}

uint32_t order_lines_line(const OrderLines *lines) {
        return lines->again ? lines->given.line : lines->line;
}

void order_lines_again(OrderLines *lines) {
        lines->again = true;
}

/* --- filling the window ---------------------------------------------------------------------- */

/* How many of the file's bytes this text was made of. */
static uint64_t bytes_of(const OrderLines *lines, Text text) {
        uint64_t characters = 0, beyond = 0;

        if (is_utf8(lines->dialect.encoding))
                return text.size;
        for (size_t i = 0; i < text.size; i++) {
                uint8_t c = (uint8_t) text.data[i];

                characters += (c & 0xc0) != 0x80;
                beyond += c >= 0xf0 && c != 0xff; /* two units in UTF-16 */
        }
        return is_wide(lines) ? 2 * (characters + beyond) : characters;
}

static int read_block(OrderLines *lines, Buffer *into) {
        size_t left = BLOCK;
        int r = buffer_reserve(into, left);

        while (r == 0 && left > 0 && !lines->read_all) {
                int64_t n = lines->read(lines->userdata, lines->read_offset,
                                        into->data + into->size, left);

                assert(n <= (int64_t) left);
                if (n < 0) /* what came before it is good; the next block says it again */
                        return left == BLOCK ? (int) n : 0;
                lines->read_all = n == 0;
                lines->read_offset += (uint64_t) n;
                into->size += (size_t) n;
                left -= (size_t) n;
        }
        return r;
}

/* Decodes what was read; the begun character at the end waits for the next block. */
static int decode(OrderLines *lines) {
        char *in = lines->bytes.data;
        size_t in_left = lines->bytes.size;
        int r = buffer_reserve(&lines->window, WIDEN * in_left + 1);

        if (r < 0)
                return r;
        while (in_left > 0) {
                char *out = lines->window.data + lines->window.size;
                size_t out_left = lines->window.capacity - lines->window.size - 1;
                size_t unit = is_wide(lines) && in_left > 1 ? 2 : 1;
                size_t done = iconv(lines->decoder, &in, &in_left, &out, &out_left);

                lines->window.size = (size_t) (out - lines->window.data);
                if (done != (size_t) -1)
                        break;
                if (errno == EINVAL && !lines->read_all)
                        break;
                if (errno != EILSEQ && errno != EINVAL)
                        return -errno;
                unit = is_wide(lines) && in_left > 1 ? 2 : 1;
                lines->window.data[lines->window.size++] = (char) 0xff;
                in += unit;
                in_left -= unit;
        }
        memmove(lines->bytes.data, in, in_left);
        lines->bytes.size = in_left;
        return 0;
}

/* Drops what is before the row and adds a block. */
static int fill(OrderLines *lines) {
        Buffer *window = &lines->window;
        int r;

        if (lines->row > 0) {
                memmove(window->data, window->data + lines->row, window->size - lines->row);
                window->size -= lines->row;
                lines->next -= lines->row;
                lines->row = 0;
        }
        if (lines->decoder == (iconv_t) -1)
                return read_block(lines, window);
        r = read_block(lines, &lines->bytes);
        return r < 0 ? r : decode(lines);
}

/* --- rows ------------------------------------------------------------------------------------ */

char order_lines_line_end(Text row) {
        return row.size > 0 && row.data[row.size - 1] == '\r' ? '\r' : '\n';
}

/* By the beginning of the file: CR only where there is no LF at all. */
static char find_line_end(Text text) {
        if (text.size == 0 || memchr(text.data, '\n', text.size))
                return '\n';
        return memchr(text.data, '\r', text.size) ? '\r' : '\n';
}

Text order_lines_content(Text line) {
        if (line.size > 0 && line.data[line.size - 1] == '\n')
                line.size--;
        if (line.size > 0 && line.data[line.size - 1] == '\r')
                line.size--;
        return line;
}

static size_t line_size(Text text, char line_end) {
        const char *end = memchr(text.data, line_end, text.size);

        return end ? (size_t) (end - text.data) + 1 : 0;
}

static bool has_odd_quotes(Text line) {
        bool odd = false;
        const char *at;

        while (line.size > 0 && (at = memchr(line.data, '"', line.size)) != NULL) {
                line.size -= (size_t) (at - line.data) + 1;
                line.data = at + 1;
                odd = !odd;
        }
        return odd;
}

size_t order_lines_extent(Text text, char line_end, bool last, uint32_t *ret_lines) {
        size_t first = line_size(text, line_end);
        size_t size;

        *ret_lines = 1;
        if (first == 0) {
                if (!last)
                        return 0;
                first = text.size;
        }
        if (!has_odd_quotes((Text){ text.data, first }))
                return first;

        size = first;
        for (uint32_t n = 2; size < text.size; n++) {
                Text rest = { text.data + size, text.size - size };

                rest.size = line_size(rest, line_end);
                if (rest.size == 0 && !last && text.size <= ORDER_ROW_MAX)
                        return 0;
                if (rest.size == 0)
                        rest.size = text.size - size;
                size += rest.size;
                if (size > ORDER_ROW_MAX)
                        return first;
                if (has_odd_quotes(rest)) {
                        *ret_lines = n;
                        return size;
                }
        }
        return last || text.size > ORDER_ROW_MAX ? first : 0;
}

/* Skips the rest of a line that is too long; what was seen of it stays as the row. */
static int skip_line(OrderLines *lines) {
        Buffer *window = &lines->window;
        size_t kept = lines->row + ORDER_ROW_MAX + 1;

        for (;;) {
                Text rest = { window->data + kept, window->size - kept };
                size_t size = line_size(rest, lines->line_end);
                int r;

                if (size > 0 || lines->read_all) {
                        size = size > 0 ? size : rest.size;
                        lines->offset += bytes_of(lines, (Text){ rest.data, size });
                        memmove(window->data + kept, rest.data + size, rest.size - size);
                        window->size -= size;
                        return 0;
                }
                lines->offset += bytes_of(lines, rest);
                window->size = kept;
                r = fill(lines);
                if (r < 0)
                        return r;
                kept = lines->row + ORDER_ROW_MAX + 1;
        }
}

bool order_lines_is_blank(Text row, char delimiter) {
        for (size_t i = 0; i < row.size; i++) {
                char c = row.data[i];

                if (c == ' ' || c == '\t' || c == '\r' || c == '\n' ||
                    (c == delimiter && delimiter != '\0'))
                        continue;
                /* `"";"";""`: a program that quotes every cell; `""""` is a quote */
                if (c != '"' || row.size - i < 2 || row.data[i + 1] != '"' ||
                    (row.size - i > 2 && row.data[i + 2] == '"'))
                        return false;
                i++;
        }
        return true;
}

/* Finds the row at `row` of the window, reading on as far as needed. 1, 0 at the end, errno. */
static int find_row(OrderLines *lines, RowText *ret) {
        for (;;) {
                Text text = { lines->window.data + lines->row, lines->window.size - lines->row };
                int r;

                if (text.size == 0 && lines->read_all)
                        return 0;
                if (lines->line_end == '\0' && (text.size > 0 || lines->read_all))
                        lines->line_end = find_line_end(text);
                if (text.size > 0) {
                        ret->text.data = text.data;
                        ret->text.size = order_lines_extent(text, lines->line_end, lines->read_all,
                                                            &ret->lines);
                        ret->cut = ret->text.size > ORDER_ROW_MAX ||
                                   (ret->text.size == 0 && text.size > ORDER_ROW_MAX);
                        if (ret->text.size > 0 || ret->cut)
                                return 1;
                }
                r = fill(lines);
                if (r < 0)
                        return r;
        }
}

int order_lines_next(OrderLines *lines, RowText *ret_row) {
        RowText row;
        int r;

        if (lines->again) {
                lines->again = false;
                *ret_row = lines->given;
                return 1;
        }
        do {
                lines->row = lines->next;
                r = find_row(lines, &row);
                if (r <= 0)
                        return r;
                row.line = lines->line;
                lines->given_offset = lines->offset;
                if (row.cut) {
                        row.text.size = ORDER_ROW_MAX + 1;
                        r = skip_line(lines);
                        if (r < 0)
                                return r;
                        row.text.data = lines->window.data + lines->row;
                }
                lines->next = lines->row + row.text.size;
                lines->offset += bytes_of(lines, row.text);
                lines->line += row.lines;
        } while (order_lines_is_blank(row.text, lines->dialect.delimiter));

        lines->given = row;
        *ret_row = row;
        return 1;
}

void order_lines_shrink(OrderLines *lines, RowText *row) {
        assert(row->text.data == lines->given.text.data && row->lines > 1 && !row->cut);

        row->text.size = line_size(row->text, lines->line_end);
        row->lines = 1;
        lines->next = lines->row + row->text.size;
        lines->offset = lines->given_offset + bytes_of(lines, row->text);
        lines->line = row->line + 1;
        lines->given = *row;
}
