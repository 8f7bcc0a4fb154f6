/* Makes a manual page of its template: `manual TEMPLATE PAGE`. Lines of the template that are a
 * mark become text; so the settings and the codes are written down once, in the tables that the
 * programs run by.
 *
 *   @SETTINGS@   every setting that is built: name, default, what it is (daemon/settings/settings_key.c)
 *   @CODES-OF-FILES@, @CODES-OF-ROWS@   every code: cause and mend in English and Spanish
 *                (jobs/base/problem_codes.h)
 *   @FINDINGS@   every kind of finding: what it means and what to do, in both languages
 *                (jobs/reconcile/finding.c)
 *   @VERSION@    anywhere in a line
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "daemon/settings/settings_table.h"
#include "jobs/base/problem.h"
#include "jobs/reconcile/finding.h"

static const char *const codes[PROBLEM_COUNT][5] = {
#define PROBLEM(symbol, name, es_cause, es_mend, en_cause, en_mend)                                \
        [symbol] = { name, en_cause, en_mend, es_cause, es_mend },
#include "jobs/base/problem_codes.h"
#undef PROBLEM
};

/* Text as groff prints it unchanged; `-` in names can be copied and searched for. */
static void put_text(FILE *page, const char *text, bool is_name) {
        for (const char *at = text; *at; at++) {
                if (at == text && (*at == '.' || *at == '\''))
                        (void) fputs("\\&", page);
                if (*at == '\\')
                        (void) fputs("\\e", page);
                else if (*at == '\'')
                        (void) fputs("\\(aq", page);
                else if (*at == '`')
                        (void) fputs("\\(ga", page);
                else if (*at == '-' && is_name)
                        (void) fputs("\\-", page);
                else
                        (void) fputc(*at, page);
        }
}

static void put_name(FILE *page, const char *name) {
        (void) fputs(".TP\n\\fB", page);
        put_text(page, name, true);
        (void) fputs("\\fR", page);
}

static void put_setting(FILE *page, const SettingKey *key) {
        put_name(page, key->key);
        if (*key->standard) {
                (void) fputs(" = ", page);
                put_text(page, key->standard, true);
        }
        (void) fputc('\n', page);
        put_text(page, key->about, false);
        (void) fputs(".\n", page);
}

static void put_settings(FILE *page) {
        const char *section = "";

        for (size_t i = 0; i < n_setting_keys; i++) {
                const SettingKey *key = &setting_keys[i];

                if (strcmp(section, key->section) != 0)
                        (void) fprintf(page, ".SS [%s]\n", key->section);
                section = key->section;
                put_setting(page, key);
        }
}

static bool is_about_file(const char *code) {
        return strncmp(code, "E-FILE-", strlen("E-FILE-")) == 0;
}

static void put_sentences(FILE *page, const char *cause, const char *mend) {
        put_text(page, cause, false);
        (void) fputs(".\n", page);
        put_text(page, mend, false);
        (void) fputs(".\n", page);
}

static void put_codes(FILE *page, bool about_file) {
        for (size_t i = 0; i < PROBLEM_COUNT; i++) {
                if (!codes[i][0] || is_about_file(codes[i][0]) != about_file)
                        continue;
                put_name(page, codes[i][0]);
                (void) fputc('\n', page);
                put_sentences(page, codes[i][1], codes[i][2]);
                (void) fputs(".br\n", page);
                put_sentences(page, codes[i][3], codes[i][4]);
        }
}

static void put_findings(FILE *page) {
        for (unsigned i = 1; i < FINDING_KIND_END; i++) {
                FindingKind kind = (FindingKind) i;

                if (!finding_name(kind))
                        continue;
                put_name(page, finding_name(kind));
                (void) fputc('\n', page);
                put_sentences(page, finding_meaning(kind, LANGUAGE_EN),
                              finding_advice(kind, LANGUAGE_EN));
                (void) fputs(".br\n", page);
                put_sentences(page, finding_meaning(kind, LANGUAGE_ES),
                              finding_advice(kind, LANGUAGE_ES));
        }
}

static void put_line(FILE *page, const char *line) {
        static const char mark[] = "@VERSION@";
        const char *at = strstr(line, mark);

        if (strcmp(line, "@SETTINGS@\n") == 0)
                put_settings(page);
        else if (strcmp(line, "@CODES-OF-FILES@\n") == 0)
                put_codes(page, true);
        else if (strcmp(line, "@CODES-OF-ROWS@\n") == 0)
                put_codes(page, false);
        else if (strcmp(line, "@FINDINGS@\n") == 0)
                put_findings(page);
        else if (at)
                (void) fprintf(page, "%.*s" CHECKOUTD_VERSION "%s", (int) (at - line), line,
                               at + strlen(mark));
        else
                (void) fputs(line, page);
}

static int make_page(FILE *template, FILE *page) {
        char line[1024];

        while (fgets(line, sizeof(line), template))
                put_line(page, line);
        return ferror(template) || fflush(page) != 0 || ferror(page) ? -EIO : 0;
}

int main(int argc, char **argv) {
        FILE *template, *page;

        if (argc != 3) {
                (void) fputs("usage: manual TEMPLATE PAGE\n", stderr);
                return EX_USAGE;
        }
        template = fopen(argv[1], "re");
        page = template ? fopen(argv[2], "we") : NULL;
        if (!page || make_page(template, page) < 0) {
                (void) fprintf(stderr, "manual: %s: %s\n", argv[page ? 2 : 1], strerror(errno));
                return EX_IOERR;
        }
        (void) fclose(template);
        return fclose(page) == 0 ? EXIT_SUCCESS : EX_IOERR;
}
