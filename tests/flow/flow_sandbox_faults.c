/* What can go wrong at the simulated provider goes wrong as announced, and its payers pay as
 * announced: each fault with what it leaves behind under its key, each payer with what it leaves
 * in sessions, payments, refunds and the payout file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/flow/harness_client.h"

#define V1      CLIENT_V1
#define V2      CLIENT_V2
#define FAULTS  "/_sandbox/faults"
#define PAYER   "/_sandbox/payer"
#define RESET   CURLE_RECV_ERROR
#define SILENCE CURLE_OPERATION_TIMEDOUT
#define CUT     CURLE_PARTIAL_FILE

#define ORDER                                                                                      \
        "{\"amount\":1000,\"currency\":\"CLP\",\"metadata\":{\"order\":\"A\","                     \
        "\"checkoutd\":\"abcdef\"}}"

static const struct {
        const char *fault;
        CURLcode code;
        long status; /* of the reply that meets the fault */
        long again;  /* of the same request, after it */
        int made;    /* sessions after the first request */
} faults[] = {
        { "reset-before", RESET, 0, 201, 0 },
        { "silence-before", SILENCE, 0, 201, 0 },
        { "html-502", CURLE_OK, 502, 201, 0 },
        { "html-403", CURLE_OK, 403, 201, 0 },
        { "redirect", CURLE_OK, 307, 201, 0 },
        { "auth-401", CURLE_OK, 401, 201, 0 },
        { "account-402", CURLE_OK, 402, 201, 0 },
        { "account-403", CURLE_OK, 403, 201, 0 },
        { "rate-429", CURLE_OK, 429, 201, 0 },
        { "rate-429-retry-after", CURLE_OK, 429, 201, 0 },
        { "refuse", CURLE_OK, 400, 400, 0 },
        { "refuse-409", CURLE_OK, 409, 409, 0 },
        { "refuse-422", CURLE_OK, 422, 422, 0 },
        { "refuse-unknown", CURLE_OK, 400, 400, 0 },
        { "rate-429-stored", CURLE_OK, 429, 429, 0 },
        { "error-500", CURLE_OK, 500, 500, 0 },
        { "error-503", CURLE_OK, 503, 503, 0 },
        { "error-500-made", CURLE_OK, 500, 500, 1 },
        { "wrong-amount", CURLE_OK, 201, 201, 1 },
        { "wrong-currency", CURLE_OK, 201, 201, 1 },
        { "wrong-mode", CURLE_OK, 201, 201, 1 },
        { "wrong-key", CURLE_OK, 201, 201, 1 },
        { "reset-after", RESET, 0, 201, 1 },
        { "silence-after", SILENCE, 0, 201, 1 },
        { "slow", CURLE_OK, 201, 201, 1 },
        { "truncated", CUT, 201, 201, 1 },
        { "html-502-made", CURLE_OK, 502, 201, 1 },
        { "not-json", CURLE_OK, 201, 201, 1 },
};

/* The first request meets the fault, the same one after it does not. */
static void test_each_fault(void **state) {
        Client client = CLIENT_START("--slow", "20", NULL);
        json_int_t before = 0;

        (void) state;
        for (size_t i = 0; i < ELEMENTS(faults); i++) {
                char next[128];
                Sent sent = { .path = V1, .key = faults[i].fault, .body = ORDER };

                (void) snprintf(next, sizeof(next), "{\"next\":[{\"fault\":\"%s\",\"times\":1}]}",
                                faults[i].fault);
                client_control(&client, FAULTS, next);
                sent.timeout_ms = faults[i].code == SILENCE ? 100 : 0;
                AUTO_REPLY reply = client_ask(&client, &sent);
                json_int_t made = client_counted(&client, "sessions") - before;
                sent.timeout_ms = 0;
                AUTO_REPLY again = client_ask(&client, &sent);

                before = client_counted(&client, "sessions");
                if (reply.code != faults[i].code || reply.status != faults[i].status ||
                    made != faults[i].made || again.status != faults[i].again)
                        fail_msg("%s: %s, status %ld, %d made, then %ld", faults[i].fault,
                                 curl_easy_strerror(reply.code), reply.status, (int) made,
                                 again.status);
                if (made == 1 && again.status == 201)
                        assert_true(again.json &&
                                    json_is_string(json_object_get(again.json, "id")));
        }
        client_stop(&client);
}

