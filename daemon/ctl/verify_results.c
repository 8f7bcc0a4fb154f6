#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "daemon/ctl/verify.h"
#include "jobs/order/order_lines.h"
#include "jobs/report/answer.h"
#include "sql/ledger_instruction.h"

#define PAGE          500
#define FINDINGS_MOST 20 /* of one file: the first ones say enough */

/* The results hold more behind these (when it expires, why it was refused): what is compared is
 * that the row stands there as it came, and what became of it. */
static const char *const column_names[] = { "checkout_line", "checkout_status",
                                            "checkout_session_id", "checkout_url" };

typedef struct Results {
        Verify *verify;
        const VerifyBatch *batch;
        int fd;
        OrderLines *lines;
        OrderMirror *mirror;
        bool guard;
        Buffer ours, mirrored, expected;
        Buffer behind; /* the status, when the results may be older than it */
        int64_t after; /* the row read last */
        unsigned n_findings;
} Results;

static void results_done(Results *results) {
        (void) order_mirror_free(results->mirror);
        (void) order_lines_free(results->lines);
        buffer_done(&results->ours);
        buffer_done(&results->mirrored);
        buffer_done(&results->expected);
        buffer_done(&results->behind);
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

/* --- row for row ---------------------------------------------------------------------------- */

/* The text of a row without its line end. */
static Text without_end(Text row) {
        while (row.size > 0 && (row.data[row.size - 1] == '\n' || row.data[row.size - 1] == '\r'))
                row.size--;
        return row;
}

static int find_row(Results *results, uint32_t line, Text expected, Text found) {
        char what[FINDING_SIZE];
        AUTO_BUFFER a = BUFFER_EMPTY, b = BUFFER_EMPTY;
        size_t same = 0;
        int r;

        while (same < expected.size && same < found.size && expected.data[same] == found.data[same])
                same++;
        same = same > 8 ? same - 8 : 0; /* a little before the place where they part */
        while (same > 0 && ((uint8_t) expected.data[same] & 0xc0) == 0x80)
                same--;
        (void) snprintf(what, sizeof(what), "results file, line %" PRIu32, line);
        r = text_append_visible(&a, (Text){ expected.data + same, expected.size - same }, 60);
        if (r >= 0)
                r = text_append_visible(&b, (Text){ found.data + same, found.size - same }, 60);
        return r < 0 ? r : find(results, what, a.data ? a.data : "", b.data ? b.data : "");
}

static Text without_quotes(Text cell) {
        bool quoted = cell.size >= 2 && cell.data[0] == '"' && cell.data[cell.size - 1] == '"';

        return quoted ? (Text){ cell.data + 1, cell.size - 2 } : cell;
}

/* `;STATUS;` and what stands behind the status, which may be one from before. */
static bool goes_on(const Results *results, Text rest) {
        const char delimiter = results->batch->delimiter;
        const Buffer *behind = &results->behind;
        const char *end;
        char word[16];

        if (rest.size < 2 || rest.data[0] != delimiter)
                return false;
        if (behind->size == 0)
                return true;
        rest = (Text){ rest.data + 1, rest.size - 1 };
        end = memchr(rest.data, delimiter, rest.size);
        if (!end || (size_t) (end - rest.data) >= sizeof(word))
                return false;
        text_copy_out(without_quotes((Text){ rest.data, (size_t) (end - rest.data) }), word,
                      sizeof(word));
        rest = (Text){ end + 1, rest.size - (size_t) (end + 1 - rest.data) };
        if (status_of_name(word) == 0)
                return false;
        if (rest.size > 2 && rest.data[0] == delimiter && rest.data[1] == delimiter)
                return true; /* it had no session then */
        return rest.size > behind->size && memcmp(rest.data, behind->data, behind->size) == 0 &&
               rest.data[behind->size] == delimiter;
}

/* Does the next row of the file begin with what is expected, and go on with more of our cells? */
static int compare_next(Results *results, uint32_t line, Text expected) {
        RowText row;
        int r = order_lines_next(results->lines, &row);
        Text found;

        if (r == 0)
                return find_row(results, line, expected, TEXT_NONE) < 0 ? -ENOMEM : -ECANCELED;
        if (r < 0)
                return r;
        found = without_end(row.text);
        if (found.size > expected.size && memcmp(found.data, expected.data, expected.size) == 0 &&
            goes_on(results, (Text){ found.data + expected.size, found.size - expected.size }))
                return 0;
        return find_row(results, line, expected, found);
}

/* The rows of one order as the results must have them; `ours` is what stands behind each. */
static int compare_mirrored(Results *results, Text raw, uint32_t line) {
        Text rest;
        int r;

        buffer_clear(&results->mirrored);
        buffer_clear(&results->expected);
        r = order_mirror_append(results->mirror, &results->mirrored, raw, line,
                                (Text){ results->ours.data, results->ours.size });
        if (r >= 0)
                r = order_as_encoded(&results->expected,
                                     (Text){ results->mirrored.data, results->mirrored.size },
                                     results->batch->encoding);
        rest = (Text){ results->expected.data, results->expected.size };
        while (r >= 0 && rest.size > 0) {
                uint32_t lines;
                size_t size = order_lines_extent(rest, order_lines_line_end(rest), true, &lines);

                r = compare_next(results, line, without_end((Text){ rest.data, size }));
                rest = (Text){ rest.data + size, rest.size - size };
        }
        return r;
}

static int add_cell(const Results *results, Buffer *cells, Text cell) {
        char delimiter = results->batch->delimiter;
        int r = cells->size > 0 ? buffer_append_char(cells, delimiter) : 0;

        return r < 0 ? r : order_mirror_append_cell(results->mirror, cells, cell);
}

static int add_ours(Results *results, Text cell) {
        return add_cell(results, &results->ours, cell);
}

static int compare_row(void *userdata, const Row *row) {
        Results *results = userdata;
        Buffer *cells;
        int r;

        results->after = row->id;
        buffer_clear(&results->ours);
        r = buffer_append_string(&results->ours, "{line}");
        if (r >= 0 && !results->batch->newer)
                r = add_ours(results, text_of(status_name(row->status)));
        cells = results->batch->newer ? &results->behind : &results->ours;
        buffer_clear(&results->behind);
        if (r >= 0)
                r = add_cell(results, cells, row->session);
        if (r >= 0)
                r = buffer_append_char(cells, results->batch->delimiter);
        if (r >= 0)
                r = order_mirror_append_cell(results->mirror, cells, row->url);
        if (r >= 0)
                r = compare_mirrored(results, row->raw, row->line);
        if (r < 0)
                return r;
        return results->n_findings >= FINDINGS_MOST ? -ECANCELED : 0;
}

/* The line `sep=;` that may stand before the header. */
static int compare_separator(Results *results, Text line) {
        RowText row;
        int r = order_lines_next(results->lines, &row);

        if (r < 0 || (r > 0 && text_equal(without_end(row.text), without_end(line))))
                return r;
        return find_row(results, 1, line, r > 0 ? without_end(row.text) : TEXT_NONE);
}

static int compare_header(Results *results) {
        Text header = text_of(results->batch->header);
        size_t before = order_file_separator(header);
        int r = before > 0 ? compare_separator(results, (Text){ header.data, before }) : 0;

        for (size_t i = 0; r >= 0 && i < ELEMENTS(column_names); i++)
                r = add_ours(results, text_of(column_names[i]));
        header = (Text){ header.data + before, header.size - before };
        return r < 0 ? r : compare_mirrored(results, header, 1);
}

static int open_results(Results *results) {
        const VerifyBatch *batch = results->batch;
        const Profile *profile = settings_profile(results->verify->settings, batch->profile);
        Dialect dialect = { .encoding = batch->encoding,
                            .bom = batch->bom,
                            .delimiter = batch->delimiter };
        AUTO_BUFFER path = BUFFER_EMPTY;
        int r = append_path(results->verify, batch, &path);

        if (r < 0)
                return r;
        results->guard = profile ? profile->formula_guard : true;
        results->fd = open(path.data, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        if (results->fd < 0)
                return find(results, "results file", "there", strerror(errno));
        r = order_lines_new(&dialect, ctl_read_file, &results->fd, &results->lines);
        if (r >= 0)
                r = order_mirror_new(text_of(batch->header), batch->delimiter, results->guard,
                                     &results->mirror);
        return r < 0 ? r : compare_header(results);
}

static int compare_rows(Results *results) {
        RowText more;
        int n;

        results->after = row_first(results->batch->id);
        do
                n = ledger_file_rows(results->verify->ledger, results->batch->id, results->after,
                                     PAGE, compare_row, results);
        while (n > 0);
        if (n < 0)
                return n == -ECANCELED ? 0 : n;
        n = order_lines_next(results->lines, &more);
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
        if (r == -ECANCELED)
                return 0;
        if (r >= 0 && results.n_findings == 0)
                r = compare_rows(&results);
        return r;
}
