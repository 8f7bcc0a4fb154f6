/* HttpLoop: libcurl's multi interface on the event loop, and nothing of money. Sends requests, many
 * at once, over connections that are kept (HTTP/2 where the server offers it), and gives back
 * what came: a reply, or how it failed. It never repeats a request by itself and never follows a
 * redirect (the key would go along); every attempt is the dispatcher's to record.
 *
 * TLS is verified always, 1.2 at least; the environment's proxies are not read.
 *
 * libcurl may silently send a POST again when a kept connection dies before any byte of a reply.
 * So one call here can be two requests on the wire: the idempotency key must be on disk before.
 *
 * Tear down: http_loop_free() drops the requests in flight without telling.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "jobs/base/text.h"
#include "jobs/session/verdict.h"

typedef struct sd_event sd_event;
typedef struct HttpLoop HttpLoop;

typedef struct HttpOptions { /* strings are copied */
        const char *url;     /* "https://api.fintoc.com" */
        const char *api_key;
        const char *version;              /* Fintoc-Version; "": not sent */
        const char *ca_file, *proxy;      /* "": none */
        int64_t connect_timeout, timeout; /* microseconds */
        unsigned max_in_flight;           /* requests at once */
} HttpOptions;

typedef struct HttpReply { /* borrowed until the callback returns */
        Transfer transfer;
        int status; /* 0: none */
        Text body;
        Text retry_after;
        Text date;
        Text link;
        bool too_long; /* with TRANSFER_BROKEN: there was more than we take */
        /* One of libcurl's fixed texts, "": in its longer ones the other side may be quoted. */
        const char *failure;
        int64_t duration; /* microseconds */
} HttpReply;

/* Called from the loop, once for every request, never from within http_loop_send(). */
typedef void (*HttpDone)(void *userdata, const HttpReply *reply);
/* Called when all replies that had come in were given, before the loop waits again. */
typedef void (*HttpDrained)(void *userdata);

/* A POST with `idempotency_key` and `body`, or, without a key, a GET. `body` is borrowed until it
 * is done. */
typedef struct HttpRequest {
        const char *path;
        const char *idempotency_key; /* at most 64 characters */
        Text body;
        size_t max_reply; /* bytes; 0: 1 MiB */
        HttpDone done;
        void *userdata;
} HttpRequest;

int http_loop_new(sd_event *event, const HttpOptions *options, HttpDrained drained, void *userdata,
                  HttpLoop **ret_loop);
HttpLoop *http_loop_free(HttpLoop *loop);
/* -EBUSY: max_in_flight are in flight already; -ENOMEM. */
int http_loop_send(HttpLoop *loop, const HttpRequest *request);
unsigned http_loop_in_flight(const HttpLoop *loop);

#include "jobs/base/cleanup.h"
DEFINE_CLEANUP(HttpLoop, http_loop_free)
