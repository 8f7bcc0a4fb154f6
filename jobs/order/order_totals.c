#include "jobs/order/order_totals.h"

#include <assert.h>
#include <inttypes.h>

#include "jobs/base/cleanup.h"

static bool is_digit(char c) {
        return c >= '0' && c <= '9';
}

static Text skip(Text text, size_t size) {
        assert(size <= text.size);
        return (Text){ text.data + size, text.size - size };
}

/* --- adding ---------------------------------------------------------------------------------- */

bool order_totals_are_given(const OrderTotals *totals) {
        return totals->n > 0 || totals->has_sha256 || totals->unreadable[0] != '\0';
}

static void cannot_read(OrderTotals *totals, Text what) {
        if (totals->unreadable[0] == '\0')
                text_copy_out(what.size > 0 ? what : TEXT("-"), totals->unreadable,
                              sizeof(totals->unreadable));
}

void order_totals_add(OrderTotals *totals, const DeclaredTotal *total) {
        if (totals->n == ORDER_TOTALS_MAX)
                cannot_read(totals, TEXT("…"));
        else
                totals->total[totals->n++] = *total;
}

static void add_number(OrderTotals *totals, TotalsSource source, bool is_sum, Currency currency,
                       int64_t number) {
        DeclaredTotal total = { .source = source, .is_sum = is_sum, .currency = currency };

        for (Currency c = 0; c < CURRENCY_COUNT; c++)
                total.number[c] = number;
        order_totals_add(totals, &total);
}

void order_totals_add_count(OrderTotals *totals, TotalsSource source, Currency currency,
                            int64_t count) {
        add_number(totals, source, false, currency, count);
}

void order_totals_add_all(OrderTotals *totals, const OrderTotals *more) {
        for (size_t i = 0; i < more->n; i++)
                order_totals_add(totals, &more->total[i]);
        if (more->has_sha256) {
                totals->has_sha256 = true;
                memcpy(totals->sha256, more->sha256, sizeof(totals->sha256));
        }
        if (more->unreadable[0] != '\0')
                cannot_read(totals, text_of(more->unreadable));
}

/* --- numbers --------------------------------------------------------------------------------- */

/* At most 18 digits: sums of them do not overflow. */
static bool take_number(Text *text, int64_t *ret_number) {
        size_t n = 0;

        *ret_number = 0;
        while (n < text->size && is_digit(text->data[n]) && n < 18)
                *ret_number = 10 * *ret_number + (text->data[n++] - '0');
        *text = skip(*text, n);
        return n > 0 && (text->size == 0 || !is_digit(text->data[0]));
}

bool order_totals_parse_number(Text text, Currency *ret_currency, int64_t *ret_number) {
        Text rest = text_trim(text);

        *ret_currency = CURRENCY_XXX;
        if (!take_number(&rest, ret_number))
                return false;
        return rest.size == 0 ||
               (rest.data[0] == ' ' && currency_parse(text_trim(rest), ret_currency));
}

/* --- the name -------------------------------------------------------------------------------- */

static bool take_mark(Text *text, char letter) {
        if (text->size < 3 || text->data[0] != '_' || text->data[1] != letter ||
            !is_digit(text->data[2]))
                return false;
        *text = skip(*text, 2);
        return true;
}

/* `_s45120300` or `_s45120300CLP` */
static bool take_sum(Text *text, Currency *ret_currency, int64_t *ret_sum) {
        *ret_currency = CURRENCY_XXX;
        if (!take_mark(text, 's') || !take_number(text, ret_sum))
                return false;
        if (text->size >= 3 && currency_parse((Text){ text->data, 3 }, ret_currency))
                *text = skip(*text, 3);
        return true;
}

