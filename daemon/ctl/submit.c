/* checkoutctl submit: hands files in, and waits for what comes back. */
#include <errno.h>

#include "daemon/ctl/interrupt.h"
#include "daemon/ctl/json.h"
#include "daemon/ctl/submit.h"
#include "jobs/report/answer.h"

static void submission_json(Json *json, const Submission *submission) {
        json_object(json, NULL);
        json_string(json, "file", submission->path);
        json_string(json, "profile", submission->profile->name);
        json_string(json, "submitted_as", *submission->final_name ? submission->final_name : NULL);
        json_string(json, "sha256", *submission->sha256 ? submission->sha256 : NULL);
        if (submission->batch > 0)
                json_batch(json, "batch", submission->batch);
        else
                json_null(json, "batch");
        json_text_or_null(json, "answer", text_of(submission->answer));
        json_boolean(json, "results", submission->has_results);
        json_end_object(json);
}

static int submit_one(Submission *submission, bool quiet) {
        const char *slash = strrchr(submission->path, '/');
        AUTO_BUFFER line = BUFFER_EMPTY;
        int r;

        submission->name = slash ? slash + 1 : submission->path;
        r = submit_file(submission);
        if (r != EXIT_GOOD || quiet)
                return r;
        r = text_append_visible(&line, text_of(submission->path), SIZE_MAX);
        if (r >= 0)
                r = buffer_printf(&line, " -> %s/incoming/%s%s",
                                  submission->settings->spool.directory, submission->profile->name,
                                  *submission->profile->name ? "/" : "");
        if (r >= 0)
                r = text_append_visible(&line, text_of(submission->final_name), SIZE_MAX);
        if (r >= 0)
                r = buffer_append_char(&line, '\n');
        return r < 0 ? ctl_failed("submit", r) : ctl_print(&line);
}

static int worse(int a, int b) {
        return a > b ? a : b;
}

/* All are dropped first; then each is waited for. */
static int submit_all(const Ctl *ctl, Submission *submissions, size_t n, bool wait) {
        AUTO_BUFFER out = BUFFER_EMPTY;
        Json json = JSON_INTO(&out);
        int r = EXIT_GOOD;

        for (size_t i = 0; i < n && !interrupt_came(); i++)
                r = worse(r, submit_one(&submissions[i], ctl->json));
        for (size_t i = 0; i < n && wait; i++)
                if (*submissions[i].final_name && !interrupt_came())
                        r = worse(r, submit_wait(&submissions[i], ctl->json));
        if (wait && interrupt_came()) {
                ctl_complain("no longer waiting; what was dropped goes on, see checkoutctl status");
                r = worse(r, EXIT_BAD);
        }
        if (!ctl->json)
                return r;
        json_object(&json, NULL);
        json_array(&json, "files");
        for (size_t i = 0; i < n; i++)
                submission_json(&json, &submissions[i]);
        json_end_array(&json);
        json_end_object(&json);
        if (json.error < 0 || buffer_append_char(&out, '\n') < 0)
                return ctl_failed("submit", -ENOMEM);
        return worse(r, ctl_print(&out));
}

/* Without one, what was dropped in the first period makes all that follow duplicates. */
static bool has_run(const Profile *profile, const char *file) {
        if (strchr(profile->run, '{'))
                return true;
        ctl_complain("%s: [%s%s] run: must change with every period, like {year}-{month}, or a "
                     "file that recurs is sent only once",
                     file, *profile->name ? "profile " : "orders", profile->name);
        return false;
}

typedef struct SubmitOptions {
        const char *profile;
        Buffer totals; /* lines of a .ctl */
        bool wait, recurring;
} SubmitOptions;

static void submit_options_done(SubmitOptions *options) {
        buffer_done(&options->totals);
}

/* EXIT_GOOD, and optind is at the first file; or the command ends with what it gives, and 1 in
 * `ret_end`. */
static int read_options(Ctl *ctl, int argc, char **argv, SubmitOptions *options, bool *ret_end) {
        enum {
                OPTION_PROFILE = OPTION_OWN,
                OPTION_WAIT,
                OPTION_RECURRING,
                OPTION_COUNT,
                OPTION_SUM,
        };
        static const struct option known[] = {
                CTL_OPTIONS,
                { "profile", required_argument, NULL, OPTION_PROFILE },
                { "wait", no_argument, NULL, OPTION_WAIT },
                { "recurring", no_argument, NULL, OPTION_RECURRING },
                { "count", required_argument, NULL, OPTION_COUNT },
                { "sum", required_argument, NULL, OPTION_SUM },
                { NULL, 0, NULL, 0 },
        };
        int c, r = EXIT_GOOD;

        *ret_end = true;
        while ((c = ctl_option(ctl, argc, argv, known, &r)) >= 0) {
                if (c == '?')
                        return r;
                if (c == OPTION_PROFILE)
                        options->profile = optarg;
                else if (c == OPTION_RECURRING)
                        options->recurring = true;
                else if (c == OPTION_WAIT)
                        options->wait = true;
                else if (!submit_control_add(&options->totals, c == OPTION_COUNT ? "count" : "sum",
                                             optarg))
                        return ctl_usage(argv[0],
                                         "%s: write a whole number, and its currency if need be: "
                                         "--count 120 --sum \"45120300 CLP\"",
                                         optarg);
        }
        if (argc - optind < 1)
                return ctl_usage(argv[0], "name at least one file");
        if (argc - optind > 1 && options->totals.size > 0)
                return ctl_usage(argv[0], "--count and --sum are the totals of one file");
        *ret_end = false;
        return EXIT_GOOD;
}

int ctl_submit(Ctl *ctl, int argc, char **argv) {
        __attribute__((cleanup(submit_options_done))) SubmitOptions options = { .profile = "" };
        CLEANUP(settings_free_p) Settings *settings = NULL;
        AUTO_FREE Submission *submissions = NULL;
        const Profile *profile;
        bool end;
        int r = read_options(ctl, argc, argv, &options, &end);
        int n = argc - optind;

        if (end)
                return r;
        r = ctl_load_settings(ctl, &settings);
        if (r != EXIT_GOOD)
                return r;
        profile = settings_profile(settings, options.profile);
        if (!profile)
                return ctl_usage(argv[0], "there is no [profile %s] in %s", options.profile,
                                 settings->file);
        if (options.recurring && !has_run(profile, settings->file))
                return EX_CONFIG;
        submissions = calloc((size_t) n, sizeof(*submissions));
        if (!submissions)
                return ctl_failed("submit", -ENOMEM);
        for (int i = 0; i < n; i++)
                submissions[i] = (Submission){ .settings = settings,
                                               .profile = profile,
                                               .path = argv[optind + i],
                                               .totals = &options.totals };
        interrupt_catch();
        r = submit_all(ctl, submissions, (size_t) n, options.wait);
        for (int i = 0; i < n; i++)
                buffer_done(&submissions[i].answer_text);
        return r;
}
