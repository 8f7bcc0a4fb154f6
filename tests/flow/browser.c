#include "tests/flow/browser.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE  (FLOW_DEADLINE * 1000) /* milliseconds without a word */
#define PROGRAM   "/usr/bin/chromium"
#define CHILD_IN  3 /* where it reads and writes the protocol */
#define CHILD_OUT 4

struct Browser {
        Flow *flow;
        pid_t pid;
        int to, from;
        char *session;
        int64_t last_id;
        char *received; /* not looked at yet */
        size_t n_received, capacity;
        json_t *answer;
        bool loaded;
        unsigned n_requests;
        char complaints[4096];
};

/* --- life ----------------------------------------------------------------------------------- */

static void run(const char *profile, int in, int out) {
        /* above those that it will have, so that none is closed by the other */
        int a = fcntl(in, F_DUPFD, 10), b = fcntl(out, F_DUPFD, 10);
        int nothing = open("/dev/null", O_RDWR);

        (void) dup2(a, CHILD_IN);
        (void) dup2(b, CHILD_OUT);
        (void) dup2(nothing, STDOUT_FILENO);
        (void) dup2(nothing, STDERR_FILENO);
        (void) execl(PROGRAM, PROGRAM, "--headless", "--no-sandbox", "--disable-gpu",
                     "--disable-quic", "--no-first-run", "--disable-background-networking",
                     "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
                     "--hide-scrollbars", "--remote-debugging-pipe", profile, "about:blank", NULL);
        _exit(127);
}

static json_t *call(Browser *browser, const char *method, json_t *parameters);

static void attach(Browser *browser) {
        json_t *target, *answer = call(browser, "Target.createTarget",
                                       json_pack("{s:s}", "url", "about:blank"));

        target = json_pack("{s:O,s:b}", "targetId", json_object_get(answer, "targetId"), "flatten",
                           true);
        answer = call(browser, "Target.attachToTarget", target);
        browser->session = strdup(flow_string(answer, "sessionId"));
        (void) call(browser, "Page.enable", NULL);
        (void) call(browser, "Runtime.enable", NULL);
        (void) call(browser, "Log.enable", NULL);
        (void) call(browser, "Network.enable", NULL);
}

Browser *browser_start(Flow *flow) {
        Browser *browser;
        int to[2], from[2];

        if (access(PROGRAM, X_OK) < 0) {
                print_message("no chromium here: install the package\n");
                skip();
        }
        browser = calloc(1, sizeof(*browser));
        assert_non_null(browser);
        browser->flow = flow;
        assert_int_equal(pipe2(to, O_CLOEXEC), 0);
        assert_int_equal(pipe2(from, O_CLOEXEC), 0);
        browser->pid = fork();
        assert_true(browser->pid >= 0);
        if (browser->pid == 0)
                run(flow_text(flow, "--user-data-dir=%s", flow_path(flow, "chromium")), to[0],
                    from[1]);
        (void) close(to[0]);
        (void) close(from[1]);
        browser->to = to[1];
        browser->from = from[0];
        attach(browser);
        return browser;
}

Browser *browser_stop(Browser *browser) {
        if (!browser)
                return NULL;
        (void) close(browser->to);
        (void) close(browser->from);
        (void) kill(browser->pid, SIGKILL);
        (void) waitpid(browser->pid, NULL, 0);
        json_decref(browser->answer);
        free(browser->received);
        free(browser->session);
        free(browser);
        return NULL;
}

/* --- the protocol --------------------------------------------------------------------------- */

static void send_message(Browser *browser, const char *method, json_t *parameters) {
        json_t *message =
                json_pack("{s:I,s:s,s:o}", "id", (json_int_t) ++browser->last_id, "method", method,
                          "params", parameters ? parameters : json_object());
        char *text;

        if (browser->session)
                (void) json_object_set_new(message, "sessionId", json_string(browser->session));
        text = json_dumps(message, JSON_COMPACT);
        assert_non_null(text);
        for (size_t done = 0, size = strlen(text) + 1; done < size;) { /* ends with a NUL */
                ssize_t n = write(browser->to, text + done, size - done);

                if (n <= 0)
                        flow_fail(browser->flow, "chromium is gone: %s", strerror(errno));
                done += (size_t) n;
        }
        free(text);
        json_decref(message);
}

static void receive(Browser *browser) {
        struct pollfd event = { .fd = browser->from, .events = POLLIN };
        ssize_t n;

        if (browser->capacity - browser->n_received < 65536) {
                browser->capacity = 2 * browser->capacity + 131072;
                browser->received = realloc(browser->received, browser->capacity);
                assert_non_null(browser->received);
        }
        if (poll(&event, 1, PATIENCE) != 1)
                flow_fail(browser->flow, "chromium says nothing");
        n = read(browser->from, browser->received + browser->n_received,
                 browser->capacity - browser->n_received);
        if (n <= 0)
                flow_fail(browser->flow, "chromium is gone");
        browser->n_received += (size_t) n;
}

