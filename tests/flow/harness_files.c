#include "tests/flow/harness_internal.h"

#include <errno.h>
#include <glob.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- dropping --------------------------------------------------------------------------------- */

void flow_drop_bytes(Flow *flow, const char *name, const void *bytes, size_t size) {
        const char *beside = flow_path(flow, "spool/incoming.drop");

        flow_write(flow, beside, bytes, size);
        if (rename(beside, flow_path(flow, "spool/incoming/%s", name)) < 0)
                flow_fail(flow, "incoming/%s: %s", name, strerror(errno));
}

void flow_drop(Flow *flow, const char *name, const char *text) {
        flow_drop_bytes(flow, name, text, strlen(text));
}

void flow_copy_in(Flow *flow, const char *name, const char *text) {
        flow_write(flow, flow_path(flow, "spool/incoming/%s", name), text, strlen(text));
}

/* --- waiting for files ------------------------------------------------------------------------ */

static char *first_path(Flow *flow, const char *pattern) {
        char *path = NULL;
        glob_t found;

        if (glob(pattern, 0, NULL, &found) == 0)
                path = flow_text(flow, "%s", found.gl_pathv[0]);
        globfree(&found);
        return path;
}

static bool path_is_there(Flow *flow, const void *userdata) {
        glob_t found;
        bool there;

        (void) flow;
        there = glob(userdata, 0, NULL, &found) == 0;
        globfree(&found);
        return there;
}

static bool path_is_gone(Flow *flow, const void *userdata) {
        (void) flow;
        return !flow_exists(userdata);
}

static bool log_has(Flow *flow, const void *userdata) {
        CLEANUP(close_file_p) FILE *log = fopen(flow_path(flow, "daemon.log"), "re");
        AUTO_FREE char *line = NULL;
        size_t size = 0;

        while (log && getline(&line, &size, log) >= 0)
                if (strstr(line, userdata))
                        return true;
        return false;
}

char *flow_wait_path(Flow *flow, const char *format, ...) {
        char pattern[1024];
        const char *whole;
        va_list arguments;

        va_start(arguments, format);
        (void) vsnprintf(pattern, sizeof(pattern), format, arguments);
        va_end(arguments);
        whole = flow_path(flow, "%s", pattern);
        flow_wait(flow, path_is_there, whole, whole);
        return first_path(flow, whole);
}

size_t flow_count_paths(Flow *flow, const char *pattern) {
        glob_t found;
        size_t n = 0;

        if (glob(flow_path(flow, "%s", pattern), 0, NULL, &found) == 0)
                n = found.gl_pathc;
        globfree(&found);
        return n;
}

void flow_wait_gone(Flow *flow, const char *path) {
        flow_wait(flow, path_is_gone, path, flow_text(flow, "%s gone", path));
}

static bool nothing_matches(Flow *flow, const void *pattern) {
        return flow_count_paths(flow, pattern) == 0;
}

void flow_wait_none(Flow *flow, const char *pattern) {
        flow_wait(flow, nothing_matches, pattern, flow_text(flow, "nothing at %s", pattern));
}

void flow_wait_log(Flow *flow, const char *text) {
        flow_wait(flow, log_has, text, flow_text(flow, "\"%s\" in the log", text));
}

/* Whether the store holds the batch as taken in; also when it cannot be asked, and when nobody is
 * there who would still do it. */
