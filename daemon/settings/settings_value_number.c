#include <stdlib.h>
#include <strings.h>

#include "daemon/settings/settings_value.h"
#include "jobs/base/civil.h"

/* Digits only, then the unit, blanks between them allowed. */
static bool read_number(const char *text, int64_t *ret_number, const char **ret_unit) {
        int64_t number = 0;

        if (*text < '0' || *text > '9')
                return false;
        for (; *text >= '0' && *text <= '9'; text++)
                if (__builtin_mul_overflow(number, 10, &number) ||
                    __builtin_add_overflow(number, *text - '0', &number))
                        return false;
        *ret_number = number;
        *ret_unit = text + strspn(text, " ");
        return true;
}

static bool read_whole_number(const char *text, int64_t *ret_number) {
        const char *unit;

        return read_number(text, ret_number, &unit) && *unit == '\0';
}

const char *value_duration(StringPool *pool, const char *text, void *ret_value) {
        static const struct {
                const char *name;
                int64_t length;
        } units[] = {
                { "ms", 1000 }, { "s", SECOND }, { "min", MINUTE }, { "h", HOUR }, { "d", DAY }
        };
        int64_t number, length;
        const char *unit;

        (void) pool;
        if (read_number(text, &number, &unit))
                for (size_t i = 0; i < ELEMENTS(units); i++)
                        if (strcmp(unit, units[i].name) == 0 &&
                            !__builtin_mul_overflow(number, units[i].length, &length) &&
                            length <= 36500 * DAY) {
                                *(int64_t *) ret_value = length;
                                return NULL;
                        }
        return "not a duration: write it like 30s, 10min, 2h or 3d";
}

const char *value_duration_some(StringPool *pool, const char *text, void *ret_value) {
        int64_t length;
        const char *wrong = value_duration(pool, text, &length);

        if (!wrong && length == 0)
                wrong = "must be longer than nothing";
        if (!wrong)
                *(int64_t *) ret_value = length;
        return wrong;
}

const char *value_duration_or_zero(StringPool *pool, const char *text, void *ret_value) {
        if (*text)
                return value_duration_some(pool, text, ret_value);
        *(int64_t *) ret_value = 0;
        return NULL;
}

const char *value_size(StringPool *pool, const char *text, void *ret_value) {
        static const char units[] = "KMGT";
        int64_t number, size;
        const char *unit, *found;
        unsigned shift = 0;

        (void) pool;
        if (!read_number(text, &number, &unit))
                return "not a size: write it like 64M or 1G";
        found = *unit ? strchr(units, *unit) : NULL;
        if (*unit && (!found || unit[1] != '\0'))
                return "not a size: write it like 64M or 1G";
        if (found)
                shift = 10 * (unsigned) (found - units + 1);
        if (number == 0 || __builtin_mul_overflow(number, INT64_C(1) << shift, &size))
                return "the size must be above 0 and below 8388608T";
        *(uint64_t *) ret_value = (uint64_t) size;
        return NULL;
}

const char *value_rate(StringPool *pool, const char *text, void *ret_value) {
        char *unit;
        double rate;

        (void) pool;
        if (strcmp(text, "unlimited") == 0) {
                *(double *) ret_value = 0;
                return NULL;
        }
        /* no sign, no exponent, no "inf": strtod knows more notations than people should */
        if (strspn(text, "0123456789.") == 0)
                return "not a rate: write it like 50/s, 100/min, or unlimited";
        rate = strtod(text, &unit);
        if (strcmp(unit, "/min") == 0)
                rate /= 60;
        else if (strcmp(unit, "/s") != 0)
                return "not a rate: write it like 50/s, 100/min, or unlimited";
        if (!(rate > 0) || rate > 1e6)
                return "the rate must be above 0 and at most 1000000/s";
        *(double *) ret_value = rate;
        return NULL;
}

static const char *read_unsigned(const char *text, int64_t min, int64_t max, void *ret_value,
                                 const char *wrong) {
        int64_t number;

        if (!read_whole_number(text, &number) || number < min || number > max)
                return wrong;
        *(unsigned *) ret_value = (unsigned) number;
        return NULL;
}

const char *value_in_flight(StringPool *pool, const char *text, void *ret_value) {
        (void) pool;
        return read_unsigned(text, 1, 1000, ret_value, "not a whole number from 1 to 1000");
}

const char *value_canary(StringPool *pool, const char *text, void *ret_value) {
        (void) pool;
        return read_unsigned(text, 0, 1000000, ret_value, "not a whole number from 0 to 1000000");
}

const char *value_count_or_zero(StringPool *pool, const char *text, void *ret_value) {
        int64_t number = 0;

        (void) pool;
        if (*text && (!read_whole_number(text, &number) || number == 0))
                return "not a whole number above 0";
        *(int64_t *) ret_value = number;
        return NULL;
}

const char *value_share(StringPool *pool, const char *text, void *ret_value) {
        double share;
        char *unit;

        (void) pool;
        if (!*text) {
                *(double *) ret_value = -1;
                return NULL;
        }
        if (strspn(text, "0123456789.") == 0)
                return "not a share: write it like 5%";
        share = strtod(text, &unit);
        if (strcmp(unit, "%") != 0 || !(share >= 0 && share <= 100))
                return "not a share from 0% to 100%";
        *(double *) ret_value = share / 100;
        return NULL;
}

const char *value_sum_limit(StringPool *pool, const char *text, void *ret_value) {
        SumLimit limit = { 0, CURRENCY_XXX };
        const char *unit;

        (void) pool;
        if (*text && (!read_number(text, &limit.amount, &unit) ||
                      !currency_parse(text_of(unit), &limit.currency)))
                return "not a sum: write it in the smallest unit, like 50000000 CLP";
        *(SumLimit *) ret_value = limit;
        return NULL;
}

const char *value_amount(StringPool *pool, const char *text, void *ret_value) {
        int64_t amount;

        (void) pool;
        if (!read_whole_number(text, &amount) || amount == 0)
                return "not an amount: a whole number in the smallest unit, above 0";
        *(int64_t *) ret_value = amount;
        return NULL;
}
