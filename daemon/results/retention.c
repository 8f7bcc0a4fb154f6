#include "daemon/results/retention.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/base/log.h"
#include "daemon/base/turn.h"
#include "daemon/results/retention_files.h"
#include "daemon/results/retention_order.h"
#include "jobs/base/civil.h"
#include "jobs/report/answer.h"

#define LOOK_EVERY  HOUR
#define AGAIN       (5 * SECOND) /* after an error, or while somebody reads */
#define WAIT        (SECOND / 2) /* for results that are being written */
#define ROWS_A_TURN 256U

typedef enum RetentionStep {
        RETENTION_REST,
        RETENTION_FIND,    /* writes: what is to be forgotten next */
        RETENTION_FILES,   /* works */
        RETENTION_ROWS,    /* writes */
        RETENTION_REWRITE, /* works: waits for the results */
        RETENTION_LOG,     /* works */
        RETENTION_DONE,    /* writes */
} RetentionStep;

struct Retention {
        RetentionOptions options;
        RetentionStep step, next; /* `next`: when this transaction is committed */
        int64_t look_at;          /* boot clock */
        int64_t not_before;       /* boot clock */
        int complained;

        int64_t batch;
        ForgottenWhat what;
        RetentionFiles *files; /* while they are looked through */
        int unwritten;         /* why its results could not be written meanwhile; 0: they could */
        unsigned left;         /* files of the batch that could not be removed */
        int64_t again;     /* the last batch with such files that was tried again; 0: none yet */
        QuietBatch passed; /* the last that was due at this look, and had unwritten results */
        bool trying_again;
        int64_t row, row_reached;
};

/* --- forgetting ----------------------------------------------------------------------------- */

/* What was begun first; then the next batch whose time has come; then, once at each look, those of
 * which files could not be removed. 1 and no batch: one was passed over. */
static int choose(Retention *retention, int64_t *ret_batch) {
        const RetentionOptions *options = &retention->options;
        int64_t keep = options->settings->store.retention;
        QuietBatch due = { 0 };
        int r = ledger_next_pending(options->ledger, 0, ret_batch);

        retention->trying_again = false;
        if (r != 0)
                return r;
        if (keep > 0)
                r = ledger_next_to_forget(options->ledger, turn_wall() - keep, &retention->passed,
                                          &due);
        if (r > 0 && options->is_written(options->userdata, due.id) <= 0) {
                retention->passed = due;
                return 1;
        }
        if (r > 0) {
                *ret_batch = due.id;
                r = ledger_forget_begin(options->ledger, due.id, FORGOTTEN_BATCH, turn_wall());
                return r < 0 ? r : 1;
        }
        if (r < 0)
                return r;
        retention->trying_again = true;
        return ledger_next_remaining(options->ledger, retention->again, ret_batch);
}

static int find(Retention *retention) {
        Forgotten forgotten;
        int64_t batch = 0;
        int r = choose(retention, &batch);

        retention->next = RETENTION_REST;
        if (r <= 0)
                return r;
        if (batch == 0) {
                retention->next = RETENTION_FIND;
                return 0;
        }
        r = ledger_forgotten(retention->options.ledger, batch, &forgotten);
        if (r < 0)
                return r;
        retention->files = retention_files_free(retention->files);
        retention->batch = batch;
        retention->what = forgotten.what;
        retention->row = 0;
        retention->next = RETENTION_FILES;
        return 0;
}

static int forget_rows(Retention *retention) {
        Ledger *ledger = retention->options.ledger;
        int r;

        retention->row_reached = retention->row;
        r = ledger_forget_rows(ledger, retention->batch, retention->row, ROWS_A_TURN,
                               &retention->row_reached);
        if (r != 0)
                return r < 0 ? r : 0;
        retention->row_reached = 0;
        retention->next = RETENTION_LOG;
        return ledger_forget_note(ledger, retention->batch);
}

static int begin_files(Retention *retention) {
        const RetentionOptions *options = &retention->options;
        AUTO_FREE char *results = NULL;
        const Batch *batch;
        int r = ledger_batch_get(options->ledger, retention->batch, &batch);

        if (r <= 0)
                return r < 0 ? r : -ENOENT;
        if (asprintf(&results, "%s/results/%s", options->settings->spool.directory,
                     batch->profile) < 0)
                return -ENOMEM;
        const RetentionFilesOptions files = {
                .batch = retention->batch,
                .what = retention->what,
                .name = text_of(batch->file),
                .archive = spool_archive(options->spool),
                .rejected = spool_rejected(options->spool),
                .results = results,
                .said = retention->trying_again,
        };

        return retention_files_new(&files, &retention->files);
}

/* Its results are as they were, or may come back as they were: their folder must not keep all other
 * batches. */
static void leave_results(Retention *retention, int error) {
        char id[ANSWER_BATCH_SIZE];

        retention->left++;
        if (retention->trying_again)
                return;
        log_message(MESSAGE_FORGET_LEFT, (LogPlace){ .batch = retention->batch },
                    "%s: its results hold personal data and cannot be written again: %s; all else "
                    "goes on, and it is tried again every hour",
                    answer_batch(retention->batch, id), strerror(-error));
}

/* Where to go when its files are gone, or passed over. What was left of some orders may be the
 * results. */
static RetentionStep after_files(const Retention *retention) {
        if (retention->what == FORGOTTEN_ORDERS)
                return RETENTION_REWRITE;
        if (retention->trying_again) /* all else was done at the first time */
                return retention->left > 0 ? RETENTION_FIND : RETENTION_DONE;
        return RETENTION_ROWS;
}

