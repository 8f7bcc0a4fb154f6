/* Ledger: what we remember, in the field's own verbs. The only way to the store; sql/database.h
 * below it knows SQLite and nothing of money.
 *
 * Owns one SQLite database (WAL, synchronous=FULL, STRICT tables, CHECKs on every state column) and
 * all prepared statements. Instants are UTC microseconds, amounts minor units. A row's id is
 * `batch << 32 | line of its first row`, so a batch's rows are one range of ids.
 *
 * Changes happen between ledger_begin() and ledger_commit(), one short transaction per turn of the
 * daemon's loop. Nothing else may rely on a change before ledger_commit() gave 0. A failed call
 * inside a transaction is answered with ledger_rollback(). Totals by (batch, currency, status) are
 * counters: the functions here that set or move a status keep them, written once at commit.
 *
 * Errors: negative errno: -ENOSPC full, -EBUSY locked, -EROFS, -EIO, -EUCLEAN damaged, -EILSEQ made
 * by a newer version, -ENOMEM, -EPROTO an illegal move of a status (our bug).
 * ledger_error_text() says what SQLite said last.
 *
 * What the provider says of a row later is in ledger_session.h, ledger_payment.h, ledger_finding.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "jobs/base/money.h"
#include "jobs/base/text.h"
#include "jobs/session/status.h"
#include "jobs/session/verdict.h"

typedef struct Ledger Ledger;

/* stored on disk: never renumber */
typedef enum BatchState {
        BATCH_RECEIVED = 1, /* the copy is in work/; to be checked */
        BATCH_LOADING = 2,  /* checked and good; its rows are being written */
        BATCH_AWAITING_APPROVAL = 3,
        BATCH_RUNNING = 4,
        BATCH_SETTLED = 5, /* every row is settled; results are written */
        BATCH_CLOSED = 6,  /* nothing will change any more */
        BATCH_REFUSED = 7,
        BATCH_STATE_COUNT,
} BatchState;

/* "received", "loading", "awaiting_approval", "running", ...; a held one is "held". */
const char *batch_state_name(BatchState state, Hold hold);

typedef struct Batch {
        int64_t id;          /* B000017 is 17 */
        const char *profile; /* "": the default one */
        const char *run;
        bool live;
        int64_t scope;
        int64_t parent;   /* 0: none */
        const char *file; /* the original name, UTF-8 made safe */
        int64_t maker_uid;
        const char *source; /* identity of the dropped file: "dev:ino:size:mtime:ctime" */
        bool source_gone;   /* the dropped file was unlinked */
        uint8_t sha256[32];
        uint64_t size;
        int64_t received_at;
        BatchState state;
        Hold hold;
        int api;           /* ApiVersion */
        const char *rules; /* the settings its rows are read by, as text */
        Text header;       /* the header row, UTF-8, line end included */
        char delimiter;
        int encoding; /* Encoding */
        bool bom;
        unsigned n_columns;
        uint64_t loaded_offset; /* rows before this byte are in the ledger */
        uint32_t loaded_line;
        int64_t next_id; /* rows below this id were claimed for the first time, or need no claim */
        int64_t end_id;  /* above the last row */
        uint64_t file_lines; /* data lines read (an order of several lines counts once in totals) */
        int64_t results_at;  /* results last written; 0: never */
        int64_t changed_at;  /* a row's status changed last */
        bool archived;       /* the original is in archive/ or rejected/ */
        const char *declared; /* the totals declared for the file, as text; "": none */
        const char *control;  /* the .ctl files that declared them, until the source is gone */
        const char *note;     /* what the ACK or NACK must say besides; "" */
} Batch;                      /* borrowed from the ledger until its next call about a batch */

typedef struct Row {
        int64_t id;
        int64_t batch;
        uint32_t line;
        uint32_t lines; /* physical rows: line items */
        Text order_id;  /* empty: could not be read */
        int64_t amount;
        Currency currency;
        Status status; /* as stored: the holds of batch and daemon are not in it */
        Hold hold;     /* the row's own hold, with STATUS_HELD */
        uint32_t generation;
        int64_t due_at; /* retry or send_at; 0: none */
        Text session;   /* of this generation; the others are in ledger_session.h */
        Text url;
        int64_t expires_at;
        Text code;   /* of problems, or the provider's; separated by blanks */
        Text reason; /* for people, in the profile's language */
        Text raw;    /* the row as it came, UTF-8, line ends included */
} Row;               /* borrowed until the callback returns */

