/* Harness: what a flow (an end-to-end test) needs to run the real programs as a user would: a
 * folder of its own with settings, key, spool and store; the simulated provider; the daemon, known
 * to be ready because it says so (sd_notify); checkoutctl; files dropped the ways that people and
 * servers drop them; and what came back, read into cells.
 *
 * A Flow owns everything that it gives, until the end of its test. Whatever does not work fails the
 * test at once, with the programs' logs printed and the folder kept and named. A report of a
 * sanitizer in a log, and an error line that was not announced, fail it too.
 *
 *   static void good_file(void **state) {
 *           Flow *flow = *state;
 *           flow_start(flow);
 *           flow_drop(flow, "facturas.csv", text);
 *           const FlowTable *results = flow_results(flow, "facturas");
 *           ...
 *           flow_good(flow);
 *   }
 *
 * Nothing here sleeps to be in step: every wait is for a thing that is seen, ends when it is seen,
 * and gives up after FLOW_DEADLINE seconds or when the daemon has died.
 */
#pragma once

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include <cmocka.h> /* needs those above */

#include "jobs/base/cleanup.h"

static inline void close_file_p(FILE **file) {
        if (*file)
                (void) fclose(*file);
}

#define FLOW_DEADLINE 300 /* seconds: a machine that is busy has its reasons */

typedef struct Flow Flow;

#define FLOW(test) cmocka_unit_test_setup_teardown(test, flow_setup, flow_teardown)
/* All of them, or those that the environment names: FLOW_ONLY='good_*' tests/flow/flow_main; of
 * these a part: FLOW_PART=2/3 is every third one, from the second on. */
#define FLOW_RUN(tests) flow_run(tests, ELEMENTS(tests))
int flow_run(const struct CMUnitTest *tests, size_t n);
int flow_setup(void **state);
int flow_teardown(void **state);

/* The last line of every flow: the daemon, if it runs, stops on SIGTERM with exit code 0, and the
 * logs hold nothing that they should not. */
void flow_good(Flow *flow);
void flow_fail(Flow *flow, const char *format, ...) __attribute__((format(printf, 2, 3), noreturn));
/* Error lines in the daemon's log are wanted in this flow. */
void flow_expect_errors(Flow *flow);
/* And that it says of itself that it does not get on: else never, also where errors are wanted. */
void flow_expect_stuck(Flow *flow);

/* --- texts and paths, owned by the flow ------------------------------------------------------ */

