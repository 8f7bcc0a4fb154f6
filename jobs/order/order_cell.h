/* The parsers of single cells that the field table names, and the shapes they check. Inside
 * jobs/order only. */
#pragma once

#include "jobs/order/order_row.h"
#include "jobs/order/order_tax_id.h"

void order_cell_id(OrderRow *row, const OrderFieldSpec *spec, Text cell);
void order_cell_currency(OrderRow *row, const OrderFieldSpec *spec, Text cell);
void order_cell_amount(OrderRow *row, const OrderFieldSpec *spec, Text cell);
void order_cell_unit_amount(OrderRow *row, const OrderFieldSpec *spec, Text cell);
void order_cell_quantity(OrderRow *row, const OrderFieldSpec *spec, Text cell);
void order_cell_flow(OrderRow *row, const OrderFieldSpec *spec, Text cell);
void order_cell_text(OrderRow *row, const OrderFieldSpec *spec, Text cell);
void order_cell_entry(OrderRow *row, const OrderFieldSpec *spec, Text cell);
void order_cell_email(OrderRow *row, const OrderFieldSpec *spec, Text cell);
void order_cell_url(OrderRow *row, const OrderFieldSpec *spec, Text cell);
void order_cell_date(OrderRow *row, const OrderFieldSpec *spec, Text cell);
void order_cell_expires_at(OrderRow *row, const OrderFieldSpec *spec, Text cell);
void order_cell_send_at(OrderRow *row, const OrderFieldSpec *spec, Text cell);
void order_cell_methods(OrderRow *row, const OrderFieldSpec *spec, Text cell);
void order_cell_category(OrderRow *row, const OrderFieldSpec *spec, Text cell);
void order_cell_action(OrderRow *row, const OrderFieldSpec *spec, Text cell);
void order_cell_tax_id(OrderRow *row, const OrderFieldSpec *spec, Text cell);
void order_cell_rut(OrderRow *row, const OrderFieldSpec *spec, Text cell);
void order_cell_rfc(OrderRow *row, const OrderFieldSpec *spec, Text cell);
void order_cell_merchant_tax_id(OrderRow *row, const OrderFieldSpec *spec, Text cell);

/* The problem of the cell that is being read: what a spreadsheet did to it, else that code. */
void order_cell_wrong(OrderRow *row, ProblemCode code, Text cell, Text detail);
/* Reports it when the cell was damaged so that no parser would take it. */
bool order_cell_is_damaged(OrderRow *row, Text cell);

bool order_cell_is_email(Text text);
bool order_cell_is_url(Text text); /* absolute, https */

#define RUT_TYPE "cl_rut" /* docs.fintoc.com /docs/accept-a-payment */
#define RFC_TYPE "rfc"    /* ours: the provider's word is rules->rfc_type, once it is known */
