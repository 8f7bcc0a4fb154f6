/* Nothing that must not be in the journal gets there, whatever people, files and a provider say, at
 * the level of debugging too; and no data begins a line of its own. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/flow/harness.h"
#include "tests/flow/harness_orders.h"

#define EVIL "\x1b[2J\r\n<3>forged\xe2\x80\xae" /* of a provider or a person */

/* None of these may be in a line. */
static const char *const secrets[] = {
        "sk_test_flow",
        "sk_live_",
        "secreta@example.cl",
        "secreta",
        "76.086.428-5",
        "76086428",
        "REF-",
        "GODE561231GR8",
        "Palabras del proveedor",
        "palabras_del_proveedor",
        "Comercial Andina",
};

/* --- a provider that lies ------------------------------------------------------------------- */

#define ERROR_BODY                                                                                 \
        "{\"error\":{\"type\":\"palabras_del_proveedor\",\"code\":\"palabras_del_proveedor\","     \
        "\"message\":\"Palabras del proveedor secreta@example.cl \\n<3>forged \\u001b[2J\"}}"
#define SESSION_BODY                                                                               \
        "{\"id\":\"cs_1\",\"object\":\"checkout_session\",\"amount\":1,\"currency\":\"clp\","      \
        "\"mode\":\"test\",\"metadata\":{\"checkoutd\":\"Palabras del proveedor\\n<3>forged\"},"   \
        "\"redirect_url\":\"https://example.cl/Palabras del proveedor\"}"

static const char *const replies[] = {
        "HTTP/1.1 400 Palabras del proveedor\r\n" ERROR_BODY,
        "HTTP/1.1 422 x\r\nDate: Palabras del proveedor\r\nRetry-After: " EVIL "\r\n" ERROR_BODY,
        "HTTP/1.1 401 x\r\n" ERROR_BODY,
        "HTTP/1.1 403 x\r\nContent-Type: text/html\r\nPalabras del proveedor",
        "HTTP/1.1 429 x\r\nRetry-After: Palabras del proveedor\r\n" ERROR_BODY,
        "HTTP/1.1 500 x\r\n" ERROR_BODY,
        "HTTP/1.1 503 x\r\nLink: <Palabras del proveedor\x1b[2J>; rel=\"next\"\r\nno JSON",
        "HTTP/1.1 201 x\r\n" SESSION_BODY,
        "HTTP/1.1 201 x\r\n{\"id\":\"Palabras del proveedor\\n\"}",
        "HTTP/1.1 307 x\r\nLocation: http://secreta@example.cl/\r\n",
        "HTTP/1.1 201 x\r\nPalabras del proveedor \x1b[2J no header\r\n" SESSION_BODY,
        "HTTP/9.9 Palabras del proveedor\r\n",
        "Palabras del proveedor, and no HTTP at all\r\n",
        "",
};

typedef struct Shared { /* with the child */
        volatile unsigned next;
        volatile unsigned given[ELEMENTS(replies)];
} Shared;

typedef struct Liar {
        Shared *shared;
        pid_t pid;
        unsigned port;
} Liar;

/* To the end of its body: a POST of ours has a Content-Length. */
static void read_request(int fd) {
        char text[65536] = "";
        size_t size = 0;

        while (size < sizeof(text) - 1) {
                ssize_t n = read(fd, text + size, sizeof(text) - 1 - size);
                const char *body, *length;

                if (n <= 0)
                        return;
                size += (size_t) n;
                text[size] = '\0';
                body = strstr(text, "\r\n\r\n");
                length = strcasestr(text, "\r\ncontent-length: ");
                if (body && (!length ||
                             size >= (size_t) (body + 4 - text) + strtoul(length + 18, NULL, 10)))
                        return;
        }
}

/* Its last line is the body. */
static void lie(int fd, const char *reply) {
        const char *body = reply;
        char text[8192];
        int n;

        for (const char *at = reply; (at = strstr(at, "\r\n")); at += 2)
                if (at[2] != '<') /* EVIL */
                        body = at + 2;
        n = snprintf(text, sizeof(text), "%.*s%s%zu%s%s", (int) (body - reply), reply,
                     "Connection: close\r\nContent-Length: ", strlen(body), "\r\n\r\n", body);
        if (*reply)
                (void) send(fd, text, (size_t) n, MSG_NOSIGNAL);
}

