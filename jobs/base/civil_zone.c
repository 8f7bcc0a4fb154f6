/* Dates and times in a zone: the C library knows where it changes its clocks, and is slow to say
 * so. */
#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "jobs/base/civil_private.h"
#include "jobs/base/cleanup.h"

#define ZONE_FOLDER "/usr/share/zoneinfo"
#define ZONE_HOURS  4096

/* The zone is the process's own, for the C library knows only one. */
static struct {
        Buffer name;
        char *machine; /* $TZ as it was before; NULL: there was none */
        /* The day that was converted last; the rows of a file mostly share a few dates. */
        CivilDate date;
        int64_t start, end; /* seconds since 1970: its first, and the next day's first */
        /* How far the zone is ahead of UTC, by hours since 1970 + 1: a report shows three times a
         * row, and the C library looks each up anew. */
        struct {
                int64_t hour; /* 0: none */
                int64_t ahead;
        } hours[ZONE_HOURS];
} zone;

static bool zone_exists(const char *name) {
        const char *folder = getenv("TZDIR");
        AUTO_BUFFER path = BUFFER_EMPTY;
        AUTO_CLOSE int fd = -1;
        struct stat facts;
        char magic[4];

        if (name[0] == '\0' || name[0] == '/' || strstr(name, ".."))
                return false;
        if (strcmp(name, "UTC") == 0) /* also where no zones are installed */
                return true;
        if (buffer_printf(&path, "%s/%s", folder ? folder : ZONE_FOLDER, name) < 0)
                return false;
        fd = open(path.data, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (fd < 0 || fstat(fd, &facts) < 0 || !S_ISREG(facts.st_mode))
                return false;
        /* Tables of names lie in that folder too (tzfile(5)). */
        return read(fd, magic, sizeof(magic)) == sizeof(magic) && memcmp(magic, "TZif", 4) == 0;
}

static bool remember_machine(void) {
        const char *ours = zone.name.size == 0 ? getenv("TZ") : NULL;

        if (!ours)
                return true;
        free(zone.machine);
        zone.machine = strdup(ours);
        return zone.machine;
}

bool civil_zone_use(const char *name) {
        AUTO_BUFFER wanted = BUFFER_EMPTY;

        if (zone.name.size > 0 && strcmp(zone.name.data + 1, name) == 0)
                return true;
        if (!zone_exists(name) || buffer_printf(&wanted, ":%s", name) < 0 || !remember_machine() ||
            setenv("TZ", wanted.data, 1) < 0)
                return false;

        tzset();
        buffer_done(&zone.name);
        zone.name = buffer_take(&wanted);
        zone.date = (CivilDate){ 0, 0, 0 };
        zone.start = zone.end = 0;
        memset(zone.hours, 0, sizeof(zone.hours));
        return true;
}

static struct tm local_time(int64_t seconds) {
        time_t at = (time_t) seconds;
        struct tm local = { 0 };

        (void) localtime_r(&at, &local);
        return local;
}

int64_t civil_machine_seconds(int64_t instant) {
        int64_t seconds = instant / SECOND;
        struct tm local;

        if (zone.name.size == 0)
                return seconds + local_time(seconds).tm_gmtoff;
        if ((zone.machine ? setenv("TZ", zone.machine, 1) : unsetenv("TZ")) < 0)
                return seconds;
        tzset();
        local = local_time(seconds);
        (void) setenv("TZ", zone.name.data, 1); /* as long as it was before: there is room */
        tzset();
        return seconds + local.tm_gmtoff;
}

static CivilDate date_of_local(const struct tm *local) {
        if (local->tm_year + 1900 > INT16_MAX || local->tm_year + 1900 < INT16_MIN)
                return (CivilDate){ 0, 0, 0 };
        return (CivilDate){ (int16_t) (local->tm_year + 1900), (uint8_t) (local->tm_mon + 1),
                            (uint8_t) local->tm_mday };
}

/* The first second of a date in the zone in use. Midnight may be missing (Santiago jumps from
 * 24:00 to 01:00 in spring) or come twice, and whole days were skipped: so it is looked for. */
static int64_t start_of_date(CivilDate date) {
        int64_t midnight_utc = civil_days(date.year, date.month, date.day) * CIVIL_DAY_SECONDS;
        int64_t before = midnight_utc - 2 * CIVIL_DAY_SECONDS; /* zones differ by less than that */
        int64_t from = midnight_utc + 2 * CIVIL_DAY_SECONDS;

        while (from - before > 1) {
                int64_t middle = before + (from - before) / 2;
                struct tm local = local_time(middle);

                if (civil_date_compare(date_of_local(&local), date) < 0)
                        before = middle;
                else
                        from = middle;
        }
        return from;
}

static CivilDate next_date(CivilDate date) {
        return civil_date_of_days(civil_date_days(date) + 1);
}

static void remember(CivilDate date) {
        if (civil_date_compare(zone.date, date) == 0)
                return;
        zone.start = start_of_date(date);
        zone.end = start_of_date(next_date(date));
        zone.date = date;
}

static int64_t seconds_of_local(int64_t seconds) {
        struct tm local = local_time(seconds);
        int64_t days = civil_days(local.tm_year + INT64_C(1900), local.tm_mon + 1, local.tm_mday);

        return days * CIVIL_DAY_SECONDS + local.tm_hour * 3600 + local.tm_min * 60 + local.tm_sec;
}

int64_t civil_local_seconds(int64_t instant) {
        int64_t seconds = civil_divide_down(instant, SECOND),
                hour = civil_divide_down(seconds, 3600);
        size_t at = (size_t) hour % ZONE_HOURS;
        int64_t first, last;

        if (zone.hours[at].hour == hour + 1 && hour >= 0)
                return seconds + zone.hours[at].ahead;
        first = seconds_of_local(hour * 3600) - hour * 3600;
        last = seconds_of_local(hour * 3600 + 3599) - hour * 3600 - 3599;
        if (first != last || hour < 0) /* the clock is changed within it */
                return seconds_of_local(seconds);
        zone.hours[at].hour = hour + 1;
        zone.hours[at].ahead = first;
        return seconds + first;
}

CivilDate civil_date_at(int64_t instant) {
        int64_t seconds = civil_divide_down(instant, SECOND);
        int64_t year;
        unsigned month;
        unsigned day;

        if (zone.date.year != 0 && seconds >= zone.start && seconds < zone.end)
                return zone.date;
        civil_year_month_day(civil_divide_down(civil_local_seconds(instant), CIVIL_DAY_SECONDS),
                             &year, &month, &day);
        if (year > INT16_MAX || year < INT16_MIN)
                return (CivilDate){ 0, 0, 0 };
        return (CivilDate){ (int16_t) year, (uint8_t) month, (uint8_t) day };
}

int64_t civil_date_start(CivilDate date) {
        assert(date.year != 0);
        remember(date);
        return zone.start * SECOND;
}

int64_t civil_date_end(CivilDate date) {
        assert(date.year != 0);
        remember(date);
        return (zone.end - 1) * SECOND;
}
