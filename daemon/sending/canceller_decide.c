/* What a look at a session tells about its ending, and the sending anew. */
#include <errno.h>

#include "daemon/base/log.h"
#include "daemon/sending/canceller_private.h"
#include "jobs/base/civil.h"

#define ATTEMPTS_MAX 8U /* whole answers after which the session lives on: a person looks */

static int end(Canceller *canceller, const Ending *ending, EndingReason reason) {
        Ledger *ledger = canceller->options.ledger;
        const LogPlace place = { .batch = row_batch(ending->row), .line = row_line(ending->row) };
        Ending next = *ending;
        int r;

        next.state = reason == ENDING_NO_REASON ? ENDING_DONE : ENDING_NOT_DONE;
        next.reason = reason;
        next.due_at = 0;
        r = ledger_ending_set(ledger, &next);
        /* A link that goes on runs out by itself; then nobody's request did it. */
        if (r >= 0 && reason != ENDING_NO_REASON && ending->session_status != SESSION_EXPIRED)
                r = ledger_session_set_end_asked(ledger, ending->row, ending->generation, 0);
        if (r >= 0)
                r = canceller_answer_instructions(canceller, ending, reason);
        if (r >= 0 && reason != ENDING_NO_REASON)
                log_write(LOG_INFO, place, "a link could not be ended: it is %s",
                          status_name(ending->status));
        return r < 0 ? r : 0;
}

/* The row's next generation, now that its session is over. */
static int send_anew(Canceller *canceller, const Ending *ending) {
        Ledger *ledger = canceller->options.ledger;
        const RowChange change = { .due_at = turn_wall() };
        int r, linked;

        if (ending->successor != 0) /* it takes the reference when it is answered */
                return end(canceller, ending, ENDING_NO_REASON);
        r = ledger_holds_reference(ledger, ending->row);
        linked = r > 0 ? ledger_earlier_link(ledger, ending->row, NULL, NULL) : 0;
        if (r < 0 || linked < 0)
                return r < 0 ? r : linked;
        if (r == 0 || linked > 0)
                return end(canceller, ending, ENDING_TAKEN);
        r = ledger_row_move(ledger, ending->row, ending->status, STATUS_QUEUED, &change);
        if (r >= 0)
                r = ledger_next_generation(ledger, ending->row);
        if (r >= 0)
                r = ledger_batch_reopen(ledger, row_batch(ending->row), BATCH_RUNNING);
        if (r >= 0)
                r = batch_set_add(&canceller->changed, row_batch(ending->row));
        return r < 0 ? r : end(canceller, ending, ENDING_NO_REASON);
}

static int over(Canceller *canceller, const Ending *ending) {
        switch (ending->purpose) {
        case ENDING_CANCEL:
                return end(canceller, ending, ENDING_NO_REASON);
        case ENDING_REISSUE:
                return send_anew(canceller, ending);
        }
        return -EPROTO; /* no such purpose: our bug */
}

static int ask_again(Canceller *canceller, const Ending *ending) {
        Ending next = *ending;
        int r;

        if (ending->attempt > ATTEMPTS_MAX)
                return end(canceller, ending, ENDING_REFUSED);
        next.state = ENDING_ASK;
        next.due_at = canceller_again(ending);
        r = ledger_ending_set(canceller->options.ledger, &next);
        return r < 0 ? r : 0;
}

int canceller_decide(Canceller *canceller, const Ending *ending) {
        if (ending->gone)
                return end(canceller, ending, ENDING_GONE);
        switch (ending->status) {
        case STATUS_CANCELLED:
        case STATUS_EXPIRED:
        case STATUS_FAILED:
                return over(canceller, ending);
        case STATUS_OPEN:
                return ask_again(canceller, ending);
        case STATUS_IN_PROGRESS:
                return end(canceller, ending, ENDING_BEGUN);
        case STATUS_PAID:
        case STATUS_MISMATCH:
        case STATUS_REFUNDED:
                return end(canceller, ending, ENDING_PAID);
        case STATUS_REJECTED:
        case STATUS_DUPLICATE:
        case STATUS_CONFLICT:
        case STATUS_HELD:
        case STATUS_QUEUED:
        case STATUS_SENDING:
        case STATUS_UNKNOWN:
        case STATUS_REFUSED:
        case STATUS_COUNT:
                break;
        }
        return end(canceller, ending, ENDING_NO_REASON); /* it is on another way by now */
}
