#include "tests/flow/harness_orders.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/flow/harness_client.h"

void flow_set_v2(Flow *flow) {
        flow_set(flow, "provider", "api_version", "v2");
        flow_set(flow, "provider", "absence_wait", "1s");
        flow_set(flow, "provider", "absence_recheck", "1s");
        flow_set(flow, "orders", "canary", "0");
}

void flow_verified_good(Flow *flow) {
        FlowOutput output = flow_ctl(flow, "verify", NULL);

        if (output.exit_code != 0)
                flow_fail(flow, "verify: %d, %s%s", output.exit_code, output.out, output.err);
        flow_good(flow);
}

/* --- batches and orders ----------------------------------------------------------------------- */

/* NULL: there is none, or not yet; what was said instead. */
static const json_t *shown(Flow *flow, const char *verb, const char *list, const char *of,
                           FlowOutput *ret_output) {
        *ret_output = flow_ctl(flow, verb, "--json", of, NULL);
        return ret_output->exit_code == 0
                       ? json_array_get(json_object_get(flow_json(flow, ret_output->out), list), 0)
                       : NULL;
}

const json_t *flow_batch(Flow *flow, const char *id) {
        FlowOutput output;
        const json_t *found = shown(flow, "status", "batches", id, &output);

        if (!found)
                flow_fail(flow, "status %s: %d, %s%s", id, output.exit_code, output.out,
                          output.err);
        return found;
}

static int64_t count_of(const json_t *batch, const char *status) {
        const json_t *totals = json_object_get(batch, "totals");
        int64_t count = 0;

        for (size_t i = 0; i < json_array_size(totals); i++) {
                const json_t *total = json_array_get(totals, i);

                if (strcmp(flow_string(total, "status"), status) == 0)
                        count += flow_integer(total, "count");
        }
        return count;
}

int64_t flow_batch_count(Flow *flow, const char *id, const char *status) {
        return count_of(flow_batch(flow, id), status);
}

const json_t *flow_order(Flow *flow, const char *order) {
        FlowOutput output;
        const json_t *found = shown(flow, "show", "orders", order, &output);

        if (!found)
                flow_fail(flow, "show %s: %d, %s%s", order, output.exit_code, output.out,
                          output.err);
        return found;
}

size_t flow_attempts(Flow *flow, const char *order) {
        return json_array_size(json_object_get(flow_order(flow, order), "attempts"));
}

void flow_assert_status(Flow *flow, const char *order, const char *status) {
        const char *found = flow_string(flow_order(flow, order), "status");

        if (strcmp(found, status) != 0)
                flow_fail(flow, "%s is %s, not %s", order, found, status);
}

void flow_assert_generation(Flow *flow, const char *order, int64_t generation) {
        int64_t found = flow_integer(flow_order(flow, order), "generation");

        if (found != generation)
                flow_fail(flow, "%s is in generation %lld, not %lld", order, (long long) found,
                          (long long) generation);
}

void flow_drop_orders(Flow *flow, const char *name, const char *prefix, unsigned n) {
        flow_drop(flow, flow_text(flow, "%s.csv", name), flow_orders(flow, prefix, n));
        (void) flow_ack(flow, name);
}

static bool is_answered(Flow *flow, const void *userdata) {
        const char *id = userdata;

        return flow_count_paths(flow, flow_text(flow, "spool/results/*.%s.*", id)) > 0 ||
               flow_count_paths(flow, flow_text(flow, "spool/results/*/*.%s.*", id)) > 0;
}

/* Of a file that was dropped, perhaps just now. */
void flow_settled(Flow *flow, const char *id) {
        FlowOutput output;

        flow_wait(flow, is_answered, id, flow_text(flow, "an answer to %s", id));
        output = flow_ctl(flow, "status", "--follow", id, NULL);
        if (output.exit_code != 0)
                flow_fail(flow, "status --follow %s: %d, %s", id, output.exit_code, output.err);
}

/* --- waiting for them ------------------------------------------------------------------------- */

typedef struct Wanted {
        const char *of, *text;
        int64_t at_least;
} Wanted;

/* Who waits may look before the file was taken in. */
static const json_t *order_now(Flow *flow, const Wanted *wanted) {
        FlowOutput output;

        return shown(flow, "show", "orders", wanted->of, &output);
}

