/* The rules that look at more than one cell: a short list in order_rule.c. Inside jobs/order
 * only. */
#pragma once

#include "jobs/order/order_row.h"

/* Checks all of them on an order whose cells were read. */
void order_rule_check_all(OrderRow *row);
/* Only what an instruction needs; what is wrong with cells that mean nothing to it is forgotten. */
void order_rule_check_instruction(OrderRow *row);
