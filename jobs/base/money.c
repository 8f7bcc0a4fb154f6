#include "jobs/base/money.h"

#include <assert.h>

#include "jobs/base/cleanup.h"

static const struct {
        const char *name;
        unsigned decimals;
        char decimal_mark;
        char thousands_mark; /* 0: none */
} currencies[] = {
        [CURRENCY_XXX] = { "XXX", 0, 0, 0 },
        [CURRENCY_CLP] = { "CLP", 0, ',', '.' },
        [CURRENCY_MXN] = { "MXN", 2, '.', ',' },
};
static_assert(ELEMENTS(currencies) == CURRENCY_COUNT, "every currency has its line");
static_assert(CURRENCY_XXX == 0 && CURRENCY_CLP == 1 && CURRENCY_MXN == 2 && CURRENCY_COUNT == 3,
              "stored on disk: never renumber");

const char *currency_name(Currency currency) {
        assert(currency < CURRENCY_COUNT);
        return currencies[currency].name;
}

bool currency_parse(Text text, Currency *ret_currency) {
        for (Currency currency = CURRENCY_CLP; currency < CURRENCY_COUNT; currency++) {
                if (text_is(text, currencies[currency].name)) {
                        *ret_currency = currency;
                        return true;
                }
        }
        return false;
}

unsigned currency_decimals(Currency currency) {
        assert(currency < CURRENCY_COUNT);
        return currencies[currency].decimals;
}

int64_t money_add(int64_t a, int64_t b) {
        int64_t sum;

        if (!__builtin_add_overflow(a, b, &sum))
                return sum;
        return b > 0 ? INT64_MAX : INT64_MIN;
}

int money_append(Buffer *buffer, int64_t amount, Currency currency) {
        char out[48]; /* 19 digits, 6 marks, sign and name */
        char *at = out + sizeof(out);
        uint64_t rest = amount < 0 ? 0 - (uint64_t) amount : (uint64_t) amount;
        unsigned decimals = currency_decimals(currency);

        *--at = '\0';
        for (unsigned digit = 0; digit <= decimals || rest > 0; digit++) {
                if (decimals > 0 && digit == decimals)
                        *--at = currencies[currency].decimal_mark;
                else if (digit > decimals && (digit - decimals) % 3 == 0 &&
                         currencies[currency].thousands_mark)
                        *--at = currencies[currency].thousands_mark;
                *--at = (char) ('0' + rest % 10);
                rest /= 10;
        }
        if (amount < 0)
                *--at = '-';
        *--at = ' ';
        for (size_t i = 3; i-- > 0;)
                *--at = currencies[currency].name[i];

        assert(at >= out);
        return buffer_append_string(buffer, at);
}
