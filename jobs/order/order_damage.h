/* OrderDamage: what spreadsheets do to cells on the way to a CSV file, recognised by what they
 * leave behind, with the likely original where there is one. Nothing is repaired: a cell that was
 * damaged is a problem, and its original a proposal to a person. Inside jobs/order only.
 *
 * Good rows pay next to nothing: these are asked of cells whose first byte, or whose parser,
 * already said that something is wrong.
 */
#pragma once

#include "jobs/base/civil.h"
#include "jobs/base/text.h"

#define DAMAGE_SIZE 128
/* Writes into `out`, of which the text is a part. */
typedef char DamageText[DAMAGE_SIZE];

/* The value of a formula that failed, or a column that was too narrow: `#N/D`, `#¡REF!`, `Err:502`,
 * `#####`. In Spanish and English, of Excel and of LibreOffice. */
bool order_damage_is_failed_formula(Text cell);
/* May it be one, by its first byte? */
static inline bool order_damage_may_be_failed(Text cell) {
        return cell.data[0] == '#' || cell.data[0] == 'E';
}

/* `1,23E+11`, and what is left of the number: `123?????????`. */
bool order_damage_is_scientific(Text cell, DamageText out, Text *ret_left);

/* A date in another order than year-month-day, and what it may mean: `2026-12-31`, or both readings
 * of `05/12/2026`: `2026-12-05 / 2026-05-12`. Two figures are a year of this century. */
bool order_damage_is_turned_date(Text cell, DamageText out, Text *ret_readings);
/* The days since 1899-12-30 that spreadsheets count dates by, for dates of 2000 to 2099. */
bool order_damage_is_serial_date(Text cell, DamageText out, Text *ret_date);
/* A number that became a date, as a cell shows it: `03-dic`, `Dec-26`. */
bool order_damage_is_month(Text cell);

/* UTF-8 that was taken for Windows-1252 and encoded once more, `MuÃ±oz`, and what it was. */
bool order_damage_is_doubly_encoded(Text cell, DamageText out, Text *ret_original);
/* Is there a letter in it that this leaves behind? Asked of a whole row first. */
bool order_damage_may_be_doubly_encoded(Text text);

/* Is there one of “ ” „ ‘ ’ « » in it? */
bool order_damage_has_curly_quote(Text cell);
/* Does it begin with one? */
bool order_damage_begins_curly(Text cell);
