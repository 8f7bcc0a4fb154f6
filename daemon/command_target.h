/* CommandTarget: what a command of an operator is about, read from its argument (daemon/commands.h). */
#pragma once

#include <stdint.h>

#include "jobs/base/text.h"

typedef enum TargetKind {
        TARGET_NONE,
        TARGET_ALL,
        TARGET_STORE,
        TARGET_BATCH,
        TARGET_ORDER,
} TargetKind;

typedef struct CommandTarget {
        TargetKind kind;
        int64_t batch;
        Text profile, run, order; /* run `*`: any */
} CommandTarget;

/* TARGET_NONE: it cannot be read. Texts are borrowed from the argument. */
CommandTarget command_target_read(const char *argument);
