#include "jobs/session/verdict.h"

#include <assert.h>
#include <errno.h>

#include "jobs/base/civil.h"
#include "jobs/base/cleanup.h"
#include "jobs/session/reply.h"

#define ID_MAX          ((size_t) 200)
#define CODE_MAX        ((size_t) 100)
#define MESSAGE_MAX     ((size_t) 500)
#define NO_ENVELOPE     "no-envelope" /* instead of a code */
#define RETRY_AFTER_MAX (365 * DAY)

static const char *const names[] = {
        [VERDICT_CREATED] = "created",     [VERDICT_MISMATCH] = "mismatch",
        [VERDICT_REFUSED] = "refused",     [VERDICT_ACCOUNT] = "account",
        [VERDICT_TRY_LATER] = "try-later", [VERDICT_STORED] = "stored",
        [VERDICT_UNKNOWN] = "unknown",
};
static_assert(ELEMENTS(names) == VERDICT_COUNT, "every verdict has its name");
static_assert(VERDICT_CREATED == 1 && VERDICT_MISMATCH == 2 && VERDICT_REFUSED == 3 &&
                      VERDICT_ACCOUNT == 4 && VERDICT_TRY_LATER == 5 && VERDICT_STORED == 6 &&
                      VERDICT_UNKNOWN == 7 && VERDICT_COUNT == 8,
              "stored on disk: never renumber");

const char *verdict_name(Verdict verdict) {
        assert(verdict > 0 && verdict < VERDICT_COUNT);
        return names[verdict];
}

void outcome_done(Outcome *outcome) {
        free(outcome->session_id);
        free(outcome->url);
        free(outcome->code);
        free(outcome->message);
        *outcome = OUTCOME_NONE;
}

#define AUTO_OUTCOME CLEANUP(outcome_done) Outcome

static Outcome take_outcome(Outcome *outcome) {
        Outcome taken = *outcome;

        *outcome = OUTCOME_NONE;
        return taken;
}

/* --- what the provider said ------------------------------------------------------------------ */

static bool is_envelope(const ReplyError *error) {
        return error->type.size > 0 || error->code.size > 0;
}

/* A word of ours in ASCII, whatever its case there. */
static bool says(Text text, const char *word) {
        Text part = { text.data, strlen(word) };

        for (size_t i = 0; i + part.size <= text.size; i++) {
                part.data = text.data + i;
                if (text_equal_ignoring_case(part, text_of(word)))
                        return true;
        }
        return false;
}

static bool about_idempotency(const ReplyError *error) {
        return says(error->code, "idempoten") || says(error->message, "idempoten");
}

/* The code of this conflict is not documented. */
static bool about_customer(const ReplyError *error) {
        return says(error->code, "customer") || says(error->param, "customer") ||
               says(error->param, "tax_id") ||
               (says(error->message, "customer") && says(error->message, "already"));
}

static bool param_is_customer(const ReplyError *error) {
        return text_is(error->param, "customer");
}

/* --- the table ------------------------------------------------------------------------------- */

/* The first rule that fits decides. */
typedef struct Rule {
        int first, last;  /* HTTP statuses */
        bool envelope;    /* only the provider's own error: its application has answered */
        const char *type; /* of the error; NULL: any */
        const char *code; /* NULL: any */
        bool (*about)(const ReplyError *error); /* NULL: anything */
        Verdict fresh; /* when every earlier attempt had a complete answer */
        Verdict open;  /* when one had not */
} Rule;

