/* What the files of the synchroniser share, in the order of the data: synchroniser_claim.c (what is
 * asked for next), synchroniser_read.c (requests and replies), synchroniser_page.c (pages of lists),
 * synchroniser_record.c (what a reply says of a row), synchroniser_know.c (what follows from it),
 * synchroniser_ask.c (what people asked for), synchroniser_clock.c (a clock that was set back),
 * synchroniser_notices.c (what the journal says of findings); synchroniser.c is the turn. */
#pragma once

#include "daemon/base/batch_set.h"
#include "daemon/base/log.h"
#include "daemon/following/synchroniser.h"
#include "daemon/provider/list_walk.h"
#include "jobs/reconcile/outcome_rule.h"
#include "jobs/reconcile/session_facts.h"
#include "sql/ledger_finding.h"
#include "sql/ledger_payment.h"
#include "sql/ledger_session.h"

#define SYNC_ID_SIZE      201 /* of the provider's ids */
#define SYNC_SESSIONS_MAX 16  /* of one row: the newest */
#define SYNC_PAYMENTS_MAX 64
#define SYNC_ASKS_MAX     16
#define SYNC_MARK_MAX     INT64_C(1000000000000) /* next looks below are marks of commands */

/* --- requests ------------------------------------------------------------------------------- */

typedef enum SyncState {
        SYNC_FREE,
        SYNC_CLAIMED, /* in this transaction; leaves after the commit */
        SYNC_FLYING,
        SYNC_ANSWERED,
        SYNC_RECORDED, /* in this transaction */
} SyncState;

typedef enum SyncKind {
        SYNC_SESSION, /* one session */
        SYNC_PAYMENT, /* a payment that its session does not show any more */
        SYNC_REFUNDS, /* a page of the refunds */
} SyncKind;

typedef enum SyncAnswer {
        SYNC_GOOD,
        SYNC_NOT_THERE, /* 404, in the provider's own words */
        SYNC_FAILED,
} SyncAnswer;

typedef struct SyncSlot {
        Synchroniser *synchroniser;
        SyncState state;
        SyncKind kind;
        int64_t row;
        uint32_t generation;
        int api;
        char id[SYNC_ID_SIZE];
        int64_t begun; /* in this transaction (ledger_transaction()) it was claimed */
        SyncAnswer answer;
        FactsReply *reply;
        bool more; /* a page: there is another */
} SyncSlot;

/* A payment to be asked for. */
typedef struct SyncPayment {
        int64_t row;
        uint32_t generation;
        int api;
        char id[SYNC_ID_SIZE];
} SyncPayment;

/* A page that is recorded piece by piece. */
typedef struct SyncPage {
        FactsReply *reply; /* NULL: none */
        int64_t begun;     /* as of a slot */
        bool refunds;
        bool last; /* of refunds */
        bool cut;  /* ... although there are more */
        size_t next, committed;
} SyncPage;

/* --- what people asked for ------------------------------------------------------------------ */

#define SYNC_ASK_ROWS 32 /* rows of one reference */

typedef struct SyncAsk {
        int64_t command;  /* 0: free; also its mark: the next look of what it wants looked at */
        int64_t asked_in; /* transaction */
        int64_t batch;
        int64_t rows[SYNC_ASK_ROWS]; /* of an order */
        unsigned n_rows;
        bool marked;       /* all of what it is about */
        bool looked;       /* all of that is looked at, or could not be */
        int64_t looked_in; /* transaction */
        /* how far that is: of a batch a session, of everything a time of next look */
        int64_t after;
        uint32_t after_generation;
        bool more;                          /* the next piece can be checked at once */
        bool refunds_read, list_walked;     /* or could not be: */
        bool refunds_unread, list_unwalked; /* ... and it is said */
        unsigned n;                         /* marked */
        unsigned n_failed;                  /* looks that told nothing */
} SyncAsk;

