/* checkoutctl verify: does everything still add up? */
#include "daemon/ctl/verify.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "jobs/report/answer.h"
#include "sql/ledger_retention.h"

#define TRIES 5 /* to see the store at one moment */
#define WITH_ROWS                                                                                  \
        (1U << BATCH_AWAITING_APPROVAL | 1U << BATCH_RUNNING | 1U << BATCH_SETTLED |               \
         1U << BATCH_CLOSED)
#define LOOKED_AT (WITH_ROWS | 1U << BATCH_REFUSED)

/* by currency and status */
typedef struct Tallies {
        Tally by[CURRENCY_COUNT][STATUS_COUNT];
} Tallies;

/* --- findings ------------------------------------------------------------------------------- */

int verify_find(Verify *verify, int64_t batch, const char *what, const char *expected,
                const char *found) {
        char id[ANSWER_BATCH_SIZE] = "-";

        verify->n_findings++;
        verify->n_of_batch++;
        if (batch > 0)
                (void) answer_batch(batch, id);
        if (verify->is_json) {
                json_object(&verify->json, NULL);
                json_string(&verify->json, "batch", batch > 0 ? id : NULL);
                json_string(&verify->json, "what", what);
                json_string(&verify->json, "expected", expected);
                json_string(&verify->json, "found", found);
                json_end_object(&verify->json);
                return verify->json.error;
        }
        table_row(verify->table);
        table_string(verify->table, 0, id);
        table_string(verify->table, 1, what);
        table_string(verify->table, 2, expected);
        table_string(verify->table, 3, found);
        table_colour(verify->table, 1, "red");
        return 0;
}

int verify_find_numbers(Verify *verify, int64_t batch, const char *what, int64_t expected,
                        int64_t found) {
        char a[32], b[32];

        (void) snprintf(a, sizeof(a), "%" PRId64, expected);
        (void) snprintf(b, sizeof(b), "%" PRId64, found);
        return verify_find(verify, batch, what, a, b);
}

static void tally_text(Tally tally, Currency currency, char out[static FINDING_SIZE]) {
        AUTO_BUFFER money = BUFFER_EMPTY;
        const char *sum = money_append(&money, tally.sum, currency) < 0 ? "?" : money.data;

        (void) snprintf(out, FINDING_SIZE, "%" PRId64 ", %s", tally.count, sum);
}

int verify_compare(Verify *verify, int64_t batch, const char *what, Currency currency,
                   Tally expected, Tally found) {
        char a[FINDING_SIZE], b[FINDING_SIZE];

        if (expected.count == found.count && expected.sum == found.sum)
                return 0;
        tally_text(expected, currency, a);
        tally_text(found, currency, b);
        return verify_find(verify, batch, what, a, b);
}

/* --- the store ------------------------------------------------------------------------------ */

static int add(void *userdata, const Total *total) {
        Tallies *tallies = userdata;
        Tally *tally;

        assert(total->currency < CURRENCY_COUNT && total->status < STATUS_COUNT);
        tally = &tallies->by[total->currency][total->status];
        tally->count += total->count;
        tally->sum += total->sum;
        return 0;
}

/* Rows that are queued are counted as held where batch or daemon is held, rows are recounted as
 * they are stored: the two statuses are compared together. */
static void join_queued(Tallies *tallies) {
        for (int c = 0; c < CURRENCY_COUNT; c++) {
                Tally *queued = &tallies->by[c][STATUS_QUEUED];
                Tally *held = &tallies->by[c][STATUS_HELD];

                held->count += queued->count;
                held->sum += queued->sum;
                *queued = (Tally){ 0, 0 };
        }
}

/* Counters before and after the recount are the same: nothing moved meanwhile. 0; 1: the batch
 * never held still. */
static int read_at_one_moment(Verify *verify, int64_t batch, Tallies *ret_counters,
                              Tallies *ret_rows) {
        Tallies after;
        int r = 0;

        for (unsigned i = 0; i < TRIES && r >= 0; i++) {
                *ret_counters = after = *ret_rows = (Tallies){ 0 };
                r = ledger_totals(verify->ledger, batch, add, ret_counters);
                if (r >= 0)
                        r = ledger_recount(verify->ledger, batch, add, ret_rows);
                if (r >= 0)
                        r = ledger_totals(verify->ledger, batch, add, &after);
                if (r >= 0 && memcmp(&after, ret_counters, sizeof(after)) == 0)
                        return 0;
        }
        return r < 0 ? r : 1;
}