static int remove_files(Retention *retention, int64_t deadline) {
        const RetentionOptions *options = &retention->options;
        int written = 1, r;

        if (retention->what == FORGOTTEN_BATCH)
                written = options->is_written(options->userdata, retention->batch);
        if (written == 0)
                return -EAGAIN;
        if (!retention->files || written < 0)
                retention->unwritten = written < 0 ? written : 0;
        r = retention->files ? 0 : begin_files(retention);
        if (r < 0 || !retention_files_work(retention->files, deadline))
                return r;
        retention->left = retention_files_left(retention->files);
        retention->files = retention_files_free(retention->files);
        if (retention->unwritten < 0)
                leave_results(retention, retention->unwritten);
        if (retention->trying_again)
                retention->again = retention->batch;
        retention->step = after_files(retention);
        if (retention->step == RETENTION_REWRITE)
                options->rewrite(options->userdata, retention->batch);
        return 0;
}

/* --- the turn ------------------------------------------------------------------------------- */

int retention_forget_order(Retention *retention, const char *argument, Buffer *answer) {
        int r = retention_order_forget(retention->options.ledger, argument, answer);

        retention->look_at = 0;
        /* It may be of the batch that is being done: files were written, and the log was emptied,
         * before this order was. What is marked is found again, and all steps are bearable
         * twice. */
        if (retention->step != RETENTION_REST)
                retention->next = RETENTION_FIND;
        return r;
}

int retention_write(Retention *retention) {
        int64_t now = turn_now();

        if (retention->step == RETENTION_REST && now >= retention->look_at) {
                retention->look_at = now + LOOK_EVERY;
                retention->again = 0;
                retention->passed = (QuietBatch){ 0 };
                retention->step = RETENTION_FIND;
        }
        retention->next = retention->step;
        if (now < retention->not_before)
                return 0;
        switch (retention->step) {
        case RETENTION_FIND:
                return find(retention);
        case RETENTION_ROWS:
                return forget_rows(retention);
        case RETENTION_DONE:
                retention->next = RETENTION_FIND;
                return retention->left > 0
                               ? ledger_forget_remains(retention->options.ledger, retention->batch)
                               : ledger_forget_done(retention->options.ledger, retention->batch);
        case RETENTION_REST:
        case RETENTION_FILES:
        case RETENTION_REWRITE:
        case RETENTION_LOG:
                break;
        }
        return 0;
}

static void say_done(const Retention *retention) {
        char id[ANSWER_BATCH_SIZE];

        log_message(MESSAGE_FORGOTTEN, (LogPlace){ .batch = retention->batch },
                    "%s: the personal data of %s was removed", answer_batch(retention->batch, id),
                    retention->what == FORGOTTEN_BATCH ? "the batch" : "an order");
}

void retention_committed(Retention *retention) {
        if (retention->step == RETENTION_DONE && retention->next == RETENTION_FIND) {
                if (retention->left == 0)
                        say_done(retention);
                retention->batch = 0;
        }
        if (retention->step == RETENTION_ROWS)
                retention->row = retention->row_reached;
        retention->step = retention->next;
}

void retention_rolled_back(Retention *retention) {
        retention->next = retention->step;
        retention->batch = retention->step == RETENTION_FIND ? 0 : retention->batch;
}

static void wait(Retention *retention, int error) {
        retention->not_before = turn_now() + (error == -EAGAIN ? WAIT : AGAIN);
        if (error == -EAGAIN || error == retention->complained)
                return;
        retention->complained = error;
        log_message(
                MESSAGE_FORGET_TROUBLE, (LogPlace){ .batch = retention->batch },
                "personal data cannot be removed everywhere yet: %s; trying again every 5 seconds",
                error == -EBUSY ? "somebody reads from the store" : strerror(-error));
}

static int work(Retention *retention, int64_t deadline) {
        const RetentionOptions *options = &retention->options;
        int r;

        switch (retention->step) {
        case RETENTION_FILES:
                return remove_files(retention, deadline);
        case RETENTION_REWRITE:
                r = options->is_written(options->userdata, retention->batch);
                if (r == 0)
                        return -EAGAIN;
                if (r < 0)
                        leave_results(retention, r);
                retention->step = RETENTION_LOG;
                return 0;
        case RETENTION_LOG:
                r = ledger_erase_log(options->ledger);
                if (r >= 0)
                        retention->step = RETENTION_DONE;
                return r;
        case RETENTION_REST:
        case RETENTION_FIND:
        case RETENTION_ROWS:
        case RETENTION_DONE:
                break;
        }
        return 0;
}

void retention_work(Retention *retention, int64_t deadline) {
        int r;

        if (turn_now() < retention->not_before)
                return;
        r = work(retention, deadline);
        if (r < 0)
                wait(retention, r);
        else
                retention->complained = 0;
}

int64_t retention_next(const Retention *retention) {
        if (retention->step == RETENTION_REST)
                return retention->look_at;
        return retention->not_before;
}

bool retention_busy(const Retention *retention) {
        return retention->look_at == 0 || retention->step != RETENTION_REST;
}

Retention *retention_free(Retention *retention) {
        if (!retention)
                return NULL;
        (void) retention_files_free(retention->files);
        free(retention);
        return NULL;
}

int retention_new(const RetentionOptions *options, Retention **ret_retention) {
        Retention *retention = calloc(1, sizeof(*retention));

        if (!retention)
                return -ENOMEM;
        retention->options = *options;
        *ret_retention = retention;
        return 0;
}
