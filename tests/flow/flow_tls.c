/* TLS, with a real server (nginx) in front of the simulated provider: HTTP/2 and few connections
 * where the certificate is good; and where it is not, no byte of a request leaves. */
#include <string.h>

#include "tests/flow/harness_orders.h"

typedef struct Server {
        const char *name;      /* in the certificate: IP:127.0.0.1 or DNS:... */
        const char *protocols; /* of nginx */
        unsigned requests;     /* until a connection is ended by GOAWAY; 0: very many */
        unsigned streams;      /* at once on a connection, more are refused; 0: 128 */
        unsigned redirect; /* the status by which it sends to the provider; 0: it asks it itself */
} Server;

static const Server good = { "IP:127.0.0.1", "TLSv1.2 TLSv1.3", 0, 0, 0 };

static void make_certificate(Flow *flow, const Server *server) {
        FlowOutput output = flow_program(
                flow, "/usr/bin/openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj",
                "/CN=checkoutd flow", "-addext", flow_text(flow, "subjectAltName=%s", server->name),
                "-days", "2", "-keyout", flow_path(flow, "tls.key"), "-out",
                flow_path(flow, "tls.crt"), NULL);

        if (output.exit_code != 0)
                flow_fail(flow, "openssl: %s", output.err);
}

static const char *location(Flow *flow, const Server *server) {
        const char *provider = flow_sandbox_url(flow);

        if (server->redirect > 0)
                return flow_text(flow, "return %u %s$request_uri;", server->redirect, provider);
        return flow_text(flow, "proxy_pass %s; proxy_http_version 1.1;", provider);
}

static void start_nginx(Flow *flow, const Server *server) {
        unsigned port = flow_free_port(flow);
        const char *conf = flow_path(flow, "nginx.conf"), *at = flow_path(flow, "."), *text;

        make_certificate(flow, server);
        text = flow_text(flow,
                         "daemon off;\nuser root;\npid %s/nginx.pid;\nerror_log stderr;\n"
                         "events { worker_connections 512; }\n"
                         "http {\n"
                         "log_format flow '$server_protocol $connection $status';\n"
                         "access_log %s/access.log flow;\n"
                         "client_body_temp_path %s/body;\nproxy_temp_path %s/proxy;\n"
                         "fastcgi_temp_path %s/f;\nuwsgi_temp_path %s/u;\nscgi_temp_path %s/s;\n"
                         "keepalive_requests %u;\nhttp2_max_concurrent_streams %u;\n"
                         "server {\n"
                         "listen 127.0.0.1:%u ssl http2;\n"
                         "ssl_certificate %s/tls.crt;\nssl_certificate_key %s/tls.key;\n"
                         "ssl_protocols %s;\nssl_ciphers ALL:@SECLEVEL=0;\n"
                         "location / { %s }\n"
                         "}\n}\n",
                         at, at, at, at, at, at, at,
                         server->requests > 0 ? server->requests : 100000,
                         server->streams > 0 ? server->streams : 128, port, at, at,
                         server->protocols, location(flow, server));
        flow_write(flow, conf, text, strlen(text));
        flow_background(flow, "/usr/sbin/nginx", "-e", "stderr", "-c", conf, NULL);
        (void) flow_wait_path(flow, "nginx.pid");
        flow_set_url(flow, flow_text(flow, "https://127.0.0.1:%u", port));
}

static size_t count(const char *text, const char *part) {
        size_t n = 0;

        for (; (text = strstr(text, part)); text += strlen(part))
                n++;
        return n;
}

/* Whole: a reply may be here before its line. */
static const char *access_log(Flow *flow) {
        if (flow_daemon_pid(flow) > 0)
                flow_daemon_stop(flow);
        flow_background_stop(flow);
        return flow_read(flow, flow_path(flow, "access.log"), NULL);
}

/* Three hundred orders through this server: each one session, whatever it does to connections. */
static const char *send_through(Flow *flow, const Server *server) {
        flow_set(flow, "provider", "ca_file", flow_path(flow, "tls.crt"));
        flow_set(flow, "provider", "max_in_flight", "32");
        flow_sandbox_start(flow, NULL);
        start_nginx(flow, server);
        flow_daemon_start(flow);
        flow_drop(flow, "a.csv", flow_orders(flow, "A", 300));
        assert_int_equal(flow_count_status(flow_results(flow, "a"), "open"), 300);
        flow_assert_exactly_once(flow, "A", 300);
        return access_log(flow);
}

static void good_certificate(void **state) {
        assert_int_equal(count(send_through(*state, &good), "HTTP/2.0 "), 300);
        flow_good(*state);
}