static void complain(Browser *browser, const json_t *parameters) {
        char *text = json_dumps(parameters, JSON_COMPACT);
        size_t used = strlen(browser->complaints);

        (void) snprintf(browser->complaints + used, sizeof(browser->complaints) - used, "%s\n",
                        text ? text : "?");
        free(text);
}

static void take_event(Browser *browser, const char *method, const json_t *parameters) {
        if (strcmp(method, "Page.loadEventFired") == 0)
                browser->loaded = true;
        else if (strcmp(method, "Network.requestWillBeSent") == 0)
                browser->n_requests++;
        else if (strcmp(method, "Runtime.consoleAPICalled") == 0 ||
                 strcmp(method, "Runtime.exceptionThrown") == 0 ||
                 strcmp(method, "Log.entryAdded") == 0)
                complain(browser, parameters);
}

/* Takes one message; true: it answers the call with that id. */
static bool take_message(Browser *browser, int64_t id) {
        const char *method;
        json_t *message;
        char *end;
        size_t size;
        bool answers;

        while (!(end = memchr(browser->received, '\0', browser->n_received)))
                receive(browser);
        size = (size_t) (end - browser->received) + 1;
        message = json_loads(browser->received, 0, NULL);
        assert_non_null(message);
        browser->n_received -= size;
        memmove(browser->received, end + 1, browser->n_received);
        method = json_string_value(json_object_get(message, "method"));
        if (method)
                take_event(browser, method, json_object_get(message, "params"));
        answers = json_integer_value(json_object_get(message, "id")) == id;
        if (answers && json_object_get(message, "error"))
                flow_fail(browser->flow, "chromium: %s",
                          flow_string(json_object_get(message, "error"), "message"));
        if (answers) {
                json_decref(browser->answer);
                browser->answer = json_incref(json_object_get(message, "result"));
        }
        json_decref(message);
        return answers;
}

static json_t *call(Browser *browser, const char *method, json_t *parameters) {
        send_message(browser, method, parameters);
        if (!browser->received)
                receive(browser);
        while (!take_message(browser, browser->last_id))
                ;
        return browser->answer;
}

/* --- the page ------------------------------------------------------------------------------- */

void browser_size(Browser *browser, unsigned width, unsigned height) {
        (void) call(browser, "Emulation.setDeviceMetricsOverride",
                    json_pack("{s:i,s:i,s:i,s:b}", "width", (int) width, "height", (int) height,
                              "deviceScaleFactor", 1, "mobile", false));
}

void browser_paper(Browser *browser, unsigned width) {
        browser_size(browser, width, 700);
        (void) call(browser, "Emulation.setEmulatedMedia", json_pack("{s:s}", "media", "print"));
}

void browser_without_scripts(Browser *browser) {
        (void) call(browser, "Emulation.setScriptExecutionDisabled",
                    json_pack("{s:b}", "value", true));
}

void browser_open(Browser *browser, const char *path) {
        browser->loaded = false;
        browser->n_requests = 0;
        browser->complaints[0] = '\0';
        (void) call(browser, "Page.navigate",
                    json_pack("{s:s}", "url", flow_text(browser->flow, "file://%s", path)));
        while (!browser->loaded)
                (void) take_message(browser, -1);
}

const json_t *browser_value(Browser *browser, const char *expression) {
        json_t *answer = call(browser, "Runtime.evaluate",
                              json_pack("{s:s,s:b,s:b}", "expression", expression, "returnByValue",
                                        true, "awaitPromise", true));

        if (json_object_get(answer, "exceptionDetails"))
                flow_fail(browser->flow, "the page: %s: %s", expression,
                          json_dumps(answer, JSON_COMPACT));
        return json_object_get(json_object_get(answer, "result"), "value");
}

bool browser_is(Browser *browser, const char *expression) {
        return json_is_true(browser_value(browser, expression));
}

int64_t browser_number(Browser *browser, const char *expression) {
        const json_t *value = browser_value(browser, expression);

        if (!json_is_number(value))
                flow_fail(browser->flow, "no number: %s", expression);
        return (int64_t) json_number_value(value);
}

void browser_picture(Browser *browser, const char *path) {
        json_t *answer =
                call(browser, "Page.captureScreenshot",
                     json_pack("{s:s,s:b}", "format", "png", "captureBeyondViewport", true));
        const char *text = flow_string(answer, "data");
        size_t size = strlen(text);
        unsigned char *bytes = malloc(size);
        int n;

        assert_non_null(bytes);
        n = EVP_DecodeBlock(bytes, (const unsigned char *) text, (int) size);
        assert_true(n > 0);
        flow_write(browser->flow, path, bytes, (size_t) n);
        free(bytes);
}

void browser_assert_quiet(Browser *browser) {
        if (browser->complaints[0])
                flow_fail(browser->flow, "the page complains: %s", browser->complaints);
        assert_int_equal(browser->n_requests, 1);
}
