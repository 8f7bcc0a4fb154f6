/* People name files after customers: what in a name looks like an e-mail address or a tax id is
 * left out of the log. */
#include "daemon/base/log.h"
#include "jobs/order/order_tax_id.h"

#define LEFT_OUT       "(...)"
#define RUT_DIGITS_MIN 7

static bool is_digit(char c) {
        return c >= '0' && c <= '9';
}

static bool is_letter(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char) c >= 0x80;
}

static bool is_of_word(char c) {
        return is_digit(c) || is_letter(c) || c == '&';
}

static bool is_of_address(char c) {
        return is_digit(c) || is_letter(c) || (c != '\0' && strchr(".%+-_", c));
}

static bool is_of_rut(char c) {
        return is_digit(c) || c == '.' || c == '-' || c == 'k' || c == 'K';
}

static size_t run_of(Text text, bool (*belongs)(char c)) {
        size_t n = 0;

        while (n < text.size && belongs(text.data[n]))
                n++;
        return n;
}

/* Each gives how long the thing is that begins here; 0: there is none. */

static size_t address_at(Text rest) {
        size_t n = run_of(rest, is_of_address);

        if (n == 0 || n == rest.size || rest.data[n] != '@')
                return 0;
        n++;
        return n + run_of((Text){ rest.data + n, rest.size - n }, is_of_address);
}

static size_t rut_at(Text rest) {
        char folded[TAX_ID_SIZE];
        Text rut;

        for (size_t n = run_of(rest, is_of_rut); n >= RUT_DIGITS_MIN; n--)
                if ((n == rest.size || !is_digit(rest.data[n])) &&
                    order_tax_id_is_rut((Text){ rest.data, n }, folded, &rut))
                        return n;
        return 0;
}

static size_t rfc_at(Text rest) {
        char folded[TAX_ID_SIZE];
        size_t n = run_of(rest, is_of_word);
        Text rfc;

        return n > 0 && order_tax_id_is_rfc((Text){ rest.data, n }, folded, &rfc) ? n : 0;
}

/* They begin where a word does: not in the middle of a longer number. */
static size_t secret_at(Text name, size_t at) {
        Text rest = { name.data + at, name.size - at };
        bool begins = at == 0 || !is_of_word(name.data[at - 1]);
        size_t n = begins ? address_at(rest) : 0;

        if (n == 0 && begins)
                n = rfc_at(rest);
        if (n == 0 && is_digit(rest.data[0]) && (at == 0 || !is_digit(name.data[at - 1])))
                n = rut_at(rest);
        return n;
}

int log_append_name(Buffer *line, Text name, size_t max) {
        AUTO_BUFFER kept = BUFFER_EMPTY;
        int r = 0;

        if (log_allows_references())
                return text_append_visible(line, name, max);
        for (size_t at = 0; r >= 0 && at < name.size;) {
                size_t n = secret_at(name, at);

                r = n > 0 ? buffer_append_string(&kept, LEFT_OUT)
                          : buffer_append_char(&kept, name.data[at]);
                at += n > 0 ? n : 1;
        }
        return r < 0 ? r : text_append_visible(line, (Text){ kept.data, kept.size }, max);
}