#define WITH_CODE(status, code, fresh, open)                                                       \
        { status, status, true, NULL, code, NULL, VERDICT_##fresh, VERDICT_##open }
#define ANY_CODE(first, last, fresh, open)                                                         \
        { first, last, false, NULL, NULL, NULL, VERDICT_##fresh, VERDICT_##open }
/* Something in the row: the provider has looked at it and made nothing. */
#define ROW_PROBLEM(code)                                                                          \
        WITH_CODE(400, code, REFUSED, REFUSED), WITH_CODE(422, code, REFUSED, REFUSED)
#define PASSING_PROBLEM(code)                                                                      \
        WITH_CODE(400, code, REFUSED, UNKNOWN), WITH_CODE(422, code, REFUSED, UNKNOWN)

/* The codes are the classes of fintoc-ruby's errors.rb, there is no other list; of those that do
 * not stand here, the rules further down know what is safe. */
static const Rule rules[] = {
        /* Our key stands for another body there: something was made, or may have been. */
        { 400, 499, true, NULL, NULL, about_idempotency, VERDICT_UNKNOWN, VERDICT_UNKNOWN },

        ANY_CODE(408, 408, TRY_LATER, UNKNOWN),
        ANY_CODE(425, 425, TRY_LATER, UNKNOWN),
        ANY_CODE(429, 429, STORED, UNKNOWN),

        { 400, 499, true, "authentication_error", NULL, NULL, VERDICT_ACCOUNT, VERDICT_UNKNOWN },
        ANY_CODE(401, 402, ACCOUNT, UNKNOWN),
        WITH_CODE(403, "invalid_recipient_account", REFUSED, UNKNOWN),
        WITH_CODE(403, "recipient_blocked_account", REFUSED, UNKNOWN),
        ANY_CODE(403, 403, ACCOUNT, UNKNOWN),
        { 404, 404, true, NULL, "missing_resource", param_is_customer, VERDICT_REFUSED,
          VERDICT_UNKNOWN },
        ANY_CODE(404, 406, ACCOUNT, UNKNOWN),
        ANY_CODE(415, 415, ACCOUNT, UNKNOWN),

        ROW_PROBLEM("currency_mismatch"),
        ROW_PROBLEM("empty_string"),
        ROW_PROBLEM("invalid_account_number"),
        ROW_PROBLEM("invalid_account_type"),
        ROW_PROBLEM("invalid_amount"),
        ROW_PROBLEM("invalid_array"),
        ROW_PROBLEM("invalid_boolean"),
        ROW_PROBLEM("invalid_business_profile_tax_id"),
        ROW_PROBLEM("invalid_clabe"),
        ROW_PROBLEM("invalid_comment_size"),
        ROW_PROBLEM("invalid_currency"),
        ROW_PROBLEM("invalid_enum"),
        ROW_PROBLEM("invalid_hash"),
        ROW_PROBLEM("invalid_holder_id"),
        ROW_PROBLEM("invalid_holder_type"),
        ROW_PROBLEM("invalid_installments_currency"),
        ROW_PROBLEM("invalid_institution_id"),
        ROW_PROBLEM("invalid_integer"),
        ROW_PROBLEM("invalid_payment_recipient_account"),
        ROW_PROBLEM("invalid_positive_integer"),
        ROW_PROBLEM("invalid_reference_id_size"),
        ROW_PROBLEM("invalid_session_holder_id"),
        ROW_PROBLEM("invalid_string"),
        ROW_PROBLEM("invalid_string_size"),
        ROW_PROBLEM("missing_parameter"),
        ROW_PROBLEM("not_supported_currency"),
        /* True today, perhaps not when the open attempt was made. */
        PASSING_PROBLEM("invalid_date"),
        PASSING_PROBLEM("invalid_expires_at"),
        PASSING_PROBLEM("sender_blocked_account"),
        WITH_CODE(400, "invalid_mode", ACCOUNT, UNKNOWN),
        WITH_CODE(400, "invalid_product", ACCOUNT, UNKNOWN),
        WITH_CODE(422, "not_supported_country", ACCOUNT, UNKNOWN),
        WITH_CODE(422, "not_supported_mode", ACCOUNT, UNKNOWN),
        WITH_CODE(422, "not_supported_product", ACCOUNT, UNKNOWN),
        /* After an open attempt the customer may be the one that this attempt made. */
        { 409, 409, true, NULL, NULL, about_customer, VERDICT_REFUSED, VERDICT_UNKNOWN },

        { 400, 400, true, "invalid_request_error", NULL, NULL, VERDICT_REFUSED, VERDICT_UNKNOWN },
        { 422, 422, true, "invalid_request_error", NULL, NULL, VERDICT_REFUSED, VERDICT_UNKNOWN },
        { 400, 499, true, NULL, NULL, NULL, VERDICT_UNKNOWN, VERDICT_UNKNOWN },
        ANY_CODE(300, 499, ACCOUNT, UNKNOWN),
        { 500, 599, true, NULL, NULL, NULL, VERDICT_STORED, VERDICT_UNKNOWN },
};

const char *verdict_known_code(const char *code) {
        if (code && strcmp(code, NO_ENVELOPE) == 0)
                return NO_ENVELOPE;
        for (size_t i = 0; code && i < ELEMENTS(rules); i++) {
                if (rules[i].code && strcmp(code, rules[i].code) == 0)
                        return rules[i].code;
                if (rules[i].type && strcmp(code, rules[i].type) == 0)
                        return rules[i].type;
        }
        return NULL;
}

static bool rule_fits(const Rule *rule, int http_status, const ReplyError *error) {
        if (http_status < rule->first || http_status > rule->last)
                return false;
        if (rule->envelope && !is_envelope(error))
                return false;
        return (!rule->type || text_is(error->type, rule->type)) &&
               (!rule->code || text_is(error->code, rule->code)) &&
               (!rule->about || rule->about(error));
}

static Verdict verdict_of_error(const Attempt *attempt, const ReplyError *error) {
        for (size_t i = 0; i < ELEMENTS(rules); i++)
                if (rule_fits(&rules[i], attempt->http_status, error))
                        return attempt->earlier_open ? rules[i].open : rules[i].fresh;
        return VERDICT_UNKNOWN;
}

/* --- outcomes -------------------------------------------------------------------------------- */

/* Keeps at most `max` bytes of a text, whole characters; NULL stays when there is none. */
static int keep(Text text, size_t max, char **ret_kept) {
        char *kept;

        if (text.size == 0)
                return 0;
        if (text.size > max) {
                text.size = max;
                while (text.size > 0 && ((uint8_t) text.data[text.size] & 0xc0) == 0x80)
                        text.size--;
        }
        kept = strndup(text.data, text.size);
        if (!kept)
                return -ENOMEM;
        *ret_kept = kept;
        return 0;
}

static int end_as(Outcome *outcome, Verdict verdict, const char *code) {
        outcome->verdict = verdict;
        return keep(text_of(code), CODE_MAX, &outcome->code);
}

static int judge_error(const Attempt *attempt, const ReplyError *error, Outcome *outcome) {
        int r;

        outcome->verdict = verdict_of_error(attempt, error);
        outcome->customer_conflict =
                outcome->verdict == VERDICT_REFUSED && attempt->http_status == 409;
        if (!is_envelope(error))
                return keep(TEXT(NO_ENVELOPE), CODE_MAX, &outcome->code);

        r = keep(error->code.size > 0 ? error->code : error->type, CODE_MAX, &outcome->code);
        return r < 0 ? r : keep(error->message, MESSAGE_MAX, &outcome->message);
}

/* It will be printed and sent to people: nothing but a web address. */
static bool is_web_address(Text url) {
        bool begins = (url.size > 8 && memcmp(url.data, "https://", 8) == 0) ||
                      (url.size > 7 && memcmp(url.data, "http://", 7) == 0);

        return begins && !text_has_control(url) && !memchr(url.data, ' ', url.size);
}

/* What is wrong with a session, by our own code; NULL: it is the one that was asked for. */
static const char *difference(const Attempt *attempt, const Reply *session) {
        if (!text_is(session->metadata.checkoutd, attempt->key))
                return "reply-key";
        if (!session->has_amount || session->amount != attempt->amount)
                return "reply-amount";
        if (!text_equal_ignoring_case(session->currency, text_of(currency_name(attempt->currency))))
                return "reply-currency";
        if (!text_is(session->mode, attempt->live ? "live" : "test"))
                return "reply-mode";
        if (session->redirect_url.size == 0)
                return "no-url";
        return is_web_address(session->redirect_url) ? NULL : "reply-url";
}

/* "never parse" them; but they go into files and messages. */
static bool is_id(Text id) {
        for (size_t i = 0; i < id.size; i++)
                if (id.data[i] <= ' ' || id.data[i] > '~')
                        return false;
        return id.size > 0 && id.size <= ID_MAX;
}

static int judge_session(const Attempt *attempt, const Reply *session, Outcome *outcome) {
        const char *wrong;
        int r;

        if (!is_id(session->id) ||
            (session->object.size > 0 && !text_is(session->object, "checkout_session")))
                return end_as(outcome, VERDICT_UNKNOWN, "unreadable");

        r = keep(session->id, SIZE_MAX, &outcome->session_id);
        if (r < 0)
                return r;
        wrong = difference(attempt, session);
        if (wrong)
                return end_as(outcome, VERDICT_MISMATCH, wrong);

        outcome->verdict = VERDICT_CREATED;
        if (!civil_time_parse(session->expires_at, &outcome->expires_at))
                outcome->expires_at = 0;
        if (!civil_time_parse(session->created_at, &outcome->created_at))
                outcome->created_at = 0;
        return keep(session->redirect_url, SIZE_MAX, &outcome->url);
}

/* Seconds, or a date of HTTP. */
static int64_t parse_retry_after(Text text, int64_t now) {
        int64_t seconds = 0;
        int64_t instant;

        text = text_trim(text);
        if (text.size == 0)
                return -1;
        if (civil_http_date_parse(text, &instant)) {
                seconds = instant > now ? instant - now : 0;
                return seconds < RETRY_AFTER_MAX ? seconds : RETRY_AFTER_MAX;
        }
        for (size_t i = 0; i < text.size; i++) {
                if (text.data[i] < '0' || text.data[i] > '9')
                        return -1;
                if (seconds < RETRY_AFTER_MAX / SECOND)
                        seconds = seconds * 10 + (text.data[i] - '0');
        }
        return seconds < RETRY_AFTER_MAX / SECOND ? seconds * SECOND : RETRY_AFTER_MAX;
}

/* What cannot be read says nothing. */
static int judge_reply(const Attempt *attempt, int64_t now, Outcome *outcome) {
        CLEANUP(reply_done) Reply reply = REPLY_EMPTY;

        if (reply_read(attempt->body, &reply) == -ENOMEM)
                return -ENOMEM;

        outcome->retry_after = parse_retry_after(attempt->retry_after, now);
        return attempt->http_status >= 200 && attempt->http_status < 300
                       ? judge_session(attempt, &reply, outcome)
                       : judge_error(attempt, &reply.error, outcome);
}

int verdict_judge(const Attempt *attempt, int64_t now, Outcome *ret_outcome) {
        AUTO_OUTCOME outcome = OUTCOME_NONE;
        int r = 0;

        assert(attempt->key && attempt->currency < CURRENCY_COUNT);

        switch (attempt->transfer) {
        case TRANSFER_COMPLETE:
                r = judge_reply(attempt, now, &outcome);
                break;
        case TRANSFER_NOT_SENT:
                r = end_as(&outcome, attempt->earlier_open ? VERDICT_UNKNOWN : VERDICT_TRY_LATER,
                           "not-sent");
                break;
        case TRANSFER_BROKEN:
                r = end_as(&outcome, VERDICT_UNKNOWN, "broken");
                break;
        }
        if (r < 0)
                return r;

        assert(outcome.verdict != 0);
        *ret_outcome = take_outcome(&outcome);
        return 0;
}