static int compare_statuses(Verify *verify, int64_t batch, const Tallies *counters,
                            const Tallies *rows) {
        char what[FINDING_SIZE];
        int r = 0;

        for (int c = 0; c < CURRENCY_COUNT; c++)
                for (int s = 1; s < STATUS_COUNT && r >= 0; s++) {
                        (void) snprintf(what, sizeof(what), "counter of %s",
                                        status_name((Status) s));
                        r = verify_compare(verify, batch, what, (Currency) c, rows->by[c][s],
                                           counters->by[c][s]);
                }
        return r;
}

static int compare_read(Verify *verify, const VerifyBatch *batch, const Tallies *rows) {
        int r = 0;

        for (int c = 0; c < CURRENCY_COUNT && r >= 0; c++) {
                Tally sum = { 0, 0 };

                for (int s = 1; s < STATUS_COUNT; s++) {
                        sum.count += rows->by[c][s].count;
                        sum.sum += rows->by[c][s].sum;
                }
                r = verify_compare(verify, batch->id, "rows of the store, against what was read",
                                   (Currency) c, batch->read[c], sum);
        }
        return r;
}

static int verify_ledger(Verify *verify, const VerifyBatch *batch) {
        char id[ANSWER_BATCH_SIZE];
        Tallies counters, rows;
        /* one snapshot, where the ledger gives one to readers; else the store must hold still */
        bool snapshot = ledger_begin(verify->ledger) >= 0;
        int r = read_at_one_moment(verify, batch->id, &counters, &rows);

        if (snapshot)
                ledger_rollback(verify->ledger);
        if (r < 0)
                return r;
        if (r > 0) { /* the recount by itself is of one moment */
                ctl_complain("%s is being sent; its counters were not compared this time",
                             answer_batch(batch->id, id));
                return compare_read(verify, batch, &rows);
        }
        if (batch->hold != HOLD_NONE || verify->daemon_hold != HOLD_NONE) {
                join_queued(&counters);
                join_queued(&rows);
        }
        r = compare_statuses(verify, batch->id, &counters, &rows);
        return r < 0 ? r : compare_read(verify, batch, &rows);
}

static int verify_integrity(Verify *verify) {
        AUTO_FREE char *complaint = NULL;
        int r = ledger_check(verify->ledger, &complaint);

        if (r <= 0)
                return r;
        return verify_find(verify, 0, "integrity of the store", "ok", complaint);
}

/* --- batches -------------------------------------------------------------------------------- */

static void batch_done(VerifyBatch *batch) {
        free(batch->file);
        free(batch->profile);
        free(batch->source);
        free(batch->rules);
        free(batch->header);
}

static int add_read(void *userdata, const Total *total) {
        VerifyBatch *batch = userdata;

        assert(total->currency < CURRENCY_COUNT);
        batch->read[total->currency].count += total->count;
        batch->read[total->currency].sum += total->sum;
        return 0;
}

static int copy_batch(Verify *verify, const Batch *batch, VerifyBatch *ret_copy) {
        VerifyBatch copy = { .id = batch->id,
                             .state = batch->state,
                             .hold = batch->hold,
                             .file = strdup(batch->file),
                             .profile = strdup(batch->profile),
                             .source = strdup(batch->source),
                             .rules = strdup(batch->rules),
                             .header = strndup(batch->header.data ? batch->header.data : "",
                                               batch->header.size),
                             .size = batch->size,
                             .archived = batch->archived,
                             .received_at = batch->received_at,
                             .results_at = batch->results_at,
                             .newer = batch->changed_at >= batch->results_at,
                             .lines = (int64_t) batch->file_lines,
                             .n_columns = batch->n_columns,
                             .delimiter = batch->delimiter,
                             .encoding = (Encoding) batch->encoding,
                             .bom = batch->bom };

        memcpy(copy.sha256, batch->sha256, sizeof(copy.sha256));
        *ret_copy = copy;
        if (!copy.file || !copy.profile || !copy.source || !copy.rules || !copy.header)
                return -ENOMEM;
        return ledger_read_totals(verify->ledger, copy.id, add_read, ret_copy);
}

