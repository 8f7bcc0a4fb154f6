/* Cells that hold JSON (libjansson): the parsers that the field table names. What is read stays in
 * order->json[field] until the next row. Inside jobs/order only. */
#pragma once

#include "jobs/order/order_row.h"

#define METADATA_KEY_MAX   40 /* characters */
#define METADATA_VALUE_MAX 500
#define METADATA_COUNT_MAX 48 /* the provider takes 50; `order` and `checkoutd` are ours */

void order_json_object(OrderRow *row, const OrderFieldSpec *spec, Text cell);
void order_json_customer(OrderRow *row, const OrderFieldSpec *spec, Text cell);
void order_json_business_profile(OrderRow *row, const OrderFieldSpec *spec, Text cell);
void order_json_line_items(OrderRow *row, const OrderFieldSpec *spec, Text cell);

/* How many members the JSON of a field has; 0 when there is none. */
size_t order_json_size(const Order *order, OrderField field);
bool order_json_has(const Order *order, OrderField field, Text key);
/* Calls for each key of the JSON object of a field. */
void order_json_each_key(OrderRow *row, OrderField field, void (*call)(OrderRow *row, Text key));
