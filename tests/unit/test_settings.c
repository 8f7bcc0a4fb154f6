/* Settings: real files in a folder of their own, real text; every rule of the contract's page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "daemon/settings.h"
#include "daemon/settings_table.h"
#include "jobs/base/civil.h"

static char folder[] = "/tmp/test_settings.XXXXXX";

static const char *path_of(const char *name) {
        static char path[512];

        (void) snprintf(path, sizeof(path), "%s/%s", folder, name);
        return path;
}

static void write_bytes(const char *name, const char *text, size_t size) {
        FILE *file = fopen(path_of(name), "we");

        assert_non_null(file);
        assert_int_equal(fwrite(text, 1, size, file), size);
        assert_int_equal(fclose(file), 0);
}

static void write_file(const char *name, const char *text) {
        write_bytes(name, text, strlen(text));
}

static Settings *load_good(const char *text) {
        AUTO_FREE char *complaint = NULL;
        Settings *settings = NULL;
        int r;

        write_file("a.conf", text);
        r = settings_load(path_of("a.conf"), &settings, &complaint);
        if (r != 0)
                print_error("%s", complaint);
        assert_int_equal(r, 0);
        return settings;
}

/* The complaint, without the folder in front of the file's name. */
static char *load_bad(const char *text, size_t size, int expected) {
        char *complaint = NULL;
        Settings *settings = NULL;

        write_bytes("a.conf", text, size);
        assert_int_equal(settings_load(path_of("a.conf"), &settings, &complaint), expected);
        assert_null(settings);
        assert_non_null(complaint);
        return complaint;
}

static void test_defaults(void **state) {
        CLEANUP(settings_free_p) Settings *settings = load_good("");
        const Profile *orders = settings_profile(settings, "");

        (void) state;
        assert_string_equal(settings->provider.url, "https://api.fintoc.com");
        assert_int_equal(settings->provider.api, API_V1);
        assert_string_equal(settings->provider.fintoc_version, "");
        assert_string_equal(settings->provider.instance, "default");
        assert_true(settings->provider.connect_timeout == 10 * SECOND);
        assert_true(settings->provider.timeout == 60 * SECOND);
        assert_true(settings->provider.rate == 50);
        assert_int_equal(settings->provider.max_in_flight, 32);
        assert_string_equal(settings->spool.directory, "/var/spool/checkoutd");
        assert_true(settings->spool.settle == 10 * SECOND);
        assert_true(settings->spool.max_file_size == UINT64_C(1) << 30);
        assert_string_equal(settings->store.database, "/var/lib/checkoutd/checkoutd.db");
        assert_false(settings->service.log_references);
        assert_true(settings->service.stop_timeout == 20 * SECOND);
        assert_int_equal(settings->n_profiles, 1);
        assert_non_null(orders);
        assert_null(settings_profile(settings, "mx"));
        assert_int_equal(orders->rules.currency, CURRENCY_XXX);
        assert_null(orders->rules.success_url);
        assert_null(orders->rules.payment_method_types);
        assert_null(orders->rules.rfc_type);
        assert_string_equal(orders->rules.timezone, "America/Santiago");
        assert_int_equal(orders->rules.language, LANGUAGE_ES);
        assert_int_equal(orders->rules.amount_format, AMOUNT_FORMAT_UNSET);
        assert_int_equal(orders->rules.max_amount[CURRENCY_CLP], 6999999);
        assert_int_equal(orders->rules.max_amount[CURRENCY_MXN], 6999999);
        assert_int_equal(orders->rules.policy, POLICY_PARTIAL);
        assert_true(orders->max_rejected < 0);
        assert_int_equal(orders->max_batch_sum.currency, CURRENCY_XXX);
        assert_int_equal(orders->canary, 3);
        assert_true(orders->formula_guard);
}

