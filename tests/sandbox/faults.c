#include "tests/sandbox/faults.h"

#include <assert.h>
#include <string.h>

#include "tests/sandbox/draw.h"
#include "tests/sandbox/memory.h"
#include "tests/sandbox/put.h"

#define API_ERROR "api_error"
#define INVALID   "invalid_request_error"

static const char html_502[] = "<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head>"
                               "<body><center>cloudflare</center></body></html>\n";
static const char html_403[] = "<!DOCTYPE html>\n<html><head><title>Attention Required!</title>"
                               "</head><body>Sorry, you have been blocked</body></html>\n";

static const char html_created[] = "<html><body>created</body></html>\n";

static const Refusal bad_key = { 401, "authentication_error", "invalid_api_key", "Invalid API Key",
                                 NULL };
static const Refusal unpaid_account = { 402, INVALID, "payment_required",
                                        "Payment is required to keep using the service", NULL };
static const Refusal closed_account = { 403, INVALID, "allowed_cidr_blocks_does_not_contain_ip",
                                        "The IP address is not allowed", NULL };
static const Refusal too_many = { 429, INVALID, "rate_limit_exceeded", "Too many requests", NULL };
static const Refusal bad_amount = { 400, INVALID, "invalid_amount",
                                    "The amount is not allowed for this customer", "amount" };
static const Refusal conflict = { 409, INVALID, "conflict", "Conflict", NULL };
static const Refusal bad_currency = { 422, INVALID, "not_supported_currency",
                                      "The currency is not supported", "currency" };
static const Refusal brand_new = { 400, "brand_new_error", "brand_new_code", "Something new",
                                   NULL };
static const Refusal broken = { 500, API_ERROR, "internal_server_error", "Internal server error",
                                NULL };
static const Refusal unavailable = { 503, "institution_error", "core_response_error",
                                     "The institution is not available", NULL };

static const Refusal gone = { 404, INVALID, "missing_resource", "There is no such object", "id" };

typedef struct FaultKind {
        const char *name;
        const char *about;
        FaultStage stage;
        const Refusal *refusal;
        const char *html; /* instead of JSON */
        int html_status;  /* 0: the endpoint's */
} FaultKind;

