#include "tests/sandbox/api.h"

#include <assert.h>
#include <jansson.h>
#include <strings.h>

#include "tests/sandbox/call.h"
#include "tests/sandbox/draw.h"
#include "tests/sandbox/payments.h"
#include "tests/sandbox/put.h"
#include "tests/sandbox/refunds.h"
#include "tests/sandbox/render.h"
#include "tests/sandbox/sessions.h"

#define KEY_LENGTH_MAX 255
#define V2_VERSION     "2026-02-01"

enum { V1 = 1, V2 = 2, V1_AND_V2 = 3 };

typedef enum Shape { SHAPE_LIST, SHAPE_ITEM, SHAPE_ACTION } Shape;

typedef struct Route {
        int generations;
        Method method;
        const char *resource;
        Shape shape;
        const char *action;
        FaultTarget target;
        Endpoint *endpoint;
} Route;

static const Route routes[] = {
        { V1_AND_V2, METHOD_POST, "checkout_sessions", SHAPE_LIST, NULL, TARGET_CREATE,
          sessions_create },
        { V1_AND_V2, METHOD_GET, "checkout_sessions", SHAPE_ITEM, NULL, TARGET_READ, sessions_get },
        { V2, METHOD_GET, "checkout_sessions", SHAPE_LIST, NULL, TARGET_READ, sessions_list },
        { V1_AND_V2, METHOD_POST, "checkout_sessions", SHAPE_ACTION, "expire", TARGET_EXPIRE,
          sessions_expire },
        { V1_AND_V2, METHOD_GET, "payment_intents", SHAPE_ITEM, NULL, TARGET_READ, payments_get },
        { V1, METHOD_GET, "payment_intents", SHAPE_LIST, NULL, TARGET_READ, payments_list_pages },
        { V2, METHOD_GET, "payment_intents", SHAPE_LIST, NULL, TARGET_READ, payments_list_cursor },
        { V1, METHOD_POST, "refunds", SHAPE_LIST, NULL, TARGET_REFUND, refunds_create },
        { V1, METHOD_GET, "refunds", SHAPE_ITEM, NULL, TARGET_READ, refunds_get },
        { V1, METHOD_GET, "refunds", SHAPE_LIST, NULL, TARGET_READ, refunds_list },
        { V1, METHOD_POST, "refunds", SHAPE_ACTION, "cancel", TARGET_REFUND, refunds_cancel },
};

static const Refusal unknown_key = { 401, "authentication_error", "invalid_api_key",
                                     "Invalid API Key", NULL };
static const Refusal too_many = { 429, "invalid_request_error", "rate_limit_exceeded",
                                  "Too many requests", NULL };
static const Refusal unknown_url = { 404, "invalid_request_error", "invalid_url",
                                     "Unrecognized request URL", NULL };
static const Refusal wrong_method = { 405, "invalid_request_error", "operation_not_allowed",
                                      "The method is not allowed here", NULL };
static const Refusal old_version = { 403, "invalid_request_error", "invalid_api_version",
                                     "This endpoint needs Fintoc-Version " V2_VERSION " or later",
                                     NULL };
static const Refusal wrong_content = { 415, "invalid_request_error", "invalid_request",
                                       "Content-Type must be application/json", NULL };
static const Refusal long_key = { 400, "idempotency_error", "invalid_idempotency_key",
                                  "Idempotency-Key must have 1 to 255 characters", NULL };
static const Refusal busy_key = { 409, "idempotency_error", "idempotency_key_in_use",
                                  "Another request with this Idempotency-Key is still running",
                                  NULL };
static const Refusal other_request = { 400, "idempotency_error", "idempotency_key_mismatch",
                                       "This Idempotency-Key was used with other parameters",
                                       NULL };
static const Refusal missing = { 404, "invalid_request_error", "missing_resource",
                                 "There is no such object", "id" };

void call_missing(Call *call) {
        answer_refuse(call->answer, &missing);
}

/* Cuts the next segment off a path that begins with a slash. */
static Text path_segment(Text *path) {
        if (path->size == 0 || path->data[0] != '/')
                return TEXT_NONE;

        const char *begin = path->data + 1;
        const char *slash = memchr(begin, '/', path->size - 1);
        size_t size = slash ? (size_t) (slash - begin) : path->size - 1;
        *path = (Text){ begin + size, path->size - 1 - size };
        return (Text){ begin, size };
}