static void test_every_default_is_read_by_its_own_parser(void **state) {
        CLEANUP(settings_free_p) Settings *built_in = NULL;
        AUTO_BUFFER text = BUFFER_EMPTY;
        AUTO_FREE char *complaint = NULL;
        const char *section = "";

        (void) state;
        assert_int_equal(settings_defaults(&built_in, &complaint), 0);
        for (size_t i = 0; i < n_setting_keys; i++) {
                const SettingKey *key = &setting_keys[i];

                if (strcmp(section, key->section) != 0)
                        assert_int_equal(buffer_printf(&text, "[%s]\n", key->section), 0);
                section = key->section;
                assert_int_equal(buffer_printf(&text, "%s = %s\n", key->key, key->standard), 0);
                assert_ptr_equal(setting_key_find(key->section, key->key), key);
                assert_true(strlen(key->about) > 5);
        }
        CLEANUP(settings_free_p) Settings *settings = load_good(text.data);
        assert_string_equal(settings->profiles[0].snapshot, built_in->profiles[0].snapshot);
        assert_true(settings->provider.rate == built_in->provider.rate);
}

static void test_values_taken(void **state) {
        CLEANUP(settings_free_p)
        Settings *settings = load_good("\xef\xbb\xbf# begins with a byte order mark\r\n"
                                       "[provider]\r\n"
                                       "  url = http://127.0.0.1:8080/   # loopback\r\n"
                                       "   rate = 90/min # indented: not more of the line before\n"
                                       "api_version=v2\n"
                                       "max_in_flight = 64\n"
                                       "[spool]\n"
                                       "directory = /srv/spool/\n"
                                       "settle = 500ms\n"
                                       "max_file_size = 64M\n"
                                       "[orders]\n"
                                       "max_amount.CLP = 9000000000\n"
                                       "success_url = https://a.example/ok?x=1#done\n"
                                       "cancel_url = https://a.example/no\n"
                                       "payment_method_types = bank_transfer | card\n"
                                       "expires_in = 2h\n"
                                       "max_rejected = 2.5%\n"
                                       "max_batch_sum = 50000000 CLP\n"
                                       "column.2 = amount, Monto ; a#cobrar, total\n"
                                       "column.1 = metadata.sucursal, Sucursal\n"
                                       "column.10 = -, Observaciones\n"
                                       "amount_format = decimal\n"
                                       "decimal_mark = comma\n"
                                       "thousands_mark = dot\n"
                                       "run = {year}-{month}");
        const Profile *orders = settings_profile(settings, "");

        (void) state;
        assert_string_equal(settings->provider.url, "http://127.0.0.1:8080");
        assert_true(settings->provider.rate == 1.5);
        assert_string_equal(settings->provider.fintoc_version, "2026-02-01");
        assert_int_equal(orders->rules.api, API_V2);
        assert_string_equal(settings->spool.directory, "/srv/spool");
        assert_true(settings->spool.settle == SECOND / 2);
        assert_true(settings->spool.max_file_size == 64 * 1024 * 1024);
        assert_true(orders->rules.max_amount[CURRENCY_CLP] == INT64_C(9000000000));
        assert_string_equal(orders->rules.success_url, "https://a.example/ok?x=1#done");
        assert_true(orders->rules.expires_in == 2 * HOUR);
        assert_true(orders->max_rejected > 0.0249 && orders->max_rejected < 0.0251);
        assert_true(orders->max_batch_sum.amount == 50000000);
        assert_int_equal(orders->max_batch_sum.currency, CURRENCY_CLP);
        assert_int_equal(orders->rules.decimal_mark, ',');
        assert_int_equal(orders->rules.thousands_mark, '.');
        assert_int_equal(orders->rules.n_columns, 3);
        assert_string_equal(orders->rules.columns[0].field, "metadata.sucursal");
        assert_string_equal(orders->rules.columns[1].header, "Monto ; a#cobrar, total");
        assert_string_equal(orders->rules.columns[2].field, "-");
}

static void test_profiles_inherit(void **state) {
        CLEANUP(settings_free_p)
        Settings *settings = load_good("[profile mx]\n"
                                       "currency = MXN\n"
                                       "column.1 = amount, Total\n"
                                       "[orders]\n"
                                       "language = en\n"
                                       "amount_format = minor\n"
                                       "column.1 = amount, Monto\n"
                                       "column.2 = order_id, Folio\n"
                                       "[profile empty]\n"
                                       "[profile mx]\n"
                                       "canary = 0\n");
        const Profile *mx = settings_profile(settings, "mx");

        (void) state;
        assert_int_equal(settings->n_profiles, 3);
        assert_string_equal(settings->profiles[0].name, "");
        assert_non_null(settings_profile(settings, "empty"));
        assert_int_equal(settings_profile(settings, "empty")->rules.language, LANGUAGE_EN);
        assert_non_null(mx);
        assert_int_equal(mx->rules.currency, CURRENCY_MXN);
        assert_int_equal(mx->rules.language, LANGUAGE_EN);
        assert_int_equal(mx->canary, 0);
        assert_int_equal(mx->rules.n_columns, 2);
        assert_string_equal(mx->rules.columns[0].header, "Total");
        assert_string_equal(mx->rules.columns[1].header, "Folio");
        assert_string_equal(settings->profiles[0].rules.columns[0].header, "Monto");
        assert_int_equal(settings->profiles[0].canary, 3);
}

