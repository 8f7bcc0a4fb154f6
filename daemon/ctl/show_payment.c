/* What became of a row's link: payments, the session as the provider last told of it, findings. */
#include <errno.h>
#include <string.h>

#include "daemon/ctl/show.h"
#include "jobs/base/civil.h"
#include "jobs/base/cleanup.h"
#include "sql/ledger_finding.h"
#include "sql/ledger_payment.h"
#include "sql/ledger_session.h"

/* --- for machines --------------------------------------------------------------------------- */

/* The payment that decides: one that succeeded, else the latest. */
typedef struct Choice {
        Buffer id;
        bool paid;
} Choice;

static void choice_done(Choice *choice) {
        buffer_done(&choice->id);
}

static int choose(void *userdata, const PaymentRecord *payment) {
        Choice *choice = userdata;

        if (choice->paid && payment->paid_at == 0)
                return 0;
        choice->paid = payment->paid_at != 0;
        buffer_clear(&choice->id);
        return buffer_append(&choice->id, payment->id.data, payment->id.size);
}

static int payment_json(Json *json, const char *key, const PaymentRecord *payment) {
        json_object(json, key);
        json_text(json, "id", payment->id);
        json_string(json, "status", payment_status_name(payment->status));
        json_text_or_null(json, "type", payment->type);
        json_integer(json, "amount", payment->amount);
        json_string(json, "currency", currency_name(payment->currency));
        json_text_or_null(json, "bank_reference", payment->bank_reference);
        json_instant(json, "created_at", payment->created_at);
        json_instant(json, "paid_at", payment->paid_at);
        json_text_or_null(json, "error_reason", payment->error_reason);
        json_integer(json, "refunded", payment->refunded);
        json_integer(json, "generation", payment->generation);
        json_end_object(json);
        return json->error;
}

static int the_payment(void *userdata, const PaymentRecord *payment) {
        return payment_json(userdata, "payment", payment);
}

static int one_payment(void *userdata, const PaymentRecord *payment) {
        return payment_json(userdata, NULL, payment);
}

static int payments_json(Ledger *ledger, const Row *row, Json *json) {
        CLEANUP(choice_done) Choice choice = { .paid = false };
        int r = ledger_payments(ledger, row->id, choose, &choice);

        if (r >= 0 && choice.id.size > 0)
                r = ledger_payment_get(ledger, (Text){ choice.id.data, choice.id.size },
                                       the_payment, json);
        else if (r >= 0)
                json_null(json, "payment");
        json_array(json, "payments");
        if (r >= 0)
                r = ledger_payments(ledger, row->id, one_payment, json);
        json_end_array(json);
        return r < 0 ? r : 0;
}

static int session_json(void *userdata, const SessionRecord *session) {
        Json *json = userdata;

        json_object(json, NULL);
        json_text(json, "id", session->id);
        json_integer(json, "generation", session->generation);
        json_text_or_null(json, "status", text_of(session_status_name(session->status)));
        json_boolean(json, "gone", session->gone);
        json_instant(json, "created_at", session->created_at);
        json_instant(json, "expires_at", session->expires_at);
        json_instant(json, "looked_at", session->looked_at);
        json_end_object(json);
        return json->error;
}

static int finding_json(void *userdata, const Finding *finding) {
        Json *json = userdata;

        json_object(json, NULL);
        json_string(json, "kind", finding_name(finding->kind));
        json_text(json, "subject", finding->subject);
        json_instant(json, "at", finding->at);
        json_integer(json, "amount", finding->amount);
        json_string(json, "currency", currency_name(finding->currency));
        json_text_or_null(json, "detail", finding->detail);
        json_instant(json, "over_at", finding->over_at);
        json_end_object(json);
        return json->error;
}

int show_payment_json(Ledger *ledger, const Row *row, Json *json) {
        int r = payments_json(ledger, row, json);

        json_array(json, "sessions");
        if (r >= 0)
                r = ledger_sessions(ledger, row->id, session_json, json);
        json_end_array(json);
        json_array(json, "findings");
        if (r >= 0)
                r = ledger_findings(ledger, row->id, finding_json, json);
        json_end_array(json);
        return r < 0 ? r : json->error;
}

