/* What stands for a row whose data was forgotten: empty cells under the same columns, and its
 * reference in its place, so that it can still be found in the results. */
#pragma once

#include <stdint.h>

#include "jobs/base/buffer.h"
#include "jobs/order/order_rules.h"

/* Appends `lines` rows. `header` and `delimiter` are those of the file. 0 or -ENOMEM. */
int order_forget_append(Buffer *raw, const OrderRules *rules, Text header, char delimiter,
                        Text order_id, uint32_t lines);
