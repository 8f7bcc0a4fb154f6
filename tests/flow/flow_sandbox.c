/* The simulated provider keeps the provider's rules: what it refuses, what it stores under a key,
 * how it lists. Everything else in tests/flow leans on that. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "tests/flow/harness_client.h"

#define V1 CLIENT_V1
#define V2 CLIENT_V2

#define ORDER(reference)                                                                           \
        "{\"amount\":1000,\"currency\":\"CLP\",\"metadata\":{\"order\":\"" reference               \
        "\",\"checkoutd\":\"" reference "\"}}"

static void test_first_answer_is_kept(void **state) {
        Client client = CLIENT_START(NULL);
        AUTO_REPLY first = client_post(&client, V1, "k1", ORDER("A"));
        AUTO_REPLY second = client_post(&client, V1, "k1", ORDER("A"));
        AUTO_REPLY other = client_post(&client, V1, "k1", ORDER("B"));
        AUTO_REPLY elsewhere = client_post(&client, V2, "k1", ORDER("A"));
        AUTO_REPLY bad = client_post(&client, V1, "k2", "{\"amount\":0,\"currency\":\"CLP\"}");
        AUTO_REPLY still_bad =
                client_post(&client, V1, "k2", "{\"amount\":0,\"currency\":\"CLP\"}");

        (void) state;
        assert_int_equal(first.status, 201);
        assert_string_equal(text_at(first.json, "status"), "created");
        assert_string_equal(text_at(first.json, "mode"), "test");
        assert_string_equal(first.body.data, second.body.data);
        assert_int_equal(other.status, 400);
        assert_string_equal(text_at(other.json, "error.code"), "idempotency_key_mismatch");
        assert_int_equal(elsewhere.status, 400);
        assert_int_equal(bad.status, 400);
        assert_string_equal(bad.body.data, still_bad.body.data);
        assert_int_equal(client_counted(&client, "sessions"), 1);

        /* Keys are forgotten after a day, and then the same order is a second session. */
        client_control(&client, "/_sandbox/clock", "{\"advance\":86399}");
        AUTO_REPLY day = client_post(&client, V1, "k1", ORDER("A"));
        assert_string_equal(first.body.data, day.body.data);
        client_control(&client, "/_sandbox/clock", "{\"advance\":2}");
        AUTO_REPLY later = client_post(&client, V1, "k1", ORDER("A"));
        assert_int_equal(later.status, 201);
        assert_string_not_equal(text_at(first.json, "id"), text_at(later.json, "id"));
        client_control(&client, "/_sandbox/keys", "{\"forget\":true}");
        AUTO_REPLY forgotten = client_post(&client, V1, "k1", ORDER("A"));
        assert_int_equal(forgotten.status, 201);
        assert_int_equal(client_counted(&client, "orders"), 1);
        assert_int_equal(client_counted(&client, "duplicate_keys"), 2);
        client_stop(&client);
}

static void first_id(const char *number, char id[static 32]) {
        Client client = CLIENT_START("--ids", number, NULL);
        AUTO_REPLY reply = client_post(&client, V1, "k", ORDER("A"));

        assert_int_equal(reply.status, 201);
        (void) snprintf(id, 32, "%s", text_at(reply.json, "id"));
        client_stop(&client);
}

static void test_ids_of_a_number(void **state) {
        char first[32], again[32], other[32];

        (void) state;
        first_id("7", first);
        first_id("7", again);
        first_id("8", other);
        assert_string_equal(first, again);
        assert_string_not_equal(first, other);
        assert_int_equal(client_run((const char *const[]){ "--ids", "0", NULL }), 64);
}

static void test_one_key_at_a_time(void **state) {
        Client client = CLIENT_START("--latency", "700", NULL);
        Reply replies[2];

        (void) state;
        client_ask_twice(&client, &(Sent){ .path = V1, .key = "k", .body = ORDER("A") }, replies);
        assert_int_equal(replies[0].status + replies[1].status, 201 + 409);
        assert_int_equal(client_counted(&client, "sessions"), 1);
        reply_done(&replies[0]);
        reply_done(&replies[1]);
        client_stop(&client);
}

typedef struct Refused {
        const char *path;
        const char *body;
        const char *code; /* NULL: taken */
        const char *param;
} Refused;

