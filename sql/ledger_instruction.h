/* LedgerInstruction: what rows of order files ask for besides being sent: `cancel` ends the link of
 * another row, `reissue` does that and then takes its reference. A cancel is no row of the totals;
 * it stands in the results like one. A reissue is also a row, queued, and not due before
 * ledger_reference_pass(). See ledger.h for errors, instants and transactions.
 */
#pragma once

#include "jobs/order/order.h"
#include "sql/ledger.h"

/* stored on disk: never renumber */
typedef enum InstructionState {
        INSTRUCTION_NEW = 1,
        INSTRUCTION_UNDER_WAY = 2, /* its target's link is being ended */
        INSTRUCTION_DONE = 3,
        INSTRUCTION_NOT_DONE = 4,
} InstructionState;

typedef struct NewInstruction {
        int64_t id; /* as of a row */
        uint32_t lines;
        Text order_id;
        OrderAction action;
        int64_t send_at; /* of a reissue */
        Text raw;        /* of a cancel */
        Text code, reason;
        bool bad; /* rejected: code and reason say why */
} NewInstruction;

int ledger_instruction_add(Ledger *ledger, const NewInstruction *instruction);

typedef struct Instruction {
        int64_t id;
        Text order_id;
        OrderAction action;
        int64_t send_at;
        int64_t scope;
} Instruction; /* borrowed until the callback returns */
typedef int (*LedgerInstructionFunction)(void *userdata, const Instruction *instruction);

/* New ones above `after`, of batches of this mode that are sent and not held, at most `max`. Gives
 * how many were lent, or the function's negative answer. */
int ledger_instructions_new(Ledger *ledger, bool live, int64_t after, unsigned max,
                            LedgerInstructionFunction function, void *userdata);
/* New ones of this batch, whatever its state, at most `max`. */
int ledger_instructions_of_batch(Ledger *ledger, int64_t batch, unsigned max,
                                 LedgerInstructionFunction function, void *userdata);
/* Those that wait for the end of this session. */
int ledger_instructions_of(Ledger *ledger, int64_t target, uint32_t generation,
                           LedgerInstructionFunction function, void *userdata);

typedef struct InstructionChange {
        InstructionState state;
        int64_t target; /* 0: none */
        uint32_t generation;
        Status status; /* as it is shown */
        Text code, reason;
} InstructionChange;
int ledger_instruction_set(Ledger *ledger, int64_t id, const InstructionChange *change);

/* Is any of the batch not carried out yet (batch 0: of any)? 1, 0. */
int ledger_instruction_open(Ledger *ledger, int64_t batch);
int ledger_count_instructions(Ledger *ledger, int64_t batch, int64_t *ret_cancels,
                              int64_t *ret_reissues);

/* As ledger_rows(), with the cancels in their places: what stands in the results. */
int ledger_file_rows(Ledger *ledger, int64_t batch, int64_t after, unsigned max,
                     LedgerRowFunction function, void *userdata);

/* The row that holds the reference: 1 found, 0 none. */
int ledger_reference_holder(Ledger *ledger, int64_t scope, Text order_id, int64_t *ret_row);
/* Gives it to this queued row, as its next generation, due at that time. */
int ledger_reference_pass(Ledger *ledger, int64_t scope, Text order_id, int64_t row,
                          int64_t due_at);
/* The row carries the reference and does not hold it: so it is found by it. */
int ledger_reference_name(Ledger *ledger, Text order_id, int64_t row);
