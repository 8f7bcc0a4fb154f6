/* CommandTarget: what a command of an operator is about, and how that is written into the command's
 * argument by checkoutctl and read by the daemon: `all`, `store`, `batch N`, or `order PROFILE 0x1f
 * RUN 0x1f ORDER`. */
#pragma once

#include <stdint.h>

#include "jobs/base/buffer.h"
#include "sql/ledger.h"

typedef enum TargetKind {
        TARGET_NONE,
        TARGET_ALL,
        TARGET_STORE,
        TARGET_BATCH,
        TARGET_ORDER,
} TargetKind;

#define COMMAND_TARGET_ANY_RUN "*"

typedef struct CommandTarget {
        TargetKind kind;
        int64_t batch;
        Text profile, run, order; /* run COMMAND_TARGET_ANY_RUN: any */
} CommandTarget;

/* TARGET_NONE: it cannot be read. Texts are borrowed from the argument. */
CommandTarget command_target_read(const char *argument);
/* What command_target_read() reads as the same. 0; -ENOMEM; -EINVAL: of TARGET_NONE. */
int command_target_append(const CommandTarget *target, Buffer *argument);
/* TARGET_ORDER: a reference is meant only in the batches of its profile and run. */
bool command_target_is_in(const CommandTarget *target, const Batch *batch);
