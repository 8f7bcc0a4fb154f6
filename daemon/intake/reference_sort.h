/* ReferenceSort: the references of one batch in sorted order, in bounded memory and in slices.
 *
 * Taking a million random references one by one touches a page of the store for each (18-32 s);
 * in sorted order they take 2.5 s. SQLite's own sorter would do it in one step of a second, which
 * the loop cannot wait for. So: runs of some ten thousand, sorted in memory, written to an unlinked
 * file in work/, then merged. Nothing here needs to survive a kill: it is made again from the
 * ledger. Entries with the same reference come out by row id, so the first line of a file wins.
 */
#pragma once

#include <stdint.h>

#include "jobs/base/text.h"

typedef struct ReferenceSort ReferenceSort;

/* `directory` is where the unlinked file is made. `expected`: about how many entries will come. */
int reference_sort_new(int directory, uint64_t expected, ReferenceSort **ret_sort);
ReferenceSort *reference_sort_free(ReferenceSort *sort);
int reference_sort_add(ReferenceSort *sort, Text reference, int64_t row);
/* No more entries; reference_sort_next() may be called. */
int reference_sort_begin(ReferenceSort *sort);
/* The smallest entry that is left: 1, `*ret_reference` valid until the next call; 0: none left. */
int reference_sort_next(ReferenceSort *sort, Text *ret_reference, int64_t *ret_row);
/* Gives back a part of its file: 1 there is more, 0 all. Else all of it goes when it is closed, and
 * a gigabyte takes 0.1 s. */
int reference_sort_shrink(ReferenceSort *sort);

#include "jobs/base/cleanup.h"
DEFINE_CLEANUP(ReferenceSort, reference_sort_free)
