/* Cells of a workbook: typed, and texts that every reader shows as they are. */
#include <errno.h>
#include <stdio.h>

#include "jobs/base/cleanup.h"
#include "jobs/report/report_xlsx_private.h"

#define TEXT_MOST   32000              /* characters; the library refuses more than 32,767 */
#define EXACT_MOST  (INT64_C(1) << 53) /* a cell's number is a double */
#define EPOCH       25569              /* 1970-01-01 as a day of Excel */
#define DAY_FIRST   61      /* 1900-03-01: before it, Excel counts a day that never was */
#define DAY_LAST    2958465 /* 9999-12-31 */
#define DAY_SECONDS 86400

void xlsx_error(ReportXlsx *xlsx, int r) {
        if (xlsx->error == 0 && r < 0)
                xlsx->error = r;
}

static void told(ReportXlsx *xlsx, lxw_error error) {
        if (error != LXW_NO_ERROR)
                xlsx_error(xlsx, error == LXW_ERROR_MEMORY_MALLOC_FAILED ? -ENOMEM : -EINVAL);
}

void xlsx_next_row(XlsxSheet *to, unsigned rows) {
        to->row += rows;
        to->column = 0;
}

static bool is_hex(char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* `_x0041_` is how a workbook writes a character by its number (ECMA-376, 22.9.2.19): where a text
 * really has that, its underscore is written so. */
static int append_unmistaken(Buffer *buffer, Text text) {
        size_t from = 0;
        int r = 0;

        for (size_t i = 0; i + 7 <= text.size && r == 0; i++) {
                const char *at = text.data + i;

                if (at[0] != '_' || at[1] != 'x' || at[6] != '_' || !is_hex(at[2]) ||
                    !is_hex(at[3]) || !is_hex(at[4]) || !is_hex(at[5]))
                        continue;
                r = buffer_append(buffer, text.data + from, i - from);
                if (r == 0)
                        r = buffer_append_string(buffer, "_x005F_");
                from = i + 1;
        }
        return r < 0 ? r : buffer_append(buffer, text.data + from, text.size - from);
}

/* At most so many characters, then an ellipsis. */
static Text cut(Text text) {
        size_t characters = 0, i = 0;

        if (text.size <= TEXT_MOST)
                return text;
        for (; i < text.size && characters <= TEXT_MOST; i++)
                characters += ((uint8_t) text.data[i] & 0xc0) != 0x80;
        return (Text){ text.data, i < text.size ? i - 1 : i };
}

void xlsx_text(ReportXlsx *xlsx, XlsxSheet *to, XlsxStyle style, Text text) {
        Text shown;
        int r;

        if (xlsx->error < 0)
                return;
        if (text.size == 0) {
                to->column++;
                return;
        }
        buffer_clear(&xlsx->safe);
        buffer_clear(&xlsx->text);
        r = report_append_xml_safe(&xlsx->safe, text);
        if (r == 0)
                r = append_unmistaken(&xlsx->text, (Text){ xlsx->safe.data, xlsx->safe.size });
        shown = cut((Text){ xlsx->text.data, xlsx->text.size }); /* the library counts as written */
        if (r == 0 && shown.size < xlsx->text.size) {
                xlsx->text.size = shown.size;
                r = buffer_append_string(&xlsx->text, "…");
        }
        xlsx_error(xlsx, r);
        if (r == 0 && xlsx->text.size > 0)
                told(xlsx, worksheet_write_string(to->sheet, to->row, to->column, xlsx->text.data,
                                                  xlsx->styles[style]));
        to->column++;
}

void xlsx_string(ReportXlsx *xlsx, XlsxSheet *to, XlsxStyle style, const char *string) {
        xlsx_text(xlsx, to, style, text_of(string));
}

void xlsx_word(ReportXlsx *xlsx, XlsxSheet *to, XlsxStyle style, ReportWord word) {
        xlsx_string(xlsx, to, style, report_word(word, xlsx->language));
}

static void write_number(ReportXlsx *xlsx, XlsxSheet *to, XlsxStyle style, double number) {
        if (xlsx->error == 0)
                told(xlsx, worksheet_write_number(to->sheet, to->row, to->column, number,
                                                  xlsx->styles[style]));
        to->column++;
}

/* A number that a cell cannot hold exactly is shown as a text. */
static bool is_exact(int64_t number) {
        return number > -EXACT_MOST && number < EXACT_MOST;
}

static void write_digits(ReportXlsx *xlsx, XlsxSheet *to, int64_t number) {
        char digits[24];

        (void) snprintf(digits, sizeof(digits), "%lld", (long long) number);
        xlsx_string(xlsx, to, STYLE_PLAIN, digits);
}

void xlsx_number(ReportXlsx *xlsx, XlsxSheet *to, XlsxStyle style, int64_t number) {
        if (is_exact(number))
                write_number(xlsx, to, style, (double) number);
        else
                write_digits(xlsx, to, number);
}

void xlsx_money(ReportXlsx *xlsx, XlsxSheet *to, int64_t amount, Currency currency, bool sum) {
        bool centavos = currency_decimals(currency) > 0;

        if (!is_exact(amount))
                write_digits(xlsx, to, amount);
        else if (centavos)
                write_number(xlsx, to, sum ? STYLE_MXN_SUM : STYLE_MXN, (double) amount / 100);
        else
                write_number(xlsx, to, sum ? STYLE_CLP_SUM : STYLE_CLP, (double) amount);
}

void xlsx_date(ReportXlsx *xlsx, XlsxSheet *to, int64_t days) {
        char text[CIVIL_TIME_SIZE];

        if (days + EPOCH >= DAY_FIRST && days + EPOCH <= DAY_LAST) {
                write_number(xlsx, to, STYLE_DATE, (double) (days + EPOCH));
                return;
        }
        xlsx_string(xlsx, to, STYLE_PLAIN, civil_date_format(civil_date_of_days(days), text));
}

void xlsx_time(ReportXlsx *xlsx, XlsxSheet *to, int64_t seconds) {
        char text[CIVIL_TIME_SIZE];

        if (seconds / DAY_SECONDS + EPOCH >= DAY_FIRST && seconds / DAY_SECONDS + EPOCH < DAY_LAST)
                write_number(xlsx, to, STYLE_TIME, (double) seconds / DAY_SECONDS + EPOCH);
        else
                xlsx_string(xlsx, to, STYLE_PLAIN, civil_time_format(seconds * SECOND, text));
}

int xlsx_add_sheet(ReportXlsx *xlsx, const char *name, XlsxSheet *ret_sheet) {
        *ret_sheet = (XlsxSheet){ .sheet = workbook_add_worksheet(xlsx->workbook, name) };
        if (!ret_sheet->sheet)
                return errno == ENOSPC || errno == EACCES || errno == EMFILE ? -errno : -EIO;
        xlsx->n_sheets++;
        return 0;
}
