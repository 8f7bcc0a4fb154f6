/* What civil.c (the calendar, reading and writing) and civil_zone.c share. */
#pragma once

#include "jobs/base/civil.h"

#define CIVIL_DAY_SECONDS INT64_C(86400)

/* Days since 1970-01-01 in the proleptic Gregorian calendar, and back, of any year: what the
 * provider says may be far away. */
int64_t civil_days(int64_t year, int64_t month, int64_t day);
void civil_year_month_day(int64_t days, int64_t *ret_year, unsigned *ret_month, unsigned *ret_day);
/* Rounded down, also below zero. */
int64_t civil_divide_down(int64_t number, int64_t by);
