#include "daemon/rules/command_instructions.h"

#include "jobs/base/buffer.h"
#include "jobs/base/problem.h"

int command_instruction_withdraw(Ledger *ledger, const Instruction *instruction,
                                 Language language) {
        const Problem problem = { .code = PROBLEM_LINK_KEPT, .value = instruction->order_id };
        AUTO_BUFFER reason = BUFFER_EMPTY;
        InstructionChange change = { .state = INSTRUCTION_NOT_DONE,
                                     .status = STATUS_CANCELLED,
                                     .code = text_of(problem_name(problem.code)) };
        int r = problem_append_reason(&reason, &problem, language);

        if (r < 0)
                return r;
        change.reason = (Text){ reason.data, reason.size };
        r = ledger_instruction_set(ledger, instruction->id, &change);
        if (r < 0 || instruction->action != ORDER_REISSUE)
                return r;
        /* It is a row, too, which was cancelled and never held its reference. */
        r = ledger_row_remark(ledger, instruction->id, change.code, change.reason);
        return r < 0 ? r : ledger_reference_name(ledger, instruction->order_id, instruction->id);
}

typedef struct Withdraw {
        Ledger *ledger;
        Language language;
} Withdraw;

static int withdraw(void *userdata, const Instruction *instruction) {
        const Withdraw *of = userdata;

        return command_instruction_withdraw(of->ledger, instruction, of->language);
}

int command_instructions_withdraw(Ledger *ledger, int64_t batch, Language language, unsigned max) {
        Withdraw of = { ledger, language };

        return ledger_instructions_of_batch(ledger, batch, max, withdraw, &of);
}
