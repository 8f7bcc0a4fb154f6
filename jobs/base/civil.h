/* Civil dates and times. Instants are UTC microseconds since 1970 (int64_t); dates are days in a
 * zone. The zone database is the C library's; it knows one zone at a time, so whoever needs a zone
 * calls civil_zone_use() first (cheap when it is the one in use). No clock is read here. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "jobs/base/text.h"

#define SECOND INT64_C(1000000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

typedef struct CivilDate {
        int16_t year; /* 0: no date */
        uint8_t month;
        uint8_t day;
} CivilDate;

#define CIVIL_TIME_SIZE 32

/* `YYYY-MM-DD`, exactly, and a day that exists (years 1900 to 9999). */
bool civil_date_parse(Text text, CivilDate *ret_date);
int civil_date_compare(CivilDate a, CivilDate b);
/* The week of that day and the year that the week counts in (ISO 8601: from Monday; the first one
 * has the year's first Thursday), as `2026-W48`; `out` is returned. */
const char *civil_week_format(CivilDate date, char out[static CIVIL_TIME_SIZE]);
/* Days since 1970-01-01, and back. */
int64_t civil_date_days(CivilDate date);
CivilDate civil_date_of_days(int64_t days);
/* `YYYY-MM-DD`; `out` is returned. */
const char *civil_date_format(CivilDate date, char out[static CIVIL_TIME_SIZE]);

/* ISO 8601 date and time with a zone: `2026-12-01T15:00:00Z`, `…T15:00-03:00`, seconds and
 * fractions optional. */
bool civil_time_parse(Text text, int64_t *ret_instant);

/* A date of HTTP (RFC 9110, 5.6.7): `Sun, 22 Nov 2026 10:00:00 GMT`. */
bool civil_http_date_parse(Text text, int64_t *ret_instant);

/* `2026-11-22T10:00:00Z`, whole seconds (rounded down); `out` is returned. */
const char *civil_time_format(int64_t instant, char out[static CIVIL_TIME_SIZE]);

/* Uses the zone of the tz database for the calls below. False when there is no such zone. */
bool civil_zone_use(const char *zone);
CivilDate civil_date_at(int64_t instant);
/* The first and the last second of that day in the zone in use. */
int64_t civil_date_start(CivilDate date);
int64_t civil_date_end(CivilDate date);
/* What a clock on the wall of the zone in use shows, as seconds since 1970-01-01 00:00 of that
 * wall. */
int64_t civil_local_seconds(int64_t instant);
/* The same of this machine's own zone, whichever is in use: for its operators. */
int64_t civil_machine_seconds(int64_t instant);
/* `YYYY-MM-DD HH:MM:SS` in the zone in use. */
const char *civil_local_format(int64_t instant, char out[static CIVIL_TIME_SIZE]);
