#include "daemon/command_rows.h"

#include <errno.h>

#include "jobs/base/cleanup.h"
#include "jobs/base/problem.h"

static int move(Ledger *ledger, const Row *row, Status to, const RowChange *change) {
        int r = ledger_row_move(ledger, row->id, row->status, to, change);

        return r < 0 ? r : 1;
}

static int queue(Ledger *ledger, const Row *row, int64_t now) {
        const RowChange change = { .due_at = now };

        return move(ledger, row, STATUS_QUEUED, &change);
}

static int queue_anew(Ledger *ledger, const Row *row, int64_t now, const char **ret_why) {
        int r = ledger_holds_reference(ledger, row->id);

        if (r == 0)
                *ret_why = "another row has its reference by now";
        if (r <= 0)
                return r;
        r = queue(ledger, row, now);
        if (r < 0)
                return r;
        r = ledger_next_generation(ledger, row->id);
        return r < 0 ? r : 1;
}

static int hold(Ledger *ledger, const Row *row, const char **ret_why) {
        const RowChange change = { .hold = HOLD_OPERATOR };

        if (row->status == STATUS_QUEUED)
                return move(ledger, row, STATUS_HELD, &change);
        *ret_why = "only a queued row can be held";
        return 0;
}

static int release(Ledger *ledger, const Row *row, int64_t now, const char **ret_why) {
        if (row->status == STATUS_HELD && row->hold == HOLD_OPERATOR)
                return queue(ledger, row, now);
        *ret_why =
                row->status == STATUS_HELD && row->hold == HOLD_REPLY_MISMATCH
                        ? "the provider made another session for it: cancel it, or requeue it with a new key"
                        : "it is not held by an operator";
        return 0;
}

static int requeue(Ledger *ledger, const Row *row, int64_t now, const char **ret_why) {
        int r;

        if (row->status == STATUS_REFUSED)
                return queue_anew(ledger, row, now, ret_why);
        if (row->status == STATUS_UNKNOWN || (row->status == STATUS_QUEUED && row->due_at > now)) {
                r = ledger_set_due(ledger, row->id, now);
                return r < 0 ? r : 1;
        }
        *ret_why = "only a refused or an unknown row can be requeued";
        return 0;
}

static int requeue_new_key(Ledger *ledger, const Row *row, int64_t now, const char **ret_why) {
        if (row->status == STATUS_REFUSED || row->status == STATUS_UNKNOWN ||
            (row->status == STATUS_HELD && row->hold == HOLD_REPLY_MISMATCH))
                return queue_anew(ledger, row, now, ret_why);
        *ret_why =
                "only a refused, an unknown or a wrongly answered row can be sent under a new key";
        return 0;
}

/* An unknown row may have a session: given up is not proven absent, and it stays a finding. */
static int cancel(Ledger *ledger, const Row *row, Language language, const char **ret_why) {
        AUTO_BUFFER reason = BUFFER_EMPTY;
        const Problem problem = { .code = PROBLEM_GIVEN_UP };
        RowChange change = { 0 };
        int r;

        if (row->status != STATUS_QUEUED && row->status != STATUS_HELD &&
            row->status != STATUS_UNKNOWN) {
                *ret_why =
                        "only a row that was not sent, or whose outcome is unknown, can be cancelled";
                return 0;
        }
        if (row->status == STATUS_UNKNOWN || row->hold == HOLD_REPLY_MISMATCH) {
                r = problem_append_reason(&reason, &problem, language);
                if (r < 0)
                        return r;
                change.code = text_of(problem_name(problem.code));
                change.reason = (Text){ reason.data, reason.size };
        }
        return move(ledger, row, STATUS_CANCELLED, &change);
}

int command_row(Ledger *ledger, RowVerb verb, const Row *row, Language language, int64_t now,
                const char **ret_why) {
        const char *unused = NULL;
        const char **why = ret_why ? ret_why : &unused;

        switch (verb) {
        case ROW_HOLD:
                return hold(ledger, row, why);
        case ROW_RELEASE:
                return release(ledger, row, now, why);
        case ROW_REQUEUE:
                return requeue(ledger, row, now, why);
        case ROW_REQUEUE_NEW_KEY:
                return requeue_new_key(ledger, row, now, why);
        case ROW_CANCEL:
                return cancel(ledger, row, language, why);
        }
        return -EPROTO;
}