static void test_wrong_objects_differ(void **state) {
        Client client = CLIENT_START(NULL);

        (void) state;
        client_control(&client, FAULTS,
                       "{\"next\":[{\"fault\":\"wrong-amount\"},{\"fault\":\"wrong-mode\"},"
                       "{\"fault\":\"wrong-key\"},{\"fault\":\"rate-429-retry-after\"}]}");
        AUTO_REPLY amount = client_post(&client, V1, "1", ORDER);
        AUTO_REPLY mode = client_post(&client, V1, "2", ORDER);
        AUTO_REPLY key = client_post(&client, V1, "3", ORDER);
        AUTO_REPLY wait = client_post(&client, V1, "4", ORDER);
        assert_int_equal(number_at(amount.json, "amount"), 1001);
        assert_string_equal(text_at(mode.json, "mode"), "live");
        assert_string_equal(text_at(key.json, "metadata.order"), "A");
        assert_string_not_equal(text_at(key.json, "metadata.checkoutd"), "abcdef");
        assert_non_null(strstr(wait.headers.data, "Retry-After: 1"));
        client_stop(&client);
}

static void test_faults_of_other_requests(void **state) {
        Client client = CLIENT_START("--fault", "html-502@read=1", NULL);
        AUTO_REPLY made = client_post(&client, V2, "k", ORDER);
        AUTO_REPLY list = client_get(&client, V2);

        (void) state;
        assert_int_equal(made.status, 201);
        assert_int_equal(list.status, 502);
        client_control(
                &client, FAULTS,
                "{\"clear\":true,\"next\":[{\"fault\":\"error-500@any\",\"match\":\"cs_\"}]}");
        AUTO_REPLY unmatched = client_get(&client, V2 "?limit=1");
        AUTO_REPLY matched = client_get(&client, V2 "/cs_00000000000");
        assert_int_equal(unmatched.status, 200);
        assert_int_equal(matched.status, 500);
        client_stop(&client);
}

/* Which of forty requests meet the fault, as a text of forty letters. */
static void drawn_faults(const char *seed, char out[static 41]) {
        Client client = CLIENT_START("--seed", seed, "--fault", "error-500=0.5", NULL);

        for (int i = 0; i < 40; i++) {
                char key[16];

                (void) snprintf(key, sizeof(key), "key-%d", i);
                AUTO_REPLY reply = client_post(&client, V1, key, ORDER);
                out[i] = reply.status == 500 ? 'x' : '.';
        }
        out[40] = '\0';
        client_stop(&client);
}

static void test_same_seed_same_faults(void **state) {
        char first[41];
        char second[41];
        char third[41];

        (void) state;
        drawn_faults("7", first);
        drawn_faults("7", second);
        drawn_faults("8", third);
        assert_string_equal(first, second);
        assert_string_not_equal(first, third);
        assert_non_null(strchr(first, 'x'));
        assert_non_null(strchr(first, '.'));
}

static void test_rate(void **state) {
        Client client = CLIENT_START("--rate", "3/s", NULL);
        long last = 0;

        (void) state;
        for (int i = 0; i < 4; i++) {
                AUTO_REPLY reply = client_get(&client, V2);
                last = reply.status;
        }
        assert_int_equal(last, 429);
        client_control(&client, "/_sandbox/account", "{\"rate\":0}");
        AUTO_REPLY free_again = client_get(&client, V2);
        assert_int_equal(free_again.status, 200);
        client_stop(&client);
}