static void serve(int listener, Shared *shared) {
        (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;) {
                int fd = accept(listener, NULL, NULL);

                if (fd < 0)
                        _exit(1);
                read_request(fd);
                lie(fd, replies[shared->next]);
                (void) close(fd);
                shared->given[shared->next]++;
        }
}

static Liar liar_start(void) {
        struct sockaddr_in address = { .sin_family = AF_INET,
                                       .sin_addr = { htonl(INADDR_LOOPBACK) } };
        socklen_t size = sizeof(address);
        int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        Liar liar = { .shared = mmap(NULL, sizeof(Shared), PROT_READ | PROT_WRITE,
                                     MAP_SHARED | MAP_ANONYMOUS, -1, 0) };

        assert_true(listener >= 0 && (void *) liar.shared != MAP_FAILED);
        assert_int_equal(bind(listener, (const struct sockaddr *) &address, sizeof(address)), 0);
        assert_int_equal(listen(listener, 16), 0);
        assert_int_equal(getsockname(listener, (struct sockaddr *) &address, &size), 0);
        liar.port = ntohs(address.sin_port);
        liar.pid = fork();
        assert_true(liar.pid >= 0);
        if (liar.pid == 0)
                serve(listener, liar.shared);
        (void) close(listener);
        return liar;
}

static void liar_stop(const Liar *liar) {
        (void) kill(liar->pid, SIGKILL);
        (void) waitpid(liar->pid, NULL, 0);
        (void) munmap(liar->shared, sizeof(*liar->shared));
}

/* --- the log -------------------------------------------------------------------------------- */

/* Every line is one of ours, in letters that are seen. */
static void assert_nothing_forged(Flow *flow, const char *log) {
        assert_true(*log != '\0');
        for (const char *line = log; *line; line = strchr(line, '\n') + 1) {
                if (line[0] != '<' || line[1] < '3' || line[1] > '7' || line[2] != '>' ||
                    strncmp(line + 3, "forged", 6) == 0)
                        flow_fail(flow, "a line that is not ours: %.60s", line);
                assert_non_null(strchr(line, '\n'));
        }
        for (const char *at = log; *at; at++)
                if (((unsigned char) *at < ' ' && *at != '\n') || *at == 0x7f)
                        flow_fail(flow, "a control character: %.60s", at);
        assert_null(strstr(log, "\xe2\x80\xae"));
}

static void assert_clean(Flow *flow) {
        const char *log = flow_daemon_log(flow);

        assert_nothing_forged(flow, log);
        for (size_t i = 0; i < ELEMENTS(secrets); i++)
                if (strcasestr(log, secrets[i]))
                        flow_fail(flow, "the log holds \"%s\"", secrets[i]);
}

static void start_debugging(Flow *flow) {
        flow_expect_errors(flow);
        flow_environment(flow, "CHECKOUTD_DEBUG", "1");
        flow_environment(flow, "CURL_DEBUG", "1");
}

/* --- what people write ---------------------------------------------------------------------- */

static const char *rows_with_people(Flow *flow, const char *order) {
        return flow_text(flow,
                         "order_id,amount,currency,nombre,correo,rut,secreta@example.cl\n"
                         "%s,1000,CLP,Comercial Andina,secreta@example.cl,76.086.428-5,x\n"
                         "REF-ODD,1000,CLP,\"Comercial Andina\n<3>forged\x1b[2J\","
                         "secreta@example.cl,76.086.428-5,x\n"
                         "REF-BAD,1000,CLP,Comercial Andina,secreta(at)example.cl,76.086.428-6,y\n",
                         order);
}

static void files_and_rows(void **state) {
        static const char *const names[] = {
                "cobro 76.086.428-5.csv",
                "secreta@example.cl.csv",
                "de secreta@example.cl a mi.csv",
                "RFC GODE561231GR8.csv",
                "a\n<3>forged.csv",
                "b\x1b[2J\r.csv",
                "c\xe2\x80\xae.csv",
                "d\xff.csv",
                "<3>forged.csv",
        };
        Flow *flow = *state;

        start_debugging(flow);
        flow_start(flow);
        for (size_t i = 0; i < ELEMENTS(names); i++) /* as it is, and a folder of that name */
                flow_drop(flow, names[i], rows_with_people(flow, flow_text(flow, "REF-%zu", i)));
        for (size_t i = 0; i < ELEMENTS(names); i++)
                assert_int_equal(mkfifo(flow_path(flow, "spool/incoming/pipe %s", names[i]), 0600),
                                 0);
        flow_pass(flow);
        (void) flow_ctl(flow, "cancel", "--order", "REF-1", NULL);
        (void) flow_ctl(flow, "cancel", "--order", "REF-1" EVIL, NULL);
        (void) flow_ctl(flow, "hold", "--order", "secreta@example.cl", "--profile", EVIL, NULL);
        flow_wait_log(flow, "is no regular file");
        assert_clean(flow);
        flow_good(flow);
}