#define CLP "\"amount\":1000,\"currency\":\"CLP\""
#define ITEM(quantity, currency, unit)                                                             \
        "{\"quantity\":" quantity ",\"price_data\":{\"currency\":\"" currency                      \
        "\",\"unit_amount\":" unit ",\"product_data\":{\"name\":\"x\"}}}"

static const Refused refused[] = {
        { V1, "{", "invalid_json", "" },
        { V1, "", "invalid_json", "" },
        { V1, "[]", "invalid_hash", "" },
        { V1, "{" CLP ",\"amount\":1}", "invalid_json", "" },
        { V1, "{" CLP "}", NULL, NULL },
        { V1, "{\"amount\":1000}", "missing_parameter", "currency" },
        { V1, "{\"currency\":\"CLP\"}", "missing_parameter", "amount" },
        { V1, "{\"amount\":0,\"currency\":\"CLP\"}", "invalid_amount", "amount" },
        { V1, "{\"amount\":-5,\"currency\":\"CLP\"}", "invalid_amount", "amount" },
        { V1, "{\"amount\":7000000,\"currency\":\"CLP\"}", "invalid_amount", "amount" },
        { V1, "{\"amount\":6999999,\"currency\":\"MXN\"}", NULL, NULL },
        { V2, "{\"amount\":7000000,\"currency\":\"MXN\"}", NULL, NULL },
        { V1, "{\"amount\":\"1000\",\"currency\":\"CLP\"}", "invalid_integer", "amount" },
        { V1, "{\"amount\":1000.0,\"currency\":\"CLP\"}", "invalid_integer", "amount" },
        { V1, "{\"amount\":1000,\"currency\":\"USD\"}", "invalid_currency", "currency" },
        { V1, "{\"amount\":1000,\"currency\":\"clp\"}", NULL, NULL },
        { V2, "{\"amount\":1000,\"currency\":\"clp\"}", "invalid_currency", "currency" },
        { V1, "{" CLP ",\"due_date\":\"x\"}", "invalid_params", "due_date" },
        { V1, "{" CLP ",\"flow\":\"payment\"}", NULL, NULL },
        { V1, "{" CLP ",\"flow\":\"setup\"}", "invalid_enum", "flow" },
        { V1, "{" CLP ",\"customer_email\":\"ana\"}", "invalid_string", "customer_email" },
        { V1, "{" CLP ",\"customer_email\":\"a b@x.cl\"}", "invalid_string", "customer_email" },
        { V1, "{" CLP ",\"customer_email\":\"a@x..cl\"}", "invalid_string", "customer_email" },
        { V1, "{" CLP ",\"expires_at\":\"2020-01-01\"}", "invalid_expires_at", "expires_at" },
        { V1, "{" CLP ",\"expires_at\":\"2999-02-30\"}", "invalid_expires_at", "expires_at" },
        { V1, "{" CLP ",\"expires_at\":\"2999-01-01\"}", NULL, NULL },
        { V1, "{" CLP ",\"expires_at\":\"2999-01-01T00:00:00Z\"}", "invalid_expires_at",
          "expires_at" },
        { V2, "{" CLP ",\"expires_at\":\"2999-01-01\"}", "invalid_expires_at", "expires_at" },
        { V2, "{" CLP ",\"expires_at\":\"2999-01-01T00:00:00Z\"}", NULL, NULL },
        { V2, "{" CLP ",\"expires_at\":\"2020-01-01T00:00:00Z\"}", "invalid_expires_at",
          "expires_at" },
        { V1, "{" CLP ",\"success_url\":\"shop.cl\"}", "invalid_string", "success_url" },
        { V1, "{" CLP ",\"cancel_url\":\"https://shop.cl/a b\"}", "invalid_string", "cancel_url" },
        { V1, "{" CLP ",\"metadata\":{\"a\":{}}}", "invalid_string", "metadata.a" },
        { V1, "{" CLP ",\"metadata\":{\"a\":null}}", "invalid_string", "metadata.a" },
        { V1, "{" CLP ",\"metadata\":{\"a\":1,\"b\":true,\"c\":1.5}}", NULL, NULL },
        { V1, "{" CLP ",\"metadata\":\"{}\"}", "invalid_hash", "metadata" },
        { V1, "{" CLP ",\"customer\":{\"tax_id\":{\"type\":\"cl_rut\"}}}", "missing_parameter",
          "customer.tax_id.value" },
        { V1, "{" CLP ",\"customer\":{\"tax_id\":{\"type\":\"cl_rut\",\"value\":\"111111112\"}}}",
          "invalid_holder_id", "customer.tax_id.value" },
        { V1, "{" CLP ",\"customer\":{\"tax_id\":{\"type\":\"cl_rut\",\"value\":\"111111111\"}}}",
          NULL, NULL },
        { V1, "{" CLP ",\"customer\":{\"tax_id\":{\"type\":\"vat\",\"value\":\"1\"}}}",
          "invalid_enum", "customer.tax_id.type" },
        { V1, "{" CLP ",\"customer\":{\"phone\":\"+56\"}}", "invalid_params", "customer.phone" },
        { V1, "{" CLP ",\"customer\":\"cus_1\"}", "invalid_hash", "customer" },
        { V2, "{" CLP ",\"customer\":{\"name\":\"x\"}}", "invalid_string", "customer" },
        { V2, "{" CLP ",\"customer\":\"cus_1\"}", NULL, NULL },
        { V2, "{" CLP ",\"customer\":\"cus_1\",\"customer_data\":{\"email\":\"a@x.cl\"}}",
          "invalid_params", "customer" },
        { V2, "{" CLP ",\"customer_data\":{\"name\":\"x\"}}", "missing_parameter",
          "customer_data" },
        { V2, "{" CLP ",\"customer_data\":{\"email\":\"a@x.cl\"}}", NULL, NULL },
        { V2,
          "{" CLP ",\"customer_data\":{\"tax_id\":{\"type\":\"cl_rut\",\"value\":\"76543210K\"}}}",
          "invalid_holder_id", "customer_data.tax_id.value" },
        { V1, "{" CLP ",\"payment_method_types\":[\"cash\"]}", "invalid_enum",
          "payment_method_types[0]" },
        { V1, "{" CLP ",\"payment_method_types\":[]}", "invalid_array", "payment_method_types" },
        { V1, "{" CLP ",\"payment_method_types\":[\"card\",\"bank_transfer\"]}", NULL, NULL },
        { V1, "{" CLP ",\"payment_method_options\":{\"cash\":{}}}", "invalid_params",
          "payment_method_options.cash" },
        { V1, "{" CLP ",\"business_profile\":{\"category\":9613}}", "invalid_string",
          "business_profile.category" },
        { V1, "{" CLP ",\"business_profile\":{\"category\":\"009613\"}}", NULL, NULL },
        { V1, "{" CLP ",\"line_items\":[" ITEM("1", "CLP", "5") "]}", "invalid_params", "amount" },
        { V1, "{\"currency\":\"CLP\",\"line_items\":[" ITEM("2", "CLP", "5") "]}", NULL, NULL },
        { V1, "{\"currency\":\"CLP\",\"line_items\":[" ITEM("2", "MXN", "5") "]}",
          "currency_mismatch", "line_items" },
        { V1, "{\"currency\":\"CLP\",\"line_items\":[" ITEM("7", "CLP", "1000000") "]}",
          "invalid_amount", "line_items" },
        { V1, "{\"currency\":\"CLP\",\"line_items\":[" ITEM("0", "CLP", "5") "]}",
          "invalid_positive_integer", "line_items[0].quantity" },
        { V1, "{\"currency\":\"CLP\",\"line_items\":[{\"quantity\":1}]}", "missing_parameter",
          "line_items[0].price_data" },
};