/* The route, or NULL and the refusal. Sets generation and id as far as the path says. */
static const Route *api_route(Call *call, const Refusal **ret_refusal) {
        Text path = call->request->path;
        Text version = path_segment(&path);
        Text resource = path_segment(&path);
        Text id = path_segment(&path);
        Text action = path_segment(&path);
        Shape shape = action.data ? SHAPE_ACTION : id.data ? SHAPE_ITEM : SHAPE_LIST;

        *ret_refusal = &unknown_url;
        call->generation = text_is(version, "v1") ? V1 : text_is(version, "v2") ? V2 : 0;
        call->id = id;
        if (path.size > 0)
                return NULL;
        for (size_t i = 0; i < ELEMENTS(routes); i++) {
                const Route *route = &routes[i];

                if ((route->generations & call->generation) == 0 || route->shape != shape ||
                    !text_is(resource, route->resource) ||
                    (route->action && !text_is(action, route->action)))
                        continue;
                if (route->method == call->request->method)
                        return route;
                *ret_refusal = &wrong_method;
        }
        return NULL;
}

static bool api_knows_key(const Sandbox *sandbox, Text authorization) {
        static const Text bearer = { "Bearer ", 7 };

        /* The documents send the bare key; the provider's ruby client sends this, and is let in. */
        if (authorization.size > bearer.size &&
            memcmp(authorization.data, bearer.data, bearer.size) == 0)
                authorization = (Text){ authorization.data + bearer.size,
                                        authorization.size - bearer.size };
        return text_is(authorization, sandbox->api_key);
}

static bool is_json_content(Text type) {
        static const Text json = { "application/json", 16 };
        Text name = { type.data, type.size < json.size ? type.size : json.size };

        return text_equal_ignoring_case(name, json) &&
               (type.size == json.size || type.data[json.size] == ';' ||
                type.data[json.size] == ' ');
}

/* Dated versions compare as text; anything that is no date is too old. */
static bool is_v2_version(Text version) {
        return version.size == sizeof(V2_VERSION) - 1 &&
               memcmp(version.data, V2_VERSION, version.size) >= 0 && version.data[4] == '-' &&
               version.data[7] == '-' && version.data[0] == '2';
}

/* What is said before an endpoint is reached, or NULL. */
static const Refusal *api_doors(const Call *call, const Route *route, const Refusal *no_route) {
        const Request *request = call->request;

        if (!api_knows_key(call->sandbox, request->authorization))
                return &unknown_key;
        if (!limit_pass(&call->sandbox->limit, clock_monotonic()))
                return &too_many;
        if (!route)
                return no_route;
        if (call->generation == V2 && !is_v2_version(request->fintoc_version))
                return &old_version;
        if (request->method == METHOD_POST && request->body.size > 0 &&
            !is_json_content(request->content_type))
                return &wrong_content;
        if (request->method == METHOD_POST && request->idempotency_key.data &&
            (request->idempotency_key.size == 0 ||
             text_characters(request->idempotency_key) > KEY_LENGTH_MAX))
                return &long_key;
        return NULL;
}

/* What two requests under one key must have in common. */
static uint64_t api_parameters(const Sandbox *sandbox, const Request *request) {
        uint64_t seed = draw_hash((uint64_t) request->method, request->path);
        json_t *parsed = sandbox->options->compare_parsed
                                 ? json_loadb(request->body.data, request->body.size, 0, NULL)
                                 : NULL;

        if (!parsed)
                return draw_hash(seed, request->body);

        /* Both live in the scratch memory: nothing is given back. */
        return draw_hash(seed, text_of(json_dumps(parsed, JSON_COMPACT | JSON_SORT_KEYS)));
}

static void api_replay(Call *call, const Key *key) {
        Answer *answer = call->answer;

        answer->remark = "replay";
        answer->status = key->status;
        if (key->body.data) {
                put_text(&answer->body, key->body);
                return;
        }
        render_session(&answer->body,
                       &(RenderSession){ .store = call->sandbox->store,
                                         .generation = call->generation,
                                         .fresh = true },
                       key->session);
}

static void api_store(Call *call, Key *key, uint64_t parameters) {
        bool remade = call->created != STORE_NONE && call->answer->status < 300;

        key->request = parameters;
        key->used_at = call->now;
        key->busy_until = call->answer->delay > 0 ? clock_monotonic() + call->answer->delay : 0;
        key->status = (uint16_t) call->answer->status;
        key->session = call->created;
        key->body = remade ? TEXT_NONE
                           : arena_keep(store_arena(call->sandbox->store),
                                        (Text){ call->answer->body.data, call->answer->body.size });
}