/* The id of a row, and of a line of a payout file, and its parts. */
static inline int64_t row_id(int64_t batch, uint32_t line) {
        return batch << 32 | line;
}

static inline int64_t row_batch(int64_t id) {
        return id >> 32;
}

static inline uint32_t row_line(int64_t id) {
        return (uint32_t) (id & UINT32_MAX);
}

/* Below every row of the batch, and above every row of the one before. */
static inline int64_t row_first(int64_t batch) {
        return row_id(batch, 0);
}

typedef struct Total {
        Currency currency;
        Status status;
        Hold hold; /* with STATUS_HELD: why, as far as batch and daemon say */
        int64_t count;
        int64_t sum;
} Total;

/* --- the store ------------------------------------------------------------------------------ */

typedef enum LedgerMode {
        LEDGER_READ,    /* checkoutctl: never writes, sees committed data only */
        LEDGER_WRITE,   /* the daemon: creates and migrates */
        LEDGER_COMMAND, /* checkoutctl: records commands beside the daemon, waits 10 s for a lock */
} LedgerMode;

/* -ENOENT: none there; -EACCES: not permitted; -EUCLEAN: damaged, or no ledger; -EILSEQ: made by a
 * newer version; -ESTALE: READ or COMMAND, and the daemon has not migrated it yet. */
int ledger_open(const char *path, LedgerMode mode, Ledger **ret_ledger);
/* The same; a migration of a large store takes its time, and tells again and again that it goes
 * on. */
typedef void (*LedgerTell)(void *userdata);
int ledger_open_telling(const char *path, LedgerMode mode, LedgerTell tell, void *userdata,
                        Ledger **ret_ledger);
Ledger *ledger_free(Ledger *ledger);
const char *ledger_error_text(const Ledger *ledger);
/* The wall clock of this turn: what the next commits stamp changed batches with (changed_at). */
void ledger_set_now(Ledger *ledger, int64_t now);
/* Bytes that are in the store's log only, because a reader holds up their way into the file; see
 * database.h. Who writes much waits while they are many: they are written in one go. */
int64_t ledger_backlog(const Ledger *ledger);
void ledger_catch_up(Ledger *ledger);
/* LEDGER_READ: what follows, up to ledger_commit(), sees one state of the store, and faster. Keep
 * it short: the daemon's log grows meanwhile. LEDGER_WRITE: -ENOENT, the store's file or its log
 * was removed or replaced. */
int ledger_begin(Ledger *ledger);
int ledger_commit(Ledger *ledger);
void ledger_rollback(Ledger *ledger);
/* The number of the present transaction, from 1 in each run: what came first is known by it also
 * when the clock was set. */
int64_t ledger_transaction(const Ledger *ledger);
/* Has another process changed the store since the last call? 1 yes (also the first time), 0 no. */
int ledger_changed_outside(Ledger *ledger);
/* Named values of the daemon: learned rate, holds, store identity. `ret_text` is owned by the
 * caller; 1 found, 0 not. */
int ledger_get_value(Ledger *ledger, const char *name, char **ret_text);
int ledger_set_value(Ledger *ledger, const char *name, const char *text);

/* --- batches -------------------------------------------------------------------------------- */

int ledger_batch_add(Ledger *ledger, const Batch *batch, int64_t *ret_id); /* makes its scope */
int ledger_batch_get(Ledger *ledger, int64_t id, const Batch **ret_batch); /* 1 found, 0 not */
typedef int (*LedgerBatchFunction)(void *userdata, const Batch *batch);
/* Every batch of the given states (bits 1 << BatchState), by id; stops on non-zero and gives it. */
int ledger_batches(Ledger *ledger, unsigned states, LedgerBatchFunction function, void *userdata);
/* A batch with this dropped file's identity whose source was not unlinked yet: 1 found, 0 not. */
int ledger_batch_of_source(Ledger *ledger, const char *source, int64_t *ret_id);
/* An accepted batch of the same bytes and scope of which a row still takes its reference. */
int ledger_batch_of_bytes(Ledger *ledger, const uint8_t sha256[static 32], const char *profile,
                          const char *run, bool live, int64_t *ret_id);
int ledger_batch_source_gone(Ledger *ledger, int64_t id);
int ledger_batch_set_state(Ledger *ledger, int64_t id, BatchState state);
/* Something of a batch that may have been at its end has changed: one that is past `to` (running or
 * settled) is in `to` again. One that has not got so far, as one that waits for its approval, or
 * that was refused, stays what it is. 0 in any case, or negative errno. */
