#include "jobs/order/order_damage.h"

#include <assert.h>
#include <stdio.h>

#include "jobs/base/cleanup.h"

static bool is_digit(char c) {
        return c >= '0' && c <= '9';
}

static Text skip(Text text, size_t size) {
        assert(size <= text.size);
        return (Text){ text.data + size, text.size - size };
}

/* --- formulas -------------------------------------------------------------------------------- */

/* Without what differs between languages and versions: `#`, `¡` or `¿` before, `!` or `?` after. */
static const char *const failures[] = {
        "N/D",
        "N/A",
        "REF",
        "VALOR",
        "VALUE",
        "NOMBRE",
        "NAME",
        "DIV/0",
        "NUM",
        "NULO",
        "NULL",
        "DESBORDAMIENTO",
        "SPILL",
        "CALC",
        "CAMPO",
        "FIELD",
        "BLOCKED",
        "GETTING_DATA",
        "OBTENIENDO_DATOS",
        "UNKNOWN",
};

static bool is_all(Text text, char c) {
        for (size_t i = 0; i < text.size; i++)
                if (text.data[i] != c)
                        return false;
        return true;
}

bool order_damage_is_failed_formula(Text cell) {
        Text name = cell;

        if (cell.size == 7 && memcmp(cell.data, "Err:", 4) == 0)
                return is_digit(cell.data[4]) && is_digit(cell.data[5]) && is_digit(cell.data[6]);
        if (cell.size < 3 || cell.data[0] != '#')
                return false;
        if (is_all(cell, '#'))
                return true;
        name = skip(name, 1);
        if (name.size > 2 &&
            (memcmp(name.data, "\xc2\xa1", 2) == 0 || memcmp(name.data, "\xc2\xbf", 2) == 0))
                name = skip(name, 2);
        if (name.data[name.size - 1] == '!' || name.data[name.size - 1] == '?')
                name.size--;
        for (size_t i = 0; i < ELEMENTS(failures); i++)
                if (text_is(name, failures[i]))
                        return true;
        return false;
}

/* --- numbers --------------------------------------------------------------------------------- */

#define EXPONENT_MAX 40 /* figures that are shown one by one */

/* Takes the digits off the text. */
static size_t take_digits(Text *text, char *out, size_t size) {
        size_t n = 0;

        while (text->size > 0 && is_digit(text->data[0]) && n < size) {
                out[n++] = text->data[0];
                *text = skip(*text, 1);
        }
        return n;
}

/* Spreadsheets write sign and two digits at least: `1E5` may be what somebody calls an order. */
static bool take_exponent(Text *text, unsigned *ret_exponent) {
        char digits[4];
        size_t n;

        if (text->size < 4 || (text->data[0] != 'E' && text->data[0] != 'e') ||
            (text->data[1] != '+' && text->data[1] != '-'))
                return false;
        *ret_exponent = 0;
        *text = skip(*text, 2);
        n = take_digits(text, digits, 3);
        for (size_t i = 0; i < n; i++)
                *ret_exponent = *ret_exponent * 10 + (unsigned) (digits[i] - '0');
        return n >= 2;
}

bool order_damage_is_scientific(Text cell, DamageText out, Text *ret_left) {
        char figures[20];
        Text rest = cell;
        unsigned exponent;
        size_t whole, n;
        bool below_one;

        if (rest.size > 0 && rest.data[0] == '-')
                rest = skip(rest, 1);
        whole = n = take_digits(&rest, figures, sizeof(figures));
        if (n > 0 && rest.size > 0 && (rest.data[0] == ',' || rest.data[0] == '.')) {
                rest = skip(rest, 1);
                n += take_digits(&rest, figures + n, sizeof(figures) - n);
        }
        below_one = rest.size > 1 && rest.data[1] == '-';
        if (whole != 1 || !take_exponent(&rest, &exponent) || rest.size > 0)
                return false;
        if (below_one || exponent > EXPONENT_MAX || exponent + 1 < n) {
                *ret_left = cell;
                return true;
        }
        memcpy(out, figures, n);
        memset(out + n, '?', exponent + 1 - n);
        *ret_left = (Text){ out, exponent + 1 };
        return true;
}

/* --- dates ----------------------------------------------------------------------------------- */

static const char *const month_names[][2] = {
        { "ene", "jan" }, { "feb", "feb" }, { "mar", "mar" }, { "abr", "apr" },
        { "may", "may" }, { "jun", "jun" }, { "jul", "jul" }, { "ago", "aug" },
        { "sep", "sep" }, { "oct", "oct" }, { "nov", "nov" }, { "dic", "dec" },
};

