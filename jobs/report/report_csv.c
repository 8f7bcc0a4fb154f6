#include "jobs/report/report_csv.h"

#include <stdio.h>

#include "jobs/order/order_file.h"

#define LINE_END "\r\n"

static int delimit(const ReportCsv *csv, Buffer *buffer, bool *first) {
        bool none = *first;

        *first = false;
        return none ? 0 : buffer_append_char(buffer, csv->delimiter);
}

int report_csv_append_head(const ReportCsv *csv, Buffer *buffer, const Text *own, size_t n_own) {
        bool first = true;
        int r = 0;

        for (ReportColumn column = 0; column < COLUMN_COUNT && r == 0; column++) {
                if (column != COLUMN_OWN) {
                        r = delimit(csv, buffer, &first);
                        if (r == 0)
                                r = buffer_append_string(buffer, report_column_name(column));
                        continue;
                }
                for (size_t i = 0; i < n_own && r == 0; i++) {
                        r = delimit(csv, buffer, &first);
                        if (r == 0)
                                r = order_append_cell(buffer, own[i], csv->delimiter, csv->guard);
                }
        }
        return r < 0 ? r : buffer_append_string(buffer, LINE_END);
}

/* -1234 centavos with a comma: `-12,34`. */
static int append_decimal(const ReportCsv *csv, Buffer *buffer, int64_t amount, Currency currency) {
        unsigned decimals = currency_decimals(currency);
        uint64_t rest = amount < 0 ? 0 - (uint64_t) amount : (uint64_t) amount, unit = 1;
        char number[48], mark[2] = { csv->decimal_mark, '\0' };

        for (unsigned i = 0; i < decimals; i++)
                unit *= 10;
        (void) snprintf(number, sizeof(number), "%s%llu%s%0*llu", amount < 0 ? "-" : "",
                        (unsigned long long) (rest / unit), mark, (int) decimals,
                        (unsigned long long) (rest % unit));
        return order_append_cell(buffer, text_of(number), csv->delimiter, false);
}

static int append_money(const ReportCsv *csv, Buffer *buffer, int64_t amount, Currency currency) {
        return csv->decimal_mark != 0 && currency_decimals(currency) > 0
                       ? append_decimal(csv, buffer, amount, currency)
                       : buffer_append_integer(buffer, amount);
}

static int append_value(const ReportCsv *csv, Buffer *buffer, const ReportValue *value) {
        char time[CIVIL_TIME_SIZE];

        switch (value->kind) {
        case KIND_NONE:
                return 0;
        case KIND_TEXT:
                return order_append_cell(buffer, value->text, csv->delimiter, csv->guard);
        case KIND_WORD:
                return buffer_append(buffer, value->text.data, value->text.size);
        case KIND_INTEGER:
                return buffer_append_integer(buffer, value->number);
        case KIND_MONEY:
                return append_money(csv, buffer, value->number, value->currency);
        case KIND_UTC:
                return buffer_append_string(buffer, civil_time_format(value->number, time));
        case KIND_LOCAL:
                return buffer_append_string(buffer, civil_local_format(value->number, time));
        case KIND_DATE:
                return buffer_append_string(
                        buffer, civil_date_format(civil_date_of_days(value->number), time));
        }
        return 0;
}

int report_csv_append_row(const ReportCsv *csv, Buffer *buffer, const ReportRow *row,
                          size_t n_own) {
        char id[REPORT_ID_SIZE];
        bool first = true;
        int r = 0;

        for (ReportColumn column = 0; column < COLUMN_COUNT && r == 0; column++) {
                ReportValue value;

                if (column != COLUMN_OWN) {
                        value = report_column_value(row, column, id);
                        r = delimit(csv, buffer, &first);
                        if (r == 0)
                                r = append_value(csv, buffer, &value);
                        continue;
                }
                for (size_t i = 0; i < n_own && r == 0; i++) {
                        r = delimit(csv, buffer, &first);
                        if (r == 0)
                                r = order_append_cell(buffer, row->own[i], csv->delimiter,
                                                      csv->guard);
                }
        }
        return r < 0 ? r : buffer_append_string(buffer, LINE_END);
}
