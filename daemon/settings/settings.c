#include "daemon/settings/settings.h"
#include "daemon/base/secret.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sysexits.h>

#include "daemon/base/secret.h"
#include "daemon/settings/settings_table.h"
#include "jobs/base/civil.h"

#define BUILT_IN    "built-in defaults"
#define DROP_INS    "checkoutd.conf.d"
#define CREDENTIAL  "api_key"
#define KEY_LARGEST 512

/* the settings and all that they borrow from */
typedef struct SettingsBox {
        Settings settings;
        SettingsDraft draft;
} SettingsBox;

typedef struct RulesBox {
        OrderRules rules;
        Settings *settings; /* what the rules borrow from */
} RulesBox;

Settings *settings_free(Settings *settings) {
        if (!settings)
                return NULL;
        settings_draft_done(&((SettingsBox *) settings)->draft);
        free(settings);
        return NULL;
}

/* --- reading -------------------------------------------------------------------------------- */

static int cannot_read(SettingsDraft *draft, const char *path, int error) {
        Assignment where = { .file = path };

        return settings_complain(draft, &where, "cannot be read: %s", strerror(-error));
}

static int is_drop_in(const struct dirent *entry) {
        size_t size = strlen(entry->d_name);

        return entry->d_name[0] != '.' && size > 5 &&
               strcmp(entry->d_name + size - 5, ".conf") == 0;
}

static int by_name(const struct dirent **a, const struct dirent **b) {
        return strcmp((*a)->d_name, (*b)->d_name);
}

/* One file; 0, 74, or -ENOMEM. */
static int read_file(SettingsDraft *draft, const char *path) {
        int r = settings_file_read(draft, path);

        if (r >= 0 || r == -ENOMEM)
                return r;
        r = cannot_read(draft, path, r);
        return r < 0 ? r : EX_IOERR;
}

static int read_named(SettingsDraft *draft, const char *directory, struct dirent **entries, int n) {
        AUTO_BUFFER path = BUFFER_EMPTY;
        int r = 0;

        for (int i = 0; i < n && r == 0; i++) {
                buffer_clear(&path);
                r = buffer_printf(&path, "%s/%s", directory, entries[i]->d_name);
                if (r >= 0)
                        r = read_file(draft, path.data);
        }
        return r;
}

/* checkoutd.conf.d beside the file, by name; none is no mistake. */
static int read_drop_ins(SettingsDraft *draft, const char *file) {
        const char *slash = strrchr(file, '/');
        int directory_size = slash ? (int) (slash - file) : 1;
        AUTO_BUFFER directory = BUFFER_EMPTY;
        struct dirent **entries;
        int n, r;

        r = buffer_printf(&directory, "%.*s/" DROP_INS, directory_size, slash ? file : ".");
        if (r < 0)
                return r;
        n = scandir(directory.data, &entries, is_drop_in, by_name);
        if (n < 0 && errno == ENOENT)
                return 0;
        if (n < 0) {
                r = cannot_read(draft, directory.data, -errno);
                return r < 0 ? r : EX_IOERR;
        }
        r = read_named(draft, directory.data, entries, n);
        for (int i = 0; i < n; i++)
                free(entries[i]);
        free(entries);
        return r;
}

/* All that can be wrong is looked for, whatever was found before. */
static int make(SettingsBox *box) {
        int r = settings_check_assignments(&box->draft);

        if (r >= 0)
                r = settings_build(&box->draft, &box->settings);
        if (r >= 0)
                r = settings_check(&box->draft, &box->settings);
        if (r < 0)
                return r;
        return box->draft.complaints.size > 0 ? EX_CONFIG : 0;
}

static int box_new(const char *name, SettingsBox **ret_box) {
        SettingsBox *box = calloc(1, sizeof(*box));

        if (!box)
                return -ENOMEM;
        box->settings.file = string_pool_add(&box->draft.pool, text_of(name));
        if (!box->settings.file) {
                (void) settings_free(&box->settings);
                return -ENOMEM;
        }
        *ret_box = box;
        return 0;
}

