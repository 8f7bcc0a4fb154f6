#include "tests/flow/harness_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STUCK "nothing goes on:" /* MESSAGE_STUCK */

static const struct {
        const char *section, *key, *value;
} defaults[] = {
        { "provider", "rate", "unlimited" },
        { "spool", "settle", "1s" },
        { "orders", "timezone", "America/Santiago" },
};

void *flow_own(Flow *flow, void *memory) {
        assert_non_null(memory);
        flow->owned = realloc(flow->owned, (flow->n_owned + 1) * sizeof(*flow->owned));
        assert_non_null(flow->owned);
        flow->owned[flow->n_owned++] = memory;
        return memory;
}

static char *text_of_list(Flow *flow, const char *before, const char *format, va_list arguments)
        __attribute__((format(printf, 3, 0)));
static char *text_of_list(Flow *flow, const char *before, const char *format, va_list arguments) {
        AUTO_FREE char *text = NULL;
        char *whole = NULL;

        assert_true(vasprintf(&text, format, arguments) >= 0);
        assert_true(asprintf(&whole, "%s%s", before, text) >= 0);
        return flow_own(flow, whole);
}

char *flow_text(Flow *flow, const char *format, ...) {
        va_list arguments;
        char *text;

        va_start(arguments, format);
        text = text_of_list(flow, "", format, arguments);
        va_end(arguments);
        return text;
}

char *flow_path(Flow *flow, const char *format, ...) {
        char *below, *path;
        va_list arguments;

        va_start(arguments, format);
        below = text_of_list(flow, "/", format, arguments);
        va_end(arguments);
        path = flow_text(flow, "%s%s", flow->folder, below);
        return path;
}

const char *flow_spool(Flow *flow) {
        return flow_path(flow, "spool");
}

char *flow_read(Flow *flow, const char *path, size_t *ret_size) {
        CLEANUP(close_file_p) FILE *file = fopen(path, "re");
        char *bytes = NULL, *grown;
        size_t size = 0, capacity = 0, n;

        if (!file)
                flow_fail(flow, "%s: %s", path, strerror(errno));
        do {
                capacity = capacity * 2 + 4096;
                grown = realloc(bytes, capacity + 1);
                assert_non_null(grown);
                bytes = grown;
                n = fread(bytes + size, 1, capacity - size, file);
                size += n;
        } while (n > 0);
        bytes[size] = '\0';
        if (ret_size)
                *ret_size = size;
        return flow_own(flow, bytes);
}

void flow_write(Flow *flow, const char *path, const void *bytes, size_t size) {
        AUTO_CLOSE int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        const char *from = bytes;

        if (fd < 0)
                flow_fail(flow, "%s: %s", path, strerror(errno));
        while (size > 0) {
                ssize_t n = write(fd, from, size);

                if (n < 0)
                        flow_fail(flow, "%s: %s", path, strerror(errno));
                from += n;
                size -= (size_t) n;
        }
}

bool flow_exists(const char *path) {
        struct stat facts;

        return lstat(path, &facts) == 0;
}

unsigned flow_mode(const char *path) {
        struct stat facts;

        assert_int_equal(stat(path, &facts), 0);
        return facts.st_mode & 07777;
}

char *flow_orders(Flow *flow, const char *prefix, unsigned n) {
        char *text = NULL;
        size_t size;
        FILE *out = open_memstream(&text, &size);

        assert_non_null(out);
        (void) fputs("order_id,amount,currency\n", out);
        for (unsigned i = 1; i <= n; i++)
                (void) fprintf(out, "%s-%06u,%u,CLP\n", prefix, i, 1000 + i);
        assert_int_equal(fclose(out), 0);
        return flow_own(flow, text);
}

/* --- settings --------------------------------------------------------------------------------- */

