#include "tests/sandbox/control.h"

#include <jansson.h>
#include <math.h>

#include "jobs/base/civil.h"
#include "tests/sandbox/ledger_page.h"
#include "tests/sandbox/payout.h"
#include "tests/sandbox/put.h"

#define WRONG_BODY "the body is not what --help says"

/* Each gives what is wrong as a literal, or NULL. */
typedef const char *Control(Sandbox *sandbox, const json_t *body);

static Text member_text(const json_t *object, const char *name) {
        const json_t *value = json_object_get(object, name);

        return (Text){ json_string_value(value), json_string_length(value) };
}

static const char *faults_script_all(Sandbox *sandbox, const json_t *list) {
        for (size_t i = 0; i < json_array_size(list); i++) {
                const json_t *item = json_array_get(list, i);
                const json_t *times = json_object_get(item, "times");
                const char *wrong = faults_script(sandbox->faults, member_text(item, "fault"),
                                                  member_text(item, "match"),
                                                  times ? json_integer_value(times) : 1);

                if (wrong)
                        return wrong;
        }
        return NULL;
}

static const char *control_faults(Sandbox *sandbox, const json_t *body) {
        json_t *set = json_object_get(body, "set");

        if (json_is_true(json_object_get(body, "clear")))
                faults_clear(sandbox->faults);
        for (void *i = json_object_iter(set); i; i = json_object_iter_next(set, i)) {
                const char *wrong = faults_set(sandbox->faults, text_of(json_object_iter_key(i)),
                                               json_number_value(json_object_iter_value(i)));

                if (wrong)
                        return wrong;
        }
        return faults_script_all(sandbox, json_object_get(body, "next"));
}

static const char *control_payer(Sandbox *sandbox, const json_t *body) {
        Text id = member_text(body, "id");
        Text order = member_text(body, "order");
        uint32_t session = id.data ? store_session_by_id(sandbox->store, id)
                                   : store_session_by_order(sandbox->store, order);

        if (session == STORE_NONE)
                return "there is no such session";
        return payers_act(sandbox->payers, member_text(body, "do"), session,
                          json_integer_value(json_object_get(body, "amount")),
                          clock_now(&sandbox->clock));
}

static const char *control_clock(Sandbox *sandbox, const json_t *body) {
        double advance = json_number_value(json_object_get(body, "advance"));
        const json_t *skew = json_object_get(body, "date_skew");

        if (!(advance >= 0 && advance < 1e9) || fabs(json_number_value(skew)) > 1e9)
                return "the clock goes only forward, and not that far";
        sandbox->clock.ahead += (int64_t) (advance * (double) SECOND);
        if (skew)
                sandbox->clock.date_skew = (int64_t) (json_number_value(skew) * (double) SECOND);
        payers_run(sandbox->payers, clock_now(&sandbox->clock));
        return NULL;
}

static const char *control_keys(Sandbox *sandbox, const json_t *body) {
        if (!json_is_true(json_object_get(body, "forget")))
                return WRONG_BODY;
        keys_forget(sandbox->keys);
        return NULL;
}

static const char *control_account(Sandbox *sandbox, const json_t *body) {
        Text key = member_text(body, "api_key");
        const json_t *rate = json_object_get(body, "rate");

        if (key.size >= sizeof(sandbox->api_key) ||
            (rate && (json_integer_value(rate) < 0 || json_integer_value(rate) > 1000000)))
                return WRONG_BODY;
        if (key.data)
                memcpy(sandbox->api_key, key.data, key.size + 1);
        if (rate)
                limit_set(&sandbox->limit, (uint32_t) json_integer_value(rate));
        return NULL;
}

static const char *control_down(Sandbox *sandbox, const json_t *body) {
        double seconds = json_number_value(json_object_get(body, "seconds"));

        if (!(seconds > 0 && seconds < 1e6))
                return WRONG_BODY;
        sandbox->down_for = seconds;
        sandbox->down_with_reset = text_is(member_text(body, "how"), "reset");
        return NULL;
}

static const struct {
        const char *path;
        Control *control;
} controls[] = {
        { "/_sandbox/faults", control_faults },   { "/_sandbox/payer", control_payer },
        { "/_sandbox/clock", control_clock },     { "/_sandbox/keys", control_keys },
        { "/_sandbox/account", control_account }, { "/_sandbox/down", control_down },
};

static void control_say(Answer *answer, const char *wrong) {
        answer->status = wrong ? 400 : 200;
        put_string(&answer->body, wrong ? "{\"wrong\":" : "{\"ok\":true");
        if (wrong)
                put_quoted(&answer->body, text_of(wrong));
        put_string(&answer->body, "}\n");
}

static void control_post(Sandbox *sandbox, Request *request) {
        for (size_t i = 0; i < ELEMENTS(controls); i++) {
                if (!text_is(request->path, controls[i].path))
                        continue;

                json_t *body = json_loadb(request->body.data ? request->body.data : "",
                                          request->body.size, 0, NULL);
                const char *wrong =
                        json_is_object(body) ? controls[i].control(sandbox, body) : WRONG_BODY;

                control_say(&request->answer, wrong);
                json_decref(body);
                return;
        }
        control_say(&request->answer, "there is no such control");
}

void control_answer(Sandbox *sandbox, Request *request) {
        /* Who asks may read the journal next: with all that was answered before. */
        if (sandbox->journal)
                (void) fflush(sandbox->journal);
        if (request->method == METHOD_GET && text_is(request->path, "/_sandbox/ledger"))
                ledger_page_answer(sandbox, request);
        else if (request->method == METHOD_GET && text_is(request->path, "/_sandbox/payout.csv"))
                payout_answer(sandbox, request);
        else if (request->method == METHOD_POST)
                control_post(sandbox, request);
        else
                control_say(&request->answer, "there is no such page");
}
