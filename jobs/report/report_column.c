#include "jobs/report/report_column.h"

#include <assert.h>

#include "jobs/base/cleanup.h"
#include "jobs/report/answer.h"

static_assert(REPORT_ID_SIZE >= ANSWER_BATCH_SIZE, "a batch's number fits");

/* clang-format off */
static const struct {
        const char *name;
        const char *headings[LANGUAGE_COUNT];
} columns[COLUMN_COUNT] = {
        [COLUMN_BATCH] = { "batch", { "Lote", "Batch" } },
        [COLUMN_FILE] = { "file", { "Archivo", "File" } },
        [COLUMN_LINE] = { "line", { "Línea", "Line" } },
        [COLUMN_REFERENCE] = { "reference", { "Referencia", "Reference" } },
        [COLUMN_OWN] = { "columns", { "Sus columnas", "Your columns" } },
        [COLUMN_AMOUNT] = { "amount", { "Monto", "Amount" } },
        [COLUMN_CURRENCY] = { "currency", { "Moneda", "Currency" } },
        [COLUMN_STATUS] = { "status", { "Estado", "Status" } },
        [COLUMN_CODE] = { "code", { "Código", "Code" } },
        [COLUMN_REASON] = { "reason", { "Motivo", "Reason" } },
        [COLUMN_SESSION] = { "session", { "Sesión", "Session" } },
        [COLUMN_URL] = { "url", { "Enlace", "Link" } },
        [COLUMN_CREATED] = { "created", { "Creado (UTC)", "Created (UTC)" } },
        [COLUMN_CREATED_LOCAL] = { "created_local", { "Creado", "Created" } },
        [COLUMN_EXPIRES] = { "expires", { "Expira (UTC)", "Expires (UTC)" } },
        [COLUMN_EXPIRES_LOCAL] = { "expires_local", { "Expira", "Expires" } },
        [COLUMN_DUE] = { "due", { "Vencimiento", "Due" } },
        [COLUMN_PAID_TIME] = { "paid_time", { "Pagado el (UTC)", "Paid at (UTC)" } },
        [COLUMN_PAID_TIME_LOCAL] = { "paid_time_local", { "Pagado el", "Paid at" } },
        [COLUMN_PAID_AMOUNT] = { "paid_amount", { "Monto pagado", "Paid amount" } },
        [COLUMN_PAID_CURRENCY] = { "paid_currency", { "Moneda del pago", "Paid currency" } },
        [COLUMN_REFUNDED] = { "refunded", { "Devuelto", "Refunded" } },
        [COLUMN_DIFFERENCE] = { "difference", { "Diferencia", "Difference" } },
        [COLUMN_PAYMENT_ID] = { "payment_id", { "Pago", "Payment" } },
        [COLUMN_TYPE] = { "type", { "Medio de pago", "Payment type" } },
        [COLUMN_BANK_REFERENCE] = { "bank_reference", { "Referencia bancaria", "Bank reference" } },
        [COLUMN_DAYS_OPEN] = { "days_open", { "Días desde el vencimiento", "Days since due" } },
        [COLUMN_BUCKET] = { "bucket", { "Antigüedad", "Age" } },
        [COLUMN_PAYOUT] = { "payout", { "Liquidación", "Payout" } },
        [COLUMN_FEE] = { "fee", { "Comisión", "Fee" } },
        [COLUMN_NET] = { "net", { "Neto liquidado", "Net paid out" } },
        [COLUMN_APPROVED] = { "approved", { "Aprobado el (UTC)", "Approved at (UTC)" } },
        [COLUMN_APPROVED_BY] = { "approved_by", { "Aprobado por", "Approved by" } },
        [COLUMN_APPROVED_DIGEST] = { "approved_sha256", { "SHA-256 aprobado", "Approved SHA-256" } },
};

static const char *const statuses[STATUS_COUNT][LANGUAGE_COUNT] = {
        [STATUS_REJECTED] = { "rechazada", "rejected" },
        [STATUS_DUPLICATE] = { "duplicada", "duplicate" },
        [STATUS_CONFLICT] = { "en conflicto", "conflict" },
        [STATUS_HELD] = { "retenida", "held" },
        [STATUS_QUEUED] = { "en espera", "waiting" },
        [STATUS_SENDING] = { "enviándose", "being sent" },
        [STATUS_UNKNOWN] = { "por aclarar", "not known yet" },
        [STATUS_REFUSED] = { "no aceptada por el proveedor", "refused by the provider" },
        [STATUS_OPEN] = { "por pagar", "open" },
        [STATUS_IN_PROGRESS] = { "pago en curso", "being paid" },
        [STATUS_PAID] = { "pagada", "paid" },
        [STATUS_MISMATCH] = { "pagada con diferencia", "paid, differs" },
        [STATUS_FAILED] = { "pago fallido", "payment failed" },
        [STATUS_EXPIRED] = { "enlace vencido", "link expired" },
        [STATUS_CANCELLED] = { "anulada", "cancelled" },
        [STATUS_REFUNDED] = { "devuelta", "refunded" },
};

