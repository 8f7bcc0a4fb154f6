/* Instructions of order files: begun when their batch is sent, answered when what they ask for is
 * so, or cannot be. */
#include <errno.h>
#include <string.h>

#include "daemon/rules/command_instructions.h"
#include "daemon/rules/command_rows.h"
#include "daemon/sending/canceller_private.h"
#include "jobs/base/problem.h"
#include "jobs/report/report_column.h"
#include "sql/ledger_approval.h"
#include "sql/ledger_session.h"

/* The row that holds the reference, as it was read. */
typedef struct Target {
        int64_t row;
        uint32_t generation;
        Status status;
        bool has_session;
        bool asked;    /* it may have a session that we do not know, or do not trust */
        bool given_up; /* cancelled so */
} Target;

static int copy_target(void *userdata, const Row *row) {
        *(Target *) userdata = (Target){
                .row = row->id,
                .generation = row->generation,
                .status = row->status,
                .has_session = row->session.size > 0,
                .asked = row->status == STATUS_UNKNOWN || row->hold == HOLD_REPLY_MISMATCH ||
                         text_is(row->code, problem_name(PROBLEM_GIVEN_UP_BEFORE)),
                .given_up = text_is(row->code, problem_name(PROBLEM_GIVEN_UP)),
        };
        return 0;
}

static int language_of(const Canceller *canceller, int64_t row, Language *ret_language) {
        const Batch *batch;
        int r = ledger_batch_get(canceller->options.ledger, row_batch(row), &batch);

        if (r < 0)
                return r;
        *ret_language = settings_profile_or_default(canceller->options.settings,
                                                    r > 0 ? batch->profile : "")
                                ->rules.language;
        return 0;
}

/* --- answers -------------------------------------------------------------------------------- */

int canceller_refuse(Canceller *canceller, const Instruction *instruction, ProblemCode code,
                     const char *detail) {
        Ledger *ledger = canceller->options.ledger;
        const Problem problem = { .code = code,
                                  .value = instruction->order_id,
                                  .detail = text_of(detail) };
        AUTO_BUFFER reason = BUFFER_EMPTY;
        Language language = LANGUAGE_ES;
        InstructionChange change = { .state = INSTRUCTION_NOT_DONE,
                                     .status = code == PROBLEM_LINK_UNKNOWN ? STATUS_REJECTED
                                                                            : STATUS_REFUSED,
                                     .code = text_of(problem_name(code)) };
        Target row = { .row = 0 };
        int r = language_of(canceller, instruction->id, &language);

        if (r >= 0)
                r = problem_append_reason(&reason, &problem, language);
        if (r < 0)
                return r;
        change.reason = (Text){ reason.data, reason.size };
        r = ledger_instruction_set(ledger, instruction->id, &change);
        if (r >= 0 && instruction->action == ORDER_REISSUE)
                r = ledger_row_get(ledger, instruction->id, copy_target, &row);
        if (r >= 0 && row.status == STATUS_QUEUED) {
                const RowChange refused = { .code = change.code, .reason = change.reason };

                r = ledger_row_move(
                        ledger, row.row, STATUS_QUEUED,
                        code == PROBLEM_LINK_UNKNOWN ? STATUS_REJECTED : STATUS_CONFLICT, &refused);
                if (r >= 0)
                        r = ledger_reference_name(ledger, instruction->order_id, row.row);
        }
        return r < 0 ? r : batch_set_add(&canceller->changed, row_batch(instruction->id));
}

/* There is no link to be ended: what became of it, as people say it. */
static int refuse_over(Canceller *canceller, const Instruction *instruction, Status status) {
        Language language = LANGUAGE_ES;
        int r = language_of(canceller, instruction->id, &language);

        return r < 0 ? r
                     : canceller_refuse(canceller, instruction, PROBLEM_LINK_OVER,
                                        report_status_word(status, language));
}

static int done(Canceller *canceller, const Instruction *instruction, const Target *target) {
        const Problem given_up = { .code = PROBLEM_GIVEN_UP };
        AUTO_BUFFER reason = BUFFER_EMPTY;
        Language language = LANGUAGE_ES;
        InstructionChange change = { .state = INSTRUCTION_DONE,
                                     .target = target->row,
                                     .generation = target->generation,
                                     .status = STATUS_CANCELLED };
        int r = language_of(canceller, instruction->id, &language);

        if (r >= 0 && target->given_up)
                r = problem_append_reason(&reason, &given_up, language);
        if (r < 0)
                return r;
        if (target->given_up)
                change.code = text_of(problem_name(given_up.code));
        change.reason = (Text){ reason.data, reason.size };
        r = ledger_instruction_set(canceller->options.ledger, instruction->id, &change);
        return r < 0 ? r : batch_set_add(&canceller->changed, row_batch(instruction->id));
}