/* Asks until the answer is this one; the deadline is the test runner's. */
static void ask_until(const Client *client, CURLcode code) {
        CURLcode got = CURL_LAST;

        while (got != code) {
                AUTO_REPLY reply = client_get(client, "/_sandbox/ledger?summary=1");
                got = reply.code;
        }
}

static void test_down_and_up(void **state) {
        Client client = CLIENT_START(NULL);
        AUTO_REPLY made = client_post(&client, V1, "k", ORDER);

        (void) state;
        assert_int_equal(made.status, 201);
        assert_int_equal(kill(client.pid, SIGUSR1), 0);
        ask_until(&client, CURLE_COULDNT_CONNECT);
        assert_int_equal(kill(client.pid, SIGUSR2), 0);
        ask_until(&client, CURLE_OK);
        assert_int_equal(client_counted(&client, "sessions"), 1);

        client_control(&client, "/_sandbox/down", "{\"seconds\":0.2}");
        ask_until(&client, CURLE_COULDNT_CONNECT);
        ask_until(&client, CURLE_OK);
        client_control(&client, "/_sandbox/down", "{\"seconds\":0.2,\"how\":\"reset\"}");
        ask_until(&client, CURLE_RECV_ERROR);
        ask_until(&client, CURLE_OK);
        client_stop(&client);
}

/* Seconds by which the Date of a reply is ahead of the true time. */
static int64_t date_ahead(const Client *client) {
        struct tm parts = { 0 };
        AUTO_REPLY reply = client_get(client, V2);
        const char *date = strstr(reply.headers.data, "Date: ");

        assert_non_null(date);
        assert_non_null(strptime(date + 6, "%a, %d %b %Y %H:%M:%S GMT", &parts));
        return timegm(&parts) - time(NULL);
}

static void test_date_can_be_wrong(void **state) {
        Client client = CLIENT_START(NULL);

        (void) state;
        client_control(&client, "/_sandbox/clock", "{\"date_skew\":-3600}");
        assert_true(date_ahead(&client) < -3500 && date_ahead(&client) > -3700);
        client_stop(&client);
}

/* Date is the clock that sessions live by, wherever that was set. */
static void test_date_goes_with_the_clock(void **state) {
        Client client = CLIENT_START(NULL);

        (void) state;
        client_control(&client, "/_sandbox/clock", "{\"advance\":7200}");
        assert_true(date_ahead(&client) > 7100 && date_ahead(&client) < 7300);
        client_control(&client, "/_sandbox/clock", "{\"advance\":0,\"date_skew\":-3600}");
        assert_true(date_ahead(&client) > 3500 && date_ahead(&client) < 3700);
        client_stop(&client);
}

static void test_key_can_change(void **state) {
        Client client = CLIENT_START("--api-key", "sk_live_x", NULL);
        AUTO_REPLY other = client_get(&client, V2);

        (void) state;
        assert_int_equal(other.status, 401);
        client_control(&client, "/_sandbox/account", "{\"api_key\":\"sk_test_sandbox\"}");
        AUTO_REPLY reply = client_get(&client, V2);
        assert_int_equal(reply.status, 200);
        client_stop(&client);
}

static void test_journal(void **state) {
        char name[] = "/tmp/flow_sandbox.XXXXXX";
        int fd = mkstemp(name);
        Client client = CLIENT_START("--journal", name, "--fault", "refuse=1", NULL);
        AUTO_REPLY reply = client_post(&client, V1, "the-key", ORDER);
        AUTO_REPLY again = client_post(&client, V1, "the-key", ORDER);
        char lines[512] = "";
        long long at = 0;
        int end = 0;

        (void) state;
        assert_true(fd >= 0);
        assert_int_equal(reply.status, again.status);
        client_stop(&client);
        assert_true(read(fd, lines, sizeof(lines) - 1) > 0);
        assert_int_equal(sscanf(lines, "%lld\tPOST\t" V1 "\t400\tthe-key\trefuse\n%n", &at, &end),
                         1);
        assert_true(end > 0 && at > 0);
        assert_non_null(strstr(lines + end, "\t400\tthe-key\treplay\n"));
        (void) close(fd);
        (void) unlink(name);
}

