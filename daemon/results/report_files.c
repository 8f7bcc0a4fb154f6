#include "daemon/results/report_files.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/base/file_writer.h"
#include "jobs/base/civil.h"
#include "jobs/order/order_file.h"
#include "jobs/report/answer.h"
#include "jobs/report/summary.h"
#include "sql/ledger_approval.h"
#include "sql/ledger_finding.h"
#include "sql/ledger_instruction.h"
#include "sql/ledger_payout.h"

#define PAGE         128U
#define CHILDREN_MAX 64 /* named in a summary */
#define MODE         0640

static const char *const our_columns[] = {
        "checkout_line",       "checkout_status", "checkout_session_id", "checkout_url",
        "checkout_expires_at", "checkout_code",   "checkout_reason",
};

struct ReportFiles {
        Ledger *ledger;
        int directory;
        int64_t batch;
        char *stem; /* "invoices.B000017" */
        char delimiter;
        Encoding encoding;
        OrderMirror *mirror;
        bool guard;
        Language language;
        Hold hold; /* of batch or daemon: its queued rows are shown as held */
        FileWriter *results;
        FileWriter *rejects;
        uint64_t n_rejects;
        int64_t after; /* row id */
        Buffer ours, row, bytes;
};

ReportFiles *report_files_free(ReportFiles *files) {
        if (!files)
                return NULL;
        (void) file_writer_free(files->results);
        (void) file_writer_free(files->rejects);
        (void) order_mirror_free(files->mirror);
        buffer_done(&files->ours);
        buffer_done(&files->row);
        buffer_done(&files->bytes);
        free(files->stem);
        free(files);
        return NULL;
}

/* --- rows ----------------------------------------------------------------------------------- */

static int add_ours(ReportFiles *files, Text cell) {
        int r = files->ours.size > 0 ? buffer_append_char(&files->ours, files->delimiter) : 0;

        return r < 0 ? r : order_mirror_append_cell(files->mirror, &files->ours, cell);
}

static int write_row(ReportFiles *files, FileWriter *writer) {
        Text row = { files->row.data, files->row.size };
        int r;

        if (files->encoding == ENCODING_UTF8)
                return file_writer_add(writer, row.data, row.size);
        buffer_clear(&files->bytes);
        r = order_encode(&files->bytes, row, files->encoding);
        return r < 0 ? r : file_writer_add(writer, files->bytes.data, files->bytes.size);
}

static Status shown_status(const ReportFiles *files, const Row *row) {
        return row->status == STATUS_QUEUED && files->hold != HOLD_NONE ? STATUS_HELD : row->status;
}

/* Why it waits, unless the row says so by itself. */
static Hold shown_hold(const ReportFiles *files, const Row *row) {
        if (row->code.size > 0)
                return HOLD_NONE;
        return row->status == STATUS_HELD     ? row->hold
               : row->status == STATUS_QUEUED ? files->hold
                                              : HOLD_NONE;
}

static const char *hold_reason(Hold hold, Language language) {
        static const char *const reasons[HOLD_COUNT][LANGUAGE_COUNT] = {
                [HOLD_NONE] = { "", "" },
                [HOLD_APPROVAL] = { "Espera que otra persona apruebe el lote.",
                                    "It waits until another person approves the batch." },
                [HOLD_OPERATOR] = { "La detuvo quien opera el servicio, y sigue cuando la libere.",
                                    "Whoever operates the service holds it, and lets it go on." },
                [HOLD_ACCOUNT] = { "El proveedor no acepta la clave o la cuenta; quien opera el servicio debe mirarlo.",
                                   "The provider does not take the key or the account; whoever operates the service has to look at it." },
                [HOLD_CANARY] = { "Espera que se aclare qué pasó con las primeras filas del lote.",
                                  "It waits until it is known what became of the first rows of the batch." },
                [HOLD_REPLY_MISMATCH] = { "El proveedor contestó con otro cobro que el pedido; quien opera el servicio debe mirarlo.",
                                          "The provider answered with another order than the one that was asked for; whoever operates the service has to look at it." },
                [HOLD_STORE] = { "El servicio está detenido hasta que quien lo opera revise sus datos.",
                                 "The service is held until whoever operates it has looked at its store." },
        };

        assert(hold < HOLD_COUNT);
        return reasons[hold][language];
}

static int append_our_cells(ReportFiles *files, const Row *row) {
        Hold hold = shown_hold(files, row);
        char expires[CIVIL_TIME_SIZE] = "";
        int r = buffer_append_string(&files->ours, "{line}");

        if (row->expires_at != 0)
                (void) civil_time_format(row->expires_at, expires);
        if (r >= 0)
                r = add_ours(files, text_of(status_name(shown_status(files, row))));
        if (r >= 0)
                r = add_ours(files, row->session);
        if (r >= 0)
                r = add_ours(files, row->url);
        if (r >= 0)
                r = add_ours(files, text_of(expires));
        if (r >= 0)
                r = add_ours(files, row->code.size > 0 ? row->code : text_of(hold_name(hold)));
        if (r >= 0)
                r = add_ours(files, hold == HOLD_NONE || row->reason.size > 0
                                            ? row->reason
                                            : text_of(hold_reason(hold, files->language)));
        return r;
}

