#include <assert.h>
#include <stdlib.h>

#include "daemon/settings/settings_table.h"
#include "daemon/settings/settings_value.h"

/* where a value lands: the table's `each` and `offset` */
#define IN(member)    false, offsetof(Settings, member)
#define EACH(member)  true, offsetof(Profile, member)
#define NOWHERE       false, 0
#define NAME_LONGEST  64
#define COLUMN_PREFIX "column."
#define COLUMN_NUMBER 9999

/* clang-format off: a table reads in columns */
const SettingKey setting_keys[] = {
        { "provider", "url", "https://api.fintoc.com", value_provider_url, IN(provider.url),
          SETTING_PLAIN, "the provider; http:// only for loopback addresses" },
        { "provider", "api_version", "v1", value_api, IN(provider.api), SETTING_RULES,
          "v1 or v2; stored with every row" },
        { "provider", "fintoc_version", "", value_version, IN(provider.fintoc_version),
          SETTING_PLAIN, "Fintoc-Version header; v2 sends 2026-02-01 unless set" },
        { "provider", "key_file", "", value_path, IN(provider.key_file), SETTING_PLAIN,
          "file with the secret key; else the systemd credential api_key" },
        { "provider", "instance", "default", value_name, IN(provider.instance), SETTING_PLAIN,
          "names this installation in idempotency keys; never change it" },
        { "provider", "ca_file", "", value_path, IN(provider.ca_file), SETTING_PLAIN,
          "certificates to trust instead of the system's" },
        { "provider", "proxy", "", value_proxy, IN(provider.proxy), SETTING_PLAIN,
          "empty: none; the environment is not read" },
        { "provider", "connect_timeout", "10s", value_duration_some, IN(provider.connect_timeout),
          SETTING_PLAIN, "for name, connection and TLS together" },
        { "provider", "timeout", "60s", value_duration_some, IN(provider.timeout), SETTING_PLAIN,
          "for one whole request" },
        { "provider", "rate", "50/s", value_rate, IN(provider.rate), SETTING_PLAIN,
          "ceiling; the daemon adapts below it; unlimited: no ramp" },
        { "provider", "max_in_flight", "32", value_in_flight, IN(provider.max_in_flight),
          SETTING_PLAIN, "requests on the wire at once" },
        { "provider", "on_unsettled", "hold", value_unsettled, IN(provider.on_unsettled),
          SETTING_PLAIN, "hold or new_key: when an outcome cannot be found out (v1)" },
        { "provider", "customer_conflict", "refuse", value_conflict, IN(provider.customer_conflict),
          SETTING_PLAIN, "refuse or without: v2, the payer is already a customer (409)" },
        { "provider", "rfc_type", "", value_text_or_null, EACH(rules.rfc_type), SETTING_RULES,
          "the provider's literal for a Mexican tax id, once known to you" },
        { "provider", "absence_wait", "15min", value_duration_some, IN(provider.absence_wait),
          SETTING_PLAIN, "v2: first walk that may prove absence" },
        { "provider", "absence_recheck", "5min", value_duration_some, IN(provider.absence_recheck),
          SETTING_PLAIN, "v2: and the second" },

        { "spool", "directory", "/var/spool/checkoutd", value_directory, IN(spool.directory),
          SETTING_PLAIN, "holds incoming, results, work, archive, rejected; one mount" },
        { "spool", "settle", "10s", value_duration, IN(spool.settle), SETTING_PLAIN,
          "a file that was not renamed into place is unchanged for so long" },
        { "spool", "max_file_size", "1G", value_size, IN(spool.max_file_size), SETTING_PLAIN,
          "larger files are refused" },

        { "store", "database", "/var/lib/checkoutd/checkoutd.db", value_path, IN(store.database),
          SETTING_PLAIN, "the one file that remembers everything" },
        { "store", "retention", "", value_duration_or_zero, IN(store.retention), SETTING_PLAIN,
          "like 400d: personal data of batches that are closed for so long is removed" },

        { "service", "metrics_file", "", value_path, IN(service.metrics_file), SETTING_PLAIN,
          "Prometheus textfile, written anew every 15 seconds; empty: none" },
        { "service", "log_references", "no", value_yes_no, IN(service.log_references),
          SETTING_PLAIN, "yes: references and the provider's texts go into the journal" },
        { "service", "stop_timeout", "20s", value_duration, IN(service.stop_timeout), SETTING_PLAIN,
          "on stop, requests on the wire may still be answered for so long" },

        { SECTION_PAYOUTS, "amounts", "minor", value_cents, IN(payout_cents), SETTING_RULES,
          "minor: whole numbers in the smallest unit; cents: hundredths of pesos too" },

        { SECTION_ORDERS, "currency", "", value_currency, EACH(rules.currency), SETTING_RULES,
          "CLP or MXN, for rows that have none; never guessed" },
        { SECTION_ORDERS, "success_url", "", value_page_url_or_null, EACH(rules.success_url),
          SETTING_RULES, "where a payer goes afterwards; together with cancel_url" },
        { SECTION_ORDERS, "cancel_url", "", value_page_url_or_null, EACH(rules.cancel_url),
          SETTING_RULES, "where a payer goes who gives up" },
        { SECTION_ORDERS, "expires_in", "", value_duration_or_zero, EACH(rules.expires_in),
          SETTING_RULES, "for rows without expires_at; counted from sending" },
        { SECTION_ORDERS, "payment_method_types", "", value_methods_or_null,
          EACH(rules.payment_method_types), SETTING_RULES,
          "bank_transfer, card, or both; empty: the provider decides" },
        { SECTION_ORDERS, "timezone", "America/Santiago", value_zone, EACH(rules.timezone),
          SETTING_RULES, "the zone of the dates in the files" },
        { SECTION_ORDERS, "language", "es", value_language, EACH(rules.language), SETTING_RULES,
          "es or en: the people who read the files" },
        { SECTION_ORDERS, "amount_format", "", value_amount_format, EACH(rules.amount_format),
          SETTING_RULES,
          "minor: whole numbers in the smallest unit, as the API takes them; "
          "must be set where MXN comes in" },
        { SECTION_ORDERS, "decimal_mark", "", value_mark, EACH(rules.decimal_mark), SETTING_RULES,
          "for amount_format = decimal: comma, dot or none" },
        { SECTION_ORDERS, "thousands_mark", "", value_mark, EACH(rules.thousands_mark),
          SETTING_RULES, "for amount_format = decimal: comma, dot, space, apostrophe or none" },
        { SECTION_ORDERS, "delimiter", "auto", value_delimiter, EACH(rules.delimiter),
          SETTING_RULES, "auto, comma, semicolon or tab" },
        { SECTION_ORDERS, "encoding", "auto", value_encoding, EACH(rules.encoding), SETTING_RULES,
          "auto, UTF-8, UTF-16LE, UTF-16BE or Windows-1252; with auto, a file of plain ASCII gets "
          "reasons without accents" },
        { SECTION_ORDERS, "policy", "partial", value_policy, EACH(rules.policy), SETTING_RULES,
          "partial: good rows go on; strict: one bad row refuses the file" },
        { SECTION_ORDERS, "max_amount.CLP", "6999999", value_amount,
          EACH(rules.max_amount[CURRENCY_CLP]), SETTING_RULES, "in pesos; more only with v2" },
        { SECTION_ORDERS, "max_amount.MXN", "6999999", value_amount,
          EACH(rules.max_amount[CURRENCY_MXN]), SETTING_RULES, "in centavos; more only with v2" },
        { SECTION_ORDERS, "max_rejected", "", value_share, EACH(max_rejected), SETTING_PLAIN,
          "share of bad rows, like 5%: more refuses the file" },
        { SECTION_ORDERS, "max_rows", "", value_count_or_zero, EACH(max_rows), SETTING_PLAIN,
          "more orders refuse the file" },
        { SECTION_ORDERS, "max_batch_sum", "", value_sum_limit, EACH(max_batch_sum), SETTING_PLAIN,
          "like 50000000 CLP: a larger sum of good rows refuses the file" },
        { SECTION_ORDERS, "require_totals", "no", value_yes_no, EACH(require_totals), SETTING_PLAIN,
          "yes: a file must bring its control totals" },
        { SECTION_ORDERS, "approval", "no", value_yes_no, EACH(approval), SETTING_PLAIN,
          "yes: every batch waits for a second person, also one that only ends links" },
        { SECTION_ORDERS, "approval_above", "", value_sum_limit, EACH(approval_above),
          SETTING_PLAIN,
          "like 5000000 CLP: batches whose orders are above that sum wait, and all of other currencies" },
        { SECTION_ORDERS, "canary", "3", value_canary, EACH(canary), SETTING_PLAIN,
          "first due rows of a batch that go alone; 0: none" },
        { SECTION_ORDERS, "run", "", value_run, EACH(run), SETTING_PLAIN,
          "like {year}-{month}, or {week}: references may be used again next period" },
        { SECTION_ORDERS, "formula_guard", "yes", value_yes_no, EACH(formula_guard), SETTING_PLAIN,
          "cells that a spreadsheet would run are guarded in results" },
        { SECTION_ORDERS, "group", "", value_group, EACH(group), SETTING_PLAIN,
          "who may drop in and read this profile's folders; root makes them" },
};
/* clang-format on */
const size_t n_setting_keys = ELEMENTS(setting_keys);