/* `dic`, `Dec`, `sept`: the number of the month, 0: none. */
static unsigned take_month_name(Text *text) {
        for (size_t i = 0; i < ELEMENTS(month_names); i++)
                for (size_t k = 0; k < 2; k++) {
                        if (text->size < 3 || !text_equal_ignoring_case((Text){ text->data, 3 },
                                                                        text_of(month_names[i][k])))
                                continue;
                        *text = skip(*text, 3);
                        if (i == 8 && text->size > 0 && text->data[0] == 't')
                                *text = skip(*text, 1);
                        if (text->size > 0 && text->data[0] == '.')
                                *text = skip(*text, 1);
                        return (unsigned) i + 1;
                }
        return 0;
}

typedef struct DatePart {
        unsigned number;
        size_t digits; /* 0: the name of a month */
} DatePart;

static bool take_part(Text *text, DatePart *ret_part) {
        char digits[4];
        size_t n = take_digits(text, digits, sizeof(digits));

        *ret_part = (DatePart){ .digits = n };
        if (n == 0)
                return (ret_part->number = take_month_name(text)) > 0;
        for (size_t i = 0; i < n; i++)
                ret_part->number = ret_part->number * 10 + (unsigned) (digits[i] - '0');
        return true;
}

/* Three parts with one mark between them; a midnight behind it is the cell's format. */
static bool take_parts(Text text, DatePart parts[static 3]) {
        char mark;

        if (!take_part(&text, &parts[0]) || text.size == 0)
                return false;
        mark = text.data[0];
        if (mark != '/' && mark != '-' && mark != '.' && mark != ' ')
                return false;
        text = skip(text, 1);
        if (!take_part(&text, &parts[1]) || text.size == 0 || text.data[0] != mark)
                return false;
        text = skip(text, 1);
        if (!take_part(&text, &parts[2]))
                return false;
        return text.size == 0 || text_is(text, " 0:00") || text_is(text, " 00:00") ||
               text_is(text, " 0:00:00") || text_is(text, " 00:00:00");
}

/* Appends `2026-12-31` when there is such a day. */
static size_t put_date(DamageText out, size_t at, DatePart year, unsigned month, unsigned day) {
        unsigned full = year.digits == 2 ? 2000 + year.number : year.number;
        char date[16];
        CivilDate parsed;
        int n = snprintf(date, sizeof(date), "%04u-%02u-%02u", full % 10000, month % 100,
                         day % 100);

        if ((year.digits != 2 && year.digits != 4) || month > 12 || day > 31 || n != 10 ||
            !civil_date_parse(text_of(date), &parsed))
                return at;
        if (at > 0 && memcmp(out, date, 10) == 0)
                return at; /* 05/05 is one day either way */
        if (at > 0) {      /* behind the first one */
                assert(at == 10);
                memcpy(out + at, " / ", 3);
                at += 3;
        }
        memcpy(out + at, date, 10);
        return at + 10;
}

bool order_damage_is_turned_date(Text cell, DamageText out, Text *ret_readings) {
        DatePart p[3];
        size_t n = 0;

        if (cell.size == 8 && is_digit(cell.data[0])) { /* 20261231 */
                DatePart year = { 0, 4 };
                char d[9];
                Text rest = cell;

                if (take_digits(&rest, d, 8) == 8) {
                        for (size_t i = 0; i < 4; i++)
                                year.number = year.number * 10 + (unsigned) (d[i] - '0');
                        n = put_date(out, 0, year, (unsigned) ((d[4] - '0') * 10 + d[5] - '0'),
                                     (unsigned) ((d[6] - '0') * 10 + d[7] - '0'));
                }
        }
        if (n == 0 && take_parts(cell, p)) {
                if (p[0].digits == 4) {
                        n = put_date(out, n, p[0], p[1].number, p[2].number);
                } else if (p[0].digits == 0) { /* Dec 31 2026 */
                        n = put_date(out, n, p[2], p[0].number, p[1].number);
                } else {
                        n = put_date(out, n, p[2], p[1].number, p[0].number);
                        if (p[1].digits > 0)
                                n = put_date(out, n, p[2], p[0].number, p[1].number);
                }
        }
        *ret_readings = (Text){ out, n };
        return n > 0;
}

#define SERIAL_FIRST 36526 /* 2000-01-01 */
#define SERIAL_LAST  73050 /* 2099-12-31 */
#define SERIAL_ZERO  25569 /* 1970-01-01 */

bool order_damage_is_serial_date(Text cell, DamageText out, Text *ret_date) {
        Text rest = cell;
        char digits[6], time[CIVIL_TIME_SIZE];
        size_t n = take_digits(&rest, digits, sizeof(digits));
        int64_t serial = 0;

        for (size_t i = 0; i < n; i++)
                serial = serial * 10 + (digits[i] - '0');
        if (n != 5 || serial < SERIAL_FIRST || serial > SERIAL_LAST)
                return false;
        if (rest.size > 0 && rest.data[0] != ',' && rest.data[0] != '.') /* a time of the day */
                return false;
        for (size_t i = 1; i < rest.size; i++)
                if (!is_digit(rest.data[i]))
                        return false;
        (void) civil_time_format((serial - SERIAL_ZERO) * DAY, time);
        memcpy(out, time, 10);
        *ret_date = (Text){ out, 10 };
        return true;
}

