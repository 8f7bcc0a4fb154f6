/* The look at the bytes of cells: size, encoding, control characters. Inside jobs/order only. */
#pragma once

#include "jobs/order/order_field.h"

/* Must the cells of this row be looked at? False for nearly all rows: short, and ASCII without
 * control characters, eight bytes at a time. */
bool order_bytes_need_look(Text row);

/* What is wrong with a cell of this column (NULL: it means nothing), or PROBLEM_NONE. */
ProblemCode order_bytes_check(Text cell, const OrderFieldSpec *spec);
