#include "daemon/rules/command_rows.h"

#include <errno.h>

#include "jobs/base/cleanup.h"
#include "jobs/base/problem.h"
#include "sql/ledger_approval.h"
#include "sql/ledger_ending.h"
#include "sql/ledger_session.h"

#define TURNED_UP "another link of it has turned up, or was paid; see `checkoutctl show`"
#define NOT_SEEN                                                                                   \
        "it was withdrawn, and who approved its batch may not have seen it: drop it in another "   \
        "file"

static int move(Ledger *ledger, const Row *row, Status to, const RowChange *change) {
        int r = ledger_row_move(ledger, row->id, row->status, to, change);

        return r < 0 ? r : 1;
}

static int queue(Ledger *ledger, const Row *row, int64_t now) {
        const RowChange change = { .due_at = now };

        return move(ledger, row, STATUS_QUEUED, &change);
}

static int was_sent(void *userdata, const AttemptRecord *attempt) {
        (void) userdata;
        (void) attempt;
        return 1;
}

/* Withdrawn before it was sent, from a batch that a second person let go: nothing says that it was
 * still among what that person saw. */
static int was_not_seen(Ledger *ledger, const Row *row) {
        Approval approval;
        int r;

        if (row->status != STATUS_CANCELLED)
                return 0;
        r = ledger_approval_get(ledger, row_batch(row->id), &approval);
        if (r <= 0)
                return r;
        r = ledger_attempts(ledger, row->id, was_sent, NULL);
        return r < 0 ? r : r == 0;
}

/* 1: it may be sent under a new key; 0: why not. */
static int may_queue_anew(Ledger *ledger, const Row *row, const char **ret_why) {
        int holds = ledger_holds_reference(ledger, row->id);
        int linked = holds > 0 ? ledger_earlier_link(ledger, row->id, NULL, NULL) : holds;
        int unseen = linked == 0 ? was_not_seen(ledger, row) : linked;

        if (unseen < 0)
                return unseen;
        if (holds == 0)
                *ret_why = "another row has its reference by now";
        else if (row->raw.size == 0)
                *ret_why = "its data were removed";
        else if (linked > 0)
                *ret_why = TURNED_UP;
        else if (unseen > 0)
                *ret_why = NOT_SEEN;
        else
                return 1;
        return 0;
}

static int queue_anew(Ledger *ledger, const Row *row, int64_t now, const char **ret_why) {
        int r = may_queue_anew(ledger, row, ret_why);

        if (r <= 0)
                return r < 0 ? r : ROW_NOTHING;
        r = queue(ledger, row, now);
        if (r < 0)
                return r;
        r = ledger_next_generation(ledger, row->id);
        return r < 0 ? r : ROW_DONE;
}

/* It was cancelled when nobody knew whether it has a session. */
static bool is_given_up(const Row *row) {
        return row->status == STATUS_CANCELLED &&
               text_is(row->code, problem_name(PROBLEM_GIVEN_UP));
}

/* An earlier row of its order was. */
static bool waits_for_proof(const Row *row) {
        return row->status == STATUS_HELD &&
               text_is(row->code, problem_name(PROBLEM_GIVEN_UP_BEFORE));
}

/* Its key was never sent. */
static int queue_proven(Ledger *ledger, const Row *row, int64_t now, const char **ret_why) {
        int r = ledger_earlier_link(ledger, row->id, NULL, NULL);

        if (r <= 0)
                return r < 0 ? r : queue(ledger, row, now);
        *ret_why = TURNED_UP;
        return ROW_NOTHING;
}

static int hold(Ledger *ledger, const Row *row, const char **ret_why) {
        const RowChange change = { .hold = HOLD_OPERATOR };

        if (row->status == STATUS_QUEUED)
                return move(ledger, row, STATUS_HELD, &change);
        *ret_why = "only a queued row can be held";
        return 0;
}