/* Of one kind of finding: how many of this moment were named in the journal, and how many more came. */
typedef struct SyncNotice {
        unsigned n_named, n_more;
        int64_t last_at, more_since; /* boot clock */
} SyncNotice;

/* --- the whole ------------------------------------------------------------------------------ */

struct Synchroniser {
        SynchroniserOptions options;
        bool stopping;
        SyncSlot slots[SYNCHRONISER_SLOTS];
        unsigned n_slots;
        SyncPage page;
        SyncPayment payments[SYNC_PAYMENTS_MAX]; /* to be asked for */
        unsigned n_payments, n_payments_committed;

        ListWalk walk;
        bool walk_claimed;
        int64_t page_begun; /* as of a slot: the page that is asked for */
        bool walk_ended;    /* its last page may still be recorded */
        bool walk_for_orphans;
        bool walk_complete;
        int64_t walk_began;    /* wall clock */
        int64_t walk_began_in; /* transaction */
        int64_t singly_until; /* wall clock: what was due then is asked for singly; 0: no walk was */
        int64_t choose_at;    /* boot clock: walk or not is chosen again */
        int64_t no_walk_before; /* boot clock: after one that failed */
        int64_t listed_at;      /* wall clock: a walk for orphans was complete that began then; 0 */
        int64_t orphans_at;     /* boot clock: not before */

        int64_t refunds_read_at;    /* wall clock: all were read that were made before; 0: never */
        int64_t refunds_at;         /* boot clock: the next reading */
        int64_t refunds_not_before; /* boot clock: after a page that failed */
        int64_t refunds_began;      /* wall clock */
        int64_t refunds_began_in;   /* transaction */
        unsigned refunds_page;      /* from 1; 0: not being read */
        unsigned refunds_failures;  /* in a row */
        bool refunds_claimed;
        bool refunds_unread_said;

        int64_t next_look; /* wall clock, of all; 0: none */
        bool wanted;       /* looks, by somebody who waits for them: also with --once */
        bool next_is_known;
        bool nothing_more;             /* what is due is on its way */
        int64_t clock_ahead;           /* of the boot clock: the wall clock */
        int64_t pull_from, pull_until; /* wall clock: looks that are due at once; 0: none */
        bool pulled;                   /* the last of them, in this transaction */

        int64_t not_before; /* boot clock: after failures */
        unsigned failures;  /* in a row */
        int64_t share_at;   /* boot clock: while rows wait to be sent */
        bool refused_said;
        uint64_t work; /* what was done, counted */

        SyncAsk asks[SYNC_ASKS_MAX], asks_committed[SYNC_ASKS_MAX];
        int64_t marked_in; /* transaction: something was asked for last */
        BatchSet changed;  /* in this transaction */
        SyncNotice notices[FINDING_KIND_END], notices_committed[FINDING_KIND_END];

        /* of the row being recorded */
        int64_t begun; /* the look that is recorded */
        OutcomeSession sessions[SYNC_SESSIONS_MAX];
        char session_ids[SYNC_SESSIONS_MAX][SYNC_ID_SIZE];
        int apis[SYNC_SESSIONS_MAX];
        size_t n_sessions;
        OutcomePayment known[SYNC_PAYMENTS_MAX];
        char payment_ids[SYNC_PAYMENTS_MAX][SYNC_ID_SIZE];
        size_t n_known;
};

/* A row, without what is lent. */
typedef struct SyncSubject {
        bool found;
        int64_t id;
        int64_t batch;
        uint32_t line;
        uint32_t generation;
        Status status;
        int64_t amount;
        Currency currency;
        Buffer order_id;
} SyncSubject;

