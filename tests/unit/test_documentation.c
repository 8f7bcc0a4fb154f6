/* Documentation: the manual pages, the completions and the rule for sudo against what the programs
 * themselves say with --help, and against the tables of settings and codes. Nothing that there is
 * may be left out, and nothing told that is not there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/settings/settings_table.h"
#include "jobs/base/cleanup.h"
#include "jobs/base/problem.h"
#include "jobs/reconcile/finding.h"

#define PAGES   TEST_BINARY_DIR "/systemd/man/"
#define SOURCES TEST_SOURCE_DIR "/systemd/"
#define CTL     TEST_BINARY_DIR "/daemon/checkoutctl"
#define DAEMON  TEST_BINARY_DIR "/daemon/checkoutd"
#define SANDBOX TEST_BINARY_DIR "/tests/sandbox/checkoutd-sandbox"
#define WORDS   128

/* --- texts ---------------------------------------------------------------------------------- */

static char *read_stream(FILE *stream) {
        size_t size = 256 * 1024;
        char *text = calloc(1, size);
        size_t n;

        assert_non_null(stream);
        assert_non_null(text);
        n = fread(text, 1, size - 1, stream);
        assert_in_range(n, 1, size - 2);
        assert_int_equal(fclose(stream), 0);
        return text;
}

static char *read_file(const char *path) {
        return read_stream(fopen(path, "re"));
}

/* What groff would show of names: `\-` is `-`, changes of font are nothing. */
static char *read_page(const char *path) {
        char *page = read_file(path);
        char *to = page;

        for (const char *at = page; *at; at++) {
                if (at[0] == '\\' && at[1] == '-')
                        continue;
                if (at[0] == '\\' && at[1] == 'f')
                        at += 2;
                else
                        *to++ = *at;
        }
        *to = '\0';
        return page;
}

static char *run(const char *program, const char *a, const char *b) {
        int ends[2], status;
        char *text;
        pid_t pid;

        assert_int_equal(pipe(ends), 0);
        pid = fork();
        if (pid == 0) {
                (void) dup2(ends[1], STDOUT_FILENO);
                (void) execl(program, program, a, b, NULL);
                _exit(127);
        }
        (void) close(ends[1]);
        text = read_stream(fdopen(ends[0], "r"));
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
        return text;
}

/* From behind the line that begins with `head` to the next one that begins with one of `ends`. */
static char *part_of(const char *text, const char *head, const char *const *ends) {
        AUTO_FREE char *wanted = NULL;
        const char *begin, *end = NULL;

        assert_true(asprintf(&wanted, "\n%s", head) > 0);
        begin = strstr(text, wanted);
        if (!begin)
                fail_msg("there is no part \"%s\"", head);
        begin += 1;
        for (; *ends; ends++) {
                AUTO_FREE char *mark = NULL;
                const char *at;

                assert_true(asprintf(&mark, "\n%s", *ends) > 0);
                at = strstr(begin, mark);
                if (at && (!end || at < end))
                        end = at;
        }
        return strndup(begin, end ? (size_t) (end - begin) : strlen(begin));
}

static const char *const macros[] = { ".SS", ".SH", NULL };
static const char *const heads[] = { ".SH", NULL };
static const char *const blank[] = { "\n", NULL };

/* --- sets of words -------------------------------------------------------------------------- */

typedef struct Words {
        char words[WORDS][48];
        size_t n;
} Words;

static bool has_word(const Words *set, const char *word) {
        for (size_t i = 0; i < set->n; i++)
                if (strcmp(set->words[i], word) == 0)
                        return true;
        return false;
}

static void add_word(Words *set, const char *word, size_t size) {
        char copy[sizeof(set->words[0])];

        assert_in_range(size, 1, sizeof(copy) - 1);
        (void) snprintf(copy, sizeof(copy), "%.*s", (int) size, word);
        if (has_word(set, copy))
                return;
        assert_in_range(set->n, 0, WORDS - 1);
        memcpy(set->words[set->n++], copy, sizeof(copy));
}

static bool is_letter(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-';
}

static size_t word_size(const char *text) {
        size_t size = 0;

        while (is_letter(text[size]))
                size++;
        return size;
}

/* Every --option in the text. */
static Words options_in(const char *text) {
        Words set = { .n = 0 };

        for (const char *at = strstr(text, "--"); at; at = strstr(at, "--")) {
                size_t size = word_size(at);

                if (size > 2 && (at == text || !is_letter(at[-1])))
                        add_word(&set, at, size);
                at += size;
        }
        return set;
}

/* The first word of every line that begins with `head`. */
static Words names_in(const char *text, const char *head) {
        Words set = { .n = 0 };

        for (const char *at = text; at; at = strchr(at, '\n')) {
                at += *at == '\n';
                if (strncmp(at, head, strlen(head)) == 0 && word_size(at + strlen(head)) > 0)
                        add_word(&set, at + strlen(head), word_size(at + strlen(head)));
        }
        return set;
}