static void test_refuses_what_is_documented(void **state) {
        Client client = CLIENT_START(NULL);

        (void) state;
        for (size_t i = 0; i < ELEMENTS(refused); i++) {
                const Refused *row = &refused[i];
                AUTO_REPLY reply = client_post(&client, row->path, NULL, row->body);

                if (reply.status != (row->code ? 400 : 201) ||
                    strcmp(text_at(reply.json, "error.code"), row->code ? row->code : "") != 0 ||
                    strcmp(text_at(reply.json, "error.param"), row->param ? row->param : "") != 0)
                        fail_msg("%s %s: %ld %s", row->path, row->body, reply.status,
                                 reply.body.data);
        }
        client_stop(&client);
}

static void test_limits_of_metadata(void **state) {
        Client client = CLIENT_START(NULL);
        static const struct {
                int keys;
                int key_size;
                int value_size;
                long status;
        } rows[] = { { 50, 3, 1, 201 }, { 51, 3, 1, 400 },  { 1, 40, 1, 201 },
                     { 1, 41, 1, 400 }, { 1, 3, 500, 201 }, { 1, 3, 501, 400 } };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                AUTO_BUFFER body = BUFFER_EMPTY;

                assert_int_equal(buffer_append_string(&body, "{" CLP ",\"metadata\":{"), 0);
                for (int k = 0; k < rows[i].keys; k++)
                        assert_int_equal(buffer_printf(&body, "%s\"%0*d\":\"%0*d\"", k ? "," : "",
                                                       rows[i].key_size, k, rows[i].value_size, 0),
                                         0);
                assert_int_equal(buffer_append_string(&body, "}}"), 0);
                AUTO_REPLY reply = client_post(&client, V1, NULL, body.data);
                assert_int_equal(reply.status, rows[i].status);
        }
        client_stop(&client);
}