static bool is_letter_or_digit(char c) {
        return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

void order_totals_of_name(OrderTotals *totals, Text name) {
        for (; name.size > 0; name = skip(name, 1)) {
                OrderTotals found = { .n = 0 };
                Text rest = name;
                Currency currency;
                int64_t number;

                if (!take_mark(&rest, 'n') || !take_number(&rest, &number))
                        continue;
                order_totals_add_count(&found, TOTALS_OF_NAME, CURRENCY_XXX, number);
                while (take_sum(&rest, &currency, &number))
                        add_number(&found, TOTALS_OF_NAME, true, currency, number);
                if (found.n < 2 || (rest.size > 0 && is_letter_or_digit(rest.data[0])))
                        continue; /* `_n5` alone is somebody's number 5 */
                /* Rows that came back in a file of ours are some of them. */
                if (rest.size > 2 && memcmp(rest.data, ".B", 2) == 0 && is_digit(rest.data[2]))
                        return;
                order_totals_add_all(totals, &found);
                return;
        }
}

/* --- the .ctl file --------------------------------------------------------------------------- */

static int hex_value(char c) {
        if (is_digit(c))
                return c - '0';
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool read_sha256(OrderTotals *totals, Text hex) {
        if (hex.size != 2 * (size_t) DIGEST_SIZE)
                return false;
        for (size_t i = 0; i < DIGEST_SIZE; i++) {
                int high = hex_value(hex.data[2 * i]), low = hex_value(hex.data[2 * i + 1]);

                if (high < 0 || low < 0)
                        return false;
                totals->sha256[i] = (uint8_t) (high << 4 | low);
        }
        totals->has_sha256 = true;
        return true;
}

static bool read_line(OrderTotals *totals, Text line) {
        const char *equals = memchr(line.data, '=', line.size);
        Text key, value;
        Currency currency;
        int64_t number;

        if (!equals)
                return false;
        key = text_trim((Text){ line.data, (size_t) (equals - line.data) });
        value = text_trim(skip(line, (size_t) (equals - line.data) + 1));
        if (text_is(key, "sha256"))
                return read_sha256(totals, value);
        if (!text_is(key, "count") && !text_is(key, "sum"))
                return false;
        if (!order_totals_parse_number(value, &currency, &number))
                return false;
        add_number(totals, TOTALS_OF_CONTROL, text_is(key, "sum"), currency, number);
        return true;
}

void order_totals_of_control(OrderTotals *totals, Text text) {
        size_t before = totals->n;

        if (text.size >= 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0)
                text = skip(text, 3);
        while (text.size > 0) {
                const char *end = memchr(text.data, '\n', text.size);
                size_t size = end ? (size_t) (end - text.data) : text.size;
                Text line = text_trim((Text){ text.data, size });

                if (line.size > 0 && line.data[0] != '#' && !read_line(totals, line))
                        cannot_read(totals, line);
                text = skip(text, size + (end != NULL));
        }
        if (totals->n == before && !totals->has_sha256)
                cannot_read(totals, TEXT("count, sum"));
}

/* --- kept with a batch ----------------------------------------------------------------------- */

/* `SOURCE count|sum CURRENCY NUMBER...`, a number for each currency */
int order_totals_append(const OrderTotals *totals, Buffer *text) {
        char digest[DIGEST_HEX_SIZE];
        int r = 0;

        for (size_t i = 0; i < totals->n && r == 0; i++) {
                const DeclaredTotal *total = &totals->total[i];

                r = buffer_printf(text, "%d %s %s", (int) total->source,
                                  total->is_sum ? "sum" : "count", currency_name(total->currency));
                for (Currency c = 0; c < CURRENCY_COUNT && r == 0; c++)
                        r = buffer_printf(text, " %" PRId64, total->number[c]);
                if (r == 0)
                        r = buffer_append_char(text, '\n');
        }
        if (r == 0 && totals->has_sha256) {
                digest_hex(totals->sha256, DIGEST_SIZE, digest);
                r = buffer_printf(text, "sha256 %s\n", digest);
        }
        if (r == 0 && totals->unreadable[0] != '\0')
                r = buffer_printf(text, "unreadable %s\n", totals->unreadable);
        return r;
}

static Text take_word(Text *line) {
        size_t n = 0;
        Text word;

        while (n < line->size && line->data[n] != ' ')
                n++;
        word = (Text){ line->data, n };
        *line = skip(*line, n + (n < line->size));
        return word;
}

static void parse_line(OrderTotals *totals, Text line) {
        DeclaredTotal total = { .number = { 0 } };
        Text first = take_word(&line);

        if (text_is(first, "sha256")) {
                (void) read_sha256(totals, line);
                return;
        }
        if (text_is(first, "unreadable")) {
                cannot_read(totals, line);
                return;
        }
        if (first.size != 1)
                return;
        total.source = (TotalsSource) (first.data[0] - '0');
        total.is_sum = text_is(take_word(&line), "sum");
        (void) currency_parse(take_word(&line), &total.currency);
        for (Currency c = 0; c < CURRENCY_COUNT; c++) {
                Text number = take_word(&line);

                if (text_is(number, "-1"))
                        total.number[c] = -1;
                else
                        (void) take_number(&number, &total.number[c]);
        }
        order_totals_add(totals, &total);
}

void order_totals_parse(OrderTotals *totals, Text text) {
        while (text.size > 0) {
                const char *end = memchr(text.data, '\n', text.size);
                size_t size = end ? (size_t) (end - text.data) : text.size;

                parse_line(totals, (Text){ text.data, size });
                text = skip(text, size + (end != NULL));
        }
}

/* --- declared and read ----------------------------------------------------------------------- */

/* The only currency of the file; CURRENCY_XXX: it has none, or several. */
static Currency only_currency(const TotalsRead read[static CURRENCY_COUNT]) {
        Currency only = CURRENCY_XXX;

        for (Currency c = CURRENCY_XXX + 1; c < CURRENCY_COUNT; c++) {
                if (read[c].count == 0)
                        continue;
                if (only != CURRENCY_XXX)
                        return CURRENCY_XXX;
                only = c;
        }
        return only;
}

static int64_t count_of(const DeclaredTotal *total, const TotalsRead read[static CURRENCY_COUNT]) {
        int64_t count = 0;

        if (total->currency != CURRENCY_XXX)
                return read[total->currency].count;
        for (Currency c = 0; c < CURRENCY_COUNT; c++)
                count += read[c].count;
        return count;
}

bool order_total_fits(const DeclaredTotal *total, const TotalsRead read[static CURRENCY_COUNT],
                      Currency *ret_currency) {
        *ret_currency = total->currency;
        if (!total->is_sum)
                return count_of(total, read) == total->number[total->currency];
        if (total->currency == CURRENCY_XXX)
                *ret_currency = only_currency(read);
        return *ret_currency != CURRENCY_XXX &&
               total->number[*ret_currency] == read[*ret_currency].sum;
}

static const char *const source_names[][LANGUAGE_COUNT] = {
        [TOTALS_OF_ROW] = { "la fila TOTAL", "the TOTAL row" },
        [TOTALS_OF_NAME] = { "el nombre del archivo", "the name of the file" },
        [TOTALS_OF_CONTROL] = { "el archivo .ctl", "the .ctl file" },
};

static const struct {
        const char *orders, *by, *counted, *summed, *no_currency;
} words[LANGUAGE_COUNT] = {
        [LANGUAGE_ES] = { " órdenes", " según ", "; leídas, ", "; leídos, ",
                          " no dice de qué moneda es la suma, y el archivo no tiene una sola" },
        [LANGUAGE_EN] = { " orders", " by ", "; read, ", "; read, ",
                          " does not say the currency of the sum, and the file has not exactly one" },
};

static int append_count(const DeclaredTotal *total, const TotalsRead read[static CURRENCY_COUNT],
                        Language language, Buffer *text) {
        bool said = total->currency != CURRENCY_XXX;

        return buffer_printf(text, "%" PRId64 "%s%s%s%s%s%s%" PRId64,
                             total->number[total->currency], words[language].orders,
                             said ? " " : "", said ? currency_name(total->currency) : "",
                             words[language].by, source_names[total->source][language],
                             words[language].counted, count_of(total, read));
}

static int append_sum(const DeclaredTotal *total, const TotalsRead read[static CURRENCY_COUNT],
                      Currency currency, Language language, Buffer *text) {
        const char *source = source_names[total->source][language];
        int r;

        if (currency == CURRENCY_XXX)
                return buffer_printf(text, "%s%s", source, words[language].no_currency);
        if (total->number[currency] < 0)
                r = buffer_printf(text, "%s ?", currency_name(currency));
        else
                r = money_append(text, total->number[currency], currency);
        if (r == 0)
                r = buffer_printf(text, "%s%s%s", words[language].by, source,
                                  words[language].summed);
        return r < 0 ? r : money_append(text, read[currency].sum, currency);
}

int order_total_append(const DeclaredTotal *total, const TotalsRead read[static CURRENCY_COUNT],
                       Language language, Buffer *text) {
        Currency currency;

        (void) order_total_fits(total, read, &currency);
        return total->is_sum ? append_sum(total, read, currency, language, text)
                             : append_count(total, read, language, text);
}
