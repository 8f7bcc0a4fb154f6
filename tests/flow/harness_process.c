#include "tests/flow/harness_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

#define ARGUMENTS_MAX 24
/* Between two looks at what has no descriptor to wait on. */
#define STEP_MS     20
#define STEP_MAX_MS 500

static int64_t milliseconds_now(void) {
        struct timespec now;

        (void) clock_gettime(CLOCK_MONOTONIC, &now);
        return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static const char *program_path(Flow *flow, const char *program) {
        if (program[0] == '/')
                return program;
        return strcmp(program, "checkoutd-sandbox") == 0
                       ? flow_text(flow, TEST_BINARY_DIR "/tests/sandbox/%s", program)
                       : flow_text(flow, TEST_BINARY_DIR "/daemon/%s", program);
}

/* Root reads and writes everything; the programs under test are to meet permissions. And whoever
 * logged in to run this is no person of a flow. */
static void be_an_ordinary_process(void) {
        static const char nobody[] = "4294967295";
        AUTO_CLOSE int login = open("/proc/self/loginuid", O_WRONLY | O_CLOEXEC);

        if (login >= 0)
                (void) !write(login, nobody, sizeof(nobody) - 1);
        (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void) prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE);
        (void) prctl(PR_CAPBSET_DROP, CAP_DAC_READ_SEARCH);
}

/* Of a service manager, of sudo, of the place where people live and of their network. */
static void forget_where_we_are(void) {
        static const char *const names[] = {
                "NOTIFY_SOCKET",  "CREDENTIALS_DIRECTORY",
                "JOURNAL_STREAM", "INVOCATION_ID",
                "SUDO_UID",       "SUDO_GID",
                "SUDO_USER",      "SUDO_COMMAND",
                "http_proxy",     "https_proxy",
                "all_proxy",      "HTTP_PROXY",
                "HTTPS_PROXY",    "ALL_PROXY",
                "no_proxy",       "NO_PROXY",
                "LANGUAGE",       "TZ",
                "NO_COLOR",       "COLUMNS",
        };

        for (size_t i = 0; i < ELEMENTS(names); i++)
                (void) unsetenv(names[i]);
        (void) setenv("LC_ALL", "C.UTF-8", 1);
}

static void become(Flow *flow, const char *program, char *const arguments[], int out, int err,
                   const char *notify) {
        AUTO_CLOSE int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);

        be_an_ordinary_process();
        if (dup2(nothing, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
            dup2(err, STDERR_FILENO) < 0)
                _exit(126);
        forget_where_we_are();
        /* Impatient: ten seconds without progress are an error line, which fails the flow. (Not
         * fewer: on a machine with much else to do, twenty handshakes of TLS take seconds, and they
         * go before turns.) */
        (void) setenv("WATCHDOG_USEC", "40000000", 1);
        if (notify)
                (void) setenv("NOTIFY_SOCKET", notify, 1);
        for (size_t i = 0; i < flow->n_environment; i++)
                (void) putenv(flow->environment[i]);
        flow_clock_environment(flow, program);
        (void) execv(program_path(flow, program), arguments);
        _exit(127);
}

static FlowProcess start(Flow *flow, const char *program, char *const arguments[], int out, int err,
                         const char *notify) {
        FlowProcess process = { .pid = fork() };

        assert_true(process.pid >= 0);
        if (process.pid == 0)
                become(flow, program, arguments, out, err, notify);
        process.pidfd = pidfd_open(process.pid, 0);
        assert_true(process.pidfd >= 0);
        return process;
}

/* Has it ended within this time? */
static bool ended_within(const FlowProcess *process, int milliseconds) {
        struct pollfd wait = { .fd = process->pidfd, .events = POLLIN };

        return poll(&wait, 1, milliseconds) > 0;
}

