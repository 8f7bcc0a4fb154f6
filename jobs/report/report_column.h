/* The columns of a report: one table (report_column.c) of their stable names, their headings for
 * people, and what kind of value they hold. JSON and CSV use the names, workbooks, pages and tables
 * the headings. Names are added over time, never renamed. */
#pragma once

#include "jobs/base/language.h"
#include "jobs/report/report_row.h"

typedef enum ReportColumn {
        COLUMN_BATCH,
        COLUMN_FILE,
        COLUMN_LINE,
        COLUMN_REFERENCE,
        COLUMN_OWN, /* stands for all of the customer's own columns */
        COLUMN_AMOUNT,
        COLUMN_CURRENCY,
        COLUMN_STATUS,
        COLUMN_CODE,
        COLUMN_REASON,
        COLUMN_SESSION,
        COLUMN_URL,
        COLUMN_CREATED,
        COLUMN_CREATED_LOCAL,
        COLUMN_EXPIRES,
        COLUMN_EXPIRES_LOCAL,
        COLUMN_DUE,
        COLUMN_PAID_TIME,
        COLUMN_PAID_TIME_LOCAL,
        COLUMN_PAID_AMOUNT,
        COLUMN_PAID_CURRENCY,
        COLUMN_REFUNDED,
        COLUMN_DIFFERENCE,
        COLUMN_PAYMENT_ID,
        COLUMN_TYPE,
        COLUMN_BANK_REFERENCE,
        COLUMN_DAYS_OPEN,
        COLUMN_BUCKET,
        COLUMN_PAYOUT,
        COLUMN_FEE,
        COLUMN_NET,
        COLUMN_APPROVED,
        COLUMN_APPROVED_BY,
        COLUMN_APPROVED_DIGEST,
        COLUMN_COUNT,
} ReportColumn;

typedef enum ReportKind {
        KIND_NONE, /* the value is not there */
        KIND_TEXT, /* somebody else's: guarded against spreadsheets */
        KIND_WORD, /* one of ours, out of a list */
        KIND_INTEGER,
        KIND_MONEY, /* number and currency */
        KIND_UTC,   /* an instant */
        KIND_LOCAL, /* an instant, shown in the zone in use */
        KIND_DATE,  /* days since 1970-01-01 */
} ReportKind;

typedef struct ReportValue {
        ReportKind kind;
        Text text;
        int64_t number;
        Currency currency;
} ReportValue;

const char *report_column_name(ReportColumn column); /* "paid_amount" */
const char *report_column_heading(ReportColumn column, Language language);
/* Of any column but COLUMN_OWN. A batch's number is written to `id`, which must live as long. */
ReportValue report_column_value(const ReportRow *row, ReportColumn column, char *id);
#define REPORT_ID_SIZE 24

/* What the words are for people: a status, a bucket. */
const char *report_status_word(Status status, Language language);
const char *report_bucket_word(AgeingBucket bucket, Language language);
