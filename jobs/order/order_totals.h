/* OrderTotals: control totals, that is what somebody declared a file to hold: how many orders, and
 * their sum by currency. They tell a file that arrived whole from one that was cut, filtered or
 * sent twice into itself. All that are declared must be what was read; there is no order of
 * precedence.
 *
 * Four ways to declare them:
 *
 *   a last row     the word TOTAL in the column of the order number (or in another one, that column
 *                  being empty), the number of orders behind it (`TOTAL 120`), the sum in the
 *                  column of the amount, written as all amounts, the currency in its column. One
 *                  row for each currency. Count or sum may be left out. Such a row is no order.
 *                  Other words may follow; digits among those (`Total noviembre 2026`) count
 *                  nothing, and the sum decides.
 *   the name       `..._n120_s45120300.csv`, sums in the smallest unit; `_s45120300CLP_s350000MXN`
 *                  for several currencies. A part that begins with `n` and a digit and, next to it,
 *                  one that begins with `s` and a digit: that is a declaration, and either it can
 *                  be read or the file is refused. One of the two alone is somebody's own number,
 *                  and so are both in capitals or at the beginning, unless the sum has four digits
 *                  or a currency.
 *   NAME.csv.ctl   lines `count = 120`, `sum = 45120300 CLP`, `sha256 = ...`, in the smallest unit
 *   checkoutctl submit --count --sum, which writes that file
 *
 * A count is of orders, not of lines. A sum without a currency is meant in the only one that the
 * file has. Rejected rows count too: with the amount that was read, or 0.
 *
 * What was declared and cannot be read is kept as such (TotalsUnread): it was meant to be checked
 * and cannot be, so it refuses the file like a total that differs.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "jobs/base/buffer.h"
#include "jobs/base/digest.h"
#include "jobs/base/language.h"
#include "jobs/base/money.h"
#include "jobs/base/problem.h"
#include "jobs/base/text.h"

/* stored as text: never renumber */
typedef enum TotalsSource {
        TOTALS_OF_ROW = 1,
        TOTALS_OF_NAME = 2,
        TOTALS_OF_CONTROL = 3,
} TotalsSource;

typedef struct DeclaredTotal {
        TotalsSource source;
        bool is_sum;                    /* else a count */
        Currency currency;              /* CURRENCY_XXX: not said */
        int64_t number[CURRENCY_COUNT]; /* by the currency that it is of; -1: not readable so */
} DeclaredTotal;

#define ORDER_TOTALS_MAX 24

/* where something was declared that cannot be read */
typedef enum TotalsUnread {
        TOTALS_UNREAD_ROW,     /* a cell of the TOTAL row */
        TOTALS_UNREAD_NAME,    /* a part of the file's name */
        TOTALS_UNREAD_CONTROL, /* a line of the .ctl */
        TOTALS_UNREAD_FILE,    /* a .ctl that is no file of ours to read; its name */
        TOTALS_UNREAD_COUNT,
} TotalsUnread;

#define ORDER_TOTALS_UNREAD_SIZE 64

typedef struct OrderTotals {
        DeclaredTotal total[ORDER_TOTALS_MAX];
        size_t n;
        bool has_sha256;
        uint8_t sha256[DIGEST_SIZE];
        char unread[TOTALS_UNREAD_COUNT]
                   [ORDER_TOTALS_UNREAD_SIZE]; /* the first of them; "": none */
} OrderTotals;

/* what was read of one currency */
typedef struct TotalsRead {
        int64_t count, sum;
} TotalsRead;

/* Is anything declared, or was tried to be? */
bool order_totals_are_given(const OrderTotals *totals);
/* What does not fit in is marked as unread, never dropped. */
void order_totals_add(OrderTotals *totals, const DeclaredTotal *total);
void order_totals_add_count(OrderTotals *totals, TotalsSource source, Currency currency,
                            int64_t count);
void order_totals_add_all(OrderTotals *totals, const OrderTotals *more);

/* The first one of each kind is kept, without control characters. */
void order_totals_add_unread(OrderTotals *totals, TotalsUnread where, Text what);
/* The problem that it is for the file. */
ProblemCode order_totals_problem(TotalsUnread where);

/* Of the dropped file's name; nothing where the file came out of a file of ours. */
void order_totals_of_name(OrderTotals *totals, Text name);
/* Of the text of a .ctl file. */
void order_totals_of_control(OrderTotals *totals, Text text);
/* The digits at the beginning of `text`, which goes on behind them; false: there are none, or more
 * than 18 (sums of so many do not overflow). */
bool order_totals_take_number(Text *text, int64_t *ret_number);
/* `45120300 CLP` or `45120300`: false when it is neither. */
bool order_totals_parse_number(Text text, Currency *ret_currency, int64_t *ret_number);

/* As lines of text and back, to be kept with a batch. */
int order_totals_append(const OrderTotals *totals, Buffer *text);
void order_totals_parse(OrderTotals *totals, Text text);

/* Is the total what was read? `ret_currency`: of the sum; CURRENCY_XXX: it cannot be told. */
bool order_total_fits(const DeclaredTotal *total, const TotalsRead read[static CURRENCY_COUNT],
                      Currency *ret_currency);
/* `Total 2026`: is it the year that was summed up, and no count? So it is where it does not fit and
 * the sum beside it does. */
bool order_total_is_year(const OrderTotals *totals, const DeclaredTotal *count,
                         const TotalsRead read[static CURRENCY_COUNT]);
/* `TOTAL row: CLP 45.120.300 declared, CLP 45.000.000 read`, without a line end. */
int order_total_append(const DeclaredTotal *total, const TotalsRead read[static CURRENCY_COUNT],
                       Language language, Buffer *text);
