#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "jobs/base/civil.h"
#include "jobs/base/cleanup.h"

static int64_t instant_of(const char *text) {
        int64_t instant = INT64_MIN;

        assert_true(civil_time_parse(text_of(text), &instant));
        return instant;
}

static CivilDate date_of(const char *text) {
        CivilDate date = { 0, 0, 0 };

        assert_true(civil_date_parse(text_of(text), &date));
        return date;
}

static void test_dates(void **state) {
        static const char *const right[] = { "1970-01-01", "2026-11-22", "2028-02-29", "2000-02-29",
                                             "9999-12-31" };
        static const char *const wrong[] = {
                "",
                "2026-02-29",
                "2100-02-29",
                "2026-02-30",
                "2026-04-31",
                "2026-13-01",
                "2026-00-10",
                "2026-01-00",
                "1899-12-31",
                "0000-01-01",
                "2026-1-01",
                "26-01-01",
                "2026/01/01",
                "22-11-2026",
                "2026-11-22 ",
                " 2026-11-22",
                "2026-11-2x",
                "20261122",
                "2026-11-22T10:00:00Z",
                "+2026-1-1",
        };
        CivilDate date = { 2020, 1, 2 };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(wrong); i++)
                assert_false(civil_date_parse(text_of(wrong[i]), &date));
        assert_int_equal(civil_date_compare(date, (CivilDate){ 2020, 1, 2 }), 0);
        for (size_t i = 0; i < ELEMENTS(right); i++)
                assert_true(civil_date_parse(text_of(right[i]), &date));
        assert_int_equal(date.year, 9999);
        assert_int_equal(date.month, 12);
        assert_int_equal(date.day, 31);
}

static void test_dates_compare(void **state) {
        static const char *const ascending[] = { "2025-12-31", "2026-01-01", "2026-01-02",
                                                 "2026-02-01" };

        (void) state;
        for (size_t a = 0; a < ELEMENTS(ascending); a++)
                for (size_t b = 0; b < ELEMENTS(ascending); b++)
                        assert_int_equal(
                                civil_date_compare(date_of(ascending[a]), date_of(ascending[b])),
                                a < b ? -1 : a > b);
}

static void test_times(void **state) {
        static const struct {
                const char *text;
                int64_t instant;
        } right[] = {
                { "1970-01-01T00:00:00Z", 0 },
                { "2026-12-01T15:00:00Z", INT64_C(1796137200) * SECOND },
                { "2026-12-01T15:00Z", INT64_C(1796137200) * SECOND },
                { "2026-12-01T12:00-03:00", INT64_C(1796137200) * SECOND },
                { "2026-12-01T12:00:00-0300", INT64_C(1796137200) * SECOND },
                { "2026-12-01T12:00:00-03", INT64_C(1796137200) * SECOND },
                { "2026-12-02T00:30+09:30", INT64_C(1796137200) * SECOND },
                { "2026-12-01T15:00:00.5Z", INT64_C(1796137200) * SECOND + 500000 },
                { "2026-12-01T15:00:00.512Z", INT64_C(1796137200) * SECOND + 512000 },
                { "2026-12-01T15:00:00.123456789Z", INT64_C(1796137200) * SECOND + 123456 },
                { "1970-01-01T00:00:00+01:00", -HOUR },
        };
        static const char *const wrong[] = {
                "",
                "2026-12-01",
                "2026-12-01T15:00:00", /* no zone */
                "2026-12-01 15:00:00Z",
                "2026-12-01T15Z",
                "2026-12-01T24:00:00Z",
                "2026-12-01T15:60:00Z",
                "2026-12-01T15:00:60Z",
                "2026-12-01T15:00:00.Z",
                "2026-12-01T15:00:00+24:00",
                "2026-12-01T15:00:00+03:60",
                "2026-12-01T15:00:00+3:00",
                "2026-12-01T15:00:00Z ",
                "2026-12-01T15:00:00ZZ",
                "2026-02-29T15:00:00Z",
        };
        int64_t instant = 77;

        (void) state;
        for (size_t i = 0; i < ELEMENTS(wrong); i++)
                assert_false(civil_time_parse(text_of(wrong[i]), &instant));
        assert_int_equal(instant, 77);
        for (size_t i = 0; i < ELEMENTS(right); i++)
                assert_int_equal(instant_of(right[i].text), right[i].instant);
}

