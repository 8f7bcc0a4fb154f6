#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <strings.h>

#include "daemon/settings/settings_table.h"
#include "daemon/settings/settings_value.h"

#define V2_VERSION     "2026-02-01" /* provider-api: what Fintoc-Version v2 is written against */
#define COLUMN_LARGEST 9999         /* of column.N */

const char *setting_section_profile(const char *section) {
        size_t prefix = strlen(SECTION_PROFILE);

        return strncmp(section, SECTION_PROFILE, prefix) == 0 ? section + prefix : NULL;
}

static bool is_for_profiles(const char *section) {
        return strcmp(section, SECTION_ORDERS) == 0 || setting_section_profile(section);
}

static bool has_columns(const char *section) {
        return is_for_profiles(section) || strcmp(section, SECTION_PAYOUTS) == 0;
}

static const char *read_column(SettingsDraft *draft, const Assignment *set, OrderColumn *ret) {
        return strcmp(set->section, SECTION_PAYOUTS) == 0
                       ? value_payout_column(&draft->pool, set->value, ret)
                       : value_column(&draft->pool, set->value, ret);
}

/* --- each assignment by itself -------------------------------------------------------------- */

static int check_section(SettingsDraft *draft, const Assignment *set) {
        const char *profile = setting_section_profile(set->section);
        const char *nearest;

        if (!setting_section_is_known(set->section)) {
                nearest = setting_section_nearest(set->section);
                if (!nearest)
                        return settings_complain(draft, set, "no such section");
                return settings_complain(draft, set, "no such section; did you mean [%s]?",
                                         nearest);
        }
        if (!profile)
                return 0;
        if (!value_is_name(profile))
                return settings_complain(draft, set,
                                         "not the name of a profile and its folder: "
                                         "1 to 40 letters, digits, `.`, `_` or `-`");
        if (strcasecmp(profile, "approve") == 0 || strcasecmp(profile, SETTINGS_PAYOUTS) == 0)
                return settings_complain(draft, set, "the name is reserved");
        return 0;
}

static int check_unknown_key(SettingsDraft *draft, const Assignment *set) {
        const char *nearest = setting_key_nearest(set->section, set->key);

        for (size_t i = 0; i < n_setting_keys; i++)
                if (strcmp(setting_keys[i].key, set->key) == 0)
                        return settings_complain(draft, set, "no such key here; it belongs to [%s]",
                                                 setting_keys[i].section);
        if (nearest)
                return settings_complain(draft, set, "no such key; did you mean `%s`?", nearest);
        return settings_complain(draft, set, "no such key");
}

static int check_value(SettingsDraft *draft, const Assignment *set, const SettingKey *key) {
        Settings settings = { .file = NULL };
        Profile profile = { .name = NULL };
        char *base = key->each ? (char *) &profile : (char *) &settings;
        const char *wrong = key->parse(&draft->pool, set->value, base + key->offset);

        return wrong ? settings_complain(draft, set, "`%s`: %s", set->value, wrong) : 0;
}

static int check_assignment(SettingsDraft *draft, const Assignment *set) {
        const SettingKey *key;
        OrderColumn column;
        const char *wrong;
        unsigned number;

        if (!set->key)
                return check_section(draft, set);
        if (!*set->section)
                return settings_complain(draft, set, "stands before the first [section]");
        if (!setting_section_is_known(set->section))
                return 0; /* the section was complained about */
        if (has_columns(set->section) && setting_key_is_column(set->key, &number)) {
                wrong = read_column(draft, set, &column);
                return wrong ? settings_complain(draft, set, "%s", wrong) : 0;
        }
        key = setting_key_find(set->section, set->key);
        return key ? check_value(draft, set, key) : check_unknown_key(draft, set);
}

int settings_check_assignments(SettingsDraft *draft) {
        for (size_t i = 0; i < draft->n_assignments; i++) {
                Assignment set = draft->assignments[i];
                int r = check_assignment(draft, &set);

                if (r < 0)
                        return r;
        }
        return 0;
}

/* --- what holds ----------------------------------------------------------------------------- */

const Assignment *setting_effective(const SettingsDraft *draft, const char *profile,
                                    const SettingKey *key) {
        const Assignment *general = NULL, *own = NULL;
        bool for_profiles = strcmp(key->section, SECTION_ORDERS) == 0;

        for (size_t i = 0; i < draft->n_assignments; i++) {
                const Assignment *set = &draft->assignments[i];
                const char *section = setting_section_profile(set->section);

                if (!set->key || strcmp(set->key, key->key) != 0)
                        continue;
                if (strcmp(set->section, key->section) == 0)
                        general = set;
                else if (for_profiles && section && profile && strcmp(section, profile) == 0)
                        own = set;
        }
        return own ? own : general;
}

static const char *effective_text(const SettingsDraft *draft, const char *profile,
                                  const SettingKey *key) {
        const Assignment *set = setting_effective(draft, profile, key);

        return set ? set->value : key->standard;
}

/* Reads the key into the record; a value that was complained about leaves the default. */
static int fill(SettingsDraft *draft, const char *profile, const SettingKey *key, void *record) {
        void *value = (char *) record + key->offset;

        if (!key->parse(&draft->pool, effective_text(draft, profile, key), value))
                return 0;
        return key->parse(&draft->pool, key->standard, value) ? -ENOMEM : 0;
}

static const char *columns_section(const Profile *profile) {
        return strcmp(profile->name, SETTINGS_PAYOUTS) == 0 ? SECTION_PAYOUTS : SECTION_ORDERS;
}

