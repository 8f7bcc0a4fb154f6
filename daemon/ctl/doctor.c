/* checkoutctl doctor: looks at everything that the daemon needs, and says what is wrong with it and
 * what to do. The key is looked at where it is used: the daemon asks the provider for us. */
#include "daemon/ctl/doctor.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "daemon/ctl/json.h"
#include "daemon/ctl/table.h"

#define UNIT          "checkoutd.service"
#define INSTANCE_UNIT "checkoutd@%.*s.service"
#define SETTINGS_DIR  "/etc/checkoutd/"

static const char *const state_names[] = {
        [DOCTOR_OK] = "ok", [DOCTOR_WARN] = "warn", [DOCTOR_FAIL] = "fail"
};

static void doctor_done(Doctor *doctor) {
        for (size_t i = 0; i < doctor->n; i++) {
                free(doctor->findings[i].text);
                free(doctor->findings[i].remedy);
        }
        free(doctor->findings);
        free(doctor->unit);
}

static int add_finding(Doctor *doctor, const DoctorFinding *finding) {
        DoctorFinding *more;

        if (!finding->text)
                return -ENOMEM;
        more = reallocarray(doctor->findings, doctor->n + 1, sizeof(*more));
        if (!more)
                return -ENOMEM;
        doctor->findings = more;
        more[doctor->n++] = *finding;
        return 0;
}

void doctor_say(Doctor *doctor, DoctorState state, const char *about, const char *remedy,
                const char *format, ...) {
        DoctorFinding finding = { .about = about, .state = state };
        va_list arguments;

        assert(state == DOCTOR_OK || remedy);
        va_start(arguments, format);
        if (vasprintf(&finding.text, format, arguments) < 0)
                finding.text = NULL;
        va_end(arguments);
        finding.remedy = remedy && finding.text ? strdup(remedy) : NULL;
        if ((remedy && !finding.remedy) || add_finding(doctor, &finding) < 0) {
                doctor->error = -ENOMEM;
                free(finding.text);
                free(finding.remedy);
        }
}

DoctorState doctor_worst(const Doctor *doctor, size_t n) {
        DoctorState worst = DOCTOR_OK;

        for (; n < doctor->n; n++)
                if (doctor->findings[n].state > worst)
                        worst = doctor->findings[n].state;
        return worst;
}

/* --- printing ------------------------------------------------------------------------------- */

static int append_json(const Doctor *doctor, Buffer *out) {
        Json json = JSON_INTO(out);

        json_object(&json, NULL);
        json_string(&json, "version", CHECKOUTD_VERSION);
        json_boolean(&json, "good", doctor_worst(doctor, 0) == DOCTOR_OK);
        json_array(&json, "checks");
        for (size_t i = 0; i < doctor->n; i++) {
                json_object(&json, NULL);
                json_string(&json, "about", doctor->findings[i].about);
                json_string(&json, "state", state_names[doctor->findings[i].state]);
                json_text(&json, "text", text_of(doctor->findings[i].text));
                json_string(&json, "remedy", doctor->findings[i].remedy);
                json_end_object(&json);
        }
        json_end_array(&json);
        json_end_object(&json);
        return json.error < 0 ? json.error : buffer_append_char(out, '\n');
}

/* What a finding quotes may have ended it: "did you mean `rate`?" */
static const char *end_of_sentence(const char *text) {
        size_t size = strlen(text);

        return size > 0 && strchr(".?!", text[size - 1]) ? " " : ". ";
}

static int append_table(const Doctor *doctor, Buffer *out) {
        static const TableColumn columns[] = { { "ABOUT", TABLE_LEFT },
                                               { "", TABLE_LEFT },
                                               { "WHAT IS, AND WHAT TO DO", TABLE_WRAP } };
        static const char *const colours[] = {
                [DOCTOR_OK] = "green", [DOCTOR_WARN] = "yellow", [DOCTOR_FAIL] = "red"
        };
        CLEANUP(table_free_p) Table *table = NULL;
        int r = table_new(columns, ELEMENTS(columns), &table);

        for (size_t i = 0; i < doctor->n && r >= 0; i++) {
                const DoctorFinding *finding = &doctor->findings[i];
                AUTO_BUFFER text = BUFFER_EMPTY;

                r = buffer_printf(&text, "%s%s%s", finding->text,
                                  finding->remedy ? end_of_sentence(finding->text) : "",
                                  finding->remedy ? finding->remedy : "");
                table_row(table);
                table_string(table, 0, finding->about);
                table_string(table, 1, state_names[finding->state]);
                table_colour(table, 1, colours[finding->state]);
                table_text(table, 2, (Text){ text.data, text.size });
        }
        return r < 0 ? r : table_append(table, STDOUT_FILENO, out);
}

