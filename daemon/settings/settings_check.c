#include <assert.h>
#include <inttypes.h>

#include "daemon/settings/settings_table.h"
#include "jobs/base/civil.h"

/* docs.fintoc.com /reference/create-checkout-session: v1 takes amounts below 7,000,000 */
#define V1_AMOUNT_LARGEST INT64_C(6999999)

/* what a rule looks at */
typedef struct Scene {
        SettingsDraft *draft;
        const Settings *settings;
        const Profile *profile;
} Scene;

/* The key as it stands for this profile; its place in a file for a complaint. */
static Assignment place_of(const Scene *scene, const char *section, const char *name) {
        const SettingKey *key = setting_key_find(section, name);
        const Assignment *set;

        assert(key);
        set = setting_effective(scene->draft, scene->profile->name, key);
        if (set)
                return *set;
        return (Assignment){ .file = scene->settings->file,
                             .section = section,
                             .key = key->key,
                             .value = key->standard };
}

static int check_urls(const Scene *scene) {
        Assignment success = place_of(scene, SECTION_ORDERS, "success_url");
        Assignment cancel = place_of(scene, SECTION_ORDERS, "cancel_url");

        if (!*success.value == !*cancel.value)
                return 0;
        return *success.value ? settings_complain(scene->draft, &success,
                                                  "cancel_url must be set too: both or neither")
                              : settings_complain(scene->draft, &cancel,
                                                  "success_url must be set too: both or neither");
}

static int check_amount_format(const Scene *scene) {
        Assignment format = place_of(scene, SECTION_ORDERS, "amount_format");
        Assignment currency = place_of(scene, SECTION_ORDERS, "currency");
        Assignment decimal = place_of(scene, SECTION_ORDERS, "decimal_mark");
        Assignment thousands = place_of(scene, SECTION_ORDERS, "thousands_mark");

        if (strcmp(currency.value, "MXN") == 0 && !*format.value)
                return settings_complain(scene->draft, &currency,
                                         "amount_format must be set where MXN comes in: "
                                         "minor or decimal");
        if (strcmp(format.value, "decimal") != 0)
                return 0;
        if (!*decimal.value || !*thousands.value)
                return settings_complain(scene->draft, &format,
                                         "decimal needs decimal_mark and thousands_mark; "
                                         "nothing is guessed");
        if (scene->profile->rules.decimal_mark != 0 &&
            scene->profile->rules.decimal_mark == scene->profile->rules.thousands_mark)
                return settings_complain(scene->draft, &decimal, "the same mark as thousands_mark");
        return 0;
}

static int check_max_amount(const Scene *scene) {
        static const struct {
                const char *key;
                Currency currency;
        } limits[] = { { "max_amount.CLP", CURRENCY_CLP }, { "max_amount.MXN", CURRENCY_MXN } };
        Assignment where;
        int r;

        if (scene->settings->provider.api != API_V1)
                return 0;
        for (size_t i = 0; i < ELEMENTS(limits); i++) {
                if (scene->profile->rules.max_amount[limits[i].currency] <= V1_AMOUNT_LARGEST)
                        continue;
                where = place_of(scene, SECTION_ORDERS, limits[i].key);
                r = settings_complain(scene->draft, &where,
                                      "more than %" PRId64 " only with api_version = v2",
                                      V1_AMOUNT_LARGEST);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* v1 takes a date after today; v2 an instant at least 10 minutes ahead. */
static int check_expires_in(const Scene *scene) {
        int64_t length = scene->profile->rules.expires_in;
        bool v1 = scene->settings->provider.api == API_V1;
        Assignment where;

        if (length == 0 || length >= (v1 ? DAY : 10 * MINUTE))
                return 0;
        where = place_of(scene, SECTION_ORDERS, "expires_in");
        return settings_complain(scene->draft, &where,
                                 v1 ? "must be at least 1d with v1" : "must be at least 10min");
}

static int check_columns(const Scene *scene) {
        const OrderRules *rules = &scene->profile->rules;
        Assignment where = { .file = scene->settings->file, .section = SECTION_ORDERS };
        char a[256], b[256];
        int r;

        for (size_t i = 0; i < rules->n_columns; i++)
                for (size_t j = 0; j < i; j++) {
                        Text left = text_of(rules->columns[i].header);
                        Text right = text_of(rules->columns[j].header);

                        if (!text_equal(text_fold_header(left, a, sizeof(a)),
                                        text_fold_header(right, b, sizeof(b))))
                                continue;
                        r = settings_complain(scene->draft, &where,
                                              "two column.N name the header `%s`",
                                              rules->columns[i].header);
                        if (r < 0)
                                return r;
                }
        return 0;
}

/* Not before the results can have been looked at. */
static int check_retention(const Scene *scene) {
        int64_t length = scene->settings->store.retention;
        Assignment where;

        if (length == 0 || length >= DAY || scene->profile != &scene->settings->profiles[0])
                return 0;
        where = place_of(scene, "store", "retention");
        return settings_complain(scene->draft, &where, "must be at least 1d");
}

int settings_check(SettingsDraft *draft, const Settings *settings) {
        static int (*const rules[])(const Scene *) = { check_urls,       check_amount_format,
                                                       check_max_amount, check_expires_in,
                                                       check_columns,    check_retention };
        int r;

        for (size_t p = 0; p < settings->n_profiles; p++) {
                Scene scene = { draft, settings, &settings->profiles[p] };

                for (size_t i = 0; i < ELEMENTS(rules); i++) {
                        r = rules[i](&scene);
                        if (r < 0)
                                return r;
                }
        }
        return 0;
}