/* GOAWAY after every seventh request, while others are on their way. */
static void connections_are_ended(void **state) {
        static const Server server = { "IP:127.0.0.1", "TLSv1.2 TLSv1.3", 7, 0, 0 };
        const char *log = send_through(*state, &server);

        assert_true(count(log, "HTTP/2.0 ") >= 300);
        flow_good(*state);
}

/* Two streams at once, of 32 that want to: the server refuses what is above. */
static void streams_are_refused(void **state) {
        static const Server server = { "IP:127.0.0.1", "TLSv1.2 TLSv1.3", 0, 2, 0 };

        assert_true(count(send_through(*state, &server), "HTTP/2.0 ") >= 300);
        flow_good(*state);
}

/* Twenty orders, of which none leaves for that reason. */
static void fail_to_send(Flow *flow, const char *why) {
        flow_set(flow, "orders", "canary", "0");
        flow_set(flow, "provider", "max_in_flight", "8");
        flow_daemon_start(flow);
        flow_drop_orders(flow, "a", "A", 20);
        flow_wait_log(flow, "the provider does not answer");
        flow_daemon_stop(flow);
        flow_assert_contains(flow_daemon_log(flow), why);
        assert_int_equal(flow_sessions(flow), 0);
}

/* A name that is not known: nothing leaves, nothing is burnt, and it is said. */
static void name_is_not_known(void **state) {
        Flow *flow = *state;

        flow_expect_errors(flow);
        flow_sandbox_start(flow, NULL);
        flow_set_url(flow, "https://provider.invalid");
        fail_to_send(flow, "host");
        assert_int_equal(flow_batch_count(flow, "B000001", "queued"), 20);
        flow_set_url(flow, flow_sandbox_url(flow));
        assert_int_equal(flow_once(flow, "--timeout", "60s", NULL).exit_code, 0);
        flow_assert_exactly_once(flow, "A", 20);
        flow_verified_good(flow);
}

/* The row waits, nothing was sent, and the reason is told. */
static void refused(Flow *flow, const Server *server, bool trusted, const char *why) {
        if (trusted)
                flow_set(flow, "provider", "ca_file", flow_path(flow, "tls.crt"));
        flow_expect_errors(flow);
        flow_sandbox_start(flow, NULL);
        start_nginx(flow, server);
        fail_to_send(flow, why);
        assert_int_equal(flow_batch_count(flow, "B000001", "queued"), 20);
        assert_string_equal(access_log(flow), "");
        flow_good(flow);
}

static void unknown_authority(void **state) {
        refused(*state, &good, false, "certificate");
}

static void another_name(void **state) {
        static const Server server = { "DNS:api.example.com", "TLSv1.2 TLSv1.3", 0, 0, 0 };

        refused(*state, &server, true, "certificate");
}

static void old_protocol(void **state) {
        static const Server server = { "IP:127.0.0.1", "TLSv1 TLSv1.1", 0, 0, 0 };

        refused(*state, &server, true, "SSL connect error");
}

/* Whoever answers in the provider's place cannot send our key, or an order, anywhere else: that is
 * trouble of the installation, one request finds it, and no row is lost to it. */
static void redirected(Flow *flow, unsigned status) {
        const Server server = { "IP:127.0.0.1", "TLSv1.2 TLSv1.3", 0, 0, status };

        flow_set(flow, "provider", "ca_file", flow_path(flow, "tls.crt"));
        flow_set(flow, "orders", "canary", "0");
        flow_expect_errors(flow);
        flow_sandbox_start(flow, "--journal", flow_journal(flow), NULL);
        start_nginx(flow, &server);
        flow_daemon_start(flow);
        flow_drop_orders(flow, "a", "A", 20);
        flow_wait_held(flow, "B000001", "account");
        assert_true(count(access_log(flow), "HTTP/2.0 ") > 0);
        assert_int_equal(flow_requests(flow, "", ""), 0);
        flow_set_url(flow, flow_sandbox_url(flow));
        assert_int_equal(flow_once(flow, "--timeout", "60s", NULL).exit_code, 0);
        flow_assert_exactly_once(flow, "A", 20);
        flow_verified_good(flow);
}

static void redirect_is_not_followed(void **state) {
        redirected(*state, 307); /* a client that follows would send the order again, as it is */
}

static void another_method_neither(void **state) {
        redirected(*state, 303); /* a client that follows would ask with GET */
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                FLOW(good_certificate),       FLOW(connections_are_ended),
                FLOW(streams_are_refused),    FLOW(name_is_not_known),
                FLOW(unknown_authority),      FLOW(another_name),
                FLOW(old_protocol),           FLOW(redirect_is_not_followed),
                FLOW(another_method_neither),
        };

        return FLOW_RUN(tests);
}
