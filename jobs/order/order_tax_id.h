/* Tax ids of Chile (RUT) and Mexico (RFC): is a text one? The folded id is written to `out`, which
 * the caller owns and `ret_rut` or `ret_rfc` points into. */
#pragma once

#include <stdbool.h>

#include "jobs/base/text.h"

#define TAX_ID_SIZE 24
/* Chile: the number without dots and hyphen, its check digit verified (modulo 11). */
bool order_tax_id_is_rut(Text text, char out[static TAX_ID_SIZE], Text *ret_rut);
/* Mexico: the shape and the date in it; real ones exist whose check character does not fit. */
bool order_tax_id_is_rfc(Text text, char out[static TAX_ID_SIZE], Text *ret_rfc);
