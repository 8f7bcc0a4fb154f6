#include "daemon/commands/command_job.h"

#include "daemon/base/turn.h"
#include "daemon/rules/command_instructions.h"
#include "jobs/base/buffer.h"
#include "sql/ledger_approval.h"

#define ROWS_A_TURN 256U

typedef struct Run {
        CommandJob *job;
        Ledger *ledger;
} Run;

static int do_row(void *userdata, const Row *row) {
        const Run *run = userdata;
        CommandJob *job = run->job;
        const RowCommand command = { .verb = job->verb,
                                     .language = job->language,
                                     .now = turn_wall(),
                                     .command = job->command };
        int r = command_row(run->ledger, &command, row, NULL);

        job->reached = row->id;
        job->done_now += r == ROW_DONE;
        job->begun_now += r == ROW_BEGUN;
        return r < 0 ? r : 0;
}

static int answer(CommandJob *job, Ledger *ledger) {
        AUTO_BUFFER text = BUFFER_EMPTY;
        bool some = job->done + job->begun + job->withdrawn > 0;
        int r = buffer_printf(&text, "%s: %lld rows", some ? "done" : "no", (long long) job->done);

        if (r >= 0 && job->begun > 0)
                r = buffer_printf(&text, ", %lld links are being ended", (long long) job->begun);
        if (r >= 0 && job->withdrawn > 0)
                r = buffer_printf(&text, ", %lld instructions withdrawn",
                                  (long long) job->withdrawn);
        if (r < 0)
                return r;
        job->answered = true;
        return ledger_command_answer(ledger, job->command, turn_wall(), text.data);
}

/* How many rows or instructions, 0: it is through, or negative errno. */
static int do_some(CommandJob *job, Ledger *ledger) {
        Run run = { job, ledger };
        int n = ledger_rows(ledger, job->batch, job->after, ROWS_A_TURN, do_row, &run);

        if (n != 0 || job->verb != ROW_CANCEL)
                return n;
        n = command_instructions_withdraw(ledger, job->batch, job->language, ROWS_A_TURN);
        job->withdrawn_now = n > 0 ? n : 0;
        return n;
}

int command_job_write(CommandJob *job, Ledger *ledger, BatchSet *changed) {
        int n, r = 0;

        job->done_now = job->begun_now = job->withdrawn_now = 0;
        job->reached = job->after;
        n = do_some(job, ledger);
        if (n < 0)
                return n;
        if (job->done_now + job->withdrawn_now > 0) {
                r = batch_set_add(changed, job->batch);
                if (r >= 0)
                        r = ledger_batch_reopen(ledger, job->batch, BATCH_RUNNING);
        }
        if (r < 0 || n > 0)
                return r < 0 ? r : 0;
        if (job->verb == ROW_CANCEL)
                r = ledger_batch_end_waiting(ledger, job->batch);
        if (r > 0)
                r = batch_set_add(changed, job->batch);
        return r < 0 ? r : answer(job, ledger);
}

bool command_job_committed(CommandJob *job, bool *ret_begun) {
        bool was = job->command != 0;

        *ret_begun = job->begun_now > 0;
        job->done += job->done_now;
        job->begun += job->begun_now;
        job->withdrawn += job->withdrawn_now;
        job->done_now = job->begun_now = job->withdrawn_now = 0;
        job->after = job->reached != 0 ? job->reached : job->after;
        if (job->answered)
                *job = (CommandJob){ .command = 0 };
        return was;
}

void command_job_rolled_back(CommandJob *job) {
        if (job->command != 0 && job->reached == 0)
                *job = (CommandJob){ .command = 0 };
        job->reached = job->after;
        job->done_now = job->begun_now = job->withdrawn_now = 0;
        job->answered = false;
}