static const FaultKind kinds[FAULT_COUNT] = {
        [FAULT_NONE] = { "none", "", STAGE_NONE, NULL, NULL, 0 },
        [FAULT_RESET_BEFORE] = { "reset-before", "TCP reset before the request is processed",
                                 STAGE_FRONT, NULL, NULL, 0 },
        [FAULT_SILENCE_BEFORE] = { "silence-before", "never answered, never processed", STAGE_FRONT,
                                   NULL, NULL, 0 },
        [FAULT_HTML_502] = { "html-502", "502 page of the front, nothing processed", STAGE_FRONT,
                             NULL, html_502, 502 },
        [FAULT_HTML_403] = { "html-403", "403 page of the front, nothing processed", STAGE_FRONT,
                             NULL, html_403, 403 },
        [FAULT_REDIRECT] = { "redirect", "307 to another host", STAGE_FRONT, NULL, "", 307 },
        [FAULT_AUTH_401] = { "auth-401", "401 although the key is right, not stored", STAGE_FRONT,
                             &bad_key, NULL, 0 },
        [FAULT_ACCOUNT_402] = { "account-402", "402 payment_required, not stored", STAGE_FRONT,
                                &unpaid_account, NULL, 0 },
        [FAULT_ACCOUNT_403] = { "account-403", "403 about the account, not stored", STAGE_FRONT,
                                &closed_account, NULL, 0 },
        [FAULT_RATE_429] = { "rate-429", "429 without Retry-After, not stored", STAGE_FRONT,
                             &too_many, NULL, 0 },
        [FAULT_RATE_429_RETRY_AFTER] = { "rate-429-retry-after",
                                         "429 with Retry-After: 1, not stored", STAGE_FRONT,
                                         &too_many, NULL, 0 },
        [FAULT_REFUSE] = { "refuse", "400 about the order", STAGE_REFUSAL, &bad_amount, NULL, 0 },
        [FAULT_REFUSE_409] = { "refuse-409", "409 with a code that is not documented",
                               STAGE_REFUSAL, &conflict, NULL, 0 },
        [FAULT_REFUSE_422] = { "refuse-422", "422 not_supported_currency", STAGE_REFUSAL,
                               &bad_currency, NULL, 0 },
        [FAULT_REFUSE_UNKNOWN] = { "refuse-unknown", "400 with a code nobody has heard of",
                                   STAGE_REFUSAL, &brand_new, NULL, 0 },
        [FAULT_RATE_429_STORED] = { "rate-429-stored", "429, stored under the key", STAGE_REFUSAL,
                                    &too_many, NULL, 0 },
        [FAULT_ERROR_500] = { "error-500", "stored 500, no session made", STAGE_REFUSAL, &broken,
                              NULL, 0 },
        [FAULT_ERROR_503] = { "error-503", "stored 503, no session made", STAGE_REFUSAL,
                              &unavailable, NULL, 0 },
        [FAULT_ERROR_500_MADE] = { "error-500-made", "stored 500 although a session was made",
                                   STAGE_OBJECT, &broken, NULL, 0 },
        [FAULT_WRONG_AMOUNT] = { "wrong-amount", "the session has another amount", STAGE_OBJECT,
                                 NULL, NULL, 0 },
        [FAULT_WRONG_CURRENCY] = { "wrong-currency", "the session has the other currency",
                                   STAGE_OBJECT, NULL, NULL, 0 },
        [FAULT_WRONG_MODE] = { "wrong-mode", "the session is live for test, or test for live",
                               STAGE_OBJECT, NULL, NULL, 0 },
        [FAULT_WRONG_KEY] = { "wrong-key", "the session has another metadata.checkoutd",
                              STAGE_OBJECT, NULL, NULL, 0 },
        [FAULT_OTHER_SESSION] = { "other-session", "read: shows another session under that id",
                                  STAGE_OBJECT, NULL, NULL, 0 },
        [FAULT_FOREIGN_LINK] = { "foreign-link", "read: the next page is at another host",
                                 STAGE_OBJECT, NULL, NULL, 0 },
        [FAULT_GONE] = { "gone", "read: 404, there is no such object", STAGE_REFUSAL, &gone, NULL,
                         0 },
        [FAULT_RESET_AFTER] = { "reset-after", "processed, then TCP reset", STAGE_REPLY, NULL, NULL,
                                0 },
        [FAULT_SILENCE_AFTER] = { "silence-after", "processed, never answered", STAGE_REPLY, NULL,
                                  NULL, 0 },
        [FAULT_SLOW] = { "slow", "answered --slow milliseconds late", STAGE_REPLY, NULL, NULL, 0 },
        [FAULT_TRUNCATED] = { "truncated", "the body ends before its Content-Length", STAGE_REPLY,
                              NULL, NULL, 0 },
        [FAULT_HTML_502_MADE] = { "html-502-made", "502 page of the front, processed behind it",
                                  STAGE_REPLY, NULL, html_502, 502 },
        [FAULT_NOT_JSON] = { "not-json", "processed; the reply carries no JSON", STAGE_REPLY, NULL,
                             html_created, 0 },
};

static const char *const target_names[TARGET_COUNT] = {
        [TARGET_CREATE] = "create",
        [TARGET_EXPIRE] = "expire",
        [TARGET_REFUND] = "refund",
        [TARGET_READ] = "read",
};

typedef struct Script {
        Fault fault;
        bool targets[TARGET_COUNT];
        char match[128];
        int64_t times;
} Script;

struct Faults {
        uint64_t seed;
        double probabilities[TARGET_COUNT][FAULT_COUNT];
        Script *scripts;
        size_t script_count;
};

Faults *faults_new(uint64_t seed) {
        Faults *faults = memory_grow(NULL, 1, sizeof(*faults));

        *faults = (Faults){ .seed = seed };
        return faults;
}

Faults *faults_free(Faults *faults) {
        if (!faults)
                return NULL;
        free(faults->scripts);
        free(faults);
        return NULL;
}

static const char *fault_parse(Text kind, Fault *ret_fault, bool ret_targets[TARGET_COUNT]) {
        const char *at = kind.size > 0 ? memchr(kind.data, '@', kind.size) : NULL;
        Text name = at ? (Text){ kind.data, (size_t) (at - kind.data) } : kind;
        Text target = at ? (Text){ at + 1, kind.size - name.size - 1 } : TEXT("create");
        bool known = false;

        for (size_t i = 0; i < TARGET_COUNT; i++) {
                ret_targets[i] = text_is(target, "any") || text_is(target, target_names[i]);
                known = known || ret_targets[i];
        }
        if (!known)
                return "unknown target of a fault (create, expire, refund, read, any)";
        for (Fault fault = FAULT_NONE + 1; fault < FAULT_COUNT; fault++)
                if (text_is(name, kinds[fault].name)) {
                        *ret_fault = fault;
                        return NULL;
                }
        return "unknown kind of fault";
}

