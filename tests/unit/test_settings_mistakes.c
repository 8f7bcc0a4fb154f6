/* Settings that cannot be: every mistake is said, with its place, all of them in one pass. */
#include "tests/unit/settings_fixture.h"

#include <sysexits.h>

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

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_mistakes),   cmocka_unit_test(test_all_mistakes_in_one_pass),
                cmocka_unit_test(test_long_lines), cmocka_unit_test(test_nul_byte),
                cmocka_unit_test(test_unreadable),
        };

        return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
