/* IntakeBatch: one file on its way in, and the steps of that way. Private to intake*.c.
 *
 * A step either writes to the ledger (it runs inside the turn's transaction, and is done when that
 * is committed) or does not. It gives 1 when it is done and `next` says where to go, 0 when there
 * is more of it, or negative errno: then it is tried again after a while, and must bear that. */
#pragma once

#include "daemon/base/log.h"
#include "daemon/intake/batch_check.h"
#include "daemon/intake/intake.h"
#include "daemon/intake/reference_sort.h"
#include "jobs/base/digest.h"
#include "jobs/order/dialect.h"
#include "jobs/report/answer.h"
#include "sql/ledger_instruction.h"

/* The note of a batch until it is checked: a code that refuses it, this, or nothing. */
#define INTAKE_WAITED "waited"

typedef enum IntakeStep {
        INTAKE_COPY,
        INTAKE_RECORD,
        INTAKE_REMOVE,
        INTAKE_GONE,
        INTAKE_SCAN,
        INTAKE_CHECK,
        INTAKE_WITHDRAW,
        INTAKE_REFUSE,
        INTAKE_ANSWER_REFUSED,
        INTAKE_FILED,
        INTAKE_LOAD_BEGIN,
        INTAKE_PARSE,
        INTAKE_LOAD,
        INTAKE_SORT,
        INTAKE_MERGE,
        INTAKE_ANSWER_ACCEPTED,
        INTAKE_ACCEPT,
        INTAKE_PAYOUT_CHECK,
        INTAKE_PAYOUT_BEGIN,
        INTAKE_PAYOUT_REPLACE,
        INTAKE_PAYOUT_PARSE,
        INTAKE_PAYOUT_LOAD,
        INTAKE_PAYOUT_WATCH,
        INTAKE_PAYOUT_LIST,
        INTAKE_PAYOUT_ANSWER,
        INTAKE_PAYOUT_ACCEPT,
        INTAKE_PAYOUT_FILE,
        INTAKE_PAYOUT_FILED,
        INTAKE_DONE,
        INTAKE_STEP_COUNT,
} IntakeStep;

typedef struct IntakeBatch IntakeBatch;
typedef struct IntakePayout IntakePayout; /* intake_payout.c */

/* Rows that are read while the store is free, and written in the next transaction. */
#define PARSED_MAX 4096U

struct Intake {
        IntakeOptions options;
        Spool *spool;
        IntakeBatch *batches; /* in turn: the first one begins the next slice */
        unsigned n_batches;
        bool had_rejects;
        int64_t behind_since; /* boot clock: a reader keeps the store's log long; 0: none */
        bool behind_said;
        uint64_t work;
};

struct IntakeBatch {
        Intake *intake;
        IntakeBatch *next_batch;
        IntakeStep step, next;
        bool step_done;     /* waits for the commit */
        int64_t not_before; /* boot clock; after an error */
        int complained;     /* the error said last, so that it is said once */
        int64_t deadline;   /* of this slice */

        /* the dropped file, until it is gone */
        const Profile *profile;
        char *name;
        SpoolFile source; /* .name is ours */
        bool offered;     /* the spool waits for spool_done() */
        bool changed;     /* the file in the folder is another one by now */
        bool taken_away;  /* it was renamed into work/ */

        /* our copy */
        int copy; /* -1: not open */
        char *copy_name;
        uint64_t copied;
        size_t unsynced;
        Digest *digest;
        DialectScan *scan;
        uint8_t sha256[DIGEST_SIZE];
        FileFacts facts;

        /* the batch */
        int64_t id;
        int64_t scope;
        int64_t parent;
        int64_t maker_uid;
        int64_t received_at;
        char *safe_name;
        char *run;
        char *header; /* as the ledger has it, after a restart */
        OrderRules *rules;
        Buffer snapshot;
        ProblemCode refused;  /* before its rows were read */
        OrderTotals declared; /* beside the file, and by its name */
        int64_t same_as;      /* these bytes are this batch */
        OrderFile *file;
        BatchCheck *check;
        bool awaits; /* an approval; known when it is answered */
        Buffer notes, problems;
        Buffer judged; /* what the last judgement says */
        Buffer answer; /* of a refused one: its kind on the first line, then the text */
        uint64_t lines;
        IntakePayout *payout; /* of the provider's own files */

        /* loading */
        NewRow *parsed;
        uint8_t (*contents)[ORDER_CONTENT_SIZE]; /* of the parsed rows */
        unsigned n_parsed, parse_at_most;        /* as many as are written in some 8 ms */
        unsigned n_ascending;         /* so many parsed rows, from the first on, are in order */
        Buffer parsed_texts;          /* one behind the other; the rows know only their sizes */
        NewInstruction *instructions; /* of the same rows; few, if any */
        size_t n_instructions, instructions_capacity;
        Buffer instruction_texts;
        uint64_t parsed_offset; /* in the file, behind them */
        uint32_t parsed_line;
        bool parsed_all;
        uint64_t loaded_offset; /* as committed */
        uint32_t loaded_line;
        int64_t end_id;
        bool ascending; /* references read so far: taken as they come, else sorted first */
        Buffer last_reference;
        ReferenceSort *sort;
        int64_t sorted_to;    /* row id */
        int64_t withdrawn_to; /* row id */
};

