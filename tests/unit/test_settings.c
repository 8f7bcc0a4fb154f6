/* Settings: real text; every rule of the contract's page. */
#include "tests/unit/settings_fixture.h"

#include <errno.h>
#include <sys/stat.h>
#include <sysexits.h>

#include "daemon/settings/settings_table.h"
#include "jobs/base/civil.h"

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

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_defaults),
                cmocka_unit_test(test_every_default_is_read_by_its_own_parser),
                cmocka_unit_test(test_values_taken),
                cmocka_unit_test(test_profiles_inherit),
                cmocka_unit_test(test_drop_ins),
                cmocka_unit_test(test_snapshot_round_trip),
                cmocka_unit_test(test_run),
                cmocka_unit_test(test_key),
                cmocka_unit_test(test_sample_is_the_table),
        };

        return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