const char *faults_set(Faults *faults, Text kind, double probability) {
        Fault fault = FAULT_NONE;
        bool targets[TARGET_COUNT] = { false };
        const char *wrong = fault_parse(kind, &fault, targets);

        if (wrong)
                return wrong;
        if (!(probability >= 0 && probability <= 1))
                return "the probability of a fault is between 0 and 1";
        for (size_t t = 0; t < TARGET_COUNT; t++) {
                double sum = probability;

                if (!targets[t])
                        continue;
                for (size_t i = 0; i < FAULT_COUNT; i++)
                        sum += i == fault ? 0 : faults->probabilities[t][i];
                if (sum > 1 + 1e-9)
                        return "the probabilities of all faults add up to more than 1";
        }
        for (size_t t = 0; t < TARGET_COUNT; t++)
                if (targets[t])
                        faults->probabilities[t][fault] = probability;
        return NULL;
}

void faults_clear(Faults *faults) {
        memset(faults->probabilities, 0, sizeof(faults->probabilities));
        faults->script_count = 0;
}

const char *faults_script(Faults *faults, Text kind, Text match, int64_t times) {
        Script script = { .times = times };
        const char *wrong = fault_parse(kind, &script.fault, script.targets);

        if (wrong)
                return wrong;
        if (match.size >= sizeof(script.match))
                return "the text to match is too long";
        if (match.size > 0)
                memcpy(script.match, match.data, match.size);
        faults->scripts =
                memory_grow(faults->scripts, faults->script_count + 1, sizeof(*faults->scripts));
        faults->scripts[faults->script_count++] = script;
        return NULL;
}

static bool request_holds(const Request *request, const char *match) {
        size_t size = strlen(match);

        return size == 0 ||
               (request->path.size > 0 &&
                memmem(request->path.data, request->path.size, match, size)) ||
               (request->body.size > 0 &&
                memmem(request->body.data, request->body.size, match, size));
}

Fault faults_draw(Faults *faults, FaultTarget target, uint64_t key, const Request *request) {
        double drawn = draw_fraction(draw_mix(faults->seed, key));

        for (size_t i = 0; i < faults->script_count; i++) {
                Script *script = &faults->scripts[i];

                if (script->times > 0 && script->targets[target] &&
                    request_holds(request, script->match)) {
                        script->times--;
                        return script->fault;
                }
        }
        for (Fault fault = FAULT_NONE + 1; fault < FAULT_COUNT; fault++) {
                drawn -= faults->probabilities[target][fault];
                if (drawn < 0)
                        return fault;
        }
        return FAULT_NONE;
}

const char *fault_name(Fault fault) {
        return kinds[fault].name;
}

FaultStage fault_stage(Fault fault) {
        return kinds[fault].stage;
}

void fault_answer(Fault fault, Answer *answer) {
        const FaultKind *kind = &kinds[fault];

        if (kind->html) {
                buffer_clear(&answer->body);
                put_string(&answer->body, kind->html);
                answer->content_type = "text/html; charset=UTF-8";
                if (kind->html_status != 0)
                        answer->status = kind->html_status;
        } else if (kind->refusal) {
                answer_refuse(answer, kind->refusal);
        }
        if (fault == FAULT_REDIRECT)
                answer->location = "https://elsewhere.example/";
        if (fault == FAULT_RATE_429_RETRY_AFTER)
                answer->retry_after = "1";
        if (fault == FAULT_RESET_BEFORE)
                answer->delivery = DELIVER_RESET;
        if (fault == FAULT_SILENCE_BEFORE)
                answer->delivery = DELIVER_NEVER;
}

void faults_describe(Buffer *out) {
        for (Fault fault = FAULT_NONE + 1; fault < FAULT_COUNT; fault++)
                if (buffer_printf(out, "  %-22s %s\n", kinds[fault].name, kinds[fault].about) < 0)
                        memory_out();
}
