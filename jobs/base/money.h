/* Money: an integer in the currency's smallest unit and its currency. Pesos for CLP, centavos for
 * MXN (docs.fintoc.com /guides/home/currencies). Never a float. */
#pragma once

#include <stdint.h>

#include "jobs/base/buffer.h"
#include "jobs/base/text.h"

/* stored on disk: never renumber */
typedef enum Currency {
        CURRENCY_XXX = 0, /* could not be read; its amounts count as 0 */
        CURRENCY_CLP = 1,
        CURRENCY_MXN = 2,
        CURRENCY_COUNT,
} Currency;

/* "CLP", "MXN" or "XXX". */
const char *currency_name(Currency currency);

/* Exactly `CLP` or `MXN`, upper case, as the API takes it; anything else is false. */
bool currency_parse(Text text, Currency *ret_currency);

/* Digits after the decimal mark: 0 for CLP, 2 for MXN. */
unsigned currency_decimals(Currency currency);

/* The sum. Amounts of a hostile file may be anything: it stops at the ends of the type instead of
 * wrapping, so that it never looks small. Sums of what can be sent are far below. */
int64_t money_add(int64_t a, int64_t b);

/* As people there write it, with its currency: `CLP 45.120.300`, `MXN 35,000.00`. */
int money_append(Buffer *buffer, int64_t amount, Currency currency);