IntakeBatch *intake_batch_new(Intake *intake, const Profile *profile);
IntakeBatch *intake_batch_free(IntakeBatch *batch);
DEFINE_CLEANUP(IntakeBatch, intake_batch_free)
void intake_batch_add(Intake *intake, IntakeBatch *batch); /* it is the intake's from here on */

/* One for each step; see IntakeStep. */
int intake_copy(IntakeBatch *batch);
int intake_record(IntakeBatch *batch);
int intake_remove(IntakeBatch *batch);
int intake_gone(IntakeBatch *batch);
int intake_scan(IntakeBatch *batch);
int intake_check(IntakeBatch *batch);
int intake_withdraw(IntakeBatch *batch);
int intake_refuse(IntakeBatch *batch);
int intake_answer_refused(IntakeBatch *batch);
int intake_filed(IntakeBatch *batch);
int intake_load_begin(IntakeBatch *batch);
int intake_parse(IntakeBatch *batch);
int intake_load(IntakeBatch *batch);
int intake_sort(IntakeBatch *batch);
int intake_merge(IntakeBatch *batch);
int intake_answer_accepted(IntakeBatch *batch);
int intake_accept(IntakeBatch *batch);
int intake_payout_check(IntakeBatch *batch);
int intake_payout_begin(IntakeBatch *batch);
int intake_payout_replace(IntakeBatch *batch);
int intake_payout_parse(IntakeBatch *batch);
int intake_payout_load(IntakeBatch *batch);
int intake_payout_watch(IntakeBatch *batch);
int intake_payout_list(IntakeBatch *batch);
int intake_payout_answer(IntakeBatch *batch);
int intake_payout_accept(IntakeBatch *batch);
int intake_payout_file(IntakeBatch *batch);
int intake_payout_filed(IntakeBatch *batch);

/* Is it a payout file of the provider? Then its check, and what follows, are those of payouts. */
bool intake_is_payout(const IntakeBatch *batch);
/* Killed while its lines were loaded: what the ledger knows of it. */
int intake_payout_recover(IntakeBatch *batch);
void intake_payout_committed(IntakeBatch *batch);
IntakePayout *intake_payout_free(IntakePayout *payout);

/* Has this slice taken its time? */
bool intake_enough(const IntakeBatch *batch);
/* A reader keeps the store's log from being written back, and this step would make it much
 * longer. */
bool intake_must_wait(const IntakeBatch *batch);
/* Outside of a transaction: writes back what the reader lets it; says when it takes long. */
void intake_catch_up(Intake *intake);
/* Goes back to what the ledger has committed. */
int intake_load_again(IntakeBatch *batch);
/* Opens the copy of a batch that the ledger knows. */
int intake_open_copy(IntakeBatch *batch);
int intake_open_orders(IntakeBatch *batch);
int64_t intake_read_copy(void *batch, uint64_t offset, void *bytes, size_t size);
/* What our column checkout_line says: the line in the parent, 0: none. */
uint32_t intake_line_of(Text cell);
/* A file that carries our columns belongs to the run of the batch that it came from: sets `parent`
 * and `run`, or leaves them. */
int intake_find_parent(IntakeBatch *batch);
/* The row of the parent that a corrected one stands for; 0: none. */
int64_t intake_mended_row(const IntakeBatch *batch, const Order *order);
/* Is an order that is good by itself none, beside the row that it mends? (A BatchCheckJudge.) */
int intake_judge(void *batch, const Order *order, Problem *ret_problem);
/* Does it bring no totals although it must, and they may still come? */
bool intake_control_must_wait(const IntakeBatch *batch);
/* Removes its .ctl files from incoming/, if they are still those that were read. */
int intake_control_remove(const IntakeBatch *batch);
/* Which ones they are, as the ledger keeps it. */
int intake_control_append(const IntakeBatch *batch, Buffer *text);
void intake_control_parse(IntakeBatch *batch, const char *text);
/* Is the copy that is open still the one that was taken in? 0, or why not. */
int intake_check_copy(const IntakeBatch *batch);
/* Is there a copy of the dropped file, which may then go? */
bool intake_has_copy(const IntakeBatch *batch);
/* Is it this error by which a step has found our copy lost? Then `next` says where to go. */
bool intake_lose(IntakeBatch *batch, int error);
/* What is left of a lost copy, into rejected/. */
int intake_file_remains(IntakeBatch *batch);
/* Gives up a file that changed under us: it waits in incoming/ again. */
void intake_give_up(IntakeBatch *batch);
void intake_discard_copy(IntakeBatch *batch);
/* An error of this file, not of the ledger: said, and tried again after a while. */
void intake_complain(IntakeBatch *batch, int error);
/* Logs what became of the batch, with its number and the file's name. */
void intake_say(const IntakeBatch *batch, LogMessage message, const char *what);
