/* checkoutctl report: what became of the rows, as a table, CSV, JSON, a workbook or a page. */
#include "daemon/ctl/report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/ctl/interrupt.h"
#include "daemon/ctl/report_daily.h"
#include "daemon/ctl/terminal.h"

static const ReportFormat *const formats[] = { &report_format_table, &report_format_csv,
                                               &report_format_json, &report_format_xlsx,
                                               &report_format_html };

static const char *const by_names[] = {
        [BY_PAID] = "paid", [BY_CREATED] = "created", [BY_EXPIRES] = "expires", [BY_DUE] = "due"
};

/* --- options -------------------------------------------------------------------------------- */

static int take_date(const char *text, CivilDate *ret_date) {
        return civil_date_parse(text_of(text), ret_date)
                       ? EXIT_GOOD
                       : ctl_usage("report", "not a day: %s; write it like 2026-11-30", text);
}

static int take_by(const char *text, ReportBy *ret_by) {
        for (ReportBy by = 0; by < BY_COUNT; by++)
                if (strcmp(text, by_names[by]) == 0) {
                        *ret_by = by;
                        return EXIT_GOOD;
                }
        return ctl_usage("report", "--by is paid, created, expires or due, not %s", text);
}

/* "paid" or "paid,mismatch"; may come several times. */
static int take_statuses(const char *text, uint32_t *statuses) {
        AUTO_FREE char *copy = strdup(text);
        char *rest = copy, *word;

        if (!copy)
                return ctl_failed("report", -ENOMEM);
        while ((word = strsep(&rest, ",")) != NULL) {
                Status status = status_of_name(word);

                if (status == 0)
                        return ctl_usage("report", "there is no status %s", word);
                *statuses |= UINT32_C(1) << status;
        }
        return EXIT_GOOD;
}

static const ReportFormat *format_of(const char *name) {
        for (size_t i = 0; i < ELEMENTS(formats); i++)
                if (strcmp(formats[i]->name, name) == 0 ||
                    (formats[i]->ending && strcmp(formats[i]->ending, name) == 0))
                        return formats[i];
        return NULL;
}

static const ReportFormat *format_of_file(const char *path) {
        const char *dot = strrchr(path, '.');

        return dot && !strchr(dot, '/') ? format_of(dot + 1) : NULL;
}

static int take_format(const Ctl *ctl, const char *name, const ReportWish *wish,
                       const ReportFormat **ret_format) {
        if (ctl->json)
                name = "json";
        if (name)
                *ret_format = format_of(name);
        else if (wish->output)
                *ret_format = format_of_file(wish->output);
        else
                *ret_format = &report_format_table;
        if (!*ret_format && name)
                return ctl_usage("report", "--format is table, csv, json, xlsx or html, not %s",
                                 name);
        if (!*ret_format)
                return ctl_usage("report", "%s does not say what it is to be; add --format",
                                 wish->output);
        if ((*ret_format)->is_binary && !wish->output && terminal_is(STDOUT_FILENO))
                return ctl_usage("report", "a workbook is nothing for a terminal; name a file "
                                           "with -o");
        return EXIT_GOOD;
}

static int check_wish(const ReportWish *wish, bool by_given) {
        if (by_given && !report_has_days(wish))
                return ctl_usage("report", "--by goes with --from, --to or both");
        if (wish->from.year != 0 && wish->to.year != 0 &&
            civil_date_compare(wish->from, wish->to) > 0)
                return ctl_usage("report", "--from is after --to");
        if (wish->language && strcmp(wish->language, "es") != 0 &&
            strcmp(wish->language, "en") != 0)
                return ctl_usage("report", "--language is es or en, not %s", wish->language);
        return EXIT_GOOD;
}

enum {
        OPTION_BATCH = OPTION_OWN,
        OPTION_PROFILE,
        OPTION_RUN,
        OPTION_STATUS,
        OPTION_FROM,
        OPTION_TO,
        OPTION_BY,
        OPTION_FORMAT,
        OPTION_LANGUAGE,
        OPTION_DAILY,
};