static void make_order(const Client *client) {
        AUTO_REPLY made = client_post(client, V2, "k", ORDER);

        assert_int_equal(made.status, 201);
}

static Reply session_of(const Client *client, const char *order) {
        char path[128];

        (void) snprintf(path, sizeof(path), "/_sandbox/ledger?order=%s", order);
        AUTO_REPLY ledger = client_get(client, path);
        (void) snprintf(path, sizeof(path), V2 "/%s", text_at(ledger.json, "sessions.0.id"));
        return client_get(client, path);
}

static const struct {
        const char *actions[3]; /* in this order */
        const char *session;
        const char *payment; /* "": none */
        json_int_t amount;
} paid[] = {
        { { "start" }, "in_progress", "in_progress", 1000 },
        { { "pay" }, "finished", "succeeded", 1000 },
        { { "start", "pay" }, "finished", "succeeded", 1000 },
        { { "pay-wrong" }, "finished", "succeeded", 999 },
        { { "fail" }, "finished", "failed", 1000 },
        { { "reject" }, "finished", "rejected", 1000 },
        { { "pend" }, "finished", "pending", 1000 },
        { { "pend", "resolve" }, "finished", "succeeded", 1000 },
        { { "pend", "resolve-fail" }, "finished", "failed", 1000 },
        { { "start", "abandon" }, "expired", "expired", 1000 },
        { { "expire" }, "expired", "", 0 },
        { { "expire", "pay" }, "expired", "succeeded", 1000 },
};

static void test_each_payer(void **state) {
        (void) state;
        for (size_t i = 0; i < ELEMENTS(paid); i++) {
                Client client = CLIENT_START(NULL);

                make_order(&client);
                for (size_t k = 0; k < ELEMENTS(paid[i].actions) && paid[i].actions[k]; k++) {
                        char body[64];

                        (void) snprintf(body, sizeof(body), "{\"order\":\"A\",\"do\":\"%s\"}",
                                        paid[i].actions[k]);
                        client_control(&client, PAYER, body);
                }
                AUTO_REPLY session = session_of(&client, "A");
                const json_t *resource = json_object_get(session.json, "payment_resource");
                assert_string_equal(text_at(session.json, "status"), paid[i].session);
                assert_string_equal(text_at(resource, "payment_intent.status"), paid[i].payment);
                assert_int_equal(number_at(resource, "payment_intent.amount"), paid[i].amount);
                client_stop(&client);
        }
}

/* Paid twice and partly given back: two payments in both lists, the refund, the payout. */
static void test_payments_refunds_payout(void **state) {
        Client client = CLIENT_START(NULL);
        char body[256];

        (void) state;
        make_order(&client);
        client_control(&client, PAYER, "{\"order\":\"A\",\"do\":\"pay\"}");
        client_control(&client, PAYER, "{\"order\":\"A\",\"do\":\"pay\"}");
        client_control(&client, PAYER, "{\"order\":\"A\",\"do\":\"refund\",\"amount\":300}");
        AUTO_REPLY pages = client_get(&client, "/v1/payment_intents?per_page=1&status=succeeded");
        AUTO_REPLY cursor = client_get(&client, "/v2/payment_intents?since=2020-01-01");
        AUTO_REPLY none = client_get(&client, "/v2/payment_intents?until=2020-01-01");
        assert_int_equal(json_array_size(pages.json), 1);
        assert_non_null(strstr(pages.headers.data, "X-Total-Count: 2"));
        assert_non_null(strstr(pages.headers.data, "page=2>; rel=\"next\""));
        assert_int_equal(json_array_size(cursor.json), 2);
        assert_int_equal(json_array_size(none.json), 0);

        (void) snprintf(body, sizeof(body),
                        "{\"resource_type\":\"payment_intent\",\"resource_id\":\"%s\","
                        "\"amount\":701}",
                        text_at(cursor.json, "0.id"));
        AUTO_REPLY excess = client_post(&client, "/v1/refunds", "r", body);
        assert_int_equal(excess.status, 400);
        AUTO_REPLY refunds = client_get(&client, "/v1/refunds");
        assert_int_equal(number_at(refunds.json, "0.amount"), 300);
        assert_string_equal(text_at(refunds.json, "0.status"), "succeeded");
        assert_string_equal(text_at(refunds.json, "0.resource_id"), text_at(cursor.json, "0.id"));

        AUTO_REPLY payout = client_get(&client, "/_sandbox/payout.csv?foreign=1");
        assert_non_null(strstr(payout.body.data, "id;created_at;amount;fee;"));
        assert_non_null(strstr(payout.body.data, text_at(cursor.json, "0.id")));
        assert_non_null(strstr(payout.body.data, text_at(cursor.json, "1.id")));
        assert_non_null(strstr(payout.body.data, ";-300;0;-300;CLP;refund;"));
        client_stop(&client);
}

