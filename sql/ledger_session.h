/* LedgerSession: the sessions that rows came to, also those of former generations, with what the
 * provider last said of each, and when it is to be asked again.
 *
 * A session is added by the ledger_row_move() that brings it (RowChange.session), under the row's
 * generation. `next_look` is on disk, so that being killed while looking loses nothing: what was
 * not recorded as looked at is due as before.
 *
 * All calls are part of the ledger: see ledger.h for errors, instants and transactions.
 */
#pragma once

#include "jobs/reconcile/payment_status.h"
#include "sql/ledger.h"

typedef struct SessionRecord {
        int64_t row;
        uint32_t generation;
        Text id;
        Text url; /* empty: it was no link to give away */
        SessionStatus status;
        int64_t created_at;
        int64_t expires_at;   /* 0: not said */
        int64_t looked_at;    /* 0: never */
        int64_t next_look;    /* 0: not any more */
        int64_t end_asked_at; /* a person asked to end it; 0: nobody */
        bool gone;            /* the provider does not know it any more */
        int api;              /* ApiVersion it was made with */
        bool live;            /* mode: only a key of this mode can see it */
} SessionRecord;              /* borrowed until the callback returns */

/* Stops on non-zero and gives it. The function may not change sessions: what it saw is collected
 * first. */
typedef int (*LedgerSessionFunction)(void *userdata, const SessionRecord *session);

/* All of a row, by generation. */
int ledger_sessions(Ledger *ledger, int64_t row, LedgerSessionFunction function, void *userdata);
/* All of rows that carry this reference, in every profile, run and mode, newest batch first. */
int ledger_sessions_of_order(Ledger *ledger, Text order_id, LedgerSessionFunction function,
                             void *userdata);
/* At most `max` whose next look has come, the longest waiting first; whatever their mode. Gives 0
 * or the function's non-zero answer. */
int ledger_sessions_due(Ledger *ledger, int64_t now, unsigned max, LedgerSessionFunction function,
                        void *userdata);
/* The earliest next look; 0: none. */
int ledger_next_look(Ledger *ledger, int64_t *ret_next_look);
/* How many were made at or after `since`, counted up to `max`: what a walk through the provider's
 * list would cost. */
int ledger_sessions_since(Ledger *ledger, int64_t since, int64_t max, int64_t *ret_count);

/* Of a batch, above the given row and generation, at most `max`, in that order. */
int ledger_batch_sessions(Ledger *ledger, int64_t batch, int64_t after, uint32_t generation,
                          unsigned max, LedgerSessionFunction function, void *userdata);
/* Those whose next look lies after `above`, at most `max`, the next first. */
int ledger_sessions_followed(Ledger *ledger, int64_t above, unsigned max,
                             LedgerSessionFunction function, void *userdata);
/* When those were made whose next look comes until `until`: at most `max`, by their next look. */
int ledger_due_times(Ledger *ledger, int64_t until, int64_t *created, size_t max, size_t *ret_n);

/* The requests that were frozen for rows with this reference: whose is a session with this key? */
typedef struct RowKey {
        int64_t row;
        uint32_t generation;
        Text key;
        Status status;
        Text session; /* of that generation; empty: none is known */
} RowKey;             /* borrowed until the callback returns */
typedef int (*LedgerKeyFunction)(void *userdata, const RowKey *key);
int ledger_keys_of_order(Ledger *ledger, Text order_id, LedgerKeyFunction function, void *userdata);
/* Are two rows of the same profile, run and mode; have they the same content? 1; 0: not both are
 * there. */
int ledger_compare_rows(Ledger *ledger, int64_t one, int64_t other, bool *ret_same_scope,
                        bool *ret_same_content);

/* A session that turned up for a row and generation that has none: id, created_at, expires_at and
 * next_look are stored. It is no link to give away. 1: added; 0: there is one. */
int ledger_session_adopt(Ledger *ledger, const SessionRecord *session);
/* The first settled batch above `after` of which nothing has changed since `until`: 1 found, 0
 * not. */
int ledger_batch_at_rest(Ledger *ledger, int64_t after, int64_t until, int64_t *ret_batch);
/* Is every row final, as far as the counters say? 1, 0. */
int ledger_batch_is_final(Ledger *ledger, int64_t batch);
typedef enum LedgerFollowed {
        LEDGER_BATCH_UNFOLLOWED, /* no session of it is to be looked at again */
        LEDGER_BATCH_FOLLOWED,
        LEDGER_BATCH_MORE, /* not known yet: call again */
} LedgerFollowed;
/* Looks at some of its sessions from `*row` on (0: the first), and moves it. */
int ledger_batch_followed(Ledger *ledger, int64_t batch, int64_t *row);
/* Settled and closed batches whose results are older than their rows. */
int ledger_batches_stale(Ledger *ledger, LedgerBatchFunction function, void *userdata);

/* What a look has found: status, expires_at (0: unchanged), looked_at, next_look (0: no more) and
 * gone are stored; the row's own expiry follows when it is its current session. */
int ledger_session_looked(Ledger *ledger, const SessionRecord *session);
/* Those whose next look lies after `from` and until `until` are due at `from`: at most `max`. Gives
 * how many, or a negative answer. */
int ledger_pull_looks(Ledger *ledger, int64_t from, int64_t until, unsigned max);
/* Before all others that are due. */
#define LEDGER_LOOK_AT_ONCE 1
/* When the session is looked at next; 0: not any more. */
int ledger_set_next_look(Ledger *ledger, int64_t row, uint32_t generation, int64_t next_look);