/* Gives the box out, or its complaints. */
static int box_answer(SettingsBox *box, int r, Settings **ret_settings, char **ret_complaint) {
        if (r == 0) {
                *ret_settings = &box->settings;
                return 0;
        }
        if (r < 0) { /* there is no memory for a better one */
                *ret_complaint = strdup("no memory\n");
                r = EX_IOERR;
        } else {
                char *text = TAKE(box->draft.complaints.data);

                (void) secret_hide(text, strlen(text) + 1);
                *ret_complaint = text;
        }
        (void) settings_free(&box->settings);
        return r;
}

int settings_load_all(const char *file, bool drop_ins, Settings **ret_settings,
                      char **ret_complaint) {
        SettingsBox *box;
        int r;

        assert(file && ret_settings && ret_complaint);
        if (box_new(file, &box) < 0) {
                *ret_complaint = NULL;
                return EX_IOERR;
        }
        r = read_file(&box->draft, file);
        if (r == 0 && drop_ins)
                r = read_drop_ins(&box->draft, file);
        if (r == 0)
                r = make(box);
        return box_answer(box, r, ret_settings, ret_complaint);
}

int settings_load(const char *file, Settings **ret_settings, char **ret_complaint) {
        return settings_load_all(file ? file : SETTINGS_DEFAULT_FILE, !file, ret_settings,
                                 ret_complaint);
}

static int load_text(const char *name, Text text, Settings **ret_settings, char **ret_complaint) {
        SettingsBox *box;
        int r;

        if (box_new(name, &box) < 0) {
                *ret_complaint = NULL;
                return EX_IOERR;
        }
        r = settings_text_read(&box->draft, name, text);
        if (r == 0)
                r = make(box);
        return box_answer(box, r, ret_settings, ret_complaint);
}

int settings_defaults(Settings **ret_settings, char **ret_complaint) {
        return load_text(BUILT_IN, TEXT_NONE, ret_settings, ret_complaint);
}

/* --- profiles ------------------------------------------------------------------------------- */

const Profile *settings_profile(const Settings *settings, const char *name) {
        for (size_t i = 0; i < settings->n_profiles; i++)
                if (strcmp(settings->profiles[i].name, name) == 0)
                        return &settings->profiles[i];
        return NULL;
}

const Profile *settings_profile_or_default(const Settings *settings, const char *name) {
        const Profile *profile = settings_profile(settings, name);

        return profile ? profile : &settings->profiles[0];
}

const Profile *settings_folder(const Settings *settings, const char *name) {
        return strcmp(name, SETTINGS_PAYOUTS) == 0 ? settings->payouts
                                                   : settings_profile(settings, name);
}

int settings_profile_run(const Profile *profile, int64_t now, Buffer *ret_run) {
        AUTO_BUFFER run = BUFFER_EMPTY;
        char week[CIVIL_TIME_SIZE];
        CivilDate today;
        bool known = civil_zone_use(profile->rules.timezone);
        int r = 0;

        assert(known); /* checked when the settings were read */
        if (!known)
                return -EINVAL;
        today = civil_date_at(now);
        for (const char *at = profile->run; *at && r >= 0;) {
                if (strncmp(at, "{year}", 6) == 0) {
                        r = buffer_printf(&run, "%04d", today.year);
                        at += 6;
                } else if (strncmp(at, "{month}", 7) == 0) {
                        r = buffer_printf(&run, "%02d", today.month);
                        at += 7;
                } else if (strncmp(at, "{day}", 5) == 0) {
                        r = buffer_printf(&run, "%02d", today.day);
                        at += 5;
                } else if (strncmp(at, "{week}", 6) == 0) {
                        r = buffer_append_string(&run, civil_week_format(today, week));
                        at += 6;
                } else {
                        r = buffer_append_char(&run, *at++);
                }
        }
        if (r >= 0)
                r = buffer_append(ret_run, run.data, run.size);
        return r;
}

