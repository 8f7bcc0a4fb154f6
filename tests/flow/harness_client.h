/* Client: starts the simulated provider by itself and talks to it with libcurl, for the flows that
 * test the provider and not the daemon. Whatever does not work fails the test. */
#pragma once

#include <curl/curl.h>
#include <jansson.h>
#include <sys/types.h>

#include "jobs/base/buffer.h"
#include "jobs/base/cleanup.h"

#define CLIENT_V1 "/v1/checkout_sessions"
#define CLIENT_V2 "/v2/checkout_sessions"

typedef struct Client {
        pid_t pid; /* of the sandbox */
        char url[64];
} Client;

typedef struct Sent {
        const char *path;
        const char *body; /* NULL: GET */
        const char *key;
        const char *api_key; /* NULL: the one that the sandbox accepts */
        const char *version;
        const char *content_type;
        long timeout_ms;
} Sent;

typedef struct Reply {
        CURLcode code;
        long status;
        Buffer body;
        Buffer headers;
        json_t *json; /* NULL: the body is none */
} Reply;

void reply_done(Reply *reply);
#define AUTO_REPLY CLEANUP(reply_done) Reply

/* The program with these options (ended by NULL). `client_start` waits until it listens and expects
 * a clean end from `client_stop`; `client_run` gives the exit status. */
Client client_start(const char *const *options);
void client_stop(const Client *client);
int client_run(const char *const *options);
#define CLIENT_START(...) client_start((const char *const[]){ "--port", "0", __VA_ARGS__ })

Reply client_ask(const Client *client, const Sent *sent);
Reply client_post(const Client *client, const char *path, const char *key, const char *body);
Reply client_get(const Client *client, const char *path);

/* The same request twice at once. */
void client_ask_twice(const Client *client, const Sent *sent, Reply replies[static 2]);

/* A `POST /_sandbox/...` that works. */
void client_control(const Client *client, const char *path, const char *body);

/* A number of the ledger's summary. */
json_int_t client_counted(const Client *client, const char *name);

/* The text at a path of member names and indices (`0.metadata.order`); "" when there is none. */
const char *text_at(const json_t *json, const char *path);
json_int_t number_at(const json_t *json, const char *path);