static const char *const sections[] = { "provider", "spool",        "store",        "service",
                                        "orders",   "profile NAME", SECTION_PAYOUTS };

static bool is_profile(const char *section) {
        return strncmp(section, SECTION_PROFILE, strlen(SECTION_PROFILE)) == 0;
}

static bool same_section(const SettingKey *key, const char *section) {
        return strcmp(key->section, is_profile(section) ? SECTION_ORDERS : section) == 0;
}

const SettingKey *setting_key_find(const char *section, const char *key) {
        for (size_t i = 0; i < n_setting_keys; i++)
                if (same_section(&setting_keys[i], section) &&
                    strcmp(setting_keys[i].key, key) == 0)
                        return &setting_keys[i];
        return NULL;
}

bool setting_section_is_known(const char *section) {
        if (is_profile(section))
                return true;
        for (size_t i = 0; i < ELEMENTS(sections); i++)
                if (strcmp(sections[i], section) == 0)
                        return true;
        return false;
}

bool setting_key_is_column(const char *key, unsigned *ret_number) {
        size_t prefix = strlen(COLUMN_PREFIX);
        unsigned number = 0;

        if (strncmp(key, COLUMN_PREFIX, prefix) != 0 || key[prefix] == '\0')
                return false;
        for (const char *at = key + prefix; *at; at++) {
                if (*at < '0' || *at > '9')
                        return false;
                number = number * 10 + (unsigned) (*at - '0');
                if (number > COLUMN_NUMBER)
                        return false;
        }
        *ret_number = number;
        return true;
}