/* --- for people ----------------------------------------------------------------------------- */

typedef struct Words {
        const char *session, *payment, *paid, *refunded, *finding, *looked, *gone;
} Words;

static const Words words[LANGUAGE_COUNT] = {
        [LANGUAGE_ES] = { "proveedor", "pago", "pagado", "devuelto", "por revisar", "consultado",
                          "ya no conoce este enlace" },
        [LANGUAGE_EN] = { "provider", "payment", "paid", "refunded", "finding", "looked at",
                          "does not know this link any more" },
};

typedef struct Lines {
        Buffer *out;
        const Words *words;
        Language language;
        int64_t generation;
} Lines;

static int instant_line(Buffer *out, const char *label, int64_t instant) {
        char text[CIVIL_TIME_SIZE];

        return instant == 0 ? 0 : show_line(out, label, text_of(civil_local_format(instant, text)));
}

static int session_lines(void *userdata, const SessionRecord *session) {
        const Lines *lines = userdata;
        int r;

        if (session->generation != lines->generation || session->looked_at == 0)
                return 0;
        r = show_line(
                lines->out, lines->words->session,
                text_of(session->gone ? lines->words->gone : session_status_name(session->status)));
        return r < 0 ? r : instant_line(lines->out, lines->words->looked, session->looked_at);
}

static int append_payment(Buffer *text, const PaymentRecord *payment) {
        int r = buffer_printf(text, "%s, ", payment_status_name(payment->status));

        if (r >= 0)
                r = money_append(text, payment->amount, payment->currency);
        if (r >= 0)
                r = buffer_printf(text, ", %.*s", TEXT_ARG(payment->id));
        if (r >= 0 && payment->type.size > 0)
                r = buffer_printf(text, ", %.*s", TEXT_ARG(payment->type));
        if (r >= 0 && payment->bank_reference.size > 0)
                r = buffer_printf(text, ", %.*s", TEXT_ARG(payment->bank_reference));
        if (r >= 0 && payment->error_reason.size > 0)
                r = buffer_printf(text, ", %.*s", TEXT_ARG(payment->error_reason));
        return r;
}

static int payment_lines(void *userdata, const PaymentRecord *payment) {
        const Lines *lines = userdata;
        AUTO_BUFFER text = BUFFER_EMPTY, money = BUFFER_EMPTY;
        int r = append_payment(&text, payment);

        if (r >= 0)
                r = show_line(lines->out, lines->words->payment, (Text){ text.data, text.size });
        if (r >= 0)
                r = instant_line(lines->out, lines->words->paid, payment->paid_at);
        if (r < 0 || payment->refunded == 0)
                return r;
        r = money_append(&money, payment->refunded, payment->currency);
        return r < 0 ? r
                     : show_line(lines->out, lines->words->refunded,
                                 (Text){ money.data, money.size });
}

/* What is over is for the report. */
static int finding_lines(void *userdata, const Finding *finding) {
        const Lines *lines = userdata;
        AUTO_BUFFER text = BUFFER_EMPTY;
        int r;

        if (finding->over_at != 0)
                return 0;
        r = buffer_printf(&text, "%s%s%.*s%s. %s", finding_meaning(finding->kind, lines->language),
                          finding->detail.size > 0 ? " (" : "", TEXT_ARG(finding->detail),
                          finding->detail.size > 0 ? ")" : "",
                          finding_advice(finding->kind, lines->language));
        return r < 0 ? r
                     : show_line(lines->out, lines->words->finding, (Text){ text.data, text.size });
}

int show_payment_text(Ledger *ledger, const Row *row, Language language, Buffer *out) {
        Lines lines = { out, &words[language], language, row->generation };
        int r = ledger_sessions(ledger, row->id, session_lines, &lines);

        if (r >= 0)
                r = ledger_payments(ledger, row->id, payment_lines, &lines);
        return r < 0 ? r : ledger_findings(ledger, row->id, finding_lines, &lines);
}
