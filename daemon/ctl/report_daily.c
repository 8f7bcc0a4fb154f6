/* checkoutctl report --daily: what was paid yesterday, for each profile in its results folder,
 * where its people find it and nobody else does; checkoutd-report.timer asks for it.
 *
 *   results/[NAME/]report-2026-11-24.xlsx
 *
 * A day ends in the profile's zone. Days that were missed (the machine was off) are made too: those
 * after the newest report that is there. Where there is none, only yesterday's: people may put away
 * what they have read. A report that is there is not made again. */
#include "daemon/ctl/report_daily.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/ctl/interrupt.h"

#define BEGIN     "report-"
#define DATE_SIZE 10U /* 2026-11-24 */
#define DAYS_MOST 31  /* that are made up for */

typedef struct Daily {
        const Settings *settings;
        Ledger *ledger;
        const ReportFormat *format;
        const char *language;
} Daily;

/* The day of a report of that format; false: the name is another one. */
static bool day_of(const char *name, const ReportFormat *format, CivilDate *ret_day) {
        size_t begin = strlen(BEGIN), size = strlen(name);

        return size == begin + DATE_SIZE + 1 + strlen(format->name) &&
               strncmp(name, BEGIN, begin) == 0 && name[begin + DATE_SIZE] == '.' &&
               strcmp(name + begin + DATE_SIZE + 1, format->name) == 0 &&
               civil_date_parse((Text){ name + begin, DATE_SIZE }, ret_day);
}

/* The newest one up to `last`; year 0: there is none. */
static int find_newest(const char *folder, const ReportFormat *format, CivilDate last,
                       CivilDate *ret_newest) {
        DIR *directory = opendir(folder);
        struct dirent *entry;
        CivilDate day;

        if (!directory)
                return -errno;
        *ret_newest = (CivilDate){ .year = 0 };
        while ((entry = readdir(directory)))
                if (day_of(entry->d_name, format, &day) && civil_date_compare(day, last) <= 0 &&
                    civil_date_compare(day, *ret_newest) > 0)
                        *ret_newest = day;
        (void) closedir(directory);
        return 0;
}

/* Days before today, at noon of which nobody changes clocks. */
static CivilDate days_ago(int64_t now, int days) {
        int64_t end_of_today = civil_date_end(civil_date_at(now));

        return civil_date_at(end_of_today - days * DAY - 12 * HOUR);
}

static int make_one(const Daily *daily, const Profile *profile, const char *folder, CivilDate day) {
        AUTO_BUFFER path = BUFFER_EMPTY;
        ReportWish wish = { .profile = profile->name,
                            .from = day,
                            .to = day,
                            .language = daily->language,
                            .quiet = true };
        int r = buffer_printf(&path, "%s/" BEGIN "%04d-%02d-%02d.%s", folder, day.year, day.month,
                              day.day, daily->format->name);

        if (r < 0)
                return ctl_failed("report", r);
        wish.output = path.data;
        r = report_make(daily->settings, daily->ledger, &wish, daily->format);
        if (r == EXIT_GOOD && buffer_append_char(&path, '\n') >= 0)
                r = ctl_print(&path);
        return r;
}

static int make_days(const Daily *daily, const Profile *profile, const char *folder) {
        int64_t now = ctl_wall_clock();
        CivilDate newest;
        int missed = 0, r;

        if (!civil_zone_use(profile->rules.timezone))
                return ctl_failed(profile->rules.timezone, -EINVAL);
        r = find_newest(folder, daily->format, days_ago(now, 1), &newest);
        if (r < 0)
                return ctl_failed(folder, r);
        if (newest.year == 0)
                missed = 1;
        while (newest.year != 0 && missed < DAYS_MOST &&
               civil_date_compare(days_ago(now, missed + 1), newest) > 0)
                missed++;
        for (r = EXIT_GOOD; missed > 0 && r == EXIT_GOOD && !interrupt_came(); missed--) {
                if (!civil_zone_use(profile->rules.timezone)) /* a report uses others */
                        return ctl_failed(profile->rules.timezone, -EINVAL);
                r = make_one(daily, profile, folder, days_ago(now, missed));
        }
        return r;
}

/* One that fails keeps no other from its report. */
int report_daily(const Settings *settings, Ledger *ledger, const ReportFormat *format,
                 const char *language) {
        const Daily daily = { settings, ledger, format, language };
        int worst = EXIT_GOOD;

        for (size_t i = 0; i < settings->n_profiles && !interrupt_came(); i++) {
                const Profile *profile = &settings->profiles[i];
                AUTO_BUFFER folder = BUFFER_EMPTY;
                int r = buffer_printf(&folder, "%s/results%s%s", settings->spool.directory,
                                      *profile->name ? "/" : "", profile->name);

                r = r < 0 ? ctl_failed("report", r) : make_days(&daily, profile, folder.data);
                worst = r > worst ? r : worst;
        }
        return worst;
}