int ledger_batch_reopen(Ledger *ledger, int64_t id, BatchState to);
int ledger_batch_set_hold(Ledger *ledger, int64_t id, Hold hold);
/* What the check found out: header, delimiter, encoding, bom, n_columns, file_lines, note. */
int ledger_batch_checked(Ledger *ledger, const Batch *batch);
/* How far its rows are written, and claimed; when its results were; that its original is in its
 * last place: the members of Batch by these names. -EPROTO: there is no such batch. */
int ledger_batch_loaded(Ledger *ledger, int64_t id, uint64_t offset, uint32_t line, int64_t end_id);
int ledger_batch_claimed(Ledger *ledger, int64_t id, int64_t next_id);
int ledger_batch_results(Ledger *ledger, int64_t id, int64_t results_at);
int ledger_batch_archived(Ledger *ledger, int64_t id);
int64_t ledger_batch_highest(Ledger *ledger); /* 0: there is none; negative errno */
/* The next batch gets a number above `highest`: numbers that are on paper are never given twice. */
int ledger_batch_skip(Ledger *ledger, int64_t highest);

/* --- rows ----------------------------------------------------------------------------------- */

/* The due time of a row that waits for something else than a time: in the year 9999. */
#define LEDGER_NOT_YET INT64_C(253402300799000000)

typedef struct NewRow {
        int64_t id;
        uint32_t lines;
        Text order_id;
        int64_t amount;
        Currency currency;
        Status status; /* queued or rejected */
        int64_t send_at;
        bool waits;             /* for the end of another row's link: it has no due time yet */
        const uint8_t *content; /* 16 bytes */
        Text raw;
        Text code, reason; /* empty: none */
        int64_t mends;     /* of a corrected file: the row that it corrects; 0: none */
} NewRow;

/* Many at once cost half of one by one. */
int ledger_rows_add(Ledger *ledger, const NewRow *rows, size_t n);
int ledger_row_add(Ledger *ledger, const NewRow *row);

typedef enum ReferenceAnswer {
        REFERENCE_TAKEN = 0,     /* it is this row's now (or was already) */
        REFERENCE_NEXT = 1,      /* this row's now, as a further generation */
        REFERENCE_DUPLICATE = 2, /* another row holds it (or has a link), with the same content */
        REFERENCE_CONFLICT = 3,  /* another row holds it (or has a link), with other content */
        /* This row's now, as a further generation, but not to be sent: an earlier row was given up
         * (E-GIVEN-UP), and nobody knows whether that one has a session, or it has one. */
        REFERENCE_GIVEN_UP = 4,
} ReferenceAnswer;
/* Takes the reference for a queued row; a further generation is written to the row. `ret_holder`:
 * the row that holds it; or the first one that was given up. Gives a ReferenceAnswer or negative
 * errno. Safe to repeat, where what follows from the answer is done in the same transaction. */
int ledger_reference_take(Ledger *ledger, int64_t scope, Text order_id, int64_t row,
                          int64_t *ret_holder);
typedef struct NewReference {
        Text order_id;
        int64_t row;
} NewReference;
/* Takes those that are free, as many as there are at once: 1 all of them, 0 some have a holder (it
 * may be the row itself): then ledger_reference_take() says of each. */
int ledger_references_take(Ledger *ledger, int64_t scope, const NewReference *references, size_t n);
/* The ids and references of a batch's queued rows above `after`, at most `max`, by id. */
typedef int (*LedgerReferenceFunction)(void *userdata, int64_t row, Text order_id);
int ledger_batch_references(Ledger *ledger, int64_t batch, int64_t after, unsigned max,
                            LedgerReferenceFunction function, void *userdata);

/* what a move changes besides the status */
typedef struct RowChange {
        Hold hold;
        int64_t due_at;     /* 0: none */
        Text session, url;  /* of this generation, which they are added for; empty: none came */
        int64_t created_at; /* of the session; 0: this turn's clock */
        int64_t next_look;  /* when the provider is first asked about it; 0: never */
        int64_t expires_at; /* 0: unchanged */
        Text code, reason;  /* empty: none; replaces what was there */
} RowChange;
/* Moves a row; -EPROTO if it is not in `from` or may not move. Totals follow. A row that goes back
 * to queued below its batch's next_id needs a due time, or nobody finds it. */
int ledger_row_move(Ledger *ledger, int64_t row, Status from, Status to, const RowChange *change);

typedef int (*LedgerRowFunction)(void *userdata, const Row *row);
/* Rows of one batch above `after`, at most `max`, by id, with raw, code and reason. Gives the
 * number of rows lent, or the function's negative answer; a positive one stops after that row. The
 * function may call the ledger, also to change the row it was lent; but not begin, commit or roll
 * back. The same holds for all that follow. */