int settings_profile_snapshot(const Profile *profile, Buffer *ret_text) {
        return buffer_append_string(ret_text, profile->snapshot);
}

static int rules_of(const char *snapshot, bool payout, OrderRules **ret_rules) {
        AUTO_FREE RulesBox *box = calloc(1, sizeof(*box));
        AUTO_FREE char *complaint = NULL;
        int r;

        if (!box)
                return -ENOMEM;
        r = load_text("snapshot", text_of(snapshot), &box->settings, &complaint);
        if (r != 0)
                return r == EX_IOERR ? -ENOMEM : -EINVAL;
        box->rules = payout ? box->settings->payouts->rules : box->settings->profiles[0].rules;
        *ret_rules = &box->rules;
        (void) TAKE(box);
        return 0;
}

int settings_rules_of(const char *snapshot, OrderRules **ret_rules) {
        return rules_of(snapshot, false, ret_rules);
}

int settings_payout_rules_of(const char *snapshot, OrderRules **ret_rules) {
        return rules_of(snapshot, true, ret_rules);
}

OrderRules *settings_rules_free(OrderRules *rules) {
        RulesBox *box = (RulesBox *) rules;

        if (!box)
                return NULL;
        (void) settings_free(box->settings);
        free(box);
        return NULL;
}

/* --- the key -------------------------------------------------------------------------------- */

static int key_path(const Settings *settings, Buffer *path) {
        const char *credentials = getenv("CREDENTIALS_DIRECTORY"); /* systemd.exec(5) */

        if (*settings->provider.key_file)
                return buffer_append_string(path, settings->provider.key_file);
        if (!credentials || !*credentials)
                return -ENOENT;
        return buffer_printf(path, "%s/" CREDENTIAL, credentials);
}

static ssize_t read_secret(int fd, char *bytes, size_t size) {
        size_t got = 0;

        while (got < size) {
                ssize_t n = read(fd, bytes + got, size - got);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                if (n == 0)
                        break;
                got += (size_t) n;
        }
        return (ssize_t) got;
}

/* The key goes into an HTTP header: no blanks, no control characters. */
static bool key_is_clean(Text key) {
        for (size_t i = 0; i < key.size; i++)
                if (key.data[i] <= ' ' || key.data[i] >= 0x7f)
                        return false;
        return true;
}

static int judge_key(Text key, char **ret_key, bool *ret_live) {
        static const char live[] = "sk_live_", test[] = "sk_test_";
        bool is_live = key.size > strlen(live) && memcmp(key.data, live, strlen(live)) == 0;
        bool is_test = key.size > strlen(test) && memcmp(key.data, test, strlen(test)) == 0;
        char *copy;

        if (key.size == 0)
                return -ENOENT;
        if ((!is_live && !is_test) || !key_is_clean(key))
                return -EKEYREJECTED;
        copy = strndup(key.data, key.size);
        if (!copy)
                return -ENOMEM;
        *ret_key = copy;
        *ret_live = is_live;
        return 0;
}

int settings_read_key(const Settings *settings, char **ret_key, bool *ret_live) {
        AUTO_BUFFER path = BUFFER_EMPTY;
        AUTO_CLOSE int fd = -1;
        char bytes[KEY_LARGEST];
        ssize_t size;
        int r;

        r = key_path(settings, &path);
        if (r < 0)
                return r;
        fd = open(path.data, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        if (fd < 0)
                return -errno;
        size = read_secret(fd, bytes, sizeof(bytes));
        r = size < 0 ? (int) size
                     : judge_key(text_trim((Text){ bytes, (size_t) size }), ret_key, ret_live);
        explicit_bzero(bytes, sizeof(bytes));
        return r;
}
