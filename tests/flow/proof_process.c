/* The programs of a place: sandbox, daemon, checkoutctl. */
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/flow/harness.h"
#include "tests/flow/proof.h"
#include "tests/flow/proof_shim.h"

#define ARGUMENTS_MAX   64
#define ENVIRONMENT_MAX 12
#define NANO            INT64_C(1000000000)

/* What a program is started with; strings are set up before the fork. */
typedef struct Start {
        const char *program;
        char *arguments[ARGUMENTS_MAX];
        char environment[ENVIRONMENT_MAX][PATH_MAX + 64]; /* NAME=VALUE */
        size_t n_environment;
        int out, err;
} Start;

/* --- any program ------------------------------------------------------------------------------ */

static void become(const Start *start) {
        static const char *const without[] = { "NOTIFY_SOCKET", "CREDENTIALS_DIRECTORY",
                                               "JOURNAL_STREAM" };
        AUTO_CLOSE int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);

        (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (dup2(nothing, STDIN_FILENO) < 0 || dup2(start->out, STDOUT_FILENO) < 0 ||
            dup2(start->err, STDERR_FILENO) < 0)
                _exit(126);
        for (size_t i = 0; i < ELEMENTS(without); i++)
                (void) unsetenv(without[i]);
        for (size_t i = 0; i < start->n_environment; i++)
                (void) putenv((char *) (uintptr_t) start->environment[i]);
        (void) execv(start->program, start->arguments);
        _exit(127);
}

static bool start_program(ProofPlace *place, const Start *start, ProofProcess *ret_process) {
        ProofProcess process = { .pid = fork() };

        if (process.pid == 0)
                become(start);
        process.pidfd = process.pid > 0 ? pidfd_open(process.pid, 0) : -1;
        if (process.pidfd < 0)
                return proof_wrong(place, "cannot start %s: %s", start->program, strerror(errno));
        *ret_process = process;
        return true;
}

bool proof_process_ended(ProofProcess *process, int milliseconds, int *ret_status) {
        struct pollfd wait = { .fd = process->pidfd, .events = POLLIN };
        int status = 0;

        if (poll(&wait, 1, milliseconds) <= 0)
                return false;
        (void) waitpid(process->pid, &status, 0);
        (void) close(process->pidfd);
        *process = (ProofProcess){ .pidfd = -1 };
        *ret_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        return true;
}

void proof_process_kill(ProofProcess *process) {
        int status;

        if (process->pid <= 0)
                return;
        (void) kill(process->pid, SIGKILL);
        (void) proof_process_ended(process, -1, &status);
}

static bool wait_for(ProofPlace *place, ProofProcess *process, const char *what, int *ret_status) {
        if (proof_process_ended(process, PROOF_DEADLINE * 1000, ret_status))
                return true;
        proof_process_kill(process);
        return proof_wrong(place, "%s did not end within %d s", what, PROOF_DEADLINE);
}

static void set(Start *start, const char *name, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
static void set(Start *start, const char *name, const char *format, ...) {
        char *variable = start->environment[start->n_environment++];
        size_t size = sizeof(start->environment[0]);
        int n = snprintf(variable, size, "%s=", name);
        va_list arguments;

        va_start(arguments, format);
        (void) vsnprintf(variable + n, size - (size_t) n, format, arguments);
        va_end(arguments);
}

static void arguments_of(Start *start, const char *const *arguments) {
        size_t n = 0;

        while (start->arguments[n])
                n++;
        for (; arguments && *arguments && n + 1 < ARGUMENTS_MAX; arguments++)
                start->arguments[n++] = (char *) (uintptr_t) *arguments;
}

static int open_log(const ProofPlace *place, const char *name) {
        char path[PATH_MAX];

        (void) snprintf(path, sizeof(path), "%s/%s", place->folder, name);
        return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/* --- sandbox ---------------------------------------------------------------------------------- */

static bool read_url(ProofPlace *place, int from) {
        static const char hello[] = "listening on ";
        char line[256] = "";
        size_t n = 0;
        char *end = NULL;

        while (!end && n + 1 < sizeof(line)) {
                struct pollfd wait = { .fd = from, .events = POLLIN };
                ssize_t got = poll(&wait, 1, PROOF_DEADLINE * 1000) > 0
                                      ? read(from, line + n, sizeof(line) - n - 1)
                                      : -1;

                if (got <= 0)
                        return proof_wrong(place, "the sandbox says \"%s\"", line);
                n += (size_t) got;
                end = memchr(line, '\n', n);
        }
        if (!end || strncmp(line, hello, strlen(hello)) != 0)
                return proof_wrong(place, "the sandbox says \"%s\"", line);
        *end = '\0';
        (void) snprintf(place->url, sizeof(place->url), "%.60s", line + strlen(hello));
        return true;
}

bool proof_sandbox_start(ProofPlace *place, const char *const *arguments) {
        char journal[PATH_MAX];
        const char *const fixed[] = { "checkoutd-sandbox", "--port",    "0",     "--api-key",
                                      "sk_test_proof",     "--journal", journal, NULL };
        Start start = { .program = TEST_BINARY_DIR "/tests/sandbox/checkoutd-sandbox" };
        AUTO_CLOSE int err = open_log(place, "sandbox.log");
        int ends[2];
        bool good;

        (void) snprintf(journal, sizeof(journal), "%s/journal", place->folder);
        if (pipe2(ends, O_CLOEXEC) < 0)
                return proof_wrong(place, "no pipe: %s", strerror(errno));
        start.out = ends[1];
        start.err = err;
        arguments_of(&start, fixed);
        arguments_of(&start, arguments);
        good = start_program(place, &start, &place->sandbox);
        (void) close(ends[1]);
        good = good && read_url(place, ends[0]);
        (void) close(ends[0]); /* it says nothing more */
        return good;
}

void proof_sandbox_stop(ProofPlace *place) {
        proof_process_kill(&place->sandbox);
}

char *proof_ask(ProofPlace *place, const char *path, const char *body) {
        char *text = NULL, url[512];
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);
        CURL *curl = curl_easy_init();
        CURLcode answer = CURLE_FAILED_INIT;
        long status = 0;

        (void) snprintf(url, sizeof(url), "%s%s", place->url, path);
        if (curl && out) {
                (void) curl_easy_setopt(curl, CURLOPT_URL, url);
                (void) curl_easy_setopt(curl, CURLOPT_PROXY, "");
                (void) curl_easy_setopt(curl, CURLOPT_WRITEDATA, out);
                (void) curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long) PROOF_DEADLINE);
                if (body)
                        (void) curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
                answer = curl_easy_perform(curl);
                (void) curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
        }
        curl_easy_cleanup(curl);
        if (out)
                (void) fclose(out);
        if (answer == CURLE_OK && status == 200)
                return text;
        (void) proof_wrong(place, "%s: %s, status %ld: %.200s", url, curl_easy_strerror(answer),
                           status, text ? text : "");
        free(text);
        return NULL;
}