static int add_row(void *userdata, const Row *row) {
        ReportFiles *files = userdata;
        int r;

        buffer_clear(&files->ours);
        buffer_clear(&files->row);
        files->after = row->id;
        r = append_our_cells(files, row);
        if (r >= 0)
                r = order_mirror_append(files->mirror, &files->row, row->raw, row->line,
                                        (Text){ files->ours.data, files->ours.size });
        if (r >= 0)
                r = write_row(files, files->results);
        if (r >= 0 && status_is_mendable(row->status)) {
                files->n_rejects++;
                r = write_row(files, files->rejects);
        }
        return r;
}

int report_files_slice(ReportFiles *files) {
        int n = ledger_file_rows(files->ledger, files->batch, files->after, PAGE, add_row, files);

        return n < 0 ? n : n > 0;
}

/* --- head ----------------------------------------------------------------------------------- */

static int add_header(ReportFiles *files, Text header, bool bom) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < ELEMENTS(our_columns); i++)
                r = add_ours(files, text_of(our_columns[i]));
        if (r >= 0 && bom)
                r = buffer_append_string(&files->row, "\xef\xbb\xbf");
        if (r >= 0)
                r = order_mirror_append_header(files->mirror, &files->row, header,
                                               (Text){ files->ours.data, files->ours.size });
        if (r >= 0)
                r = write_row(files, files->results);
        return r < 0 ? r : write_row(files, files->rejects);
}

static int open_writer(ReportFiles *files, const char *ending, FileWriter **ret_writer) {
        AUTO_FREE char *name = NULL;

        if (asprintf(&name, "%s.%s", files->stem, ending) < 0)
                return -ENOMEM;
        return file_writer_new(files->directory, name, MODE, ret_writer);
}

/* What its files begin with, and what holds it. */
static int fill_head(ReportFiles *files, const Batch *batch) {
        AUTO_BUFFER stem = BUFFER_EMPTY;
        char id[ANSWER_BATCH_SIZE];
        int r = answer_append_stem(&stem, text_of(batch->file));

        if (r >= 0)
                r = buffer_printf(&stem, ".%s", answer_batch(batch->id, id));
        if (r < 0)
                return r;
        files->stem = TAKE(stem.data);
        files->hold = batch->hold;
        return files->hold == HOLD_NONE ? ledger_daemon_hold(files->ledger, &files->hold) : 0;
}

static int fill(ReportFiles *files, const Batch *batch, const Profile *profile) {
        int r;

        files->delimiter = batch->delimiter;
        files->encoding = batch->encoding;
        files->guard = profile ? profile->formula_guard : true;
        files->language = profile ? profile->rules.language : LANGUAGE_ES;
        r = fill_head(files, batch);
        if (r >= 0)
                r = open_writer(files, "results.csv", &files->results);
        return r < 0 ? r : open_writer(files, "rejects.csv", &files->rejects);
}

int report_files_new(Ledger *ledger, int64_t id, const Profile *profile, int directory,
                     ReportFiles **ret_files) {
        CLEANUP(report_files_free_p) ReportFiles *files = calloc(1, sizeof(*files));
        const Batch *batch;
        int r = ledger_batch_get(ledger, id, &batch);

        if (r <= 0)
                return r < 0 ? r : -ENOENT;
        if (!files)
                return -ENOMEM;
        files->ledger = ledger;
        files->directory = directory;
        files->batch = id;
        files->after = row_first(id);
        r = fill(files, batch, profile);
        if (r < 0)
                return r;
        r = ledger_batch_get(ledger, id, &batch); /* borrowed only until the next call */
        if (r > 0)
                r = order_mirror_new(batch->header, batch->delimiter, files->guard, &files->mirror);
        if (r >= 0)
                r = add_header(files, batch->header, batch->bom);
        if (r < 0)
                return r;
        *ret_files = TAKE(files);
        return 0;
}

/* --- into place ----------------------------------------------------------------------------- */

typedef struct Totals {
        SummaryTotal totals[CURRENCY_COUNT * STATUS_COUNT];
        unsigned n;
} Totals;

static int collect(void *userdata, const Total *total) {
        Totals *totals = userdata;

        assert(totals->n < ELEMENTS(totals->totals));
        if (total->count > 0)
                totals->totals[totals->n++] =
                        (SummaryTotal){ total->currency, total->status, total->count, total->sum };
        return 0;
}

typedef struct Children {
        int64_t ids[CHILDREN_MAX];
        unsigned n;
} Children;

static int collect_child(void *userdata, int64_t id) {
        Children *children = userdata;

        if (children->n < CHILDREN_MAX)
                children->ids[children->n++] = id;
        return 0;
}

/* what a summary tells of */
typedef struct Gathered {
        Totals read, totals, together;
        Children children;
        Approval approval;
        SummarySettled settled[CURRENCY_COUNT];
        unsigned n_settled;
        SummaryFinding findings[FINDING_KIND_END];
        unsigned n_findings;
} Gathered;

