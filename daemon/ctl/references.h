/* References: the order numbers met in one file, to find those that come again. A hash set of fixed
 * largest size: beyond it, further numbers are not remembered and references_is_full() says so. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "jobs/order/order.h"

typedef struct References References;

typedef enum ReferenceSeen {
        REFERENCE_NEW = 0,
        REFERENCE_SAME = 1,      /* met before, the order's content is the same */
        REFERENCE_DIFFERENT = 2, /* met before, with other content */
} ReferenceSeen;

int references_new(References **ret_references);
References *references_free(References *references);
/* A ReferenceSeen, or negative errno; `ret_line`: where it was met first. */
int references_add(References *references, const Order *order, uint32_t *ret_line);
bool references_is_full(const References *references);

#include "jobs/base/cleanup.h"
DEFINE_CLEANUP(References, references_free)
