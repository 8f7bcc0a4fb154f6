#include "daemon/following/closer.h"

#include <errno.h>

#include "daemon/base/turn.h"
#include "jobs/base/civil.h"
#include "jobs/reconcile/look.h"
#include "sql/ledger_session.h"

#define EVERY HOUR
#define REST  (LOOK_CLOSED_DAYS * DAY)

struct Closer {
        Ledger *ledger;
        CloserClose close;
        void *userdata;
        int64_t next;  /* boot clock: the next pass, or piece of one */
        int64_t batch; /* looked at up to here; 0: no pass is going on */
        uint64_t work;
        int64_t row;    /* within the batch after it; 0: not begun */
        int complained; /* the last error that was given */
};

/* 1: closed as far as is known, or kept open: done with; 0: there is more of it. */
static int look(Closer *closer, int64_t batch) {
        int r = closer->row == 0 ? ledger_batch_is_final(closer->ledger, batch) : 1;

        if (r <= 0)
                return r < 0 ? r : 1;
        r = ledger_batch_followed(closer->ledger, batch, &closer->row);
        if (r == LEDGER_BATCH_UNFOLLOWED)
                r = closer->close(closer->userdata, batch);
        else if (r == LEDGER_BATCH_MORE)
                return 0;
        return r < 0 ? r : 1;
}

/* A disk that is full for a day is one thing to be told. */
static int complain(Closer *closer, int error) {
        bool told = error == closer->complained;

        closer->complained = error;
        return told ? 0 : error;
}

int closer_work(Closer *closer, int64_t deadline) {
        int64_t now = turn_now();

        if (now < closer->next)
                return 0;
        while (turn_now() < deadline) {
                int64_t batch = 0;
                int r = ledger_batch_at_rest(closer->ledger, closer->batch, turn_wall() - REST,
                                             &batch);

                if (r == 0) { /* the pass is through */
                        closer->batch = 0;
                        closer->complained = 0;
                        closer->next = now + EVERY;
                        return 0;
                }
                closer->work++;
                if (r > 0)
                        r = look(closer, batch);
                if (r < 0) {
                        closer->next = now + MINUTE;
                        return complain(closer, r);
                }
                if (r > 0) {
                        closer->batch = batch;
                        closer->row = 0;
                }
        }
        return 0;
}

int64_t closer_next(const Closer *closer) {
        return closer->next;
}

uint64_t closer_work_done(const Closer *closer) {
        return closer->work;
}

Closer *closer_free(Closer *closer) {
        free(closer);
        return NULL;
}

int closer_new(Ledger *ledger, CloserClose close, void *userdata, Closer **ret_closer) {
        Closer *closer = calloc(1, sizeof(*closer));

        if (!closer)
                return -ENOMEM;
        *closer = (Closer){
                .ledger = ledger, .close = close, .userdata = userdata, .next = turn_now()
        };
        *ret_closer = closer;
        return 0;
}