static const json_t *batch_now(Flow *flow, const char *id) {
        FlowOutput output;

        return shown(flow, "status", "batches", id, &output);
}

static bool has_status(Flow *flow, const void *userdata) {
        const Wanted *wanted = userdata;
        const json_t *order = order_now(flow, wanted);

        return order && strcmp(flow_string(order, "status"), wanted->text) == 0;
}

static bool has_code(Flow *flow, const void *userdata) {
        const Wanted *wanted = userdata;
        const char *code = json_string_value(json_object_get(order_now(flow, wanted), "code"));

        return code && strncmp(code, wanted->text, strlen(wanted->text)) == 0;
}

static bool has_attempts(Flow *flow, const void *userdata) {
        const Wanted *wanted = userdata;
        const json_t *attempts = json_object_get(order_now(flow, wanted), "attempts");

        return (int64_t) json_array_size(attempts) >= wanted->at_least;
}

static bool has_count(Flow *flow, const void *userdata) {
        const Wanted *wanted = userdata;
        const json_t *batch = batch_now(flow, wanted->of);

        return batch && count_of(batch, wanted->text) >= wanted->at_least;
}

static bool is_held(Flow *flow, const void *userdata) {
        const Wanted *wanted = userdata;
        const json_t *batch = batch_now(flow, wanted->of);
        const char *hold = json_string_value(json_object_get(batch, "hold"));

        return hold && strcmp(flow_string(batch, "state"), "held") == 0 &&
               strcmp(hold, wanted->text) == 0;
}

static bool is_quiet(Flow *flow, const void *id) {
        const json_t *batch = batch_now(flow, id);

        return batch && count_of(batch, "sending") == 0;
}

static bool has_sessions(Flow *flow, const void *userdata) {
        return flow_sessions(flow) >= *(const size_t *) userdata;
}

void flow_wait_status(Flow *flow, const char *order, const char *status) {
        flow_wait(flow, has_status, &(Wanted){ order, status, 0 },
                  flow_text(flow, "%s to be %s", order, status));
}

void flow_wait_code(Flow *flow, const char *order, const char *code) {
        flow_wait(flow, has_code, &(Wanted){ order, code, 0 },
                  flow_text(flow, "%s to have %s", order, code));
}

void flow_wait_attempts(Flow *flow, const char *order, size_t at_least) {
        flow_wait(flow, has_attempts, &(Wanted){ order, "", (int64_t) at_least },
                  flow_text(flow, "%zu attempts of %s", at_least, order));
}

void flow_wait_count(Flow *flow, const char *id, const char *status, int64_t at_least) {
        flow_wait(flow, has_count, &(Wanted){ id, status, at_least },
                  flow_text(flow, "%lld rows of %s %s", (long long) at_least, id, status));
}

void flow_wait_held(Flow *flow, const char *id, const char *hold) {
        flow_wait(flow, is_held, &(Wanted){ id, hold, 0 },
                  flow_text(flow, "%s to be held (%s)", id, hold));
}

void flow_wait_quiet(Flow *flow, const char *id) {
        flow_wait(flow, is_quiet, id, flow_text(flow, "no row of %s being sent", id));
}

void flow_wait_sessions(Flow *flow, size_t at_least) {
        flow_wait(flow, has_sessions, &at_least, flow_text(flow, "%zu sessions", at_least));
}

/* --- the simulated provider ------------------------------------------------------------------- */

void flow_control(Flow *flow, const char *name, const char *body) {
        Client client = { 0 };

        (void) snprintf(client.url, sizeof(client.url), "%s", flow_sandbox_url(flow));
        client_control(&client, flow_text(flow, "/_sandbox/%s", name), body);
}

void flow_payer(Flow *flow, const char *order, const char *action) {
        flow_control(flow, "payer",
                     flow_text(flow, "{\"order\":\"%s\",\"do\":\"%s\"}", order, action));
}

void flow_clear_faults(Flow *flow) {
        flow_control(flow, "faults", "{\"clear\":true}");
}

char *flow_journal(Flow *flow) {
        return flow_path(flow, "journal");
}

