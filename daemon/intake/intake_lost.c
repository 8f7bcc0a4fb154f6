/* Our copy of a file is gone, or is not what was taken in: nothing of the file can be sent. What
 * was loaded of it already is withdrawn, which gives its references back, and the file is
 * refused. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "daemon/base/file_writer.h"
#include "daemon/intake/intake_batch.h"
#include "jobs/base/civil.h"

#define PAGE 128U /* rows at a time */

int intake_check_copy(const IntakeBatch *batch) {
        struct stat st;

        if (fstat(batch->copy, &st) < 0)
                return -errno;
        if (st.st_nlink == 0)
                return -ENOENT;
        return (uint64_t) st.st_size == batch->facts.size ? 0 : -ESTALE;
}

bool intake_has_copy(const IntakeBatch *batch) {
        struct stat st;

        return fstatat(spool_work(batch->intake->spool), batch->copy_name, &st,
                       AT_SYMLINK_NOFOLLOW) == 0 &&
               S_ISREG(st.st_mode) && st.st_size == batch->source.stat.st_size;
}

bool intake_lose(IntakeBatch *batch, int error) {
        bool loading = batch->step == INTAKE_PARSE;

        if ((error != -ENOENT && error != -ESTALE) || intake_is_payout(batch))
                return false;
        if (batch->step != INTAKE_SCAN && batch->step != INTAKE_CHECK && !loading)
                return false;
        batch->refused = PROBLEM_FILE_LOST;
        batch->withdrawn_to = 0;
        batch->next = loading ? INTAKE_WITHDRAW : INTAKE_REFUSE;
        return true;
}

typedef struct Withdrawal {
        IntakeBatch *batch;
        RowChange change;
} Withdrawal;

static int withdraw(void *userdata, const Row *row) {
        const Withdrawal *withdrawal = userdata;

        withdrawal->batch->withdrawn_to = row->id;
        if (row->status != STATUS_QUEUED)
                return 0;
        return ledger_row_move(withdrawal->batch->intake->options.ledger, row->id, STATUS_QUEUED,
                               STATUS_CANCELLED, &withdrawal->change);
}

/* In slices; from the first row on when it is rolled back, or after a restart. */
int intake_withdraw(IntakeBatch *batch) {
        const Problem problem = { .code = PROBLEM_FILE_LOST };
        AUTO_BUFFER reason = BUFFER_EMPTY;
        Withdrawal withdrawal = { batch, { .code = text_of(problem_name(problem.code)) } };
        int r = problem_append_reason(&reason, &problem, batch->rules->language);

        batch->next = INTAKE_REFUSE;
        withdrawal.change.reason = (Text){ reason.data, reason.size };
        while (r >= 0) {
                r = ledger_rows(batch->intake->options.ledger, batch->id, batch->withdrawn_to, PAGE,
                                withdraw, &withdrawal);
                if (r == 0)
                        return 1;
                if (intake_enough(batch))
                        break;
        }
        return r < 0 ? r : 0;
}

/* Not under the name by which an original is found: it is none. */
int intake_file_remains(IntakeBatch *batch) {
        const Spool *spool = batch->intake->spool;
        AUTO_FREE char *name = NULL;
        char id[ANSWER_BATCH_SIZE];
        int r;

        if (asprintf(&name, "damaged.%s.%s", answer_batch(batch->id, id), batch->safe_name) < 0)
                return -ENOMEM;
        r = file_move(spool_work(spool), batch->copy_name, spool_rejected(spool), name);
        return r == -ENOENT ? 0 : r;
}
