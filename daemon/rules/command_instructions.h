/* What becomes of the instructions of an order file (ledger_instruction.h) that is withdrawn: they
 * are orders of that file like its rows, so those that are not begun are withdrawn with it, and say
 * so. What is begun is not: the provider may have been asked already. */
#pragma once

#include "jobs/base/language.h"
#include "sql/ledger_instruction.h"

/* One that is not begun, inside a transaction. 0, or negative errno. */
int command_instruction_withdraw(Ledger *ledger, const Instruction *instruction, Language language);
/* At most `max` of the batch's: how many, or negative errno. */
int command_instructions_withdraw(Ledger *ledger, int64_t batch, Language language, unsigned max);
