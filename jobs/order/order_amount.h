/* Amounts as they stand in files → integers in the currency's smallest unit. Exact integer
 * arithmetic; nothing is guessed: what does not fit the profile's notation is a problem. */
#pragma once

#include "jobs/order/order_rules.h"

/* PROBLEM_NONE and the amount (any, also 0), or what is wrong with the text. */
ProblemCode order_amount_read(Text text, Currency currency, const OrderRules *rules,
                              int64_t *ret_amount);

/* The two readings of a text like `3.500`: "3500 / 3.500", with the dot of a decimal. */
#define AMOUNT_READINGS_SIZE 100
Text order_amount_readings(Text text, char out[static AMOUNT_READINGS_SIZE]);