void flow_process_end(FlowProcess *process, int signal, int *ret_status) {
        int status = 0;

        if (process->pid <= 0)
                return;
        if (signal)
                (void) kill(process->pid, signal);
        if (!ended_within(process, FLOW_DEADLINE * 1000))
                (void) kill(process->pid, SIGKILL);
        (void) waitpid(process->pid, &status, 0);
        (void) close(process->pidfd);
        *process = (FlowProcess){ .pidfd = -1 };
        if (ret_status)
                *ret_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int open_log(Flow *flow, const char *name, int how) {
        int fd = open(flow_path(flow, "%s", name), O_WRONLY | O_CREAT | O_CLOEXEC | how, 0644);

        assert_true(fd >= 0);
        return fd;
}

static size_t gather(char *arguments[], size_t n, va_list rest) {
        const char *argument;

        while ((argument = va_arg(rest, const char *))) {
                assert_true(n + 1 < ARGUMENTS_MAX);
                arguments[n++] = (char *) (uintptr_t) argument;
        }
        arguments[n] = NULL;
        return n;
}

/* --- waiting ---------------------------------------------------------------------------------- */

void flow_set_deadline(Flow *flow, unsigned seconds) {
        flow->deadline = seconds;
}

/* A look that runs a program takes from the machine what the daemon needs to get on: at most half
 * of the time goes into looking. */
static int pause_after(int64_t took) {
        if (took < STEP_MS)
                return STEP_MS;
        return took < STEP_MAX_MS ? (int) took : STEP_MAX_MS;
}

void flow_wait(Flow *flow, FlowCondition condition, const void *userdata, const char *what) {
        int64_t deadline = milliseconds_now() + flow->deadline * INT64_C(1000);

        for (;;) {
                bool alive = flow_daemon_alive(flow);
                int64_t began = milliseconds_now();
                int pause;

                if (condition(flow, userdata))
                        return;
                if (flow->daemon.pid > 0 && !alive)
                        flow_fail(flow, "the daemon died before: %s", what);
                if (began > deadline) /* it was looked at once more after that */
                        flow_fail(flow, "waited in vain for: %s", what);
                pause = pause_after(milliseconds_now() - began);
                if (flow->daemon.pid > 0)
                        (void) ended_within(&flow->daemon, pause);
                else
                        (void) poll(NULL, 0, pause);
        }
}

/* --- sandbox ---------------------------------------------------------------------------------- */

static bool sandbox_listens(Flow *flow, const void *userdata) {
        static const char hello[] = "listening on ";
        char *log = flow_read(flow, flow_path(flow, "sandbox.log"), NULL);
        char *begin = strstr(log, hello), *end = begin ? strchr(begin, '\n') : NULL;

        (void) userdata;
        if (ended_within(&flow->sandbox, 0))
                flow_fail(flow, "the sandbox ended: %s", log);
        if (!end)
                return false;
        *end = '\0';
        flow->sandbox_url = begin + strlen(hello);
        return true;
}

void flow_sandbox_start(Flow *flow, ...) {
        AUTO_CLOSE int log = open_log(flow, "sandbox.log", O_TRUNC);
        char *arguments[ARGUMENTS_MAX] = { (char *) (uintptr_t) "checkoutd-sandbox", NULL };
        FlowProcess daemon = flow->daemon;
        va_list rest;
        size_t n = 1;

        assert_int_equal(flow->sandbox.pid, 0);
        if (flow->sandbox_port == 0)
                flow->sandbox_port = flow_free_port(flow);
        arguments[n++] = flow_text(flow, "--port");
        arguments[n++] = flow_text(flow, "%u", flow->sandbox_port);
        arguments[n++] = flow_text(flow, "--api-key");
        arguments[n++] = flow_text(flow, "sk_test_flow");
        va_start(rest, flow);
        (void) gather(arguments, n, rest);
        va_end(rest);
        flow->sandbox = start(flow, arguments[0], arguments, log, log, NULL);
        flow->daemon = (FlowProcess){ .pidfd = -1 }; /* its death is another wait's business */
        flow_wait(flow, sandbox_listens, NULL, "the sandbox listening");
        flow->daemon = daemon;
}

void flow_sandbox_stop(Flow *flow) {
        int status = 0;

        if (flow->sandbox.pid <= 0)
                return;
        flow_process_end(&flow->sandbox, SIGTERM, &status);
        if (status != 0)
                flow_fail(flow, "the sandbox ended with %d", status);
}

bool flow_sandbox_runs(const Flow *flow) {
        return flow->sandbox.pid > 0;
}

const char *flow_sandbox_url(Flow *flow) {
        return flow->sandbox_url ? flow->sandbox_url : "http://127.0.0.1:9";
}

/* --- daemon ----------------------------------------------------------------------------------- */

static int bind_notify(const char *path) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

        assert_true(fd >= 0);
        assert_true(strlen(path) < sizeof(address.sun_path));
        (void) memcpy(address.sun_path, path, strlen(path) + 1);
        (void) unlink(path);
        assert_int_equal(bind(fd, (const struct sockaddr *) &address, sizeof(address)), 0);
        return fd;
}

