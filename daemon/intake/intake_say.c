/* What the log says of a batch that is taken in. */
#include <errno.h>
#include <string.h>

#include "daemon/base/log.h"
#include "daemon/base/turn.h"
#include "daemon/intake/intake_batch.h"
#include "jobs/base/civil.h"

#define AGAIN (5 * SECOND) /* after an error */

/* What an operator has to look at when a step fails. */
static const char *where_of(IntakeStep step) {
        switch (step) {
        case INTAKE_ANSWER_REFUSED:
                return "cannot write its answer into results/, or move it to rejected/";
        case INTAKE_ANSWER_ACCEPTED:
                return "cannot write its answer into results/; nothing is sent before";
        case INTAKE_PAYOUT_ANSWER:
                return "cannot write its answer into results/payouts/";
        case INTAKE_PAYOUT_FILE:
                return "cannot move it from work/ to archive/";
        case INTAKE_COPY:
                return "cannot copy it into work/";
        case INTAKE_REMOVE:
                return "cannot remove it from incoming/";
        case INTAKE_RECORD:
        case INTAKE_GONE:
        case INTAKE_SCAN:
        case INTAKE_CHECK:
        case INTAKE_WITHDRAW:
        case INTAKE_REFUSE:
        case INTAKE_FILED:
        case INTAKE_LOAD_BEGIN:
        case INTAKE_PARSE:
        case INTAKE_LOAD:
        case INTAKE_SORT:
        case INTAKE_MERGE:
        case INTAKE_ACCEPT:
        case INTAKE_PAYOUT_CHECK:
        case INTAKE_PAYOUT_BEGIN:
        case INTAKE_PAYOUT_REPLACE:
        case INTAKE_PAYOUT_PARSE:
        case INTAKE_PAYOUT_LOAD:
        case INTAKE_PAYOUT_WATCH:
        case INTAKE_PAYOUT_LIST:
        case INTAKE_PAYOUT_ACCEPT:
        case INTAKE_PAYOUT_FILED:
        case INTAKE_DONE:
        case INTAKE_STEP_COUNT:
                break;
        }
        return "cannot read its copy in work/";
}

void intake_say(const IntakeBatch *batch, LogMessage message, const char *what) {
        AUTO_BUFFER name = BUFFER_EMPTY;
        char id[ANSWER_BATCH_SIZE];

        if (log_append_name(&name, text_of(batch->safe_name), 100) < 0)
                return;
        log_message(message, (LogPlace){ .batch = batch->id }, "%s: %.*s %s",
                    answer_batch(batch->id, id), (int) name.size, name.data, what);
}

void intake_complain(IntakeBatch *batch, int error) {
        AUTO_BUFFER name = BUFFER_EMPTY;
        LogPlace place = { .batch = batch->id };

        batch->not_before = turn_now() + AGAIN;
        if (error == batch->complained)
                return;
        batch->complained = error;
        if (log_append_name(&name, text_of(batch->safe_name ? batch->safe_name : batch->name),
                            100) < 0)
                return;
        log_message(MESSAGE_FILE_TROUBLE, place, "%.*s: %s: %s; trying again every 5 seconds",
                    (int) name.size, name.data, where_of(batch->step),
                    error == -ESTALE ? "somebody has changed it, it is not what was taken in"
                                     : strerror(-error));
}