static int withdrawn(Canceller *canceller, const Instruction *instruction) {
        Language language = LANGUAGE_ES;
        int r = language_of(canceller, instruction->id, &language);

        if (r >= 0)
                r = command_instruction_withdraw(canceller->options.ledger, instruction, language);
        return r < 0 ? r : batch_set_add(&canceller->changed, row_batch(instruction->id));
}

/* The order has a link beside the one that was to be replaced. */
static ProblemCode linked_code(Status status) {
        if (status == STATUS_OPEN || status == STATUS_IN_PROGRESS)
                return PROBLEM_LINK_BEGUN;
        return status_takes_reference(status) ? PROBLEM_LINK_PAID : PROBLEM_LINK_OPEN_QUESTION;
}

/* The order of the file is sent as the reference's next generation. */
static int pass(Canceller *canceller, const Instruction *instruction, const Target *target) {
        Ledger *ledger = canceller->options.ledger;
        int64_t now = turn_wall();
        Status linked = STATUS_CANCELLED;
        Target row = { .row = 0 };
        int r = ledger_earlier_link(ledger, target->row, NULL, &linked);

        if (r > 0)
                return canceller_refuse(canceller, instruction, linked_code(linked), "");
        if (r >= 0)
                r = ledger_row_get(ledger, instruction->id, copy_target, &row);
        if (r >= 0 && row.status == STATUS_QUEUED) /* else it was withdrawn meanwhile */
                r = ledger_reference_pass(ledger, instruction->scope, instruction->order_id,
                                          instruction->id,
                                          instruction->send_at > now ? instruction->send_at : now);
        return r < 0 ? r : done(canceller, instruction, target);
}

/* --- what a target needs -------------------------------------------------------------------- */

static int under_way(Canceller *canceller, const Instruction *instruction, const Target *target,
                     EndingState state) {
        Ledger *ledger = canceller->options.ledger;
        const InstructionChange change = { .state = INSTRUCTION_UNDER_WAY,
                                           .target = target->row,
                                           .generation = target->generation,
                                           .status = STATUS_QUEUED };
        bool reissue = instruction->action == ORDER_REISSUE;
        const Ending ending = { .row = target->row,
                                .generation = target->generation,
                                .purpose = reissue ? ENDING_REISSUE : ENDING_CANCEL,
                                .state = state,
                                .due_at = state == ENDING_ASK ? turn_wall() : 0,
                                .answered_at = state == ENDING_LOOK ? turn_wall() : 0,
                                .successor = reissue ? instruction->id : 0 };
        int r = ledger_ending_begin(ledger, &ending);

        if (r == 0)
                return canceller_refuse(canceller, instruction, PROBLEM_LINK_OPEN_QUESTION, "");
        canceller->wants_look = canceller->wants_look || state == ENDING_LOOK;
        if (r > 0 && state == ENDING_LOOK)
                r = ledger_set_next_look(ledger, target->row, target->generation,
                                         LEDGER_LOOK_AT_ONCE);
        canceller->known = false;
        return r < 0 ? r : ledger_instruction_set(ledger, instruction->id, &change);
}

typedef struct Withdraw {
        Canceller *canceller;
        RowCommand command;
} Withdraw;

static int withdraw_row(void *userdata, const Row *row) {
        Withdraw *withdraw = userdata;
        int r = command_row(withdraw->canceller->options.ledger, &withdraw->command, row, NULL);

        return r < 0 ? r : 0;
}

/* What was not sent needs nobody's permission. */
static int withdraw(Canceller *canceller, Target *target) {
        Withdraw what = { canceller, { .verb = ROW_CANCEL, .now = turn_wall() } };
        int r = language_of(canceller, target->row, &what.command.language);

        if (r >= 0)
                r = ledger_row_get(canceller->options.ledger, target->row, withdraw_row, &what);
        target->given_up = target->given_up || target->asked;
        if (r >= 0)
                r = ledger_batch_end_waiting(canceller->options.ledger, row_batch(target->row));
        return r < 0 ? r : batch_set_add(&canceller->changed, row_batch(target->row));
}

static int cancel(Canceller *canceller, const Instruction *instruction, Target *target) {
        int r;

        switch (target->status) {
        case STATUS_HELD:
        case STATUS_QUEUED:
        case STATUS_UNKNOWN:
                r = withdraw(canceller, target);
                return r < 0 ? r : done(canceller, instruction, target);
        case STATUS_OPEN:
                return under_way(canceller, instruction, target, ENDING_ASK);
        case STATUS_SENDING:
                return 0; /* in a moment it is known */
        case STATUS_IN_PROGRESS:
                return canceller_refuse(canceller, instruction, PROBLEM_LINK_BEGUN, "");
        case STATUS_PAID:
        case STATUS_MISMATCH:
        case STATUS_REFUNDED:
                return canceller_refuse(canceller, instruction, PROBLEM_LINK_PAID, "");
        case STATUS_REJECTED:
        case STATUS_DUPLICATE:
        case STATUS_CONFLICT:
        case STATUS_REFUSED:
        case STATUS_FAILED:
        case STATUS_EXPIRED:
        case STATUS_CANCELLED:
        case STATUS_COUNT:
                break;
        }
        return refuse_over(canceller, instruction, target->status);
}