static Words without(const Words *set, const char *const *words) {
        Words rest = { .n = 0 };

        for (size_t i = 0; i < set->n; i++) {
                bool found = false;

                for (const char *const *word = words; *word; word++)
                        found = found || strcmp(*word, set->words[i]) == 0;
                if (!found)
                        add_word(&rest, set->words[i], strlen(set->words[i]));
        }
        return rest;
}

static void assert_same(const char *where, const Words *program, const Words *told) {
        for (size_t i = 0; i < program->n; i++)
                if (!has_word(told, program->words[i]))
                        fail_msg("%s: %s is left out", where, program->words[i]);
        for (size_t i = 0; i < told->n; i++)
                if (!has_word(program, told->words[i]))
                        fail_msg("%s: %s is not there", where, told->words[i]);
        assert_in_range(program->n, 0, WORDS);
}

/* Options that every command has are told once. */
static const char *const common[] = { "--config", "--json", "--help", "--version", NULL };

static Words own_options(const char *text) {
        Words all = options_in(text);

        return without(&all, common);
}

static Words ctl_commands(void) {
        AUTO_FREE char *help = run(CTL, "--help", NULL);
        Words commands = names_in(help, "  ");

        commands = without(&commands, common);
        assert_in_range(commands.n, 5, 30);
        return commands;
}

static Words ctl_options(const char *command) {
        AUTO_FREE char *help = run(CTL, command, "--help");

        return own_options(help);
}

/* --- settings and codes --------------------------------------------------------------------- */

static size_t times(const char *text, const char *what) {
        size_t n = 0;

        for (const char *at = strstr(text, what); at; at = strstr(at + 1, what))
                n++;
        return n;
}

static void every_setting_once(void **state) {
        AUTO_FREE char *page = read_page(PAGES "checkoutd.conf.5");
        AUTO_FREE char *settings = part_of(page, ".SH SETTINGS", heads);

        (void) state;
        for (size_t i = 0; i < n_setting_keys; i++) {
                const SettingKey *key = &setting_keys[i];
                AUTO_FREE char *head = NULL, *line = NULL, *section = NULL;

                assert_true(asprintf(&head, ".SS [%s]", key->section) > 0);
                assert_true(asprintf(&line, ".TP\n%s%s%s\n", key->key, *key->standard ? " = " : "",
                                     key->standard) > 0);
                section = part_of(settings, head, macros);
                if (times(section, line) != 1)
                        fail_msg("[%s] %s is there %zu times", key->section, key->key,
                                 times(section, line));
        }
        assert_int_equal(times(settings, ".TP\n"), n_setting_keys + 1); /* column.N by hand */
        assert_non_null(strstr(settings, "column. N"));
        assert_int_equal(times(settings, ".SS [profile NAME]"), 1);
}

static void every_code_once(void **state) {
        AUTO_FREE char *page = read_page(PAGES "checkoutd-codes.7");
        unsigned findings = 0;

        (void) state;
        for (int code = PROBLEM_NONE + 1; code < PROBLEM_COUNT; code++) {
                AUTO_FREE char *line = NULL;

                assert_true(asprintf(&line, ".TP\n%s\n", problem_name((ProblemCode) code)) > 0);
                if (times(page, line) != 1)
                        fail_msg("%s is there %zu times", problem_name((ProblemCode) code),
                                 times(page, line));
        }
        for (unsigned i = 1; i < FINDING_KIND_END; i++) {
                const char *name = finding_name((FindingKind) i);
                AUTO_FREE char *line = NULL;

                if (!name)
                        continue;
                findings++;
                assert_true(asprintf(&line, ".TP\n%s\n", name) > 0);
                assert_int_equal(times(page, line), 1);
        }
        assert_int_equal(times(page, ".TP\n"), PROBLEM_COUNT - 1 + findings);
        assert_int_equal(times(page, ".br\n"), PROBLEM_COUNT - 1 + findings); /* then in Spanish */
}

/* --- checkoutctl ---------------------------------------------------------------------------- */

static void page_of_ctl(void **state) {
        AUTO_FREE char *page = read_page(PAGES "checkoutctl.1");
        AUTO_FREE char *general = part_of(page, ".SH OPTIONS", heads);
        AUTO_FREE char *help = run(CTL, "--help", NULL);
        Words commands = ctl_commands();
        Words told = names_in(page, ".SS ");
        Words options = options_in(help), options_told = options_in(general);

        (void) state;
        assert_same("checkoutctl(1), COMMANDS", &commands, &told);
        assert_same("checkoutctl(1), OPTIONS", &options, &options_told);
        for (size_t i = 0; i < commands.n; i++) {
                AUTO_FREE char *head = NULL, *part = NULL;

                assert_true(asprintf(&head, ".SS %s ", commands.words[i]) > 0);
                part = part_of(page, head, macros);
                options = ctl_options(commands.words[i]);
                told = own_options(part);
                assert_same(head, &options, &told);
        }
}

