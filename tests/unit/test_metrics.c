/* Metrics: every line as the exposition format wants it, the names as Prometheus wants them, and a
 * file that is there whole, or still the one before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/base/log.h"
#include "daemon/service/metrics.h"
#include "jobs/base/civil.h"

#define NOW        (INT64_C(1790000000) * SECOND)
#define SERIES_MAX 200

static Figures busy_figures(void) {
        Figures figures = { .installation = "mx-1",
                            .live = true,
                            .running = true,
                            .now = NOW,
                            .started_at = NOW - HOUR,
                            .sending = { .in_flight = 32,
                                         .rate = 48.5,
                                         .hold = HOLD_ACCOUNT,
                                         .batches = 3,
                                         .held_batches = 1,
                                         .oldest_due = NOW - 90 * SECOND,
                                         .duration_sum = 7 * SECOND },
                            .files = 2,
                            .oldest_file = NOW - MINUTE,
                            .last_success = NOW - SECOND,
                            .store_size = 4096 };

        for (int i = 0; i < STATUS_COUNT; i++)
                figures.rows[i] = 100 + i;
        for (size_t i = 0; i <= DISPATCHER_BUCKETS; i++)
                figures.sending.durations[i] = i;
        figures.sending.attempts[VERDICT_CREATED] = 55;
        return figures;
}

static char *text_of_figures(const Figures *figures, Buffer *text) {
        assert_int_equal(metrics_append(text, figures), 0);
        assert_int_equal(buffer_append_char(text, '\0'), 0);
        return text->data;
}

/* --- the format: https://prometheus.io/docs/instrumenting/exposition_formats ------------------ */

typedef struct Checker {
        char family[100], type[20];
        bool helped;
        char families[SERIES_MAX][100];
        size_t n_families;
        char series[SERIES_MAX][200];
        size_t n_series;
        double bucket; /* of the histogram, the last one */
        double inf;
} Checker;

static size_t name_length(const char *at) {
        size_t n = strspn(at, "abcdefghijklmnopqrstuvwxyz_");

        return n + strspn(at + n, "abcdefghijklmnopqrstuvwxyz_0123456789");
}

static bool ends_in(const char *name, const char *ending) {
        size_t n = strlen(name), m = strlen(ending);

        return n > m && strcmp(name + n - m, ending) == 0;
}

static void check_help(Checker *checker, const char *line) {
        size_t n = name_length(line);

        assert_true(n > 0 && n < sizeof(checker->family) && line[n] == ' ');
        assert_int_equal(strncmp(line, "checkoutd_", 10), 0);
        (void) snprintf(checker->family, sizeof(checker->family), "%.*s", (int) n, line);
        for (size_t i = 0; i < checker->n_families; i++) /* a family is in one piece */
                assert_string_not_equal(checker->families[i], checker->family);
        assert_true(checker->n_families < SERIES_MAX);
        memcpy(checker->families[checker->n_families++], checker->family, sizeof(checker->family));
        assert_true(strlen(line + n) > 5);
        checker->helped = true;
        checker->type[0] = '\0';
}

static void check_type(Checker *checker, const char *line) {
        size_t n = strlen(checker->family);

        assert_true(checker->helped && strncmp(line, checker->family, n) == 0 && line[n] == ' ');
        (void) snprintf(checker->type, sizeof(checker->type), "%s", line + n + 1);
        assert_true(strcmp(checker->type, "gauge") == 0 || strcmp(checker->type, "counter") == 0 ||
                    strcmp(checker->type, "histogram") == 0);
        assert_int_equal(strcmp(checker->type, "counter") == 0, ends_in(checker->family, "_total"));
        checker->helped = false;
        checker->bucket = -1;
}

/* {name="value",...}: gives what comes behind it. */
static const char *check_labels(const char *at) {
        assert_int_equal(*at, '{');
        do {
                size_t n = name_length(++at);

                assert_true(n > 0 && at[n] == '=' && at[n + 1] == '"');
                for (at += n + 2; *at != '"'; at++) {
                        assert_true(*at != '\0');
                        if (*at == '\\')
                                assert_non_null(strchr("\\\"n", *++at));
                }
                at++;
        } while (*at == ',');
        assert_int_equal(*at, '}');
        return at + 1;
}