static void test_times_are_written_in_whole_seconds(void **state) {
        static const struct {
                int64_t instant;
                const char *text;
        } cases[] = {
                { 0, "1970-01-01T00:00:00Z" },
                { -1, "1969-12-31T23:59:59Z" },
                { INT64_C(1796137200) * SECOND + 999999, "2026-12-01T15:00:00Z" },
                { INT64_C(951782400) * SECOND, "2000-02-29T00:00:00Z" },
                { INT64_C(253402300799) * SECOND, "9999-12-31T23:59:59Z" },
                { INT64_MAX, "294247-01-10T04:00:54Z" },
                { INT64_MIN, "-290308-12-21T19:59:05Z" },
        };
        char out[CIVIL_TIME_SIZE];

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++)
                assert_string_equal(civil_time_format(cases[i].instant, out), cases[i].text);
}

static void test_dates_of_http(void **state) {
        static const char *const wrong[] = {
                "",
                "Sun, 22 Nov 2026 10:00:00",
                "Sun, 22 Nov 2026 10:00:00 UTC",
                "Sun, 31 Nov 2026 10:00:00 GMT",
                "Sun, 22 nov 2026 10:00:00 GMT",
                "Sun, 22 Nov 2026 24:00:00 GMT",
                "Sunday, 22-Nov-26 10:00:00 GMT",
                "120",
        };
        int64_t instant = 77;

        (void) state;
        for (size_t i = 0; i < ELEMENTS(wrong); i++)
                assert_false(civil_http_date_parse(text_of(wrong[i]), &instant));
        assert_int_equal(instant, 77);
        assert_true(civil_http_date_parse(TEXT("Sun, 22 Nov 2026 10:00:00 GMT"), &instant));
        assert_int_equal(instant, instant_of("2026-11-22T10:00:00Z"));
        assert_true(civil_http_date_parse(TEXT("Tue, 29 Feb 2028 23:59:59 GMT"), &instant));
        assert_int_equal(instant, instant_of("2028-02-29T23:59:59Z"));
}

/* As date(1) says with +%G-W%V. */
static void test_weeks(void **state) {
        static const char *const weeks[][2] = {
                { "2026-11-25", "2026-W48" }, { "2026-11-29", "2026-W48" },
                { "2026-11-30", "2026-W49" }, { "2026-12-31", "2026-W53" },
                { "2027-01-03", "2026-W53" }, { "2027-01-04", "2027-W01" },
                { "2024-12-29", "2024-W52" }, { "2024-12-30", "2025-W01" },
                { "1969-12-29", "1970-W01" }, { "1969-12-28", "1969-W52" },
                { "2021-01-03", "2020-W53" }, { "2022-01-01", "2021-W52" },
        };
        char week[CIVIL_TIME_SIZE];

        (void) state;
        for (size_t i = 0; i < ELEMENTS(weeks); i++)
                assert_string_equal(civil_week_format(date_of(weeks[i][0]), week), weeks[i][1]);
}

static void test_zones_that_are_none(void **state) {
        static const char *const wrong[] = {
                "",
                "America/Santiagoo",
                "America",
                "/etc/localtime",
                "../zoneinfo/America/Santiago",
                "America/../America/Santiago",
                "zone.tab",
                "UTC0",
                ":America/Santiago",
        };

        (void) state;
        assert_true(civil_zone_use("America/Santiago"));
        for (size_t i = 0; i < ELEMENTS(wrong); i++)
                assert_false(civil_zone_use(wrong[i]));
        /* the one in use stays */
        assert_int_equal(civil_date_end(date_of("2024-12-31")), instant_of("2025-01-01T02:59:59Z"));
}