bool order_damage_is_month(Text cell) {
        Text rest = cell;
        char digits[3];
        bool number_first = cell.size > 0 && is_digit(cell.data[0]);

        if (cell.size < 5 || cell.size > 7)
                return false;
        if (number_first &&
            (take_digits(&rest, digits, 3) > 2 || rest.size < 4 || rest.data[0] != '-'))
                return false;
        if (number_first)
                rest = skip(rest, 1);
        /* As they write them: `dic` or `Dec`; DIC-26 somebody has chosen. */
        if (rest.size > 1 && rest.data[1] >= 'A' && rest.data[1] <= 'Z')
                return false;
        if (take_month_name(&rest) == 0)
                return false;
        if (number_first)
                return rest.size == 0;
        if (rest.size != 3 || rest.data[0] != '-')
                return false;
        rest = skip(rest, 1);
        return take_digits(&rest, digits, 3) == 2 && rest.size == 0;
}

/* --- encodings ------------------------------------------------------------------------------- */

/* The bytes 0x80 to 0x9f of Windows-1252; 0: it has none there, and the byte stood for itself. */
static const uint16_t windows_1252[32] = {
        0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
        0x2039, 0x0152, 0,      0x017d, 0,      0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
        0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178,
};

/* Takes a character of UTF-8 off the text, which must be well-formed. */
static uint32_t take_character(Text *text) {
        const uint8_t *at = (const uint8_t *) text->data;
        size_t n = at[0] < 0x80 ? 1 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
        uint32_t character = n == 1 ? at[0] : at[0] & (0xffU >> (n + 1));

        for (size_t i = 1; i < n; i++)
                character = character << 6 | (at[i] & 0x3fU);
        *text = skip(*text, n);
        return character;
}

/* The byte that Windows-1252 shows as this character; -1: none does. */
static int byte_of(uint32_t character) {
        if (character < 0x80 || (character >= 0xa0 && character <= 0xff))
                return (int) character;
        for (int i = 0; i < 32; i++)
                if (windows_1252[i] == character ||
                    (windows_1252[i] == 0 && character == 0x80U + (uint32_t) i))
                        return 0x80 + i;
        return -1;
}

/* Ã, Â and â are what the first bytes of Spanish letters and of curly quotes look like. */
bool order_damage_may_be_doubly_encoded(Text cell) {
        const char *at = cell.data, *end = cell.data + cell.size;

        while (end - at >= 4 && (at = memchr(at, 0xc3, (size_t) (end - at) - 3)) != NULL) {
                uint8_t second = (uint8_t) at[1], third = (uint8_t) at[2];

                if ((second == 0x82 || second == 0x83 || second == 0xa2) && third >= 0xc2)
                        return true;
                at += 2;
        }
        return false;
}

bool order_damage_is_doubly_encoded(Text cell, DamageText out, Text *ret_original) {
        Text rest = cell;
        size_t n = 0;

        if (!order_damage_may_be_doubly_encoded(cell) || !text_is_utf8(cell, NULL))
                return false;
        while (rest.size > 0 && n + 1 < DAMAGE_SIZE) {
                int byte = byte_of(take_character(&rest));

                if (byte < 0)
                        return false;
                out[n++] = (char) byte;
        }
        while (rest.size > 0 && n > 0 && !text_is_utf8((Text){ out, n }, NULL))
                n--; /* the beginning of a long one */
        *ret_original = (Text){ out, n };
        return n > 0 && text_is_utf8(*ret_original, NULL);
}

/* --- quotes ---------------------------------------------------------------------------------- */

static bool is_curly_at(const char *at, size_t size) {
        uint8_t third;

        if (size >= 2 && at[0] == '\xc2' && (at[1] == '\xab' || at[1] == '\xbb'))
                return true;
        if (size < 3 || at[0] != '\xe2' || at[1] != '\x80')
                return false;
        third = (uint8_t) at[2];
        return third == 0x98 || third == 0x99 || (third >= 0x9c && third <= 0x9e);
}

bool order_damage_begins_curly(Text cell) {
        return cell.size > 0 && is_curly_at(cell.data, cell.size);
}

bool order_damage_has_curly_quote(Text cell) {
        for (size_t i = 0; i < cell.size; i++)
                if ((cell.data[i] & 0x80) != 0 && is_curly_at(cell.data + i, cell.size - i))
                        return true;
        return false;
}
