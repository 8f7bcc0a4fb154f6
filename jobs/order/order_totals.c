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

/* its problem, and the word that it is kept under */
static const struct {
        ProblemCode code;
        const char *word;
} unread_kinds[TOTALS_UNREAD_COUNT] = {
        [TOTALS_UNREAD_ROW] = { PROBLEM_FILE_TOTALS_ROW, "unreadable-row" },
        [TOTALS_UNREAD_NAME] = { PROBLEM_FILE_TOTALS_NAME, "unreadable-name" },
        [TOTALS_UNREAD_CONTROL] = { PROBLEM_FILE_TOTALS_READ, "unreadable" },
        [TOTALS_UNREAD_FILE] = { PROBLEM_FILE_TOTALS_FILE, "unreadable-file" },
};

ProblemCode order_totals_problem(TotalsUnread where) {
        assert(where < TOTALS_UNREAD_COUNT);
        return unread_kinds[where].code;
}

bool order_totals_are_given(const OrderTotals *totals) {
        bool given = totals->n > 0 || totals->has_sha256;

        for (TotalsUnread where = 0; where < TOTALS_UNREAD_COUNT; where++)
                given = given || totals->unread[where][0] != '\0';
        return given;
}

void order_totals_add_unread(OrderTotals *totals, TotalsUnread where, Text what) {
        char *kept = totals->unread[where];
        size_t n = what.size;

        if (kept[0] != '\0')
                return;
        while (n >= ORDER_TOTALS_UNREAD_SIZE ||
               (n > 0 && n < what.size && (what.data[n] & 0xc0) == 0x80))
                n--; /* between two characters */
        text_copy_out(n > 0 ? (Text){ what.data, n } : TEXT("-"), kept, ORDER_TOTALS_UNREAD_SIZE);
        for (char *c = kept; *c != '\0'; c++)
                if ((unsigned char) *c < ' ') /* it is kept as a line */
                        *c = '?';
}

void order_totals_add(OrderTotals *totals, const DeclaredTotal *total) {
        static const TotalsUnread unread[] = {
                [TOTALS_OF_ROW] = TOTALS_UNREAD_ROW,
                [TOTALS_OF_NAME] = TOTALS_UNREAD_NAME,
                [TOTALS_OF_CONTROL] = TOTALS_UNREAD_CONTROL,
        };

        if (totals->n == ORDER_TOTALS_MAX)
                order_totals_add_unread(totals, unread[total->source], TEXT("…"));
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
        for (TotalsUnread where = 0; where < TOTALS_UNREAD_COUNT; where++)
                if (more->unread[where][0] != '\0')
                        order_totals_add_unread(totals, where, text_of(more->unread[where]));
}

/* --- numbers --------------------------------------------------------------------------------- */

bool order_totals_take_number(Text *text, int64_t *ret_number) {
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
        if (!order_totals_take_number(&rest, ret_number))
                return false;
        return rest.size == 0 ||
               (rest.data[0] == ' ' && currency_parse(text_trim(rest), ret_currency));
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
                        order_totals_add_unread(totals, TOTALS_UNREAD_CONTROL, line);
                text = skip(text, size + (end != NULL));
        }
        if (totals->n == before && !totals->has_sha256)
                order_totals_add_unread(totals, TOTALS_UNREAD_CONTROL, TEXT("count, sum"));
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
        for (TotalsUnread where = 0; where < TOTALS_UNREAD_COUNT && r == 0; where++)
                if (totals->unread[where][0] != '\0')
                        r = buffer_printf(text, "%s %s\n", unread_kinds[where].word,
                                          totals->unread[where]);
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
        for (TotalsUnread where = 0; where < TOTALS_UNREAD_COUNT; where++)
                if (text_is(first, unread_kinds[where].word))
                        order_totals_add_unread(totals, where, line);
        if (first.size != 1 || first.data[0] < '1' || first.data[0] > '3')
                return;
        total.source = (TotalsSource) (first.data[0] - '0');
        total.is_sum = text_is(take_word(&line), "sum");
        (void) currency_parse(take_word(&line), &total.currency);
        for (Currency c = 0; c < CURRENCY_COUNT; c++) {
                Text number = take_word(&line);

                if (text_is(number, "-1"))
                        total.number[c] = -1;
                else
                        (void) order_totals_take_number(&number, &total.number[c]);
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

bool order_total_is_year(const OrderTotals *totals, const DeclaredTotal *count,
                         const TotalsRead read[static CURRENCY_COUNT]) {
        int64_t number = count->number[count->currency];
        Currency currency;

        if (count->is_sum || count->source != TOTALS_OF_ROW || number < 2000 || number > 2099 ||
            order_total_fits(count, read, &currency))
                return false;
        for (size_t i = 0; i < totals->n; i++) {
                const DeclaredTotal *sum = &totals->total[i];

                if (sum->is_sum && sum->source == TOTALS_OF_ROW &&
                    sum->currency == count->currency && order_total_fits(sum, read, &currency))
                        return true;
        }
        return false;
}

static const char *const source_names[][LANGUAGE_COUNT] = {
        [TOTALS_OF_ROW] = { "la fila TOTAL", "the TOTAL row" },
        [TOTALS_OF_NAME] = { "el nombre del archivo", "the name of the file" },
        [TOTALS_OF_CONTROL] = { "el archivo .ctl", "the .ctl file" },
};

static const struct {
        const char *orders, *by, *counted, *summed, *unreadable, *no_currency;
} words[LANGUAGE_COUNT] = {
        [LANGUAGE_ES] = { " órdenes", " según ", "; leídas, ", "; leídos, ", "ilegible",
                          " no dice de qué moneda es la suma, y el archivo no tiene una sola" },
        [LANGUAGE_EN] = { " orders", " by ", "; read, ", "; read, ", "unreadable",
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
                r = buffer_printf(text, "%s %s", currency_name(currency),
                                  words[language].unreadable);
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
