/* BatchCheck: the first pass over an order file, without writes. Reads every order, counts and sums
 * by currency, gathers the problems for people, and at the end lets the declared totals
 * and the profile's policies (strict, max_rejected, max_rows, max_batch_sum, require_totals, no
 * good row at all) decide about the file as a whole. Intake does it in slices, `checkoutctl check`
 * in one go: the same answer.
 *
 * The counts are final once batch_check_slice() gave 0. Memory does not grow with the file. Borrows
 * the profile and the file, which must outlive it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "daemon/settings/settings.h"
#include "jobs/base/digest.h"
#include "jobs/order/order_file.h"

typedef struct BatchSum {
        int64_t count; /* orders */
        int64_t sum;   /* smallest unit; stays at INT64_MAX when it would overflow */
} BatchSum;

typedef struct BatchCheck {
        int64_t orders;                /* read = good + rejected */
        int64_t lines;                 /* their physical rows, the header not counted */
        int64_t rejected;              /* orders with at least one problem */
        int64_t instructions;          /* to end links: no orders, outside of the sums */
        int64_t bad_instructions;      /* those with at least one problem */
        int64_t reissues;              /* orders among the good ones that replace a link */
        int64_t n_problems;            /* of all rows */
        BatchSum read[CURRENCY_COUNT]; /* = good + bad, in count and in sum */
        BatchSum good[CURRENCY_COUNT];
        BatchSum bad[CURRENCY_COUNT]; /* of the rejected orders */
} BatchCheck;

/* What was declared beside the file (its last rows are known without): it must be what is read, the
 * digest too. Copied. Before the last slice. */
void batch_check_declare(BatchCheck *check, const OrderTotals *totals,
                         const uint8_t sha256[static DIGEST_SIZE]);
/* It is a corrected file of ours: its rows are known, it need not bring totals. */
void batch_check_set_mended(BatchCheck *check);

/* Asked of each order that is good by itself: 1 and `*ret_problem` (its texts live until the next
 * question): it is not, by what only the caller knows; 0, negative errno. Before the first
 * slice. */
typedef int (*BatchCheckJudge)(void *userdata, const Order *order, Problem *ret_problem);
void batch_check_set_judge(BatchCheck *check, BatchCheckJudge judge, void *userdata);

/* Called after each order, before the next one is read; non-zero ends the slice and is its answer.
 */
typedef int (*BatchCheckEach)(void *userdata, const Order *order);
/* Asked now and then (at least every 64 orders or 64 KiB): has this slice taken long enough? */
typedef bool (*BatchCheckEnough)(void *userdata);

int batch_check_new(const Profile *profile, OrderFile *file, BatchCheck **ret_check);
BatchCheck *batch_check_free(BatchCheck *check);

/* Reads on: 1 there is more, 0 the whole file was read, negative errno of the file. Either function
 * may be NULL. */
int batch_check_slice(BatchCheck *check, BatchCheckEnough enough, BatchCheckEach each,
                      void *userdata);

/* Why the file as a whole is refused; none (n = 0): it is good. Those of the header are known at
 * once, those of the policies when the whole file was read. Owned by the check. */
const Problem *batch_check_refusals(const BatchCheck *check, size_t *ret_n);

/* Appends all there is to say for an ACK or NACK: the refusals, then the problems of rows, each
 * kind on a line (problem_list.h). In the profile's language. */
int batch_check_append_problems(const BatchCheck *check, Buffer *text);
/* Appends a line for each declared total that is what was read (the others are refusals), and one
 * if order numbers probably lost their leading zeros. In the profile's language. */
int batch_check_append_notes(const BatchCheck *check, Buffer *text);
/* The declared totals and what was read, for machines. */
const OrderTotals *batch_check_totals(const BatchCheck *check);
void batch_check_read_totals(const BatchCheck *check, TotalsRead ret_read[static CURRENCY_COUNT]);

#include "jobs/base/cleanup.h"
DEFINE_CLEANUP(BatchCheck, batch_check_free)