/* --- what a provider says ------------------------------------------------------------------- */

/* What the reply before has held is released, whenever that is noticed. */
static bool was_given(Flow *flow, const void *given) {
        if (*(const volatile unsigned *) given > 0)
                return true;
        (void) flow_ctl(flow, "release", "--all", NULL);
        return false;
}

/* To this row, or to one before it that is tried again. */
static void one_reply(Flow *flow, const Liar *liar, unsigned i) {
        liar->shared->next = i;
        flow_drop(flow, flow_text(flow, "f%u.csv", i),
                  rows_with_people(flow, flow_text(flow, "REF-%u", i)));
        flow_wait(flow, was_given, (const void *) (uintptr_t) &liar->shared->given[i],
                  flow_text(flow, "reply %u is given", i));
}

static void hear_all_replies(Flow *flow) {
        Liar liar = liar_start();

        start_debugging(flow);
        flow_set_url(flow, flow_text(flow, "http://127.0.0.1:%u", liar.port));
        flow_set(flow, "orders", "canary", "0");
        flow_daemon_start(flow);
        for (unsigned i = 0; i < ELEMENTS(replies); i++)
                one_reply(flow, &liar, i);
        flow_daemon_stop(flow);
        liar_stop(&liar);
}

static void words_of_the_provider(void **state) {
        Flow *flow = *state;

        hear_all_replies(flow);
        flow_wait_log(flow, "the provider refuses this installation (HTTP 401)");
        flow_wait_log(flow, "not the one asked for");
        assert_clean(flow);
        flow_good(flow);
}

/* Then references and the provider's words are in the lines, visible; a key never is. */
static void references_where_they_are_wanted(void **state) {
        Flow *flow = *state;
        const char *log;

        flow_set(flow, "service", "log_references", "yes");
        hear_all_replies(flow);
        log = flow_daemon_log(flow);
        assert_nothing_forged(flow, log);
        flow_assert_contains(log, "; order REF-2; the provider: Palabras del proveedor");
        assert_null(strstr(log, "sk_test_flow"));
        flow_good(flow);
}

/* Somebody writes the key where its file belongs, or a line of its own, and it is complained of. */
static void a_key_in_the_settings(void **state) {
        static const struct {
                const char *section, *key, *value;
        } wrong[] = {
                { "provider", "key_file", "/etc/sk_live_SECRETO1" },
                { "provider", "key_file", "sk_live_SECRETO2" },
                { "provider", "sk_live_SECRETO3", "x" },
                { "provider", "api_key", "sk_live_SECRETO4" },
                { "provider", "rate", "sk_live_SECRETO5" },
                { "sk_live_SECRETO6", "rate", "5/s" },
        };
        Flow *flow = *state;
        const char *file = flow_path(flow, "wrong.conf");

        for (size_t i = 0; i < ELEMENTS(wrong); i++) {
                const char *text = flow_text(flow, "[%s]\n%s = %s\n", wrong[i].section,
                                             wrong[i].key, wrong[i].value);
                FlowOutput once, status;

                flow_write(flow, file, text, strlen(text));
                once = flow_program(flow, "checkoutd", "--config", file, "--once", NULL);
                assert_int_equal(once.exit_code, 78);
                assert_true(*once.err);
                assert_null(strstr(once.err, "SECRETO"));
                status = flow_program(flow, "checkoutctl", "--config", file, "status", NULL);
                assert_int_not_equal(status.exit_code, 0);
                assert_null(strstr(status.err, "SECRETO"));
        }
        flow_good(flow);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                FLOW(files_and_rows),
                FLOW(words_of_the_provider),
                FLOW(references_where_they_are_wanted),
                FLOW(a_key_in_the_settings),
        };

        return FLOW_RUN(tests);
}
