#include "tests/sandbox/request.h"

#include "tests/sandbox/put.h"

void answer_clear(Answer *answer) {
        Buffer body = answer->body;

        buffer_clear(&body);
        *answer = (Answer){ .body = body, .content_type = "application/json; charset=utf-8" };
        answer->total_count = -1;
}

void answer_refuse(Answer *answer, const Refusal *refusal) {
        Buffer *body = &answer->body;

        answer->status = refusal->status;
        buffer_clear(body);
        put_string(body, "{\"error\":{\"type\":");
        put_quoted(body, text_of(refusal->type));
        put_string(body, ",\"code\":");
        put_quoted(body, text_of(refusal->code));
        put_string(body, ",\"message\":");
        put_quoted(body, text_of(refusal->message));
        put_string(body, ",\"param\":");
        put_quoted(body, text_of(refusal->param));
        put_string(body, ",\"doc_url\":\"https://docs.fintoc.com/reference/errors\"}}");
}

void answer_refuse_param(Answer *answer, const char *code, const char *param, const char *message) {
        answer_refuse(answer, &(Refusal){ 400, "invalid_request_error", code, message, param });
}

Text request_argument(const Request *request, const char *name) {
        for (size_t i = 0; i < request->argument_count; i++)
                if (text_is(request->arguments[i].name, name))
                        return request->arguments[i].value;
        return TEXT_NONE;
}