int ledger_rows(Ledger *ledger, int64_t batch, int64_t after, unsigned max,
                LedgerRowFunction function, void *userdata);
/* Every row with this reference, in all scopes, newest batch first: also the rejected ones and,
 * once ledger_reference_take() saw them, duplicates and conflicts. */
int ledger_rows_of_order(Ledger *ledger, Text order_id, LedgerRowFunction function, void *userdata);
int ledger_row_get(Ledger *ledger, int64_t id, LedgerRowFunction function, void *userdata);

/* --- sending -------------------------------------------------------------------------------- */

/* First sends of a running batch: queued rows from `from` (a row id) on that have no due time, at
 * most `max`. Looks at no more than 4096 ids at a time: `*ret_next` is where to go on (end_id when
 * the batch is through). Gives the number of rows. State and holds are the caller's to look at. */
int ledger_claimable(Ledger *ledger, int64_t batch, int64_t from, unsigned max,
                     LedgerRowFunction function, void *userdata, int64_t *ret_next);
/* Queued or unknown rows of the batch whose due time has come, earliest first. The caller knows
 * which batches are in play: running, not held, of the key's mode. */
int ledger_due(Ledger *ledger, int64_t batch, int64_t now, unsigned max, LedgerRowFunction function,
               void *userdata);
/* The earliest due time in the batch; 0: none. */
int ledger_next_due(Ledger *ledger, int64_t batch, int64_t *ret_due_at);

typedef struct Frozen {
        const char *key;
        Text body;
        int api;
        int64_t first_sent_at; /* wall clock */
        int64_t boot_at;       /* CLOCK_BOOTTIME at the same moment, microseconds */
        const char *boot;      /* boot id */
} Frozen;                      /* borrowed until the next call */
/* Freezes key and body of this generation; done once, in the transaction that first moves the row
 * to sending. */
int ledger_freeze(Ledger *ledger, int64_t row, uint32_t generation, const Frozen *frozen);
int ledger_frozen(Ledger *ledger, int64_t row, uint32_t generation, const Frozen **ret); /* 1, 0 */

typedef struct AttemptRecord {
        uint32_t number; /* from 1 */
        uint32_t generation;
        int64_t at;
        int http_status; /* 0: none */
        Verdict verdict;
        int64_t duration; /* microseconds */
} AttemptRecord;
/* Adds an attempt under the row's next number; `number` is not read. */
int ledger_attempt_add(Ledger *ledger, int64_t row, const AttemptRecord *attempt);
typedef int (*LedgerAttemptFunction)(void *userdata, const AttemptRecord *attempt);
int ledger_attempts(Ledger *ledger, int64_t row, LedgerAttemptFunction function, void *userdata);
/* Did an attempt of this generation end with VERDICT_UNKNOWN? 1, 0. Attempts that died with the
 * daemon count once they are recorded (see ledger_sending). */
int ledger_attempt_open(Ledger *ledger, int64_t row, uint32_t generation);
/* How many attempts of this generation had this HTTP status. */
int ledger_attempts_with(Ledger *ledger, int64_t row, uint32_t generation, int http_status,
                         int64_t *ret_count);
/* Was an earlier generation refused with this HTTP status? 1, 0. */
int ledger_refused_before(Ledger *ledger, int64_t row, uint32_t generation, int http_status);
/* After a restart: rows that are still `sending` (their attempts died with the daemon). */
int ledger_sending(Ledger *ledger, unsigned max, LedgerRowFunction function, void *userdata);

/* --- what could not be found out ------------------------------------------------------------ */

/* Unknown rows that are not tried again under their key, at most `max`, by id. */
int ledger_lost(Ledger *ledger, unsigned max, LedgerRowFunction function, void *userdata);
/* A further generation: the row is sent next under a new key. Only for a row that holds its
 * reference and is queued; -EPROTO else. */
int ledger_next_generation(Ledger *ledger, int64_t row);
/* Does the row hold its reference (another may have taken it after a refusal)? 1, 0. */
int ledger_holds_reference(Ledger *ledger, int64_t row);
/* Has the order of the row that holds its reference a link already: an earlier row that is live or
 * was paid, or a session, of whatever row and generation, that is not known to be over? 1: so it is,
 * the first of them is given (both may be NULL); 0. */