static int reissue(Canceller *canceller, const Instruction *instruction, Target *target) {
        Target row = { .row = 0 };
        int r = ledger_row_get(canceller->options.ledger, instruction->id, copy_target, &row);

        if (r < 0)
                return r;
        if (row.status != STATUS_QUEUED) /* withdrawn: a link is not ended for nothing */
                return withdrawn(canceller, instruction);
        switch (target->status) {
        case STATUS_HELD:
        case STATUS_QUEUED:
                if (target->asked)
                        break;
                r = withdraw(canceller, target);
                return r < 0 ? r : pass(canceller, instruction, target);
        case STATUS_OPEN:
                return under_way(canceller, instruction, target, ENDING_ASK);
        case STATUS_FAILED:
        case STATUS_EXPIRED:
        case STATUS_CANCELLED:
                if (target->given_up)
                        break;
                return target->has_session ? under_way(canceller, instruction, target, ENDING_LOOK)
                                           : pass(canceller, instruction, target);
        case STATUS_REJECTED:
        case STATUS_DUPLICATE:
        case STATUS_CONFLICT:
        case STATUS_REFUSED:
                return pass(canceller, instruction, target);
        case STATUS_SENDING:
                return 0; /* in a moment it is known */
        case STATUS_IN_PROGRESS:
                return canceller_refuse(canceller, instruction, PROBLEM_LINK_BEGUN, "");
        case STATUS_PAID:
        case STATUS_MISMATCH:
        case STATUS_REFUNDED:
                return canceller_refuse(canceller, instruction, PROBLEM_LINK_PAID, "");
        case STATUS_UNKNOWN:
        case STATUS_COUNT:
                break;
        }
        return canceller_refuse(canceller, instruction, PROBLEM_LINK_OPEN_QUESTION, "");
}

/* --- the turn ------------------------------------------------------------------------------- */

static int carry_out(void *userdata, const Instruction *instruction) {
        Canceller *canceller = userdata;
        Ledger *ledger = canceller->options.ledger;
        Target target = { .row = 0 };
        int64_t holder = 0;
        int r;

        canceller->instructed_to = instruction->id;
        r = ledger_reference_holder(ledger, instruction->scope, instruction->order_id, &holder);
        if (r == 0)
                return canceller_refuse(canceller, instruction, PROBLEM_LINK_UNKNOWN, "");
        if (r > 0)
                r = ledger_row_get(ledger, holder, copy_target, &target);
        if (r < 0)
                return r;
        r = instruction->action == ORDER_CANCEL ? cancel(canceller, instruction, &target)
                                                : reissue(canceller, instruction, &target);
        return r < 0 ? r : 0;
}

int canceller_carry_out(Canceller *canceller, unsigned max) {
        return ledger_instructions_new(canceller->options.ledger, canceller->options.live,
                                       canceller->instructed_to, max, carry_out, canceller);
}

typedef struct Answer {
        Canceller *canceller;
        const Ending *ending;
        EndingReason reason;
} Answer;

static int answer(void *userdata, const Instruction *instruction) {
        static const ProblemCode codes[ENDING_REASON_COUNT] = {
                [ENDING_BEGUN] = PROBLEM_LINK_BEGUN,   [ENDING_PAID] = PROBLEM_LINK_PAID,
                [ENDING_GONE] = PROBLEM_LINK_GONE,     [ENDING_REFUSED] = PROBLEM_LINK_LIVES,
                [ENDING_TAKEN] = PROBLEM_LINK_UNKNOWN,
        };
        const Answer *of = userdata;
        const Target target = { .row = of->ending->row, .generation = of->ending->generation };

        if (of->reason != ENDING_NO_REASON)
                return canceller_refuse(of->canceller, instruction, codes[of->reason], "");
        return instruction->action == ORDER_CANCEL ? done(of->canceller, instruction, &target)
                                                   : pass(of->canceller, instruction, &target);
}

int canceller_answer_instructions(Canceller *canceller, const Ending *ending, EndingReason reason) {
        Answer of = { canceller, ending, reason };
        int r = ledger_instructions_of(canceller->options.ledger, ending->row, ending->generation,
                                       answer, &of);

        return r < 0 ? r : 0;
}