/* --- daemon ----------------------------------------------------------------------------------- */

static bool write_settings(ProofPlace *place) {
        char path[PATH_MAX];
        CLEANUP(close_file_p) FILE *out = NULL;

        (void) snprintf(path, sizeof(path), "%s/checkoutd.conf", place->folder);
        out = fopen(path, "we");
        if (!out)
                return proof_wrong(place, "%s: %s", path, strerror(errno));
        return fprintf(out,
                       "[spool]\ndirectory = %s/spool\nsettle = 1ms\n"
                       "[store]\ndatabase = %s/checkoutd.db\n"
                       "[provider]\nurl = %s\nkey_file = %s/key\nrate = unlimited\n%s",
                       place->folder, place->folder, place->url, place->folder,
                       place->settings) > 0;
}

static bool make_page(ProofPlace *place, char path[static PATH_MAX]) {
        AUTO_CLOSE int fd = -1;

        (void) snprintf(path, PATH_MAX, "%s/page", place->folder);
        fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        if (fd < 0 || ftruncate(fd, sizeof(ShimPage)) < 0)
                return proof_wrong(place, "%s: %s", path, strerror(errno));
        return true;
}

static bool set_clock(ProofPlace *place, Start *start, unsigned slow) {
        const ShimClock clock = { .wall = -(int64_t) slow * (NANO / 1000) };
        char path[PATH_MAX];
        AUTO_CLOSE int fd = -1;

        (void) snprintf(path, sizeof(path), "%s/clock", place->folder);
        fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        if (fd < 0 || write(fd, &clock, sizeof(clock)) != (ssize_t) sizeof(clock))
                return proof_wrong(place, "%s: %s", path, strerror(errno));
        set(start, SHIM_CLOCK, "%s", path);
        return true;
}

static bool set_shim(ProofPlace *place, Start *start, const ProofShim *shim) {
        char path[PATH_MAX];

        set(start, "LD_PRELOAD", "%s", TEST_BINARY_DIR "/tests/flow/libcheckoutd_shim.so");
        /* the preloaded shim stands before AddressSanitizer, and does not mind */
        set(start, "ASAN_OPTIONS", "%s:verify_asan_link_order=0",
            getenv("ASAN_OPTIONS") ? getenv("ASAN_OPTIONS") : "");
        if (shim->from) {
                if (!make_page(place, path))
                        return false;
                set(start, SHIM_PAGE, "%s", path);
                set(start, SHIM_FROM, "%s", shim->from);
                set(start, SHIM_KILL, "%llu", (unsigned long long) shim->kill_at);
                set(start, SHIM_TORN, "%d", shim->torn);
                set(start, SHIM_FAIL, "%u", shim->fails);
        }
        if (shim->records) {
                AUTO_CLOSE int fd = -1;

                (void) snprintf(path, sizeof(path), "%s/log", place->folder);
                fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
                if (fd < 0)
                        return proof_wrong(place, "%s: %s", path, strerror(errno));
                set(start, SHIM_LOG, "%s", path);
                set(start, SHIM_ROOT, "%s", place->folder);
        }
        if (shim->facts)
                set(start, SHIM_FACTS, "%s/facts", place->folder);
        if (shim->tick > 0)
                set(start, SHIM_TICK, "%u", shim->tick);
        return shim->slow == 0 || set_clock(place, start, shim->slow);
}