char *flow_text(Flow *flow, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Below the flow's folder: "spool/incoming/a.csv". */
char *flow_path(Flow *flow, const char *format, ...) __attribute__((format(printf, 2, 3)));
const char *flow_spool(Flow *flow); /* its path */
/* The whole file, ended by a NUL; `ret_size` may be NULL. */
char *flow_read(Flow *flow, const char *path, size_t *ret_size);
void flow_write(Flow *flow, const char *path, const void *bytes, size_t size);
bool flow_exists(const char *path);   /* also a symlink to nowhere */
unsigned flow_mode(const char *path); /* permission bits */
/* An order file of n good rows, references PREFIX-000001 on, amounts 1001 on, in CLP. */
char *flow_orders(Flow *flow, const char *prefix, unsigned n);

/* --- settings, before the programs start ------------------------------------------------------ */

/* section "profile tienda", key "group": later wins. */
void flow_set(Flow *flow, const char *section, const char *key, const char *value);
void flow_write_settings(Flow *flow);  /* flow_daemon_start() does it too */
const char *flow_settings(Flow *flow); /* path of the file */
/* The provider's address in the settings, instead of the sandbox's own. */
void flow_set_url(Flow *flow, const char *url);

/* --- programs --------------------------------------------------------------------------------- */

/* Arguments beyond --port, --api-key and --journal, ended by NULL; starts it again on the same
 * port after flow_sandbox_stop(): nobody else gets that port meanwhile. */
void flow_sandbox_start(Flow *flow, ...) __attribute__((sentinel));
void flow_sandbox_stop(Flow *flow);
const char *flow_sandbox_url(Flow *flow);
bool flow_sandbox_runs(const Flow *flow); /* was started, and not stopped since */

void flow_daemon_start(Flow *flow); /* returns when it said READY=1 */
void flow_daemon_stop(Flow *flow);  /* SIGTERM; must exit with 0 */
void flow_daemon_kill(Flow *flow);  /* SIGKILL, and reaped */
bool flow_daemon_alive(Flow *flow);
pid_t flow_daemon_pid(Flow *flow);
char *flow_daemon_log(Flow *flow); /* what it logged so far */
/* Before it starts: what it tells systemd is kept, one assignment a line. */
void flow_keep_notified(Flow *flow);
char *flow_notified(Flow *flow); /* all so far */
/* Waits until it has told this so many times more, from now on. */
void flow_wait_notified(Flow *flow, const char *line, size_t times);
/* A line of ours among them: what stands before it was told before. */
void flow_mark_notified(Flow *flow, const char *line);
/* Environment of the programs that start from now on. */
void flow_environment(Flow *flow, const char *name, const char *value);
/* Both, with nothing special. */
void flow_start(Flow *flow);

typedef struct FlowOutput {
        int exit_code; /* 128 + signal, if one ended it */
        const char *out;
        const char *err;
} FlowOutput;

/* checkoutctl --config FILE and these arguments, ended by NULL. */
FlowOutput flow_ctl(Flow *flow, ...) __attribute__((sentinel));
/* checkoutd --config FILE --once and these arguments. */
FlowOutput flow_once(Flow *flow, ...) __attribute__((sentinel));
/* Any of our programs ("checkoutd", "checkoutctl", "checkoutd-sandbox") or another one by its whole
 * path, exactly these arguments. */
FlowOutput flow_program(Flow *flow, const char *program, ...) __attribute__((sentinel));

/* The same, in the background until the end of the flow: one at a time. */
void flow_background(Flow *flow, const char *program, ...) __attribute__((sentinel));
void flow_background_stop(Flow *flow);
unsigned
flow_free_port(Flow *flow); /* ours until the end of the flow, for one that reuses addresses */

/* --- dropping files --------------------------------------------------------------------------- */

/* Written beside incoming/ and renamed into it; the name may hold a folder of a profile. */
void flow_drop(Flow *flow, const char *name, const char *text);
void flow_drop_bytes(Flow *flow, const char *name, const void *bytes, size_t size);
/* Written straight into incoming/, opened and closed once. */
void flow_copy_in(Flow *flow, const char *name, const char *text);

/* --- waiting ---------------------------------------------------------------------------------- */

typedef bool (*FlowCondition)(Flow *flow, const void *userdata);
void flow_set_deadline(Flow *flow, unsigned seconds); /* of one wait, instead of FLOW_DEADLINE */
void flow_wait(Flow *flow, FlowCondition condition, const void *userdata, const char *what);
/* The first path that this pattern, below the flow's folder, matches. */
char *flow_wait_path(Flow *flow, const char *format, ...) __attribute__((format(printf, 2, 3)));
size_t flow_count_paths(Flow *flow, const char *pattern); /* now */
void flow_wait_gone(Flow *flow, const char *path);
void flow_wait_none(Flow *flow,
                    const char *pattern);         /* nothing matches it, below the flow's folder */
void flow_wait_log(Flow *flow, const char *text); /* the daemon's log holds it */
/* The answers to a file of this stem: results/STEM.B*.ACK.txt and so on, whole text. With the
 * first, the batch is taken in. */
char *flow_ack(Flow *flow, const char *stem);
char *flow_nack(Flow *flow, const char *stem);
/* Lets the daemon look at everything in incoming/ once more: a file of one good row is dropped, and
 * its results waited for. What is still there then, was passed over. */
void flow_pass(Flow *flow);

/* --- what came back --------------------------------------------------------------------------- */

typedef struct FlowTable {
        size_t n_rows; /* without the header */
        size_t n_columns;
        char **cells;   /* of all rows, the header first */
        size_t *begins; /* of each row, in cells */
} FlowTable;

const FlowTable *flow_table(Flow *flow, const char *path, char delimiter);
/* Row from 1; fails the test when there is no such row or column. */
const char *flow_cell(const FlowTable *table, size_t row, const char *column);
bool flow_has_column(const FlowTable *table, const char *column);
/* The row whose column has this value; 0: none. */
size_t flow_find(const FlowTable *table, const char *column, const char *value);
/* Waits for results/STEM.B*.results.csv (comma). */
const FlowTable *flow_results(Flow *flow, const char *stem);
size_t flow_count_status(const FlowTable *results, const char *status);

json_t *flow_json(Flow *flow, const char *text); /* parsed; owned by the flow */
/* A member that must be there and of this kind. */
const char *flow_string(const json_t *object, const char *key);
int64_t flow_integer(const json_t *object, const char *key);
void flow_assert_contains(const char *text, const char *part);
/* GET of a path of the sandbox, parsed. */
json_t *flow_get(Flow *flow, const char *path);

/* --- the simulated provider ------------------------------------------------------------------- */

typedef struct FlowSession {
        const char *id, *order, *key; /* key: the Idempotency-Key that made it */
        const char *url;
        const json_t *object; /* the session as the provider shows it */
} FlowSession;

size_t flow_sessions(Flow *flow); /* how many it made */
/* The session of this order: exactly one, or the test fails. */
FlowSession flow_session_of(Flow *flow, const char *order);
/* Exactly one session for each of PREFIX-000001 to n, no other that begins with PREFIX-, and none
 * made twice for whatever order. */
void flow_assert_exactly_once(Flow *flow, const char *prefix, unsigned n);
/* The next `times` creations whose body holds `match` ("": any) meet this fault. */
void flow_fault(Flow *flow, const char *fault, const char *match, unsigned times);