static void check_histogram(Checker *checker, const char *name, const char *labels, double number) {
        if (ends_in(name, "_bucket")) {
                assert_non_null(strstr(labels, ",le=\""));
                assert_true(number >= checker->bucket);
                checker->bucket = number;
                if (strstr(labels, "le=\"+Inf\""))
                        checker->inf = number;
        } else if (ends_in(name, "_count")) {
                assert_true(number == checker->inf);
        } else {
                assert_true(ends_in(name, "_sum"));
        }
}

static void check_sample(Checker *checker, const char *line) {
        size_t n = name_length(line);
        const char *number;
        char name[100], *end;
        double value;

        assert_true(checker->type[0] != '\0' && n > 0 && n < sizeof(name));
        (void) snprintf(name, sizeof(name), "%.*s", (int) n, line);
        number = check_labels(line + n);
        assert_non_null(strstr(line + n, "{installation=\""));
        for (size_t i = 0; i < checker->n_series; i++)
                assert_int_not_equal(strncmp(checker->series[i], line, (size_t) (number - line)),
                                     0);
        assert_true(checker->n_series < SERIES_MAX);
        (void) snprintf(checker->series[checker->n_series++], sizeof(checker->series[0]), "%.*s",
                        (int) (number - line), line);
        assert_int_equal(*number, ' ');
        value = strtod(number + 1, &end);
        assert_true(end > number + 1 && *end == '\0' && value >= 0);
        if (strcmp(checker->type, "histogram") == 0) {
                assert_int_equal(strncmp(name, checker->family, strlen(checker->family)), 0);
                check_histogram(checker, name, line + n, value);
        } else {
                assert_string_equal(name, checker->family);
        }
}

static void check_text(char *text) {
        Checker checker = { .n_series = 0 };
        char *rest = text, *line;

        assert_true(ends_in(text, "\n"));
        text[strlen(text) - 1] = '\0';
        while ((line = strsep(&rest, "\n"))) {
                if (strncmp(line, "# HELP ", 7) == 0)
                        check_help(&checker, line + 7);
                else if (strncmp(line, "# TYPE ", 7) == 0)
                        check_type(&checker, line + 7);
                else
                        check_sample(&checker, line);
        }
        assert_true(checker.n_families > 15);
}

static void test_the_format(void **state) {
        const Figures empty = { .installation = "default" };
        Figures busy = busy_figures();

        (void) state;
        for (int i = 0; i < 3; i++) {
                AUTO_BUFFER text = BUFFER_EMPTY;

                if (i == 2)
                        busy.installation = "a\"b\\c\nd";
                check_text(text_of_figures(i == 0 ? &empty : &busy, &text));
        }
}

/* The judge itself, where it is installed. */
static void test_promtool_finds_nothing(void **state) {
        AUTO_BUFFER text = BUFFER_EMPTY;
        const Figures figures = busy_figures();
        FILE *in = tmpfile();
        int status;
        pid_t pid;

        (void) state;
        assert_non_null(in);
        (void) text_of_figures(&figures, &text);
        assert_int_equal(fwrite(text.data, text.size - 1, 1, in), 1);
        assert_int_equal(fflush(in), 0);
        rewind(in);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                (void) dup2(fileno(in), STDIN_FILENO);
                (void) execlp("promtool", "promtool", "check", "metrics", (char *) NULL);
                _exit(127);
        }
        assert_true(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
        (void) fclose(in);
        if (WEXITSTATUS(status) == 127) {
                print_message("skipped: promtool is not installed (package prometheus)\n");
                buffer_done(&text); /* skip() leaves by a jump, past the cleanup */
                skip();
        }
        assert_int_equal(WEXITSTATUS(status), 0);
}

static void assert_line(const char *text, const char *line) {
        const char *at = strstr(text, line);

        if (!at || (at != text && at[-1] != '\n') || at[strlen(line)] != '\n')
                fail_msg("no line `%s`", line);
}