void flow_set(Flow *flow, const char *section, const char *key, const char *value) {
        FlowSetting *setting = NULL;

        for (size_t i = 0; i < flow->n_settings; i++)
                if (strcmp(flow->settings[i].section, section) == 0 &&
                    strcmp(flow->settings[i].key, key) == 0)
                        setting = &flow->settings[i];
        if (!setting) {
                assert_true(flow->n_settings < ELEMENTS(flow->settings));
                setting = &flow->settings[flow->n_settings++];
        }
        setting->section = flow_text(flow, "%s", section);
        setting->key = flow_text(flow, "%s", key);
        setting->value = flow_text(flow, "%s", value);
}

void flow_set_url(Flow *flow, const char *url) {
        flow->url = url;
}

const char *flow_settings(Flow *flow) {
        return flow_path(flow, "checkoutd.conf");
}

static void write_section(Flow *flow, FILE *out, size_t of) {
        const char *section = flow->settings[of].section;

        for (size_t i = 0; i < of; i++)
                if (strcmp(flow->settings[i].section, section) == 0)
                        return; /* its first setting wrote it */
        (void) fprintf(out, "[%s]\n", section);
        for (size_t i = of; i < flow->n_settings; i++)
                if (strcmp(flow->settings[i].section, section) == 0)
                        (void) fprintf(out, "%s = %s\n", flow->settings[i].key,
                                       flow->settings[i].value);
}

void flow_write_settings(Flow *flow) {
        FILE *out;

        flow_set(flow, "provider", "url", flow->url ? flow->url : flow_sandbox_url(flow));
        out = fopen(flow_settings(flow), "we");
        assert_non_null(out);
        for (size_t i = 0; i < flow->n_settings; i++)
                write_section(flow, out, i);
        assert_int_equal(fclose(out), 0);
}

void flow_environment(Flow *flow, const char *name, const char *value) {
        assert_true(flow->n_environment < ELEMENTS(flow->environment));
        flow->environment[flow->n_environment++] = flow_text(flow, "%s=%s", name, value);
}

/* --- which ones ------------------------------------------------------------------------------- */

int flow_run(const struct CMUnitTest *tests, size_t n) {
        AUTO_FREE struct CMUnitTest *chosen = calloc(n, sizeof(*chosen));
        const char *part = getenv("FLOW_PART");
        unsigned which = 1, of = 1;
        size_t n_chosen = 0;

        if (!chosen ||
            (part && (sscanf(part, "%u/%u", &which, &of) != 2 || which < 1 || which > of))) {
                print_error("FLOW_PART=%s: write it like 2/3\n", part ? part : "");
                return EXIT_FAILURE;
        }
        for (size_t i = which - 1; i < n; i += of)
                chosen[n_chosen++] = tests[i];
        cmocka_set_test_filter(getenv("FLOW_ONLY"));
        return _cmocka_run_group_tests("flow", chosen, n_chosen, NULL, NULL);
}

/* --- life ------------------------------------------------------------------------------------- */

int flow_setup(void **state) {
        const char *temporary = getenv("TMPDIR");
        Flow *flow = calloc(1, sizeof(*flow));
        const char *key_file;

        assert_non_null(flow);
        if (asprintf(&flow->folder, "%s/checkoutd-flow.XXXXXX", temporary ? temporary : "/tmp") < 0)
                return -1;
        if (!mkdtemp(flow->folder))
                return -1;
        flow->daemon.pidfd = flow->sandbox.pidfd = flow->background.pidfd = -1;
        flow->listener.pidfd = -1;
        flow->deadline = FLOW_DEADLINE;
        key_file = flow_path(flow, "key");
        flow_write(flow, key_file, "sk_test_flow\n", 13);
        assert_int_equal(chmod(key_file, 0600), 0);
        assert_int_equal(mkdir(flow_path(flow, "spool"), 0755), 0);
        assert_int_equal(mkdir(flow_path(flow, "spool/incoming"), 0755), 0);
        flow_set(flow, "provider", "key_file", key_file);
        flow_set(flow, "spool", "directory", flow_spool(flow));
        flow_set(flow, "store", "database", flow_path(flow, "checkoutd.db"));
        for (size_t i = 0; i < ELEMENTS(defaults); i++)
                flow_set(flow, defaults[i].section, defaults[i].key, defaults[i].value);
        *state = flow;
        return 0;
}

