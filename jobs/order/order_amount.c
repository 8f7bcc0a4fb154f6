#include "jobs/order/order_amount.h"

#include <assert.h>
#include <stdio.h>

#include "jobs/base/cleanup.h"

static bool is_digit(char c) {
        return c >= '0' && c <= '9';
}

static bool add_digit(int64_t *number, char digit) {
        return !__builtin_mul_overflow(*number, 10, number) &&
               !__builtin_add_overflow(*number, digit - '0', number);
}

/* --- the smallest unit, as the API takes it -------------------------------------------------- */

/* Only digits and marks between them: somebody's notation of a number. */
static bool looks_like_notation(Text text) {
        bool marks = false;

        if (text.size == 0 || !is_digit(text.data[0]) || !is_digit(text.data[text.size - 1]))
                return false;
        for (size_t i = 0; i < text.size; i++) {
                if (text.data[i] == '.' || text.data[i] == ',')
                        marks = true;
                else if (!is_digit(text.data[i]))
                        return false;
        }
        return marks;
}

static ProblemCode read_minor(Text text, int64_t *ret_amount) {
        int64_t amount = 0;

        if (text.size == 0)
                return PROBLEM_AMOUNT_FORMAT;
        if (text.size > 1 && text.data[0] == '0' && is_digit(text.data[1]))
                return PROBLEM_AMOUNT_FORMAT;
        for (size_t i = 0; i < text.size; i++)
                if (!is_digit(text.data[i]))
                        return looks_like_notation(text) ? PROBLEM_AMOUNT_NOTATION
                                                         : PROBLEM_AMOUNT_FORMAT;
        for (size_t i = 0; i < text.size; i++)
                if (!add_digit(&amount, text.data[i]))
                        return PROBLEM_AMOUNT_RANGE;
        *ret_amount = amount;
        return PROBLEM_NONE;
}

/* --- people's notation ----------------------------------------------------------------------- */

/* Blanks that spreadsheets put into numbers: space, NBSP, thin and narrow spaces. */
static size_t blank_size(Text text) {
        static const char *const wide[] = { "\xc2\xa0", "\xe2\x80\x89", "\xe2\x80\xaf",
                                            "\xe2\x80\x87" };

        if (text.size > 0 && text.data[0] == ' ')
                return 1;
        for (size_t i = 0; i < ELEMENTS(wide); i++) {
                size_t size = strlen(wide[i]);

                if (text.size >= size && memcmp(text.data, wide[i], size) == 0)
                        return size;
        }
        return 0;
}

static Text skip(Text text, size_t size) {
        assert(size <= text.size);
        return (Text){ text.data + size, text.size - size };
}

static Text skip_blanks(Text text) {
        for (size_t n; (n = blank_size(text)) > 0;)
                text = skip(text, n);
        return text;
}

/* Is the mark next? A blank as the thousands mark may be any blank. */
static size_t mark_size(Text text, char mark) {
        if (mark == ' ')
                return blank_size(text);
        return mark != '\0' && text.size > 0 && text.data[0] == mark ? 1 : 0;
}

/* `1.234.567` or `1234567`; what follows is left in the text. */
static ProblemCode take_whole(Text *text, char mark, int64_t *number) {
        size_t group = 0, groups = 0;
        bool leading_zero = text->size > 1 && text->data[0] == '0';

        for (;;) {
                size_t n = mark_size(*text, mark);

                if (text->size > 0 && is_digit(text->data[0])) {
                        if (!add_digit(number, text->data[0]))
                                return PROBLEM_AMOUNT_RANGE;
                        *text = skip(*text, 1);
                        group++;
                        continue;
                }
                /* a blank behind the number is no mark */
                if (n == 0 || text->size == n || !is_digit(text->data[n]))
                        break;
                if (group == 0 || group > 3 || (groups > 0 && group != 3))
                        return PROBLEM_AMOUNT_MARKS;
                *text = skip(*text, n);
                groups++;
                group = 0;
        }
        if (group == 0 && groups == 0)
                return PROBLEM_AMOUNT_FORMAT;
        if (groups > 0 && group != 3)
                return PROBLEM_AMOUNT_MARKS;
        return leading_zero && (groups > 0 || group > 1) ? PROBLEM_AMOUNT_FORMAT : PROBLEM_NONE;
}