/* one mistake, and what must be said about it */
static const struct {
        const char *text, *said;
} mistakes[] = {
        { "[provider]\ntimout = 5s\n",
          ":2: [provider] timout: no such key; did you mean `timeout`?" },
        { "[provider]\nsettle = 5s\n",
          ":2: [provider] settle: no such key here; it belongs to [spool]" },
        { "[provder]\nurl = x\n", ":1: [provder]: no such section; did you mean [provider]?" },
        { "[provider]\nurl = http://api.fintoc.com\n", ":2: [provider] url: " },
        { "[provider]\nurl = http://127.0.0.1.evil.example\n", "[provider] url: " },
        { "[provider]\nurl = http://localhost@evil.example\n", "[provider] url: " },
        { "[provider]\nurl = api.fintoc.com\n", "[provider] url: " },
        { "[provider]\napi_version = v3\n", "must be v1 or v2" },
        { "[provider]\ntimeout = 60\n", "not a duration" },
        { "[provider]\ntimeout = 0s\n", "longer than nothing" },
        { "[provider]\ntimeout = 99999999999999999999s\n", "not a duration" },
        { "[provider]\nrate = 50\n", "not a rate" },
        { "[provider]\nrate = 0/s\n", "above 0" },
        { "[provider]\nrate = inf/s\n", "not a rate" },
        { "[provider]\nmax_in_flight = 0\n", "from 1 to 1000" },
        { "[provider]\ninstance = a b\n", "not a name" },
        { "[provider]\ninstance =\n", "not a name" },
        { "[provider]\non_unsettled = maybe\n", "must be hold or new_key" },
        { "[provider]\ncustomer_conflict = perhaps\n", "must be refuse or without" },
        { "[store]\nretention = 400\n", "not a duration" },
        { "[store]\nretention = 12h\n", ":2: [store] retention: must be at least 1d" },
        { "[orders]\napproval = perhaps\n", "" },
        { "[orders]\napproval_above = 5 pesos\n", "not a sum" },
        { "[service]\nmetrics_file = x.prom\n", "absolute" },
        { "[payouts]\ncolumn.1 = customer_email, Correo\n", "none of our columns" },
        { "[payouts]\ncolumn.1 = amount\n", "must be our column, a comma" },
        { "[payouts]\namounts = pesos\n", "must be minor or cents" },
        { "[payouts]\ncurrency = CLP\n", "it belongs to [orders]" },
        { "[profile payouts]\ncurrency = CLP\n", "the name is reserved" },
        { "[spool]\ndirectory = spool\n", "absolute" },
        { "[spool]\nmax_file_size = 1 GB\n", "not a size" },
        { "[spool]\nmax_file_size = 9223372036854775807T\n", "size must be" },
        { "[orders]\ntimezone = America/Santjago\n", "no such time zone" },
        { "[orders]\ntimezone = ../../etc/passwd\n", "no such time zone" },
        { "[orders]\nsuccess_url = https://a.example\n",
          ":2: [orders] success_url: cancel_url must" },
        { "[orders]\nsuccess_url = http://a.example\ncancel_url = https://a.example\n",
          "https://" },
        { "[orders]\ncurrency = clp\n", "CLP or MXN" },
        { "[orders]\ncurrency = MXN\n", ":2: [orders] currency: amount_format must be set" },
        { "[orders]\namount_format = decimal\ndecimal_mark = dot\n", "nothing is guessed" },
        { "[orders]\namount_format = decimal\ndecimal_mark = dot\nthousands_mark = dot\n",
          "same mark" },
        { "[orders]\ndecimal_mark = .\n", "must be a word" },
        { "[orders]\nmax_amount.CLP = 7000000\n", "only with api_version = v2" },
        { "[orders]\nmax_amount.USD = 7\n", "no such key" },
        { "[orders]\nexpires_in = 2h\n", "at least 1d" },
        { "[orders]\npayment_method_types = cash\n", "not a payment method" },
        { "[orders]\nmax_rejected = 5\n", "not a share" },
        { "[orders]\nmax_rejected = 101%\n", "not a share" },
        { "[orders]\nmax_batch_sum = 5000\n", "not a sum" },
        { "[orders]\nrun = {hour}\n", "{year}, {month}, {day} and {week}" },
        { "[orders]\ncolumn.1 = monto\n", "comma" },
        { "[orders]\ncolumn.1 = mount, Monto\n", "none of our columns" },
        { "[orders]\ncolumn.1 = checkout_line, X\n", "none of our columns" },
        { "[orders]\ncolumn.x = amount, Monto\n", "no such key" },
        { "[orders]\ncolumn.1 = amount, Mi Monto\ncolumn.2 = -, mi_monto\n", "two column.N" },
        { "[profile approve]\n", "reserved" },
        { "[profile Payouts]\n", "reserved" },
        { "[profile a/b]\n", "not the name of a profile" },
        { "[profile .hidden]\n", "not the name of a profile" },
        { "[profile mx]\nurl = https://a.example\n", "it belongs to [provider]" },
        { "[profile mx]\ncanary = -1\n", ":2: [profile mx] canary: " },
        { "url = https://a.example\n", ":1: url: stands before the first [section]" },
        { "[provider]\nurl: https://a.example\n", ":2: neither `[section]` nor `key = value`" },
        { "[provider\n", "alone on its line" },
        { "[provider] # fine\n[provider] x\n", ":2: a section must" },
        { "[provider]\nrate\n", ":2: neither" },
        { "[provider]\nca_file = /a\xff\n", ":2: the line is not UTF-8" },
        { "[provider]\nca_file = /a\x1b[31m\n", ":2: a control character" },
};