static void wait_for_ready(Flow *flow, int socket) {
        int64_t deadline = milliseconds_now() + FLOW_DEADLINE * 1000;
        struct pollfd waits[] = { { .fd = socket, .events = POLLIN },
                                  { .fd = flow->daemon.pidfd, .events = POLLIN } };

        while (milliseconds_now() < deadline) {
                char text[4096] = "\n";
                ssize_t n;

                (void) poll(waits, ELEMENTS(waits), FLOW_DEADLINE * 1000);
                if (waits[0].revents) {
                        n = recv(socket, text + 1, sizeof(text) - 2, MSG_DONTWAIT);
                        if (n > 0)
                                flow_notify_add(flow, text + 1, (size_t) n);
                        if (n > 0 && strstr(text, "\nREADY=1"))
                                return;
                } else if (waits[1].revents) {
                        int status;

                        flow_process_end(&flow->daemon, 0, &status);
                        flow_fail(flow, "the daemon ended with %d before it was ready", status);
                }
        }
        flow_fail(flow, "the daemon never said that it is ready");
}

/* The socket is gone once the daemon is ready, unless somebody goes on reading it: a full one
 * blocks. */
void flow_daemon_start(Flow *flow) {
        const char *notify = flow_path(flow, "notify");
        AUTO_CLOSE int socket = bind_notify(notify);
        AUTO_CLOSE int log = open_log(flow, "daemon.log", O_APPEND);
        char *const arguments[] = { (char *) (uintptr_t) "checkoutd",
                                    (char *) (uintptr_t) "--config",
                                    (char *) (uintptr_t) flow_settings(flow), NULL };

        assert_int_equal(flow->daemon.pid, 0);
        flow_write_settings(flow);
        flow->daemon = start(flow, "checkoutd", arguments, log, log, notify);
        wait_for_ready(flow, socket);
        if (flow->keeps_notified)
                flow_notify_listen(flow, socket);
        else
                (void) unlink(notify);
}

bool flow_daemon_alive(Flow *flow) {
        return flow->daemon.pid > 0 && !ended_within(&flow->daemon, 0);
}

pid_t flow_daemon_pid(Flow *flow) {
        return flow->daemon.pid;
}

void flow_daemon_stop(Flow *flow) {
        int status = 0;

        assert_true(flow->daemon.pid > 0);
        flow_process_end(&flow->daemon, SIGTERM, &status);
        if (status != 0)
                flow_fail(flow, "the daemon ended with %d on SIGTERM", status);
}

void flow_daemon_kill(Flow *flow) {
        int status = 0;

        assert_true(flow->daemon.pid > 0);
        flow_process_end(&flow->daemon, SIGKILL, &status);
        assert_int_equal(status, 128 + SIGKILL);
}

char *flow_daemon_log(Flow *flow) {
        const char *path = flow_path(flow, "daemon.log");

        return flow_exists(path) ? flow_read(flow, path, NULL) : flow_text(flow, "%s", "");
}