static void test_the_numbers(void **state) {
        static const char *const lines[] = {
                "checkoutd_build_info{installation=\"mx-1\",version=\"" CHECKOUTD_VERSION "\"} 1",
                "checkoutd_live_mode{installation=\"mx-1\"} 1",
                "checkoutd_up{installation=\"mx-1\"} 1.000000",
                "checkoutd_rows{installation=\"mx-1\",status=\"queued\"} 105",
                "checkoutd_rows{installation=\"mx-1\",status=\"refunded\"} 116",
                "checkoutd_hold{installation=\"mx-1\",reason=\"account\"} 1",
                "checkoutd_hold{installation=\"mx-1\",reason=\"operator\"} 0",
                "checkoutd_attempts_total{installation=\"mx-1\",verdict=\"created\"} 55",
                "checkoutd_attempts_total{installation=\"mx-1\",verdict=\"refused\"} 0",
                "checkoutd_attempt_duration_seconds_bucket{installation=\"mx-1\",le=\"0.05\"} 0",
                "checkoutd_attempt_duration_seconds_bucket{installation=\"mx-1\",le=\"0.25\"} 3",
                "checkoutd_attempt_duration_seconds_bucket{installation=\"mx-1\",le=\"60\"} 45",
                "checkoutd_attempt_duration_seconds_bucket{installation=\"mx-1\",le=\"+Inf\"} 55",
                "checkoutd_attempt_duration_seconds_count{installation=\"mx-1\"} 55",
                "checkoutd_attempt_duration_seconds_sum{installation=\"mx-1\"} 7.000000",
                "checkoutd_rate_limit_requests{installation=\"mx-1\"} 48.500000",
                "checkoutd_oldest_due_age_seconds{installation=\"mx-1\"} 90.000000",
                "checkoutd_incoming_oldest_file_age_seconds{installation=\"mx-1\"} 60.000000",
                "checkoutd_last_success_timestamp_seconds{installation=\"mx-1\"} 1789999999.000000",
                "checkoutd_store_size_bytes{installation=\"mx-1\"} 4096.000000",
                "checkoutd_breaker_open{installation=\"mx-1\"} 0.000000",
        };
        AUTO_BUFFER text = BUFFER_EMPTY;
        const Figures figures = busy_figures();

        (void) state;
        (void) text_of_figures(&figures, &text);
        for (size_t i = 0; i < ELEMENTS(lines); i++)
                assert_line(text.data, lines[i]);
}

/* A clock that was set back makes no negative age. */
static void test_ages_are_not_negative(void **state) {
        AUTO_BUFFER text = BUFFER_EMPTY;
        Figures figures = busy_figures();

        (void) state;
        figures.sending.oldest_due = figures.oldest_file = NOW + HOUR;
        (void) text_of_figures(&figures, &text);
        assert_line(text.data, "checkoutd_oldest_due_age_seconds{installation=\"mx-1\"} 0.000000");
}

/* --- the file ------------------------------------------------------------------------------- */

typedef struct Place {
        char folder[64];
        char file[100];
        char beside[110];
        char log[100];
        int stderr_kept;
} Place;

