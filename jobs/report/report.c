#include "jobs/report/report.h"

#include <stdio.h>

#include "jobs/base/cleanup.h"

int report_append_number(Buffer *buffer, int64_t amount, Currency currency) {
        AUTO_BUFFER money = BUFFER_EMPTY;
        int r = money_append(&money, amount, currency);

        return r < 0 ? r : buffer_append_string(buffer, money.data + strlen("CLP "));
}

int report_append_count(Buffer *buffer, int64_t count, Language language) {
        char digits[24];
        int n = snprintf(digits, sizeof(digits), "%lld", (long long) count);
        int r = 0;

        for (int i = 0; i < n && r == 0; i++) {
                if (i > 0 && (n - i) % 3 == 0 && digits[i - 1] != '-')
                        r = buffer_append_char(buffer, language == LANGUAGE_ES ? '.' : ',');
                if (r == 0)
                        r = buffer_append_char(buffer, digits[i]);
        }
        return r;
}

int64_t report_share(int64_t part, int64_t whole, int64_t of) {
        if (whole <= 0 || part <= 0)
                return 0;
        return whole > INT64_MAX / of ? part / (whole / of) : part * of / whole;
}

/* How much of the beginning can stay as it is; `ret_bad`: how many bytes behind it cannot. */
static size_t safe_run(Text text, size_t *ret_bad) {
        size_t n = 0, bad;

        while (n < text.size && ((unsigned char) text.data[n] >= ' ' || text.data[n] == '\n' ||
                                 text.data[n] == '\t'))
                n++;
        *ret_bad = n < text.size;
        if (text_is_utf8((Text){ text.data, n }, &bad))
                return n;
        *ret_bad = 1;
        return bad;
}

/* U+FFFE and U+FFFF are UTF-8, but no characters of XML. */
static size_t without_nonsense(Text text, size_t *ret_bad) {
        for (const char *at = text.data;
             (at = memmem(at, text.size - (size_t) (at - text.data), "\xef\xbf", 2)) != NULL;
             at += 2)
                if (at + 2 < text.data + text.size && (uint8_t) at[2] >= 0xbe) {
                        *ret_bad = 3;
                        return (size_t) (at - text.data);
                }
        return text.size;
}

int report_append_xml_safe(Buffer *buffer, Text text) {
        int r = 0;

        while (text.size > 0 && r == 0) {
                size_t bad;
                size_t n = safe_run(text, &bad);

                n = without_nonsense((Text){ text.data, n }, &bad);
                r = buffer_append(buffer, text.data, n);
                if (r == 0 && bad > 0 && text.data[n] != '\r') /* XML has line ends of one kind */
                        r = buffer_append_string(buffer, "\xef\xbf\xbd");
                text = (Text){ text.data + n + bad, text.size - n - bad };
        }
        return r;
}