void flow_expect_stuck(Flow *flow) {
        flow->errors_expected = flow->stuck_expected = true;
}

void flow_expect_errors(Flow *flow) {
        flow->errors_expected = true;
}

void flow_start(Flow *flow) {
        flow_sandbox_start(flow, NULL);
        flow_daemon_start(flow);
}

static const char *forbidden_in(const Flow *flow, const char *log) {
        static const char *const always[] = { "AddressSanitizer", "LeakSanitizer",
                                              "runtime error:", "Assertion `", "sk_test_flow" };
        static const char *const errors[] = { "<0>", "<1>", "<2>", "<3>" };

        for (size_t i = 0; i < ELEMENTS(always); i++)
                if (strstr(log, always[i]))
                        return always[i];
        if (!flow->stuck_expected && strstr(log, STUCK))
                return STUCK;
        for (size_t i = 0; i < ELEMENTS(errors) && !flow->errors_expected; i++)
                if (strncmp(log, errors[i], 3) == 0 ||
                    strstr(log, (const char[]){ '\n', '<', errors[i][1], '>', '\0' }))
                        return errors[i];
        return NULL;
}

void flow_good(Flow *flow) {
        const char *bad;

        if (flow->daemon.pid > 0)
                flow_daemon_stop(flow);
        flow_background_stop(flow);
        flow_sandbox_stop(flow);
        bad = forbidden_in(flow, flow_daemon_log(flow));
        if (bad)
                flow_fail(flow, "the daemon's log holds \"%s\"", bad);
        flow->finished = true;
}

static int remove_entry(const char *path, const struct stat *facts, int kind, struct FTW *place) {
        (void) facts;
        (void) kind;
        (void) place;
        return remove(path);
}

int flow_teardown(void **state) {
        Flow *flow = *state;

        flow_process_end(&flow->daemon, SIGKILL, NULL);
        flow_process_end(&flow->sandbox, SIGKILL, NULL);
        flow_process_end(&flow->background, SIGKILL, NULL);
        flow_process_end(&flow->listener, SIGKILL, NULL);
        for (size_t i = 0; i < flow->n_ports; i++)
                (void) close(flow->ports[i]);
        if (!flow->finished) {
                flow_print_logs(flow);
                print_error("kept: %s\n", flow->folder);
        } else if (nftw(flow->folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) < 0) {
                print_error("%s: %s\n", flow->folder, strerror(errno));
        }
        for (size_t i = 0; i < flow->n_documents; i++)
                json_decref(flow->documents[i]);
        for (size_t i = 0; i < flow->n_owned; i++)
                free(flow->owned[i]);
        free(flow->documents);
        free(flow->owned);
        free(flow->folder);
        free(flow);
        return 0;
}

static void print_log(Flow *flow, const char *name) {
        const char *log = flow_read(flow, flow_path(flow, "%s", name), NULL);
        size_t size = strlen(log);

        print_error("--- %s%s\n%s", name, size > 6000 ? ", its end" : "",
                    size > 6000 ? log + size - 6000 : log);
}

void flow_print_logs(Flow *flow) {
        static const char *const names[] = { "daemon.log", "sandbox.log", "background.log",
                                             "last.out", "last.err" };

        for (size_t i = 0; i < ELEMENTS(names); i++)
                if (flow_exists(flow_path(flow, "%s", names[i])))
                        print_log(flow, names[i]);
}

void flow_fail(Flow *flow, const char *format, ...) {
        va_list arguments;

        (void) flow;
        va_start(arguments, format);
        vprint_error(format, arguments);
        va_end(arguments);
        print_error("\n");
        fail();
        abort(); /* not reached: fail() leaves the test */
}