static int verify_batch(void *userdata, const Batch *borrowed) {
        Verify *verify = userdata;
        __attribute__((cleanup(batch_done))) VerifyBatch batch = { .id = 0 };
        int r = copy_batch(verify, borrowed, &batch);
        Forgotten forgotten = { .what = FORGOTTEN_NOTHING };
        bool has_rows = r >= 0 && (1U << batch.state & WITH_ROWS) != 0 && !verify_is_payout(&batch);

        verify->n_batches++;
        verify->n_of_batch = 0;
        if (r >= 0 && has_rows)
                r = verify_ledger(verify, &batch);
        if (r >= 0)
                r = ledger_forgotten(verify->ledger, batch.id, &forgotten);
        /* what retention, or a person, has had removed cannot be compared any more */
        if (r >= 0 && forgotten.what == FORGOTTEN_NOTHING)
                r = verify_file(verify, &batch);
        if (r >= 0 && has_rows && forgotten.what != FORGOTTEN_BATCH && !forgotten.pending)
                r = verify_results(verify, &batch);
        return r < 0 ? r : 0;
}

static int verify_all(Verify *verify, int64_t id) {
        const Batch *batch;
        char name[ANSWER_BATCH_SIZE];
        int r = ledger_daemon_hold(verify->ledger, &verify->daemon_hold);

        if (r >= 0)
                r = verify_integrity(verify);
        if (r < 0)
                return r;
        if (id == 0)
                return ledger_batches(verify->ledger, LOOKED_AT, verify_batch, verify);
        r = ledger_batch_get(verify->ledger, id, &batch);
        if (r == 0) {
                ctl_complain("there is no batch %s", answer_batch(id, name));
                verify->n_findings++;
        }
        return r <= 0 ? r : verify_batch(verify, batch);
}

/* --- the command ---------------------------------------------------------------------------- */

static int print_end(Verify *verify) {
        int r = 0;

        if (verify->is_json) {
                json_end_array(&verify->json);
                json_boolean(&verify->json, "good", verify->n_findings == 0);
                json_integer(&verify->json, "batches", verify->n_batches);
                json_end_object(&verify->json);
                r = verify->json.error < 0 ? verify->json.error
                                           : buffer_append_char(verify->out, '\n');
        } else if (verify->n_findings == 0) {
                r = buffer_printf(verify->out, "%" PRId64 " %s, nothing differs\n",
                                  verify->n_batches, verify->n_batches == 1 ? "batch" : "batches");
        } else {
                r = table_append(verify->table, STDOUT_FILENO, verify->out);
        }
        return r < 0 ? ctl_failed("verify", r) : ctl_print(verify->out);
}

static int run_verify(Verify *verify, int64_t batch) {
        static const TableColumn columns[] = { { "BATCH", TABLE_LEFT },
                                               { "WHAT DIFFERS", TABLE_LEFT },
                                               { "EXPECTED", TABLE_CUT },
                                               { "FOUND", TABLE_WRAP } };
        int r = table_new(columns, ELEMENTS(columns), &verify->table);

        if (r < 0)
                return ctl_failed("verify", r);
        if (verify->is_json) {
                json_object(&verify->json, NULL);
                json_array(&verify->json, "findings");
        }
        r = verify_all(verify, batch);
        progress_end(&verify->progress);
        if (r == -EUCLEAN)
                r = verify_find(verify, 0, "integrity of the store", "ok",
                                ledger_error_text(verify->ledger));
        if (r < 0)
                return ctl_ledger_failed(verify->ledger, r);
        r = print_end(verify);
        return r == EXIT_GOOD && verify->n_findings > 0 ? EXIT_SOME : r;
}

int ctl_verify(Ctl *ctl, int argc, char **argv) {
        static const struct option options[] = { CTL_OPTIONS, { NULL, 0, NULL, 0 } };
        CLEANUP(settings_free_p) Settings *settings = NULL;
        CLEANUP(ledger_free_p) Ledger *ledger = NULL;
        AUTO_BUFFER out = BUFFER_EMPTY;
        Verify verify = { .out = &out, .json = JSON_INTO(&out), .is_json = ctl->json };
        int64_t batch = 0;
        int r = EXIT_GOOD;

        if (ctl_option(ctl, argc, argv, options, &r) == '?')
                return r;
        if (argc - optind > 1)
                return ctl_usage(argv[0], "name one batch, or none for all");
        if (optind < argc && (batch = ctl_batch_of(argv[optind])) == 0)
                return ctl_usage(argv[0], "not a batch: %s; write it like B000017", argv[optind]);
        verify.is_json = ctl->json;
        r = ctl_load_settings(ctl, &settings);
        if (r == EXIT_GOOD)
                r = ctl_open_ledger(settings, LEDGER_READ, &ledger);
        if (r != EXIT_GOOD)
                return r;
        verify.settings = settings;
        verify.ledger = ledger;
        r = run_verify(&verify, batch);
        (void) table_free(verify.table);
        return r;
}
