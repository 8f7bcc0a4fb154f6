/* What came back: everything once, as the provider made it, and nothing left behind. */
#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/flow/harness.h"
#include "tests/flow/proof.h"

static void drop_json(json_t **document) {
        json_decref(*document);
}

/* --- folders ---------------------------------------------------------------------------------- */

/* The entries of a folder that match, hidden ones too; the last one's path. */
static size_t find(const ProofPlace *place, const char *folder, const char *pattern,
                   char ret_path[static PATH_MAX]) {
        char path[PATH_MAX];
        struct dirent *entry;
        size_t n = 0;
        DIR *open_folder;

        (void) snprintf(path, sizeof(path), "%s/%s", place->folder, folder);
        open_folder = opendir(path);
        while (open_folder && (entry = readdir(open_folder))) {
                if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
                    fnmatch(pattern, entry->d_name, 0) != 0)
                        continue;
                (void) snprintf(ret_path, PATH_MAX, "%.3000s/%s", path, entry->d_name);
                n++;
        }
        if (open_folder)
                (void) closedir(open_folder);
        return n;
}

size_t proof_count_paths(const ProofPlace *place, const char *pattern) {
        const char *slash = strrchr(pattern, '/');
        char folder[128], path[PATH_MAX];

        (void) snprintf(folder, sizeof(folder), "%.*s", (int) (slash - pattern), pattern);
        return find(place, folder, slash + 1, path);
}

static char *read_whole(const char *path, size_t *ret_size) {
        CLEANUP(close_file_p) FILE *in = fopen(path, "re");
        struct stat facts;
        char *text;

        if (!in || fstat(fileno(in), &facts) < 0)
                return NULL;
        text = malloc((size_t) facts.st_size + 1);
        if (!text)
                return NULL;
        *ret_size = fread(text, 1, (size_t) facts.st_size, in);
        text[*ret_size] = '\0';
        return text;
}

bool proof_holds(ProofPlace *place, const char *below, const char *text) {
        char path[PATH_MAX], whole[8192] = "";
        CLEANUP(close_file_p) FILE *file = NULL;

        (void) snprintf(path, sizeof(path), "%s/%s", place->folder, below);
        file = fopen(path, "re");
        if (file)
                whole[fread(whole, 1, sizeof(whole) - 1, file)] = '\0';
        return strstr(whole, text) || proof_wrong(place, "%s does not hold %s", below, text);
}

/* --- results ---------------------------------------------------------------------------------- */

static size_t column_of(const char *header, const char *name) {
        size_t n = strlen(name), column = 0;

        for (const char *at = header;; at++) {
                if (strncmp(at, name, n) == 0 && strchr(",\r\n", at[n]))
                        return column;
                at += strcspn(at, ",\n");
                if (*at != ',')
                        return SIZE_MAX;
                column++;
        }
}

/* The cells of these files hold no delimiters before those that are read here. */
static const char *cut_cell(char *line, size_t column) {
        for (; column > 0; column--) {
                line = strchr(line, ',');
                if (!line)
                        return "";
                line++;
        }
        return line;
}

void proof_results_done(ProofResults *results) {
        free(results->text);
        free(results->rows);
        *results = (ProofResults){ 0 };
}

static void end_cell(const char *cell) {
        char *end = (char *) (uintptr_t) cell;

        end[strcspn(end, ",\r\n")] = '\0';
}

static bool split(ProofPlace *place, ProofResults *results) {
        size_t status = column_of(results->text, "checkout_status");
        size_t session = column_of(results->text, "checkout_session_id");
        char *line = strchr(results->text, '\n'), *next;
        size_t n_lines = 0;

        if (!line || status == SIZE_MAX || session == SIZE_MAX)
                return proof_wrong(place, "results without our columns");
        for (const char *at = line; (at = strchr(at, '\n')); at++)
                n_lines++;
        results->rows = calloc(n_lines + 1, sizeof(*results->rows));
        if (!results->rows)
                return proof_wrong(place, "out of memory");
        for (line++; *line; line = next) {
                ProofRow *row = &results->rows[results->n++];
                char *end = strchr(line, '\n');

                if (!end)
                        return proof_wrong(place, "results end in a line: %.80s", line);
                next = end + 1;
                *end = '\0';
                *row = (ProofRow){ line, cut_cell(line, status), cut_cell(line, session) };
                end_cell(row->session);
                end_cell(row->status);
                end_cell(row->order);
        }
        return true;
}

bool proof_results(ProofPlace *place, const char *stem, ProofResults *ret_results) {
        CLEANUP(proof_results_done) ProofResults results = { 0 };
        char pattern[128], path[PATH_MAX];
        size_t n, size;

        (void) snprintf(pattern, sizeof(pattern), "%s.B*.results.csv", stem);
        n = find(place, "spool/results", pattern, path);
        if (n != 1)
                return proof_wrong(place, "%zu files %s", n, pattern);
        results.text = read_whole(path, &size);
        if (!results.text || strlen(results.text) != size)
                return proof_wrong(place, "cannot read %s", path);
        if (!split(place, &results))
                return false;
        *ret_results = results;
        results = (ProofResults){ 0 };
        return true;
}

/* --- everything ------------------------------------------------------------------------------- */

typedef struct Look {
        ProofPlace *place;
        const ProofLedger *ledger;
        const ProofFile *file;
        bool replayed;
} Look;

/* Is the row's session one of its order? Which one was replayed to it under another id is not
 * known. */