static int place_new(void **state) {
        Place *place = calloc(1, sizeof(*place));
        int log;

        assert_non_null(place);
        (void) snprintf(place->folder, sizeof(place->folder), "/tmp/test_metrics.XXXXXX");
        assert_non_null(mkdtemp(place->folder));
        (void) snprintf(place->file, sizeof(place->file), "%s/checkoutd.prom", place->folder);
        (void) snprintf(place->beside, sizeof(place->beside), "%s/.checkoutd.prom.part",
                        place->folder);
        (void) snprintf(place->log, sizeof(place->log), "%s/log", place->folder);
        log = open(place->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        place->stderr_kept = dup(STDERR_FILENO);
        assert_true(log >= 0 && dup2(log, STDERR_FILENO) >= 0);
        (void) close(log);
        log_open(LOG_DEBUG);
        *state = place;
        return 0;
}

static int place_free(void **state) {
        Place *place = *state;

        (void) dup2(place->stderr_kept, STDERR_FILENO);
        (void) close(place->stderr_kept);
        (void) unlink(place->log);
        (void) unlink(place->beside);
        (void) unlink(place->file);
        (void) rmdir(place->folder);
        free(place);
        return 0;
}

static size_t size_of(const char *path) {
        struct stat st;

        return stat(path, &st) < 0 ? 0 : (size_t) st.st_size;
}

static size_t lines_of(const char *path) {
        FILE *file = fopen(path, "re");
        size_t n = 0;
        int c;

        assert_non_null(file);
        while ((c = fgetc(file)) != EOF)
                n += c == '\n';
        (void) fclose(file);
        return n;
}

static void test_written_when_it_is_time(void **state) {
        CLEANUP(metrics_free_p) Metrics *metrics = NULL;
        const Place *place = *state;
        Figures figures = busy_figures();
        struct stat st;

        (void) umask(0077);
        assert_int_equal(metrics_new(place->file, &metrics), 0);
        metrics_look(metrics, &figures, SECOND);
        assert_int_equal(stat(place->file, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0644); /* the collector is another user */
        assert_int_equal(unlink(place->file), 0);
        metrics_look(metrics, &figures, 15 * SECOND);
        assert_int_equal(size_of(place->file), 0);
        metrics_look(metrics, &figures, 16 * SECOND);
        assert_true(size_of(place->file) > 0);
        assert_int_equal(unlink(place->file), 0);
        figures.sending.breaker_open = true; /* at once */
        metrics_look(metrics, &figures, 17 * SECOND);
        assert_true(size_of(place->file) > 0);
        assert_int_equal(access(place->beside, F_OK), -1);
        assert_int_equal(size_of(place->log), 0);
}

static void limit_files(rlim_t size) {
        struct rlimit limit;

        assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
        limit.rlim_cur = size;
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* The log of the test is below the limit, the metrics are not. */
static void test_a_full_disk_is_said_once_and_stops_nothing(void **state) {
        CLEANUP(metrics_free_p) Metrics *metrics = NULL;
        const Place *place = *state;
        const Figures figures = busy_figures();
        size_t size;

        (void) signal(SIGXFSZ, SIG_IGN);
        assert_int_equal(metrics_new(place->file, &metrics), 0);
        metrics_write(metrics, &figures);
        size = size_of(place->file);
        assert_true(size > 2000);
        limit_files(1000);
        for (int i = 0; i < 3; i++)
                metrics_write(metrics, &figures);
        limit_files(RLIM_INFINITY);
        assert_int_equal(size_of(place->file), size); /* the one before, whole */
        assert_int_equal(access(place->beside, F_OK), -1);
        assert_int_equal(lines_of(place->log), 1);
        metrics_write(metrics, &figures);
        metrics_write(metrics, &figures);
        assert_int_equal(lines_of(place->log), 2); /* it works again */
}

static void test_a_folder_that_is_not_there(void **state) {
        CLEANUP(metrics_free_p) Metrics *metrics = NULL;
        const Place *place = *state;
        const Figures figures = busy_figures();

        assert_int_equal(metrics_new("/tmp/no-such-folder/x.prom", &metrics), 0);
        for (int i = 0; i < 3; i++)
                metrics_write(metrics, &figures);
        assert_int_equal(lines_of(place->log), 1);
        metrics = metrics_free(metrics);
        assert_int_equal(metrics_new("", &metrics), 0); /* not wanted */
        metrics_write(metrics, &figures);
        assert_int_equal(lines_of(place->log), 1);
        metrics = metrics_free(metrics);
        assert_int_equal(metrics_new("/tmp/", &metrics), 0); /* the folder itself */
        metrics_write(metrics, &figures);
        assert_int_equal(lines_of(place->log), 2);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_the_format),
                cmocka_unit_test(test_promtool_finds_nothing),
                cmocka_unit_test(test_the_numbers),
                cmocka_unit_test(test_ages_are_not_negative),
                cmocka_unit_test_setup_teardown(test_written_when_it_is_time, place_new,
                                                place_free),
                cmocka_unit_test_setup_teardown(test_a_full_disk_is_said_once_and_stops_nothing,
                                                place_new, place_free),
                cmocka_unit_test_setup_teardown(test_a_folder_that_is_not_there, place_new,
                                                place_free),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
