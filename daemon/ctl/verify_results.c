#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "daemon/ctl/verify.h"
#include "jobs/order/order_csv.h"
#include "jobs/order/order_lines.h"
#include "jobs/report/answer.h"

#define PAGE          500
#define FINDINGS_MOST 20 /* of one file: the first ones say enough */

typedef enum Column {
        COLUMN_LINE,
        COLUMN_STATUS,
        COLUMN_SESSION,
        COLUMN_URL,
        COLUMN_COUNT,
} Column;

static const char *const column_names[] = { "checkout_line", "checkout_status",
                                            "checkout_session_id", "checkout_url" };

typedef struct Results {
        Verify *verify;
        const VerifyBatch *batch;
        int fd;
        OrderLines *lines;
        OrderCsv *csv;
        OrderCsv *original; /* the row as it came, from the store */
        size_t columns[COLUMN_COUNT];
        int64_t after; /* the row read last */
        unsigned n_findings;
} Results;

static void results_done(Results *results) {
        (void) order_csv_free(results->csv);
        (void) order_csv_free(results->original);
        (void) order_lines_free(results->lines);
        close_fd_p(&results->fd);
}

static int find(Results *results, const char *what, const char *expected, const char *found) {
        results->n_findings++;
        return verify_find(results->verify, results->batch->id, what, expected, found);
}

/* --- the file ------------------------------------------------------------------------------- */

static int append_path(const Verify *verify, const VerifyBatch *batch, Buffer *path) {
        /* the results of a profile that is no longer set go to the default folder */
        const char *profile =
                settings_profile(verify->settings, batch->profile) ? batch->profile : "";
        char id[ANSWER_BATCH_SIZE];
        int r = buffer_printf(path, "%s/results/%s%s", verify->settings->spool.directory, profile,
                              *profile ? "/" : "");

        if (r >= 0)
                r = answer_append_stem(path, text_of(batch->file));
        return r < 0 ? r : buffer_printf(path, ".%s.results.csv", answer_batch(batch->id, id));
}

/* The next row's cells: 1, 0 at the end, negative errno. */
static int next_row(Results *results) {
        RowText row;
        int r = order_lines_next(results->lines, &row);

        if (r <= 0)
                return r;
        r = order_csv_begin(results->csv, row.text.size);
        if (r >= 0)
                r = order_csv_split(results->csv, row.text);
        if (r >= 0 && order_csv_is_broken(results->csv) && row.lines > 1) {
                order_lines_shrink(results->lines, &row);
                r = order_csv_begin(results->csv, row.text.size);
                if (r >= 0)
                        r = order_csv_split(results->csv, row.text);
        }
        return r < 0 ? r : 1;
}

static Text cell(const Results *results, Column column) {
        size_t n = order_csv_n(results->csv);

        if (n > ORDER_COLUMNS_MAX)
                n = ORDER_COLUMNS_MAX;
        return results->columns[column] < n
                       ? order_csv_cells(results->csv)[results->columns[column]]
                       : TEXT_NONE;
}

/* Ours are the last ones of their names: a mended file brought the first ones. */
static int read_header(Results *results) {
        const Text *cells;
        int r = next_row(results);

        if (r < 0)
                return r;
        if (r == 0)
                return find(results, "results file", "a header", "empty");
        cells = order_csv_cells(results->csv);
        for (int c = 0; c < COLUMN_COUNT; c++)
                results->columns[c] = SIZE_MAX;
        for (size_t i = 0; i < order_csv_n(results->csv) && i < ORDER_COLUMNS_MAX; i++)
                for (int c = 0; c < COLUMN_COUNT; c++)
                        if (text_is(cells[i], column_names[c]))
                                results->columns[c] = i;
        for (int c = 0; c < COLUMN_COUNT; c++)
                if (results->columns[c] == SIZE_MAX)
                        return find(results, "results file: column", column_names[c], "missing");
        return 0;
}

