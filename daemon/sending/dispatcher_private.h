/* What dispatcher.c (the ring and the slots), dispatcher_claim.c (rows into requests) and
 * dispatcher_outcome.c (replies into statuses) share. */
#pragma once

#include "daemon/provider/http_loop.h"
#include "daemon/sending/dispatcher.h"
#include "jobs/order/order_file.h"
#include "jobs/session/breaker.h"
#include "jobs/session/rate.h"
#include "jobs/session/session_key.h"
#include "jobs/session/verdict.h"

/* A batch that is being sent. */
typedef struct Active {
        struct Active *next;
        int64_t id;
        const Profile *profile;
        OrderRules *rules;
        OrderReader *reader;
        char *run;
        int64_t received_at; /* wall clock */
        int64_t scan_from;   /* where the next first sends are looked for */
        int64_t committed;   /* the same, as the ledger has it */
        int64_t end;
        int64_t next_due;      /* wall clock, of retries and send_at; 0: none */
        bool due_known;        /* next_due is so */
        bool due_waits;        /* for the canaries */
        bool retries_doubtful; /* another clock may have set their due times */
        int64_t doubtful_from; /* row id: of those before it they are believed again */
        unsigned in_flight;
        Hold hold;
        /* canary: the first rows go alone until one of them made a session */
        unsigned canary;
        unsigned canary_sent;
        unsigned canary_refused;
        int64_t canary_replaced_at; /* boot clock: the next row goes too; 0: none is waited for */
        char canary_code[64];       /* what the first refused one was refused for */
        bool canary_unlike;         /* they were refused for different reasons */
        bool canary_passed;
        bool changed; /* in this transaction */
} Active;

typedef enum SlotState {
        SLOT_FREE,
        SLOT_CLAIMED, /* in this transaction */
        SLOT_FLYING,
        SLOT_ANSWERED, /* the outcome is not in the ledger yet */
        SLOT_RECORDED, /* it is, in this transaction */
} SlotState;

typedef struct Slot {
        Dispatcher *dispatcher;
        SlotState state;
        Active *active;
        int64_t row;
        uint32_t generation;
        int api;
        char key[SESSION_KEY_SIZE];
        Buffer body;
        char order[257]; /* the reference; for the log, where it may be logged */
        int64_t amount;
        Currency currency;
        bool first; /* the first attempt of this generation */
        bool earlier_open;
        bool canary;
        bool sent_anew;        /* by this outcome, although the provider refused it */
        bool without_customer; /* the provider has the payer as a customer already */
        bool probe;            /* sent while the account was held, to see whether it still is */
        int64_t first_sent;    /* wall clock */
        int64_t sent_at;       /* wall clock */
        int64_t left_at;       /* CLOCK_MONOTONIC: given to libcurl */
        int http_status;
        Transfer transfer;
        int64_t duration;
        Outcome outcome;
} Slot;

struct Dispatcher {
        DispatcherOptions options;
        Rate *rate;
        Breaker breaker;
        Hold hold;         /* of the whole daemon */
        int64_t last_good; /* wall clock: a session was made */
        int64_t probe_at;  /* boot clock: account hold, the next probe */
        char boot[40];
        Active *ring;
        /* Twice as many as may be in flight: a row is claimed in the same transaction that records
         * the outcome of the one before it, and both are needed until it is committed. */
        Slot *slots;
        unsigned n_slots;
        unsigned limit;  /* max_in_flight */
        unsigned n_used; /* claimed, flying, or answered and not recorded */
        unsigned n_answered;
        bool stopping;
        bool more;     /* the last turn could have claimed more, but for the slots */
        bool due_last; /* this turn: retries after first sends */
        bool had_refusals;
        struct {
                uint64_t work;
                uint64_t attempts[VERDICT_COUNT];
                uint64_t durations[DISPATCHER_BUCKETS + 1];
                int64_t duration_sum;
        } counted;
        bool clock_is_off; /* by the last reply's Date */
        bool clock_said;
        int64_t clock_ahead; /* of the boot clock; the wall clock was set back when it gets less */
};

/* dispatcher.c */
Active *dispatcher_active(Dispatcher *dispatcher, int64_t batch);
Slot *dispatcher_free_slot(Dispatcher *dispatcher);

/* dispatcher_figures.c: an outcome that was committed. */
void dispatcher_count(Dispatcher *dispatcher, const Slot *slot);

/* dispatcher_claim.c: claims into free slots, as many as may leave now. */
int dispatcher_claim(Dispatcher *dispatcher);

/* dispatcher_clock.c: makes due what a clock that was set back would keep waiting, inside the
 * turn's transaction, some rows each turn. */
int dispatcher_believe_retries(Dispatcher *dispatcher);
/* All of the batch is looked at for that. */
void dispatcher_doubt_retries(Active *active);

/* dispatcher_outcome.c: judges a reply (outside of a transaction), records it (inside). */
void dispatcher_judge(Dispatcher *dispatcher, Slot *slot, const HttpReply *reply);
int dispatcher_record(Dispatcher *dispatcher, Slot *slot);
/* Appends why the outcome of the slot's row is not found out by its key any more. */
int dispatcher_unknown_reason(const Slot *slot, const char *detail, Buffer *reason);
