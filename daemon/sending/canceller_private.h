/* What the files of the canceller share: canceller.c (requests, the turn), canceller_decide.c (what
 * a look tells), canceller_instructions.c (what order files ask for). */
#pragma once

#include "daemon/base/batch_set.h"
#include "daemon/sending/canceller.h"
#include "jobs/base/problem.h"
#include "jobs/session/session_key.h"
#include "sql/ledger_ending.h"
#include "sql/ledger_instruction.h"

typedef enum EndingSlotState {
        ENDING_SLOT_FREE,
        ENDING_SLOT_CLAIMED, /* in this transaction */
        ENDING_SLOT_FLYING,
        ENDING_SLOT_ANSWERED, /* not in the ledger yet */
        ENDING_SLOT_RECORDED, /* it is, in this transaction */
} EndingSlotState;

typedef struct EndingSlot {
        Canceller *canceller;
        EndingSlotState state;
        int64_t row;
        uint32_t generation;
        int api;
        char key[SESSION_KEY_SIZE];
        Buffer path;
        Transfer transfer;
        int http_status;
} EndingSlot;

struct Canceller {
        CancellerOptions options;
        EndingSlot slots[CANCELLER_SLOTS];
        unsigned n_used, n_answered;
        int64_t look_at;       /* boot clock: the next look for those that had theirs */
        int64_t due_at;        /* wall clock: the next request; 0: none */
        int64_t instructed_to; /* row: instructions up to here were looked at */
        int64_t instruct_at;   /* boot clock: the next look for more; INT64_MAX: there are none */
        bool instructs;        /* the last look at all of them found some that may be begun */
        bool known;            /* look_at and due_at are as the ledger has it */
        bool open;             /* some are on the wire or wait for a look */
        bool wants_look;       /* sessions are due to be looked at, since the last commit */
        bool stopping;
        BatchSet changed; /* in this transaction */
};

/* One that was looked at: over, asked again, or still waiting. */
int canceller_decide(Canceller *canceller, const Ending *ending);
/* Instructions of order files that are to be begun: at most `max`; how many were looked at. */
int canceller_carry_out(Canceller *canceller, unsigned max);
/* An ending is over: what waited for it is answered. */
int canceller_answer_instructions(Canceller *canceller, const Ending *ending, EndingReason reason);
int canceller_refuse(Canceller *canceller, const Instruction *instruction, ProblemCode code,
                     const char *detail);
/* When it is asked again, by how long it has been tried. */
int64_t canceller_again(const Ending *ending);