/* Levenshtein: how many letters to change, add or remove. */
static size_t distance(const char *a, const char *b) {
        size_t row[NAME_LONGEST + 1];
        size_t na = strlen(a), nb = strlen(b);

        if (na > NAME_LONGEST || nb > NAME_LONGEST)
                return SIZE_MAX;
        for (size_t j = 0; j <= nb; j++)
                row[j] = j;
        for (size_t i = 1; i <= na; i++) {
                size_t diagonal = row[0];

                row[0] = i;
                for (size_t j = 1; j <= nb; j++) {
                        size_t change = diagonal + (a[i - 1] != b[j - 1]);
                        size_t shorter = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;

                        diagonal = row[j];
                        row[j] = change < shorter ? change : shorter;
                }
        }
        return row[nb];
}

/* So far away is no longer a slip of the finger. */
static size_t nearness(const char *text) {
        return strlen(text) / 3 + 2;
}

const char *setting_key_nearest(const char *section, const char *key) {
        size_t best = nearness(key);
        const char *nearest = NULL;

        for (size_t i = 0; i < n_setting_keys; i++) {
                size_t d;

                if (!same_section(&setting_keys[i], section))
                        continue;
                d = distance(key, setting_keys[i].key);
                if (d < best) {
                        best = d;
                        nearest = setting_keys[i].key;
                }
        }
        return nearest;
}

const char *setting_section_nearest(const char *section) {
        size_t best = nearness(section);
        const char *nearest = NULL;

        for (size_t i = 0; i < ELEMENTS(sections); i++) {
                size_t d = distance(section, sections[i]);

                if (d < best) {
                        best = d;
                        nearest = sections[i];
                }
        }
        return nearest;
}