static const char *const buckets[AGEING_COUNT][LANGUAGE_COUNT] = {
        [AGEING_NONE] = { "", "" },
        [AGEING_CURRENT] = { "al día", "current" },
        [AGEING_1_30] = { "1–30 días", "1–30 days" },
        [AGEING_31_60] = { "31–60 días", "31–60 days" },
        [AGEING_61_90] = { "61–90 días", "61–90 days" },
        [AGEING_OVER_90] = { "más de 90 días", "over 90 days" },
};
/* clang-format on */

const char *report_column_name(ReportColumn column) {
        assert(column < COLUMN_COUNT);
        return columns[column].name;
}

const char *report_column_heading(ReportColumn column, Language language) {
        assert(column < COLUMN_COUNT && language < LANGUAGE_COUNT);
        return columns[column].headings[language];
}

const char *report_status_word(Status status, Language language) {
        assert(status > 0 && status < STATUS_COUNT && language < LANGUAGE_COUNT);
        return statuses[status][language];
}

const char *report_bucket_word(AgeingBucket bucket, Language language) {
        assert(bucket < AGEING_COUNT && language < LANGUAGE_COUNT);
        return buckets[bucket][language];
}

/* --- values --------------------------------------------------------------------------------- */

static ReportValue text(Text text) {
        return (ReportValue){ .kind = text.size > 0 ? KIND_TEXT : KIND_NONE, .text = text };
}

static ReportValue word(const char *word) {
        return (ReportValue){ .kind = *word ? KIND_WORD : KIND_NONE, .text = text_of(word) };
}

static ReportValue integer(int64_t number) {
        return (ReportValue){ .kind = KIND_INTEGER, .number = number };
}

static ReportValue money(bool there, int64_t number, Currency currency) {
        return (ReportValue){ .kind = there ? KIND_MONEY : KIND_NONE,
                              .number = number,
                              .currency = currency };
}

static ReportValue instant(ReportKind kind, int64_t number) {
        return (ReportValue){ .kind = number != 0 ? kind : KIND_NONE, .number = number };
}

static ReportValue date(CivilDate date) {
        if (date.year == 0)
                return (ReportValue){ .kind = KIND_NONE };
        return (ReportValue){ .kind = KIND_DATE, .number = civil_date_days(date) };
}

/* --- the columns ---------------------------------------------------------------------------- */

static ReportValue payment_value(const ReportRow *row, ReportColumn column, char *id) {
        switch ((int) column) {
        case COLUMN_PAID_TIME:
                return instant(KIND_UTC, row->paid_at);
        case COLUMN_PAID_TIME_LOCAL:
                return instant(KIND_LOCAL, row->paid_at);
        case COLUMN_PAID_AMOUNT:
                return money(row->is_paid, row->paid_amount, row->paid_currency);
        case COLUMN_PAID_CURRENCY:
                return word(row->is_paid ? currency_name(row->paid_currency) : "");
        case COLUMN_REFUNDED:
                return money(row->is_paid, row->refunded, row->paid_currency);
        case COLUMN_DIFFERENCE:
                return money(row->has_difference, row->difference, row->currency);
        case COLUMN_PAYMENT_ID:
                return text(row->payment_id);
        case COLUMN_TYPE:
                return text(row->payment_type);
        case COLUMN_BANK_REFERENCE:
                return text(row->bank_reference);
        case COLUMN_DAYS_OPEN:
                if (row->bucket == AGEING_NONE)
                        return (ReportValue){ .kind = KIND_NONE };
                return integer(row->days_open);
        case COLUMN_BUCKET:
                return word(ageing_name(row->bucket));
        case COLUMN_PAYOUT:
                return word(row->payout != 0 ? answer_batch(row->payout, id) : "");
        case COLUMN_FEE:
                return money(row->payout != 0, row->fee, row->settled_currency);
        case COLUMN_NET:
                return money(row->payout != 0, row->net, row->settled_currency);
        case COLUMN_APPROVED:
                return instant(KIND_UTC, row->approved_at);
        case COLUMN_APPROVED_BY:
                return text(row->approved_by);
        case COLUMN_APPROVED_DIGEST:
                return text(row->approved_digest);
        }
        assert(false);
        return (ReportValue){ .kind = KIND_NONE };
}

ReportValue report_column_value(const ReportRow *row, ReportColumn column, char *id) {
        switch ((int) column) {
        case COLUMN_BATCH:
                return word(answer_batch(row->batch, id));
        case COLUMN_FILE:
                return text(row->file);
        case COLUMN_LINE:
                return integer(row->line);
        case COLUMN_REFERENCE:
                return text(row->reference);
        case COLUMN_AMOUNT:
                return money(true, row->amount, row->currency);
        case COLUMN_CURRENCY:
                return word(currency_name(row->currency));
        case COLUMN_STATUS:
                return word(status_name(row->status));
        case COLUMN_CODE:
                return text(row->code);
        case COLUMN_REASON:
                return text(row->reason);
        case COLUMN_SESSION:
                return text(row->session);
        case COLUMN_URL:
                return text(row->url);
        case COLUMN_CREATED:
                return instant(KIND_UTC, row->created_at);
        case COLUMN_CREATED_LOCAL:
                return instant(KIND_LOCAL, row->created_at);
        case COLUMN_EXPIRES:
                return instant(KIND_UTC, row->expires_at);
        case COLUMN_EXPIRES_LOCAL:
                return instant(KIND_LOCAL, row->expires_at);
        case COLUMN_DUE:
                return date(row->due);
        }
        return payment_value(row, column, id);
}
