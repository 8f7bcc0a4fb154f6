#include "tests/flow/harness_client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define SANDBOX TEST_BINARY_DIR "/tests/sandbox/checkoutd-sandbox"
#define API_KEY "sk_test_sandbox"

void reply_done(Reply *reply) {
        buffer_done(&reply->body);
        buffer_done(&reply->headers);
        json_decref(reply->json);
}

static pid_t start(const char *const *options, int *ret_out) {
        const char *arguments[32] = { SANDBOX };
        int ends[2];

        for (size_t i = 0; options[i]; i++)
                arguments[i + 1] = options[i];
        assert_int_equal(pipe(ends), 0);
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                /* A test that fails does not get to stop it. */
                (void) prctl(PR_SET_PDEATHSIG, SIGTERM);
                (void) dup2(ends[1], STDOUT_FILENO);
                (void) close(ends[0]);
                (void) close(ends[1]);
                (void) execv(SANDBOX, (char *const *) (uintptr_t) arguments);
                _exit(127);
        }
        (void) close(ends[1]);
        *ret_out = ends[0];
        return pid;
}

static int ended(pid_t pid) {
        int status = 0;

        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        return WEXITSTATUS(status);
}

Client client_start(const char *const *options) {
        Client client = { 0 };
        int out = -1;
        char line[128] = "";

        client.pid = start(options, &out);
        FILE *stream = fdopen(out, "r");
        assert_non_null(stream);
        assert_non_null(fgets(line, sizeof(line), stream));
        assert_int_equal(sscanf(line, "listening on %63s", client.url), 1);
        (void) fclose(stream);
        return client;
}

void client_stop(const Client *client) {
        assert_int_equal(kill(client->pid, SIGTERM), 0);
        assert_int_equal(ended(client->pid), 0);
}

int client_run(const char *const *options) {
        char bytes[4096];
        int out = -1;
        pid_t pid = start(options, &out);

        while (read(out, bytes, sizeof(bytes)) > 0)
                ;
        (void) close(out);
        return ended(pid);
}

static size_t on_bytes(char *bytes, size_t one, size_t size, void *buffer) {
        (void) one;
        return buffer_append(buffer, bytes, size) == 0 ? size : 0;
}

static struct curl_slist *add_header(struct curl_slist *headers, const char *name,
                                     const char *value) {
        AUTO_BUFFER line = BUFFER_EMPTY;

        if (!value)
                return headers;
        assert_int_equal(buffer_printf(&line, "%s: %s", name, value), 0);
        return curl_slist_append(headers, line.data);
}

static CURL *request(const Client *client, const Sent *sent, Reply *reply,
                     struct curl_slist **ret_headers) {
        AUTO_BUFFER url = BUFFER_EMPTY;
        CURL *curl = curl_easy_init();
        struct curl_slist *headers = NULL;

        assert_non_null(curl);
        assert_int_equal(buffer_printf(&url, "%s%s", client->url, sent->path), 0);
        headers = add_header(headers, "Authorization", sent->api_key ? sent->api_key : API_KEY);
        headers = add_header(headers, "Idempotency-Key", sent->key);
        headers =
                add_header(headers, "Fintoc-Version", sent->version ? sent->version : "2026-02-01");
        headers = add_header(headers, "Content-Type",
                             sent->content_type ? sent->content_type : "application/json");
        (void) curl_easy_setopt(curl, CURLOPT_URL, url.data);
        (void) curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
        (void) curl_easy_setopt(curl, CURLOPT_PROXY, "");
        (void) curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
        (void) curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, sent->timeout_ms);
        (void) curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_bytes);
        (void) curl_easy_setopt(curl, CURLOPT_WRITEDATA, &reply->body);
        (void) curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_bytes);
        (void) curl_easy_setopt(curl, CURLOPT_HEADERDATA, &reply->headers);
        if (sent->body)
                (void) curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, sent->body);
        *ret_headers = headers;
        return curl;
}

static void finish(CURL *curl, struct curl_slist *headers, Reply *reply) {
        (void) curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply->status);
        if (reply->body.data)
                reply->json = json_loads(reply->body.data, JSON_DECODE_ANY, NULL);
        curl_easy_cleanup(curl);
        curl_slist_free_all(headers);
}

Reply client_ask(const Client *client, const Sent *sent) {
        Reply reply = { 0 };
        struct curl_slist *headers = NULL;
        CURL *curl = request(client, sent, &reply, &headers);

        reply.code = curl_easy_perform(curl);
        finish(curl, headers, &reply);
        return reply;
}

void client_ask_twice(const Client *client, const Sent *sent, Reply replies[static 2]) {
        struct curl_slist *headers[2] = { NULL, NULL };
        CURL *curls[2] = { NULL, NULL };
        CURLM *multi = curl_multi_init();
        int running = 0;

        assert_non_null(multi);
        for (size_t i = 0; i < 2; i++) {
                replies[i] = (Reply){ 0 };
                curls[i] = request(client, sent, &replies[i], &headers[i]);
                assert_int_equal(curl_multi_add_handle(multi, curls[i]), CURLM_OK);
        }
        do {
                assert_int_equal(curl_multi_perform(multi, &running), CURLM_OK);
                assert_int_equal(curl_multi_poll(multi, NULL, 0, 1000, NULL), CURLM_OK);
        } while (running > 0);
        for (size_t i = 0; i < 2; i++) {
                (void) curl_multi_remove_handle(multi, curls[i]);
                finish(curls[i], headers[i], &replies[i]);
        }
        (void) curl_multi_cleanup(multi);
}

Reply client_post(const Client *client, const char *path, const char *key, const char *body) {
        return client_ask(client, &(Sent){ .path = path, .key = key, .body = body });
}

Reply client_get(const Client *client, const char *path) {
        return client_ask(client, &(Sent){ .path = path });
}

void client_control(const Client *client, const char *path, const char *body) {
        AUTO_REPLY reply = client_post(client, path, NULL, body);

        if (reply.status != 200)
                fail_msg("%s %s: %s", path, body, reply.body.data);
}

json_int_t client_counted(const Client *client, const char *name) {
        AUTO_REPLY reply = client_get(client, "/_sandbox/ledger?summary=1");

        assert_int_equal(reply.status, 200);
        assert_non_null(json_object_get(reply.json, name));
        return number_at(reply.json, name);
}

static const json_t *value_at(const json_t *json, const char *path) {
        while (json && *path) {
                char name[64];
                size_t size = strcspn(path, ".");

                (void) snprintf(name, sizeof(name), "%.*s", (int) size, path);
                json = json_is_array(json) ? json_array_get(json, (size_t) strtoul(name, NULL, 10))
                                           : json_object_get(json, name);
                path += size + (path[size] == '.');
        }
        return json;
}

const char *text_at(const json_t *json, const char *path) {
        const json_t *value = value_at(json, path);

        return json_is_string(value) ? json_string_value(value) : "";
}

json_int_t number_at(const json_t *json, const char *path) {
        return json_integer_value(value_at(json, path));
}
