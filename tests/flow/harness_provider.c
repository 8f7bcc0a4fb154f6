#include "tests/flow/harness_internal.h"

#include <curl/curl.h>
#include <string.h>

/* GET, or POST when there is a body. */
static char *ask(Flow *flow, const char *path, const char *body) {
        const char *url = flow_text(flow, "%s%s", flow_sandbox_url(flow), path);
        struct curl_slist *headers = NULL;
        CURL *curl = curl_easy_init();
        char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);
        CURLcode answer;
        long status = 0;

        assert_non_null(curl);
        assert_non_null(out);
        headers = curl_slist_append(headers, "Authorization: sk_test_flow");
        headers = curl_slist_append(headers, "Fintoc-Version: 2026-02-01");
        headers = curl_slist_append(headers, "Content-Type: application/json");
        (void) curl_easy_setopt(curl, CURLOPT_URL, url);
        (void) curl_easy_setopt(curl, CURLOPT_PROXY, "");
        (void) curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
        (void) curl_easy_setopt(curl, CURLOPT_WRITEDATA, out);
        (void) curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long) FLOW_DEADLINE);
        if (body)
                (void) curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
        answer = curl_easy_perform(curl);
        (void) curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
        curl_easy_cleanup(curl);
        curl_slist_free_all(headers);
        assert_int_equal(fclose(out), 0);
        (void) flow_own(flow, text);
        if (answer != CURLE_OK || status < 200 || status > 299)
                flow_fail(flow, "%s: %s, status %ld: %.200s", url, curl_easy_strerror(answer),
                          status, text);
        return text;
}

json_t *flow_get(Flow *flow, const char *path) {
        return flow_json(flow, ask(flow, path, NULL));
}

void flow_fault(Flow *flow, const char *fault, const char *match, unsigned times) {
        (void) ask(flow, "/_sandbox/faults",
                   flow_text(flow, "{\"next\":[{\"fault\":\"%s\",\"match\":\"%s\",\"times\":%u}]}",
                             fault, match, times));
}

size_t flow_sessions(Flow *flow) {
        return (size_t) flow_integer(flow_get(flow, "/_sandbox/ledger?summary=1"), "sessions");
}

FlowSession flow_session_of(Flow *flow, const char *order) {
        const json_t *made = json_object_get(
                flow_get(flow, flow_text(flow, "/_sandbox/ledger?order=%s", order)), "sessions");
        const json_t *entry = json_array_get(made, 0);
        FlowSession session = { .order = order };
        const char *api;

        if (json_array_size(made) != 1)
                flow_fail(flow, "%zu sessions for the order %s", json_array_size(made), order);
        session.id = flow_string(entry, "id");
        session.key = flow_string(entry, "key");
        api = flow_string(entry, "api");
        session.object =
                flow_get(flow, flow_text(flow, "/%s/checkout_sessions/%s", api, session.id));
        session.url = flow_string(session.object, "redirect_url");
        return session;
}

void flow_assert_exactly_once(Flow *flow, const char *prefix, unsigned n) {
        const json_t *summary = flow_get(flow, "/_sandbox/ledger?summary=1");
        const json_t *made = json_object_get(flow_get(flow, "/_sandbox/ledger"), "sessions");
        const json_t *entry;
        AUTO_FREE bool *seen = calloc((size_t) n + 1, sizeof(*seen));
        size_t length = strlen(prefix), found = 0, i;

        assert_non_null(seen);
        assert_int_equal(flow_integer(summary, "duplicates"), 0);
        assert_int_equal(flow_integer(summary, "duplicate_keys"), 0);
        json_array_foreach(made, i, entry) {
                const char *order = flow_string(entry, "order");
                unsigned long number;

                if (strncmp(order, prefix, length) != 0 || order[length] != '-')
                        continue;
                number = strtoul(order + length + 1, NULL, 10);
                if (number < 1 || number > n || seen[number])
                        flow_fail(flow, "a session for %s that should not be", order);
                seen[number] = true;
                found++;
        }
        if (found != n)
                flow_fail(flow, "%zu sessions of %u for %s-…", found, n, prefix);
}