static void api_endpoint(Call *call, const Route *route) {
        call->answer->remark = call->fault == FAULT_NONE ? "-" : fault_name(call->fault);
        if (fault_stage(call->fault) == STAGE_REFUSAL)
                fault_answer(call->fault, call->answer);
        else
                route->endpoint(call);
        assert(call->answer->status != 0);
}

static void api_idempotent(Call *call, const Route *route, Key *key) {
        uint64_t parameters = api_parameters(call->sandbox, call->request);

        if (key->status == 0) {
                api_endpoint(call, route);
                api_store(call, key, parameters);
        } else if (key->busy_until > clock_monotonic()) {
                answer_refuse(call->answer, &busy_key);
        } else if (key->request != parameters) {
                answer_refuse(call->answer, &other_request);
        } else {
                api_replay(call, key);
        }
}

static void api_spoil_reply(Call *call) {
        Answer *answer = call->answer;

        answer->remark = fault_name(call->fault);
        fault_answer(call->fault, answer);
        if (call->fault == FAULT_RESET_AFTER)
                answer->delivery = DELIVER_RESET;
        if (call->fault == FAULT_SILENCE_AFTER)
                answer->delivery = DELIVER_NEVER;
        if (call->fault == FAULT_TRUNCATED)
                answer->delivery = DELIVER_TRUNCATED;
}

static int64_t api_latency(const Call *call, uint64_t drawn) {
        const Options *options = call->sandbox->options;
        double width = (double) (options->latency_most - options->latency_least);

        return options->latency_least + (int64_t) (draw_fraction(draw_mix(3, drawn)) * width) +
               (call->fault == FAULT_SLOW ? options->slow : 0);
}

/* Draws the request's fault; `key` is NULL for a request that carries none. */
static void api_meet_fault(Call *call, const Route *route, Key *key) {
        Sandbox *sandbox = call->sandbox;
        uint64_t drawn = key ? draw_mix(draw_hash(4, key->name), key->attempts++)
                             : draw_mix(5, sandbox->requests);

        if (route)
                call->fault = faults_draw(sandbox->faults, route->target, drawn, call->request);
        call->answer->delay = api_latency(call, drawn);
}

static void api_serve(Call *call) {
        const Request *request = call->request;
        const Refusal *no_route = NULL;
        const Route *route = api_route(call, &no_route);
        bool keyed = request->method == METHOD_POST && request->idempotency_key.size > 0 &&
                     request->idempotency_key.size <= 4 * KEY_LENGTH_MAX;
        Key *key =
                keyed ? keys_use(call->sandbox->keys, request->idempotency_key, call->now) : NULL;

        api_meet_fault(call, route, key);
        if (fault_stage(call->fault) == STAGE_FRONT) {
                call->answer->remark = fault_name(call->fault);
                fault_answer(call->fault, call->answer);
                return;
        }

        const Refusal *refusal = api_doors(call, route, no_route);
        if (refusal) {
                answer_refuse(call->answer, refusal);
                return;
        }
        if (key) {
                call->key = key->name;
                api_idempotent(call, route, key);
        } else {
                api_endpoint(call, route);
        }
        if (fault_stage(call->fault) == STAGE_REPLY)
                api_spoil_reply(call);
}

static void api_journal(const Sandbox *sandbox, const Request *request, int64_t arrived) {
        const Answer *answer = &request->answer;
        bool sent = answer->delivery == DELIVER_WHOLE || answer->delivery == DELIVER_TRUNCATED;

        (void) fprintf(
                sandbox->journal, "%lld\t%.*s\t%.*s\t%d\t%.*s\t%s\n", (long long) arrived,
                TEXT_ARG(request->method_name), TEXT_ARG(request->path), sent ? answer->status : 0,
                TEXT_ARG(request->idempotency_key.data ? request->idempotency_key : TEXT("-")),
                answer->remark);
}

void api_answer(Sandbox *sandbox, Request *request) {
        int64_t arrived = sandbox->journal ? clock_monotonic() : 0;
        Call call = { .sandbox = sandbox,
                      .request = request,
                      .answer = &request->answer,
                      .fault = FAULT_NONE,
                      .now = clock_now(&sandbox->clock),
                      .created = STORE_NONE };

        sandbox->requests++;
        request->answer.remark = "-";
        api_serve(&call);
        if (sandbox->journal)
                api_journal(sandbox, request, arrived);
}
