/* SessionCustomer: who pays, as the request says it. v1 has one object, v2 an object for a new
 * payer or the id of one that the provider knows. */
#pragma once

#include <stdbool.h>

#include "jobs/order/order.h"
#include "jobs/order/order_rules.h"

struct json_t;

/* Is the cell `customer` an id (`cus_...`)? */
bool session_customer_is_id(const Order *order);

/* The payer from the cell and the columns customer.*, in v2 with the address of customer_email when
 * that is the only contact there is; NULL: nothing is said about it. Gives the object away. 0,
 * -ENOMEM, or -EINVAL when cell and columns cannot stand together. */
int session_customer_object(const Order *order, const OrderRules *rules,
                            struct json_t **ret_customer);

/* v2, [provider] customer_conflict = without: what is still said about a payer whom the provider
 * has as a customer already (and whose id we do not know). The address for receipts: the row's own,
 * else the payer's. */
Text session_customer_receipts(const Order *order);
/* The tax id under its own name in the metadata, where that is free and there is room for it. */
int session_customer_keep_tax_id(const Order *order, struct json_t *metadata);

/* The Mexican tax id that goes to metadata.rfc; empty: none, or rules->rfc_type says how the
 * provider calls it. */
Text session_customer_rfc(const Order *order, const OrderRules *rules);