static int release(Ledger *ledger, const Row *row, int64_t now, const char **ret_why) {
        if (waits_for_proof(row)) {
                *ret_why = "nobody knows whether an earlier request of it made a link: look for it "
                           "in the provider's dashboard, then cancel it, or requeue it with a new "
                           "key";
                return ROW_NOTHING;
        }
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

/* One that was given up comes back only by its name. */
static int requeue_new_key(Ledger *ledger, const RowCommand *command, const Row *row,
                           const char **ret_why) {
        int64_t now = command->now;

        if (waits_for_proof(row))
                return queue_proven(ledger, row, now, ret_why);
        if (row->status == STATUS_REFUSED || row->status == STATUS_UNKNOWN ||
            (row->status == STATUS_HELD && row->hold == HOLD_REPLY_MISMATCH) ||
            (is_given_up(row) && command->by_name))
                return queue_anew(ledger, row, now, ret_why);
        *ret_why =
                "only a refused, an unknown or a wrongly answered row can be sent under a new key";
        return 0;
}

/* --- sessions ------------------------------------------------------------------------------- */

static const char *why_not_ended(const Row *row) {
        switch (row->status) {
        case STATUS_IN_PROGRESS:
                return "the payer has begun to pay, or a payment is not confirmed yet";
        case STATUS_PAID:
        case STATUS_MISMATCH:
        case STATUS_REFUNDED:
                return "it was paid";
        case STATUS_CANCELLED:
        case STATUS_EXPIRED:
        case STATUS_FAILED:
                return "it is over already";
        case STATUS_SENDING:
                return "its request is on the way; ask again in a moment";
        case STATUS_REJECTED:
        case STATUS_DUPLICATE:
        case STATUS_CONFLICT:
        case STATUS_REFUSED:
                return "it has no link";
        case STATUS_HELD:
        case STATUS_QUEUED:
        case STATUS_UNKNOWN:
        case STATUS_OPEN:
        case STATUS_COUNT:
                break;
        }
        return "it has no link to be ended";
}

/* `state`: ENDING_ASK, or ENDING_LOOK where only the proof is missing that it is over. */
static int begin_ending(Ledger *ledger, const RowCommand *command, const Row *row,
                        EndingPurpose purpose, EndingState state, const char **ret_why) {
        const Ending ending = { .row = row->id,
                                .generation = row->generation,
                                .purpose = purpose,
                                .state = state,
                                .due_at = state == ENDING_ASK ? command->now : 0,
                                .answered_at = state == ENDING_LOOK ? command->now : 0,
                                .command = command->command };
        int r = ledger_ending_begin(ledger, &ending);

        if (r == 0)
                *ret_why = "its link is being ended already";
        if (r > 0 && state == ENDING_LOOK)
                r = ledger_set_next_look(ledger, row->id, row->generation, LEDGER_LOOK_AT_ONCE);
        else if (r > 0)
                return ROW_BEGUN;
        return r < 0 ? r : (*ret_why ? ROW_NOTHING : ROW_BEGUN);
}

/* Another link for the same order: when the one that it had is over, and only then. */
static int reissue(Ledger *ledger, const RowCommand *command, const Row *row,
                   const char **ret_why) {
        bool over = row->status == STATUS_CANCELLED || row->status == STATUS_EXPIRED ||
                    row->status == STATUS_FAILED;
        int r = over ? ledger_holds_reference(ledger, row->id) : 1;
        int linked = r < 0 ? r : ledger_earlier_link(ledger, row->id, NULL, NULL);

        if (linked < 0)
                return linked;
        if (is_given_up(row) && linked > 0)
                *ret_why = TURNED_UP;
        else if (is_given_up(row))
                *ret_why = "it was cancelled when nobody knew whether it has a link: `checkoutctl "
                           "requeue --new-key` is for that";
        else if (r == 0)
                *ret_why = "another row has its reference by now";
        else if (row->raw.size == 0)
                *ret_why = "its data were removed";
        else if (row->status == STATUS_OPEN)
                return begin_ending(ledger, command, row, ENDING_REISSUE, ENDING_ASK, ret_why);
        else if (over && row->session.size > 0)
                return begin_ending(ledger, command, row, ENDING_REISSUE, ENDING_LOOK, ret_why);
        else if (over) /* withdrawn before it was sent */
                return queue_anew(ledger, row, command->now, ret_why);
        else if (row->status == STATUS_REFUSED)
                *ret_why = "it has no link; `checkoutctl requeue` sends it again";
        else if (row->status == STATUS_QUEUED || row->status == STATUS_HELD ||
                 row->status == STATUS_UNKNOWN)
                *ret_why = "it has no link yet";
        else
                *ret_why = why_not_ended(row);
        return ROW_NOTHING;
}

/* An unknown row may have a session: given up is not proven absent, and it stays a finding. */
static int cancel(Ledger *ledger, const RowCommand *command, const Row *row, const char **ret_why) {
        AUTO_BUFFER reason = BUFFER_EMPTY;
        const Problem problem = { .code = PROBLEM_GIVEN_UP };
        RowChange change = { 0 };
        int r;

        if (row->status != STATUS_QUEUED && row->status != STATUS_HELD &&
            row->status != STATUS_UNKNOWN) {
                if (row->status == STATUS_OPEN)
                        return begin_ending(ledger, command, row, ENDING_CANCEL, ENDING_ASK,
                                            ret_why);
                *ret_why = why_not_ended(row);
                return ROW_NOTHING;
        }
        if (row->status == STATUS_UNKNOWN || row->hold == HOLD_REPLY_MISMATCH ||
            waits_for_proof(row)) {
                r = problem_append_reason(&reason, &problem, command->language);
                if (r < 0)
                        return r;
                change.code = text_of(problem_name(problem.code));
                change.reason = (Text){ reason.data, reason.size };
        }
        return move(ledger, row, STATUS_CANCELLED, &change);
}

int command_row(Ledger *ledger, const RowCommand *command, const Row *row, const char **ret_why) {
        const char *unused = NULL;
        const char **why = ret_why ? ret_why : &unused;

        if (row->due_at == LEDGER_NOT_YET && command->verb != ROW_CANCEL) {
                *why = "it waits for the end of an earlier link of its order";
                return ROW_NOTHING;
        }
        switch (command->verb) {
        case ROW_HOLD:
                return hold(ledger, row, why);
        case ROW_RELEASE:
                return release(ledger, row, command->now, why);
        case ROW_REQUEUE:
                return requeue(ledger, row, command->now, why);
        case ROW_REQUEUE_NEW_KEY:
                return requeue_new_key(ledger, command, row, why);
        case ROW_CANCEL:
                return cancel(ledger, command, row, why);
        case ROW_REISSUE:
                return reissue(ledger, command, row, why);
        }
        return -EPROTO;
}