static void test_mistakes(void **state) {
        (void) state;
        for (size_t i = 0; i < ELEMENTS(mistakes); i++) {
                AUTO_FREE char *complaint =
                        load_bad(mistakes[i].text, strlen(mistakes[i].text), EX_CONFIG);

                if (!strstr(complaint, mistakes[i].said) || strncmp(complaint, folder, 10) != 0)
                        fail_msg("%s\ngave: %s", mistakes[i].text, complaint);
                if (strchr(complaint, '\n') != strrchr(complaint, '\n'))
                        fail_msg("%s\ngave more than one: %s", mistakes[i].text, complaint);
        }
}

static void test_all_mistakes_in_one_pass(void **state) {
        static const char text[] = "[provider]\n"
                                   "rate = fast\n"
                                   "urll = https://a.example\n"
                                   "nonsense\n"
                                   "[orders]\n"
                                   "success_url = https://a.example\n"
                                   "[profile approve]\n";
        AUTO_FREE char *complaint = load_bad(text, strlen(text), EX_CONFIG);
        unsigned lines = 0;

        (void) state;
        for (const char *at = complaint; *at; at++)
                lines += *at == '\n';
        assert_int_equal(lines, 6); /* the URL once for each profile */
}

static void test_long_lines(void **state) {
        char text[512] = "[provider]\nca_file = /";
        AUTO_FREE char *complaint = NULL;

        (void) state;
        memset(text + strlen(text), 'a', 190 - strlen("ca_file = /"));
        {
                CLEANUP(settings_free_p) Settings *settings = load_good(text);

                assert_int_equal(strlen(settings->provider.ca_file), 180);
        }
        text[strlen(text)] = 'b';
        complaint = load_bad(text, strlen(text), EX_CONFIG);
        assert_non_null(strstr(complaint, ":2: the line is longer than 190 bytes"));
}

static void test_nul_byte(void **state) {
        static const char text[] = "[provider]\nca_file = /a\0b\n";
        AUTO_FREE char *complaint = load_bad(text, sizeof(text) - 1, EX_CONFIG);

        (void) state;
        assert_non_null(strstr(complaint, ":2: a control character"));
}

