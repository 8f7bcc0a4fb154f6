/* SessionCustomer: who pays, as the request says it. v1 has one object, v2 an object for a new payer
 * or the id of one that the provider knows. */
#pragma once

#include <stdbool.h>

#include "jobs/order/order.h"
#include "jobs/order/order_rules.h"

struct json_t;

/* Is the cell `customer` an id (`cus_...`)? */
bool session_customer_is_id(const Order *order);

/* The payer from the cell and the columns customer.*; NULL: nothing is said about it. Gives the
 * object away. 0, -ENOMEM, or -EINVAL when cell and columns cannot stand together. */
int session_customer_object(const Order *order, const OrderRules *rules,
                            struct json_t **ret_customer);

/* The Mexican tax id that goes to metadata.rfc; empty: none, or rules->rfc_type says how the
 * provider calls it. */
Text session_customer_rfc(const Order *order, const OrderRules *rules);