static int tell(const Doctor *doctor) {
        AUTO_BUFFER out = BUFFER_EMPTY;
        DoctorState worst = doctor_worst(doctor, 0);
        int r = doctor->error;

        if (r >= 0)
                r = doctor->ctl->json ? append_json(doctor, &out) : append_table(doctor, &out);
        r = r < 0 ? ctl_failed("doctor", r) : ctl_print(&out);
        if (r != EXIT_GOOD)
                return r;
        return worst == DOCTOR_FAIL ? EXIT_BAD : worst == DOCTOR_WARN ? EXIT_SOME : EXIT_GOOD;
}

/* --- settings ------------------------------------------------------------------------------- */

/* The unit that runs with these settings, by the names that the package uses. */
static char *unit_of(const char *config) {
        const char *name = config ? config : SETTINGS_DEFAULT_FILE;
        size_t folder = strlen(SETTINGS_DIR), size = strlen(name);
        char *unit = NULL;

        if (strcmp(name, SETTINGS_DEFAULT_FILE) == 0)
                return strdup(UNIT);
        if (strncmp(name, SETTINGS_DIR, folder) != 0 || strchr(name + folder, '/') ||
            size < folder + 6 || strcmp(name + size - 5, ".conf") != 0)
                return NULL;
        return asprintf(&unit, INSTANCE_UNIT, (int) (size - folder - 5), name + folder) < 0 ? NULL
                                                                                            : unit;
}

/* All mistakes are one finding each. Gives the exit code of who cannot go on, or EXIT_GOOD. */
static int look_at_settings(Doctor *doctor, Settings **ret_settings) {
        AUTO_FREE char *complaint = NULL;
        struct stat st;
        char *rest, *line;
        int r = settings_load(doctor->ctl->config, ret_settings, &complaint);

        rest = complaint;
        while (r != 0 && rest && (line = strsep(&rest, "\n")))
                if (*line != '\0')
                        doctor_say(doctor, DOCTOR_FAIL, "settings",
                                   "Mend it there; see checkoutd.conf(5)", "%s", line);
        if (r != 0)
                return r;
        doctor->settings = *ret_settings;
        if (stat(doctor->settings->file, &st) == 0 && (st.st_mode & 022) != 0)
                doctor_say(doctor, DOCTOR_WARN, "settings", "chmod go-w it",
                           "%s: others than its owner may change it", doctor->settings->file);
        else
                doctor_say(doctor, DOCTOR_OK, "settings", NULL, "%s is good",
                           doctor->settings->file);
        return EXIT_GOOD;
}

/* --- the command ---------------------------------------------------------------------------- */

/* The service's user: whoever has the store or, before there is one, the folders. */
static uid_t owner_of(const Settings *settings) {
        AUTO_FREE char *work = NULL;
        struct stat st;

        if (stat(settings->store.database, &st) == 0)
                return st.st_uid;
        if (asprintf(&work, "%s/work", settings->spool.directory) >= 0 && stat(work, &st) == 0)
                return st.st_uid;
        return geteuid();
}

static int look_at_all(Doctor *doctor) {
        const char *store = doctor->settings->store.database;
        CLEANUP(ledger_free_p) Ledger *ledger = NULL;

        /* without that right hardly anything can be looked at */
        if (access(store, R_OK | W_OK) < 0 && errno == EACCES)
                return ctl_open_ledger(doctor->settings, LEDGER_READ, &ledger);
        doctor->user = owner_of(doctor->settings);
        doctor_service(doctor);
        doctor_provider(doctor);
        doctor_folders(doctor);
        doctor_space(doctor);
        doctor_store(doctor);
        return EXIT_GOOD;
}

static int examine(const Ctl *ctl) {
        CLEANUP(settings_free_p) Settings *settings = NULL;
        __attribute__((cleanup(doctor_done))) Doctor doctor = { .ctl = ctl };
        int r = look_at_settings(&doctor, &settings), told;

        if (r == EXIT_GOOD) {
                doctor.unit = unit_of(ctl->config);
                r = look_at_all(&doctor);
                return r == EXIT_GOOD ? tell(&doctor) : r;
        }
        told = tell(&doctor);
        return told == EX_IOERR ? told : r;
}

int ctl_doctor(Ctl *ctl, int argc, char **argv) {
        enum { OPTION_TMPFILES = OPTION_OWN };
        static const struct option options[] = { CTL_OPTIONS,
                                                 { "tmpfiles", no_argument, NULL, OPTION_TMPFILES },
                                                 { NULL, 0, NULL, 0 } };
        CLEANUP(settings_free_p) Settings *settings = NULL;
        bool tmpfiles = false;
        int c, r = EXIT_GOOD;

        while ((c = ctl_option(ctl, argc, argv, options, &r)) >= 0) {
                if (c == '?')
                        return r;
                tmpfiles = true;
        }
        if (optind < argc)
                return ctl_usage(argv[0], "what is `%s`? it takes no names", argv[optind]);
        if (!tmpfiles)
                return examine(ctl);
        if (ctl->json)
                return ctl_usage(argv[0], "--tmpfiles prints lines for tmpfiles.d, not JSON");
        r = ctl_load_settings(ctl, &settings);
        return r != EXIT_GOOD ? r : doctor_tmpfiles(settings);
}