typedef struct Options {
        ReportWish wish;
        const char *format;
        bool by_given, daily;
} Options;

static int take_option(int c, Options *options) {
        ReportWish *wish = &options->wish;

        switch (c) {
        case OPTION_BATCH:
                wish->batch = ctl_batch_of(optarg);
                return wish->batch != 0
                               ? EXIT_GOOD
                               : ctl_usage("report", "not a batch: %s; write it like B000017",
                                           optarg);
        case OPTION_PROFILE:
                wish->profile = optarg;
                break;
        case OPTION_RUN:
                wish->run = optarg;
                break;
        case OPTION_STATUS:
                return take_statuses(optarg, &wish->statuses);
        case OPTION_FROM:
                return take_date(optarg, &wish->from);
        case OPTION_TO:
                return take_date(optarg, &wish->to);
        case OPTION_BY:
                options->by_given = true;
                return take_by(optarg, &wish->by);
        case OPTION_FORMAT:
                options->format = optarg;
                break;
        case OPTION_LANGUAGE:
                wish->language = optarg;
                break;
        case OPTION_DAILY:
                options->daily = true;
                break;
        case 'o':
                wish->output = strcmp(optarg, "-") == 0 ? NULL : optarg;
                break;
        }
        return EXIT_GOOD;
}

/* EXIT_GOOD, `?` (help was printed), or an exit code. */
static int take_options(Ctl *ctl, int argc, char **argv, Options *ret_options, int *ret_exit) {
        static const struct option options[] = {
                CTL_OPTIONS,
                { "batch", required_argument, NULL, OPTION_BATCH },
                { "profile", required_argument, NULL, OPTION_PROFILE },
                { "run", required_argument, NULL, OPTION_RUN },
                { "status", required_argument, NULL, OPTION_STATUS },
                { "from", required_argument, NULL, OPTION_FROM },
                { "to", required_argument, NULL, OPTION_TO },
                { "by", required_argument, NULL, OPTION_BY },
                { "format", required_argument, NULL, OPTION_FORMAT },
                { "language", required_argument, NULL, OPTION_LANGUAGE },
                { "daily", no_argument, NULL, OPTION_DAILY },
                { NULL, 0, NULL, 0 },
        };
        int c;

        *ret_exit = EXIT_GOOD;
        while ((c = ctl_option_short(ctl, argc, argv, "o:", options, ret_exit)) >= 0) {
                if (c != '?')
                        *ret_exit = take_option(c, ret_options);
                if (c == '?' || *ret_exit != EXIT_GOOD)
                        return '?';
        }
        if (optind < argc)
                *ret_exit = ctl_usage("report", "what is %s? A batch is named with --batch",
                                      argv[optind]);
        else
                *ret_exit = check_wish(&ret_options->wish, ret_options->by_given);
        return *ret_exit == EXIT_GOOD ? 0 : '?';
}

/* --- failing -------------------------------------------------------------------------------- */

static int interrupted(void) {
        ctl_complain("interrupted; nothing was written");
        return 128 + interrupt_signal();
}

static int cannot_open(const ReportJob *job, int error) {
        const char *path = job->wish->output;

        if (!path)
                ctl_complain("no temporary file can be made in TMPDIR: %s", strerror(-error));
        else if (error == -EISDIR)
                ctl_complain("%s is a folder; name a file", path);
        else if (error == -ENOTSUP)
                ctl_complain("%s is no regular file; leave -o away and redirect to it", path);
        else if (error == -EACCES || error == -EPERM || error == -EROFS)
                ctl_complain("%s: no file can be made there: %s. Leave -o away and redirect: "
                             "checkoutctl report --format %s … > %s",
                             path, strerror(-error), job->format->name, path);
        else
                ctl_complain("%s: %s", path, strerror(-error));
        return EX_IOERR;
}