/* synchroniser_know.c: inside a transaction. */
int sync_read_subject(void *subject, const Row *row); /* a LedgerRowFunction */
void sync_subject_done(SyncSubject *subject);
/* Into sessions and known of the synchroniser. */
int sync_know_sessions(Synchroniser *sync, int64_t row);
int sync_know_payments(Synchroniser *sync, const SyncSubject *subject);
OutcomeSession *sync_session_of(Synchroniser *sync, uint32_t generation, int *ret_api);
/* A payment that has not ended, and that its session did not show this time, is asked for. */
void sync_want_payments(Synchroniser *sync, const SyncSubject *subject, uint32_t generation,
                        int api, Text shown);
int sync_find(Synchroniser *sync, const SyncSubject *subject, const Finding *finding);
/* By what is known: moves the row, sets and ends its findings. */
int sync_decide(Synchroniser *sync, const SyncSubject *subject);

/* synchroniser_record.c: inside a transaction. */
/* What was said of a row's session; NULL: the provider does not know it. */
int sync_record_session(Synchroniser *sync, int64_t row, uint32_t generation,
                        const SessionFacts *facts);
int sync_record_payment(Synchroniser *sync, int64_t row, uint32_t generation,
                        const PaymentFacts *facts);
int sync_record_refund(Synchroniser *sync, const RefundFacts *facts);
/* The look that `record` is of, and what it means for an ending that waits for one. */
int sync_store_look(Synchroniser *sync, SessionRecord *record);
/* It could not be asked for: again in some minutes. */
int sync_postpone(Synchroniser *sync, int64_t row, uint32_t generation, int64_t wait);

/* synchroniser_page.c */
void sync_page_done(Synchroniser *sync);
int sync_page_record(Synchroniser *sync, int64_t deadline); /* a piece of it */

/* synchroniser_claim.c */
void sync_read_init(Synchroniser *sync);
/* Claims what may leave now. */
int sync_claim(Synchroniser *sync);

/* synchroniser_read.c */
/* Without a rate, one at a time while rows wait to be sent. */
bool sync_gives_way(const Synchroniser *sync);
/* Takes one from the bucket, if there is one for us. */
bool sync_take_one(Synchroniser *sync, int64_t now);
unsigned sync_in_flight(const Synchroniser *sync);
void sync_note_good(Synchroniser *sync);
void sync_send(Synchroniser *sync);
int sync_record_answers(Synchroniser *sync);
bool sync_may_ask(const Synchroniser *sync, int64_t now);
/* Is a slot free? */
bool sync_has_room(const Synchroniser *sync);
/* A reading of the refunds is at its end: to be read again in an hour. */
void sync_rest_refunds(Synchroniser *sync);
/* ... and all were read, or not all. */
void sync_end_refunds(Synchroniser *sync);
void sync_cut_refunds(Synchroniser *sync);
/* A payment is asked for. */
bool sync_asks_payments(const Synchroniser *sync);

/* synchroniser_notices.c */
void sync_notice(Synchroniser *sync, FindingKind kind, LogPlace place);
void sync_notices_say(Synchroniser *sync, bool all); /* those that are to be said now */
int64_t sync_notices_next(const Synchroniser *sync); /* boot clock */

/* synchroniser_clock.c */
int sync_pull_looks(Synchroniser *sync);
void sync_looks_pulled(Synchroniser *sync); /* committed */

/* synchroniser_ask.c */
int sync_asks_go_on(Synchroniser *sync);       /* marks, and answers what is done */
bool sync_asks_mark(const Synchroniser *sync); /* one is not marked yet: nothing is looked at */
bool sync_asks_wait(const Synchroniser *sync); /* for a turn, and nothing else */
unsigned sync_asks(const Synchroniser *sync);
bool sync_asks_want_list(const Synchroniser *sync);
bool sync_asks_want_refunds(const Synchroniser *sync);
/* As far as they could be: `complete`, or not. */
void sync_asks_list_walked(Synchroniser *sync, bool complete);
void sync_asks_refunds_read(Synchroniser *sync, bool complete);
/* A look at this row told nothing. */
void sync_asks_note_failed(Synchroniser *sync, int64_t row);