size_t flow_requests(Flow *flow, const char *text, const char *other) {
        CLEANUP(close_file_p) FILE *journal = fopen(flow_journal(flow), "re");
        AUTO_FREE char *line = NULL;
        size_t size = 0, n = 0;

        if (flow_sandbox_runs(flow))
                (void) flow_sessions(flow); /* which has the journal written */
        assert_non_null(journal);
        while (getline(&line, &size, journal) >= 0)
                n += strstr(line, text) && strstr(line, other);
        return n;
}

typedef struct Requests {
        const char *text, *other;
        size_t at_least;
} Requests;

static bool were_made(Flow *flow, const void *userdata) {
        const Requests *wanted = userdata;

        return flow_requests(flow, wanted->text, wanted->other) >= wanted->at_least;
}

void flow_wait_requests(Flow *flow, const char *text, const char *other, size_t at_least) {
        flow_wait(flow, were_made, &(Requests){ text, other, at_least },
                  flow_text(flow, "%zu requests: %s %s", at_least, text, other));
}

/* --- the daemon ------------------------------------------------------------------------------- */

size_t flow_count_log(Flow *flow, const char *text) {
        const char *log = flow_daemon_log(flow);
        size_t n = 0;

        while ((log = strstr(log, text))) {
                log += strlen(text);
                n++;
        }
        return n;
}

static bool has_log(Flow *flow, const void *userdata) {
        const Wanted *wanted = userdata;

        return (int64_t) flow_count_log(flow, wanted->text) >= wanted->at_least;
}

void flow_wait_log_times(Flow *flow, const char *text, size_t at_least) {
        flow_wait(flow, has_log, &(Wanted){ "", text, (int64_t) at_least },
                  flow_text(flow, "%zu times \"%s\" in the log", at_least, text));
}

void flow_set_api_key(Flow *flow, const char *key) {
        const char *line = flow_text(flow, "%s\n", key);

        flow_write(flow, flow_path(flow, "key"), line, strlen(line));
}

void flow_signal(Flow *flow, int signal) {
        assert_true(flow_daemon_pid(flow) > 0);
        assert_int_equal(kill(flow_daemon_pid(flow), signal), 0);
}

static int notices = -1; /* the socket; one flow runs at a time */

void flow_watch_end(Flow *flow) {
        (void) unlink(flow_path(flow, "notify"));
        close_fd_p(&notices);
        notices = -1;
}

/* The daemon opens the socket anew for every notice: it may come later than the daemon. */
void flow_watch(Flow *flow) {
        const char *path = flow_path(flow, "notify");
        struct sockaddr_un address = { .sun_family = AF_UNIX };

        flow_watch_end(flow);
        notices = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        assert_true(notices >= 0);
        assert_true(strlen(path) < sizeof(address.sun_path));
        (void) memcpy(address.sun_path, path, strlen(path) + 1);
        assert_int_equal(bind(notices, (const struct sockaddr *) &address, sizeof(address)), 0);
}

static bool has_notice(Flow *flow, const void *userdata) {
        char text[4096];
        ssize_t n;

        (void) flow;
        while ((n = recv(notices, text + 1, sizeof(text) - 2, 0)) > 0) {
                text[0] = '\n';
                text[n + 1] = '\0';
                if (strstr(text, userdata))
                        return true;
        }
        return false;
}

void flow_wait_notice(Flow *flow, const char *text) {
        assert_true(notices >= 0);
        flow_wait(flow, has_notice, flow_text(flow, "\n%s", text),
                  flow_text(flow, "the notice %s", text));
}

void flow_reload(Flow *flow) {
        flow_write_settings(flow);
        flow_watch(flow);
        flow_signal(flow, SIGHUP);
        flow_wait_notice(flow, "RELOADING=1");
        flow_wait_notice(flow, "READY=1");
        flow_watch_end(flow);
}

void flow_sql(Flow *flow, const char *sql) {
        sqlite3 *store = NULL;
        int r;

        assert_int_equal(sqlite3_open(flow_path(flow, "checkoutd.db"), &store), SQLITE_OK);
        assert_int_equal(sqlite3_busy_timeout(store, 10000), SQLITE_OK);
        r = sqlite3_exec(store, sql, NULL, NULL, NULL);
        if (r != SQLITE_OK)
                flow_fail(flow, "%s: %s", sql, sqlite3_errmsg(store));
        assert_true(sqlite3_changes(store) > 0);
        assert_int_equal(sqlite3_close(store), SQLITE_OK);
}
