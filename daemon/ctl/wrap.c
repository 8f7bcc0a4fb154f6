#include "daemon/ctl/wrap.h"

#include <wchar.h>

#include "daemon/ctl/terminal.h"

#define FURTHER_IN 2

size_t wrap_cells(Text text) {
        mbstate_t state = { 0 };
        size_t cells = 0;

        while (text.size > 0) {
                wchar_t c;
                size_t n = mbrtowc(&c, text.data, text.size, &state);
                int width;

                if (n == 0 || n > text.size)
                        return cells + text.size;
                width = wcwidth(c);
                cells += width > 0 ? (size_t) width : 0;
                text.data += n;
                text.size -= n;
        }
        return cells;
}

static size_t count_blanks(Text text) {
        size_t n = 0;

        while (n < text.size && text.data[n] == ' ')
                n++;
        return n;
}

static Text cut(Text *text, size_t size) {
        Text front = { text->data, size };

        text->data += size;
        text->size -= size;
        return front;
}

static Text cut_word(Text *text) {
        const char *blank = memchr(text->data, ' ', text->size);

        return cut(text, blank ? (size_t) (blank - text->data) : text->size);
}

static int append_blanks(Buffer *out, size_t n) {
        return buffer_printf(out, "%*s", (int) n, "");
}

int wrap_append(Buffer *out, Text text, size_t width, size_t used, size_t indent) {
        int r = 0;

        while (text.size > 0 && r >= 0) {
                size_t blanks = cut(&text, count_blanks(text)).size;
                Text word = cut_word(&text);
                size_t cells = wrap_cells(word);

                /* a line that has only its indentation takes whatever comes */
                if (word.size > 0 && used > indent && used + blanks + cells > width) {
                        r = buffer_append_char(out, '\n');
                        blanks = indent;
                        used = 0;
                }
                if (r >= 0)
                        r = append_blanks(out, blanks);
                if (r >= 0)
                        r = buffer_append(out, word.data, word.size);
                used += blanks + cells;
        }
        return r;
}

int wrap_append_lines(Buffer *out, Text text, int fd) {
        size_t width = terminal_is(fd) ? terminal_width(fd) : SIZE_MAX;
        int r = 0;

        while (text.size > 0 && r >= 0) {
                const char *end = memchr(text.data, '\n', text.size);
                Text line = cut(&text, end ? (size_t) (end - text.data) : text.size);

                r = wrap_append(out, line, width, 0, count_blanks(line) + FURTHER_IN);
                if (r >= 0 && end) {
                        (void) cut(&text, 1);
                        r = buffer_append_char(out, '\n');
                }
        }
        return r;
}