static const Assignment *effective_column(const SettingsDraft *draft, const Profile *profile,
                                          unsigned number) {
        const char *all = columns_section(profile);
        const Assignment *general = NULL, *own = NULL;
        unsigned n;

        for (size_t i = 0; i < draft->n_assignments; i++) {
                const Assignment *set = &draft->assignments[i];
                const char *section = setting_section_profile(set->section);

                if (!set->key || !setting_key_is_column(set->key, &n) || n != number)
                        continue;
                if (strcmp(set->section, all) == 0)
                        general = set;
                else if (section && strcmp(section, profile->name) == 0)
                        own = set;
        }
        return own ? own : general;
}

static int fill_columns(SettingsDraft *draft, Profile *profile) {
        size_t n_most = 0, n = 0;
        OrderColumn *columns;
        unsigned number;

        for (size_t i = 0; i < draft->n_assignments; i++)
                if (draft->assignments[i].key)
                        n_most += setting_key_is_column(draft->assignments[i].key, &number);
        if (n_most == 0)
                return 0;
        columns = string_pool_own(&draft->pool, calloc(n_most, sizeof(*columns)));
        if (!columns)
                return -ENOMEM;
        for (number = 0; number <= COLUMN_LARGEST; number++) {
                const Assignment *set = effective_column(draft, profile, number);

                assert(n <= n_most);
                if (set && !read_column(draft, set, &columns[n]))
                        n++;
        }
        profile->rules.columns = columns;
        profile->rules.n_columns = n;
        return 0;
}

/* The snapshot is a settings file of its own: what decides about a row, defaults too, so that a
 * later change of a default changes no batch. */
static int fill_snapshot(SettingsDraft *draft, Profile *profile) {
        AUTO_BUFFER text = BUFFER_EMPTY;
        const char *section = "";
        int r = 0;

        for (size_t i = 0; i < n_setting_keys && r >= 0; i++) {
                const SettingKey *key = &setting_keys[i];

                if (key->use != SETTING_RULES)
                        continue;
                if (strcmp(section, key->section) != 0)
                        r = buffer_printf(&text, "[%s]\n", key->section);
                section = key->section;
                if (r >= 0)
                        r = buffer_printf(&text, "%s = %s\n", key->key,
                                          effective_text(draft, profile->name, key));
        }
        if (r >= 0 && strcmp(section, columns_section(profile)) != 0 &&
            profile->rules.n_columns > 0)
                r = buffer_printf(&text, "[%s]\n", columns_section(profile));
        for (size_t i = 0; i < profile->rules.n_columns && r >= 0; i++)
                r = buffer_printf(&text, "column.%zu = %s, %s\n", i + 1,
                                  profile->rules.columns[i].field,
                                  profile->rules.columns[i].header);
        if (r < 0)
                return r;
        profile->snapshot = string_pool_add(&draft->pool, (Text){ text.data, text.size });
        return profile->snapshot ? 0 : -ENOMEM;
}

static int fill_profile(SettingsDraft *draft, ApiVersion api, Profile *profile) {
        int r = 0;

        for (size_t i = 0; i < n_setting_keys && r >= 0; i++)
                if (setting_keys[i].each)
                        r = fill(draft, profile->name, &setting_keys[i], profile);
        if (r >= 0)
                r = fill_columns(draft, profile);
        if (r >= 0)
                r = fill_snapshot(draft, profile);
        profile->rules.api = api;
        return r;
}

/* As the default profile, but for what its files are like: they are the provider's, not a
 * spreadsheet's. */
static int fill_payouts(SettingsDraft *draft, const Settings *settings, Profile *payouts) {
        int r;

        payouts->name = SETTINGS_PAYOUTS;
        r = fill_profile(draft, settings->provider.api, payouts);
        payouts->run = "";
        payouts->approval = payouts->require_totals = false; /* nothing is sent for it */
        payouts->approval_above.currency = CURRENCY_XXX;
        payouts->rules.delimiter = '\0';
        payouts->rules.encoding = ENCODING_AUTO;
        payouts->rules.cents = settings->payout_cents;
        return r;
}

static bool has_profile(const Profile *profiles, size_t n, const char *name) {
        for (size_t i = 0; i < n; i++)
                if (strcmp(profiles[i].name, name) == 0)
                        return true;
        return false;
}

static int fill_profiles(SettingsDraft *draft, Settings *settings) {
        Profile *profiles = calloc(draft->n_assignments + 2, sizeof(*profiles));
        size_t n = 0;
        int r = 0;

        profiles = string_pool_own(&draft->pool, profiles);
        if (!profiles)
                return -ENOMEM;
        profiles[n++].name = "";
        for (size_t i = 0; i < draft->n_assignments; i++) {
                const char *name = setting_section_profile(draft->assignments[i].section);

                if (name && !has_profile(profiles, n, name))
                        profiles[n++].name = name;
        }
        for (size_t i = 0; i < n && r >= 0; i++)
                r = fill_profile(draft, settings->provider.api, &profiles[i]);
        if (r >= 0)
                r = fill_payouts(draft, settings, &profiles[n]);
        settings->profiles = profiles;
        settings->n_profiles = n;
        settings->payouts = &profiles[n];
        return r;
}

int settings_build(SettingsDraft *draft, Settings *ret_settings) {
        Settings settings = *ret_settings;
        int r = 0;

        for (size_t i = 0; i < n_setting_keys && r >= 0; i++)
                if (!setting_keys[i].each)
                        r = fill(draft, NULL, &setting_keys[i], &settings);
        if (r >= 0)
                r = fill_profiles(draft, &settings);
        if (r < 0)
                return r;
        if (settings.provider.api == API_V2 && !*settings.provider.fintoc_version)
                settings.provider.fintoc_version = V2_VERSION;
        *ret_settings = settings;
        return 0;
}