static int open_results(Results *results) {
        const VerifyBatch *batch = results->batch;
        Dialect dialect = { .encoding = batch->encoding,
                            .bom = batch->bom,
                            .delimiter = batch->delimiter };
        AUTO_BUFFER path = BUFFER_EMPTY;
        int r = append_path(results->verify, batch, &path);

        if (r < 0)
                return r;
        results->fd = open(path.data, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        if (results->fd < 0)
                return find(results, "results file", "there", strerror(errno));
        r = order_lines_new(&dialect, ctl_read_file, &results->fd, &results->lines);
        if (r >= 0)
                r = order_csv_new(batch->delimiter, &results->csv);
        if (r >= 0)
                r = order_csv_new(batch->delimiter, &results->original);
        return r < 0 ? r : read_header(results);
}

/* --- row for row ---------------------------------------------------------------------------- */

static int compare_texts(Results *results, uint32_t line, const char *column, Text expected,
                         Text found) {
        char what[FINDING_SIZE], a[FINDING_SIZE], b[FINDING_SIZE];

        if (text_equal(expected, found))
                return 0;
        (void) snprintf(what, sizeof(what), "results file, line %" PRIu32 ": %s", line, column);
        (void) snprintf(a, sizeof(a), "%.*s", TEXT_ARG(expected));
        (void) snprintf(b, sizeof(b), "%.*s", TEXT_ARG(found));
        return find(results, what, a, b);
}

static int compare_ours(Results *results, const Row *row) {
        char line[16];
        const Text expected[] = {
                [COLUMN_LINE] = { line,
                                  (size_t) snprintf(line, sizeof(line), "%" PRIu32, row->line) },
                [COLUMN_STATUS] = text_of(status_name(row->status)),
                [COLUMN_SESSION] = row->session,
                [COLUMN_URL] = row->url,
        };
        int r = 0;

        for (int c = 0; c < COLUMN_COUNT && r >= 0; c++)
                r = compare_texts(results, row->line, column_names[c], expected[c],
                                  cell(results, (Column) c));
        return r;
}

/* Without the guard that keeps a spreadsheet from running the cell. */
static Text unguarded(Text written, Text original) {
        if (written.size == original.size + 1 && written.data[0] == '\'')
                return (Text){ written.data + 1, original.size };
        return written;
}

/* The cells as they came stand in front. A row that was broken was mended to stand under the
 * headers: only whole ones can be compared. Takes that row off the front of `raw`. */
static int compare_cells(Results *results, uint32_t line, Text *raw) {
        unsigned n_columns = results->batch->n_columns;
        const Text *written = order_csv_cells(results->csv);
        const Text *original;
        char name[32];
        uint32_t lines;
        size_t size = order_lines_extent(*raw, order_lines_line_end(*raw), true, &lines);
        int r = order_csv_begin(results->original, size);

        if (r >= 0)
                r = order_csv_split(results->original, (Text){ raw->data, size });
        if (r < 0)
                return r;
        raw->data += size;
        raw->size -= size;
        if (order_csv_is_broken(results->original) || n_columns > order_csv_n(results->csv) ||
            order_csv_n(results->original) != n_columns)
                return 0;
        original = order_csv_cells(results->original);
        for (unsigned i = 0; i < n_columns && r >= 0; i++) {
                (void) snprintf(name, sizeof(name), "column %u", i + 1);
                r = compare_texts(results, line, name, original[i],
                                  unguarded(written[i], original[i]));
        }
        return r;
}

/* An order's first row says its line, status and session. */
static int compare_row(void *userdata, const Row *row) {
        Results *results = userdata;
        Text raw = row->raw;
        int r = 0;

        results->after = row->id;
        for (uint32_t i = 0; i < row->lines && r >= 0; i++) {
                r = next_row(results);
                if (r < 0)
                        return r;
                if (r == 0) {
                        r = compare_texts(results, row->line, "the row", TEXT("there"), TEXT_NONE);
                        return r < 0 ? r : -ECANCELED;
                }
                r = i == 0 ? compare_ours(results, row) : 0;
                if (r >= 0)
                        r = compare_cells(results, row->line, &raw);
        }
        if (r < 0)
                return r;
        return results->n_findings >= FINDINGS_MOST ? -ECANCELED : 0;
}

static int compare_rows(Results *results) {
        int n;

        results->after = results->batch->id << 32;
        do
                n = ledger_rows(results->verify->ledger, results->batch->id, results->after, PAGE,
                                compare_row, results);
        while (n > 0);
        if (n < 0)
                return n == -ECANCELED ? 0 : n;
        n = next_row(results);
        return n <= 0 ? n : find(results, "results file", "its end", "more rows");
}

int verify_results(Verify *verify, const VerifyBatch *batch) {
        __attribute__((cleanup(results_done)))
        Results results = { .verify = verify, .batch = batch, .fd = -1 };
        int r;

        /* while it runs, its results are behind the store; they are written again when it rests */
        if (batch->results_at == 0 ||
            (batch->state != BATCH_SETTLED && batch->state != BATCH_CLOSED))
                return 0;
        r = open_results(&results);
        if (r >= 0 && results.n_findings == 0)
                r = compare_rows(&results);
        return r;
}