/* The ledger's own errors say more; those of the output are about the output. */
static int cannot_write(const ReportJob *job, int error) {
        const char *path = job->wish->output ? job->wish->output : "standard output";

        if (error == -EINTR)
                return interrupted();
        if (error == -EPIPE)
                return EX_IOERR; /* the reader has seen enough */
        ctl_complain("%s was not written: %s", path, strerror(-error));
        return EX_IOERR;
}

/* Beside the exit codes: it is to be made again. */
#define REPORT_MOVED 1000

/* --- the run -------------------------------------------------------------------------------- */

static int choose_profile(ReportJob *job) {
        const char *name = job->wish->profile ? job->wish->profile : "";
        const Batch *batch = NULL;
        int r = 1;

        if (job->wish->batch > 0) {
                char id[32];

                r = ledger_batch_get(job->ledger, job->wish->batch, &batch);
                if (r == 0) {
                        (void) snprintf(id, sizeof(id), "B%06lld", (long long) job->wish->batch);
                        ctl_complain("there is no batch %s", id);
                        return EXIT_SOME;
                }
        }
        if (r < 0)
                return ctl_ledger_failed(job->ledger, r);
        job->profile = batch ? settings_profile_or_default(job->settings, batch->profile)
                             : settings_profile(job->settings, name);
        if (!job->profile) {
                ctl_complain("there is no profile %s in the settings", name);
                return EXIT_SOME;
        }
        job->report.language = job->profile->rules.language;
        if (job->wish->language)
                job->report.language =
                        strcmp(job->wish->language, "en") == 0 ? LANGUAGE_EN : LANGUAGE_ES;
        job->report.zone = job->profile->rules.timezone;
        return EXIT_GOOD;
}

static int choose(ReportJob *job) {
        int r = report_choose(job);

        if (r == 0)
                r = report_find_rows(job);
        if (r == 0)
                r = report_facts(job);
        return r == 0 ? EXIT_GOOD : ctl_ledger_failed(job->ledger, r);
}

static int make_batches(ReportJob *job) {
        job->batches = calloc(job->n_sources + 1, sizeof(*job->batches));
        if (!job->batches)
                return -ENOMEM;
        for (size_t i = 0; i < job->n_sources; i++) {
                const ReportSource *source = &job->sources[i];
                ReportBatch *batch = &job->batches[i];

                *batch = (ReportBatch){ .id = source->id,
                                        .parent = source->parent,
                                        .file = text_of(source->file),
                                        .received_at = source->received_at };
                memcpy(batch->read, source->read, sizeof(batch->read));
                memcpy(batch->rows, source->rows, sizeof(batch->rows));
                memcpy(batch->paid, source->paid, sizeof(batch->paid));
        }
        job->report.batches = job->batches;
        job->report.n_batches = job->n_sources;
        return 0;
}

/* What the daemon wrote between counting and reading makes no report wrong: see report_make(). */
static bool has_moved(const ReportJob *job) {
        return !job->one_state && !report_totals_balance(&job->report.totals) &&
               ledger_changed_outside(job->ledger) != 0;
}

static int write_report(ReportJob *job) {
        int r = job->format->begin(job);

        if (r == 0)
                r = report_stream(job);
        if (r == 0 && has_moved(job))
                return -ESTALE;
        if (r == 0)
                r = make_batches(job);
        if (!civil_zone_use(job->report.zone))
                r = r < 0 ? r : -EINVAL;
        if (r == 0)
                r = report_find_all(job);
        if (r == 0)
                r = job->format->end(job);
        if (r == 0 && interrupt_came())
                r = -EINTR;
        return r < 0 ? r : report_output_commit(job->output);
}

