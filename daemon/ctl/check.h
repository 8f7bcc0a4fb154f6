/* One file under `checkoutctl check`: what check.c (an order file) or check_payout.c (a payout file
 * of the provider) finds, and check_print.c shows. Private to these. */
#pragma once

#include "daemon/ctl/ctl.h"
#include "daemon/ctl/json.h"
#include "daemon/ctl/progress.h"
#include "daemon/ctl/references.h"
#include "daemon/ctl/table.h"
#include "daemon/intake/batch_check.h"
#include "jobs/reconcile/payout.h"

/* What a payout file says, by currency and kind of its lines. */
typedef struct CheckPayout {
        PayoutFile *file;
        int64_t lines, bad_lines;
        BatchSum sums[CURRENCY_COUNT][PAYOUT_KIND_COUNT];
        int64_t fee[CURRENCY_COUNT], net[CURRENCY_COUNT];
} CheckPayout;

typedef struct CheckFile {
        const Profile *profile;
        const Profile *payouts; /* for payout files */
        const char *path;
        bool all;     /* no limit to the problems shown */
        bool follows; /* on another file */
        Json *json;   /* NULL: for people */
        Buffer *out;  /* printed now and then */

        int fd;
        uint64_t size;
        FileFacts facts;
        uint8_t sha256[DIGEST_SIZE];
        OrderTotals declared; /* by its name, and by a .ctl beside it */
        OrderFile *file;
        BatchCheck *check;   /* NULL: its rows were not read */
        Problem refused;     /* why not */
        CheckPayout *payout; /* it is one: read as such, and not as orders */
        References *references;
        BatchSum duplicate[CURRENCY_COUNT], conflict[CURRENCY_COUNT];
        int64_t n_duplicates, n_conflicts;
        Progress progress;

        Table *table; /* on a terminal */
        int64_t n_shown, n_hidden;
} CheckFile;

/* What refuses the file as a whole. */
const Problem *check_refusals(const CheckFile *file, size_t *ret_n);

/* Each 0 or negative errno. */
int check_print_begin(CheckFile *file);
int check_print_problem(CheckFile *file, const Problem *problem);
int check_print_flush(CheckFile *file); /* what was collected, if it is much */
int check_print_end(CheckFile *file);

/* Is it a payout file of the provider, by its first row? 1, 0, or negative errno. */
int check_payout_is(CheckFile *file);
/* Reads it, and shows what is wrong with its lines: 0 or negative errno. */
int check_payout_read(CheckFile *file);
/* What refuses it as a whole. */
const Problem *check_payout_refusals(const CheckFile *file, size_t *ret_n);
int check_payout_json(const CheckFile *file);
int check_payout_append(const CheckFile *file);
void check_payout_done(CheckFile *file);