static void test_unreadable(void **state) {
        Settings *settings = NULL;
        char *complaint = NULL;

        (void) state;
        assert_int_equal(settings_load(path_of("none.conf"), &settings, &complaint), EX_IOERR);
        assert_non_null(strstr(complaint, "none.conf: cannot be read: No such file"));
        free(complaint);
        assert_int_equal(settings_load(folder, &settings, &complaint), EX_IOERR);
        assert_non_null(strstr(complaint, "Is a directory"));
        free(complaint);
}

static void test_drop_ins(void **state) {
        CLEANUP(settings_free_p) Settings *alone = NULL, *all = NULL;
        AUTO_FREE char *complaint = NULL;

        (void) state;
        write_file("a.conf", "[provider]\nmax_in_flight = 1\ninstance = a\n");
        (void) mkdir(path_of("checkoutd.conf.d"), 0700);
        write_file("checkoutd.conf.d/20.conf", "[provider]\nmax_in_flight = 20\n");
        write_file("checkoutd.conf.d/10.conf", "[provider]\nmax_in_flight = 10\n");
        write_file("checkoutd.conf.d/30.conf~", "nonsense");
        assert_int_equal(settings_load(path_of("a.conf"), &alone, &complaint), 0);
        assert_int_equal(alone->provider.max_in_flight, 1);
        assert_int_equal(settings_load_all(path_of("a.conf"), true, &all, &complaint), 0);
        assert_int_equal(all->provider.max_in_flight, 20);
        assert_string_equal(all->provider.instance, "a");
}

static void test_snapshot_round_trip(void **state) {
        CLEANUP(settings_free_p)
        Settings *settings =
                load_good("[provider]\napi_version = v2\nrfc_type = mx_rfc\n"
                          "[profile mx]\ncurrency = MXN\namount_format = decimal\n"
                          "decimal_mark = dot\nthousands_mark = none\npolicy = strict\n"
                          "encoding = Windows-1252\ndelimiter = tab\nmax_amount.MXN = 8000000\n"
                          "expires_in = 30min\npayment_method_types = card\nlanguage = en\n"
                          "success_url = https://a.example/ok\ncancel_url = https://a.example/no\n"
                          "timezone = America/Mexico_City\ncolumn.7 = amount, Total ; neto\n");
        CLEANUP(settings_rules_free_p) OrderRules *rules = NULL;
        AUTO_BUFFER snapshot = BUFFER_EMPTY;

        (void) state;
        assert_int_equal(settings_profile_snapshot(settings_profile(settings, "mx"), &snapshot), 0);
        assert_int_equal(settings_rules_of(snapshot.data, &rules), 0);
        assert_int_equal(rules->api, API_V2);
        assert_string_equal(rules->rfc_type, "mx_rfc");
        assert_int_equal(rules->currency, CURRENCY_MXN);
        assert_int_equal(rules->amount_format, AMOUNT_FORMAT_DECIMAL);
        assert_int_equal(rules->decimal_mark, '.');
        assert_int_equal(rules->thousands_mark, 0);
        assert_int_equal(rules->policy, POLICY_STRICT);
        assert_int_equal(rules->encoding, ENCODING_WINDOWS_1252);
        assert_int_equal(rules->delimiter, '\t');
        assert_int_equal(rules->max_amount[CURRENCY_MXN], 8000000);
        assert_int_equal(rules->max_amount[CURRENCY_CLP], 6999999);
        assert_true(rules->expires_in == 30 * MINUTE);
        assert_string_equal(rules->payment_method_types, "card");
        assert_int_equal(rules->language, LANGUAGE_EN);
        assert_string_equal(rules->success_url, "https://a.example/ok");
        assert_string_equal(rules->cancel_url, "https://a.example/no");
        assert_string_equal(rules->timezone, "America/Mexico_City");
        assert_int_equal(rules->n_columns, 1);
        assert_string_equal(rules->columns[0].header, "Total ; neto");
        rules = settings_rules_free(rules);
        assert_int_equal(settings_rules_of("[orders]\nlanguage = xx\n", &rules), -EINVAL);
}

