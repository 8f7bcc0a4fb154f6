#include "jobs/base/civil.h"

#include <assert.h>
#include <string.h>

#include "jobs/base/civil_private.h"

#define YEAR_EARLIEST 1900
#define YEAR_LATEST   9999

/* --- days and seconds ------------------------------------------------------------------------ */

/* Years begin in March here, so that the leap day is their last one. */
int64_t civil_days(int64_t year, int64_t month, int64_t day) {
        int64_t y = month <= 2 ? year - 1 : year;
        int64_t era = (y >= 0 ? y : y - 399) / 400;
        int64_t year_of_era = y - era * 400;
        int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
        int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

        return era * 146097 + day_of_era - 719468;
}

void civil_year_month_day(int64_t days, int64_t *ret_year, unsigned *ret_month, unsigned *ret_day) {
        int64_t z = days + 719468;
        int64_t era = (z >= 0 ? z : z - 146096) / 146097;
        int64_t day_of_era = z - era * 146097;
        int64_t year_of_era =
                (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
        int64_t day_of_year =
                day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        int64_t month = (5 * day_of_year + 2) / 153;

        *ret_day = (unsigned) (day_of_year - (153 * month + 2) / 5 + 1);
        *ret_month = (unsigned) (month < 10 ? month + 3 : month - 9);
        *ret_year = year_of_era + era * 400 + (*ret_month <= 2);
}

int64_t civil_divide_down(int64_t number, int64_t by) {
        return number / by - (number % by < 0);
}

static bool date_exists(int64_t year, unsigned month, unsigned day) {
        static const uint8_t lengths[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
        bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

        if (year < YEAR_EARLIEST || year > YEAR_LATEST || month < 1 || month > 12)
                return false;
        return day >= 1 && day <= lengths[month - 1] && (month != 2 || day <= 28 || leap);
}

int civil_date_compare(CivilDate a, CivilDate b) {
        if (a.year != b.year)
                return a.year < b.year ? -1 : 1;
        if (a.month != b.month)
                return a.month < b.month ? -1 : 1;
        return a.day < b.day ? -1 : a.day > b.day;
}

int64_t civil_date_days(CivilDate date) {
        assert(date.year != 0);
        return civil_days(date.year, date.month, date.day);
}

CivilDate civil_date_of_days(int64_t days) {
        int64_t year;
        unsigned month;
        unsigned day;

        civil_year_month_day(days, &year, &month, &day);
        assert(year >= INT16_MIN && year <= INT16_MAX);
        return (CivilDate){ (int16_t) year, (uint8_t) month, (uint8_t) day };
}

/* --- reading --------------------------------------------------------------------------------- */

/* Takes exactly `digits` digits off the text. */
static bool take_number(Text *text, size_t digits, unsigned *ret_number) {
        unsigned number = 0;

        if (text->size < digits)
                return false;
        for (size_t i = 0; i < digits; i++) {
                if (text->data[i] < '0' || text->data[i] > '9')
                        return false;
                number = number * 10 + (unsigned) (text->data[i] - '0');
        }
        *text = (Text){ text->data + digits, text->size - digits };
        *ret_number = number;
        return true;
}

static bool take_char(Text *text, char c) {
        if (text->size == 0 || text->data[0] != c)
                return false;
        *text = (Text){ text->data + 1, text->size - 1 };
        return true;
}

static bool take_date(Text *text, CivilDate *ret_date) {
        unsigned year;
        unsigned month;
        unsigned day;

        if (!take_number(text, 4, &year) || !take_char(text, '-') ||
            !take_number(text, 2, &month) || !take_char(text, '-') || !take_number(text, 2, &day) ||
            !date_exists(year, month, day))
                return false;
        *ret_date = (CivilDate){ (int16_t) year, (uint8_t) month, (uint8_t) day };
        return true;
}

bool civil_date_parse(Text text, CivilDate *ret_date) {
        CivilDate date;

        if (!take_date(&text, &date) || text.size > 0)
                return false;
        *ret_date = date;
        return true;
}

/* `.250` or nothing; what is finer than a microsecond is dropped. */
static bool take_fraction(Text *text, int64_t *ret_microseconds) {
        int64_t unit = SECOND / 10;
        int64_t sum = 0;
        unsigned digit;

        *ret_microseconds = 0;
        if (!take_char(text, '.') && !take_char(text, ','))
                return true;
        if (!take_number(text, 1, &digit))
                return false;
        do {
                sum += digit * unit;
                unit /= 10;
        } while (take_number(text, 1, &digit));
        *ret_microseconds = sum;
        return true;
}

/* `Z`, `+HH`, `+HHMM` or `+HH:MM`. */
static bool take_offset(Text *text, int64_t *ret_offset) {
        bool west = text->size > 0 && text->data[0] == '-';
        unsigned hours;
        unsigned minutes = 0;
        int64_t offset;

        if (take_char(text, 'Z')) {
                *ret_offset = 0;
                return true;
        }
        if (!(west ? take_char(text, '-') : take_char(text, '+')) ||
            !take_number(text, 2, &hours) || hours > 23)
                return false;
        if (text->size > 0) {
                (void) take_char(text, ':');
                if (!take_number(text, 2, &minutes) || minutes > 59)
                        return false;
        }
        offset = hours * HOUR + minutes * MINUTE;
        *ret_offset = west ? -offset : offset;
        return true;
}

bool civil_time_parse(Text text, int64_t *ret_instant) {
        CivilDate date;
        unsigned hour;
        unsigned minute;
        unsigned second = 0;
        int64_t fraction = 0;
        int64_t offset;

        if (!take_date(&text, &date) || !take_char(&text, 'T') || !take_number(&text, 2, &hour) ||
            hour > 23 || !take_char(&text, ':') || !take_number(&text, 2, &minute) || minute > 59)
                return false;
        if (take_char(&text, ':')) {
                if (!take_number(&text, 2, &second) || second > 59 ||
                    !take_fraction(&text, &fraction))
                        return false;
        }
        if (!take_offset(&text, &offset) || text.size > 0)
                return false;

        *ret_instant = civil_days(date.year, date.month, date.day) * DAY + hour * HOUR +
                       minute * MINUTE + second * SECOND + fraction - offset;
        return true;
}

static bool take_month(Text *text, unsigned *ret_month) {
        static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

        for (unsigned month = 1; text->size >= 3 && month <= 12; month++) {
                if (memcmp(text->data, names + (size_t) 3 * (month - 1), 3) == 0) {
                        *text = (Text){ text->data + 3, text->size - 3 };
                        *ret_month = month;
                        return true;
                }
        }
        return false;
}

bool civil_http_date_parse(Text text, int64_t *ret_instant) {
        unsigned year;
        unsigned month;
        unsigned day;
        unsigned hour;
        unsigned minute;
        unsigned second;

        if (text.size != strlen("Sun, 22 Nov 2026 10:00:00 GMT"))
                return false;
        text = (Text){ text.data + 3, text.size - 3 }; /* the date says which day of week it is */
        if (!take_char(&text, ',') || !take_char(&text, ' ') || !take_number(&text, 2, &day) ||
            !take_char(&text, ' ') || !take_month(&text, &month) || !take_char(&text, ' ') ||
            !take_number(&text, 4, &year) || !take_char(&text, ' ') ||
            !date_exists(year, month, day))
                return false;
        if (!take_number(&text, 2, &hour) || hour > 23 || !take_char(&text, ':') ||
            !take_number(&text, 2, &minute) || minute > 59 || !take_char(&text, ':') ||
            !take_number(&text, 2, &second) || second > 60 || !text_is(text, " GMT"))
                return false;

        *ret_instant = civil_days(year, month, day) * DAY + hour * HOUR + minute * MINUTE +
                       second * SECOND;
        return true;
}

/* --- writing --------------------------------------------------------------------------------- */

/* At least `digits` digits; gives what is behind them. */
static char *put_number(char *out, int64_t number, int digits) {
        int64_t unit = 1;

        assert(number >= 0);
        for (int i = 1; i < digits || number / unit >= 10; i++)
                unit *= 10;
        for (; unit > 0; unit /= 10)
                *out++ = (char) ('0' + number / unit % 10);
        return out;
}

static char *put_char(char *out, char c) {
        *out = c;
        return out + 1;
}

static char *put_date(char *out, int64_t year, unsigned month, unsigned day) {
        if (year < 0)
                out = put_char(out, '-');
        out = put_char(put_number(out, year < 0 ? -year : year, 4), '-');
        out = put_char(put_number(out, month, 2), '-');
        return put_number(out, day, 2);
}

const char *civil_date_format(CivilDate date, char out[static CIVIL_TIME_SIZE]) {
        *put_date(out, date.year, date.month, date.day) = '\0';
        return out;
}

static char *put_date_time(char *out, int64_t days, int64_t second_of_day, char between) {
        int64_t year;
        unsigned month;
        unsigned day;

        civil_year_month_day(days, &year, &month, &day);
        out = put_char(put_date(out, year, month, day), between);
        out = put_char(put_number(out, second_of_day / 3600, 2), ':');
        out = put_char(put_number(out, second_of_day / 60 % 60, 2), ':');
        return put_number(out, second_of_day % 60, 2);
}

const char *civil_time_format(int64_t instant, char out[static CIVIL_TIME_SIZE]) {
        int64_t seconds = civil_divide_down(instant, SECOND);
        int64_t days = civil_divide_down(seconds, CIVIL_DAY_SECONDS);
        char *end = put_date_time(out, days, seconds - days * CIVIL_DAY_SECONDS, 'T');

        *put_char(end, 'Z') = '\0';
        return out;
}

const char *civil_week_format(CivilDate date, char out[static CIVIL_TIME_SIZE]) {
        int64_t day = civil_days(date.year, date.month, date.day);
        /* 1970 began on a Thursday */
        int64_t weekday = day + 3 - 7 * civil_divide_down(day + 3, 7);
        int64_t thursday = day - weekday + 3, year;
        unsigned month, of_month;
        char *at;

        civil_year_month_day(thursday, &year, &month, &of_month);
        at = put_char(put_char(put_number(out, year, 4), '-'), 'W');
        *put_number(at, (thursday - civil_days(year, 1, 1)) / 7 + 1, 2) = '\0';
        return out;
}

const char *civil_local_format(int64_t instant, char out[static CIVIL_TIME_SIZE]) {
        int64_t seconds = civil_local_seconds(instant);
        int64_t days = civil_divide_down(seconds, CIVIL_DAY_SECONDS);

        *put_date_time(out, days, seconds - days * CIVIL_DAY_SECONDS, ' ') = '\0';
        return out;
}