/* Days that are past: parliaments change those to come. */
static void test_ends_of_days(void **state) {
        static const struct {
                const char *zone, *date, *end;
        } cases[] = {
                { "America/Santiago", "2024-12-31", "2025-01-01T02:59:59Z" },
                { "America/Santiago", "2024-07-01", "2024-07-02T03:59:59Z" },
                /* summer begins: the day after has no midnight, its first second is 01:00 */
                { "America/Santiago", "2024-09-07", "2024-09-08T03:59:59Z" },
                { "America/Santiago", "2024-09-08", "2024-09-09T02:59:59Z" },
                /* it ends: the last hour of the day comes twice */
                { "America/Santiago", "2024-04-05", "2024-04-06T02:59:59Z" },
                { "America/Santiago", "2024-04-06", "2024-04-07T03:59:59Z" },
                { "America/Mexico_City", "2024-07-01", "2024-07-02T05:59:59Z" },
                /* midnight comes twice: the day begins with the first */
                { "America/Havana", "2019-11-02", "2019-11-03T03:59:59Z" },
                { "America/Havana", "2019-11-03", "2019-11-04T04:59:59Z" },
                { "Pacific/Kiritimati", "2024-07-01", "2024-07-01T09:59:59Z" },
                { "Pacific/Niue", "2024-07-01", "2024-07-02T10:59:59Z" },
                { "Asia/Kathmandu", "2024-07-01", "2024-07-01T18:14:59Z" },
                { "Pacific/Apia", "2011-12-29", "2011-12-30T09:59:59Z" }, /* a day was skipped */
                { "UTC", "2026-02-28", "2026-02-28T23:59:59Z" },
                { "UTC", "9999-12-31", "9999-12-31T23:59:59Z" },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                CivilDate date = date_of(cases[i].date);
                int64_t end;

                assert_true(civil_zone_use(cases[i].zone));
                end = civil_date_end(date);
                assert_int_equal(end, instant_of(cases[i].end));
                assert_int_equal(civil_date_end(date), end); /* remembered */
                assert_int_equal(civil_date_compare(civil_date_at(end), date), 0);
                assert_int_equal(civil_date_compare(civil_date_at(end + SECOND - 1), date), 0);
                assert_int_equal(civil_date_compare(civil_date_at(end + SECOND), date), 1);
        }
}

static void test_dates_of_instants(void **state) {
        static const struct {
                const char *zone, *instant, *date;
        } cases[] = {
                { "America/Santiago", "2024-11-22T02:59:59Z", "2024-11-21" },
                { "America/Santiago", "2024-11-22T03:00:00Z", "2024-11-22" },
                { "UTC", "2024-11-22T03:00:00Z", "2024-11-22" }, /* not the zone before */
                { "America/Santiago", "2024-09-08T03:59:59Z", "2024-09-07" },
                { "America/Santiago", "2024-09-08T04:00:00Z", "2024-09-08" },
                { "Pacific/Kiritimati", "2024-11-22T10:00:00Z", "2024-11-23" },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                assert_true(civil_zone_use(cases[i].zone));
                assert_int_equal(civil_date_compare(civil_date_at(instant_of(cases[i].instant)),
                                                    date_of(cases[i].date)),
                                 0);
        }
}

/* Every day of forty years, forwards: each begins where the one before ended. */
static void test_days_leave_no_gap(void **state) {
        int64_t at;

        (void) state;
        assert_true(civil_zone_use("America/Santiago"));
        at = civil_date_end(date_of("1984-12-31")) + SECOND;
        for (size_t i = 0; i < 40 * 365; i++) {
                CivilDate date = civil_date_at(at);
                int64_t end = civil_date_end(date);

                assert_true(end > at);
                assert_true(end - at >= 23 * HOUR - SECOND && end - at < 25 * HOUR);
                at = end + SECOND;
        }
        assert_int_equal(civil_date_at(at).year, 2024);
}

static void test_local_times(void **state) {
        char out[CIVIL_TIME_SIZE];

        (void) state;
        assert_true(civil_zone_use("America/Santiago"));
        assert_string_equal(civil_local_format(instant_of("2024-09-08T03:59:59Z"), out),
                            "2024-09-07 23:59:59");
        assert_string_equal(civil_local_format(instant_of("2024-09-08T04:00:00.999Z"), out),
                            "2024-09-08 01:00:00");
        assert_true(civil_zone_use("America/Mexico_City"));
        assert_string_equal(civil_local_format(instant_of("2024-09-08T04:00:00Z"), out),
                            "2024-09-07 22:00:00");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_dates),
                cmocka_unit_test(test_dates_compare),
                cmocka_unit_test(test_times),
                cmocka_unit_test(test_times_are_written_in_whole_seconds),
                cmocka_unit_test(test_dates_of_http),
                cmocka_unit_test(test_weeks),
                cmocka_unit_test(test_zones_that_are_none),
                cmocka_unit_test(test_ends_of_days),
                cmocka_unit_test(test_dates_of_instants),
                cmocka_unit_test(test_days_leave_no_gap),
                cmocka_unit_test(test_local_times),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