static void test_run(void **state) {
        CLEANUP(settings_free_p)
        Settings *settings = load_good("[orders]\nrun = cl-{year}/{month}\n"
                                       "[profile plain]\nrun =\n"
                                       "[profile weekly]\nrun = {week}\n"
                                       "[profile daily]\nrun = {year}-{month}-{day}\n");
        AUTO_BUFFER run = BUFFER_EMPTY;
        int64_t instant;

        (void) state;
        /* still December in Santiago */
        assert_true(civil_time_parse(TEXT("2027-01-01T01:30:00Z"), &instant));
        assert_int_equal(settings_profile_run(&settings->profiles[0], instant, &run), 0);
        assert_string_equal(run.data, "cl-2026/12");
        buffer_clear(&run);
        assert_int_equal(settings_profile_run(&settings->profiles[1], instant, &run), 0);
        assert_string_equal(run.data, "");
        assert_int_equal(settings_profile_run(&settings->profiles[2], instant, &run), 0);
        assert_string_equal(run.data, "2026-W53");
        buffer_clear(&run);
        assert_int_equal(settings_profile_run(&settings->profiles[3], instant, &run), 0);
        assert_string_equal(run.data, "2026-12-31");
}

static int read_key(const char *secret, char **ret_key, bool *ret_live) {
        char text[600];

        (void) snprintf(text, sizeof(text), "[provider]\nkey_file = %s\n", path_of("key"));
        CLEANUP(settings_free_p) Settings *settings = load_good(text);
        write_file("key", secret);
        return settings_read_key(settings, ret_key, ret_live);
}

static void test_key(void **state) {
        CLEANUP(settings_free_p) Settings *settings = load_good("");
        char *key = NULL;
        bool live = true;

        (void) state;
        assert_int_equal(read_key("sk_test_abc\n", &key, &live), 0);
        assert_string_equal(key, "sk_test_abc");
        assert_false(live);
        free(key);
        assert_int_equal(read_key("sk_live_abc", &key, &live), 0);
        assert_true(live);
        free(key);
        assert_int_equal(read_key("pk_live_abc\n", &key, &live), -EKEYREJECTED);
        assert_int_equal(read_key("sk_test_", &key, &live), -EKEYREJECTED);
        assert_int_equal(read_key("sk_test_a\nX-Evil: 1\n", &key, &live), -EKEYREJECTED);
        assert_int_equal(read_key("\n", &key, &live), -ENOENT);

        (void) unsetenv("CREDENTIALS_DIRECTORY");
        assert_int_equal(settings_read_key(settings, &key, &live), -ENOENT);
        (void) setenv("CREDENTIALS_DIRECTORY", folder, 1);
        assert_int_equal(settings_read_key(settings, &key, &live), -ENOENT);
        write_file("api_key", "sk_test_credential\n");
        assert_int_equal(settings_read_key(settings, &key, &live), 0);
        assert_string_equal(key, "sk_test_credential");
        free(key);
}

static void test_sample_is_the_table(void **state) {
        AUTO_BUFFER sample = BUFFER_EMPTY;
        static char file[32768];
        FILE *stream = fopen(TEST_SOURCE_DIR "/systemd/checkoutd.conf.sample", "re");
        size_t size;

        (void) state;
        assert_non_null(stream);
        size = fread(file, 1, sizeof(file) - 1, stream);
        (void) fclose(stream);
        file[size] = '\0';
        assert_int_equal(settings_sample_append(&sample), 0);
        assert_string_equal(file, sample.data);
        CLEANUP(settings_free_p) Settings *settings = load_good(sample.data);
        assert_int_equal(settings->n_profiles, 1);
}

static int make_folder(void **state) {
        (void) state;
        return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state) {
        static const char *const names[] = {
                "checkoutd.conf.d/10.conf",
                "checkoutd.conf.d/20.conf",
                "checkoutd.conf.d/30.conf~",
                "checkoutd.conf.d",
                "a.conf",
                "key",
                "api_key",
                "",
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(names); i++)
                (void) remove(path_of(names[i]));
        return 0;
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_defaults),
                cmocka_unit_test(test_every_default_is_read_by_its_own_parser),
                cmocka_unit_test(test_values_taken),
                cmocka_unit_test(test_profiles_inherit),
                cmocka_unit_test(test_mistakes),
                cmocka_unit_test(test_all_mistakes_in_one_pass),
                cmocka_unit_test(test_long_lines),
                cmocka_unit_test(test_nul_byte),
                cmocka_unit_test(test_unreadable),
                cmocka_unit_test(test_drop_ins),
                cmocka_unit_test(test_snapshot_round_trip),
                cmocka_unit_test(test_run),
                cmocka_unit_test(test_key),
                cmocka_unit_test(test_sample_is_the_table),
        };

        return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
