/* Cells that hold dates and times. */
#include <assert.h>

#include "jobs/base/cleanup.h"
#include "jobs/order/order_cell.h"
#include "jobs/order/order_damage.h"

#define EXPIRES_AHEAD (10 * MINUTE) /* docs.fintoc.com /reference/checkout-sessions-create */

static void set(OrderRow *row, const OrderFieldSpec *spec, Text text) {
        row->order.text[spec->field] = text;
}

static void *landing(OrderRow *row, const OrderFieldSpec *spec) {
        assert(spec->lands > 0);
        return (char *) &row->order + spec->lands;
}

#define DATE_EXAMPLE TEXT("2026-12-31")
#define TIME_EXAMPLE TEXT("2026-12-31, 2026-12-31T15:00:00-03:00")

/* With what it probably was. */
static void date_problem(OrderRow *row, Text cell, Text example) {
        DamageText out;
        Text date;

        if (order_damage_is_serial_date(cell, out, &date))
                order_row_problem(row, PROBLEM_DATE_SERIAL, order_row_copy(row, date));
        else if (!order_damage_is_turned_date(cell, out, &date))
                order_cell_wrong(row, PROBLEM_DATE, cell, example);
        else if (memchr(date.data, '/', date.size))
                order_row_problem(row, PROBLEM_DATE_TWO_WAYS, order_row_copy(row, date));
        else
                order_row_problem(row, PROBLEM_DATE, order_row_copy(row, date));
}

void order_cell_date(OrderRow *row, const OrderFieldSpec *spec, Text cell) {
        set(row, spec, cell);
        if (!civil_date_parse(cell, landing(row, spec)))
                date_problem(row, cell, DATE_EXAMPLE);
}

static void expires_too_soon(OrderRow *row, CivilDate first) {
        order_row_problem(
                row, PROBLEM_EXPIRES_PAST,
                order_row_format(row, "%04d-%02u-%02u", first.year, first.month, first.day));
}

static CivilDate tomorrow(OrderRow *row) {
        (void) civil_zone_use(row->rules->timezone);
        return civil_date_at(order_row_date_end(row, order_row_today(row)) + SECOND);
}

/* v1: a day after today. */
static void expires_on(OrderRow *row, CivilDate date) {
        row->order.expires_date = date;
        if (civil_date_compare(date, order_row_today(row)) <= 0)
                expires_too_soon(row, tomorrow(row));
}

/* v2: the end of a day, today if that is not too soon. */
static void expires_with(OrderRow *row, CivilDate date) {
        int64_t soonest = row->now + EXPIRES_AHEAD;
        CivilDate today = order_row_today(row);

        row->order.expires_date = date;
        row->order.expires_at = order_row_date_end(row, date);
        if (row->order.expires_at < soonest)
                expires_too_soon(row,
                                 order_row_date_end(row, today) < soonest ? tomorrow(row) : today);
}

/* v2: an instant. */
static void expires_by(OrderRow *row, int64_t instant) {
        char out[CIVIL_TIME_SIZE];

        row->order.expires_at = instant;
        if (instant < row->now + EXPIRES_AHEAD)
                order_row_problem(row, PROBLEM_EXPIRES_PAST,
                                  order_row_copy(row, text_of(civil_time_format(
                                                              row->now + EXPIRES_AHEAD, out))));
}

void order_cell_expires_at(OrderRow *row, const OrderFieldSpec *spec, Text cell) {
        CivilDate date;
        int64_t instant;

        set(row, spec, cell);
        if (civil_date_parse(cell, &date)) {
                if (row->rules->api == API_V1)
                        expires_on(row, date);
                else
                        expires_with(row, date);
        } else if (row->rules->api == API_V2 && civil_time_parse(cell, &instant)) {
                expires_by(row, instant);
        } else {
                date_problem(row, cell, row->rules->api == API_V1 ? DATE_EXAMPLE : TIME_EXAMPLE);
        }
}

void order_cell_send_at(OrderRow *row, const OrderFieldSpec *spec, Text cell) {
        CivilDate date;
        int64_t *send_at = landing(row, spec);

        set(row, spec, cell);
        if (civil_date_parse(cell, &date))
                *send_at = order_row_date_start(row, date);
        else if (!civil_time_parse(cell, send_at))
                date_problem(row, cell, TIME_EXAMPLE);
}