static int collect_settled(void *userdata, const SettledTotal *total) {
        Gathered *gathered = userdata;

        assert(gathered->n_settled < ELEMENTS(gathered->settled));
        if (total->rows != 0 || total->amount != 0 || total->net != 0)
                gathered->settled[gathered->n_settled++] =
                        (SummarySettled){ .currency = total->currency,
                                          .count = total->rows,
                                          .sum = total->row_amount,
                                          .paid_out = total->amount,
                                          .fee = total->fee,
                                          .net = total->net };
        return 0;
}

static int collect_finding(void *userdata, const FindingTotal *total) {
        Gathered *gathered = userdata;

        assert(gathered->n_findings < ELEMENTS(gathered->findings));
        gathered->findings[gathered->n_findings++] = (SummaryFinding){ total->kind, total->count };
        return 0;
}

static int gather(Ledger *ledger, int64_t batch, Gathered *gathered) {
        int r = ledger_read_totals(ledger, batch, collect, &gathered->read);

        if (r >= 0)
                r = ledger_totals(ledger, batch, collect, &gathered->totals);
        if (r >= 0)
                r = ledger_batch_children(ledger, batch, collect_child, &gathered->children);
        if (r >= 0 && gathered->children.n > 0)
                r = ledger_family_totals(ledger, batch, collect, &gathered->together);
        if (r >= 0)
                r = ledger_approval_get(ledger, batch, &gathered->approval);
        if (r >= 0)
                r = ledger_settled_totals(ledger, batch, collect_settled, gathered);
        if (r >= 0)
                r = ledger_finding_totals(ledger, batch, collect_finding, gathered);
        return r;
}

static int commit_summary(ReportFiles *files, int64_t now, BatchState state) {
        AUTO_BUFFER json = BUFFER_EMPTY, name = BUFFER_EMPTY;
        Gathered gathered = { .n_settled = 0 };
        const Batch *batch;
        Summary summary;
        int r = gather(files->ledger, files->batch, &gathered);

        if (r >= 0)
                r = ledger_batch_get(files->ledger, files->batch, &batch);
        if (r <= 0)
                return r < 0 ? r : -ENOENT;
        summary = (Summary){
                .batch = batch->id,
                .parent = batch->parent,
                .file = text_of(batch->file),
                .profile = text_of(batch->profile),
                .run = text_of(batch->run),
                .sha256 = batch->sha256,
                .live = batch->live,
                .state = batch_state_name(state, files->hold),
                .maker_uid = batch->maker_uid,
                .approved_at = gathered.approval.at,
                .approved_by = gathered.approval.uid,
                .received_at = batch->received_at,
                .results_at = now,
                .lines = batch->file_lines,
                .read = gathered.read.totals,
                .n_read = gathered.read.n,
                .totals = gathered.totals.totals,
                .n_totals = gathered.totals.n,
                .children = gathered.children.ids,
                .n_children = gathered.children.n,
                .together = gathered.together.totals,
                .n_together = gathered.together.n,
                .settled = gathered.settled,
                .n_settled = gathered.n_settled,
                .findings = gathered.findings,
                .n_findings = gathered.n_findings,
        };
        r = summary_append(&json, &summary);
        if (r >= 0)
                r = buffer_printf(&name, "%s.summary.json", files->stem);
        return r < 0 ? r : file_write(files->directory, name.data, MODE, json.data, json.size);
}

int report_files_summarise(Ledger *ledger, int64_t id, int directory) {
        CLEANUP(report_files_free_p) ReportFiles *files = calloc(1, sizeof(*files));
        int64_t results_at = 0;
        const Batch *batch;
        BatchState state;
        int r = ledger_batch_get(ledger, id, &batch);

        if (!files)
                return -ENOMEM;
        if (r <= 0 || batch->results_at == 0) /* it comes with the others */
                return r < 0 ? r : 0;
        files->ledger = ledger;
        files->directory = directory;
        files->batch = id;
        results_at = batch->results_at;
        state = batch->state;
        r = fill_head(files, batch);
        return r < 0 ? r : commit_summary(files, results_at, state);
}

static int commit_rejects(ReportFiles *files) {
        AUTO_BUFFER name = BUFFER_EMPTY;
        int r;

        if (files->n_rejects > 0)
                return file_writer_commit(files->rejects);
        /* All were mended meanwhile: none is left from before. Before the folder is synced for the
         * last time. */
        r = buffer_printf(&name, "%s.rejects.csv", files->stem);
        if (r >= 0)
                (void) unlinkat(files->directory, name.data, 0);
        return r;
}

/* Each is synced: together they would be a long turn of the loop. */
int report_files_commit(ReportFiles *files, int64_t now, BatchState state) {
        int r;

        if (files->rejects) {
                r = commit_rejects(files);
                files->rejects = file_writer_free(files->rejects);
                return r < 0 ? r : 1;
        }
        if (files->results) {
                r = file_writer_commit(files->results);
                files->results = file_writer_free(files->results);
                return r < 0 ? r : 1;
        }
        return commit_summary(files, now, state);
}
