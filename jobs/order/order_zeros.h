/* OrderZeros: order numbers that lost their leading zeros. A spreadsheet reads 000123 as the number
 * 123, so an order gets another reference, and what is known of it elsewhere is not found again.
 *
 * Within a file it is only likely: where the numbers with leading zeros all have the same width,
 * and they and others of that width are the most, shorter ones are probably such. They are named,
 * not changed and not refused. In a corrected file of ours it is known: the earlier row has the
 * zeros. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "jobs/base/text.h"

#define ZEROS_WIDTH_MAX 20 /* digits; longer ones are no numbers that people number by */

typedef struct OrderZeros {
        size_t width; /* of those with leading zeros; 0: none so far */
        int64_t wide; /* how many they are */
        bool mixed;   /* not all of one width */
        struct {
                int64_t n; /* without leading zeros, of so many digits */
                uint32_t line;
                char value[ZEROS_WIDTH_MAX + 1]; /* the first of them */
        } plain[ZEROS_WIDTH_MAX + 1];
} OrderZeros;

void order_zeros_add(OrderZeros *zeros, uint32_t line, Text order_id);

typedef struct OrderZerosLost {
        int64_t n;     /* how many such there are */
        uint32_t line; /* of the first */
        char value[ZEROS_WIDTH_MAX + 1];
        char original[ZEROS_WIDTH_MAX + 1]; /* as it probably was */
        size_t width;
} OrderZerosLost;

/* Are there any? */
bool order_zeros_find(const OrderZeros *zeros, OrderZerosLost *ret_lost);

/* Is it a number, so that zeros may have stood before it? */
bool order_zeros_may_be_lost(Text order_id);
/* Is it that number without some of its leading zeros? */
bool order_zeros_are_lost(Text order_id, Text original);
