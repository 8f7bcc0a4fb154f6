/* Approvals: who let a batch go that waited for a second person. What may approve whom is decided
 * in daemon/rules/approval.c; here it is recorded, once and for good. */
#pragma once

#include <stdbool.h>

#include "sql/ledger.h"

/* stored on disk: never renumber */
typedef enum ApprovalWay {
        APPROVAL_BY_COMMAND = 1, /* checkoutctl approve */
        APPROVAL_BY_FILE = 2,    /* incoming/approve/ */
} ApprovalWay;

typedef struct Approval {
        int64_t batch;
        int64_t at;
        int64_t uid;
        uint8_t sha256[32]; /* of the original; taken from the batch */
        ApprovalWay way;
} Approval;

/* A loaded batch waits for its approval: its rows are shown as held. */
int ledger_batch_await_approval(Ledger *ledger, int64_t batch);
/* Something of the batch was withdrawn: if it waits for its approval, and nothing is left of it
 * that would be sent or carried out, it goes on to its end. Its hold stays: it was never approved.
 * 1: so it is; 0: not. */
int ledger_batch_end_waiting(Ledger *ledger, int64_t batch);
/* So that nothing of it is sent after all. */
bool batch_was_withdrawn(const Batch *batch);
/* Records the approval, and the batch runs; `sha256` is not read. -EPROTO: it does not wait. */
int ledger_approval_add(Ledger *ledger, const Approval *approval);
/* 1 found, 0: the batch was not approved. */
int ledger_approval_get(Ledger *ledger, int64_t batch, Approval *ret_approval);