static bool is_made(const Look *look, const char *order, const char *session, bool open) {
        unsigned n;
        const ProofMade *made = proof_ledger_find(look->ledger, order, &n);

        if (look->replayed || n == 0)
                return (session[0] == '\0') == (n == 0);
        for (unsigned i = 0; i < n; i++)
                if (made[i].live == open && strcmp(made[i].id, session) == 0)
                        return true;
        return false;
}

static bool check_good(const Look *look, const ProofRow *row, bool *seen) {
        unsigned long number = strtoul(row->order + strlen(look->file->stem) + 1, NULL, 10);
        const ProofExpected *end;
        char name[128];

        proof_order_name(look->file, (unsigned) number, name);
        if (number < 1 || number > look->file->n_good || strcmp(name, row->order) != 0)
                return proof_wrong(look->place, "a row %s in the results", row->order);
        if (seen[number])
                return proof_wrong(look->place, "%s is twice in the results", row->order);
        seen[number] = true;
        end = proof_expected(look->file, (unsigned) number);
        if (strcmp(row->status, end->status) != 0)
                return proof_wrong(look->place, "%s is %s", name, row->status);
        return is_made(look, name, row->session,
                       end->live > 0 && strcmp(end->status, "open") == 0) ||
               proof_wrong(look->place, "%s has the session %s", name, row->session);
}

static bool check_results(const Look *look) {
        CLEANUP(proof_results_done) ProofResults results = { 0 };
        AUTO_FREE bool *seen = calloc((size_t) look->file->n_good + 1, sizeof(*seen));
        size_t n_bad = 0, begin = strlen(look->file->stem);

        if (!seen || !proof_results(look->place, look->file->stem, &results))
                return proof_wrong(look->place, "out of memory");
        for (size_t i = 0; i < results.n; i++) {
                const ProofRow *row = &results.rows[i];

                if (strncmp(row->order, look->file->stem, begin) == 0 &&
                    strncmp(row->order + begin, "-bad", 4) == 0 &&
                    strcmp(row->status, "rejected") == 0)
                        n_bad++;
                else if (!check_good(look, row, seen))
                        return false;
        }
        if (n_bad != look->file->n_bad || results.n - n_bad != look->file->n_good)
                return proof_wrong(look->place, "%zu rows in the results of %s, %zu bad", results.n,
                                   look->file->stem, n_bad);
        return true;
}

static bool check_archived(const Look *look) {
        char pattern[128], path[PATH_MAX];
        AUTO_FREE char *text = NULL;
        size_t n, size = 0;

        (void) snprintf(pattern, sizeof(pattern), "B*.%s.csv", look->file->stem);
        n = find(look->place, "spool/archive", pattern, path);
        if (n != 1)
                return proof_wrong(look->place, "%zu originals of %s in archive/", n,
                                   look->file->stem);
        text = read_whole(path, &size);
        if (!text || size != look->file->size || memcmp(text, look->file->text, size) != 0)
                return proof_wrong(look->place, "%s is not the original", path);
        return true;
}

static bool check_summary(const Look *look, const char *path) {
        CLEANUP(drop_json) json_t *document = json_load_file(path, 0, NULL);
        const char *state = json_string_value(json_object_get(document, "state"));

        return (state && strcmp(state, "settled") == 0) ||
               proof_wrong(look->place, "%s has the state %s", path, state ? state : "none");
}

static bool check_answers(const Look *look) {
        static const struct {
                const char *ending;
                size_t n;
        } answers[] = {
                { "ACK.txt", 1 },     { "NACK.txt", 0 },     { "DUP.txt", 0 },
                { "results.csv", 1 }, { "summary.json", 1 },
        };
        char path[PATH_MAX], pattern[128];

        for (size_t i = 0; i < ELEMENTS(answers); i++) {
                size_t n;

                (void) snprintf(pattern, sizeof(pattern), "%s.B*.%s", look->file->stem,
                                answers[i].ending);
                n = find(look->place, "spool/results", pattern, path);
                if (n != answers[i].n)
                        return proof_wrong(look->place, "%zu files %s", n, pattern);
        }
        (void) snprintf(pattern, sizeof(pattern), "%s.B*.rejects.csv", look->file->stem);
        if (find(look->place, "spool/results", pattern, path) != (look->file->n_bad > 0))
                return proof_wrong(look->place, "rejects of %s", look->file->stem);
        (void) snprintf(pattern, sizeof(pattern), "%s.B*.summary.json", look->file->stem);
        (void) find(look->place, "spool/results", pattern, path);
        return check_summary(look, path);
}

static bool check_nothing_left(ProofPlace *place) {
        static const struct {
                const char *folder, *pattern;
        } none[] = { { "spool/incoming", "*.*" }, { "spool/work", "[!.]*" },
                     { "spool/work", ".[!ls]*" }, /* .lock and .store */
                     { "spool/work", ".*.part" }, { "spool/results", ".*" },
                     { "spool/rejected", "*" } };
        char path[PATH_MAX];

        for (size_t i = 0; i < ELEMENTS(none); i++)
                if (find(place, none[i].folder, none[i].pattern, path) > 0)
                        return proof_wrong(place, "%s was left", path);
        return true;
}

bool proof_check(ProofPlace *place, const ProofFile *files, size_t n, bool replayed,
                 ProofCounts *ret_counts) {
        CLEANUP(proof_ledger_done) ProofLedger ledger = { 0 };

        if (!proof_ledger(place, &ledger) ||
            !proof_ledger_tally(place, &ledger, files, n, ret_counts))
                return false;
        for (size_t i = 0; i < n; i++) {
                const Look look = { place, &ledger, &files[i], replayed };

                if (!check_results(&look) || !check_archived(&look) || !check_answers(&look))
                        return false;
        }
        return check_nothing_left(place) && proof_verify(place) && proof_said_nothing_bad(place);
}
