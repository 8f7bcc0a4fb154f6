/* Settings: the INI file and its drop-ins, checked. One table (settings_key.c) names every key with
 * its default as text and its parser; the sample file, the man page and a test use the same table.
 *
 * Owns all strings. A Settings never changes; a reload makes a new one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "jobs/base/buffer.h"
#include "jobs/order/order_rules.h"

typedef struct SumLimit {
        int64_t amount;    /* smallest unit */
        Currency currency; /* CURRENCY_XXX: no limit */
} SumLimit;

typedef struct Profile {
        const char *name; /* "": the default one, files directly in incoming/ */
        OrderRules rules;
        double max_rejected; /* share 0..1; < 0: no limit */
        int64_t max_rows;    /* 0: no limit */
        SumLimit max_batch_sum;
        bool require_totals;
        bool approval;           /* every batch waits for a second person */
        SumLimit approval_above; /* or only those above; CURRENCY_XXX: none for their sum */
        unsigned canary;
        const char *run; /* as written, with {year} and so on; "" */
        bool formula_guard;
        const char *group;    /* who may drop in and read its folders; "": not said */
        const char *snapshot; /* what settings_profile_snapshot() gives */
} Profile;

/* v1 has no list: what becomes of a row whose outcome cannot be found out */
typedef enum OnUnsettled {
        UNSETTLED_HOLD,    /* it stays unknown until a person decides */
        UNSETTLED_NEW_KEY, /* it is sent again under a new key: perhaps twice */
} OnUnsettled;

/* v2: the payer is a customer of the provider's already */
typedef enum OnCustomerConflict {
        CONFLICT_REFUSE,
        CONFLICT_WITHOUT, /* the row is sent again, without customer_data */
} OnCustomerConflict;

typedef struct Settings {
        const char *file;
        struct {
                const char *url; /* without a slash at the end */
                ApiVersion api;
                const char *fintoc_version; /* what is sent; "": nothing */
                const char *key_file;       /* "": the systemd credential api_key */
                const char *instance;
                const char *ca_file, *proxy;
                int64_t connect_timeout, timeout; /* microseconds */
                double rate;                      /* per second; 0: unlimited */
                unsigned max_in_flight;
                OnUnsettled on_unsettled;
                OnCustomerConflict customer_conflict;
                int64_t absence_wait, absence_recheck; /* microseconds */
        } provider;
        struct {
                const char *directory;
                int64_t settle;
                uint64_t max_file_size;
        } spool;
        struct {
                const char *database;
                int64_t retention; /* microseconds; 0: personal data is kept */
        } store;
        struct {
                const char *metrics_file; /* "": none */
                bool log_references;
                int64_t stop_timeout;
        } service;
        const Profile *profiles; /* [0] is the default profile */
        size_t n_profiles;
        bool payout_cents;
        const Profile
                *payouts; /* the provider's own files, in incoming/payouts/; behind the others */
} Settings;

/* The folder of payout files, and the name that no profile may have. */
#define SETTINGS_PAYOUTS "payouts"

#define SETTINGS_DEFAULT_FILE "/etc/checkoutd/checkoutd.conf"

/* Reads `file` (NULL: the default one, then checkoutd.conf.d/ *.conf beside it by name; with a
 * file named, its own `FILE.d/` is not read). 0; or the exit code 78 (bad settings) or 74 (cannot
 * be read) and in `ret_complaint` (owned by the caller) one line for each mistake: file, line, key,
 * what is wrong, the nearest known key. */
int settings_load(const char *file, Settings **ret_settings, char **ret_complaint);
/* Only the built-in defaults, for a check without any settings file. */
int settings_defaults(Settings **ret_settings, char **ret_complaint);
Settings *settings_free(Settings *settings);

const Profile *settings_profile(const Settings *settings, const char *name); /* NULL: none */
/* A batch outlives its profile in the settings: what concerns the people who read about it
 * (language, zone, folder) is then that of the default one. */
const Profile *settings_profile_or_default(const Settings *settings, const char *name);
/* The same, and `payouts`: whose folder it is. */
const Profile *settings_folder(const Settings *settings, const char *name);

/* The run that a file dropped at `now` belongs to: `{year}`, `{month}`, `{day}` and `{week}` (like
 * 2026-W48, with the year that the week counts in) in the profile's zone filled in. */
int settings_profile_run(const Profile *profile, int64_t now, Buffer *ret_run);

/* What decides how rows are read and what is sent for them, as lines `key = value`: kept with the
 * batch. settings_rules_of() makes rules of it again; free with settings_rules_free(). */
int settings_profile_snapshot(const Profile *profile, Buffer *ret_text);
int settings_rules_of(const char *snapshot, OrderRules **ret_rules);
/* ... of a payout file: its columns are those of [payouts]. */
int settings_payout_rules_of(const char *snapshot, OrderRules **ret_rules);
OrderRules *settings_rules_free(OrderRules *rules);

/* The provider's secret key: of key_file or of the credential. 0; -ENOENT none; negative errno.
 * `ret_live`: sk_live_ or sk_test_; any other beginning is -EKEYREJECTED. */
int settings_read_key(const Settings *settings, char **ret_key, bool *ret_live);

/* The sample settings file, made from the table of keys: every key with its default.
 * systemd/checkoutd.conf.sample is this text, a test compares them. 0 or -ENOMEM. */
int settings_sample_append(Buffer *text);

#include "jobs/base/cleanup.h"
DEFINE_CLEANUP(Settings, settings_free)
DEFINE_CLEANUP(OrderRules, settings_rules_free)