int ledger_earlier_link(Ledger *ledger, int64_t row, int64_t *ret_row, Status *ret_status);
/* What is said about a row that stays as it is; empty texts: nothing. */
int ledger_row_remark(Ledger *ledger, int64_t row, Text code, Text reason);
/* Retries (not what waits for its send_at) of the batch that lie after `latest` are due `now`.
 * Looks at no more than 1024 ids at a time, from `*from` on (0: the first), which is where to go on
 * then. 1: there may be more, 0: the batch is through. */
int ledger_pull_due(Ledger *ledger, int64_t batch, int64_t now, int64_t latest, int64_t *from);
/* When a queued or unknown row is due; 0: not by itself. */
int ledger_set_due(Ledger *ledger, int64_t row, int64_t due_at);

/* --- totals --------------------------------------------------------------------------------- */

typedef int (*LedgerTotalFunction)(void *userdata, const Total *total);
/* By currency and status, from the counters, as shown: queued rows of a held batch or daemon count
 * as held. */
int ledger_totals(Ledger *ledger, int64_t batch, LedgerTotalFunction function, void *userdata);
typedef int (*LedgerIdFunction)(void *userdata, int64_t id);
/* The batches whose files correct this one's, the oldest first. */
int ledger_batch_children(Ledger *ledger, int64_t batch, LedgerIdFunction function, void *userdata);
/* Totals of a batch and of all that correct it, or correct what corrects it: each order counts
 * once, as what became of it last; from the counters. (Of a batch that itself corrects another one,
 * orders are left out which a row outside tells of.) */
int ledger_family_totals(Ledger *ledger, int64_t batch, LedgerTotalFunction function,
                         void *userdata);
/* How many rows of the whole store are shown in each status: a few look-ups, however large it
 * is. */
int ledger_overall(Ledger *ledger, int64_t counts[static STATUS_COUNT]);
/* What was read from the file, by currency (status 0): fixed at intake. */
int ledger_read_totals(Ledger *ledger, int64_t batch, LedgerTotalFunction function, void *userdata);
/* The same as ledger_totals, stored statuses, counted from the rows: for verify. */
int ledger_recount(Ledger *ledger, int64_t batch, LedgerTotalFunction function, void *userdata);
/* Count of a batch's rows that are not settled: queued, sending, unknown, held. */
int ledger_batch_unsettled(Ledger *ledger, int64_t batch, int64_t *ret_count);
/* Of these, the rows that are held each for itself. */
int ledger_batch_held(Ledger *ledger, int64_t batch, int64_t *ret_count);
/* Of these, the queued rows whose send_at lies after `now`: nothing is expected of them yet. */
int ledger_batch_later(Ledger *ledger, int64_t batch, int64_t now, int64_t *ret_count);
/* Their first and last send_at after `now`; 0: there are none. */
int ledger_batch_schedule(Ledger *ledger, int64_t batch, int64_t now, int64_t *ret_first,
                          int64_t *ret_last);
/* And the unknown rows that will be tried again. */
int ledger_batch_waiting(Ledger *ledger, int64_t batch, int64_t *ret_count);
/* Holds of the whole daemon, kept across restarts. */
int ledger_daemon_hold(Ledger *ledger, Hold *ret_hold);
int ledger_set_daemon_hold(Ledger *ledger, Hold hold);
/* Is the store whole: SQLite's own checks; every row has its cells, every reference its holder,
 * every paid row its payment, every payment its session; no session belongs to two rows. 0 good; 1
 * and the first complaint in `ret_text` (owned by the caller). Reads everything. */
int ledger_check(Ledger *ledger, char **ret_text);

/* --- commands ------------------------------------------------------------------------------- */

/* What an operator asked of the daemon by checkoutctl. */
typedef struct Command {
        int64_t id;
        int64_t at;
        int64_t uid;
        const char *verb;
        const char *argument;
} Command; /* borrowed until the callback returns */
/* Records one in a transaction of its own (LEDGER_COMMAND); `id` is given. */
int ledger_command_add(Ledger *ledger, const Command *command, int64_t *ret_id);
typedef int (*LedgerCommandFunction)(void *userdata, const Command *command);
/* Those without an answer, oldest first; stops on non-zero and gives it. */
int ledger_commands_waiting(Ledger *ledger, LedgerCommandFunction function, void *userdata);
int ledger_command_answer(Ledger *ledger, int64_t id, int64_t at, const char *answer);
/* 1 and the answer (owned by the caller), 0: none yet. */
int ledger_command_get_answer(Ledger *ledger, int64_t id, char **ret_answer);

#include "jobs/base/cleanup.h"
DEFINE_CLEANUP(Ledger, ledger_free)