static void test_doors(void **state) {
        Client client = CLIENT_START("--known-customer", "111111111", NULL);
        static const struct {
                Sent sent;
                long status;
                const char *code;
        } rows[] = {
                { { V1, ORDER("A"), "k", "sk_test_other", NULL, NULL, 0 }, 401, "invalid_api_key" },
                { { V1, ORDER("A"), "k", "sk_live_sandbox", NULL, NULL, 0 },
                  401,
                  "invalid_api_key" },
                { { V2, ORDER("A"), "k", NULL, "2025-08-13", NULL, 0 },
                  403,
                  "invalid_api_version" },
                { { V1, ORDER("A"), "k", NULL, NULL, "text/plain", 0 }, 415, "invalid_request" },
                { { "/v1/checkout_session", ORDER("A"), "k", NULL, NULL, NULL, 0 },
                  404,
                  "invalid_url" },
                { { V1, NULL, NULL, NULL, NULL, NULL, 0 }, 405, "operation_not_allowed" },
                { { V1 "/cs_00000000000", NULL, NULL, NULL, NULL, NULL, 0 },
                  404,
                  "missing_resource" },
                { { V2,
                    "{" CLP ",\"customer_data\":{\"tax_id\":{\"type\":\"cl_rut\",\"value\":"
                    "\"111111111\"}}}",
                    NULL, NULL, NULL, NULL, 0 },
                  409,
                  "customer_already_exists" },
                /* None of them was stored: the key is still free. */
                { { V2, ORDER("A"), "k", "Bearer sk_test_sandbox", NULL,
                    "application/json; charset=utf-8", 0 },
                  201,
                  "" },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                AUTO_REPLY reply = client_ask(&client, &rows[i].sent);

                assert_int_equal(reply.status, rows[i].status);
                assert_string_equal(text_at(reply.json, "error.code"), rows[i].code);
        }
        client_stop(&client);
}

static void make_sessions(const Client *client, int count) {
        for (int i = 0; i < count; i++) {
                char body[128];

                (void) snprintf(body, sizeof(body), "{" CLP ",\"metadata\":{\"order\":\"O-%d\"}}",
                                i);
                AUTO_REPLY reply = client_post(client, V2, NULL, body);
                assert_int_equal(reply.status, 201);
        }
}

/* The path of rel="next", or "" at the end of the list. */
static void next_path(const Client *client, const Reply *reply, char out[static 256]) {
        char rel[16] = "";
        const char *link = strstr(reply->headers.data, "Link:");
        const char *url = link ? strstr(link, client->url) : NULL;

        assert_non_null(link);
        out[0] = '\0';
        if (!url)
                return;
        assert_int_equal(sscanf(url + strlen(client->url), "%255[^>]>; rel=\"%15[a-z]\"", out, rel),
                         2);
        assert_string_equal(rel, "next");
}

static void test_list_walks_to_its_end(void **state) {
        Client client = CLIENT_START(NULL);
        char path[256] = V2 "?limit=3";
        int expected = 8;
        int pages = 0;

        (void) state;
        make_sessions(&client, 8);
        for (; path[0]; pages++) {
                AUTO_REPLY page = client_get(&client, path);

                assert_int_equal(page.status, 200);
                for (size_t i = 0; i < json_array_size(page.json); i++) {
                        char order[16];

                        (void) snprintf(order, sizeof(order), "O-%d", --expected);
                        assert_string_equal(text_at(json_array_get(page.json, i), "metadata.order"),
                                            order);
                }
                next_path(&client, &page, path);
        }
        assert_int_equal(expected, 0);
        assert_int_equal(pages, 3);

        AUTO_REPLY newest = client_get(&client, V2 "?limit=2");
        (void) snprintf(path, sizeof(path), V2 "?ending_before=%s", text_at(newest.json, "1.id"));
        AUTO_REPLY newer = client_get(&client, path);
        assert_int_equal(json_array_size(newer.json), 1);
        assert_string_equal(text_at(newer.json, "0.metadata.order"), "O-7");

        static const char *const wrong[] = { V2 "?limit=0", V2 "?limit=301", V2 "?limit=x",
                                             V2 "?status=created", V2 "?starting_after=cs_x" };
        for (size_t i = 0; i < ELEMENTS(wrong); i++) {
                AUTO_REPLY reply = client_get(&client, wrong[i]);
                assert_int_equal(reply.status, 400);
        }
        client_stop(&client);
}