static bool is_taken(Flow *flow, const void *userdata) {
        static const char query[] = "SELECT 1 FROM batch WHERE id = ?1 AND state IN (1, 2)";
        const char *path = flow_path(flow, "checkoutd.db");
        sqlite3 *store = NULL;
        sqlite3_stmt *statement = NULL;
        bool taken = true;

        if (flow_daemon_pid(flow) > 0 &&
            sqlite3_open_v2(path, &store, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
            sqlite3_busy_timeout(store, 5000) == SQLITE_OK &&
            sqlite3_prepare_v2(store, query, -1, &statement, NULL) == SQLITE_OK &&
            sqlite3_bind_int64(statement, 1, *(const int64_t *) userdata) == SQLITE_OK)
                taken = sqlite3_step(statement) != SQLITE_ROW;
        (void) sqlite3_finalize(statement);
        (void) sqlite3_close(store);
        return taken;
}

/* The answer is written before the store says so: who stops the daemon between the two finds a file
 * that was not taken in yet. */
char *flow_ack(Flow *flow, const char *stem) {
        const char *path = flow_wait_path(flow, "spool/results/%s.B*.ACK.txt", stem);
        const char *batch = strrchr(path, 'B');
        int64_t id = strtoll(batch + 1, NULL, 10);

        flow_wait(flow, is_taken, &id, flow_text(flow, "%s to be taken in", batch));
        return flow_read(flow, path, NULL);
}

char *flow_nack(Flow *flow, const char *stem) {
        return flow_read(flow, flow_wait_path(flow, "spool/results/%s.B*.NACK.txt", stem), NULL);
}

void flow_pass(Flow *flow) {
        const char *name = flow_text(flow, "zz-pass-%u", ++flow->passes);

        flow_drop(flow, flow_text(flow, "%s.csv", name),
                  flow_orders(flow, flow_text(flow, "PASS%u", flow->passes), 1));
        (void) flow_results(flow, name);
}

/* --- tables: RFC 4180, read by other code than the program's ---------------------------------- */

/* Cuts the cell at `*text` out in place; gives what ended it: the delimiter, '\n' or 0. */
static char next_cell(char **text, char delimiter, char **ret_cell) {
        char *from = *text, *to = *text, end;

        *ret_cell = to;
        if (*from == '"') {
                for (from++; *from && (*from != '"' || from[1] == '"'); from++) {
                        if (*from == '"')
                                from++;
                        *to++ = *from;
                }
                if (*from == '"')
                        from++;
        }
        while (*from && *from != delimiter && *from != '\n' && strncmp(from, "\r\n", 2) != 0)
                *to++ = *from++;
        if (*from == '\r')
                from++;
        end = *from;
        *text = end ? from + 1 : from;
        *to = '\0';
        return end;
}

/* Grows by doubling; the memory is the flow's from the first call on. */
static void push(void *array, size_t n, size_t size, const void *element) {
        void **slot = array;

        if ((n & (n - 1)) == 0) {
                *slot = realloc(*slot, (n ? n * 2 : 1) * size);
                assert_non_null(*slot);
        }
        (void) memcpy((char *) *slot + n * size, element, size);
}

const FlowTable *flow_table(Flow *flow, const char *path, char delimiter) {
        static const char bom[] = "\xef\xbb\xbf";
        FlowTable *table = flow_own(flow, calloc(1, sizeof(*table)));
        char *text = flow_read(flow, path, NULL);
        size_t n_rows = 0, n_cells = 0;
        char **cells = NULL;
        size_t *begins = NULL;

        if (strncmp(text, bom, 3) == 0)
                text += 3;
        while (*text) {
                char end, *cell;

                push(&begins, n_rows++, sizeof(*begins), &n_cells);
                do {
                        end = next_cell(&text, delimiter, &cell);
                        push(&cells, n_cells++, sizeof(*cells), (const void *) &cell);
                } while (end == delimiter);
        }
        push(&begins, n_rows, sizeof(*begins), &n_cells);
        if (n_rows == 0)
                flow_fail(flow, "%s is empty", path);
        table->cells = flow_own(flow, cells);
        table->begins = flow_own(flow, begins);
        table->n_rows = n_rows - 1;
        table->n_columns = begins[1];
        return table;
}

static size_t column_of(const FlowTable *table, const char *column) {
        for (size_t i = 0; i < table->n_columns; i++)
                if (strcmp(table->cells[i], column) == 0)
                        return i;
        return table->n_columns;
}

bool flow_has_column(const FlowTable *table, const char *column) {
        return column_of(table, column) < table->n_columns;
}

static const char *cell_at(const FlowTable *table, size_t row, size_t column) {
        size_t at = table->begins[row] + column;

        return at < table->begins[row + 1] ? table->cells[at] : NULL;
}

const char *flow_cell(const FlowTable *table, size_t row, const char *column) {
        const char *cell = NULL;

        if (row >= 1 && row <= table->n_rows && flow_has_column(table, column))
                cell = cell_at(table, row, column_of(table, column));
        if (!cell) {
                print_error("no cell in row %zu of %zu, column %s\n", row, table->n_rows, column);
                fail();
        }
        return cell;
}

size_t flow_find(const FlowTable *table, const char *column, const char *value) {
        size_t i = column_of(table, column);

        for (size_t row = 1; row <= table->n_rows; row++) {
                const char *cell = cell_at(table, row, i);

                if (cell && strcmp(cell, value) == 0)
                        return row;
        }
        return 0;
}

const FlowTable *flow_results(Flow *flow, const char *stem) {
        return flow_table(flow, flow_wait_path(flow, "spool/results/%s.B*.results.csv", stem), ',');
}

size_t flow_count_status(const FlowTable *results, const char *status) {
        size_t n = 0;

        for (size_t row = 1; row <= results->n_rows; row++)
                n += strcmp(flow_cell(results, row, "checkout_status"), status) == 0;
        return n;
}

/* --- JSON ------------------------------------------------------------------------------------- */

json_t *flow_json(Flow *flow, const char *text) {
        json_error_t error;
        json_t *document = json_loads(text, JSON_REJECT_DUPLICATES, &error);

        if (!document)
                flow_fail(flow, "no JSON (line %d: %s): %.200s", error.line, error.text, text);
        push(&flow->documents, flow->n_documents++, sizeof(json_t *), (const void *) &document);
        return document;
}

const char *flow_string(const json_t *object, const char *key) {
        const char *text = json_string_value(json_object_get(object, key));

        if (!text) {
                print_error("no text at \"%s\"\n", key);
                fail();
        }
        return text;
}

int64_t flow_integer(const json_t *object, const char *key) {
        const json_t *number = json_object_get(object, key);

        if (!json_is_integer(number)) {
                print_error("no integer at \"%s\"\n", key);
                fail();
        }
        return json_integer_value(number);
}

void flow_assert_contains(const char *text, const char *part) {
        if (!strstr(text, part)) {
                print_error("\"%s\" is not in:\n%s\n", part, text);
                fail();
        }
}
