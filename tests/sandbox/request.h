/* Request and answer, free of any HTTP library: what came in, what goes out and how.
 *
 * Headers, path and arguments are borrowed for the time of the call. The answer's body belongs to
 * the request and is used again for the next one.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "jobs/base/buffer.h"
#include "jobs/base/text.h"

#define REQUEST_ARGUMENTS 16

typedef enum Method { METHOD_GET, METHOD_POST, METHOD_OTHER } Method;

typedef struct Argument {
        Text name;
        Text value;
} Argument;

typedef enum Delivery {
        DELIVER_WHOLE,
        DELIVER_TRUNCATED, /* half the body, then the connection ends */
        DELIVER_RESET,     /* no byte, TCP RST */
        DELIVER_NEVER,     /* no byte, the connection stays */
} Delivery;

/* Gives the next piece of a long body: appends to `out`, false when there is no more. */
typedef bool AnswerStream(void *context, Buffer *out);

typedef struct Answer {
        int status; /* 0: none is sent */
        Delivery delivery;
        int64_t delay; /* microseconds before the first byte */
        Buffer body;
        const char *content_type;
        char link[640]; /* header Link, when has_link */
        bool has_link;
        int64_t total_count;     /* header X-Total-Count, -1: none */
        const char *location;    /* literal */
        const char *retry_after; /* literal */
        AnswerStream *stream;    /* instead of a body; the context is freed with free() */
        void *stream_context;
        const char *remark; /* literal, last field of the journal line */
} Answer;

typedef struct Request {
        Method method;
        Text method_name;
        Text path;
        Text host;
        Text authorization;
        Text fintoc_version;
        Text content_type;
        Text idempotency_key; /* no data: none came */
        Text body;
        Argument arguments[REQUEST_ARGUMENTS];
        size_t argument_count;
        Answer answer;
} Request;

/* Empty, keeping the memory of its body. */
void answer_clear(Answer *answer);

typedef struct Refusal {
        int status;
        const char *type;
        const char *code;
        const char *message;
        const char *param; /* NULL: none */
} Refusal;

/* The provider's error envelope. */
void answer_refuse(Answer *answer, const Refusal *refusal);

/* Shorthand for a 400 of type invalid_request_error. */
void answer_refuse_param(Answer *answer, const char *code, const char *param, const char *message);

/* The argument's value; no data when it is not there. */
Text request_argument(const Request *request, const char *name);