static void test_only_a_created_session_expires(void **state) {
        Client client = CLIENT_START(NULL);
        AUTO_REPLY made = client_post(&client, V1, NULL, ORDER("A"));
        char path[128];

        (void) state;
        (void) snprintf(path, sizeof(path), V1 "/%s/expire", text_at(made.json, "id"));
        AUTO_REPLY first = client_post(&client, path, "e1", "{}");
        AUTO_REPLY replayed = client_post(&client, path, "e1", "{}");
        AUTO_REPLY again = client_post(&client, path, "e2", "");
        assert_int_equal(first.status, 200);
        assert_string_equal(text_at(first.json, "status"), "expired");
        assert_string_equal(first.body.data, replayed.body.data);
        assert_int_equal(again.status, 400);
        client_stop(&client);
}

static void test_sessions_run_out(void **state) {
        Client client = CLIENT_START("--expire-fast", "86400", NULL);
        AUTO_REPLY made = client_post(&client, V2, NULL, ORDER("A"));
        char path[128];

        (void) state;
        (void) snprintf(path, sizeof(path), V2 "/%s", text_at(made.json, "id"));
        client_control(&client, "/_sandbox/clock", "{\"advance\":2}");
        AUTO_REPLY later = client_get(&client, path);
        assert_string_equal(text_at(later.json, "status"), "expired");
        assert_string_equal(text_at(later.json, "expires_at"), text_at(made.json, "expires_at"));
        client_stop(&client);
}

static void test_ledger_tells_every_session(void **state) {
        Client client = CLIENT_START(NULL);

        (void) state;
        make_sessions(&client, 1234);
        AUTO_REPLY one = client_get(&client, "/_sandbox/ledger?order=O-7");
        AUTO_REPLY all = client_get(&client, "/_sandbox/ledger");
        assert_int_equal(json_array_size(json_object_get(one.json, "sessions")), 1);
        assert_int_equal(json_array_size(json_object_get(all.json, "sessions")), 1234);
        assert_string_equal(text_at(all.json, "sessions.1233.order"), "O-1233");
        assert_int_equal(number_at(all.json, "sessions.1233.amount"), 1000);
        client_stop(&client);
}

static void test_wrong_usage(void **state) {
        static const char *const wrong[][4] = {
                { "--port", "70000", NULL },
                { "--fault", "nonsense=0.1", NULL },
                { "--fault", "refuse", NULL },
                { "--fault", "refuse=1.5", NULL },
                { "--rate", "0/s", NULL },
                { "--latency", "9-3", NULL },
                { "--api-key", "pk_x", NULL },
                { "--unknown", NULL },
                { "--pay", "2", NULL },
                { "stray", NULL },
                { "--fault", "refuse=0.6", "--fault=slow=0.6", NULL },
        };
        static const char *const help[] = { "--help", NULL };
        static const char *const version[] = { "--version", NULL };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(wrong); i++)
                assert_int_equal(client_run(wrong[i]), 64);
        assert_int_equal(client_run(help), 0);
        assert_int_equal(client_run(version), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_first_answer_is_kept),
                cmocka_unit_test(test_ids_of_a_number),
                cmocka_unit_test(test_one_key_at_a_time),
                cmocka_unit_test(test_refuses_what_is_documented),
                cmocka_unit_test(test_limits_of_metadata),
                cmocka_unit_test(test_doors),
                cmocka_unit_test(test_list_walks_to_its_end),
                cmocka_unit_test(test_only_a_created_session_expires),
                cmocka_unit_test(test_sessions_run_out),
                cmocka_unit_test(test_ledger_tells_every_session),
                cmocka_unit_test(test_wrong_usage),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