bool proof_daemon_start(ProofPlace *place, const ProofRun *run, ProofProcess *ret_process) {
        AUTO_CLOSE int log = open_log(place, "daemon.log");
        char settings[PATH_MAX];
        const char *const fixed[] = { "checkoutd", "--config", settings, NULL };
        const char *const once[] = { "--once", "--timeout", run->timeout, NULL };
        Start start = { .program = TEST_BINARY_DIR "/daemon/checkoutd", .out = log, .err = log };

        if (log < 0)
                return proof_wrong(place, "no log: %s", strerror(errno));
        (void) snprintf(settings, sizeof(settings), "%s/checkoutd.conf", place->folder);
        arguments_of(&start, fixed);
        arguments_of(&start, run->timeout ? once : NULL);
        if (!write_settings(place) || (run->shim && !set_shim(place, &start, run->shim)))
                return false;
        return start_program(place, &start, ret_process);
}

bool proof_daemon_run(ProofPlace *place, const ProofRun *run, int *ret_status) {
        ProofProcess process = { .pidfd = -1 };

        return proof_daemon_start(place, run, &process) &&
               wait_for(place, &process, "checkoutd", ret_status);
}

bool proof_daemon_finish(ProofPlace *place, const char *timeout, int status) {
        const ProofRun run = { .timeout = timeout };
        AUTO_FREE char *text = NULL;
        int ended = -1;

        if (!proof_daemon_run(place, &run, &ended))
                return false;
        if (ended == 0 || ended == status)
                return true;
        text = place->sandbox.pid > 0 ? proof_ask(place, "/_sandbox/ledger?summary=1", NULL) : NULL;
        return proof_wrong(place, "checkoutd --once ended with %d; the provider has %s", ended,
                           text ? text : "nothing to say");
}

static ShimPage read_page(ProofPlace *place) {
        ShimPage page = { 0 };
        char path[PATH_MAX];
        AUTO_CLOSE int fd = -1;

        (void) snprintf(path, sizeof(path), "%s/page", place->folder);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0 || read(fd, &page, sizeof(page)) != (ssize_t) sizeof(page))
                (void) proof_wrong(place, "%s: %s", path, strerror(errno));
        page.last[sizeof(page.last) - 1] = '\0';
        return page;
}

uint64_t proof_steps(ProofPlace *place, char ret_last[static 256]) {
        ShimPage page = read_page(place);
        size_t n = strlen(place->folder);
        char *within = strstr(page.last, place->folder);

        if (within) /* the same at every point */
                (void) memmove(within, within + n, strlen(within + n) + 1);
        (void) snprintf(ret_last, 256, "%s", page.last);
        return page.steps;
}

void proof_clock_wait(ProofPlace *place) {
        const ShimPage page = read_page(place);
        const struct timespec until = { .tv_sec = page.boot / NANO, .tv_nsec = page.boot % NANO };

        (void) clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &until, NULL);
}

bool proof_ctl(ProofPlace *place, const char *const *arguments) {
        char settings[PATH_MAX];
        const char *const fixed[] = { "checkoutctl", "--config", settings, NULL };
        AUTO_CLOSE int log = open_log(place, "ctl.log");
        Start start = { .program = TEST_BINARY_DIR "/daemon/checkoutctl", .out = log, .err = log };
        ProofProcess process = { .pidfd = -1 };
        int status = -1;

        (void) snprintf(settings, sizeof(settings), "%s/checkoutd.conf", place->folder);
        arguments_of(&start, fixed);
        arguments_of(&start, arguments);
        if (log < 0 || !write_settings(place) || !start_program(place, &start, &process) ||
            !wait_for(place, &process, "checkoutctl", &status))
                return false;
        return status == 0 ||
               proof_wrong(place, "checkoutctl %s ended with %d", arguments[0], status);
}

static bool holds_nothing_bad(ProofPlace *place, const char *name) {
        static const char *const bad[] = { "Sanitizer", "runtime error:", "Assertion `",
                                           "sk_test_proof" };
        char path[PATH_MAX];
        AUTO_FREE char *line = NULL;
        CLEANUP(close_file_p) FILE *log = NULL;
        size_t size = 0;

        (void) snprintf(path, sizeof(path), "%s/%s", place->folder, name);
        log = fopen(path, "re");
        while (log && getline(&line, &size, log) >= 0)
                for (size_t i = 0; i < ELEMENTS(bad); i++)
                        if (strstr(line, bad[i]))
                                return proof_wrong(place, "%s says: %.200s", name, line);
        return true;
}

bool proof_said_nothing_bad(ProofPlace *place) {
        return holds_nothing_bad(place, "daemon.log") && holds_nothing_bad(place, "ctl.log") &&
               holds_nothing_bad(place, "sandbox.log");
}

bool proof_verify(ProofPlace *place) {
        static const char *const arguments[] = { "verify", NULL };

        return proof_ctl(place, arguments);
}