static void bash_completes_ctl(void **state) {
        static const char *const end[] = { "        [", ")", NULL };
        AUTO_FREE char *text = read_file(SOURCES "completion/checkoutctl.bash");
        Words commands = ctl_commands();
        Words told = names_in(text, "        [");

        (void) state;
        assert_same("bash, checkoutctl", &commands, &told);
        for (size_t i = 0; i < commands.n; i++) {
                AUTO_FREE char *head = NULL, *part = NULL;
                Words options = ctl_options(commands.words[i]);

                assert_true(asprintf(&head, "        [%s]=", commands.words[i]) > 0);
                part = part_of(text, head, end);
                told = options_in(part);
                assert_same(head, &options, &told);
        }
}

static void zsh_completes_ctl(void **state) {
        static const char *const end[] = { "        ", NULL };
        static const char *const closing[] = { ")", NULL };
        AUTO_FREE char *text = read_file(SOURCES "completion/_checkoutctl");
        AUTO_FREE char *verbs = part_of(text, "verbs=(", closing);
        AUTO_FREE char *what = part_of(text, "what=(", closing);
        Words commands = ctl_commands();
        Words told = names_in(verbs, "        '");

        (void) state;
        assert_same("zsh, checkoutctl", &commands, &told);
        for (size_t i = 0; i < commands.n; i++) {
                AUTO_FREE char *head = NULL, *part = NULL, *all = NULL;
                Words options = ctl_options(commands.words[i]);

                assert_true(asprintf(&head, "        %s) ", commands.words[i]) > 0);
                part = part_of(text, head, end);
                assert_true(asprintf(&all, "%s%s", part, strstr(part, "$what") ? what : "") > 0);
                told = options_in(all);
                assert_same(head, &options, &told);
        }
}

/* The verbs that need the store; the others read files and run as oneself. */
static void sudo_allows_the_verbs(void **state) {
        static const char *const oneself[] = { "check", "submit", NULL };
        AUTO_FREE char *text = read_file(SOURCES "sudoers.in");
        const char *at = strstr(text, "(--json )?(");
        Words commands = ctl_commands(), told = { .n = 0 };

        (void) state;
        assert_non_null(at);
        for (at += strlen("(--json )?("); *at != ')'; at += *at == '|') {
                add_word(&told, at, word_size(at));
                at += word_size(at);
        }
        commands = without(&commands, oneself);
        assert_same("sudoers", &commands, &told);
}

/* --- the other programs --------------------------------------------------------------------- */

static void other_programs(void **state) {
        static const struct {
                const char *program, *page, *bash, *zsh;
        } programs[] = {
                { DAEMON, PAGES "checkoutd.8", SOURCES "completion/checkoutd.bash",
                  SOURCES "completion/_checkoutd" },
                { SANDBOX, PAGES "checkoutd-sandbox.1", SOURCES "completion/checkoutd-sandbox.bash",
                  SOURCES "completion/_checkoutd-sandbox" },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(programs); i++) {
                AUTO_FREE char *help = run(programs[i].program, "--help", NULL);
                AUTO_FREE char *page = read_page(programs[i].page);
                AUTO_FREE char *part = part_of(page, ".SH OPTIONS", heads);
                AUTO_FREE char *bash = read_file(programs[i].bash);
                AUTO_FREE char *zsh = read_file(programs[i].zsh);
                Words options = options_in(help);
                Words in_page = options_in(part), in_bash = options_in(bash),
                      in_zsh = options_in(zsh);

                assert_same(programs[i].page, &options, &in_page);
                assert_same(programs[i].bash, &options, &in_bash);
                assert_same(programs[i].zsh, &options, &in_zsh);
        }
}

static void kinds_of_the_sandbox(void **state) {
        static const char *const lists[][2] = {
                { "Kinds of faults:", ".SH FAULTS" },
                { "Kinds of payers:", ".SH PAYERS" },
                { "Actions of /_sandbox/payer:", ".SS Actions of /_sandbox/payer" },
        };
        AUTO_FREE char *help = run(SANDBOX, "--help", NULL);
        AUTO_FREE char *page = read_page(PAGES "checkoutd-sandbox.1");
        AUTO_FREE char *bash = read_file(SOURCES "completion/checkoutd-sandbox.bash");

        (void) state;
        for (size_t i = 0; i < ELEMENTS(lists); i++) {
                AUTO_FREE char *kinds = part_of(help, lists[i][0], blank);
                AUTO_FREE char *part = part_of(page, lists[i][1], macros);
                Words known = names_in(kinds, "  "), told = names_in(part, ".B ");

                assert_in_range(known.n, 5, WORDS);
                assert_same(lists[i][1], &known, &told);
                for (size_t k = 0; i < 2 && k < known.n; k++)
                        if (!strstr(bash, known.words[k]))
                                fail_msg("bash: %s is left out", known.words[k]);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_setting_once), cmocka_unit_test(every_code_once),
                cmocka_unit_test(page_of_ctl),        cmocka_unit_test(bash_completes_ctl),
                cmocka_unit_test(zsh_completes_ctl),  cmocka_unit_test(sudo_allows_the_verbs),
                cmocka_unit_test(other_programs),     cmocka_unit_test(kinds_of_the_sandbox),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