static void test_refund_by_the_api(void **state) {
        Client client = CLIENT_START("--pay", "1", "--pay-after", "60", NULL);
        char body[256];
        char path[128];

        (void) state;
        make_order(&client);
        AUTO_REPLY unpaid = session_of(&client, "A");
        assert_string_equal(text_at(unpaid.json, "status"), "created");
        client_control(&client, "/_sandbox/clock", "{\"advance\":61}");
        AUTO_REPLY session = session_of(&client, "A");
        (void) snprintf(body, sizeof(body),
                        "{\"resource_type\":\"payment_intent\",\"resource_id\":\"%s\"}",
                        text_at(session.json, "payment_resource.payment_intent.id"));
        AUTO_REPLY refund = client_post(&client, "/v1/refunds", "r", body);
        assert_int_equal(refund.status, 201);
        assert_string_equal(text_at(refund.json, "status"), "created");
        client_control(&client, "/_sandbox/clock", "{\"advance\":61}");
        (void) snprintf(path, sizeof(path), "/v1/refunds/%s", text_at(refund.json, "id"));
        AUTO_REPLY done = client_get(&client, path);
        assert_string_equal(text_at(done.json, "status"), "succeeded");
        client_stop(&client);
}

/* Every kind of payer by its share, followed to its end. */
static void test_payers_by_share(void **state) {
        static const struct {
                const char *payer;
                const char *session;
                const char *payment;
        } rows[] = {
                { "pay-late=1", "expired", "succeeded" },
                { "pay-twice=1", "finished", "succeeded" },
                { "pay-wrong=1", "finished", "succeeded" },
                { "pending=1", "finished", "succeeded" },
                { "pending-fail=1", "finished", "failed" },
                { "abandon=1", "expired", "expired" },
                { "refund=1", "finished", "succeeded" },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                Client client = CLIENT_START("--payer", rows[i].payer, "--pay-after", "5", NULL);

                make_order(&client);
                client_control(&client, "/_sandbox/clock", "{\"advance\":100000}");
                AUTO_REPLY session = session_of(&client, "A");
                assert_string_equal(text_at(session.json, "status"), rows[i].session);
                assert_string_equal(text_at(session.json, "payment_resource.payment_intent.status"),
                                    rows[i].payment);
                client_stop(&client);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_each_fault),
                cmocka_unit_test(test_wrong_objects_differ),
                cmocka_unit_test(test_faults_of_other_requests),
                cmocka_unit_test(test_same_seed_same_faults),
                cmocka_unit_test(test_rate),
                cmocka_unit_test(test_down_and_up),
                cmocka_unit_test(test_date_can_be_wrong),
                cmocka_unit_test(test_date_goes_with_the_clock),
                cmocka_unit_test(test_key_can_change),
                cmocka_unit_test(test_journal),
                cmocka_unit_test(test_each_payer),
                cmocka_unit_test(test_payments_refunds_payout),
                cmocka_unit_test(test_refund_by_the_api),
                cmocka_unit_test(test_payers_by_share),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