/* The tie-out beside what has none in it: where the rows are not. */
static int tell(const ReportJob *job) {
        int fd = job->wish->output ? STDOUT_FILENO : STDERR_FILENO;
        AUTO_BUFFER text = BUFFER_EMPTY;
        int r = 0;

        if (!job->format->says_tie || job->wish->output)
                r = report_append_summary(job, fd, &text);
        if (r < 0)
                return ctl_failed("report", r);
        if (text.size == 0)
                return EXIT_GOOD;
        if (fd == STDOUT_FILENO)
                return ctl_print(&text);
        (void) fwrite(text.data, 1, text.size, stderr);
        return EXIT_GOOD;
}

static int run_report(ReportJob *job) {
        int r = choose_profile(job);

        if (r == EXIT_GOOD)
                r = choose(job);
        if (r != EXIT_GOOD)
                return r;
        r = report_output_new(job->wish->output, &job->output);
        if (r < 0)
                return cannot_open(job, r);
        r = write_report(job);
        if (r == -ESTALE)
                return REPORT_MOVED;
        if (r < 0)
                return cannot_write(job, r);
        r = job->wish->quiet ? EXIT_GOOD : tell(job);
        return r == EXIT_GOOD && !report_totals_balance(&job->report.totals) ? EXIT_SOME : r;
}

static void job_done(ReportJob *job) {
        job->format->done(job);
        report_findings_done(job);
        report_sources_done(job);
        report_totals_done(&job->report.totals);
        free(job->batches);
        buffer_done(&job->fact_texts);
        (void) report_output_free(job->output);
}

static int make_once(const Settings *settings, Ledger *ledger, const ReportWish *wish,
                     const ReportFormat *format, bool one_state) {
        ReportJob job = { .wish = wish,
                          .format = format,
                          .settings = settings,
                          .ledger = ledger,
                          .one_state = one_state };
        int r;

        job.report.made_at = job.report.totals.now = ctl_wall_clock();
        r = run_report(&job);
        job_done(&job);
        return r;
}

/* Reading goes by pages, and the daemon goes on meanwhile. Only where that shows is it all read
 * once more, of one state of the store, during which the daemon's log grows. */
int report_make(const Settings *settings, Ledger *ledger, const ReportWish *wish,
                const ReportFormat *format) {
        int r = ledger_changed_outside(ledger); /* from now on */

        if (r >= 0)
                r = make_once(settings, ledger, wish, format, false);
        if (r != REPORT_MOVED)
                return r < 0 ? ctl_ledger_failed(ledger, r) : r;
        r = ledger_begin(ledger);
        if (r < 0)
                return ctl_ledger_failed(ledger, r);
        r = make_once(settings, ledger, wish, format, true);
        ledger_rollback(ledger);
        return r;
}

/* Days, profiles and files are its own to choose. */
static int check_daily(const Ctl *ctl, const Options *options) {
        const ReportWish *wish = &options->wish;

        if (ctl->json || wish->batch != 0 || wish->profile || wish->run || wish->statuses != 0 ||
            report_has_days(wish) || wish->output)
                return ctl_usage("report", "--daily goes with --format and --language only");
        return EXIT_GOOD;
}

int ctl_report(Ctl *ctl, int argc, char **argv) {
        CLEANUP(settings_free_p) Settings *settings = NULL;
        CLEANUP(ledger_free_p) Ledger *ledger = NULL;
        Options options = { .format = NULL };
        const ReportFormat *format = &report_format_xlsx;
        int r = EXIT_GOOD;

        if (take_options(ctl, argc, argv, &options, &r) == '?')
                return r;
        if (options.daily)
                r = check_daily(ctl, &options);
        if (r == EXIT_GOOD && (!options.daily || options.format))
                r = take_format(ctl, options.format, &options.wish, &format);
        if (r == EXIT_GOOD)
                r = ctl_load_settings(ctl, &settings);
        if (r == EXIT_GOOD)
                r = ctl_open_ledger(settings, LEDGER_READ, &ledger);
        if (r != EXIT_GOOD)
                return r;
        interrupt_catch();
        if (options.daily)
                return report_daily(settings, ledger, format, options.wish.language);
        return report_make(settings, ledger, &options.wish, format);
}