static ProblemCode take_decimals(Text *text, unsigned decimals, int64_t *number) {
        unsigned n = 0;

        while (text->size > 0 && is_digit(text->data[0])) {
                if (n < decimals && !add_digit(number, text->data[0]))
                        return PROBLEM_AMOUNT_RANGE;
                *text = skip(*text, 1);
                n++;
        }
        if (n == 3) /* a group of thousands, by somebody else's marks */
                return PROBLEM_AMOUNT_MARKS;
        return n == decimals && n > 0 ? PROBLEM_NONE : PROBLEM_AMOUNT_DECIMALS;
}

static ProblemCode read_decimal(Text text, Currency currency, const OrderRules *rules,
                                int64_t *ret_amount) {
        Text rest = skip_blanks(text);
        unsigned decimals = currency_decimals(currency);
        int64_t number = 0;
        ProblemCode code;

        if (rest.size > 0 && rest.data[0] == '$')
                rest = skip_blanks(skip(rest, 1));
        code = take_whole(&rest, rules->thousands_mark, &number);
        if (code == PROBLEM_NONE && rules->decimal_mark != '\0' && rest.size > 0 &&
            rest.data[0] == rules->decimal_mark) {
                rest = skip(rest, 1);
                code = take_decimals(&rest, decimals, &number);
        } else {
                for (unsigned i = 0; i < decimals && code == PROBLEM_NONE; i++)
                        if (!add_digit(&number, '0'))
                                code = PROBLEM_AMOUNT_RANGE;
        }
        rest = skip_blanks(rest);
        if ((code == PROBLEM_NONE || code == PROBLEM_AMOUNT_DECIMALS) && rest.size > 0)
                code = rest.data[0] == '.' || rest.data[0] == ',' || rest.data[0] == '\''
                               ? PROBLEM_AMOUNT_MARKS
                               : PROBLEM_AMOUNT_FORMAT;
        if (code == PROBLEM_NONE)
                *ret_amount = number;
        return code;
}

ProblemCode order_amount_read(Text text, Currency currency, const OrderRules *rules,
                              int64_t *ret_amount) {
        switch (rules->amount_format) {
        case AMOUNT_FORMAT_UNSET:
                /* Pesos of Chile have no smaller unit: one reading only. */
                if (currency_decimals(currency) > 0)
                        return PROBLEM_AMOUNT_FORMAT_UNSET;
                return read_minor(text, ret_amount);
        case AMOUNT_FORMAT_MINOR:
                return read_minor(text, ret_amount);
        case AMOUNT_FORMAT_DECIMAL:
                return read_decimal(text, currency, rules, ret_amount);
        }
        assert(false);
        return PROBLEM_AMOUNT_FORMAT;
}

/* The number when the mark at `decimal` (NULL: none) begins its decimals and all others are marks
 * of thousands. */
static size_t put_reading(Text text, const char *decimal, char *out, size_t size) {
        size_t n = 0;

        for (size_t i = 0; i < text.size && n < size; i++) {
                if (is_digit(text.data[i]))
                        out[n++] = text.data[i];
                else if (text.data + i == decimal)
                        out[n++] = '.';
        }
        return n;
}

Text order_amount_readings(Text text, char out[static AMOUNT_READINGS_SIZE]) {
        static const char between[] = " / ";
        const size_t half = (AMOUNT_READINGS_SIZE - sizeof(between)) / 2;
        const char *dot = memrchr(text.data, '.', text.size);
        const char *comma = memrchr(text.data, ',', text.size);
        size_t n;

        /* With one kind of mark, none of it is decimal or the last is; with both, either may be. */
        n = put_reading(text, dot && comma ? comma : NULL, out, half);
        memcpy(out + n, between, sizeof(between) - 1);
        n += sizeof(between) - 1;
        n += put_reading(text, dot ? dot : comma, out + n, half);
        return (Text){ out, n };
}
