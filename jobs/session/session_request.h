/* The body of "create checkout session" (docs.fintoc.com: POST /v1/checkout_sessions, POST
 * /v2/checkout_sessions), made from an order that has no problems. The same order, rules, key and
 * time give the same bytes. What is not in the row and not a default of the profile is not sent. */
#pragma once

#include <stdint.h>

#include "jobs/base/buffer.h"
#include "jobs/order/order.h"
#include "jobs/order/order_rules.h"

/* Appends the JSON of the request. `key` becomes metadata.checkoutd, the reference metadata.order.
 * `now` is what rules->expires_in counts from (v1: the date in the profile's zone; v2: the
 * instant, whole seconds). 0, -ENOMEM, -ENOENT (no such zone), or -EINVAL when a keyed column and
 * another one cannot stand together in one object. */
int session_request_append(Buffer *body, const Order *order, const OrderRules *rules,
                           const char *key, int64_t now);

/* v2: the same without customer_data, for a payer whom the provider has as a customer already and
 * refuses to make again (409). The address for receipts and the tax id (as metadata.rut or .rfc)
 * are still sent. */
int session_request_append_without_customer(Buffer *body, const Order *order,
                                            const OrderRules *rules, const char *key, int64_t now);

/* "/v1/checkout_sessions" or "/v2/checkout_sessions". */
const char *session_request_path(ApiVersion api);
/* Appends "/v2/checkout_sessions/ID/expire"; the id is the provider's and may hold anything. */
int session_request_append_expire_path(Buffer *path, ApiVersion api, Text session);
