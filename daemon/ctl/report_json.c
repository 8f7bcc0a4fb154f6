/* checkoutctl report --format json: an array of rows. Names are those of the columns, amounts
 * integers in the smallest unit, times ISO 8601 UTC; what is not there is null. The customer's own
 * columns are an object of their own, so that theirs never meet ours. */
#include <errno.h>
#include <stdlib.h>

#include "daemon/ctl/json.h"
#include "daemon/ctl/report.h"

#define BLOCK ((size_t) 64 * 1024)

typedef struct Writer {
        Json json;
        Buffer text;
        bool any;
} Writer;

static int json_begin_report(ReportJob *job) {
        Writer *writer = calloc(1, sizeof(*writer));

        if (!writer)
                return -ENOMEM;
        job->writer = writer;
        writer->json = JSON_INTO(&writer->text);
        json_array(&writer->json, NULL);
        return writer->json.error;
}

static void put(Json *json, const char *key, const ReportValue *value) {
        char time[CIVIL_TIME_SIZE];

        switch (value->kind) {
        case KIND_NONE:
                json_null(json, key);
                break;
        case KIND_TEXT:
        case KIND_WORD:
                json_text(json, key, value->text);
                break;
        case KIND_INTEGER:
        case KIND_MONEY:
                json_integer(json, key, value->number);
                break;
        case KIND_UTC:
                json_string(json, key, civil_time_format(value->number, time));
                break;
        case KIND_LOCAL:
                json_string(json, key, civil_local_format(value->number, time));
                break;
        case KIND_DATE:
                json_string(json, key, civil_date_format(civil_date_of_days(value->number), time));
                break;
        }
}

static void put_own(const ReportJob *job, Json *json, const ReportRow *row) {
        json_object(json, report_column_name(COLUMN_OWN));
        for (size_t i = 0; i < job->n_own; i++)
                if (row->own[i].data) /* its file has that column */
                        json_text_named(json, text_of(job->own[i].name), row->own[i]);
        json_end_object(json);
}

static int json_row(ReportJob *job, const ReportRow *row) {
        Writer *writer = job->writer;
        Json *json = &writer->json;
        char id[REPORT_ID_SIZE];

        json->error = json->error < 0 ? json->error : buffer_append_char(&writer->text, '\n');
        json_object(json, NULL);
        for (ReportColumn column = 0; column < COLUMN_COUNT; column++) {
                ReportValue value;

                if (column == COLUMN_OWN) {
                        put_own(job, json, row);
                        continue;
                }
                value = report_column_value(row, column, id);
                put(json, report_column_name(column), &value);
        }
        json_end_object(json);
        if (json->error < 0 || writer->text.size < BLOCK)
                return json->error;
        json->error = report_output_add(job->output, writer->text.data, writer->text.size);
        buffer_clear(&writer->text);
        return json->error;
}

static int json_end_report(ReportJob *job) {
        Writer *writer = job->writer;
        int r;

        json_end_array(&writer->json);
        r = writer->json.error < 0 ? writer->json.error : buffer_append_char(&writer->text, '\n');
        return r < 0 ? r : report_output_add(job->output, writer->text.data, writer->text.size);
}

static void json_done(ReportJob *job) {
        Writer *writer = job->writer;

        if (!writer)
                return;
        buffer_done(&writer->text);
        free(writer);
}

const ReportFormat report_format_json = { .name = "json",
                                          .begin = json_begin_report,
                                          .row = json_row,
                                          .end = json_end_report,
                                          .done = json_done };