/* --- programs that end ------------------------------------------------------------------------ */

static FlowOutput run(Flow *flow, const char *program, char *const arguments[], int log) {
        AUTO_CLOSE int out = open_log(flow, "last.out", O_TRUNC);
        AUTO_CLOSE int err = open_log(flow, "last.err", O_TRUNC);
        FlowProcess process = start(flow, program, arguments, out, log >= 0 ? log : err, NULL);
        FlowOutput output = { 0 };

        flow_process_end(&process, 0, &output.exit_code);
        output.out = flow_read(flow, flow_path(flow, "last.out"), NULL);
        output.err = flow_read(flow, flow_path(flow, "last.err"), NULL);
        if (output.exit_code >= 126)
                flow_fail(flow, "%s ended with %d", program, output.exit_code);
        if (strstr(output.err, "Sanitizer") || strstr(output.err, "runtime error:"))
                flow_fail(flow, "%s: %s", program, output.err);
        return output;
}

FlowOutput flow_ctl(Flow *flow, ...) {
        char *arguments[ARGUMENTS_MAX] = { (char *) (uintptr_t) "checkoutctl",
                                           (char *) (uintptr_t) "--config",
                                           (char *) (uintptr_t) flow_settings(flow), NULL };
        va_list rest;

        if (!flow_exists(flow_settings(flow)))
                flow_write_settings(flow);
        va_start(rest, flow);
        (void) gather(arguments, 3, rest);
        va_end(rest);
        return run(flow, arguments[0], arguments, -1);
}

FlowOutput flow_once(Flow *flow, ...) {
        AUTO_CLOSE int log = open_log(flow, "daemon.log", O_APPEND);
        char *arguments[ARGUMENTS_MAX] = { (char *) (uintptr_t) "checkoutd",
                                           (char *) (uintptr_t) "--config",
                                           (char *) (uintptr_t) flow_settings(flow),
                                           (char *) (uintptr_t) "--once", NULL };
        va_list rest;

        flow_write_settings(flow);
        va_start(rest, flow);
        (void) gather(arguments, 4, rest);
        va_end(rest);
        return run(flow, arguments[0], arguments, log);
}

FlowOutput flow_program(Flow *flow, const char *program, ...) {
        char *arguments[ARGUMENTS_MAX] = { (char *) (uintptr_t) program, NULL };
        va_list rest;

        va_start(rest, program);
        (void) gather(arguments, 1, rest);
        va_end(rest);
        return run(flow, program, arguments, -1);
}

/* --- programs in the background --------------------------------------------------------------- */

void flow_background(Flow *flow, const char *program, ...) {
        AUTO_CLOSE int log = open_log(flow, "background.log", O_APPEND);
        char *arguments[ARGUMENTS_MAX] = { (char *) (uintptr_t) program, NULL };
        va_list rest;

        assert_int_equal(flow->background.pid, 0);
        va_start(rest, program);
        (void) gather(arguments, 1, rest);
        va_end(rest);
        flow->background = start(flow, program, arguments, log, log, NULL);
}

void flow_background_stop(Flow *flow) {
        flow_process_end(&flow->background, SIGTERM, NULL);
}

/* Bound, and never listening: the kernel gives the port to nobody who asks for any, or who
 * connects. Who asks for this one and reuses addresses may listen on it. */
unsigned flow_free_port(Flow *flow) {
        struct sockaddr_in address = { .sin_family = AF_INET,
                                       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        socklen_t size = sizeof(address);
        const int yes = 1;

        assert_true(flow->n_ports < ELEMENTS(flow->ports));
        if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) < 0 ||
            bind(fd, (const struct sockaddr *) &address, size) < 0 ||
            getsockname(fd, (struct sockaddr *) &address, &size) < 0)
                flow_fail(flow, "no free port: %s", strerror(errno));
        flow->ports[flow->n_ports++] = fd;
        return ntohs(address.sin_port);
}
